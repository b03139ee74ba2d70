package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Item is one case in a list: what a work list shows, and nothing of the writer.
type Item struct {
	ID              ID
	Channel         string
	Kind            string
	Title           string
	State           State
	Confidential    bool
	Instructed      bool
	Provisional     bool
	ReceivedAt      migrations.Instant
	ReceivedDay     string
	DueAt           migrations.Instant
	RoutedAt        migrations.Instant
	LeadID          int64
	Lead            string // the department's name, empty when not routed
	DepartmentDueAt migrations.Instant
	RepliedAt       migrations.Instant
	AnsweredAt      migrations.Instant
	Rating          int64
	Version         Version
	Returned        bool // in the office's hands again after a department said "not ours"
	DueUnextendedAt migrations.Instant
	Extension       ExtensionState
	ExtensionDays   int64
	WaitingUntil    migrations.Instant // waits for the writer until then
	YellowAt, RedAt migrations.Instant
	OrderOpen       bool // a supervision order waits for its answer
	Round           int64
	Rework          ReworkState
	Topic, District string
	Proposed        bool   // a reply waits for the department's leader
	Holder          string // who of the lead department has it in hand, empty for nobody
}

// Number is what people call the case.
func (i *Item) Number() string { return Number(i.ReceivedDay, i.ID) }

// Pile is one of the stacks of cases on somebody's desk.
type Pile string

// The piles. Each is in the order in which it should be worked through: least time left first.
const (
	PileScreening  Pile = "screening"  // the office: not screened, screened and not routed, returned (first)
	PileReview     Pile = "review"     // the office: replies that wait to go out
	PileDepartment Pile = "department" // a department's own: to sign, to reply
	PileAssisting  Pile = "assisting"  // a department's: asked to contribute
	PileApproval   Pile = "approval"   // a department's: replies that wait for its leader
	PileReplied    Pile = "replied"    // a department's: handed in, under review
	PileAnswered   Pile = "answered"   // answered or closed, newest first
	PileOverdue    Pile = "overdue"    // open, and the writer's clock has run out
	PileOpen       Pile = "open"       // everything the city still owes an answer for
	PileExtensions Pile = "extensions" // supervision: requests for more time, first lapsing first
	PileReworks    Pile = "reworks"    // supervision and the office: writers who are not content and ask again
	PileOrders     Pile = "orders"     // supervision orders that have not been answered
	PileExceptions Pile = "exceptions" // the office and supervision: letters that may go to whom they complain about, if a second person agrees
	PileCards      Pile = "cards"      // open cases with a yellow or red card
	PileCalls      Pile = "calls"      // the office and supervision: writers to telephone about the answer ([Desk.FollowUps])
	PileAll        Pile = "all"        // everything, newest first

	// Those of supervision's board. The first go by the writer's clock, those from PileUnsigned on by the department's;
	// unsigned, signed, replied and waiting never overlap.
	PileDueToday        Pile = "due_today"        // open, and due before the day is over
	PileUnsignedLate    Pile = "unsigned_late"    // past the time for signing
	PileYellow          Pile = "yellow"           // open cases with a yellow card and no red one
	PileRed             Pile = "red"              // open cases with a red card
	PileUnsigned        Pile = "unsigned"         // routed, not signed for
	PileSigned          Pile = "signed"           // signed for, to be replied
	PileWaiting         Pile = "waiting"          // waiting for the writer
	PileDepartmentLate  Pile = "department_late"  // the department's clock has run out
	PileDepartmentToday Pile = "department_today" // the department's clock runs out today
)

// Piles lists all piles.
var Piles = []Pile{
	PileScreening, PileReview, PileDepartment, PileAssisting, PileApproval, PileReplied, PileAnswered, PileOverdue, PileOpen, PileExtensions, PileReworks, PileOrders, PileExceptions, PileCards, PileCalls, PileAll,
	PileDueToday, PileUnsignedLate, PileYellow, PileRed, PileUnsigned, PileSigned, PileWaiting, PileDepartmentLate, PileDepartmentToday,
}

