package main

import (
	"context"
	"flag"

	"mailbox/cases"
)

// erase erases what is personal in the cases whose retention time is over, or says what that would be.
func erase(ctx context.Context, p *program, args []string) error {
	var dry bool
	s, rest, err := p.parse("erase", args, func(f *flag.FlagSet) {
		f.BoolVar(&dry, "dry-run", false, choose(p.lang, "只显示将抹除什么", "only say what would be erased"))
	})
	if err != nil {
		return err
	}
	if len(rest) != 0 {
		return errUsage
	}
	o, err := p.open(ctx, s, how{files: true})
	if err != nil {
		return err
	}
	defer o.db.Close() //nolint:errcheck // what was written is committed
	if o.desk.EraseAfter() == 0 {
		p.say(p.stdout, "不抹除（MAILBOX_ERASE_AFTER=never）。", "nothing is ever erased (MAILBOX_ERASE_AFTER=never)")
		return nil
	}
	e, err := o.desk.Erasable(ctx)
	if err != nil {
		return err
	}
	p.sayErasable(o.desk, e)
	if dry || e.Cases == 0 {
		return nil
	}
	bar, done := p.progress(), int64(0)
	for {
		n, err := o.desk.EraseOld(ctx, 100)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		done += int64(n)
		bar.at(done, max(done, e.Cases), func() string { return "" })
	}
	p.say(p.stdout, "已抹除 %d 件。更早的备份中仍有这些内容。", "erased: %d cases. Earlier backups still hold what was in them.", done)
	return nil
}

func (p *program) sayErasable(desk *cases.Desk, e cases.Erasure) {
	const day = "2006-01-02"
	p.say(p.stdout, "%[1]s 之后没有变化的已结束办件：%[2]d 件，联系方式 %[3]d 条，附件 %[4]d 个。",
		"ended cases without any change since %[1]s: %[2]d, with %[3]d contacts and %[4]d files", e.Before.In(desk.Location()).Format(day), e.Cases, e.Contacts, e.Files)
	if e.Cases > 0 {
		p.say(p.stdout, "最后变化于 %s 至 %s。", "last changed from %s to %s", e.First.In(desk.Location()).Format(day), e.Last.In(desk.Location()).Format(day))
	}
}
