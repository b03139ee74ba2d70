package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

// written asks a city that has these facts for its report.
func written(t testing.TB, facts []fact, silence int, q report.Query) report.Written {
	t.Helper()
	db := testdb.SQLite(t)
	write(t, db, 5, facts)
	engine := report.New(db, shanghai)
	engine.SilenceDays = silence
	w, err := engine.Written(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// monthly makes n letters a month that are all alike: answered on time, and content.
func monthly(t testing.TB, n int, months ...string) []fact {
	t.Helper()
	var facts []fact
	for _, month := range months {
		for range n {
			f := letter(t, int64(len(facts)+1))
			f.ReceivedDay = month + "-05"
			f.ReceivedAt = at(t, month+"-05T09:00:00").Unix()
			f.ValidFrom = f.ReceivedAt
			due, answered := at(t, month+"-07T23:59:59").Unix(), at(t, month+"-06T10:00:00").Unix()
			f.DueAt, f.DueUnextendedAt, f.DepartmentDueAt = &due, &due, &due
			f.AnsweredAt, f.RepliedAt, f.Days, f.DepartmentDays = &answered, &answered, new(int64(1)), new(int64(1))
			f.Rating, f.RatingSource = new(int64(4)), "web"
			f.DepartmentID, f.Topic = new(int64(1)), "城市管理"
			facts = append(facts, f)
		}
	}
	return facts
}

// situations are cities whose reports must be worded differently.
func situations(t testing.TB) map[string]report.Written {
	t.Helper()
	half := report.Query{From: "2018-01-01", To: "2018-07-01", AsOf: at(t, "2018-07-10T09:00:00"), Channel: "mailbox,consult"}
	before := report.Query{From: "2017-01-01", To: "2017-07-01", AsOf: at(t, "2018-07-10T09:00:00")}
	march := report.Query{From: "2018-03-01", To: "2018-04-01", AsOf: at(t, "2018-04-10T23:59:59")}
	all := map[string]report.Written{
		"half_year_2018": written(t, halfYear(t), 0, half),
		"empty":          written(t, nil, 0, march),
		"level":          written(t, monthly(t, 10, "2017-03", "2018-02", "2018-03"), 0, march),
		"no_comparison":  written(t, halfYear(t), 0, before),
	}

	// A month that is not over, in a city where everything there is to tell has happened.
	facts := monthly(t, 10, "2017-03", "2018-02", "2018-03")
	for i := range 10 {
		f := &facts[20+i]
		f.Topic = []string{"城市管理", "公共交通", "", "公共交通"}[i%4]
		switch {
		case i < 2: // overdue, and not routed
			f.AnsweredAt, f.RepliedAt, f.Days, f.DepartmentDays, f.Rating, f.DepartmentID, f.DepartmentDueAt = nil, nil, nil, nil, nil, nil, nil
		case i < 4: // running, by a due time that rests on days nobody has announced
			due := at(t, "2018-03-20T23:59:59").Unix()
			f.DueAt, f.DueUnextendedAt, f.DepartmentDueAt, f.Provisional = &due, &due, &due, true
			f.AnsweredAt, f.RepliedAt, f.Days, f.DepartmentDays, f.Rating = nil, nil, nil, nil, nil
		case i == 4: // no due time
			f.DueAt, f.DueUnextendedAt = nil, nil
		case i == 5: // in the last hour
			f.AnsweredAt = new(*f.DueAt - 60)
		case i == 6: // silent
			f.Rating = nil
		case i == 7:
			f.Rating, f.Resolved = new(int64(1)), new(false)
		}
	}
	march.AsOf = at(t, "2018-03-15T10:05:00")
	full := written(t, facts, 3, march)
	full.Conduct = []report.ConductLine{
		{Department: "部门01", DepartmentID: "1", Counts: map[cases.Conduct]int64{cases.Returned: 3, cases.YellowCard: 2, cases.RedCard: 1, cases.Hollow: 4}},
		{DepartmentID: report.NotRouted, Counts: map[cases.Conduct]int64{cases.MergedLate: 1}},
	}
	full.ReworkTotal = &report.Reworks{Granted: 4, Answered: 3, Due: 3, OnTime: 2, OnTimeRate: report.Rate{Part: 2, Of: 3}, Rated: 2, Satisfied: 1, SatisfactionRate: report.Rate{Part: 1, Of: 2}}
	criticism := report.Appraise(report.AppraisalRule{MinDue: 1, PraiseReplyRate: new(int64(9950)), CriticiseCards: new(int64(3)), CriticiseOnTimeBelow: new(int64(5000))}, &full.Report)
	full.Appraisal = &criticism
	all["everything"] = full

	judged := all["half_year_2018"]
	rule := report.AppraisalRule{MinDue: 150, PraiseOnTimeRate: new(int64(9500)), PraiseNoCards: true, CriticiseOnTimeBelow: new(int64(8000)), CriticiseOverdue: new(int64(20))}
	appraisal := report.Appraise(rule, &judged.Report)
	judged.Appraisal = &appraisal
	all["judged"] = judged
	return all
}

func TestTheWrittenReportReadsAsItsFiguresAre(t *testing.T) {
	t.Parallel()
	for name, w := range situations(t) {
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			var got bytes.Buffer
			if err := report.WriteWrittenArticle(&got, w, lang, made); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "written_"+name+"."+string(lang)+".html")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got, go test -update writes it anew):\n%s", path, diff)
			}
		}
	}
}

