package main

import (
	"context"
	"flag"
	"fmt"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/seal"
	"mailbox/sla/report"
)

// verify goes through the record of all cases, or the stored reports, and says what is not as it was written, or counts the
// figures again. It changes nothing, and works while others do. Exit status 1: something was found.
func verify(ctx context.Context, p *program, args []string) error {
	var file string
	s, rest, err := p.parse("verify", args, func(f *flag.FlagSet) {
		f.StringVar(&file, "checkpoint", "", choose(p.lang, "外部保存的检查点文件（可含多个）：证明当前记录是其延续", "checkpoints kept elsewhere, one or many: proves that the record is their continuation"))
	})
	if err != nil {
		return err
	}
	what := ""
	if len(rest) == 1 {
		what = rest[0]
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	switch {
	case what == "log":
		return p.with(ctx, s, func(o *opened) error { return p.verifyLog(ctx, o.desk, file) })
	case what == "figures" && file == "":
		return p.with(ctx, s, func(o *opened) error { return p.verifyFigures(ctx, s.figures(o.db, loc)) })
	case what == "reports" && file == "":
		return p.with(ctx, s, func(o *opened) error {
			return p.verifyReports(ctx, report.NewStoredReports(s.figures(o.db, loc), o.desk, o.db, o.keys, p.clock, s.City, version()))
		})
	}
	return errUsage
}

// verifyReports looks at every byte of the stored reports, and at their signatures.
func (p *program) verifyReports(ctx context.Context, stored *report.StoredReports) error {
	bar := p.progress()
	words := func() string { return choose(p.lang, "核验报告", "reports") }
	found, err := stored.VerifyAll(ctx, func(done, all int) { bar.at(int64(done), int64(all), words) })
	if err != nil {
		return err
	}
	bar.end(words)
	for _, r := range found.Changed {
		p.say(p.stdout, "第 %d 号报告（%s）在保存之后被改动过", "report %d (%s) was changed after it was stored", r.ID, cases.PeriodName(r.Unit(), p.lang))
	}
	p.say(p.stdout, "已核验 %d 份报告。", "verified %d reports.", found.All)
	if found.Unsigned > 0 {
		p.say(p.stdout, "其中 %d 份保存于启用签名之前，只能核对文件摘要。", "%d of them were stored before reports were signed: only the digests of their files could be compared.", found.Unsigned)
	}
	if len(found.Changed) > 0 {
		p.say(p.stdout, "%d 份报告不可采信。请勿改动数据库，并参阅 docs/record.md。", "do not rely on these reports (%d). Change nothing in the database; docs/record.md says what to do.", len(found.Changed))
		return errDifferent
	}
	p.say(p.stdout, "均为保存时的原样。", "all are as they were stored.")
	return nil
}

func (p *program) verifyLog(ctx context.Context, desk *cases.Desk, file string) error {
	how := cases.RecordCheck{}
	if file != "" {
		data, err := readFile(file)
		if err != nil {
			return err
		}
		if how.Kept, err = desk.ParseCheckpoints(data); err != nil {
			return unusable(err)
		}
	}
	bar, inCases := p.progress(), false
	words := func() string {
		if inCases {
			return choose(p.lang, "核验办件", "cases")
		}
		return choose(p.lang, "核验记录树", "tree")
	}
	how.Progress = func(part, total int64, cases bool) {
		if cases && !inCases { // the rate of the one says nothing of the other
			bar, inCases = p.progress(), true
		}
		bar.at(part, total, words)
	}
	done, err := desk.VerifyRecord(ctx, how, func(f cases.Finding) { p.say(p.stdout, "%s", "%s", f.In(p.lang)) })
	if err != nil {
		return err
	}
	bar.end(words)
	p.say(p.stdout, "已核验 %[1]d 件办件、%[2]d 条事件；最新检查点含 %[3]d 条，其后的 %[4]d 条尚待载入。",
		"verified %[1]d cases with %[2]d events; the newest checkpoint has %[3]d of them, %[4]d have come since.",
		done.Cases, done.Events, done.Newest.Size, done.Waiting)
	if done.Findings > 0 {
		p.say(p.stdout, "发现 %d 处异常。请勿改动数据库，并参阅 docs/record.md。", "%d findings. Change nothing in the database; docs/record.md says what to do.", done.Findings)
		return errDifferent
	}
	if file != "" {
		p.say(p.stdout, "当前记录是外部所存 %d 个检查点的延续。", "the record is a continuation of the checkpoints kept elsewhere (%d).", len(how.Kept))
	}
	p.say(p.stdout, "记录完好。", "the record is in order.")
	return nil
}

// checkpoint prints the newest signed head of the record, makes one, and shows and changes the keys.
func checkpoint(ctx context.Context, p *program, args []string) error {
	s, rest, err := p.parse("checkpoint", args, nil)
	if err != nil {
		return err
	}
	what := ""
	if len(rest) == 1 {
		what = rest[0]
	}
	switch {
	case len(rest) == 0 || what == "now":
		return p.with(ctx, s, func(o *opened) error { return p.printCheckpoint(ctx, o.desk, what == "now") })
	case what == "keys":
		keys, err := s.readKeys()
		if err != nil {
			return err
		}
		for _, key := range keys.LogKeys() {
			p.say(p.stdout, "%s", "%s", key)
		}
		return nil
	case what == "rotate":
		return p.rotateLogKey(s)
	}
	return errUsage
}

func (p *program) printCheckpoint(ctx context.Context, desk *cases.Desk, first bool) error {
	if first {
		n, err := desk.Checkpoint(ctx)
		if err != nil {
			return err
		}
		p.say(p.stderr, "新载入 %d 条事件。", "%d events are new in it.", n)
	}
	c, err := desk.NewestCheckpoint(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.stdout, c.Note)
	return err
}

func (p *program) rotateLogKey(s *settings) error {
	if _, err := s.readKeys(); err != nil {
		return err
	}
	keys, err := seal.RotateLogKey(s.KeyFile)
	if err != nil {
		return errs.Invalid("MAILBOX_KEY_FILE", "the key file could not be changed and is as it was", "密钥文件未能更改，保持原样").Because(err)
	}
	p.say(p.stdout,
		"已更换检查点签名密钥，新公钥为 %[1]s。原有检查点仍然有效。\n运行中的进程下次启动后才用新密钥；每台机器都须有同一份密钥文件，请复制 %[2]s 并更新备份。",
		"checkpoints have a new signing key: %[1]s. All earlier checkpoints stay valid.\nRunning processes use it from their next start; every machine needs the same key file: copy %[2]s, and keep a fresh backup of it.",
		keys.LogKeys()[0], s.KeyFile)
	return nil
}
