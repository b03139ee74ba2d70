package web

import (
	"context"
	"net/http"
	"strconv"
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
	page.View = view
	return s.render(c, http.StatusOK, "desk/jobs", page)
}

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
