package substance

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mailbox/cases/errs"
)

// has lists the aspects that were found.
func has(findings []Finding) string {
	var found []string
	for _, f := range findings {
		if len(f.Spans) > 0 {
			found = append(found, string(f.Aspect))
		}
	}
	return strings.Join(found, " ")
}

var water = Letter{"水费突然多了一倍", "我家在桃源小区三栋，上个月水费 86 元，平时只有 40 元，请查一查水表，并说明按什么标准收费。"}

func TestAReviewerIsToldWhatAReplyHasAndWhatItLacks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		letter Letter
		reply  string
		want   string
	}{
		{
			"a whole answer", lamp,
			"您好！接到来信后，我处于3月4日派人到滨河路现场查看，三盏路灯因电缆老化熄灭。根据《城市照明管理规定》第二十二条，路灯由我处维护，" +
				"现已更换电缆，恢复照明。下一步将加强夜间巡查。如有疑问，请致电0731-55512345，联系人：刘工。",
			"on_matter found basis action next_step reach",
		},
		{
			"only what was done", lamp, "路灯已于当晚修复。", "on_matter action",
		},
		{
			"a promise is no deed", lamp, "滨河路的路灯将于4月底前更换。", "on_matter next_step",
		},
		{
			"a question answered by rule", water,
			"根据湘潭市发改委〔2021〕15号文件，居民生活用水第一级水价每立方米2.46元，您家上月用水31立方米，其中进入第二级的水量按3.20元计收。可拨打水务热线96512查询水费。",
			"on_matter found basis reach",
		},
		{
			"checked, and the meter changed", water,
			"3月5日我公司工作人员上门核实，水表空转。当日已更换水表，多收的38元水费将在下月水费中退还。联系电话：55551234。",
			"on_matter found action next_step reach",
		},
		{"passed on", water, "您反映的问题已转相关部门处理，请耐心等待。", ""},
		{"thanks", water, "感谢您对我们工作的关心和支持！", ""},
		{"nothing", water, "", ""},
		{
			"about something else", lamp, "办理生育登记须持双方身份证、户口簿到女方户籍所在地社区填写登记表，材料齐全的当场发放。", "",
		},
		{"a case number is no telephone", lamp, "关于办件20260305-0012-4，滨河路路灯已修复，3月4日完工。", "on_matter found action"},
		{"a mobile", lamp, "滨河路路灯请找王师傅，手机 13900001234。", "on_matter reach"},
		{"the hotline", lamp, "该路灯由业主单位维护，请拨打12345反映。", "on_matter reach"},
		{"a fine", Letter{"工地夜间施工", "城北工地凌晨两点还在打桩。"}, "经查，该工地夜间施工未办理许可，执法队已责令停工并立案处罚，罚款二万元；后续将安排夜间巡查，直至完工。", "on_matter found action next_step"},
		{"law alone", Letter{"物业涨价", "没有开会就涨物业费，合法吗？"}, "按照《民法典》第二百七十八条，调整物业费须由业主共同决定，物业公司单方涨价无效。", "on_matter basis"},
	} {
		findings := Review(c.letter, c.reply)
		if len(findings) != len(Aspects) {
			t.Fatalf("%s: %d findings", c.name, len(findings))
		}
		if got := has(findings); got != c.want {
			t.Errorf("%s:\n has %q\nwant %q", c.name, got, c.want)
			for _, f := range findings {
				t.Logf("%s: %q", f.Aspect, f.Words(c.reply))
			}
		}
	}
}

func TestWhatIsFoundStandsInTheReply(t *testing.T) {
	t.Parallel()
	pieces := []string{"3月4日派人到现场查看", "，", "。", "根据《条例》第三条", "已更换电缆", "下一步将", "电话０７３１－５５５１２３４５", "Tel 12345", "\n", "路灯", "：", "①", "👍", "\xff", "您好！"}
	rapid.Check(t, func(t *rapid.T) {
		reply := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "reply"), "")
		for _, f := range Review(lamp, reply) {
			for _, s := range f.Spans {
				if s.From < 0 || s.From >= s.To || s.To > len(reply) {
					t.Fatalf("%s: %v of %d bytes", f.Aspect, s, len(reply))
				}
				if utf8.ValidString(reply) && !utf8.ValidString(reply[s.From:s.To]) {
					t.Fatalf("%s: %q", f.Aspect, reply[s.From:s.To])
				}
			}
		}
	})
}

func TestEveryAspectIsNamedAndAskedForInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, a := range Aspects {
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			if a.Name(lang) == "" || a.Missing(lang) == "" {
				t.Errorf("%s has no words in %s", a, lang)
			}
		}
	}
}
