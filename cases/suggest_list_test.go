package cases_test

import (
	"fmt"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestAListSaysWhichEarlierCaseEachLetterRepeats(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		c.about(t, 40)
		first := c.written(t, lampTitle, lampBody, "13900001111")
		other := c.written(t, "育才街小学门口积水", "育才街小学门口一下雨就积水，家长只能把孩子背过去。", "13900003333")
		edited := c.written(t, "请修路灯", strings.Replace(lampBody, "七盏", "好几盏", 1), "13900002222")
		// More copies than are compared, all merged: the case that they went into is found behind them.
		var copies []cases.ID
		for range 6 {
			copies = append(copies, c.written(t, lampTitle, lampBody, "13900004444"))
		}
		last := copies[len(copies)-1]
		for _, id := range copies[:len(copies)-1] {
			if _, err := c.desk.Merge(t.Context(), c.clerk, id, cases.AnyVersion, first); err != nil {
				t.Fatal(err)
			}
		}
		found, err := c.desk.RepeatsFor(t.Context(), c.clerk, []cases.ID{first, other, edited, last})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 2 {
			t.Fatalf("%+v", found)
		}
		if r := found[edited]; r.Into != first || r.Grade != alike.Near || r.Number != cases.Number("2026-03-05", first) {
			t.Errorf("the edited letter: %+v", r)
		}
		if r := found[last]; r.Into != first || r.Grade != alike.Exact {
			t.Errorf("the last copy: %+v", r)
		}

		// What has ended without an answer takes no other letter.
		if _, err := c.desk.Decline(t.Context(), c.clerk, first, cases.AnyVersion, "court", ""); err != nil {
			t.Fatal(err)
		}
		if found, err = c.desk.RepeatsFor(t.Context(), c.clerk, []cases.ID{edited}); err != nil || len(found) != 0 {
			t.Errorf("into a declined case: %+v, %v", found, err)
		}
		if none, err := c.desk.RepeatsFor(t.Context(), c.clerk, nil); err != nil || len(none) != 0 {
			t.Errorf("of no letters: %+v, %v", none, err)
		}
		if _, err := c.desk.RepeatsFor(t.Context(), c.waterworks, []cases.ID{last}); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("a department: %v", err)
		}
	})
}

// BenchmarkRepeatsFor looks up a page of fifty letters of 150 characters among 20,000, a tenth of which repeat another.
func BenchmarkRepeatsFor(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		streets, things := []rune("砚井育才桐花柳岸石桥望江清泉麓谷"), []string{"路灯不亮", "井盖松动", "水管漏水", "摊贩占道", "电梯困人", "公交改线", "油烟扰民", "树枝遮窗"}
		const all, page = 20_000, 50
		letters := make([]intake.Letter, 500)
		for line := 0; line < all; {
			for i := range letters {
				line++
				n := line
				if n%10 == 0 && n > 450 {
					n -= 450 // repeats an earlier one
				}
				l := anOldLetter()
				l.Line, l.Number = line, fmt.Sprint("N", line)
				where := string([]rune{streets[n%16], streets[n/16%16], streets[n/256%16]}) + "街"
				l.Title = where + things[n%8]
				l.Body = strings.Repeat(fmt.Sprintf("%s%d号门前%s，已经%d天，住户%s都说不便。", where, n, things[n%8], n%90, string(streets[n/4096%16])), 5)
				letters[i] = l
			}
			c.importing(b, letters...)
		}
		ids := make([]cases.ID, page)
		for i := range ids {
			ids[i] = cases.ID(all - i)
		}
		found := 0
		for b.Loop() {
			repeats, err := c.desk.RepeatsFor(b.Context(), c.clerk, ids)
			if err != nil {
				b.Fatal(err)
			}
			found = len(repeats)
		}
		b.ReportMetric(float64(found), "repeats")
	})
}
