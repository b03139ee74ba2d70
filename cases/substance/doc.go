// Package substance looks whether a reply says anything: it finds the signs of a reply that is none, such as
// "has been forwarded" and nothing else, or what was written to many others before.
//
// Text in, signs with reasons out; no database, no clock. Every sign is a hint for the person who reviews the
// reply, never a verdict: the program refuses no reply for one. Start with [Check], then [Hollow]; [Keys] finds
// the earlier replies that are worth comparing. What the rules are worth was measured: docs/substance.md.
package substance

import (
	"cmp"
	"slices"

	"mailbox/cases/grams"
)

// Kind is what a sign is a sign of. Kinds are stored: they keep their names.
type Kind string

// The kinds. The first six are enough by themselves to call a reply hollow (see [Hollow]), the others only
// a reason to look: a reply without a legal basis may be a very good one, and so may one in other words than the
// letter's.
const (
	TooShort      Kind = "too_short"      // nothing is left beside salutation and thanks
	OnlyForwarded Kind = "only_forwarded" // passed on, being handled, please wait
	OnlyTold      Kind = "only_told"      // told on the telephone: nobody else can read what
	OnlyElsewhere Kind = "only_elsewhere" // please ask somebody else, see some website
	OnlyRefused   Kind = "only_refused"   // not ours, cannot be done, without why or who
	OnlyAsked     Kind = "only_asked"     // asks the writer for something, which has a verb of its own: AskWriter
	Unrelated     Kind = "unrelated"      // shares nothing with the letter
	NearIdentical Kind = "near_identical" // as replies to other matters
	NoFact        Kind = "no_fact"        // nothing was checked, done, dated or measured
	NoBasis       Kind = "no_basis"       // no rule or document, though the letter asks for one
	NoContact     Kind = "no_contact"     // sends the writer away without a telephone, a place or a page
)

// Kinds lists them in the order in which they are shown.
var Kinds = []Kind{
	TooShort, OnlyForwarded, OnlyTold, OnlyElsewhere, OnlyRefused, OnlyAsked, Unrelated, NearIdentical, NoFact, NoBasis, NoContact,
}

// Letter is what was asked.
type Letter struct{ Title, Body string }

// Other is an earlier reply to another letter.
type Other struct {
	ID     int64 // the caller's: comes back in the sign
	Letter Letter
	Reply  string
}

// Span is a passage of the reply, in bytes: reply[From:To].
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Sign is one thing that speaks for a reply being none.
type Sign struct {
	Kind     Kind    `json:"kind"`
	Strength float64 `json:"strength"`        // 0 to 1; from [Enough] on a strong one
	Spans    []Span  `json:"spans,omitempty"` // what in the reply speaks for it, in order, apart from each other
	Other    int64   `json:"other,omitempty"` // NearIdentical: the reply that is most alike
	Others   int     `json:"others,omitempty"`
	Alike    float64 `json:"alike,omitempty"` // NearIdentical: the share of what both say, 0 to 1
	Left     int     `json:"left"`            // the characters that say something, salutations and stock phrases taken away
}

// Enough is the strength from which a sign of the first six kinds makes a reply hollow by itself.
const Enough = 0.5

// MaxRunes bounds what is looked at: a reply of this many characters is not empty, and its end says no less
// than its beginning.
const MaxRunes = 20000

// Hollow tells whether the signs together are worth a hint that the reply is none. Being near-identical is not: the
// same answer may be right for two; it is counted beside.
func Hollow(signs []Sign) bool {
	return slices.ContainsFunc(signs, func(s Sign) bool {
		return s.Strength >= Enough && slices.Index(Kinds, s.Kind) < slices.Index(Kinds, Unrelated)
	})
}

// Has tells whether a kind is among the signs.
func Has(signs []Sign, kind Kind) bool {
	return slices.ContainsFunc(signs, func(s Sign) bool { return s.Kind == kind })
}

// Check looks for the signs that a reply is none; the strongest first. others are earlier replies, which the
// caller finds by [Keys]; counts says how common each word is in the city's letters, nil if nobody has counted.
// The same arguments give the same signs.
func Check(l Letter, reply string, others []Other, counts *grams.Counts) []Sign {
	if counts == nil {
		counts = new(grams.Counts)
	}
	r := read(reply)
	asked := grams.Fold(cut(l.Title) + "\n" + cut(l.Body))
	signs := r.empty(asked)
	if s, ok := r.unrelated(asked, counts); ok && len(signs) == 0 {
		signs = append(signs, s)
	}
	if s, ok := r.repeated(l, others); ok {
		signs = append(signs, s)
	}
	signs = append(signs, r.lacks(asked, len(signs) > 0)...)
	slices.SortStableFunc(signs, func(a, b Sign) int { return cmp.Compare(b.Strength, a.Strength) })
	return signs
}

// cut gives the first [MaxRunes] characters of a text.
func cut(s string) string {
	if len(s) <= MaxRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == MaxRunes {
			return s[:i]
		}
		n++
	}
	return s
}
