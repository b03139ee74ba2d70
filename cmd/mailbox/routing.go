package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/routing"
	"mailbox/sla"
)

// routingCommand shows and loads the routing rules, and measures on any file how well routing learns.
func routingCommand(ctx context.Context, p *program, args []string) error {
	if len(args) > 0 && args[0] == "rules" {
		return routingRules(ctx, p, args[1:])
	}
	e := &evaluation{p: p}
	var asJSON bool
	_, rest, err := p.parse("routing", args, func(f *flag.FlagSet) {
		f.StringVar(&e.train, "train", "", choose(p.lang, "eval：训练用文件", "eval: the file to train on"))
		f.StringVar(&e.test, "test", "", choose(p.lang, "eval：测试用文件", "eval: the file to test on"))
		f.StringVar(&e.text, "text", "", choose(p.lang, "eval：标题列和正文列，如 title,body", "eval: the columns of title and text, such as title,body"))
		f.StringVar(&e.label, "label", "", choose(p.lang, "eval：答案列；用对照文件时为 department 或 topic", "eval: the column with the answer; with a map: department or topic"))
		f.StringVar(&e.time, "time", "", choose(p.lang, "eval：来信时间列（可省略）", "eval: the column with the time of receipt, if any"))
		f.StringVar(&e.mapFile, "map", "", choose(p.lang, "eval：对照文件，代替 --text、--label、--time", "eval: a map, instead of --text, --label and --time"))
		f.Float64Var(&e.split, "split", 0, choose(p.lang, "eval：按时间先后，前面多大比例用于训练，如 0.8", "eval: by time, the first share trains, the rest tests, such as 0.8"))
		f.IntVar(&e.folds, "folds", 0, choose(p.lang, "eval：交叉验证的份数，如 5", "eval: cross-validation in so many parts, such as 5"))
		f.BoolVar(&asJSON, "json", false, choose(p.lang, "输出 JSON", "print JSON"))
	})
	if err != nil {
		return err
	}
	if len(rest) == 0 || rest[0] != "eval" || len(rest) > 2 {
		return errUsage
	}
	if len(rest) == 2 {
		e.file = rest[1]
	}
	if err := e.check(); err != nil {
		return err
	}
	if err := e.run(ctx); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(e.result)
	}
	e.print()
	return nil
}

// evaluation trains on some letters and tries the model on others.
type evaluation struct {
	p                          *program
	file, train, test          string
	text, label, time, mapFile string
	split                      float64
	folds                      int
	result                     evaluated
	trained                    time.Duration
	skipped, refused, parts    int
}

// evaluated is what is printed. Shares are between 0 and 1.
type evaluated struct {
	TrainRows   int     `json:"train_rows"`
	Rows        int     `json:"rows"`    // tried
	Classes     int     `json:"classes"` // learned
	TestClasses int     `json:"test_classes"`
	Folds       int     `json:"folds,omitempty"`
	Skipped     int     `json:"skipped"` // rows without text or answer, or that cannot be read
	Top1        float64 `json:"top_1"`
	Top3        float64 `json:"top_3"`
	Top5        float64 `json:"top_5"`
	MacroF1     float64 `json:"macro_f1"`
	Routable    float64 `json:"routable_at_95_precision"`
	Threshold   float64 `json:"threshold_at_95_precision"`
	Seconds     float64 `json:"train_seconds"`
	PerSecond   float64 `json:"predictions_per_second"`
	ModelBytes  int     `json:"model_bytes"`
	StoredBytes int     `json:"stored_bytes"`
}

func (e *evaluation) check() error {
	invalid := func(field, en, zh string) error { return unusable(errs.Invalid(field, en, zh)) }
	switch pair := e.train != "" || e.test != ""; {
	case pair && e.file != "":
		return invalid("eval", "give either one FILE, or --train and --test", "请给出一个文件，或用 --train 和 --test")
	case !pair && e.file == "":
		return errUsage
	case pair && e.test == "" && e.folds == 0:
		return invalid("test", "give --test as well, or --folds", "还需 --test 或 --folds")
	case pair && e.train == "":
		return invalid("train", "give --train as well", "还需 --train")
	case e.mapFile == "" && (e.text == "" || e.label == ""):
		return invalid("text", "say with --text and --label which columns are text and answer, or give a --map", "请用 --text 和 --label 指明正文列和答案列，或给出 --map")
	case e.mapFile != "" && !slices.Contains([]string{"", "department", "topic"}, e.label):
		return invalid("label", "with a map, --label is department or topic", "使用对照文件时，--label 只能是 department 或 topic")
	case e.folds != 0 && (e.folds < 2 || e.folds > 100):
		return invalid("folds", "--folds is a number from 2 to 100", "--folds 应为 2 至 100")
	case e.file != "" && e.folds == 0 && (e.split <= 0 || e.split >= 1):
		return invalid("split", "--split is a share between 0 and 1, such as 0.8", "--split 应为 0 与 1 之间的比例，如 0.8")
	}
	return nil
}

