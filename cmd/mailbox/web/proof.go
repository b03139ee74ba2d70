package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// A proof of work keeps programs from writing letters by the thousand without asking people to read distorted
// pictures: the page's script tries numbers until it finds the one that was thought of. The scheme is ALTCHA's:
// challenge = SHA-256(salt + number) in hex, signature = HMAC-SHA-256(challenge), salt carries the expiry.
//
// Who has no script, or an old browser, answers a sum in words instead; a screen reader reads it like any text.

// proofTime is how long a challenge or a sum can be answered: somebody may read a check page for long.
const proofTime = time.Hour

const proofAlgorithm = "SHA-256"

// maxProof bounds the payload, in bytes.
const maxProof = 1024

// challenge is what the page's script works on.
type challenge struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	MaxNumber int64  `json:"maxnumber"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

// solution is what it sends back.
type solution struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	Number    int64  `json:"number"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

// proofView is the part of the check page that keeps programs away; nil when nothing is asked.
type proofView struct {
	Challenge string // JSON
	Question  string // the sum, in words
	Token     string // of the sum
	Answer    string // as typed before
}

// sum is what the sealed token of a question holds.
type sum struct {
	A, B  int
	Nonce string
}

const sumToken = "sum"

// newProof makes a challenge and a sum.
func (s *Server) newProof(c echo.Context) (*proofView, error) {
	if s.Work <= 0 {
		return nil, nil //nolint:nilnil // nothing is asked
	}
	until := s.Clock().Add(proofTime)
	var salt [12]byte
	_, _ = rand.Read(salt[:]) // never fails (crypto/rand)
	number, err := rand.Int(rand.Reader, big.NewInt(s.Work+1))
	if err != nil {
		return nil, err
	}
	// The & at the end keeps digits of the number from being passed off as digits of the expiry.
	made := challenge{Algorithm: proofAlgorithm, MaxNumber: s.Work, Salt: hex.EncodeToString(salt[:]) + "?expires=" + strconv.FormatInt(until.Unix(), 10) + "&"}
	made.Challenge = hashOf(made.Salt, number.Int64())
	made.Signature = s.signChallenge(made.Challenge)
	text, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	question := sum{A: 1 + int(salt[0])%9, B: 1 + int(salt[1])%9, Nonce: encode(salt[:])}
	token, err := s.sign(sumToken, question, until)
	if err != nil {
		return nil, err
	}
	lang := visitOf(c).lang
	return &proofView{
		Challenge: string(text), Token: token,
		Question: s.words.in(lang, "proof.question", s.digitWord(lang, question.A), s.digitWord(lang, question.B)),
	}, nil
}

// digitWord writes a digit as a word: a program must at least read.
func (s *Server) digitWord(lang errs.Lang, n int) string {
	return strings.Fields(s.words.in(lang, "proof.digits"))[n]
}

func hashOf(salt string, number int64) string {
	h := sha256.Sum256([]byte(salt + strconv.FormatInt(number, 10)))
	return hex.EncodeToString(h[:])
}

func (s *Server) signChallenge(text string) string {
	h := hmac.New(sha256.New, s.Keys.CookieKey())
	h.Write([]byte("proof of work\x00" + text))
	return hex.EncodeToString(h.Sum(nil))
}

// proofOf reads the proof that came with a letter: the number that was searched, or the sum. The desk spends it
// with the letter, so that it counts once.
func (s *Server) proofOf(c echo.Context) ([]cases.Proof, error) {
	if s.Work <= 0 {
		return nil, nil
	}
	f := formOf(c)
	if text := f.line("proof"); text != "" {
		if proof, ok := s.checkSolution(text); ok {
			return []cases.Proof{proof}, nil
		}
	}
	var asked sum
	token := f.line("question")
	if !s.verify(sumToken, token, &asked) {
		return nil, errs.Invalid("answer", "the check took too long or is not done; please answer the sum and press send once more", "校验已过期或尚未完成，请回答下面的算式后再按一次寄出")
	}
	if !isSum(f.line("answer"), asked) {
		return nil, errs.Invalid("answer", "please answer the sum with a number", "请用数字回答下面的算式")
	}
	return []cases.Proof{{Text: token, Until: s.Clock().Add(proofTime)}}, nil
}

// checkSolution tells whether a payload solves a challenge of ours that has not expired. Whether it was used
// before, the desk knows.
func (s *Server) checkSolution(text string) (cases.Proof, bool) {
	var none cases.Proof
	if len(text) > maxProof {
		return none, false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return none, false
	}
	var got solution
	if json.Unmarshal(raw, &got) != nil || got.Algorithm != proofAlgorithm {
		return none, false
	}
	until, ok := expiryOf(got.Salt)
	if !ok || !until.After(s.Clock()) || until.After(s.Clock().Add(proofTime+time.Minute)) {
		return none, false
	}
	signed := hmac.Equal([]byte(got.Signature), []byte(s.signChallenge(got.Challenge)))
	if !signed || hashOf(got.Salt, got.Number) != got.Challenge {
		return none, false
	}
	return cases.Proof{Text: got.Signature, Until: until}, true
}

// expiryOf reads the expiry that a salt carries. The salt is hashed into the challenge, so it cannot be changed.
func expiryOf(salt string) (time.Time, bool) {
	_, query, ok := strings.Cut(salt, "?")
	if !ok {
		return time.Time{}, false
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(values.Get("expires"), 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

// isSum tells whether somebody's answer is right; Chinese input methods write wide digits.
func isSum(answer string, asked sum) bool {
	answer = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, answer)
	n, err := strconv.Atoi(answer)
	return err == nil && n == asked.A+asked.B
}
