package cases

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// WriterLetters is what else came from the telephone number or the e-mail address of a case's writer.
type WriterLetters struct {
	Letters []WriterLetter // the newest first
	Total   int            // of those that the reader may see
	// Shared: so many letters carry the number or the address that it is no one person's, such as that of a hotline
	// which enters its own. None is listed.
	Shared bool
	Mark   string // finds them all by [Search]; "" for those who may not look for writers
}

// WriterLetter is one of them.
type WriterLetter struct {
	ID          ID
	Title       string
	State       State
	Lead        string // the department's name, empty when not routed
	ReceivedDay string // local date
	ReceivedAt  migrations.Instant
	Rating      int64 // 5 very satisfied … 1 very dissatisfied, 0 none
}

// Number is what people call the case.
func (l *WriterLetter) Number() string { return Number(l.ReceivedDay, l.ID) }

// sharedFrom is from how many letters on a number or an address is taken for that of no one person: one a day for
// almost three years.
const sharedFrom = 1000

// LettersOfWriter lists the other letters from the writer of a case, at most so many, by the hashes of telephone number
// and e-mail address: nobody's name is compared, and of a writer who left neither nothing is said. It does not go on from
// letter to letter: one that shares only an address with another of them is not listed.
//
// The office sees all. Supervision and auditors see them but for confidential ones, nor any on a confidential case: as
// elsewhere ([WriterTie]), only the office is told whose those are. The lead department sees those of its own
// cases that are not confidential; an assisting one, which is never told who wrote, none. A department is not told how
// many others there are either: a count that grows the day after it gave a bad answer says who complained of it, and one
// that falls when a letter becomes confidential says whose that is.
//
// This is no look at the contact (ShowContact) and is not recorded as one: nothing of number, address or name is in it,
// nothing that whoever reads the cases could not open one by one; that they are of one writer is what the search by
// writer tells the same people without a record.
//
// Errors: not_found where the actor may not see the case.
func (d *Desk) LettersOfWriter(ctx context.Context, a people.Actor, id ID, most int) (WriterLetters, error) {
	var found WriterLetters
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return found, err
	}
	where, args, ok := othersOf(a, c)
	if !ok || c.ContactID == 0 {
		return found, nil
	}
	k := new(contactRow)
	if err := d.db.Read.NewSelect().Model(k).Column("phone_hash", "email_hash").Where("k.id = ?", c.ContactID).Scan(ctx); err != nil {
		return found, fmt.Errorf("read contact: %w", err)
	}
	var contacts []int64
	err = d.db.Read.NewRaw(`SELECT id FROM (SELECT id FROM contacts WHERE phone_hash = ? LIMIT ?) AS p
		UNION SELECT id FROM (SELECT id FROM contacts WHERE email_hash = ? LIMIT ?) AS e`,
		k.PhoneHash, sharedFrom, k.EmailHash, sharedFrom).Scan(ctx, &contacts)
	if err != nil {
		return found, fmt.Errorf("look for the writer's letters: %w", err)
	}
	if len(contacts) == 0 { // erased, or there was only a name
		return found, nil
	}
	if MaySeekWriters(a) {
		found.Mark = markOf(k.PhoneHash, k.EmailHash)
	}
	if len(contacts) >= sharedFrom {
		found.Shared = true
		return found, nil
	}
	var rows []struct {
		WriterLetter

		Total int
	}
	args = append([]any{bun.List(contacts), c.ID, c.ID, c.SplitFrom}, args...)
	err = d.db.Read.NewRaw(`SELECT c.id, c.title, c.state, c.received_day, c.received_at, COALESCE(c.rating, 0) AS rating,
		COALESCE(p.name, '') AS lead, COUNT(*) OVER () AS total FROM cases AS c LEFT JOIN departments AS p ON p.id = c.lead_id
		WHERE c.contact_id IN (?) AND c.id <> ? AND COALESCE(c.split_from, 0) <> ? AND c.id <> ?`+where+`
		ORDER BY c.received_at DESC, c.id DESC LIMIT ?`, append(args, most)...).Scan(ctx, &rows)
	if err != nil {
		return found, fmt.Errorf("read the writer's letters: %w", err)
	}
	for i := range rows {
		found.Letters, found.Total = append(found.Letters, rows[i].WriterLetter), rows[i].Total
	}
	return found, nil
}

