package cases

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// Letter is what a person sends.
type Letter struct {
	Channel  string // mailbox unless a clerk says otherwise
	Kind     string
	Topic    string
	District string
	Title    string
	Body     string
	Language errs.Lang
	Writer   Contact
	Consent  bool   // may be published
	Confide  bool   // departments are not to know who wrote
	NoCopy   bool   // no receipt by e-mail, though there is an address
	Key      string // made with the form; the same letter under the same key is one letter, and takes the files kept under it along
}

// Receipt is what the writer holds in hand.
type Receipt struct {
	ID          ID
	Number      string
	Secret      string
	Channel     string
	Kind        string
	ReceivedAt  time.Time
	Due         time.Time // zero: not assessable
	Provisional bool
	Mailed      bool // a copy goes to the writer's e-mail address
	Texted      bool // it goes to the writer's telephone instead
}

// Submit takes a letter in: it becomes a case, its clock starts, and the writer gets a number, a secret
// and, with an e-mail address, the same by mail.
//
// A proof is spent with the letter, in its transaction: of one that comes twice the second is a conflict, or the
// same receipt when it is the same letter.
//
// Sending the same letter again under the same Key (a double click, a repeated request) changes nothing
// and returns the same receipt. The same Key with another text is another letter: nothing typed is lost.
func (d *Desk) Submit(ctx context.Context, a people.Actor, l Letter, proofs ...Proof) (Receipt, error) {
	grant, err := a.Permit(people.Submit, people.Subject{})
	if err != nil {
		return Receipt{}, err
	}
	if l, err = d.check(l); err != nil {
		return Receipt{}, err
	}
	key, found := l.submissionKey(), d.newKeys(ctx, l.Title, l.Body)
	var w *work
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		w = &work{Tx: tx, desk: d, now: d.Now(), detail: map[string]any{}}
		for _, proof := range proofs {
			if err := spend(ctx, tx, proof.Text, proof.Until); err != nil {
				return err
			}
		}
		if err := w.receive(ctx, a, grant, l, key); err != nil {
			return err
		}
		return keepKeys(ctx, tx, keysOfCase(w.c.ID, found))
	})
	if err != nil && key != "" && (migrations.IsUnique(err) || errors.Is(err, errSpent)) {
		return d.receiptOf(ctx, key)
	}
	if err != nil {
		return Receipt{}, err
	}
	d.wake(ctx, Wakeup{Due: w.c.AlarmAt.Time, Notices: w.written})
	r := d.receipt(w.c)
	for _, n := range w.notices {
		r.Mailed, r.Texted = n.Medium == notify.Email, n.Medium == notify.SMS
	}
	return r, nil
}

// Check says what must be mended before a letter can be taken, all of it at once (errors.Join), so that
// nobody mends a form field by field. Submit refuses the same.
func (d *Desk) Check(l Letter) error {
	_, err := d.check(l)
	return err
}

// check gives the letter as it is kept, or everything that is wrong with it.
func (d *Desk) check(l Letter) (Letter, error) {
	if l.Channel == "" {
		l.Channel = "mailbox"
	}
	if l.Language != errs.EN {
		l.Language = errs.ZH
	}
	var wrong []error
	add := func(err error) { wrong = append(wrong, err) } // errors.Join passes over nil
	if !known(Channels, l.Channel) {
		add(errs.Invalid("channel", "there is no channel %q", "没有“%s”这个渠道", l.Channel))
	}
	if !known(Kinds, l.Kind) {
		add(errs.Invalid("kind", "please choose what kind of letter it is", "请选择来信类型"))
	}
	var err error
	l.Title, err = cleanLine("title", "the title", "标题", l.Title, MaxTitle, true)
	add(err)
	l.Body, err = clean("body", "your letter", "来信内容", l.Body, MaxBody, true)
	add(err)
	l.Topic, err = cleanLine("topic", "the topic", "主题分类", l.Topic, MaxTopic, false)
	add(err)
	l.District, err = cleanLine("district", "the area", "所在区域", l.District, MaxDistrict, false)
	add(err)
	add(d.reachable(l))
	l.Writer, err = l.Writer.check()
	add(err)
	return l, errors.Join(wrong...)
}

