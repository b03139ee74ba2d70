package wording

import "mailbox/cases/errs"

var topics = map[string]term{
	"new":       {"新到本单位的办件", "New for my department"},
	"due":       {"每日到期提醒", "Due soon, each morning"},
	"overdue":   {"逾期和亮牌", "Overdue cases and cards"},
	"returned":  {"承办单位退回", "Returned by a department"},
	"sent_back": {"答复被退回修改", "A reply sent back"},
	"extension": {"延期与重办", "Extensions and reworks"},
	"order":     {"催办、督办与批示", "Reminders, orders, instructions"},
	"mentioned": {"备注中提到我", "Mentions of me"},
	"assigned":  {"交给我的办件", "Cases handed to me"},
	"sign_off":  {"审签", "Signing off replies"},
	"writer":    {"来信人补充材料", "What the writer sends"},
	"gone":      {"办件收回或撤回", "Taken back or withdrawn"},
	"record":    {"办理记录核验", "Checks of the record"},
	"city":      {"日历与月度、季度报告", "Calendar and reports"},
}

// TopicName names a sort of news for the staff, such as "sent_back"; an unknown id is returned as it is.
func TopicName(lang errs.Lang, id string) string { return name(topics, lang, id) }
