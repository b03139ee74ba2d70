package cases_test

import (
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// answeredIn takes a letter to its answer by a department.
func (c *city) answeredIn(t *testing.T, id cases.ID, lead int64, by people.Actor, answer string) {
	t.Helper()
	ok := must(t)
	ok(c.desk.Route(t.Context(), c.clerk, id, 0, lead))
	ok(c.desk.Reply(t.Context(), by, id, 0, answer))
	ok(c.desk.Answer(t.Context(), c.clerk, id, 0, ""))
}

// pastReplies tells what somebody is shown: from where, and the beginning of each answer.
func (c *city) pastReplies(t *testing.T, a people.Actor, id cases.ID, not ...cases.ID) map[string]string {
	t.Helper()
	found, err := c.desk.PastReplies(t.Context(), a, id, 5, not...)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range found {
		got[f.From] = f.Answer
		text, err := c.desk.PastAnswer(t.Context(), a, f.From)
		if err != nil || text != f.Answer {
			t.Errorf("%s is shown with %q and is taken as %q, %v", f.From, f.Answer, text, err)
		}
	}
	return got
}

func TestPastRepliesOnTheMatterAreThoseThatOneMayRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.about(t, 40)
		ok := must(t)
		mine := c.written(t, lampTitle, lampBody, "13900001111")
		c.answeredIn(t, mine, c.roads, c.roadworks, "三盏已修，其余待线缆到货。")
		ok(c.desk.Supplement(t.Context(), c.clerk, mine, 0, "其余四盏已于今日修好。"))
		another := c.written(t, "请修路灯", strings.Replace(lampBody, "七盏", "好几盏", 1), "13900002222")
		c.answeredIn(t, another, c.water, c.waterworks, "已转路灯所处理，家住六号楼的张先生知悉。")
		voided := c.written(t, "路灯又坏了", lampBody+"又坏了。", "13900003333")
		c.answeredIn(t, voided, c.roads, c.roadworks, "写错了")
		ok(c.desk.Void(t.Context(), c.clerk, voided, 0, "答非所问"))
		open := c.written(t, "路灯还不亮", "还没有人来。"+lampBody, "13900004444")
		unrelated := c.written(t, "育才街小学门口积水", "育才街小学门口一下雨就积水，家长只能把孩子背过去。", "13900005555")
		c.answeredIn(t, unrelated, c.roads, c.roadworks, "已疏通。")
		ok(c.desk.Route(t.Context(), c.clerk, open, 0, c.roads))

		full := map[cases.ID]string{mine: "三盏已修，其余待线缆到货。\n\n其余四盏已于今日修好。", another: "已转路灯所处理，家住六号楼的张先生知悉。"}
		number := func(id cases.ID) string { return cases.Number("2026-03-05", id) }
		want := func(name string, got map[string]string, ids ...cases.ID) {
			t.Helper()
			for _, id := range ids {
				if got[number(id)] != full[id] {
					t.Errorf("%s: of %d is shown %q", name, id, got[number(id)])
				}
			}
			if len(got) != len(ids) {
				t.Errorf("%s: %v, want %v", name, got, ids)
			}
		}
		want("the office", c.pastReplies(t, c.clerk, open), mine, another)
		want("supervision", c.pastReplies(t, c.supervisor, open), mine, another)
		want("an auditor", c.pastReplies(t, c.auditor, open), mine, another)
		want("the department, its own", c.pastReplies(t, c.roadworks, open), mine)
		want("but those that are shown elsewhere", c.pastReplies(t, c.clerk, open, mine), another)
		if _, err := c.desk.PastReplies(t.Context(), c.waterworks, open, 5); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("on a case that is another's: %v", err)
		}
		for _, from := range []string{number(another), number(voided), number(open), "letter-1", "letter-x", "letter-99", "", "20260305-9999", "x"} {
			if text, err := c.desk.PastAnswer(t.Context(), c.roadworks, from); errs.CodeOf(err) != errs.CodeNotFound {
				t.Errorf("%q is taken: %q, %v", from, text, err)
			}
		}

		// What is published of another's case is read as the public reads it.
		p := cases.Publication{Title: "路灯不亮", Body: strings.Replace(lampBody, "七盏", "好几盏", 1), Answer: "已转路灯所处理。", Confirmed: true}
		ok(c.desk.Publish(t.Context(), c.clerk, another, 0, p))
		got := c.pastReplies(t, c.roadworks, open)
		if len(got) != 2 || got["letter-1"] != "已转路灯所处理。" || got[number(mine)] != full[mine] {
			t.Errorf("with what is published: %v", got)
		}
		want("the office reads the case itself", c.pastReplies(t, c.clerk, open), mine, another)
		ok(c.desk.Unpublish(t.Context(), c.clerk, another, 0, "来信人要求"))
		want("taken back", c.pastReplies(t, c.roadworks, open), mine)
		if _, err := c.desk.PastAnswer(t.Context(), c.roadworks, "letter-1"); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("what was taken back is taken: %v", err)
		}
	})
}

func TestAPublishedLetterIsComparedAsItIsPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.about(t, 40)
		hidden := c.written(t, lampTitle, lampBody, "13900001111")
		c.answeredIn(t, hidden, c.water, c.waterworks, "已处理。")
		must(t)(c.desk.Publish(t.Context(), c.clerk, hidden, 0, cases.Publication{Title: "一件市政来信", Body: "（内容从略）", Answer: "已处理。", Confirmed: true}))
		open := c.written(t, "路灯还不亮", lampBody, "13900004444")
		must(t)(c.desk.Route(t.Context(), c.clerk, open, 0, c.roads))
		if got := c.pastReplies(t, c.roadworks, open); len(got) != 0 {
			t.Errorf("the letter behind what is published was felt out: %v", got)
		}
	})
}
