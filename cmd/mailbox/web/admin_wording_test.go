package web_test

import (
	"net/http"
	"strings"
	"testing"

	"mailbox/cases/wording"
)

func TestLongEveryNoticeIsShownInBothLanguages(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	for _, kind := range wording.Kinds {
		page := admin.get("/admin/wording?kind="+string(kind)).must(t, http.StatusOK)
		if strings.Contains(page.body, "SECRET") || strings.Contains(page.body, "\u2063") {
			t.Errorf("%s shows the place of the secret", kind)
		}
		sound(t, string(kind), page)
	}
	admin.get("/admin/wording?kind=declined").must(t, http.StatusOK, "The street lamp at our gate is dark", "小区门口路灯不亮")
	c.as(t, "clerk").get("/admin/wording").must(t, http.StatusForbidden)
}
