package cases

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// arrow is one transition, as code and page both have it.
type arrow struct {
	verb     people.Verb
	from, to State
}

// TestTheStatesPageDrawsTheTransitionTable holds docs/states.md to the code: the diagram has every
// arrow that leads elsewhere, the table every arrow, each verb's name and who may do it.
func TestTheStatesPageDrawsTheTransitionTable(t *testing.T) {
	t.Parallel()
	page := readStatesPage(t)

	var all, moves []string
	for verb, states := range transitions {
		for from, to := range states {
			all = append(all, arrow{verb, from, to}.String())
			if from != to {
				moves = append(moves, arrow{verb, from, to}.String())
			}
		}
	}
	same(t, "the diagram", moves, drawn(page))

	var listed []string
	verbs := map[people.Verb]bool{}
	for _, row := range verbRows(page) {
		verbs[row.verb] = true
		listed = append(listed, row.arrows...)
		if want := wording.VerbName(errs.ZH, string(row.verb)); row.name != want {
			t.Errorf("%s is called %s on the page and %s in the dictionary", row.verb, row.name, want)
		}
		if want := who(people.Permissions[row.verb]); row.who != want {
			t.Errorf("%s may be done by %q, the page says %q", row.verb, want, row.who)
		}
	}
	same(t, "the table of verbs", all, listed)
	for verb := range people.Permissions {
		if !verbs[verb] {
			t.Errorf("the page has no row for the verb %s", verb)
		}
	}
}

// TestTheStatesPageNamesEveryState compares the table of states and their Chinese names.
func TestTheStatesPageNamesEveryState(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, s := range States {
		want = append(want, string(s)+" "+wording.StateName(errs.ZH, string(s)))
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\S+) \\| [^|]+ \\| [^→|]+ \\|$").FindAllStringSubmatch(readStatesPage(t), -1) {
		if slices.Contains(States, State(m[1])) {
			got = append(got, m[1]+" "+m[2])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-code +page):\n%s", diff)
	}
}

func readStatesPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func (a arrow) String() string {
	return string(a.verb) + ": " + string(a.from) + " → " + string(a.to)
}

// drawn reads the arrows of the mermaid diagram; the one that begins a case is no transition.
func drawn(page string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^ +(\w+) --> (\w+): (\w+)$`).FindAllStringSubmatch(page, -1) {
		found = append(found, arrow{people.Verb(m[3]), State(m[1]), State(m[2])}.String())
	}
	return found
}

type verbRow struct {
	verb   people.Verb
	name   string
	arrows []string
	who    string
}

// verbRows reads the table of verbs.
func verbRows(page string) []verbRow {
	var rows []verbRow
	_, table, _ := strings.Cut(page, "\n## Every verb\n")
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\S+) \\| (.*) ?\\| (.*) \\|$").FindAllStringSubmatch(table, -1) {
		row := verbRow{verb: people.Verb(m[1]), name: m[2], who: m[4]}
		for _, a := range regexp.MustCompile(`(\w+) → (\w+)`).FindAllStringSubmatch(m[3], -1) {
			row.arrows = append(row.arrows, arrow{row.verb, State(a[1]), State(a[2])}.String())
		}
		rows = append(rows, row)
	}
	return rows
}

// who writes a line of the permission table as the page does.
func who(lines []people.Allowed) string {
	words := make([]string, 0, len(lines))
	for _, line := range lines {
		word := string(line.Role)
		if line.Relation != people.Any {
			word += " (" + string(line.Relation) + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs from the code (-code +page):\n%s", what, diff)
	}
}