// othersOf is which other letters of the writer of a case the actor may know of, as the end of a where-clause; ok is
// false where that is none.
func othersOf(a people.Actor, c *Case) (where string, args []any, ok bool) {
	if a.Is(people.Clerk) {
		return "", nil, true
	}
	if c.Confidential {
		return "", nil, false
	}
	if seesEveryCase(a) {
		return " AND NOT c.confidential", nil, true
	}
	if _, err := a.Permit(people.ViewContact, subject(c, nil)); err != nil {
		return "", nil, false
	}
	where, args, err := writersShown(a)
	return where, args, err == nil
}

// writersShown narrows the letters of a writer to those that the actor may find by the writer. A department's people
// find what they could see the contact of: their own cases, unless the writer's identity is hidden from them.
//
// Errors: forbidden for those who have nothing to do with writers.
func writersShown(a people.Actor) (string, []any, error) {
	if a.Is(people.Clerk) {
		return "", nil, nil
	}
	var own []int64
	for _, id := range a.Departments() {
		if _, err := a.Permit(people.ViewContact, people.Subject{Lead: id}); err == nil {
			own = append(own, id)
		}
	}
	if len(own) == 0 {
		return "", nil, errs.Forbidden("you may not look for writers", "您无权按来信人查找")
	}
	// The plus has SQLite look up the writer's few contacts: it takes the department for the rarer of the two and would read
	// all its cases, 150 ms of 33,000.
	return " AND NOT c.confidential AND +c.lead_id IN (?)", []any{bun.List(own)}, nil
}

// ofWriter is the condition for the letters of a writer, by a mark.
func ofWriter(a people.Actor, mark string) (string, []any, error) {
	shown, args, err := writersShown(a)
	if err != nil {
		return "", nil, err
	}
	hashes := [][]byte{{}} // what is no mark is nobody's
	for part := range strings.SplitSeq(mark, "-") {
		if hash, err := hex.DecodeString(part); err == nil && len(hash) > 0 && len(hashes) <= 2 {
			hashes = append(hashes, hash)
		}
	}
	return "c.contact_id IN (SELECT k.id FROM contacts k WHERE k.phone_hash IN (?) OR k.email_hash IN (?))" + shown,
		slices.Concat([]any{bun.List(hashes), bun.List(hashes)}, args), nil
}

// markOf is the mark of a writer by a telephone number, an e-mail address or both.
func markOf(hashes ...[]byte) string {
	var parts []string
	for _, hash := range hashes {
		if len(hash) > 0 {
			parts = append(parts, hex.EncodeToString(hash))
		}
	}
	return strings.Join(parts, "-")
}

// MaySeekWriters tells whether the actor may look for the letters of a writer: those who may see a contact.
func MaySeekWriters(a people.Actor) bool {
	_, _, err := writersShown(a)
	return err == nil
}

// WriterMark is what a telephone number or an e-mail address is looked for by: nothing of it can be read from the
// mark, so that the mark may stand in an address.
//
// Errors: forbidden for those who have nothing to do with writers; invalid for what is neither.
func (d *Desk) WriterMark(a people.Actor, typed string) (string, error) {
	if _, _, err := writersShown(a); err != nil {
		return "", err
	}
	if email, err := NormaliseEmail(typed); err == nil && email != "" {
		return markOf(d.keys.LookupHash(email)), nil
	}
	if phone, err := NormalisePhone(typed); err == nil && phone != "" {
		return markOf(d.keys.LookupHash(phone)), nil
	}
	return "", errs.Invalid("writer",
		"please type the whole telephone number or e-mail address, such as 13900001234 or name@example.org",
		"请输入完整的电话号码或电子邮箱，如 13900001234 或 name@example.org")
}
