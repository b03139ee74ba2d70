package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
)

func TestRowBecomesLetterWithTimesInUTC(t *testing.T) {
	t.Parallel()
	letters, refused := readCSV(t, plainHeader+"7, 投诉 ,\" 路灯\n坏了 \",\"第一行\r\n第二行\t完\",2024-03-05 10:00:00, 老局 ,2024/3/6,已修\n")
	if len(refused) != 0 || len(letters) != 1 {
		t.Fatalf("letters %d, refused %v", len(letters), refused)
	}
	want := intake.Letter{
		Line: 2, Source: "test", Number: "7", Channel: "mailbox", Kind: "complaint",
		Title: "路灯 坏了", Body: "第一行\n第二行\t完", Department: "新局", Status: "answered",
		ReceivedAt: time.Date(2024, 3, 5, 2, 0, 0, 0, time.UTC),
		RepliedAt:  time.Date(2024, 3, 5, 16, 0, 0, 0, time.UTC),
		Reply:      "已修",
		Raw:        []string{"7", " 投诉 ", " 路灯\n坏了 ", "第一行\r\n第二行\t完", "2024-03-05 10:00:00", " 老局 ", "2024/3/6", "已修"},
	}
	if diff := cmp.Diff(want, letters[0]); diff != "" {
		t.Error(diff)
	}
}

func TestBadRowIsRefusedAloneNamingColumnAndValue(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", intake.MaxText+1)
	for name, test := range map[string]struct {
		row   string
		field string
		says  []string
	}{
		"reply before its letter": {"1,咨询,a,b,2024-03-05 10:00:00,局,2024-03-05 09:59:59,c", "答复时间", []string{"2024-03-05 10:00:00", "2024-03-05 09:59:59"}},
		"reply on an earlier day": {"1,咨询,a,b,2024-03-05 10:00:00,局,2024/3/4,c", "答复时间", []string{"2024-03-05 10:00:00", "2024-03-04 00:00:00"}},
		"unreadable date":         {"1,咨询,a,b,昨天,局,,", "来信时间", []string{"昨天", "YYYY-MM-DD hh:mm:ss"}},
		"date not in calendar":    {"1,咨询,a,b,2023-02-29 10:00:00,局,,", "来信时间", []string{"2023-02-29 10:00:00"}},
		"hour 24":                 {"1,咨询,a,b,2023-02-28 24:00:00,局,,", "来信时间", []string{"24:00:00"}},
		"placeholder year":        {"1,咨询,a,b,1900-01-01 00:00:00,局,,", "来信时间", []string{"1900-01-01"}},
		"no date":                 {"1,咨询,a,b, ,局,,", "来信时间", []string{"receipt"}},
		"unknown kind":            {"1,发牢骚,a,b,2024-03-05 10:00:00,局,,", "类型", []string{"发牢骚", "words.kind"}},
		"empty kind":              {"1,,a,b,2024-03-05 10:00:00,局,,", "类型", []string{"default.kind"}},
		"no title and no text":    {"1,咨询, ,\t,2024-03-05 10:00:00,局,,", "", []string{"neither a title nor a text"}},
		"NUL":                     {"1,咨询,a,b\x00c,2024-03-05 10:00:00,局,,", "内容", []string{"U+0000"}},
		"escape in a title":       {"1,咨询,a\x1b[1m,b,2024-03-05 10:00:00,局,,", "标题", []string{"U+001B"}},
		"C1 control":              {"1,咨询,a\u0092,b,2024-03-05 10:00:00,局,,", "标题", []string{"U+0092"}},
		"broken UTF-8":            {"1,咨询,a,b\xe5\x8f,2024-03-05 10:00:00,局,,", "内容", []string{"encoding"}},
		"replacement character":   {"1,咨询,a,b\ufffd,2024-03-05 10:00:00,局,,", "内容", []string{"encoding"}},
		"too few columns":         {"1,咨询,a,b,2024-03-05 10:00:00", "", []string{"5", "8"}},
		"too many columns":        {"1,咨询,a,b,2024-03-05 10:00:00,局,,,", "", []string{"9", "8"}},
		"text too long":           {"1,咨询,a," + long + ",2024-03-05 10:00:00,局,,", "内容", []string{"200001", "200000"}},
		"name too long":           {"1,咨询,a,b,2024-03-05 10:00:00," + strings.Repeat("局", 1001) + ",,", "单位", []string{"1001", "1000"}},
		"reply without its time":  {"1,咨询,a,b,2024-03-05 10:00:00,局,,已修", "答复", []string{"no time"}},
		"stray quote":             {`1,咨询,"a"b,c,2024-03-05 10:00:00,局,,`, "", []string{"twice"}},
		"unterminated quote":      {`1,咨询,"a,b,2024-03-05 10:00:00,局,,`, "", []string{"quote"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			letters, refused := readCSV(t, plainHeader+good+test.row+"\n"+good)
			if len(letters) != 2 || len(refused) != 1 {
				t.Fatalf("%d letters, refused %v", len(letters), refused)
			}
			if letters[0].Line != 2 || refused[0].Line != 3 || letters[1].Line != 4 {
				t.Errorf("lines %d, %d, %d", letters[0].Line, refused[0].Line, letters[1].Line)
			}
			reason := refused[0].Reason
			if reason.Code != errs.CodeInvalid || reason.Field != test.field {
				t.Errorf("%s %q: %v", reason.Code, reason.Field, reason)
			}
			mustContain(t, reason.In(errs.EN), test.says...)
			if reason.In(errs.ZH) == reason.In(errs.EN) || strings.Contains(reason.In(errs.ZH)+reason.In(errs.EN), "%!") {
				t.Errorf("texts: %q, %q", reason.In(errs.ZH), reason.In(errs.EN))
			}
		})
	}
}

