package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// policy lists, shows and compares the versions of the policies, and adds one. Putting a case that is here
// already under another version is supervision's, on its page, with a reason.
func policy(ctx context.Context, p *program, args []string) error {
	var against, reason, from string
	var dry bool
	s, rest, err := p.parse("policy", args, func(f *flag.FlagSet) {
		f.StringVar(&against, "against", "", choose(p.lang, "diff：与哪一版比较，默认为现行版本", "diff: the version to compare with; the one in force by default"))
		f.StringVar(&reason, "reason", "", choose(p.lang, "load：理由，留存备查", "load: why; it is kept with the version"))
		f.StringVar(&from, "from", "", choose(p.lang, "load：生效的当地时间，默认为文件中的 from，否则为现在", "load: the local time from which it acts; by default the file's, else now"))
		f.BoolVar(&dry, "dry-run", false, choose(p.lang, "load：只检查，不写入", "load: only check, write nothing"))
	})
	if err != nil {
		return err
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	k := &policies{p: p, loc: loc}
	looking := func(do func() error) error {
		return p.look(ctx, s, func(desk *cases.Desk) error {
			if err := k.read(ctx, desk); err != nil {
				return err
			}
			return do()
		})
	}
	switch {
	case len(rest) == 1 && rest[0] == "list":
		return looking(k.list)
	case len(rest) == 1 && rest[0] == "show":
		return looking(func() error { return k.show("") })
	case len(rest) == 2 && rest[0] == "show":
		return looking(func() error { return k.show(rest[1]) })
	case len(rest) == 2 && rest[0] == "diff":
		err := looking(func() error { return k.compare(rest[1], against) })
		if errors.Is(err, errDifferent) {
			return err
		}
		return unusable(err) // as diff has it: 1 is for differences alone
	case len(rest) == 2 && rest[0] == "load" && strings.TrimSpace(reason) != "":
		load := loading{policies: k, path: rest[1], reason: reason, from: from}
		if err := load.parse(); err != nil {
			return err
		}
		if dry {
			return looking(load.check)
		}
		return p.with(ctx, s, func(o *opened) error {
			if err := k.read(ctx, o.desk); err != nil {
				return err
			}
			return load.store(ctx, o.desk)
		})
	}
	return errUsage
}

// policies are the versions there are, newest first.
type policies struct {
	p        *program
	loc      *time.Location
	versions []cases.PolicyEdition
}

// read reads the versions; without a database there is the one that comes with the program.
func (k *policies) read(ctx context.Context, desk *cases.Desk) (err error) {
	if desk == nil {
		k.versions = []cases.PolicyEdition{{PolicyVersion: sla.DefaultPolicies(), InForce: true}}
		return nil
	}
	k.versions, err = desk.Policies(ctx)
	return err
}

// version finds a version by its number; "" is the one in force.
func (k *policies) version(field, text string) (sla.PolicyVersion, error) {
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n < 1) {
		return sla.PolicyVersion{}, errs.Invalid(field, "a version is a number such as 1, not %q", "版本应为数字，如 1，而不是“%s”", text)
	}
	for _, v := range k.versions {
		if text == "" && v.InForce || text != "" && v.Version == n {
			return v.PolicyVersion, nil
		}
	}
	return sla.PolicyVersion{}, errs.Invalid(field, "there is no version %d of the policies", "没有第 %d 版办理规则", n)
}

// list prints a line for each version; a star stands before the one in force.
func (k *policies) list() error {
	for _, v := range k.versions {
		mark := " "
		if v.InForce {
			mark = "*"
		}
		k.p.say(k.p.stdout, "%s %3d  %-25s  %s%s", "%s %3d  %-25s  %s%s", mark, v.Version, k.start(v.From), k.p.by(v.By, v.Version == 1), reasonAfter(v.Reason))
	}
	k.p.say(k.p.stdout, "* 现行版本", "* in force")
	return nil
}

func reasonAfter(reason string) string {
	if reason == "" {
		return ""
	}
	return " · " + strings.Join(strings.Fields(reason), " ")
}

// start writes from when a version acts. The first has no start.
func (k *policies) start(from time.Time) string {
	if from.IsZero() {
		return "-"
	}
	return from.In(k.loc).Format(time.RFC3339)
}

// show prints a version as the JSON that load reads.
func (k *policies) show(text string) error {
	v, err := k.version("VERSION", text)
	if err != nil {
		return err
	}
	if !v.From.IsZero() {
		v.From = v.From.In(k.loc)
	}
	data, err := sla.FormatPolicyVersion(v)
	if err != nil {
		return err
	}
	_, err = k.p.stdout.Write(data)
	return err
}

// compare prints what a file would change.
func (k *policies) compare(path, against string) error {
	draft, err := readPolicy(path)
	if err != nil {
		return err
	}
	before, err := k.version("against", against)
	if err != nil {
		return err
	}
	if k.printChanges(sla.DiffPolicies(before, draft)) {
		return errDifferent
	}
	return nil
}

