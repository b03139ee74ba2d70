package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/intake"
)

const badRows = "3,咨询,\"说“急”, \"\"快\"\"\",\"第一行\n第二行\",2024-03-05 10:00:00,局,2024-03-04 10:00:00,=早\n" +
	"4,咨询,a\n" +
	"5,咨询,\"a,b,2024-03-05 10:00:00,局,,\n"

// reject reads a file and writes what is refused.
func reject(t *testing.T, path string, m *intake.Map) (rejected string, refused []intake.Rejection) {
	t.Helper()
	r, err := intake.Open(path, m)
	if err != nil {
		t.Fatal(err)
	}
	header := r.Header()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	_, refused = readAll(t, path, m)
	rejected = filepath.Join(t.TempDir(), "f.rejected.csv")
	out := intake.NewRejects(rejected, header)
	for _, row := range refused {
		if err := out.Add(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return rejected, refused
}

func TestRejectedRowsComeBackWithTheSameMapUntilRepaired(t *testing.T) {
	t.Parallel()
	semicolons := `delimiter = ";"` + "\n" + `encoding = "gb18030"` + plainMap
	for name, test := range map[string]struct{ path, m string }{
		"UTF-8":   {writeFile(t, "f.csv", plainHeader+good+badRows), plainMap},
		"GB18030": {writeFile(t, "f.csv", gb18030(t, "编号;类型;标题;内容;来信时间;单位;答复时间;答复\n"+strings.NewReplacer(",", ";", ", ", ",").Replace(badRows))), semicolons},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := parseMap(t, test.m)
			rejected, first := reject(t, test.path, m)
			if len(first) != 3 {
				t.Fatalf("refused %v", first)
			}
			letters, again := readAll(t, rejected, m)
			if len(letters) != 0 || len(again) != 3 {
				t.Fatalf("%d letters, refused %v", len(letters), again)
			}
			if diff := cmp.Diff(first[0].Raw, again[0].Raw); diff != "" {
				t.Error(diff)
			}
			data, err := os.ReadFile(rejected)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			mustContain(t, text, "\ufeff行号/line,原因/reason,编号,", "早于", "precedes")
			repaired := strings.Replace(text, "2024-03-04 10:00:00,=早", "2024-03-06 10:00:00,=早", 1)
			letters, again = readAll(t, writeFile(t, "repaired.csv", repaired), m)
			if len(letters) != 1 || len(again) != 2 || letters[0].Reply != "=早" || letters[0].Body != "第一行\n第二行" {
				t.Fatalf("letters %+v, refused %v", letters, again)
			}
			if r, err := intake.Open(rejected, m); err != nil || len(r.Header()) != 8 || r.Close() != nil {
				t.Errorf("header of a file of rejects: %v", err)
			}
		})
	}
}

func TestRejectedXLSXRowsComeBackAsCSV(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 5, 10, 0, 7, 0, time.UTC)
	m := parseMap(t, strings.Replace(sheetMap, `"YYYY-MM-DD hh:mm:ss", `, "", 1))
	rejected, refused := reject(t, writeXLSX(t, "信件", false, headerRow(), []any{1, "牢骚", "a", "b", at}), m)
	if len(refused) != 1 {
		t.Fatal(refused)
	}
	data, err := os.ReadFile(rejected)
	if err != nil {
		t.Fatal(err)
	}
	repaired := strings.Replace(string(data), ",牢骚,", ",投诉,", 1)
	letters, refused := readAll(t, writeFile(t, "repaired.csv", repaired), m)
	if len(letters) != 1 || len(refused) != 0 || !letters[0].ReceivedAt.Equal(at.Add(-8*time.Hour)) {
		t.Fatalf("letters %+v, refused %v", letters, refused)
	}
}

func TestBrokenBytesStayRefusedUntilRepaired(t *testing.T) {
	t.Parallel()
	m := parseMap(t, plainMap)
	rejected, _ := reject(t, writeFile(t, "f.csv", plainHeader+good+"1,咨询,a\xff,b,2024-03-05 10:00:00,局,,\n"), m)
	if letters, refused := readAll(t, rejected, m); len(letters) != 0 || len(refused) != 1 {
		t.Fatalf("letters %v, refused %v", letters, refused)
	}
}

func TestFileOfRejectsIsPrivateAndOnlyMadeWhenNeeded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.rejected.csv")
	if err := intake.NewRejects(path, []string{"a"}).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatalf("made without a refused row: %v", err)
	}
	if err := os.WriteFile(path, []byte("being repaired"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, refused := readCSV(t, plainHeader+"x\n")
	out := intake.NewRejects(path, []string{"a"})
	if err := out.Add(refused[0]); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if kept, err := os.ReadFile(path + ".bak"); err != nil || string(kept) != "being repaired" {
		t.Errorf("the earlier file: %q, %v", kept, err)
	}
}

func TestRejectsThatCannotBeWrittenSaySo(t *testing.T) {
	t.Parallel()
	_, refused := readCSV(t, plainHeader+"x\n")
	out := intake.NewRejects(filepath.Join(t.TempDir(), "none", "f.csv"), []string{"a"})
	if out.Add(refused[0]) == nil || out.Close() == nil {
		t.Error("no error")
	}
}
