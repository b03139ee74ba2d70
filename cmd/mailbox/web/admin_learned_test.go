package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"mailbox/cases/intake"
	"mailbox/cases/people"
)

// learns lets the city learn from n invented letters of last year, answered by two departments.
func (c *city) learns(t *testing.T, n int) {
	t.Helper()
	water := []string{"家里停水两天了", "自来水发黄有异味", "水压太低洗不了澡", "水管爆裂没人修"}
	roads := []string{"路面坑洼积水", "人行道地砖松动", "井盖破损很危险", "桥面裂缝"}
	letters := make([]intake.Letter, n)
	for i := range letters {
		texts, department, topic := water, "市水务集团", "公用事业/供水"
		if i%2 == 1 {
			texts, department, topic = roads, "市政工程处", "城乡建设/市政"
		}
		day := time.Date(2025, 6, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * 24 * time.Hour)
		letters[i] = intake.Letter{
			Line: i + 2, Source: "past", Number: fmt.Sprint("P-", i), Channel: "mailbox", Kind: "complaint", Topic: topic,
			Title: texts[i/2%4], Body: fmt.Sprintf("第%d次反映：%s，请派人处理。", i, texts[i/2%4]), Department: department, Status: intake.StatusAnswered,
			ReceivedAt: day, RepliedAt: day.Add(time.Hour), Reply: "已处理。",
		}
	}
	if done, err := c.desk.Import(t.Context(), people.TheSystem(), letters); err != nil || done.New != n {
		t.Fatal(done, err)
	}
	if made, err := c.desk.Learn(t.Context()); err != nil || len(made) != 2 {
		t.Fatalf("learned %+v, %v", made, err)
	}
}

func TestThePageOfTheRulesShowsWhatWasLearnedAndWhatAThresholdWouldHaveMeant(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	sound(t, "before anything is learned", clerk.get("/admin/routing").must(t, http.StatusOK, "还没有学到任何内容", "至少需要 40 封"))
	c.learns(t, 60)
	page := clerk.get("/admin/routing").must(t, http.StatusOK,
		"从 60 封来信中学得，分属 2 类", "在未参与学习的最近 12 封来信上", "正在使用", "如果自动转办", "在最近 12 封来信上", "90 %", "现行办理规则不自动转办", "主题分类（第一级）")
	sound(t, "what was learned", page)
}
