package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailbox/cases/errs"
)

// against is one of the two earlier periods that a report is compared with.
type against struct {
	of     func(*Figures) *Comparison
	word   word
	period word
}

var comparisons = []against{
	{func(f *Figures) *Comparison { return f.YearOnYear }, word{"同比", "on the year before"}, wordYearBefore},
	{func(f *Figures) *Comparison { return f.Previous }, word{"环比", "on the previous period"}, wordPeriodBefore},
}

// changes says how a rate stands to both earlier periods: "，同比上升5.41个百分点，环比持平". A period without the rate
// is left out; with neither there is nothing to say.
func (p *prose) changes(f *Figures, of func(*Comparison) Points) string {
	var text strings.Builder
	for _, than := range comparisons {
		if c := than.of(f); c != nil {
			text.WriteString(p.clause(than, pointsChange(of(c), p.lang)))
		}
	}
	return text.String()
}

// growth does the same for a count, and says what it was: a growth of 900 % from three letters is no news.
func (p *prose) growth(f *Figures, now int64, of func(*Comparison) int64) string {
	var text strings.Builder
	for _, than := range comparisons {
		c := than.of(f)
		if c == nil {
			continue
		}
		if clause := p.clause(than, countChange(now, of(c), p.lang)); clause != "" {
			text.WriteString(clause + p.say("（%[1]s%[2]d件）", " (%[3]d)", than.period.zh, of(c), of(c)))
		}
	}
	return text.String()
}

func (p *prose) clause(than against, change string) string {
	if change == "" {
		return ""
	}
	if p.lang == errs.EN {
		return ", " + change + " " + than.word.en
	}
	return "，" + than.word.zh + change
}

// pointsChange is how a rate has moved, in words; "" when one of the rates has no value.
func pointsChange(points Points, lang errs.Lang) string {
	n, ok := points.Hundredths()
	switch {
	case !ok:
		return ""
	case n > 0:
		return fmt.Sprintf(word{"上升%s个百分点", "up %s points"}.in(lang), decimal(n))
	case n < 0:
		return fmt.Sprintf(word{"下降%s个百分点", "down %s points"}.in(lang), decimal(-n))
	}
	return word{"持平", "level"}.in(lang)
}

// countChange is how a count has moved, in words; "" when there was nothing before, of which no share can be taken. A
// change too small for two decimals is told in letters: "增长0.00%" would be neither a change nor none.
func countChange(now, before int64, lang errs.Lang) string {
	change := now - before
	size := max(change, -change)
	if before <= 0 {
		return ""
	}
	share, _ := Rate{size, before}.Hundredths()
	switch {
	case change == 0:
		return word{"持平", "level"}.in(lang)
	case share == 0 && change > 0:
		return fmt.Sprintf(word{"增加%d件", "%d more"}.in(lang), size)
	case share == 0:
		return fmt.Sprintf(word{"减少%d件", "%d fewer"}.in(lang), size)
	case change > 0:
		return fmt.Sprintf(word{"增长%s%%", "up %s%%"}.in(lang), decimal(share))
	}
	return fmt.Sprintf(word{"减少%s%%", "down %s%%"}.in(lang), decimal(share))
}

// day writes a local date of a report: 2018年1月1日.
func (p *prose) day(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date // the engine made it: it is a date
	}
	return t.Format(p.say("2006年1月2日", "2 January 2006"))
}

// instant writes an instant; the last second of a day is its 24 o'clock, as such reports say it.
func (p *prose) instant(t time.Time) string {
	if t.Hour() == 23 && t.Minute() == 59 && t.Second() == 59 {
		return p.say("%s24时", "the end of %s", p.day(t.Format(time.DateOnly)))
	}
	return t.Format(p.say("2006年1月2日15时04分", "2 January 2006, 15:04"))
}

// periodName is how the period is called in a title: 2018年上半年, 2018年第一季度, 2018年3月.
func (p *prose) periodName() string {
	from, err := time.Parse(time.DateOnly, p.Period.From)
	to, errTo := time.Parse(time.DateOnly, p.Period.To)
	if err != nil || errTo != nil {
		return p.Period.From
	}
	year := strconv.Itoa(from.Year())
	switch months := (span{from, to}).unit(); months {
	case 12:
		return p.say("%s年", "%s", year)
	case 6:
		half := p.say("上半年", "first half of ")
		if from.Month() > time.June {
			half = p.say("下半年", "second half of ")
		}
		if p.lang == errs.EN {
			return half + year
		}
		return year + "年" + half
	case 3:
		quarter := (int(from.Month()) - 1) / 3
		return p.say("%[1]s年第%[2]s季度", "%[3]s quarter of %[1]s", year, []string{"一", "二", "三", "四"}[quarter],
			[]string{"first", "second", "third", "fourth"}[quarter])
	case 1:
		return from.Format(p.say("2006年1月", "January 2006"))
	}
	return p.say("（%[1]s至%[2]s）", "%[1]s to %[2]s", p.day(p.Period.From), p.day(p.Period.through()))
}
