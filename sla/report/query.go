package report

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Grouping is what the letters of a report are grouped by.
type Grouping string

// The groupings. The zero value is [ByNone]: a total only.
const (
	ByNone       Grouping = "none"
	ByDepartment Grouping = "department"
	ByKind       Grouping = "kind"
	ByChannel    Grouping = "channel"
	ByMonth      Grouping = "month"
	ByTopic      Grouping = "topic"
	ByDistrict   Grouping = "district"
	ByPolicy     Grouping = "policy" // the version of the policies that a letter is under
)

// Groupings lists all groupings.
var Groupings = []Grouping{ByNone, ByDepartment, ByKind, ByChannel, ByMonth, ByTopic, ByDistrict, ByPolicy}

// NotRouted is the group, and its id, of the cases that no department has in hand.
const NotRouted = "not_routed"

// Query is what a report is about. The cohort is the letters received from From until before To; every
// filter that is not zero narrows it, by what held at AsOf.
type Query struct {
	From, To string    // local dates, 2018-01-01; To is not in the period
	AsOf     time.Time // counts are as of this instant, cut to the whole second; required
	By       Grouping
	Then     Grouping // each group once more by this; none without By, and not By itself

	Channel    string // one, or several with commas between: mailbox,consult
	Kind       string // the same
	Topic      string // stands for its whole branch: 城乡建设 also takes 城乡建设 / 城市管理
	District   string
	Department int64 // as in figures by department: the lead, once answered the one that replied
	Policy     int64 // the version of the policies; 0 any

	// Successors counts the letters of a department that had ended by AsOf with the one that took over from it, in
	// the groups, in the filter and in conduct: a league table of the bureaus there are, over the years there were others.
	Successors bool

	Compare bool // with the year before and the previous period
	Brief   bool // only the figures of letters: neither conduct nor reworks
}

// The years that a period may lie in: far from the ends of what four digits hold, so that the period
// before and the next day are dates as well.
const firstYear, lastYear = 1900, 9990

// checked is a query whose values have been looked at.
type checked struct {
	Query
	span            span
	channels, kinds []string
	lineage         lineage // these two are set by the engine, which knows the departments and the city
	silence         int64   // seconds
}

// check returns [errs.CodeInvalid] naming the field that must be corrected.
func (q Query) check() (checked, error) {
	c := checked{Query: q}
	var err error
	if c.span.from, err = date("from", q.From); err != nil {
		return c, err
	}
	if c.span.to, err = date("to", q.To); err != nil {
		return c, err
	}
	if !c.span.from.Before(c.span.to) {
		return c, errs.Invalid("to", "the period must end after it begins; the end date %[1]s is itself not in the period",
			"结束日期必须晚于开始日期；结束日期%[1]s当天不计入统计期", q.To)
	}
	if c.AsOf.IsZero() || c.AsOf.Unix() < 0 || c.AsOf.Unix() >= migrations.Forever {
		return c, errs.Invalid("as_of", "please say as of when, between 1970 and 9999", "请给出统计截止时刻，须在1970年至9999年之间")
	}
	c.AsOf = c.AsOf.Truncate(time.Second)
	if c.By == "" {
		c.By = ByNone
	}
	if !slices.Contains(Groupings, c.By) {
		return c, errs.Invalid("by", "figures cannot be grouped by %[1]q; choose one of %[2]s", "不能按%[1]q分组，可选：%[2]s",
			string(c.By), joined(Groupings))
	}
	if c.Then == ByNone {
		c.Then = ""
	}
	if c.Then != "" && (!slices.Contains(Groupings, c.Then) || c.By == ByNone || c.Then == c.By) {
		return c, errs.Invalid("then", "the groups cannot be divided by %[1]q; choose another of %[2]s, and a first grouping",
			"不能再按%[1]q细分；请另选：%[2]s，并先选择分组", string(c.Then), joined(Groupings))
	}
	return c, c.checkFilters()
}

func (c *checked) checkFilters() error {
	var unknown string
	if c.channels, unknown = chosen(c.Channel, cases.Channels); unknown != "" {
		return errs.Invalid("channel", "there is no channel %[1]q; choose from %[2]s", "没有渠道%[1]q，可选：%[2]s",
			unknown, joined(cases.Channels))
	}
	if c.kinds, unknown = chosen(c.Kind, cases.Kinds); unknown != "" {
		return errs.Invalid("kind", "there is no kind %[1]q; choose from %[2]s", "没有类型%[1]q，可选：%[2]s",
			unknown, joined(cases.Kinds))
	}
	if c.Department < 0 {
		return errs.Invalid("department", "there is no such department", "没有这个部门")
	}
	if c.Policy < 0 {
		return errs.Invalid("policy", "there is no such version of the policies", "没有这个版本的办理规则")
	}
	for _, f := range []struct{ field, value string }{{"topic", c.Topic}, {"district", c.District}} {
		if !plain(f.value) {
			return errs.Invalid(f.field, "please write one line of text without control characters", "请填写一行文字，不含控制字符")
		}
	}
	c.Topic = branch(c.Topic)
	return nil
}

func date(field, value string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, value)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return t, errs.Invalid(field, "%[1]q is not a date of the calendar; please write it like 2018-01-31",
			"%[1]q不是有效日期，请按2018-01-31的格式填写", value).Because(err)
	}
	return t, nil
}

// branch writes the levels of a topic without the spaces around the slashes, as scan.go does with the
// topic of a letter.
func branch(topic string) string {
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		levels[i] = strings.TrimSpace(level)
	}
	return strings.Join(levels, "/")
}

func plain(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }

func joined[S ~string](all []S) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
