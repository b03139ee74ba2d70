package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/seal"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// Contact is how the writer can be reached. It is sealed in the database.
type Contact struct {
	Name    string `json:"name,omitempty"`
	Phone   string `json:"phone,omitempty"` // normalised: digits, + before a foreign number
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"`
}

// Empty tells whether there is nothing in it.
func (c Contact) Empty() bool { return c == Contact{} }

type contactRow struct {
	bun.BaseModel `bun:"table:contacts,alias:k"`

	ID        int64  `bun:",pk,autoincrement"`
	Sealed    []byte `bun:",nullzero"`
	KeyID     int64
	PhoneHash []byte `bun:",nullzero"`
	EmailHash []byte `bun:",nullzero"`
	CreatedAt migrations.Instant
	ErasedAt  migrations.Instant
}

// check normalises the contact, or says everything in it that cannot be one.
func (c Contact) check() (Contact, error) {
	var nameErr, addressErr, phoneErr, emailErr error
	c.Name, nameErr = cleanLine("name", "your name", "姓名", c.Name, MaxName, false)
	c.Address, addressErr = cleanLine("address", "the address", "地址", c.Address, 200, false)
	c.Phone, phoneErr = NormalisePhone(c.Phone)
	c.Email, emailErr = NormaliseEmail(c.Email)
	return c, errors.Join(nameErr, phoneErr, emailErr, addressErr)
}

// NormalisePhone brings a telephone number into the one form it is kept and looked up in: digits only,
// without +86. The empty text stays empty.
func NormalisePhone(text string) (string, error) {
	var b strings.Builder
	for i, r := range strings.TrimSpace(text) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case (r == '+' || r == '＋') && i == 0:
			b.WriteRune('+')
		case strings.ContainsRune(" -－()（）.\u3000", r):
		default:
			return "", badPhone()
		}
	}
	phone := strings.TrimPrefix(b.String(), "+86")
	if len(phone) == 15 && strings.HasPrefix(phone, "0086") {
		phone = phone[4:]
	}
	digits := len(strings.TrimPrefix(phone, "+"))
	if phone != "" && (digits < 5 || digits > 15) {
		return "", badPhone()
	}
	return phone, nil
}

func badPhone() error {
	return errs.Invalid("phone",
		"this is no telephone number: 5 to 15 digits, such as 13900001234 or 0731-58500000",
		"电话号码格式不对：应为 5 至 15 位数字，如 13900001234 或 0731-58500000")
}

// NormaliseEmail checks an address and puts it into small letters. The empty text stays empty.
func NormaliseEmail(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > 254 || strings.ContainsAny(text, "\r\n\x00") ||
		!strings.Contains(text[strings.LastIndexByte(text, '@'):], ".") {
		return "", errs.Invalid("email",
			"this is no e-mail address; it should look like name@example.org",
			"电子邮箱格式不对，应形如 name@example.org")
	}
	return strings.ToLower(text), nil
}

// sealContact seals a checked contact into a row; nil when it is empty.
func sealContact(keys *seal.Keys, c Contact, now time.Time) (*contactRow, error) {
	if c.Empty() {
		return nil, nil //nolint:nilnil // no contact is not an error
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("seal contact: %w", err)
	}
	row := contactRow{
		PhoneHash: keys.LookupHash(c.Phone), EmailHash: keys.LookupHash(c.Email), CreatedAt: migrations.At(now),
	}
	if row.Sealed, row.KeyID, err = keys.Seal(plain); err != nil {
		return nil, fmt.Errorf("seal contact: %w", err)
	}
	return &row, nil
}

// contact opens a sealed contact; an erased one is empty.
func (d *Desk) contact(ctx context.Context, db bun.IDB, id int64) (Contact, error) {
	var c Contact
	if id == 0 {
		return c, nil
	}
	var row contactRow
	if err := db.NewSelect().Model(&row).Where("k.id = ?", id).Scan(ctx); err != nil {
		return c, fmt.Errorf("read contact: %w", err)
	}
	return row.open(d.keys)
}

// open opens a sealed contact; an erased one is empty.
func (row *contactRow) open(keys *seal.Keys) (c Contact, err error) {
	if row.Sealed == nil {
		return c, nil
	}
	plain, err := keys.Unseal(row.Sealed, row.KeyID)
	if err != nil {
		return c, fmt.Errorf("open contact %d: %w", row.ID, err)
	}
	if err := json.Unmarshal(plain, &c); err != nil {
		return c, fmt.Errorf("open contact %d: %w", row.ID, err)
	}
	return c, nil
}

// Address looks up where a notice goes, at the moment it is sent. It implements notify.Addresses.
func (d *Desk) Address(ctx context.Context, _ string, to notify.Recipient) (notify.Address, error) {
	switch {
	case to.Contact != 0:
		c, err := d.contact(ctx, d.db.Read, to.Contact)
		if err != nil {
			return notify.Address{}, err
		}
		return notify.Address{Name: c.Name, Email: c.Email, Phone: c.Phone}, nil
	case to.Account != 0:
		a, err := d.directory.Account(ctx, to.Account)
		if err != nil {
			return notify.Address{}, err
		}
		return notify.Address{Name: a.Name, Email: a.Email}, nil
	default:
		dep, err := d.directory.Department(ctx, to.Department)
		if err != nil {
			return notify.Address{}, err
		}
		return notify.Address{Name: dep.Name, Email: dep.Email, Phone: dep.Phone}, nil
	}
}

// Fill puts the writer's secret into a notice at the moment it is sent, because the outbox must not hold
// it. It implements notify.DeliveryConfig.Fill.
func (d *Desk) Fill(ctx context.Context, n notify.Notice) (notify.Notice, error) {
	if n.Kind == string(wording.NewPassword) {
		return d.fillReset(ctx, n)
	}
	still, err := d.stillFor(ctx, n)
	if err != nil {
		return n, err
	}
	if !still {
		return n, notify.ErrNoLongerFor
	}
	if n.Case == 0 || !strings.Contains(n.Text+n.HTML, wording.SecretMark) {
		return n, nil
	}
	var c Case
	if err := d.db.Read.NewSelect().Model(&c).Column("id", "received_day", "secret_version", "contact_id").Where("c.id = ?", n.Case).Scan(ctx); err != nil {
		return n, fmt.Errorf("read case: %w", err)
	}
	if n.To.Contact != c.ContactID {
		// The secret of one writer is never for another, such as one whose letter was merged.
		return n, fmt.Errorf("notice %q would show the secret of case %s to somebody else", n.Key, c.Number())
	}
	return withSecret(n, d.keys.Secret(int64(c.ID), c.SecretVersion)), nil
}

func withSecret(n notify.Notice, secret string) notify.Notice {
	n.Text = strings.ReplaceAll(n.Text, wording.SecretMark, secret)
	n.HTML = strings.ReplaceAll(n.HTML, wording.SecretMark, secret)
	n.HTML = strings.ReplaceAll(n.HTML, wording.LinkMark, "secret="+secret)
	return n
}
