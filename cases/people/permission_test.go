package people_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// declaredVerbs reads the verbs from the source, so that a new one cannot be forgotten here.
func declaredVerbs(t *testing.T) []people.Verb {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "permission.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var verbs []people.Verb
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Verb" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			verbs = append(verbs, people.Verb(text))
		}
		return true
	})
	if len(verbs) < 20 {
		t.Fatalf("only %d verbs found in the source", len(verbs))
	}
	return verbs
}

func TestEveryVerbIsInThePermissionTableAndNoOther(t *testing.T) {
	t.Parallel()
	verbs := declaredVerbs(t)
	for _, v := range verbs {
		if len(people.Permissions[v]) == 0 {
			t.Errorf("nobody may %s", v)
		}
	}
	for v := range people.Permissions {
		if !slices.Contains(verbs, v) {
			t.Errorf("%q stands in the table and is no verb", v)
		}
	}
}

func TestThePermissionTableHoldsOnlyWhatARoleCanBe(t *testing.T) {
	t.Parallel()
	for verb, lines := range people.Permissions {
		for i, line := range lines {
			ofDepartment := line.Relation == people.Lead || line.Relation == people.Assisting
			switch {
			case slices.Contains(lines[:i], line):
				t.Errorf("%s: %v stands twice", verb, line)
			case line.Role.OfDepartment() != ofDepartment:
				t.Errorf("%s: %v: departments act on their own cases, and only they do", verb, line)
			case line.Role == people.Writer && verb != people.Submit && line.Relation != people.Own:
				t.Errorf("%s: a writer could reach the case of another", verb)
			case line.Role == people.Administrator:
				t.Errorf("%s: an administrator reads and handles no letters", verb)
			case line.Role == people.Auditor && verb != people.View:
				t.Errorf("%s: an auditor changes nothing", verb)
			}
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	const education, police, market = 1, 2, 3
	routed := people.Subject{Case: 7, Lead: education, Assists: []int64{police}}
	of := func(role people.Role, department int64) people.Actor {
		return people.Actor{Account: 1, Grants: []people.Grant{{Role: role, Department: department}}}
	}
	for name, c := range map[string]struct {
		actor   people.Actor
		verb    people.Verb
		subject people.Subject
		may     bool
	}{
		"the writer withdraws the own letter":                {people.TheWriter(7, errs.ZH), people.Withdraw, routed, true},
		"the writer rates the own letter":                    {people.TheWriter(7, errs.ZH), people.Rate, routed, true},
		"the writer does not see another's letter":           {people.TheWriter(8, errs.ZH), people.View, routed, false},
		"a writer without a case sees none":                  {people.TheWriter(0, errs.ZH), people.View, people.Subject{}, false},
		"anybody submits":                                    {people.TheWriter(0, errs.ZH), people.Submit, people.Subject{}, true},
		"the system marks overdue":                           {people.TheSystem(), people.MarkOverdue, routed, true},
		"the system does not rate":                           {people.TheSystem(), people.Rate, routed, false},
		"nobody else marks overdue":                          {of(people.Supervisor, 0), people.MarkOverdue, routed, false},
		"the lead department replies":                        {of(people.Handler, education), people.Reply, routed, true},
		"the lead department's leader replies":               {of(people.Leader, education), people.Reply, routed, true},
		"an assisting department does not reply":             {of(people.Handler, police), people.Reply, routed, false},
		"an assisting department contributes":                {of(people.Handler, police), people.Contribute, routed, true},
		"the lead department does not contribute":            {of(people.Handler, education), people.Contribute, routed, false},
		"an assisting department does not see the telephone": {of(people.Handler, police), people.ViewContact, routed, false},
		"a third department does not see the case":           {of(people.Handler, market), people.View, routed, false},
		"a department does not see an unrouted case":         {of(people.Handler, education), people.View, people.Subject{Case: 7}, false},
		"a grant without its department sees no unrouted":    {of(people.Handler, 0), people.View, people.Subject{Case: 7}, false},
		"the office routes":                                  {of(people.Clerk, 0), people.Route, routed, true},
		"a department does not route":                        {of(people.Leader, education), people.Route, routed, false},
		"a department does not record a rating of itself":    {of(people.Leader, education), people.RecordRating, routed, false},
		"supervision reopens":                                {of(people.Supervisor, 0), people.Reopen, routed, true},
		"the office does not reopen":                         {of(people.Clerk, 0), people.Reopen, routed, false},
		"an administrator sees no case":                      {of(people.Administrator, 0), people.View, routed, false},
		"an auditor sees":                                    {of(people.Auditor, 0), people.View, routed, true},
		"an auditor does not see the telephone":              {of(people.Auditor, 0), people.ViewContact, routed, false},
		"who holds no role does nothing":                     {people.Actor{Account: 1}, people.View, routed, false},
		"what is no verb nobody may do":                      {people.TheSystem(), "shred", routed, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.actor.Permit(c.verb, c.subject)
			if c.may && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !c.may && errs.CodeOf(err) != errs.CodeForbidden {
				t.Errorf("got %v, want forbidden", err)
			}
		})
	}
}

func TestPermitNamesTheGrantThatWasUsed(t *testing.T) {
	t.Parallel()
	a := people.Actor{Account: 1, Grants: []people.Grant{
		{Role: people.Handler, Department: 4},
		{Role: people.Leader, Department: 5},
		{Role: people.Clerk},
	}}
	for verb, want := range map[people.Verb]people.Grant{
		people.Reply: {Role: people.Leader, Department: 5},
		people.Route: {Role: people.Clerk},
	} {
		got, err := a.Permit(verb, people.Subject{Case: 1, Lead: 5})
		if err != nil || got != want {
			t.Errorf("%s: under %v, %v; want %v", verb, got, err, want)
		}
	}
	if diff := cmp.Diff([]int64{4, 5}, a.Departments()); diff != "" {
		t.Error(diff)
	}
	if a.WorksFor(0) || !a.WorksFor(4) || !a.Is(people.Clerk) || a.Is(people.Auditor) {
		t.Error("the actor is taken for somebody else")
	}
}

func TestPermitAgreesWithTheTableLineByLine(t *testing.T) {
	t.Parallel()
	verbs := declaredVerbs(t)
	rapid.Check(t, func(t *rapid.T) {
		department := rapid.Int64Range(0, 3)
		g := people.Grant{Role: rapid.SampledFrom(people.Grantable).Draw(t, "role"), Department: department.Draw(t, "of")}
		s := people.Subject{Case: 1, Lead: department.Draw(t, "lead"), Assists: rapid.SliceOfN(rapid.Int64Range(1, 3), 0, 2).Draw(t, "assists")}
		verb := rapid.SampledFrom(verbs).Draw(t, "verb")
		want := slices.Contains(people.Permissions[verb], people.Allowed{Role: g.Role, Relation: people.Any}) ||
			g.Department != 0 && g.Department == s.Lead && slices.Contains(people.Permissions[verb], people.Allowed{Role: g.Role, Relation: people.Lead}) ||
			slices.Contains(s.Assists, g.Department) && slices.Contains(people.Permissions[verb], people.Allowed{Role: g.Role, Relation: people.Assisting})
		_, err := people.Actor{Account: 1, Grants: []people.Grant{g}}.Permit(verb, s)
		if (err == nil) != want {
			t.Fatalf("%v %s %v: allowed %t, want %t", g, verb, s, err == nil, want)
		}
	})
}
