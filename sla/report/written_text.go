package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/wording"
)

// RankedFrom is how many due letters a department must have to be ranked (domain.md, "Figures"): below it one letter
// moves the rate by more than a fifth.
const RankedFrom = 5

// How much of a list a sentence or a drawing holds.
const (
	namedMost   = 10 // departments below the average, in a sentence
	topicsMost  = 10 // topics in the table
	topicsNamed = 3  // topics in the sentence
	barsMost    = 30 // departments drawn
	monthsMost  = 36 // months drawn
	daysMost    = 15 // working days drawn; those that took longer stand in one bar
)

// scope says what was counted and how.
func (p *prose) scope() []block {
	r := &p.Report
	what := p.say("本报告统计%[1]s至%[2]s（含首尾两日）收到的来信，数字截至%[3]s。", "Letters received from %[1]s to %[2]s, both days included. Figures as of %[3]s. ",
		p.day(r.Period.From), p.day(r.Period.through()), p.instant(r.AsOf.Time))
	what += when(len(r.Filter) > 0, p.say("统计范围：%s。", "Only: %s. ", filterLine(r.Filter, p.lang)))
	what += when(r.Successors, p.say("已撤并单位的信件计入承接单位。", "Letters of ended departments count with those that took over. "))
	var compared string
	switch {
	case r.YearOnYear == nil || r.Previous == nil:
		compared = p.say("统计期尚未开始，不作比较。", "The period has not begun: nothing is compared.")
	default:
		compared = when(r.AsOf.Format(time.DateOnly) < r.Period.through(),
			p.say("统计期尚未结束，与同样长的天数比较；比较期的信件已有更长的办理时间。",
				"The period is not over yet and is compared with equally many days, whose letters have had longer to be answered. "))
		compared += p.say("同比与%[1]s至%[2]s比较，环比与%[3]s至%[4]s比较。", "Year on year: against %[1]s to %[2]s; previous period: %[3]s to %[4]s. ",
			p.day(r.YearOnYear.From), p.day(r.YearOnYear.through()), p.day(r.Previous.From), p.day(r.Previous.through()))
		compared += when(r.Total.YearOnYear.Received == 0, p.say("上年同期没有来信，不作同比。", "No letter was received the year before: there is no comparison with it. "))
		compared += when(r.Total.Previous.Received == 0, p.say("上期没有来信，不作环比。", "No letter was received in the previous period: there is no comparison with it. "))
	}
	var how []string
	for _, key := range []string{"valid", "reply_rate", "due", "on_time_rate", "department_on_time_rate", "participation", "satisfaction_rate"} {
		d := definitionOf(key)
		how = append(how, p.say("%[1]s：%[2]s", "%[1]s: %[2]s ", d.Name(p.lang), d.How(p.lang)))
	}
	rounded := p.say("比率按件数计算，四舍五入到两位小数；百分点是两个公布比率之差；没有分母的比率记作“—”。",
		"Rates are made from whole numbers and rounded half up to two decimals; points are the difference of two printed rates; a rate with nothing below the line is “—”.")
	return text(strings.TrimSpace(what), strings.TrimSpace(strings.Join(how, "")+rounded), strings.TrimSpace(compared))
}

// overview is the section of counts and the reply rate.
func (p *prose) overview() []block {
	f := &p.Total
	if f.Received == 0 {
		return text(p.say("统计期内没有收到来信。", "No letter was received in the period."))
	}
	received := p.say("统计期内共收到来信%[1]d件%[2]s。其中无效%[3]d件、重复件%[4]d件；有效信件%[5]d件%[6]s。",
		"Letters received: %[1]d%[2]s. Of these %[3]d were invalid and %[4]d duplicate; valid letters: %[5]d%[6]s.",
		f.Received, p.growth(f, f.Received, func(c *Comparison) int64 { return c.Received }), f.Invalid, f.Duplicate,
		f.Valid, p.growth(f, f.Valid, func(c *Comparison) int64 { return c.Valid }))
	if f.Valid == 0 {
		return text(received, p.say("没有有效信件，回复率为“—”。", "There was no valid letter, so the reply rate is “—”."))
	}
	answered := p.say("已答复%[1]d件%[2]s；回复率%[3]s%[4]s。", "Answered: %[1]d%[2]s; reply rate: %[3]s%[4]s.",
		f.Answered, p.growth(f, f.Answered, func(c *Comparison) int64 { return c.Answered }),
		p.rate(f.ReplyRate), p.changes(f, func(c *Comparison) Points { return c.ReplyRate }))
	blocks := text(received, answered,
		p.say("按渠道分：%s。", "By channel: %s.", p.shares(&p.Channels)), p.say("按类型分：%s。", "By kind: %s.", p.shares(&p.Kinds)))
	if len(p.Months.Groups) > 1 {
		blocks = append(blocks, block{Table: p.figureGrid(p.say("各月来信办理情况", "Letters by month"), &p.Months,
			"received", "valid", "answered", "reply_rate", "on_time_rate", "satisfaction_rate")})
		if len(p.Months.Groups) <= monthsMost {
			blocks = append(blocks, block{Chart: p.monthsDrawn()})
		}
	}
	return blocks
}

