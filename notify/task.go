package notify

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"
)

// TaskDeliver is the type of the task that has one notice sent.
const TaskDeliver = "notice:deliver"

// NewDeliverTask is the alarm for the attempt of notice id at its NextAt at. Enqueue it with In.
//
// Each attempt has another NextAt and so a task of its own name, which makes it possible to arm the
// next one while this one is still held. asynq.ErrTaskIDConflict when enqueueing means that the
// attempt is armed already: success.
func NewDeliverTask(id int64, at time.Time) *asynq.Task {
	return asynq.NewTask(
		TaskDeliver, []byte(strconv.FormatInt(id, 10)),
		asynq.TaskID(fmt.Sprintf("notice:%d:%d", id, at.Unix())),
		// For a worker that was killed; a failed sending is never asynq's to repeat.
		asynq.MaxRetry(3),
		asynq.Timeout(taskTimeout),
	)
}

// taskTimeout is longer than a sending with its marks.
const taskTimeout = 4 * time.Minute

// In is when asynq is to run the task: it knows real time only, so the delay is handed over, and it
// cuts to whole seconds, so one is added; a moment early would find nothing due yet.
func In(now, at time.Time) asynq.Option {
	if !at.After(now) {
		return asynq.ProcessIn(0)
	}
	return asynq.ProcessIn(at.Sub(now) + time.Second)
}

// Handle delivers the notice of a task made by NewDeliverTask.
//
// Whatever goes wrong, nothing of it stays in the queue: an archived task would keep its name taken,
// and the sweep finds the row anyway.
func (d *Delivery) Handle(ctx context.Context, task *asynq.Task) error {
	id, err := strconv.ParseInt(string(task.Payload()), 10, 64)
	if err != nil {
		return fmt.Errorf("task %s without the id of a notice: %w: %w", task.Type(), err, asynq.RevokeTask)
	}
	if err := d.Deliver(ctx, id); err != nil {
		return fmt.Errorf("%w: %w", err, asynq.RevokeTask)
	}
	return nil
}
