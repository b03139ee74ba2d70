package sla

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ParsePolicyVersion reads a policy version from the JSON that [PolicyVersion] is written as and
// checks it as [PolicyVersion.Validate] does. What "notices" and "default" leave out is as in
// [DefaultPolicies]. Errors name the rule, by its place from 1 and what it matches, and the field.
func ParsePolicyVersion(data []byte) (PolicyVersion, error) {
	v, err := readPolicyVersion(data)
	if err != nil {
		return PolicyVersion{}, err
	}
	if err := v.Validate(); err != nil {
		return PolicyVersion{}, err
	}
	return v, nil
}

// ParsePolicyDraft reads a policy that is yet to be stored, such as a file the administrator
// loads: it is [ParsePolicyVersion], but "version" may be missing (0), since the store gives it.
func ParsePolicyDraft(data []byte) (PolicyVersion, error) {
	v, err := readPolicyVersion(data)
	if err != nil {
		return PolicyVersion{}, err
	}
	if v.Version < 0 {
		return PolicyVersion{}, fmt.Errorf("policy: version must be 0 or more, not %d", v.Version)
	}
	if err := v.validateContent(); err != nil {
		return PolicyVersion{}, err
	}
	return v, nil
}

// FormatPolicyVersion writes a version as the indented JSON that [ParsePolicyVersion] reads back
// as the same, and a draft as [ParsePolicyDraft] does. It does not check what it writes.
func FormatPolicyVersion(v PolicyVersion) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // people read it
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return text.Bytes(), nil
}

func readPolicyVersion(data []byte) (PolicyVersion, error) {
	var raw struct {
		Version int               `json:"version"`
		From    time.Time         `json:"from"`
		Notices json.RawMessage   `json:"notices"`
		Default json.RawMessage   `json:"default"`
		Rules   []json.RawMessage `json:"rules"`
	}
	if err := decodeFile(data, &raw); err != nil {
		return PolicyVersion{}, fmt.Errorf("policy: %w", err)
	}
	builtIn := DefaultPolicies()
	v := PolicyVersion{Version: raw.Version, Notices: builtIn.Notices, Default: builtIn.Default}
	if !raw.From.IsZero() {
		v.From = raw.From.UTC()
	}
	if raw.Notices != nil {
		if _, err := decodeStrictly(raw.Notices, &v.Notices); err != nil {
			return PolicyVersion{}, fmt.Errorf("policy: notices: %w", err)
		}
	}
	if raw.Default != nil {
		if _, err := decodeStrictly(raw.Default, &v.Default); err != nil {
			return PolicyVersion{}, fmt.Errorf("policy: default: %w", err)
		}
	}
	for i, text := range raw.Rules {
		var r Rule
		if _, err := decodeStrictly(text, &r); err != nil {
			return PolicyVersion{}, fmt.Errorf("policy: rule %d: %w", i+1, err)
		}
		v.Rules = append(v.Rules, r)
	}
	return v, nil
}

// Validate reports the first thing that makes the version unusable: a start in no sensible year,
// hours for notices that end before they begin, a number of days outside 1 to [MaxDays] (0 to
// MaxDays for those in calendar days), days that contradict each other, or a
// rule that matches every letter, changes nothing, or matches the same as another.
//
// Days contradict each other when screening may take longer than routing or either longer than
// the answer, in the default or within one rule: a rule that shortens nothing but the answer is
// not at fault for steps that are then too long. A yellow card must come before the red one for
// every letter there can be, whichever rules meet in it.
func (v PolicyVersion) Validate() error {
	if v.Version < 1 {
		return fmt.Errorf("policy: version must be 1 or more, not %d", v.Version)
	}
	return v.validateContent()
}

// validateContent checks all but the number of the version.
func (v PolicyVersion) validateContent() error {
	if y := v.From.Year(); !v.From.IsZero() && (y < minYear || y > maxYear) {
		return fmt.Errorf("policy: from: the year must be %d to %d, not %d", minYear, maxYear, y)
	}
	if err := v.Notices.validate(); err != nil {
		return fmt.Errorf("policy: notices: %w", err)
	}
	if err := everyField(v.Default).validate(); err != nil {
		return fmt.Errorf("policy: default: %w", err)
	}
	seen := make(map[string]int, len(v.Rules))
	for i, r := range v.Rules {
		if err := r.validate(); err != nil {
			return fmt.Errorf("policy: rule %d (%s): %w", i+1, r.selector(), err)
		}
		if first, ok := seen[r.selector()]; ok {
			return fmt.Errorf("policy: rule %d (%s): matches the same letters as rule %d", i+1, r.selector(), first)
		}
		seen[r.selector()] = i + 1
	}
	return v.validateCards()
}

