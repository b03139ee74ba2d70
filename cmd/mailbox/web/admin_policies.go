package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// policiesView is the version in force in words, and all versions with what each changed.
type policiesView struct {
	Number   int // of the version in force
	JSONHref string
	Parts    []policyPart
	Rules    tableView
	Versions []versionView
}

// versionView is one version in the list.
type versionView struct {
	Number                    int
	State                     string // in_force, to_come, past
	Start, By, Reason, Loaded string
	Summary                   string // how many changes; empty for the first version
	Changes                   tableView
	JSONHref                  string
}

// adminPolicies shows by which rules letters are handled.
func (s *Server) adminPolicies(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	all, err := s.Desk.Policies(c.Request().Context())
	if err != nil {
		return err
	}
	lang := visitOf(c).lang
	var view policiesView
	for i := range all {
		view.Versions = append(view.Versions, s.versionOf(lang, all, i, visitOf(c).now))
		if !all[i].InForce {
			continue
		}
		view.Number, view.JSONHref = all[i].Version, policyHref(all[i].Version)
		view.Rules = s.ruleTable(lang, all[i].PolicyVersion)
		if view.Parts, err = s.policyInWords(lang, all[i].PolicyVersion); err != nil {
			return err
		}
	}
	page := s.adminPage(c, "/admin/policies")
	page.View = view
	return s.render(c, http.StatusOK, "desk/policies", page)
}

func policyHref(version int) string { return "/admin/policies/" + strconv.Itoa(version) + "/json" }

// versionOf is the i-th version, newest first, beside the one that came before it.
func (s *Server) versionOf(lang errs.Lang, all []cases.PolicyEdition, i int, now time.Time) versionView {
	e := all[i]
	v := versionView{
		Number: e.Version, State: "past", By: e.By, Reason: e.Reason, JSONHref: policyHref(e.Version),
		Start: s.startOf(lang, e.From), Loaded: wording.DateTime(e.CreatedAt, lang, s.loc),
	}
	switch {
	case e.InForce:
		v.State = "in_force"
	case e.From.After(now):
		v.State = "to_come"
	}
	if i+1 == len(all) {
		v.By = s.words.in(lang, "calendar.built_in")
		return v
	}
	if v.By == "" {
		v.By = s.words.in(lang, "admin.command_line")
	}
	changes := sla.DiffPolicies(all[i+1].PolicyVersion, e.PolicyVersion)
	v.Summary = s.words.in(lang, "policies.changes", all[i+1].Version, len(changes))
	v.Changes = s.changeTable(lang, s.words.in(lang, "policies.changes_of", e.Version), changes)
	v.Changes.HideCaption = true
	return v
}

// startOf says from when a version acts.
func (s *Server) startOf(lang errs.Lang, from time.Time) string {
	if from.IsZero() {
		return s.words.in(lang, "policies.from_ever")
	}
	return wording.DateTime(from, lang, s.loc)
}

// policyJSON is a version as a file, to be kept or changed and loaded again.
func (s *Server) policyJSON(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	all, err := s.Desk.Policies(c.Request().Context())
	if err != nil {
		return err
	}
	for _, e := range all {
		if strconv.Itoa(e.Version) != c.Param("version") {
			continue
		}
		text, err := sla.FormatPolicyVersion(e.PolicyVersion)
		if err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="policy-`+strconv.Itoa(e.Version)+`.json"`)
		return c.Blob(http.StatusOK, "application/json; charset=utf-8", text)
	}
	return errs.NotFound("there is no such version of the policies", "没有这一版办理规则")
}

// policyPreview is what a new version would change, and the form on its way.
type policyPreview struct {
	Rows    []summaryRow
	Acts    string // on which letters
	Later   string // another version that will take its place, if there is one
	Changes tableView
	Fields  []hidden
}

// previewPolicy says what the new version would change, and changes nothing. "step" leads back to the form.
func (s *Server) previewPolicy(c echo.Context) error {
	d, err := s.draftOf(c)
	if len(d.all) > 0 && d.form.on("step") {
		return s.showPolicyForm(c, d, nil)
	}
	if err != nil {
		return s.showPolicyForm(c, d, err)
	}
	lang, now := visitOf(c).lang, visitOf(c).now
	from, start := d.version.From, s.words.in(lang, "policies.now")
	view := policyPreview{Acts: s.words.in(lang, "policies.acts_now"), Fields: d.hidden()}
	if !from.IsZero() {
		start = wording.DateTime(from, lang, s.loc)
		view.Acts = s.words.in(lang, "policies.acts", start)
	} else {
		from = now
	}
	versions := make([]sla.PolicyVersion, len(d.all))
	for i, e := range d.all {
		versions[i] = e.PolicyVersion
		if e.From.After(from) {
			view.Later = s.words.in(lang, "policies.later", e.Version, wording.DateTime(e.From, lang, s.loc))
		}
	}
	before, _ := sla.InForce(versions, from) // the first has no start: there always is one
	changes := sla.DiffPolicies(before, d.version)
	view.Changes = s.changeTable(lang, s.words.in(lang, "policies.changes", before.Version, len(changes)), changes)
	view.Rows = []summaryRow{
		{Key: s.words.in(lang, "policies.start"), Value: start},
		{Key: s.words.in(lang, "policies.reason"), Value: readable(d.form.text("reason"))},
	}
	page := s.adminPage(c, "/admin/policies")
	page.View = view
	return s.render(c, http.StatusOK, "desk/policy-preview", page)
}

// loadPolicy adds the version.
func (s *Server) loadPolicy(c echo.Context) error {
	d, err := s.draftOf(c)
	if err != nil {
		return s.showPolicyForm(c, d, err)
	}
	v, err := s.Desk.LoadPolicy(c.Request().Context(), s.actor(c), d.version, d.form.text("reason"))
	if err != nil {
		return s.showPolicyForm(c, d, d.atField(err))
	}
	s.logAdmin(c, "policy loaded", int64(v.Version))
	if err := s.tell(c, "good", "policies.loaded", strconv.Itoa(v.Version), wording.DateTime(v.From, visitOf(c).lang, s.loc)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/policies")
}
