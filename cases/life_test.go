package cases_test

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
)

// each runs the test on every database, in a city of its own.
func each(t *testing.T, run func(t *testing.T, c *city)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) { run(t, newCity(t, db)) })
}

func wantCode(t *testing.T, err error, code errs.Code) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != code {
		t.Fatalf("got %v (%s), want %s", err, errs.CodeOf(err), code)
	}
}

func TestALetterBecomesAnAnsweredAndRatedCase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		// Thursday's letter is due at the end of Monday.
		if want := at("2026-03-09 23:59:59"); !r.Due.Equal(want) || r.Provisional {
			t.Errorf("due %v provisional %v, want %v", r.Due, r.Provisional, want)
		}
		if !strings.HasPrefix(r.Number, "20260305-") || !r.Mailed {
			t.Errorf("receipt %+v", r)
		}
		got := ok(c.desk.Accept(ctx, c.clerk, r.ID, 1))
		c.clock.Set("2026-03-06 09:00:00")
		got = ok(c.desk.Route(ctx, c.clerk, r.ID, got.Version, c.water, c.roads))
		if want := at("2026-03-09 23:59:59"); !got.DepartmentDueAt.Equal(want) {
			t.Errorf("department due %v, want %v", got.DepartmentDueAt, want)
		}
		got = ok(c.desk.Acknowledge(ctx, c.waterworks, r.ID, got.Version))
		got = ok(c.desk.Contribute(ctx, c.roadworks, r.ID, got.Version, "管网由我处负责，已检查无破损。"))
		c.clock.Set("2026-03-09 16:00:00")
		got = ok(c.desk.Reply(ctx, c.waterworks, r.ID, got.Version, "已清洗水箱。"))
		got = ok(c.desk.SendBack(ctx, c.clerk, r.ID, got.Version, "请写明检测结果和联系电话"))
		if !got.RepliedAt.IsZero() || got.State != cases.Acknowledged {
			t.Errorf("sent back: state %s, replied at %v", got.State, got.RepliedAt)
		}
		got = ok(c.desk.Reply(ctx, c.waterLead, r.ID, got.Version, "已清洗水箱，检测合格，电话 0000-1234567。"))
		got = ok(c.desk.Answer(ctx, c.clerk, r.ID, got.Version, ""))
		if got.State != cases.Answered || *got.Days != 2 || *got.DepartmentDays != 1 {
			t.Errorf("state %s, days %d, department days %d", got.State, *got.Days, *got.DepartmentDays)
		}
		writer, id, err := c.desk.Track(ctx, r.Number, strings.ToLower(r.Secret), errs.ZH)
		if err != nil || id != r.ID {
			t.Fatalf("track: %v, %v", id, err)
		}
		yes := true
		got = ok(c.desk.Rate(ctx, writer, id, cases.Rating{Grade: cases.Satisfied, Resolved: &yes, Words: "谢谢"}))
		if got.Rating != cases.Satisfied || !*got.Resolved || got.RatingSource != "web" {
			t.Errorf("rating %d resolved %v source %s", got.Rating, got.Resolved, got.RatingSource)
		}
		c.clock.Set("2026-03-20 00:00:00")
		if n, err := c.desk.CloseDue(ctx, 100); err != nil || n != 1 {
			t.Fatalf("closed %d, %v", n, err)
		}
		if err := c.desk.Verify(ctx, r.ID); err != nil {
			t.Error(err)
		}
		v, err := c.desk.Look(ctx, c.clerk, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		var verbs []people.Verb
		for _, e := range v.History {
			verbs = append(verbs, e.Verb)
		}
		want := []people.Verb{
			people.Submit, people.Accept, people.Route, people.Acknowledge, people.Contribute, people.Reply,
			people.SendBack, people.Reply, people.Answer, people.Rate, people.Close,
		}
		if !slices.Equal(verbs, want) {
			t.Errorf("history %v, want %v", verbs, want)
		}
	})
}

