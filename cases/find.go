package cases

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/search"
	"mailbox/migrations"
)

// The bounds of a search. Nobody leafs through more; what is wanted is narrowed down instead.
const (
	FoundPage  = 50                       // cases on a page
	FoundPages = 20                       // pages that can be turned
	countedTo  = FoundPage*FoundPages + 1 // how far hits are counted
)

// Days are local dates, both inclusive; an empty one does not bound.
type Days struct{ From, Through string }

// Search says which cases somebody of the staff looks for; what is empty does not narrow.
type Search struct {
	Words      string // each must stand in the letter, what its writer added, a reply or a contribution; or a number or its beginning
	Writer     string // a mark of [Desk.WriterMark]
	Department int64
	Part       Part // the department's
	State      State
	Standing   Standing
	Kind       string
	Channel    string
	Topic      string // with everything under it
	District   string
	Received   Days
	Due        Days // of the writer's clock
	Answered   Days
	Hidden     bool // confidential ones only
}

// Part is what a department is to a case.
type Part string

// The parts.
const (
	AnyPart       Part = ""
	LeadPart      Part = "lead"
	AssistingPart Part = "assisting"
)

// Standing is how a case stands, whatever its state.
type Standing string

// The standings.
const (
	StandingOpen       Standing = "open"
	StandingOverdue    Standing = "overdue"
	StandingAnswered   Standing = "answered"
	StandingUnanswered Standing = "unanswered"
)

// Standings lists all standings.
var Standings = []Standing{StandingOpen, StandingOverdue, StandingAnswered, StandingUnanswered}

// Hit is a case that was found.
type Hit struct {
	Item
	Text string // the text in which the words stand, or the letter
}

// Found is a page of what was found, the newest letters first.
type Found struct {
	Hits  []Hit
	Query search.Query // what was looked for, to mark it
	Total int          // counted up to a thousand
	Over  bool         // there are more than Total
	Page  int
}

// Search looks for cases among those that the actor may see. Nothing that is typed for words is an error; of a
// filter that cannot be one nothing is found.
//
// Errors: forbidden for those who may see no case, or look for a writer without needing one.
func (d *Desk) Search(ctx context.Context, a people.Actor, s Search, page int) (Found, error) {
	f := Found{Page: min(max(page, 1), FoundPages)}
	q, err := d.looked(a, s)
	if err != nil {
		return f, err
	}
	f.Query = q.words
	keys, err := d.keysOf(ctx, q, countedTo)
	if err != nil {
		return f, err
	}
	f.Total, f.Over = min(len(keys), countedTo-1), len(keys) >= countedTo
	from := min((f.Page-1)*FoundPage, len(keys))
	items, err := d.itemsAt(ctx, q, keys[from:min(from+FoundPage, f.Total)])
	if err != nil {
		return f, err
	}
	f.Hits = make([]Hit, len(items))
	for i := range items {
		f.Hits[i].Item = items[i]
	}
	return f, d.showWords(ctx, &f)
}

// looking is a search as the database is asked.
type looking struct {
	wanted
	where   condition // the whole of it but the words
	beyond  condition // what the index does not know
	nothing bool      // it can find nothing
	few     bool      // beyond picks some few cases
}

// condition is a where-clause on cases c with its arguments.
type condition struct {
	sql  []string
	args []any
}

func (c *condition) add(sql string, args ...any) {
	c.sql, c.args = append(c.sql, sql), append(c.args, args...)
}

func (c *condition) String() string {
	if len(c.sql) == 0 {
		return "1 = 1"
	}
	return strings.Join(c.sql, " AND ")
}

// file narrows by what the index has a mark of.
func (q *looking) file(mark, sql string, args ...any) {
	q.marks = append(q.marks, mark)
	q.where.add(sql, args...)
}

// narrow narrows by what the index does not know.
func (q *looking) narrow(sql string, args ...any) {
	q.where.add(sql, args...)
	q.beyond.add(sql, args...)
}

// looked reads a search, within what the actor may see.
func (d *Desk) looked(a people.Actor, s Search) (*looking, error) {
	q := &looking{wanted: everywhere(search.Query{}, nil)}
	own, args, err := visible(a)
	if err != nil {
		return nil, err
	}
	q.where.add(own, args...)
	if len(args) > 0 {
		var marks []string
		for _, id := range a.Departments() {
			marks = append(marks, departmentMark(markLead, id), departmentMark(markAssist, id))
		}
		q.marks = append(q.marks, search.AnyOf(marks...))
	}
	if s.Writer != "" {
		sql, args, err := ofWriter(a, s.Writer)
		if err != nil {
			return nil, err
		}
		q.narrow(sql, args...)
		q.few = true
	}
	d.lookForWords(q, s.Words)
	q.lookForFile(s)
	q.nothing = q.nothing || strings.ContainsRune(s.Kind+s.Channel+s.Topic+s.District+string(s.State), 0)
	d.lookForStanding(q, s)
	for _, r := range []struct {
		days   Days
		column string
	}{{s.Received, ""}, {s.Due, "c.due_at"}, {s.Answered, "c.answered_at"}} {
		d.lookInDays(q, r.days, r.column)
	}
	return q, nil
}

