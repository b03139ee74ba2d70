package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/search"
	"mailbox/cases/wording"
)

// findPath is where the staff search.
const findPath = "/search"

// ofContact are those who may see how to reach a writer of theirs.
var ofContact = staff(people.Clerk, people.Handler, people.Leader)

// findView is the search of the staff.
type findView struct {
	Words       string
	Fields      []fieldView // to narrow it
	Open        bool        // one of them is set
	Narrowed    bool        // anything is
	Writer      string      // the mark of the writer whose letters these are
	ClearWriter string
	SeekWriters bool
	WriterField fieldView
	Filter      string // this search, to be kept when a writer is looked for
	Rows        []findRow
	Count       string
	Pages       pagesView
	ExportHref  string
}

// findRow is a case that was found.
type findRow struct {
	workRow
	Found, Snippet []search.Part
	Received       string
}

// maxMark is how long the mark of a writer is (cases.Desk.WriterMark): two hashes and a dash.
const maxMark = 129

// searchOf reads a search from the address. What cannot be one is left out.
func searchOf(q url.Values) cases.Search {
	one := func(name string, most int) string {
		text := []rune(strings.TrimSpace(readable(q.Get(name))))
		return string(text[:min(len(text), most)])
	}
	days := func(name string) cases.Days {
		return cases.Days{From: one(name+"_from", 10), Through: one(name+"_through", 10)}
	}
	s := cases.Search{
		Words: one("words", maxSearch), Writer: one("writer", maxMark), Part: cases.Part(one("part", 20)),
		State: cases.State(one("state", 20)), Standing: cases.Standing(one("standing", 20)), Kind: one("kind", 20), Channel: one("channel", 20),
		Topic: one("topic", cases.MaxTopic), District: one("district", cases.MaxDistrict),
		Received: days("received"), Due: days("due"), Answered: days("answered"), Hidden: q.Get("confidential") == "yes",
	}
	if id, err := strconv.ParseInt(q.Get("department"), 10, 64); err == nil && id > 0 {
		s.Department = id
	} else {
		s.Part = cases.AnyPart
	}
	return s
}

// searchValues writes a search as it stands in an address.
func searchValues(s cases.Search) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"words": s.Words, "writer": s.Writer, "part": string(s.Part), "state": string(s.State), "standing": string(s.Standing),
		"kind": s.Kind, "channel": s.Channel, "topic": s.Topic, "district": s.District,
		"received_from": s.Received.From, "received_through": s.Received.Through,
		"due_from": s.Due.From, "due_through": s.Due.Through, "answered_from": s.Answered.From, "answered_through": s.Answered.Through,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if s.Department != 0 {
		q.Set("department", strconv.FormatInt(s.Department, 10))
	}
	if s.Hidden {
		q.Set("confidential", "yes")
	}
	return q
}

func searchHref(s cases.Search, page int) string {
	q := searchValues(s)
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return findPath
	}
	return findPath + "?" + q.Encode()
}

// findCases is the search. A whole number leads to its case at once.
func (s *Server) findCases(c echo.Context) error {
	asked := searchOf(c.QueryParams())
	return s.showFound(c, asked, pageOf(c), nil, "")
}

// seekWriter looks for the letters of a writer. What was typed is sent and not asked for by an address, which
// browsers and servers keep; the address gets a mark from which nothing can be read.
func (s *Server) seekWriter(c echo.Context) error {
	kept, err := url.ParseQuery(readable(c.FormValue("filter")))
	if err != nil {
		kept = nil // somebody's own form: without it the search is just wider
	}
	asked := searchOf(kept)
	typed := readable(c.FormValue("writer"))
	if asked.Writer, err = s.Desk.WriterMark(s.actor(c), typed); err != nil {
		return s.showFound(c, asked, 1, err, typed)
	}
	return c.Redirect(http.StatusSeeOther, searchHref(asked, 1))
}

