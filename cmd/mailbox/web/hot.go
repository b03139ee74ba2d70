package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// allReaders may open every case, and so the issues that are made of all of them.
var allReaders = staff(people.Clerk, people.Supervisor, people.Auditor)

// hotShown is how many issues the list holds: who must choose what to look into reads no further.
const hotShown = 50

// hotView is the list of issues.
type hotView struct {
	FoundAt string // when they were sought last; empty: not yet
	Issues  []hotIssueView
	Explain string
	Trends  string
}

// hotIssueView is one issue, in the list and on its own page.
type hotIssueView struct {
	Href, Title       string
	Trend             string // as the dictionary calls it: new growing steady fading
	TrendIcon         string
	TrendTone         string
	Place, Topic      string
	Counts            string // letters and writers
	Period            string // first to last letter
	Heat              string
	Spark             sparkView
	Facts             []factView // on its own page
	Rows              []workRow
	Pages             pagesView
	Empty, Explain    string
	JSONHref, HotHref string
}

// sparkView is a small drawing of a number a week, made here because the pages work without a script.
type sparkView struct {
	Text          string // the same in words
	Width, Height int
	Bars          []sparkBar
}

type sparkBar struct {
	X, Y, Width, Height int
	Now                 bool // of the running week
}

// hotIssueJSON is an issue for programs.
type hotIssueJSON struct {
	ID      int64     `json:"id"`
	Title   string    `json:"title"`
	Place   string    `json:"place"`
	Topic   string    `json:"topic"`
	Letters int64     `json:"letters"`
	Writers int64     `json:"writers"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Heat    float64   `json:"heat"`
	Trend   string    `json:"trend"`
	Weeks   []int     `json:"weeks"` // letters a week, the running week last
	Cases   []string  `json:"cases,omitempty"`
}

// hotIssues lists what many write about: new and growing matters first, then the hottest.
func (s *Server) hotIssues(c echo.Context) error {
	issues, foundAt, err := s.Desk.HotIssues(c.Request().Context(), s.actor(c), hotShown)
	if err != nil {
		return err
	}
	if wantsJSON(c) || c.QueryParam("format") == "json" {
		out := struct {
			FoundAt *time.Time     `json:"found_at"`
			Issues  []hotIssueJSON `json:"issues"`
		}{Issues: []hotIssueJSON{}}
		if !foundAt.IsZero() {
			at := foundAt.In(s.loc)
			out.FoundAt = &at
		}
		for i := range issues {
			out.Issues = append(out.Issues, s.hotJSON(&issues[i]))
		}
		return c.JSON(http.StatusOK, out)
	}
	lang := visitOf(c).lang
	view := hotView{Explain: s.heatExplained(lang), Trends: s.words.in(lang, "hot.trends.text", days(alike.Window))}
	if !foundAt.IsZero() {
		view.FoundAt = s.words.in(lang, "hot.found_at", wording.DateTime(foundAt, lang, s.loc))
	}
	for i := range issues {
		view.Issues = append(view.Issues, s.hotIssueView(lang, &issues[i]))
	}
	return s.render(c, http.StatusOK, "hot/list", Page{View: view})
}

// hotIssue shows one issue with its cases.
func (s *Server) hotIssue(c echo.Context) error {
	v := visitOf(c)
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return errs.NotFound("there is no such hot issue", "没有这个热点问题")
	}
	issue, items, err := s.Desk.HotIssue(c.Request().Context(), s.actor(c), cases.ID(id))
	if err != nil {
		return err
	}
	at := "/hot/" + strconv.FormatInt(int64(issue.ID), 10)
	if wantsJSON(c) || c.QueryParam("format") == "json" {
		out := s.hotJSON(issue)
		for i := range items {
			out.Cases = append(out.Cases, items[i].Number())
		}
		return c.JSON(http.StatusOK, out)
	}
	view := s.hotIssueView(v.lang, issue)
	view.Facts = s.hotFacts(v.lang, issue)
	view.Explain, view.Empty = s.heatExplained(v.lang), s.words.in(v.lang, "desk.empty.filtered")
	view.JSONHref, view.HotHref = at+"?format=json", "/hot"
	page := pageOf(c)
	from := min((page-1)*pageLength, len(items))
	for i := from; i < min(from+pageLength, len(items)); i++ {
		view.Rows = append(view.Rows, s.rowOf(v.lang, &items[i], writersClock, v.now))
	}
	view.Pages = s.pagesOf(v.lang, page, len(items), func(page int) string { return at + "?page=" + strconv.Itoa(page) })
	return s.render(c, http.StatusOK, "hot/issue", Page{View: view})
}

func (s *Server) hotJSON(i *cases.HotIssue) hotIssueJSON {
	return hotIssueJSON{
		ID: int64(i.ID), Title: i.Title, Place: i.Place, Topic: i.Topic, Letters: i.Letters, Writers: i.Writers,
		First: i.First.In(s.loc), Last: i.Last.In(s.loc), Heat: i.Heat, Trend: string(i.Trend), Weeks: i.Weeks,
	}
}

// heatExplained says how heat is reckoned, so that anybody can check it against the letters.
func (s *Server) heatExplained(lang errs.Lang) string {
	return s.words.in(lang, "hot.heat.text", strconv.FormatFloat(alike.FurtherLetter, 'f', -1, 64), days(alike.DefaultHeating.HalfLife))
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

func (s *Server) hotIssueView(lang errs.Lang, i *cases.HotIssue) hotIssueView {
	view := hotIssueView{
		Href: "/hot/" + strconv.FormatInt(int64(i.ID), 10), Title: s.titleOrNone(lang, i.Title), Place: i.Place, Topic: i.Topic,
		Trend: string(i.Trend), Heat: strconv.FormatFloat(i.Heat, 'f', 1, 64), Spark: s.sparkOf(lang, i.Weeks),
		Counts: s.words.in(lang, "hot.counts", i.Letters, i.Writers), Period: s.hotPeriod(lang, i),
	}
	switch i.Trend {
	case alike.New:
		view.TrendIcon, view.TrendTone = "star", "solid"
	case alike.Growing:
		view.TrendIcon, view.TrendTone = "rising", "warn"
	case alike.Steady:
		view.TrendIcon, view.TrendTone = "level", "info"
	case alike.Fading:
		view.TrendIcon, view.TrendTone = "falling", "quiet"
	}
	return view
}

// hotPeriod is one day or two.
func (s *Server) hotPeriod(lang errs.Lang, i *cases.HotIssue) string {
	first, last := i.First.In(s.loc).Format(time.DateOnly), i.Last.In(s.loc).Format(time.DateOnly)
	if first == last {
		return first
	}
	return s.words.in(lang, "hot.period", first, last)
}

func (s *Server) hotFacts(lang errs.Lang, i *cases.HotIssue) []factView {
	facts := []factView{
		{Key: s.words.in(lang, "hot.heat"), Value: strconv.FormatFloat(i.Heat, 'f', 1, 64)},
		{Key: s.words.in(lang, "hot.letters"), Value: strconv.FormatInt(i.Letters, 10)},
		{Key: s.words.in(lang, "hot.writers"), Value: strconv.FormatInt(i.Writers, 10), Note: s.words.in(lang, "hot.writers.how")},
		{Key: s.words.in(lang, "hot.first_last"), Value: s.hotPeriod(lang, i)},
	}
	if i.Place != "" {
		facts = append(facts, factView{Key: s.words.in(lang, "hot.place"), Value: i.Place})
	}
	if i.Topic != "" {
		facts = append(facts, factView{Key: s.words.in(lang, "hot.topic"), Value: i.Topic})
	}
	return facts
}

// The measures of a drawing, in its own units: a bar of six, a gap of two, a line for weeks without a letter.
const (
	sparkStep, sparkThick = 8, 6
	sparkTall, sparkNone  = 24, 1
)

// sparkOf draws letters a week, the running week last and marked.
func (s *Server) sparkOf(lang errs.Lang, weeks []int) sparkView {
	most, sum := 1, 0
	for _, n := range weeks {
		most, sum = max(most, n), sum+n
	}
	view := sparkView{Width: max(len(weeks), 1) * sparkStep, Height: sparkTall}
	for i, n := range weeks {
		height := sparkNone
		if n > 0 {
			height = max(n*sparkTall/most, 2*sparkNone) // a letter is never drawn as none
		}
		view.Bars = append(view.Bars, sparkBar{i * sparkStep, sparkTall - height, sparkThick, height, i == len(weeks)-1})
	}
	running := 0
	if len(weeks) > 0 {
		running = weeks[len(weeks)-1]
	}
	view.Text = s.words.in(lang, "hot.spark", len(weeks), sum, most, running)
	if sum == 0 {
		view.Text = s.words.in(lang, "hot.spark.none", len(weeks))
	}
	return view
}
