package cases_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func aPublication() cases.Publication {
	return cases.Publication{Title: "小区二次供水水箱长期未清洗", Body: "我家在▇▇▇，水龙头出来的水发黄，请有关部门查一查。", Answer: "经核实，水箱已于今日清洗消毒，水质检测合格。"}
}

// published takes a new letter to its publication.
func (c *city) published(t *testing.T, p cases.Publication) *cases.PublishedHit {
	t.Helper()
	got := c.answered(t)
	must(t)(c.desk.Publish(t.Context(), c.clerk, got.ID, got.Version, p))
	return c.publicationOf(t, got.ID)
}

func (c *city) publicationOf(t *testing.T, id cases.ID) *cases.PublishedHit {
	t.Helper()
	p, err := c.desk.PublicationOf(t.Context(), id)
	if err != nil || p == nil {
		t.Fatalf("published is %v, %v", p, err)
	}
	return p
}

func (c *city) found(t *testing.T, f cases.PublishedFilter) (ids []int64) {
	t.Helper()
	list, err := c.desk.Published(t.Context(), f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	for _, h := range list.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func TestPublishedLettersAreFoundByWordsAndFilters(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		p := c.published(t, aPublication())
		for words, want := range map[string]int{
			"": 1, "水箱": 1, "水箱 清洗": 1, "水": 1, "箱水": 0, "今日清洗消毒": 1, "清洗今日": 0, "路灯": 0, "ABC": 0, "。": 0, "\x00": 0,
			`"水箱" NEAR *`: 0, `水箱"`: 1, "'; DROP TABLE publications --": 0, strings.Repeat("水", 3000): 0, "😀": 0,
		} {
			if got := c.found(t, cases.PublishedFilter{Words: words}); len(got) != want {
				t.Errorf("%.30q finds %v, want %d", words, got, want)
			}
		}
		for _, words := range []string{"", "水箱"} {
			for f, want := range map[cases.PublishedFilter]int{
				{Kind: "complaint"}: 1, {Kind: "praise"}: 0, {Department: c.water}: 1, {Department: c.roads}: 0, {Month: "2026-03"}: 1,
				{Month: "2026-04"}: 0, {Month: "x' OR 1"}: 0, {Topic: "城乡建设"}: 0, {Kind: "\x00"}: 0, {Page: 2}: 0, {Page: -1}: 1,
			} {
				f.Words = words
				if got := c.found(t, f); len(got) != want {
					t.Errorf("%+v finds %v, want %d", f, got, want)
				}
			}
		}
		if p.Department != "市水务集团" || p.ReceivedDay != "2026-03-05" || p.AnsweredDay != "2026-03-05" {
			t.Errorf("it is %+v", p)
		}
	})
}

func TestLongNoQuestionIsAnErrorOfTheDatabase(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		c.published(t, aPublication())
		rapid.Check(t, func(rt *rapid.T) {
			words := rapid.OneOf(rapid.String(), rapid.StringMatching(`["'*():^水箱 \-ANDORNEAR%_\\]{0,30}`)).Draw(rt, "words")
			if _, err := c.desk.Published(t.Context(), cases.PublishedFilter{Words: words}); err != nil {
				rt.Fatalf("%q: %v", words, err)
			}
		})
	})
}

func TestPublishingNeedsConsentAnAnswerAndAClerk(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	publish := func(a people.Actor, id cases.ID) errs.Code {
		_, err := c.desk.Publish(t.Context(), a, id, cases.AnyVersion, aPublication())
		return errs.CodeOf(err)
	}
	open := c.submit(t, aLetter())
	if got := publish(c.clerk, open.ID); got != errs.CodeConflict {
		t.Errorf("unanswered: %v", got)
	}
	silent := aLetter()
	silent.Consent = false
	r := c.submit(t, silent)
	ok := must(t)
	ok(c.desk.Route(t.Context(), c.clerk, r.ID, cases.AnyVersion, c.water))
	ok(c.desk.Reply(t.Context(), c.waterworks, r.ID, cases.AnyVersion, "已处理。"))
	ok(c.desk.Answer(t.Context(), c.clerk, r.ID, cases.AnyVersion, ""))
	if got := publish(c.clerk, r.ID); got != errs.CodeConflict {
		t.Errorf("without consent: %v", got)
	}
	answered := c.answered(t)
	for _, a := range []people.Actor{c.supervisor, c.waterworks, c.auditor, people.TheWriter(int64(answered.ID), errs.ZH), people.TheSystem()} {
		if got := publish(a, answered.ID); got != errs.CodeForbidden {
			t.Errorf("%v: %v", a.Grants, got)
		}
	}
	if _, err := c.desk.Publish(t.Context(), c.clerk, answered.ID, 1, aPublication()); errs.CodeOf(err) != errs.CodeConflict {
		t.Errorf("with an old version: %v", err)
	}
}

