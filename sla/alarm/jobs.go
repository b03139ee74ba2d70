package alarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hibiken/asynq"

	"mailbox/cases/errs"
)

// Jobs lets an administrator look at the queues. It changes nothing that matters: what a queue loses, the sweep does.
type Jobs struct{ connection *Connection }

// NewJobs looks at the queues behind the connection.
func NewJobs(connection *Connection) *Jobs { return &Jobs{connection} }

// JobQueue is a queue with how many tasks stand where.
type JobQueue struct {
	Name                                        string // "alarms" or "notices"
	Pending, Active, Scheduled, Retry, Archived int
	ProcessedToday, FailedToday                 int
	Tasks                                       []Job // that wait for their time, are repeated, or were given up; some of each
}

// Job is one task.
type Job struct {
	Queue, ID string
	Kind      string // "due", "digest", "deliver" …
	State     JobState
	Tried     int
	NextAt    time.Time // zero: it waits for nothing, or was given up
	FailedAt  time.Time
	Error     string // of an alarm; that of a notice may name an address and stands with the notice, masked
}

// JobState is where a task stands.
type JobState string

// The states whose tasks are listed.
const (
	JobActive    JobState = "active"
	JobScheduled JobState = "scheduled"
	JobRetry     JobState = "retry"
	JobArchived  JobState = "archived"
)

// listed is how many tasks of each state and queue are shown.
const listed = 20

// Look reads the queues. A Redis that cannot be reached is an error.
func (j *Jobs) Look(ctx context.Context) ([]JobQueue, error) {
	if err := j.connection.Ping(ctx); err != nil {
		return nil, err
	}
	inspector := asynq.NewInspectorFromRedisClient(j.connection.client)
	known, err := inspector.Queues()
	if err != nil {
		return nil, fmt.Errorf("look at queues: %w", err)
	}
	var all []JobQueue
	for _, name := range []string{alarmQueue, noticeQueue} {
		q := JobQueue{Name: name}
		if !slices.Contains(known, name) { // nothing was put into it yet
			all = append(all, q)
			continue
		}
		info, err := inspector.GetQueueInfo(name)
		if err != nil {
			return nil, fmt.Errorf("look at queue %s: %w", name, err)
		}
		q.Pending, q.Active, q.Scheduled, q.Retry, q.Archived = info.Pending, info.Active, info.Scheduled, info.Retry, info.Archived
		q.ProcessedToday, q.FailedToday = info.Processed, info.Failed
		if q.Tasks, err = tasksOf(inspector, name); err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

func tasksOf(inspector *asynq.Inspector, queue string) ([]Job, error) {
	var jobs []Job
	for _, list := range []struct {
		state JobState
		of    func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error)
	}{
		{JobArchived, inspector.ListArchivedTasks},
		{JobRetry, inspector.ListRetryTasks},
		{JobActive, inspector.ListActiveTasks},
		{JobScheduled, inspector.ListScheduledTasks},
	} {
		tasks, err := list.of(queue, asynq.PageSize(listed))
		if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
			return nil, fmt.Errorf("list tasks of %s: %w", queue, err)
		}
		for _, task := range tasks {
			job := Job{
				Queue: queue, ID: task.ID, Kind: task.Type, State: list.state, Tried: task.Retried,
				NextAt: task.NextProcessAt, FailedAt: task.LastFailedAt,
			}
			if queue == alarmQueue {
				job.Error = task.LastErr
			}
			jobs = append(jobs, job)
		}
	}
	return jobs, nil
}

// Run has a task that was given up done now. Errors: not_found when there is no such archived task (any more).
func (j *Jobs) Run(ctx context.Context, queue, id string) error {
	return j.archived(ctx, queue, id, (*asynq.Inspector).RunTask)
}

// Delete forgets a task that was given up. Errors: as Run.
func (j *Jobs) Delete(ctx context.Context, queue, id string) error {
	return j.archived(ctx, queue, id, (*asynq.Inspector).DeleteTask)
}

func (j *Jobs) archived(ctx context.Context, queue, id string, do func(*asynq.Inspector, string, string) error) error {
	if err := j.connection.Ping(ctx); err != nil {
		return err
	}
	inspector := asynq.NewInspectorFromRedisClient(j.connection.client)
	task, err := inspector.GetTaskInfo(queue, id)
	switch {
	case errors.Is(err, asynq.ErrQueueNotFound) || errors.Is(err, asynq.ErrTaskNotFound) || err == nil && task.State != asynq.TaskStateArchived:
		return errs.NotFound("this job is not among those that were given up (any more)", "该任务不在已放弃的任务中（或已被处理）")
	case err != nil:
		return fmt.Errorf("look at task: %w", err)
	}
	return do(inspector, queue, id)
}
