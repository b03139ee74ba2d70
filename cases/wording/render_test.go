package wording

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
)

var update = flag.Bool("update", false, "write the golden files anew")

var shanghai = time.FixedZone("CST", 8*60*60)

// toWriters are the kinds that the person who wrote the letter reads; all others go to staff.
var toWriters = []Kind{
	Receipt, Declined, Merged, Answered, Supplement, Split, Voided, Reopened, NewSecret,
	ExtensionGranted, MaterialWanted, ReworkGranted, ReworkRefused, RateReminder, DueMoved,
}

func full() Data {
	due := time.Date(2026, 2, 14, 15, 59, 59, 0, time.UTC)
	return Data{
		City: "湘潭市", Location: shanghai,
		Number: "20260212-0042-7", Title: "建设路路灯不亮", ReceivedAt: time.Date(2026, 2, 12, 2, 0, 0, 0, time.UTC),
		Due: due, Provisional: true, Department: "市城市管理局", Person: "李明", URL: "https://mail.example.gov.cn/track?number=20260212-0042-7",
		Reason: "第一条理由\n第二条理由", Text: "经现场核实，路灯线路老化。\n\n已于2月13日更换，现已恢复照明。\n联系电话：0731-00000000",
		Into: "20260211-0040-1", Day: time.Date(2026, 2, 13, 0, 30, 0, 0, time.UTC), Count: 53,
		Was: due.AddDate(0, 0, -1), Until: time.Date(2026, 2, 13, 15, 59, 59, 0, time.UTC), Days: 5,
		Outcome: "granted", Card: "red", Period: "2026年1月", Year: 2027,
		Items: []Item{
			{"20260210-0031-5", "河东公园积水", "市城市管理局", due.AddDate(0, 0, -2), "https://mail.example.gov.cn/cases/20260210-0031-5", "overdue", false},
			{"20260211-0038-2", "公交站牌破损", "市城市管理局", due.AddDate(0, 0, -1), "https://mail.example.gov.cn/cases/20260211-0038-2", "today", false},
			{"20260212-0042-7", "建设路路灯不亮", "市城市管理局", due, "https://mail.example.gov.cn/cases/20260212-0042-7", "tomorrow", true},
		},
	}
}

func mustRender(t testing.TB, kind Kind, lang errs.Lang, data Data) Notice {
	t.Helper()
	n, err := Render(kind, lang, data)
	if err != nil {
		t.Fatalf("Render(%s, %s): %v", kind, lang, err)
	}
	return n
}

// each runs f for every kind in both languages.
func each(t *testing.T, f func(t *testing.T, kind Kind, lang errs.Lang)) {
	t.Helper()
	for _, kind := range Kinds {
		for _, lang := range languages {
			t.Run(string(kind)+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				f(t, kind, lang)
			})
		}
	}
}

func TestEveryNoticeRendersWithFullAndWithMinimalData(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, kind Kind, lang errs.Lang) {
		other := full()
		other.Outcome, other.Card, other.Department, other.Days = "refused", "yellow", "", 1
		lapsed := full()
		lapsed.Outcome, lapsed.Card, lapsed.Days, lapsed.Due, lapsed.Until = "lapsed", "", 0, time.Time{}, time.Time{}
		for name, data := range map[string]Data{"full": full(), "other": other, "lapsed": lapsed, "minimal": {Location: shanghai}} {
			n := mustRender(t, kind, lang, data)
			if n.Subject == "" || len(n.Text) < 100 || len(n.HTML) < 1000 {
				t.Errorf("%s: something is missing: subject %q, %d bytes of text, %d of HTML", name, n.Subject, len(n.Text), len(n.HTML))
			}
			for _, part := range []string{n.Subject, n.Text, n.HTML} {
				for _, trace := range []string{"<no value>", "<nil>", "%!", "{{", "0001", "ZgotmplZ", "\n\n\n", "\r"} {
					if strings.Contains(part, trace) {
						t.Errorf("%s: %q in\n%s", name, trace, part)
					}
				}
			}
			if paragraphs := strings.Count(n.HTML, "<p></p>"); paragraphs != 0 {
				t.Errorf("%s: %d empty paragraphs", name, paragraphs)
			}
		}
	})
}

