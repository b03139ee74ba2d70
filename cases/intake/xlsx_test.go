package intake_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
)

// writeXLSX writes rows to the sheet; times become real Excel date cells.
func writeXLSX(t testing.TB, sheet string, date1904 bool, rows ...[]any) string {
	t.Helper()
	book := excelize.NewFile()
	if err := book.SetSheetName("Sheet1", "首页"); err != nil {
		t.Fatal(err)
	}
	if _, err := book.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	if date1904 {
		if err := book.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: new(true)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range rows {
		if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func headerRow() []any {
	var row []any
	for name := range strings.SplitSeq(strings.TrimSpace(plainHeader), ",") {
		row = append(row, name)
	}
	return row
}

const sheetMap = `sheet = "信件"` + plainMap

func TestXLSXGivesTheSameLettersAsCSV(t *testing.T) {
	t.Parallel()
	want, _ := readCSV(t, plainHeader+good)
	received := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC) // Excel knows no zones: local time
	for name, path := range map[string]string{
		"dates as text":           writeXLSX(t, "信件", false, headerRow(), []any{"1", "咨询", "路灯", "路灯坏了", "2024-03-05 10:00:00", "城管局", "2024-03-06 09:00:00", "已修"}),
		"dates as date cells":     writeXLSX(t, "信件", false, headerRow(), []any{"1", "咨询", "路灯", "路灯坏了", received, "城管局", received.Add(23 * time.Hour), "已修"}),
		"dates counted from 1904": writeXLSX(t, "信件", true, headerRow(), []any{"1", "咨询", "路灯", "路灯坏了", received, "城管局", received.Add(23 * time.Hour), "已修"}),
		"a number as number":      writeXLSX(t, "信件", false, headerRow(), []any{1, "咨询", "路灯", "路灯坏了", received, "城管局", received.Add(23 * time.Hour), "已修"}),
		"blank rows and cells":    writeXLSX(t, "信件", false, headerRow(), []any{}, []any{"1", "咨询", "路灯", "路灯坏了", received, "城管局", received.Add(23 * time.Hour), "已修", "", ""}, []any{" ", nil}),
		"carriage return in XML":  writeXLSX(t, "信件", false, headerRow(), []any{"1", "咨询", "路灯\r\n", "路灯坏了\r\n", received, "城管局", received.Add(23 * time.Hour), "已修"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, refused := readAll(t, path, parseMap(t, sheetMap))
			if len(got) != 1 || len(refused) != 0 {
				t.Fatalf("%d letters, refused %v", len(got), refused)
			}
			if got[0].Identity() != want[0].Identity() || !got[0].RepliedAt.Equal(want[0].RepliedAt) || got[0].Reply != "已修" {
				t.Errorf("%+v", got[0])
			}
		})
	}
}

func TestDateCellsAreExactToTheSecond(t *testing.T) {
	t.Parallel()
	rows := [][]any{headerRow()}
	var times []time.Time
	for i := range 500 {
		at := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 543_211 * time.Second)
		times = append(times, at)
		rows = append(rows, []any{i, "咨询", "a", "b", at})
	}
	letters, refused := readAll(t, writeXLSX(t, "信件", false, rows...), parseMap(t, sheetMap))
	if len(letters) != len(times) || len(refused) != 0 {
		t.Fatalf("%d letters, refused %v", len(letters), refused)
	}
	for i, letter := range letters {
		if want := times[i].Add(-8 * time.Hour); !letter.ReceivedAt.Equal(want) {
			t.Errorf("%v, want %v", letter.ReceivedAt, want)
		}
	}
}

func TestBadXLSXRowsAreRefusedWithTheirRowNumber(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)
	letters, refused := readAll(t, writeXLSX(t, "信件", false, headerRow(),
		[]any{1, "咨询", "a", "b", at, "局", at.Add(-time.Hour), "c"},
		[]any{},
		[]any{2, "咨询", "a", "b", at, "局", nil, nil, "one more"},
		[]any{3, "咨询", "a", "b", 0.5},
		[]any{4, "咨询", "a", "b", 1e300},
		[]any{5, "咨询", "a", "b", at},
	), parseMap(t, sheetMap))
	if len(letters) != 1 || letters[0].Line != 7 || letters[0].Status != intake.StatusOpen {
		t.Fatalf("letters %+v", letters)
	}
	var lines []int
	for _, r := range refused {
		lines = append(lines, r.Line)
	}
	if fmt.Sprint(lines) != "[2 4 5 6]" {
		t.Fatalf("refused %v", refused)
	}
	// A person must be able to read the date, not 45356.4166666667.
	if refused[0].Raw[4] != "2024-03-05 10:00:00" {
		t.Errorf("raw %q", refused[0].Raw)
	}
}

func TestLongLargeXLSXIsStreamedWithProgress(t *testing.T) {
	t.Parallel()
	// 21 MB unpacked: more than is unpacked into memory.
	const rows = 1_500
	path := writeLargeXLSX(t, rows, 14_000/33)
	r, err := intake.Open(path, parseMap(t, plainMap))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		_, refused, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || refused != nil {
			t.Fatal(refused, err)
		}
		n++
	}
	if done, total := r.Progress(); n != rows || done != rows+1 || total != done {
		t.Errorf("%d letters, progress %d of %d", n, done, total)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// writeLargeXLSX writes n letters of length times 11 characters to the first sheet.
func writeLargeXLSX(t testing.TB, n, length int) string {
	t.Helper()
	book := excelize.NewFile()
	out, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	style, err := book.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.SetRow("A1", headerRow()); err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("路灯坏了很久没有人来修", length)
	at := excelize.Cell{StyleID: style, Value: time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)}
	for i := range n {
		if err := out.SetRow(fmt.Sprintf("A%d", i+2), []any{i, "咨询", "路灯", body, at, "局"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "large.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnknownSheetIsInvalidAndNamesThoseThere(t *testing.T) {
	t.Parallel()
	_, err := intake.Open(writeXLSX(t, "信件", false, headerRow()), parseMap(t, `sheet = "明细"`+plainMap))
	if errs.FieldOf(err) != "sheet" {
		t.Fatal(err)
	}
	mustContain(t, errs.Message(err, errs.ZH), "明细", "首页, 信件")
}

// TestSheetThatBreaksOffIsRefusedWhole: a home-made exporter wrote a control character into the XML;
// nothing behind it can be read, so nothing of the file is imported rather than half of it.
func TestSheetThatBreaksOffIsRefusedWhole(t *testing.T) {
	t.Parallel()
	path := writeXLSX(t, "信件", false, headerRow(), []any{1, "咨询", "a", "MARK", "2024-03-05 10:00:00"}, []any{2, "咨询", "a", "b", "2024-03-05 10:00:00"})
	source, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	var damaged bytes.Buffer
	out := zip.NewWriter(&damaged)
	for _, part := range source.File {
		in, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		w, err := out.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Replace(content, []byte("MARK"), []byte("\x02"), 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, damaged.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Open(path, parseMap(t, sheetMap)); errs.FieldOf(err) != "file" {
		t.Fatal(err)
	}
}

func BenchmarkReadXLSX(b *testing.B) {
	const rows = 20_000
	path := writeLargeXLSX(b, rows, 36)
	m := parseMap(b, plainMap)
	for b.Loop() {
		if letters, _ := readAll(b, path, m); len(letters) != rows {
			b.Fatal(len(letters))
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
