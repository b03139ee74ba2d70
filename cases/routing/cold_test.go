package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/routing"
)

// city is an invented one.
var city = []routing.Department{
	{ID: 1, Code: "CGJ", Name: "临川市城市管理和综合执法局"},
	{ID: 2, Code: "ZJJ", Name: "临川市住房和城乡建设局"},
	{ID: 3, Code: "STHJJ", Name: "临川市生态环境局"},
	{ID: 4, Code: "GAJ", Name: "临川市公安局"},
	{ID: 5, Code: "JJZD", Name: "临川市公安局交警支队"},
	{ID: 6, Code: "SW", Name: "临川水务集团", Kind: "utility", Duties: "负责城区供水、水压水质、抄表收费、二次供水。"},
	{ID: 7, Code: "YL", Name: "岳岭区人民政府", Kind: "district"},
	{ID: 8, Code: "GXQ", Name: "临川高新技术产业开发区管委会（九溪）", Kind: "district"},
	{ID: 9, Code: "JYJ", Name: "临川市教育局", Duties: "负责中小学和幼儿园招生入学、教育收费、校外培训、考试组织与校园管理。"},
	{ID: 10, Code: "HBJ", Name: "临川市环境保护局", Ended: true, SuccessorID: 3},
	{ID: 11, Code: "YLJY", Name: "岳岭区教育局"},
	{ID: 12, Code: "JW", Name: "临川市计划生育委员会", Ended: true},
	{ID: 13, Code: "YLFJ", Name: "岳岭分局"},
	{ID: 14, Code: "MZJ", Name: "临川市民政局", Duties: "负责社会救助、养老服务、婚姻登记、殡葬管理、地名与社区建设。"},
}

func codeOf(id int64) string {
	for _, d := range city {
		if d.ID == id {
			return d.Code
		}
	}
	return "?"
}

// why gives the reasons of a department as "kind text", the strongest first.
func why(scored []routing.Scored, code string) []string {
	for _, s := range scored {
		if codeOf(s.Department) != code {
			continue
		}
		var all []string
		for _, r := range s.Reasons {
			all = append(all, r.Kind+" "+r.Text)
		}
		return all
	}
	return nil
}

func first(scored []routing.Scored) string {
	if len(scored) == 0 {
		return ""
	}
	return codeOf(scored[0].Department)
}

func TestLettersOfTheFirstDayFindTheirWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rules string
		letter      routing.Letter
		first, why  string
	}{
		{"by a word of a rule", "占道经营 | 夜市 -> CGJ", routing.Letter{Title: "学府路夜市太吵"}, "CGJ", "rule 占道经营 | 夜市 -> CGJ"},
		{"by both words of a pair", "工地 噪声 | 深夜 施工 -> ZJJ", routing.Letter{Body: "工地的噪声到凌晨两点"}, "ZJJ", "rule 工地 噪声 | 深夜 施工 -> ZJJ"},
		{"not by one of them", "工地 噪声 | 深夜 施工 -> ZJJ", routing.Letter{Body: "工地门口全是泥"}, "", ""},
		{"not where a word forbids it", "信号灯 -太阳能 -> JJZD", routing.Letter{Body: "太阳能信号灯广告"}, "", ""},
		{"by a word broken at the end of a line", "自来水 -> SW", routing.Letter{Body: "家里的自来\n水发黄"}, "SW", "rule 自来水 -> SW"},
		{"by a word in wide letters", "ETC -> JJZD", routing.Letter{Body: "ＥＴＣ扣了两次"}, "JJZD", "rule ETC -> JJZD"},
		{"not by letters within another word", "ETC -> JJZD", routing.Letter{Body: "please fetch it"}, "", ""},
		{"by the title alone", "title: 公交 -> CGJ", routing.Letter{Body: "公交"}, "", ""},
		{"by the area given", "area: 高新区 & 围挡 -> GXQ", routing.Letter{Body: "围挡倒了", District: "高新区"}, "GXQ", "rule area: 高新区 & 围挡 -> GXQ"},
		{"by the area in the text", "area: 高新区 & 围挡 -> GXQ", routing.Letter{Body: "高新区科技路围挡倒了"}, "GXQ", "rule area: 高新区 & 围挡 -> GXQ"},
		{"by a branch of the topics", "topic: 城乡建设 -> ZJJ", routing.Letter{Body: "您好", Topic: "城乡建设 / 城市管理 / 园林绿化"}, "ZJJ", "topic topic: 城乡建设 -> ZJJ"},
		{"by a branch below the first level", "topic: 城市管理/园林绿化 -> CGJ", routing.Letter{Topic: "城乡建设/城市管理/园林绿化"}, "CGJ", "topic topic: 城市管理/园林绿化 -> CGJ"},
		{"by the usual name of an office", "夜市 -> 城管局", routing.Letter{Title: "夜市"}, "CGJ", "rule 夜市 -> 城管局"},
		{"by the office that has the duties here", "公租房 -> 住房保障中心", routing.Letter{Title: "公租房"}, "ZJJ", "rule 公租房 -> 住房保障中心"},
		{"to who has followed", "冒烟 -> HBJ", routing.Letter{Title: "烟囱冒烟"}, "STHJJ", "rule 冒烟 -> HBJ"},
		{"by the department's name", "", routing.Letter{Body: "我向市教育局反映过"}, "JYJ", "name 教育局"},
		{"by the name of one that was merged", "", routing.Letter{Body: "环境保护局的人来看过"}, "STHJJ", "name 环境保护局"},
		{"by what people call it", "", routing.Letter{Body: "城管什么时候来"}, "CGJ", "name 城管"},
		{"by the part, not the whole of a bureau", "", routing.Letter{Body: "公安局交警支队说不归他们管"}, "JJZD", "name 公安局交警支队"},
		{"by words of its duties", "", routing.Letter{Title: "校外培训机构不退费"}, "JYJ", "duties 校外培训"},
		{"by who governs the area", "", routing.Letter{Body: "岳岭区桥头路没有人管"}, "YL", "area 岳岭区"},
		{"by what stands in brackets beside a zone", "", routing.Letter{Body: "九溪这边没有学上吗"}, "GXQ", "area 九溪"},
		{"by the short name of a zone", "", routing.Letter{Body: "高新区什么时候通车"}, "GXQ", "area 高新区"},
		{"an empty letter", "停水 -> SW", routing.Letter{}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scored := routing.NewCold(city, parse(t, c.rules)).Score(c.letter)
			if got := first(scored); got != c.first {
				t.Fatalf("went to %q, not %q: %+v", got, c.first, scored)
			}
			if c.why != "" && !slices.Contains(why(scored, c.first), c.why) {
				t.Errorf("because of %q, not %q", why(scored, c.first), c.why)
			}
		})
	}
}

func TestSignsAddUpAndTheLeadStandsBeforeWhoAssists(t *testing.T) {
	t.Parallel()
	rules := parse(t, "# 噪声\n夜间 施工 -> ZJJ + CGJ\n冒烟 -> STHJJ ?\n黑车 -> JJZD !")
	cold := routing.NewCold(city, rules)
	score := func(l routing.Letter, code string) float64 {
		for _, s := range cold.Score(l) {
			if codeOf(s.Department) == code {
				return s.Score
			}
		}
		return 0
	}
	night := routing.Letter{Body: "夜间还在施工"}
	if lead, assist := score(night, "ZJJ"), score(night, "CGJ"); lead <= assist || assist == 0 {
		t.Errorf("the lead has %v, who assists %v", lead, assist)
	}
	if said, unsaid := score(routing.Letter{Body: "夜间还在施工，住建局不管"}, "ZJJ"), score(night, "ZJJ"); said <= unsaid {
		t.Errorf("named as well it has %v, else %v", said, unsaid)
	}
	if title, body := score(routing.Letter{Title: "夜间施工"}, "ZJJ"), score(night, "ZJJ"); title <= body {
		t.Errorf("in the title it has %v, in the text %v", title, body)
	}
	if sure, hint := score(routing.Letter{Body: "黑车"}, "JJZD"), score(routing.Letter{Body: "冒烟"}, "STHJJ"); sure < 0.9 || hint > 0.3 {
		t.Errorf("a certain rule says %v, a hint %v", sure, hint)
	}
	for _, s := range cold.Score(routing.Letter{Body: "夜间还在施工"}) {
		if r := s.Reasons[0]; r.Rule != 2 {
			t.Errorf("the rule of line 2 is said to be of line %d", r.Rule)
		}
	}
}

