package web_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cmd/mailbox/web"
	"mailbox/sla/alarm"
)

// someJobs are queues with jobs that were given up; away says that Redis is not there.
type someJobs struct {
	givenUp map[string]bool
	away    bool
}

func (j *someJobs) Look(context.Context) ([]alarm.JobQueue, error) {
	if j.away {
		return nil, errors.New("no Redis")
	}
	q := alarm.JobQueue{Name: "alarms", Archived: len(j.givenUp), Scheduled: 1}
	for _, id := range slices.Sorted(maps.Keys(j.givenUp)) {
		q.Tasks = append(q.Tasks, alarm.Job{Queue: "alarms", ID: id, Kind: "due", State: alarm.JobArchived, FailedAt: time.Unix(1772676000, 0), Error: "database is locked"})
	}
	q.Tasks = append(q.Tasks, alarm.Job{Queue: "alarms", ID: "digest:9", Kind: "digest", State: alarm.JobScheduled, NextAt: time.Unix(1772762400, 0)})
	return []alarm.JobQueue{q, {Name: "notices"}}, nil
}

func (j *someJobs) Run(ctx context.Context, _, id string) error { return j.Delete(ctx, "", id) }

func (j *someJobs) Delete(_ context.Context, _, id string) error {
	if !j.givenUp[id] {
		return errs.NotFound("gone", "没有")
	}
	delete(j.givenUp, id)
	return nil
}

func TestAnAdministratorSeesTheQueuesAndDealsWithWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	jobs := &someJobs{givenUp: map[string]bool{"due:1": true, "due:2": true}}
	c := newStaffed(t, func(config *web.Config) { config.Jobs = jobs })
	admin := c.as(t, "admin")
	sound(t, "jobs", admin.get("/admin/jobs").must(t, http.StatusOK, "到期处理", "已放弃", "database is locked", "上午汇总", "每半分钟的巡检"))
	admin.post("/admin/jobs/run", url.Values{"queue": {"alarms"}, "id": {"due:1"}}).mustLeadTo(t, "/admin/jobs")
	admin.post("/admin/jobs/delete", url.Values{"queue": {"alarms"}, "id": {"due:2"}}).mustLeadTo(t, "/admin/jobs")
	before := len(c.entries(t))
	if len(jobs.givenUp) != 0 || before < 2 || c.entries(t)[0].Deed != "job_deleted" {
		t.Errorf("%v, %+v", jobs.givenUp, c.entries(t)[0])
	}
	admin.post("/admin/jobs/delete", url.Values{"queue": {"alarms"}, "id": {"due:2"}}).mustLeadTo(t, "/admin/jobs")
	if len(c.entries(t)) != before {
		t.Error("a deed that was none has a line")
	}
	jobs.away = true
	sound(t, "without Redis", c.in(t, "admin", "en").get("/admin/jobs").must(t, http.StatusOK, "cannot be reached. Deadlines are kept by the sweep all the same"))
	c.as(t, "auditor").get("/admin/jobs").must(t, http.StatusForbidden)
}

func TestAnAdministratorSeesWhenThePeriodicJobsLastRanAndWhichWereMissed(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	sound(t, "before the first", c.as(t, "admin").get("/admin/jobs").must(t, http.StatusOK, "整次巡检", "尚未运行", "从已确认的来信学习转办"))
	now := c.clock.Now().Unix()
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO runs (name, round, began_at, ended_at, millis, failure, next_at) VALUES
			('elapse', 'sweep', ?, ?, 1500, '', ?), ('erase', 'sweep', ?, ?, 10, 'the disk is full', ?), ('learn', 'study', ?, ?, 61000, '', ?), ('suggest', 'study', ?, NULL, 0, '', ?)`,
			now-2, now, now+30, now-2, now, now+30, now-4000, now-3900, now-3870, now-1, now+30)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page := c.in(t, "admin", "en").get("/admin/jobs").must(t, http.StatusOK, "took 1.5 s", "</svg>Well</span>", "the disk is full", "</svg>Failed</span>",
		"took 61.0 s", "</svg>Under way</span>", "</svg>Never yet</span>")
	sound(t, "the jobs", page)
	if n := strings.Count(page.body, "</svg>Missed</span>"); n != 1 {
		t.Errorf("%d are missed, want learning only", n)
	}
}

func TestSettingsAreShownWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	meaning := map[errs.Lang]string{errs.ZH: "邮件服务器", errs.EN: "the mail server"}
	c := newStaffed(t, func(config *web.Config) {
		config.Settings = []web.Setting{
			{Name: "MAILBOX_SMTP_URL", Secret: true, Set: true, Source: "environment", Meaning: meaning},
			{Name: "MAILBOX_SMS_URL", Secret: true, Source: "default", Meaning: meaning},
			{Name: "MAILBOX_LISTEN", Value: "127.0.0.1:9", Preset: "127.0.0.1:8080", Source: "flag", Meaning: meaning},
		}
	})
	page := c.as(t, "admin").get("/admin/settings").must(t, http.StatusOK, "已设置", "未设置", "127.0.0.1:9", "默认值：127.0.0.1:8080", "环境变量")
	sound(t, "settings", page)
	if strings.Contains(page.body, "smtp://") {
		t.Error("a secret is shown")
	}
	c.as(t, "clerk").get("/admin/settings").must(t, http.StatusForbidden)
}
