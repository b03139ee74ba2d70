package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"mailbox/cases"
	"mailbox/cases/intake"
	"mailbox/cases/people"
)

// importBatch is how many letters one transaction writes.
const importBatch = 500

// importFile imports letters as history, or guesses a map for a file.
func importFile(ctx context.Context, p *program, args []string) error {
	var mapFile string
	var dry, guess bool
	s, rest, err := p.parse("import", args, func(f *flag.FlagSet) {
		f.StringVar(&mapFile, "map", "", choose(p.lang, "对照文件：说明各列含义", "the map: which column is what"))
		f.BoolVar(&dry, "dry-run", false, choose(p.lang, "只检查，不写入", "only check, write nothing"))
		f.BoolVar(&guess, "guess", false, choose(p.lang, "根据表头写出一份对照文件初稿", "write a first map from the headers"))
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 1 && guess:
		text, err := intake.Guess(rest[0])
		if err != nil {
			return unusable(err)
		}
		_, err = p.stdout.Write(text)
		return err
	case len(rest) != 1 || mapFile == "":
		return errUsage
	}
	m, err := intake.LoadMap(mapFile)
	if err != nil {
		return unusable(err)
	}
	r, err := intake.Open(rest[0], m)
	if err != nil {
		return unusable(err)
	}
	defer r.Close() //nolint:errcheck // only read
	r.RefuseAfter(p.clock())
	im := &importing{p: p, reader: r, rejects: intake.NewRejects(rest[0]+".rejected.csv", r.Header()), bar: p.progress()}
	if dry {
		im.rejects = nil
		return im.all(ctx, nil)
	}
	return p.with(ctx, s, func(o *opened) error { return im.all(ctx, o.desk) })
}

// importing is one run over a file.
type importing struct {
	p       *program
	reader  *intake.Reader
	rejects *intake.Rejects // nil: a dry run
	bar     *progress
	rows    int
	refused int
	done    cases.Imported
}

// all reads the file to its end, writing batch after batch; a nil desk only checks.
func (im *importing) all(ctx context.Context, desk *cases.Desk) error {
	batch := make([]intake.Letter, 0, importBatch)
	for {
		letter, rejection, err := im.reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return unusable(err)
		}
		im.rows++
		if rejection != nil {
			if err := im.refuse(*rejection); err != nil {
				return err
			}
			continue
		}
		batch = append(batch, letter)
		if len(batch) == importBatch {
			if err := im.write(ctx, desk, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		im.progress()
	}
	if err := im.write(ctx, desk, batch); err != nil {
		return err
	}
	im.bar.end(im.soFar)
	if im.rejects != nil {
		if err := im.rejects.Close(); err != nil {
			return err
		}
	}
	return im.summary()
}

func (im *importing) refuse(r intake.Rejection) error {
	im.refused++
	if im.refused <= 10 {
		im.p.say(im.p.stderr, "第 %d 行未导入：%s", "line %d refused: %s", r.Line, im.p.explain(r.Reason))
	}
	if im.rejects == nil {
		return nil
	}
	return im.rejects.Add(r)
}

func (im *importing) write(ctx context.Context, desk *cases.Desk, batch []intake.Letter) error {
	if desk == nil {
		im.done.New += len(batch)
		return nil
	}
	if len(batch) == 0 {
		return nil
	}
	done, err := desk.Import(ctx, people.TheSystem(), batch)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, fmt.Sprintf(choose(im.p.lang,
			"已写入的 %d 封保持不变；排除故障后再次运行即可，不会重复导入",
			"the %d letters written so far stay; run it again when the trouble is mended, nothing is imported twice"), im.done.New))
	}
	for _, r := range done.Refused {
		if err := im.refuse(r); err != nil {
			return err
		}
	}
	im.done.Add(cases.Imported{New: done.New, Already: done.Already, Added: done.Added})
	return nil
}

// progress says how much of the file has been read.
func (im *importing) progress() {
	part, total := im.reader.Progress()
	im.bar.at(part, total, im.soFar)
}

func (im *importing) soFar() string {
	return fmt.Sprintf(choose(im.p.lang, "%d 行  %.0f 行/秒", "%d rows  %.0f/s"), im.rows, float64(im.rows)/im.bar.spent().Seconds())
}

// summary ends with the one line that scripts read; it is the same in every language.
func (im *importing) summary() error {
	if im.refused > 0 && im.rejects != nil {
		im.p.say(im.p.stderr, "未导入的行及原因在 %s", "the refused rows with their reasons are in %s", im.rejects.Path())
	}
	if im.done.Added > 0 {
		im.p.say(im.p.stderr, "为已有信件补入了 %d 条答复", "added %d replies to letters that were there", im.done.Added)
	}
	if im.rejects == nil {
		im.p.say(im.p.stderr, "仅检查，未写入", "only checked, nothing written")
	}
	_, err := fmt.Fprintf(im.p.stdout, "imported %d, refused %d, already there %d\n", im.done.New, im.refused, im.done.Already+im.done.Added)
	return err
}