func (s *Server) showFound(c echo.Context, asked cases.Search, page int, wrong error, who string) error {
	ctx, v, a := c.Request().Context(), visitOf(c), s.actor(c)
	found, err := s.Desk.Search(ctx, a, asked, page)
	if err != nil {
		return err
	}
	if _, _, number := cases.ParseNumber(asked.Words); number == nil && len(found.Hits) == 1 && wrong == nil && asked == (cases.Search{Words: asked.Words}) {
		return c.Redirect(http.StatusSeeOther, "/cases/"+found.Hits[0].Number())
	}
	view := findView{
		Words: asked.Words, Narrowed: asked != (cases.Search{}), Writer: asked.Writer, SeekWriters: cases.MaySeekWriters(a),
		Filter: searchValues(asked).Encode(), ExportHref: exportHref(searchHref(asked, 1)),
	}
	for i := range found.Hits {
		view.Rows = append(view.Rows, s.findRowOf(v, &found.Hits[i], found.Query))
	}
	view.Count, view.Pages = s.countFound(v.lang, asked, &found)
	if view.Fields, err = s.findFields(c, asked); err != nil {
		return err
	}
	bare := asked
	bare.Words, bare.Writer = "", ""
	view.Open = bare != (cases.Search{})
	bare = asked
	bare.Writer = ""
	view.ClearWriter = searchHref(bare, 1)
	view.WriterField = fieldView{
		Lang: v.lang, Name: "writer", Label: s.words.in(v.lang, "find.writer"), Hint: s.words.in(v.lang, "find.writer.hint"), Value: who, Autocomplete: "off", Width: "medium", Private: true,
	}
	p := Page{Path: searchHref(asked, found.Page), View: view}
	if wrong != nil {
		view.WriterField.Error = errs.Message(wrong, v.lang)
		p.View = view
		return s.redisplay(c, wrong, "find/search", p)
	}
	return s.render(c, http.StatusOK, "find/search", p)
}

func (s *Server) findRowOf(v *visit, h *cases.Hit, q search.Query) findRow {
	row := findRow{workRow: s.rowOf(v.lang, &h.Item, writersClock, v.now)}
	row.Found, row.Snippet = q.Mark(row.Title), q.Snippet(h.Text, snippetLength)
	row.Received = s.words.in(v.lang, "desk.received_on", wording.Date(h.ReceivedAt.Time, v.lang, s.loc))
	return row
}

// countFound says how many there are, as far as they were counted.
func (s *Server) countFound(lang errs.Lang, asked cases.Search, f *cases.Found) (string, pagesView) {
	pages := pagesView{Lang: lang}
	if f.Total == 0 {
		return s.words.in(lang, "find.none"), pages
	}
	if f.Page > 1 {
		pages.PrevHref = searchHref(asked, f.Page-1)
	}
	if f.Page*cases.FoundPage < f.Total {
		pages.NextHref = searchHref(asked, f.Page+1)
	}
	from := min((f.Page-1)*cases.FoundPage+1, f.Total)
	key := "find.count"
	if f.Over {
		key = "find.over"
	}
	return s.words.in(lang, key, from, from+len(f.Hits)-1, f.Total), pages
}

// findFields are what a search can be narrowed by.
func (s *Server) findFields(c echo.Context, asked cases.Search) ([]fieldView, error) {
	lang := visitOf(c).lang
	departments, err := s.departmentOptions(c, false)
	if err != nil {
		return nil, err
	}
	field := func(name, label, kind, value string, options ...option) fieldView {
		return fieldView{Lang: lang, Name: name, Label: s.words.in(lang, label), Type: kind, Value: value, Options: options}
	}
	all := option{Label: s.words.in(lang, "desk.all")}
	standings, states := []option{all}, []option{all}
	for _, standing := range cases.Standings {
		standings = append(standings, option{Value: string(standing), Label: s.words.in(lang, "find.standing."+string(standing))})
	}
	for _, state := range cases.States {
		states = append(states, option{Value: string(state), Label: s.words.in(lang, "state."+string(state))})
	}
	parts := []option{all}
	for _, part := range []cases.Part{cases.LeadPart, cases.AssistingPart} {
		parts = append(parts, option{Value: string(part), Label: s.words.in(lang, "find.part."+string(part))})
	}
	department := ""
	if asked.Department != 0 {
		department = strconv.FormatInt(asked.Department, 10)
	}
	hidden := ""
	if asked.Hidden {
		hidden = "yes"
	}
	return []fieldView{
		field("standing", "find.standing", "select", string(asked.Standing), standings...),
		field("state", "find.state", "select", string(asked.State), states...),
		field("department", "find.department", "select", department, departments...),
		field("part", "find.part", "select", string(asked.Part), parts...),
		field("kind", "case.kind", "select", asked.Kind, s.kindOptions(lang, true)...),
		field("channel", "case.channel", "select", asked.Channel, s.channelOptions(lang, true)...),
		field("topic", "find.topic", "text", asked.Topic),
		field("district", "find.district", "text", asked.District),
		field("received_from", "find.received_from", "date", asked.Received.From),
		field("received_through", "find.received_through", "date", asked.Received.Through),
		field("due_from", "find.due_from", "date", asked.Due.From),
		field("due_through", "find.due_through", "date", asked.Due.Through),
		field("answered_from", "find.answered_from", "date", asked.Answered.From),
		field("answered_through", "find.answered_through", "date", asked.Answered.Through),
		field("confidential", "find.confidential", "select", hidden, all, option{Value: "yes", Label: s.words.in(lang, "find.confidential.yes")}),
	}, nil
}
