package cases

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/receipt"
)

// SignedReceipt writes the receipt of a letter under the city's signature: for its writer, and for the office,
// which hands it to those who wrote otherwise. What it states is what the first event recorded, whatever has
// happened since: an extension does not change when an answer was promised at receipt. The same letter gives
// the same text until the signing key is changed.
//
// Errors: not found as in Look; forbidden for all others; conflict when the text is not the one received.
func (d *Desk) SignedReceipt(ctx context.Context, a people.Actor, id ID) ([]byte, error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !a.Is(people.Writer) && !a.Is(people.Clerk) {
		return nil, errs.Forbidden("the receipt is for the writer; the mailbox office can print it",
			"回执只提供给来信人，可由信箱办打印")
	}
	born, received, err := d.born(ctx, id)
	if err != nil {
		return nil, err
	}
	digest, err := hex.DecodeString(born.Letter)
	if err != nil {
		return nil, fmt.Errorf("first event of case %d: %w", id, err)
	}
	if !bytes.Equal(digest, ledger.Digest(c.Salt, c.Title+"\x00"+c.Body)) {
		return nil, errs.Conflict("the text of this letter is no longer the one that was received, so no receipt can be signed for it",
			"这封信的内容与收到时不同，无法再出具签名回执")
	}
	loc := d.Calendar().Location()
	s := receipt.Statement{
		City: d.city, Number: born.Number, ReceivedAt: received.In(loc), Provisional: born.Provisional,
		Text: receipt.DigestOf(c.Title, c.Body),
	}
	if born.DueAt != 0 {
		s.Due = time.Unix(born.DueAt, 0).In(loc)
	}
	return d.keys.SignReceipt(s)
}

// born is what the first event recorded, as bornWith writes it.
type born struct {
	Number      string `json:"number"`
	DueAt       int64  `json:"due_at"`      // Unix seconds; 0: none
	ReceivedAt  int64  `json:"received_at"` // Unix seconds; 0: when the event took effect, as of every case that was not split from another
	Provisional bool   `json:"provisional"`
	Letter      string `json:"letter"` // salted digest, in hex
}

// born reads how a case began.
func (d *Desk) born(ctx context.Context, id ID) (b born, received time.Time, err error) {
	events, err := ledger.Of(ctx, d.db.Read, int64(id))
	if err != nil {
		return b, received, err
	}
	if len(events) == 0 || people.Verb(events[0].Verb) != people.Submit && people.Verb(events[0].Verb) != people.Split {
		return b, received, fmt.Errorf("case %d does not begin with its receipt", id)
	}
	if err := json.Unmarshal([]byte(events[0].Detail), &b); err != nil {
		return b, received, fmt.Errorf("first event of case %d: %w", id, err)
	}
	if b.ReceivedAt != 0 {
		return b, time.Unix(b.ReceivedAt, 0), nil
	}
	return b, events[0].At.Time, nil
}

// VerifyReceipt says whether a receipt is genuine. It asks the keys only and never the database, so that nobody
// can feel out with it which letters there are.
//
// Errors: those of receipt.Parse and Signed.Verify.
func (d *Desk) VerifyReceipt(data []byte) (receipt.Signed, error) {
	s, err := receipt.Parse(data)
	if err != nil {
		return receipt.Signed{}, err
	}
	return s, s.Verify(d.keys.ReceiptKeys())
}
