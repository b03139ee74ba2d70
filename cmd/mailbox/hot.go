package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/grams"
	"mailbox/cases/intake"
	"mailbox/sla"
)

// hot finds in any file of letters the matters that many write about.
func hot(_ context.Context, p *program, args []string) error {
	h := &hotFile{p: p, heat: alike.DefaultHeating}
	var most, halfLife int
	var asJSON bool
	var asOf string
	_, rest, err := p.parse("hot", args, func(f *flag.FlagSet) {
		f.StringVar(&h.text, "text", "", choose(p.lang, "标题列和正文列，如 title,body", "the columns of title and text, such as title,body"))
		f.StringVar(&h.time, "time", "", choose(p.lang, "来信时间列", "the column with the time of receipt"))
		f.StringVar(&h.writer, "writer", "", choose(p.lang, "来信人列（可省略）", "the column with the writer, if any"))
		f.StringVar(&h.likes, "likes", "", choose(p.lang, "点赞数列（可省略）", "the column with likes, if any"))
		f.StringVar(&h.mapFile, "map", "", choose(p.lang, "对照文件，代替以上各项", "a map, instead of the above"))
		f.StringVar(&asOf, "as-of", "", choose(p.lang, "热度截至的日期，默认为最后一封来信当日", "the day whose heat is shown; by default that of the last letter"))
		f.IntVar(&halfLife, "half-life", 30, choose(p.lang, "热度减半的天数", "days in which heat is halved"))
		f.IntVar(&most, "most", 10, choose(p.lang, "最多列出多少个", "how many to list at most"))
		f.BoolVar(&asJSON, "json", false, choose(p.lang, "输出 JSON", "print JSON"))
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) != 1:
		return errUsage
	case h.mapFile == "" && (h.text == "" || h.time == ""):
		return unusable(errs.Invalid("text", "say with --text and --time which columns are text and time, or give a --map", "请用 --text 和 --time 指明正文列和时间列，或给出 --map"))
	case most < 1 || halfLife < 1 || halfLife > 3660:
		return unusable(errs.Invalid("half-life", "--most and --half-life are whole numbers from 1; half-life at most 3660", "--most 和 --half-life 应为不小于 1 的整数，--half-life 不超过 3660"))
	}
	h.heat.HalfLife = time.Duration(halfLife) * 24 * time.Hour
	h.bar = p.progress()
	if err := h.read(rest[0]); err != nil {
		return err
	}
	now := h.last
	if asOf != "" {
		day, err := sla.ParseDate(asOf)
		if err != nil {
			return unusable(errs.Invalid("as-of", "%q is no day such as 2020-01-31", "“%s”不是 2020-01-31 这样的日期", asOf))
		}
		now = (day + 1).Start(sla.Shanghai).Add(-time.Second)
	}
	issues := alike.FindIssues(h.messages, &h.counts, now, h.heat)
	issues = issues[:min(len(issues), most)]
	if asJSON {
		return h.printJSON(issues, now)
	}
	h.print(issues)
	return nil
}

// hotFile is one file of letters.
type hotFile struct {
	p                                  *program
	bar                                *progress
	text, time, writer, likes, mapFile string
	heat                               alike.Heating
	messages                           []alike.Message
	counts                             grams.Counts
	last                               time.Time
	skipped                            int
}

func (h *hotFile) add(m alike.Message) {
	if strings.TrimSpace(m.Title+m.Body) == "" {
		h.skipped++
		return
	}
	if m.At.After(h.last) {
		h.last = m.At
	}
	h.counts.Add(grams.Fold(m.Title + "\n" + m.Body))
	h.messages = append(h.messages, m)
}

func (h *hotFile) refuse(r *intake.Rejection) {
	if h.skipped++; h.skipped <= 10 {
		h.p.say(h.p.stderr, "第 %d 行跳过：%s", "line %d skipped: %s", r.Line, h.p.explain(r.Reason))
	}
}