func TestTheWrittenReportSaysWhatTheCityReported(t *testing.T) {
	t.Parallel()
	all := situations(t)
	says := func(name string) string {
		sentences, _ := report.WrittenText(all[name], errs.ZH, made)
		return strings.Join(sentences, "\n")
	}
	for name, want := range map[string]struct{ there, not []string }{
		"half_year_2018": {[]string{
			"有效信件747件，同比增长49.40%（上年同期500件）", "回复率100.00%，同比持平。", "满意641件，满意率85.81%，同比上升5.41个百分点。", "上期没有来信，不作环比。", "渠道 市长信箱、咨询投诉",
		}, []string{"环比上升", "环比增长", "暂定", "尚未结束"}},
		"empty":         {[]string{"统计期内没有收到来信。", "上年同期没有来信，不作同比。", "统计期内没有准予重办。", "满意率为“—”"}, []string{"%", "同比持平", "环比持平"}},
		"level":         {[]string{"有效信件10件，同比持平（上年同期10件），环比持平（上期10件）。", "按期办结率100.00%，同比持平，环比持平。", "截至2018年4月10日24时"}, []string{"上升", "下降", "增长", "减少"}},
		"no_comparison": {[]string{"有效信件500件。", "满意率80.40%。", "上年同期没有来信，不作同比。上期没有来信，不作环比。"}, []string{"上升", "下降", "增长", "减少", "持平"}},
		"everything": {[]string{
			"统计期尚未结束，与同样长的天数比较；", "截至2018年3月15日10时05分", "另有在办未到期2件。", "2件的期限为暂定", "另有1件早于最早一年工作日历", "超时未办2件", "尚未转办2件。",
			"1件在到期前最后一小时内答复", "另按答复后满3天未评价视为满意统计：未评价1件", "退回3次、黄牌2次、红牌1次、逾期并案1次", "程序按规则提示的答复疑似空洞（提示）4次，不作结论", "准予重办4件",
			"重办答复参评2件，满意1件，满意率50.00%。", "公共交通5件，占50.00%", "未注明主题的2件，占20.00%", "回复率60.00%，同比下降40.00个百分点，环比下降40.00个百分点",
		}, nil},
	} {
		text := says(name)
		for _, phrase := range want.there {
			if !strings.Contains(text, phrase) {
				t.Errorf("%s: %q is not said in\n%s", name, phrase, text)
			}
		}
		for _, phrase := range want.not {
			if strings.Contains(text, phrase) {
				t.Errorf("%s: %q is said in\n%s", name, phrase, text)
			}
		}
	}
}

