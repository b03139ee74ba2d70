package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// changedShown is how many changed letters stand on the page itself; the lists behind the figures have all.
const changedShown = 30

// closingView is a closing beside today's figures.
type closingView struct {
	Title       string
	Wrong       string // why it is not to be believed; "" when it is genuine
	Facts       []factView
	Summary     string // how many letters count differently today
	Changed     bool
	Stats       []statView
	Letters     []changedLetter
	More        string // of the changed letters not shown
	Departments tableView
	Figures     tableView
	JSONHref    string // "" for those who may not see all cases
	CorrectHref string // for supervision, of the latest closing of the period
}

// changedLetter is a letter that counts differently today, and how.
type changedLetter struct {
	Number, Href string
	Changes      []string
}

// closing shows a closing: what was published, what it would be today, and which letters make the difference.
func (s *Server) closing(c echo.Context) error {
	v := visitOf(c)
	k, err := s.closingOf(c)
	if err != nil {
		return err
	}
	now, before, after, err := s.book.Today(c.Request().Context(), k)
	if err != nil {
		return err
	}
	then, total := report.Counted(before)
	today, totalToday := report.Counted(after)
	changes := report.Changes(before, after, true)
	letters := s.changedOf(v.lang, k, changes, report.Changes(before, after, false))

	view := closingView{Title: s.words.in(v.lang, "report.period", k.FromDay, throughOf(k.Period())), Facts: s.closingFacts(v.lang, k), Changed: len(letters) > 0}
	if k.Wrong != nil {
		view.Wrong = errs.Message(k.Wrong, v.lang)
	}
	at := wording.DateTime(now, v.lang, s.loc)
	view.Summary = s.words.in(v.lang, "closing.unchanged", at)
	if view.Changed {
		view.Summary = s.words.in(v.lang, "closing.changed", at, len(letters))
	}
	for _, key := range []string{"reply_rate", "on_time_rate", "satisfaction_rate"} {
		view.Stats = append(view.Stats, s.closingStat(v.lang, key, &total, &totalToday))
	}
	if view.Letters, err = s.changedLetters(c, letters); err != nil {
		return err
	}
	if more := len(letters) - len(view.Letters); more > 0 {
		view.More = s.words.in(v.lang, "closing.more", more)
	}
	view.Departments = s.closingDepartments(v.lang, k, then, today)
	view.Figures = s.closingFigures(v.lang, k, before, after, changes)
	if allReaders.admits(v) {
		view.JSONHref = closingPath(k.ID) + "/json"
	}
	if supervision.admits(v) && k.FollowedBy == 0 {
		view.CorrectHref = closingsPath + "/new?from=" + k.FromDay + "&through=" + throughOf(k.Period()) + "&follows=" + strconv.FormatInt(k.ID, 10)
	}
	return s.render(c, http.StatusOK, "closing/closing", Page{View: view})
}

func (s *Server) closingFacts(lang errs.Lang, k *report.Kept) []factView {
	facts := []factView{
		{Key: s.words.in(lang, "closing.as_of"), Value: wording.DateTime(k.AsOf.Time, lang, s.loc)},
		{Key: s.words.in(lang, "closing.by"), Value: k.Name, Note: wording.DateTime(k.At.Time, lang, s.loc)},
	}
	if k.Remark != "" {
		facts = append(facts, factView{Key: s.words.in(lang, "closing.remark"), Value: k.Remark})
	}
	if k.FollowsID != 0 {
		facts = append(facts, factView{Key: s.words.in(lang, "closing.corrects"), Value: s.words.in(lang, "closing.number", k.FollowsID), Href: closingPath(k.FollowsID)})
	}
	if k.FollowedBy != 0 {
		facts = append(facts, factView{Key: s.words.in(lang, "closing.corrected"), Value: s.words.in(lang, "closing.number", k.FollowedBy), Href: closingPath(k.FollowedBy)})
	}
	return append(facts, factView{Key: s.words.in(lang, "closing.digest"), Value: k.Digest}, factView{Key: s.words.in(lang, "closing.key"), Value: k.KeyID})
}