func TestTheWritersContactIsNeverPublished(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	got := c.answered(t)
	for _, text := range []string{
		"电话13900001234", "电话139-0000-1234。", "１３９ ０００ ０１２３４", "一三九零零零零一二三四", "+8613900001234",
		"邮箱 zhou@example.org", "ZHOU＠EXAMPLE.ORG", "我是周小禾", "周 小 禾",
	} {
		for field, p := range map[string]*cases.Publication{"title": {}, "body": {}, "answer": {}} {
			*p = aPublication()
			p.Confirmed = true
			*map[string]*string{"title": &p.Title, "body": &p.Body, "answer": &p.Answer}[field] += text
			_, err := c.desk.Publish(t.Context(), c.clerk, got.ID, cases.AnyVersion, *p)
			if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != field {
				t.Errorf("%q in the %s: %v", text, field, err)
			}
		}
	}
	p := aPublication()
	p.Answer += "请拨 13800005678。"
	if _, err := c.desk.Publish(t.Context(), c.clerk, got.ID, cases.AnyVersion, p); errs.FieldOf(err) != "answer" {
		t.Errorf("another's number: %v", err)
	}
	p.Confirmed = true
	must(t)(c.desk.Publish(t.Context(), c.clerk, got.ID, cases.AnyVersion, p))
}

func TestWhatIsHiddenStandsInNoEventAndNoIndex(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		p := c.published(t, aPublication())
		for _, hidden := range []string{"桃源小区", "桃源", "桃", "13900001234", "0000", "1234", "周小禾", "zhou"} {
			if got := c.found(t, cases.PublishedFilter{Words: hidden}); len(got) != 0 {
				t.Errorf("%s finds %v", hidden, got)
			}
		}
		again := aPublication()
		again.Body, again.Answer = "水发黄。", "已清洗。"
		must(t)(c.desk.Publish(t.Context(), c.clerk, 1, cases.AnyVersion, again))
		if got := c.found(t, cases.PublishedFilter{Words: "水龙头"}); len(got) != 0 {
			t.Errorf("what an edit took out is found: %v", got)
		}
		v, err := c.desk.Look(t.Context(), c.clerk, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range v.History {
			if e.Verb == people.Publish && strings.Contains(fmt.Sprint(e.Detail, e.Text), "水") {
				t.Errorf("the event holds the text: %v", e)
			}
		}
		if got := c.publicationOf(t, 1); got.ID != p.ID {
			t.Errorf("editing made another: %d", got.ID)
		}
		if err := c.desk.Verify(t.Context(), 1); err != nil {
			t.Error(err)
		}
	})
}