func TestOnlyWordsThatMadeARuleFireAreMarked(t *testing.T) {
	t.Parallel()
	letter := routing.Letter{Title: "夜间\u200b油烟", Body: "油烟很大，又是油\n烟"}
	scored := routing.NewCold(city, parse(t, "油烟 | 夜间 施工 -> CGJ")).Score(letter)
	if len(scored) != 1 {
		t.Fatalf("%+v", scored)
	}
	var marks []string
	for _, span := range scored[0].Reasons[0].Spans {
		marks = append(marks, span.Field+" "+map[string]string{"title": letter.Title, "body": letter.Body}[span.Field][span.From:span.To])
	}
	if diff := cmp.Diff([]string{"title 油烟", "body 油烟", "body 油\n烟"}, marks); diff != "" {
		t.Error(diff)
	}
}

func TestABureauOfADistrictIsMeantOnlyInItsDistrict(t *testing.T) {
	t.Parallel()
	cold := routing.NewCold(city, parse(t, "学区 -> 教育局"))
	if got := cold.Score(routing.Letter{Body: "学区怎么划"}); first(got) != "JYJ" || why(got, "YLJY") != nil {
		t.Errorf("without a district: %+v", got)
	}
	if got := why(cold.Score(routing.Letter{Body: "学区怎么划", District: "岳岭区"}), "YLJY"); len(got) == 0 {
		t.Error("the district's own bureau is not thought of")
	}
	if got := why(routing.NewCold(city, parse(t, "盗窃 -> 公安局")).Score(routing.Letter{Body: "盗窃", District: "岳岭区"}), "YLFJ"); len(got) == 0 {
		t.Error("岳岭分局 is not understood to be the police's")
	}
}

func TestRulesThatDoNotActAreNamedWithTheReason(t *testing.T) {
	t.Parallel()
	rules := parse(t, "停水 -> SW\n黑烟 -> HBJ\n二胎 -> JW\n看病 -> 卫健委\n夜市 -> 城市管理局\n停电 -> SW + 供电公司\n工厂 -> 临川市生态局")
	var got []string
	for _, f := range rules.Check(city) {
		got = append(got, fmt.Sprintf("%d %v %v", f.Line, f.Inactive, f.Err))
	}
	want := []string{
		"2 false line 2: 临川市环境保护局 has ended; letters go to 临川市生态环境局, which followed it",
		"3 true line 3: 临川市计划生育委员会 has ended and nobody has followed it: name another department",
		"4 true line 4: there is no department “卫健委” in this city",
		"5 true line 5: there is no department “城市管理局”; is CGJ 临川市城市管理和综合执法局 meant?",
		"6 false line 6: there is no department “供电公司” in this city",
		"7 true line 7: there is no department “临川市生态局”; is STHJJ 临川市生态环境局 meant?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if scored := routing.NewCold(city, rules).Score(routing.Letter{Title: "夜市停电"}); first(scored) != "SW" || why(scored, "CGJ") != nil {
		t.Errorf("a rule that does not act has acted: %+v", scored)
	}
}

