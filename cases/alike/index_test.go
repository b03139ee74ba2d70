package alike

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/grams"
)

func TestKeysAreFewDistinctAndLedByTheWholeText(t *testing.T) {
	t.Parallel()
	warm := counted(letters(300, 3))
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]*grams.Counts{{}, warm}).Draw(t, "counts")
		title, body := anyText().Draw(t, "title"), anyText().Draw(t, "body")
		keys := Keys(title, body, c)
		if !slices.Equal(keys, Keys(title, body, c)) {
			t.Fatal("read again, it has other keys")
		}
		sorted := slices.Clone(keys)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != len(keys) || len(keys) > 1+matterKeys+mostCopyKeys {
			t.Fatalf("%v", keys)
		}
		if len(keys) == 0 {
			return
		}
		if sorted[0] < 0 || sorted[len(sorted)-1] >= 1<<KeyBits {
			t.Fatalf("%v", keys)
		}
		l := Read(title, body, c)
		seek := l.Seek()
		if seek[0].Key != keys[0] {
			t.Fatal("the whole text is not what is looked up first")
		}
		// Whatever is stored is looked up as well: a letter finds itself by each of its keys.
		for _, k := range keys {
			if !slices.ContainsFunc(seek, func(s Key) bool { return s.Key == k && s.Weight > 0 }) {
				t.Fatalf("key %d is stored and never looked up", k)
			}
		}
	})
}

func TestTheKeyOfTheWholeTextDoesNotDependOnTheCounts(t *testing.T) {
	t.Parallel()
	if Keys(lampTitle, lampBody, &grams.Counts{})[0] != Keys(lampTitle, lampBody, counted(letters(300, 3)))[0] {
		t.Error("exact copies would be lost when letters are keyed anew")
	}
	if got := Keys(lampTitle, lampBody, &grams.Counts{}); got[0] != wholeOfLamp {
		t.Errorf("%d, want %d: stored keys would be lost", got[0], int64(wholeOfLamp))
	}
}

const wholeOfLamp = 6800238575051534

func TestRepeatsAreFoundAmongManyLetters(t *testing.T) {
	t.Parallel()
	for _, cold := range []bool{true, false} {
		all := letters(2000, 9)
		lamp := len(all) / 3
		all[lamp] = Text{lampTitle, lampBody}
		mended := Text{lampTitle, strings.Replace(lampBody, "七盏", "五盏", 1)}
		all = append(all, mended, Text{lampTitle, lampBody + "。"})
		c := &grams.Counts{}
		if !cold {
			c = counted(all)
		}
		x := NewIndex(all, c)
		got := x.Before(len(all)-1, 2)
		if len(got) != 2 || got[0].At != lamp || got[0].Grade != Exact || got[1].At != len(all)-2 || got[1].Grade != Near {
			t.Errorf("nothing read before: %t: %+v", cold, got)
		}
		if got := x.Before(lamp, 10); slices.ContainsFunc(got, func(m Match) bool { return m.At >= lamp || m.Grade == Exact }) {
			t.Errorf("a letter repeats one that came later: %+v", got)
		}
		if got := x.Find(Text{"砚井路", lampBody}, 10); len(got) < 3 || got[0].Grade != Near {
			t.Errorf("%+v", got)
		}
	}
}

func TestALetterWithoutWordsRepeatsNothing(t *testing.T) {
	t.Parallel()
	x := NewIndex([]Text{{}, {"", "😀"}, {"请问", "谢谢"}, {}, {"", "😀"}, {"请问", "谢谢"}}, &grams.Counts{})
	for i := range 6 {
		if got := x.Before(i, 10); len(got) != 0 {
			t.Errorf("letter %d: %+v", i, got)
		}
	}
	if got := NewIndex(nil, &grams.Counts{}).Find(Text{lampTitle, lampBody}, 5); len(got) != 0 {
		t.Errorf("in an empty index: %+v", got)
	}
}

func TestAnIndexIsTheSameHoweverManyProcessorsReadIt(t *testing.T) {
	t.Parallel()
	all := letters(500, 11)
	c := counted(all)
	x, y := NewIndex(all, c), NewIndex(all, c)
	for i := range all {
		if diff := cmp.Diff(x.Before(i, 5), y.Before(i, 5)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestTheClosestComeFirst(t *testing.T) {
	t.Parallel()
	got := []Likeness{{Matter, 0.9}, {Unlike, 0}, {Near, 0.6}, {Exact, 1}, {Near, 0.8}}
	slices.SortFunc(got, Closer)
	if diff := cmp.Diff([]Likeness{{Exact, 1}, {Near, 0.8}, {Near, 0.6}, {Matter, 0.9}, {Unlike, 0}}, got); diff != "" {
		t.Error(diff)
	}
}

// varied are letters of some 300 characters no two of which are alike by more than chance.
func varied(n int) []Text {
	all := letters(n, 21)
	for i := range all {
		all[i].Body += fmt.Sprintf("门牌%d号，", i*7919%n) + letters(1, uint64(i))[0].Body + letters(1, uint64(n+i))[0].Body
	}
	return all
}

// BenchmarkIndex reads 100,000 letters into memory.
func BenchmarkIndex(b *testing.B) {
	all := varied(100_000)
	c := counted(all[:20_000])
	b.ResetTimer()
	for b.Loop() {
		NewIndex(all, c)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/100k")
}

func BenchmarkKeys(b *testing.B) {
	all := varied(1000)
	c := counted(all)
	for i := 0; b.Loop(); i++ {
		Keys(all[i%1000].Title, all[i%1000].Body, c)
	}
}

// BenchmarkBefore finds what one letter repeats, of 100,000.
func BenchmarkBefore(b *testing.B) {
	all := varied(100_000)
	x := NewIndex(all, counted(all[:20_000]))
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		x.Before(len(all)-1-i%1000, 10)
	}
}
