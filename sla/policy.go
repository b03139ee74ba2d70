package sla

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MaxDays is the most working days that a policy may grant for anything: above a working year
// a number is a slip of the pen.
const MaxDays = 366

// Policy says how one kind of letter is handled: how many working days each step may take, and
// what the writer is promised besides. All days are working days unless said otherwise.
type Policy struct {
	AnswerDays      int `json:"answer_days"`      // from receipt to the answer: the writer's clock
	ScreenDays      int `json:"screen_days"`      // from receipt to the office's first look
	RouteDays       int `json:"route_days"`       // from receipt to routing
	AcknowledgeDays int `json:"acknowledge_days"` // from routing to the department's signature
	ReturnDays      int `json:"return_days"`      // from routing, while a department may say "not ours"
	ReworkDays      int `json:"rework_days"`      // from granting a rework to its answer
	ExtensionDays   int `json:"extension_days"`   // the most one extension may add
	WaitingDays     int `json:"waiting_days"`     // the most one wait for the writer may add to the department's clock
	CloseAfterDays  int `json:"close_after_days"` // calendar days from the answer to closing; 0 closes at the end of that day

	ReworkWithinDays int `json:"rework_within_days"` // calendar days after the answer in which the writer may ask for a rework; 0: never
	// RateWithinDays and RemindRatingDays are calendar days after the answer: in which the writer may judge it and
	// change the judgement (0: at any time), and after which a writer who has not is reminded, once (0: never).
	RateWithinDays   int `json:"rate_within_days"`
	RemindRatingDays int `json:"remind_rating_days"`

	// Follow-up calls (回访). Of the writers who were answered and left a telephone number, CallShare percent are drawn
	// (0: none, 100: all) and called within CallWithinDays calendar days of the answer, if they have not judged it
	// themselves by then. CallDissatisfied calls besides every one who judges it and is not content, within as many days
	// of saying so.
	CallShare        int  `json:"call_share"`
	CallWithinDays   int  `json:"call_within_days"`
	CallDissatisfied bool `json:"call_dissatisfied"`

	OrderDays int `json:"order_days"` // from a supervision order to its answer, unless the order says otherwise

	// Cards are given when the department is overdue by so many working days, by its own clock.
	YellowDays int `json:"yellow_days"` // always less than RedDays
	RedDays    int `json:"red_days"`

	RemindDaysBefore Mornings `json:"remind_days_before"` // on which mornings those below are reminded, in working days before the due day
	TellReminder     Readers  `json:"tell_reminder"`
	TellOverdue      Readers  `json:"tell_overdue"`
	TellYellow       Readers  `json:"tell_yellow_card"`
	TellRed          Readers  `json:"tell_red_card"`

	Closing        Closing `json:"closing"`         // the time of day at which a deadline ends
	Review         bool    `json:"review"`          // the office reviews a reply before the writer can read it
	AllowAnonymous bool    `json:"allow_anonymous"` // the writer need not give a name
	Confidential   bool    `json:"confidential"`    // the case is confidential from the start

	// RouteAbove lets a letter go to the suggested department by itself when that is right with at least this
	// probability, in percent; 0: never. It is left out of what is stored where it is 0, so that versions of the
	// program that do not know it can read on.
	RouteAbove int `json:"route_above,omitempty"`
}

