package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// A colleague is removed, or changes office, while a reply stands half written on the page: it is refused with a word
// that says why, nothing of it reaches the case, and whoever takes over goes on as if nothing had been.
func TestWhatARemovedColleagueSendsIsRefusedAndLosesNothingForOthers(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	const written = "写到一半的答复，联系电话 0000-1234567。"
	form := func(b *browser) url.Values {
		return url.Values{"version": {b.version(number)}, web.FieldName(people.Reply, "reply"): {written}}
	}
	path := "/cases/" + number + "/reply"
	keep := people.TheSystem()
	role := func(who people.Actor) people.Holding {
		t.Helper()
		held, err := c.dir.Holdings(t.Context(), who.Account)
		if err != nil {
			t.Fatal(err)
		}
		return held[0]
	}
	mover := c.account(t, "mover", people.Grant{Role: people.Handler, Department: c.water})
	leaver := c.account(t, "leaver", people.Grant{Role: people.Handler, Department: c.water})
	retired := c.account(t, "retired", people.Grant{Role: people.Handler, Department: c.water})
	colleague, moving, leaving, retiring := c.as(t, "water"), c.as(t, "mover"), c.as(t, "leaver"), c.as(t, "retired")
	moved, left, gone, theirs := form(moving), form(leaving), form(retiring), form(colleague)

	// To another department: the case is none of theirs any more.
	if err := c.dir.EndRole(t.Context(), keep, mover.Account, role(mover).ID, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := c.dir.GiveRole(t.Context(), keep, mover.Account, people.Grant{Role: people.Handler, Department: c.roads}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	moving.post(path, moved).must(t, http.StatusNotFound, "没有")
	moving.get("/desk/department").must(t, http.StatusOK) // the session goes on
	// Without any role.
	if err := c.dir.EndRole(t.Context(), keep, leaver.Account, role(leaver).ID, time.Time{}); err != nil {
		t.Fatal(err)
	}
	leaving.post(path, left).must(t, http.StatusForbidden, "没有相应权限")
	// Disabled: signed out, and told so; what was typed stands on that page, for a colleague to copy.
	if err := c.dir.Disable(t.Context(), retired.Account); err != nil {
		t.Fatal(err)
	}
	retiring.post(path, gone).must(t, http.StatusUnauthorized, "写到一半的答复", "/sign-in")
	retiring.post("/sign-in", url.Values{"login": {"retired"}, "password": {passphrase}}).must(t, http.StatusUnprocessableEntity, "登录名或密码不正确")

	if page := colleague.get("/cases/"+number).must(t, http.StatusOK); strings.Contains(page.body, "写到一半的答复") {
		t.Error("something of it reached the case")
	}
	colleague.post(path, theirs).must(t, http.StatusSeeOther) // nobody was at the case in between
}
