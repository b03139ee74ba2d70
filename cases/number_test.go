package cases_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"mailbox/cases"
)

func TestNumbersComeBackHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	number := cases.Number("2026-11-23", 42)
	for _, text := range []string{number, "20261123 0042 " + number[14:], "２０２６１１２３-００４２-" + number[14:], "202611230042" + number[14:], " " + number + "\t"} {
		id, day, err := cases.ParseNumber(text)
		if err != nil || id != 42 || day != "2026-11-23" {
			t.Errorf("%q: %d %s %v", text, id, day, err)
		}
	}
}

func TestEveryWrongDigitIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Range(1, 1<<40).Draw(t, "id")
		day := fmt.Sprintf("%04d-%02d-%02d", rapid.IntRange(2000, 2099).Draw(t, "y"), rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 28).Draw(t, "d"))
		number := cases.Number(day, cases.ID(id))
		got, gotDay, err := cases.ParseNumber(number)
		if err != nil || got != cases.ID(id) || gotDay != day {
			t.Fatalf("%s: %d %s %v", number, got, gotDay, err)
		}
		at := rapid.IntRange(0, len(number)-1).Draw(t, "at")
		digit := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		if number[at] == '-' || number[at] == digit {
			return
		}
		wrong := number[:at] + string(digit) + number[at+1:]
		if _, _, err := cases.ParseNumber(wrong); err == nil {
			t.Fatalf("%s instead of %s was not found", wrong, number)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	f.Add("20261123-0042-7")
	f.Add("２０２６")
	f.Fuzz(func(t *testing.T, text string) {
		id, day, err := cases.ParseNumber(text)
		if err != nil {
			return
		}
		if again, _, err := cases.ParseNumber(cases.Number(day, id)); err != nil || again != id {
			t.Errorf("%q became %d on %s, which does not come back: %v", text, id, day, err)
		}
	})
}
