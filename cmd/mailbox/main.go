// Command mailbox is the Mayor's mailbox: a city's letters, cases, deadlines and figures in one program.
//
// Start with `mailbox serve --demo`; `mailbox help` lists the commands, `mailbox config` the settings.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mailbox/cases/errs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], systemEnvironment, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// program is what every command gets: where to read and write, and the clock.
type program struct {
	env    environment
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	lang   errs.Lang
	clock  func() time.Time
}

// command is one subcommand. Its help line stands in both languages.
type command struct {
	name   string
	args   string
	zh, en string
	run    func(ctx context.Context, p *program, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "[--demo]", "启动网页和后台任务（单进程）", "serve the pages and do the jobs, in one process", serve},
		{"web", "", "只启动网页（多进程部署）", "serve the pages only (many processes)", webOnly},
		{"work", "", "只做后台任务（多进程部署）", "do the jobs only (many processes)", work},
		{"migrate", "up|down|status|unlock", "升级、回退或查看数据库结构", "change or show the database's schema", migrate},
		{"import", "FILE --map MAP [--dry-run] | FILE --guess", "导入历史信件（CSV、XLSX）", "import letters from CSV or XLSX as history", importFile},
		{"report", "--from DAY --to DAY [--by …] [--as-of …] [--format table|csv|json|xlsx|written|docx] [--out FILE]", "统计报表", "the figures of a period", printReport},
		{"closing", "verify [FILE] [--keys KEYS]", "核验统计定稿的签名（文件，或库中全部）", "verify closed periods: a file, or all that the database holds", closingCommand},
		{"calendar", "show YEAR [--json] | due LOCAL_TIME N [--json] | list | load FILE [--apply]", "工作日历，期限推算，载入放假安排", "show working days; work out a deadline; load the notice of a year", calendar},
		{"policy", "list | show [VERSION] | diff FILE [--against VERSION] | load FILE --reason TEXT [--from LOCAL_TIME] [--dry-run]", "办理规则（期限、亮牌、通知对象）的各个版本", "the versions of the policies: deadlines, cards, who is told", policy},
		{"hot", "FILE --text title,body --time TIME [--writer COLUMN] [--likes COLUMN] | FILE --map MAP", "热点问题：多人反映的同一件事", "hot issues: the matters that many write about", hot},
		{"routing", "eval FILE --map MAP --split 0.8 | eval --train A --test B --text title,body --label LABEL | rules …", "转办建议：测量学习效果，查看和载入规则", "how letters are routed: measure what is learned, show and load the rules", routingCommand},
		{"substance", "FILE [--letter title,body] [--reply COLUMN] [--json]", "检查文件中的答复是否空洞或雷同（只读）", "look through the replies of a file for those that say nothing", substanceCommand},
		{"similar", "FILE --map MAP | FILE --text title,body [--most N] [--json]", "找出文件中重复或相近的来信（只读）", "find the letters of a file that repeat others in it", similarCommand},
		{"receipt", "verify FILE [--keys KEYS] [--text LETTER] | keys | rotate", "核验签名回执，查看和更换签名密钥", "verify signed receipts; show and change the keys they are signed with", receiptCommand},
		{"verify", "log [--checkpoint FILE] | figures | reports", "核验办理记录（事件链、记录树、签名、办件）、统计汇总或保存的报告，只读", "verify the record of cases (chains, tree, signatures, cases), the figures, or the stored reports; it only reads", verify},
		{"checkpoint", "[now | keys | rotate]", "显示最新的签名检查点（请保存到别处），生成检查点，查看和更换签名密钥", "print the newest signed checkpoint, to keep elsewhere; make one; show and change the keys", checkpoint},
		{"erase", "[--dry-run]", "抹除保存期已满的办件中的个人信息（后台也会自动进行）", "erase what is personal in cases whose retention time is over, as the jobs do by themselves", erase},
		{"keys", "list | rotate [--copied] | drop ID", "查看和更换加密联系方式与文件的密钥", "list and change the keys that contacts and files are sealed with", keysCommand},
		{"user", "add|passwd|list", "账号管理", "add and list accounts, set passwords", user},
		{"backup", "FILE", "在线备份（数据库、密钥、文件）", "back up online: database, keys and files", backup},
		{"restore", "FILE", "恢复到空的数据目录或空库", "restore into an empty data directory or database", restore},
		{"config", "", "显示每项配置的值、来源和含义", "show each setting's value, source and meaning", config},
		{"version", "", "版本", "the version", printVersion},
	}
}

// errUsage says that the command line itself was wrong: exit status 2.
var errUsage = errors.New("usage")