// run reads, trains and tries, once or for each part.
func (e *evaluation) run(ctx context.Context) error {
	all, err := e.read(cmp.Or(e.file, e.train))
	if err != nil {
		return err
	}
	if e.folds > 0 {
		return e.crossValidate(ctx, all)
	}
	if e.test != "" {
		test, err := e.read(e.test)
		if err != nil {
			return err
		}
		return e.try(ctx, all, test)
	}
	slices.SortStableFunc(all, func(a, b routing.Example) int { return a.At.Compare(b.At) })
	at := int(e.split * float64(len(all)))
	return e.try(ctx, all[:at], all[at:])
}

// crossValidate tries each part by all others; which part a letter is in does not depend on its neighbours in the file.
func (e *evaluation) crossValidate(ctx context.Context, all []routing.Example) error {
	for part := range e.folds {
		var train, test []routing.Example
		for i, x := range all {
			if int(uint32(i)*2654435761>>8)%e.folds == part {
				test = append(test, x)
			} else {
				train = append(train, x)
			}
		}
		if err := e.try(ctx, train, test); err != nil {
			return err
		}
	}
	return nil
}

// try trains and tries once, and adds to what is printed.
func (e *evaluation) try(ctx context.Context, train, test []routing.Example) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.p.say(e.p.stderr, "用 %d 封来信训练，%d 封测试……", "training on %d letters, testing on %d …", len(train), len(test))
	if len(test) == 0 {
		return unusable(errs.Invalid("test", "there are no letters to test on", "没有可供测试的来信"))
	}
	hint := hintFrom(train)
	began := e.p.clock()
	m, err := routing.Train(train, hint, 1)
	if err != nil {
		return unusable(errs.Invalid("train", "%d letters are not enough to learn from: %v", "%d 封来信不足以学习：%v", len(train), err))
	}
	e.trained += e.p.clock().Sub(began)
	began = e.p.clock()
	s := routing.Evaluate(m, test, hint)
	if e.parts == 0 { // enough of them for a steady rate; a clock that stands still must not keep us here
		predictions := len(test)
		for ; predictions < 20_000 && e.p.clock().Sub(began) < time.Second; predictions += len(test) {
			for _, x := range test {
				m.Rank(x.Letter, hint(x.Letter), nil, 5)
			}
		}
		e.result.PerSecond = float64(predictions) / max(e.p.clock().Sub(began).Seconds(), 1e-6)
	}
	e.add(s, m, len(train))
	return nil
}

// add makes means over the parts.
func (e *evaluation) add(s routing.Scores, m *routing.Model, trained int) {
	n := float64(e.parts)
	e.parts++
	mean := func(before *float64, now float64) { *before = (*before*n + now) / (n + 1) }
	r := &e.result
	r.TrainRows, r.Classes, r.TestClasses, r.Skipped = trained, m.Report.Classes, s.Classes, e.skipped
	r.Rows += s.Rows
	if e.folds > 0 {
		r.Folds = e.folds
	}
	mean(&r.Top1, s.Top1)
	mean(&r.Top3, s.Top3)
	mean(&r.Top5, s.Top5)
	mean(&r.MacroF1, s.MacroF1)
	mean(&r.Routable, s.Routable)
	mean(&r.Threshold, s.Threshold)
	r.Seconds = e.trained.Seconds() / float64(e.parts)
	r.ModelBytes = m.Bytes()
	if stored, err := m.MarshalBinary(); err == nil {
		r.StoredBytes = len(stored)
	}
}

func (e *evaluation) print() {
	r := e.result
	line := func(zh, en, format string, value any) {
		e.p.say(e.p.stdout, "%s\t"+format, "%s\t"+format, choose(e.p.lang, zh, en), value)
	}
	line("训练", "trained on", "%d", r.TrainRows)
	line("测试", "rows", "%d", r.Rows)
	line("类别", "classes", "%d", r.Classes)
	line("跳过", "skipped", "%d", r.Skipped)
	line("首选正确", "top-1", "%.4f", r.Top1)
	line("前三正确", "top-3", "%.4f", r.Top3)
	line("前五正确", "top-5", "%.4f", r.Top5)
	line("宏平均 F1", "macro-F1", "%.4f", r.MacroF1)
	line("95% 准确时可自动转办的比例", "routable at 95 % precision", "%.4f", r.Routable)
	line("训练用时（秒）", "seconds to train", "%.2f", r.Seconds)
	line("每秒判断", "predictions per second", "%.0f", r.PerSecond)
	line("模型大小（字节）", "model size in bytes", "%d", r.ModelBytes)
}

