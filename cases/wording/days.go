package wording

import "mailbox/cases/errs"

// days are the words for what a day is to a deadline, by the names of sla.Reason.
var days = map[string]map[errs.Lang]string{
	"receipt":          {errs.ZH: "收到当日", errs.EN: "day of receipt"},
	"workday":          {errs.ZH: "工作日", errs.EN: "working day"},
	"adjusted_workday": {errs.ZH: "调休上班", errs.EN: "adjusted working day"},
	"weekend":          {errs.ZH: "周末", errs.EN: "weekend"},
	"holiday":          {errs.ZH: "放假", errs.EN: "public holiday"},
	"unknown_year":     {errs.ZH: "放假安排未公布", errs.EN: "calendar not published yet"},
}

// DayName names what a day is to a deadline; an unknown name is given back as it is.
func DayName(lang errs.Lang, reason string) string {
	if name, ok := days[reason][lang]; ok {
		return name
	}
	return reason
}
