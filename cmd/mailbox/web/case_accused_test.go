package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases/people"
)

func TestTheOfficeMarksWhomALetterComplainsAboutAndASecondPersonDecides(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.account(t, "clerk2", people.Grant{Role: people.Clerk})
	number, water := c.letterIn(t, "市水务集团的人态度恶劣"), strconv.FormatInt(c.water, 10)
	at := "/cases/" + number
	clerk := c.as(t, "clerk")
	clerk.get(at).must(t, http.StatusOK, `name="accuse-departments" value="`+water+`" checked`)
	sound(t, "none marked", clerk.deed(number, "accuse", nil).must(t, http.StatusUnprocessableEntity, `href="#field-accuse-departments"`))
	clerk.deed(number, "accuse", url.Values{"departments": {water}}).mustLeadTo(t, at)
	page := clerk.get(at).must(t, http.StatusOK, "来信反映：市水务集团", "须经第二人同意", at+"/ask-exception")
	sound(t, "marked", page)
	if strings.Contains(page.body, `name="route-lead" value="`+water) {
		t.Error("one press would route it there")
	}
	sound(t, "refused", clerk.deed(number, "route", url.Values{"lead": {water}}).must(t, http.StatusUnprocessableEntity, `href="#field-route-lead"`, "来信反映的正是市水务集团"))
	clerk.deed(number, "ask-exception", url.Values{"department": {water}}).must(t, http.StatusUnprocessableEntity, `href="#field-ask-exception-reason"`)
	clerk.deed(number, "ask-exception", url.Values{"department": {water}, "reason": {"只有它掌握情况"}}).mustLeadTo(t, at)
	if page := clerk.get(at).must(t, http.StatusOK, "待第二人决定"); strings.Contains(page.body, at+"/grant-exception") {
		t.Error("who asked may decide")
	}
	clerk.deed(number, "grant-exception", url.Values{"department": {water}}).must(t, http.StatusConflict, "须由另一人决定")
	clerk.get("/desk/office?pile=exceptions").must(t, http.StatusOK, number)
	c.as(t, "supervisor").get("/desk/supervision?pile=exceptions").must(t, http.StatusOK, number)
	other := c.in(t, "clerk2", "en")
	sound(t, "to decide", other.get(at).must(t, http.StatusOK, at+"/grant-exception", at+"/refuse-exception", "a second person has to decide"))
	other.deed(number, "refuse-exception", url.Values{"department": {water}}).must(t, http.StatusUnprocessableEntity, `href="#field-refuse-exception-comment"`)
	other.deed(number, "grant-exception", url.Values{"department": {water}}).mustLeadTo(t, at)
	clerk.deed(number, "route", url.Values{"lead": {water}}).mustLeadTo(t, at)
	sound(t, "with whom it is about", clerk.get(at).must(t, http.StatusOK, "目前正由被反映的市水务集团主办"))
	if page := c.as(t, "water").get(at).must(t, http.StatusOK); strings.Contains(page.body, "只有它掌握情况") || strings.Contains(page.body, "来信反映：") {
		t.Error("the department reads of it")
	}
}