func TestTheSecondOfTwoWritersGetsAConflictAndOverwritesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() {
				_, results[i] = c.desk.Reply(ctx, c.waterworks, r.ID, got.Version, "答复 "+string(rune('甲'+i)))
			})
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
				continue
			}
			wantCode(t, err, errs.CodeConflict)
		}
		if won != 1 {
			t.Errorf("%d replies went through, want 1", won)
		}
	})
}

func TestPermissionsHoldInTheVerb(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		_, err := c.desk.Accept(ctx, c.waterworks, r.ID, 1)
		wantCode(t, err, errs.CodeForbidden)
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		_, err = c.desk.Reply(ctx, c.roadworks, r.ID, got.Version, "不是我的")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.Instruct(ctx, c.auditor, r.ID, got.Version, "王市长", "请从速办理")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.Look(ctx, c.roadworks, r.ID)
		wantCode(t, err, errs.CodeNotFound)
		other := c.submit(t, aLetter())
		writer, _, err := c.desk.Track(ctx, other.Number, other.Secret, errs.ZH)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.desk.Withdraw(ctx, writer, r.ID, "")
		wantCode(t, err, errs.CodeForbidden)
	})
}

func TestTheSameLetterSentTwiceIsOneLetterAndShowsOneReceipt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		l := aLetter()
		l.Key = "form-1"
		var wg sync.WaitGroup
		receipts := make([]cases.Receipt, 6)
		for i := range receipts {
			wg.Go(func() {
				r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), l)
				if err != nil {
					t.Error(err)
				}
				receipts[i] = r
			})
		}
		wg.Wait()
		for _, r := range receipts {
			if r != receipts[0] {
				t.Errorf("receipts differ: %+v and %+v", r, receipts[0])
			}
		}
		l.Body += "补充：昨天也是这样。"
		if again := c.submit(t, l); again.ID == receipts[0].ID {
			t.Error("an edited letter under the same key was swallowed")
		}
	})
}

func TestReturningAndReroutingNeverMoveTheWritersDueTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.roads))
		got = ok(c.desk.Return(ctx, c.roadworks, r.ID, got.Version, "供水由水务集团负责"))
		if got.State != cases.Screened || got.LeadID != 0 {
			t.Errorf("returned: %s with %d", got.State, got.LeadID)
		}
		got = ok(c.desk.Correct(ctx, c.clerk, r.ID, got.Version, "consultation", "site_error", "", ""))
		c.clock.Set("2026-03-09 22:00:00")
		got = ok(c.desk.Route(ctx, c.clerk, r.ID, got.Version, c.water))
		if !got.DueAt.Equal(r.Due) {
			t.Errorf("due moved from %v to %v", r.Due, got.DueAt)
		}
		// Routed two hours before the city's deadline: the department still has one working day.
		if want := at("2026-03-10 23:59:59"); !got.DepartmentDueAt.Equal(want) {
			t.Errorf("department due %v, want %v", got.DepartmentDueAt, want)
		}
		got = ok(c.desk.Reassign(ctx, c.clerk, r.ID, got.Version, c.roads, "管网破裂所致"))
		c.clock.Set("2026-03-11 00:00:00")
		v, err := c.desk.Look(ctx, c.roadworks, r.ID)
		if want := at("2026-03-10 23:59:59"); err != nil || !v.ReturnUntil.Equal(want) {
			t.Errorf("may be returned until %v, want %v (%v)", v.ReturnUntil, want, err)
		}
		_, err = c.desk.Return(ctx, c.roadworks, r.ID, got.Version, "不归我们")
		wantCode(t, err, errs.CodeConflict)
	})
}

