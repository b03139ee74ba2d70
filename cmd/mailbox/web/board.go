package web

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"mailbox/sla/report"
)

const (
	// boardMinimum is how many letters a department must have due to be ranked, how many a topic must have
	// to be named, and how many ratings a department's satisfaction is shown from: fewer say something about
	// persons and nothing about a department.
	boardMinimum = 5
	boardMonths  = 12 // how far the charts look back, the month of the board included
	boardTopics  = 10 // how many topics are named at most
)

// publicBoard is what the city shows of one month, in no language. It holds counts only.
type publicBoard struct {
	Month    time.Time // its first day, midnight in UTC
	Complete bool      // the month is over
	City     report.Report
	Months   []report.Figures // the last months up to this one, oldest first, GroupID "2026-03"
	Ranked   []report.Figures // departments, by the on-time rate of their own clock
	Few      []report.Figures // departments with too few letters due to be ranked, by name
	Unrouted *report.Figures  // letters that no department has yet; nil: none
	Topics   []topicCount     // most letters first
	Other    int64            // letters of all other topics, and of none
}

type topicCount struct {
	Name    string
	Letters int64
}

// boardSpan is the months that there are boards of: first days, from the first letter's to this one.
type boardSpan struct{ First, Last time.Time }

func (s boardSpan) has(month time.Time) bool { return !month.Before(s.First) && !month.After(s.Last) }

// months are all of them, the newest first.
func (s boardSpan) months() []time.Time {
	var all []time.Time
	for month := s.Last; !month.Before(s.First); month = month.AddDate(0, -1, 0) {
		all = append(all, month)
	}
	return all
}

// monthOf is the first day of the month in which an instant or a day lies.
func monthOf(t time.Time) time.Time {
	year, month, _ := t.Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

func monthKey(month time.Time) string { return month.Format("2006-01") }

// boards keeps what the public board was made of, so that a thousand readers a second cost the database one
// reckoning a minute.
type boards struct {
	spans minutely[boardSpan]
	data  minutely[*publicBoard]
}

// boardSpan tells which months there are.
func (s *Server) boardSpan(ctx context.Context, now time.Time) (boardSpan, error) {
	return s.boards.spans.soon(ctx, "", now, func(ctx context.Context) (boardSpan, error) {
		span := boardSpan{Last: monthOf(now.In(s.loc))}
		span.First = span.Last
		first, ok, err := s.Report.First(ctx)
		if err != nil {
			return span, err
		}
		if ok && monthOf(first).Before(span.First) {
			span.First = monthOf(first)
		}
		return span, nil
	})
}

// boardOf is the board of a month of the span.
func (s *Server) boardOf(ctx context.Context, span boardSpan, month, now time.Time) (*publicBoard, error) {
	return s.boards.data.soon(ctx, monthKey(month), now, func(ctx context.Context) (*publicBoard, error) {
		// As of a second that is over: in the running one a verb may still change what held, and the three
		// reports must speak of the same city.
		asOf := now.Add(-time.Second)
		b := &publicBoard{Month: month, Complete: month.Before(span.Last)}
		until := month.AddDate(0, 1, 0)
		from := month.AddDate(0, 1-boardMonths, 0)
		if from.Before(span.First) {
			from = span.First
		}
		query := func(from time.Time, by report.Grouping) report.Query {
			return report.Query{From: from.Format(time.DateOnly), To: until.Format(time.DateOnly), AsOf: asOf, By: by, Brief: true}
		}
		city := query(month, report.ByDepartment)
		city.Compare = true
		var months, topics report.Report
		side, ctx := errgroup.WithContext(ctx)
		for q, r := range map[report.Query]*report.Report{city: &b.City, query(from, report.ByMonth): &months, query(month, report.ByTopic): &topics} {
			side.Go(func() (err error) {
				*r, err = s.Report.Run(ctx, q)
				return err
			})
		}
		if err := side.Wait(); err != nil {
			return nil, err
		}
		b.Months = inARow(from, month, months.Groups)
		b.rank(b.City.Groups)
		b.countTopics(topics.Groups)
		return b, nil
	})
}

// rank parts the departments by whether they have enough letters due.
func (b *publicBoard) rank(groups []report.Figures) {
	b.Ranked, b.Few, b.Unrouted = ranked(groups)
}

// ranked parts the departments by whether they have enough letters due by their own clock, and puts those that
// have into the order of their on-time rate; of equal ones who had more letters stands first.
func ranked(groups []report.Figures) (enough, few []report.Figures, unrouted *report.Figures) {
	for i := range groups {
		switch f := groups[i]; {
		case f.GroupID == report.NotRouted:
			unrouted = &f
		case f.DepartmentDue >= boardMinimum:
			enough = append(enough, f)
		default:
			few = append(few, f)
		}
	}
	byName := func(a, b report.Figures) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.GroupID, b.GroupID))
	}
	slices.SortFunc(enough, func(a, b report.Figures) int {
		x, _ := a.DepartmentOnTimeRate.Hundredths()
		y, _ := b.DepartmentOnTimeRate.Hundredths()
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(b.DepartmentDue, a.DepartmentDue), byName(a, b))
	})
	slices.SortFunc(few, byName)
	return enough, few, unrouted
}

// countTopics names the topics that enough people wrote about. A topic of one letter could give its writer
// away, so the rest is one number.
func (b *publicBoard) countTopics(groups []report.Figures) {
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b report.Figures) int { return cmp.Compare(b.Received, a.Received) })
	for i := range groups {
		f := &groups[i]
		if f.Group == "" || f.Received < boardMinimum || len(b.Topics) == boardTopics {
			b.Other += f.Received
			continue
		}
		b.Topics = append(b.Topics, topicCount{f.Group, f.Received})
	}
}