// shares lists the groups that have valid letters, each with its share.
func (p *prose) shares(r *Report) string {
	var parts []string
	for i := range r.Groups {
		if group := &r.Groups[i]; group.Valid > 0 {
			parts = append(parts, p.say("%[1]s%[2]d件，占%[3]s", "%[1]s %[2]d (%[3]s)",
				printable(groupWord(r.By, group, p.lang)), group.Valid, p.rate(Rate{group.Valid, r.Total.Valid})))
		}
	}
	return strings.Join(parts, wordSemicolon.in(p.lang))
}

// times is the section of both clocks.
func (p *prose) times() []block {
	f := &p.Total
	if f.Valid == 0 {
		return p.nothing()
	}
	due := p.say("没有应办结的信件，按期办结率为“—”。", "No letter was due, so the on-time rate is “—”. ")
	if f.Due > 0 {
		due = p.say("应办结%[1]d件，按期办结%[2]d件，按期办结率%[3]s%[4]s。逾期办结%[5]d件，超时未办%[6]d件。",
			"Due: %[1]d; on time: %[2]d; on-time rate: %[3]s%[4]s. Answered late: %[5]d; overdue and open: %[6]d. ",
			f.Due, f.OnTime, p.rate(f.OnTimeRate), p.changes(f, func(c *Comparison) Points { return c.OnTimeRate }), f.Late, f.OverdueOpen)
	}
	due += when(f.Running > 0, p.say("另有在办未到期%d件。", "Open and not yet due: %d. ", f.Running))
	due += when(f.Provisional > 0, p.say("应办结和在办信件中，%d件的期限为暂定，依赖尚未公布的放假安排。",
		"Of those due and running, %d have a provisional due time, which rests on days no published calendar covers. ", f.Provisional))
	due += when(f.NotAssessable > 0, p.say("另有%d件早于最早一年工作日历，没有期限，不作考核。",
		"Not assessable, because from before the first calendar: %d. ", f.NotAssessable))
	unextended := when(f.UnextendedDue > 0, p.say("不计延期，应办结%[1]d件，按期办结%[2]d件，按期办结率%[3]s%[4]s。",
		"Without extensions: due %[1]d; on time %[2]d; on-time rate %[3]s%[4]s.",
		f.UnextendedDue, f.UnextendedOnTime, p.rate(f.UnextendedOnTimeRate), p.changes(f, func(c *Comparison) Points { return c.UnextendedOnTimeRate })))
	department := when(f.DepartmentDue > 0, p.say("按部门期限（从转办起算），部门应办结%[1]d件，部门按期%[2]d件，部门按期率%[3]s%[4]s。",
		"By the departments’ clock, which runs from routing: due %[1]d; on time %[2]d; on-time rate %[3]s%[4]s.",
		f.DepartmentDue, f.DepartmentOnTime, p.rate(f.DepartmentOnTimeRate), p.changes(f, func(c *Comparison) Points { return c.DepartmentOnTimeRate })))
	var speed string
	if f.MedianDays != nil && f.P90Days != nil {
		speed = p.say("从收到到答复，半数信件不超过%[1]d个工作日，九成信件不超过%[2]d个工作日（收到当日不计）。",
			"Working days from receipt to answer, the day of receipt not counted: at most %[1]d for half of the letters, at most %[2]d for nine in ten. ",
			*f.MedianDays, *f.P90Days)
	}
	if f.DepartmentMedianDays != nil && f.DepartmentP90Days != nil {
		speed += p.say("从转办到报送答复，半数不超过%[1]d个工作日，九成不超过%[2]d个工作日。",
			"From routing to the reply: at most %[1]d for half, at most %[2]d for nine in ten. ",
			*f.DepartmentMedianDays, *f.DepartmentP90Days)
	}
	speed += when(f.LastHour > 0, p.say("按期办结的信件中，%d件在到期前最后一小时内答复。", "Answered on time, but in the last hour: %d. ", f.LastHour))
	blocks := text(strings.TrimSpace(due), unextended, department, strings.TrimSpace(speed))
	if len(f.Took) > 0 {
		blocks = append(blocks, block{Chart: p.speedDrawn()})
	}
	return blocks
}

