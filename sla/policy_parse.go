package sla

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ParsePolicyVersion reads a policy version from the JSON that [PolicyVersion] is written as and
// checks it as [PolicyVersion.Validate] does. What "default" leaves out is as in
// [DefaultPolicies]. Errors name the rule, by its place from 1 and what it matches, and the field.
func ParsePolicyVersion(data []byte) (PolicyVersion, error) {
	var raw struct {
		Version int               `json:"version"`
		From    time.Time         `json:"from"`
		Default json.RawMessage   `json:"default"`
		Rules   []json.RawMessage `json:"rules"`
	}
	if err := decodeFile(data, &raw); err != nil {
		return PolicyVersion{}, fmt.Errorf("policy: %w", err)
	}
	v := PolicyVersion{Version: raw.Version, Default: DefaultPolicies().Default}
	if !raw.From.IsZero() {
		v.From = raw.From.UTC()
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
	if err := v.Validate(); err != nil {
		return PolicyVersion{}, err
	}
	return v, nil
}

// Validate reports the first thing that makes the version unusable: a start in no
// sensible year, a number of days outside 1 to [MaxDays] (0 to MaxDays for close_after_days), a rule that matches every letter, changes
// nothing, or matches the same as another.
func (v PolicyVersion) Validate() error {
	if v.Version < 1 {
		return fmt.Errorf("policy: version must be 1 or more, not %d", v.Version)
	}
	if y := v.From.Year(); !v.From.IsZero() && (y < minYear || y > maxYear) {
		return fmt.Errorf("policy: from: the year must be %d to %d, not %d", minYear, maxYear, y)
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
	return nil
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
		Closing: &p.Closing, Review: &p.Review, AllowAnonymous: &p.AllowAnonymous, Confidential: &p.Confidential,
	}
}

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
	} {
		if f.value != nil && (*f.value < f.least || *f.value > MaxDays) {
			return fmt.Errorf("%s must be %d to %d, not %d", f.name, f.least, MaxDays, *f.value)
		}
	}
	if o.Closing != nil && (*o.Closing < 0 || *o.Closing > EndOfDay) {
		return fmt.Errorf("closing: %d is no second of a day", int(*o.Closing))
	}
	return nil
}
