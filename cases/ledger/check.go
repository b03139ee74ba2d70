package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mailbox/cases/errs"
)

// Finding is something in the record that is not as it was written.
type Finding struct {
	Case int64 // 0: it is about the record as a whole
	Seq  int64 // of the event; 0: about the case
	What *errs.Error
}

// Placed is an event as it stands in the record: with its text and its place in the tree.
type Placed struct {
	Event `bun:",extend"`

	Salt     []byte
	Body     *string // nil: there is no text (any more)
	Leaf     *int64  // nil: no checkpoint has come since
	LeafHash []byte
	Waits    bool // for its leaf
}

// Cases says which cases to read: all with ids from First to Last, or those of IDs.
type Cases struct {
	First, Last int64
	IDs         []int64
}

// Where is the condition on a column that holds a case's id.
func (c Cases) Where(column string) (string, []any) {
	if c.IDs != nil {
		return column + " IN (?)", []any{bun.List(c.IDs)}
	}
	return column + " BETWEEN ? AND ?", []any{c.First, c.Last}
}

// Read reads the events of some cases, in order, for checking. Findings are leaves, and events that wait for one, whose
// event is gone.
func Read(ctx context.Context, db bun.IDB, of Cases) ([]Placed, []Finding, error) {
	var events []Placed
	// The condition stands at every table: no database carries a range over a join by itself, and reads the whole table.
	texts, args := of.Where("x.case_id")
	leaves, more := of.Where("l.case_id")
	args = append(args, more...)
	waits, more := of.Where("p.case_id")
	args = append(args, more...)
	where, more := of.Where("e.case_id")
	err := db.NewRaw("SELECT e.*, x.salt, x.body, l.leaf, l.hash AS leaf_hash, p.seq IS NOT NULL AS waits FROM events AS e"+
		" LEFT JOIN event_texts AS x ON x.case_id = e.case_id AND x.seq = e.seq AND "+texts+
		" LEFT JOIN log_leaves AS l ON l.case_id = e.case_id AND l.seq = e.seq AND "+leaves+
		" LEFT JOIN log_pending AS p ON p.case_id = e.case_id AND p.seq = e.seq AND "+waits+
		" WHERE "+where+" ORDER BY e.case_id, e.seq, l.leaf", append(args, more...)...).Scan(ctx, &events)
	if err != nil {
		return nil, nil, fmt.Errorf("read events: %w", err)
	}
	var findings []Finding
	for _, table := range []string{"log_leaves", "log_pending"} {
		var gone []struct{ CaseID, Seq int64 }
		there, args := of.Where("e.case_id")
		where, more := of.Where("l.case_id")
		err := db.NewRaw("SELECT l.case_id, l.seq FROM "+table+" AS l LEFT JOIN events AS e ON e.case_id = l.case_id AND e.seq = l.seq AND "+there+
			" WHERE "+where+" AND e.case_id IS NULL ORDER BY 1, 2", append(args, more...)...).Scan(ctx, &gone)
		if err != nil {
			return nil, nil, fmt.Errorf("look for events that are gone: %w", err)
		}
		for _, g := range gone {
			findings = append(findings, Finding{g.CaseID, g.Seq, errs.Conflict("the event is in the record's tree, and is gone", "该事件已载入记录树，现已缺失")})
		}
	}
	return events, findings, nil
}

