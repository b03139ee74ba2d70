package cases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/routing"
)

// Suggestion is who might answer a letter, and what it is about, with reasons. It decides nothing.
type Suggestion struct {
	ModelVersion int64 // of what was learned; 0: nothing yet, rules and names speak alone
	TopicVersion int64
	Departments  []Suggested // best first
	Topics       []SuggestedTopic
}

// Suggested is a department with what speaks for it.
type Suggested struct {
	Department  int64
	Name        string
	Probability float64 // that it is the right one, calibrated on past letters; 0 while nothing is learned
	Returned    bool    // it has sent this very case back
	Named       bool    // the letter complains, and names this department
	Accused     bool    // the letter is marked as complaining about it
	Reasons     []routing.Reason
	Like        []LikeCase // where letters like this one went
}

// LikeCase is a confirmed case that resembles the letter.
type LikeCase struct {
	ID       ID
	Number   string
	Title    string
	Likeness float64 // 0 to 1
}

// SuggestedTopic is a first level of the topic tree.
type SuggestedTopic struct {
	Topic       string
	Probability float64
	Reasons     []routing.Reason
}

// How much is shown.
const (
	suggestDepartments = 3
	suggestTopics      = 3
	suggestWords       = 5
	suggestCases       = 3
	// likeEnough is from where on two letters are worth comparing: below, they share common words only.
	likeEnough = 0.15
)

// Suggest ranks who might answer a case, with reasons, for whoever may see it.
//
// Errors: not_found.
func (d *Desk) Suggest(ctx context.Context, a people.Actor, id ID) (*Suggestion, error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return d.suggest(ctx, c, a)
}

// SuggestFor ranks who might answer a letter that is not a case, to try rules and learning on.
func (d *Desk) SuggestFor(ctx context.Context, a people.Actor, l routing.Letter) (*Suggestion, error) {
	c := &Case{Title: l.Title, Body: l.Body, District: l.District, Topic: l.Topic}
	return d.suggest(ctx, c, a)
}

// suggest gathers what rules and learning say of a case.
func (d *Desk) suggest(ctx context.Context, c *Case, a people.Actor) (*Suggestion, error) {
	g, err := d.guessing(ctx)
	if err != nil {
		return nil, err
	}
	l := routing.Letter{Title: c.Title, Body: c.Body, District: c.District, Topic: c.Topic}
	returned, err := d.returnedCase(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	against, err := accusedBy(ctx, d.db.Read, c.ID)
	if err != nil {
		return nil, err
	}
	s := &Suggestion{ModelVersion: g.version()}
	for _, choice := range g.rank(l, returned, suggestDepartments) {
		one := Suggested{
			Department: choice.department, Name: g.names[choice.department], Probability: choice.probability,
			Returned: slices.Contains(returned, choice.department), Accused: slices.Contains(against, choice.department), Reasons: choice.cold,
		}
		one.Named = accuses(c) && namesDepartment(choice.cold)
		if g.departments != nil {
			one.Reasons = append(slices.Clone(one.Reasons), g.departments.Words(l, classOf(choice.department), suggestWords)...)
		}
		s.Departments = append(s.Departments, one)
	}
	if err := d.addLike(ctx, g, l, c.ID, a, s); err != nil {
		return nil, err
	}
	topics, err := d.inUse(ctx, OfTopic)
	if err != nil || topics == nil {
		return s, err
	}
	s.TopicVersion = topics.version
	for _, choice := range topics.Rank(l, nil, nil, suggestTopics) {
		s.Topics = append(s.Topics, SuggestedTopic{choice.Class, choice.Probability, topics.Words(l, choice.Class, suggestWords)})
	}
	return s, nil
}

// accuses tells whether a letter may be against whom it names.
func accuses(c *Case) bool { return c.Kind == "complaint" || c.Kind == "tipoff" }

// addLike finds, for each department suggested, the confirmed cases like this one that went there and that the
// actor may see.
func (d *Desk) addLike(ctx context.Context, g *guesser, l routing.Letter, self ID, a people.Actor, s *Suggestion) error {
	if g.departments == nil {
		return nil
	}
	near := g.departments.Near(l, 20)
	var ids []int64
	for _, n := range near {
		if n.Case != 0 && ID(n.Case) != self && n.Likeness >= likeEnough {
			ids = append(ids, n.Case)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := d.visible(ctx, a, ids)
	if err != nil {
		return err
	}
	for i := range s.Departments {
		one := &s.Departments[i]
		for _, n := range near {
			c, ok := found[ID(n.Case)]
			if !ok || n.Likeness < likeEnough || g.present[g.id(n.Class)] != one.Department || len(one.Like) == suggestCases || c.ID == self {
				continue
			}
			one.Like = append(one.Like, LikeCase{c.ID, c.Number(), c.Title, n.Likeness})
		}
	}
	return nil
}

// visible loads those of the cases that the actor may see.
func (d *Desk) visible(ctx context.Context, a people.Actor, ids []int64) (map[ID]*Case, error) {
	var rows []*Case
	if err := d.db.Read.NewSelect().Model(&rows).Where("c.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read like cases: %w", err)
	}
	found := make(map[ID]*Case, len(rows))
	for _, c := range rows {
		if _, err := a.Permit(people.View, subject(c, nil)); err == nil {
			found[c.ID] = c
		}
	}
	return found, nil
}

// returnedCase says which departments sent this case back.
func (d *Desk) returnedCase(ctx context.Context, id ID) (departments []int64, err error) {
	if id == 0 {
		return nil, nil
	}
	err = d.db.Read.NewRaw("SELECT department_id FROM conduct WHERE case_id = ? AND kind = ? AND department_id IS NOT NULL", id, Returned).Scan(ctx, &departments)
	if err != nil {
		return nil, fmt.Errorf("read returns: %w", err)
	}
	return departments, nil
}

// guesser is all that ranking needs, as it stands now.
type guesser struct {
	*coldNow
	departments *model // nil: nothing learned yet
}

func (g *guesser) version() int64 {
	if g.departments == nil {
		return 0
	}
	return g.departments.version
}

func (*guesser) id(class string) int64 {
	id, err := strconv.ParseInt(class, 10, 64)
	if err != nil {
		return 0 // no department has this id
	}
	return id
}

func (d *Desk) guessing(ctx context.Context) (*guesser, error) {
	now, err := d.cold(ctx)
	if err != nil {
		return nil, err
	}
	m, err := d.inUse(ctx, OfDepartment)
	return &guesser{now, m}, err
}

// ranked is a department in order.
type ranked struct {
	department  int64
	probability float64
	cold        []routing.Reason
}

// rank orders the departments that may get a letter. Those that sent the case back come last, whatever speaks for
// them.
func (g *guesser) rank(l routing.Letter, returned []int64, most int) []ranked {
	scored := g.cold.Score(l)
	reasons := make(map[int64][]routing.Reason, len(scored))
	for _, s := range scored {
		reasons[s.Department] = s.Reasons
	}
	var all []ranked
	if g.departments == nil {
		for _, s := range scored {
			all = append(all, ranked{department: s.Department, cold: s.Reasons})
		}
	} else {
		sums := map[int64]float64{}
		for _, c := range g.departments.Rank(l, hintsOf(scored), nil, 4*most) {
			if id := g.present[g.id(c.Class)]; id != 0 { // its successor, where it has been merged since
				sums[id] += c.Probability
			}
		}
		for id, p := range sums {
			all = append(all, ranked{id, p, reasons[id]})
		}
		slices.SortFunc(all, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(b.probability, a.probability), cmp.Compare(a.department, b.department))
		})
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return boolOrder(slices.Contains(returned, a.department), slices.Contains(returned, b.department))
	})
	return all[:min(len(all), most)]
}

