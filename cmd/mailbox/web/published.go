package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/search"
	"mailbox/cases/wording"
)

// publishedListView is the list of published letters.
type publishedListView struct {
	Fields    []fieldView // to narrow it; the words stand in Words
	Words     string
	Narrowed  bool // words or filters are set: search engines keep away
	Open      bool // a filter is set
	Canonical string
	FeedHref  string
	Rows      []publishedRowView
	Pages     pagesView
	Text      string
}

type publishedRowView struct {
	Href, Lang     string
	Title, Snippet []search.Part
	Meta           []string
}

// publishedView is the page of one published letter.
type publishedView struct {
	Lang                        string // of its text
	Title, Body, Answer         string
	Kind, Topic, Department     string
	ReceivedDay, AnsweredDay    string
	PublishedAt, ChangedAt      time.Time
	Changed                     bool
	Canonical, FeedHref, Action string
	Useful, NotUseful           int64
	Count                       string
	DepartmentHref, TopicHref   string
	Description                 string
}

// publishedFilterOf reads the filter from the address. What cannot be one is left out.
func publishedFilterOf(c echo.Context) cases.PublishedFilter {
	one := func(name string, most int) string {
		text := []rune(strings.TrimSpace(readable(c.QueryParam(name))))
		return string(text[:min(len(text), most)])
	}
	f := cases.PublishedFilter{
		Words: one("words", maxSearch), Kind: one("kind", 40), Topic: one("topic", cases.MaxTopic), Month: one("month", 7),
		Page: min(pageOf(c), cases.PublishedPages),
	}
	if id, err := strconv.ParseInt(c.QueryParam("department"), 10, 64); err == nil && id > 0 {
		f.Department = id
	}
	return f
}

// publishedHref is where the list stands under a filter.
func publishedHref(f cases.PublishedFilter) string {
	q := url.Values{}
	set := func(name, value string, given bool) {
		if given {
			q.Set(name, value)
		}
	}
	set("words", f.Words, f.Words != "")
	set("kind", f.Kind, f.Kind != "")
	set("topic", f.Topic, f.Topic != "")
	set("department", strconv.FormatInt(f.Department, 10), f.Department != 0)
	set("month", f.Month, f.Month != "")
	set("page", strconv.Itoa(f.Page), f.Page > 1)
	if len(q) == 0 {
		return "/letters"
	}
	return "/letters?" + q.Encode()
}

// publicAddress is a path of ours as others find it.
func (s *Server) publicAddress(path string) string { return strings.TrimRight(s.PublicURL, "/") + path }

func publishedPath(id int64) string { return "/letters/" + strconv.FormatInt(id, 10) }

// snippetLength is how much of a letter the list shows, in characters.
const snippetLength = 110

// publishedLetters lists and finds published letters.
func (s *Server) publishedLetters(c echo.Context) error {
	v, f, ctx := visitOf(c), publishedFilterOf(c), c.Request().Context()
	list, err := s.Desk.Published(ctx, f)
	if err != nil {
		return err
	}
	choices, err := s.choices.soon(ctx, "", v.now, s.Desk.PublishedChoices)
	if err != nil {
		return err
	}
	plain := f
	plain.Words, plain.Page = "", 1
	view := publishedListView{
		Words: f.Words, Open: publishedHref(plain) != "/letters", FeedHref: "/letters/feed",
		Canonical: s.publicAddress(publishedHref(cases.PublishedFilter{Page: f.Page})), Fields: s.publishedFields(v.lang, f, choices),
		Pages: pagesView{Lang: v.lang},
	}
	view.Narrowed = view.Open || f.Words != ""
	for i := range list.Hits {
		view.Rows = append(view.Rows, s.publishedRowOf(v.lang, &list.Hits[i], list.Query))
	}
	at := func(page int) string { g := f; g.Page = page; return publishedHref(g) }
	if list.Page > 1 {
		view.Pages.PrevHref = at(list.Page - 1)
	}
	if list.More {
		view.Pages.NextHref = at(list.Page + 1)
	}
	view.Pages.Text = s.words.in(v.lang, "published.page", list.Page)
	if len(list.Hits) == 0 && view.Narrowed {
		view.Text = s.words.in(v.lang, "published.none_found")
	} else if len(list.Hits) == 0 {
		view.Text = s.words.in(v.lang, "published.none")
	}
	return s.render(c, http.StatusOK, "published/list", Page{View: view})
}

func (s *Server) publishedRowOf(lang errs.Lang, h *cases.PublishedHit, q search.Query) publishedRowView {
	row := publishedRowView{Href: publishedPath(h.ID), Lang: langOf(h.Title), Title: q.Mark(h.Title)}
	// The passage with the words: in the letter, else in the answer.
	row.Snippet = q.Snippet(h.Body, snippetLength)
	if !hasHit(row.Snippet) {
		if answer := q.Snippet(h.Answer, snippetLength); hasHit(answer) {
			row.Snippet = answer
		}
	}
	for _, part := range []string{wording.KindName(lang, h.Kind), h.Department, s.words.in(lang, "published.answered_on", h.AnsweredDay)} {
		if part != "" {
			row.Meta = append(row.Meta, part)
		}
	}
	return row
}

