package wording

import (
	"strconv"

	"mailbox/cases/errs"
)

// term is one word of the domain in both languages (docs: the table of terms).
type term struct{ zh, en string }

func (t term) in(lang errs.Lang) string {
	if lang == errs.EN {
		return t.en
	}
	return t.zh
}

// name looks an id up; an unknown one is shown as it is, because a page with a raw id can still be
// read and one without it cannot.
func name(terms map[string]term, lang errs.Lang, id string) string {
	if t, ok := terms[id]; ok {
		return t.in(lang)
	}
	return id
}

var channels = map[string]term{
	"mailbox":    {"市长信箱", "Mayor’s mailbox"},
	"consult":    {"咨询投诉", "Enquiries and complaints"},
	"message":    {"网友留言", "Online message"},
	"site_error": {"网站找错", "Website error report"},
	"email":      {"电子邮件", "E-mail"},
	"hotline":    {"12345热线", "12345 hotline"},
	"wechat":     {"微信", "WeChat"},
	"import":     {"历史导入", "Imported"},
}

var letterKinds = map[string]term{
	"consultation": {"咨询", "Enquiry"},
	"complaint":    {"投诉", "Complaint"},
	"suggestion":   {"建议", "Suggestion"},
	"help":         {"求助", "Request for help"},
	"tipoff":       {"举报", "Tip-off"},
	"praise":       {"表扬", "Praise"},
	"unspecified":  {"未分类", "Unspecified"},
}

var states = map[string]term{
	"received":     {"已收到", "Received"},
	"screened":     {"已受理", "Accepted"},
	"routed":       {"已转办", "Sent to the department"},
	"acknowledged": {"办理中", "Being handled"},
	"replied":      {"答复待审", "Reply under review"},
	"answered":     {"已答复", "Answered"},
	"closed":       {"已办结", "Closed"},
	"declined":     {"不予受理", "Declined"},
	"withdrawn":    {"已撤回", "Withdrawn"},
	"merged":       {"已并案", "Merged"},
}

// roles are those of package people.
var roles = map[string]term{
	"writer":        {"来信人", "Writer"},
	"system":        {"系统", "System"},
	"clerk":         {"信箱办工作人员", "Mailbox office clerk"},
	"handler":       {"部门承办人", "Department handler"},
	"leader":        {"部门负责人", "Department leader"},
	"supervisor":    {"督查人员", "Supervisor"},
	"administrator": {"系统管理员", "Administrator"},
	"auditor":       {"审计人员", "Auditor"},
}

// verbs are those of package people.
var verbs = map[string]term{
	"submit":      {"来信", "Submit"},
	"accept":      {"受理", "Accept"},
	"decline":     {"不予受理", "Decline"},
	"route":       {"转办", "Route"},
	"acknowledge": {"签收", "Sign for"},
	"reply":       {"报送答复", "Hand in reply"},
	"answer":      {"答复来信人", "Answer"},
	"rate":        {"评价", "Rate"},
	"close":       {"办结", "Close"},

	"withdraw":      {"撤回", "Withdraw"},
	"return":        {"退回", "Return"},
	"reassign":      {"改派", "Reassign"},
	"ask_assist":    {"请求协办", "Ask to assist"},
	"contribute":    {"提交协办意见", "Contribute"},
	"send_back":     {"退回修改", "Send back"},
	"void":          {"撤销答复", "Void answer"},
	"supplement":    {"补充答复", "Supplement answer"},
	"record_rating": {"登记回访评价", "Record rating"},
	"merge":         {"并案", "Merge"},
	"take_back":     {"撤回转办", "Take back"},
	"split":         {"拆分", "Split"},
	"reopen":        {"恢复办理", "Reopen"},
	"correct":       {"更正登记信息", "Correct details"},
	"instruct":      {"领导批示", "Record instruction"},
	"new_secret":    {"换发查询码", "Issue new secret"},

	"mark_confidential": {"设为保密件", "Mark confidential"},
	"lift_confidential": {"取消保密", "Lift confidentiality"},
	"accuse":            {"标记被反映单位", "Mark whom it complains about"},
	"ask_exception":     {"申请转给被反映单位", "Ask to give it to whom it complains about"},
	"grant_exception":   {"同意转给被反映单位", "Agree that it goes to whom it complains about"},
	"refuse_exception":  {"不同意转给被反映单位", "Refuse that it goes to whom it complains about"},

	"ask_extension":    {"申请延期", "Ask for extension"},
	"grant_extension":  {"批准延期", "Grant extension"},
	"refuse_extension": {"不同意延期", "Refuse extension"},
	"lapse_extension":  {"延期申请失效", "Let extension request lapse"},
	"ask_writer":       {"请来信人补充材料", "Ask the writer for material"},
	"add_material":     {"补充材料", "Add material"},
	"end_wait":         {"结束等待", "End the wait"},
	"ask_rework":       {"申请重办", "Ask for rework"},
	"grant_rework":     {"同意重办", "Grant rework"},
	"refuse_rework":    {"不同意重办", "Refuse rework"},
	"remind":           {"催办", "Remind"},
	"order":            {"督办", "Issue supervision order"},
	"answer_order":     {"回复督办", "Answer supervision order"},
	"assign":           {"指定承办人", "Hand to a colleague"},
	"propose":          {"送审签", "Send to the leader"},
	"sign_off":         {"签发", "Sign off"},
	"turn_back":        {"退回重拟", "Turn back"},

	"mark_overdue":   {"标记逾期", "Mark overdue"},
	"card":           {"亮牌", "Give card"},
	"apply_policy":   {"适用新规则", "Apply new rules"},
	"settle":         {"重新核定期限", "Settle due times anew"},
	"rehome":         {"随单位撤并划转", "Move to the successor"},
	"back_to_office": {"单位撤销退回", "Back from a dissolved department"},
	"import":         {"导入", "Import"},
	"note_late":      {"记录逾期未办", "Note as late"},
	"erase":          {"抹除个人信息", "Erase personal data"},

	"publish":      {"公开选登", "Publish"},
	"unpublish":    {"撤下公开", "Withdraw publication"},
	"keep_private": {"不予公开", "Keep private"},

	"note":        {"内部备注", "Internal note"},
	"log_contact": {"登记联系", "Log a call"},

	"view":         {"查看办件", "View case"},
	"view_contact": {"查看联系方式", "View contact details"},
}

