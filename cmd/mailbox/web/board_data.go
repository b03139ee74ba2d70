package web

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// The kinds of rows in the open data.
const (
	scopeCity     = "city"
	scopeRanked   = "department"
	scopeFew      = "department_few"
	scopeUnrouted = "not_routed"
	scopeTopic    = "topic"
	scopeOther    = "topic_other"
)

var boardScopes = []string{scopeCity, scopeRanked, scopeFew, scopeUnrouted, scopeTopic, scopeOther}

// openColumns are the figures that a row of the CSV may have; docs/opendata.md describes them. Names never
// change; new columns come at the end.
var openColumns = func() []string {
	columns := slices.Clone(boardTotals)
	for _, key := range boardDepartment {
		if !slices.Contains(columns, key) {
			columns = append(columns, key)
		}
	}
	return columns
}()

// openVersion is that of the open data: it rises when a name goes or changes its meaning, not when one is added.
const openVersion = 1

// boardSchema describes both files of the board; a test holds them to it.
//
//go:embed opendata/board.schema.json
var boardSchema []byte

// openSchemaPath is where the description stands.
const openSchemaPath = "/opendata/board.schema.json"

// showBoardSchema gives the description of the open data, the same for everybody.
func (s *Server) showBoardSchema(c echo.Context) error {
	if h := c.Response().Header(); h.Get(echo.HeaderSetCookie) == "" {
		h.Set(echo.HeaderCacheControl, "public, max-age=3600")
	}
	return c.Blob(http.StatusOK, "application/schema+json", boardSchema)
}

// openObject is a JSON object that keeps its order.
type openObject []openMember

type openMember struct {
	Key   string
	Value any
}

// MarshalJSON writes the members in their order.
func (o openObject) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for i, member := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		key, err := json.Marshal(member.Key)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", member.Key, err)
		}
		value, err := json.Marshal(member.Value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", member.Key, err)
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// openFigures are the figures of a row: counts as numbers, rates as decimal strings, null for none.
func openFigures(f *report.Figures, keys []string) openObject {
	counts, rates, days := figureCounts(f), figureRates(f), figureDays(f)
	var o openObject
	for _, key := range keys {
		var value any = days[key]
		if n, ok := counts[key]; ok {
			value = n
		} else if r, ok := rates[key]; ok {
			value = r
		}
		o = append(o, openMember{key, value})
	}
	return o
}

// openDepartment are a department's figures, without what would give a rating away.
func openDepartment(f *report.Figures) openObject {
	o := openFigures(f, boardDepartment)
	for i := range o {
		if withheld(f, o[i].Key) {
			o[i].Value = nil
		}
	}
	return o
}

// boardFile makes a handler of a file of the board. Everybody gets the same, so caches on the way may keep
// it for the minute for which we do; but not if it carries somebody's cookie.
func (s *Server) boardFile(kind, ending string, write func(io.Writer, *publicBoard) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		month, span, status, err := s.askedMonth(c)
		if err != nil {
			return err
		}
		if status != 0 {
			return s.showNoBoard(c, status, span)
		}
		b, err := s.boardOf(c.Request().Context(), span, month, visitOf(c).now)
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if err := write(&body, b); err != nil {
			return err
		}
		keepForAMinute(c)
		h := c.Response().Header()
		h.Set("Link", "<"+openSchemaPath+`>; rel="describedby"; type="application/schema+json"`)
		h.Set(echo.HeaderContentDisposition, `attachment; filename="board-`+monthKey(month)+"."+ending+`"`)
		return c.Blob(http.StatusOK, kind+"; charset=utf-8", body.Bytes())
	}
}

func (s *Server) boardCSV(c echo.Context) error {
	return s.boardFile("text/csv", "csv", writeBoardCSV)(c)
}

func (s *Server) boardJSON(c echo.Context) error {
	return s.boardFile(echo.MIMEApplicationJSON, "json", s.writeBoardJSON)(c)
}

