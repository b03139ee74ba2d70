package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// learnedView is what has been learned of letters, and what routing by itself would have meant.
type learnedView struct {
	Empty      string // said while nothing is learned
	Subjects   []learnedSubject
	Record     string // how suggestions fared, once there are some
	Thresholds []thresholdRow
	Of         string // on how many letters the thresholds were tried
	Policy     string // what the policy says now
}

// learnedSubject is what is known of departments, or of topics.
type learnedSubject struct {
	Title    string
	Versions []learnedVersion
}

type learnedVersion struct {
	Number int64
	Acting bool // suggests now
	Lines  []string
}

// thresholdRow is what one threshold would have meant.
type thresholdRow struct{ Threshold, Routed, Right string }

// thresholds are those that the page shows, in percent.
var thresholds = []int{60, 70, 80, 85, 90, 95, 98}

// learnedVersions is how many versions are shown of each.
const learnedVersions = 3

func (s *Server) learned(c echo.Context) (*learnedView, error) {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	view := &learnedView{}
	for _, subject := range []cases.Subject{cases.OfDepartment, cases.OfTopic} {
		models, err := s.Desk.Models(ctx, subject)
		if err != nil {
			return nil, err
		}
		if len(models) > 0 {
			view.Subjects = append(view.Subjects, s.learnedSubject(lang, subject, models))
		}
	}
	if len(view.Subjects) == 0 {
		view.Empty = s.words.in(lang, "routing.learned.none")
		return view, nil
	}
	since := visitOf(c).now.AddDate(0, 0, -90)
	confirmed, right, err := s.Desk.SuggestionRecord(ctx, migrations.At(since))
	if err != nil {
		return nil, err
	}
	if confirmed > 0 {
		view.Record = s.words.in(lang, "routing.learned.record", confirmed, right, shareOf(right, confirmed))
	}
	rows, err := s.Desk.Thresholds(ctx, thresholds...)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if r.Letters == 0 {
			continue
		}
		view.Of = s.words.in(lang, "routing.thresholds.of", r.Letters)
		view.Thresholds = append(view.Thresholds, thresholdRow{
			Threshold: strconv.Itoa(thresholds[i]) + " %",
			Routed:    s.words.in(lang, "routing.thresholds.share", r.Routed, shareOf(r.Routed, r.Letters)),
			Right:     s.words.in(lang, "routing.thresholds.share", r.Right, shareOf(r.Right, r.Routed)),
		})
	}
	p, err := s.Desk.PolicyFor("mailbox", "complaint")
	if err != nil {
		return nil, err
	}
	view.Policy = s.words.in(lang, "routing.policy.off")
	if p.RouteAbove > 0 {
		view.Policy = s.words.in(lang, "routing.policy.on", p.RouteAbove)
	}
	return view, nil
}

// shareOf is part of whole in percent, "—" of nothing.
func shareOf(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + " %"
}

func (s *Server) learnedSubject(lang errs.Lang, subject cases.Subject, models []cases.ModelVersion) learnedSubject {
	view := learnedSubject{Title: s.words.in(lang, "routing.learned."+string(subject))}
	acting := false
	for _, m := range models[:min(len(models), learnedVersions)] {
		v := learnedVersion{Number: m.Version, Acting: m.InUse && !acting}
		acting = acting || m.InUse
		r := m.Report
		v.Lines = append(v.Lines, s.words.in(lang, "routing.learned.from", wording.DateTime(m.MadeAt, lang, s.loc), r.Letters, r.Classes))
		if r.Held > 0 {
			v.Lines = append(v.Lines, s.words.in(lang, "routing.learned.trial", r.Held, shareOf(r.First, r.Held), shareOf(r.Three, r.Held)))
		}
		if r.Newest > 0 {
			key := "routing.learned.better"
			if !m.InUse {
				key = "routing.learned.worse"
			}
			v.Lines = append(v.Lines, s.words.in(lang, key, r.Newest, r.After, r.Before))
		}
		view.Versions = append(view.Versions, v)
	}
	return view
}
