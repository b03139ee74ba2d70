package wording

import (
	"time"

	"mailbox/cases/errs"
)

// Example is an invented case that every kind of notice can speak of, for those who want to see how notices read.
func Example(lang errs.Lang, city string, loc *time.Location, now time.Time) Data {
	d := Data{
		City: city, Location: loc, Number: "20260305-0042-7", ReceivedAt: now, Due: now.AddDate(0, 0, 2), Was: now.AddDate(0, 0, 1), Until: now.AddDate(0, 0, 5),
		Title: "小区门口路灯不亮", Department: "市城市管理局", Person: "李明", Reason: "需向厂家订购配件", Text: "经现场核实，路灯线路老化，已于当日更换，现已恢复照明。",
		Into: "20260304-0040-1", URL: "https://mailbox.example.org/cases/20260305-0042-7", Count: 2, Day: now, Days: 2, Outcome: "granted", Card: "yellow",
		Period: "2026年1月", Login: "li.ming", Year: now.Year() + 1,
	}
	if lang == errs.EN {
		d.Title, d.Department, d.Person, d.Reason = "The street lamp at our gate is dark", "Urban Management Bureau", "Li Ming", "a part has to be ordered"
		d.Text, d.Period = "We looked at the lamp: its wiring was worn out. It was replaced the same day and shines again.", "January 2026"
	}
	for _, section := range []string{"overdue", "today"} {
		d.Items = append(d.Items, Item{Number: d.Number, Title: d.Title, Department: d.Department, Due: d.Due, URL: d.URL, Section: section})
	}
	return d
}
