package redact

import (
	"cmp"
	"slices"
)

// Kind says what sort of personal data a span is. Kinds are stored: they keep their names.
type Kind string

// The kinds.
const (
	Phone    Kind = "phone"
	Identity Kind = "identity"  // resident identity number
	BankCard Kind = "bank_card" // or an account's number
	Plate    Kind = "plate"     // of a vehicle
	Email    Kind = "email"
	Address  Kind = "address"  // what pins a home: house number, building, room
	Name     Kind = "name"     // of a person
	Contact  Kind = "contact"  // what the city has on file about the writer
	OtherID  Kind = "other_id" // QQ, WeChat, passport and the like
)

// Kinds lists them all, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Phone, Identity, BankCard, Plate, Email, Address, Name, Contact, OtherID}
}

// Span is a passage of the text, in bytes: text[Start:End], with Start < End, both where a character begins or ends.
type Span struct {
	Start, End int
	Kind       Kind
}

// Known is what the city has on file about the writer: it is found wherever it stands. What is empty is not looked for.
type Known struct {
	Name, Phone, Email string
}

// Find gives what to leave out of text, in order and not overlapping. Of spans that overlap one is made, with the
// kind of the longest; of equally long ones the contact wins, because it is known and not guessed.
func Find(text string, known Known) []Span {
	s := &search{folded: fold(text)}
	s.numbers(known)
	s.cues()
	s.emails()
	s.plates()
	s.addresses()
	s.english()
	s.signature()
	s.known(known)
	return merge(s.spans)
}

// search is one call of Find: the folded text and what was found in it so far.
type search struct {
	*folded
	spans []Span
}

// add suggests the characters from to to, to being after the last.
func (s *search) add(from, to int, kind Kind) {
	if from < to {
		s.spans = append(s.spans, Span{Start: s.at[from], End: s.end[to-1], Kind: kind})
	}
}

// merge puts spans in order and makes one of those that overlap.
func merge(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	var merged []Span
	longest := 0
	for _, span := range spans {
		last := len(merged) - 1
		if last < 0 || span.Start >= merged[last].End {
			merged, longest = append(merged, span), span.End-span.Start
			continue
		}
		if n := span.End - span.Start; n > longest || n == longest && span.Kind == Contact {
			merged[last].Kind, longest = span.Kind, n
		}
		merged[last].End = max(merged[last].End, span.End)
	}
	return merged
}
