package report

import (
	"encoding/json"
	"fmt"
)

// None is how a figure without a value is shown: a rate whose denominator is 0 is neither 0 nor 100 %.
const None = "—"

// Rate is a share: Part of Of letters, 0 <= Part <= Of. It is kept as two counts and only printed as
// per cent, rounded half up to two decimals.
type Rate struct{ Part, Of int64 }

// Hundredths is the rate in hundredths of a per cent, rounded half up: 641 of 747 is 8581. It is not
// ok when the denominator is 0.
func (r Rate) Hundredths() (n int64, ok bool) {
	if r.Of <= 0 {
		return 0, false
	}
	// Rounding half up is adding one half of the denominator before the division, here doubled.
	return (r.Part*20000 + r.Of) / (2 * r.Of), true
}

// String is the rate in per cent without the sign: "85.81", or [None].
func (r Rate) String() string {
	n, ok := r.Hundredths()
	if !ok {
		return None
	}
	return decimal(n)
}

// MarshalJSON writes "85.81", or null when the denominator is 0.
func (r Rate) MarshalJSON() ([]byte, error) {
	n, ok := r.Hundredths()
	return decimalJSON(decimal(n), ok)
}

// Minus is how far r is above the earlier rate, in points.
func (r Rate) Minus(earlier Rate) Points {
	a, ok := r.Hundredths()
	b, okEarlier := earlier.Hundredths()
	return Points{hundredths: a - b, known: ok && okEarlier}
}

// Points is the difference of two printed rates in percentage points: 85.81 after 80.40 is +5.41. It
// is the difference of what is printed, so that a reader who subtracts gets the same.
type Points struct {
	hundredths int64
	known      bool // false when one of the two rates has no value
}

// Hundredths is the difference in hundredths of a point; not ok when one of the rates has no value.
func (p Points) Hundredths() (n int64, ok bool) { return p.hundredths, p.known }

// String is the difference with its sign: "+5.41", "-0.30", "0.00", or [None].
func (p Points) String() string {
	switch {
	case !p.known:
		return None
	case p.hundredths > 0:
		return "+" + decimal(p.hundredths)
	default:
		return decimal(p.hundredths)
	}
}

// MarshalJSON writes "+5.41", or null when one of the rates has no value.
func (p Points) MarshalJSON() ([]byte, error) { return decimalJSON(p.String(), p.known) }

func decimal(hundredths int64) string {
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "-", -hundredths
	}
	return fmt.Sprintf("%s%d.%02d", sign, hundredths/100, hundredths%100)
}

func decimalJSON(text string, known bool) ([]byte, error) {
	if !known {
		return []byte("null"), nil
	}
	return json.Marshal(text)
}