func TestTheStartingRulesAreUnderstoodAndKnowTheirOffices(t *testing.T) {
	t.Parallel()
	rules := routing.StartingRules()
	if n := len(rules.All()); n < 60 {
		t.Errorf("only %d rules", n)
	}
	// A city that has every office the rules name: then all of them act.
	offices := map[string]bool{}
	for _, r := range rules.All() {
		for _, name := range append([]string{r.Lead}, r.Assists...) {
			offices[name] = true
		}
	}
	var all []routing.Department
	for name := range offices {
		all = append(all, routing.Department{ID: int64(len(all) + 1), Code: fmt.Sprintf("D%d", len(all)), Name: "市" + name})
	}
	if found := rules.Check(all); len(found) > 0 {
		t.Errorf("does not act: %v", found[0].Err)
	}
	if text := rules.String(); text != parse(t, text).String() {
		t.Error("they are not written the way rules are kept")
	}
	cold := routing.NewCold(city, rules)
	for code, letter := range map[string]routing.Letter{
		"CGJ":   {Title: "小区门口有人占道经营", Body: "每天早上六点就开始摆摊，喇叭很响。"},
		"JJZD":  {Title: "建议在实验小学门口增加信号灯", Body: "上下学时很拥堵，斑马线也磨没了。"},
		"SW":    {Title: "三楼以上水压太低", Body: "晚上洗澡没有水，打热线说是管网老化。"},
		"STHJJ": {Title: "工厂夜里排放刺鼻气味", Body: "怀疑偷排废气，请来检测。"},
		"ZJJ":   {Title: "开发商延期交房", Body: "购房合同写明去年十二月交房，现在还在停工。"},
		"JYJ":   {Title: "外来务工子女入学", Body: "请问小学招生需要什么材料，学区怎么划分？"},
		"GAJ":   {Title: "孩子落户", Body: "派出所说户口本要换，需要哪些手续？"},
		"MZJ":   {Title: "申请低保", Body: "母亲常年有病，想申请低保和临时救助。"},
	} {
		if scored := cold.Score(letter); first(scored) != code {
			t.Errorf("%s went to %s: %v", letter.Title, first(scored), why(scored, first(scored)))
		}
	}
}

func TestDepartmentsThatCannotBeMeantAreLeftOut(t *testing.T) {
	t.Parallel()
	circle := []routing.Department{
		{ID: 1, Code: "A1", Name: "市教育局", SuccessorID: 2, Ended: true},
		{ID: 2, Code: "A2", Name: "市教育委员会", SuccessorID: 1, Ended: true},
		{ID: 3, Code: "A3", Name: "市民政局", SuccessorID: 99, Ended: true},
		{ID: 3, Code: "A3", Name: "市民政局"},
	}
	cold := routing.NewCold(circle, parse(t, "学区 -> 教育局\n低保 -> A3"))
	if got := cold.Score(routing.Letter{Body: "市教育局的学区，市民政局的低保"}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// whatComes are texts as they come, among them what no letter should be.
var whatComes = []string{
	"停水", "夜间施工", "岳岭区", "市教育局", "公安局交警支队", "校外培训", "ETC", "１１０", " ", "\n", "，", "😀", "\u202e", "\u200d", "\xff", "\xe5\x81", "\ufffd", "Ⅷ", "é", "a", "停", "水",
}

func TestScoresAreBoundedSortedRepeatableAndTheirMarksLieInTheLetter(t *testing.T) {
	t.Parallel()
	cold := routing.NewCold(city, routing.StartingRules())
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(whatComes), 0, 12).Draw(t, name), "")
		}
		sound(t, cold, routing.Letter{Title: text("title"), Body: text("body"), District: text("district"), Topic: text("topic")})
	})
}

func FuzzAnyLetterIsScored(f *testing.F) {
	f.Add("夜间施工", "岳岭区停水，公安局交警支队不管", "高新区", "城乡建设/城市管理")
	f.Add("\xff", strings.Repeat("停水", 3000), "\u202e", "////")
	cold := routing.NewCold(city, routing.StartingRules())
	f.Fuzz(func(t *testing.T, title, body, district, topic string) {
		sound(t, cold, routing.Letter{Title: title, Body: body, District: district, Topic: topic})
	})
}