// validateCards reports rules whose cards contradict each other or the default. A letter has each
// number from one rule or from the default, so it is enough to look at every rule alone and at
// every two that can meet in a letter.
func (v PolicyVersion) validateCards() error {
	for i, r := range v.Rules {
		if r.YellowDays == nil && r.RedDays == nil {
			continue
		}
		for j, o := range v.Rules[:i+1] {
			both, meet := r.meet(o)
			if !meet || o.YellowDays == nil && o.RedDays == nil {
				continue
			}
			p := v.For(both.Channel, both.Kind, both.Topic)
			err := inOrder("yellow_days", &p.YellowDays, "red_days", &p.RedDays, true)
			switch {
			case err == nil:
			case i == j:
				return fmt.Errorf("policy: rule %d (%s): %w", i+1, r.selector(), err)
			default:
				return fmt.Errorf("policy: rule %d (%s) and rule %d (%s): in a letter that both match, %w",
					j+1, o.selector(), i+1, r.selector(), err)
			}
		}
	}
	return nil
}

// meet returns the least that a letter must be for both rules to match it; ok is false when none
// can be.
func (r Rule) meet(o Rule) (both Rule, ok bool) {
	switch {
	case r.Channel != "" && o.Channel != "" && r.Channel != o.Channel,
		r.Kind != "" && o.Kind != "" && r.Kind != o.Kind,
		!underTopic(r.Topic, o.Topic) && !underTopic(o.Topic, r.Topic):
		return Rule{}, false
	}
	both = Rule{Channel: cmp.Or(r.Channel, o.Channel), Kind: cmp.Or(r.Kind, o.Kind), Topic: r.Topic}
	if underTopic(o.Topic, r.Topic) {
		both.Topic = o.Topic
	}
	return both, true
}

// selector names what a rule matches, for errors and for finding two rules that match the same.
func (r Rule) selector() string {
	var parts []string
	if r.Channel != "" {
		parts = append(parts, fmt.Sprintf("channel %q", r.Channel))
	}
	if r.Kind != "" {
		parts = append(parts, fmt.Sprintf("kind %q", r.Kind))
	}
	if r.Topic != "" {
		parts = append(parts, fmt.Sprintf("topic %q", strings.Join(topicPath(r.Topic), "/")))
	}
	if len(parts) == 0 {
		return "every letter"
	}
	return strings.Join(parts, ", ")
}

func (r Rule) validate() error {
	if r.named() == 0 {
		return errors.New("channel, kind and topic are all empty: what holds for every letter belongs into default")
	}
	for _, s := range []struct{ field, value string }{{"channel", r.Channel}, {"kind", r.Kind}, {"topic", r.Topic}} {
		if s.value != strings.TrimSpace(s.value) {
			return fmt.Errorf("%s: %q begins or ends with a space, so it would never match", s.field, s.value)
		}
	}
	for _, level := range topicPath(r.Topic) {
		if level == "" {
			return fmt.Errorf("topic: %q has an empty level", r.Topic)
		}
	}
	if r.Override == (Override{}) {
		return errors.New("changes nothing")
	}
	return r.Override.validate()
}