func TestPlainTextAndHTMLSayTheSame(t *testing.T) {
	t.Parallel()
	tag := regexp.MustCompile("<[^>]*>")
	packed := func(text string) string { return strings.Join(strings.Fields(text), "") }
	each(t, func(t *testing.T, kind Kind, lang errs.Lang) {
		n := mustRender(t, kind, lang, full())
		shown := packed(html.UnescapeString(tag.ReplaceAllString(n.HTML, "")))
		for line := range strings.SplitSeq(n.Text, "\n") {
			line = strings.TrimLeft(line, "- ")
			inside := strings.Contains(shown, packed(line))
			if strings.HasPrefix(line, "https://") {
				inside = strings.Contains(n.HTML, `href="`+line+`"`)
			}
			if !inside {
				t.Errorf("%q is in the text but not in the HTML", line)
			}
		}
	})
}

func TestGoldenNotices(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Receipt, Answered, ExtensionGranted, Digest, Carded, CityDigest} {
		for _, lang := range languages {
			t.Run(string(kind)+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				data := full()
				switch kind { //nolint:exhaustive // the others are shown with all that there is
				case Answered:
					data.Into = ""
				case Digest, CityDigest:
					data.Items = inSections(sections[kind])
				}
				n := mustRender(t, kind, lang, data)
				base := filepath.Join("testdata", string(kind)+"."+string(lang))
				golden(t, base+".txt", "Subject: "+n.Subject+"\n\n"+n.Text)
				golden(t, base+".html", n.HTML)
			})
		}
	}
}

// inSections is a list with one case for each section.
func inSections(ids []string) []Item {
	first := full().Items[0]
	items := make([]Item, 0, len(ids))
	for i, id := range ids {
		item := first
		item.Number = fmt.Sprintf("20260210-003%d-5", i+1)
		item.URL = "https://mail.example.gov.cn/cases/" + item.Number
		item.Due = first.Due.AddDate(0, 0, i-4)
		item.Section = id
		items = append(items, item)
	}
	return items
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed (-want +got); if that is meant, run with -update:\n%s", path, diff)
	}
}

func TestWhatPeopleWroteIsEscapedInHTML(t *testing.T) {
	t.Parallel()
	const script = `<script>alert("1")</script>`
	each(t, func(t *testing.T, kind Kind, lang errs.Lang) {
		data := full()
		data.City, data.Title, data.Department, data.Reason, data.Text = script, script, script, script, script
		data.Items[0].Title, data.Items[0].Department = script, script+"2"
		n := mustRender(t, kind, lang, data)
		if strings.Contains(n.HTML, "<script") {
			t.Errorf("a script got into the HTML:\n%s", n.HTML)
		}
		if !strings.Contains(n.HTML, "&lt;script&gt;") {
			t.Error("the title is missing from the HTML")
		}
	})
}

func TestALinkThatIsNoWebAddressDoesNothing(t *testing.T) {
	t.Parallel()
	data := full()
	data.URL = "javascript:alert(1)"
	if n := mustRender(t, Receipt, errs.ZH, data); strings.Contains(n.HTML, `href="javascript`) {
		t.Errorf("the HTML runs a script:\n%s", n.HTML)
	}
}

func TestOnlyWhatBringsASecretHasRoomForTheSecretAndOnlyOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, kind Kind, lang errs.Lang) {
		data := full()
		// A writer who knows the mark tries to have a secret put into other people's mail, also by
		// wrapping one mark in another.
		nested := "\u2063SEC" + SecretMark + "RET\u2063"
		data.City, data.Number, data.Title, data.Department = SecretMark, SecretMark, nested, nested
		data.URL, data.Reason, data.Text, data.Into = "https://a.example/"+SecretMark, nested, nested, SecretMark
		data.Items[0] = Item{Number: nested, Title: SecretMark, Department: nested, URL: nested, Section: SecretMark}
		n := mustRender(t, kind, lang, data)
		want := 0
		if kind == Receipt || kind == NewSecret || kind == Split {
			want = 1
		}
		if text, html := strings.Count(n.Text, SecretMark), strings.Count(n.HTML, SecretMark); text != want || html != want {
			t.Errorf("the mark stands %d times in the text and %d times in the HTML, want %d", text, html, want)
		}
		if strings.Contains(n.Subject, SecretMark) {
			t.Error("the mark stands in the subject")
		}
	})
}

