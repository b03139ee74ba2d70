package cases

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/search"
)

// stillOpen is the one way in which open cases are asked for: SQLite takes the index over them only for these words.
const stillOpen = "c." + openStates

// openPiles hold open cases only, of all departments.
var openPiles = []Pile{
	PileScreening, PileReview, PileOverdue, PileOpen, PileCards, PileDueToday, PileUnsignedLate, PileYellow, PileRed,
	PileUnsigned, PileSigned, PileWaiting, PileDepartmentLate, PileDepartmentToday,
}

// fewPiles wait for one decision each and have an index of their own: of those, the index tells which cases they are,
// and the words only which of them are meant.
var fewPiles = []Pile{PileExtensions, PileReworks, PileOrders, PileExceptions}

// workedThrough are the lists that are never cut: of these, all that words are found in are looked at.
var workedThrough = slices.Concat(openPiles, fewPiles, []Pile{PileDepartment, PileAssisting, PileReplied})

const (
	// ListedTo is how many cases of a list that was narrowed by words are counted, the newest letters: nobody leafs
	// through more. A list of work is looked through to openListed.
	ListedTo   = 1000
	openListed = 20_000
)

// withWords narrows a list to cases in which words stand, by the index of the search.
func (d *Desk) withWords(ctx context.Context, a people.Actor, q Query) (string, []any, error) {
	words := search.Parse(q.Text)
	if words.Empty() {
		return "1 = 0", nil, nil // punctuation stands in none
	}
	var marks []string
	oneOf := func(of []string) { marks = append(marks, search.AnyOf(of...)) }
	if own := a.Departments(); len(own) > 0 && !seesEveryCase(a) {
		var of []string
		for _, id := range own {
			of = append(of, departmentMark(markLead, id), departmentMark(markAssist, id))
		}
		oneOf(of)
	}
	if slices.Contains(openPiles, q.Pile) {
		var of []string
		for _, state := range States {
			if state.Open() {
				of = append(of, search.Filter(markState, string(state)))
			}
		}
		oneOf(of)
	}
	if q.Kind != "" {
		marks = append(marks, search.Filter(markKind, q.Kind))
	}
	if q.Channel != "" {
		marks = append(marks, search.Filter(markChannel, q.Channel))
	}
	if q.Department != 0 {
		marks = append(marks, departmentMark(markLead, q.Department))
	}
	most := max(ListedTo+1, q.Limit)
	if slices.Contains(workedThrough, q.Pile) {
		most = openListed
	}
	keys, err := d.caseIndex().find(ctx, everywhere(words, marks), most)
	if err != nil || len(keys) == 0 {
		return "1 = 0", nil, err
	}
	ids := make([]ID, len(keys))
	for i, key := range keys {
		ids[i] = idOf(key)
	}
	if slices.Contains(fewPiles, q.Pile) {
		return "+c.id IN (?)", []any{bun.List(ids)}, nil // the sign keeps both databases from looking up each of them
	}
	return "c.id IN (?)", []any{bun.List(ids)}, nil
}
