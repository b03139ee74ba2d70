package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/redact"
	"mailbox/cmd/mailbox/demo"
	"mailbox/sla"
)

// demoPassword is everybody's in the invented city. It is printed at every start.
const (
	demoPassword = "letters to the mayor"
	// Its hash is written down: hashing it for each of fifty accounts would take two seconds.
	demoHash = "$argon2id$v=19$m=19456,t=2,p=1$7DB8qBVXkdRkypaZLyuDfg$x2MZ0HRQqL6Wd8ZaTNti7t6BbQVAUJtKnsANA0oiuaY"
)

// demoDays is how far back the invented city's history goes.
const demoDays = 365

// fillDemo plays the letters of an invented city through the real verbs, with a clock that runs through
// the past year, so that every page has something to show. It does it once per data directory.
func (p *program) fillDemo(ctx context.Context, o *opened) error {
	city, err := demo.Load()
	if err != nil {
		return err
	}
	has, err := o.directory.HasAccounts(ctx)
	if err != nil {
		return err
	}
	if has {
		if err := alreadyFilled(ctx, o, city); err != nil {
			return err
		}
	} else if err := o.db.WithoutSync(ctx, func() error { return p.playDemo(ctx, o, city) }); err != nil {
		return fmt.Errorf("fill the demonstration: %w", err)
	}
	p.say(p.stdout, "演示账号（密码均为 %q）：", "Demonstration accounts (the password of each is %q):", demoPassword)
	for _, s := range city.Staff {
		p.say(p.stdout, "  %-14s %s  %s", "  %-14s %s  %s", s.Login, s.Role, s.Name)
	}
	return nil
}

// alreadyFilled makes sure that what is there is the demonstration, and the whole of it.
func alreadyFilled(ctx context.Context, o *opened, city demo.City) error {
	if _, err := o.directory.DepartmentByName(ctx, city.Departments[0].Name); err != nil {
		return errs.Invalid("demo", "the data directory %[1]s holds a real mailbox; --demo needs one of its own",
			"数据目录 %[1]s 中是正式数据，--demo 请另用数据目录", o.settings.Data).Because(err)
	}
	letters, err := o.db.Read.NewSelect().Table("cases").Count(ctx)
	if err == nil && int(letters) < len(city.Letters) {
		err = errs.Invalid("demo", "filling the demonstration in %[1]s was cut off; delete that directory and start again",
			"%[1]s 中的演示数据没有装完，请删除该目录后重新启动", o.settings.Data)
	}
	return err
}

// player plays the demonstration: a list of things to do, each at its time.
type player struct {
	desk        *cases.Desk
	directory   *people.Directory
	calendar    *sla.Calendar
	random      *rand.Rand
	now         time.Time // the real one, where the play ends
	mu          sync.Mutex
	clock       time.Time
	departments map[string]int64
	staff       map[string]people.Actor
	handlers    map[string]people.Actor // by department code
	cases       map[int]cases.ID        // by number of the letter
	received    map[int]time.Time
	todo        []act
}

// act is one thing somebody does.
type act struct {
	at time.Time
	do func(context.Context) error
}

func (p *program) playDemo(ctx context.Context, o *opened, city demo.City) error {
	pl := newPlayer(o.desk.Calendar(), p.clock())
	pl.directory = people.NewDirectory(o.db, pl.time)
	var err error
	pl.desk, err = cases.NewDesk(ctx, cases.Config{
		DB: o.db, Directory: pl.directory, Keys: o.keys, Calendar: pl.calendar, Clock: pl.time,
		City: o.settings.City, PublicURL: o.settings.publicURL(),
	})
	if err != nil {
		return err
	}
	if err := pl.hire(ctx, city); err != nil {
		return err
	}
	for _, l := range city.Letters {
		pl.plan(l)
	}
	pl.nights()
	slices.SortStableFunc(pl.todo, func(a, b act) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	bar, words := p.progress(), func() string { return choose(p.lang, "装入演示数据", "filling the demonstration") }
	for i, a := range pl.todo {
		if a.at.After(pl.now) {
			break
		}
		bar.at(int64(i), int64(len(pl.todo)), words)
		pl.setTime(a.at)
		if err := a.do(ctx); err != nil {
			return err
		}
	}
	bar.end(words)
	return nil
}

func newPlayer(calendar *sla.Calendar, now time.Time) *player {
	return &player{
		calendar: calendar, random: rand.New(rand.NewPCG(1, 2)), now: now, clock: now.AddDate(0, 0, -demoDays-1), //nolint:gosec // the same city every time
		departments: map[string]int64{}, staff: map[string]people.Actor{}, handlers: map[string]people.Actor{},
		cases: map[int]cases.ID{}, received: map[int]time.Time{},
	}
}

func (pl *player) time() time.Time {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	return pl.clock
}

func (pl *player) setTime(t time.Time) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.clock = t
}