// Check checks the events of one case: its chain up to head, the hash kept with the case, the texts, and that each event
// has its leaf or waits for it. erased says that the texts of the case were erased.
func Check(events []Placed, head []byte, erased bool) []Finding {
	var all []Finding
	add := func(e *Placed, en, zh string, args ...any) {
		all = append(all, Finding{e.CaseID, e.Seq, errs.Conflict(en, zh, args...)})
	}
	chain := make([]Event, 0, len(events))
	for i := range events {
		e := &events[i]
		if n := len(chain); n > 0 && chain[n-1].Seq == e.Seq {
			add(e, "the event stands in the record's tree more than once", "该事件在记录树中不止一处")
			continue
		}
		if e.Body != nil {
			e.Text, e.salt = *e.Body, e.Salt
		}
		chain = append(chain, e.Event)
		hash := LeafHash(e.CaseID, e.Seq, e.Hash)
		switch {
		case e.Leaf == nil && !e.Waits:
			add(e, "the event is not in the record's tree and does not wait for it: it was put in from outside", "该事件既不在记录树中，也不在待载入之列：系从外部添加")
		case e.Leaf != nil && e.Waits:
			add(e, "the event is in the record's tree and waits for it as well", "该事件已在记录树中，却又列为待载入")
		case e.Leaf != nil && !bytes.Equal(e.LeafHash, hash[:]):
			add(e, "the event is not the one that the record's tree has (leaf %[1]d)", "该事件与记录树中的不符（叶节点 %[1]d）", *e.Leaf)
		}
		switch {
		case e.Body == nil && len(e.TextDigest) > 0 && !erased:
			add(e, "its text is missing", "其文字缺失")
		case e.Body != nil && len(e.TextDigest) == 0:
			add(e, "a text was added to it", "其文字系后来添加")
		}
	}
	if seq, why := Verify(chain, head); why != nil {
		all = append(all, Finding{events[0].CaseID, seq, why})
	}
	return all
}

// treeBatch is how many leaves are read at once; a multiple of subtreeLeaves.
const treeBatch = 16 * subtreeLeaves

// mostNamed is how many cases a finding about a part of the tree names.
const mostNamed = 20

// CheckTree goes through the leaves from the checkpoint of since leaves on (0: all), and checks that they are numbered
// without a gap and make up every checkpoint, here and kept elsewhere, and every stored subtree; and all signatures.
// It gives the newest checkpoint. db reads one moment.
func CheckTree(ctx context.Context, db bun.IDB, keys note.Verifiers, since int64, kept []Checkpoint, report func(Finding), progress func(done, total int64)) (Checkpoint, error) {
	c := &treeCheck{db: db, keys: keys, report: report, since: since}
	newest, err := c.readCheckpoints(ctx, kept)
	if err != nil {
		return newest, err
	}
	if err := c.begin(ctx, since); err != nil {
		return newest, err
	}
	for c.f.size < newest.Size && !c.broken {
		if err := c.some(ctx, newest.Size); err != nil {
			return newest, err
		}
		if progress != nil {
			progress(c.f.size-since, newest.Size-since)
		}
	}
	return newest, c.count(ctx, newest.Size)
}

// stored is a checkpoint to come past, and where it is kept.
type stored struct {
	Checkpoint
	outside bool
}

type treeCheck struct {
	db       bun.IDB
	keys     note.Verifiers
	report   func(Finding)
	since    int64
	heads    []stored // still to come past, smallest first
	f        frontier
	subtrees map[[2]int64][]byte // stored ones of the batch
	wrong    [][2]int64          // spans of leaves whose stored subtree is not theirs, since the last checkpoint that fits
	good     [2]int64            // the size of the last checkpoint that fits: here, and kept elsewhere
	named    [2]bool             // a checkpoint that does not fit was found already, here or elsewhere: all later ones follow
	broken   bool
}

func (c *treeCheck) whole(en, zh string, args ...any) {
	c.report(Finding{What: errs.Conflict(en, zh, args...)})
}

// readCheckpoints reads and verifies all that are stored, and lines up those that the leaves will come past.
func (c *treeCheck) readCheckpoints(ctx context.Context, kept []Checkpoint) (Checkpoint, error) {
	var newest Checkpoint
	var rows []checkpointRow
	if err := c.db.NewSelect().Model(&rows).Where("size >= ?", c.since).Order("size").Scan(ctx); err != nil {
		return newest, fmt.Errorf("read checkpoints: %w", err)
	}
	for _, row := range rows {
		signed, err := parseCheckpoint(row.Note, c.keys)
		if e, ok := errors.AsType[*errs.Error](err); ok {
			c.whole("checkpoint of %[1]d events: %[2]s", "含 %[1]d 条事件的检查点：%[3]s", row.Size, e.In(errs.EN), e.In(errs.ZH))
		} else if signed.Size != row.Size || !bytes.Equal(signed.Root[:], row.Root) {
			c.whole("checkpoint of %[1]d events: it does not say what was signed", "含 %[1]d 条事件的检查点：与所签内容不符", row.Size)
		}
		one := Checkpoint{Size: row.Size, Note: row.Note, At: row.At.Time}
		copy(one.Root[:], row.Root)
		newest = one
		c.heads = append(c.heads, stored{one, false})
	}
	for _, one := range kept {
		if one.Size > newest.Size {
			c.whole("the checkpoint kept elsewhere has %[1]d events, this record only %[2]d: events were removed, or an older copy was put back",
				"外部保存的检查点含 %[1]d 条事件，本记录只有 %[2]d 条：事件被删除，或恢复了旧副本", one.Size, newest.Size)
			continue
		}
		c.heads = append(c.heads, stored{one, true})
	}
	slices.SortStableFunc(c.heads, func(a, b stored) int { return int(a.Size - b.Size) })
	return newest, nil
}

