package intake_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
)

func TestSameLettersComeFromEveryEncoding(t *testing.T) {
	t.Parallel()
	text := plainHeader + good + "2,投诉,𠮷野家€,\"扰民，\n“很吵”\",2024-03-07 10:00:00,局,,\n"
	want, refused := readCSV(t, text)
	if len(want) != 2 || len(refused) != 0 {
		t.Fatalf("%d letters, refused %v", len(want), refused)
	}
	utf8Map := parseMap(t, `encoding = "utf-8"`+plainMap)
	gbMap := parseMap(t, `encoding = "gb18030"`+plainMap)
	for name, test := range map[string]struct {
		content string
		m       *intake.Map
	}{
		"UTF-8 with a byte order mark":   {"\ufeff" + text, parseMap(t, plainMap)},
		"UTF-8 named":                    {text, utf8Map},
		"GB18030 found":                  {gb18030(t, text), parseMap(t, plainMap)},
		"GB18030 named":                  {gb18030(t, text), gbMap},
		"GB18030 with a byte order mark": {"\x84\x31\x95\x33" + gb18030(t, text), parseMap(t, plainMap)},
		"the mark outweighs the map":     {"\ufeff" + text, gbMap},
		"CR LF":                          {strings.ReplaceAll(text, "\n", "\r\n"), parseMap(t, plainMap)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, refused := readAll(t, writeFile(t, "f.csv", test.content), test.m)
			if len(refused) != 0 || len(got) != len(want) {
				t.Fatalf("%d letters, refused %v", len(got), refused)
			}
			for i := range got {
				if got[i].Identity() != want[i].Identity() {
					t.Errorf("row %d is another letter: %+v", i, got[i])
				}
			}
		})
	}
}

