package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"
)

// fails makes one more notice that could not be sent, of a kind, by mail or SMS, to a department, and why.
func (c *staffed) fails(t *testing.T, kind, medium string, department int64, why string) {
	t.Helper()
	c.failed++
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		now := c.clock.Now().Unix()
		_, err := tx.ExecContext(ctx, `INSERT INTO notices (dedupe_key, message_id, medium, department_id, kind, language, subject, body, html, state, attempts, next_at, last_error, created_at)
			VALUES (?, ?, ?, ?, ?, 'zh', '', '', '', 'dead', 9, ?, ?, ?)`, fmt.Sprint("k", c.failed), fmt.Sprint("m", c.failed), medium, department, kind, now, why, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *staffed) dead(t *testing.T) (n int) {
	t.Helper()
	if err := c.db.Read.NewRaw("SELECT count(*) FROM notices WHERE state = 'dead'").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUndeliveredNoticesAreNarrowedAndThoseFoundSentAgain(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for range 3 {
		c.fails(t, "routed", "email", c.water, "550 z***@example.org unknown")
	}
	c.fails(t, "overdue", "sms", c.water, "the gateway is away")
	admin, water := c.as(t, "admin"), strconv.FormatInt(c.water, 10)
	sound(t, "all", admin.get("/admin/notices").must(t, http.StatusOK, "重新发送这 4 条", "承办单位 市水务集团", "短信"))
	filter := "/admin/notices?cause=UNKNOWN&department=" + water + "&from=2026-01-01&kind=routed&medium=email&through=2099-12-31"
	page := admin.get(filter).must(t, http.StatusOK, "重新发送这 3 条", "确认，重新发送 3 条", "z***@example.org")
	sound(t, "narrowed", page)
	if strings.Contains(page.body, "gateway") {
		t.Error("the list shows what was not asked for")
	}
	sound(t, "none", c.in(t, "admin", "en").get("/admin/notices?kind=receipt").must(t, http.StatusOK, "No undelivered notice is like that."))
	sound(t, "no day", admin.get("/admin/notices?from=yesterday").must(t, http.StatusUnprocessableEntity, "2026-03-05"))

	form := url.Values{"cause": {"UNKNOWN"}, "department": {water}, "kind": {"routed"}, "medium": {"email"}, "counted": {"2"}}
	to := "/admin/notices?cause=UNKNOWN&department=" + water + "&kind=routed&medium=email"
	admin.post("/admin/notices/revive", form).mustLeadTo(t, to)
	admin.get(to).must(t, http.StatusOK, "没有重新发送", "现为 3 条")
	if n := c.dead(t); n != 4 {
		t.Fatalf("%d are left of 4: sent without having been seen", n)
	}
	form.Set("counted", "3")
	admin.post("/admin/notices/revive", form).mustLeadTo(t, to)
	if n := c.dead(t); n != 1 {
		t.Errorf("%d are left, want the one that was not found", n)
	}
	c.as(t, "auditor").post("/admin/notices/revive", url.Values{"counted": {"1"}}).must(t, http.StatusForbidden)
	if n := c.dead(t); n != 1 {
		t.Error("an auditor sends notices")
	}
}
