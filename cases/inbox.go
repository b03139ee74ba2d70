package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// How long news stays in the product: read, and in all.
const (
	keepRead = 90 * 24 * time.Hour
	keepNews = 365 * 24 * time.Hour
)

type inboxRow struct {
	bun.BaseModel `bun:"table:inbox,alias:i"`

	ID        int64 `bun:",pk,autoincrement"`
	DedupeKey string
	AccountID int64
	Topic     Topic
	Kind      wording.Kind
	CaseID    ID `bun:",nullzero"`
	Subject   string
	Digest    bool
	CreatedAt migrations.Instant
	ReadAt    migrations.Instant
}

// post writes notices for whoever they are for, each person of the staff as they want to be told: into the product, and
// into the outbox what is to be mailed, not before their quiet time ends. What is for writers, for a department's own
// address or no news at all goes out as it is. Any notice is told to a person once, whatever ways lead to them.
func (d *Desk) post(ctx context.Context, tx bun.Tx, now time.Time, notices ...notify.Notice) ([]int64, error) {
	p, err := d.posting(ctx, tx, now, notices)
	if err != nil {
		return nil, err
	}
	// Whoever is meant in person first: who is told as one of a department, too, must not miss the mail.
	for _, n := range notices {
		if topic := topicOf[wording.Kind(n.Kind)]; topic != "" && n.To.Account != 0 {
			p.tell(topic, n, false)
		} else {
			p.out = append(p.out, n)
		}
	}
	for _, n := range notices {
		if topic := topicOf[wording.Kind(n.Kind)]; topic != "" && n.To.Department != 0 {
			for _, person := range p.members[n.To.Department] {
				one := n
				one.To, one.Key = notify.Recipient{Account: person}, fmt.Sprintf("%s:own:a%d", n.Key, person)
				p.tell(topic, one, true)
			}
		}
	}
	if len(p.news) > 0 {
		if _, err := tx.NewInsert().Model(&p.news).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return nil, fmt.Errorf("write news: %w", err)
		}
	}
	if len(p.out) == 0 {
		return nil, nil
	}
	return notify.Write(ctx, tx, now, p.out...)
}

// posting is one call of post.
type posting struct {
	desk     *Desk
	now      time.Time
	emails   map[int64]bool
	settings map[int64]NoticeSettings
	members  map[int64][]int64 // of departments that have an address of their own
	told     map[string]bool
	out      []notify.Notice
	news     []inboxRow
}

func (d *Desk) posting(ctx context.Context, tx bun.Tx, now time.Time, notices []notify.Notice) (*posting, error) {
	p := &posting{desk: d, now: now, emails: map[int64]bool{}, members: map[int64][]int64{}, told: map[string]bool{}}
	accounts, departments := []int64{0}, []int64{0} // never empty: an empty list is no SQL
	for _, n := range notices {
		if topicOf[wording.Kind(n.Kind)] == "" {
			continue
		}
		if n.To.Account != 0 {
			accounts = append(accounts, n.To.Account)
		}
		if n.To.Department != 0 {
			departments = append(departments, n.To.Department)
		}
	}
	if len(accounts)+len(departments) == 2 {
		return p, nil
	}
	var rows []struct {
		ID           int64
		Email        string
		DepartmentID int64
	}
	err := tx.NewRaw(`SELECT a.id, a.email, 0 AS department_id FROM accounts a WHERE a.id IN (?)
		UNION SELECT a.id, a.email, g.department_id FROM accounts a JOIN grants g ON g.account_id = a.id
			WHERE g.department_id IN (?) AND a.disabled_at IS NULL AND `+people.GrantHolds,
		bun.List(accounts), bun.List(departments), migrations.At(now), migrations.At(now)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read who is told: %w", err)
	}
	for _, row := range rows {
		accounts = append(accounts, row.ID)
		p.emails[row.ID] = row.Email != ""
		if row.DepartmentID != 0 {
			p.members[row.DepartmentID] = append(p.members[row.DepartmentID], row.ID)
		}
	}
	slices.Sort(accounts)
	p.settings, err = settingsOf(ctx, tx, slices.Compact(accounts))
	return p, err
}

