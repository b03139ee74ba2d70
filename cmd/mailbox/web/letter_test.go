package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cmd/mailbox/web"
)

// aLetter is a form filled in well.
func aLetter() url.Values {
	return url.Values{
		"kind": {"complaint"}, "title": {"小区二次供水水箱长期未清洗"},
		"body": {"我家在桃源小区。\r\n水龙头出来的水发黄，请有关部门查一查。"}, "district": {"云东区"},
		"name": {"周小禾"}, "phone": {"139 0000 1234"}, "email": {"zhou@example.org"}, "copy": {"yes"}, "key": {"form-1"},
	}
}

func with(form url.Values, field, value string) url.Values {
	changed := maps.Clone(form)
	changed[field] = []string{value}
	return changed
}

var pairs = regexp.MustCompile(`<dd translate="no">([^<]+)</dd>`)

// receipt reads number and secret from the receipt page.
func (b *browser) receipt() (number, secret string) {
	b.t.Helper()
	found := pairs.FindAllStringSubmatch(b.get("/receipt").must(b.t, http.StatusOK).body, -1)
	if len(found) != 2 {
		b.t.Fatalf("the receipt shows %v", found)
	}
	return found[0][1], found[1][1]
}

func TestALetterGoesInAndItsAnswerComesOut(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.get("/write").must(t, http.StatusOK, `action="/write/check"`, `name="key"`)
	b.post("/write/check", aLetter()).must(t, http.StatusOK, "还没有寄出", "139 0000 1234", "水龙头出来的水发黄")
	if n := c.letters(t); n != 0 {
		t.Fatalf("the check page sent %d letters", n)
	}
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, secret := b.receipt()
	b.get("/receipt").must(t, http.StatusOK, secret, "3月9日", "第 2 天", "答复期限", "周六", "回执副本", "小区二次供水")

	// Another browser, days later.
	other := c.browser(t)
	other.get("/track/letter").mustLeadTo(t, "/track")
	other.get("/track?number="+number).must(t, http.StatusOK, `value="`+number+`"`)
	other.post("/track", url.Values{"number": {strings.ReplaceAll(number, "-", " ")}, "secret": {strings.ToLower(secret)}}).
		mustLeadTo(t, "/track/letter")
	other.get("/track/letter").must(t, http.StatusOK, "已收到", "收到您的来信", "最迟答复时间", "撤回来信")
	other.get("/receipt").mustLeadTo(t, "/track/letter")

	c.answer(t, number, "经核实，水箱已清洗消毒。")
	page := other.get("/track/letter").must(t, http.StatusOK, "经核实，水箱已清洗消毒。", "市水务集团", "这个答复，您满意吗")
	for _, name := range []string{"测试 clerk", "测试 water"} {
		if strings.Contains(page.body, name) {
			t.Errorf("the writer reads the name of %s", name)
		}
	}
	other.post("/track/rate", url.Values{"words": {"水还是黄的"}}).
		must(t, http.StatusUnprocessableEntity, "请选择满意程度", "水还是黄的", `href="#field-grade"`)
	other.post("/track/rate", url.Values{"grade": {"2"}, "resolved": {"no"}, "words": {"水还是黄的"}}).mustLeadTo(t, "/track/letter")
	other.get("/track/letter").must(t, http.StatusOK, "您的评价已记录", "您现在的评价是“不满意”")
	other.post("/track/withdraw", nil).must(t, http.StatusConflict)
	other.post("/track/leave", nil).mustLeadTo(t, "/track")
	other.get("/track/letter").mustLeadTo(t, "/track")
}

func TestPressingTwiceSendsOneLetter(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, secret := b.receipt()
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	if again, secretAgain := b.receipt(); again != number || secretAgain != secret {
		t.Errorf("the second receipt says %s %s, the first %s %s", again, secretAgain, number, secret)
	}
	if n := c.letters(t); n != 1 {
		t.Errorf("%d letters", n)
	}
	b.post("/write", with(aLetter(), "body", "同一张表上的另一封信")).mustLeadTo(t, "/receipt")
	if n := c.letters(t); n != 2 {
		t.Errorf("%d letters after another text", n)
	}
}

func TestBadInputIsNamedAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Limits.Submit = web.Limit{Burst: 1000, Every: time.Second} })
	t.Run("bad", func(t *testing.T) {
		for name, bad := range map[string]struct {
			field, value string
			atSending    bool // found by the desk only
		}{
			"no kind":              {"kind", "", false},
			"an unknown kind":      {"kind", "secret", false},
			"the importers' kind":  {"kind", "unspecified", false},
			"no title":             {"title", " \t", false},
			"a title too long":     {"title", strings.Repeat("长", 101), false},
			"a title of two lines": {"title", "一\n二", true},
			"no text":              {"body", "", false},
			"a text too long":      {"body", strings.Repeat("长", 5001), false},
			"NUL":                  {"body", "水\x00管", true},
			"a control character":  {"body", "水\x1b[31m管", true},
			"another encoding":     {"body", "\xcb\xae\xb9\xdc", true},
			"a title that turns":   {"title", "退款\u202e元00001", false},
			"CR in the name":       {"name", "周\r\nBcc: all@example.org", true},
			"an area too long":     {"district", strings.Repeat("区", 61), false},
			"no name":              {"name", "", false},
			"a name too long":      {"name", strings.Repeat("名", 61), false},
			"letters as telephone": {"phone", "abcdefg", false},
			"a short telephone":    {"phone", "110", false},
			"no address":           {"email", "zhou(at)example", false},
			"the trap":             {"website", "https://spam.example", false},
			"two addresses":        {"email", "a@example.org,b@example.org", false},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := c.browser(t)
				paths := []string{"/write", "/write/check"}
				if bad.atSending {
					paths = paths[:1]
				}
				for _, path := range paths {
					page := b.post(path, with(aLetter(), bad.field, bad.value)).must(t, http.StatusUnprocessableEntity,
						`href="#field-`+bad.field+`"`, `id="field-`+bad.field, `value="form-1"`, "field-error")
					for field, kept := range map[string]string{
						"title": `value="小区二次供水水箱长期未清洗"`, "body": "水龙头出来的水发黄", "district": `value="云东区"`,
						"name": `value="周小禾"`, "phone": `value="139 0000 1234"`, "email": `value="zhou@example.org"`,
					} {
						if field != bad.field && !strings.Contains(page.body, kept) {
							t.Errorf("%s: %s is lost", path, field)
						}
					}
					if strings.ContainsRune(page.body, 0) {
						t.Errorf("%s: the page holds NUL", path)
					}
				}
			})
		}
	})
	if n := c.letters(t); n != 0 {
		t.Errorf("%d bad letters were taken", n)
	}
}

func TestAllThatIsMissingIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	newCity(t).browser(t).post("/write/check", url.Values{"kind": {"help"}}).must(t, http.StatusUnprocessableEntity,
		`href="#field-title"`, `href="#field-body"`, `href="#field-name"`, `href="#field-phone"`)
}

func TestChangingALetterKeepsIt(t *testing.T) {
	t.Parallel()
	form := with(with(aLetter(), "step", "change"), "consent", "yes")
	newCity(t).browser(t).post("/write/check", form).must(t, http.StatusOK, `value="form-1"`, "水龙头出来的水发黄",
		`value="139 0000 1234"`, "data-returned", `name="consent" value="yes" checked`, `value="complaint" checked`)
}

func TestATipoffNeedsNoName(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	form := url.Values{"kind": {"tipoff"}, "title": {"夜间偷倒渣土"}, "body": {"每晚十一点，云东路口。"}, "key": {"k"}}
	b.post("/write/check", form).must(t, http.StatusOK, "唯一办法")
	b.post("/write", form).mustLeadTo(t, "/receipt")
	b.get("/receipt").must(t, http.StatusOK, "只在这里显示")
	b.get("/track/letter").must(t, http.StatusOK, "保密")
}

func TestMarkupInALetterStaysText(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	evil := `</textarea><script>alert(1)</script><img src=x onerror=alert(1)>`
	for _, page := range []answerPage{
		b.post("/write/check", with(aLetter(), "body", evil)),
		b.post("/write/check", with(with(aLetter(), "body", evil), "title", "")),
		b.post("/track", url.Values{"number": {evil}, "secret": {evil}}),
	} {
		if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "<img src=x") {
			t.Error("markup came through")
		}
	}
	b.post("/write", with(with(aLetter(), "body", evil), "title", evil)).mustLeadTo(t, "/receipt")
	if body := b.get("/track/letter").must(t, http.StatusOK).body; strings.Contains(body, "<script>alert") {
		t.Error("markup came through")
	}
}

