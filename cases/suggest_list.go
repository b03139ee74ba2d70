package cases

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/alike"
	"mailbox/cases/grams"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/migrations"
)

// Noted is what was suggested for a letter when it came.
type Noted struct {
	Department  int64
	Name        string
	Probability float64          // 0 where nothing was learned yet
	Named       bool             // the letter complains, and names this department
	Reasons     []routing.Reason // why this one, by what rules and learning say now
}

// SuggestedFor gives for a page of a list what was suggested when the letters came: for those who may route them. A
// letter that came a moment ago may have none yet; a department that has ended since is left out.
func (d *Desk) SuggestedFor(ctx context.Context, a people.Actor, ids []ID) (map[ID]Noted, error) {
	if _, err := a.Permit(people.Route, people.Subject{}); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // reading an empty map is fine
	}
	var rows []struct {
		CaseID       ID
		DepartmentID int64
		Name         string
		Probability  float64
		Named        bool
		routing.Letter
	}
	err := d.db.Read.NewRaw(`SELECT s.case_id, s.department_id, p.name, s.probability, c.title, c.body, c.district, c.topic,
		(s.named OR EXISTS (SELECT 1 FROM accused AS u WHERE u.case_id = s.case_id AND u.department_id = s.department_id)) AS named
		FROM suggestions AS s JOIN departments AS p ON p.id = s.department_id AND p.ended_at IS NULL
		JOIN cases AS c ON c.id = s.case_id WHERE s.case_id IN (?)`, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read suggestions: %w", err)
	}
	g, err := d.guessing(ctx)
	if err != nil {
		return nil, err
	}
	noted := make(map[ID]Noted, len(rows))
	for _, r := range rows {
		noted[r.CaseID] = Noted{r.DepartmentID, r.Name, r.Probability, r.Named, g.reasons(r.Letter, r.DepartmentID)}
	}
	return noted, nil
}

// reasonsInList is how many words a row of a list gives as reasons.
const reasonsInList = 3

// reasons says what speaks for a department, in a few words: of a rule, which is a line long, those that it found in
// the letter.
func (g *guesser) reasons(l routing.Letter, department int64) []routing.Reason {
	var reasons []routing.Reason
	for _, s := range g.cold.Score(l) {
		if s.Department == department {
			reasons = slices.Clone(s.Reasons)
		}
	}
	for i := range reasons {
		if reasons[i].Rule > 0 {
			reasons[i].Text = foundWord(l, reasons[i].Spans)
		}
	}
	if g.departments != nil {
		reasons = append(reasons, g.departments.Words(l, classOf(department), reasonsInList)...)
	}
	return reasons
}

// foundWord is the first of what was found in a letter.
func foundWord(l routing.Letter, spans []routing.Span) string {
	for _, s := range spans {
		text := map[string]string{"title": l.Title, "body": l.Body, "district": l.District}[s.Field]
		if 0 <= s.From && s.From < s.To && s.To <= len(text) {
			return text[s.From:s.To]
		}
	}
	return ""
}

// Repeat is the earlier case that a letter in a list repeats most likely.
type Repeat struct {
	Into          ID
	Number, Title string // of that case
	Letter        string // the title of the letter itself
	alike.Likeness
}

// How far a list looks for repeats: less far than a case's own page (Similar), for fifty letters are looked up at once.
// A copy shares nearly all of its keys, and the same matter in other words some.
const (
	repeatsPerKey   = 20
	repeatsCompared = 4
)

