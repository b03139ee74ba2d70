package people_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"mailbox/cases/people"
)

func TestASessionIsFoundUntilItIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		s := people.NewSessions(c.db, c.clock.now)
		find := func(token, want string) {
			t.Helper()
			data, found, err := s.FindCtx(ctx, token)
			if err != nil || found != (want != "") || !bytes.Equal(data, []byte(want)) {
				t.Errorf("%s: %q, %t, %v; want %q", token, data, found, err, want)
			}
		}
		for _, step := range []struct {
			token, data string
			lasts       time.Duration
		}{{"short", "a\x00b", time.Minute}, {"long", "first", time.Minute}, {"long", "second", time.Hour}} {
			if err := s.CommitCtx(ctx, step.token, []byte(step.data), c.clock.now().Add(step.lasts)); err != nil {
				t.Fatal(err)
			}
		}
		find("short", "a\x00b")
		find("long", "second")
		find("other", "")
		c.clock.move(time.Minute - time.Second)
		find("short", "a\x00b")
		c.clock.move(time.Second)
		find("short", "")
		find("long", "second")

		rows := func() int {
			t.Helper()
			n, err := c.db.Read.NewSelect().Table("sessions").Count(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return int(n)
		}
		if n := rows(); n != 2 {
			t.Fatalf("%d rows before the sweep, want 2", n)
		}
		if err := s.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if n := rows(); n != 1 {
			t.Errorf("%d rows after the sweep, want 1", n)
		}
		find("long", "second")
		for range 2 { // the second finds nothing to delete
			if err := s.DeleteCtx(ctx, "long"); err != nil {
				t.Fatal(err)
			}
		}
		find("long", "")
	})
}

func TestTheTableOfSessionsHoldsNoToken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		s := people.NewSessions(c.db, c.clock.now)
		if err := s.Commit("geheim", []byte("x"), c.clock.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var kept string
		if err := c.db.Read.NewSelect().Table("sessions").Column("token").Scan(t.Context(), &kept); err != nil {
			t.Fatal(err)
		}
		if len(kept) != 64 || strings.Contains(kept, "geheim") {
			t.Errorf("kept as %q", kept)
		}
		// What stands in the table is no token itself.
		if _, found, err := s.Find(kept); found || err != nil {
			t.Errorf("%t, %v", found, err)
		}
		if _, found, err := s.Find("geheim"); !found || err != nil {
			t.Errorf("%t, %v", found, err)
		}
		if err := s.Delete("geheim"); err != nil {
			t.Fatal(err)
		}
		if _, found, err := s.Find("geheim"); found || err != nil {
			t.Errorf("%t, %v", found, err)
		}
	})
}

func TestAManagerKeepsASignInOverRequests(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		manager := scs.New()
		manager.Store = people.NewSessions(c.db, time.Now) // scs reads the machine's clock
		page := manager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/signin" {
				manager.Put(r.Context(), "account", int64(7))
			}
			if manager.GetInt64(r.Context(), "account") != 7 {
				w.WriteHeader(http.StatusForbidden)
			}
		}))
		get := func(path string, cookies []*http.Cookie) (status int, set []*http.Cookie) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			for _, cookie := range cookies {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			page.ServeHTTP(w, r)
			answer := w.Result()
			defer answer.Body.Close()
			return answer.StatusCode, answer.Cookies()
		}
		_, cookies := get("/signin", nil)
		if status, _ := get("/", cookies); status != http.StatusOK {
			t.Errorf("the session was lost: %d", status)
		}
		if status, _ := get("/", nil); status != http.StatusForbidden {
			t.Errorf("a stranger got %d", status)
		}
	})
}
