package substance

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
)

var lamp = Letter{"滨河路路灯不亮", "滨河路与育才街路口往东三盏路灯坏了两个星期，晚上看不清路，老人摔了一跤，请尽快维修。"}

func TestRepliesThatSayNothingAreHollow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reply string
		want        Kind
	}{
		{"thanks", "尊敬的网友您好：感谢您的来信，祝您生活愉快！", TooShort},
		{"the letter has come", "您的留言已收悉。", TooShort},
		{"only punctuation", "。", ""},
		{"a date", "2026年3月5日", TooShort},
		{"passed on", "您好！您反映的问题已转相关部门处理，请耐心等待。", OnlyForwarded},
		{"being handled", "您所反映的问题目前正在处理中。", OnlyForwarded},
		{"told on the telephone", "尊敬的市民您好：通过电话，详细解答咨询人提出的问题。", OnlyTold},
		{"talked with", "已与诉求人电话沟通，诉求人表示满意。", OnlyTold},
		{"not reached", "多次拨打您的电话，无人接听。", OnlyTold},
		{"see the attachment", "详见附件。", OnlyTold},
		{"ask somebody else", "您好：建议您向相关部门咨询。", OnlyElsewhere},
		{"ask somebody else, by telephone", "您好：您的问题请拨打12333咨询。", OnlyElsewhere},
		{"not ours", "您反映的问题不在我单位受理范围。", OnlyRefused},
		{"cannot", "街道物业办解决不了。", OnlyRefused},
		{"what exactly", "请您提供具体地址，以便为您处理。", OnlyAsked},
	} {
		signs := Check(lamp, c.reply, nil, nil)
		if c.want == "" {
			if len(signs) > 0 && !Hollow(signs) {
				t.Errorf("%s: %v", c.name, signs)
			}
			continue
		}
		if !Hollow(signs) || signs[0].Kind != c.want {
			t.Errorf("%s: %v, want %s", c.name, signs, c.want)
		}
	}
}

func TestRepliesThatSaySomethingAreNotHollow(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"repaired":                 "接到您的来信后，我处于3月4日派人到现场查看，三盏路灯因电缆老化熄灭，已于当晚更换电缆并恢复照明。",
		"repaired, in a word":      "维修人员已到现场维修，路灯亮了。",
		"not ours, why and who":    "您好：该路段尚未移交市政，不属于我处管养范围，建议您向滨河路建设单位市城投集团反映，电话55512345。",
		"a plan":                   "该路段已列入今年的路灯改造计划，预计6月底前完工。",
		"told, and what":           "已告知诉求人，该小区尚未办理竣工验收，开发商须在补办消防验收后才能申请房产证。",
		"a short no":               "经核查，该停车场没有办理备案手续。",
		"a rule, without contact":  "根据《物业管理条例》规定，业主大会可以选聘和解聘物业服务人，须由专有部分面积过半数且人数过半数的业主同意。",
		"forwarded after checking": "经现场核实，路面破损约20平方米，因属区管道路，已转区城管局，区城管局计划本周内修补。",
	} {
		if signs := Check(lamp, reply, nil, nil); Hollow(signs) {
			t.Errorf("%s: %v", name, signs)
		}
	}
}

func TestThanksForPraiseIsAnAnswer(t *testing.T) {
	t.Parallel()
	praise := Letter{"表扬信", "感谢窗口小李耐心帮我办好了手续。"}
	if signs := Check(praise, "感谢您对我们工作的肯定！", nil, nil); Hollow(signs) {
		t.Errorf("thanks for praise: %v", signs)
	}
}

func TestWhatAReplyLacksIsNoReasonByItself(t *testing.T) {
	t.Parallel()
	asked := Letter{"物业涨价合法吗", "物业没有开业主大会就涨价，依据是什么规定？"}
	signs := Check(asked, "我们会要求物业公司认真听取业主的意见并且妥善化解矛盾纠纷，让大家满意放心。", nil, nil)
	if !Has(signs, NoBasis) || !Has(signs, NoFact) || Hollow(signs) {
		t.Errorf("a reply without fact and basis: %v", signs)
	}
	if signs := Check(lamp, "该路灯由园区物业管理和养护，我们已经督促物业抓紧购买灯泡，您可以找他们了解具体安排。", nil, nil); !Has(signs, NoContact) || Hollow(signs) {
		t.Errorf("sent elsewhere without a telephone: %v", signs)
	}
}

func TestTheSameReplyToOtherMattersIsNearIdentical(t *testing.T) {
	t.Parallel()
	const reply = "尊敬的网友您好：您反映的情况我局已经安排执法人员于%s到现场进行检查，并责令有关经营单位限期整改，下一步将加强日常巡查。"
	at := func(day string) string { return strings.Replace(reply, "%s", day, 1) }
	noise := Letter{"烧烤店深夜噪音扰民", "金桥花园楼下烧烤店营业到凌晨三点，划拳声音很大，孩子睡不着。"}
	dust := Letter{"搅拌站扬尘", "城北搅拌站的车不盖篷布，整条街都是灰，窗户不敢开。"}
	again := Letter{"烧烤店噪音", "金桥花园楼下烧烤店深夜噪音扰民，划拳到凌晨三点。"}
	signs := Check(noise, at("3月5日"), []Other{{ID: 7, Letter: dust, Reply: at("2月11日")}, {ID: 8, Letter: dust, Reply: "已修好。"}}, nil)
	i := slices.IndexFunc(signs, func(s Sign) bool { return s.Kind == NearIdentical })
	if i < 0 || signs[i].Other != 7 || signs[i].Others != 1 || signs[i].Alike < 0.9 || len(signs[i].Spans) == 0 {
		t.Fatalf("the same form with another date: %v", signs)
	}
	if Hollow(signs) {
		t.Errorf("near-identical alone made it hollow: %v", signs)
	}
	if signs := Check(noise, at("3月5日"), []Other{{ID: 7, Letter: again, Reply: at("3月5日")}}, nil); Has(signs, NearIdentical) {
		t.Errorf("one answer to two letters about one matter: %v", signs)
	}
	if a, b := Keys(at("3月5日")), Keys(at("2月11日")); !slices.ContainsFunc(a, func(k uint64) bool { return slices.Contains(b, k) }) {
		t.Error("the same form with another date has no key in common")
	}
}

