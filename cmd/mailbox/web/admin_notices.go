package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/notify"
)

const noticesPath = "/admin/notices"

// noticesView is what could not be sent: never its text, never an address.
type noticesView struct {
	Search   searchView
	Found    int
	Again    string   // what sending all of them again says
	Hidden   []hidden // the filter and how many there were, for sending them again
	Notices  []noticeView
	NextHref string
}

type noticeView struct {
	ID             int64
	Title, To      string
	At             time.Time
	Attempts       int64
	Reason, Medium string
}

// noticesFilter narrows the list. It stands in the address, so that a list can be kept and passed on.
type noticesFilter struct{ Kind, Medium, Cause, From, Through, Department string }

func noticesFilterOf(line func(string) string) noticesFilter {
	return noticesFilter{line("kind"), line("medium"), line("cause"), line("from"), line("through"), line("department")}
}

func (f noticesFilter) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"kind": f.Kind, "medium": f.Medium, "cause": f.Cause, "from": f.From, "through": f.Through, "department": f.Department,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (f noticesFilter) href(before int64) string {
	v := f.values()
	if before > 0 {
		v.Set("before", strconv.FormatInt(before, 10))
	}
	if len(v) == 0 {
		return noticesPath
	}
	return noticesPath + "?" + v.Encode()
}

// deadFilter reads the filter. Errors: invalid for a day that is none.
func (s *Server) deadFilter(c echo.Context, f noticesFilter) (notify.DeadFilter, error) {
	filter := notify.DeadFilter{Kind: f.Kind, Medium: f.Medium, Cause: f.Cause}
	for _, day := range []struct {
		field, text string
		add         int
		into        *time.Time
	}{{"from", f.From, 0, &filter.From}, {"through", f.Through, 1, &filter.Until}} {
		if day.text == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, day.text, s.loc)
		if err != nil {
			return filter, errs.Invalid(day.field, "please write the day as 2026-03-05", "日期格式应为 2026-03-05")
		}
		*day.into = at.AddDate(0, 0, day.add)
	}
	if filter.Department, _ = strconv.ParseInt(f.Department, 10, 64); filter.Department <= 0 { // one that is none selects all, as on every list
		filter.Department = 0
		return filter, nil
	}
	accounts, err := s.Directory.Accounts(c.Request().Context())
	if err != nil {
		return filter, err
	}
	for i := range accounts {
		if accounts[i].Actor().WorksFor(filter.Department) {
			filter.Accounts = append(filter.Accounts, accounts[i].ID)
		}
	}
	return filter, nil
}

// deadNotices lists what could not be sent, newest first.
func (s *Server) deadNotices(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	before, err := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0 // the first page
	}
	lang, ctx := visitOf(c).lang, c.Request().Context()
	f := noticesFilterOf(func(name string) string { return strings.TrimSpace(readable(c.QueryParam(name))) })
	filter, wrong := s.deadFilter(c, f)
	if wrong != nil && errs.CodeOf(wrong) != errs.CodeInvalid {
		return wrong
	}
	departments, err := s.departmentOptions(c, false)
	if err != nil {
		return err
	}
	view, page := noticesView{Search: s.noticesSearch(lang, f, departments)}, s.adminPage(c, c.Request().URL.RequestURI())
	if wrong != nil {
		for _, e := range s.fieldErrors(c, wrong) {
			for i := range view.Search.Fields {
				if view.Search.Fields[i].Name == e.Field {
					view.Search.Fields[i].Error = e.Message
				}
			}
		}
		page.View = view
		return s.redisplay(c, wrong, "desk/notices", page)
	}
	dead, err := notify.Dead(ctx, s.DB, filter, before, pageLength)
	if err != nil {
		return err
	}
	if view.Found, err = notify.CountDead(ctx, s.DB, filter); err != nil {
		return err
	}
	view.Again = s.words.in(lang, "notices.again", view.Found)
	view.Hidden = append(view.Hidden, hidden{"counted", strconv.Itoa(view.Found)})
	for name, value := range f.values() {
		view.Hidden = append(view.Hidden, hidden{name, value[0]})
	}
	slices.SortFunc(view.Hidden, func(a, b hidden) int { return strings.Compare(a.Name, b.Name) })
	names := map[string]string{}
	for _, o := range departments {
		names[o.Value] = o.Label
	}
	for _, d := range dead {
		view.Notices = append(view.Notices, noticeView{
			ID: d.ID, Title: s.words.in(lang, "notices.kind."+d.Kind),
			To: strings.TrimSpace(s.words.in(lang, "notices.to."+recipientKind(d.To)) + " " + names[strconv.FormatInt(d.To.Department, 10)]),
			At: d.CreatedAt, Attempts: d.Attempts, Reason: d.Reason, Medium: s.words.in(lang, "notices.medium."+d.Medium),
		})
	}
	if len(dead) == pageLength {
		view.NextHref = f.href(dead[len(dead)-1].ID)
	}
	page.View = view
	return s.render(c, http.StatusOK, "desk/notices", page)
}