func TestDecliningAfterTheDueTimeNeedsSupervision(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		c.clock.Set("2026-03-10 00:00:00")
		_, err := c.desk.Decline(ctx, c.clerk, r.ID, 1, "court", "")
		wantCode(t, err, errs.CodeForbidden)
		got := ok(c.desk.Decline(ctx, c.supervisor, r.ID, 1, "court", ""))
		got = ok(c.desk.Reopen(ctx, c.supervisor, r.ID, got.Version, "不属于涉诉事项"))
		if !got.DueAt.Equal(r.Due) || got.OverdueNoticedAt.IsZero() {
			t.Errorf("reopened: due %v, noticed %v", got.DueAt, got.OverdueNoticedAt)
		}
	})
}

func TestMergedWritersAllGetTheAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		first := c.submit(t, aLetter())
		c.clock.Add(time.Minute)
		l := aLetter()
		l.Writer = cases.Contact{Name: "方远", Email: "fang@example.org"}
		second := c.submit(t, l)
		_, err := c.desk.Merge(ctx, c.clerk, first.ID, 1, second.ID)
		wantCode(t, err, errs.CodeInvalid)
		ok(c.desk.Merge(ctx, c.clerk, second.ID, 1, first.ID))
		got := ok(c.desk.Route(ctx, c.clerk, first.ID, 1, c.water))
		got = ok(c.desk.Reply(ctx, c.waterworks, first.ID, got.Version, "已处理。"))
		ok(c.desk.Answer(ctx, c.clerk, first.ID, got.Version, ""))
		var n int
		err = c.db.Read.NewRaw("SELECT count(*) FROM notices WHERE kind = 'answered'").Scan(ctx, &n)
		if err != nil || n != 2 {
			t.Errorf("%d answers were sent, want 2 (%v)", n, err)
		}
		v, err := c.desk.Look(ctx, people.TheWriter(int64(second.ID), errs.ZH), second.ID)
		if err != nil || len(v.IntoAnswers) != 1 || v.IntoAnswers[0].Body != "已处理。" {
			t.Errorf("the merged writer reads %+v, %v", v, err)
		}
	})
}

func TestAVoidedAnswerCountsAsNoneAndHidesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.answered(t)
		c.clock.Set("2026-03-12 10:00:00")
		got = ok(c.desk.Void(ctx, c.supervisor, got.ID, got.Version, "答非所问"))
		if !got.AnsweredAt.IsZero() || got.State != cases.Acknowledged || got.OverdueNoticedAt.IsZero() {
			t.Errorf("voided: %s answered %v noticed %v", got.State, got.AnsweredAt, got.OverdueNoticedAt)
		}
		v, err := c.desk.Look(ctx, c.supervisor, got.ID)
		if err != nil || len(v.Replies) != 1 || v.Replies[0].Status != cases.VoidedReply || v.Replies[0].Body == "" {
			t.Errorf("the voided answer is gone: %+v, %v", v, err)
		}
	})
}

func TestATelephonedRatingIsNotRecordedByTheDepartmentItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		got := c.answered(t)
		both := c.clerk
		both.Grants = append(slices.Clone(both.Grants), people.Grant{Role: people.Handler, Department: c.water})
		_, err := c.desk.RecordRating(t.Context(), both, got.ID, got.Version, cases.Rating{Grade: 5})
		wantCode(t, err, errs.CodeForbidden)
		got = must(t)(c.desk.RecordRating(t.Context(), c.clerk, got.ID, got.Version, cases.Rating{Grade: 2}))
		if got.RatingSource != "telephone" || got.Rating != 2 {
			t.Errorf("rating %d from %s", got.Rating, got.RatingSource)
		}
	})
}

