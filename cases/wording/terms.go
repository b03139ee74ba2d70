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
	"reopen":        {"恢复办理", "Reopen"},
	"correct":       {"更正登记信息", "Correct details"},
	"instruct":      {"领导批示", "Record instruction"},
	"new_secret":    {"换发查询码", "Issue new secret"},

	"mark_overdue": {"标记逾期", "Mark overdue"},
	"import":       {"导入", "Import"},

	"view":         {"查看办件", "View case"},
	"view_contact": {"查看联系方式", "View contact details"},
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