// Override holds what a rule changes; a nil field leaves the policy as it is. The fields are
// those of [Policy].
type Override struct {
	AnswerDays       *int      `json:"answer_days,omitempty"`
	ScreenDays       *int      `json:"screen_days,omitempty"`
	RouteDays        *int      `json:"route_days,omitempty"`
	AcknowledgeDays  *int      `json:"acknowledge_days,omitempty"`
	ReturnDays       *int      `json:"return_days,omitempty"`
	ReworkDays       *int      `json:"rework_days,omitempty"`
	ExtensionDays    *int      `json:"extension_days,omitempty"`
	WaitingDays      *int      `json:"waiting_days,omitempty"`
	CloseAfterDays   *int      `json:"close_after_days,omitempty"`
	ReworkWithinDays *int      `json:"rework_within_days,omitempty"`
	RateWithinDays   *int      `json:"rate_within_days,omitempty"`
	RemindRatingDays *int      `json:"remind_rating_days,omitempty"`
	CallShare        *int      `json:"call_share,omitempty"`
	CallWithinDays   *int      `json:"call_within_days,omitempty"`
	CallDissatisfied *bool     `json:"call_dissatisfied,omitempty"`
	OrderDays        *int      `json:"order_days,omitempty"`
	YellowDays       *int      `json:"yellow_days,omitempty"`
	RedDays          *int      `json:"red_days,omitempty"`
	RemindDaysBefore *Mornings `json:"remind_days_before,omitempty"`
	TellReminder     *Readers  `json:"tell_reminder,omitempty"`
	TellOverdue      *Readers  `json:"tell_overdue,omitempty"`
	TellYellow       *Readers  `json:"tell_yellow_card,omitempty"`
	TellRed          *Readers  `json:"tell_red_card,omitempty"`
	Closing          *Closing  `json:"closing,omitempty"`
	Review           *bool     `json:"review,omitempty"`
	AllowAnonymous   *bool     `json:"allow_anonymous,omitempty"`
	Confidential     *bool     `json:"confidential,omitempty"`
	RouteAbove       *int      `json:"route_above,omitempty"`
}