// tell tells one person of one notice.
func (p *posting) tell(topic Topic, n notify.Notice, departmentMailed bool) {
	s := p.settings[n.To.Account]
	way := s.Ways[topic]
	if way == "" {
		way = usual(topic, departmentMailed)
	}
	// The key without its reader: a leader may be reached as such and as one of the department.
	about, _, _ := strings.Cut(n.Key, ":k0:a")
	key := fmt.Sprintf("%s:%s:a%d", about, topic, n.To.Account)
	if way == WayNone || p.told[key] {
		return
	}
	p.told[key] = true
	row := inboxRow{
		DedupeKey: key, AccountID: n.To.Account, Topic: topic, Kind: wording.Kind(n.Kind), CaseID: ID(n.Case), CreatedAt: migrations.At(p.now),
		Digest: way == WayDigest && topic != TopicDue && p.emails[n.To.Account],
	}
	if n.Case == 0 {
		row.Subject = n.Subject
	}
	p.news = append(p.news, row)
	// The morning's list is a digest itself.
	if !p.emails[n.To.Account] || way == WayInbox || way == WayDigest && topic != TopicDue {
		return
	}
	from := p.now
	if n.NotBefore.After(from) {
		from = n.NotBefore
	}
	if end := s.Quiet.End(p.desk.Calendar(), from); end.After(p.now) {
		n.NotBefore = end
	}
	p.out = append(p.out, n)
}

// NewsItem is a line of a person's inbox.
type NewsItem struct {
	ID      int64
	Topic   Topic
	Kind    wording.Kind
	At      time.Time
	Read    bool
	Number  string // of the case, if it is about one
	Title   string // of the case, where the reader may see it
	Subject string // where it is about none
	MaySee  bool
}

// Inbox gives the latest news of the actor. A case that the actor may not see any more is not in it, unless the news
// is that it is gone.
func (d *Desk) Inbox(ctx context.Context, a people.Actor, most int) ([]NewsItem, error) {
	var rows []struct {
		inboxRow
		ReceivedDay string
		Title       string
		LeadID      int64
	}
	err := d.db.Read.NewRaw(`SELECT i.id, i.topic, i.kind, COALESCE(i.case_id, 0) AS case_id, i.subject, i.created_at, i.read_at,
			COALESCE(c.received_day, '') AS received_day, COALESCE(c.title, '') AS title, COALESCE(c.lead_id, 0) AS lead_id
		FROM inbox i LEFT JOIN cases c ON c.id = i.case_id WHERE i.account_id = ? ORDER BY i.id DESC LIMIT ?`, a.Account, most).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the inbox: %w", err)
	}
	ids := make([]ID, 0, len(rows)+1)
	for i := range rows {
		ids = append(ids, rows[i].CaseID)
	}
	assists, err := assistsOfAll(ctx, d.db.Read, ids)
	if err != nil {
		return nil, err
	}
	var items []NewsItem
	for i := range rows {
		r := &rows[i]
		item := NewsItem{ID: r.ID, Topic: r.Topic, Kind: r.Kind, At: r.CreatedAt.Time, Read: !r.ReadAt.IsZero(), Subject: r.Subject, MaySee: true}
		if r.CaseID != 0 {
			item.Number, item.Title = Number(r.ReceivedDay, r.CaseID), r.Title
			_, err := a.Permit(people.View, people.Subject{Case: int64(r.CaseID), Lead: r.LeadID, Assists: assists[r.CaseID]})
			if item.MaySee = err == nil; !item.MaySee {
				item.Title = ""
				if r.Topic != TopicGone {
					continue
				}
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// assistsOfAll gives the departments that assist with some cases.
func assistsOfAll(ctx context.Context, db bun.IDB, ids []ID) (map[ID][]int64, error) {
	var rows []struct {
		CaseID       ID
		DepartmentID int64
	}
	err := db.NewRaw("SELECT case_id, department_id FROM assists WHERE released_at IS NULL AND case_id IN (?)", bun.List(append(ids, 0))).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read who assists: %w", err)
	}
	all := map[ID][]int64{}
	for _, row := range rows {
		all[row.CaseID] = append(all[row.CaseID], row.DepartmentID)
	}
	return all, nil
}

// Unread counts the news that the account has not read.
func (d *Desk) Unread(ctx context.Context, account int64) (n int, err error) {
	err = d.db.Read.NewRaw("SELECT count(*) FROM inbox WHERE account_id = ? AND read_at IS NULL", account).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("count news: %w", err)
	}
	return n, nil
}

// ReadNews marks the actor's news up to id as read, or only that one.
func (d *Desk) ReadNews(ctx context.Context, a people.Actor, id int64, only bool) error {
	which := "id <= ?"
	if only {
		which = "id = ?"
	}
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE inbox SET read_at = ? WHERE account_id = ? AND read_at IS NULL AND "+which, migrations.At(d.Now()), a.Account, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark news as read: %w", err)
	}
	return nil
}