func TestNoticesToStaffDoNotRepeatTheWritersWords(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{
		Routed, AssistAsk, Withdrawn, Digest, Overdue, WaitEnded, Carded, AssistLate,
		OverdueCity, OrderLate, CityDigest, CalendarMissing, PeriodOver,
	} {
		data := full()
		data.Reason, data.Text = "我是张三", "电话13900000000"
		for _, lang := range languages {
			n := mustRender(t, kind, lang, data)
			for _, words := range []string{data.Reason, data.Text} {
				if strings.Contains(n.Text+n.HTML+n.Subject, words) {
					t.Errorf("%s in %s tells staff %q", kind, lang, words)
				}
			}
		}
	}
}

func TestWritersAreAddressedPolitelyAndStaffByTheirDepartment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, kind Kind, lang errs.Lang) {
		n := mustRender(t, kind, lang, full())
		want := map[errs.Lang]string{errs.ZH: "尊敬的来信人：\n", errs.EN: "Dear writer,\n"}[lang]
		if strings.HasPrefix(n.Text, want) != slices.Contains(toWriters, kind) {
			t.Errorf("wrong address:\n%s", n.Text)
		}
	})
}

func TestSubjectsAreOneLineOfAtMostEightyCharacters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := full()
		data.Title = rapid.String().Draw(t, "title") + "\r\nBcc: all@example.com" + strings.Repeat("长", rapid.IntRange(0, 200).Draw(t, "more"))
		data.Department = data.Title
		kind := rapid.SampledFrom(Kinds).Draw(t, "kind")
		lang := rapid.SampledFrom(languages).Draw(t, "language")
		n, err := Render(kind, lang, data)
		if err != nil {
			t.Fatal(err)
		}
		if c := utf8.RuneCountInString(n.Subject); c > MaxSubject || c == 0 {
			t.Errorf("%d characters: %q", c, n.Subject)
		}
		if strings.ContainsAny(n.Subject, "\r\n\x00\u2028\u2029\u202e") {
			t.Errorf("more than a line: %q", n.Subject)
		}
	})
}

func TestALongTitleIsCutInTheSubjectAndWholeInTheText(t *testing.T) {
	t.Parallel()
	data := full()
	data.Title = strings.Repeat("路灯", 50)
	n := mustRender(t, Receipt, errs.ZH, data)
	if c := utf8.RuneCountInString(n.Subject); c != MaxSubject || !strings.HasSuffix(n.Subject, "灯…") && !strings.HasSuffix(n.Subject, "路…") {
		t.Errorf("%d characters: %q", c, n.Subject)
	}
	if !strings.Contains(n.Text, "标题："+data.Title+"\n") {
		t.Errorf("the text has not the whole title:\n%s", n.Text)
	}
}

func TestWithoutADueTimeNothingIsSaidAboutIt(t *testing.T) {
	t.Parallel()
	data := full()
	data.Due = time.Time{}
	for lang, words := range map[errs.Lang][]string{errs.ZH: {"期限", "放假"}, errs.EN: {"due", "holiday"}} {
		n := mustRender(t, Receipt, lang, data)
		for _, word := range words {
			if strings.Contains(n.Text+n.HTML, word) {
				t.Errorf("%q in\n%s", word, n.Text)
			}
		}
	}
}

func TestOnlyAProvisionalDueTimeSaysThatItMayChange(t *testing.T) {
	t.Parallel()
	for _, provisional := range []bool{true, false} {
		for lang, words := range map[errs.Lang]string{errs.ZH: "放假安排尚未公布", errs.EN: "has not been published yet"} {
			data := full()
			data.Provisional = provisional
			n := mustRender(t, Receipt, lang, data)
			if strings.Contains(n.Text, words) != provisional || strings.Contains(n.HTML, words) != provisional {
				t.Errorf("provisional %v, %s:\n%s", provisional, lang, n.Text)
			}
		}
	}
}

func TestAnAnswerIsWhole(t *testing.T) {
	t.Parallel()
	data := full()
	data.Text = strings.Repeat("　　一、情况属实。\n\n\n\t<二> & “三”。\n", 800)
	n := mustRender(t, Answered, errs.ZH, data)
	if !strings.Contains(n.Text, strings.TrimSpace(data.Text)) {
		t.Error("the plain text has not the whole answer")
	}
	if got := strings.Count(n.HTML, "&lt;二&gt; &amp; “三”。"); got != 800 {
		t.Errorf("the HTML has %d of 800 lines", got)
	}
}

