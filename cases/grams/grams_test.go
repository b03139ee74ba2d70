package grams

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFoldMakesTheSameWhatReadsTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"full-width", "ＡＢＣ１２３！", "abc123!"},
		{"capitals", "WiFi坏了", "wifi坏了"},
		{"spaces", "  路灯　\n\t不亮  ", "路灯 不亮"},
		{"bidi marks and joiners", "路\u202e灯\u200b不\u2066亮", "路灯不亮"},
		{"not UTF-8", "路\xff灯\xc3", "路灯"},
		{"a replacement character that was typed", "路\uFFFD灯", "路\uFFFD灯"},
		{"nothing", "", ""},
		{"only space", " \n ", ""},
	} {
		if got := string(Fold(c.in).Runes); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFoldKnowsWhereEachCharacterStood(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		f := Fold(s)
		if len(f.At) != len(f.Runes)+1 {
			t.Fatalf("%d places for %d characters", len(f.At), len(f.Runes))
		}
		for i := range f.Runes {
			if f.At[i] >= f.At[i+1] || f.At[i+1] > len(s) || !utf8.RuneStart(s[f.At[i]]) {
				t.Fatalf("places %v in %q", f.At, s)
			}
		}
		if again := string(Fold(string(f.Runes)).Runes); again != string(f.Runes) {
			t.Fatalf("folded twice: %q, once: %q", again, string(f.Runes))
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "路", "\xff\xfe", "\u202e\u2066", "😀😀", "ＡＢ ｃ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Fold(s); len(got.At) != len(got.Runes)+1 || got.At[len(got.Runes)] > len(s) {
			t.Errorf("%q: %v", s, got)
		}
	})
}

func TestRareRunsWeighMore(t *testing.T) {
	t.Parallel()
	var c Counts
	hash := func(s string) uint64 { return Hash([]rune(s)) }
	if c.Weight(hash("路灯")) != c.Weight(hash("不亮")) {
		t.Error("nothing read, and still one run weighs more")
	}
	for _, letter := range []string{"路灯不亮", "路灯坏了路灯", "路灯太暗"} {
		c.Add(Fold(letter))
	}
	if c.In(hash("路灯")) != 3 || c.In(hash("不亮")) != 1 {
		t.Errorf("路灯 in %d letters, 不亮 in %d", c.In(hash("路灯")), c.In(hash("不亮")))
	}
	if c.Weight(hash("路灯")) >= c.Weight(hash("不亮")) || c.Weight(hash("不亮")) >= c.Weight(hash("搅拌")) {
		t.Error("a common run weighs as much as a rare one")
	}
}

func TestHashesNeverChange(t *testing.T) {
	t.Parallel()
	for gram, want := range map[string]uint64{"路": 2191742227854828837, "路灯": 5159676243073004085, "路灯坏": 8307767905939804604} {
		if got := Hash([]rune(gram)); got != want {
			t.Errorf("%s: %d, want %d: stored hashes would be lost", gram, got, want)
		}
	}
}