// read reads letters with their answers. Rows without either are skipped and counted.
func (e *evaluation) read(path string) ([]routing.Example, error) {
	if e.mapFile != "" {
		return e.readMapped(path)
	}
	names := strings.Split(e.text, ",")
	if len(names) > 2 {
		return nil, unusable(errs.Invalid("text", "--text names one or two columns", "--text 只能是一列或两列"))
	}
	names = append(names, e.label)
	if e.time != "" {
		names = append(names, e.time)
	}
	c, err := intake.OpenColumns(path, names...)
	if err != nil {
		return nil, unusable(fmt.Errorf("%s: %w", path, err))
	}
	defer c.Close() //nolint:errcheck // only read
	texts := strings.Count(e.text, ",") + 1
	var all []routing.Example
	for {
		line, cells, refused, err := c.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, unusable(err)
		}
		if refused != nil {
			e.skipped++
			e.complain(refused)
			continue
		}
		x := routing.Example{Class: cells[texts]}
		x.Letter.Title = cells[0]
		if texts == 2 {
			x.Letter.Body = cells[1]
		}
		if e.time != "" {
			if x.At, err = readTime(cells[texts+1]); err != nil {
				return nil, unusable(errs.Invalid(fmt.Sprintf("%s: line %d: %s", path, line, e.time),
					"%q is no time such as 2026-03-05 10:00:00", "“%s”不是 2026-03-05 10:00:00 这样的时间", cells[texts+1]))
			}
		}
		all = e.keep(all, x)
	}
}

func (e *evaluation) keep(all []routing.Example, x routing.Example) []routing.Example {
	if x.Class == "" || strings.TrimSpace(x.Letter.Title+x.Letter.Body) == "" {
		e.skipped++
		return all
	}
	return append(all, x)
}

func (e *evaluation) complain(r *intake.Rejection) {
	if e.refused++; e.refused <= 10 {
		e.p.say(e.p.stderr, "第 %d 行跳过：%s", "line %d skipped: %s", r.Line, e.p.explain(r.Reason))
	}
}

// readTime reads the usual notations of a local time.
func readTime(text string) (time.Time, error) {
	var err error
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", time.RFC3339} {
		var t time.Time
		if t, err = time.ParseInLocation(layout, text, sla.Shanghai); err == nil {
			return t, nil
		}
	}
	return time.Time{}, err
}

// loadTextMap reads a map and keeps what is needed to read texts, and the further fields: a reply that stands before
// its letter is no fault here.
func loadTextMap(path string, more ...string) (*intake.Map, error) {
	m, err := intake.LoadMap(path)
	if err != nil {
		return nil, unusable(err)
	}
	wanted := append([]string{"title", "body", "district", "department", "topic", "received"}, more...)
	for field := range m.Columns {
		if !slices.Contains(wanted, field) {
			delete(m.Columns, field)
		}
	}
	m.Default = intake.Defaults{Channel: "import", Kind: "unspecified", Status: intake.StatusOpen}
	return m, nil
}

func (e *evaluation) readMapped(path string) ([]routing.Example, error) {
	m, err := loadTextMap(e.mapFile)
	if err != nil {
		return nil, err
	}
	r, err := intake.Open(path, m)
	if err != nil {
		return nil, unusable(err)
	}
	defer r.Close() //nolint:errcheck // only read
	var all []routing.Example
	for {
		l, refused, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, unusable(err)
		}
		if refused != nil {
			e.skipped++
			e.complain(refused)
			continue
		}
		x := routing.Example{At: l.ReceivedAt, Class: l.Department, Letter: routing.Letter{Title: l.Title, Body: l.Body, District: l.District}}
		if e.label == "topic" {
			x.Class = l.Topic
		}
		all = e.keep(all, x)
	}
}

// hint is what a city knows without history: the built-in rules and the names in the answers. Where those name no
// departments it says little, and the mixture learns that.
func hintFrom(train []routing.Example) func(routing.Letter) routing.Hints {
	var departments []routing.Department
	number := map[string]int64{}
	for _, x := range train {
		if number[x.Class] == 0 {
			number[x.Class] = int64(len(departments) + 1)
			departments = append(departments, routing.Department{ID: number[x.Class], Name: x.Class})
		}
	}
	cold := routing.NewCold(departments, routing.StartingRules())
	return func(l routing.Letter) routing.Hints {
		hints := routing.Hints{}
		for _, s := range cold.Score(l) {
			hints[departments[s.Department-1].Name] = s.Score
		}
		return hints
	}
}