func TestLongEncodingIsFoundFarBehindAnASCIIHeader(t *testing.T) {
	t.Parallel()
	m := parseMap(t, "source='s'\ndefault.channel='mailbox'\n[columns]\nreceived='t'\nbody='b'")
	// Shifted by one byte each time, so that some character lies across the end of any window.
	for shift := range 4 {
		text := "t,b\n" + strings.Repeat("2024-03-05 10:00:00,x\n", 10_000) + strings.Repeat("\n", shift)
		text += strings.Repeat("2024-03-05 10:00:00,路灯坏了很久没有人来修\n", 5_000)
		for name, content := range map[string]string{"utf-8": text, "gb18030": gb18030(t, text)} {
			letters, refused := readAll(t, writeFile(t, "f.csv", content), m)
			if len(letters) != 15_000 || len(refused) != 0 {
				t.Fatalf("%s, shift %d: %d letters, %d refused", name, shift, len(letters), len(refused))
			}
			if got := letters[14_999].Body; got != "路灯坏了很久没有人来修" {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}

// 路 in GB18030 is two bytes that are · in UTF-8, so that a line of it alone looks whole.
func TestLinesThatLookLikeUTF8DecideNothing(t *testing.T) {
	t.Parallel()
	row := "3,咨询,路灯,\"" + strings.Repeat("路\n", 9) + "\",2024-03-05 10:00:00,,,\n"
	path := filepath.Join(t.TempDir(), "f.csv")
	if err := os.WriteFile(path, []byte(gb18030(t, plainHeader+row)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := intake.Open(path, parseMap(t, plainMap))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	letter, refused, err := r.Next()
	if err != nil || refused != nil || letter.Title != "路灯" || strings.Count(letter.Body, "路") != 9 {
		t.Errorf("%+v, %v, %v", letter, refused, err)
	}
}

func TestRowInAnotherEncodingIsRefusedAlone(t *testing.T) {
	t.Parallel()
	stray := "9,咨询,标题一,内容很长很长,2024-03-05 10:00:00,局,,\n"
	for name, content := range map[string]string{
		"GB18030 among UTF-8": plainHeader + good + gb18030(t, stray) + good,
		"damaged GB18030":     gb18030(t, plainHeader+good) + "9,\xd7\xc9\xd1\xaf,\xff\xff,x,2024-03-05 10:00:00,,,\n" + gb18030(t, good),
	} {
		letters, refused := readCSV(t, content)
		if len(letters) != 2 || len(refused) != 1 || refused[0].Line != 3 {
			t.Fatalf("%s: %d letters, refused %v", name, len(letters), refused)
		}
		mustContain(t, refused[0].Reason.In(errs.EN), "encoding")
	}
}

func TestLongMissingQuoteCostsItsRowAndNotTheRestOfTheFile(t *testing.T) {
	t.Parallel()
	quoted := `2,咨询,"路灯","坏了, 很久",2024-03-05 10:00:00,局,,` + "\n"
	for name, test := range map[string]struct {
		content string
		letters int
		refused []int // lines
	}{
		"in the last row":              {good + `2,咨询,"a,b,2024-03-05 10:00:00,局,,`, 1, []int{3}},
		"no quote ever again":          {`2,咨询,"a,b,2024-03-05 10:00:00,局,,` + "\n" + strings.Repeat(good, 50_000), 50_000, []int{2}},
		"no quote in many short lines": {`2,咨询,"a` + "\n" + strings.Repeat("\n", 5<<20) + good, 1, []int{2}},
		"quoted rows follow":           {`2,咨询,"a,b,2024-03-05 10:00:00,局,,` + "\n" + strings.Repeat(quoted, 3), 3, []int{2}},
		"every other row":              {strings.Repeat(`2,咨询,"a,b,2024-03-05 10:00:00,局,,`+"\n"+good, 3), 3, []int{2, 4, 6}},
		"inside a text of many lines":  {"2,咨询,a,\"eins\nzw\"ei\ndrei\",2024-03-05 10:00:00,局,,\n" + good, 1, []int{2, 3, 4}},
		"more columns than the header, over two lines": {
			"2,咨询,a,b,2024-03-05 10:00:00,局,,\"c\n\",d,e\n" + good, 1,
			[]int{2, 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			letters, refused := readCSV(t, plainHeader+test.content)
			var lines []int
			for _, r := range refused {
				lines = append(lines, r.Line)
			}
			if diff := cmp.Diff(test.refused, lines); diff != "" || len(letters) != test.letters {
				t.Fatalf("%d letters, want %d; refused lines: %s", len(letters), test.letters, diff)
			}
		})
	}
}

func TestManyMissingQuotesTakeNoQuadraticTime(t *testing.T) {
	t.Parallel()
	// Each line opens a quote that the next seems to close and open again.
	letters, refused := readCSV(t, plainHeader+strings.Repeat(`a","c`+"\n", 20_000)+good)
	if len(letters) != 1 || len(refused) != 20_000 {
		t.Fatalf("%d letters, %d refused", len(letters), len(refused))
	}
}

func TestOverlongLineIsRefusedAndReadingGoesOn(t *testing.T) {
	t.Parallel()
	letters, refused := readCSV(t, plainHeader+"1,"+strings.Repeat("x", 9<<20)+"\n"+good)
	if len(letters) != 1 || len(refused) != 1 || refused[0].Line != 2 {
		t.Fatalf("%d letters, %d refused", len(letters), len(refused))
	}
	mustContain(t, refused[0].Reason.In(errs.EN), "longer")
}

func TestUnusableFileIsInvalid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, test := range map[string]struct{ path, field, says string }{
		"absent":             {filepath.Join(dir, "none.csv"), "file", "opened"},
		"a folder":           {dir, "file", "not a file"},
		"empty":              {writeFile(t, "f.csv", ""), "file", "empty"},
		"only a mark":        {writeFile(t, "f.csv", "\ufeff"), "columns.number", "编号"},
		"UTF-16":             {writeFile(t, "f.csv", "\xff\xfea\x00"), "file", "UTF-16"},
		"old Excel":          {writeFile(t, "f.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "file", ".xlsx"},
		"broken XLSX":        {writeFile(t, "f.xlsx", "PK\x03\x04 nothing"), "file", "damaged"},
		"column missing":     {writeFile(t, "f.csv", strings.Replace(plainHeader, "单位", "部门", 1)), "columns.department", "部门"},
		"column twice":       {writeFile(t, "f.csv", "单位,"+plainHeader), "columns.department", "more than one"},
		"broken header":      {writeFile(t, "f.csv", `"a`), "", "quote"},
		"the wrong encoding": {writeFile(t, "f.csv", "\xa4\xa4,\xa4\xe5\n"), "columns.number", "编号"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := intake.Open(test.path, parseMap(t, plainMap))
			if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != test.field {
				t.Fatalf("%v", err)
			}
			mustContain(t, errs.Message(err, errs.EN), test.says)
		})
	}
}

func TestFileWithAHeaderOnlyHasNoRows(t *testing.T) {
	t.Parallel()
	if letters, refused := readCSV(t, plainHeader); letters != nil || refused != nil {
		t.Fatal(letters, refused)
	}
}

func TestProgressGrowsToTheWholeFile(t *testing.T) {
	t.Parallel()
	content := plainHeader + good + `2,"x` + "\n" + good + "\n"
	r, err := intake.Open(writeFile(t, "f.csv", content), parseMap(t, plainMap))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	last, total := r.Progress()
	for {
		_, _, err := r.Next()
		done, _ := r.Progress()
		if done <= last {
			t.Errorf("%d after %d", done, last)
		}
		last = done
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if last != int64(len(content)) || total != last {
		t.Errorf("%d of %d, file has %d", last, total, len(content))
	}
}

// TestAnyWrittenRowsComeBack writes random letters with the standard library's CSV writer, in either
// encoding, and reads them.
func TestAnyWrittenRowsComeBack(t *testing.T) {
	t.Parallel()
	m := parseMap(t, plainMap)
	dir := t.TempDir()
	cell := rapid.StringMatching(`[a-z0-9路灯坏了“”,;"'|\n\t =@+\-]{0,40}`)
	start := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		w := csv.NewWriter(&text)
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		rows := [][]string{strings.Split(strings.TrimSpace(plainHeader), ",")}
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			at := start.Add(time.Duration(rapid.IntRange(0, 300_000_000).Draw(t, "at")) * time.Second)
			rows = append(rows, []string{
				cell.Draw(t, "number"), rapid.SampledFrom([]string{"咨询", "投诉", "praise"}).Draw(t, "kind"),
				"标" + cell.Draw(t, "title"), cell.Draw(t, "body") + "文", at.Format(time.DateTime), cell.Draw(t, "department"), "", "",
			})
		}
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		content := text.String()
		if rapid.Bool().Draw(t, "gb18030") {
			content = gb18030(t, content)
		}
		path := filepath.Join(dir, "f.csv")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		i := 1
		r, err := intake.Open(path, m)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		for {
			letter, refused, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || refused != nil {
				t.Fatalf("row %d: %v, %v", i, refused, err)
			}
			if diff := cmp.Diff(rows[i], unixLines(letter.Raw)); diff != "" {
				t.Fatal(diff)
			}
			if got := letter.ReceivedAt.Add(8 * time.Hour).Format(time.DateTime); got != rows[i][4] {
				t.Fatalf("received %s, want %s", got, rows[i][4])
			}
			i++
		}
		if i != len(rows) {
			t.Fatalf("%d rows of %d", i, len(rows))
		}
	})
}

func unixLines(cells []string) []string {
	out := make([]string, len(cells))
	for i, cell := range cells {
		out[i] = strings.ReplaceAll(cell, "\r\n", "\n")
	}
	return out
}

// FuzzReadCSV: whatever is in the file, reading ends, does not panic, and every line that is not
// blank is in a letter or in a refused row.
func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{
		plainHeader + good, "\ufeff" + plainHeader + `"`, plainHeader + "\"\"\"\n\"a\",\"b\n", "a,b\r\n\x00,\xff\n",
		plainHeader + strings.Repeat(`a","c`+"\n", 20), plainHeader + "\xb2\xe2\xca\xd4,1\n", "\x84\x31\x95\x33" + plainHeader,
	} {
		f.Add([]byte(seed))
	}
	m := parseMap(f, plainMap)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := writeFile(t, "f.csv", string(data))
		r, err := intake.Open(path, m)
		if err != nil {
			if errs.CodeOf(err) == errs.CodeInternal {
				t.Fatal(err)
			}
			return
		}
		defer func() { _ = r.Close() }()
		before := 0
		for {
			letter, refused, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			line := letter.Line
			if refused != nil {
				line = refused.Line
				if refused.Reason == nil || refused.Reason.In(errs.ZH) == "" || len(refused.Raw) == 0 {
					t.Fatalf("no reason or no row: %+v", refused)
				}
			} else if letter.Title+letter.Body == "" || letter.ReceivedAt.IsZero() || letter.Kind == "" || letter.Status == "" {
				t.Fatalf("a letter without its parts: %+v", letter)
			}
			if line <= before {
				t.Fatalf("line %d after %d", line, before)
			}
			before = line
		}
		if done, total := r.Progress(); done != total || total != int64(len(data)) {
			t.Fatalf("read %d of %d", done, total)
		}
	})
}

