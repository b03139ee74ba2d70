package notify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Address is where somebody is reached. Which of Email and Phone is needed depends on the medium.
type Address struct {
	Name, Email, Phone string
}

// ErrNoAddress says that a recipient has no address for the medium; the notice is then dead at once.
var ErrNoAddress = errors.New("the recipient has no address for this medium")

// ErrNoLongerFor says that a notice is no longer for its recipient, who has lost the role meanwhile: it is not sent, and
// that is no trouble of anybody's.
var ErrNoLongerFor = errors.New("it is no longer for this recipient")

// Addresses resolves a recipient at the moment of sending, so that an address corrected or erased
// meanwhile is the one that counts.
//
// Address returns ErrNoAddress when there is none; any other error is taken as passing.
type Addresses interface {
	Address(ctx context.Context, medium string, to Recipient) (Address, error)
}

// ParseAddress reads a setting such as "市长信箱 <mailbox@example.org>" or "mailbox@example.org".
func ParseAddress(s string) (Address, error) {
	parsed, err := mail.ParseAddress(s)
	if err != nil {
		return Address{}, errors.New(`not a mail address: write mailbox@example.org or 市长信箱 <mailbox@example.org>`)
	}
	if err := checkEmail(parsed.Address); err != nil {
		return Address{}, err
	}
	return Address{Name: cleanLine(parsed.Name, maxName), Email: parsed.Address}, nil
}

// plainEmail is what we mail to: letters, digits and the signs RFC 5322 allows unquoted. No quoted
// local parts and no comments, which hide commas, spaces and line ends in an address.
var plainEmail = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// checkEmail refuses what is not one bare address. Addresses beyond ASCII are refused as well:
// hardly a mail server takes them, and one that does not would do so only after days of retries.
func checkEmail(email string) error {
	if len(email) > 254 || !plainEmail.MatchString(email) {
		return errors.New("not a plain mail address")
	}
	// Leading and doubled dots.
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return errors.New("not a plain mail address")
	}
	return nil
}

// longestError bounds what of a mail server's words is kept, in characters.
const longestError = 500

var (
	anyEmail  = regexp.MustCompile(`[^\s<>"'(),;:@\[\]]+@[^\s<>"'(),;:@\[\]]+`)
	anyMobile = regexp.MustCompile(`1[3-9]\d{9}`)
)

// mask makes an error's text fit to be kept and logged: one line, of bounded length, and without the
// name, the telephone number or the address of anybody (zhang@example.org becomes z***@example.org).
// Mail servers repeat the address they refuse, some only its first half.
func mask(text string, about Address) string {
	text = cleanLine(text, math.MaxInt) // cut only at the end: half an address would not be found
	text = anyEmail.ReplaceAllStringFunc(text, maskEmail)
	if local, _, found := strings.Cut(about.Email, "@"); found && utf8.RuneCountInString(local) > 1 {
		text = wordOf(local).ReplaceAllLiteralString(text, firstRune(local)+"***")
	}
	if name := cleanLine(about.Name, math.MaxInt); name != "" {
		text = wordOf(name).ReplaceAllLiteralString(text, "***")
	}
	if about.Phone != "" {
		text = strings.ReplaceAll(text, about.Phone, "***")
	}
	return cleanLine(anyMobile.ReplaceAllLiteralString(text, "***"), longestError)
}

func maskEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	return fmt.Sprintf("%s***@%s", firstRune(local), domain)
}

// wordOf finds s whatever its case; when it is short only as a word of its own, so that "li" is not
// found inside "delivery".
func wordOf(s string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(s)
	if len(s) < 5 && asciiWord(s[0]) {
		pattern = `\b` + pattern
	}
	if len(s) < 5 && asciiWord(s[len(s)-1]) {
		pattern += `\b`
	}
	return regexp.MustCompile(`(?i)` + pattern)
}

func asciiWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// cleanLine makes s one line that is safe in a header: valid UTF-8, no control characters or line
// ends of any script, no marks that turn the reading direction round, single spaces, at most n
// characters.
func cleanLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:n-1]), " ") + "…"
}
