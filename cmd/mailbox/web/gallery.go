package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/search"
)

// galleryView is every component in every state.
type galleryView struct {
	Word, Text, Long string
	Tones, States    []string
	Flags            []string
	Fields           []fieldView
	Errors           []FieldError
	Rows             []workRow
	Steps            []galleryStep
	Days             []dayView
	Parts            []partView
	Stats            []statView
	Chart            chartView
	Tables           []tableView
	Tabs             []tabView
	Pages            pagesView
	Pairs            []factView
	Facts            []factView
	Code             qrView
	Found            []search.Part
	Files            []attachment
	Kinds            []galleryButton
	When             time.Time
}

type galleryStep struct {
	State, Icon, Title, Who, Text string
	At                            *time.Time
}

type galleryButton struct{ Kind, Icon string }

// galleryFlags are what "flag" knows.
var galleryFlags = []string{
	"overdue", "due_today", "provisional", "confidential", "instruction", "waiting", "extended", "returned", "rework", "published", "yellow_card", "red_card", "discontent", "missed", "failed", "under_way", "well", "never",
}

// gallery shows the components to those who build pages. Only an invented city has it.
func (s *Server) gallery(c echo.Context) error {
	if !s.Demo {
		return echo.ErrNotFound
	}
	lang := visitOf(c).lang
	word, text := s.words.in(lang, "gallery.word"), s.words.in(lang, "gallery.text")
	at := visitOf(c).now.In(s.loc)
	code, err := qrOf(s.publicAddress("/track"))
	if err != nil {
		return err
	}
	view := galleryView{
		Word: word, Text: text, Long: strings.Repeat(text, 6), Tones: []string{"info", "good", "warn", "bad", "instruction"}, Flags: galleryFlags,
		Fields: s.galleryFields(lang, word, text), Errors: []FieldError{{"gallery-wrong", text}, {"", text}}, Code: code, When: at,
		Kinds: []galleryButton{{"primary", "check"}, {"", "print"}, {"danger", "cross"}},
		Found: search.Parse(word).Mark(text + word + text), Pairs: []factView{{Key: word, Value: "20261123-0042-7"}},
		Facts: []factView{{Key: word, Value: text}, {Key: word, Value: word, Href: "#main", Note: text, ActionHref: "#main", Action: word}},
		Files: []attachment{{Href: "#main", Name: word + ".pdf", Size: "1 MB"}, {Href: "#main", Name: word + ".jpg", Size: "2 MB", Image: true}},
		Pages: pagesView{Lang: lang, PrevHref: "#main", NextHref: "#main", Text: text, Items: []pageLink{{"1", "#main", false}, {"2", "#main", true}, {"…", "", false}}},
		Tabs:  []tabView{{Href: "#main", Label: word, Count: 12, Current: true}, {Href: "#main", Label: text}},
	}
	for _, state := range cases.States {
		view.States = append(view.States, string(state))
	}
	earlier := at.AddDate(0, 0, -1)
	view.Steps = []galleryStep{{"next", "clock", word, "", text, nil}, {"now", "building", word, word, "", &at}, {"done", "letter", word, "", text, &earlier}}
	view.Rows, view.Days = s.galleryRows(lang, word, text, at), galleryDays(word, at)
	view.Parts = []partView{{Title: word, Text: text, Quote: text, Days: view.Days}, {Text: text}}
	view.Stats = []statView{
		{Label: word, Value: "85.81", Unit: "%", Href: "#main", Parts: []statPart{{word, "641", "#main"}, {word, "747", ""}}, Trend: galleryTrend(text), Definition: text, Changes: []changeView{
			{Direction: "up", Text: "5.41", Better: true}, {Direction: "down", Text: "5.41", Worse: true}, {Direction: "same", Text: "0.00"},
		}},
		{Label: word, Value: "—", Counts: "0 / 0"},
	}
	view.Chart = newChart("gallery", word, 3)
	view.Chart.Text = text
	view.Chart.bars([]int64{312, 0, 96}, 2, true)
	view.Chart.Shades = []chartShade{{chartLeft, chartTop, chartStep, chartTall}}
	for _, layout := range []string{"scroll", "cards"} {
		table := tableView{Caption: layout, Layout: layout, Empty: text, Columns: []tableColumn{{Label: word, SortHref: "#main", Sorted: "ascending"}, {Label: "%", Numeric: true, SortHref: "#main"}}}
		view.Tables = append(view.Tables, table)
		table.Caption += " 2"
		table.Rows = []tableRow{
			{Cells: []tableCell{{Text: word, Href: "#main", Note: text, Bar: 60}, {Text: "98.20"}}},
			{Cells: []tableCell{{Text: word, Level: 1}, {Text: "2"}}},
			{Total: true, Cells: []tableCell{{Text: word}, {Text: "100.00"}}},
		}
		view.Tables = append(view.Tables, table)
	}
	return s.render(c, http.StatusOK, "gallery/gallery", Page{View: view})
}