// reachable asks for a name and a way to answer where the policy does.
func (d *Desk) reachable(l Letter) error {
	p, err := d.PolicyFor(l.Channel, l.Kind)
	if err != nil || p.AllowAnonymous {
		return err
	}
	var wrong []error
	if strings.TrimSpace(l.Writer.Name) == "" {
		wrong = append(wrong, errs.Invalid("name", "please tell us your name", "请填写您的姓名"))
	}
	if strings.TrimSpace(l.Writer.Phone) == "" && strings.TrimSpace(l.Writer.Email) == "" {
		wrong = append(wrong, errs.Invalid("phone",
			"please leave a telephone number or an e-mail address, so that we can reach you",
			"请至少留下电话或电子邮箱中的一项，以便我们与您联系"))
	}
	return errors.Join(wrong...)
}

// submissionKey binds the form's key to the words in it.
func (l Letter) submissionKey() string {
	if l.Key == "" {
		return ""
	}
	h := sha256.New()
	parts := []string{l.Key, l.Channel, l.Kind, l.Title, l.Body, l.Writer.Name, l.Writer.Phone, l.Writer.Email, l.Writer.Address}
	if l.Confide { // a letter sent again so that departments do not know who wrote must not pass for the first
		parts = append(parts, "confidential")
	}
	for _, part := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// receive writes contact, case, event, facts and receipt notice.
func (w *work) receive(ctx context.Context, a people.Actor, grant people.Grant, l Letter, key string) error {
	attached, err := filesWhere(ctx, w.Tx, "f.draft = ?", l.Key)
	if err != nil {
		return err
	}
	id, rules, err := w.desk.nextID(ctx, w.Tx)
	if err != nil {
		return err
	}
	w.rules = rules
	version, err := rules.policyAt(w.now)
	if err != nil {
		return err
	}
	p := version.For(l.Channel, l.Kind, l.Topic)
	c := &Case{
		ID: id, Channel: l.Channel, Kind: l.Kind, Topic: l.Topic, District: l.District,
		Title: l.Title, Body: l.Body, Language: l.Language, Consent: l.Consent, Confidential: p.Confidential || l.Confide,
		SubmissionKey: key, SecretVersion: 1, State: Received, Round: 1, PolicyVersion: int64(version.Version),
		BornChannel: l.Channel, BornKind: l.Kind, BornTopic: l.Topic,
	}
	w.c = c
	rules.receive(c, p, w.now)
	if c.Salt, err = ledger.NewSalt(); err != nil {
		return err
	}
	c.SecretHash = seal.HashSecret(c.Salt, w.desk.keys.Secret(int64(c.ID), c.SecretVersion))
	if a.Is(people.Writer) {
		if err := w.notTooMany(ctx, l.Writer); err != nil {
			return err
		}
	}
	if err := w.keepContact(ctx, l.Writer); err != nil {
		return err
	}
	if !l.NoCopy {
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		if err := w.tell(wording.Receipt, to, nil); err != nil {
			return err
		}
	}
	w.detail = c.bornWith()
	if l.Confide {
		w.detail["confidential_asked"] = true
	}
	w.recordFiles(attached)
	if err := w.record(a, grant, people.Submit); err != nil {
		return err
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	if err := w.takeDraftFiles(ctx, attached); err != nil {
		return err
	}
	return w.writeNotices(ctx)
}

// perContact is how many letters somebody may send within a day under one telephone number or e-mail address,
// unless the desk was told otherwise.
const perContact = 20

// notTooMany refuses a letter from somebody who has sent more than anybody has to say. A clerk who records what
// people say on the telephone is not held back.
func (w *work) notTooMany(ctx context.Context, c Contact) error {
	most := cmp.Or(w.desk.perContact, perContact)
	for _, hash := range [][]byte{w.desk.keys.LookupHash(c.Phone), w.desk.keys.LookupHash(c.Email)} {
		if hash == nil {
			continue
		}
		var n int
		err := w.NewRaw("SELECT count(*) FROM (SELECT id FROM contacts WHERE (phone_hash = ? OR email_hash = ?) AND created_at > ? LIMIT ?) AS recent",
			hash, hash, migrations.At(w.now.AddDate(0, 0, -1)), most).Scan(ctx, &n)
		if err != nil {
			return fmt.Errorf("count letters of a contact: %w", err)
		}
		if n >= most {
			return errs.Limited(
				"%d letters have come under this telephone number or e-mail address within a day; please write again tomorrow, or add to a letter you have sent",
				"该电话或邮箱一天内已来信%d件，请明天再写，或在已寄出的来信中补充", most)
		}
	}
	return nil
}

// receive fixes when the letter was received and when the answer is due.
func (r *rulebook) receive(c *Case, p sla.Policy, received time.Time) {
	c.ReceivedAt = migrations.At(received)
	c.ReceivedDay = sla.DateOf(received, r.calendar().Location()).String()
	r.startClock(c, p)
}

// bornWith is what the first event of a case records.
func (c *Case) bornWith() map[string]any {
	detail := map[string]any{
		"number": c.Number(), "channel": c.Channel, "kind": c.Kind, "topic": c.Topic, "district": c.District,
		"received_day": c.ReceivedDay, "policy_version": c.PolicyVersion, "provisional": c.Provisional,
		"confidential": c.Confidential, "consent": c.Consent,
		"letter": hex.EncodeToString(ledger.Digest(c.Salt, c.Title+"\x00"+c.Body)),
	}
	if !c.DueAt.IsZero() {
		detail["due_at"] = c.DueAt.Unix()
	}
	return detail
}

func (w *work) keepContact(ctx context.Context, contact Contact) error {
	row, err := sealContact(w.desk.keys, contact, w.now)
	if err != nil || row == nil {
		return err
	}
	if _, err := w.NewInsert().Model(row).Exec(ctx); err != nil {
		return fmt.Errorf("write contact: %w", err)
	}
	w.c.ContactID = row.ID
	return nil
}

// nextID takes the next case's identity before the row is written, because its number, its secret and
// its first event are made from it; and the rules that are in force for it.
func (d *Desk) nextID(ctx context.Context, tx bun.IDB) (ID, *rulebook, error) {
	next := "nextval(pg_get_serial_sequence('cases', 'id'))"
	if d.db.Dialect() == migrations.SQLite {
		// The writing transaction is alone, so what follows the last identity is free.
		next = "COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'cases'), 0) + 1"
	}
	var row struct {
		ID ID
		newest
	}
	if err := tx.NewRaw("SELECT "+next+" AS id, "+newestSQL).Scan(ctx, &row); err != nil {
		return 0, nil, fmt.Errorf("next case: %w", err)
	}
	rules, err := d.rulesFor(ctx, tx, row.newest)
	return row.ID, rules, err
}

func (d *Desk) receiptOf(ctx context.Context, key string) (Receipt, error) {
	c := new(Case)
	err := d.db.Read.NewSelect().Model(c).Where("c.submission_key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Receipt{}, errSpent
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("read case: %w", err)
	}
	r := d.receipt(c)
	var medium string
	err = d.db.Read.NewRaw("SELECT medium FROM notices WHERE case_id = ? AND kind = ? ORDER BY id LIMIT 1", c.ID, string(wording.Receipt)).Scan(ctx, &medium)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Receipt{}, fmt.Errorf("look for the receipt that was sent: %w", err)
	}
	r.Mailed, r.Texted = medium == notify.Email, medium == notify.SMS
	return r, nil
}

func (d *Desk) receipt(c *Case) Receipt {
	return Receipt{
		ID: c.ID, Number: c.Number(), Secret: d.keys.Secret(int64(c.ID), c.SecretVersion),
		Channel: c.Channel, Kind: c.Kind, ReceivedAt: c.ReceivedAt.Time, Due: c.DueAt.Time,
		Provisional: c.Provisional,
	}
}
