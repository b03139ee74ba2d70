package routing_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mailbox/cases/routing"
)

// TestColdStartOnACitysLetters prints how far a city comes without having learned anything, on a file of its own:
// MAILBOX_TEST_COLD=letters.csv with the columns 反映标题, 反映内容 and 受理单位, whose names are the departments.
func TestColdStartOnACitysLetters(t *testing.T) {
	t.Parallel()
	path := os.Getenv("MAILBOX_TEST_COLD")
	if path == "" {
		t.Skip("MAILBOX_TEST_COLD names no file")
	}
	rows := csvRows(t, path)
	ids := map[string]int64{}
	var names []string
	for _, row := range rows {
		if name := row["受理单位"]; ids[name] == 0 {
			ids[name] = -1
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var departments []routing.Department
	often, most := map[string]int{}, ""
	for i, name := range names {
		ids[name] = int64(i + 1)
		departments = append(departments, routing.Department{ID: int64(i + 1), Code: fmt.Sprintf("U%d", i), Name: name})
	}
	for _, row := range rows {
		if often[row["受理单位"]]++; most == "" || often[row["受理单位"]] > often[most] {
			most = row["受理单位"]
		}
	}
	for _, c := range []struct {
		name  string
		rules routing.Rules
	}{{"names alone", routing.Rules{}}, {"names and starting rules", routing.StartingRules()}} {
		cold := routing.NewCold(departments, c.rules)
		all, rest := tally{}, tally{}
		for _, row := range rows {
			scored := cold.Score(routing.Letter{Title: row["反映标题"], Body: row["反映内容"]})
			at := slices.IndexFunc(scored, func(s routing.Scored) bool { return s.Department == ids[row["受理单位"]] })
			all.add(at, len(scored))
			if row["受理单位"] != most {
				rest.add(at, len(scored))
			}
		}
		t.Logf("%s, %d units: %v", c.name, len(names), all)
		t.Logf("%s, without %s (%d letters): %v", c.name, most, often[most], rest)
	}
}

// TestColdStartByTopic prints how often the department that a table names for a topic is found, with and without the
// topic: MAILBOX_TEST_COLD_TOPICS=messages.csv,departments.csv,table.csv.
func TestColdStartByTopic(t *testing.T) {
	t.Parallel()
	paths := strings.Split(os.Getenv("MAILBOX_TEST_COLD_TOPICS"), ",")
	if len(paths) != 3 {
		t.Skip("MAILBOX_TEST_COLD_TOPICS names no three files")
	}
	var departments []routing.Department
	ids, lead, assists := map[string]int64{}, map[string]string{}, map[string][]string{}
	for i, row := range csvRows(t, paths[1]) {
		departments = append(departments, routing.Department{ID: int64(i + 1), Code: row["code"], Name: row["name"], Kind: row["kind"]})
		ids[row["code"]] = int64(i + 1)
	}
	for _, row := range csvRows(t, paths[2]) {
		lead[row["taidi_level1"]], assists[row["taidi_level1"]] = row["lead"], strings.Split(row["assist"], ";")
	}
	cold := routing.NewCold(departments, routing.StartingRules())
	for _, f := range routing.StartingRules().Check(departments) {
		if f.Inactive {
			t.Log(f.Err)
		}
	}
	for _, withTopic := range []bool{false, true} {
		leads, either := tally{}, tally{}
		for _, row := range csvRows(t, paths[0]) {
			l := routing.Letter{Title: row["title"], Body: row["body"]}
			if withTopic {
				l.Topic = row["label"]
			}
			scored := cold.Score(l)
			leads.add(slices.IndexFunc(scored, func(s routing.Scored) bool { return s.Department == ids[lead[row["label"]]] }), len(scored))
			either.add(slices.IndexFunc(scored, func(s routing.Scored) bool {
				return s.Department == ids[lead[row["label"]]] ||
					slices.ContainsFunc(assists[row["label"]], func(code string) bool { return s.Department == ids[code] })
			}), len(scored))
		}
		t.Logf("topic known %v: the table's lead %v; the lead or an assisting one %v", withTopic, leads, either)
	}
}

type tally struct{ rows, one, three, five, none, named int }

func (t *tally) add(at, named int) {
	t.rows++
	t.named += named
	if named == 0 {
		t.none++
	}
	if at < 0 {
		return
	}
	if at < 1 {
		t.one++
	}
	if at < 3 {
		t.three++
	}
	if at < 5 {
		t.five++
	}
}

func (t tally) String() string {
	share := func(n int) float64 { return float64(n) / float64(max(t.rows, 1)) }
	return fmt.Sprintf("rows %d, top-1 %.3f, top-3 %.3f, top-5 %.3f, nothing found %.3f, departments named %.1f",
		t.rows, share(t.one), share(t.three), share(t.five), share(t.none), share(t.named))
}

func csvRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, value := range record {
			row[strings.TrimPrefix(all[0][i], "\ufeff")] = value
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b map[string]string) int { return cmp.Compare(a["id"], b["id"]) })
	return rows
}