// hire makes departments and accounts.
func (pl *player) hire(ctx context.Context, city demo.City) error {
	for _, d := range city.Departments {
		id, err := pl.directory.AddDepartment(ctx, people.Department{
			Code: d.Code, Name: d.Name, Kind: d.Kind, Duties: d.Duties, Email: d.Email, Phone: d.Phone,
		})
		if err != nil {
			return err
		}
		pl.departments[d.Code] = id
	}
	for _, s := range city.Staff {
		a, err := pl.employ(ctx, s)
		if err != nil {
			return err
		}
		pl.staff[s.Login] = a
		if people.Role(s.Role) == people.Handler {
			pl.handlers[s.Department] = a
		}
	}
	return nil
}

func (pl *player) employ(ctx context.Context, s demo.Staff) (people.Actor, error) {
	grant := people.Grant{Role: people.Role(s.Role)}
	if grant.Role.OfDepartment() {
		grant.Department = pl.departments[s.Department]
	}
	id, err := pl.directory.AddAccount(ctx, people.NewAccount{
		Login: s.Login, Name: s.Name, Email: s.Login + "@example.org", Language: errs.ZH, Hash: demoHash, Grants: []people.Grant{grant},
	})
	if err != nil {
		return people.Actor{}, err
	}
	return pl.directory.Actor(ctx, id)
}

// handler is who acts for a department; one without staff of its own borrows a name.
func (pl *player) handler(code string) people.Actor {
	if a, ok := pl.handlers[code]; ok {
		return a
	}
	a := pl.staff["clerk"]
	a.Grants = []people.Grant{{Role: people.Handler, Department: pl.departments[code]}}
	return a
}

// on puts something on the list.
func (pl *player) on(at time.Time, do func(context.Context) error) {
	pl.todo = append(pl.todo, act{at, do})
}

// verb is a change by somebody to the case of letter no.
func (pl *player) verb(at time.Time, no int, do func(context.Context, cases.ID) (*cases.Case, error)) {
	pl.on(at, func(ctx context.Context) error {
		if _, err := do(ctx, pl.cases[no]); err != nil {
			return fmt.Errorf("letter %d at %s: %w", no, at.Format(time.DateTime), err)
		}
		return nil
	})
}

// office is a moment in the office hours of the n-th working day after the local day of t; n 0 is the day
// of t itself when it is worked and t lies before the afternoon, else the next working day.
func (pl *player) office(t time.Time, n, hour int) time.Time {
	loc := pl.calendar.Location()
	day := sla.DateOf(t, loc)
	if n == 0 && (!pl.calendar.IsWorkingDay(day) || t.Sub(day.Start(loc)) > 15*time.Hour) {
		n = 1
	}
	if n > 0 {
		day, _ = pl.calendar.AddWorkingDays(day, n)
	}
	at := day.Start(loc).Add(time.Duration(hour)*time.Hour + time.Duration(pl.random.IntN(3500))*time.Second)
	if at.Before(t) {
		at = t.Add(time.Duration(5+pl.random.IntN(40)) * time.Minute)
	}
	return at
}

// arrival is when a letter comes in: for those about now, in the last days; for the others some day of
// its month in the past year, at an hour at which people write.
func (pl *player) arrival(l demo.Letter) time.Time {
	loc := pl.calendar.Location()
	hour := func(day sla.Date) time.Time {
		return day.Start(loc).Add(time.Duration(7*3600+pl.random.IntN(15*3600)) * time.Second)
	}
	back := func(workingDays int) time.Time {
		day := sla.DateOf(pl.now, loc)
		for n := 0; n < workingDays; {
			day = day.AddDays(-1)
			if pl.calendar.IsWorkingDay(day) {
				n++
			}
		}
		return day.Start(loc).Add(time.Duration(8*3600+pl.random.IntN(5*3600)) * time.Second)
	}
	switch l.Fate {
	case demo.Unscreened:
		return pl.now.Add(-time.Duration(10+pl.random.IntN(600)) * time.Minute)
	case demo.Open:
		return back(1 + l.No%2) // due on the next working day, or today
	case demo.InReview:
		return back(1)
	case demo.Overdue:
		return back(4 + pl.random.IntN(5))
	case demo.Answered, demo.AnsweredLate, demo.WithReview, demo.ReturnedThenAnswered, demo.ReassignedThenAnswered,
		demo.Declined, demo.Withdrawn, demo.Merged:
	}
	if main, ok := pl.received[l.MergedInto]; ok && l.Fate == demo.Merged {
		return main.Add(time.Duration(1+pl.random.IntN(8)) * time.Hour)
	}
	if l.Fate == demo.Answered && l.Month == 0 && l.No%4 == 0 {
		return back(3 + pl.random.IntN(2)) // answered so lately that it is not closed yet
	}
	today := sla.DateOf(pl.now, loc)
	for range 200 {
		day := today.AddDays(-14 - pl.random.IntN(demoDays-16))
		_, month, _ := day.YearMonthDay()
		if l.Month == 0 || int(month) == l.Month {
			return hour(day)
		}
	}
	return hour(today.AddDays(-30))
}