// writeBoardCSV writes one table with a row for each month of the city, department and topic. A figure that a
// kind of row does not have, or that has no value, is an empty cell.
func writeBoardCSV(w io.Writer, b *publicBoard) error {
	// Without the byte order mark a Chinese Excel shows nonsense.
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("write board: %w", err)
	}
	asOf := b.City.AsOf.Format(time.RFC3339)
	lines := [][]string{append([]string{"month", "as_of", "scope", "name"}, openColumns...)}
	add := func(month, scope, name string, o openObject) {
		line := []string{month, asOf, scope, report.Harmless(name)}
		for _, key := range openColumns {
			line = append(line, openCell(o, key))
		}
		lines = append(lines, line)
	}
	month := monthKey(b.Month)
	for i := range b.Months {
		add(b.Months[i].GroupID, scopeCity, "", openFigures(&b.Months[i], boardTotals))
	}
	for i := range b.Ranked {
		add(month, scopeRanked, b.Ranked[i].Group, openDepartment(&b.Ranked[i]))
	}
	for i := range b.Few {
		add(month, scopeFew, b.Few[i].Group, openDepartment(&b.Few[i]))
	}
	if b.Unrouted != nil {
		add(month, scopeUnrouted, "", openFigures(b.Unrouted, []string{"valid"}))
	}
	for _, topic := range b.Topics {
		add(month, scopeTopic, topic.Name, openObject{{"received", topic.Letters}})
	}
	if b.Other > 0 {
		add(month, scopeOther, "", openObject{{"received", b.Other}})
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write board: %w", err)
	}
	return nil
}

// openCell is a figure as text, as in the JSON but without quotes; empty for null and for what is not there.
func openCell(o openObject, key string) string {
	i := slices.IndexFunc(o, func(m openMember) bool { return m.Key == key })
	if i < 0 {
		return ""
	}
	raw, err := json.Marshal(o[i].Value)
	if err != nil || string(raw) == "null" {
		return "" // numbers and rates can always be written
	}
	return strings.Trim(string(raw), `"`)
}

// openBoard is the board for programs.
type openBoard struct {
	Version        int            `json:"version"`
	City           string         `json:"city"`
	Month          string         `json:"month"`
	AsOf           report.Moment  `json:"as_of"`
	Complete       bool           `json:"complete"`
	Minimum        int            `json:"minimum"`
	Figures        openObject     `json:"figures"`
	PreviousPeriod *report.Period `json:"previous_period"`
	Points         openObject     `json:"points_on_previous"`
	Months         []openObject   `json:"months"`
	Departments    []openObject   `json:"departments"`
	NotRouted      int64          `json:"not_routed"`
	Topics         []openObject   `json:"topics"`
	OtherTopics    int64          `json:"other_topics"`
	Definitions    openObject     `json:"definitions"`
}

// writeBoardJSON writes the board, the same in every language; definitions are in both.
func (s *Server) writeBoardJSON(w io.Writer, b *publicBoard) error {
	total := &b.City.Total
	out := openBoard{
		Version: openVersion, City: s.City, Month: monthKey(b.Month), AsOf: b.City.AsOf, Complete: b.Complete, Minimum: boardMinimum,
		Figures: openFigures(total, boardTotals), PreviousPeriod: b.City.Previous, Points: openPoints(total.Previous),
		Months: []openObject{}, Departments: []openObject{}, Topics: []openObject{}, OtherTopics: b.Other,
	}
	for i := range b.Months {
		out.Months = append(out.Months, append(openObject{{"month", b.Months[i].GroupID}}, openFigures(&b.Months[i], boardTotals)...))
	}
	for i, f := range slices.Concat(b.Ranked, b.Few) {
		out.Departments = append(out.Departments, append(openObject{{"name", f.Group}, {"ranked", i < len(b.Ranked)}}, openDepartment(&f)...))
	}
	if b.Unrouted != nil {
		out.NotRouted = b.Unrouted.Valid
	}
	for _, topic := range b.Topics {
		out.Topics = append(out.Topics, openObject{{"name", topic.Name}, {"received", topic.Letters}})
	}
	for _, key := range openColumns {
		out.Definitions = append(out.Definitions, openMember{key, openObject{
			{"zh", s.words.in(errs.ZH, "figure."+key) + "：" + s.words.in(errs.ZH, "figure."+key+".how")},
			{"en", s.words.in(errs.EN, "figure."+key) + ": " + s.words.in(errs.EN, "figure."+key+".how")},
		}})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("write board: %w", err)
	}
	return nil
}

// openPoints are the differences to the period before in percentage points; nil where there is none.
func openPoints(c *report.Comparison) openObject {
	if c == nil {
		return nil
	}
	return openObject{
		{"reply_rate", c.ReplyRate},
		{"on_time_rate", c.OnTimeRate},
		{"participation", c.Participation},
		{"satisfaction_rate", c.SatisfactionRate},
		{"resolution_rate", c.ResolutionRate},
	}
}
