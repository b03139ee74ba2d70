package sla

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDefaultPoliciesAreTheCitysRules(t *testing.T) {
	t.Parallel()
	v := DefaultPolicies()
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	if !v.From.IsZero() {
		t.Errorf("the first version begins %s, want no start", v.From)
	}
	base := Policy{
		AnswerDays: 2, ScreenDays: 1, RouteDays: 1, AcknowledgeDays: 1, ReturnDays: 1,
		ReworkDays: 5, ExtensionDays: 5, WaitingDays: 5, CloseAfterDays: 10, Closing: EndOfDay, Review: true,
	}
	siteError := base
	siteError.AnswerDays = 3
	tipoff := base
	tipoff.AllowAnonymous, tipoff.Confidential = true, true
	both := tipoff
	both.AnswerDays = 3
	for _, tt := range []struct {
		channel, kind, topic string
		want                 Policy
	}{
		{"mailbox", "complaint", "城乡建设/城市管理", base},
		{"", "", "", base},
		{"site_error", "unspecified", "", siteError},
		{"mailbox", "tipoff", "", tipoff},
		{"site_error", "tipoff", "", both},
	} {
		if got := v.For(tt.channel, tt.kind, tt.topic); got != tt.want {
			t.Errorf("%s, %s, %s: %+v, want %+v", tt.channel, tt.kind, tt.topic, got, tt.want)
		}
	}
}

func answerIn(days int) Override { return Override{AnswerDays: &days} }

func TestTheMostSpecificRuleWins(t *testing.T) {
	t.Parallel()
	v := DefaultPolicies()
	v.Rules = []Rule{
		{Channel: "hotline", Kind: "help", Topic: "民生", Override: answerIn(70)},
		{Kind: "help", Topic: "民生", Override: answerIn(60)},
		{Channel: "hotline", Kind: "help", Override: answerIn(40)},
		{Topic: "民生 / 供水", Override: answerIn(30)},
		{Topic: "民生", Override: Override{AnswerDays: new(20), Review: new(false)}},
		{Kind: "help", Override: answerIn(15)},
		{Channel: "hotline", Override: answerIn(10)},
	}
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		channel, kind, topic string
		days                 int
		review               bool
	}{
		{"mailbox", "complaint", "", 2, true},
		{"hotline", "complaint", "", 10, true},
		{"hotline", "help", "", 40, true},
		{"mailbox", "help", "", 15, true},
		{"hotline", "complaint", "民生", 20, false},
		{"mailbox", "complaint", "民生/供水/水压", 30, false},
		{"mailbox", "complaint", "民生/供水水压", 20, false},
		{"mailbox", "complaint", "民生活动", 2, true},
		{"mailbox", "help", "民生/供水", 60, false},
		{"hotline", "help", "民生/供水", 70, false},
	} {
		p := v.For(tt.channel, tt.kind, tt.topic)
		if p.AnswerDays != tt.days || p.Review != tt.review {
			t.Errorf("%s, %s, %s: %d days, review %t, want %d, %t", tt.channel, tt.kind, tt.topic, p.AnswerDays, p.Review, tt.days, tt.review)
		}
	}
}

// drawVersion draws a valid version; selectors are few, so that rules meet.
func drawVersion(t *rapid.T) PolicyVersion {
	days := rapid.IntRange(1, MaxDays)
	v := PolicyVersion{Version: rapid.IntRange(1, 9).Draw(t, "version"), Default: DefaultPolicies().Default}
	if rapid.Bool().Draw(t, "dated") {
		v.From = time.Unix(rapid.Int64Range(1_500_000_000, 2_000_000_000).Draw(t, "from"), 0).UTC()
	}
	v.Default.AnswerDays = days.Draw(t, "default")
	seen := make(map[string]bool)
	for range rapid.IntRange(0, 8).Draw(t, "rules") {
		r := Rule{
			Channel: rapid.SampledFrom([]string{"", "mailbox", "hotline"}).Draw(t, "channel"),
			Kind:    rapid.SampledFrom([]string{"", "help", "tipoff"}).Draw(t, "kind"),
			Topic:   rapid.SampledFrom([]string{"", "民生", "民生/供水"}).Draw(t, "topic"),
		}
		if r.named() == 0 || seen[r.selector()] {
			continue
		}
		seen[r.selector()] = true
		r.Override = Override{AnswerDays: new(days.Draw(t, "answer"))}
		if rapid.Bool().Draw(t, "more") {
			r.Closing = new(Closing(rapid.IntRange(1, int(EndOfDay)).Draw(t, "closing")))
			r.Review = new(rapid.Bool().Draw(t, "review"))
		}
		v.Rules = append(v.Rules, r)
	}
	return v
}

func TestOrderOfRulesMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := drawVersion(t)
		shuffled := v
		shuffled.Rules = rapid.Permutation(v.Rules).Draw(t, "order")
		for _, channel := range []string{"mailbox", "hotline", "wechat"} {
			for _, kind := range []string{"help", "tipoff", "praise"} {
				for _, topic := range []string{"", "民生", "民生/供水"} {
					if a, b := v.For(channel, kind, topic), shuffled.For(channel, kind, topic); a != b {
						t.Fatalf("%s, %s, %s: %+v or %+v", channel, kind, topic, a, b)
					}
				}
			}
		}
	})
}

func TestPolicyVersionsTravelThroughJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawVersion(t)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePolicyVersion(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("version (-want +got):\n%s", diff)
		}
	})
}

func TestWhatTheDefaultLeavesOutIsBuiltIn(t *testing.T) {
	t.Parallel()
	v, err := ParsePolicyVersion([]byte(`{"version":2,"from":"2026-07-01T00:00:00+08:00","default":{"answer_days":5,"closing":"17:30"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultPolicies().Default
	want.AnswerDays, want.Closing = 5, 17*3600+30*60
	if v.Default != want {
		t.Errorf("%+v, want %+v", v.Default, want)
	}
	if got := v.From.Format(time.RFC3339); got != "2026-06-30T16:00:00Z" {
		t.Errorf("in force from %s, want UTC", got)
	}
}

func TestFaultyPoliciesAreRefusedByRuleAndField(t *testing.T) {
	t.Parallel()
	rule := func(r string) string { return `{"version":1,"rules":[{"kind":"help","answer_days":4},` + r + `]}` }
	for _, tt := range []struct{ name, text, want string }{
		{"empty", ``, "policy: line 1: no JSON found"},
		{"no version", `{}`, "version must be 1 or more, not 0"},
		{"two values", `{"version":1} {"version":2}`, "more text follows"},
		{"misspelt field", `{"version":1,"defaults":{}}`, `unknown field "defaults"`},
		{"misspelt in default", `{"version":1,"default":{"answer_day":1}}`, "default: json: unknown field \"answer_day\""},
		{"start in no known form", `{"version":1,"from":"1 July"}`, "1 July"},
		{"start in another age", `{"version":1,"from":"9999-12-31T23:59:59-08:00"}`, "from: the year must be 2000 to 2199"},
		{"zero days", `{"version":1,"default":{"answer_days":0}}`, "default: answer_days must be 1 to 366, not 0"},
		{"too many days", `{"version":1,"default":{"waiting_days":367}}`, "default: waiting_days must be 1 to 366, not 367"},
		{"half a day", `{"version":1,"default":{"answer_days":1.5}}`, "answer_days cannot be a JSON number 1.5"},
		{"closing before the end", `{"version":1,"default":{"close_after_days":-1}}`, "close_after_days must be 0 to 366, not -1"},
		{"closing at no time", `{"version":1,"default":{"closing":"25:00"}}`, `"25:00" is not a time of day`},
		{"a rule with a bad number", rule(`{"channel":"hotline","answer_days":-1}`), `rule 2 (channel "hotline"): answer_days must be 1 to 366, not -1`},
		{"a rule with a word for a number", rule(`{"channel":"hotline","answer_days":"2"}`), "rule 2: answer_days cannot be a JSON string"},
		{"a rule for every letter", rule(`{"answer_days":2}`), "rule 2 (every letter): channel, kind and topic are all empty"},
		{"a rule that changes nothing", rule(`{"channel":"hotline"}`), `rule 2 (channel "hotline"): changes nothing`},
		{"a rule twice", rule(`{"kind":"help","review":true}`), `rule 2 (kind "help"): matches the same letters as rule 1`},
		{"a stray space", rule(`{"kind":"tipoff ","review":true}`), `kind: "tipoff " begins or ends with a space`},
		{"an empty level", rule(`{"topic":"民生//供水","review":true}`), `topic: "民生//供水" has an empty level`},
		{"a rule that is none", rule(`null`), "rule 2 (every letter)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParsePolicyVersion([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	v := DefaultPolicies()
	v.Default.Closing = EndOfDay + 1
	if err := v.Validate(); err == nil || !strings.Contains(err.Error(), "default: closing") {
		t.Errorf("a closing time after midnight: %v", err)
	}
}

func TestEveryPolicyFieldCanBeOverriddenAndChecked(t *testing.T) {
	t.Parallel()
	p := reflect.TypeFor[Policy]()
	o := reflect.ValueOf(everyField(DefaultPolicies().Default))
	if p.NumField() != o.NumField() {
		t.Errorf("Policy has %d fields, Override %d", p.NumField(), o.NumField())
	}
	for i := range p.NumField() {
		name := p.Field(i).Name
		field := o.FieldByName(name)
		if !field.IsValid() || field.IsNil() {
			t.Errorf("%s cannot be overridden, or everyField forgets it", name)
			continue
		}
		tag, _, _ := strings.Cut(string(o.Type().Field(i).Tag), ",")
		if !strings.HasPrefix(string(p.Field(i).Tag), tag) {
			t.Errorf("%s is called %s in a rule", name, tag)
		}
		var override Override
		changed := reflect.New(field.Type().Elem())
		switch changed.Elem().Kind() {
		case reflect.Bool:
			changed.Elem().SetBool(true)
		default:
			changed.Elem().SetInt(77)
		}
		reflect.ValueOf(&override).Elem().FieldByName(name).Set(changed)
		var got Policy
		override.apply(&got)
		if !reflect.ValueOf(got).Field(i).Equal(changed.Elem()) {
			t.Errorf("overriding %s has no effect", name)
		}
	}
}

func TestTheVersionInForceIsTheLastThatHadBegun(t *testing.T) {
	t.Parallel()
	july := instant(t, "2026-07-01T00:00:00+08:00")
	second, third := DefaultPolicies(), DefaultPolicies()
	second.Version, second.From = 2, july
	third.Version, third.From = 3, july
	versions := []PolicyVersion{third, DefaultPolicies(), second}
	for _, tt := range []struct {
		at   time.Time
		want int
	}{{july.Add(-time.Second), 1}, {july, 3}, {time.Time{}, 1}} {
		if got, ok := InForce(versions, tt.at); !ok || got.Version != tt.want {
			t.Errorf("at %s version %d (%t), want %d", tt.at, got.Version, ok, tt.want)
		}
	}
	if _, ok := InForce(versions[:1], july.Add(-1)); ok {
		t.Error("a version is in force before it begins")
	}
}

func FuzzParsePolicyVersion(f *testing.F) {
	text, err := json.Marshal(DefaultPolicies())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":2,"from":"2026-07-01T00:00:00.5+08:00","default":{"closing":"17:30"},"rules":[{"topic":"a / b","closing":"08:00"}]}`))
	f.Add([]byte(`{"version":1,"default":null,"rules":[null]}`))
	f.Add([]byte(`{"version":1,"from":"9999-12-31T23:59:59-08:00"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ParsePolicyVersion(text)
		if err != nil {
			return
		}
		p := v.For("mailbox", "help", "a/b")
		if p.AnswerDays < 1 || p.AnswerDays > MaxDays {
			t.Fatalf("accepted, but grants %d days", p.AnswerDays)
		}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePolicyVersion(written)
		if err != nil {
			t.Fatalf("written as %s, not readable: %v", written, err)
		}
		if diff := cmp.Diff(v, again); diff != "" {
			t.Fatalf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}
