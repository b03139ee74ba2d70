package routing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
	"mailbox/cases/routing"
)

func parse(t testing.TB, text string) routing.Rules {
	t.Helper()
	r, err := routing.ParseRules(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return r
}

func TestRulesAreReadAsAClerkWritesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, typed, kept string }{
		{"any of the words", "停水|水压低 | 自来水->SW", "停水 | 水压低 | 自来水 -> SW"},
		{"Chinese signs", "停水，水压低、自来水；水表→湘江自来水公司", "停水 | 水压低 | 自来水 | 水表 -> 湘江自来水公司"},
		{"full-width signs", "停水｜水压低 ＆ 小区 －＞ SW ＋ ZJJ ！", "停水 | 水压低 & 小区 -> SW + ZJJ !"},
		{"a fat arrow", "停水 => SW", "停水 -> SW"},
		{"both words", "工地  噪声 -> CGJ", "工地 噪声 -> CGJ"},
		{"a space from a Chinese keyboard", "工地　噪声 -> CGJ", "工地 噪声 -> CGJ"},
		{"plus before the arrow is and", "路灯+小区 -> ZJJ", "路灯 & 小区 -> ZJJ"},
		{"an area", "地区：高新区、经开区 & 征地 -> GXQ", "area: 高新区 | 经开区 & 征地 -> GXQ"},
		{"a topic", "主题：城乡建设 / 城市管理 -> CGJ，ZJJ", "topic: 城乡建设/城市管理 -> CGJ + ZJJ"},
		{"only in the title", "标题：公交 -> GJ", "title: 公交 -> GJ"},
		{"not, wherever it stands", "-太阳能 信号灯 | 红绿灯 -> JJ", "信号灯 | 红绿灯 -太阳能 -> JJ"},
		{"not after a topic", "topic: 交通运输 & -地铁 -公交 -> JJ", "topic: 交通运输 & -地铁 -公交 -> JJ"},
		{"not in an area", "征地 & area: -高新区 -> ZRZY", "征地 & area: -高新区 -> ZRZY"},
		{"a hint, marked in front", "？噪声 -> HB", "噪声 -> HB ?"},
		{"a comment after the rule", "停水 -> SW # 热线已核 -> 不变", "停水 -> SW  # 热线已核 -> 不变"},
		{"quotation marks that are not needed", "“停水” -> “湘江 水务”", "停水 -> 湘江 水务"},
		{"quotation marks that are", "「A+B座」 | \"bus stop\" -> SW", "\"A+B座\" | \"bus stop\" -> SW"},
		{"an invisible mark from another program", "停\u200b水 -> SW", "停水 -> SW"},
		{"a hyphen within a word", "wi-fi -> TX", "wi-fi -> TX"},
		{"a name with brackets", "九华 -> 经开区管委会（九华）", "九华 -> 经开区管委会（九华）"},
		{"a comment and blank lines", "# 供水\n\n停水 -> SW\n\n\n", "# 供水\n\n停水 -> SW"},
		{"lines of Windows", "停水 -> SW\r\n停电 -> DW\r\n", "停水 -> SW\n停电 -> DW"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kept := parse(t, c.typed).String()
			if got := strings.TrimSuffix(kept, "\n"); got != c.kept {
				t.Errorf("kept as\n%s\nnot\n%s", got, c.kept)
			}
			if again := parse(t, kept).String(); again != kept {
				t.Errorf("read again it is %q, not %q", again, kept)
			}
		})
	}
}

