package search_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/search"
)

func TestWordsAreReadAsTheyWereMeant(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"":                        nil,
		"  水箱 清洗 ":                {"水箱", "清洗"},
		"水箱，清洗。水箱":                {"水箱", "清洗"},
		"ＷｉＦｉ密码":                  {"wifi密码"},
		`"水" OR NEAR(x*) -y:z\0`:  {"水", "or", "near", "x", "y", "z", "0"},
		"\x00\xff😀%_'":            nil,
		strings.Repeat("很", 9000): {strings.Repeat("很", 40)},
	} {
		if diff := cmp.Diff(want, search.Parse(typed).Terms); diff != "" {
			t.Errorf("%.40q: %s", typed, diff)
		}
	}
}

func TestHitsAreMarkedWhereTheyStand(t *testing.T) {
	t.Parallel()
	q := search.Parse("ｗｉｆｉ 水箱")
	want := []search.Part{{Text: "小区"}, {Text: "水箱", Hit: true}, {Text: "旁没有 "}, {Text: "WiFi", Hit: true}, {Text: "<b>"}}
	if diff := cmp.Diff(want, q.Mark("小区水箱旁没有 WiFi<b>")); diff != "" {
		t.Error(diff)
	}
	long := strings.Repeat("前", 200) + "水箱" + strings.Repeat("后", 200)
	got := q.Snippet(long, 60)
	if len(got) != 5 || got[0].Text != "…" || !got[2].Hit || got[4].Text != "…" {
		t.Errorf("the snippet is %v", got)
	}
	if got := q.Snippet("没有", 60); len(got) != 1 || got[0].Text != "没有" {
		t.Errorf("without a hit: %v", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"水箱", `"a" NEAR b*`, "\x00", "😀", "a'; DROP TABLE", strings.Repeat("长", 4000), "﷽ ｶﾞ", "\xff水"} {
		f.Add(s, "小区的水箱"+s)
	}
	f.Fuzz(func(t *testing.T, typed, text string) {
		q := search.Parse(typed)
		if q.Empty() {
			return
		}
		if strings.Trim(q.FTS5(), `0123456789abcdefAND" *`) != "" || strings.Trim(q.TSQuery(), `0123456789abcdef&' :*`) != "" {
			t.Fatalf("%q becomes %q and %q", typed, q.FTS5(), q.TSQuery())
		}
		var all strings.Builder
		for _, p := range q.Mark(text) {
			if p.Text == "" {
				t.Fatal("an empty part")
			}
			all.WriteString(p.Text)
		}
		if all.String() != text {
			t.Fatalf("%q became %q", text, all.String())
		}
		q.Snippet(text, 50)
		for _, term := range q.Rechecked() {
			if strings.ContainsAny(term, `%_\'`) {
				t.Fatalf("a term is %q", term)
			}
		}
	})
}
