package routing

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// letters of four offices, invented; each is told by other words.
func letters(n int) []Example {
	offices := map[string][]string{
		"water":  {"停水", "水压低", "自来水发黄", "水表不准", "水管爆裂"},
		"roads":  {"路面坑洼", "井盖破损", "人行道松动", "桥面裂缝", "路灯不亮"},
		"school": {"学区划分", "入学报名", "补课收费", "校车超载", "食堂卫生"},
		"police": {"违停", "信号灯故障", "噪声扰民", "电动车闯红灯", "身份证办理"},
	}
	names := []string{"police", "roads", "school", "water"}
	places := []string{"桃源小区", "长春路", "河东街道", "滨江花园", "杏林里", "学府路", "云东区"}
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]Example, n)
	for i := range all {
		name := names[random.IntN(len(names))]
		what, place := offices[name][random.IntN(5)], places[random.IntN(len(places))]
		all[i] = Example{
			Case: int64(i + 1), Class: name, At: time.Unix(int64(1_700_000_000+i*3600), 0),
			Letter: Letter{Title: place + what, Body: fmt.Sprintf("您好，%s的%s已经%d天了，请尽快处理，谢谢。", place, what, random.IntN(9)+1)},
		}
	}
	return all
}

func train(t testing.TB, examples []Example) *Model {
	t.Helper()
	m, err := Train(examples, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWordsOfAnOfficeLeadToIt(t *testing.T) {
	t.Parallel()
	m := train(t, letters(300))
	for _, c := range []struct{ title, body, want string }{
		{"家里停水了", "水压一直很低", "water"},
		{"孩子入学报名", "学区怎么划分", "school"},
		{"井盖破损", "路面坑洼，很危险", "roads"},
		{"", "门口违停严重，信号灯也坏了", "police"},
	} {
		got := m.Rank(Letter{Title: c.title, Body: c.body}, nil, nil, 3)
		if got[0].Class != c.want || got[0].Probability < 0.5 {
			t.Errorf("%s: %+v, want %s", c.title, got, c.want)
		}
	}
	if s := Evaluate(m, letters(300)[200:], nil); s.Top1 < 0.95 || s.Top3 < s.Top1 || s.MacroF1 < 0.9 || s.Routable < 0.9 {
		t.Errorf("%+v", s)
	}
}

func TestWordsThatSpokeAreFoundWhereTheyStand(t *testing.T) {
	t.Parallel()
	m := train(t, letters(300))
	l := Letter{Title: "急：ＡＢ幢　停水", Body: "您好\u200b，水压低，😀自来水发黄。", District: "云东区"}
	reasons := m.Words(l, "water", 5)
	if len(reasons) == 0 {
		t.Fatal("no words speak for it")
	}
	field := map[string]string{"title": l.Title, "body": l.Body, "district": l.District}
	for _, r := range reasons {
		for _, s := range r.Spans {
			if got := field[s.Field][s.From:s.To]; got != r.Text {
				t.Errorf("%q is marked as %q", r.Text, got)
			}
		}
	}
	known := []string{"停水", "水压低", "水压", "自来水发黄", "自来水", "来水发黄", "发黄"}
	if !slices.ContainsFunc(reasons, func(r Reason) bool { return slices.Contains(known, r.Text) }) {
		t.Errorf("%+v", reasons)
	}
	if m.Words(l, "nobody", 5) != nil {
		t.Error("words for a class there is none of")
	}
}

func TestTheOrderOfTheRowsChangesNothing(t *testing.T) {
	t.Parallel()
	all := letters(200)
	for i := range all {
		if i%3 == 0 {
			all[i].At = time.Time{}
		}
	}
	want, err := train(t, all).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 3 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got, err := train(t, all).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatal("another order of the rows gives another model")
		}
	}
}

func TestAnotherSeedChangesResultsOnlyALittle(t *testing.T) {
	t.Parallel()
	all := letters(400)
	a, b := train(t, all[:300]), train(t, all[:300])
	other, err := Train(all[:300], nil, 99)
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for _, e := range all[300:] {
		first, again, another := a.Rank(e.Letter, nil, nil, 1)[0], b.Rank(e.Letter, nil, nil, 1)[0], other.Rank(e.Letter, nil, nil, 1)[0]
		if first != again {
			t.Fatalf("the same seed: %+v and %+v", first, again)
		}
		if first.Class != another.Class {
			differ++
		}
	}
	if differ > 2 {
		t.Errorf("%d of 100 letters go elsewhere under another seed", differ)
	}
}

