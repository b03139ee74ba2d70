package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/sla/alarm"
)

// Jobs are the queues as an administrator sees them: *alarm.Jobs.
type Jobs interface {
	Look(ctx context.Context) ([]alarm.JobQueue, error)
	Run(ctx context.Context, queue, id string) error
	Delete(ctx context.Context, queue, id string) error
}

const jobsPath = "/admin/jobs"

// jobsView is what the queues hold. Away says that Redis cannot be reached.
type jobsView struct {
	Away   bool
	Queues []queueView
	Rounds []roundView
}

// roundView is what every process does again and again, and when each part of it was last done.
type roundView struct {
	Title, What string
	Runs        []runView
}

type runView struct {
	What, Flag, When, Error string
}

type queueView struct {
	Title, What string
	Counts      []factView
	Jobs        []jobView
}

type jobView struct {
	What, State, Error string
	NextAt, FailedAt   *time.Time
	ID, Queue          string
	GivenUp            bool
}

// adminJobs shows what runs by itself.
func (s *Server) adminJobs(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	page, view := s.adminPage(c, jobsPath), jobsView{}
	lang := visitOf(c).lang
	queues, err := s.lookAtJobs(c.Request().Context())
	if err != nil {
		s.logTrouble(c, err)
		view.Away = true
	}
	for _, q := range queues {
		one := queueView{Title: s.words.in(lang, "jobs.queue."+q.Name), What: s.words.in(lang, "jobs.queue."+q.Name+".what")}
		for _, count := range []struct {
			key string
			n   int
		}{
			{"jobs.pending", q.Pending},
			{"jobs.active", q.Active},
			{"jobs.scheduled", q.Scheduled},
			{"jobs.retry", q.Retry},
			{"jobs.archived", q.Archived},
			{"jobs.processed", q.ProcessedToday},
			{"jobs.failed", q.FailedToday},
		} {
			one.Counts = append(one.Counts, factView{Key: s.words.in(lang, count.key), Value: strconv.Itoa(count.n)})
		}
		for i := range q.Tasks {
			one.Jobs = append(one.Jobs, s.jobOf(lang, &q.Tasks[i]))
		}
		view.Queues = append(view.Queues, one)
	}
	if view.Rounds, err = s.rounds(c.Request().Context(), lang, visitOf(c).now); err != nil {
		return err
	}
	page.View = view
	return s.render(c, http.StatusOK, "desk/jobs", page)
}

// rounds are the periodic jobs, each round with its parts. They stand in the database, whichever process did them.
func (s *Server) rounds(ctx context.Context, lang errs.Lang, now time.Time) ([]roundView, error) {
	runs, err := alarm.Runs(ctx, s.DB, now)
	if err != nil {
		return nil, err
	}
	var rounds []roundView
	for i := range runs {
		r := &runs[i]
		if r.Name == r.Round {
			rounds = append(rounds, roundView{Title: s.words.in(lang, "jobs.round."+r.Round), What: s.words.in(lang, "jobs.round."+r.Round+".what")})
		}
		last := &rounds[len(rounds)-1]
		last.Runs = append(last.Runs, s.runOf(lang, r))
	}
	return rounds, nil
}

func (s *Server) runOf(lang errs.Lang, r *alarm.Run) runView {
	view := runView{What: s.words.in(lang, "jobs.step."+r.Name), Error: readable(r.Failure)}
	switch {
	case r.Missed:
		view.Flag = "missed"
	case r.BeganAt.IsZero():
		view.Flag = "never"
		return view
	case r.UnderWay:
		view.Flag = "under_way"
	case r.Failure != "":
		view.Flag = "failed"
	default:
		view.Flag = "well"
	}
	when := []string{s.words.in(lang, "jobs.began", s.toTheSecond(r.BeganAt))}
	if !r.EndedAt.IsZero() {
		when = append(when, s.words.in(lang, "jobs.ended", s.toTheSecond(r.EndedAt), strconv.FormatFloat(r.Took.Seconds(), 'f', 1, 64)))
	}
	view.When = strings.Join(append(when, s.words.in(lang, "jobs.next", s.toTheSecond(r.NextAt))), " · ")
	return view
}

// toTheSecond writes an instant of the day that a half minute makes a difference to.
func (s *Server) toTheSecond(t time.Time) string { return t.In(s.loc).Format(time.DateTime) }

func (s *Server) lookAtJobs(ctx context.Context) ([]alarm.JobQueue, error) {
	if s.Jobs == nil {
		return nil, errs.NotFound("this process has no queues", "本进程没有队列")
	}
	return s.Jobs.Look(ctx)
}

func (s *Server) jobOf(lang errs.Lang, j *alarm.Job) jobView {
	view := jobView{
		State: s.words.in(lang, "jobs.state."+string(j.State)), Error: readable(j.Error), ID: j.ID, Queue: j.Queue, What: j.Kind,
		GivenUp: j.State == alarm.JobArchived,
	}
	if key := "jobs.kind." + j.Kind; s.words.has(key) {
		view.What = s.words.in(lang, key)
	}
	if !j.NextAt.IsZero() && !view.GivenUp {
		view.NextAt = &j.NextAt
	}
	if !j.FailedAt.IsZero() {
		view.FailedAt = &j.FailedAt
	}
	return view
}

// runJob and deleteJob are for jobs that were given up.
func (s *Server) runJob(c echo.Context) error {
	return s.onJob(c, audit.JobRun, "jobs.ran", Jobs.Run)
}

func (s *Server) deleteJob(c echo.Context) error {
	return s.onJob(c, audit.JobDeleted, "jobs.deleted", Jobs.Delete)
}

func (s *Server) onJob(c echo.Context, deed audit.Deed, flash string, do func(Jobs, context.Context, string, string) error) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	f := formOf(c)
	queue, id := f.line("queue"), f.line("id")
	var err error = errs.NotFound("this process has no queues", "本进程没有队列")
	if s.Jobs != nil {
		err = s.Desk.Administer(c.Request().Context(), s.actor(c), audit.Line{Deed: deed, Subject: audit.Job, Name: queue + " " + id},
			func(ctx context.Context) error { return do(s.Jobs, ctx, queue, id) })
	}
	switch {
	case errs.CodeOf(err) == errs.CodeNotFound && err != nil:
		if err := s.tell(c, "warn", "jobs.gone"); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := s.tell(c, "good", flash); err != nil {
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, jobsPath)
}