var cards = map[string]term{
	"yellow": {"黄牌", "Yellow card"},
	"red":    {"红牌", "Red card"},
}

// outcomes are those of a request for an extension or a rework.
var outcomes = map[string]term{
	"asked":     {"待决定", "To be decided"},
	"granted":   {"已同意", "Granted"},
	"refused":   {"不同意", "Refused"},
	"lapsed":    {"已失效", "Lapsed"},
	"withdrawn": {"已撤回", "Withdrawn"},
}

// calls are what came of telephoning a writer.
var calls = map[string]term{
	"reached":      {"已联系上", "Reached"},
	"not_reached":  {"未联系上", "Not reached"},
	"wrong_number": {"号码有误", "Wrong number"},
	"refused":      {"来信人不愿交谈", "The writer did not want to talk"},
}

// results say how a case stands on a clock, in the words of the figures.
var results = map[string]term{
	"not_assessable": {"无法考核", "Not assessable"},
	"running":        {"在办未到期", "Running, not yet due"},
	"on_time":        {"按期办结", "On time"},
	"late":           {"逾期办结", "Late"},
	"overdue":        {"超时未办", "Overdue, still open"},
	"ended":          {"已终止，不再计时", "Ended, no longer timed"},
}

// conduct is what is counted about the handling besides its times.
var conduct = map[string]term{
	"returned":      {"退回", "Returned"},
	"reassigned":    {"改派", "Reassigned"},
	"extended":      {"延期", "Extended"},
	"reworked":      {"重办", "Reworked"},
	"ordered":       {"督办", "Supervision order"},
	"yellow_card":   {"黄牌", "Yellow card"},
	"red_card":      {"红牌", "Red card"},
	"declined_late": {"逾期不予受理", "Declined late"},
	"merged_late":   {"逾期并案", "Merged late"},
	"voided":        {"撤销答复", "Answer voided"},
	"reminded":      {"催办", "Reminded"},
	"assist_late":   {"协办逾期", "Contribution late"},
	// Hints by rules: whoever counts them must read the answers.
	"near_identical": {"答复雷同（提示）", "Near-identical (hint)"},
	"hollow":         {"答复疑似空洞（提示）", "Seemingly no answer (hint)"},
}

// readers are whom a notice can be sent to, in the words that notices greet them with.
var readers = map[string]term{
	"department":  {"承办单位", "Department in charge"},
	"leader":      {"部门负责人", "Department leader"},
	"office":      {"信箱办", "Mailbox office"},
	"supervision": {"督查部门", "Supervision office"},
}