func TestAStoredModelSaysTheSame(t *testing.T) {
	t.Parallel()
	m := train(t, letters(200))
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back := new(Model)
	if err := back.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	for _, e := range letters(60) {
		if a, b := m.Rank(e.Letter, nil, nil, 4), back.Rank(e.Letter, nil, nil, 4); !slices.Equal(a, b) {
			t.Fatalf("%+v, stored and read %+v", a, b)
		}
		if a, b := m.Near(e.Letter, 5), back.Near(e.Letter, 5); !slices.Equal(a, b) {
			t.Fatalf("%+v, stored and read %+v", a, b)
		}
	}
	if back.At(0.9) != m.At(0.9) || back.Report != m.Report {
		t.Error("the trial was lost")
	}
}

func TestALetterThatCameBackCountsAgainstTheOffice(t *testing.T) {
	t.Parallel()
	all := letters(200)
	l := Letter{Title: "绿化带树木倒伏", Body: "绿化带的树倒了。"}
	before := train(t, append(slices.Clone(all), Example{Letter: l, Class: "roads"})).Rank(l, nil, nil, 1)[0]
	var returned []Example
	for range 5 {
		returned = append(returned, Example{Letter: l, Against: []string{"roads"}})
	}
	after := train(t, append(append(slices.Clone(all), Example{Letter: l, Class: "roads"}), returned...)).Rank(l, nil, nil, 4)
	i := slices.IndexFunc(after, func(c Choice) bool { return c.Class == "roads" })
	if before.Class != "roads" || after[i].Margin >= before.Margin {
		t.Errorf("before %+v, after it came back five times %+v", before, after)
	}
	if got := train(t, all).Rank(all[0].Letter, nil, []string{all[0].Class}, 4); len(got) != 3 || slices.ContainsFunc(got, func(c Choice) bool { return c.Class == all[0].Class }) {
		t.Errorf("a class that was left out: %+v", got)
	}
}

func TestAClassWithOneLetterIsFoundByIt(t *testing.T) {
	t.Parallel()
	m := train(t, append(letters(200), Example{Case: 999, Letter: Letter{Title: "殡仪馆收费", Body: "骨灰寄存怎么收费"}, Class: "funeral"}))
	l := Letter{Title: "骨灰寄存", Body: "殡仪馆怎么收费"}
	if got := m.Rank(l, nil, nil, 2); got[0].Class != "funeral" {
		t.Errorf("%+v", got)
	}
	if near := m.Near(l, 1); len(near) != 1 || near[0].Case != 999 || near[0].Class != "funeral" {
		t.Errorf("%+v", near)
	}
}

func TestTwoClassesThatAreTheSameStandSideBySide(t *testing.T) {
	t.Parallel()
	all := letters(200)
	for i := range all {
		if all[i].Class == "water" && i%2 == 0 {
			all[i].Class = "water again"
		}
	}
	got := train(t, all).Rank(Letter{Title: "停水", Body: "水压低"}, nil, nil, 2)
	if !strings.HasPrefix(got[0].Class, "water") || !strings.HasPrefix(got[1].Class, "water") {
		t.Errorf("%+v", got)
	}
}