// begin makes the frontier of the tree of since leaves out of what is stored.
func (c *treeCheck) begin(ctx context.Context, since int64) error {
	c.good = [2]int64{since, 0}
	for bit := 62; bit >= 0; bit-- {
		if since>>bit&1 == 0 {
			continue
		}
		hashes, err := tree{ctx, c.db}.ReadHashes([]int64{tlog.StoredHashIndex(bit, since>>(bit+1)*2)})
		if errors.Is(err, errIncomplete) {
			c.broken = true
			c.whole("the tree of the record is incomplete before event %[1]d", "记录树在第 %[1]d 条事件之前不完整", since)
			return nil
		}
		if err != nil {
			return err
		}
		c.f.hashes = append(c.f.hashes, hashes[0])
	}
	c.f.size = since
	return c.comePast(ctx)
}

// some reads the next leaves.
func (c *treeCheck) some(ctx context.Context, size int64) error {
	from := c.f.size
	to := min(from-from%treeBatch+treeBatch, size)
	var rows []leafRow
	if err := c.db.NewSelect().Model(&rows).Where("leaf >= ? AND leaf < ?", from, to).Order("leaf").Scan(ctx); err != nil {
		return fmt.Errorf("read leaves: %w", err)
	}
	var kept []subtreeRow
	err := c.db.NewSelect().Model(&kept).Where("(level = 1 AND n >= ? AND n <= ?) OR (level = 2 AND n >= ? AND n <= ?) OR (level = 3 AND n >= ? AND n <= ?)",
		from>>8, to>>8, from>>16, to>>16, from>>24, to>>24).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read subtrees: %w", err)
	}
	c.subtrees = make(map[[2]int64][]byte, len(kept))
	for _, k := range kept {
		c.subtrees[[2]int64{k.Level, k.N}] = k.Hash
	}
	for i := range rows {
		r := &rows[i]
		if r.Leaf != c.f.size || len(r.Hash) != tlog.HashSize {
			c.broken = true
			c.report(Finding{r.CaseID, r.Seq, errs.Conflict("the leaves of the record are not numbered one after the other: this event has number %[1]d where %[2]d should come",
				"记录的叶节点编号不连续：此处应为 %[2]d，该事件却编为 %[1]d", r.Leaf, c.f.size)})
			return nil
		}
		var h tlog.Hash
		copy(h[:], r.Hash)
		c.f.add(h, c.finished)
		if err := c.comePast(ctx); err != nil {
			return err
		}
	}
	if c.f.size < to {
		c.broken = true
		c.whole("leaf %[1]d of the record is missing", "记录缺少第 %[1]d 个叶节点", c.f.size)
	}
	return nil
}

// finished compares a complete subtree with what is stored of it.
func (c *treeCheck) finished(level, n int64, hash tlog.Hash) {
	if level > 3 || bytes.Equal(c.subtrees[[2]int64{level, n}], hash[:]) { // level 4 is beyond four thousand million events
		return
	}
	c.wrong = append(c.wrong, [2]int64{n << (subtreeBits * level), (n + 1) << (subtreeBits * level)})
}

