package web

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// shown is a side of a comparison with what is marked in brackets.
func shown(side []passage) string {
	var text strings.Builder
	for _, p := range side {
		if p.Mark {
			text.WriteString("[" + p.Text + "]")
			continue
		}
		text.WriteString(p.Text)
	}
	return text.String()
}

func TestTwoTextsAreComparedAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ mine, theirs, inMine, inTheirs string }{
		{"", "", "", ""},
		{"水箱已清洗。", "水箱已清洗。", "水箱已清洗。", "水箱已清洗。"},
		{"水箱已清洗。", "", "[水箱已清洗。]", ""},
		{"水箱已清洗。", "水箱已于周五清洗。", "水箱已清洗。", "水箱已[于周五]清洗。"},
		{"请于 3 月 15 日前来取", "请于 3 月 18 日前来取", "请于 3 月 [15] 日前来取", "请于 3 月 [18] 日前来取"},
		{"The tank was cleaned", "The tank is clean", "The tank [was] [cleaned]", "The tank [is] [clean]"},
		// Chance agreements of single characters are no agreement.
		{"先查水管再修", "已换阀门管好了", "[先查水管再修]", "[已换阀门管好了]"},
	} {
		mine, theirs := differ(c.mine, c.theirs)
		if shown(mine) != c.inMine || shown(theirs) != c.inTheirs {
			t.Errorf("%q and %q: %q and %q, want %q and %q", c.mine, c.theirs, shown(mine), shown(theirs), c.inMine, c.inTheirs)
		}
	}
}

func TestNothingIsLostInAComparison(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[水箱清洗ab 1。\n]{0,60}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		mine, theirs := differ(a, b)
		var both [2]strings.Builder // what is not marked, in each
		for i, side := range [][]passage{mine, theirs} {
			var whole strings.Builder
			for _, p := range side {
				whole.WriteString(p.Text)
				if !p.Mark {
					both[i].WriteString(p.Text)
				}
			}
			if want := []string{a, b}[i]; whole.String() != want {
				t.Fatalf("%q became %q", want, whole.String())
			}
		}
		if a == b && both[0].String() != a {
			t.Fatalf("equal texts are marked: %q", shown(mine))
		}
		// The longest common line without what settle took away: it is a part of the other text in its order.
		inA, inB, ok := shared(tokens(a), tokens(b))
		var common [2]string
		for i, in := range [][]bool{inA, inB} {
			for j, piece := range tokens([]string{a, b}[i]) {
				if in[j] {
					common[i] += piece
				}
			}
		}
		if !ok || common[0] != common[1] {
			t.Fatalf("%v: %q is not %q", ok, common[0], common[1])
		}
	})
}

func TestTwoLongRepliesAreComparedQuickly(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("供水管网已修复，", 1200), strings.Repeat("道路照明尚待检，", 1200)
	for _, one := range []string{a, b} {
		for _, other := range []string{a, b, a + b} {
			mine, theirs := differ(one, other)
			if one == other && len(mine) != 1 || len(theirs) == 0 {
				t.Errorf("%d and %d passages", len(mine), len(theirs))
			}
		}
	}
}