func TestUnusualRowsThatAreGoodPass(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]string{
		"title only":                         "1,咨询,a,,2024-03-05 10:00:00,局,,",
		"text only":                          "1,咨询,,b,2024-03-05 10:00:00,局,,",
		"no number, no department":           ",咨询,a,b,2024-03-05 10:00:00,,,",
		"reply in the same second":           "1,咨询,a,b,2024-03-05 10:00:00,局,2024-03-05 10:00:00,c",
		"reply by day on the letter's day":   "1,咨询,a,b,2024-03-05 10:00:00,局,2024/3/5,c",
		"answered by telephone":              "1,咨询,a,b,2024-03-05 10:00:00,局,2024-03-05 11:00:00,",
		"kind in the words of the domain":    "1,tipoff,a,b,2024-03-05 10:00:00,局,,",
		"text at the limit":                  "1,咨询,a," + strings.Repeat("长", intake.MaxText) + ",2024-03-05 10:00:00,局,,",
		"a quote within an unquoted field":   `1,咨询,5" 水管,b,2024-03-05 10:00:00,局,,`,
		"quotes written twice":               `1,咨询,"说""急""",b,2024-03-05 10:00:00,局,,`,
		"what looks like a formula":          "1,咨询,=1+1,b,2024-03-05 10:00:00,局,,",
		"carriage returns, tabs, form feeds": "1,咨询,a\tb\r,\"c\rd\fe\tf\",2024-03-05 10:00:00,局,,\r",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			letters, refused := readCSV(t, plainHeader+row+"\n"+good)
			if len(letters) != 2 || len(refused) != 0 {
				t.Fatalf("%d letters, refused %v", len(letters), refused)
			}
			if letters[0].RepliedAt.Before(letters[0].ReceivedAt) != letters[0].RepliedAt.IsZero() {
				t.Errorf("received %v, replied %v", letters[0].ReceivedAt, letters[0].RepliedAt)
			}
		})
	}
}