func TestOverdueIsMarkedOnceWithOneNoticePerDepartment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		for range 3 {
			r := c.submit(t, aLetter())
			ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		}
		unrouted := c.submit(t, aLetter())
		late := c.answered(t)
		c.clock.Set("2026-03-09 23:59:59")
		if n, err := c.desk.Elapse(ctx); err != nil || n != 0 {
			t.Fatalf("marked %d in the last second on time, %v", n, err)
		}
		c.clock.Set("2026-03-10 00:00:00")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := c.desk.Elapse(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for query, want := range map[string]int{
			"SELECT count(*) FROM events WHERE verb = 'mark_overdue'":     4,
			"SELECT count(*) FROM notices WHERE kind = 'overdue'":         1,
			"SELECT count(*) FROM notices WHERE kind = 'overdue_city'":    2, // supervisor and clerk
			"SELECT count(*) FROM cases WHERE overdue_noticed_at IS NULL": 1,
		} {
			var n int
			if err := c.db.Read.NewRaw(query).Scan(ctx, &n); err != nil || n != want {
				t.Errorf("%s: %d, want %d (%v)", query, n, want, err)
			}
		}
		for _, id := range []cases.ID{unrouted.ID, late.ID} {
			if err := c.desk.Verify(ctx, id); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestTheMorningDigestIsWrittenOnceAWorkingDay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		count := func() int {
			var n int
			if err := c.db.Read.NewRaw("SELECT count(*) FROM notices WHERE kind = 'digest'").Scan(ctx, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, step := range []struct {
			when string
			want int
		}{
			{"2026-03-06 08:59:59", 0}, // too early
			{"2026-03-06 09:00:00", 1}, // due on the next working day
			{"2026-03-06 12:00:00", 1},
			{"2026-03-07 09:00:00", 1}, // Saturday
			{"2026-03-09 18:00:00", 1}, // too late: nobody reads it in the evening
			{"2026-03-10 09:00:00", 2}, // overdue
		} {
			c.clock.Set(step.when)
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if err := c.desk.WriteMailings(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := count(); got != step.want {
				t.Errorf("%s: %d digests, want %d", step.when, got, step.want)
			}
		}
	})
}

func TestBadLettersAreRefusedWithTheFieldToMend(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	for name, test := range map[string]struct {
		field string
		spoil func(*cases.Letter)
	}{
		"empty title":      {"title", func(l *cases.Letter) { l.Title = " \t" }},
		"long title":       {"title", func(l *cases.Letter) { l.Title = strings.Repeat("长", 101) }},
		"two-line title":   {"title", func(l *cases.Letter) { l.Title = "一\n二" }},
		"empty text":       {"body", func(l *cases.Letter) { l.Body = "" }},
		"long text":        {"body", func(l *cases.Letter) { l.Body = strings.Repeat("长", 5001) }},
		"NUL":              {"body", func(l *cases.Letter) { l.Body = "a\x00b" }},
		"wrong encoding":   {"body", func(l *cases.Letter) { l.Body = "\xc4\xfa\xba\xc3" }},
		"escape in name":   {"name", func(l *cases.Letter) { l.Writer.Name = "a\x1b[31m" }},
		"CR LF in e-mail":  {"email", func(l *cases.Letter) { l.Writer.Email = "a@example.org\r\nBcc: b@example.org" }},
		"two e-mails":      {"email", func(l *cases.Letter) { l.Writer.Email = "a@example.org, b@example.org" }},
		"letters in phone": {"phone", func(l *cases.Letter) { l.Writer.Phone = "call me" }},
		"short phone":      {"phone", func(l *cases.Letter) { l.Writer.Phone = "110" }},
		"unknown kind":     {"kind", func(l *cases.Letter) { l.Kind = "rant" }},
		"unknown channel":  {"channel", func(l *cases.Letter) { l.Channel = "pigeon" }},
		"no way to reach":  {"phone", func(l *cases.Letter) { l.Writer = cases.Contact{Name: "某人"} }},
		"no name":          {"name", func(l *cases.Letter) { l.Writer.Name = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := aLetter()
			test.spoil(&l)
			_, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), l)
			wantCode(t, err, errs.CodeInvalid)
			if got := errs.FieldOf(err); got != test.field {
				t.Errorf("field %q, want %q (%v)", got, test.field, err)
			}
			if errs.Message(err, errs.ZH) == errs.Message(err, errs.EN) {
				t.Errorf("one text for both languages: %v", err)
			}
		})
	}
}

func TestEverythingWrongWithALetterIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	err := c.desk.Check(cases.Letter{Kind: "complaint", Body: "\x00", Writer: cases.Contact{Email: "nobody"}})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v is no list", err)
	}
	var fields []string
	for _, one := range joined.Unwrap() {
		for field := range strings.SplitSeq(one.Error(), "\n") {
			name, _, _ := strings.Cut(field, ":")
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	if want := []string{"body", "email", "name", "title"}; !slices.Equal(fields, want) {
		t.Errorf("fields %v, want %v", fields, want)
	}
}

func TestATipOffMayBeAnonymousAndIsConfidential(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		l := aLetter()
		l.Kind, l.Writer = "tipoff", cases.Contact{}
		r := c.submit(t, l)
		v, err := c.desk.Look(t.Context(), c.clerk, r.ID)
		if err != nil || !v.Confidential || v.ContactID != 0 || v.Reachable {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

func TestContactsAreSealedAndOpenedOnlyForThoseWhoNeedThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		r := c.submit(t, aLetter())
		got, err := c.desk.ShowContact(ctx, c.clerk, r.ID, "")
		if err != nil || got.Phone != "13900001234" || got.Email != "zhou@example.org" {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = c.desk.ShowContact(ctx, c.auditor, r.ID, "")
		wantCode(t, err, errs.CodeForbidden)
		var sealed []byte
		if err := c.db.Read.NewRaw("SELECT sealed FROM contacts").Scan(ctx, &sealed); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(sealed), "13900001234") {
			t.Error("the telephone number stands in the clear")
		}
		var leaks int
		err = c.db.Read.NewRaw("SELECT count(*) FROM notices WHERE body LIKE '%13900001234%' OR body LIKE ? OR html LIKE ?",
			"%"+r.Secret+"%", "%"+r.Secret+"%").Scan(ctx, &leaks)
		if err != nil || leaks != 0 {
			t.Errorf("%d notices hold the telephone number or the secret (%v)", leaks, err)
		}
	})
}

func TestAWrongSecretAndAMissingNumberSoundTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		_, _, wrong := c.desk.Track(t.Context(), r.Number, "0000-0000-0000", errs.ZH)
		_, _, missing := c.desk.Track(t.Context(), cases.Number("2026-03-05", 999), r.Secret, errs.ZH)
		wantCode(t, wrong, errs.CodeNotFound)
		if wrong.Error() != missing.Error() {
			t.Errorf("%v and %v", wrong, missing)
		}
	})
}

func TestTheClockSetBackNeverTurnsTheOrderOfACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		c.clock.Add(-time.Hour)
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		if got.RoutedAt.Before(r.ReceivedAt) {
			t.Errorf("routed %v before received %v", got.RoutedAt, r.ReceivedAt)
		}
	})
}

func TestADatabaseIsBoundToItsKeysAndItsZone(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		begin := func(keyFile string, zone *time.Location) error {
			keys, err := seal.Open(keyFile)
			if err != nil {
				return err
			}
			_, err = cases.NewDesk(t.Context(), cases.Config{
				DB: db, Directory: people.NewDirectory(db, time.Now), Keys: keys, Calendar: sla.BuiltIn(zone), Clock: time.Now,
			})
			return err
		}
		first := filepath.Join(t.TempDir(), "keys.json")
		for range 2 {
			if err := begin(first, sla.Shanghai); err != nil {
				t.Fatal(err)
			}
		}
		if err := begin(filepath.Join(t.TempDir(), "other.json"), sla.Shanghai); errs.FieldOf(err) != "MAILBOX_KEY_FILE" {
			t.Errorf("other keys: %v", err)
		}
		if err := begin(first, time.UTC); errs.FieldOf(err) != "MAILBOX_TIMEZONE" {
			t.Errorf("another zone: %v", err)
		}
	})
}