// closingStat is a published rate, with what it would be today.
func (s *Server) closingStat(lang errs.Lang, key string, then, today *report.Figures) statView {
	was, is := figureRates(then)[key], figureRates(today)[key]
	view := statView{Label: s.words.in(lang, "figure."+key), Value: was.String(), Counts: s.words.in(lang, "report.of", was.Part, was.Of), Definition: s.words.in(lang, "figure."+key+".how")}
	if view.Value != report.None {
		view.Unit = s.words.in(lang, "percent")
	}
	change := changeView{Direction: "same", Text: s.words.in(lang, "closing.same")}
	if was != is {
		change.Text = s.words.in(lang, "closing.today_is", withPercent(is), is.Part, is.Of)
		switch points := is.Minus(was).String(); {
		case strings.HasPrefix(points, "+"):
			change.Direction, change.Better = "up", true
		case strings.HasPrefix(points, "-"):
			change.Direction, change.Worse = "down", true
		}
	}
	view.Changes = []changeView{change}
	return view
}

func withPercent(r report.Rate) string {
	if text := r.String(); text != report.None {
		return text + " %"
	}
	return report.None
}

// changedOf says of each letter that counts differently how it does, in words.
func (s *Server) changedOf(lang errs.Lang, k *report.Kept, total, byGroup []report.Change) map[int64][]string {
	type parts struct{ entered, left, from, to []string }
	all := map[int64]*parts{}
	of := func(id int64) *parts {
		if all[id] == nil {
			all[id] = &parts{}
		}
		return all[id]
	}
	for _, change := range total {
		for _, id := range change.Entered {
			of(id).entered = append(of(id).entered, s.lotWord(lang, change.Figure))
		}
		for _, id := range change.Left {
			of(id).left = append(of(id).left, s.lotWord(lang, change.Figure))
		}
	}
	for _, change := range byGroup {
		if change.Figure != "received" && report.ReworkOf(change.Figure) == "" {
			continue // every letter that moves to another department leaves and enters received
		}
		for _, id := range change.Entered {
			of(id).to = append(of(id).to, s.lotGroup(lang, k, change.Group))
		}
		for _, id := range change.Left {
			of(id).from = append(of(id).from, s.lotGroup(lang, k, change.Group))
		}
	}
	and := s.words.in(lang, "closing.and")
	said := make(map[int64][]string, len(all))
	for id, p := range all {
		var lines []string
		if len(p.from) > 0 && len(p.to) > 0 {
			lines = append(lines, s.words.in(lang, "closing.moved", p.from[0], p.to[0]))
		}
		if len(p.entered) > 0 {
			lines = append(lines, s.words.in(lang, "closing.entered", strings.Join(p.entered, and)))
		}
		if len(p.left) > 0 {
			lines = append(lines, s.words.in(lang, "closing.left", strings.Join(p.left, and)))
		}
		said[id] = lines
	}
	return said
}

// changedLetters are the first of the changed letters that the reader may open: an administrator opens none.
func (s *Server) changedLetters(c echo.Context, changed map[int64][]string) ([]changedLetter, error) {
	if !readers.admits(visitOf(c)) {
		return nil, nil
	}
	ids := slices.Sorted(maps.Keys(changed))
	var shown []changedLetter
	for some := range slices.Chunk(ids, pageLength) {
		items, err := s.Desk.Items(c.Request().Context(), s.actor(c), caseIDs(some))
		if err != nil {
			return nil, err
		}
		for i := range items {
			if len(shown) == changedShown {
				return shown, nil
			}
			shown = append(shown, changedLetter{items[i].Number(), "/cases/" + items[i].Number(), changed[int64(items[i].ID)]})
		}
	}
	return shown, nil
}

