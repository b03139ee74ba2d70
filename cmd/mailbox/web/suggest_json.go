package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/people"
	"mailbox/cases/routing"
)

// suggestionJSON is for programs what the page of a case says about who might answer and what it may repeat.
type suggestionJSON struct {
	Number       string           `json:"number"`
	ModelVersion int64            `json:"model_version"` // 0: nothing is learned, rules and names speak alone
	TopicVersion int64            `json:"topic_version"`
	Departments  []departmentJSON `json:"departments"`
	Topics       []topicJSON      `json:"topics"`
	Similar      []similarJSON    `json:"similar"`
}

type departmentJSON struct {
	ID          int64        `json:"id"`
	Name        string       `json:"name"`
	Probability *float64     `json:"probability"` // null while nothing is learned
	Returned    bool         `json:"returned"`
	Named       bool         `json:"named"`
	Reasons     []reasonJSON `json:"reasons"`
	Like        []likeJSON   `json:"like"`
}

type reasonJSON struct {
	Kind   string     `json:"kind"`
	Text   string     `json:"text"`
	Rule   int        `json:"rule,omitempty"` // its line
	Weight float64    `json:"weight"`
	Spans  []spanJSON `json:"spans"`
}

// spanJSON is a place in bytes, half open.
type spanJSON struct {
	Field string `json:"field"`
	From  int    `json:"from"`
	To    int    `json:"to"`
}

type likeJSON struct {
	Number   string  `json:"number"`
	Title    string  `json:"title"`
	Likeness float64 `json:"likeness"`
}

type topicJSON struct {
	Topic       string       `json:"topic"`
	Probability float64      `json:"probability"`
	Reasons     []reasonJSON `json:"reasons"`
}

type similarJSON struct {
	Number     string       `json:"number"`
	Title      string       `json:"title"`
	Grade      alike.Grade  `json:"grade"`
	Similarity float64      `json:"similarity"`
	State      cases.State  `json:"state"`
	Department string       `json:"department"`
	ReceivedAt time.Time    `json:"received_at"`
	Writer     string       `json:"writer"` // "same", "another"; "" where that is not said
	Words      []alike.Word `json:"words"`
	Through    string       `json:"through,omitempty"`
}

// showSuggestion gives as data, for those who decide it, who might answer a letter, and for those who may merge cases
// what it may repeat.
func (s *Server) showSuggestion(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	found, err := s.Desk.Suggest(c.Request().Context(), s.actor(c), v.ID)
	if err != nil {
		return err
	}
	out := suggestionJSON{
		Number: v.Number(), ModelVersion: found.ModelVersion, TopicVersion: found.TopicVersion,
		Departments: []departmentJSON{}, Topics: []topicJSON{}, Similar: []similarJSON{},
	}
	for _, d := range found.Departments {
		out.Departments = append(out.Departments, departmentOf(d))
	}
	for _, t := range found.Topics {
		out.Topics = append(out.Topics, topicJSON{t.Topic, t.Probability, reasonsOf(t.Reasons)})
	}
	if _, err := s.actor(c).Permit(people.Merge, subjectOf(v)); err != nil {
		return c.JSON(http.StatusOK, out)
	}
	similar, err := s.Desk.Similar(c.Request().Context(), s.actor(c), v.ID, repeatsShown)
	if err != nil {
		return err
	}
	for i := range similar {
		a := &similar[i]
		one := similarJSON{
			Number: a.Number, Title: a.Title, Grade: a.Grade, Similarity: a.Similarity, State: a.State, Department: a.Lead,
			ReceivedAt: a.ReceivedAt.In(s.loc), Writer: string(a.Writer), Words: a.Words, Through: a.Through,
		}
		if one.Words == nil {
			one.Words = []alike.Word{}
		}
		out.Similar = append(out.Similar, one)
	}
	return c.JSON(http.StatusOK, out)
}

func departmentOf(d cases.Suggested) departmentJSON {
	one := departmentJSON{ID: d.Department, Name: d.Name, Returned: d.Returned, Named: d.Named, Reasons: reasonsOf(d.Reasons), Like: []likeJSON{}}
	if d.Probability > 0 {
		one.Probability = &d.Probability
	}
	for _, l := range d.Like {
		one.Like = append(one.Like, likeJSON{l.Number, l.Title, l.Likeness})
	}
	return one
}

func reasonsOf(reasons []routing.Reason) []reasonJSON {
	all := make([]reasonJSON, len(reasons))
	for i, r := range reasons {
		all[i] = reasonJSON{r.Kind, r.Text, r.Rule, r.Weight, make([]spanJSON, len(r.Spans))}
		for j, span := range r.Spans {
			all[i].Spans[j] = spanJSON(span)
		}
	}
	return all
}
