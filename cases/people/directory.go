package people

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Directory keeps the accounts, their grants, and the departments. Safe for concurrent use.
type Directory struct {
	db     *migrations.DB
	clock  func() time.Time
	hasher *hasher
}

// NewDirectory makes a directory on a migrated database; clock tells the present instant.
func NewDirectory(db *migrations.DB, clock func() time.Time) *Directory {
	return &Directory{db: db, clock: clock, hasher: newHasher()}
}

func (d *Directory) now() migrations.Instant { return migrations.At(d.clock()) }

// locked makes a query inside a transaction hold its rows until the end: what is decided on them
// must still be true when it is written. SQLite's writing transactions exclude each other anyway.
func (d *Directory) locked(q *bun.SelectQuery) *bun.SelectQuery {
	if d.db.Dialect() == migrations.PostgreSQL {
		return q.For("UPDATE")
	}
	return q
}

const (
	maxName   = 100
	maxDuties = 2000
	maxPhone  = 40
	maxEmail  = 254 // RFC 5321, 4.5.3.1.3, without the angle brackets
)

// cleanLine gives a one-line text as it is kept: composed (NFC), every kind of space an ordinary one,
// none around and none doubled, so that two names that look alike are alike. What cannot be seen is
// refused: a zero-width or a direction character would make two names that look the same.
func cleanLine(field, text string, most int, needed bool) (string, error) {
	if !utf8.ValidString(text) {
		return "", errs.Invalid(field,
			"has characters that cannot be read; please send it as UTF-8 text",
			"含有无法识别的字符，请使用 UTF-8 文字")
	}
	for _, r := range text {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return "", errs.Invalid(field,
				"has an invisible control character (U+%04X); please remove it",
				"含有不可见的控制字符（U+%04X），请删除", r)
		}
	}
	// Fields cuts at U+3000, the full-width space of Chinese keyboards, and at U+00A0 as well.
	text = strings.Join(strings.Fields(norm.NFC.String(text)), " ")
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && needed:
		return "", errs.Invalid(field, "please fill this in", "请填写此项")
	case n > most:
		return "", errs.Invalid(field, "at most %[1]d characters; it has %[2]d", "最多 %[1]d 个字，现有 %[2]d 个字", most, n)
	}
	return text, nil
}

// cleanEmail gives a bare address, or none.
func cleanEmail(field, text string) (string, error) {
	text, err := cleanLine(field, text, maxEmail, false)
	if err != nil || text == "" {
		return "", err
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return "", errs.Invalid(field, "is not an e-mail address such as name@example.org", "不是有效的邮箱地址，例如 name@example.org")
	}
	return text, nil
}
