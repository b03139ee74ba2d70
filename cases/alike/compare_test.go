package alike

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mailbox/cases/grams"
)

const (
	lampTitle = "砚井路路灯不亮"
	lampBody  = "砚井路从水塔到铁路桥这一段，七盏路灯从上个月起就不亮了。学生晚自习放学要摸黑走，前天有位老人被绊倒，膝盖缝了四针。请有关部门尽快修复。"
)

// like compares two letters in a city that has written on other things before; cold, in one that has not.
func like(t testing.TB, cold bool, a, b Text) Likeness {
	t.Helper()
	c := &grams.Counts{}
	if !cold {
		c = counted(letters(400, 7))
	}
	return Compare(Read(a.Title, a.Body, c), Read(b.Title, b.Body, c))
}

func TestLettersAreAlikeAsAReaderWouldSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		grade      Grade
		least      float64
		a, b       Text
		notOnFirst bool // a city's first day cannot tell
	}{
		{"sent twice", Exact, 1, Text{lampTitle, lampBody}, Text{lampTitle, lampBody}, false},
		{
			"sent twice, typed with other punctuation and full-width digits", Exact, 1,
			Text{"5号楼停电", "5号楼昨晚停电，至今没有来电。物业电话无人接听！"},
			Text{"５号楼停电 ", "５号楼昨晚停电,至今没有来电.\n物业电话无人接听"},
			false,
		},
		{
			"a word mended", Near, 0.85,
			Text{lampTitle, lampBody},
			Text{lampTitle, strings.Replace(lampBody, "前天有位老人", "昨天有一位老人", 1)},
			false,
		},
		{
			"a greeting before it and thanks behind", Near, 1,
			Text{lampTitle, lampBody},
			Text{lampTitle, "尊敬的市长：您好！" + lampBody + "谢谢！盼回复。"},
			false,
		},
		{
			"another title", Near, 0.8, Text{lampTitle, lampBody}, Text{"请尽快修好我们门口的灯", lampBody}, false,
		},
		{
			"copied into a longer letter", Near, 0.75,
			Text{lampTitle, lampBody},
			Text{"铁路桥附近的几件事", "第一件，桥下的人行道被装修垃圾占了一半，婴儿车过不去。" + lampBody +
				"第三件，铁路桥东侧的公交站没有雨棚，下雨天大家都挤在小卖部门口，老板也有意见。" +
				"第四件，早市的三轮车从桥洞里逆行，险些撞上接孩子的家长，最好装一个隔离桩。"},
			false,
		},
		{
			"the same in other words", Matter, 0.3,
			Text{lampTitle, lampBody},
			Text{"水塔到铁路桥的路灯坏了没有人修", "我每天下班走砚井路，水塔到铁路桥那一段的路灯全坏，黑漆漆的。孩子晚自习放学我都不放心，听说有老人在铁路桥边被绊倒缝了针。"},
			true,
		},
		{
			"the same street, another trouble", Unlike, 0,
			Text{lampTitle, lampBody},
			Text{"砚井路菜市场占道", "砚井路菜市场的摊子摆到马路上，汽车过不去，早高峰堵成一片，喇叭声吵得人头疼。"},
			false,
		},
		{
			"the same trouble, another street", Unlike, 0,
			Text{lampTitle, lampBody},
			Text{"育才街路灯不亮", "育才街小学门口的路灯坏了，家长接孩子看不清台阶，请派人换灯泡。"},
			false,
		},
		{
			"nothing but courtesies in common", Unlike, 0,
			Text{"请问怎么办", "尊敬的领导您好，请问孩子上学户口怎么迁？希望领导给予答复，谢谢！"},
			Text{"请问怎么办", "尊敬的领导您好，请问医保断缴两个月怎么补？希望领导给予答复，谢谢！"},
			false,
		},
	} {
		for _, cold := range []bool{false, true} {
			if cold && c.notOnFirst {
				continue
			}
			got := like(t, cold, c.a, c.b)
			if got.Grade != c.grade || got.Similarity < c.least {
				t.Errorf("%s (nothing read before: %t): %q %.2f, want %q and at least %.2f", c.name, cold, got.Grade, got.Similarity, c.grade, c.least)
			}
		}
	}
}

// strange are texts that people and programs send.
var strange = []string{
	"", "灯", "😀😀😀", "\xff\xfe\xc3", "\u202e\u2066\u200b", "。。。！！！", "请问谢谢您好", " \n\t　", "aaaaaaaaaaaaaaaaaaaa",
	strings.Repeat("路灯坏了", 30), "%E6%88%91%20%E8%A6%81", "A\x00B", lampBody,
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(strange), rapid.String(),
		rapid.StringOfN(rapid.RuneFrom([]rune("路灯不亮请问谢谢您好修小区门口水管，。 a1")), 0, 60, -1))
}

func TestLikenessIsSymmetricBoundedAndWholeForItself(t *testing.T) {
	t.Parallel()
	warm := counted(letters(300, 3))
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]*grams.Counts{{}, warm}).Draw(t, "counts")
		a := Read(anyText().Draw(t, "title a"), anyText().Draw(t, "body a"), c)
		b := Read(anyText().Draw(t, "title b"), anyText().Draw(t, "body b"), c)
		if own := Compare(a, a); own != (Likeness{Exact, 1}) {
			t.Fatalf("with itself: %+v", own)
		}
		ab, ba := Compare(a, b), Compare(b, a)
		if ab != ba {
			t.Fatalf("%+v one way, %+v the other", ab, ba)
		}
		if math.IsNaN(ab.Similarity) || ab.Similarity < 0 || ab.Similarity > 1 || (ab.Grade == Unlike) != (ab.Similarity == 0) {
			t.Fatalf("%+v", ab)
		}
	})
}

