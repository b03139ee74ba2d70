package main

import (
	"context"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/demo"
)

// pending gives open cases something to look at: time asked for and granted, the writer asked, an order of
// supervision.
func (pl *player) pending(l demo.Letter, signed time.Time) {
	handler, supervisor := pl.handler(l.Department), pl.staff["supervisor"]
	if l.Fate == demo.Overdue {
		if l.No%2 == 0 {
			ordered := pl.now.Add(-20 * time.Minute)
			pl.verb(ordered.Add(-3*time.Hour), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
				return pl.desk.Remind(ctx, supervisor, id, cases.AnyVersion, "该件已逾期，请尽快办理并答复来信人。")
			})
			pl.verb(ordered, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
				return pl.desk.Order(ctx, supervisor, id, cases.AnyVersion, 0, "请说明逾期原因、目前进展和预计答复时间。")
			})
		}
		return
	}
	switch l.No % 5 {
	case 1, 2:
		pl.verb(signed.Add(10*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.AskExtension(ctx, handler, id, cases.AnyVersion, 2, "涉及两个单位，需现场核实后答复，申请延期两个工作日。")
		})
		if l.No%5 == 2 {
			pl.verb(signed.Add(50*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
				return pl.desk.GrantExtension(ctx, supervisor, id, cases.AnyVersion, 2, "承办单位需会同有关单位现场核实，答复时间延长两个工作日。")
			})
		}
	case 3:
		pl.verb(signed.Add(15*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.AskWriter(ctx, handler, id, cases.AnyVersion, "请补充事发的具体地点（小区、楼栋）和现场照片的说明，以便核实。")
		})
	}
}

// rework lets a discontent writer ask again; most are granted, and answered once more.
func (pl *player) rework(l demo.Letter, at time.Time) {
	handler, supervisor, clerk := pl.handler(l.Department), pl.staff["supervisor"], pl.staff["clerk"]
	pl.verb(at, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.AskRework(ctx, people.TheWriter(int64(id), errs.ZH), id, "答复没有说明问题为什么没有解决，请重新核实办理。")
	})
	decided := pl.office(at, 1, 10)
	pl.verb(decided, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.GrantRework(ctx, supervisor, id, cases.AnyVersion, pl.departments[l.Department], "原答复未回应来信人的具体诉求，请重新办理。")
	})
	replied := pl.office(decided, 2, 10)
	pl.verb(replied, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.Reply(ctx, handler, id, cases.AnyVersion, "经再次到现场核实，问题确实存在，已安排整改，并将于五日内回访。"+l.Reply)
	})
	pl.verb(replied.Add(50*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.Answer(ctx, clerk, id, cases.AnyVersion, "")
	})
}
