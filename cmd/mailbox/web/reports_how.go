package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
	"mailbox/sla/report"
)

// howView says how the figures are made: from the code's own definitions, and with an example counted by it.
type howView struct {
	Tabs     []tabView // for the staff
	Sections []howSection
	Letters  tableView
	AsOf     string
	Steps    tableView // from counts to rates
	Days     partView
}

// howSection is the figures of one matter.
type howSection struct {
	ID, Title string
	Figures   []howFigure
}

// howFigure is one figure with its conditions, or what it divides by what.
type howFigure struct {
	Label, Key, Definition string
	Conditions             []string
	Part, Of               string
}

// howColumns are the counts that the example shows of each letter, howRates the rates that are made from them.
var (
	howColumns = []string{"valid", "answered", "due", "on_time", "rated", "satisfied"}
	howRates   = []string{"reply_rate", "on_time_rate", "participation", "satisfaction_rate", "resolution_rate"}
)

// howFigures is the page; everybody may know how a city counts.
func (s *Server) howFigures(c echo.Context) error {
	v := visitOf(c)
	view := &howView{Sections: s.definitions(v.lang)}
	if v.signedIn() {
		view.Tabs = s.reportTabs(c, reportFormOf(c, v.now.In(s.loc)), "how")
	}
	if err := s.example(c.Request().Context(), v.lang, view); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "report/how", Page{View: view})
}

// definitions are all figures with the conditions by which the engine counts them.
func (s *Server) definitions(lang errs.Lang) []howSection {
	sections := make([]howSection, 0, len(figureOrder))
	for _, part := range figureOrder {
		section := howSection{ID: strings.TrimPrefix(part.title, "report.section."), Title: s.words.in(lang, part.title)}
		for _, key := range part.figures {
			figure := howFigure{Key: key, Label: s.words.in(lang, "figure."+key), Definition: s.words.in(lang, "figure."+key+".how")}
			if above, below, ok := report.RateParts(key); ok {
				figure.Part, figure.Of = s.sumOf(lang, above), s.sumOf(lang, below)
			}
			for _, condition := range report.Conditions(key) {
				figure.Conditions = append(figure.Conditions, s.conditionWords(lang, condition))
			}
			section.Figures = append(section.Figures, figure)
		}
		sections = append(sections, section)
	}
	return sections
}

func (s *Server) sumOf(lang errs.Lang, keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.words.in(lang, "figure."+key)
	}
	return strings.Join(names, " + ")
}

// conditionWords is one condition as people say it.
func (s *Server) conditionWords(lang errs.Lang, c report.Condition) string {
	values := make([]string, len(c.In))
	for i, value := range c.In {
		values[i] = s.words.in(lang, judgementKey(c.On, value))
	}
	return s.words.in(lang, "report.group", s.words.in(lang, "judge."+c.On), strings.Join(values, s.words.in(lang, "judge.or")))
}

// judgementKey is where the words for a value of a judgement stand: all clocks have the same, and so has yes or no.
func judgementKey(on, value string) string {
	if strings.HasSuffix(on, "_clock") {
		return "judge.clock." + value
	}
	if s := "judge." + on + "." + value; !slices.Contains([]string{"answered", "provisional", "last_hour", "silent"}, on) {
		return s
	}
	return "judge." + value
}