// closingDepartments is the league table as published, with the rates of today.
func (s *Server) closingDepartments(lang errs.Lang, k *report.Kept, then, today map[string]report.Figures) tableView {
	table := tableView{Caption: s.words.in(lang, "closing.departments"), Layout: "cards", Columns: []tableColumn{{Label: s.words.in(lang, "report.by.department")}}}
	counts := []string{"valid", "answered", "due", "on_time"}
	rates := []string{"reply_rate", "on_time_rate", "satisfaction_rate"}
	for _, key := range slices.Concat(counts, rates) {
		table.Columns = append(table.Columns, tableColumn{Label: s.words.in(lang, "figure."+key), Numeric: true})
	}
	ids := slices.Sorted(maps.Keys(then))
	for _, id := range slices.Sorted(maps.Keys(today)) {
		if _, known := then[id]; !known {
			ids = append(ids, id) // had no letter then
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return int(then[b].Valid - then[a].Valid) })
	for _, id := range ids {
		was, is := then[id], today[id]
		row := tableRow{Cells: []tableCell{{Text: s.lotGroup(lang, k, id)}}}
		for _, key := range counts {
			cell := tableCell{Text: strconv.FormatInt(figureCounts(&was)[key], 10)}
			if figureCounts(&was)[key] > 0 {
				cell.Href = closingListHref(k.ID, key, id, "")
			}
			if n := figureCounts(&is)[key]; n != figureCounts(&was)[key] {
				cell.Note = s.words.in(lang, "closing.now", strconv.FormatInt(n, 10))
			}
			row.Cells = append(row.Cells, cell)
		}
		for _, key := range rates {
			cell := tableCell{Text: withPercent(figureRates(&was)[key])}
			if text := withPercent(figureRates(&is)[key]); text != cell.Text {
				cell.Note = s.words.in(lang, "closing.now", text)
			}
			row.Cells = append(row.Cells, cell)
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// closingFigures is every figure as published and today, and how many letters it gained and lost; each leads to its list.
func (s *Server) closingFigures(lang errs.Lang, k *report.Kept, before, after []report.Lot, changes []report.Change) tableView {
	table := tableView{Caption: s.words.in(lang, "closing.figures"), Layout: "cards", Columns: []tableColumn{
		{Label: s.words.in(lang, "report.figure")},
		{Label: s.words.in(lang, "closing.published"), Numeric: true},
		{Label: s.words.in(lang, "closing.today"), Numeric: true},
		{Label: s.words.in(lang, "closing.column.entered"), Numeric: true},
		{Label: s.words.in(lang, "closing.column.left"), Numeric: true},
	}}
	changed := map[string]report.Change{}
	for _, change := range changes {
		changed[change.Figure] = change
	}
	row := func(label, figure, was, is string, n int64) {
		cells := []tableCell{{Text: label}, {Text: was}, {Text: is}, {}, {}}
		if n > 0 {
			cells[1].Href = closingListHref(k.ID, figure, "", "")
		}
		for i, list := range map[int]struct {
			ids    []int64
			change string
		}{3: {changed[figure].Entered, "entered"}, 4: {changed[figure].Left, "left"}} {
			if len(list.ids) > 0 {
				cells[i] = tableCell{Text: strconv.Itoa(len(list.ids)), Href: closingListHref(k.ID, figure, "", list.change)}
			}
		}
		table.Rows = append(table.Rows, tableRow{Cells: cells})
	}
	_, then := report.Counted(before)
	_, today := report.Counted(after)
	for _, part := range figureOrder {
		for _, key := range part.figures {
			if k.Says.SilenceDays == 0 && (key == "silent" || key == "satisfaction_with_silence") {
				continue
			}
			was, rate := figureText(&then, key)
			is, _ := figureText(&today, key)
			if rate {
				was, is = withPercent(figureRates(&then)[key]), withPercent(figureRates(&today)[key])
			}
			row(s.words.in(lang, "figure."+key), key, was, is, figureCounts(&then)[key])
		}
	}
	was, is := otherCounts(before), otherCounts(after)
	var names []string
	for _, kind := range cases.Conducts {
		names = append(names, report.ConductFigure(kind))
	}
	for _, name := range report.ReworkNames() {
		names = append(names, report.ReworkFigure(name))
	}
	for _, name := range names {
		if was[name]+is[name] > 0 {
			row(s.lotWord(lang, name), name, strconv.FormatInt(was[name], 10), strconv.FormatInt(is[name], 10), was[name])
		}
	}
	return table
}

// otherCounts adds up conduct and reworks.
func otherCounts(lots []report.Lot) map[string]int64 {
	n := map[string]int64{}
	for _, lot := range lots {
		for _, name := range lot.Figures {
			if report.ConductOf(name) != "" || report.ReworkOf(name) != "" {
				n[name] += int64(len(lot.Cases))
			}
		}
	}
	return n
}