func TestBlankRowsAreNoRows(t *testing.T) {
	t.Parallel()
	letters, refused := readCSV(t, plainHeader+"\n"+good+",,,,,,,\n\r\n , ,\n"+strings.TrimSuffix(good, "\n"))
	if len(letters) != 2 || len(refused) != 0 || letters[1].Line != 7 {
		t.Fatalf("letters %v, refused %v", letters, refused)
	}
}

const fullMap = `
source = "full"
[columns]
received = "t"
title = "title"
channel = "channel"
kind = "kind"
status = "status"
routed = "routed"
replied = "replied"
rating = "rating"
resolved = "resolved"
valid = "valid"
duplicate = "duplicate"
writer_name = "name"
writer_phone = "phone"
writer_email = "mail"
topic = "topic"
district = "district"
[default]
kind = "unspecified"
[words.channel]
"热线" = "hotline"
[words.status]
"完" = "answered"
"办" = "open"
"退" = "declined"
[words.rating]
"满意" = "satisfied"
[words.valid]
"有效" = true
"无效" = false
`

const fullHeader = "t,title,channel,kind,status,routed,replied,rating,resolved,valid,duplicate,name,phone,mail,topic,district\n"

func TestAllFieldsAreRead(t *testing.T) {
	t.Parallel()
	m := parseMap(t, fullMap)
	letters, refused := readAll(t, writeFile(t, "f.csv", fullHeader+
		"2024-03-05 10:00:00,a,热线,?,完,2024-03-05 11:00:00,2024-03-05 12:00:00,满意,是,有效,否,李,138 0000,x@example.org,环保,岳塘\n"+
		"2024-03-05 10:00:00,a,wechat,praise,退,,,,,无效,yes,,,,,\n"+
		"2024-03-05 10:00:00,a,wechat,praise,,,,,,,,,,,,\n"), m)
	if len(refused) != 0 || len(letters) != 3 {
		t.Fatalf("%d letters, refused %v", len(letters), refused)
	}
	for i := range letters {
		letters[i].Raw = nil
	}
	at := func(hour int) time.Time { return time.Date(2024, 3, 5, hour, 0, 0, 0, time.UTC) }
	want := []intake.Letter{
		{
			Line: 2, Source: "full", Channel: "hotline", Kind: "unspecified", Topic: "环保", District: "岳塘", Title: "a",
			Writer: intake.Writer{Name: "李", Phone: "138 0000", Email: "x@example.org"},
			Status: "answered", ReceivedAt: at(2), RoutedAt: at(3), RepliedAt: at(4),
			Rating: 4, Resolved: new(true), Valid: new(true), Duplicate: new(false),
		},
		{Line: 3, Source: "full", Channel: "wechat", Kind: "praise", Title: "a", Status: "declined", ReceivedAt: at(2), Valid: new(false), Duplicate: new(true)},
		{Line: 4, Source: "full", Channel: "wechat", Kind: "praise", Title: "a", Status: "open", ReceivedAt: at(2)},
	}
	if diff := cmp.Diff(want, letters); diff != "" {
		t.Error(diff)
	}
}

