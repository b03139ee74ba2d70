package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"mailbox/cases/errs"
	"mailbox/cases/grams"
	"mailbox/cases/intake"
	"mailbox/cases/substance"
)

// substanceCommand looks through the replies of any file for those that seem to be none. It changes nothing and
// needs no database.
func substanceCommand(ctx context.Context, p *program, args []string) error {
	var letter, reply string
	var asJSON bool
	_, rest, err := p.parse("substance", args, func(f *flag.FlagSet) {
		f.StringVar(&letter, "letter", "title,body", choose(p.lang, "来信标题列和正文列", "the columns of the letter's title and text"))
		f.StringVar(&reply, "reply", "reply", choose(p.lang, "答复内容列", "the column of the reply"))
		f.BoolVar(&asJSON, "json", false, choose(p.lang, "输出 JSON", "print JSON"))
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errUsage
	}
	title, body, both := strings.Cut(letter, ",")
	if !both || reply == "" {
		return unusable(errs.Invalid("letter", "give two columns, such as title,body", "请给出两列，如 title,body"))
	}
	l := &looking{p: p, seen: map[uint64][]int{}}
	if err := l.read(ctx, rest[0], title, body, reply); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(l.found)
	}
	l.print()
	return nil
}

// looked is what is printed. Lines are those of the file.
type looked struct {
	Rows          int                   `json:"rows"`    // with a reply
	Empty         int                   `json:"empty"`   // without
	Refused       int                   `json:"refused"` // cannot be read
	Hollow        int                   `json:"hollow"`
	NearIdentical int                   `json:"near_identical"`
	Signs         map[string]signCounts `json:"signs"`
	Flagged       []flaggedRow          `json:"flagged"`
}

type signCounts struct {
	All    int `json:"all"`
	Strong int `json:"strong"`
}

// flaggedRow is a reply that is hollow or near-identical. Other in its signs is a line.
type flaggedRow struct {
	Line   int              `json:"line"`
	Hollow bool             `json:"hollow"`
	Signs  []substance.Sign `json:"signs"`
	Reply  string           `json:"reply"`
}

// looking reads a file row by row and remembers the replies it has read, to know those that come again.
type looking struct {
	p     *program
	found looked
	rows  []substance.Other
	seen  map[uint64][]int // by key: where in rows
}

// latest is how many of the latest replies with a key are compared, as when a reply is handed in.
const latest = 3

func (l *looking) read(ctx context.Context, path, title, body, reply string) (err error) {
	columns, err := intake.OpenColumns(path, title, body, reply)
	if err != nil {
		return unusable(err)
	}
	defer func() { err = errors.Join(err, columns.Close()) }()
	l.found.Signs = map[string]signCounts{}
	l.found.Flagged = []flaggedRow{}
	for ctx.Err() == nil {
		line, cells, refused, err := columns.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unusable(err)
		case refused != nil:
			l.found.Refused++
		case cells[2] == "":
			l.found.Empty++
		default:
			l.look(line, substance.Letter{Title: cells[0], Body: cells[1]}, cells[2])
		}
	}
	return ctx.Err()
}

func (l *looking) look(line int, letter substance.Letter, reply string) {
	var others []substance.Other
	var at []int
	keys := substance.Keys(reply)
	for _, key := range keys {
		before := l.seen[key]
		at = append(at, before[max(0, len(before)-latest):]...)
	}
	slices.Sort(at)
	for _, i := range slices.Compact(at) {
		others = append(others, l.rows[i])
	}
	signs := substance.Check(letter, reply, others, nil)
	for _, key := range keys {
		l.seen[key] = append(l.seen[key], len(l.rows))
	}
	l.rows = append(l.rows, substance.Other{ID: int64(line), Letter: letter, Reply: reply})

	l.found.Rows++
	for _, s := range signs {
		n := l.found.Signs[string(s.Kind)]
		n.All++
		if s.Strength >= substance.Enough {
			n.Strong++
		}
		l.found.Signs[string(s.Kind)] = n
	}
	hollow, near := substance.Hollow(signs), substance.Has(signs, substance.NearIdentical)
	if hollow {
		l.found.Hollow++
	}
	if near {
		l.found.NearIdentical++
	}
	if hollow || near {
		l.found.Flagged = append(l.found.Flagged, flaggedRow{line, hollow, signs, reply})
	}
}

func (l *looking) print() {
	f, out := &l.found, l.p.stdout
	l.p.say(out, "答复 %d 件（无答复 %d，无法读取 %d）", "%d replies (%d rows without one, %d cannot be read)", f.Rows, f.Empty, f.Refused)
	share := func(n int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(1, f.Rows))) }
	l.p.say(out, "疑似空洞 %d 件，占 %s；与其他事项的答复雷同 %d 件，占 %s", "%d seem to be none, %s; %d are nearly the same as one to another matter, %s",
		f.Hollow, share(f.Hollow), f.NearIdentical, share(f.NearIdentical))
	for _, kind := range substance.Kinds {
		if n := f.Signs[string(kind)]; n.All > 0 {
			l.p.say(out, "  %s：%d 件，其中明显的 %d 件", "  %s: %d, strong %d", substance.Name(l.p.lang, kind), n.All, n.Strong)
		}
	}
	for _, row := range f.Flagged {
		names := make([]string, len(row.Signs))
		for i, s := range row.Signs {
			names[i] = substance.Name(l.p.lang, s.Kind)
		}
		// Folded: without control characters and marks that would turn the line around.
		l.p.say(out, "第 %d 行\t%s\t%s", "line %d\t%s\t%s", row.Line, strings.Join(names, choose(l.p.lang, "、", ", ")), clip(string(grams.Fold(row.Reply).Runes), 60))
	}
}

// clip gives the first characters of a text.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
