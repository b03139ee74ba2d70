package intake_test

import (
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
)

func TestGuessedMapImportsAFileWithKnownHeaders(t *testing.T) {
	t.Parallel()
	chinese := "受理编号,类型,反映标题,反映内容,反映时间,受理单位,处理状态,反馈时间,答复内容\n" +
		"1,咨询,a,b,2024/3/5 9:07,局,已办结,2024/3/6,c\n" +
		"2,,a,b,2024/3/5 9:07,局,处理中,,\n"
	english := "Case Number;Kind;Subject;Description;Received At;Department;Status;Replied At;Reply;Resolved\n" +
		"1;complaint;a;b, c;2024-03-05 09:07:00;x;closed;2024-03-06;c;yes\n" +
		"2;idea;a;b;2024-03-05 09:07:00;x;pending;;;\n"
	at := time.Date(2024, 3, 5, 9, 7, 0, 0, time.UTC)
	for name, path := range map[string]string{
		"Chinese":       writeFile(t, "市长信箱.csv", chinese),
		"GB18030":       writeFile(t, "信箱.csv", gb18030(t, chinese)),
		"English":       writeFile(t, "letters.csv", english),
		"tabs":          writeFile(t, "letters.tsv", strings.ReplaceAll(chinese, ",", "\t")),
		"one odd quote": writeFile(t, `a".csv`, chinese+"3,\"咨询,x\n"),
		"XLSX": writeXLSX(t, "首页", false,
			[]any{"信件编号", "信件类型", "信件标题", "信件内容", "来信时间", "承办单位", "办理状态", "答复时间", "答复内容"},
			[]any{1, "投诉", "a", "b", at, "局", "已答复", at.Add(time.Hour), "c"},
			[]any{2, "求助", "a", "b", at, "局", "办理中"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := intake.Guess(path)
			if err != nil {
				t.Fatal(err)
			}
			m := parseMap(t, string(text))
			letters, _ := readAll(t, path, m)
			if len(letters) != 2 {
				_, refused := readAll(t, path, m)
				t.Fatalf("%d letters, refused %v with\n%s", len(letters), refused, text)
			}
			first, second := letters[0], letters[1]
			if first.Number != "1" || first.Department == "" || first.Reply != "c" || first.Status != intake.StatusAnswered ||
				!first.ReceivedAt.Equal(at.Add(-8*time.Hour)) || second.Status != intake.StatusOpen {
				t.Errorf("%+v\n%s", letters, text)
			}
		})
	}
}

func TestGuessMarksWhatAPersonMustComplete(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "f.csv", "编号,类型,内容,来信时间,\"备注\x7f\n二\"\n1,牢骚\x02,b,昨天,x\n")
	text, err := intake.Guess(path)
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, string(text), `# "牢骚\u0002" = ""`, `"昨天"`, `column not used: "备注`, `# department = ""`, `received = "来信时间"`)
	parseMap(t, string(text))
}

func TestGuessOfAnUnusableFileIsInvalid(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "\"a", "PK\x03\x04"} {
		if _, err := intake.Guess(writeFile(t, "f.csv", content)); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("%q: %v", content, err)
		}
	}
}