// example counts eight invented letters as the city's own are counted, and shows every step.
func (s *Server) example(ctx context.Context, lang errs.Lang, view *howView) error {
	policy, err := s.Desk.PolicyFor("mailbox", "complaint")
	if err != nil {
		return err
	}
	k := s.Desk.Calendar()
	letters, received, asOf := exampleLetters(k, policy)
	judged, total, err := s.Report.Judge(ctx, letters, asOf)
	if err != nil {
		return err
	}
	view.AsOf = wording.DateTime(asOf, lang, s.loc)
	view.Letters = tableView{Caption: s.words.in(lang, "how.letters"), Layout: "cards", Columns: []tableColumn{{Label: s.words.in(lang, "how.letter")}}}
	for _, column := range []string{"how.received", "how.due", "how.answered"} {
		view.Letters.Columns = append(view.Letters.Columns, tableColumn{Label: s.words.in(lang, column), Numeric: true})
	}
	for _, key := range howColumns {
		view.Letters.Columns = append(view.Letters.Columns, tableColumn{Label: s.words.in(lang, "figure."+key), Numeric: true})
	}
	for i := range judged {
		l := &judged[i]
		cells := []tableCell{{Text: s.words.in(lang, "how.letter."+strconv.Itoa(i+1))}}
		for _, at := range []time.Time{received[i], l.DueAt, l.AnsweredAt} {
			text := report.None
			if !at.IsZero() {
				text = at.In(s.loc).Format("01-02 15:04:05")
			}
			cells = append(cells, tableCell{Text: text})
		}
		for _, key := range howColumns {
			word := "how.no"
			if l.Counts[key] {
				word = "how.yes"
			}
			cells = append(cells, tableCell{Text: s.words.in(lang, word)})
		}
		view.Letters.Rows = append(view.Letters.Rows, tableRow{Cells: cells})
	}
	sums := tableRow{Total: true, Cells: []tableCell{{Text: s.words.in(lang, "report.total")}, {}, {}, {}}}
	counts := figureCounts(&total)
	for _, key := range howColumns {
		sums.Cells = append(sums.Cells, tableCell{Text: strconv.FormatInt(counts[key], 10)})
	}
	view.Letters.Rows = append(view.Letters.Rows, sums)
	view.Steps = tableView{
		Caption: s.words.in(lang, "how.steps"), Layout: "cards", Columns: []tableColumn{
			{Label: s.words.in(lang, "report.figure")},
			{Label: s.words.in(lang, "how.division")},
			{Label: s.words.in(lang, "how.exact"), Numeric: true},
			{Label: s.words.in(lang, "how.printed"), Numeric: true},
		},
	}
	for _, key := range howRates {
		above, below, _ := report.RateParts(key)
		rate := figureRates(&total)[key]
		division := fmt.Sprintf("%s %d ÷ %s %d", s.sumOf(lang, above), rate.Part, s.sumOf(lang, below), rate.Of)
		view.Steps.Rows = append(view.Steps.Rows, tableRow{Cells: []tableCell{
			{Text: s.words.in(lang, "figure."+key)}, {Text: division}, {Text: quotient(rate.Part, rate.Of)}, {Text: rate.String() + " %"},
		}})
	}
	// The days before the Spring Festival of 2026 have everything: a weekend that is worked, one that is not, a holiday.
	at := time.Date(2026, time.February, 13, 10, 0, 0, 0, s.loc)
	view.Days = partView{
		Text: s.words.in(lang, "how.days", wording.DateTime(at, lang, s.loc), policy.AnswerDays),
		Days: s.daysOf(lang, sla.Part{Days: k.Explain(at, policy.AnswerDays, policy.Closing)}, dayWords{"day.received", "day.due"}),
	}
	return nil
}

// exampleLetters are eight letters to which everything happens that makes a difference, with when they came.
func exampleLetters(k *sla.Calendar, policy sla.Policy) (letters []report.Letter, received []time.Time, asOf time.Time) {
	came := time.Date(2026, time.March, 2, 10, 0, 0, 0, k.Location())
	due, _, _ := sla.Deadlines(k, policy, came)
	asOf = k.NextWorkingDay(sla.DateOf(due, k.Location())).Start(k.Location()).Add(12 * time.Hour)
	late := asOf.Add(-2 * time.Hour)
	lateDue, _, _ := sla.Deadlines(k, policy, late)
	letter := func(answered time.Time, grade int64) report.Letter {
		l := report.Letter{Validity: "valid", DueAt: due, AnsweredAt: answered, RepliedAt: answered, Grade: grade, RatingSource: "web"}
		if !answered.IsZero() {
			l.Days = int64(k.WorkingDays(came, answered))
		}
		return l
	}
	letters = []report.Letter{
		letter(due.Add(-2*time.Hour), 5), letter(due, 0), letter(due.Add(time.Second), 2), letter(time.Time{}, 0),
		letter(time.Time{}, 0), letter(time.Time{}, 0), letter(time.Time{}, 0), letter(due.Add(-20*time.Hour), 3),
	}
	letters[0].Answered, letters[0].Resolved, letters[2].Answered = true, true, true
	letters[4].DueAt = lateDue
	letters[5].Validity, letters[6].Validity = "invalid", "duplicate"
	for range letters {
		received = append(received, came)
	}
	received[4] = late
	return letters, received, asOf
}

// quotient is a division to six places, with dots where it goes on.
func quotient(part, of int64) string {
	if of == 0 {
		return report.None
	}
	const places = 1_000_000
	text := fmt.Sprintf("%d.%06d", part/of, part%of*places/of)
	if part%of*places%of != 0 {
		text += "…"
	}
	return text
}