func TestStatusReplyAndRatingMustAgree(t *testing.T) {
	t.Parallel()
	m := parseMap(t, fullMap)
	for name, test := range map[string]struct{ row, field string }{
		"answered without a time":      {"2024-03-05 10:00:00,a,wechat,,完,,,,,,,,,,,", "status"},
		"open with a reply":            {"2024-03-05 10:00:00,a,wechat,,办,,2024-03-05 12:00:00,,,,,,,,,", "status"},
		"unknown status":               {"2024-03-05 10:00:00,a,wechat,,怪,,,,,,,,,,,", "status"},
		"unknown channel":              {"2024-03-05 10:00:00,a,飞鸽,,,,,,,,,,,,,", "channel"},
		"no channel":                   {"2024-03-05 10:00:00,a,,,,,,,,,,,,,,", "channel"},
		"unknown rating":               {"2024-03-05 10:00:00,a,wechat,,,,2024-03-05 12:00:00,还行,,,,,,,,", "rating"},
		"rated without an answer":      {"2024-03-05 10:00:00,a,wechat,,,,,满意,,,,,,,,", "rating"},
		"resolved without an answer":   {"2024-03-05 10:00:00,a,wechat,,,,,,是,,,,,,,", "resolved"},
		"unknown yes or no":            {"2024-03-05 10:00:00,a,wechat,,,,2024-03-05 12:00:00,,也许,,,,,,,", "resolved"},
		"routed before it came":        {"2024-03-05 10:00:00,a,wechat,,,2024-03-05 09:00:00,,,,,,,,,,", "routed"},
		"routed after the reply":       {"2024-03-05 10:00:00,a,wechat,,,2024-03-05 13:00:00,2024-03-05 12:00:00,,,,,,,,,", "replied"},
		"control character in a phone": {"2024-03-05 10:00:00,a,wechat,,,,,,,,,,1\x002,,,", "phone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			letters, refused := readAll(t, writeFile(t, "f.csv", fullHeader+test.row+"\n"), m)
			if len(letters) != 0 || len(refused) != 1 || refused[0].Reason.Field != test.field {
				t.Fatalf("letters %v, refused %v", letters, refused)
			}
		})
	}
}

func TestTimeAfterTheGivenInstantIsRefused(t *testing.T) {
	t.Parallel()
	r, err := intake.Open(writeFile(t, "f.csv", plainHeader+good+good), parseMap(t, plainMap))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	replied := time.Date(2024, 3, 6, 1, 0, 0, 0, time.UTC)
	r.RefuseAfter(replied)
	if _, refused, err := r.Next(); refused != nil || err != nil {
		t.Errorf("at that instant: %v, %v", refused, err)
	}
	r.RefuseAfter(replied.Add(-time.Second))
	if _, refused, err := r.Next(); refused == nil || refused.Reason.Field != "答复时间" || err != nil {
		t.Errorf("a second before: %v, %v", refused, err)
	}
}

func TestHourLeftOutBySummerTimeDoesNotExist(t *testing.T) {
	t.Parallel()
	// Shanghai put its clocks forward on 4 May 1986, from 02:00 to 03:00.
	_, refused := readCSV(t, plainHeader+"1,咨询,a,b,1986-05-04 02:30:00,局,,\n")
	if len(refused) != 1 || refused[0].Reason.Field != "来信时间" {
		t.Fatalf("refused %v", refused)
	}
}

func TestIdentityTellsLettersApartAndOutlivesAReply(t *testing.T) {
	t.Parallel()
	base := intake.Letter{Source: "s", Number: "1", ReceivedAt: time.Unix(1_700_000_000, 0), Title: "ab", Body: "c"}
	changed := map[string]func(*intake.Letter){
		"source":   func(l *intake.Letter) { l.Source = "t" },
		"number":   func(l *intake.Letter) { l.Number = "2" },
		"received": func(l *intake.Letter) { l.ReceivedAt = l.ReceivedAt.Add(time.Second) },
		"title":    func(l *intake.Letter) { l.Title = "abd" },
		"text":     func(l *intake.Letter) { l.Body = "d" },
		"boundary": func(l *intake.Letter) { l.Title, l.Body = "a", "bc" },
	}
	for name, change := range changed {
		other := base
		change(&other)
		if other.Identity() == base.Identity() {
			t.Errorf("%s does not matter", name)
		}
	}
	same := base
	same.Reply, same.RepliedAt, same.Line, same.Department = "r", base.ReceivedAt.Add(time.Hour), 9, "局"
	same.ReceivedAt = base.ReceivedAt.UTC()
	if same.Identity() != base.Identity() {
		t.Error("a reply or the place in the file makes it another letter")
	}
}
