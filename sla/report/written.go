package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailbox/cases/errs"
)

// Written is all that the written report of a period tells: the figures by department, and the same letters by month,
// topic, kind and channel, as of one instant. [WriteWrittenHTML] and [WriteWrittenDOCX] put it on paper; both make the
// same bytes from the same figures, so that a report can be kept as a file and compared with one made again.
type Written struct {
	Report                          // by department, with conduct and reworks
	Months, Topics, Kinds, Channels Report

	Appraisal *Appraisal // by the city's rule; nil: there is none
}

// Written asks for the figures of a written report. The grouping of q is of no account, and it is compared always.
// As of a second that is over, all parts tell of the same letters.
//
// Errors: as Run.
func (e *Engine) Written(ctx context.Context, q Query) (Written, error) {
	var w Written
	q.Then, q.Compare = "", true
	for _, part := range []struct {
		by   Grouping
		into *Report
	}{{ByDepartment, &w.Report}, {ByMonth, &w.Months}, {ByTopic, &w.Topics}, {ByKind, &w.Kinds}, {ByChannel, &w.Channels}} {
		q.By, q.Brief = part.by, part.by != ByDepartment // conduct and reworks are told of once
		var err error
		if *part.into, err = e.Run(ctx, q); err != nil {
			return Written{}, err
		}
	}
	var err error
	w.Appraisal, err = e.Appraisal(ctx, &w.Report)
	return w, err
}

// How many lines are left for what only people can say, and how many a table may have not to be torn on paper.
const (
	writtenRoom = 5
	shortTable  = 13
)

// document is a written report before it has a form: HTML and DOCX are both made from it.
type document struct {
	Lang     errs.Lang
	Title    []string // in pieces between which a line may end
	Sections []section
	Fill     []string // lines to be filled in by hand at the end
	Source   string
}

// Name is the title in one line.
func (d *document) Name() string {
	if d.Lang == errs.EN {
		return strings.Join(d.Title, " ")
	}
	return strings.Join(d.Title, "")
}

// section is a part of the document under its heading.
type section struct {
	Heading string
	Blocks  []block
	Scope   bool // what the figures mean; in smaller type
}

// block is one of a paragraph, a table, a chart, or room to write by hand.
type block struct {
	Text  string
	Table *grid
	Chart *drawing
	Room  []struct{} // as many empty lines
}

// grid is a table; the first column is text, all others are figures. The last Totals lines are totals.
type grid struct {
	Caption string
	Heads   []string
	Lines   [][]string
	Totals  int
}

// Short tells whether the table fits on a page together with what stands before it, and should not be torn.
func (g *grid) Short() bool { return len(g.Lines) <= shortTable }

// Body and Foot are the lines that are none, and those that are totals.
func (g *grid) Body() [][]string { return g.Lines[:len(g.Lines)-g.Totals] }

// Foot are the totals.
func (g *grid) Foot() [][]string { return g.Lines[len(g.Lines)-g.Totals:] }

// prose writes the sentences of a report in a language.
type prose struct {
	*Written
	lang errs.Lang
}

// say fills a sentence in the reader's language.
func (p *prose) say(zh, en string, args ...any) string {
	text := word{zh, en}.in(p.lang)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// rate is a rate with its sign, or [None].
func (p *prose) rate(r Rate) string {
	if text := r.String(); text != None {
		return text + "%"
	}
	return None
}

// newDocument writes the report out. The sections are those of an official half-year report; what is wrong and what
// should be done is for people to say, so the last has room for it and no words.
func newDocument(w *Written, lang errs.Lang, made Made) *document {
	p := &prose{Written: w, lang: lang}
	problems := p.say("七、问题与建议", "7. Problems and proposals")
	if w.Appraisal != nil {
		problems = p.say("八、问题与建议", "8. Problems and proposals")
	}
	d := &document{
		Lang: lang,
		Title: []string{
			p.say("%s市长信箱", "%s: the Mayor’s mailbox,", made.City), p.say("%s来信办理情况报告", "letters and how they were handled, %s", p.periodName()),
		},
		Sections: []section{
			{Heading: p.say("统计口径", "What the figures mean"), Blocks: p.scope(), Scope: true},
			{Heading: p.say("一、总体情况", "1. Overview"), Blocks: p.overview()},
			{Heading: p.say("二、办理时效", "2. Time taken"), Blocks: p.times()},
			{Heading: p.say("三、满意度", "3. How content the writers were"), Blocks: p.content()},
			{Heading: p.say("四、部门情况", "4. Departments"), Blocks: p.departments()},
			{Heading: p.say("五、来信热点", "5. What people wrote about"), Blocks: p.hot()},
			{Heading: p.say("六、办理规范", "6. Conduct"), Blocks: p.conductAndReworks()},
			{Heading: problems, Blocks: []block{
				{Text: p.say("（由报送单位填写。）", "(To be filled in by the office that submits this report.)")}, {Room: make([]struct{}, writtenRoom)},
			}},
		},
		Fill: []string{p.say("报送单位：", "Submitted by:"), p.say("日期：", "Date:")},
	}
	if w.Appraisal != nil {
		last := len(d.Sections) - 1
		d.Sections = slices.Insert(d.Sections, last, section{Heading: p.say("七、表扬与批评", "7. Praise and criticism"), Blocks: p.appraisal()})
	}
	d.Source = p.say("本报告的文字和数字由市长信箱程序（版本 %[1]s）按登记的办理记录生成，未作评价。",
		"Words and figures of this report were made from the records by the mailbox program (version %[1]s). They pass no judgement.", made.Version)
	if !made.At.IsZero() {
		d.Source = p.say("本报告的文字和数字由市长信箱程序（版本 %[1]s）于%[2]s按登记的办理记录生成，未作评价。",
			"Words and figures of this report were made from the records by the mailbox program (version %[1]s), %[2]s. They pass no judgement.",
			made.Version, p.instant(made.At))
	}
	return d
}

// text adds paragraphs that are not empty.
func text(paragraphs ...string) []block {
	var blocks []block
	for _, paragraph := range paragraphs {
		if paragraph != "" {
			blocks = append(blocks, block{Text: paragraph})
		}
	}
	return blocks
}

// when gives the text if it is true, else nothing: most sentences stand only when there is something to tell.
func when(is bool, text string) string {
	if is {
		return text
	}
	return ""
}