func TestAWriterWhoseLetterWasMergedIsNotAskedToRate(t *testing.T) {
	t.Parallel()
	for _, into := range []string{"", "20260211-0040-1"} {
		data := full()
		data.Into = into
		n := mustRender(t, Answered, errs.ZH, data)
		if strings.Contains(n.Text, "非常满意、满意、基本满意、不满意、非常不满意") != (into == "") {
			t.Errorf("merged into %q:\n%s", into, n.Text)
		}
	}
}

func TestADigestCountsItsSections(t *testing.T) {
	t.Parallel()
	t.Run("a whole list has exact counts", func(t *testing.T) {
		t.Parallel()
		data := full()
		data.Count = 3
		text := mustRender(t, Digest, errs.ZH, data).Text
		contains(t, text, "已逾期：1件\n", "今天到期：1件\n", "下一个工作日到期：1件\n", "期限：2026年2月14日（星期六）23:59")
		if strings.Contains(text, "至少") || strings.Contains(text, "未在此列出") {
			t.Errorf("nothing is missing from the list:\n%s", text)
		}
	})
	t.Run("a list that was cut says where and by how many", func(t *testing.T) {
		t.Parallel()
		data := full()
		data.Items = data.Items[:2]
		contains(t, mustRender(t, Digest, errs.ZH, data).Text, "已逾期：1件\n", "今天到期：至少1件\n", "另有51件")
		contains(t, mustRender(t, Digest, errs.EN, data).Text, "Overdue: 1\n", "Due today: at least 1\n", "51 more")
	})
	t.Run("a case of an unknown section is listed too", func(t *testing.T) {
		t.Parallel()
		data := full()
		data.Count, data.Items[1].Section = 3, "someday"
		contains(t, mustRender(t, Digest, errs.ZH, data).Text, "其他：1件\n- 20260211-0038-2")
	})
	t.Run("more items than a notice names are counted", func(t *testing.T) {
		t.Parallel()
		data := full()
		data.Count, data.Items = 0, slices.Repeat(data.Items[:1], MaxItems+7)
		text := mustRender(t, Overdue, errs.ZH, data).Text
		contains(t, text, "另有7件")
		if got := strings.Count(text, "- 20260210-0031-5"); got != MaxItems {
			t.Errorf("%d cases listed, want %d", got, MaxItems)
		}
	})
}

func TestEverySectionOfADigestHasItsHeading(t *testing.T) {
	t.Parallel()
	for kind, ids := range sections {
		for _, lang := range languages {
			data := full()
			data.Items, data.Count = inSections(ids), len(ids)
			text := mustRender(t, kind, lang, data).Text
			for _, other := range []string{"其他：", "Other: "} {
				if strings.Contains(text, other) {
					t.Errorf("%s in %s does not know one of its sections:\n%s", kind, lang, text)
				}
			}
			last := -1
			for _, item := range data.Items {
				at := strings.Index(text, "- "+item.Number)
				if at <= last {
					t.Errorf("%s in %s: section %s is missing or not in its place:\n%s", kind, lang, item.Section, text)
				}
				last = at
			}
		}
	}
	data := full()
	data.Items, data.Count = inSections(sections[Digest]), 6
	contains(t, mustRender(t, Digest, errs.ZH, data).Text, "已亮红牌：1件\n", "已亮黄牌：1件\n", "已逾期：1件\n", "协办意见待提交：1件\n")
	data.Items, data.Count = inSections(sections[CityDigest]), 5
	contains(t, mustRender(t, CityDigest, errs.ZH, data).Text,
		"延期申请待决定（到期未决即失效）：1件\n", "重办申请待决定：1件\n", "督办单未回复：1件\n", "已逾期：1件\n", "今天到期：1件\n")
}