// galleryFields are fields of every type, plain and with everything a field can have.
func (s *Server) galleryFields(lang errs.Lang, word, text string) []fieldView {
	options := []option{{Value: "1", Label: word, Hint: text}, {Value: "2", Label: text, Checked: true}}
	var fields []fieldView
	for _, kind := range []string{"text", "email", "tel", "number", "date", "search", "password", "file", "textarea", "select", "radios", "checkboxes"} {
		// Nothing is to be filled in by the browser; without that word it complains of the field before a password.
		fields = append(fields, fieldView{Lang: lang, Name: "gallery-" + kind, Label: kind + " " + word, Type: kind, Options: options, Inline: kind == "radios", Autocomplete: "off"})
	}
	full := fieldView{Lang: lang, Name: "gallery-wrong", Label: word, Hint: text, Error: text, Value: word, Max: 20, Optional: true, Width: "medium"}
	fields = append(fields, full)
	full.Name, full.Type, full.Rows = "gallery-wrong-area", "textarea", 3
	fields = append(fields, full)
	full.Name, full.Type, full.Options, full.Max = "gallery-wrong-choice", "radios", options, 0
	return append(fields, full)
}

// galleryRows are cases of every urgency, and what the office and supervision have in a row.
func (s *Server) galleryRows(lang errs.Lang, word, text string, at time.Time) []workRow {
	var rows []workRow
	for i, urgency := range []string{"overdue", "today", "soon", "later"} {
		due := at.Add(time.Duration(48*i-24) * time.Hour)
		rows = append(rows, workRow{
			Href: "#main", Number: "20261123-000" + string(rune('0'+i)) + "-7", Title: text, Urgency: urgency, Due: &due, Left: s.left(lang, due, at), Spent: 100 - 30*i,
			Kind: word, Department: word, State: string(cases.States[i]), Flags: galleryFlags[i : i+3],
		})
	}
	rows[1].Note, rows[1].Repeats = text, &factView{Key: word, Value: "20261123-0042-7", Href: "#main"}
	rows[2].Office = &officeRow{Number: rows[2].Number, Label: text, Posted: "1", Ticked: true, Returned: word, Reason: text, DeclineHref: "#main", Decline: word}
	return append(rows, workRow{Href: "#main", Number: "20261123-0009-7", Title: s.words.in(lang, "desk.untitled"), Urgency: "later", Left: word})
}

// galleryDays are days of every sort.
func galleryDays(word string, at time.Time) []dayView {
	on := func(n int) time.Time { return at.AddDate(0, 0, n) }
	return []dayView{
		{Date: on(0), State: "received"},
		{Date: on(1), State: "off", Note: word},
		{Date: on(2), State: "counted", N: 1, Adjusted: true},
		{Date: on(3), State: "counted", N: 2, Due: true},
		{Date: on(4), State: "counted", N: 3, Word: word, DueWord: word},
	}
}

// galleryTrend is twelve months with one missing.
func galleryTrend(text string) *trendView {
	var values []reading
	for i := range int64(12) {
		values = append(values, reading{n: 80_00 + i*i*10, known: i != 4})
	}
	view := trend(values, 80_00, 100_00)
	view.Text = text
	return view
}