func (p *prose) nothing() []block {
	return text(p.say("统计期内没有有效信件。", "There was no valid letter in the period."))
}

// content is the section of ratings.
func (p *prose) content() []block {
	f := &p.Total
	if f.Answered == 0 {
		return text(p.say("统计期内没有已答复的信件，满意率为“—”。", "No letter was answered, so the satisfaction rate is “—”."))
	}
	rated := p.say("已答复信件中没有评价，参评率%[1]s%[2]s；满意率为“—”。", "No answer was rated: participation %[1]s%[2]s; the satisfaction rate is “—”. ",
		p.rate(f.Participation), p.changes(f, func(c *Comparison) Points { return c.Participation }))
	if f.Rated > 0 {
		rated = p.say("已答复信件中参评%[1]d件，参评率%[2]s%[3]s。其中满意%[4]d件，满意率%[5]s%[6]s。",
			"Rated: %[1]d; participation: %[2]s%[3]s. Of these satisfied: %[4]d; satisfaction rate: %[5]s%[6]s. ",
			f.Rated, p.rate(f.Participation), p.changes(f, func(c *Comparison) Points { return c.Participation }),
			f.Satisfied, p.rate(f.SatisfactionRate), p.changes(f, func(c *Comparison) Points { return c.SatisfactionRate }))
		var sources []string
		for _, key := range []string{"rated_web", "rated_sms", "rated_telephone", "rated_other"} {
			if n, ok := columnOf(key).of(f).(int64); ok && n > 0 {
				sources = append(sources, p.say("%[1]s%[2]d件", "%[1]s %[2]d", definitionOf(key).Name(p.lang), n))
			}
		}
		rated += p.say("评价来源：%s。", "Where the ratings came from: %s. ", strings.Join(sources, wordComma.in(p.lang)))
	}
	silence := when(p.SilenceDays > 0, p.say("另按答复后满%[1]d天未评价视为满意统计：未评价%[2]d件，计入后满意率%[3]s%[4]s。此率仅供对照，不代替满意率。",
		"With silence counted as content %[1]d days after the answer: silent %[2]d, and the rate %[3]s%[4]s. It is for comparison only and never instead of the satisfaction rate.",
		p.SilenceDays, f.Silent, p.rate(f.SatisfactionWithSilence), p.changes(f, func(c *Comparison) Points { return c.SatisfactionWithSilence })))
	resolved := when(f.ResolutionAnswers > 0, p.say("来信人回答问题是否解决的%[1]d件，其中已解决%[2]d件，解决率%[3]s%[4]s。",
		"Writers who said whether it was resolved: %[1]d; resolved: %[2]d; resolution rate: %[3]s%[4]s.",
		f.ResolutionAnswers, f.Resolved, p.rate(f.ResolutionRate), p.changes(f, func(c *Comparison) Points { return c.ResolutionRate })))
	blocks := text(strings.TrimSpace(rated), silence, resolved)
	if f.Rated > 0 {
		grades := &grid{Caption: p.say("评价等级", "Ratings by grade"), Heads: []string{p.say("等级", "Grade"), p.say("件数", "Letters"), p.say("占参评", "Of those rated")}}
		for _, grade := range []struct {
			word
			n int64
		}{
			{word{"非常满意", "Very satisfied"}, f.GradeVerySatisfied},
			{word{"满意", "Satisfied"}, f.GradeSatisfied},
			{word{"基本满意", "Basically satisfied"}, f.GradeBasicallySatisfied},
			{word{"不满意", "Dissatisfied"}, f.GradeDissatisfied},
			{word{"非常不满意", "Very dissatisfied"}, f.GradeVeryDissatisfied},
		} {
			grades.Lines = append(grades.Lines, []string{grade.in(p.lang), number(grade.n), p.rate(Rate{grade.n, f.Rated})})
		}
		blocks = append(blocks, block{Table: grades})
	}
	return blocks
}

