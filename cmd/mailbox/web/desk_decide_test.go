package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases"
)

func TestRequestsAreDecidedInTheirList(t *testing.T) {
	t.Parallel()
	c := newTroubled(t)
	b := c.as(t, "supervisor")
	list := "/desk/supervision?pile=extensions"
	page := b.get(list).must(t, http.StatusOK, "要等管件到货", `name="grant-extension-days" value="3"`)
	sound(t, "extensions to decide", page)
	form := url.Values{"version": {formFields(after(page.body, "grant-extension")).Get("version")}, "back": {list}, "grant-extension-days": {"2"}}
	at := "/cases/" + c.extension + "/grant-extension"
	b.post(at, form).must(t, http.StatusUnprocessableEntity, `href="#field-grant-extension-reason"`, `value="2"`)
	form.Set("grant-extension-reason", "管件到货后立即修复")
	b.post(at, form).mustLeadTo(t, list)
	b.get(list).must(t, http.StatusOK, "没有待批的延期申请", c.extension)

	list = "/desk/supervision?pile=reworks"
	page = b.get(list).must(t, http.StatusOK, "灯还是不亮，请再来看看", `<strong>市水务集团</strong>`, `name="grant-rework-lead" value="`+strconv.FormatInt(c.water, 10)+`"`)
	sound(t, "reworks to decide", page)
	b.get("/cases/"+c.rework+"?do=grant-rework").must(t, http.StatusOK, `id="field-grant-rework-lead"`) // where another is chosen
	form = url.Values{"version": {formFields(after(page.body, "grant-rework")).Get("version")}, "back": {"https://elsewhere.example/desk/"}}
	form.Set("refuse-rework-reason", "灯已修好，另有照片")
	b.post("/cases/"+c.rework+"/refuse-rework", form).mustLeadTo(t, "/cases/"+c.rework)
	if page := c.as(t, "auditor").get("/desk/supervision?pile=reworks"); strings.Contains(page.body, "grant-rework") {
		t.Error("an auditor is offered a decision")
	}
	v, err := c.desk.Look(t.Context(), c.clerk, c.found(t, c.extension))
	if err != nil || v.Extension != cases.ExtensionGranted || v.ExtensionDays != 2 {
		t.Errorf("%+v, %v", v.Extension, err)
	}
}

// after is the part of a page that follows a text.
func after(page, text string) string {
	_, rest, _ := strings.Cut(page, text)
	return rest
}