func hasHit(parts []search.Part) bool {
	for _, p := range parts {
		if p.Hit {
			return true
		}
	}
	return false
}

// langOf tells in which language a text is, as a page says it.
func langOf(text string) string {
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			return "zh-CN"
		}
	}
	return "en"
}

func (s *Server) publishedFields(lang errs.Lang, f cases.PublishedFilter, all cases.PublishedChoices) []fieldView {
	field := func(name, label, value string, options []option) fieldView {
		return fieldView{
			Lang: lang, Name: name, Type: "select", Label: label, Value: value,
			Options: append([]option{{Label: s.words.in(lang, "published.all")}}, options...),
		}
	}
	var kinds, topics, months, departments []option
	for _, k := range all.Kinds {
		kinds = append(kinds, option{Value: k, Label: wording.KindName(lang, k)})
	}
	for _, topic := range all.Topics {
		topics = append(topics, option{Value: topic, Label: topic})
	}
	for _, m := range all.Months {
		months = append(months, option{Value: m, Label: m})
	}
	chosen := ""
	for _, d := range all.Departments {
		departments = append(departments, option{Value: d.Value, Label: d.Name})
		if d.Value == strconv.FormatInt(f.Department, 10) {
			chosen = d.Value
		}
	}
	return []fieldView{
		field("kind", s.words.in(lang, "write.kind"), f.Kind, kinds),
		field("department", s.words.in(lang, "published.department"), chosen, departments),
		field("topic", s.words.in(lang, "published.topic"), f.Topic, topics),
		field("month", s.words.in(lang, "published.month"), f.Month, months),
	}
}

// openPublished finds the letter of the address.
func (s *Server) openPublished(c echo.Context) (cases.PublishedHit, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return cases.PublishedHit{}, errs.NotFound("there is no such published letter", "没有这封公开来信")
	}
	return s.Desk.PublishedLetter(c.Request().Context(), id)
}

// publishedLetter is the page of one letter; of one that was withdrawn it says that it is gone for good.
func (s *Server) publishedLetter(c echo.Context) error {
	h, err := s.openPublished(c)
	if err != nil {
		return err
	}
	if h.Withdrawn {
		return s.render(c, http.StatusGone, "published/gone", Page{})
	}
	lang := visitOf(c).lang
	view := publishedView{
		Lang: langOf(h.Title + h.Body), Title: h.Title, Body: h.Body, Answer: h.Answer, Kind: wording.KindName(lang, h.Kind), Topic: h.Topic,
		Department: h.Department, ReceivedDay: h.ReceivedDay, AnsweredDay: h.AnsweredDay,
		PublishedAt: h.PublishedAt.In(s.loc), ChangedAt: h.ChangedAt.In(s.loc), Changed: h.ChangedAt.After(h.PublishedAt),
		Canonical: s.publicAddress(publishedPath(h.ID)), FeedHref: "/letters/feed", Action: publishedPath(h.ID) + "/useful",
		Useful: h.UsefulCount, NotUseful: h.NotUsefulCount,
		DepartmentHref: publishedHref(cases.PublishedFilter{Department: h.DepartmentID}), TopicHref: publishedHref(cases.PublishedFilter{Topic: h.Topic}),
	}
	for _, p := range (search.Query{}).Snippet(h.Answer, 140) {
		view.Description += p.Text
	}
	if n := h.UsefulCount + h.NotUsefulCount; n > 0 {
		view.Count = s.words.in(lang, "published.useful.count", h.UsefulCount, n)
	}
	return s.render(c, http.StatusOK, "published/letter", Page{View: view})
}

// judgePublished keeps whether a reader found an answer useful. The reader is told apart by a keyed hash of line
// and browser, from which neither can be had again; no cookie is needed.
func (s *Server) judgePublished(c echo.Context) error {
	h, err := s.openPublished(c)
	if err != nil {
		return err
	}
	choice := formOf(c).line("useful")
	if choice != "yes" && choice != "no" {
		return errs.Invalid("useful", "please choose whether this was useful", "请选择是否有用")
	}
	voter := s.Keys.LookupHash("vote\n" + household(c.RealIP()) + "\n" + c.Request().UserAgent())
	if err := s.Desk.Useful(c.Request().Context(), h.ID, voter, choice == "yes"); err != nil {
		return err
	}
	if err := s.tell(c, "good", "published.useful.thanks"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, publishedPath(h.ID))
}

// backToPublished leads a reload of the form's address back to the letter.
func (s *Server) backToPublished(c echo.Context) error {
	h, err := s.openPublished(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, publishedPath(h.ID))
}