// boolOrder puts false first.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func hintsOf(scored []routing.Scored) routing.Hints {
	hints := make(routing.Hints, len(scored))
	for _, s := range scored {
		hints[classOf(s.Department)] = s.Score
	}
	return hints
}

// hinting gives what rules and names say of letters, for learning; topics have none.
func (d *Desk) hinting(ctx context.Context, s Subject) (func(routing.Letter) routing.Hints, error) {
	if s == OfTopic {
		return func(routing.Letter) routing.Hints { return nil }, nil
	}
	now, err := d.cold(ctx)
	if err != nil {
		return nil, err
	}
	return func(l routing.Letter) routing.Hints { return hintsOf(now.cold.Score(l)) }, nil
}

// coldNow is what routing needs no history for, made of the rules and departments as they stand.
type coldNow struct {
	cold    *routing.Cold
	present map[int64]int64
	names   map[int64]string
	made    string // of which rules and departments
}

// coldKept keeps the last, for making it takes longer than a page may.
type coldKept struct {
	mu   sync.Mutex
	last *coldNow
}

func (d *Desk) cold(ctx context.Context) (*coldNow, error) {
	list, err := d.directory.Departments(ctx)
	if err != nil {
		return nil, err
	}
	version, err := d.RoutingRulesVersion(ctx)
	if err != nil {
		return nil, err
	}
	var made strings.Builder
	fmt.Fprint(&made, version)
	for _, dep := range list {
		fmt.Fprintf(&made, "\n%d %s %s %s %s %d %t", dep.ID, dep.Code, dep.Name, dep.Kind, dep.Duties, dep.SuccessorID, dep.EndedAt.IsZero())
	}
	k := &d.coldly
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last != nil && k.last.made == made.String() {
		return k.last, nil
	}
	rules, err := d.RoutingRules(ctx)
	if err != nil {
		return nil, err
	}
	now := &coldNow{present: presentOf(list), names: make(map[int64]string, len(list)), made: made.String()}
	for _, dep := range list {
		now.names[dep.ID] = dep.Name
	}
	now.cold = routing.NewCold(routingDepartments(list), rules.Rules)
	k.last = now
	return now, nil
}