func TestWithdrawingTakesTheTextsAwayAtOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		withdraw := map[string]func(*testing.T, cases.ID) (*cases.Case, error){
			"by the office": func(t *testing.T, id cases.ID) (*cases.Case, error) {
				t.Helper()
				return c.desk.Unpublish(t.Context(), c.clerk, id, cases.AnyVersion, "来信人来电撤回同意")
			},
			"by voiding the answer": func(t *testing.T, id cases.ID) (*cases.Case, error) {
				t.Helper()
				return c.desk.Void(t.Context(), c.supervisor, id, cases.AnyVersion, "答复有误")
			},
		}
		for name, how := range withdraw {
			got := c.answered(t)
			must(t)(c.desk.Publish(t.Context(), c.clerk, got.ID, got.Version, aPublication()))
			must(t)(how(t, got.ID))
			p := c.publicationOf(t, got.ID)
			if !p.Withdrawn || p.Title+p.Body+p.Answer != "" || len(c.found(t, cases.PublishedFilter{Words: "水箱"})) != 0 || len(c.found(t, cases.PublishedFilter{})) != 0 {
				t.Errorf("%s: still there: %+v", name, p)
			}
			v, err := c.desk.Look(t.Context(), c.clerk, got.ID)
			if err != nil {
				t.Fatal(err)
			}
			if last := v.History[len(v.History)-1]; last.Verb != people.Unpublish {
				t.Errorf("%s: the last event is %s", name, last.Verb)
			}
			if err := c.desk.Useful(t.Context(), p.ID, []byte{1}, true); errs.CodeOf(err) != errs.CodeNotFound {
				t.Errorf("%s: judged after it: %v", name, err)
			}
			if err := c.desk.Verify(t.Context(), got.ID); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAReaderCountsOnceAndMayChange(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		p := c.published(t, aPublication())
		for _, vote := range []struct {
			voter  byte
			useful bool
		}{{1, true}, {1, true}, {2, true}, {1, false}} {
			if err := c.desk.Useful(t.Context(), p.ID, []byte{vote.voter}, vote.useful); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if err := c.desk.Helped(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.desk.PublishedLetter(t.Context(), p.ID)
		if err != nil || got.UsefulCount != 1 || got.NotUsefulCount != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		var helped int64
		if err := db.Read.NewRaw("SELECT count FROM helped WHERE day = '2026-03-05'").Scan(t.Context(), &helped); err != nil || helped != 3 {
			t.Errorf("helped %d times, %v", helped, err)
		}
	})
}

func TestPublishedLettersAreFoundAgainAfterARestoreOnEitherDatabase(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, from *migrations.DB) {
		c := newCity(t, from)
		p := c.published(t, aPublication())
		if err := c.desk.Useful(t.Context(), p.ID, []byte{7}, true); err != nil {
			t.Fatal(err)
		}
		var dump bytes.Buffer
		if _, err := from.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		testdb.Each(t, func(t *testing.T, to *migrations.DB) {
			if _, err := to.Load(t.Context(), bytes.NewReader(dump.Bytes())); err != nil {
				t.Fatal(err)
			}
			moved := *c
			moved.db = to
			moved.desk = moved.anotherDesk(t)
			if got := moved.found(t, cases.PublishedFilter{Words: "水箱"}); len(got) != 0 {
				t.Errorf("before it was indexed: %v", got)
			}
			for _, want := range []int{1, 0} {
				if n, err := moved.desk.IndexPublications(t.Context()); err != nil || n != want {
					t.Errorf("indexed %d, %v; want %d", n, err, want)
				}
			}
			if got := moved.found(t, cases.PublishedFilter{Words: "水箱"}); len(got) != 1 {
				t.Errorf("found %v", got)
			}
		})
	})
}

func TestPublishedAnswersOnTheSameMatterAreOfferedAndNothingElse(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		long := aPublication()
		long.Body += "连续三天早上六点到八点，三单元五楼以上的水压很低，洗衣机进不了水，物业说要等水务集团改造泵房。"
		letter := aLetter()
		letter.Body = "我家在桃源小区。" + long.Body
		r := c.submit(t, letter)
		ok := must(t)
		ok(c.desk.Route(t.Context(), c.clerk, r.ID, cases.AnyVersion, c.water))
		ok(c.desk.Reply(t.Context(), c.waterworks, r.ID, cases.AnyVersion, "已处理。"))
		ok(c.desk.Answer(t.Context(), c.clerk, r.ID, cases.AnyVersion, ""))
		ok(c.desk.Publish(t.Context(), c.clerk, r.ID, cases.AnyVersion, long))
		p := c.publicationOf(t, r.ID)
		for title, want := range map[string]int{
			"小区二次供水水箱多年没有清洗": 1, "水箱长期未清洗怎么办": 1, "路灯不亮请派人维修": 0, "你好": 0, "": 0, "小区停车位不够": 0, "13900001234 周小禾 桃源小区": 0,
		} {
			got, err := c.desk.SimilarPublished(t.Context(), title, "", 5)
			if err != nil || len(got) != want {
				t.Errorf("%q: %v, %v", title, got, err)
			}
		}
		got, err := c.desk.SimilarPublished(t.Context(), "自来水", "连续三天早上六点到八点，三单元五楼以上的水压很低，洗衣机进不了水，物业说要等水务集团改造泵房。", 5)
		if err != nil || len(got) != 1 || got[0].ID != p.ID {
			t.Errorf("the same text: %v, %v", got, err)
		}
	})
}
