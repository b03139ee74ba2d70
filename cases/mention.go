package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// mentionedIn gives the accounts that a note mentions by "@login" or "@name", each once. Only those that can sign in
// count.
//
// Errors: invalid, naming note, for an @ that leads to nobody or to several of one name: somebody who believes to have
// told a colleague must not be mistaken.
func (d *Desk) mentionedIn(ctx context.Context, text string) ([]people.Account, error) {
	places := ats(text)
	if len(places) == 0 {
		return nil, nil
	}
	all, err := d.directory.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a people.Account) bool { return !a.DisabledAt.IsZero() })
	var found []people.Account
	for _, rest := range places {
		hits := calledFirst(rest, all)
		switch {
		case len(hits) == 0:
			return nil, errs.Invalid("note",
				"nobody here is called @%s; write @ and the login or the full name, or leave a space after the @ if it means nobody",
				"没有名为“@%s”的工作人员；请写 @登录名 或 @姓名，若 @ 不指人请在其后加空格", word(rest))
		case len(hits) > 1:
			logins := make([]string, len(hits))
			for i, a := range hits {
				logins[i] = "@" + a.Login
			}
			return nil, errs.Invalid("note", "several are called %[1]s; please write one of %[2]s", "有多人名为%[1]s，请改写为 %[2]s 之一", hits[0].Name, strings.Join(logins, ", "))
		}
		if !slices.ContainsFunc(found, func(a people.Account) bool { return a.ID == hits[0].ID }) {
			found = append(found, hits[0])
		}
	}
	return found, nil
}

// ats gives what follows each @ that may mention somebody: not one inside an e-mail address, nor before a space.
func ats(text string) []string {
	var rests []string
	before := ' '
	for i, r := range text {
		if (r == '@' || r == '＠') && !inWord(before) {
			rest := text[i+utf8.RuneLen(r):]
			if next, _ := utf8.DecodeRuneInString(rest); unicode.IsLetter(next) || unicode.IsDigit(next) {
				rests = append(rests, rest)
			}
		}
		before = r
	}
	return rests
}

// inWord tells whether a character belongs to the name of a mailbox: Chinese is written without spaces, so "请@李"
// mentions somebody and "zhou@example.org" does not.
func inWord(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-+", r))
}

// calledFirst gives those whose login or name the text begins with: the longest that fits, since 李明 is not 李明华. A
// login goes before a name of its length.
func calledFirst(text string, all []people.Account) []people.Account {
	longest, byLogin := 0, false
	var hits []people.Account
	for _, a := range all {
		for _, name := range []string{a.Login, a.Name} {
			n := begins(text, name)
			login := name == a.Login
			switch {
			case n == 0 || n < longest || n == longest && byLogin && !login:
				continue
			case n > longest || login && !byLogin:
				longest, byLogin, hits = n, login, nil
			}
			if !slices.ContainsFunc(hits, func(h people.Account) bool { return h.ID == a.ID }) {
				hits = append(hits, a)
			}
		}
	}
	return hits
}

// begins tells how many bytes of the text are the name, 0 for none. A Latin name must end where the word ends; capitals
// are small letters.
func begins(text, name string) int {
	if len(name) == 0 || len(text) < len(name) || !strings.EqualFold(text[:len(name)], name) {
		return 0
	}
	last, _ := utf8.DecodeLastRuneInString(name)
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[len(name):], ".-")) // a full stop may end the sentence
	if inWord(last) && inWord(next) {
		return 0
	}
	return len(name)
}

// word is the first word of a text, to name it.
func word(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	})
	if end >= 0 {
		text = text[:end]
	}
	if runes := []rune(text); len(runes) > 20 {
		return string(runes[:20]) + "…"
	}
	return text
}

// maySee refuses a mention of somebody who may not see the case: the notice would lead them nowhere, and tell them of it.
func maySee(mentioned []people.Account, s people.Subject) error {
	for _, p := range mentioned {
		if _, err := p.Actor().Permit(people.View, s); err != nil {
			return errs.Invalid("note", "%s may not see this case, and so cannot be mentioned in it", "%s无权查看本办件，不能在备注中提及", p.Name)
		}
	}
	return nil
}

// Colleague is somebody who works on a case and can be mentioned in its notes.
type Colleague struct {
	ID          int64
	Login, Name string
}

// Colleagues lists who handles the case or watches over it: the people of its departments, the office, supervision.
func (d *Desk) Colleagues(ctx context.Context, v *View) ([]Colleague, error) {
	departments := []int64{v.LeadID}
	for _, a := range v.Assists {
		departments = append(departments, a.DepartmentID)
	}
	var all []Colleague
	err := d.db.Read.NewRaw(`SELECT a.id, a.login, a.name FROM accounts AS a WHERE a.disabled_at IS NULL AND EXISTS
		(SELECT 1 FROM grants AS g WHERE g.account_id = a.id AND (g.role IN (?, ?) OR g.department_id IN (?)) AND `+people.GrantHolds+`)
		ORDER BY a.login`, people.Clerk, people.Supervisor, bun.List(departments), migrations.At(d.Now()), migrations.At(d.Now())).Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("read colleagues: %w", err)
	}
	return all, nil
}