// Rule changes the default policy for the letters it matches. An empty Channel, Kind or Topic
// matches all. A topic stands for its whole branch: 城乡建设 also matches 城乡建设/城市管理.
type Rule struct {
	Channel string `json:"channel,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Topic   string `json:"topic,omitempty"`
	Override
}

// PolicyVersion is the whole policy as it stood from one instant on. Versions are only ever
// added: a case keeps the due times of the version in force at its receipt.
type PolicyVersion struct {
	Version int         `json:"version"`       // 1 for the first; 0 in a draft the store has not numbered yet
	From    time.Time   `json:"from,omitzero"` // in force from this instant; zero: from ever, as the first is
	Notices NoticeHours `json:"notices"`       // for the whole city, whatever the letter
	Default Policy      `json:"default"`
	Rules   []Rule      `json:"rules,omitempty"`
}

// DefaultPolicies returns version 1: two working days for every letter, which is the city's rule
// for messages of netizens, three for errors on government web sites (the national rule), and
// tip-offs confidential and open to writers without a name. A department one working day overdue
// gets a yellow card, five a red one; notices to staff leave from nine to six on working days. Every
// writer who can be telephoned and has not judged the answer is called within ten days, every one who is
// not content as well: four letters a day leave time for it.
func DefaultPolicies() PolicyVersion {
	return PolicyVersion{
		Version: 1,
		Notices: NoticeHours{From: 9 * 3600, Until: 18 * 3600},
		Default: Policy{
			AnswerDays:       2,
			ScreenDays:       1,
			RouteDays:        1,
			AcknowledgeDays:  1,
			ReturnDays:       1,
			ReworkDays:       5,
			ExtensionDays:    5,
			WaitingDays:      5,
			CloseAfterDays:   10,
			ReworkWithinDays: 10,
			RateWithinDays:   30,
			RemindRatingDays: 3,
			CallShare:        100,
			CallWithinDays:   10,
			CallDissatisfied: true,
			OrderDays:        1,
			YellowDays:       1,
			RedDays:          5,
			RemindDaysBefore: MorningsOf(1, 0),
			TellReminder:     ToDepartment,
			TellOverdue:      ToDepartment | ToOffice | ToSupervision,
			TellYellow:       ToDepartment | ToLeader | ToSupervision,
			TellRed:          ToDepartment | ToLeader | ToOffice | ToSupervision,
			Closing:          EndOfDay,
			Review:           true,
		},
		Rules: []Rule{
			{Channel: "site_error", Override: Override{AnswerDays: new(3)}},
			{Kind: "tipoff", Override: Override{AllowAnonymous: new(true), Confidential: new(true)}},
		},
	}
}

// InForce returns the version in force at an instant: of those whose From is not after it, the
// one with the latest From, and of several with the same the highest Version. ok is false when
// none had begun.
func InForce(versions []PolicyVersion, at time.Time) (version PolicyVersion, ok bool) {
	for _, v := range versions {
		if v.From.After(at) {
			continue
		}
		if !ok || cmp.Or(v.From.Compare(version.From), cmp.Compare(v.Version, version.Version)) > 0 {
			version, ok = v, true
		}
	}
	return version, ok
}

// For returns the policy for a letter. All rules that match are applied to the default, the more
// specific after the less, so that in every field the most specific rule that speaks of it wins;
// the order in which rules are written makes no difference.
func (v PolicyVersion) For(channel, kind, topic string) Policy {
	var matching []Rule
	for _, r := range v.Rules {
		if r.matches(channel, kind, topic) {
			matching = append(matching, r)
		}
	}
	slices.SortStableFunc(matching, Rule.compareSpecificity)
	p := v.Default
	for _, r := range matching {
		r.apply(&p)
	}
	return p
}

func (r Rule) matches(channel, kind, topic string) bool {
	return (r.Channel == "" || r.Channel == channel) &&
		(r.Kind == "" || r.Kind == kind) &&
		(r.Topic == "" || underTopic(topic, r.Topic))
}

// compareSpecificity orders rules that match the same letter. The one that names more wins; of
// two that name equally many, a topic is more specific than a kind, a kind than a channel, and a
// deeper topic than its branch. Two different rules that match one letter never compare equal:
// they would have to name the same things.
func (r Rule) compareSpecificity(o Rule) int {
	return cmp.Or(
		cmp.Compare(r.named(), o.named()),
		cmp.Compare(len(topicPath(r.Topic)), len(topicPath(o.Topic))),
		cmp.Compare(len(r.Kind), len(o.Kind)),
	)
}

// named counts the selectors that do not match all.
func (r Rule) named() int {
	n := 0
	for _, s := range [...]string{r.Channel, r.Kind, r.Topic} {
		if s != "" {
			n++
		}
	}
	return n
}

// topicPath splits a topic such as "城乡建设 / 城市管理" into its levels; spaces around the
// strokes make no difference.
func topicPath(topic string) []string {
	if topic == "" {
		return nil
	}
	levels := strings.Split(topic, "/")
	for i, l := range levels {
		levels[i] = strings.TrimSpace(l)
	}
	return levels
}

// underTopic reports whether topic is branch or lies below it.
func underTopic(topic, branch string) bool {
	t, b := topicPath(topic), topicPath(branch)
	return len(t) >= len(b) && slices.Equal(t[:len(b)], b)
}

func (o Override) apply(p *Policy) {
	set(&p.AnswerDays, o.AnswerDays)
	set(&p.ScreenDays, o.ScreenDays)
	set(&p.RouteDays, o.RouteDays)
	set(&p.AcknowledgeDays, o.AcknowledgeDays)
	set(&p.ReturnDays, o.ReturnDays)
	set(&p.ReworkDays, o.ReworkDays)
	set(&p.ExtensionDays, o.ExtensionDays)
	set(&p.WaitingDays, o.WaitingDays)
	set(&p.CloseAfterDays, o.CloseAfterDays)
	set(&p.ReworkWithinDays, o.ReworkWithinDays)
	set(&p.RateWithinDays, o.RateWithinDays)
	set(&p.RemindRatingDays, o.RemindRatingDays)
	set(&p.CallShare, o.CallShare)
	set(&p.CallWithinDays, o.CallWithinDays)
	set(&p.CallDissatisfied, o.CallDissatisfied)
	set(&p.OrderDays, o.OrderDays)
	set(&p.YellowDays, o.YellowDays)
	set(&p.RedDays, o.RedDays)
	set(&p.RemindDaysBefore, o.RemindDaysBefore)
	set(&p.TellReminder, o.TellReminder)
	set(&p.TellOverdue, o.TellOverdue)
	set(&p.TellYellow, o.TellYellow)
	set(&p.TellRed, o.TellRed)
	set(&p.Closing, o.Closing)
	set(&p.Review, o.Review)
	set(&p.AllowAnonymous, o.AllowAnonymous)
	set(&p.Confidential, o.Confidential)
	set(&p.RouteAbove, o.RouteAbove)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