func TestAWrongSecretAndAnUnknownNumberSayTheSame(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	stranger := c.browser(t)
	const same = "没有与该编号和查询码相符的信件，请对照回执核对"
	stranger.post("/track", url.Values{"number": {number}, "secret": {"AAAA-BBBB-CCCC"}}).must(t, http.StatusNotFound, same, "AAAA-BBBB-CCCC")
	stranger.post("/track", url.Values{"number": {cases.Number("2026-03-05", 999)}, "secret": {"AAAA-BBBB-CCCC"}}).must(t, http.StatusNotFound, same)
	stranger.post("/track", url.Values{"number": {"1"}, "secret": {"AAAA-BBBB-CCCC"}}).must(t, http.StatusUnprocessableEntity, `href="#field-number"`)
	stranger.post("/track", url.Values{"number": {number}}).must(t, http.StatusUnprocessableEntity, `href="#field-secret"`, number)
	stranger.get("/track/letter").mustLeadTo(t, "/track")
}

func TestGuessingSecretsIsHeldBack(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Limits.Track = web.Limit{Burst: 2, Every: time.Minute} })
	b := c.browser(t)
	guess := url.Values{"number": {cases.Number("2026-03-05", 1)}, "secret": {"AAAA-BBBB-CCCC"}}
	b.post("/track", guess).must(t, http.StatusNotFound)
	b.post("/track", guess).must(t, http.StatusNotFound)
	b.post("/track", guess).must(t, http.StatusTooManyRequests, "60 秒", `href="/track"`)
	other := c.browser(t)
	other.address = "[2001:db8::1]:1"
	other.post("/track", guess).must(t, http.StatusNotFound)
	other.address = "[2001:db8::2]:1"
	other.post("/track", guess).must(t, http.StatusNotFound)
	other.address = "[2001:db8::3]:1"
	other.post("/track", guess).must(t, http.StatusTooManyRequests)
}

func TestALetterTooManyIsKeptToBeSentLater(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Limits.Submit = web.Limit{Burst: 1, Every: time.Minute} })
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	b.post("/write", with(aLetter(), "body", "另一件事")).must(t, http.StatusTooManyRequests, `name="body" value="另一件事"`, "周小禾")
	c.clock.Add(time.Minute)
	b.post("/write", with(aLetter(), "body", "另一件事")).mustLeadTo(t, "/receipt")
}

func TestALetterIsWithdrawnOnlyAfterAsking(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	b.get("/track/withdraw").must(t, http.StatusOK, "不能恢复")
	b.post("/track/withdraw", url.Values{"reason": {strings.Repeat("长", 1001)}}).
		must(t, http.StatusUnprocessableEntity, `href="#field-reason"`, "长长长")
	b.post("/track/withdraw", url.Values{"reason": {"已解决"}}).mustLeadTo(t, "/track/letter")
	b.get("/track/letter").must(t, http.StatusOK, "已撤回", "您撤回了来信")
	b.get("/track/withdraw").mustLeadTo(t, "/track/letter")
}

func TestANewSecretClosesTheLetterWhereverItIsOpen(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := c.desk.NewSecret(t.Context(), c.clerk, id, cases.AnyVersion)
	if err != nil {
		t.Fatal(err)
	}
	page := b.get("/receipt").must(t, http.StatusForbidden, "查询码已更换")
	if strings.Contains(page.body, secret) {
		t.Error("the new secret is shown to the old browser")
	}
	b.get("/track/letter").mustLeadTo(t, "/track")
	b.post("/track", url.Values{"number": {number}, "secret": {secret}}).mustLeadTo(t, "/track/letter")
}

