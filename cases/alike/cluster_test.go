package alike

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// written makes letters of titles and texts, a day apart, each by somebody else.
func written(texts ...[2]string) []Message {
	all := make([]Message, len(texts))
	for i, text := range texts {
		all[i] = Message{ID: int64(i + 1), Title: text[0], Body: text[1], At: noon.AddDate(0, 0, i-len(texts)), Writer: fmt.Sprint("writer ", i)}
	}
	return all
}

// An estate is a place: what its people write about is a matter only when it is one thing.
func TestLettersThatShareAPlaceAndNothingElseAreNoIssue(t *testing.T) {
	t.Parallel()
	all := append(written(
		[2]string{"恒润碧水华庭幼儿园收费太高", "恒润碧水华庭每学期要交八千元，请物价部门核查。"},
		[2]string{"恒润碧水华庭产权证迟迟不办", "恒润碧水华庭交房两年了，落户也受影响。"},
		[2]string{"恒润碧水华庭夜间水压不足", "恒润碧水华庭七点以后热水器点不着火。"},
		[2]string{"恒润碧水华庭棋牌室聚众赌博", "恒润碧水华庭顶楼有人开设麻将馆，通宵吵闹。"},
		[2]string{"恒润碧水华庭东门缺少斑马线", "恒润碧水华庭门前上周刚撞伤一位老人。"},
	), quarter()...)
	for i := range all {
		all[i].ID = int64(i + 1)
	}
	for _, issue := range FindIssues(all, countsOf(all), noon, DefaultHeating) {
		if strings.Contains(issue.Title, "碧水华庭") {
			t.Errorf("%+v", issue)
		}
	}
}

func TestLettersOnOneMatterStayTogetherHoweverLongTheirTextsAre(t *testing.T) {
	t.Parallel()
	long := func(about string) string {
		return about + strings.Repeat("此前已向街道和社区多次反映，得到的答复前后不一，", 3) + about
	}
	all := append(written(
		[2]string{"温莎英语拖延退费", long("去年九月报了两年的课，今年三月校区搬走，余下的学费一直不退。")},
		[2]string{"投诉温莎英语培训机构退费难", long("孩子转学后申请退款，店长说要排队，排了五个月。")},
		[2]string{"温莎英语何时退费", long("合同写明三十个工作日到账，现在电话也打不通了。")},
		[2]string{"温莎英语新天地校区退款无门", long("我们二十几位家长都没有拿到退款，请教育部门出面。")},
	), quarter()...)
	for i := range all {
		all[i].ID = int64(i + 1)
	}
	issues := FindIssues(all, countsOf(all), noon, DefaultHeating)
	at := slices.IndexFunc(issues, func(i Issue) bool { return strings.Contains(i.Title, "温莎英语") })
	if at < 0 || !slices.Equal(issues[at].Letters, []int64{1, 2, 3, 4}) {
		t.Errorf("%+v", issues)
	}
}

func TestGrowthTakesMoreThanOneLetterAfterASilence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		days []int // before noon
		want Trend
	}{
		{"the first letter eleven days ago", []int{11, 8, 2}, New},
		{"three after one", []int{40, 20, 9, 5, 1}, Growing},
		{"one after none", []int{90, 80, 3}, Steady},
		{"two after none", []int{90, 80, 5, 3}, Growing},
		{"as many as before", []int{60, 20, 4}, Steady},
		{"one after two", []int{60, 22, 20, 4}, Fading},
		{"none for a month", []int{60, 50, 40}, Fading},
	} {
		var all []Message
		for i, day := range c.days {
			all = append(all, Message{
				ID: int64(i + 1), Title: "翠湖新城搅拌站噪声", Body: "搅拌站粉尘噪声扰民", Writer: strconv.Itoa(i), At: noon.AddDate(0, 0, -day),
			})
		}
		got := FindIssues(all, countsOf(all), noon, DefaultHeating)
		if len(got) != 1 || got[0].Trend != c.want {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

func TestAPlaceIsNamedAsLettersNameIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		titles   []string
		district string
		want     string
	}{
		{"an estate, with and without its district", []string{"云东区翠湖新城噪声扰民", "翠湖新城旁搅拌站", "投诉翠湖新城噪声", "住在翠湖新城睡不着"}, "", "翠湖新城"},
		{"a road that is a piece of no longer name", []string{"砚井路改造要等多久", "何时改造砚井路", "云东区砚井路旧改停工"}, "", "砚井路"},
		{"as it was written, capitals too", []string{"K9新城漏水", "业主反映K9新城漏水", "云东区K9新城漏水"}, "", "K9新城"},
		{"no name, only what a place is", []string{"配套幼儿园不开园", "小区配套幼儿园收费", "配套幼儿园何时开园"}, "", ""},
		{"a railway is no road", []string{"城际铁路停运", "请恢复城际铁路", "建议城际铁路增加班次"}, "", ""},
		{"names that few use", []string{"砚井路积水", "松涛路积水", "枫林路积水"}, "云东区", "云东区"},
		{"one letter", []string{"砚井路积水"}, "", ""},
	} {
		f := &finder{}
		m := &centre{}
		for i, title := range c.titles {
			f.messages = append(f.messages, Message{Title: title, District: c.district})
			m.members = append(m.members, int32(i))
		}
		if got := f.place(m); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzIssuesOfAnyTexts(f *testing.F) {
	for _, s := range strange {
		f.Add(s, "翠湖新城搅拌站噪声")
	}
	f.Add("区市县路街村", "小区小区小区")
	f.Fuzz(func(t *testing.T, a, b string) {
		var all []Message
		for i, text := range []string{a, b, a + b, b + a, a, b} {
			all = append(all, Message{ID: int64(i + 1), Title: text, Body: text, Writer: strconv.Itoa(i), At: noon.Add(-time.Duration(i) * time.Hour)})
		}
		for _, issue := range FindIssues(all, countsOf(all), noon, DefaultHeating) {
			if utf8.RuneCountInString(issue.Title) > longestTitle || utf8.RuneCountInString(issue.Place) > 4*longestPlace {
				t.Errorf("%+v", issue)
			}
		}
	})
}
