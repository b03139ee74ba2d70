package report

import "fmt"

// column is one figure as it is shown: named as in the JSON, with its heading.
type column struct {
	key string
	word
	of func(*Figures) any // an int64, a Rate, or nil for days that there are none of
	// points is how far it is above an earlier period's; nil for what is not a rate.
	points func(*Comparison) Points
	// brief columns are those of the table of groups, which must fit a terminal.
	brief bool
	// silence columns are those of reports that count silence.
	silence bool
}

// columns are those that the report has.
func (r *Report) columns() []column {
	shown := make([]column, 0, len(columns))
	for _, c := range columns {
		if !c.silence || r.SilenceDays > 0 {
			shown = append(shown, c)
		}
	}
	return shown
}

// value is the figure as it is printed.
func (c column) value(f *Figures) string {
	if of := c.of(f); of != nil {
		return fmt.Sprint(of)
	}
	return None
}

// columns are all figures in the order of the JSON; a test holds them to it.
var columns = func() []column {
	count := func(of func(*Figures) *int64) func(*Figures) any {
		return func(f *Figures) any {
			if n := of(f); n != nil {
				return *n
			}
			return nil
		}
	}
	list := []column{
		{key: "received", word: word{"收到", "Received"}, brief: true},
		{key: "invalid", word: word{"无效", "Invalid"}},
		{key: "duplicate", word: word{"重复件", "Duplicate"}},
		{key: "valid", word: word{"有效", "Valid"}, brief: true},
		{key: "answered", word: word{"已答复", "Answered"}, brief: true},
		{
			key: "reply_rate", word: word{"回复率%", "Reply rate %"}, brief: true,
			of: func(f *Figures) any { return f.ReplyRate }, points: func(c *Comparison) Points { return c.ReplyRate },
		},
		{key: "due", word: word{"应办结", "Due"}, brief: true},
		{key: "on_time", word: word{"按期办结", "On time"}, brief: true},
		{
			key: "on_time_rate", word: word{"按期率%", "On time %"}, brief: true,
			of: func(f *Figures) any { return f.OnTimeRate }, points: func(c *Comparison) Points { return c.OnTimeRate },
		},
		{key: "late", word: word{"逾期办结", "Late"}},
		{key: "running", word: word{"在办未到期", "Running"}},
		{key: "provisional", word: word{"其中期限暂定", "Provisional"}},
		{key: "not_assessable", word: word{"无法考核", "Not assessable"}},
		{key: "overdue_open", word: word{"超时未办", "Overdue open"}, brief: true},
		{key: "unextended_due", word: word{"应办结（不计延期）", "Due, unextended"}},
		{key: "unextended_on_time", word: word{"按期办结（不计延期）", "On time, unextended"}},
		{
			key: "unextended_on_time_rate", word: word{"按期率%（不计延期）", "On time %, unextended"},
			of: func(f *Figures) any { return f.UnextendedOnTimeRate }, points: func(c *Comparison) Points { return c.UnextendedOnTimeRate },
		},
		{key: "department_due", word: word{"部门应办结", "Department due"}},
		{key: "department_on_time", word: word{"部门按期", "Department on time"}},
		{
			key: "department_on_time_rate", word: word{"部门按期率%", "Dept. on time %"}, brief: true,
			of: func(f *Figures) any { return f.DepartmentOnTimeRate }, points: func(c *Comparison) Points { return c.DepartmentOnTimeRate },
		},
		{key: "rated", word: word{"参评", "Rated"}, brief: true},
		{key: "rated_web", word: word{"网上评价", "Rated on the web"}},
		{key: "rated_sms", word: word{"短信评价", "Rated by SMS"}},
		{key: "rated_telephone", word: word{"电话回访", "Rated by telephone"}},
		{key: "rated_other", word: word{"其他来源评价", "Rated elsewhere"}},
		{
			key: "participation", word: word{"参评率%", "Participation %"},
			of: func(f *Figures) any { return f.Participation }, points: func(c *Comparison) Points { return c.Participation },
		},
		{key: "satisfied", word: word{"满意", "Satisfied"}},
		{
			key: "satisfaction_rate", word: word{"满意率%", "Satisfied %"}, brief: true,
			of: func(f *Figures) any { return f.SatisfactionRate }, points: func(c *Comparison) Points { return c.SatisfactionRate },
		},
		{key: "grade_very_satisfied", word: word{"非常满意", "Very satisfied"}},
		{key: "grade_satisfied", word: word{"满意（评级）", "Grade satisfied"}},
		{key: "grade_basically_satisfied", word: word{"基本满意", "Basically satisfied"}},
		{key: "grade_dissatisfied", word: word{"不满意", "Dissatisfied"}},
		{key: "grade_very_dissatisfied", word: word{"非常不满意", "Very dissatisfied"}},
		{key: "silent", word: word{"逾期未评", "Silent"}, silence: true},
		{
			key: "satisfaction_with_silence", word: word{"满意率%（未评视为满意）", "Satisfied %, silence counted"}, silence: true,
			of: func(f *Figures) any { return f.SatisfactionWithSilence }, points: func(c *Comparison) Points { return c.SatisfactionWithSilence },
		},
		{key: "resolution_answers", word: word{"回答是否解决", "Asked if resolved"}},
		{key: "resolved", word: word{"已解决", "Resolved"}},
		{
			key: "resolution_rate", word: word{"解决率%", "Resolved %"},
			of: func(f *Figures) any { return f.ResolutionRate }, points: func(c *Comparison) Points { return c.ResolutionRate },
		},
		{
			key: "median_days", word: word{"工作日中位数", "Median days"}, brief: true,
			of: count(func(f *Figures) *int64 { return f.MedianDays }),
		},
		{
			key: "p90_days", word: word{"工作日90分位", "90th pct. days"},
			of: count(func(f *Figures) *int64 { return f.P90Days }),
		},
		{
			key: "department_median_days", word: word{"部门工作日中位数", "Dept. median days"},
			of: count(func(f *Figures) *int64 { return f.DepartmentMedianDays }),
		},
		{
			key: "department_p90_days", word: word{"部门工作日90分位", "Dept. 90th pct. days"},
			of: count(func(f *Figures) *int64 { return f.DepartmentP90Days }),
		},
		{key: "last_hour", word: word{"最后一小时内答复", "Answered in the last hour"}},
	}
	for i := range list {
		for _, f := range figures {
			if f.name == list[i].key {
				list[i].of = count(f.in)
			}
		}
	}
	return list
}()

// columnOf is a figure's column; key is one of the JSON's.
func columnOf(key string) column {
	for _, c := range columns {
		if c.key == key {
			return c
		}
	}
	panic("report: no figure " + key)
}
