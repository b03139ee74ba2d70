package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/grams"
	"mailbox/cases/intake"
)

// similarCommand finds the letters of any file that repeat others in it. It changes nothing and needs no database.
func similarCommand(ctx context.Context, p *program, args []string) error {
	s := &repeating{p: p}
	var asJSON bool
	_, rest, err := p.parse("similar", args, func(f *flag.FlagSet) {
		f.StringVar(&s.mapFile, "map", "", choose(p.lang, "对照文件：说明各列含义", "the map: which column is what"))
		f.StringVar(&s.columns, "text", "", choose(p.lang, "不用对照文件时：标题列和正文列，如 title,body", "without a map: the columns of title and text, such as title,body"))
		f.IntVar(&s.most, "most", 100, choose(p.lang, "最多列出几组，0 为全部", "how many groups to list at most, 0 for all"))
		f.BoolVar(&asJSON, "json", false, choose(p.lang, "输出 JSON", "print JSON"))
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errUsage
	}
	if err := s.check(); err != nil {
		return unusable(err)
	}
	if s.mapFile != "" {
		if s.columnMap, err = intake.LoadMap(s.mapFile); err != nil {
			return unusable(ofFile(s.mapFile, err))
		}
	}
	if err := s.read(ctx, rest[0]); err != nil {
		return unusable(ofFile(rest[0], err))
	}
	if err := s.compare(ctx); err != nil {
		return err
	}
	s.group()
	if asJSON {
		all := s.found
		all.Groups = s.shown()
		return json.NewEncoder(p.stdout).Encode(all)
	}
	s.print()
	return nil
}

// repeats is what is printed. Lines are those of the file.
type repeats struct {
	Rows    int           `json:"rows"`    // with a letter
	Empty   int           `json:"empty"`   // without
	Refused int           `json:"refused"` // cannot be read
	Exact   int           `json:"exact"`   // letters that repeat one before them
	Near    int           `json:"near"`
	Matter  int           `json:"matter"`
	Groups  []repeatGroup `json:"groups"` // largest first
}

// repeatGroup are letters that hang together: each but the first repeats one before it.
type repeatGroup struct {
	Letters []repeatLetter `json:"letters"`
}

type repeatLetter struct {
	Line       int         `json:"line"`
	Title      string      `json:"title"`
	Like       int         `json:"like,omitempty"` // the line of the letter before it that it is most like
	Grade      alike.Grade `json:"grade,omitempty"`
	Similarity float64     `json:"similarity,omitempty"`
}

// repeating reads a file and compares each letter with those before it.
type repeating struct {
	p                *program
	mapFile, columns string
	columnMap        *intake.Map // nil: without
	most             int
	found            repeats
	letters          []alike.Text
	lines            []int
	best             []alike.Match // of each letter; without a grade where it repeats none
}

func (s *repeating) check() error {
	_, _, two := strings.Cut(s.columns, ",")
	switch {
	case s.mapFile == "" && s.columns == "":
		return errs.Invalid("text", "say with --text which columns are title and text, or give a --map", "请用 --text 指明标题列和正文列，或用 --map 给出对照文件")
	case s.mapFile != "" && s.columns != "":
		return errs.Invalid("text", "give either --text or --map", "--text 与 --map 只能用一个")
	case s.columns != "" && (!two || strings.Count(s.columns, ",") > 1):
		return errs.Invalid("text", "give two columns, such as title,body", "请给出两列，如 title,body")
	case s.most < 0:
		return errs.Invalid("most", "--most cannot be negative", "--most 不能是负数")
	}
	return nil
}

// ofFile names the file in an error that does not.
func ofFile(path string, err error) error {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || strings.Contains(e.In(errs.EN), path) {
		return err
	}
	return errs.Invalid(path, "%[1]s", "%[2]s", e.In(errs.EN), e.In(errs.ZH)).Because(e.Unwrap())
}

// read reads the letters of a file. Rows that cannot be read are named and left out.
func (s *repeating) read(ctx context.Context, path string) (err error) {
	next, progress, done, err := s.open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	bar := s.p.progress()
	words := func() string {
		return fmt.Sprintf(choose(s.p.lang, "读入 %d 封", "%d letters read"), len(s.letters))
	}
	for ctx.Err() == nil {
		line, letter, refused, err := next()
		switch {
		case errors.Is(err, io.EOF):
			bar.end(words)
			return nil
		case err != nil:
			return err
		case refused != nil:
			if s.found.Refused++; s.found.Refused <= 10 {
				s.p.say(s.p.stderr, "第 %d 行跳过：%s", "line %d skipped: %s", refused.Line, s.p.explain(refused.Reason))
			}
		case letter == alike.Text{}:
			s.found.Empty++
		default:
			s.letters, s.lines = append(s.letters, letter), append(s.lines, line)
		}
		part, total := progress()
		bar.at(part, total, words)
	}
	return ctx.Err()
}

type nextLetter func() (line int, letter alike.Text, refused *intake.Rejection, err error)

// open opens a file by the map or by the names of its columns.
func (s *repeating) open(path string) (nextLetter, func() (int64, int64), func() error, error) {
	if s.columnMap == nil {
		title, body, _ := strings.Cut(s.columns, ",")
		c, err := intake.OpenColumns(path, title, body)
		if err != nil {
			return nil, nil, nil, err
		}
		return func() (int, alike.Text, *intake.Rejection, error) {
			line, cells, refused, err := c.Next()
			if err != nil || refused != nil {
				return line, alike.Text{}, refused, err
			}
			return line, alike.Text{Title: cells[0], Body: cells[1]}, nil, nil
		}, c.Progress, c.Close, nil
	}
	m := s.columnMap
	// Only the texts matter: a reply that stands before its letter is no fault here.
	for field := range m.Columns {
		if !slices.Contains([]string{"title", "body", "received"}, field) {
			delete(m.Columns, field)
		}
	}
	m.Default = intake.Defaults{Channel: "import", Kind: intake.KindUnspecified, Status: intake.StatusOpen}
	r, err := intake.Open(path, m)
	if err != nil {
		return nil, nil, nil, err
	}
	return func() (int, alike.Text, *intake.Rejection, error) {
		l, refused, err := r.Next()
		return l.Line, alike.Text{Title: l.Title, Body: l.Body}, refused, err
	}, r.Progress, r.Close, nil
}

// compare finds for each letter the one before it that it is most like, on all processors.
func (s *repeating) compare(ctx context.Context) error {
	counts := &grams.Counts{}
	for _, t := range s.letters {
		counts.Add(grams.Fold(t.Title + "\n" + t.Body))
	}
	index := alike.NewIndex(s.letters, counts)
	s.best = make([]alike.Match, len(s.letters))
	var next, compared atomic.Int64
	var all sync.WaitGroup
	work := func(after func(n int64)) {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(s.letters) {
				return
			}
			if found := index.Before(i, 1); len(found) > 0 {
				s.best[i] = found[0]
			}
			after(compared.Add(1))
		}
	}
	for range runtime.GOMAXPROCS(0) - 1 {
		all.Go(func() { work(func(int64) {}) })
	}
	bar := s.p.progress()
	words := func() string {
		return fmt.Sprintf(choose(s.p.lang, "比对 %d / %d 封", "%d of %d letters compared"), compared.Load(), len(s.letters))
	}
	work(func(n int64) { bar.at(n, int64(len(s.letters)), words) })
	all.Wait()
	bar.end(words)
	return ctx.Err()
}

