package main

import (
	"context"
	"flag"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// closingCommand verifies closings of periods: a file with public keys alone, or all that the database holds.
func closingCommand(ctx context.Context, p *program, args []string) error {
	var keys string
	s, rest, err := p.parse("closing", args, func(f *flag.FlagSet) {
		f.StringVar(&keys, "keys", "", choose(p.lang, "公钥列表文件（/receipt/keys.json）；留空则用本机密钥文件", "the list of keys from /receipt/keys.json; empty: those of the key file"))
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 2 && rest[0] == "verify":
		return p.verifyClosing(s, rest[1], keys)
	case len(rest) == 1 && rest[0] == "verify" && keys == "":
		return p.verifyClosings(ctx, s)
	}
	return errUsage
}

// verifyClosing ends well only for a genuine closing. It needs no database.
func (p *program) verifyClosing(s *settings, file, keysFile string) error {
	data, err := readFile(file)
	if err != nil {
		return err
	}
	keys, err := receiptKeys(s, keysFile)
	if err != nil {
		return err
	}
	signed, err := report.ParseClosing(data)
	if err != nil {
		return err
	}
	says, err := signed.Verify(keys)
	if err != nil {
		return err
	}
	_, total := report.Counted(says.Lots)
	p.say(p.stdout,
		"统计定稿真实有效：%[1]s\n统计期：%[2]s 至 %[3]s（不含）\n统计截至：%[4]s\n定稿：%[5]s，%[6]s\n收到 %[7]d 件，按期率 %[8]s %%（%[9]d/%[10]d）\n摘要：%[11]s",
		"the closing is genuine: %[1]s\nperiod: %[2]s until before %[3]s\nas of: %[4]s\nclosed: %[5]s, %[6]s\nreceived %[7]d letters, on time %[8]s %% (%[9]d of %[10]d)\ndigest: %[11]s",
		says.City, says.Period.From, says.Period.To, says.AsOf.Format("2006-01-02 15:04:05 -07:00"), says.ClosedBy, says.ClosedAt.Format("2006-01-02 15:04:05 -07:00"),
		total.Received, total.OnTimeRate, total.OnTime, total.Due, signed.Digest)
	return nil
}

// verifyClosings looks at every closing in the database.
func (p *program) verifyClosings(ctx context.Context, s *settings) error {
	loc, err := s.location()
	if err != nil {
		return err
	}
	keys, err := s.readKeys()
	if err != nil {
		return err
	}
	return p.with(ctx, s, func(o *opened) error {
		all, wrong, err := report.NewClosings(s.figures(o.db, loc), keys, p.clock, s.City).VerifyAll(ctx)
		if err != nil {
			return err
		}
		for _, k := range wrong {
			p.say(p.stderr, "第 %d 号定稿（%s 至 %s，不含）：%s", "closing %d (%s until before %s): %s", k.ID, k.FromDay, k.ToDay, errs.Message(k.Wrong, p.lang))
		}
		if len(wrong) > 0 {
			return errs.Conflict("%d of %d closings are not genuine", "共 %[2]d 次定稿，其中 %[1]d 次不可采信", len(wrong), all)
		}
		p.say(p.stdout, "共 %d 次定稿，均真实有效", "closings: %d, all genuine", all)
		return nil
	})
}