// Query selects cases for a list. Empty fields select all.
type Query struct {
	Pile       Pile
	Department int64
	Channel    string
	Kind       string
	Text       string // words, as in [Desk.Search], or a case number
	Hour       string // "00" to "23": due in this hour of today, by the writer's clock
	Holder     int64  // the account that has the case in hand
	Unheld     bool   // in nobody's hands
	Waiting    bool   // waits for the writer
	Extension  ExtensionState
	Sort       Sort // the pile's own order when empty
	Limit      int  // 50 when 0, 200 at most
	Offset     int
}

// waitingLast puts behind the others what waits for the writer and is not late: there is nothing to do about it.
const waitingLast = "CASE WHEN c.waiting_until IS NOT NULL AND c.department_due_at >= ? THEN 1 ELSE 0 END, "

// pileSQL is what each pile holds, and its order. In what it holds the first "?" is now, the second the end of the day;
// in its order each is now.
var pileSQL = map[Pile]struct{ where, order string }{
	PileScreening: {
		"c.state IN ('received', 'screened')", "(c.returned_at IS NULL), c.due_at, c.id",
	},
	PileReview:     {"c.state = 'replied'", "c.due_at, c.id"},
	PileDepartment: {"c.state IN ('routed', 'acknowledged')", waitingLast + "c.department_due_at, c.id"},
	PileAssisting:  {"c.state IN ('routed', 'acknowledged', 'replied')", "c.department_due_at, c.id"},
	PileApproval:   {"c.state IN ('routed', 'acknowledged') AND " + proposed, "c.department_due_at, c.id"},
	PileReplied:    {"c.state = 'replied'", "c.department_due_at, c.id"},
	PileAnswered:   {"c.state IN ('answered', 'closed') AND c.answered_at IS NOT NULL", "c.answered_at DESC, c.id DESC"},
	PileOverdue:    {"c.state IN ('received', 'screened', 'routed', 'acknowledged', 'replied') AND c.due_at < ?", "c.due_at, c.id"},
	PileOpen:       {"c.state IN ('received', 'screened', 'routed', 'acknowledged', 'replied')", "c.due_at, c.id"},
	PileExtensions: {"c.extension = 'asked' AND c.due_at >= ?", "c.due_at, c.id"}, // after that it has lapsed
	PileReworks:    {"c.rework = 'asked'", "c.rework_asked_at, c.id"},
	PileOrders:     {"c.id IN (SELECT r.case_id FROM orders r WHERE r.answered_at IS NULL AND r.released_at IS NULL)", "c.department_due_at, c.id"},
	PileExceptions: {"c.state NOT IN ('declined', 'withdrawn', 'merged') AND c.id IN (SELECT x.case_id FROM exceptions x WHERE x.decided_at IS NULL)", "c.due_at, c.id"},
	PileCards:      {"c.state IN ('routed', 'acknowledged') AND c.yellow_at IS NOT NULL", "c.department_due_at, c.id"},
	PileCalls:      {"c.call_until IS NOT NULL AND ? BETWEEN c.call_at AND c.call_until", "c.answered_at, c.id"},
	PileAll:        {"1 = 1", "c.received_at DESC, c.id DESC"},

	PileDueToday:        {"c.state IN ('received', 'screened', 'routed', 'acknowledged', 'replied') AND c.due_at >= ? AND c.due_at < ?", "c.due_at, c.id"},
	PileUnsignedLate:    {"c.state = 'routed' AND c.sign_due_at < ?", "c.sign_due_at, c.id"},
	PileYellow:          {"c.state IN ('routed', 'acknowledged') AND c.yellow_at IS NOT NULL AND c.red_at IS NULL", "c.department_due_at, c.id"},
	PileRed:             {"c.state IN ('routed', 'acknowledged') AND c.red_at IS NOT NULL", "c.department_due_at, c.id"},
	PileUnsigned:        {"c.state = 'routed' AND c.waiting_since IS NULL", "c.department_due_at, c.id"},
	PileSigned:          {"c.state = 'acknowledged' AND c.waiting_since IS NULL", "c.department_due_at, c.id"},
	PileWaiting:         {"c.state IN ('routed', 'acknowledged') AND c.waiting_since IS NOT NULL", "c.department_due_at, c.id"},
	PileDepartmentLate:  {"c.state IN ('routed', 'acknowledged') AND c.department_due_at < ?", "c.department_due_at, c.id"},
	PileDepartmentToday: {"c.state IN ('routed', 'acknowledged') AND c.department_due_at >= ? AND c.department_due_at < ?", "c.department_due_at, c.id"},
}

