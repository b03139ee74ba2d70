package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// calendar shows the working days of a year, works out a due time day by day, and loads the notice of a
// year.
func calendar(ctx context.Context, p *program, args []string) error {
	var asJSON, apply bool
	s, rest, err := p.parse("calendar", args, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, choose(p.lang, "show、due：输出 JSON（show 的输出可由 load 读入）", "show, due: print JSON (that of show can be loaded)"))
		f.BoolVar(&apply, "apply", false, choose(p.lang, "load：生效；不带此项只预览", "load: put it into force; without it the change is only shown"))
	})
	if err != nil {
		return err
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	inForce := func(do func(*sla.Calendar) error) error {
		return p.look(ctx, s, func(desk *cases.Desk) error {
			if desk == nil {
				return do(sla.BuiltIn(loc))
			}
			return do(desk.Calendar())
		})
	}
	switch {
	case len(rest) == 2 && rest[0] == "show" && asJSON:
		return inForce(func(cal *sla.Calendar) error { return p.printYear(cal, rest[1]) })
	case len(rest) == 2 && rest[0] == "show":
		return inForce(func(cal *sla.Calendar) error { return p.showYear(cal, rest[1]) })
	case len(rest) == 3 && rest[0] == "due":
		return inForce(func(cal *sla.Calendar) error { return p.showDue(cal, rest[1], rest[2], asJSON) })
	case len(rest) == 1 && rest[0] == "list":
		return p.look(ctx, s, func(desk *cases.Desk) error { return p.listCalendars(ctx, desk, loc) })
	case len(rest) == 2 && rest[0] == "load":
		return p.loadCalendar(ctx, s, rest[1], apply)
	}
	return errUsage
}

// localTimes are the forms a local time may be written in.
var localTimes = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

func parseLocal(field, text string, loc *time.Location) (time.Time, error) {
	for _, layout := range localTimes {
		t, err := time.ParseInLocation(layout, text, loc)
		// The hour that clocks skip in spring is moved instead of refused: it does not come out as it went in.
		if err == nil && t.Format(layout) == text {
			return t, nil
		}
	}
	return time.Time{}, errs.Invalid(field,
		"%q is not a local time that exists; write it like 2026-02-13T10:00",
		"“%s”不是存在的当地时间，应形如 2026-02-13T10:00", text)
}

// derived is a due time with every day that led to it.
type derived struct {
	Received    time.Time    `json:"received"`
	WorkingDays int          `json:"working_days"`
	Days        []derivedDay `json:"days"`
	Provisional bool         `json:"provisional"`
	Due         time.Time    `json:"due"`
}

type derivedDay struct {
	Date    string `json:"date"`
	Counted int    `json:"counted"` // 1, 2 …; 0: not counted
	Reason  string `json:"reason"`
	Name    string `json:"name,omitempty"`
}

func (p *program) showDue(cal *sla.Calendar, when, count string, asJSON bool) error {
	received, err := parseLocal("LOCAL_TIME", when, cal.Location())
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > sla.MaxDays {
		return errs.Invalid("N", "the number of working days is a whole number from 1 to %d", "工作日数应为 1 至 %d 的整数", sla.MaxDays)
	}
	if !cal.Assessable(received) {
		return errs.Invalid("LOCAL_TIME", "the calendar begins in %d; there is no deadline for earlier letters",
			"工作日历从 %d 年开始，更早的信件不计期限", cal.Years()[0].Year)
	}
	d := derived{Received: received, WorkingDays: n}
	d.Due, d.Provisional = cal.Due(received, n, sla.EndOfDay)
	for _, day := range cal.Explain(received, n, sla.EndOfDay) {
		d.Days = append(d.Days, derivedDay{day.Date.String(), day.Counted, day.Reason.String(), day.Name})
	}
	if asJSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(d)
	}
	for i, day := range cal.Explain(received, n, sla.EndOfDay) {
		p.say(p.stdout, "%s %s  %s", "%s %s  %s", day.Date, p.weekday(day.Date), p.dayWords(day, i == 0))
	}
	if d.Provisional {
		p.say(p.stdout, "暂定：所需年份的放假安排尚未载入，日期可能变化。", "Provisional: the calendar of a year that is needed has not been published; the date may change.")
	}
	p.say(p.stdout, "%s", "%s", d.Due.Format(time.RFC3339))
	return nil
}

func (p *program) weekday(d sla.Date) string {
	return choose(p.lang, "周"+string([]rune("日一二三四五六")[d.Weekday()]), d.Weekday().String()[:3])
}

// dayWords says in plain words what a day is to the deadline.
func (p *program) dayWords(day sla.Day, first bool) string {
	name := ""
	if day.Name != "" {
		name = choose(p.lang, "（"+day.Name+"）", " ("+day.Name+")")
	}
	if first {
		return choose(p.lang, "收到，当日不计", "received, not counted") + name
	}
	kind := wording.DayName(p.lang, day.Reason.String())
	if day.Counted > 0 {
		return fmt.Sprintf(choose(p.lang, "第 %d 个工作日", "working day %d"), day.Counted) + " · " + kind + name
	}
	return kind + name
}

func parseYear(text string) (int, error) {
	year, err := strconv.Atoi(text)
	if err != nil || year < 2000 || year > 2199 {
		return 0, errs.Invalid("YEAR", "the year is a number such as 2026", "年份应为数字，如 2026")
	}
	return year, nil
}

// printYear prints a year as load reads it, for whoever wants to mend it.
func (p *program) printYear(cal *sla.Calendar, text string) error {
	year, err := parseYear(text)
	if err != nil {
		return err
	}
	for _, y := range cal.Years() {
		if y.Year != year {
			continue
		}
		data, err := sla.FormatYears([]sla.Year{y})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", data)
		return err
	}
	return errs.NotFound("the calendar of %d is not loaded", "%d 年的放假安排尚未载入", year)
}

func (p *program) showYear(cal *sla.Calendar, text string) error {
	year, err := parseYear(text)
	if err != nil {
		return err
	}
	first, last := sla.NewDate(year, time.January, 1), sla.NewDate(year, time.December, 31)
	if !cal.Known(first) {
		p.say(p.stdout, "%d 年的放假安排尚未载入：按普通周计算，仅除去法定固定节日，期限均为暂定。", "The calendar of %d is not loaded: ordinary weeks less the fixed holidays; all deadlines are provisional.", year)
	}
	total := 0
	for month := time.January; month <= time.December; month++ {
		var line strings.Builder
		working := 0
		for d := sla.NewDate(year, month, 1); d <= last && sameMonth(d, month); d = d.AddDays(1) {
			_, _, day := d.YearMonthDay()
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			mark := "  "
			switch {
			case cal.IsWorkingDay(d) && weekend:
				mark = "+ " // adjusted workday
			case !cal.IsWorkingDay(d) && !weekend:
				mark = "- " // holiday
			case weekend:
				mark = ". "
			}
			if cal.IsWorkingDay(d) {
				working++
			}
			fmt.Fprintf(&line, "%2d%s", day, mark)
		}
		total += working
		p.say(p.stdout, "%4d-%02d  %s %d 个工作日", "%4d-%02d  %s %d working days", year, int(month), line.String(), working)
	}
	p.say(p.stdout, "全年 %d 个工作日。 + 调休上班  - 放假  . 周末", "%d working days. + adjusted workday  - holiday  . weekend", total)
	return nil
}

func sameMonth(d sla.Date, month time.Month) bool {
	_, m, _ := d.YearMonthDay()
	return m == month
}