// policyFields are the fields of a policy and, the last three, of the hours in which notices to staff are
// sent, by their names in JSON.
var policyFields = map[string]term{
	"answer_days":        {"答复期限（自收到来信起，工作日）", "Answer, from receipt (working days)"},
	"screen_days":        {"审核期限（自收到来信起，工作日）", "Screening, from receipt (working days)"},
	"route_days":         {"转办期限（自收到来信起，工作日）", "Routing, from receipt (working days)"},
	"acknowledge_days":   {"签收期限（自转办起，工作日）", "Signing, from routing (working days)"},
	"return_days":        {"退回期限（自转办起，工作日）", "Return as “not ours”, from routing (working days)"},
	"rework_days":        {"重办答复期限（自同意重办起，工作日）", "Answer to a rework, from granting it (working days)"},
	"rework_within_days": {"可申请重办的时间（自答复起，自然日；0为不可申请）", "Rework can be asked for, from the answer (calendar days; 0: never)"},
	"rate_within_days":   {"可评价和修改评价的时间（自答复起，自然日；0为不限）", "The answer can be judged, from the answer (calendar days; 0: at any time)"},
	"remind_rating_days": {"答复后多久提醒未评价的来信人（自然日；0为不提醒）", "A writer who has not judged the answer is reminded, from the answer (calendar days; 0: never)"},
	"call_share":         {"电话回访比例（占已答复且留有电话的来信；%；0为不抽样）", "Share of answered writers with a telephone number who are called (%; 0: none)"},
	"call_within_days":   {"电话回访时间（自答复起，不满意的自评价起，自然日）", "Calls are made, from the answer, or from a discontent rating (calendar days)"},
	"call_dissatisfied":  {"评价不满意或未解决的来信人一律电话回访", "Every writer who is not content with the answer is called"},
	"extension_days":     {"一次延期最多延长（工作日）", "Most that an extension may add (working days)"},
	"waiting_days":       {"等待来信人补充材料最长（工作日）", "Longest wait for the writer (working days)"},
	"order_days":         {"督办单回复期限（自发出起，工作日）", "Answer to a supervision order, from issuing it (working days)"},
	"yellow_days":        {"单位逾期满几日亮黄牌（工作日）", "Yellow card, after overdue (working days)"},
	"red_days":           {"单位逾期满几日亮红牌（工作日）", "Red card, after overdue (working days)"},
	"close_after_days":   {"答复后多久自动办结（自然日）", "Closing, from the answer (calendar days)"},
	"closing":            {"期限届满当日的截止时刻", "Time of day at which a deadline ends"},
	"review":             {"答复须经信箱办审核", "The office reviews replies before the writer sees them"},
	"allow_anonymous":    {"允许匿名来信", "Anonymous letters are allowed"},
	"confidential":       {"自收到起即按保密件办理", "Confidential from the start"},
	"route_above":        {"有把握时自动转办：正确概率不低于（%；0为不自动转办）", "Route by itself when right with a probability of at least (%; 0: never)"},
	"remind_days_before": {"在到期前第几日早上提醒（工作日；0为到期当日）", "Reminders on the morning before the due time (working days before; 0: the day itself)"},
	"tell_reminder":      {"到期提醒发给", "Reminders go to"},
	"tell_overdue":       {"逾期通知发给", "Overdue notices go to"},
	"tell_yellow_card":   {"黄牌通知发给", "Yellow card notices go to"},
	"tell_red_card":      {"红牌通知发给", "Red card notices go to"},
	"from":               {"每个工作日向工作人员发送通知的开始时刻", "Notices to staff are sent on working days from (time of day)"},
	"until":              {"每个工作日向工作人员发送通知的结束时刻", "Notices to staff are sent on working days until (time of day)"},
	"any_time":           {"不限时段，随时向工作人员发送通知", "Notices to staff are sent at any time, day and night"},
}

// grades are the five of the national 好差评; the index is the grade less one.
var grades = [...]term{
	{"非常不满意", "Very dissatisfied"},
	{"不满意", "Dissatisfied"},
	{"基本满意", "Basically satisfied"},
	{"满意", "Satisfied"},
	{"非常满意", "Very satisfied"},
}

