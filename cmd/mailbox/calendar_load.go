package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// loadCalendar shows what the years of a file would change and, with apply, puts them into force.
func (p *program) loadCalendar(ctx context.Context, s *settings, path string, apply bool) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	years, err := sla.ParseYears(data)
	if err != nil {
		return unusable(errs.Invalid(path, "%s", "%s", strings.TrimPrefix(err.Error(), "calendar: ")))
	}
	if apply {
		return p.with(ctx, s, func(o *opened) error {
			if err := p.previewCalendar(ctx, o.desk, path, years); err != nil {
				return err
			}
			return p.applyCalendar(ctx, o.desk, path, years)
		})
	}
	err = p.look(ctx, s, func(desk *cases.Desk) error {
		if desk == nil {
			p.say(p.stdout, "年份：%s", "years: %s", wording.Spans(yearsOf(years)))
			p.say(p.stdout, "%s 中尚无数据库，没有办件会变动。", "There is no database in %s yet, and no case that could move.", s.Data)
			return nil
		}
		return p.previewCalendar(ctx, desk, path, years)
	})
	if err != nil {
		return err
	}
	p.say(p.stdout, "仅预览，未作任何更改。生效请运行：mailbox calendar load %s --apply", "Nothing has been changed. To put it into force: mailbox calendar load %s --apply", path)
	return nil
}

// previewCalendar prints what would change, and refuses a file that would change nothing.
func (p *program) previewCalendar(ctx context.Context, desk *cases.Desk, path string, years []sla.Year) error {
	if err := news(desk.Calendar(), years); err != nil {
		return err
	}
	bar := p.progress()
	looked := 0
	words := func() string { return fmt.Sprintf(choose(p.lang, "已看 %d 件", "%d cases looked at"), looked) }
	preview, err := desk.PreviewCalendar(ctx, people.TheSystem(), years, func(done, total int) {
		looked = done
		bar.at(int64(done), int64(total), words)
	})
	if err != nil {
		return inFile(path, err)
	}
	bar.end(words)
	p.say(p.stdout, "年份：%s", "years: %s", wording.Spans(preview.Years))
	p.say(p.stdout, "变动的日子：%d 天", "days that change: %d", len(preview.Changed))
	for _, day := range preview.Changed {
		p.say(p.stdout, "  %s %s  %s", "  %s %s  %s", day.Date, p.weekday(day.Date), p.dayWords(day, false))
	}
	p.say(p.stdout, "与工作日历有关的办件：%d 件", "cases that rest on the calendar: %d", preview.Looked)
	p.say(p.stdout, "期限变动 %d 件：提前 %d 件，推后 %d 件", "%d cases move: %d earlier, %d later", preview.Moved, preview.Earlier, preview.Later)
	p.say(p.stdout, "由暂定转为确定 %d 件，仍为暂定 %d 件；撤回逾期标记或黄牌红牌 %d 件", "certain from now on: %d; still provisional: %d; overdue marks or cards withdrawn: %d",
		preview.Certain, preview.Provisional, preview.Withdrawn)
	return nil
}

// news refuses years that are loaded already, word for word.
func news(now *sla.Calendar, years []sla.Year) error {
	next, err := now.WithYears(years...)
	if err != nil {
		return err // the desk says it better, but the years have been checked
	}
	one, errOne := sla.FormatYears(now.Years())
	two, errTwo := sla.FormatYears(next.Years())
	if err := errors.Join(errOne, errTwo); err != nil {
		return err
	}
	if string(one) == string(two) {
		return errs.Conflict("these years are loaded already, day for day", "这些年份的放假安排已载入，没有变化")
	}
	return nil
}

// applyCalendar puts the years into force and works every open deadline out again.
func (p *program) applyCalendar(ctx context.Context, desk *cases.Desk, path string, years []sla.Year) error {
	edition, err := desk.LoadCalendar(ctx, people.TheSystem(), years, filepath.Base(path))
	if err != nil {
		return inFile(path, err)
	}
	p.say(p.stdout, "工作日历第 %d 版已生效。", "Edition %d of the calendar is in force.", edition)
	moved, err := p.settle(ctx, desk)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, choose(p.lang,
			"日历已生效；尚未核定的办件由运行中的信箱继续核定",
			"the calendar is in force; what has not been worked out again yet, the running mailbox does"))
	}
	p.say(p.stdout, "期限变动 %d 件。", "%d cases have moved.", moved)
	return nil
}

// settle applies the calendar in force to every case it may move. A mailbox that runs meanwhile does the
// same, and what it does is not counted here.
func (p *program) settle(ctx context.Context, desk *cases.Desk) (moved int, err error) {
	total, err := desk.Unsettled(ctx)
	if err != nil {
		return 0, err
	}
	bar := p.progress()
	settled := 0
	words := func() string {
		return fmt.Sprintf(choose(p.lang, "已核定 %d / %d 件", "%d of %d cases worked out again"), settled, max(total, settled))
	}
	moved, err = desk.Settle(ctx, func(done int) {
		settled = done
		bar.at(int64(done), int64(total), words)
	})
	if err != nil {
		return moved, err
	}
	bar.end(words)
	if settled < total {
		p.say(p.stdout, "另有 %d 件由运行中的信箱核定。", "The running mailbox has worked out %d more.", total-settled)
	}
	return moved, nil
}

// listCalendars prints the editions of the calendar, newest first.
func (p *program) listCalendars(ctx context.Context, desk *cases.Desk, loc *time.Location) error {
	if desk == nil {
		p.say(p.stdout, "尚未载入，使用程序内置：%s", "nothing loaded; built in: %s", wording.Spans(yearsOf(sla.BuiltIn(loc).Years())))
		return nil
	}
	editions, err := desk.Editions(ctx)
	if err != nil {
		return err
	}
	for _, e := range editions {
		from := p.by(e.By, e.Edition == 1)
		if e.Edition > 1 {
			from += " · " + e.Source
		}
		p.say(p.stdout, "%4d  %-12s  %s  %s", "%4d  %-12s  %s  %s", e.Edition, wording.Spans(e.Years), e.LoadedAt.In(loc).Format(time.RFC3339), from)
	}
	return nil
}

// by names who brought a calendar or a policy.
func (p *program) by(account string, first bool) string {
	switch {
	case account != "":
		return account
	case first:
		return choose(p.lang, "程序内置", "built in")
	}
	return choose(p.lang, "命令行", "command line")
}

func yearsOf(years []sla.Year) []int {
	all := make([]int, len(years))
	for i, y := range years {
		all[i] = y.Year
	}
	slices.Sort(all)
	return all
}
