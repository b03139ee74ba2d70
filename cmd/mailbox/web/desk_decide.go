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
	Days          string   // asked for; empty where no days are
	Lead          []option // to whom it goes; none where nobody is chosen
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
	var departments []option
	if pile == cases.PileReworks {
		if departments, err = s.departmentOptions(c, true); err != nil {
			return err
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
		if pile == cases.PileExtensions {
			one.Days = strconv.FormatInt(items[i].ExtensionDays, 10)
		}
		lead := strconv.FormatInt(items[i].LeadID, 10)
		for _, o := range departments {
			o.Checked = o.Value == lead
			one.Lead = append(one.Lead, o)
		}
		rows[i].Decide = one
	}
	return nil
}
