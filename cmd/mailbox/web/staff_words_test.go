package web

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
	"mailbox/sla/report"
)

// TestEveryKeyMadeAtRunTimeIsInTheDictionary: keys that are put together from an id cannot be found by
// reading templates, so their lists are gone through here.
func TestEveryKeyMadeAtRunTimeIsInTheDictionary(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	var keys []string
	for _, pile := range slices.Concat(officePiles, departmentPiles, watchingPiles, boardPiles) {
		keys = append(keys, "desk.pile."+string(pile), "desk.empty."+string(pile))
	}
	for _, status := range []cases.ProposalStatus{cases.ProposalWaits, cases.ProposalSigned, cases.ProposalTurnedBack, cases.ProposalDropped} {
		keys = append(keys, "approval.status."+string(status))
	}
	for _, e := range listedExtensions {
		keys = append(keys, "lists.extension."+string(e))
	}
	for _, sort := range cases.Sorts {
		keys = append(keys, "lists.sort."+string(sort))
	}
	for _, name := range []string{"holder", "extension", "waiting", "sort"} {
		keys = append(keys, "lists."+name)
	}
	for _, holder := range []string{"", heldByMe, heldByNobody} {
		keys = append(keys, "desk.hands."+holder)
	}
	for _, group := range listGroups {
		keys = append(keys, "desk.group."+group)
	}
	for _, reason := range cases.DeclineReasons {
		keys = append(keys, "deed.decline."+reason)
	}
	for _, status := range []cases.ReplyStatus{cases.HandedIn, cases.SentBackReply, cases.AnsweredReply, cases.VoidedReply} {
		keys = append(keys, "case.reply."+string(status))
	}
	for _, kind := range wording.Kinds {
		keys = append(keys, "notices.kind."+string(kind))
	}
	for _, kind := range people.DepartmentKinds {
		keys = append(keys, "departments.kind."+kind)
	}
	for _, by := range report.Groupings {
		keys = append(keys, "report.by."+string(by))
	}
	for _, tab := range append([]string{departmentTab}, reportTabs...) {
		keys = append(keys, "report.tab."+tab)
	}
	for _, kind := range cases.Conducts {
		keys = append(keys, "report.conduct.how."+string(kind))
	}
	for _, name := range append(report.ReworkNames(), reworkColumns...) {
		keys = append(keys, "report.rework."+name)
	}
	for _, figure := range report.FigureNames() {
		for _, condition := range report.Conditions(figure) {
			keys = append(keys, "judge."+condition.On)
			for _, value := range condition.In {
				keys = append(keys, judgementKey(condition.On, value))
			}
		}
	}
	for _, part := range figureOrder {
		keys = append(keys, part.title)
		for _, figure := range part.figures {
			keys = append(keys, "figure."+figure, "figure."+figure+".how")
		}
	}
	for _, part := range policyParts {
		keys = append(keys, part.title)
	}
	for _, one := range helpOn {
		keys = append(keys, "routing.help."+one, "routing.help."+one+".how")
	}
	for prefix, ends := range map[string]string{
		"policies.state.": "in_force to_come past", "policies.for.": "channel kind topic", "policies.change.": "where field old new",
		"calendar.edition.": "years source by loaded", "calendar.": "file.hint text.hint", "policies.": "file.hint text.hint",
		"routing.because.": "rule topic name duties area", "routing.": "rules letter_title letter_body letter_district letter_topic reason",
	} {
		for _, end := range strings.Fields(ends) {
			keys = append(keys, prefix+end)
		}
	}
	for _, key := range keys {
		if _, ok := s.words[key]; !ok {
			t.Errorf("no words for %q", key)
		}
	}
}

func TestThePagesOfThePoliciesShowEveryField(t *testing.T) {
	t.Parallel()
	var shown []string
	for _, part := range policyParts {
		shown = append(shown, part.fields...)
	}
	for _, test := range []struct {
		of    any
		shown []string
	}{{sla.DefaultPolicies().Default, shown}, {sla.DefaultPolicies().Notices, noticeFields}} {
		fields, err := fieldsOf(test.of)
		if err != nil {
			t.Fatal(err)
		}
		there := slices.Sorted(maps.Keys(fields))
		test.shown = slices.Sorted(slices.Values(test.shown))
		if !slices.Equal(there, test.shown) {
			t.Errorf("the fields are %v, shown are %v", there, test.shown)
		}
		for _, field := range there {
			for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
				if wording.PolicyField(lang, field) == field {
					t.Errorf("%s has no label in %s", field, lang)
				}
			}
		}
	}
	everybody, err := json.Marshal(sla.ToDepartment | sla.ToLeader | sla.ToOffice | sla.ToSupervision)
	if err != nil {
		t.Fatal(err)
	}
	var readers []string
	if err := json.Unmarshal(everybody, &readers); err != nil || !slices.Equal(readers, policyReaders) {
		t.Errorf("the readers are %v, offered are %v (%v)", readers, policyReaders, err)
	}
}

func TestTheReportShowsEveryFigureThereIs(t *testing.T) {
	t.Parallel()
	var shown []string
	for _, part := range figureOrder {
		shown = append(shown, part.figures...)
	}
	counts := figureCounts(&report.Figures{})
	for _, name := range report.FigureNames() {
		if _, known := counts[name]; !known {
			t.Errorf("the count %s is not read", name)
		}
		if !slices.Contains(shown, name) {
			t.Errorf("the count %s is not shown", name)
		}
	}
	for name := range counts {
		if !slices.Contains(report.FigureNames(), name) {
			t.Errorf("%s is shown as a count, and opens to no cases", name)
		}
	}
	f := &report.Figures{}
	for name := range figureRates(f) {
		if !slices.Contains(shown, name) {
			t.Errorf("the rate %s is not shown", name)
		}
		if figurePoints(&report.Comparison{}, name) == "" {
			t.Errorf("the rate %s is compared with nothing", name)
		}
	}
	for name := range figureDays(f) {
		if !slices.Contains(shown, name) {
			t.Errorf("%s is not shown", name)
		}
	}
	for _, name := range groupFigures {
		if !slices.Contains(shown, name) {
			t.Errorf("%s is a column without a definition", name)
		}
	}
}

func TestEveryVerbOfTheStaffIsADeed(t *testing.T) {
	t.Parallel()
	for verb, lines := range people.Permissions {
		if verb == people.Submit || verb == people.View || verb == people.ViewContact ||
			verb == people.Note || verb == people.LogContact {
			continue // pages of their own, or no steps of a case
		}
		if verb == people.Publish || verb == people.Unpublish || verb == people.KeepPrivate {
			continue // the editor's
		}
		forStaff := slices.ContainsFunc(lines, func(a people.Allowed) bool { return slices.Contains(people.Grantable, a.Role) })
		at := slices.IndexFunc(deeds, func(d deed) bool { return d.verb == verb })
		if forStaff != (at >= 0) {
			t.Errorf("%s: for staff %v, among the deeds %v", verb, forStaff, at >= 0)
		}
	}
	for _, d := range deeds {
		if _, known := verbIcons[d.verb]; !known {
			t.Errorf("%s has no icon", d.verb)
		}
	}
}
