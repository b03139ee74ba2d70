package wording

import "mailbox/cases/errs"

// days are the words for what a day is to a deadline, by the names of sla.Reason.
var days = map[string]term{
	"receipt":          {"收到当日", "day of receipt"},
	"workday":          {"工作日", "working day"},
	"adjusted_workday": {"调休上班", "adjusted working day"},
	"weekend":          {"周末", "weekend"},
	"holiday":          {"放假", "public holiday"},
	"unknown_year":     {"放假安排未公布", "calendar not published yet"},
	"previous_due":     {"原期限", "previous due date"}, // where counting an extension begins
	"routing":          {"转办当日", "day of routing"},
}

// DayName names what a day is to a deadline; an unknown name is given back as it is.
func DayName(lang errs.Lang, reason string) string { return name(days, lang, reason) }
