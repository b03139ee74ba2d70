package cases_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/people"
)

// sameAsLists compares every number of the board with the length of the list that it opens.
func (c *city) sameAsLists(t *testing.T, board *cases.Today) {
	t.Helper()
	count := func(q cases.Query) int {
		t.Helper()
		items, total, err := c.desk.List(t.Context(), c.supervisor, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) != min(total, 50) {
			t.Errorf("%+v lists %d of %d", q, len(items), total)
		}
		return total
	}
	for pile, n := range board.Piles {
		if got := count(cases.Query{Pile: pile}); got != n {
			t.Errorf("%s: the board says %d, the list has %d", pile, n, got)
		}
	}
	hours := 0
	for _, hour := range board.Hours {
		hours += hour.Cases
		if got := count(cases.Query{Pile: cases.PileDueToday, Hour: hour.Hour}); got != hour.Cases {
			t.Errorf("due at %s: the board says %d, the list has %d", hour.Hour, hour.Cases, got)
		}
	}
	if hours != board.Piles[cases.PileDueToday] {
		t.Errorf("%d are due today, by hour %d", board.Piles[cases.PileDueToday], hours)
	}
	for _, load := range board.Departments {
		for pile, n := range load.Piles {
			if got := count(cases.Query{Pile: pile, Department: load.Department}); got != n {
				t.Errorf("%s of %s: the board says %d, the list has %d", pile, load.Name, n, got)
			}
		}
		inHand := load.Piles[cases.PileUnsigned] + load.Piles[cases.PileSigned] + load.Piles[cases.PileReview] + load.Piles[cases.PileWaiting]
		if got := count(cases.Query{Pile: cases.PileOpen, Department: load.Department}); got != inHand {
			t.Errorf("%s has %d in hand, the columns add up to %d", load.Name, got, inHand)
		}
	}
}

func TestEveryNumberOfSupervisionsBoardIsThatOfItsList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		route := func(lead int64) cases.ID {
			r := c.submit(t, aLetter())
			ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, lead))
			return r.ID
		}
		late, waiting, signed := route(c.water), route(c.water), route(c.roads)
		ok(c.desk.Acknowledge(ctx, c.roadworks, signed, cases.AnyVersion))
		ok(c.desk.AskWriter(ctx, c.waterworks, waiting, cases.AnyVersion, "请补充户号"))
		c.clock.Set("2026-03-16 09:00:00")
		if _, err := c.desk.Elapse(ctx); err != nil {
			t.Fatal(err)
		}
		today := route(c.water)
		ok(c.desk.AskExtension(ctx, c.waterworks, today, cases.AnyVersion, 2, "等待配件"))
		ok(c.desk.Reply(ctx, c.roadworks, route(c.roads), cases.AnyVersion, "已修复路面，感谢反映。"))
		ok(c.desk.Order(ctx, c.supervisor, late, cases.AnyVersion, 0, "请立即办理"))
		c.submit(t, aLetter())
		c.clock.Set("2026-03-18 10:00:00")

		board, err := c.desk.Today(ctx, c.supervisor)
		if err != nil {
			t.Fatal(err)
		}
		c.sameAsLists(t, board)
		for pile, want := range map[cases.Pile]int{
			cases.PileOverdue: 3, cases.PileDueToday: 3, cases.PileRed: 0, cases.PileYellow: 2, cases.PileExtensions: 1, cases.PileOrders: 1,
			cases.PileScreening: 1, cases.PileUnsignedLate: 2, cases.PileSigned: 2, cases.PileReview: 1,
		} {
			if board.Piles[pile] != want {
				t.Errorf("%s: %d, want %d", pile, board.Piles[pile], want)
			}
		}
		if len(board.Departments) != 2 || board.Departments[0].Name != "市水务集团" || len(board.Hours) != 1 || board.Hours[0].Hour != "23" {
			t.Errorf("%+v %+v", board.Departments, board.Hours)
		}
		if _, err := c.desk.Today(ctx, c.waterworks); err == nil {
			t.Error("a department sees the board of all")
		}
		words, err := c.desk.Requests(ctx, c.supervisor, people.AskExtension, []cases.ID{today, late})
		if err != nil || len(words) != 1 || words[today] != "等待配件" {
			t.Errorf("requests: %v, %v", words, err)
		}
	})
}

func TestSigningIsDueByThePolicyAlsoForCasesOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		want := at("2026-03-06 23:59:59")
		if !got.SignDueAt.Equal(want) {
			t.Errorf("signing is due at %s", got.SignDueAt.In(want.Location()))
		}
		err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE cases SET sign_due_at = NULL")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if n, err := c.desk.FillSignDue(ctx); err != nil || n != want {
				t.Fatalf("filled %d, %v", n, err)
			}
		}
		c.clock.Set("2026-03-07 00:00:00")
		if items, _, err := c.desk.List(ctx, c.supervisor, cases.Query{Pile: cases.PileUnsignedLate}); err != nil || len(items) != 1 {
			t.Errorf("late to sign: %d, %v", len(items), err)
		}
		if got = ok(c.desk.Acknowledge(ctx, c.waterworks, r.ID, cases.AnyVersion)); !got.SignDueAt.IsZero() {
			t.Error("signing is still due after it")
		}
	})
}