// departments is the section of the league.
func (p *prose) departments() []block {
	if p.Total.Valid == 0 {
		return p.nothing()
	}
	var lead, unrouted int64
	var ranked []Figures
	full := 0
	for _, f := range p.Groups {
		switch {
		case f.GroupID == NotRouted:
			unrouted = f.Valid
			continue
		case f.Valid > 0:
			lead++
		}
		if f.DepartmentDue >= RankedFrom {
			ranked = append(ranked, f)
			if n, _ := f.DepartmentOnTimeRate.Hundredths(); n == 100_00 {
				full++
			}
		}
	}
	first := p.say("承办有效信件的单位%d个。", "Departments with valid letters: %d. ", lead)
	first += when(unrouted > 0, p.say("尚未转办%d件。", "Letters not routed: %d. ", unrouted))
	if len(ranked) > 0 {
		first += p.say("部门应办结不少于%[1]d件的单位%[2]d个，其中部门按期率100.00%%的%[3]d个。",
			"With at least %[1]d letters due: %[2]d; of these at 100.00%%: %[3]d. ", int64(RankedFrom), int64(len(ranked)), int64(full))
		first += p.below(ranked)
	}
	blocks := append(text(strings.TrimSpace(first)), block{Table: p.figureGrid(p.say("各单位办理情况", "Figures by department"), &p.Report,
		"valid", "answered", "reply_rate", "on_time_rate", "department_due", "department_on_time", "department_on_time_rate", "rated", "satisfaction_rate")})
	if len(ranked) > 1 {
		blocks = append(blocks, block{Chart: p.departmentsDrawn(ranked)})
	}
	return blocks
}

// below names the departments under the rate of all, lowest first.
func (p *prose) below(ranked []Figures) string {
	whole, ok := p.Total.DepartmentOnTimeRate.Hundredths()
	if !ok {
		return ""
	}
	hundredths := func(f Figures) int64 { n, _ := f.DepartmentOnTimeRate.Hundredths(); return n }
	under := slices.DeleteFunc(slices.Clone(ranked), func(f Figures) bool { return hundredths(f) >= whole })
	if len(under) == 0 {
		return ""
	}
	slices.SortStableFunc(under, func(a, b Figures) int { return cmp.Compare(hundredths(a), hundredths(b)) })
	var names []string
	for i := range under[:min(len(under), namedMost)] {
		names = append(names, p.say("%[1]s（%[2]s）", "%[1]s (%[2]s)", printable(under[i].Group), p.rate(under[i].DepartmentOnTimeRate)))
	}
	list := strings.Join(names, wordComma.in(p.lang))
	if len(under) > namedMost {
		list = p.say("%[1]s等", "%[1]s and others", list)
	}
	return p.say("低于合计%[1]s的%[2]d个：%[3]s。", "Below the %[1]s of all: %[2]d (%[3]s). ", p.rate(p.Total.DepartmentOnTimeRate), int64(len(under)), list)
}

// hot is the section of topics.
func (p *prose) hot() []block {
	if p.Total.Valid == 0 {
		return p.nothing()
	}
	var topics []Figures
	var unnamed, others int64
	for _, f := range p.Topics.Groups {
		switch {
		case f.Valid == 0:
		case f.Group == "":
			unnamed = f.Valid
		default:
			topics = append(topics, f)
		}
	}
	if len(topics) == 0 {
		return text(p.say("有效信件均未注明主题分类。", "No valid letter has a topic."))
	}
	share := func(n int64) string { return p.rate(Rate{n, p.Total.Valid}) }
	var names []string
	for _, f := range topics[:min(len(topics), topicsNamed)] {
		names = append(names, p.say("%[1]s%[2]d件，占%[3]s", "%[1]s %[2]d (%[3]s)", printable(f.Group), f.Valid, share(f.Valid)))
	}
	first := p.say("来信较多的主题：%s。", "Most letters were about: %s. ", strings.Join(names, wordSemicolon.in(p.lang)))
	first += when(unnamed > 0, p.say("未注明主题的%[1]d件，占%[2]s。", "Without a topic: %[1]d (%[2]s). ", unnamed, share(unnamed)))
	heads := []string{p.say("主题", "Topic"), p.say("有效信件", "Valid"), p.say("占比", "Share")}
	compared := p.Topics.YearOnYear != nil && p.Topics.Total.YearOnYear.Received > 0
	if compared {
		heads = append(heads, p.say("上年同期", "The year before"), p.say("增减", "Change"))
	}
	table := &grid{Caption: p.say("来信较多的主题", "Topics with most letters"), Heads: heads}
	for i, f := range topics {
		if i >= topicsMost {
			others += f.Valid
			continue
		}
		line := []string{printable(f.Group), number(f.Valid), share(f.Valid)}
		if compared {
			change := cmp.Or(countChange(f.Valid, f.YearOnYear.Valid, p.lang), None)
			line = append(line, number(f.YearOnYear.Valid), change)
		}
		table.Lines = append(table.Lines, line)
	}
	first += when(others > 0, p.say("其余%[1]d个主题共%[2]d件。", "Topics beside these: %[1]d; letters about them: %[2]d. ", int64(len(topics)-topicsMost), others))
	return append(text(strings.TrimSpace(first)), block{Table: table})
}

