package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// reportFormats are the forms a report can have.
var reportFormats = []string{"table", "csv", "json", "xlsx", "written", "docx"}

// printReport prints the figures of a period.
func printReport(ctx context.Context, p *program, args []string) error {
	var q report.Query
	var by, then, asOf, format, department, file string
	s, rest, err := p.parse("report", args, func(f *flag.FlagSet) {
		zh := func(zh, en string) string { return choose(p.lang, zh, en) }
		f.StringVar(&q.From, "from", "", zh("开始日期（含）", "first day"))
		f.StringVar(&q.To, "to", "", zh("结束日期（不含）", "day after the last"))
		f.StringVar(&by, "by", "", zh("分组：department、kind、channel、month、topic、district、policy", "group by department, kind, channel, month, topic, district or policy"))
		f.StringVar(&then, "then", "", zh("每组再按此细分", "divide each group by this as well"))
		f.StringVar(&asOf, "as-of", "", zh("统计截止时刻，默认现在", "as of this local time; now by default"))
		f.StringVar(&format, "format", "table", strings.Join(reportFormats, " | "))
		f.StringVar(&file, "out", "", zh("写入该文件，默认标准输出", "write to this file; standard output by default"))
		f.StringVar(&q.Channel, "channel", "", zh("只计该渠道", "only this channel"))
		f.StringVar(&q.Kind, "kind", "", zh("只计该类型", "only this kind"))
		f.StringVar(&q.Topic, "topic", "", zh("只计该主题", "only this topic"))
		f.StringVar(&department, "department", "", zh("只计该单位（名称）", "only this department (its name)"))
		f.StringVar(&q.District, "district", "", zh("只计该区县", "only this district"))
		f.Int64Var(&q.Policy, "policy", 0, zh("只计适用该版本办理规则的", "only letters under this version of the policies"))
		f.BoolVar(&q.Successors, "successors", false, zh("已撤并的单位计入承接单位", "count ended departments with those that took over"))
	})
	if err != nil {
		return err
	}
	if len(rest) != 0 || q.From == "" || q.To == "" {
		return errUsage
	}
	q.By, q.Then, q.Compare = report.Grouping(by), report.Grouping(then), true
	loc, err := s.location()
	if err != nil {
		return err
	}
	q.AsOf = p.clock()
	if asOf != "" {
		if q.AsOf, err = instant(asOf, loc); err != nil {
			return err
		}
	}
	if !slices.Contains(reportFormats, format) {
		return errs.Invalid("format", "it is table, csv, json, xlsx, written (HTML) or docx", "应为 table、csv、json、xlsx、written（网页文件）或 docx")
	}
	if binary := format == "docx" || format == "xlsx"; binary && file == "" && isTerminal(p.stdout) {
		return errs.Invalid("out", "a terminal cannot show this format; please name a file with --out, or send the output to one",
			"终端无法显示这种格式，请用 --out 指定文件，或把输出重定向到文件")
	}
	return p.with(ctx, s, func(o *opened) error {
		if department != "" {
			d, err := o.directory.DepartmentByName(ctx, department)
			if err != nil {
				return err
			}
			q.Department = d.ID
		}
		var whole bytes.Buffer // a report that fails leaves no half file behind
		made := report.Made{City: s.City, At: p.clock().In(loc), Version: version()}
		if err := writeReport(ctx, &whole, s.figures(o.db, loc), q, format, p.lang, made); err != nil {
			return err
		}
		if file != "" {
			return os.WriteFile(file, whole.Bytes(), 0o600)
		}
		_, err := p.stdout.Write(whole.Bytes())
		return err
	})
}

func writeReport(ctx context.Context, w io.Writer, engine *report.Engine, q report.Query, format string, lang errs.Lang, made report.Made) error {
	if format == "written" || format == "docx" {
		if over := made.At.Truncate(time.Second).Add(-time.Second); q.AsOf.After(over) {
			q.AsOf = over // a second that is over: all parts of the report tell of the same letters
		}
		all, err := engine.Written(ctx, q)
		if err != nil {
			return err
		}
		if format == "docx" {
			return report.WriteWrittenDOCX(w, all, lang, made)
		}
		return report.WriteWrittenHTML(w, all, lang, made)
	}
	r, err := engine.Run(ctx, q)
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return report.WriteJSON(w, r)
	case "csv":
		return report.WriteCSV(w, r, lang)
	case "xlsx":
		return report.WriteXLSX(w, r, lang, made)
	}
	return report.WriteTable(w, r, lang)
}

// isTerminal tells whether what is written there is looked at and not kept.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// instant reads an RFC 3339 instant or a local time; a bare day means its end, so that what happened on
// it counts.
func instant(text string, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	t, err := parseLocal("as-of", text, loc)
	if err == nil && !strings.ContainsAny(text, "T ") {
		t = t.AddDate(0, 0, 1).Add(-time.Second)
	}
	return t, err
}