// printChanges prints one line a change: where, the field, the old and the new value, and what the field is.
func (k *policies) printChanges(changes []sla.Change) bool {
	value := func(text string) string {
		if text == "" {
			return choose(k.p.lang, "（未设）", "(not set)")
		}
		return text
	}
	for _, c := range changes {
		k.p.say(k.p.stdout, "%s: %s %s → %s · %s", "%s: %s %s → %s · %s",
			c.Where, c.Field, value(c.Old), value(c.New), wording.PolicyField(k.p.lang, c.Field))
	}
	return len(changes) > 0
}

func readPolicy(path string) (sla.PolicyVersion, error) {
	data, err := readFile(path)
	if err != nil {
		return sla.PolicyVersion{}, err
	}
	draft, err := sla.ParsePolicyDraft(data)
	if err != nil {
		return draft, unusable(errs.Invalid(path, "%s", "%s", strings.TrimPrefix(err.Error(), "policy: ")))
	}
	for i, rule := range draft.Rules {
		// A slip of the pen here would be a rule that matches no letter, ever.
		if rule.Channel != "" && !slices.Contains(cases.Channels, rule.Channel) {
			return draft, unusable(errs.Invalid(path, "rule %d: there is no channel %q", "第 %d 条规则：没有“%s”这个渠道", i+1, rule.Channel))
		}
		if rule.Kind != "" && !slices.Contains(cases.Kinds, rule.Kind) {
			return draft, unusable(errs.Invalid(path, "rule %d: there is no kind %q", "第 %d 条规则：没有“%s”这个类型", i+1, rule.Kind))
		}
	}
	return draft, nil
}

// loading is one file on its way to become a version.
type loading struct {
	*policies
	path, reason, from string
	draft              sla.PolicyVersion // without a start: it acts from the moment it is stored
	field              string            // where the start was said
	now                time.Time
}

// parse reads the file and the start.
func (l *loading) parse() (err error) {
	if l.draft, err = readPolicy(l.path); err != nil {
		return err
	}
	l.field = l.path + ": from"
	if l.from == "" {
		return nil
	}
	l.field = "from"
	if l.draft.From, err = time.Parse(time.RFC3339, l.from); err == nil {
		return nil
	}
	l.draft.From, err = parseLocal(l.field, l.from, l.loc)
	return err
}

// prepare settles the start and prints what would change.
func (l *loading) prepare() error {
	l.now = l.p.clock().Truncate(time.Second)
	if l.from == "" && l.printedByShow() {
		l.draft.From = time.Time{}
	}
	if !l.draft.From.IsZero() && l.draft.From.Before(l.now) {
		return errs.Invalid(l.field,
			"the start %s has passed: a policy acts on letters received from its start on, and those of the past keep theirs",
			"生效时间 %s 已过：新规则只适用于生效后收到的来信，已收到的来信仍按原规则办理", l.start(l.draft.From))
	}
	newest := l.versions[0]
	changes := sla.DiffPolicies(newest.PolicyVersion, l.draft)
	if len(changes) == 0 {
		return errs.Conflict("%[1]s: nothing would change: it is version %[2]d, rule for rule", "%[1]s：与第 %[2]d 版完全相同，没有变化", l.path, newest.Version)
	}
	l.p.say(l.p.stdout, "与第 %d 版相比：", "compared with version %d:", newest.Version)
	l.printChanges(changes)
	return nil
}

// printedByShow tells whether the file's start is not a wish but what show printed: the start, passed by now,
// of a version that is there.
func (l *loading) printedByShow() bool {
	for _, v := range l.versions {
		if !v.From.IsZero() && v.From.Equal(l.draft.From) && v.From.Before(l.now) {
			return true
		}
	}
	return false
}

// check is the dry run.
func (l *loading) check() error {
	if err := l.prepare(); err != nil {
		return err
	}
	l.p.say(l.p.stdout, "将成为第 %d 版，适用于 %s 起收到的来信。", "It would become version %d, for letters received from %s on.",
		l.versions[0].Version+1, l.start(cmp.Or(l.draft.From, l.now)))
	l.warn(cmp.Or(l.draft.From, l.now))
	l.p.say(l.p.stdout, "仅检查，未写入。", "Only checked, nothing written.")
	return nil
}

// store adds the version.
func (l *loading) store(ctx context.Context, desk *cases.Desk) error {
	if err := l.prepare(); err != nil {
		return err
	}
	added, err := desk.LoadPolicy(ctx, people.TheSystem(), l.draft, l.reason)
	if err != nil {
		return err
	}
	l.p.say(l.p.stdout, "第 %d 版适用于 %s 起收到的来信；此前收到的仍按原规则办理。", "Version %d acts on letters received from %s on; those that are here keep theirs.",
		added.Version, l.start(added.From))
	l.warn(added.From)
	return nil
}

// warn names the versions that were added before and begin later: each takes over when it begins.
func (l *loading) warn(start time.Time) {
	for _, v := range l.versions {
		if v.From.After(start) {
			l.p.say(l.p.stderr, "注意：第 %d 版将于 %s 起取代它。", "Mind: version %d takes its place from %s on.", v.Version, l.start(v.From))
		}
	}
}
