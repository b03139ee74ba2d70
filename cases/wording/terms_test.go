package wording

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"mailbox/cases/errs"
)

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// The ids as the schema and package people have them, written out so that a lost line is seen.
var dictionary = map[string]struct {
	name func(errs.Lang, string) string
	ids  string
	in   map[string]term
}{
	"channels": {ChannelName, "mailbox consult message site_error email hotline wechat import", channels},
	"kinds":    {KindName, "consultation complaint suggestion help tipoff praise unspecified", letterKinds},
	"states":   {StateName, "received screened routed acknowledged replied answered closed declined withdrawn merged", states},
	"roles":    {RoleName, "writer system clerk handler leader supervisor administrator auditor", roles},
	"verbs": {VerbName, "submit accept decline route acknowledge reply answer rate close " +
		"withdraw return reassign ask_assist contribute send_back void supplement record_rating merge take_back split reopen correct instruct new_secret " +
		"ask_extension grant_extension refuse_extension lapse_extension ask_writer add_material end_wait " +
		"ask_rework grant_rework refuse_rework remind order answer_order assign propose sign_off turn_back card apply_policy settle note_late rehome back_to_office " +
		"mark_overdue import publish unpublish keep_private mark_confidential lift_confidential accuse ask_exception grant_exception refuse_exception erase note log_contact view view_contact", verbs},
	"days":     {DayName, "receipt routing workday adjusted_workday weekend holiday unknown_year previous_due", days},
	"cards":    {CardName, "yellow red", cards},
	"outcomes": {OutcomeName, "asked granted refused lapsed withdrawn", outcomes},
	"calls":    {CallName, "reached not_reached wrong_number refused", calls},
	"results":  {ResultName, "not_assessable running on_time late overdue ended", results},
	"conduct": {ConductName, "returned reassigned extended reworked ordered yellow_card red_card declined_late merged_late voided " +
		"reminded assist_late near_identical hollow", conduct},
	"readers": {ReaderName, "department leader office supervision", readers},
	"policy fields": {PolicyField, "answer_days screen_days route_days acknowledge_days return_days rework_days rework_within_days rate_within_days remind_rating_days call_share call_within_days call_dissatisfied " +
		"extension_days waiting_days order_days yellow_days red_days close_after_days closing review allow_anonymous confidential route_above " +
		"remind_days_before tell_reminder tell_overdue tell_yellow_card tell_red_card from until any_time", policyFields},
	"decline reasons": {DeclineReason, "court petition discipline emergency not_city no_content abusive advertising other", declineReasons},
}

func TestEveryTermHasItsOwnNameInBothLanguages(t *testing.T) {
	t.Parallel()
	for list, d := range dictionary {
		ids := strings.Fields(d.ids)
		slices.Sort(ids)
		if known := slices.Sorted(maps.Keys(d.in)); !slices.Equal(known, ids) {
			t.Errorf("%s: the dictionary has %v, want %v", list, known, ids)
		}
		for _, lang := range languages {
			taken := map[string]string{}
			for _, id := range ids {
				name := d.name(lang, id)
				if name == "" {
					t.Errorf("%s: %q has no name in %s", list, id, lang)
				}
				if other, again := taken[name]; again {
					t.Errorf("%s: %q and %q are both called %q", list, id, other, name)
				}
				taken[name] = id
				if strings.ContainsFunc(name, isHan) != (lang == errs.ZH) {
					t.Errorf("%s: %q in %s is %q", list, id, lang, name)
				}
			}
		}
	}
}

func TestEveryNumberOfDaysInAPolicySaysWhichDays(t *testing.T) {
	t.Parallel()
	calendar := []string{"rework_within_days", "close_after_days", "rate_within_days", "remind_rating_days", "call_within_days"}
	for field := range policyFields {
		if !strings.Contains(field, "days") {
			continue
		}
		units := map[errs.Lang]string{errs.ZH: "工作日", errs.EN: "working days"}
		if slices.Contains(calendar, field) {
			units = map[errs.Lang]string{errs.ZH: "自然日", errs.EN: "calendar days"}
		}
		for lang, unit := range units {
			if label := PolicyField(lang, field); !strings.Contains(label, unit) {
				t.Errorf("%s in %s is %q, without %q", field, lang, label, unit)
			}
		}
	}
}

func TestAnUnknownTermIsShownAsItIs(t *testing.T) {
	t.Parallel()
	for list, d := range dictionary {
		for _, lang := range languages {
			if got := d.name(lang, "no_such"); got != "no_such" {
				t.Errorf("%s in %s: %q", list, lang, got)
			}
		}
	}
	if got := GradeName(errs.ZH, 6); got != "6" {
		t.Errorf("grade 6: %q", got)
	}
}

func TestGradesAreNamedFromWorstToBest(t *testing.T) {
	t.Parallel()
	want := map[errs.Lang][]string{
		errs.ZH: {"非常不满意", "不满意", "基本满意", "满意", "非常满意"},
		errs.EN: {"Very dissatisfied", "Dissatisfied", "Basically satisfied", "Satisfied", "Very satisfied"},
	}
	for lang, names := range want {
		for i, name := range names {
			if got := GradeName(lang, int64(i+1)); got != name {
				t.Errorf("grade %d in %s: %q, want %q", i+1, lang, got, name)
			}
		}
	}
}

func TestDatesAreWrittenInTheCitysZoneWithTheirWeekday(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, utc, date, dateTime, english, englishTime string }{
		{
			"a worked Saturday, last second", "2026-02-14T15:59:59Z",
			"2026年2月14日（星期六）", "2026年2月14日（星期六）23:59", "Saturday 14 February 2026", "Saturday 14 February 2026, 23:59",
		},
		{
			"already the next day in Shanghai", "2026-12-31T16:05:00Z",
			"2027年1月1日（星期五）", "2027年1月1日（星期五）00:05", "Friday 1 January 2027", "Friday 1 January 2027, 00:05",
		},
		{
			"a Sunday", "2026-03-08T01:00:00Z",
			"2026年3月8日（星期日）", "2026年3月8日（星期日）09:00", "Sunday 8 March 2026", "Sunday 8 March 2026, 09:00",
		},
	}
	for _, test := range tests {
		at, err := time.Parse(time.RFC3339, test.utc)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{Date(at, errs.ZH, shanghai), DateTime(at, errs.ZH, shanghai), Date(at, errs.EN, shanghai), DateTime(at, errs.EN, shanghai)}
		if want := []string{test.date, test.dateTime, test.english, test.englishTime}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}

func TestNoTimeIsNotADate(t *testing.T) {
	t.Parallel()
	for _, lang := range languages {
		if got := Date(time.Time{}, lang, shanghai) + DateTime(time.Time{}, lang, shanghai); got != "" {
			t.Errorf("the zero time in %s is %q", lang, got)
		}
	}
}