func TestEveryMistakeInTheRulesNamesItsLineAndTheFix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, en, zh string }{
		{"停水 SW", "there is no arrow: write “words -> department”", "没有箭头，请写成“词 -> 单位”"},
		{"停水 -> SW -> ZJJ", "there are 2 arrows", "有 2 个箭头"},
		{"-> SW", "nothing before the arrow", "箭头前面是空的"},
		{"停水 ->", "nothing after the arrow", "箭头后面是空的"},
		{"停水 | -> SW", "nothing on one side of a “|”", "“|”（或逗号、顿号）的一侧是空的"},
		{"停水 & -> SW", "nothing on one side of an “&”", "“&”的一侧是空的"},
		{"停水 -> SW +", "nothing on one side of a “+”", "“+”的一侧是空的"},
		{"水 -> SW", "“水” is too short", "“水”太短"},
		{"-停水 -> SW", "it only says what must not be there", "只写了不能出现的词"},
		{"地点：河东 & 停水 -> SW", "“地点:” is not known", "不认识“地点：”"},
		{"“停水 -> SW", "a quotation mark is not closed", "引号不成对"},
		{"(停水 | 停电) -> SW", "brackets are not understood", "不支持括号"},
		{"施工*噪声 -> SW", "“*” is not understood", "不支持“*”"},
		{"area: 高新区 征地 -> SW", "write “&” between the area 高新区", "地区“高新区”与后面的词之间请写“&”"},
		{"停水 -> SW + sw", "“sw” stands there twice", "“sw”写了两次"},
		{"停水 -> SW ! ?", "can stand once", "只能在行末写一次"},
		{"…… | 停水 -> SW", "has no letter in it", "没有文字"},
		{strings.Repeat("自来水管", 10) + " -> SW", "has 40 characters; at most 30", "有 40 个字，最多 30 个"},
		{strings.Repeat("停水|", 200) + "停电 -> SW", "at most 1000: write two lines", "最多 1000 个，请分成两行"},
		{"停水\xff -> SW", "cannot be read", "无法识别"},
		{"水压低 ，好的 -> ZJJ", "line 1 asks for the same", "与第 1 行的条件相同"},
	} {
		t.Run(c.line[:min(len(c.line), 20)], func(t *testing.T) {
			t.Parallel()
			_, err := routing.ParseRules("好的 | 水压低 -> SW\n" + c.line)
			if err == nil {
				t.Fatal("was taken")
			}
			if line := routing.LineOf(err); line != 2 {
				t.Errorf("is said of line %d", line)
			}
			if en, zh := errs.Message(err, errs.EN), errs.Message(err, errs.ZH); !strings.Contains(strings.ToLower(en), strings.ToLower(c.en)) || !strings.Contains(zh, c.zh) {
				t.Errorf("says %q and %q", en, zh)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := routing.ParseRules("停水 SW\n停电 -> DW\n-> SW\n水 | 电 -> SW")
	var lines []int
	for _, e := range routing.Mistakes(err) {
		lines = append(lines, routing.LineOf(e))
	}
	if diff := cmp.Diff([]int{1, 3, 4, 4}, lines); diff != "" {
		t.Error(diff)
	}
}

func TestRulesAreBounded(t *testing.T) {
	t.Parallel()
	if _, err := routing.ParseRules(strings.Repeat("#", routing.MaxRulesText+1)); errs.FieldOf(err) != "rules" {
		t.Errorf("a text that is too long: %v", err)
	}
	var many strings.Builder
	for i := range routing.MaxRules + 1 {
		many.WriteString("停水" + strings.Repeat("一", i%25) + string(rune('一'+i/25)) + " -> SW\n")
	}
	if _, err := routing.ParseRules(many.String()); errs.FieldOf(err) != "rules" {
		t.Errorf("too many rules: %v", err)
	}
}

// The line is made of what the language is made of, so that most of them are rules.
var pieces = []string{
	"停水", "路灯", "ETC", "高新区", "5G", "a", "水", " ", "　", " | ", "，", "、", " & ", "＆", "+", " -", "－", " -> ", "→", "->", "!", "？",
	"area: ", "主题：", "topic:", "城乡建设/城市管理", "“", "”", "\"", "「", "」", "#", "# 说明", "\n", "SW", "市城管局", "（", ")", "*", "\u200b", "\xff", ":", ">", "=",
}

func FuzzRulesAreReadOrRefusedAndKeptStably(f *testing.F) {
	f.Add("停水 | 水压低 -> SW # x")
	f.Add("area: 高新区 & 工地 噪声 | “a b” -夜间 -> 某局 + CGJ !\n# c\n\ntopic: 环境保护/大气 | -固废 -> A?")
	f.Add("\"-a\" & \"x>y\" - b -> \"甲、乙\"")
	f.Fuzz(func(t *testing.T, text string) { roundTrip(t, text) })
}

func TestWhatIsWrittenIsReadAgainTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		roundTrip(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "pieces"), ""))
	})
}

func roundTrip(t interface{ Fatalf(string, ...any) }, text string) {
	r, err := routing.ParseRules(text)
	if err != nil {
		if errs.CodeOf(err) != errs.CodeInvalid {
			t.Fatalf("%q: %v", text, err)
		}
		return
	}
	kept := r.String()
	again, err := routing.ParseRules(kept)
	if err != nil {
		t.Fatalf("%q is kept as %q, which is not read: %v", text, kept, err)
	}
	if got := again.String(); got != kept {
		t.Fatalf("%q is kept as %q, then as %q", text, kept, got)
	}
	if diff := cmp.Diff(r.All(), again.All()); diff != "" {
		t.Fatalf("%q means something else when kept as %q:\n%s", text, kept, diff)
	}
}
