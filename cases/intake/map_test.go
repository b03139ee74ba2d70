package intake_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
)

// examples are the maps shipped with the documentation.
const examples = "../../docs/import"

func TestExampleMapsAreGood(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(examples, "*.toml"))
	if err != nil || len(paths) < 2 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		if _, err := intake.LoadMap(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestBadMapIsInvalidNamingKeyOrLine(t *testing.T) {
	t.Parallel()
	change := func(old, replacement string) string {
		if !strings.Contains(plainMap, old) {
			t.Fatalf("the map has no %q", old)
		}
		return strings.Replace(plainMap, old, replacement, 1)
	}
	for name, test := range map[string]struct{ text, field, says string }{
		"empty":                  {"", "source", "Name the source"},
		"not TOML":               {"source = 'a'\n\nkind : x\n", "map", "Line 3"},
		"a key twice":            {"source = 'a'\nsource = 'b'\n", "source", "Line 2"},
		"a number for a word":    {"source = 3\n", "map", "line 1"},
		"a word for yes or no":   {plainMap + "[words.valid]\n'是' = 'ja'\n", "map", "words.valid"},
		"unknown key":            {"colour = 'red'" + plainMap, "colour", "no such key"},
		"unknown table":          {plainMap + "[word.kind]\n", "word.kind", "no such key"},
		"unknown default":        {change(`channel = "mailbox"`, "channel='mailbox'\nperson='x'"), "default.person", "no such key"},
		"unknown field":          {change(`title =`, "titel ="), "columns.titel", "title"},
		"empty header":           {change(`"标题"`, `" "`), "columns.title", "Name the column"},
		"one column twice":       {change(`"标题"`, `"内容"`), "columns.title", "body"},
		"no time of receipt":     {change(`received = "来信时间"`, ""), "columns.received", "time of the letter"},
		"no text":                {change("title = \"标题\"\nbody = \"内容\"", ""), "columns.body", "text or the title"},
		"no channel":             {change(`channel = "mailbox"`, ""), "default.channel", "channel"},
		"unknown channel":        {change(`"mailbox"`, `"pigeon"`), "default.channel", "pigeon"},
		"unknown kind":           {change(`"complaint"`, `"grumble"`), `words.kind."投诉"`, "grumble"},
		"unknown status":         {plainMap + "[words.status]\n'完'='closed'\n", `words.status."完"`, "answered"},
		"unknown zone":           {"timezone = 'Asia/Xiangtan'" + plainMap, "timezone", "Xiangtan"},
		"the machine's own zone": {"timezone = 'Local'" + plainMap, "timezone", "Local"},
		"unknown encoding":       {"encoding = 'big5'" + plainMap, "encoding", "big5"},
		"unknown delimiter":      {"delimiter = '，'" + plainMap, "delimiter", "，"},
		"control in a source":    {`source = "a\u0000b"`, "source", "U+0000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := intake.ParseMap([]byte(test.text))
			if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != test.field {
				t.Fatalf("field %q: %v", errs.FieldOf(err), err)
			}
			mustContain(t, errs.Message(err, errs.EN), test.says)
			if strings.Contains(errs.Message(err, errs.ZH), "%!") {
				t.Error(errs.Message(err, errs.ZH))
			}
		})
	}
	if _, err := intake.LoadMap(filepath.Join(t.TempDir(), "none.toml")); errs.FieldOf(err) != "map" {
		t.Errorf("absent map: %v", err)
	}
}

func TestMapSavedByAWindowsEditorIsGood(t *testing.T) {
	t.Parallel()
	parseMap(t, "\ufeff"+strings.ReplaceAll(plainMap, "\n", "\r\n"))
}

func TestDelimiterOfTheMapPartsTheColumns(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{";", "\t", "|"} {
		m := parseMap(t, fmt.Sprintf("delimiter = %q", sign)+plainMap)
		letters, refused := readAll(t, writeFile(t, "f.csv", strings.ReplaceAll(plainHeader+good, ",", sign)), m)
		if len(letters) != 1 || len(refused) != 0 {
			t.Errorf("%q: %d letters, refused %v", sign, len(letters), refused)
		}
	}
}