const openOrder = "EXISTS (SELECT 1 FROM orders r WHERE r.case_id = c.id AND r.answered_at IS NULL AND r.released_at IS NULL)"

const proposed = "EXISTS (SELECT 1 FROM proposals q WHERE q.case_id = c.id AND q.status = 'waiting')"

const itemColumns = `c.id, c.channel, c.kind, c.title, c.state, c.confidential, c.instructed, c.provisional, c.received_at,
	c.received_day, c.due_at, c.routed_at, COALESCE(c.lead_id, 0) AS lead_id, COALESCE(p.name, '') AS lead, c.department_due_at, c.replied_at,
	c.answered_at, COALESCE(c.rating, 0) AS rating, c.version,
	c.state = 'screened' AND c.returned_at IS NOT NULL AS returned,
	c.due_unextended_at, c.extension, c.extension_days, c.waiting_until, c.yellow_at, c.red_at, ` + openOrder + ` AS order_open, c.round, c.rework, c.topic, c.district, ` + proposed + ` AS proposed`

// CountedTo is how many cases of a list that only ever grows are counted: a million would be counted for every look at a
// desk, and nobody leafs through them.
const CountedTo = 10_000

// countSQL counts the cases of a selection: one more than CountedTo at most in the lists that only ever grow.
func countSQL(pile Pile, where string) string {
	if pile == PileAnswered || pile == PileAll {
		return fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM cases c WHERE %s LIMIT %d) AS counted", where, CountedTo+1)
	}
	return "SELECT count(*) FROM cases c WHERE " + where
}

// List gives the cases of a pile that the actor may see, and how many there are in all. Of what was answered and of all
// there may be more than are counted ([CountedTo]).
func (d *Desk) List(ctx context.Context, a people.Actor, q Query) (items []Item, total int, err error) {
	where, args, err := d.selection(ctx, a, q)
	if err != nil {
		return nil, 0, err
	}
	if err := d.db.Read.NewRaw(countSQL(q.Pile, where), args...).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count cases: %w", err)
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	order, by := d.order(q)
	args = slices.Concat(args, by, []any{min(limit, 200), max(q.Offset, 0)}, by)
	// The page is found and sorted by what stands in an index, and only its rows are read whole.
	err = d.db.Read.NewRaw("SELECT "+itemColumns+" FROM (SELECT c.id FROM cases c WHERE "+where+order+" LIMIT ? OFFSET ?) AS page"+
		" JOIN cases c ON c.id = page.id LEFT JOIN departments p ON p.id = c.lead_id"+order, args...).Scan(ctx, &items)
	if err != nil {
		return nil, 0, fmt.Errorf("list cases: %w", err)
	}
	return items, total, d.nameHolders(ctx, items)
}

// Counts says how many cases are in each of the piles, for the tabs above a list; as far as List counts them.
func (d *Desk) Counts(ctx context.Context, a people.Actor, piles ...Pile) (map[Pile]int, error) {
	counts := make(map[Pile]int, len(piles))
	for _, p := range piles {
		where, args, err := d.selection(ctx, a, Query{Pile: p})
		if err != nil {
			return nil, err
		}
		n := 0
		if err := d.db.Read.NewRaw(countSQL(p, where), args...).Scan(ctx, &n); err != nil {
			return nil, fmt.Errorf("count cases: %w", err)
		}
		counts[p] = n
	}
	return counts, nil
}