func TestHintsRankADepartmentThatHasNoLettersYet(t *testing.T) {
	t.Parallel()
	all := letters(300)
	hint := func(l Letter) Hints {
		for _, class := range []string{"water", "roads", "school", "police"} {
			for _, e := range all[:40] {
				if e.Class == class && strings.Contains(l.Title, string([]rune(e.Letter.Title)[4:])) {
					return Hints{class: 0.8}
				}
			}
		}
		return nil
	}
	m, err := Train(all, hint, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Rank(Letter{Title: "骨灰寄存", Body: "怎么办理"}, Hints{"funeral": 0.95}, nil, 5)
	if !slices.ContainsFunc(got, func(c Choice) bool { return c.Class == "funeral" }) {
		t.Errorf("%+v", got)
	}
	if without := m.Rank(Letter{Title: "骨灰寄存", Body: "怎么办理"}, nil, nil, 5); slices.ContainsFunc(without, func(c Choice) bool { return c.Class == "funeral" }) {
		t.Errorf("%+v", without)
	}
}

func TestNothingToLearnIsSaid(t *testing.T) {
	t.Parallel()
	for name, examples := range map[string][]Example{
		"nothing":              nil,
		"one class":            {{Letter: Letter{Title: "停水"}, Class: "water"}, {Letter: Letter{Title: "停水"}, Class: "water"}},
		"only where it is not": {{Letter: Letter{Title: "停水"}, Against: []string{"roads"}}},
	} {
		if _, err := Train(examples, nil, 1); !errors.Is(err, ErrNothingToLearn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Two letters that share no run at all are a model that knows nothing, and still answers.
	m := train(t, []Example{{Letter: Letter{Title: "甲"}, Class: "a"}, {Letter: Letter{Title: "乙"}, Class: "b"}})
	if got := m.Rank(Letter{Title: "丙"}, nil, nil, 5); len(got) != 2 || got[0].Probability > 0.7 {
		t.Errorf("%+v", got)
	}
}

func TestScoresCountWhatAReaderWouldCount(t *testing.T) {
	t.Parallel()
	test := []Example{{Class: "a"}, {Class: "a"}, {Class: "b"}, {Class: "c"}}
	choices := func(of ...string) (all []Choice) {
		for i, c := range of {
			all = append(all, Choice{Class: c, Probability: 0.9 - 0.1*float64(i)})
		}
		return all
	}
	ranked := [][]Choice{choices("a", "b"), choices("b", "a"), choices("b"), choices("a", "b", "d", "c")}
	ranked[0][0].Probability, ranked[2][0].Probability = 0.99, 0.98
	s := score(test, ranked)
	// F1: a 2·1/(2+2), b 2·1/(2+1), c 0; of a, b and c.
	want := Scores{Rows: 4, Classes: 3, Top1: 0.5, Top3: 0.75, Top5: 1, MacroF1: (0.5 + 2.0/3) / 3, Routable: 0.5, Threshold: 0.98}
	if diff := s.MacroF1 - want.MacroF1; diff > 1e-12 || diff < -1e-12 {
		t.Errorf("macro-F1 %v, want %v", s.MacroF1, want.MacroF1)
	}
	if s.MacroF1 = want.MacroF1; s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	if got := score(nil, nil); got != (Scores{}) {
		t.Errorf("%+v of nothing", got)
	}
}

func TestProbabilitiesAreSharesOfOneWhateverIsWritten(t *testing.T) {
	t.Parallel()
	m := train(t, letters(200))
	rapid.Check(t, func(t *rapid.T) {
		l := Letter{Title: rapid.String().Draw(t, "title"), Body: rapid.String().Draw(t, "body"), District: rapid.String().Draw(t, "district")}
		hints := Hints{}
		for range rapid.IntRange(0, 3).Draw(t, "hints") {
			hints[rapid.SampledFrom([]string{"water", "new", "other"}).Draw(t, "class")] = rapid.Float64Range(0, 1).Draw(t, "hint")
		}
		var sum float64
		ranked := m.Rank(l, hints, nil, 100)
		for i, c := range ranked {
			if !(c.Probability >= 0 && c.Probability <= 1) || i > 0 && c.Probability > ranked[i-1].Probability {
				t.Fatalf("%+v", ranked)
			}
			sum += c.Probability
		}
		if sum < 0.999999 || sum > 1.000001 {
			t.Fatalf("%v together: %+v", sum, ranked)
		}
		checkSpans(t, l, m.Words(l, "water", 8))
	})
}

func checkSpans(t interface{ Fatalf(string, ...any) }, l Letter, reasons []Reason) {
	field := map[string]string{"title": l.Title, "body": l.Body, "district": l.District}
	for _, r := range reasons {
		for _, s := range r.Spans {
			if text := field[s.Field]; s.From < 0 || s.From >= s.To || s.To > len(text) {
				t.Fatalf("%+v of %+v", r, l)
			}
		}
	}
}

func FuzzRank(f *testing.F) {
	m := train(f, letters(120))
	for _, s := range []string{"", "水", "\xff\xfe水压", "\u202e停水\u2066", "😀😀😀", strings.Repeat("停水", 300_000), "\n\n", "a\nb"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, title, body string) {
		l := Letter{Title: title, Body: body}
		if got := m.Rank(l, nil, nil, 4); len(got) != 4 {
			t.Errorf("%+v", got)
		}
		m.Near(l, 3)
		for _, class := range m.Classes {
			checkSpans(t, l, m.Words(l, class, 5))
		}
		if _, err := Train([]Example{{Letter: l, Class: "a"}, {Letter: Letter{Title: body}, Class: "b"}, {Letter: l, Class: "b", Against: []string{"a"}}}, nil, 1); err != nil {
			t.Error(err)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	data, err := train(f, letters(60)).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, data []byte) {
		m := new(Model)
		if m.UnmarshalBinary(data) == nil { // then nothing in it may lead outside
			m.Rank(Letter{Title: "停水", Body: "路灯不亮"}, nil, nil, 3)
			m.Near(Letter{Title: "停水"}, 3)
		}
	})
}

func BenchmarkTrain(b *testing.B) {
	examples := letters(6000)
	for b.Loop() {
		train(b, examples)
	}
}

func BenchmarkRank(b *testing.B) {
	examples := letters(6000)
	m := train(b, examples)
	b.ReportMetric(float64(m.Bytes())/(1<<20), "MiB")
	for i := 0; b.Loop(); i++ {
		m.Rank(examples[i%len(examples)].Letter, nil, nil, 5)
	}
}