func TestALetterWithinALongerOneIsFoundWhateverStandsAround(t *testing.T) {
	t.Parallel()
	all := letters(300, 5)
	c := counted(all)
	rapid.Check(t, func(t *rapid.T) {
		around := rapid.SliceOfN(rapid.SampledFrom(all), 0, 4).Draw(t, "around")
		at := rapid.IntRange(0, len(around)).Draw(t, "at")
		var long strings.Builder
		for i, o := range around {
			if i == at {
				long.WriteString(lampBody)
			}
			long.WriteString(o.Body)
		}
		if at == len(around) {
			long.WriteString(lampBody)
		}
		short, whole := Read(lampTitle, lampBody, c), Read(all[0].Title, long.String(), c)
		if got, _ := copied(short, whole); got < 0.8 {
			t.Fatalf("%.2f of the short letter found in the long one", got)
		}
		if !share(short.Keys(), whole.Seek()) {
			t.Fatal("nothing leads from the long letter to the short one")
		}
	})
}

func share(keys []int64, sought []Key) bool {
	for _, k := range keys {
		for _, s := range sought {
			if s.Key == k {
				return true
			}
		}
	}
	return false
}

func TestSharedWordsAreMarkedWhereTheyStand(t *testing.T) {
	t.Parallel()
	c := counted(letters(400, 7))
	title, body := "ＫＴＶ噪音扰民", "尊敬的市长：\u202e砚井路\u202c的ＫＴＶ唱到三点，砚井路的住户睡不着。"
	a := Read(title, body, c)
	words := a.Shared(Read("砚井路KTV", "砚井路那家ktv太吵，谢谢市长！", c), 5)
	if len(words) == 0 {
		t.Fatal("no words")
	}
	got := map[string][]string{}
	for _, w := range words {
		for _, s := range w.Spans {
			text := title
			if s.Field == "body" {
				text = body
			}
			got[w.Text] = append(got[w.Text], strings.Trim(text[s.From:s.To], "\u202c"))
		}
	}
	for text, want := range map[string]string{"砚井路": "砚井路 砚井路", "ktv": "ＫＴＶ ＫＴＶ"} {
		if strings.Join(got[text], " ") != want {
			t.Errorf("%s is marked at %q, want %q", text, got[text], want)
		}
	}
	if _, there := got["市长"]; there {
		t.Error("a courtesy counts as a word in common")
	}
	if n := len(a.Shared(a, 2)); n != 2 {
		t.Errorf("%d words, want 2", n)
	}
}

func TestSharedWordsLieWithinTheLetter(t *testing.T) {
	t.Parallel()
	c := counted(letters(100, 2))
	rapid.Check(t, func(t *rapid.T) {
		title, body := anyText().Draw(t, "title"), anyText().Draw(t, "body")
		a := Read(title, body, c)
		for _, w := range a.Shared(Read(anyText().Draw(t, "other title"), body, c), 10) {
			for _, s := range w.Spans {
				text := map[string]string{"title": title, "body": body}[s.Field]
				if s.From < 0 || s.From >= s.To || s.To > len(text) || !strings.Contains(string(grams.Fold(text[s.From:s.To]).Runes), w.Text) {
					t.Fatalf("%q at %+v of %q", w.Text, s, text)
				}
			}
		}
	})
}

func FuzzCompare(f *testing.F) {
	for i, s := range strange {
		f.Add(s, strange[(i+1)%len(strange)], s, lampBody)
	}
	warm := counted(letters(200, 1))
	f.Fuzz(func(t *testing.T, title, body, otherTitle, otherBody string) {
		for _, c := range []*grams.Counts{{}, warm} {
			a, b := Read(title, body, c), Read(otherTitle, otherBody, c)
			got := Compare(a, b)
			if got != Compare(b, a) || math.IsNaN(got.Similarity) || got.Similarity < 0 || got.Similarity > 1 {
				t.Errorf("%+v", got)
			}
			a.Shared(b, 5)
			for _, k := range a.Keys() {
				if k < 0 || k >= 1<<KeyBits {
					t.Errorf("key %d", k)
				}
			}
		}
	})
}

func TestAMegabyteIsReadAndComparedLikeAnyText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := 0; b.Len() < 1<<20; i++ {
		b.WriteString(letters(200, uint64(i))[i%200].Body)
	}
	c := &grams.Counts{}
	long := Read("", b.String(), c)
	if got := Compare(long, long); got.Grade != Exact {
		t.Errorf("with itself: %+v", got)
	}
	if n := len(long.Keys()); n > 1+matterKeys+mostCopyKeys {
		t.Errorf("%d keys", n)
	}
	emoji := Read("", strings.Repeat("😀🎉", 1<<17), c)
	if got := Compare(long, emoji); got != (Likeness{}) {
		t.Errorf("a text and a million bytes of emoji: %+v", got)
	}
}