// group puts together what hangs together: a letter with the one that it is most like.
func (s *repeating) group() {
	s.found.Rows, s.found.Groups = len(s.letters), []repeatGroup{}
	group := make([]int, len(s.letters)) // of each letter: the first of its group
	members := map[int][]repeatLetter{}
	for i, best := range s.best {
		one := repeatLetter{Line: s.lines[i], Title: s.letters[i].Title}
		group[i] = i
		if best.Grade != alike.Unlike {
			group[i] = group[best.At] // which comes before
			one.Like, one.Grade, one.Similarity = s.lines[best.At], best.Grade, math.Round(best.Similarity*1000)/1000
		}
		if one.Title == "" {
			one.Title = clip(s.letters[i].Body, 40)
		}
		switch best.Grade {
		case alike.Exact:
			s.found.Exact++
		case alike.Near:
			s.found.Near++
		case alike.Matter:
			s.found.Matter++
		case alike.Unlike:
		}
		members[group[i]] = append(members[group[i]], one)
	}
	for _, letters := range members {
		if len(letters) > 1 {
			s.found.Groups = append(s.found.Groups, repeatGroup{letters})
		}
	}
	slices.SortFunc(s.found.Groups, func(a, b repeatGroup) int {
		return cmp.Or(cmp.Compare(len(b.Letters), len(a.Letters)), cmp.Compare(a.Letters[0].Line, b.Letters[0].Line))
	})
}

// shown are the groups that are listed.
func (s *repeating) shown() []repeatGroup {
	if s.most == 0 {
		return s.found.Groups
	}
	return s.found.Groups[:min(s.most, len(s.found.Groups))]
}

func (s *repeating) print() {
	f, out := &s.found, s.p.stdout
	s.p.say(out, "来信 %d 封（空白 %d，无法读取 %d），其中 %d 封重复之前的来信：完全相同 %d，修改或摘抄 %d，同一事项 %d",
		"%d letters (%d rows empty, %d cannot be read); %d repeat one before them: exactly %d, edited or in parts %d, the same matter %d",
		f.Rows, f.Empty, f.Refused, f.Exact+f.Near+f.Matter, f.Exact, f.Near, f.Matter)
	shown := s.shown()
	for i, g := range shown {
		s.p.say(out, "\n第 %d 组，%d 封", "\ngroup %d, %d letters", i+1, len(g.Letters))
		for _, l := range g.Letters {
			// Folded: without control characters and marks that would turn the line around.
			title := clip(string(grams.Fold(l.Title).Runes), 40)
			s.p.say(out, "  第 %d 行\t%s\t%s", "  line %d\t%s\t%s", l.Line, s.likeness(l), title)
		}
	}
	if left := len(f.Groups) - len(shown); left > 0 {
		s.p.say(out, "\n还有 %d 组（--most 0 列出全部）", "\n%d more groups (--most 0 lists all)", left)
	}
}

// likeness says in words how a letter is like another.
func (s *repeating) likeness(l repeatLetter) string {
	percent := math.Floor(l.Similarity * 100) // nothing is wholly the same that is not
	switch l.Grade {
	case alike.Exact:
		return fmt.Sprintf(choose(s.p.lang, "与第 %d 行完全相同", "the same as line %d"), l.Like)
	case alike.Near:
		return fmt.Sprintf(choose(s.p.lang, "与第 %d 行文字相同，占较短一封的 %.0f %%", "the text is that of line %d, %.0f %% of the shorter one"), l.Like, percent)
	case alike.Matter:
		return fmt.Sprintf(choose(s.p.lang, "与第 %d 行似为同一事项，相近度 %.0f %%", "seems to be the matter of line %d, likeness %.0f %%"), l.Like, percent)
	case alike.Unlike:
	}
	return choose(s.p.lang, "最早", "the first")
}
