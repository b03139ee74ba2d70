package main

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
)

// routingRules shows the rules on where letters go, checks a file of them, and makes one the rules that act.
func routingRules(ctx context.Context, p *program, args []string) error {
	var reason string
	s, rest, err := p.parse("routing rules", args, func(f *flag.FlagSet) {
		f.StringVar(&reason, "reason", "", choose(p.lang, "load：理由，留存备查", "load: why; it is kept with the version"))
	})
	if err != nil {
		return err
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	r := &rulesCommand{p: p, loc: loc}
	switch {
	case len(rest) == 1 && rest[0] == "list":
		return p.look(ctx, s, func(desk *cases.Desk) error { return r.list(ctx, desk) })
	case len(rest) == 1 && rest[0] == "show":
		return p.look(ctx, s, func(desk *cases.Desk) error { return r.show(ctx, desk, "") })
	case len(rest) == 2 && rest[0] == "show":
		return p.look(ctx, s, func(desk *cases.Desk) error { return r.show(ctx, desk, rest[1]) })
	case len(rest) == 2 && rest[0] == "check":
		rules, err := p.readRules(rest[1])
		if err != nil {
			return err
		}
		return p.look(ctx, s, func(desk *cases.Desk) error { return r.check(ctx, desk, rules) })
	case len(rest) == 2 && rest[0] == "load" && strings.TrimSpace(reason) != "":
		rules, err := p.readRules(rest[1])
		if err != nil {
			return err
		}
		return p.with(ctx, s, func(o *opened) error { return r.load(ctx, o.desk, rules, reason) })
	}
	return errUsage
}

type rulesCommand struct {
	p   *program
	loc *time.Location
}

// readRules reads a file of rules; all that is wrong with it is one error, a line each.
func (p *program) readRules(path string) (routing.Rules, error) {
	data, err := readFile(path)
	if err != nil {
		return routing.Rules{}, err
	}
	rules, err := routing.ParseRules(string(data))
	if err == nil {
		return rules, nil
	}
	wrong := routing.Mistakes(err)
	var en, zh strings.Builder
	for _, e := range wrong {
		if line := routing.LineOf(e); line > 0 {
			fmt.Fprintf(&en, "\n  line %d: %s", line, e.In(errs.EN))
			fmt.Fprintf(&zh, "\n  第 %d 行：%s", line, e.In(errs.ZH))
		} else {
			en.WriteString("\n  " + e.In(errs.EN))
			zh.WriteString("\n  " + e.In(errs.ZH))
		}
	}
	return rules, unusable(errs.Invalid(path, "%[1]d mistakes:%[2]s", "有 %[1]d 处错误：%[3]s", len(wrong), en.String(), zh.String()))
}

// history reads the versions, newest first; without a database there are those that come with the program.
func (r *rulesCommand) history(ctx context.Context, desk *cases.Desk) ([]cases.RoutingRules, error) {
	if desk == nil {
		return []cases.RoutingRules{{Version: 1, Rules: routing.StartingRules()}}, nil
	}
	return desk.RoutingRulesHistory(ctx, 0, 1000)
}

// list prints a line for each version; a star stands before the one that acts.
func (r *rulesCommand) list(ctx context.Context, desk *cases.Desk) error {
	all, err := r.history(ctx, desk)
	if err != nil {
		return err
	}
	for i, v := range all {
		mark, when := " ", "-"
		if i == 0 {
			mark = "*"
		}
		if !v.BuiltIn() {
			when = v.CreatedAt.In(r.loc).Format(time.RFC3339)
		}
		r.p.say(r.p.stdout, "%s %3d  %-25s  %d 条  %s%s", "%s %3d  %-25s  %d rules  %s%s",
			mark, v.Version, when, len(v.Rules.All()), r.p.by(v.By, v.BuiltIn()), reasonAfter(v.Reason))
	}
	r.p.say(r.p.stdout, "* 现行版本", "* acting now")
	return nil
}

// show prints a version as the text that load reads; "" is the one that acts.
func (r *rulesCommand) show(ctx context.Context, desk *cases.Desk, version string) error {
	n := 0
	if version != "" {
		var err error
		if n, err = strconv.Atoi(version); err != nil || n < 1 {
			return errs.Invalid("VERSION", "a version is a number such as 1, not %q", "版本应为数字，如 1，而不是“%s”", version)
		}
	}
	var rules cases.RoutingRules
	var err error
	switch {
	case desk == nil && n <= 1:
		rules.Rules = routing.StartingRules()
	case desk == nil:
		err = errs.NotFound("there is no version %d of the routing rules", "没有第 %d 版转办规则", n)
	case n == 0:
		rules, err = desk.RoutingRules(ctx)
	default:
		rules, err = desk.RoutingRulesOf(ctx, int64(n))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(r.p.stdout, rules.Rules)
	return err
}

// check says what would act. A rule whose department is not there is no mistake: the department may come later.
func (r *rulesCommand) check(ctx context.Context, desk *cases.Desk, rules routing.Rules) error {
	if desk == nil {
		r.p.say(r.p.stdout, "%d 条规则，写法正确。尚无数据库，未核对单位。", "%d rules, all of them readable. There is no database yet: departments were not looked up.", len(rules.All()))
		return nil
	}
	return r.report(ctx, desk, rules)
}

func (r *rulesCommand) report(ctx context.Context, desk *cases.Desk, rules routing.Rules) error {
	departments, err := desk.RoutingDepartments(ctx)
	if err != nil {
		return err
	}
	inactive := 0
	for _, f := range rules.Check(departments) {
		if f.Inactive {
			inactive++
			r.p.say(r.p.stdout, "第 %[1]d 行不起作用：%[2]s", "line %[1]d does not act: %[2]s", f.Line, f.Err.In(r.p.lang))
		} else {
			r.p.say(r.p.stdout, "第 %[1]d 行：%[2]s", "line %[1]d: %[2]s", f.Line, f.Err.In(r.p.lang))
		}
	}
	r.p.say(r.p.stdout, "%d 条规则，%d 条不起作用。", "%d rules, %d of them do not act.", len(rules.All()), inactive)
	return nil
}

// load makes the rules those that act.
func (r *rulesCommand) load(ctx context.Context, desk *cases.Desk, rules routing.Rules, reason string) error {
	seen, err := desk.RoutingRulesVersion(ctx)
	if err != nil {
		return err
	}
	saved, err := desk.SetRoutingRules(ctx, people.TheSystem(), rules.String(), seen, reason)
	if err != nil {
		return err
	}
	if err := r.report(ctx, desk, saved.Rules); err != nil {
		return err
	}
	r.p.say(r.p.stdout, "已存为第 %d 版，即时起作用；已转办的信件不变。", "Kept as version %d; it acts from now on. Letters that have been routed stay where they are.", saved.Version)
	return nil
}
