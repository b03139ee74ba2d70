package wording

import (
	"fmt"
	"time"

	"mailbox/cases/errs"
)

var weekdaysZH = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// Date writes the day of t in the zone loc with its weekday, which with adjusted weekend workdays is
// what people check first: 2026年2月14日（星期六）, Saturday 14 February 2026. The zero time is "".
// loc must not be nil.
func Date(t time.Time, lang errs.Lang, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(loc)
	if lang == errs.EN {
		return t.Format("Monday 2 January 2006")
	}
	return fmt.Sprintf("%d年%d月%d日（星期%s）", t.Year(), int(t.Month()), t.Day(), weekdaysZH[t.Weekday()])
}

// DateTime writes the day, weekday and minute of t in the zone loc: 2026年2月14日（星期六）23:59,
// Saturday 14 February 2026, 23:59. Seconds are left out, not rounded: a due time of 23:59:59 stays on
// its day. The zero time is "". loc must not be nil.
func DateTime(t time.Time, lang errs.Lang, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	clock := t.In(loc).Format("15:04")
	if lang == errs.EN {
		return Date(t, lang, loc) + ", " + clock
	}
	return Date(t, lang, loc) + clock
}
