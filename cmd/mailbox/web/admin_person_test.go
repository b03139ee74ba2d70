package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases/people"
)

var heldRole = regexp.MustCompile(`name="role_held" value="(\d+)"`)

func TestAnAdministratorChangesSomebodysRoles(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin, water := c.as(t, "admin"), c.as(t, "water")
	path := "/admin/people/" + strconv.FormatInt(c.waterworks.Account, 10)
	admin.get("/admin/people").must(t, http.StatusOK, `href="`+path+`"`)
	sound(t, "a person", admin.get(path).must(t, http.StatusOK, "部门承办人 · 市水务集团", "自 2026年3月5日", "授予角色"))

	// A role from tomorrow on; the running session has it then, without signing in again.
	admin.post(path+"/roles", url.Values{"role": {"clerk"}, "from": {"2026-03-06"}}).mustLeadTo(t, path)
	admin.get(path).must(t, http.StatusOK, "尚未开始", "自 2026年3月6日")
	water.get("/desk/office").must(t, http.StatusForbidden)
	c.clock.Add(14 * time.Hour)
	c.as(t, "water").get("/desk/office").must(t, http.StatusOK)

	water, admin = c.as(t, "water"), c.as(t, "admin")
	water.get("/desk/department").must(t, http.StatusOK)
	held := heldRole.FindAllStringSubmatch(admin.get(path).body, -1)
	if len(held) != 2 {
		t.Fatalf("%d roles can be ended", len(held))
	}
	handler := held[1][1]
	sound(t, "an end that came back", admin.post(path+"/end-role", url.Values{"role_held": {handler}, "until": {"2026-03-05"}}).
		must(t, http.StatusUnprocessableEntity, `href="#field-until"`, `id="field-until"`, `value="2026-03-05"`))
	admin.post(path+"/end-role", url.Values{"role_held": {handler}, "until": {"2026-03-06"}}).mustLeadTo(t, path)
	admin.get(path).must(t, http.StatusOK, "至 2026年3月6日")
	water.get("/desk/department").must(t, http.StatusOK)
	admin.post(path+"/end-role", url.Values{"role_held": {handler}}).mustLeadTo(t, path)
	water.get("/desk/department").must(t, http.StatusForbidden)
	admin.get(path).must(t, http.StatusOK, "以往的角色")

	// What comes back says where.
	sound(t, "a role that came back", admin.post(path+"/roles", url.Values{"role": {"handler"}, "from": {"2026-13-01"}}).must(t, http.StatusUnprocessableEntity, `href="#field-department"`, `value="2026-13-01"`))
	admin.post(path+"/roles", nil).must(t, http.StatusUnprocessableEntity, `href="#field-role"`)
	admin.post(path+"/roles", url.Values{"role": {"clerk"}, "from": {"soon"}}).must(t, http.StatusUnprocessableEntity, `href="#field-from"`)
	admin.post(path+"/roles", url.Values{"role": {"clerk"}, "from": {"2026-03-01"}}).must(t, http.StatusUnprocessableEntity, "不能早于今天")
	sound(t, "details that came back", admin.post(path+"/details", url.Values{"name": {"王芳"}, "email": {"x"}, "language": {"zh"}}).must(t, http.StatusUnprocessableEntity, `href="#field-email"`, `value="王芳"`))
	admin.post(path+"/details", url.Values{"name": {"王芳"}, "email": {"wang@example.org"}, "language": {"zh"}}).mustLeadTo(t, path)
	admin.get(path).must(t, http.StatusOK, "<h1>王芳", "wang@example.org")
	admin.get(path+"/roles").mustLeadTo(t, path)
	admin.get("/admin/people/99999").must(t, http.StatusNotFound)
	water.post(path+"/roles", url.Values{"role": {"administrator"}}).must(t, http.StatusForbidden)
}

func TestTheLastAdministratorKeepsTheRole(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	who, err := c.dir.SignIn(t.Context(), "admin", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	path := "/admin/people/" + strconv.FormatInt(who.Account, 10)
	held := heldRole.FindStringSubmatch(admin.get(path).body)[1]
	admin.post(path+"/end-role", url.Values{"role_held": {held}}).must(t, http.StatusConflict, "最后一位长期有效的系统管理员")
	c.account(t, "second", people.Grant{Role: people.Administrator})
	admin.post(path+"/end-role", url.Values{"role_held": {held}}).mustLeadTo(t, path)
	if page := admin.get(path).must(t, http.StatusForbidden); !strings.Contains(page.body, "没有相应权限") {
		t.Error("an administrator no more is not told so")
	}
}