// TestMemoryStaysFlat reads a file of some 30 MB and looks at the heap on the way.
func TestMemoryStaysFlat(t *testing.T) { //nolint:paralleltest // it measures the heap of the whole process
	if testing.Short() {
		t.Skip("reads 30 MB")
	}
	path := writeRows(t, 100_000)
	r, err := intake.Open(path, parseMap(t, plainMap))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, rows := heap(), 0
	for {
		_, refused, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || refused != nil {
			t.Fatal(refused, err)
		}
		if rows++; rows%25_000 == 0 {
			if now := heap(); now > before+8<<20 {
				t.Errorf("after %d rows the heap grew from %d to %d bytes", rows, before, now)
			}
		}
	}
	if rows != 100_000 {
		t.Errorf("%d rows", rows)
	}
}

// writeRows writes n letters of 300 bytes, one in ten quoted over two lines.
func writeRows(t testing.TB, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString(plainHeader)
	body := strings.Repeat("路灯坏了很久没有人来修", 6)
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&text, "%d,咨询,路灯,\"%s\n“%s”\",2024-03-05 10:00:00,城管局,2024-03-06 09:00:00,\"已修\"\n", i, body, body)
			continue
		}
		fmt.Fprintf(&text, "%d,投诉,路灯,%s,2024-03-05 10:00:00,城管局,2024-03-06 09:00:00,已修\n", i, body)
	}
	return writeFile(t, "rows.csv", text.String())
}

func BenchmarkReadCSV(b *testing.B) {
	for name, encode := range map[string]func(string) string{
		"utf-8":   func(s string) string { return s },
		"gb18030": func(s string) string { return gb18030(b, s) },
	} {
		b.Run(name, func(b *testing.B) {
			const rows = 50_000
			content, err := os.ReadFile(writeRows(b, rows))
			if err != nil {
				b.Fatal(err)
			}
			path := writeFile(b, "f.csv", encode(string(content)))
			m := parseMap(b, plainMap)
			for b.Loop() {
				if letters, _ := readAll(b, path, m); len(letters) != rows {
					b.Fatal(len(letters))
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