// everyField returns an override that sets each field as p has it, so that both are checked by
// the same list.
func everyField(p Policy) Override {
	return Override{
		AnswerDays: &p.AnswerDays, ScreenDays: &p.ScreenDays, RouteDays: &p.RouteDays,
		AcknowledgeDays: &p.AcknowledgeDays, ReturnDays: &p.ReturnDays, ReworkDays: &p.ReworkDays,
		ExtensionDays: &p.ExtensionDays, WaitingDays: &p.WaitingDays, CloseAfterDays: &p.CloseAfterDays,
		ReworkWithinDays: &p.ReworkWithinDays, RateWithinDays: &p.RateWithinDays, RemindRatingDays: &p.RemindRatingDays,
		CallShare: &p.CallShare, CallWithinDays: &p.CallWithinDays, CallDissatisfied: &p.CallDissatisfied,
		OrderDays: &p.OrderDays, YellowDays: &p.YellowDays, RedDays: &p.RedDays,
		RemindDaysBefore: &p.RemindDaysBefore, TellReminder: &p.TellReminder, TellOverdue: &p.TellOverdue,
		TellYellow: &p.TellYellow, TellRed: &p.TellRed,
		Closing: &p.Closing, Review: &p.Review, AllowAnonymous: &p.AllowAnonymous, Confidential: &p.Confidential,
		RouteAbove: &p.RouteAbove,
	}
}

// leastRouteAbove: below, a machine that is wrong as often as it is right would decide.
const leastRouteAbove = 60

func (o Override) validate() error {
	for _, f := range []struct {
		name  string
		value *int
		least int
	}{
		{"answer_days", o.AnswerDays, 1},
		{"screen_days", o.ScreenDays, 1},
		{"route_days", o.RouteDays, 1},
		{"acknowledge_days", o.AcknowledgeDays, 1},
		{"return_days", o.ReturnDays, 1},
		{"rework_days", o.ReworkDays, 1},
		{"extension_days", o.ExtensionDays, 1},
		{"waiting_days", o.WaitingDays, 1},
		{"close_after_days", o.CloseAfterDays, 0},
		{"rework_within_days", o.ReworkWithinDays, 0},
		{"rate_within_days", o.RateWithinDays, 0},
		{"remind_rating_days", o.RemindRatingDays, 0},
		{"call_within_days", o.CallWithinDays, 1},
		{"order_days", o.OrderDays, 1},
		{"yellow_days", o.YellowDays, 1},
		{"red_days", o.RedDays, 1},
	} {
		if f.value != nil && (*f.value < f.least || *f.value > MaxDays) {
			return fmt.Errorf("%s must be %d to %d, not %d", f.name, f.least, MaxDays, *f.value)
		}
	}
	if o.RouteAbove != nil && *o.RouteAbove != 0 && (*o.RouteAbove < leastRouteAbove || *o.RouteAbove > 100) {
		return fmt.Errorf("route_above must be %d to 100 percent, or 0 for never, not %d", leastRouteAbove, *o.RouteAbove)
	}
	if o.CallShare != nil && (*o.CallShare < 0 || *o.CallShare > 100) {
		return fmt.Errorf("call_share must be 0 to 100 percent, not %d", *o.CallShare)
	}
	if o.Closing != nil && !o.Closing.valid() {
		return fmt.Errorf("closing: %d is no second of a day", int(*o.Closing))
	}
	if o.RemindDaysBefore != nil && *o.RemindDaysBefore > allMornings {
		return fmt.Errorf("remind_days_before: the days are 0 to %d", maxMorning)
	}
	for _, f := range []struct {
		name  string
		value *Readers
	}{
		{"tell_reminder", o.TellReminder},
		{"tell_overdue", o.TellOverdue},
		{"tell_yellow_card", o.TellYellow},
		{"tell_red_card", o.TellRed},
	} {
		if f.value != nil && *f.value > allReaders {
			return fmt.Errorf("%s: %d names readers there are none of", f.name, *f.value)
		}
	}
	return cmp.Or(
		inOrder("screen_days", o.ScreenDays, "route_days", o.RouteDays, false),
		inOrder("route_days", o.RouteDays, "answer_days", o.AnswerDays, false),
		inOrder("screen_days", o.ScreenDays, "answer_days", o.AnswerDays, false),
		inOrder("yellow_days", o.YellowDays, "red_days", o.RedDays, true),
	)
}

// inOrder reports that the first of two numbers exceeds the second or, when strictly, reaches it.
// A number that is not set (nil) contradicts none.
func inOrder(firstName string, first *int, secondName string, second *int, strictly bool) error {
	switch {
	case first == nil || second == nil:
	case strictly && *first >= *second:
		return fmt.Errorf("%s (%d) must be less than %s (%d)", firstName, *first, secondName, *second)
	case *first > *second:
		return fmt.Errorf("%s (%d) must not be more than %s (%d)", firstName, *first, secondName, *second)
	}
	return nil
}
