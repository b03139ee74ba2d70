package report

import "mailbox/cases/errs"

// Definition says what a figure is called and how it is reckoned. Pages, the XLSX file and the written report all take
// their words from here, so that nobody reads two definitions of one figure.
type Definition struct {
	Key       string // as in the JSON
	name, how word
}

// Name is what the figure is called, without a per-cent sign.
func (d Definition) Name(lang errs.Lang) string { return d.name.in(lang) }

// How is how it is reckoned, in a sentence or two.
func (d Definition) How(lang errs.Lang) string { return d.how.in(lang) }

// Definitions are those of all figures, in the order of the JSON.
func Definitions() []Definition { return definitions }

// definitionOf is that of a figure; a test holds the two lists together.
func definitionOf(key string) Definition {
	for _, d := range definitions {
		if d.Key == key {
			return d
		}
	}
	return Definition{Key: key, name: word{key, key}}
}

var definitions = []Definition{
	{"received", word{"收到", "Received"}, word{
		"统计期内收到的全部来信。",
		"All letters received in the period.",
	}},
	{"invalid", word{"无效", "Invalid"}, word{
		"不予受理的和来信人撤回的。",
		"Declined, or withdrawn by the writer.",
	}},
	{"duplicate", word{"重复件", "Duplicate"}, word{
		"并入其他办件的。",
		"Merged into another case.",
	}},
	{"valid", word{"有效信件", "Valid"}, word{
		"收到 − 无效 − 重复件。尚未审核的算有效。",
		"Received − invalid − duplicate. A letter not screened yet counts as valid.",
	}},
	{"answered", word{"已答复", "Answered"}, word{
		"有效信件中已答复来信人的；被撤销的答复不算。",
		"Valid letters whose writer has the answer; a voided answer does not count.",
	}},
	{"reply_rate", word{"回复率", "Reply rate"}, word{
		"已答复 ÷ 有效信件。",
		"Answered ÷ valid.",
	}},
	{"due", word{"应办结", "Due"}, word{
		"已答复的，加上期限已过仍未答复的。",
		"Answered, or past the due time without an answer.",
	}},
	{"on_time", word{"按期办结", "On time"}, word{
		"答复时间不晚于期限的。",
		"Answered at or before the due time.",
	}},
	{"on_time_rate", word{"按期办结率", "On-time rate"}, word{
		"按期办结 ÷ 应办结。期限已过未答复的算作未按期。",
		"On time ÷ due. Open letters past their due time count against it.",
	}},
	{"late", word{"逾期办结", "Answered late"}, word{
		"答复了，但晚于期限。",
		"Answered after the due time.",
	}},
	{"running", word{"在办未到期", "Running"}, word{
		"尚未答复，期限未到。",
		"Not answered, not yet due.",
	}},
	{"provisional", word{"期限暂定", "Provisional"}, word{
		"应办结和在办中，期限依赖尚未公布的放假安排的。",
		"Of due and running: those whose due time rests on days no published calendar covers.",
	}},
	{"not_assessable", word{"不考核", "Not assessable"}, word{
		"早于最早一年工作日历的历史信件，没有期限。",
		"From before the first loaded calendar year: no due time.",
	}},
	{"overdue_open", word{"超时未办", "Overdue, open"}, word{
		"期限已过，仍未答复。",
		"Past the due time and not answered.",
	}},
	{"unextended_due", word{"应办结（不计延期）", "Due, unextended"}, word{
		"按延期前的期限计算。",
		"By the due time as it was before any extension.",
	}},
	{"unextended_on_time", word{"按期办结（不计延期）", "On time, unextended"}, word{
		"按延期前的期限计算。",
		"By the due time as it was before any extension.",
	}},
	{"unextended_on_time_rate", word{"按期办结率（不计延期）", "On-time rate, unextended"}, word{
		"按延期前的期限计算的按期办结 ÷ 应办结。",
		"On time ÷ due, both by the due time before any extension.",
	}},
	{"department_due", word{"部门应办结", "Department: due"}, word{
		"转给部门的信件中，已报送答复的，加上部门期限已过的。",
		"Routed letters whose reply was handed in, or whose department's time has passed.",
	}},
	{"department_on_time", word{"部门按期", "Department: on time"}, word{
		"报送答复不晚于部门期限的。",
		"The reply was handed in by the department's due time.",
	}},
	{"department_on_time_rate", word{"部门按期率", "Department on-time rate"}, word{
		"部门按期 ÷ 部门应办结。部门期限从转办起算，不为他人的拖延负责。",
		"Department on time ÷ department due. A department's time runs from routing, so nobody is blamed for another's delay.",
	}},
	{"rated", word{"参评", "Rated"}, word{
		"已答复信件中来信人评价过的，以最近一次为准。",
		"Answered letters that their writers rated; the latest rating counts.",
	}},
	{"rated_web", word{"网上评价", "Rated on the web"}, word{
		"来信人在网上作出的评价。",
		"By the writer on the web.",
	}},
	{"rated_sms", word{"短信评价", "Rated by SMS"}, word{
		"来信人用短信作出的评价。",
		"By the writer's text message.",
	}},
	{"rated_telephone", word{"电话回访", "Rated by telephone"}, word{
		"电话回访时登记的评价，记有登记人；承办部门人员不得登记。",
		"Recorded on the telephone, with the name of who recorded it; never by the department's own people.",
	}},
	{"rated_other", word{"其他来源", "Rated elsewhere"}, word{
		"随历史数据导入的评价。",
		"Came with imported history.",
	}},
	{"participation", word{"参评率", "Participation"}, word{
		"参评 ÷ 已答复。",
		"Rated ÷ answered.",
	}},
	{"satisfied", word{"满意", "Satisfied"}, word{
		"评价为非常满意、满意、基本满意的。",
		"Rated very satisfied, satisfied or basically satisfied.",
	}},
	{"satisfaction_rate", word{"满意率", "Satisfaction rate"}, word{
		"满意 ÷ 参评。不评价不算满意。",
		"Satisfied ÷ rated. Silence does not count as content.",
	}},
	{"grade_very_satisfied", word{"其中非常满意", "Of these very satisfied"}, word{
		"最近一次评价为非常满意的。",
		"Their latest rating is very satisfied.",
	}},
	{"grade_satisfied", word{"其中满意", "Of these satisfied"}, word{
		"最近一次评价为满意的。",
		"Their latest rating is satisfied.",
	}},
	{"grade_basically_satisfied", word{"其中基本满意", "Of these basically satisfied"}, word{
		"最近一次评价为基本满意的。",
		"Their latest rating is basically satisfied.",
	}},
	{"grade_dissatisfied", word{"其中不满意", "Of these dissatisfied"}, word{
		"最近一次评价为不满意的。",
		"Their latest rating is dissatisfied.",
	}},
	{"grade_very_dissatisfied", word{"其中非常不满意", "Of these very dissatisfied"}, word{
		"最近一次评价为非常不满意的。",
		"Their latest rating is very dissatisfied.",
	}},
	{"silent", word{"答复后未评价", "Silent after the answer"}, word{
		"答复后满规定天数仍未评价的。",
		"Answered, and not rated within the days the city has set.",
	}},
	{"satisfaction_with_silence", word{"满意率（未评价视为满意）", "Satisfaction rate, silence counted"}, word{
		"（满意＋答复后未评价）÷（参评＋答复后未评价）。仅供对照，不代替满意率。",
		"(Satisfied + silent) ÷ (rated + silent). For comparison only; never instead of the satisfaction rate.",
	}},
	{"resolution_answers", word{"回答是否解决", "Asked if resolved"}, word{
		"回答了“问题解决了吗”的。",
		"Those who answered whether it was resolved.",
	}},
	{"resolved", word{"已解决", "Resolved"}, word{
		"回答“已解决”的。",
		"Those who said it was.",
	}},
	{"resolution_rate", word{"解决率", "Resolution rate"}, word{
		"已解决 ÷ 回答是否解决。",
		"Resolved ÷ answers to that question.",
	}},
	{"median_days", word{"办理天数中位数", "Median days"}, word{
		"从收到到答复的整工作日数，收到当日不计；一半信件不超过此数。",
		"Whole working days from receipt to answer, the day of receipt not counted; half of the letters took no longer.",
	}},
	{"p90_days", word{"办理天数 90 分位", "Days for nine in ten"}, word{
		"十分之九的信件不超过此数（工作日）。",
		"Nine in ten letters took no longer, in working days.",
	}},
	{"department_median_days", word{"部门办理天数中位数", "Department: median days"}, word{
		"从转办到报送答复的整工作日数。",
		"Whole working days from routing to the reply.",
	}},
	{"department_p90_days", word{"部门办理天数 90 分位", "Department: days for nine in ten"}, word{
		"十分之九的信件不超过此数（工作日）。",
		"Nine in ten took no longer, in working days.",
	}},
	{"last_hour", word{"最后一小时内答复", "Answered in the last hour"}, word{
		"按期办结，但在到期前一小时内才答复的。",
		"On time, but in the last hour before the due time.",
	}},
}
