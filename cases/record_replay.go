package cases

import (
	"encoding/json"
	"time"

	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// plainValues are those values that events have always said in the clear.
type plainValues struct {
	State, Channel, Kind, Topic, District string
	Confidential                          bool
}

// saidOf is what an event says about the time from it on.
type saidOf struct {
	plainValues
	from, seq int64
	digest    string // of all values; empty where an event of an older version does not say
}

type saidReply struct {
	digest string
	seq    int64
}

// replay is what the events of a case add up to.
type replay struct {
	plainValues
	receivedDay      string
	instructed       bool
	received         migrations.Instant
	due              int64
	lead             int64
	round            int64
	policy, secret   int64
	answered, closed migrations.Instant
	erased           migrations.Instant
	rating           int64
	into             ID
	letter           string
	replies          map[int64]saidReply
	digest           string
	timeline         []saidOf
}

// eventSays are the values that replay needs. Pointers tell what is not said from what is nothing.
type eventSays struct {
	State         string  `json:"state"`
	Channel       *string `json:"channel"`
	Kind          *string `json:"kind"`
	Topic         *string `json:"topic"`
	District      *string `json:"district"`
	Confidential  *bool   `json:"confidential"`
	ReceivedDay   string  `json:"received_day"`
	ReceivedAt    int64   `json:"received_at"`
	DueAt         *int64  `json:"due_at"`
	Lead          *int64  `json:"lead"`
	Round         *int64  `json:"round"`
	PolicyVersion *int64  `json:"policy_version"`
	SecretVersion *int64  `json:"secret_version"`
	Grade         *int64  `json:"grade"`
	Into          int64   `json:"into"`
	Letter        string  `json:"letter"`
	Reply         int64   `json:"reply"`
	Digest        string  `json:"digest"`
	Facts         string  `json:"facts"`
}

// replayed adds up the events; bad is the number of the first that cannot be read.
func replayed(events []ledger.Placed) (r *replay, bad int64) {
	r = &replay{round: 1, secret: 1, replies: map[int64]saidReply{}}
	for i := range events {
		e := &events[i]
		var says eventSays
		if err := json.Unmarshal([]byte(e.Detail), &says); err != nil {
			return nil, e.Seq
		}
		r.add(&e.Event, &says)
	}
	return r, 0
}

func set[T any](to *T, said *T) {
	if said != nil {
		*to = *said
	}
}

func (r *replay) add(e *ledger.Event, says *eventSays) {
	verb := people.Verb(e.Verb)
	r.State = says.State
	set(&r.lead, says.Lead)
	switch verb { //nolint:exhaustive // the others change nothing that is compared
	case people.Submit, people.Split:
		if e.Seq == 1 {
			r.begin(e, says)
		}
	case people.Correct:
		r.sort(says)
	case people.MarkConfidential, people.LiftConfidential:
		set(&r.Confidential, says.Confidential)
	case people.Instruct:
		r.instructed = true
	case people.Return, people.TakeBack, people.BackToOffice:
		r.lead = 0
	case people.GrantExtension, people.Settle:
		set(&r.due, says.DueAt)
	case people.ApplyPolicy:
		set(&r.due, says.DueAt)
		set(&r.policy, says.PolicyVersion)
	case people.Answer:
		r.answered = e.At
	case people.Void:
		r.answered, r.closed, r.rating = migrations.Instant{}, migrations.Instant{}, 0
	case people.GrantRework:
		r.answered, r.closed, r.rating, r.due = migrations.Instant{}, migrations.Instant{}, 0, 0
		set(&r.round, says.Round)
		set(&r.due, says.DueAt)
	case people.Rate, people.RecordRating:
		set(&r.rating, says.Grade)
	case people.Close:
		r.closed = e.At
	case people.Merge:
		r.into = ID(says.Into)
	case people.NewSecret:
		set(&r.secret, says.SecretVersion)
	case people.Erase:
		r.erased = e.At
	}
	if says.Reply != 0 && says.Digest != "" {
		r.replies[says.Reply] = saidReply{says.Digest, e.Seq}
	}
	r.say(e, verb, says.Facts)
}

func (r *replay) begin(e *ledger.Event, says *eventSays) {
	r.sort(says)
	set(&r.Confidential, says.Confidential)
	set(&r.due, says.DueAt)
	set(&r.policy, says.PolicyVersion)
	r.receivedDay, r.received, r.letter = says.ReceivedDay, e.At, says.Letter
	if says.ReceivedAt != 0 {
		r.received = migrations.At(time.Unix(says.ReceivedAt, 0))
	}
}

func (r *replay) sort(says *eventSays) {
	set(&r.Channel, says.Channel)
	set(&r.Kind, says.Kind)
	set(&r.Topic, says.Topic)
	set(&r.District, says.District)
}

// say notes what held from the event on. Where an event of history took effect before one that was recorded earlier, it
// is what holds from there; and of two in one second the later.
func (r *replay) say(e *ledger.Event, verb people.Verb, digest string) {
	// The alarm marks cases in large numbers without reading all of each: such an event changes no facts.
	if digest != "" || verb != people.MarkOverdue && verb != people.Card {
		r.digest = digest
	}
	said := saidOf{r.plainValues, e.At.Unix(), e.Seq, r.digest}
	n := len(r.timeline)
	for n > 0 && r.timeline[n-1].from >= said.from {
		n--
	}
	r.timeline = append(r.timeline[:n], said)
}