func TestTheWordOfAChangeIsThatOfItsNumbers(t *testing.T) {
	t.Parallel()
	rate := func(part, of int64) report.Rate { return report.Rate{Part: part, Of: of} }
	for _, test := range []struct {
		now, before report.Rate
		zh, en      string
	}{
		{rate(8581, 10000), rate(8040, 10000), "上升5.41个百分点", "up 5.41 points"},
		{rate(8040, 10000), rate(8581, 10000), "下降5.41个百分点", "down 5.41 points"},
		{rate(1, 1), rate(747, 747), "持平", "level"},
		{rate(99999999, 100000000), rate(1, 1), "持平", "level"}, // both are printed as 100.00
		{rate(1, 10000), rate(0, 5), "上升0.01个百分点", "up 0.01 points"},
		{rate(1, 1), rate(0, 1), "上升100.00个百分点", "up 100.00 points"},
		{rate(1, 1), rate(0, 0), "", ""},
		{rate(0, 0), rate(1, 1), "", ""},
		{rate(0, 0), rate(0, 0), "", ""},
		{rate(0, 7), rate(0, 9), "持平", "level"},
	} {
		points := test.now.Minus(test.before)
		if zh, en := report.PointsChange(points, errs.ZH), report.PointsChange(points, errs.EN); zh != test.zh || en != test.en {
			t.Errorf("%v after %v is %q, %q; want %q, %q", test.now, test.before, zh, en, test.zh, test.en)
		}
	}
	for _, test := range []struct {
		now, before int64
		zh, en      string
	}{
		{747, 500, "增长49.40%", "up 49.40%"},
		{500, 747, "减少33.07%", "down 33.07%"},
		{500, 500, "持平", "level"},
		{0, 0, "", ""},
		{12, 0, "", ""},
		{0, 12, "减少100.00%", "down 100.00%"},
		{1147, 9, "增长12644.44%", "up 12644.44%"},
		{100001, 100000, "增加1件", "1 more"},
		{100000, 100001, "减少1件", "1 fewer"},
		{20001, 20000, "增长0.01%", "up 0.01%"}, // 0.005 is rounded half up
		{19999, 20000, "减少0.01%", "down 0.01%"},
	} {
		if zh, en := report.CountChange(test.now, test.before, errs.ZH), report.CountChange(test.now, test.before, errs.EN); zh != test.zh || en != test.en {
			t.Errorf("%d after %d is %q, %q; want %q, %q", test.now, test.before, zh, en, test.zh, test.en)
		}
	}
}

// drawFigures gives every count a number of its own, and works the rates out.
func drawFigures(t *rapid.T, label string) report.Figures {
	var f report.Figures
	v := reflect.ValueOf(&f).Elem()
	for i := range v.NumField() {
		n := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 900_000)).Draw(t, label)
		switch field := v.Field(i).Addr().Interface().(type) {
		case *int64:
			*field = n
		case **int64:
			*field = &n
		}
	}
	// What is a part of something is never more than it.
	for _, pair := range [][2]*int64{
		{&f.Answered, &f.Valid},
		{&f.OnTime, &f.Due},
		{&f.UnextendedOnTime, &f.UnextendedDue},
		{&f.DepartmentOnTime, &f.DepartmentDue},
		{&f.Rated, &f.Answered},
		{&f.Satisfied, &f.Rated},
		{&f.Resolved, &f.ResolutionAnswers},
	} {
		*pair[0] = min(*pair[0], *pair[1])
	}
	f.Settle()
	return f
}

var numberInText = regexp.MustCompile(`\d+(\.\d+)?`)

// TestEveryNumberOfTheWrittenReportIsOneOfItsFigures draws figures, and looks each number of the text up among them,
// among the dates, and among the shares and changes that follow from two of them.
func TestEveryNumberOfTheWrittenReportIsOneOfItsFigures(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		period := func(from, to string) *report.Period { return &report.Period{From: from, To: to} }
		asOf := time.Date(2018, 7, 10, 9, 0, 0, 0, shanghai)
		draw := func(by report.Grouping, total report.Figures, groups ...string) report.Report {
			r := report.Report{
				Period: *period("2018-01-01", "2018-07-01"), AsOf: report.Moment{Time: asOf}, By: by, Total: total,
				YearOnYear: period("2017-01-01", "2017-07-01"), Previous: period("2017-07-01", "2018-01-01"), SilenceDays: 7,
			}
			for _, id := range groups {
				f, before := drawFigures(t, id), drawFigures(t, id)
				f.Group, f.GroupID = id, id
				f.YearOnYear, f.Previous = f.Against(&before), f.Against(&before)
				r.Groups = append(r.Groups, f)
			}
			return r
		}
		total, year, previous := drawFigures(t, "total"), drawFigures(t, "year"), drawFigures(t, "previous")
		total.YearOnYear, total.Previous = total.Against(&year), total.Against(&previous)
		total.Took = []report.Took{{Days: 0, Letters: 31}, {Days: 40, Letters: 17}}
		w := report.Written{
			Report: draw(report.ByDepartment, total, "甲", "乙", report.NotRouted), Months: draw(report.ByMonth, total, "2018-01", "2018-02"),
			Topics: draw(report.ByTopic, total, "路灯", "供水", ""), Kinds: draw(report.ByKind, total, "help"), Channels: draw(report.ByChannel, total, "mailbox"),
		}
		w.Conduct = []report.ConductLine{{Department: "甲", Counts: map[cases.Conduct]int64{cases.Returned: 123457}}}
		w.ReworkTotal = &report.Reworks{Granted: 5557, Due: 777, OnTime: 555, OnTimeRate: report.Rate{Part: 555, Of: 777}}

		known := map[string]bool{}
		count := func(n int64) { known[strconv.FormatInt(n, 10)] = true }
		share := func(part, of int64) {
			if of > 0 {
				known[report.Rate{Part: part, Of: of}.String()] = true
			}
		}
		figures := func(f *report.Figures) {
			v := reflect.ValueOf(f).Elem()
			for i := range v.NumField() {
				switch field := v.Field(i).Interface().(type) {
				case int64:
					count(field)
					for _, of := range []int64{total.Valid, f.Rated} {
						share(field, of)
					}
				case *int64:
					count(*field)
				case report.Rate:
					known[field.String()] = true
				}
			}
			for _, c := range []*report.Comparison{f.YearOnYear, f.Previous} {
				if c == nil {
					continue
				}
				now := reflect.ValueOf(f).Elem()
				of := reflect.ValueOf(c).Elem()
				for i := range of.NumField() {
					switch field := of.Field(i).Interface().(type) {
					case int64:
						count(field)
						change := now.FieldByName(of.Type().Field(i).Name).Int() - field
						size := max(change, -change)
						count(size)
						share(size, field)
					case report.Points:
						known[strings.TrimLeft(field.String(), "+-")] = true
					}
				}
			}
		}
		figures(&total)
		for _, r := range []report.Report{w.Report, w.Months, w.Topics, w.Kinds, w.Channels} {
			for i := range r.Groups {
				figures(&r.Groups[i])
			}
		}
		for _, n := range []int64{31, 17, 123457, 5557, 777, 555, 0, 1, 2, 3, 5, 7, 6, 9, 10, 12, 30, 31, 2017, 2018} {
			count(n) // those named above, how many groups there are, the days of silence, and the parts of the dates
		}
		share(555, 777)
		known["100.00"] = true // "of these at 100 %"
		known["00"], known["09"] = true, true

		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			sentences, cells := report.WrittenText(w, lang, made)
			for _, text := range slices.Concat(sentences, cells) {
				for _, n := range numberInText.FindAllString(text, -1) {
					if !known[n] {
						t.Fatalf("%s is in %q, and no figure", n, text)
					}
				}
			}
		}
	})
}

func TestTheWrittenReportIsOneFileAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	w := situations(t)["everything"]
	w.Groups[0].Group = `<script>alert("x")</script>&=1+1`
	for name, write := range map[string]func(io.Writer, report.Written, errs.Lang, report.Made) error{
		"html": report.WriteWrittenHTML, "docx": report.WriteWrittenDOCX,
	} {
		var once, again bytes.Buffer
		for _, out := range []*bytes.Buffer{&once, &again} {
			if err := write(out, w, errs.ZH, made); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(once.Bytes(), again.Bytes()) {
			t.Errorf("%s: the same report makes different bytes", name)
		}
		if name == "html" {
			file := once.String()
			for _, not := range []string{"<script", "src=", "href=", "url(", "@import", "ZgotmplZ"} {
				if strings.Contains(file, not) {
					t.Errorf("the file has %s", not)
				}
			}
			if !strings.Contains(file, "@page") || !strings.Contains(file, "size: A4") {
				t.Error("the file has no style for paper")
			}
		}
	}
}

// wordsOf are the texts of a file of XML, which must be well formed; with HTML it is read as that.
func wordsOf(t testing.TB, file io.Reader) string {
	t.Helper()
	var text strings.Builder
	for d := xml.NewDecoder(file); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if words, ok := token.(xml.CharData); ok {
			text.Write(words)
		}
	}
}

func TestTheWordDocumentSaysWhatThePageSays(t *testing.T) {
	t.Parallel()
	for name, w := range situations(t) {
		var file, page bytes.Buffer
		if err := report.WriteWrittenDOCX(&file, w, errs.ZH, made); err != nil {
			t.Fatal(err)
		}
		if err := report.WriteWrittenArticle(&page, w, errs.ZH, made); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, part := range archive.File {
			content, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			parts[part.Name] = wordsOf(t, content)
			_ = content.Close()
		}
		if len(parts) != 6 || !strings.Contains(parts["word/footer1.xml"], " PAGE ") {
			t.Errorf("%s: the parts are %v", name, len(parts))
		}
		document := parts["word/document.xml"]
		for _, words := range regexp.MustCompile(`<(?:p|h2|td|th|caption|figcaption|text)\b[^>]*>([^<]+)<`).FindAllStringSubmatch(page.String(), -1) {
			if said := html.UnescapeString(words[1]); !strings.Contains(document, said) {
				t.Errorf("%s: the Word document does not say %q", name, said)
			}
		}
	}
}
