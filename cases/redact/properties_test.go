package redact

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// digitText draws digits.
func digitText(t *rapid.T, n int) string {
	return rapid.StringMatching("[0-9]{"+strconv.Itoa(n)+"}").Draw(t, "digits")
}

// numberOfKind draws a valid number.
func numberOfKind(t *rapid.T, kind Kind) string {
	switch kind {
	case Identity:
		province := rapid.SampledFrom([]string{"11", "21", "37", "44", "50", "65"}).Draw(t, "province")
		date := rapid.StringMatching("(19[0-9]{2}|20[0-3][0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])").Draw(t, "date")
		return identityOf(province + digitText(t, 4) + date + digitText(t, 3))
	case BankCard:
		return cardOf("62" + digitText(t, rapid.IntRange(10, 16).Draw(t, "length")))
	default:
		return rapid.StringMatching("1[3-9][0-9]{9}").Draw(t, "mobile")
	}
}

var digitShapes = []string{"0123456789", "０１２３４５６７８９", "〇一二三四五六七八九", "⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹"}

// disguise writes number with digits of all shapes and separators between them.
func disguise(t *rapid.T, number string) string {
	var out strings.Builder
	for i, r := range number {
		if i > 0 {
			out.WriteString(rapid.SampledFrom([]string{"", "", " ", "-", ".", "·", "　", "—", "\u200b", "\u202e", "\ufeff", " - ", "_"}).Draw(t, "between"))
		}
		if r >= '0' && r <= '9' {
			r = []rune(rapid.SampledFrom(digitShapes).Draw(t, "shape"))[r-'0']
		}
		out.WriteRune(r)
	}
	return out.String()
}

func TestANumberIsHiddenWhateverStandsBetweenItsDigits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Phone, Identity, BankCard}).Draw(t, "kind")
		number := disguise(t, numberOfKind(t, kind))
		hidden, err := Hide("请看："+number+"，谢谢大家", Find("请看："+number+"，谢谢大家", Known{}))
		if err != nil || hidden != "请看："+Mark+"，谢谢大家" {
			t.Fatalf("%s (%s): %q, %v", number, kind, hidden, err)
		}
	})
}

func TestTheWritersTelephoneIsHiddenInEveryShape(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := numberOfKind(t, Phone)
		text := "x" + disguise(t, number) + "x"
		if spans := Find(text, Known{Phone: number}); len(spans) != 1 || spans[0] != (Span{1, len(text) - 1, Contact}) {
			t.Fatalf("%q: %v", text, spans)
		}
	})
}

// letterText draws what a letter may be made of, personal and not.
func letterText(t *rapid.T) string {
	var out strings.Builder
	for range rapid.IntRange(0, 12).Draw(t, "parts") {
		switch rapid.IntRange(0, 5).Draw(t, "part") {
		case 0:
			out.WriteString(disguise(t, numberOfKind(t, rapid.SampledFrom([]Kind{Phone, Identity, BankCard}).Draw(t, "kind"))))
		case 1:
			out.WriteString(digitText(t, rapid.IntRange(1, 20).Draw(t, "n")))
		case 2:
			out.WriteString(rapid.SampledFrom([]string{
				"咨询电话", "电话：", "身份证", "卡号", "QQ", "微信号", "我叫张建国，", "高先生", "人民路12号", "阳光小区3栋501室", "辽B12A34", "0411-83631234",
				"a.b@example.com", "Room 502", "Mr Smith", "一", "x", "@", "-", " ", "，", "\n", "转", "400", "(", "李梅 ",
			}).Draw(t, "word"))
		case 3:
			out.WriteString(rapid.String().Draw(t, "any"))
		case 4:
			out.WriteString(rapid.StringMatching("[ ,.。，\n]").Draw(t, "sign"))
		case 5:
			out.WriteString(string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "bytes")))
		}
	}
	return out.String()
}

// sound fails if spans are not in order, overlap, or cut a character.
func sound(t interface{ Fatalf(string, ...any) }, text string, spans []Span) {
	edge := map[int]bool{len(text): true}
	for i := range text {
		edge[i] = true
	}
	last := 0
	for _, s := range spans {
		if s.Start < last || s.Start >= s.End || !edge[s.Start] || !edge[s.End] || s.Kind == "" {
			t.Fatalf("%q: %v", text, spans)
		}
		last = s.End
	}
}

// numberKinds are what must not be left after hiding.
var numberKinds = map[Kind]bool{Phone: true, Identity: true, BankCard: true, Email: true}

func TestSpansAreOrderedAndNothingIsLeftAfterHiding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := letterText(t)
		spans := Find(text, Known{Name: "张建国", Phone: "13812345678", Email: "zhang.jianguo@example.com"})
		sound(t, text, spans)
		hidden, err := Hide(text, spans)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range Find(hidden, Known{}) {
			if numberKinds[s.Kind] {
				t.Fatalf("%q left %s %q in %q", text, s.Kind, hidden[s.Start:s.End], hidden)
			}
		}
	})
}

func FuzzFindAndHide(f *testing.F) {
	f.Add("我叫张建国，电话138-1234-5678，住阳光小区3栋2单元501室。", "张建国", "13812345678", "zhang@example.com")
	f.Add("\xff一三八\u200b12345678\x80 Mr Smith Room 502, Building 3 a@b.cn", "", "0411-83631234", "@")
	f.Fuzz(func(t *testing.T, text, name, phone, email string) {
		spans := Find(text, Known{Name: name, Phone: phone, Email: email})
		sound(t, text, spans)
		hidden, err := Hide(text, spans)
		if err != nil || utf8.ValidString(text) && !utf8.ValidString(hidden) {
			t.Fatalf("%q: %q, %v", text, hidden, err)
		}
	})
}

func BenchmarkFindInALetterOf1000Characters(b *testing.B) {
	text := strings.Repeat("尊敬的领导您好：我叫张建国，住在阳光小区3栋2单元501室，电话138 1234 5678。楼下的烧烤店每天营业到凌晨两点，油烟和噪音让老人孩子都睡不着，多次向物业和社区反映，一直没有结果，请有关部门查处。", 11)
	text = string([]rune(text)[:1000])
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Find(text, Known{Name: "岑小晚", Phone: "13912345678", Email: "cenxiaowan@example.com"})
	}
}
