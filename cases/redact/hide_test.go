package redact

import (
	"testing"

	"mailbox/cases/errs"
)

func TestHideReplacesInAnyOrderAndOnceForOverlaps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, want string
		spans            []Span
	}{
		{"none", "甲乙丙", "甲乙丙", nil},
		{"one", "甲乙丙", "甲▇▇▇丙", []Span{{3, 6, Name}}},
		{"in disorder", "甲乙丙丁", "▇▇▇乙▇▇▇丁", []Span{{6, 9, Name}, {0, 3, Phone}}},
		{"overlapping", "甲乙丙丁", "▇▇▇丁", []Span{{3, 9, Name}, {0, 6, Phone}}},
		{"one in another", "甲乙丙丁", "▇▇▇丁", []Span{{0, 9, Name}, {3, 6, Phone}}},
		{"side by side", "甲乙", "▇▇▇▇▇▇", []Span{{0, 3, Name}, {3, 6, Phone}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Hide(c.text, c.spans)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestHideRefusesSpansThatDoNotFit(t *testing.T) {
	t.Parallel()
	for _, span := range []Span{{-1, 3, Name}, {0, 7, Name}, {3, 3, Name}, {6, 3, Name}, {1, 3, Name}, {0, 2, Name}, {7, 9, Name}} {
		if got, err := Hide("甲乙", []Span{span}); errs.CodeOf(err) != errs.CodeInvalid || got != "" {
			t.Errorf("%v: got %q, %v", span, got, err)
		}
	}
}

func TestKindsAreAllDifferent(t *testing.T) {
	t.Parallel()
	seen := map[Kind]bool{}
	for _, kind := range Kinds() {
		if kind == "" || seen[kind] {
			t.Errorf("%q twice or empty", kind)
		}
		seen[kind] = true
	}
}
