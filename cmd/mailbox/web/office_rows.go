package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// officeRow is what a row of the letters to screen has besides: the box that ticks it, why it came back, and where it
// is declined.
type officeRow struct {
	Number      string
	Label       string // of the box
	Posted      string // number, version and suggested department, as the form sends them
	Ticked      bool
	Focus       bool // where work goes on
	Returned    string
	Reason      string // of the return, in the department's words
	DeclineHref string
	Decline     string
}

// forOffice makes rows that the office can work through with the keyboard, and the form for many at once.
func (s *Server) forOffice(c echo.Context, view *deskView, items []cases.Item, rows []workRow, f deskFilter) error {
	if !s.actor(c).Is(people.Clerk) {
		return nil
	}
	lang := visitOf(c).lang
	var came []cases.ID
	for i := range items {
		if items[i].Returned {
			came = append(came, items[i].ID)
		}
	}
	returns, err := s.Desk.ReturnsOf(c.Request().Context(), s.actor(c), came)
	if err != nil {
		return err
	}
	for i := range items {
		one := &officeRow{
			Number:      rows[i].Number,
			Decline:     s.words.in(lang, "office.row.decline"),
			Label:       s.words.in(lang, "office.tick", rows[i].Number, rows[i].Title),
			Posted:      postedRow{items[i].Number(), items[i].Version, rows[i].Suggest.department()}.String(),
			DeclineHref: rows[i].Href + "?do=" + deedPath(people.Decline) + "#field-" + fieldName(people.Decline, "reason"),
		}
		if back, ok := returns[items[i].ID]; ok {
			one.Returned, one.Reason = s.words.in(lang, "office.returned", back.Department), back.Reason
		}
		rows[i].Office = one
	}
	view.Keys = s.officeKeys(lang)
	if err := s.addBatch(c, view, len(rows) > 0, f); err != nil {
		return err
	}
	if view.Batch != nil {
		view.Batch.Own = slices.ContainsFunc(rows, func(r workRow) bool { return r.Repeats != nil })
	}
	return nil
}

// officeKeys are what the letters of the keyboard do in the list of letters to screen.
func (s *Server) officeKeys(lang errs.Lang) []keyView {
	var keys []keyView
	for _, key := range []string{"y", "d", "x", "b", "z"} {
		keys = append(keys, keyView{key, s.words.in(lang, "office.key."+key)})
	}
	return keys
}

// department is the one that a press of the button routes to; 0 where no button stands.
func (r *rowSuggestion) department() int64 {
	if r == nil {
		return 0
	}
	return r.Department
}

// postedRow is a row as it was seen: whoever acts on it says which version, and to whom it was to go.
type postedRow struct {
	number    string
	seen      cases.Version
	suggested int64
}

func (r postedRow) String() string {
	return r.number + " " + strconv.FormatInt(int64(r.seen), 10) + " " + strconv.FormatInt(r.suggested, 10)
}

// postedRows reads the rows of a form in their order. What is none of ours is left out.
func postedRows(f form) []postedRow {
	var rows []postedRow
	for _, text := range f.values["row"] {
		parts := strings.Fields(text)
		if len(parts) != 3 || len(rows) == pageLength {
			continue
		}
		seen, err := strconv.ParseInt(parts[1], 10, 64)
		suggested, wrong := strconv.ParseInt(parts[2], 10, 64)
		if err == nil && wrong == nil && seen > 0 {
			rows = append(rows, postedRow{parts[0], cases.Version(seen), suggested})
		}
	}
	return rows
}
