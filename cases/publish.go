package cases

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/grams"
	"mailbox/cases/people"
	"mailbox/cases/redact"
	"mailbox/migrations"
	"mailbox/sla"
)

// Publication is what the public is to read of a case: texts in which what concerns nobody else has been hidden.
type Publication struct {
	Title, Body, Answer string
	// Confirmed says that the clerk has looked at what the rules take for numbers of people, and lets it stand: the
	// telephone of an office is one. What the writer left to be reached by cannot be confirmed.
	Confirmed bool
}

// publicationRow is a publication as it is stored. The texts of one that was withdrawn are gone.
type publicationRow struct {
	bun.BaseModel `bun:"table:publications,alias:p"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Title        string
	Body         string
	Answer       string
	Kind         string
	Topic        string
	DepartmentID int64 `bun:",nullzero"`
	ReceivedDay  string
	AnsweredDay  string
	PublishedAt  migrations.Instant
	ChangedAt    migrations.Instant
	WithdrawnAt  migrations.Instant
	AccountID    int64 `bun:",nullzero"`
	Version      int64
	Useful       int64
	NotUseful    int64
}

// Publish lets the public read the given texts of an answered case, or replaces those that it reads now. The texts
// are kept as given and nowhere else: the event holds digests only, so that what is hidden cannot be had from
// the history.
//
// Errors: conflict without the writer's consent, for a confidential case, where no answer stands; invalid, with the
// field, where a text still holds what the writer left to be reached by, or, unless confirmed, what looks like the
// number of a person.
func (d *Desk) Publish(ctx context.Context, a people.Actor, id ID, seen Version, p Publication) (*Case, error) {
	p, err := p.check()
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Publish, id, seen, func(ctx context.Context, w *work) error {
		if err := mayPublish(w.c); err != nil {
			return err
		}
		contact, err := d.contact(ctx, w.Tx, w.c.ContactID)
		if err != nil {
			return err
		}
		if err := p.hides(contact); err != nil {
			return err
		}
		row, err := w.publication(ctx)
		if err != nil {
			return err
		}
		w.fill(row, p, a)
		if err := w.writePublication(ctx, row); err != nil {
			return err
		}
		w.detail["publication"], w.detail["publication_version"] = row.ID, row.Version
		w.detail["title"], w.detail["body"], w.detail["answer"] = digestOf(w.c, p.Title), digestOf(w.c, p.Body), digestOf(w.c, p.Answer)
		return nil
	})
}

func (p Publication) check() (Publication, error) {
	var titleErr, bodyErr, answerErr error
	p.Title, titleErr = cleanLine("title", "the title", "标题", p.Title, MaxTitle, true)
	p.Body, bodyErr = clean("body", "the letter", "来信内容", p.Body, MaxBody, true)
	p.Answer, answerErr = clean("answer", "the answer", "答复内容", p.Answer, MaxReply, true)
	return p, errors.Join(titleErr, bodyErr, answerErr)
}

// MayPublish tells whether the case is one that the public may be shown at all; the error says why not.
func (d *Desk) MayPublish(c *Case) error {
	if !May(people.Publish, c.State) {
		return errs.Conflict("only a case that has been answered can be published", "办件答复后方可公开")
	}
	return mayPublish(c)
}

func mayPublish(c *Case) error {
	switch {
	case !c.Consent:
		return errs.Conflict("the writer has not agreed to publication", "来信人未同意公开")
	case c.Confidential:
		return errs.Conflict("a confidential case is never published", "保密办件不得公开")
	case c.AnsweredAt.IsZero():
		return errs.Conflict("only a case whose answer stands can be published", "答复有效的办件方可公开")
	}
	return nil
}

// hides makes sure that the texts show nothing of how the writer is reached, in whatever form it is written.
func (p Publication) hides(c Contact) error {
	known := redact.Known{Name: c.Name, Phone: c.Phone, Email: c.Email}
	if notName(c.Name) {
		known.Name = ""
	}
	var wrong []error
	for _, part := range []struct{ field, text string }{{"title", p.Title}, {"body", p.Body}, {"answer", p.Answer}} {
		if found := contactIn(part.text, known); found != "" {
			wrong = append(wrong, errs.Invalid(part.field,
				"this still shows what the writer left to be reached by (%s); hide it", "其中仍有来信人的联系信息（%s），请隐去", found))
			continue
		}
		if p.Confirmed {
			continue
		}
		for _, s := range redact.Find(part.text, redact.Known{}) {
			if s.Kind == redact.Identity || s.Kind == redact.BankCard || s.Kind == redact.Phone {
				wrong = append(wrong, errs.Invalid(part.field,
					"“%s” looks like the number of a person; hide it, or confirm that it may be shown",
					"“%s”疑似个人号码，请隐去，或确认可以公开", part.text[s.Start:s.End]))
				break
			}
		}
	}
	return errors.Join(wrong...)
}

// contactIn gives what of the contact stands in a text. The rules of redact find it in many disguises; that it
// does not stand there plainly is looked for once more here, without them.
func contactIn(text string, known redact.Known) string {
	for _, s := range redact.Find(text, known) {
		if s.Kind == redact.Contact {
			return text[s.Start:s.End]
		}
	}
	plain := wordsOnly(text)
	for _, one := range []string{known.Name, known.Phone, known.Email} {
		if bare := wordsOnly(one); utf8.RuneCountInString(bare) >= 2 && strings.Contains(plain, bare) {
			return one
		}
	}
	return ""
}

// wordsOnly leaves letters and digits, folded.
func wordsOnly(text string) string {
	var b strings.Builder
	for _, r := range grams.Fold(text).Runes {
		if grams.IsWord(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// notName tells whether what somebody wrote in place of a name is none: every letter would hold it.
func notName(name string) bool {
	switch name {
	case "市民", "居民", "业主", "群众", "住户", "村民", "网友", "匿名", "家长", "学生", "先生", "女士", "热心市民", "一市民", "某市民", "普通市民":
		return true
	}
	return utf8.RuneCountInString(name) < 2
}

// publication reads what is published of the case, or begins it.
func (w *work) publication(ctx context.Context) (*publicationRow, error) {
	row := new(publicationRow)
	err := w.NewSelect().Model(row).Where("p.case_id = ?", w.c.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return &publicationRow{CaseID: w.c.ID}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read publication: %w", err)
	}
	return row, nil
}

func (w *work) fill(row *publicationRow, p Publication, a people.Actor) {
	now := migrations.At(w.now)
	if row.PublishedAt.IsZero() {
		row.PublishedAt = now
	}
	row.Title, row.Body, row.Answer = p.Title, p.Body, p.Answer
	row.Kind, row.Topic, row.DepartmentID = w.c.Kind, w.c.Topic, w.c.AnsweredByID
	row.ReceivedDay = w.c.ReceivedDay
	row.AnsweredDay = sla.DateOf(w.c.AnsweredAt.Time, w.desk.Location()).String()
	row.ChangedAt, row.WithdrawnAt, row.AccountID = now, migrations.Instant{}, a.Account
	row.Version++
}

func (w *work) writePublication(ctx context.Context, row *publicationRow) error {
	var err error
	if row.ID == 0 {
		_, err = w.NewInsert().Model(row).Exec(ctx)
	} else {
		_, err = w.NewUpdate().Model(row).WherePK().Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("write publication: %w", err)
	}
	if _, err := w.ExecContext(ctx, "DELETE FROM kept_private WHERE case_id = ?", w.c.ID); err != nil {
		return fmt.Errorf("write publication: %w", err)
	}
	if err := w.desk.indexPublication(ctx, w.Tx, row); err != nil {
		return err
	}
	return w.publicationsChanged(ctx)
}

// publicationsState is a setting that has another value whenever what is published is another.
const publicationsState = "publications"

func (w *work) publicationsChanged(ctx context.Context) error {
	_, err := w.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		publicationsState, rand.Text())
	if err != nil {
		return fmt.Errorf("note that publications have changed: %w", err)
	}
	return nil
}

// PublicationsState names what is published at this instant: the same text as long as no process has published,
// changed or withdrawn anything. For pages that are kept.
func (d *Desk) PublicationsState(ctx context.Context) (state string, err error) {
	err = d.db.Read.NewRaw("SELECT value FROM settings WHERE name = ?", publicationsState).Scan(ctx, &state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the state of publications: %w", err)
	}
	return state, nil
}