// Items gives the cases with these identities, in their order, as far as the actor may see them: the
// cases behind a figure.
func (d *Desk) Items(ctx context.Context, a people.Actor, ids []ID) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	where, args, err := visible(a)
	if err != nil {
		return nil, err
	}
	var found []Item
	args = append(args, bun.List(ids))
	err = d.db.Read.NewRaw("SELECT "+itemColumns+" FROM cases c LEFT JOIN departments p ON p.id = c.lead_id WHERE "+where+" AND c.id IN (?)", args...).
		Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	byID := make(map[ID]Item, len(found))
	for _, item := range found {
		byID[item.ID] = item
	}
	items := make([]Item, 0, len(found))
	for _, id := range ids {
		if item, ok := byID[id]; ok {
			items = append(items, item)
		}
	}
	return items, nil
}

// selection is the where-clause of a query, within what the actor may see.
func (d *Desk) selection(ctx context.Context, a people.Actor, q Query) (string, []any, error) {
	pile, ok := pileSQL[q.Pile]
	if !ok {
		return "", nil, errs.Invalid("pile", "there is no such list", "没有这个列表")
	}
	where, args, err := within(a, q.Pile)
	if err != nil {
		return "", nil, err
	}
	where += " AND " + pile.where
	if slices.Contains(openPiles, q.Pile) {
		where += " AND " + stillOpen
	}
	today := d.today()
	args = append(args, today.args(pile.where)...)
	if q.Hour != "" {
		from, to, err := today.hour(q.Hour)
		if err != nil {
			return "", nil, err
		}
		where, args = where+" AND c.due_at >= ? AND c.due_at < ?", append(args, from, to)
	}
	if q.Department != 0 {
		where, args = where+" AND c.lead_id = ?", append(args, q.Department)
	}
	if q.Channel != "" {
		where, args = where+" AND c.channel = ?", append(args, q.Channel)
	}
	if q.Kind != "" {
		where, args = where+" AND c.kind = ?", append(args, q.Kind)
	}
	where, args = q.narrow(where, args, migrations.At(d.Now()))
	if text := strings.TrimSpace(q.Text); text != "" {
		if id, _, err := ParseNumber(text); err == nil {
			where, args = where+" AND c.id = ?", append(args, id)
		} else {
			stands, found, err := d.withWords(ctx, a, q)
			if err != nil {
				return "", nil, err
			}
			where, args = where+" AND "+stands, append(args, found...)
		}
	}
	return where, args, nil
}

var likeEscape = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// visible is the same judgement as Permit(View), as a where-clause.
func visible(a people.Actor) (string, []any, error) {
	if _, err := a.Permit(people.View, people.Subject{}); err == nil {
		return "1 = 1", nil, nil
	}
	own := a.Departments()
	if len(own) == 0 {
		return "", nil, errs.Forbidden("you may not see cases", "您无权查看办件")
	}
	// As two look-ups by index: with "OR" a department's desk would read a million cases of the others.
	return "c.id IN (SELECT o.id FROM cases o WHERE o.lead_id IN (?) UNION SELECT s.case_id FROM assists s WHERE s.department_id IN (?) AND s.released_at IS NULL)",
		[]any{bun.List(own), bun.List(own)}, nil
}

// within is what the actor may see of a pile. A department's own piles say themselves whose they are, which
// lets the index answer.
func within(a people.Actor, pile Pile) (string, []any, error) {
	own := a.Departments()
	if len(own) == 0 {
		return visible(a)
	}
	switch pile {
	case PileDepartment, PileApproval, PileReplied:
		return "c.lead_id IN (?)", []any{bun.List(own)}, nil
	case PileAssisting:
		return "c.id IN (SELECT s.case_id FROM assists s WHERE s.department_id IN (?) AND s.contributed_at IS NULL AND s.released_at IS NULL)",
			[]any{bun.List(own)}, nil
	case PileScreening, PileReview, PileAnswered, PileOverdue, PileOpen, PileExtensions, PileReworks, PileOrders, PileExceptions, PileCards, PileCalls, PileAll,
		PileDueToday, PileUnsignedLate, PileYellow, PileRed, PileUnsigned, PileSigned, PileWaiting, PileDepartmentLate, PileDepartmentToday:
	}
	return visible(a)
}

// Left is how much time a clock has left at now; negative when it has run out.
func Left(due migrations.Instant, now time.Time) time.Duration { return due.Sub(now) }
