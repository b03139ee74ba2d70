package report

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"mailbox/cases/errs"
	"mailbox/cases/receipt"
	"mailbox/cases/seal"
)

// Published is what a closing states, and what its digest is over.
type Published struct {
	City        string `json:"city"`
	Period      Period `json:"period"`
	AsOf        Moment `json:"as_of"`
	ClosedAt    Moment `json:"closed_at"`
	ClosedBy    string `json:"closed_by"`
	Remark      string `json:"remark"`
	Follows     string `json:"follows"` // the digest of the closing that this one corrects; "" for the first of its period
	SilenceDays int    `json:"silence_days"`

	// Report is the [Report] by department, as WriteJSON writes it but for the spaces.
	Report json.RawMessage `json:"report"`

	Figures []string          `json:"figures"` // the counts that the lots know, but for took_, conduct_ and rework_
	Names   map[string]string `json:"names"`   // what the groups of the lots are called
	Lots    []Lot             `json:"lots"`
}

// SignedClosing is a closing as it is handed out. Nothing in it may be believed before Verify has said that it is genuine.
type SignedClosing struct {
	Form      string          `json:"form"`    // "mailbox closing v1"
	Closing   json.RawMessage `json:"closing"` // a [Published]
	Digest    string          `json:"digest"`  // SHA-256 of closing without the spaces between its parts, in hex
	KeyID     string          `json:"key_id"`
	Signature []byte          `json:"signature"` // base64 in JSON; Ed25519 over what signedText gives
}

// ParseClosing reads what WriteClosing wrote.
//
// Errors: invalid.
func ParseClosing(data []byte) (SignedClosing, error) {
	var s SignedClosing
	err := json.Unmarshal(data, &s)
	if err != nil || s.Form+"\n" != seal.ClosingHeading || len(s.Closing) == 0 {
		return s, errs.Invalid("", "this is not a signed closing of the mailbox; please choose the file as it was downloaded",
			"这不是信箱的统计定稿文件，请选择下载得到的原文件").Because(err)
	}
	return s, nil
}

// WriteClosing writes a closing as a file.
func WriteClosing(w io.Writer, s SignedClosing) error {
	data, err := compact(s)
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// Verify tells whether the closing is genuine: what it states has its digest, and that was signed by one of the keys.
//
// Errors: not found when it was signed with another key; invalid when it was changed.
func (s *SignedClosing) Verify(keys receipt.Keys) (Published, error) {
	var p Published
	var b bytes.Buffer
	if err := json.Compact(&b, s.Closing); err != nil {
		return p, changedClosing()
	}
	if digestOf(b.Bytes()) != s.Digest {
		return p, changedClosing()
	}
	i := slices.IndexFunc(keys, func(k receipt.Key) bool { return k.ID == s.KeyID })
	if i < 0 {
		return p, errs.NotFound("this closing was signed with a key that is not among the keys given: it is from another mailbox, or forged",
			"签名所用的密钥不在已知密钥之中：该定稿文件来自其他信箱，或系伪造")
	}
	if !ed25519.Verify(keys[i].Public, append([]byte(seal.ClosingHeading), signedText(s.Digest)...), s.Signature) {
		return p, changedClosing()
	}
	if err := json.Unmarshal(s.Closing, &p); err != nil {
		return p, changedClosing()
	}
	return p, nil
}

func changedClosing() error {
	return errs.Invalid("", "this closing was changed after it was signed, or a part of it is missing: do not rely on it",
		"该统计定稿在签名之后被改动过，或内容不完整，不可采信")
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// signedText is what is signed, after the heading.
func signedText(digest string) []byte { return []byte("SHA-256: " + digest + "\n") }

// addUp tells whether lots make the counts of a report.
func addUp(r *Report, lots []Lot) bool {
	groups, total := Counted(lots)
	same := sameCounts(&r.Total, &total) && len(groups) == len(r.Groups)
	for i := range r.Groups {
		group := groups[r.Groups[i].GroupID]
		same = same && sameCounts(&r.Groups[i], &group)
	}
	others := map[string]int64{}
	for _, lot := range lots {
		for _, name := range lot.Figures {
			if ConductOf(name) != "" || ReworkOf(name) != "" {
				others[lot.Group+" "+name] += int64(len(lot.Cases))
			}
		}
	}
	count := func(group, name string, n int64) {
		if n != 0 {
			same = same && others[group+" "+name] == n
			delete(others, group+" "+name)
		}
	}
	for _, line := range r.Conduct {
		for kind, n := range line.Counts {
			count(line.DepartmentID, ConductFigure(kind), n)
		}
	}
	for i := range r.Reworks {
		for _, c := range reworkConditions {
			count(r.Reworks[i].DepartmentID, ReworkFigure(c.name), *c.in(&r.Reworks[i].Reworks))
		}
	}
	return same && len(others) == 0
}

func sameCounts(a, b *Figures) bool {
	for _, f := range figures {
		if *f.in(a) != *f.in(b) {
			return false
		}
	}
	return sameTook(a.Took, b.Took) && sameTook(a.DepartmentTook, b.DepartmentTook)
}

func sameTook(a, b []Took) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// compact writes JSON without spaces, and every character as itself.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("write closing: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func pack(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress closing: %w", err)
	}
	return b.Bytes(), nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// known leaves out of lots the figures that are not among names, and the lots that then have none. Those named by a
// number or a kind are always known.
func known(lots []Lot, names []string) []Lot {
	left := heap{}
	for _, lot := range lots {
		var figures []string
		for _, name := range lot.Figures {
			_, _, took := TookOf(name)
			if took || ConductOf(name) != "" || ReworkOf(name) != "" || slices.Contains(names, name) {
				figures = append(figures, name)
			}
		}
		if len(figures) == 0 {
			continue
		}
		for _, id := range lot.Cases {
			left.add(lot.Group, figures, id)
		}
	}
	return left.sorted()
}