// comePast compares the root with that of every checkpoint of this size.
func (c *treeCheck) comePast(ctx context.Context) error {
	for ; len(c.heads) > 0 && c.heads[0].Size <= c.f.size; c.heads = c.heads[1:] {
		head := c.heads[0]
		where := 0
		if head.outside {
			where = 1
		}
		if head.Size < c.f.size { // kept elsewhere, from before what is looked at
			root, err := RootOf(ctx, c.db, head.Size)
			if err != nil {
				return err
			}
			if root != head.Root {
				c.named[where] = true
				c.whole("the first %[1]d events are not those of the checkpoint kept elsewhere", "前 %[1]d 条事件与外部保存的检查点不符", head.Size)
			}
			continue
		}
		if c.f.root() != head.Root {
			if err := c.differs(ctx, head, where); err != nil {
				return err
			}
			continue
		}
		c.good[where] = head.Size
		for _, span := range c.wrong {
			c.whole("the stored hash of leaves %[1]d to %[2]d is wrong, the leaves themselves are not", "叶节点 %[1]d 至 %[2]d 的汇总散列有误，叶节点本身无误", span[0], span[1]-1)
		}
		c.wrong = nil
	}
	return nil
}

// differs names the cases among which the change must be. All later checkpoints differ for the same reason.
func (c *treeCheck) differs(ctx context.Context, head stored, where int) error {
	if c.named[where] {
		return nil
	}
	c.named[where] = true
	spans := [][2]int64{{c.good[where], head.Size}}
	if len(c.wrong) > 0 && !head.outside {
		spans = c.wrong
	}
	en, zh := "the record is not the one that was signed when it had %[1]d events", "记录与含 %[1]d 条事件时所签的不符"
	if head.outside {
		en, zh = "the record is not a continuation of the checkpoint kept elsewhere, of %[1]d events", "本记录不是外部保存的检查点（含 %[1]d 条事件）的延续"
	}
	c.whole(en, zh, head.Size)
	for _, span := range spans {
		var cases []int64
		err := c.db.NewRaw("SELECT DISTINCT case_id FROM log_leaves WHERE leaf >= ? AND leaf < ? ORDER BY case_id", span[0], span[1]).Scan(ctx, &cases)
		if err != nil {
			return fmt.Errorf("look for the cases: %w", err)
		}
		for i, id := range cases {
			if i == mostNamed {
				c.whole("and %[1]d more cases in leaves %[2]d to %[3]d", "叶节点 %[2]d 至 %[3]d 中另有 %[1]d 件", len(cases)-i, span[0], span[1]-1)
				break
			}
			c.report(Finding{Case: id, What: errs.Conflict("it is among the %[1]d cases of which one was changed, removed or added (leaves %[2]d to %[3]d)",
				"被改动、删除或添加的办件在这 %[1]d 件之中（叶节点 %[2]d 至 %[3]d）", len(cases), span[0], span[1]-1)})
		}
	}
	return nil
}

// count looks for rows of the tree that lie beyond its head.
func (c *treeCheck) count(ctx context.Context, size int64) error {
	var more []leafRow
	if err := c.db.NewSelect().Model(&more).Where("leaf >= ? OR leaf < 0", size).Order("leaf").Limit(mostNamed).Scan(ctx); err != nil {
		return fmt.Errorf("read leaves: %w", err)
	}
	for _, r := range more {
		c.report(Finding{r.CaseID, r.Seq, errs.Conflict("the event has leaf %[1]d, but the newest checkpoint has only %[2]d: a checkpoint was removed, or the leaf put in from outside",
			"该事件的叶节点编号为 %[1]d，而最新的检查点只有 %[2]d 个：检查点被删除，或叶节点系从外部添加", r.Leaf, size)})
	}
	for level := int64(1); level <= 3; level++ {
		var n int64
		if err := c.db.NewRaw("SELECT count(*) FROM log_subtrees WHERE level = ?", level).Scan(ctx, &n); err != nil {
			return fmt.Errorf("count subtrees: %w", err)
		}
		if want := size >> (subtreeBits * level); n != want {
			c.whole("the record has %[1]d stored hashes of level %[2]d and should have %[3]d", "第 %[2]d 层汇总散列有 %[1]d 个，应为 %[3]d 个", n, level, want)
		}
	}
	return nil
}