// noticesSearch is the form that narrows the list.
func (s *Server) noticesSearch(lang errs.Lang, f noticesFilter, departments []option) searchView {
	all := option{Label: s.words.in(lang, "desk.all")}
	kinds, media := []option{all}, []option{all}
	for _, kind := range wording.Kinds {
		kinds = append(kinds, option{Value: string(kind), Label: s.words.in(lang, "notices.kind."+string(kind))})
	}
	for _, medium := range []string{notify.Email, notify.SMS, notify.WeChat} {
		media = append(media, option{Value: medium, Label: s.words.in(lang, "notices.medium."+medium)})
	}
	view := searchView{Action: noticesPath, Fields: []fieldView{
		{Lang: lang, Name: "kind", Label: s.words.in(lang, "notices.kind"), Type: "select", Value: f.Kind, Options: kinds},
		{Lang: lang, Name: "medium", Label: s.words.in(lang, "notices.medium"), Type: "select", Value: f.Medium, Options: media},
		{Lang: lang, Name: "cause", Label: s.words.in(lang, "notices.cause"), Type: "text", Value: f.Cause},
		{Lang: lang, Name: "department", Label: s.words.in(lang, "notices.department"), Type: "select", Value: f.Department, Options: departments},
		{Lang: lang, Name: "from", Label: s.words.in(lang, "looks.from"), Type: "date", Value: f.From},
		{Lang: lang, Name: "through", Label: s.words.in(lang, "looks.through"), Type: "date", Value: f.Through},
	}}
	if f != (noticesFilter{}) {
		view.ClearHref = noticesPath
	}
	return view
}

// recipientKind says what sort of reader a notice was for.
func recipientKind(r notify.Recipient) string {
	switch {
	case r.Contact != 0:
		return "writer"
	case r.Department != 0:
		return "department"
	default:
		return "account"
	}
}

// reviveNotice gives a notice all its attempts again; the sweep sends it within a minute.
func (s *Server) reviveNotice(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return errs.NotFound("there is no such notice", "没有这条通知")
	}
	err = s.Desk.ReviveNotice(c.Request().Context(), s.actor(c), id)
	flash := "notices.revived"
	switch {
	case errors.Is(err, notify.ErrNotDead):
		flash = "notices.not_dead"
	case err != nil:
		return err
	default:
		s.logAdmin(c, "notice revived", id)
	}
	if err := s.tell(c, "good", flash); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/notices")
}

// reviveNotices gives all that the filter finds their attempts again, after a mail server was away for long.
func (s *Server) reviveNotices(c echo.Context) error {
	form := formOf(c)
	f := noticesFilterOf(form.line)
	filter, err := s.deadFilter(c, f)
	if err != nil {
		return err
	}
	counted, err := strconv.Atoi(form.line("counted"))
	if err != nil {
		counted = -1 // nobody has seen how many they are
	}
	n, err := s.Desk.ReviveNotices(c.Request().Context(), s.actor(c), filter, counted)
	switch {
	case err != nil && errs.CodeOf(err) == errs.CodeConflict:
		err = s.tell(c, "warn", "notices.moved", errs.Message(err, visitOf(c).lang))
	case err == nil:
		s.logAdmin(c, "notices revived", int64(n))
		err = s.tell(c, "good", "notices.revived_all", strconv.Itoa(n))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, f.href(0))
}