// lookForWords reads what was typed: a number, the beginning of one, or words.
func (d *Desk) lookForWords(q *looking, typed string) {
	typed = strings.TrimSpace(typed)
	if id, day, err := ParseNumber(typed); err == nil {
		q.narrow("c.id = ? AND c.received_day = ?", id, day)
		q.few = true
		return
	}
	if b, ok := beginningOf(typed); ok {
		q.from, q.before = d.daysKeys(b.from, b.through)
		if len(b.serials) > 0 {
			var ranges []string
			var args []any
			for _, r := range b.serials {
				ranges, args = append(ranges, "c.id BETWEEN ? AND ?"), append(args, r[0], r[1])
			}
			q.narrow("("+strings.Join(ranges, " OR ")+")", args...)
		}
		q.where.add(keySQL+" >= ? AND "+keySQL+" < ?", q.from, q.before)
		return
	}
	q.words = search.Parse(typed)
	q.nothing = q.nothing || typed != "" && q.words.Empty()
}

// lookForFile narrows by what cases are filed under.
func (q *looking) lookForFile(s Search) {
	if s.Department != 0 {
		lead, assist := departmentMark(markLead, s.Department), departmentMark(markAssist, s.Department)
		const assists = "EXISTS (SELECT 1 FROM assists s WHERE s.case_id = c.id AND s.department_id = ? AND s.released_at IS NULL)"
		switch s.Part {
		case LeadPart:
			q.file(lead, "c.lead_id = ?", s.Department)
		case AssistingPart:
			q.file(assist, assists, s.Department)
		case AnyPart:
			q.file(search.AnyOf(lead, assist), "(c.lead_id = ? OR "+assists+")", s.Department, s.Department)
		default:
			q.nothing = true
		}
	}
	for _, f := range []struct{ mark, column, value string }{
		{markKind, "c.kind", s.Kind},
		{markChannel, "c.channel", s.Channel},
		{markDistrict, "c.district", s.District},
		{markState, "c.state", string(s.State)},
	} {
		if f.value != "" {
			q.file(search.Filter(f.mark, f.value), f.column+" = ?", f.value)
		}
	}
	if topic := strings.TrimSpace(s.Topic); topic != "" {
		under := likeEscape.Replace(topic)
		q.file(search.Filter(markTopic, topic), `(c.topic = ? OR c.topic LIKE ? ESCAPE '\' OR c.topic LIKE ? ESCAPE '\' OR c.topic LIKE ? ESCAPE '\' OR c.topic LIKE ? ESCAPE '\')`,
			topic, under+"/%", under+" /%", under+"／%", under+" ／%")
	}
	if s.Hidden {
		q.file(search.Filter(markHidden, "yes"), "c.confidential")
	}
}

func (d *Desk) lookForStanding(q *looking, s Search) {
	open := func() {
		var marks []string
		for _, state := range States {
			if state.Open() {
				marks = append(marks, search.Filter(markState, string(state)))
			}
		}
		q.file(search.AnyOf(marks...), stillOpen)
	}
	switch s.Standing {
	case "":
	case StandingOpen:
		open()
	case StandingOverdue:
		open()
		q.narrow("c.due_at < ?", migrations.At(d.Now()))
		q.few = q.few || q.words.Empty()
	case StandingAnswered:
		q.narrow("c.answered_at IS NOT NULL")
	case StandingUnanswered:
		open()
		q.narrow("c.answered_at IS NULL")
	default:
		q.nothing = true
	}
}

// lookInDays bounds an instant by days; without a column it is the receipt, by which the index is sorted.
func (d *Desk) lookInDays(q *looking, days Days, column string) {
	if days == (Days{}) {
		return
	}
	from, beyond := int64(math.MinInt32)*1000, int64(math.MaxInt32)*1000 // before all letters, and after them
	for _, end := range []struct {
		text string
		into *int64
		days int
	}{{days.From, &from, 0}, {days.Through, &beyond, 1}} {
		if end.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, end.text, d.Location())
		if err != nil {
			q.nothing = true
			return
		}
		*end.into = day.AddDate(0, 0, end.days).Unix()
	}
	if column != "" {
		q.narrow(column+" >= ? AND "+column+" < ?", from, beyond)
		return
	}
	q.from, q.before = max(q.from, keyAt(from)), min(q.before, keyAt(beyond))
	q.where.add("c.received_at >= ? AND c.received_at < ?", from, beyond)
}

// daysKeys are the keys of letters received on some days, from the first to the last.
func (d *Desk) daysKeys(from, through time.Time) (first, beyond int64) {
	local := func(t time.Time) int64 {
		return keyAt(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, d.Location()).Unix())
	}
	return local(from), local(through.AddDate(0, 0, 1))
}