func TestAPassCannotBeMade(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	thief := c.browser(t)
	for _, cookie := range b.jar.Cookies(b.base) {
		if cookie.Name != "letter" {
			continue
		}
		body, _, _ := strings.Cut(cookie.Value, ".")
		for _, forged := range []string{"", ".", body, body + ".", body + ".AAAA", "e30." + cookie.Value[len(body)+1:]} {
			thief.jar.SetCookies(thief.base, []*http.Cookie{{Name: "letter", Value: forged}})
			thief.get("/track/letter").mustLeadTo(t, "/track")
		}
		// The flash cookie is signed with the same key, for another purpose.
		thief.jar.SetCookies(thief.base, []*http.Cookie{{Name: "letter", Value: ""}, {Name: "flash", Value: cookie.Value}})
		if body := thief.get("/").must(t, http.StatusOK).body; strings.Contains(body, `class="flash"`) {
			t.Error("a pass was taken for a flash")
		}
	}
	c.clock.Add(2*time.Hour + time.Second)
	b.get("/track/letter").mustLeadTo(t, "/track")
}

func TestTheDueDateIsExplainedAroundHolidays(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.clock.t = time.Date(2026, 2, 13, 16, 0, 0, 0, time.UTC) // Saturday the 14th in the city: an adjusted workday
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	b.get("/receipt").must(t, http.StatusOK, "春节", "2月25日")
	b.post("/preferences", url.Values{"lang": {"en"}})
	b.get("/receipt").must(t, http.StatusOK, "Spring Festival", "Your letter has arrived", "25 February 2026")
}

func TestEveryPageOfALetterExistsInEnglish(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.header.Set("Accept-Language", "en")
	form := url.Values{
		"kind": {"help"}, "title": {"Water"}, "body": {"The water is brown."}, "key": {"k"},
		"name": {"Z"}, "email": {"z@example.org"},
	}
	b.post("/write", form).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	han := regexp.MustCompile(`\p{Han}+`)
	look := func(page answerPage) {
		t.Helper()
		text := strings.NewReplacer("中文", "", "云湘市", "", "市水务集团", "").Replace(page.body)
		if found := han.FindString(text); found != "" {
			t.Errorf("an English page says %q", found)
		}
	}
	for _, path := range []string{
		"/", "/write", "/receipt", "/track", "/track/letter", "/track/withdraw", "/sign-in", "/privacy",
		"/accessibility", "/contact", "/nothing",
	} {
		look(b.get(path))
	}
	look(b.post("/write/check", form))
	look(b.post("/write/check", url.Values{}))
	c.answer(t, number, "It is clean now.")
	look(b.get("/track/letter"))
}

func TestTheHomePageCountsThisMonth(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.get("/").must(t, http.StatusOK, "2026年3月", "—", "本月来信还没有到答复期限的")
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	c.answer(t, number, "已办。")
	b.get("/").must(t, http.StatusOK, "应当答复的有 1 件，其中按期答复 1 件", "100.00", "1 / 1")
}

func TestTheWriterReadsWhyALetterWasDeclinedAndWhereToTurn(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Decline(t.Context(), c.clerk, id, cases.AnyVersion, "court", "请联系云湘市人民法院。"); err != nil {
		t.Fatal(err)
	}
	b.get("/track/letter").must(t, http.StatusOK, "12368", "请联系云湘市人民法院。")
}

func TestALetterSurvivesADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	token := b.token()
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	form := with(aLetter(), "csrf", token)
	b.post("/write", form).must(t, http.StatusInternalServerError, "您的内容没有丢失", "水龙头出来的水发黄", "139 0000 1234")
	if strings.Contains(c.log.String(), "水龙头") || strings.Contains(c.log.String(), "1390000") {
		t.Error("the log holds what somebody wrote")
	}
}

func TestAnswersOfMergedLettersAreNotShownToStrangers(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	first, second := c.browser(t), c.browser(t)
	first.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	second.post("/write", with(aLetter(), "key", "form-2")).mustLeadTo(t, "/receipt")
	main, _ := first.receipt()
	number, _ := second.receipt()
	ids := map[string]cases.ID{}
	for _, n := range []string{main, number} {
		id, err := c.desk.Find(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		ids[n] = id
	}
	if _, err := c.desk.Merge(t.Context(), c.clerk, ids[number], cases.AnyVersion, ids[main]); err != nil {
		t.Fatal(err)
	}
	second.get("/track/letter").must(t, http.StatusOK, "已并案", main)
	if _, err := c.desk.Look(t.Context(), c.waterworks, ids[main]); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("a department sees a case that is not its own: %v", err)
	}
}