// RepeatsFor gives for a page of a list which earlier case each letter repeats most likely, for those who may merge
// them. In place of a letter that was merged stands the case that it was merged into. Letters that repeat none are left
// out, as are earlier cases that can take no other.
func (d *Desk) RepeatsFor(ctx context.Context, a people.Actor, ids []ID) (map[ID]Repeat, error) {
	if _, err := a.Permit(people.Merge, people.Subject{}); err != nil {
		return nil, err
	}
	editions, err := d.editions(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var letters []*Case
	if err := d.db.Read.NewRaw("SELECT * FROM cases WHERE id IN (?)", bun.List(ids)).Scan(ctx, &letters); err != nil {
		return nil, fmt.Errorf("read letters: %w", err)
	}
	read := make(map[ID]*alike.Letter, len(letters))
	var sought []repeatKey
	for _, c := range letters {
		for i, e := range editions {
			l := alike.Read(c.Title, c.Body, e.counts)
			if i == 0 {
				read[c.ID] = l
			}
			sought = append(sought, e.sought(c.ID, l, i > 0)...)
		}
	}
	weights, err := d.earlierWith(ctx, sought)
	if err != nil {
		return nil, err
	}
	return d.closestEarlier(ctx, letters, read, editions[0].counts, weights)
}

// repeatKey is a key of a letter that may be found in earlier ones.
type repeatKey struct {
	of     ID
	key    int64
	weight float64
}

// sought are the keys to look up for a letter. That of the whole text is the same in all editions.
func (e *edition) sought(id ID, l *alike.Letter, again bool) []repeatKey {
	var all []repeatKey
	for i, k := range l.Seek() {
		switch {
		case i > 0:
			k.Key = e.place(k.Key)
		case again:
			continue
		}
		all = append(all, repeatKey{id, k.Key, k.Weight})
	}
	return all
}

// earlierWith sums up for each letter what the keys it shares with earlier ones mean: of each key, the newest repeatsPerKey
// earlier letters count.
func (d *Desk) earlierWith(ctx context.Context, sought []repeatKey) (map[ID]map[ID]float64, error) {
	// One statement however many keys there are, and one value for all of them: both databases would take longer to read
	// hundreds of statements, or of values, than to run them.
	pairs := make([][2]int64, len(sought))
	for i, k := range sought {
		pairs[i] = [2]int64{k.key, int64(k.of)}
	}
	keys, err := json.Marshal(pairs)
	if err != nil {
		return nil, err
	}
	query := `WITH q AS (SELECT key AS at, value ->> 0 AS key, value ->> 1 AS of FROM json_each(?))
		SELECT q.at, k.case_id FROM q JOIN letter_keys AS k ON k.key = q.key AND k.case_id IN
			(SELECT case_id FROM letter_keys WHERE key = q.key AND case_id < q.of ORDER BY case_id DESC LIMIT ?)`
	if d.db.Dialect() == migrations.PostgreSQL { // which would read all of a frequent key for that
		query = `WITH q AS (SELECT n - 1 AS at, (pair ->> 0)::bigint AS key, (pair ->> 1)::bigint AS of FROM json_array_elements(?::json) WITH ORDINALITY AS j (pair, n))
			SELECT q.at, k.case_id FROM q CROSS JOIN LATERAL
				(SELECT case_id FROM letter_keys WHERE key = q.key AND case_id < q.of ORDER BY case_id DESC LIMIT ?) AS k`
	}
	var rows []struct {
		At     int
		CaseID ID
	}
	if err := d.db.Read.NewRaw(query, string(keys), repeatsPerKey).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("look for letters alike: %w", err)
	}
	weights := map[ID]map[ID]float64{}
	for _, r := range rows {
		k := sought[r.At]
		if weights[k.of] == nil {
			weights[k.of] = map[ID]float64{}
		}
		weights[k.of][r.CaseID] += k.weight
	}
	return weights, nil
}

// closestEarlier compares each letter with the few that share most with it.
func (d *Desk) closestEarlier(ctx context.Context, letters []*Case, read map[ID]*alike.Letter, c *grams.Counts, weights map[ID]map[ID]float64) (map[ID]Repeat, error) {
	candidates := make(map[ID][]ID, len(letters))
	var ids []ID
	for of, found := range weights {
		best := slices.SortedFunc(maps.Keys(found), func(a, b ID) int {
			return cmp.Or(cmp.Compare(found[b], found[a]), cmp.Compare(b, a))
		})
		candidates[of] = best[:min(len(best), repeatsCompared)]
		ids = append(ids, candidates[of]...)
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // reading an empty map is fine
	}
	earlier, err := d.withMains(ctx, ids)
	if err != nil {
		return nil, err
	}
	repeats := map[ID]Repeat{}
	for _, l := range letters {
		for _, id := range candidates[l.ID] {
			e := earlier[id]
			if e == nil {
				continue
			}
			main := earlier[cmp.Or(e.MergedInto, e.ID)]
			if main == nil || main.ID == l.ID || !main.takes(l) || l.SplitFrom == e.ID || l.SplitFrom == main.ID {
				continue
			}
			like := alike.Compare(read[l.ID], alike.Read(e.Title, e.Body, c))
			best, there := repeats[l.ID]
			if like.Grade != alike.Unlike && (!there || alike.Closer(like, best.Likeness) < 0) {
				repeats[l.ID] = Repeat{main.ID, Number(main.ReceivedDay, main.ID), main.Title, l.Title, like}
			}
		}
	}
	return repeats, nil
}

// withMains reads cases, and those that they were merged into.
func (d *Desk) withMains(ctx context.Context, ids []ID) (map[ID]*likeRow, error) {
	all := make(map[ID]*likeRow, len(ids))
	for range 2 { // nothing is merged into what was merged itself
		var rows []likeRow
		if err := d.db.Read.NewRaw(likeColumns, bun.List(ids)).Scan(ctx, &rows); err != nil {
			return nil, fmt.Errorf("read letters alike: %w", err)
		}
		ids = ids[:0:0]
		for i := range rows {
			all[rows[i].ID] = &rows[i]
			ids = append(ids, rows[i].MergedInto)
		}
		ids = slices.DeleteFunc(ids, func(id ID) bool { return id == 0 || all[id] != nil })
		if len(ids) == 0 {
			break
		}
	}
	return all, nil
}

// takes tells whether a letter could be merged into this case.
func (r *likeRow) takes(c *Case) bool {
	return (r.State.Open() || r.State == Answered || r.State == Closed) && !r.ReceivedAt.After(c.ReceivedAt.Time)
}