// plan writes down what will happen to a letter.
func (pl *player) plan(l demo.Letter) {
	at := pl.arrival(l)
	pl.received[l.No] = at
	pl.on(at, func(ctx context.Context) error { return pl.submit(ctx, l) })
	clerk := pl.staff["clerk"]
	first := l.Department
	if l.FirstDepartment != "" {
		first = l.FirstDepartment
	}
	seen := pl.office(at, 0, 9)
	switch l.Fate {
	case demo.Unscreened:
		return
	case demo.Declined:
		pl.verb(seen, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Decline(ctx, clerk, id, cases.AnyVersion, l.DeclineCode, l.Reason)
		})
		return
	case demo.Withdrawn:
		pl.verb(seen, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Withdraw(ctx, people.TheWriter(int64(id), errs.ZH), id, l.Reason)
		})
		return
	case demo.Merged:
		pl.verb(seen, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Merge(ctx, clerk, id, cases.AnyVersion, pl.cases[l.MergedInto])
		})
		return
	case demo.Answered, demo.AnsweredLate, demo.WithReview, demo.ReturnedThenAnswered, demo.ReassignedThenAnswered,
		demo.Open, demo.Overdue, demo.InReview:
	}
	pl.verb(seen, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.Route(ctx, clerk, id, cases.AnyVersion, pl.departments[first])
	})
	if l.Instruction != "" {
		pl.verb(seen.Add(20*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Instruct(ctx, pl.staff["supervisor"], id, cases.AnyVersion, "市长", l.Instruction)
		})
	}
	pl.handle(l, at, seen, first)
}

// handle is the departments' part.
func (pl *player) handle(l demo.Letter, at, routed time.Time, first string) {
	clerk, moved := pl.staff["clerk"], routed.Add(40*time.Minute)
	switch l.Fate {
	case demo.ReturnedThenAnswered:
		pl.verb(moved, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Return(ctx, pl.handler(first), id, cases.AnyVersion, l.Reason)
		})
		pl.verb(moved.Add(25*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Route(ctx, clerk, id, cases.AnyVersion, pl.departments[l.Department])
		})
	case demo.ReassignedThenAnswered:
		pl.verb(moved, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Reassign(ctx, clerk, id, cases.AnyVersion, pl.departments[l.Department], l.Reason)
		})
	case demo.Open, demo.Overdue:
		switch {
		case l.Fate == demo.Open && l.No%7 == 0:
			pl.verb(moved, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
				return pl.desk.Return(ctx, pl.handler(first), id, cases.AnyVersion, "经核，来信所反映的事项不属于本单位职责范围，请转有关单位办理。")
			})
			return // waits for the office to route it again
		case l.No%3 == 0:
			return // not even signed for
		}
	case demo.Answered, demo.AnsweredLate, demo.WithReview, demo.InReview, demo.Unscreened, demo.Declined, demo.Withdrawn, demo.Merged:
	}
	signed := moved.Add(70 * time.Minute)
	// Replying implies signing; of those who reply only some sign beforehand.
	if l.Fate != demo.Answered || l.No%3 == 0 {
		pl.verb(signed, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Acknowledge(ctx, pl.handler(l.Department), id, cases.AnyVersion)
		})
	}
	if l.Fate == demo.Open || l.Fate == demo.Overdue {
		pl.pending(l, signed)
		return
	}
	pl.reply(l, at, signed)
}