func FuzzAnyNamesAndDutiesAreCompiled(f *testing.F) {
	f.Add("湘潭市公安局交警支队", "负责交通秩序", "（九华）")
	f.Fuzz(func(t *testing.T, name, duties, other string) {
		departments := []routing.Department{
			{ID: 1, Code: "A1", Name: name, Duties: duties},
			{ID: 2, Code: "A2", Name: other + name, Duties: other},
			{ID: 3, Code: "A3", Name: name + other, SuccessorID: 1},
		}
		cold := routing.NewCold(departments, routing.StartingRules())
		sound(t, cold, routing.Letter{Title: name, Body: duties + other})
	})
}

func sound(t interface{ Fatalf(string, ...any) }, cold *routing.Cold, l routing.Letter) {
	scored := cold.Score(l)
	if diff := cmp.Diff(scored, cold.Score(l)); diff != "" {
		t.Fatalf("the second time it is another:\n%s", diff)
	}
	fields := map[string]string{"title": l.Title, "body": l.Body, "district": l.District, "topic": l.Topic}
	for i, s := range scored {
		if s.Score <= 0 || s.Score > 1 || len(s.Reasons) == 0 {
			t.Fatalf("%+v", s)
		}
		if i > 0 && (scored[i-1].Score < s.Score || scored[i-1].Score == s.Score && scored[i-1].Department >= s.Department) {
			t.Fatalf("not in order: %+v", scored)
		}
		for _, r := range s.Reasons {
			for _, span := range r.Spans {
				text := fields[span.Field]
				if span.From < 0 || span.From >= span.To || span.To > len(text) {
					t.Fatalf("%+v of %q", span, text)
				}
				if utf8.ValidString(text) && !utf8.ValidString(text[span.From:span.To]) {
					t.Fatalf("%+v cuts a character of %q", span, text)
				}
			}
		}
	}
}

// BenchmarkCold is a large city: 200 departments with duties, 500 rules of a dozen words.
func BenchmarkCold(b *testing.B) {
	departments, rules := largeCity()
	cold := routing.NewCold(departments, parse(b, rules))
	letter := routing.Letter{
		Title: "小区门口工地夜间施工，噪声扰民",
		Body: strings.Repeat("市长您好，我住在岳岭区桥头路的老小区，门口的工地每天施工到凌晨两点，老人孩子都睡不好。"+
			"打过热线也找过城管，都说不归他们管。", 2),
	}
	b.ReportAllocs()
	for b.Loop() {
		cold.Score(letter)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
}

func BenchmarkNewCold(b *testing.B) {
	departments, text := largeCity()
	rules := parse(b, text)
	for b.Loop() {
		routing.NewCold(departments, rules)
	}
}

func largeCity() ([]routing.Department, string) {
	departments := slices.Clone(city)
	for i := len(departments); i < 200; i++ {
		duties := fmt.Sprintf("负责%c%c事务、%c%c许可与%c%c补贴。", '一'+i, '丁'+i, '七'+2*i, '万'+i, '丈'+3*i, '三'+i)
		departments = append(departments, routing.Department{ID: int64(i + 1), Code: fmt.Sprintf("D%d", i), Name: fmt.Sprintf("临川市%c%c管理局", '丐'+i, '丑'+i), Duties: duties})
	}
	var rules strings.Builder
	rules.WriteString(routing.StartingRules().String())
	for i := len(routing.StartingRules().All()); i < 500; i++ {
		var words []string
		for k := range 12 {
			words = append(words, fmt.Sprintf("%c%c%c", '丕'+i, '世'+k, '丘'+i*k%50))
		}
		fmt.Fprintf(&rules, "%s -> D%d\n", strings.Join(words, " | "), 20+i%180)
	}
	return departments, rules.String()
}

func TestARuleSpeaksOnceForADepartmentThatTwoOfItsNamesMean(t *testing.T) {
	t.Parallel()
	rules, err := routing.ParseRules("电梯 -> 住建局 + 市住房和城乡建设局")
	if err != nil {
		t.Fatal(err)
	}
	scored := routing.NewCold([]routing.Department{{ID: 1, Code: "ZJJ", Name: "市住房和城乡建设局"}}, rules).Score(routing.Letter{Title: "电梯坏了"})
	if len(scored) != 1 || len(scored[0].Reasons) != 1 {
		t.Errorf("%+v", scored)
	}
}
