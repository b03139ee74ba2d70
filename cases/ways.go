package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// Topic is a sort of news for the staff: each person chooses how to be told of it.
type Topic string

// The topics, in the order in which they are listed.
const (
	TopicNew       Topic = "new"       // a case for the person's department
	TopicDue       Topic = "due"       // the morning's list of what is due soon
	TopicOverdue   Topic = "overdue"   // overdue cases, cards
	TopicReturned  Topic = "returned"  // to the office: a department says "not ours"
	TopicSentBack  Topic = "sent_back" // a reply comes back from its review
	TopicExtension Topic = "extension" // extensions and reworks, asked for and decided
	TopicOrder     Topic = "order"     // supervision's reminders and orders, leaders' instructions
	TopicMentioned Topic = "mentioned" // a colleague names the person in a note
	TopicAssigned  Topic = "assigned"  // a case in the person's hands, or in those of somebody who has left
	TopicSignOff   Topic = "sign_off"  // a reply that a leader signs off, and what the leader wants changed
	TopicWriter    Topic = "writer"    // what the writer sent, and the end of waiting for it
	TopicGone      Topic = "gone"      // a case that was taken back or withdrawn
	TopicRecord    Topic = "record"    // the record of cases is not as it was written
	TopicCity      Topic = "city"      // calendars that are missing, months that are over
)

// Topics lists all topics.
var Topics = []Topic{
	TopicNew, TopicDue, TopicOverdue, TopicReturned, TopicSentBack, TopicExtension, TopicOrder, TopicMentioned, TopicAssigned, TopicSignOff, TopicWriter, TopicGone, TopicRecord, TopicCity,
}

// topicOf says what each notice to the staff is about. What is not here is no news: it goes out as it is (a new password).
var topicOf = map[wording.Kind]Topic{
	wording.Routed: TopicNew, wording.AssistAsk: TopicNew,
	wording.Digest: TopicDue, wording.CityDigest: TopicDue,
	wording.Overdue: TopicOverdue, wording.OverdueCity: TopicOverdue, wording.Carded: TopicOverdue, wording.AssistLate: TopicOverdue, wording.OrderLate: TopicOverdue,
	wording.Returned: TopicReturned, wording.SentBack: TopicSentBack,
	wording.ExtensionAsked: TopicExtension, wording.ExtensionDecided: TopicExtension, wording.ReworkAsked: TopicExtension,
	wording.Ordered: TopicOrder, wording.Reminded: TopicOrder, wording.Instructed: TopicOrder, wording.OrderAnswered: TopicOrder,
	wording.Assigned: TopicAssigned, wording.Left: TopicAssigned, wording.Proposed: TopicSignOff, wording.TurnedBack: TopicSignOff,
	wording.Mentioned: TopicMentioned, wording.MaterialAdded: TopicWriter, wording.WaitEnded: TopicWriter,
	wording.Unrouted: TopicGone, wording.TakenBack: TopicGone, wording.Withdrawn: TopicGone,
	wording.RecordBroken:    TopicRecord,
	wording.CalendarMissing: TopicCity, wording.PeriodOver: TopicCity,
}

// Way is how a person is told, each way more than the one before.
type Way string

// The ways.
const (
	WayNone   Way = "none"
	WayInbox  Way = "inbox"  // in the product
	WayDigest Way = "digest" // and in one mail in the morning
	WayMail   Way = "mail"   // and by a mail at once
)

// Ways lists all ways.
var Ways = []Way{WayNone, WayInbox, WayDigest, WayMail}

// usual is how somebody is told who has chosen nothing. Where the department's own address gets the mail, its people are
// told in the product; of what somebody else would have to fetch from a list anyway the office is told there, too.
func usual(t Topic, departmentMailed bool) Way {
	if departmentMailed || t == TopicReturned {
		return WayInbox
	}
	return WayMail
}

// Quiet is when a person gets no mail: from a minute of the day until another, and on days off. Everything waits for its
// end, orders and red cards too: every deadline is counted in working days, so a mail that waits for the next working
// morning takes no working time from anybody, and in the product it stands at once.
type Quiet struct {
	From, Until int // minutes of the city's day; the same: at no hour
	DaysOff     bool
}

// UsualQuiet are the hours of those who have chosen none: 19:00 to 7:30, and days off.
var UsualQuiet = Quiet{From: 19 * 60, Until: 7*60 + 30, DaysOff: true}

// End is the first instant from now on at which mail may leave: now itself outside the quiet time.
func (q Quiet) End(c *sla.Calendar, now time.Time) time.Time {
	t := now.In(c.Location())
	for range 60 { // no holiday is so long
		day := sla.DateOf(t, c.Location())
		midnight := day.Start(c.Location())
		minute := int(t.Sub(midnight) / time.Minute)
		switch {
		case q.DaysOff && !c.IsWorkingDay(day):
			t = day.AddDays(1).Start(c.Location())
		case q.From < q.Until && minute >= q.From && minute < q.Until, q.From > q.Until && minute < q.Until:
			t = midnight.Add(time.Duration(q.Until) * time.Minute)
		case q.From > q.Until && minute >= q.From:
			t = day.AddDays(1).Start(c.Location())
		default:
			return t.In(now.Location())
		}
	}
	return now
}

