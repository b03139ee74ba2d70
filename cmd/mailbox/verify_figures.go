package main

import (
	"context"
	"fmt"
	"time"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// verifyFigures recounts, from the facts, every figure that was reckoned beforehand, and says which differ. It mends
// nothing.
func (p *program) verifyFigures(ctx context.Context, engine *report.Engine) error {
	bar := p.progress()
	words := func() string { return choose(p.lang, "核验统计数据", "figures") }
	all, found, err := engine.VerifyFolds(ctx, p.clock(), func(done, all int) { bar.at(int64(done), int64(all), words) })
	if err != nil {
		return err
	}
	bar.end(words)
	for _, d := range found {
		p.say(p.stdout, "%s", "%s", differenceText(d, p.lang))
	}
	p.say(p.stdout, "已核验 %d 份日、月汇总。", "verified the figures of %d days and months.", all)
	if len(found) > 0 {
		p.say(p.stdout, "发现 %d 处与事实记录不符，未作任何更改，请参阅 docs/figures.md。",
			"%d differ from the facts. Nothing was changed; docs/figures.md says what to do.", len(found))
		return errDifferent
	}
	p.say(p.stdout, "全部与事实记录相符。", "all agree with the facts.")
	return nil
}

// verifyNightly is the same recount for the jobs.
func verifyNightly(engine *report.Engine) func(context.Context, time.Time) ([]string, error) {
	return func(ctx context.Context, now time.Time) ([]string, error) {
		_, found, err := engine.VerifyFolds(ctx, now, nil)
		differ := make([]string, len(found))
		for i, d := range found {
			differ[i] = differenceText(d, errs.EN)
		}
		return differ, err
	}
}

// differenceText is one difference on a line.
func differenceText(d report.Difference, lang errs.Lang) string {
	unit := choose(lang, "日", "day")
	if d.Unit == "month" {
		unit = choose(lang, "月", "month")
	}
	return fmt.Sprintf(choose(lang, "%[1]s汇总 %[2]s，%[3]s“%[4]s”，%[5]s：汇总为 %[6]d，事实为 %[7]d",
		"%[1]s %[2]s, %[3]s %[4]q, %[5]s: reckoned beforehand %[6]d, counted %[7]d"),
		unit, d.Begins, d.Dimension, d.Value, d.Figure, d.Folded, d.Counted)
}