func TestAReplyAboutSomethingElseIsUnrelated(t *testing.T) {
	t.Parallel()
	signs := Check(lamp, "办理生育登记须持夫妻双方身份证、户口簿、结婚证，到女方户籍所在地社区填写登记表，材料齐全的当场发放生育服务证，外地户籍还要提供户籍地出具的婚育证明。", nil, nil)
	if !Has(signs, Unrelated) || Hollow(signs) {
		t.Errorf("%v", signs)
	}
}

func TestHintsAreMarkedWhereTheyStand(t *testing.T) {
	t.Parallel()
	const reply = "市民您好：\u202e您反映的问题已转\xff城管局处理，谢谢。"
	signs := Check(lamp, reply, nil, nil)
	if len(signs) == 0 || signs[0].Kind != OnlyForwarded {
		t.Fatalf("%v", signs)
	}
	if s := signs[0].Spans; len(s) != 1 || !strings.Contains(reply[s[0].From:s[0].To], "已转") || strings.Contains(reply[s[0].From:s[0].To], "谢谢") {
		t.Errorf("%v marks %q", s, reply[s[0].From:s[0].To])
	}
}

func TestEveryKindHasANameAndAReason(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds {
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			if Name(lang, k) == string(k) || (Sign{Kind: k}).Reason(lang) == string(k) {
				t.Errorf("%s has no words in %s", k, lang)
			}
		}
	}
	if len(names) != len(Kinds) {
		t.Errorf("%d names for %d kinds", len(names), len(Kinds))
	}
}

// hold says what must hold of the signs of any reply.
func hold(t interface{ Fatalf(string, ...any) }, l Letter, reply string, signs []Sign) {
	for i, s := range signs {
		if s.Strength <= 0 || s.Strength > 1 || i > 0 && s.Strength > signs[i-1].Strength || !slices.Contains(Kinds, s.Kind) {
			t.Fatalf("%q to %q: %v", reply, l, signs)
		}
		end := 0
		for _, span := range s.Spans {
			if span.From < end || span.To <= span.From || span.To > len(reply) || !utf8.RuneStart(reply[span.From]) {
				t.Fatalf("%q: spans %v", reply, s.Spans)
			}
			end = span.To
		}
	}
}

func TestSignsHoldWhateverIsWritten(t *testing.T) {
	t.Parallel()
	parts := []string{"您好", "，", "。", "已转", "相关部门", "处理", "请", "咨询", "电话", "12345", "😀", "\u202e", "\xff", "感谢", "您", "3月5日", "路灯", "修好", " ", "已告知"}
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(parts), rapid.StringN(0, 6, -1)), 0, 40).Draw(t, "parts"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		l := Letter{text.Draw(t, "title"), text.Draw(t, "body")}
		reply := text.Draw(t, "reply")
		others := []Other{{1, Letter{"搅拌站扬尘", "整条街都是灰"}, reply}, {2, l, reply}, {3, Letter{}, text.Draw(t, "other")}}
		signs := Check(l, reply, others, nil)
		hold(t, l, reply, signs)
		if diff := cmp.Diff(signs, Check(l, reply, others, nil)); diff != "" {
			t.Fatalf("twice, and it differs: %s", diff)
		}
		slices.Reverse(others)
		if diff := cmp.Diff(signs, Check(l, reply, others, nil)); diff != "" {
			t.Fatalf("the order of the others matters: %s", diff)
		}
		if !slices.Equal(Keys(reply), Keys(reply)) {
			t.Fatalf("keys differ")
		}
	})
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "灯", strings.Repeat("已转相关部门，", 50000), strings.Repeat("😀", 3000), "\u202e\u2066已转\u202c", "\xff\xfe已\xc3", "...,,,::", strings.Repeat("9", 5000)} {
		f.Add("滨河路路灯不亮", s, s)
	}
	f.Fuzz(func(t *testing.T, asked, reply, other string) {
		l := Letter{asked, asked}
		hold(t, l, reply, Check(l, reply, []Other{{1, Letter{other, ""}, other}}, nil))
		Keys(reply)
	})
}

func BenchmarkCheck(b *testing.B) {
	const clause = "经核实，执法人员3月5日到现场检查，该店未办理许可，已责令停业整改，"
	for name, n := range map[string]int{"35 characters": 1, "350 characters": 10, "10,000 characters": 285} {
		reply := strings.Repeat(clause, n)
		var others []Other
		for i := range int64(8) {
			others = append(others, Other{i, Letter{"搅拌站扬尘", "整条街都是灰"}, reply})
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Check(lamp, reply, others, nil)
			}
		})
		b.Run(name+", keys", func(b *testing.B) {
			for b.Loop() {
				Keys(reply)
			}
		})
	}
}