func TestAWriterIsToldOldAndNewDueTimesAndWhy(t *testing.T) {
	t.Parallel()
	data := full()
	contains(t, mustRender(t, ExtensionGranted, errs.ZH, data).Text, "原答复期限：2026年2月13日（星期五）23:59\n",
		"延长时间：5个工作日\n", "新的答复期限：2026年2月14日（星期六）23:59\n", data.Reason)
	contains(t, mustRender(t, ExtensionGranted, errs.EN, data).Text, "Answer was due by: Friday 13 February 2026, 23:59\n",
		"Added time: 5 working days\n", "Answer now due by: Saturday 14 February 2026, 23:59\n", data.Reason)
	contains(t, mustRender(t, DueMoved, errs.ZH, data).Text, "原答复期限：2026年2月13日（星期五）23:59\n", "现答复期限：2026年2月14日（星期六）23:59\n")
	contains(t, mustRender(t, ReworkRefused, errs.ZH, data).Text, data.Reason)
	data.Days = 1
	contains(t, mustRender(t, ExtensionGranted, errs.EN, data).Text, "Added time: 1 working day\n")
}

func TestAskingForMaterialDoesNotMoveThePromise(t *testing.T) {
	t.Parallel()
	data := full()
	contains(t, mustRender(t, MaterialWanted, errs.ZH, data).Text, "市城市管理局需要您", data.Text, data.URL,
		"请于此前补充：2026年2月13日（星期五）23:59\n", "我们答复您的期限不因此推迟，仍为2026年2月14日（星期六）23:59。")
	contains(t, mustRender(t, MaterialWanted, errs.EN, data).Text, "still due by Saturday 14 February 2026, 23:59.")
	data.Due = time.Time{}
	if text := mustRender(t, MaterialWanted, errs.ZH, data).Text; strings.Contains(text, "我们答复您的期限") {
		t.Errorf("there is no due time to keep:\n%s", text)
	}
}

func TestADecisionOnAnExtensionSaysWhichItIs(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string][2]string{
		"granted": {"延期申请已批准：", "Extension granted: "},
		"refused": {"延期申请未获批准：", "Extension refused: "},
		"lapsed":  {"延期申请已失效：", "Request for an extension lapsed: "},
		"":        {"延期申请的处理结果：", "Your request for an extension: "},
	} {
		for i, lang := range languages {
			data := full()
			data.Outcome = outcome
			n := mustRender(t, ExtensionDecided, lang, data)
			if !strings.HasPrefix(n.Subject, want[i]) {
				t.Errorf("%q in %s has the subject %q", outcome, lang, n.Subject)
			}
			days := map[errs.Lang]string{errs.ZH: "延长时间：5个工作日\n", errs.EN: "Added time: 5 working days\n"}[lang]
			if strings.Contains(n.Text, days) != (outcome == "granted") {
				t.Errorf("%q in %s, days that were added:\n%s", outcome, lang, n.Text)
			}
			told := map[errs.Lang]string{errs.ZH: "已经告知来信人", errs.EN: "The writer has been told"}[lang]
			if strings.Contains(n.Text, told) != (outcome == "granted") {
				t.Errorf("%q in %s, what the writer knows:\n%s", outcome, lang, n.Text)
			}
		}
	}
}

func TestACardNamesItsColourAndItsReader(t *testing.T) {
	t.Parallel()
	data := full()
	n := mustRender(t, Carded, errs.ZH, data)
	contains(t, n.Subject, "红牌：53件办件逾期，市城市管理局")
	contains(t, n.Text, "市城市管理局：\n", "贵单位主办的下列53件办件逾期已达5个工作日", "现亮红牌")
	data.Department = ""
	n = mustRender(t, Carded, errs.ZH, data)
	contains(t, n.Text, "督查部门、信箱办：\n", "| 市城市管理局\n")
	data.Card, data.Days = "yellow", 1
	n = mustRender(t, Carded, errs.EN, data)
	contains(t, n.Subject, "Yellow card, overdue cases: 53")
	contains(t, n.Text, "To the supervision office:\n", "for 1 working day,")
	if strings.Contains(n.Text, "mailbox office") {
		t.Errorf("the office gets no yellow cards:\n%s", n.Text)
	}
}

func TestTheAdministratorIsToldHowToLoadAMissingCalendar(t *testing.T) {
	t.Parallel()
	data := full()
	data.Days = 30
	n := mustRender(t, CalendarMissing, errs.ZH, data)
	contains(t, n.Subject, "请载入2027年工作日历")
	contains(t, n.Text, "从2026年2月13日（星期五）起，30天内就会用到", "mailbox calendar load FILE", data.URL)
	contains(t, mustRender(t, CalendarMissing, errs.EN, data).Text, "needed within 30 days from Friday 13 February 2026.", "mailbox calendar load FILE")
	data.Days = 0
	contains(t, mustRender(t, CalendarMissing, errs.ZH, data).Text, "现在已经需要用到")
}

