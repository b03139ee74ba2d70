package report_test

import (
	"testing"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

func TestABranchOfTopicsCountsAsTheReportAboutIt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		facts := halfYear(t)
		topics := []string{"城乡建设 / 城市管理 / 占道经营", "城乡建设/城市管理", "城乡建设", "", "教育 / 学费"}
		for i := range facts {
			facts[i].Topic = topics[i%len(topics)]
		}
		write(t, db, 5, facts)
		engine := report.New(db, shanghai)
		q := report.Query{From: "2018-01-01", To: "2018-07-01", AsOf: at(t, "2018-07-10T09:00:00"), By: report.ByTopic}
		r, err := engine.Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		tree := report.Branches(r.Groups)
		var order []string
		for i := range tree {
			b := &tree[i]
			order = append(order, b.Topic)
			one := q
			one.By, one.Topic = report.ByNone, b.Topic
			if b.Topic == "" {
				continue // the filter on no topic is no filter; it opens as a group
			}
			of, err := engine.Run(t.Context(), one)
			if err != nil {
				t.Fatal(err)
			}
			if counted(of.Total) != counted(b.Figures) || of.Total.OnTimeRate != b.OnTimeRate || *of.Total.P90Days != *b.P90Days {
				t.Errorf("%s counts %+v, the report about it %+v", b.Topic, counted(b.Figures), counted(of.Total))
			}
			ids, total, err := engine.Cases(t.Context(), one, report.Cell{}, "on_time", 10_000, 0)
			if err != nil || int64(total) != b.OnTime || len(ids) != total {
				t.Errorf("%s has %d on time, and opens to %d of %d: %v", b.Topic, b.OnTime, len(ids), total, err)
			}
		}
		want := []string{"城乡建设", "城乡建设/城市管理", "城乡建设/城市管理/占道经营", "教育", "教育/学费", ""}
		if len(order) != len(want) {
			t.Fatalf("the tree is %q", order)
		}
		for i := range want {
			if order[i] != want[i] || (want[i] != "") != (tree[i].Name != "") {
				t.Errorf("%d is %q, called %q, want %q", i, order[i], tree[i].Name, want[i])
			}
		}
	})
}