func (pl *player) reply(l demo.Letter, at, signed time.Time) {
	clerk, handler := pl.staff["clerk"], pl.handler(l.Department)
	day, hour := 1+pl.random.IntN(2), 9+pl.random.IntN(5)
	switch {
	case l.Fate == demo.AnsweredLate:
		day = 3 + pl.random.IntN(4)
	case l.Fate == demo.InReview:
		day, hour = 0, 9
	case pl.random.IntN(4) == 0 && signed.Before(pl.office(at, 1, 9)):
		day, hour = 1, 9 // prompt
	}
	// Never before the department has signed and, when its first reply is sent back, been told so.
	handedIn, soonest := pl.office(at, day, hour), signed.Add(30*time.Minute)
	if handedIn.Before(soonest) {
		handedIn = soonest
	}
	if l.Fate == demo.WithReview {
		pl.verb(signed.Add(10*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.Reply(ctx, handler, id, cases.AnyVersion, "已转相关科室办理，请耐心等待。")
		})
		pl.verb(signed.Add(20*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.desk.SendBack(ctx, clerk, id, cases.AnyVersion, "请写明核实情况、依据、处理结果和联系电话。")
		})
	}
	pl.verb(handedIn, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.Reply(ctx, handler, id, cases.AnyVersion, l.Reply)
	})
	if l.Fate == demo.InReview {
		return
	}
	answered := handedIn.Add(time.Duration(20+pl.random.IntN(90)) * time.Minute)
	pl.verb(answered, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		return pl.desk.Answer(ctx, clerk, id, cases.AnyVersion, "")
	})
	if l.Consent && l.No%demoPublished == 0 {
		pl.verb(answered.Add(40*time.Minute), l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
			return pl.publish(ctx, l, id)
		})
	}
	if l.Rating == 0 {
		return
	}
	rating := cases.Rating{Grade: int64(l.Rating), Words: l.Comment}
	if l.Resolved == "yes" || l.Resolved == "no" {
		yes := l.Resolved == "yes"
		rating.Resolved = &yes
	}
	rated := answered.Add(time.Duration(3+pl.random.IntN(90)) * time.Hour)
	pl.verb(rated, l.No, func(ctx context.Context, id cases.ID) (*cases.Case, error) {
		if l.Writer.Email == "" && l.No%2 == 0 {
			return pl.desk.RecordRating(ctx, clerk, id, cases.AnyVersion, rating)
		}
		return pl.desk.Rate(ctx, people.TheWriter(int64(id), errs.ZH), id, rating)
	})
	if l.Rating <= cases.Dissatisfied && l.No%2 == 0 {
		pl.rework(l, rated.Add(time.Hour))
	}
}

// demoPublished: of so many letters whose writers agree the office publishes one; it lets the others wait.
const demoPublished = 3

// publish does what a clerk would: it hides all that the rules find, but for the offices' telephones in the answer.
func (pl *player) publish(ctx context.Context, l demo.Letter, id cases.ID) (*cases.Case, error) {
	known := redact.Known{Name: l.Writer.Name, Phone: l.Writer.Phone, Email: l.Writer.Email}
	p := cases.Publication{Confirmed: true}
	for text, into := range map[string]*string{l.Title: &p.Title, l.Body: &p.Body, l.Reply: &p.Answer} {
		spans := slices.DeleteFunc(redact.Find(text, known), func(s redact.Span) bool { return into == &p.Answer && s.Kind == redact.Phone })
		hidden, err := redact.Hide(text, spans)
		if err != nil {
			return nil, err
		}
		*into = hidden
	}
	c, err := pl.desk.Publish(ctx, pl.staff["clerk"], id, cases.AnyVersion, p)
	if errs.CodeOf(err) == errs.CodeConflict && err != nil {
		return c, nil //nolint:nilerr // a confidential letter: the office leaves it
	}
	return c, err
}

// submit sends the letter, from the web or as a clerk writes it down from the telephone.
func (pl *player) submit(ctx context.Context, l demo.Letter) error {
	letter := cases.Letter{
		Channel: l.Channel, Kind: l.Kind, Topic: l.Topic, District: l.District, Title: l.Title, Body: l.Body,
		Language: errs.ZH, Consent: l.Consent, Writer: cases.Contact{Name: l.Writer.Name, Phone: l.Writer.Phone, Email: l.Writer.Email},
	}
	r, err := pl.desk.Submit(ctx, people.TheWriter(0, errs.ZH), letter)
	if err != nil {
		return fmt.Errorf("letter %d: %w", l.No, err)
	}
	pl.cases[l.No] = r.ID
	return nil
}

// nights does what the program does by itself: marks what became overdue, closes what was answered. A
// deadline never ends on a day off, so the nights after those have nothing to do.
func (pl *player) nights() {
	loc := pl.calendar.Location()
	for day := sla.DateOf(pl.now, loc).AddDays(-demoDays); ; day = day.AddDays(1) {
		at := day.Start(loc).Add(time.Second)
		if at.After(pl.now) {
			return
		}
		if !pl.calendar.IsWorkingDay(day.AddDays(-1)) {
			continue
		}
		pl.on(at, func(ctx context.Context) error {
			if _, err := pl.desk.Elapse(ctx); err != nil {
				return err
			}
			_, err := pl.desk.CloseDue(ctx, 1000)
			return err
		})
	}
}