// errDifferent ends a comparison that has found, and printed, differences: exit status 1 without a word.
var errDifferent = errors.New("different")

// run is the whole program. It returns the exit status: 0 done, 1 failed or, of a comparison, different, 2 the
// command line or a file given on it cannot be used.
func run(ctx context.Context, args []string, env environment, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{env: env, stdin: stdin, stdout: stdout, stderr: stderr, lang: languageOf(env), clock: time.Now}
	return p.do(ctx, args)
}

// do does what the command line asks for.
func (p *program) do(ctx context.Context, args []string) int {
	stdout, stderr := p.stdout, p.stderr
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		p.help(stdout)
		return 0
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return p.status(c, c.run(ctx, p, args[1:]))
		}
	}
	p.say(stderr, "没有“%[1]s”这个命令；mailbox help 列出所有命令", "there is no command %[1]q; mailbox help lists them", args[0])
	return 2
}

// status turns a command's error into words and an exit status.
func (p *program) status(c command, err error) int {
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errDifferent):
		return 1
	case errors.Is(err, errUsage):
		p.say(p.stderr, "用法：mailbox %s %s", "usage: mailbox %s %s", c.name, c.args)
		return 2
	case isUnusable(err):
		p.say(p.stderr, "mailbox %s：%s", "mailbox %s: %s", c.name, p.explain(err))
		return 2
	default:
		p.say(p.stderr, "mailbox %s：%s", "mailbox %s: %s", c.name, p.explain(err))
		return 1
	}
}

// unusableError marks a file, map or setting that cannot be used at all. It adds no words of its own.
type unusableError struct{ error }

func (e unusableError) Unwrap() error { return e.error }

// unusable marks err, if there is one.
func unusable(err error) error {
	if err == nil {
		return nil
	}
	return unusableError{err}
}

func isUnusable(err error) bool {
	_, ok := errors.AsType[unusableError](err)
	return ok
}

// explain gives an error to an operator: our own errors in their language with the field, all others as
// they are, for an operator can use the technical text.
func (p *program) explain(err error) string {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err.Error()
	}
	text := e.In(p.lang)
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if cause := e.Unwrap(); cause != nil {
		text += " (" + cause.Error() + ")"
	}
	return text
}

func (p *program) help(w io.Writer) {
	p.say(w, "市长信箱：来信、办件、期限、统计。\n\n用法：mailbox 命令 [选项]\n", "The Mayor's mailbox: letters, cases, deadlines, figures.\n\nusage: mailbox COMMAND [options]\n")
	for _, c := range commands() {
		p.say(w, "  %-9[1]s %[2]s\n            %[3]s", "  %-9[1]s %[2]s\n            %[3]s", c.name, c.args, choose(p.lang, c.zh, c.en))
	}
	p.say(w, "\n各命令共用的配置项见 mailbox config；每个命令都有 --help。", "\nmailbox config shows the settings that all commands share; every command knows --help.")
}

// helpFor is what --help says: what the command is for, and every option.
func (p *program) helpFor(name string, f *flag.FlagSet) {
	for _, c := range commands() {
		if c.name == name {
			p.say(p.stdout, "用法：mailbox %s %s\n\n%s\n", "usage: mailbox %s %s\n\n%s\n", c.name, c.args, choose(p.lang, c.zh, c.en))
		}
	}
	f.SetOutput(p.stdout)
	f.PrintDefaults()
}

// say writes a line in the operator's language. Writing to a closed terminal is nobody's error.
func (p *program) say(w io.Writer, zh, en string, args ...any) {
	fmt.Fprintf(w, choose(p.lang, zh, en)+"\n", args...)
}

// parse reads a command's flags and the settings, and returns what is left.
func (p *program) parse(name string, args []string, declare func(*flag.FlagSet)) (*settings, []string, error) {
	f := flag.NewFlagSet("mailbox "+name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	load := flags(f, p.lang)
	if declare != nil {
		declare(f)
	}
	rest, err := permute(f, args)
	if errors.Is(err, flag.ErrHelp) {
		p.helpFor(name, f)
		return nil, nil, err
	}
	if err != nil {
		p.say(p.stderr, "选项有误：%v", "the options are wrong: %v", err)
		return nil, nil, errUsage
	}
	s, err := load(p.env)
	if err != nil {
		return nil, nil, unusable(err)
	}
	if s.Language != "" {
		p.lang = errs.Lang(s.Language)
	}
	return s, rest, nil
}

// permute parses flags wherever they stand, so that `import FILE --map MAP` works as people write it.
func permute(f *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		left := f.Args()
		if len(left) == 0 {
			return rest, nil
		}
		// After "--" everything is an argument.
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}
