package alarm

import (
	"testing"

	"github.com/hibiken/asynq"

	"mailbox/cases/errs"
)

func TestAJobThatWasGivenUpIsShownRunAndDeleted(t *testing.T) {
	t.Parallel()
	connection, err := Connect("")
	if err != nil {
		t.Fatal(err)
	}
	jobs := NewJobs(connection)
	if queues, err := jobs.Look(t.Context()); err != nil || len(queues) != 2 || queues[0].Pending != 0 {
		t.Fatalf("an empty Redis: %+v, %v", queues, err)
	}
	client := asynq.NewClientFromRedisClient(connection.client)
	inspector := asynq.NewInspectorFromRedisClient(connection.client)
	for _, id := range []string{"due:1", "due:2", "due:3"} {
		if _, err := client.Enqueue(asynq.NewTask(taskDue, nil), asynq.TaskID(id), asynq.Queue(alarmQueue)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"due:1", "due:2"} {
		if err := inspector.ArchiveTask(alarmQueue, id); err != nil {
			t.Fatal(err)
		}
	}
	queues, err := jobs.Look(t.Context())
	if err != nil || queues[0].Archived != 2 || queues[0].Pending != 1 || len(queues[0].Tasks) != 2 || queues[0].Tasks[0].State != JobArchived {
		t.Fatalf("%+v, %v", queues, err)
	}
	if err := jobs.Run(t.Context(), alarmQueue, "due:1"); err != nil {
		t.Error(err)
	}
	if err := jobs.Delete(t.Context(), alarmQueue, "due:2"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"due:1", "due:2", "due:3", "due:9"} { // none of them is given up now
		if err := jobs.Delete(t.Context(), alarmQueue, id); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("%s: %v", id, err)
		}
	}
	if queues, err = jobs.Look(t.Context()); err != nil || queues[0].Archived != 0 || queues[0].Pending != 2 {
		t.Errorf("%+v, %v", queues, err)
	}
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := jobs.Look(t.Context()); err == nil {
		t.Error("a Redis that is gone is looked at")
	}
}