// hints are the conducts that rules suspect and nobody has judged.
var hints = []cases.Conduct{cases.NearIdentical, cases.Hollow}

// conductAndReworks is the section of conduct.
func (p *prose) conductAndReworks() []block {
	kinds := ConductKinds(p.Conduct)
	totals := conductTotals(p.Conduct, kinds)
	var deeds, hinted []string
	for i, kind := range kinds {
		line := p.say("%[1]s%[2]d次", "%[1]s %[2]d", wording.ConductName(p.lang, string(kind)), totals[i])
		if slices.Contains(hints, kind) {
			hinted = append(hinted, line)
		} else {
			deeds = append(deeds, line)
		}
	}
	first := p.say("统计期内收到的信件，截至上述时刻没有退回、改派、延期、亮牌等记录。", "Nothing is on record about the conduct in these letters. ")
	if len(deeds) > 0 {
		first = p.say("统计期内收到的信件，截至上述时刻：%s。未列出的情形没有记录。", "On record about these letters: %s. Nothing else is on record. ",
			strings.Join(deeds, wordComma.in(p.lang)))
	}
	first += when(len(hinted) > 0, p.say("另有程序按规则提示的%s，不作结论，须打开办件核对。", "Hinted at by rules, which is no verdict: %s. ", strings.Join(hinted, wordComma.in(p.lang))))
	rework := p.say("统计期内没有准予重办。", "No rework was granted in the period.")
	if r := p.ReworkTotal; r != nil {
		rework = p.say("统计期内准予重办%[1]d件（按准予日期，含以前收到的信件），已答复%[2]d件；应办结%[3]d件，按期办结%[4]d件，按期办结率%[5]s；超时未办%[6]d件。",
			"Reworks granted in the period, whenever their letters came: %[1]d; answered: %[2]d; due: %[3]d; on time: %[4]d; on-time rate: %[5]s; overdue and open: %[6]d. ",
			r.Granted, r.Answered, r.Due, r.OnTime, p.rate(r.OnTimeRate), r.OverdueOpen)
		rework += when(r.Rated > 0, p.say("重办答复参评%[1]d件，满意%[2]d件，满意率%[3]s。", "Second answers rated: %[1]d; satisfied: %[2]d; satisfaction rate: %[3]s. ",
			r.Rated, r.Satisfied, p.rate(r.SatisfactionRate)))
	}
	blocks := text(strings.TrimSpace(first), strings.TrimSpace(rework))
	if len(kinds) == 0 {
		return blocks
	}
	table := &grid{Caption: p.say("各单位办理规范情况", "Conduct by department"), Heads: []string{groupingWords[ByDepartment].in(p.lang)}, Totals: 1}
	for _, kind := range kinds {
		table.Heads = append(table.Heads, wording.ConductName(p.lang, string(kind)))
	}
	for i := range p.Conduct {
		line := []string{printable(p.Conduct[i].Name(p.lang))}
		for _, kind := range kinds {
			line = append(line, number(p.Conduct[i].Counts[kind]))
		}
		table.Lines = append(table.Lines, line)
	}
	sum := []string{wordTotal.in(p.lang)}
	for _, n := range totals {
		sum = append(sum, number(n))
	}
	table.Lines = append(table.Lines, sum)
	return append(blocks, block{Table: table})
}

// figureGrid is a table of some figures of the groups, and of the total.
func (p *prose) figureGrid(caption string, r *Report, keys ...string) *grid {
	table := &grid{Caption: caption, Heads: []string{groupingWords[r.By].in(p.lang)}, Totals: 1}
	for _, key := range keys {
		table.Heads = append(table.Heads, definitionOf(key).Name(p.lang))
	}
	add := func(name string, f *Figures) {
		line := []string{printable(name)}
		for _, key := range keys {
			text := columnOf(key).value(f)
			if _, rate := columnOf(key).of(f).(Rate); rate && text != None {
				text += "%"
			}
			line = append(line, text)
		}
		table.Lines = append(table.Lines, line)
	}
	for i := range r.Groups {
		if r.Groups[i].Valid > 0 || r.By == ByMonth {
			add(groupWord(r.By, &r.Groups[i], p.lang), &r.Groups[i])
		}
	}
	add(wordTotal.in(p.lang), &r.Total)
	return table
}
