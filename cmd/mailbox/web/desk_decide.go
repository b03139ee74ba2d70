package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// rowDecision lets somebody decide on a request in the list, without opening the case.
type rowDecision struct {
	Request       string // why it is asked for
	CSRF, Back    string
	Version       cases.Version
	Grant, Refuse rowDeed
	Days          string     // asked for; empty where no days are
	Lead          *leadsView // to whom it goes; nil where nobody is chosen
}

// leadsView is the department that answers again, unless somebody opens the case to choose another: a list of all
// departments in every row would make the page ten times as long.
type leadsView struct {
	ID, Name         string // Name is "" where the case's own department takes cases no more
	OtherHref, Other string // where another is chosen
}

// rowDeed is one half of a decision: where it goes, what its fields are called, what its button says.
type rowDeed struct{ Action, Prefix, Button string }

// decideInRows puts the decision on a request for more time, or for a rework, under each row of their lists.
func (s *Server) decideInRows(c echo.Context, pile cases.Pile, items []cases.Item, rows []workRow) error {
	asked, grant, refuse := people.AskExtension, people.GrantExtension, people.RefuseExtension
	if pile == cases.PileReworks {
		asked, grant, refuse = people.AskRework, people.GrantRework, people.RefuseRework
	}
	if _, err := s.actor(c).Permit(grant, people.Subject{}); err != nil {
		return nil //nolint:nilerr // they look on
	}
	ids := make([]cases.ID, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	words, err := s.Desk.Requests(c.Request().Context(), s.actor(c), asked, ids)
	if err != nil {
		return err
	}
	names := map[string]string{} // of the departments that take cases
	if pile == cases.PileReworks {
		departments, err := s.departmentOptions(c, true)
		if err != nil {
			return err
		}
		for _, d := range departments {
			names[d.Value] = d.Label
		}
	}
	lang := visitOf(c).lang
	half := func(i int, verb people.Verb) rowDeed {
		return rowDeed{rows[i].Href + "/" + deedPath(verb), deedPath(verb), wording.VerbName(lang, string(verb))}
	}
	for i := range items {
		one := &rowDecision{
			Request: words[items[i].ID], CSRF: s.token(c), Back: c.Request().URL.RequestURI(), Version: items[i].Version,
			Grant: half(i, grant), Refuse: half(i, refuse),
		}
		switch pile {
		case cases.PileExtensions:
			one.Days = strconv.FormatInt(items[i].ExtensionDays, 10)
		default:
			lead := strconv.FormatInt(items[i].LeadID, 10)
			one.Lead = &leadsView{
				ID: lead, Name: names[lead], Other: s.words.in(lang, "decide.other"),
				OtherHref: rows[i].Href + "?do=" + deedPath(grant) + "#field-" + fieldName(grant, "lead"),
			}
		}
		rows[i].Decide = one
	}
	return nil
}
