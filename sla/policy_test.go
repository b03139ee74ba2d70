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
		ReworkWithinDays: 10, RateWithinDays: 30, RemindRatingDays: 3, CallShare: 100, CallWithinDays: 10, CallDissatisfied: true,
		OrderDays: 1, YellowDays: 1, RedDays: 5, RemindDaysBefore: MorningsOf(0, 1),
		TellReminder: ToDepartment, TellOverdue: ToDepartment | ToOffice | ToSupervision,
		TellYellow: ToDepartment | ToLeader | ToSupervision, TellRed: ToDepartment | ToLeader | ToOffice | ToSupervision,
	}
	if want := (NoticeHours{From: 9 * 3600, Until: 18 * 3600}); v.Notices != want {
		t.Errorf("notices %+v, want %+v", v.Notices, want)
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
	v := PolicyVersion{Version: rapid.IntRange(1, 9).Draw(t, "version"), Notices: DefaultPolicies().Notices, Default: DefaultPolicies().Default}
	if rapid.Bool().Draw(t, "dated") {
		v.From = time.Unix(rapid.Int64Range(1_500_000_000, 2_000_000_000).Draw(t, "from"), 0).UTC()
	}
	v.Default.AnswerDays = days.Draw(t, "default")
	v.Default.RemindDaysBefore = Mornings(rapid.Uint32Range(0, uint32(allMornings)).Draw(t, "mornings"))
	v.Default.TellOverdue = Readers(rapid.Uint8Range(0, uint8(allReaders)).Draw(t, "readers"))
	v.Notices.From = Closing(rapid.IntRange(1, int(v.Notices.Until)-1).Draw(t, "from"))
	v.Notices.AnyTime = rapid.Bool().Draw(t, "any time")
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
			r.TellRed = new(Readers(rapid.Uint8Range(0, uint8(allReaders)).Draw(t, "red")))
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
		plain, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		indented, err := FormatPolicyVersion(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{plain, indented} {
			got, err := ParsePolicyVersion(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("version (-want +got):\n%s", diff)
			}
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
		{"never a card", rule(`{"channel":"hotline","yellow_days":0}`), `rule 2 (channel "hotline"): yellow_days must be 1 to 366, not 0`},
		{"an order without time", `{"version":1,"default":{"order_days":0}}`, "default: order_days must be 1 to 366, not 0"},
		{"calls to more than all", rule(`{"kind":"help","call_share":101}`), `rule 2 (kind "help"): call_share must be 0 to 100 percent, not 101`},
		{"calls in no time", `{"version":1,"default":{"call_within_days":0}}`, "default: call_within_days must be 1 to 366, not 0"},
		{"a rework before the answer", rule(`{"kind":"tipoff","rework_within_days":-1}`), `rule 2 (kind "tipoff"): rework_within_days must be 0 to 366, not -1`},
		{"a morning after", rule(`{"kind":"tipoff","remind_days_before":[1,-1]}`), "rule 2: remind_days_before cannot be a JSON list with -1: its days are 0 to 20"},
		{"a morning too early", `{"version":1,"default":{"remind_days_before":[21]}}`, "default: remind_days_before cannot be a JSON list with 21: its days are 0 to 20"},
		{"a morning twice", `{"version":1,"default":{"remind_days_before":[1,0,1]}}`, "remind_days_before cannot be a JSON list with 1 twice"},
		{"half a morning", `{"version":1,"default":{"remind_days_before":[0.5]}}`, "remind_days_before cannot be a JSON number 0.5: it is a list of whole days"},
		{"a morning that is none", `{"version":1,"default":{"remind_days_before":[null]}}`, "remind_days_before cannot be a JSON null: it is a list of whole days"},
		{"a morning without a list", `{"version":1,"default":{"remind_days_before":1}}`, "remind_days_before cannot be a JSON number: it is a list of whole days"},
		{"a reader unheard of", rule(`{"kind":"tipoff","tell_red_card":["mayor"]}`), `rule 2: tell_red_card cannot be a JSON list with "mayor": its words are department, leader, office, supervision`},
		{"a reader twice", `{"version":1,"default":{"tell_overdue":["office","office"]}}`, `tell_overdue cannot be a JSON list with "office" twice`},
		{"a reader without a list", `{"version":1,"default":{"tell_overdue":"office"}}`, "tell_overdue cannot be a JSON string: it is a list of department, leader"},
		{"notices at no time", `{"version":1,"notices":{"from":"18:00","until":"18:00:00"}}`, "notices: from (18:00:00) must be before until (18:00:00)"},
		{"misspelt in notices", `{"version":1,"notices":{"till":"18:00"}}`, `notices: json: unknown field "till"`},
		{"notices in a rule", rule(`{"kind":"tipoff","notices":{}}`), `rule 2: json: unknown field "notices"`},
		{"screening after routing", `{"version":1,"default":{"screen_days":2}}`, "default: screen_days (2) must not be more than route_days (1)"},
		{"routing after the answer", `{"version":1,"default":{"route_days":3}}`, "default: route_days (3) must not be more than answer_days (2)"},
		{"screening after the answer in a rule", rule(`{"kind":"tipoff","screen_days":3,"answer_days":2}`), `rule 2 (kind "tipoff"): screen_days (3) must not be more than answer_days (2)`},
		{"red with yellow", `{"version":1,"default":{"red_days":1}}`, "default: yellow_days (1) must be less than red_days (1)"},
		{"yellow after red in a rule", rule(`{"kind":"tipoff","yellow_days":4,"red_days":3}`), `rule 2 (kind "tipoff"): yellow_days (4) must be less than red_days (3)`},
		{"yellow after the default's red", rule(`{"kind":"tipoff","yellow_days":5}`), `rule 2 (kind "tipoff"): yellow_days (5) must be less than red_days (5)`},
		{"red before another rule's yellow", rule(`{"kind":"tipoff","yellow_days":4},{"channel":"hotline","red_days":3}`), `rule 2 (kind "tipoff") and rule 3 (channel "hotline"): in a letter that both match, yellow_days (4) must be less than red_days (3)`},
		{"the same in a branch", rule(`{"topic":"民生","yellow_days":4},{"topic":"民生/供水","red_days":3}`), `in a letter that both match, yellow_days (4)`},
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
		case reflect.Uint8, reflect.Uint32:
			changed.Elem().SetUint(5)
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

func TestRulesThatOnlyLookContradictoryAreAccepted(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]string{
		"an answer within less than the default's routing": `{"kind":"help","answer_days":1}`,
		"yellow and red in letters that are never one":     `{"kind":"help","yellow_days":4},{"kind":"tipoff","red_days":3}`,
		"topics that are never one":                        `{"topic":"民生/供水","yellow_days":4},{"topic":"民生/供电","red_days":3}`,
		"a rule for both that puts it right":               `{"kind":"help","yellow_days":4},{"channel":"hotline","red_days":3},{"kind":"help","channel":"hotline","yellow_days":2}`,
		"nobody told, never reminded, no rework":           `{"kind":"help","tell_red_card":[],"remind_days_before":[],"rework_within_days":0}`,
	} {
		text := `{"version":1,"default":{"route_days":2},"rules":[` + rules + `]}`
		if _, err := ParsePolicyVersion([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestYellowComesBeforeRedInEveryLetter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := drawVersion(t)
		few := rapid.IntRange(1, 6)
		for i := range v.Rules {
			if rapid.Bool().Draw(t, "yellow") {
				v.Rules[i].YellowDays = new(few.Draw(t, "days"))
			}
			if rapid.Bool().Draw(t, "red") {
				v.Rules[i].RedDays = new(few.Draw(t, "days"))
			}
		}
		contradiction := false
		for _, channel := range []string{"", "mailbox", "hotline"} {
			for _, kind := range []string{"", "help", "tipoff"} {
				for _, topic := range []string{"", "民生", "民生/供水"} {
					p := v.For(channel, kind, topic)
					contradiction = contradiction || p.YellowDays >= p.RedDays
				}
			}
		}
		// A rule that contradicts itself is refused even where others put it right.
		for _, r := range v.Rules {
			contradiction = contradiction || r.YellowDays != nil && r.RedDays != nil && *r.YellowDays >= *r.RedDays
		}
		if err := v.Validate(); (err != nil) != contradiction {
			t.Fatalf("contradiction %t, but: %v", contradiction, err)
		}
	})
}

func TestADraftNeedsNoNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`{}`: 0, `{"version":0}`: 0, `{"version":3,"default":{"answer_days":5}}`: 3} {
		v, err := ParsePolicyDraft([]byte(text))
		if err != nil || v.Version != want {
			t.Errorf("%s: version %d, %v", text, v.Version, err)
		}
	}
	for text, want := range map[string]string{
		`{"version":-1}`:                  "version must be 0 or more, not -1",
		`{"default":{"answer_days":0}}`:   "default: answer_days must be 1 to 366",
		`{"default":{},"comment":"none"}`: `unknown field "comment"`,
	} {
		if _, err := ParsePolicyDraft([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

func TestAZeroThatIsStoredStaysAZero(t *testing.T) {
	t.Parallel()
	v := DefaultPolicies()
	v.Default.RateWithinDays, v.Default.RemindRatingDays, v.Default.CallShare, v.Default.CallDissatisfied = 0, 0, 0, false
	text, err := FormatPolicyVersion(v)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePolicyVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, again); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}

func TestAnOlderVersionReadsAsItWasMeant(t *testing.T) {
	t.Parallel()
	v, err := ParsePolicyVersion([]byte(`{"version":1,"default":{"answer_days":2,"screen_days":1,"route_days":1,"acknowledge_days":1,` +
		`"return_days":1,"rework_days":5,"extension_days":5,"waiting_days":5,"close_after_days":10,"closing":"23:59:59","review":true,` +
		`"allow_anonymous":false,"confidential":false},"rules":[{"channel":"site_error","answer_days":3},` +
		`{"kind":"tipoff","allow_anonymous":true,"confidential":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(DefaultPolicies(), v); diff != "" {
		t.Errorf("the first version as stored before (-want +got):\n%s", diff)
	}
}

func TestSetsAreWrittenInTheirOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		set  any
		want string
	}{
		{MorningsOf(0, 5, 1), "[5,1,0]"},
		{MorningsOf(), "[]"},
		{ToSupervision | ToDepartment, `["department","supervision"]`},
		{allReaders, `["department","leader","office","supervision"]`},
		{Readers(0), "[]"},
	} {
		if got, err := json.Marshal(tt.set); err != nil || string(got) != tt.want {
			t.Errorf("%s, %v, want %s", got, err, tt.want)
		}
	}
	if m := MorningsOf(0, 5); !m.Has(5) || m.Has(1) || m.Has(-1) || m.Has(99) {
		t.Errorf("%v has the wrong days", m.Days())
	}
	if r := ToOffice | ToLeader; !r.Has(ToLeader) || r.Has(ToLeader|ToDepartment) {
		t.Error("a set has all of another or not")
	}
	v := DefaultPolicies()
	v.Default.RemindDaysBefore = allMornings + 1
	if err := v.Validate(); err == nil || !strings.Contains(err.Error(), "default: remind_days_before") {
		t.Errorf("a morning that no list can name: %v", err)
	}
	v = DefaultPolicies()
	v.Default.TellYellow = allReaders + 1
	if err := v.Validate(); err == nil || !strings.Contains(err.Error(), "default: tell_yellow_card") {
		t.Errorf("a reader that no list can name: %v", err)
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

func TestChangesOfAPolicyAreNamedFieldByField(t *testing.T) {
	t.Parallel()
	before := DefaultPolicies()
	after, err := ParsePolicyDraft([]byte(`{"from":"2027-01-01T00:00:00+08:00","notices":{"until":"17:30"},
		"default":{"answer_days":5,"tell_overdue":["department"]},
		"rules":[{"topic":"民生/供水","red_days":3},{"kind":"tipoff","allow_anonymous":true,"remind_days_before":[2]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"default", "answer_days", "2", "5"},
		{"default", "tell_overdue", `["department","office","supervision"]`, `["department"]`},
		{"notices", "until", `"18:00:00"`, `"17:30:00"`},
		{`channel "site_error"`, "answer_days", "3", ""},
		{`kind "tipoff"`, "remind_days_before", "", "[2]"},
		{`kind "tipoff"`, "confidential", "true", ""},
		{`topic "民生/供水"`, "red_days", "", "3"},
	}
	if diff := cmp.Diff(want, DiffPolicies(before, after)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestTwoVersionsDifferWhereALetterIsHandledOtherwise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawVersion(t), drawVersion(t)
		same := a
		same.Version, same.From = a.Version+1, time.Unix(1_900_000_000, 0)
		same.Rules = rapid.Permutation(a.Rules).Draw(t, "order")
		if changes := DiffPolicies(a, same); len(changes) > 0 {
			t.Fatalf("nothing has changed but %v", changes)
		}
		there, back := DiffPolicies(a, b), DiffPolicies(b, a)
		if len(there) != len(back) {
			t.Fatalf("%v, but back %v", there, back)
		}
		if len(there) == 0 && a.For("hotline", "help", "民生/供水") != b.For("hotline", "help", "民生/供水") {
			t.Fatal("no change, yet a letter is handled otherwise")
		}
	})
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
	f.Add([]byte(`{"version":0,"notices":{"from":"08:00","any_time":true},"default":{"remind_days_before":[20,0,3],"tell_overdue":null}}`))
	f.Add([]byte(`{"version":1,"rules":[{"kind":"a","yellow_days":4},{"channel":"b","red_days":3,"tell_red_card":[]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ParsePolicyDraft(text)
		if err != nil {
			if _, err := ParsePolicyVersion(text); err == nil {
				t.Fatal("a version that is no draft")
			}
			return
		}
		if _, err := ParsePolicyVersion(text); (err == nil) != (v.Version > 0) {
			t.Fatalf("a draft with version %d, but as a version: %v", v.Version, err)
		}
		p := v.For("mailbox", "help", "a/b")
		if p.AnswerDays < 1 || p.AnswerDays > MaxDays {
			t.Fatalf("accepted, but grants %d days", p.AnswerDays)
		}
		written, err := FormatPolicyVersion(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePolicyDraft(written)
		if err != nil {
			t.Fatalf("written as %s, not readable: %v", written, err)
		}
		if diff := cmp.Diff(v, again); diff != "" {
			t.Fatalf("read, written and read again (-first +second):\n%s", diff)
		}
		if changes := DiffPolicies(v, again); len(changes) > 0 {
			t.Fatalf("changed by writing: %v", changes)
		}
	})
}