// NoticeSettings is how a person wants to be told.
type NoticeSettings struct {
	Ways  map[Topic]Way // chosen ones only
	Quiet Quiet
}

type wayRow struct {
	bun.BaseModel `bun:"table:notice_ways"`

	AccountID int64 `bun:",pk"`
	Topic     Topic `bun:",pk"`
	Way       Way
}

type quietRow struct {
	bun.BaseModel `bun:"table:quiet_hours"`

	AccountID   int64 `bun:",pk"`
	FromMinute  int
	UntilMinute int
	DaysOff     bool
}

// settingsOf reads the settings of some accounts; every one of them has some.
func settingsOf(ctx context.Context, db bun.IDB, accounts []int64) (map[int64]NoticeSettings, error) {
	all := make(map[int64]NoticeSettings, len(accounts))
	for _, id := range accounts {
		all[id] = NoticeSettings{Ways: map[Topic]Way{}, Quiet: UsualQuiet}
	}
	if len(all) == 0 {
		return all, nil
	}
	var ways []wayRow
	if err := db.NewSelect().Model(&ways).Where("account_id IN (?)", bun.List(accounts)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read ways of notices: %w", err)
	}
	for _, row := range ways {
		all[row.AccountID].Ways[row.Topic] = row.Way
	}
	var hours []quietRow
	if err := db.NewSelect().Model(&hours).Where("account_id IN (?)", bun.List(accounts)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read quiet hours: %w", err)
	}
	for _, row := range hours {
		s := all[row.AccountID]
		s.Quiet = Quiet{row.FromMinute, row.UntilMinute, row.DaysOff}
		all[row.AccountID] = s
	}
	return all, nil
}

// NoticeSettings reads how the actor is told, topic by topic, the usual way where nothing was chosen.
func (d *Desk) NoticeSettings(ctx context.Context, a people.Actor) (NoticeSettings, error) {
	all, err := settingsOf(ctx, d.db.Read, []int64{a.Account})
	if err != nil {
		return NoticeSettings{}, err
	}
	s := all[a.Account]
	mailed, err := d.departmentMailed(ctx, a)
	if err != nil {
		return s, err
	}
	for _, t := range Topics {
		if s.Ways[t] == "" {
			s.Ways[t] = usual(t, mailed)
		}
	}
	return s, nil
}

// departmentMailed tells whether an address of the actor's department gets the mail that would be theirs.
func (d *Desk) departmentMailed(ctx context.Context, a people.Actor) (mailed bool, err error) {
	for _, g := range a.Grants {
		if g.Department == 0 || mailed {
			continue
		}
		department, err := d.directory.Department(ctx, g.Department)
		if err != nil {
			return false, err
		}
		mailed = department.Email != ""
	}
	return mailed, nil
}

// SetNotices keeps how the actor wants to be told.
//
// Errors: invalid, naming the topic, or from or until.
func (d *Desk) SetNotices(ctx context.Context, a people.Actor, s NoticeSettings) error {
	if a.Account == 0 {
		return errs.Forbidden("this is for the staff", "仅供工作人员使用")
	}
	const day = 24 * 60
	for field, minute := range map[string]int{"from": s.Quiet.From, "until": s.Quiet.Until} {
		if minute < 0 || minute >= day {
			return errs.Invalid(field, "please give a time of day such as 19:00", "请填写一天中的时间，例如 19:00")
		}
	}
	var rows []wayRow
	for _, t := range Topics {
		switch way := s.Ways[t]; way {
		case "":
		case WayNone, WayInbox, WayDigest, WayMail:
			rows = append(rows, wayRow{AccountID: a.Account, Topic: t, Way: way})
		default:
			return errs.Invalid(string(t), "please choose how to be told", "请选择通知方式")
		}
	}
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*wayRow)(nil)).Where("account_id = ?", a.Account).Exec(ctx); err != nil {
			return err
		}
		if len(rows) > 0 {
			if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
		hours := quietRow{AccountID: a.Account, FromMinute: s.Quiet.From, UntilMinute: s.Quiet.Until, DaysOff: s.Quiet.DaysOff}
		_, err := tx.NewInsert().Model(&hours).On("CONFLICT (account_id) DO UPDATE").
			Set("from_minute = EXCLUDED.from_minute").Set("until_minute = EXCLUDED.until_minute").Set("days_off = EXCLUDED.days_off").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep how to be told: %w", err)
	}
	return nil
}
