package alike

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/grams"
)

var noon = time.Date(2026, 3, 31, 4, 0, 0, 0, time.UTC)

// quarter are letters of a quarter: some matters that many write about, in their own words, and many that one does.
func quarter() []Message {
	matters := []struct {
		title, body []string
		days        []int // before noon
	}{
		{
			[]string{"翠湖新城旁搅拌站噪声扰民", "请关停翠湖新城附近的混凝土搅拌站", "搅拌站粉尘污染翠湖新城", "翠湖新城业主反映搅拌站夜间生产"},
			[]string{"搅拌站夜里轰鸣，粉尘落满阳台，老人孩子睡不着。", "搅拌站离我们只有百米，粉尘和噪声超标，请环保部门检查。"},
			[]int{2, 3, 5, 9, 11},
		},
		{
			[]string{"金桂苑捆绑销售车位", "金桂苑开发商强制捆绑车位销售", "投诉金桂苑购房捆绑车位"},
			[]string{"认筹时要求必须先买车位才能买房，十八万一个，不合理。", "开发商把车位和房子捆绑销售，请房管部门查处。"},
			[]int{70, 72, 75, 75, 80, 81},
		},
	}
	var all []Message
	for k, m := range matters {
		for i, day := range m.days {
			all = append(all, Message{
				ID: int64(100*(k+1) + i), Title: m.title[i%len(m.title)], Body: m.body[i%len(m.body)], District: "云东区", Topic: "城乡建设",
				At: noon.AddDate(0, 0, -day), Writer: fmt.Sprint("writer ", k, i),
			})
		}
	}
	singles := []string{
		"如何办理公积金提取", "小学入学报名时间", "公交十二路经常晚点", "医保报销比例咨询", "身份证到期换领", "残疾人补贴发放", "广场舞音响太大",
		"农村宅基地确权", "养老保险转移接续", "图书馆开放时间", "暖气不热", "路口信号灯坏了",
	}
	for i, title := range singles {
		all = append(all, Message{ID: int64(900 + i), Title: title, Body: title + "，请答复。", At: noon.AddDate(0, 0, -i), Writer: title})
	}
	return all
}

func countsOf(all []Message) *grams.Counts {
	var c grams.Counts
	for _, m := range all {
		c.Add(grams.Fold(m.Title + "\n" + m.Body))
	}
	return &c
}

func TestLettersOnOneMatterAreBroughtTogetherAndNewOnesStandFirst(t *testing.T) {
	t.Parallel()
	all := quarter()
	got := FindIssues(all, countsOf(all), noon, DefaultHeating)
	if len(got) != 2 {
		t.Fatalf("%d issues: %+v", len(got), got)
	}
	mixer, parking := got[0], got[1]
	if len(mixer.Letters) != 5 || mixer.Place != "翠湖新城" || mixer.Trend != New || mixer.Topic != "城乡建设" || mixer.ID != 104 {
		t.Errorf("%+v", mixer)
	}
	if len(parking.Letters) != 6 || parking.Place != "金桂苑" || parking.Trend != Fading || parking.Writers != 6 {
		t.Errorf("%+v", parking)
	}
	if !slices.ContainsFunc(all, func(m Message) bool { return m.Title == mixer.Title }) {
		t.Errorf("the title %q is none of the letters'", mixer.Title)
	}
	// Seen from January, the parking places were the news, and nobody had written about the mixer yet.
	then := FindIssues(all, countsOf(all), noon.AddDate(0, 0, -70), DefaultHeating)
	if len(then) != 1 || then[0].Place != "金桂苑" || then[0].Trend != New {
		t.Errorf("%+v", then)
	}
}

func TestHeatIsWhatItsExplanationSays(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	of := func(writer string, age time.Duration, likes int) Message {
		return Message{Title: "翠湖新城搅拌站噪声", Body: "搅拌站粉尘噪声扰民", Writer: writer, At: noon.Add(-age), Likes: likes}
	}
	all := []Message{of("a", 0, 0), of("b", 30*day, 0), of("c", 60*day, 0), of("a", 30*day, 0), of("d", 0, 9)}
	for i := range all {
		all[i].ID = int64(i + 1)
	}
	got := FindIssues(all, countsOf(all), noon, DefaultHeating)
	want := 1 + 0.5 + 0.25 + 0.2*0.5 + 1 + 0.5*math.Log(10)
	if len(got) != 1 || math.Abs(got[0].Heat-want) > 1e-9 || got[0].Writers != 4 || got[0].Likes != 9 {
		t.Errorf("%+v, want heat %v", got, want)
	}
}

func TestWhatOnePersonWritesOftenIsNoIssue(t *testing.T) {
	t.Parallel()
	var all []Message
	for i := range 8 {
		all = append(all, Message{ID: int64(i), Title: "翠湖新城搅拌站噪声", Body: "搅拌站粉尘噪声扰民", Writer: "the same", At: noon.AddDate(0, 0, -i)})
	}
	if got := FindIssues(all, countsOf(all), noon, DefaultHeating); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTheOrderOfMessagesMakesNoDifference(t *testing.T) {
	t.Parallel()
	all := quarter()
	want := FindIssues(all, countsOf(all), noon, DefaultHeating)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if diff := cmp.Diff(want, FindIssues(all, countsOf(all), noon, DefaultHeating)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestIssuesHoldTogetherWhateverIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "letters")
		all := make([]Message, n)
		for i := range all {
			text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"搅拌站噪声扰民", "捆绑销售车位", "停水三天", "😀😀", "\xff\u202e"})).Draw(t, "text")
			all[i] = Message{
				ID: int64(i), Title: text, Body: rapid.SampledFrom([]string{"", text, "翠湖新城小区"}).Draw(t, "body"), Writer: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "writer"),
				At: noon.Add(-time.Duration(rapid.IntRange(-100, 10000).Draw(t, "hours")) * time.Hour), Likes: rapid.IntRange(0, 1000).Draw(t, "likes"),
			}
		}
		seen := map[int64]bool{}
		for _, i := range FindIssues(all, countsOf(all), noon, DefaultHeating) {
			if len(i.Letters) < leastLetters || i.Writers < leastWriters || i.Writers > len(i.Letters) || i.Last.Before(i.First) || i.Last.After(noon) ||
				!(i.Heat > 0) || math.IsInf(i.Heat, 0) || i.ID != i.Letters[0] {
				t.Fatalf("%+v", i)
			}
			for _, id := range i.Letters {
				if seen[id] {
					t.Fatalf("letter %d is in two issues", id)
				}
				seen[id] = true
			}
		}
	})
}

func BenchmarkFindIssues(b *testing.B) {
	base := quarter()
	random := rand.New(rand.NewPCG(5, 6))
	all := make([]Message, 50_000)
	for i := range all {
		m := base[random.IntN(len(base))]
		m.ID, m.Writer = int64(i), strconv.Itoa(random.IntN(40_000))
		m.Title = fmt.Sprintf("%c%c%c小区%s", rune(0x4e00+random.IntN(3000)), rune(0x4e00+random.IntN(3000)), rune(0x4e00+random.IntN(300)), m.Title)
		m.Body = m.Body + string(rune(0x4e00+random.IntN(5000))) + string(rune(0x4e00+random.IntN(5000)))
		m.At = noon.Add(-time.Duration(random.IntN(180*24)) * time.Hour)
		all[i] = m
	}
	counts := countsOf(all)
	b.ResetTimer()
	for b.Loop() {
		FindIssues(all, counts, noon, DefaultHeating)
	}
}