func TestWhatTheWriterSentCanStayBehindTheLink(t *testing.T) {
	t.Parallel()
	for kind, label := range map[Kind]string{MaterialAdded: "补充的内容：", ReworkAsked: "来信人的意见："} {
		data := full()
		contains(t, mustRender(t, kind, errs.ZH, data).Text, label, data.Text)
		data.Text = ""
		if text := mustRender(t, kind, errs.ZH, data).Text; strings.Contains(text, label) || !strings.Contains(text, data.URL) {
			t.Errorf("%s without a text:\n%s", kind, text)
		}
	}
}

func TestOnlyAListForTheWholeCityNamesDepartments(t *testing.T) {
	t.Parallel()
	own := mustRender(t, Overdue, errs.ZH, full())
	if strings.Count(own.Text, "市城市管理局") != 1 {
		t.Errorf("a department is told its own name with each case:\n%s", own.Text)
	}
	data := full()
	data.Department = ""
	contains(t, mustRender(t, OverdueCity, errs.ZH, data).Text, "- 20260210-0031-5 河东公园积水 | 市城市管理局\n")
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from\n%s", want, text)
		}
	}
}

func TestDeclinedSaysWhyAndWhereToTurn(t *testing.T) {
	t.Parallel()
	for _, lang := range languages {
		data := full()
		data.Reason, data.Text = DeclineReason(lang, "court"), "您的案件正在法院审理。"
		n := mustRender(t, Declined, lang, data)
		contains(t, n.Text, data.Reason, data.Text, "12345")
	}
}

func TestRenderRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	if n, err := Render("nonsense", errs.ZH, full()); err == nil {
		t.Errorf("an unknown kind became %q", n.Subject)
	}
	if n, err := Render(Receipt, errs.ZH, Data{}); err == nil {
		t.Errorf("without a location it became %q", n.Subject)
	}
}

func TestAnUnknownLanguageIsChinese(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(mustRender(t, Receipt, errs.ZH, full()), mustRender(t, Receipt, "fr", full())); diff != "" {
		t.Error(diff)
	}
}

func TestEveryTemplateFileBelongsToAKind(t *testing.T) {
	t.Parallel()
	for _, lang := range languages {
		found, err := files.ReadDir("templates/" + string(lang))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if kind, isText := strings.CutSuffix(f.Name(), ".txt"); !isText || !slices.Contains(Kinds, Kind(kind)) {
				t.Errorf("templates/%s/%s is never used", lang, f.Name())
			}
			source, err := files.ReadFile("templates/" + string(lang) + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			// Prose goes into the HTML as it is.
			if strings.ContainsAny(string(source), "<>&") {
				t.Errorf("templates/%s/%s has a sign that means something in HTML", lang, f.Name())
			}
		}
	}
}

func TestAShortMessageFitsATelephoneAndTellsNobodyTheLetter(t *testing.T) {
	t.Parallel()
	for _, kind := range toWriters {
		for _, lang := range languages {
			data := full()
			data.Opens = true
			text, err := Short(kind, lang, data)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"湘潭市", data.Number, data.URL + "&secret=" + SecretMark} {
				if !strings.Contains(text, part) {
					t.Errorf("%s in %s: no %q in %q", kind, lang, part, text)
				}
			}
			for _, part := range []string{"路灯", "理由", "更换", "\n"} {
				if strings.Contains(text, part) {
					t.Errorf("%s in %s: %q stands in %q", kind, lang, part, text)
				}
			}
			// Of some seventy characters each are the parts in which a long message travels.
			if n := utf8.RuneCountInString(text); n > 280 {
				t.Errorf("%s in %s: %d characters: %q", kind, lang, n, text)
			}
			if secrets := strings.Count(text, SecretMark); (secrets == 2) != (kind == Receipt || kind == NewSecret || kind == Split) {
				t.Errorf("%s in %s: the secret stands %d times in %q", kind, lang, secrets, text)
			}
		}
	}
}