func TestDatesAreReadByTheMapsNotation(t *testing.T) {
	t.Parallel()
	const want = "2024-03-05 09:07:00"
	for _, test := range []struct{ notation, value, want string }{
		{"YYYY-MM-DD hh:mm:ss", "2024-03-05 09:07:00", want},
		{"Y/M/D h:m:s", "2024/3/5 9:07:00", want},
		{"Y/M/D h:m", "2024/03/05 09:7", want},
		{"Y年M月D日 h时m分", "2024年3月5日 9时7分", want},
		{"YYYYMMDDhhmmss", "20240305090700", want},
		{"YYYY-MM-DDThh:mm:ss.f", "2024-03-05T09:07:00.123456", want},
		{"D.M.Y", "5.3.2024", "2024-03-05 00:00:00"},
		{"YYYY-MM-DD", "2024-03-05 09:07:00", want}, // always understood
		{"YYYY-MM-DD hh:mm:ss", "2024-3-5 09:07:00", ""},
		{"Y/M/D", "2024/3/5 9:07", ""},
		{"Y/M/D", "24/3/5", ""},
		{"Y/M/D", "2024/13/5", ""},
		{"Y/M/D", "2024/4/31", ""},
		{"Y/M/D", "2024/0/1", ""},
		{"Y/M/D", "2024/3/５", ""},
		{"Y/M/D h:m:s", "2024/3/5 9:07:60", ""},
	} {
		m := parseMap(t, fmt.Sprintf("source='s'\ndates=[%q]\ndefault.channel='mailbox'\n[columns]\nreceived='t'\nbody='b'", test.notation))
		letters, refused := readAll(t, writeFile(t, "f.csv", "t,b\n"+test.value+",x\n"), m)
		switch {
		case test.want == "":
			if len(refused) != 1 {
				t.Errorf("%s reads %s as %v", test.notation, test.value, letters)
			}
		case len(letters) != 1:
			t.Errorf("%s does not read %s: %v", test.notation, test.value, refused)
		default:
			if got := letters[0].ReceivedAt.Add(8 * time.Hour).Format(time.DateTime); got != test.want {
				t.Errorf("%s reads %s as %s", test.notation, test.value, got)
			}
		}
	}
}

func TestNotationThatCannotWorkIsInvalid(t *testing.T) {
	t.Parallel()
	for _, notation := range []string{
		"", "YYYY-MM", "yyyy-MM-dd", "YY-MM-DD", "YYYY-MMM-DD", "YMD", "Y-M-D-D", "Y-M-D m", "Y-M-D h:s", "Y-M-D h.f", "2006-01-02", "Y-M-D hh:mm a",
	} {
		_, err := intake.ParseMap([]byte(fmt.Sprintf("dates = [%q]", notation) + plainMap[:1] + strings.Replace(plainMap, "dates =", "# ", 1)))
		if errs.FieldOf(err) != "dates" {
			t.Errorf("%q: %v", notation, err)
		}
	}
}

// FuzzParseMap: whatever the text, there is a map that can be used or an error that a person can mend.
func FuzzParseMap(f *testing.F) {
	f.Add([]byte(plainMap))
	f.Add([]byte(fullMap))
	f.Add([]byte("source = [[["))
	f.Add([]byte("[columns]\nreceived = {a=1}\n"))
	path := writeFile(f, "f.csv", plainHeader+good)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := intake.ParseMap(data)
		if err != nil {
			if errs.CodeOf(err) != errs.CodeInvalid || errs.Message(err, errs.ZH) == "" {
				t.Fatal(err)
			}
			return
		}
		r, err := intake.Open(path, m)
		if err != nil {
			return
		}
		defer func() { _ = r.Close() }()
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	})
}
