package web_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
	"mailbox/sla"
	"mailbox/sla/report"
)

// believable is a city in which every page has something to show.
type believable struct {
	*site
	visited visited
	// Numbers of letters by what became of them.
	fresh, routed, replied, answered, declined, returned, overdue, published string
	// By what is asked or given about their time.
	extension, extended, waiting, ordered, discontent, again string
	hot                                                      cases.ID // what many write about
}

// visited collects the routes that have shown a page.
type visited struct {
	mu    sync.Mutex
	paths map[string]bool
}

func (v *visited) observe(method, path string, status int, _ time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if method == http.MethodGet && status == http.StatusOK {
		v.paths[path] = true
	}
}

func newBelievable(t *testing.T, browser *engine) *believable {
	t.Helper()
	s := &believable{visited: visited{paths: map[string]bool{}}}
	s.site = newSite(t, browser, func(c *web.Config) {
		c.Demo, c.Observe = true, s.visited.observe
		c.Settings = []web.Setting{
			{Name: "MAILBOX_LISTEN", Value: "127.0.0.1:8080", Preset: "127.0.0.1:8080", Source: "default", Meaning: map[errs.Lang]string{errs.ZH: "提供网页的地址", errs.EN: "where the pages are served"}},
			{Name: "MAILBOX_SMTP_URL", Secret: true, Set: true, Source: "environment", Meaning: map[errs.Lang]string{errs.ZH: "发送邮件的服务器", errs.EN: "the server that sends the mails"}},
		}
	})
	s.front.pages = plainPages(t, s.front.pages)
	supervisor := s.account(t, "supervisor", people.Grant{Role: people.Supervisor})
	s.account(t, "admin", people.Grant{Role: people.Administrator})
	s.account(t, "leaving", people.Grant{Role: people.Auditor})
	_, err := s.dir.AddDepartment(t.Context(), people.Department{
		Code: "CG", Name: "市城市管理和综合执法局", Kind: "bureau", Duties: "市容、户外广告、占道经营、园林绿化", Email: "cg@example.org", Phone: "0731-55550000",
	})
	must(t, err)
	s.mail(t)
	s.importOne(t)
	s.machinery(t)
	s.overdue = s.sendQuietly(t, "路灯坏了半个月，晚上出门看不清台阶，老人已经摔了两次。")
	s.clock.Add(6 * 24 * time.Hour)
	s.fresh = s.sendQuietly(t, "楼下烧烤店油烟直排，夜里一点还有人喧哗，打过电话没有回音。")
	for number, text := range map[*string]string{
		&s.routed: "自来水压力不足", &s.replied: "水表读数不对", &s.answered: "停水没有通知", &s.declined: "与邻居的官司", &s.returned: "井盖松动",
	} {
		*number = s.sendQuietly(t, text)
	}
	s.answer(t, s.answered, "经核实，停水系管网抢修，已恢复供水。今后停水将提前在小区张贴通知。")
	s.published = s.sendQuietly(t, "水表装在门外冬天会冻裂")
	s.answer(t, s.published, "已加装保温层，冬前全部完成。")
	_, err = s.desk.Publish(t.Context(), s.clerk, s.id(t, s.published), cases.AnyVersion, cases.Publication{
		Title: "水表装在门外", Body: "我家在▇▇▇，水表装在门外，冬天会冻裂。", Answer: "已加装保温层，冬前全部完成。",
	})
	must(t, err)
	for _, number := range []string{s.routed, s.replied, s.returned} {
		_, err := s.desk.Route(t.Context(), s.clerk, s.id(t, number), cases.AnyVersion, s.water)
		must(t, err)
	}
	s.clock.Add(time.Hour)
	_, err = s.desk.Reply(t.Context(), s.waterworks, s.id(t, s.replied), cases.AnyVersion, "已上门核对水表，读数无误；上月账单按实际用量重新计算，多收的二十六元将在下月水费中抵扣。")
	must(t, err)
	_, err = s.desk.Return(t.Context(), s.waterworks, s.id(t, s.returned), cases.AnyVersion, "该井盖属于通信管线，不由我单位管理。")
	must(t, err)
	_, err = s.desk.Decline(t.Context(), s.clerk, s.id(t, s.declined), cases.AnyVersion, "court", "")
	must(t, err)
	_, err = s.desk.Instruct(t.Context(), supervisor, s.id(t, s.overdue), cases.AnyVersion, "李市长", "请尽快办理并报结果。")
	must(t, err)
	_, err = s.desk.Elapse(t.Context())
	must(t, err)
	s.storeReports(t)
	s.fillTime(t, supervisor)
	s.hot = s.manyWrite(t)
	return s
}

// storeReports has a letter come the month before, and the report of that month made.
func (s *believable) storeReports(t *testing.T) {
	t.Helper()
	s.clock.Add(-20 * 24 * time.Hour)
	s.sendQuietly(t, "公园的长椅坏了一条，老人没有地方坐。")
	s.clock.Add(20 * 24 * time.Hour)
	made, err := report.NewStoredReports(report.New(s.db, sla.Shanghai), s.desk, s.db, s.keys, s.clock.Now, "云湘市", "1.2.3").MakeDue(t.Context())
	must(t, err)
	if made == 0 {
		t.Fatal("no report was made")
	}
}