// declineReasons each say why, and where to turn instead: a refusal without another door is no answer.
var declineReasons = map[string]term{
	"court": {
		"您反映的事项属于诉讼、仲裁或者行政复议范围，应由受理案件的法院、仲裁机构或者行政复议机关依法处理，本信箱不能代为裁断；请向该机关提出，诉讼事宜可拨打12368诉讼服务热线咨询。",
		"Your letter concerns a matter for a court, an arbitration body or an administrative reconsideration authority, which alone may decide it; please turn to that body, or call the court service line 12368 about court cases.",
	},
	"petition": {
		"您反映的事项已经或者正在通过信访程序办理，本信箱不重复受理；请向原受理的信访部门查询，或者依照信访程序申请复查、复核。",
		"Your letter concerns a matter that has been or is being handled as a petition, and it cannot be handled a second time here; please ask the petition office that took it on, or apply there for review.",
	},
	"discipline": {
		"您反映的事项涉及党员、公职人员违纪违法，应由纪检监察机关处理；请拨打12388举报电话，或者登录12388举报网站反映。",
		"Your letter reports misconduct of officials, which the discipline inspection and supervision authorities handle; please call 12388 or use the 12388 reporting website.",
	},
	"emergency": {
		"您反映的情况紧急，书面来信可能延误处置；请立即拨打110（报警）、119（火警）或者120（急救），供水、供电、燃气险情请拨打相应的抢修电话。",
		"What you describe is an emergency, and a letter may be too slow; please call 110 (police), 119 (fire) or 120 (ambulance) at once, or the emergency line of the water, power or gas company.",
	},
	"not_city": {
		"您反映的事项不属于本市人民政府的职权范围；请向有管辖权的地方或者上级机关反映，如不清楚应向何处反映，可拨打当地12345热线咨询。",
		"Your letter concerns a matter outside the powers of this city’s government; please turn to the place or the higher authority responsible, and if you are unsure which that is, call the 12345 hotline there.",
	},
	"no_content": {
		"来信没有写明具体事项，我们无法据此办理；请写清时间、地点、事情经过和您的诉求后重新来信。",
		"Your letter does not say what it is about clearly enough for us to act on it; please write to us again with the time, the place, what happened and what you would like to be done.",
	},
	"abusive": {
		"来信主要为侮辱、谩骂性内容，我们无法据此办理；如有具体诉求，请以平和的文字写明后重新来信，我们会认真办理。",
		"Your letter consists mainly of abuse, and we cannot act on it; if there is a matter you want dealt with, please write to us again and say it in civil words, and we will handle it with care.",
	},
	"advertising": {
		"来信属于广告推销内容，不属于本信箱受理范围；如需办理政务服务事项，请前往政务服务大厅或者拨打12345热线咨询。",
		"Your letter is advertising, which this mailbox does not take; for government services please go to the government service hall or call the 12345 hotline.",
	},
	"other": {
		"因下列具体情况，您反映的事项不能由本信箱受理；如不清楚应向何处反映，可拨打12345热线咨询。",
		"For the particular reason explained to you, this mailbox cannot take your letter; if you are unsure where to turn, please call the 12345 hotline.",
	},
}

// KindName names a kind of letter, such as "complaint"; an unknown id is returned as it is.
func KindName(lang errs.Lang, id string) string { return name(letterKinds, lang, id) }

// StateName names a state of a case, such as "routed"; an unknown id is returned as it is.
func StateName(lang errs.Lang, id string) string { return name(states, lang, id) }

// ChannelName names the way a letter came in, such as "hotline"; an unknown id is returned as it is.
func ChannelName(lang errs.Lang, id string) string { return name(channels, lang, id) }

// VerbName names what was or can be done to a case, such as "send_back"; an unknown id is returned as
// it is.
func VerbName(lang errs.Lang, id string) string { return name(verbs, lang, id) }

// RoleName names a role, such as "clerk"; an unknown id is returned as it is.
func RoleName(lang errs.Lang, id string) string { return name(roles, lang, id) }

// CardName names a card, "yellow" or "red"; an unknown id is returned as it is.
func CardName(lang errs.Lang, id string) string { return name(cards, lang, id) }

// CallName names what came of telephoning a writer.
func CallName(lang errs.Lang, id string) string { return name(calls, lang, id) }

// OutcomeName names what became of a request for an extension or a rework, such as "lapsed"; an unknown
// id is returned as it is.
func OutcomeName(lang errs.Lang, id string) string { return name(outcomes, lang, id) }

// ResultName names how a case stands on a clock, such as "on_time"; an unknown id is returned as it is.
func ResultName(lang errs.Lang, id string) string { return name(results, lang, id) }

// ConductName names something that is counted about the handling, such as "merged_late"; an unknown id
// is returned as it is.
func ConductName(lang errs.Lang, id string) string { return name(conduct, lang, id) }

// ReaderName names whom a notice can be sent to, such as "leader"; an unknown id is returned as it is.
func ReaderName(lang errs.Lang, id string) string { return name(readers, lang, id) }

// PolicyField is the label of a field of a policy by its name in JSON, such as "answer_days", with its
// unit; an unknown name is returned as it is.
func PolicyField(lang errs.Lang, field string) string { return name(policyFields, lang, field) }

// GradeName names a grade of a rating, from 1 (very dissatisfied) to 5 (very satisfied); any other
// number is returned in digits.
func GradeName(lang errs.Lang, grade int64) string {
	if grade < 1 || grade > int64(len(grades)) {
		return strconv.FormatInt(grade, 10)
	}
	return grades[grade-1].in(lang)
}

// DeclineReason says in a sentence why a letter with this reason code, such as "court", is not handled
// here and where the writer can turn; an unknown code is returned as it is.
func DeclineReason(lang errs.Lang, code string) string { return name(declineReasons, lang, code) }