// beginning is what the beginning of a number says: days of receipt, and identities.
type beginning struct {
	from, through time.Time
	serials       [][2]int64 // inclusive; none: all
}

var numberBegins = regexp.MustCompile(`^(\d{8})[-－—–]?(\d{0,12})[-－—–]?$`)

// beginningOf reads the beginning of a number: its day, and as much of its serial as was typed.
func beginningOf(typed string) (b beginning, ok bool) {
	found := numberBegins.FindStringSubmatch(strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, typed))
	if found == nil {
		return b, false
	}
	day, err := time.Parse("20060102", found[1])
	if err != nil || day.Year() < 1990 || day.Year() > 2200 {
		return b, false
	}
	b.from, b.through = day, day
	if found[2] != "" {
		b.serials = serialsFrom(found[2])
	}
	return b, true
}

// serialsFrom gives the identities whose serial begins with the digits. A serial has at least four, so that only
// one of four begins with a nought.
func serialsFrom(digits string) [][2]int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil
	}
	var all [][2]int64
	for width := max(4, len(digits)); width <= widestSerial; width++ {
		low, high := n, n+1
		for range width - len(digits) {
			low, high = low*10, high*10
		}
		if digits[0] != '0' || width == 4 {
			all = append(all, [2]int64{low, high - 1})
		}
	}
	if len(all) == 0 {
		return [][2]int64{{0, 0}} // no serial looks like that
	}
	return all
}

// widestSerial is how many digits an identity has at most.
const widestSerial = 10

// keysOf gives the n highest keys of what is looked for.
func (d *Desk) keysOf(ctx context.Context, q *looking, n int) (keys []int64, err error) {
	switch {
	case q.nothing:
		return nil, nil
	case q.few || q.words.Empty() && len(q.marks) == 0:
		return d.keysOfCases(ctx, q, n)
	case len(q.beyond.sql) == 0:
		return d.caseIndex().find(ctx, q.wanted, n)
	default:
		return d.caseIndex().findAmong(ctx, q.wanted, q.beyond, n)
	}
}

// keysOfCases asks the cases themselves, and the index only whether the words stand in what was found.
func (d *Desk) keysOfCases(ctx context.Context, q *looking, n int) (keys []int64, err error) {
	err = d.db.Read.NewRaw("SELECT "+keySQL+" FROM cases c WHERE "+q.where.String()+" ORDER BY c.received_at DESC, c.id DESC LIMIT ?",
		append(slices.Clone(q.where.args), n)...).Scan(ctx, &keys)
	if err != nil {
		return nil, fmt.Errorf("look for cases: %w", err)
	}
	if q.words.Empty() || len(keys) == 0 {
		return keys, nil
	}
	return d.caseIndex().keep(ctx, q.words, keys)
}

// itemsAt reads the cases of some keys, in their order. The conditions are asked again: between the index and the
// case somebody may have changed it.
func (d *Desk) itemsAt(ctx context.Context, q *looking, keys []int64) ([]Item, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	ids := make([]ID, len(keys))
	for i, key := range keys {
		ids[i] = idOf(key)
	}
	var items []Item
	args := append(slices.Clone(q.where.args), bun.List(ids))
	err := d.db.Read.NewRaw("SELECT "+itemColumns+" FROM cases c LEFT JOIN departments p ON p.id = c.lead_id WHERE "+q.where.String()+
		" AND c.id IN (?) ORDER BY c.received_at DESC, c.id DESC", args...).Scan(ctx, &items)
	if err != nil {
		return nil, fmt.Errorf("read cases that were found: %w", err)
	}
	return items, nil
}

// showWords reads the texts in which what was looked for stands.
func (d *Desk) showWords(ctx context.Context, f *Found) error {
	if len(f.Hits) == 0 {
		return nil
	}
	at := map[ID]*Hit{}
	ids := make([]ID, len(f.Hits))
	for i := range f.Hits {
		ids[i] = f.Hits[i].ID
		at[ids[i]] = &f.Hits[i]
	}
	var rows []struct {
		CaseID ID
		Body   string
	}
	err := d.db.Read.NewRaw(`SELECT case_id, body FROM (
		SELECT 1 AS place, id, id AS case_id, body FROM cases WHERE id IN (?)
		UNION ALL SELECT 2, id, case_id, body FROM replies WHERE case_id IN (?)
		UNION ALL SELECT 3, id, case_id, body FROM materials WHERE case_id IN (?)
		UNION ALL SELECT 4, id, case_id, body FROM assists WHERE released_at IS NULL AND case_id IN (?)) AS t ORDER BY place, id`,
		bun.List(ids), bun.List(ids), bun.List(ids), bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("read texts that were found: %w", err)
	}
	shown := map[ID]int{}
	for _, row := range rows {
		h := at[row.CaseID]
		if hits := f.Query.Count(row.Body); h.Text == "" || hits > shown[row.CaseID] {
			h.Text, shown[row.CaseID] = row.Body, hits
		}
	}
	return nil
}