// machinery has something to show to administrators: periodic jobs that went well, failed, are under way and were missed, and
// notices that could not be sent.
func (s *believable) machinery(t *testing.T) {
	t.Helper()
	now := s.clock.Now().Unix() + 6*24*3600 // when the walk begins, or little before
	err := s.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO runs (name, round, began_at, ended_at, millis, failure, next_at) VALUES
			('sweep', 'sweep', ?, ?, 140, 'erase failed', ?), ('elapse', 'sweep', ?, ?, 35, '', ?), ('erase', 'sweep', ?, ?, 10, 'erase texts: the disk is full', ?),
			('study', 'study', ?, ?, 61000, '', ?), ('learn', 'study', ?, ?, 61000, '', ?)`,
			now, now, now+9000, now, now, now+9000, now, now, now+9000, now, now-90, now+9000, now-4000, now-3900, now-3870)
		if err != nil {
			return err
		}
		for i, why := range []string{"550 z***@example.org unknown", "the SMS gateway says: 余额不足"} {
			_, err := tx.ExecContext(ctx, `INSERT INTO notices (dedupe_key, message_id, medium, department_id, kind, language, subject, body, html, state, attempts, next_at, last_error, created_at)
				VALUES (?, ?, ?, ?, 'routed', 'zh', '', '', '', 'dead', 9, ?, ?, ?)`, "dead"+why, "dead"+why, []string{"email", "sms"}[i], s.water, now, why, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
	must(t, err)
}

// fillTime makes cases whose time was asked for, waited for and given again.
func (s *believable) fillTime(t *testing.T, supervisor people.Actor) {
	t.Helper()
	const why = "需向上游厂家订购阀门，到货约两个工作日，届时立即更换并恢复供水。"
	for number, text := range map[*string]string{
		&s.extension: "阀门损坏漏水", &s.extended: "水泵噪音扰民", &s.waiting: "水费多收", &s.ordered: "水管反复爆裂", &s.discontent: "水质发黄", &s.again: "水压仍然不足",
	} {
		*number = s.sendQuietly(t, text)
		id := s.id(t, *number)
		if number == &s.discontent || number == &s.again {
			s.answer(t, *number, "已安排清洗水箱。")
			writer := people.TheWriter(int64(id), errs.ZH)
			_, err := s.desk.Rate(t.Context(), writer, id, cases.Rating{Grade: cases.Dissatisfied})
			must(t, err)
			_, err = s.desk.AskRework(t.Context(), writer, id, "清洗之后第二天水又黄了，请查管网。")
			must(t, err)
			continue
		}
		_, err := s.desk.Route(t.Context(), s.clerk, id, cases.AnyVersion, s.water)
		must(t, err)
	}
	for _, number := range []string{s.extension, s.extended} {
		_, err := s.desk.AskExtension(t.Context(), s.waterworks, s.id(t, number), cases.AnyVersion, 2, why)
		must(t, err)
	}
	_, err := s.desk.GrantExtension(t.Context(), supervisor, s.id(t, s.extended), cases.AnyVersion, 2, why)
	must(t, err)
	for _, number := range []string{s.waiting, s.extended} {
		_, err = s.desk.AskWriter(t.Context(), s.waterworks, s.id(t, number), cases.AnyVersion, "请告知户号，并说明是哪几个月的水费。")
		must(t, err)
	}
	_, err = s.desk.Order(t.Context(), supervisor, s.id(t, s.ordered), cases.AnyVersion, 0, "同一路段半年三次爆管，请说明原因和改造计划。")
	must(t, err)
	_, err = s.desk.GrantRework(t.Context(), supervisor, s.id(t, s.again), cases.AnyVersion, s.water, "确未解决")
	must(t, err)
}

// manyWrite has several people write about one matter.
func (s *believable) manyWrite(t *testing.T) cases.ID {
	t.Helper()
	var first cases.ID
	for i, words := range plantNoise {
		r, err := s.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
			Kind: "complaint", Title: words.title, Body: words.body, Language: errs.ZH, Writer: cases.Contact{Name: "住户", Phone: "1390000220" + strconv.Itoa(i)},
		})
		must(t, err)
		if i == 0 {
			first = r.ID
		}
	}
	_, err := s.desk.FindHotIssues(t.Context())
	must(t, err)
	return first
}

// importOne brings in an old letter answered by a department that nobody here knows yet.
func (s *site) importOne(t *testing.T) {
	t.Helper()
	received := s.clock.Now().AddDate(-1, 0, 0)
	_, err := s.desk.Import(t.Context(), people.TheSystem(), []intake.Letter{{
		Line: 2, Source: "old", Number: "1", Channel: "import", Kind: "consultation", Title: "医保转移需要哪些材料", Body: "请问需要带什么？",
		Department: "云东区医疗保障分局", Status: intake.StatusAnswered,
		ReceivedAt: received, RepliedAt: received.Add(24 * time.Hour), Reply: "带身份证和参保凭证即可。",
	}})
	must(t, err)
}

func (s *site) id(t *testing.T, number string) cases.ID {
	t.Helper()
	id, err := s.desk.Find(t.Context(), number)
	must(t, err)
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
