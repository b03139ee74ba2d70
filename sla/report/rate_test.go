package report_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"mailbox/sla/report"
)

func TestRatesArePrintedWithTwoPlacesRoundedHalfUp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		part, of int64
		want     string
	}{
		{641, 747, "85.81"},
		{402, 500, "80.40"},
		{747, 747, "100.00"},
		{0, 15, "0.00"},
		{1, 3, "33.33"},
		{2, 3, "66.67"},
		{1, 800, "0.13"},       // 0.125 %: half goes up
		{1, 20_000, "0.01"},    // 0.005 %
		{1, 20_001, "0.00"},    // just under
		{9999, 10000, "99.99"}, // never rounded to 100
		{0, 0, report.None},
		{1, 0, report.None},
	} {
		if got := (report.Rate{Part: row.part, Of: row.of}).String(); got != row.want {
			t.Errorf("%d of %d is %s, want %s", row.part, row.of, got, row.want)
		}
	}
}

func TestRatesRoundAsExactFractionsDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.Int64Range(1, 1_000_000_000).Draw(t, "of")
		part := rapid.Int64Range(0, of).Draw(t, "part")
		got, ok := report.Rate{Part: part, Of: of}.Hundredths()
		// Half up is the floor of the exact value plus one half.
		exact := new(big.Rat).SetFrac64(part*10000, of)
		exact.Add(exact, big.NewRat(1, 2))
		want := new(big.Int).Div(exact.Num(), exact.Denom()).Int64()
		if !ok || got != want {
			t.Fatalf("%d of %d: %d hundredths, want %d", part, of, got, want)
		}
	})
}

func TestPointsAreTheDifferenceOfThePrintedRates(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		now, before report.Rate
		want        string
	}{
		{report.Rate{Part: 641, Of: 747}, report.Rate{Part: 402, Of: 500}, "+5.41"},
		{report.Rate{Part: 402, Of: 500}, report.Rate{Part: 641, Of: 747}, "-5.41"},
		{report.Rate{Part: 1, Of: 3}, report.Rate{Part: 2, Of: 6}, "0.00"},
		{report.Rate{Part: 3, Of: 1000}, report.Rate{Part: 6, Of: 1000}, "-0.30"},
		{report.Rate{Part: 2, Of: 3}, report.Rate{Part: 1, Of: 3}, "+33.34"}, // 66.67 - 33.33, though exactly 33.33…
		{report.Rate{}, report.Rate{Part: 1, Of: 3}, report.None},
		{report.Rate{Part: 1, Of: 3}, report.Rate{}, report.None},
	} {
		if got := row.now.Minus(row.before).String(); got != row.want {
			t.Errorf("%s after %s is %s, want %s", row.now, row.before, got, row.want)
		}
	}
}

func TestARateWithoutADenominatorIsNullInJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal([]any{
		report.Rate{},
		report.Rate{Part: 641, Of: 747},
		report.Rate{}.Minus(report.Rate{}), report.Rate{Part: 641, Of: 747}.Minus(report.Rate{Part: 402, Of: 500}),
	})
	if want := `[null,"85.81",null,"+5.41"]`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