func (h *hotFile) read(path string) error {
	if h.mapFile != "" {
		return h.readMapped(path)
	}
	texts := strings.Split(h.text, ",")
	if len(texts) > 2 {
		return unusable(errs.Invalid("text", "--text names one or two columns", "--text 只能是一列或两列"))
	}
	names := append(texts, h.time) //nolint:gocritic // texts is not used after
	at := map[string]int{}
	for option, name := range map[string]string{"writer": h.writer, "likes": h.likes} {
		if name != "" {
			at[option] = len(names)
			names = append(names, name)
		}
	}
	c, err := intake.OpenColumns(path, names...)
	if err != nil {
		return unusable(err)
	}
	defer c.Close() //nolint:errcheck // only read
	for {
		line, cells, refused, err := c.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unusable(err)
		}
		h.bar.at(progressOf(c.Progress()))
		if refused != nil {
			h.refuse(refused)
			continue
		}
		m := alike.Message{ID: int64(line), Title: cells[0]}
		if len(texts) == 2 {
			m.Body = cells[1]
		}
		when := cells[len(texts)]
		if m.At, err = readTime(when); err != nil {
			return unusable(errs.Invalid(fmt.Sprintf("%s: line %d: %s", path, line, h.time), "%q is no time such as 2026-03-05 10:00:00", "“%s”不是 2026-03-05 10:00:00 这样的时间", when))
		}
		if i, ok := at["writer"]; ok {
			m.Writer = cells[i]
		}
		if i, ok := at["likes"]; ok && cells[i] != "" {
			if m.Likes, err = strconv.Atoi(cells[i]); err != nil || m.Likes < 0 {
				return unusable(errs.Invalid(fmt.Sprintf("%s: line %d: %s", path, line, h.likes), "%q is no number of likes", "“%s”不是点赞数", cells[i]))
			}
		}
		h.add(m)
	}
}

// progressOf gives what a bar wants.
func progressOf(done, total int64) (int64, int64, func() string) {
	return done, total, func() string { return "" }
}

func (h *hotFile) readMapped(path string) error {
	m, err := loadTextMap(h.mapFile, "writer_name", "writer_phone", "writer_email")
	if err != nil {
		return err
	}
	r, err := intake.Open(path, m)
	if err != nil {
		return unusable(err)
	}
	defer r.Close() //nolint:errcheck // only read
	for {
		l, refused, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unusable(err)
		}
		if refused != nil {
			h.refuse(refused)
			continue
		}
		h.add(alike.Message{
			ID: int64(l.Line), Title: l.Title, Body: l.Body, District: l.District, Topic: l.Topic, At: l.ReceivedAt,
			Writer: strings.TrimSpace(l.Writer.Phone + l.Writer.Email + l.Writer.Name),
		})
	}
}

// hotIssue is an issue as JSON. Letters are the lines of the file.
type hotIssue struct {
	Title   string    `json:"title"`
	Place   string    `json:"place"`
	Topic   string    `json:"topic"`
	Letters int       `json:"letters"`
	Writers int       `json:"writers"`
	Likes   int       `json:"likes"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Heat    float64   `json:"heat"`
	Trend   string    `json:"trend"`
	Lines   []int64   `json:"lines"`
}

func (h *hotFile) printJSON(issues []alike.Issue, now time.Time) error {
	out := struct {
		AsOf    time.Time  `json:"as_of"`
		Rows    int        `json:"rows"`
		Skipped int        `json:"skipped"`
		Issues  []hotIssue `json:"issues"`
	}{now.In(sla.Shanghai), len(h.messages), h.skipped, []hotIssue{}}
	for _, i := range issues {
		out.Issues = append(out.Issues, hotIssue{
			i.Title, i.Place, i.Topic, len(i.Letters), i.Writers, i.Likes, i.First.In(sla.Shanghai), i.Last.In(sla.Shanghai), i.Heat, string(i.Trend), i.Letters,
		})
	}
	return json.NewEncoder(h.p.stdout).Encode(out)
}

func (h *hotFile) print(issues []alike.Issue) {
	for n, i := range issues {
		h.p.say(h.p.stdout, "%d. %s%s\n   热度 %.1f（%s） 来信 %d 封 来信人 %d 人 点赞 %d  %s 至 %s", "%d. %s%s\n   heat %.1f (%s)  %d letters  %d writers  %d likes  %s to %s",
			n+1, i.Title, placeAfter(i.Place), i.Heat, trendName(h.p.lang, i.Trend), len(i.Letters), i.Writers, i.Likes,
			i.First.In(sla.Shanghai).Format("2006-01-02"), i.Last.In(sla.Shanghai).Format("2006-01-02"))
	}
	if len(issues) == 0 {
		h.p.say(h.p.stdout, "没有多人反映的同一问题", "there is no matter that several people write about")
	}
}

func placeAfter(place string) string {
	if place == "" {
		return ""
	}
	return " @ " + place
}

// trendName says in words where an issue goes.
func trendName(lang errs.Lang, t alike.Trend) string {
	switch t {
	case alike.New:
		return choose(lang, "新出现", "new")
	case alike.Growing:
		return choose(lang, "上升", "growing")
	case alike.Steady:
		return choose(lang, "持平", "steady")
	case alike.Fading:
	}
	return choose(lang, "回落", "fading")
}