// personal writes each person's own morning mail of what they want to be told of in one, and forgets old news.
func (m *morning) personal(ctx context.Context) error {
	for _, old := range []struct {
		where string
		keep  time.Duration
	}{{"read_at < ?", keepRead}, {"created_at < ?", keepNews}} {
		if _, err := m.tx.ExecContext(ctx, "DELETE FROM inbox WHERE "+old.where, migrations.At(m.now.Add(-old.keep))); err != nil {
			return fmt.Errorf("forget news: %w", err)
		}
	}
	var waiting []int64
	if err := m.tx.NewRaw("SELECT DISTINCT account_id FROM inbox WHERE digest ORDER BY account_id").Scan(ctx, &waiting); err != nil {
		return fmt.Errorf("read who waits for news: %w", err)
	}
	for _, id := range waiting {
		if err := m.personalOf(ctx, id); err != nil {
			return err
		}
	}
	_, err := m.tx.ExecContext(ctx, "UPDATE inbox SET digest = (1 = 0) WHERE digest")
	return err
}

func (m *morning) personalOf(ctx context.Context, id int64) error {
	account, err := m.directory.Account(ctx, id)
	if err != nil || !account.DisabledAt.IsZero() || account.Email == "" {
		return err
	}
	var rows []inboxRow
	if err := m.tx.NewSelect().Model(&rows).Where("account_id = ? AND digest", id).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read news: %w", err)
	}
	data := m.data()
	data.Day, data.Person, data.URL = m.now, account.Name, m.publicURL+"/account/notices"
	for _, row := range rows {
		item := wording.Item{Title: row.Subject, URL: data.URL}
		if row.CaseID != 0 {
			c, _, err := m.seen(ctx, account.Actor(), row.CaseID)
			if errs.CodeOf(err) == errs.CodeNotFound {
				continue // it has gone to somebody else
			}
			if err != nil {
				return err
			}
			item = wording.Item{Number: c.Number(), Title: c.Title, URL: m.publicURL + "/cases/" + c.Number()}
		}
		item.Title = wording.TopicName(account.Language, string(row.Topic)) + " · " + item.Title
		data.Items = append(data.Items, item)
	}
	if data.Count = len(data.Items); data.Count == 0 {
		return nil
	}
	data.Items = data.Items[:min(data.Count, wording.MaxItems)]
	n, err := render(wording.News, reader{to: notify.Recipient{Account: id}, lang: account.Language}, data, "news:"+m.day.String())
	if err != nil {
		return err
	}
	m.notices = append(m.notices, n)
	return nil
}

// stillFor tells whether a notice to a person of the staff is still for them when it leaves: they work here, and may see the case.
func (d *Desk) stillFor(ctx context.Context, n notify.Notice) (bool, error) {
	topic := topicOf[wording.Kind(n.Kind)]
	if n.To.Account == 0 || topic == "" && wording.Kind(n.Kind) != wording.News {
		return true, nil
	}
	account, err := d.directory.Account(ctx, n.To.Account)
	if err != nil {
		return false, err
	}
	if !account.DisabledAt.IsZero() || len(account.Grants) == 0 {
		return false, nil
	}
	if n.Case == 0 || topic == TopicGone {
		return true, nil
	}
	_, _, err = d.seen(ctx, account.Actor(), ID(n.Case))
	if errs.CodeOf(err) == errs.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}
