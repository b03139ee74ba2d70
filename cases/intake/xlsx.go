package intake

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"mailbox/cases/errs"
)

const (
	// maxUnpacked stops a zip bomb; a million letters of 1,000 characters unpack to some 3.5 GB.
	maxUnpacked = 8 << 30
	// maxInMemory is how large a part may be and still be unpacked into memory, not to a file.
	maxInMemory = 16 << 20
)

// isoNotations are how Excel's strict format writes a date cell; such a cell is local time, whatever
// zone a writer added.
var isoNotations = []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02"}

// xlsxTable reads one sheet of an XLSX file, row by row.
type xlsxTable struct {
	file     *os.File
	book     *excelize.File
	rows     *excelize.Rows
	date1904 bool // days count from 1904, as old Macs wrote
	width    int
	done     int64
	total    int64
}

func openXLSX(file *os.File, size int64, path string, m *Map) (table, error) {
	damaged := func(cause error) error {
		return errs.Invalid("file", "%s is damaged or no Excel file; open it in Excel and save it again",
			"%s 已损坏或不是 Excel 文件，请用 Excel 打开后重新保存", path).Because(cause)
	}
	total, err := countRows(file, size)
	if err != nil {
		return nil, damaged(err)
	}
	book, err := excelize.OpenReader(file, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, damaged(err)
	}
	x := &xlsxTable{file: file, book: book, total: total}
	if err := x.openSheet(m.Sheet); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return x, nil
}

func (x *xlsxTable) openSheet(sheet string) error {
	sheets := x.book.GetSheetList()
	if sheet == "" && len(sheets) > 0 {
		sheet = sheets[0]
	}
	if !slices.Contains(sheets, sheet) {
		return errs.Invalid("sheet", "the file has no sheet %[1]q; it has %[2]s", "文件中没有工作表“%[1]s”；现有：%[2]s",
			sheet, clipList(sheets))
	}
	props, err := x.book.GetWorkbookProps()
	if err != nil {
		return fmt.Errorf("read workbook properties: %w", err)
	}
	x.date1904 = props.Date1904 != nil && *props.Date1904
	if x.rows, err = x.book.Rows(sheet); err != nil {
		return fmt.Errorf("read sheet %q: %w", sheet, err)
	}
	return nil
}

// countRows reads the XML of every sheet and of the shared texts once to its end, counting the rows
// of the longest sheet. excelize takes XML it cannot read for the end of the sheet: one stray control
// character, as home-made exporters write them, would silently lose all the letters behind it.
func countRows(file *os.File, size int64) (int64, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return 0, err
	}
	most, unpacked := int64(0), uint64(0)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if unpacked += part.UncompressedSize64; unpacked > maxUnpacked {
			return 0, fmt.Errorf("unpacks to more than %d bytes", int64(maxUnpacked))
		}
		if !strings.HasSuffix(name, ".xml") ||
			!strings.HasPrefix(name, "xl/worksheets/") && name != "xl/sharedstrings.xml" {
			continue
		}
		rows, err := countElements(part, "row")
		if err != nil {
			return 0, fmt.Errorf("%s: %w", part.Name, err)
		}
		most = max(most, rows)
	}
	return most, nil
}

// countElements counts the elements of that name in well-formed XML.
func countElements(part *zip.File, name string) (count int64, err error) {
	in, err := part.Open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	decoder := xml.NewDecoder(in)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return 0, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			count++
		}
	}
}

func (x *xlsxTable) next() (record, error) {
	if !x.rows.Next() {
		if err := x.rows.Error(); err != nil {
			return record{}, fmt.Errorf("read after row %d of %s: %w", x.done, x.file.Name(), err)
		}
		return record{}, io.EOF
	}
	x.done++
	cells, err := x.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return record{}, fmt.Errorf("read row %d of %s: %w", x.done, x.file.Name(), err)
	}
	// Empty cells at a row's end are not in the file, and blank ones mean nothing there.
	for len(cells) > x.width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	for len(cells) < x.width {
		cells = append(cells, "")
	}
	return record{line: int(x.done), cells: cells}, nil
}

func (x *xlsxTable) setWidth(columns int) { x.width = columns }

// instant reads a date cell: days since 1900 (or 1904) in local time, or ISO 8601.
func (x *xlsxTable) instant(cell string, zone *time.Location) (time.Time, bool) {
	var local time.Time
	if days, err := strconv.ParseFloat(cell, 64); err == nil {
		const last = 2_958_466 // the day after 9999-12-31, the last that Excel knows
		if !(days >= 1 && days < last) {
			return time.Time{}, false
		}
		if local, err = excelize.ExcelDateToTime(days, x.date1904); err != nil {
			return time.Time{}, false
		}
	} else {
		for _, layout := range isoNotations {
			if local, err = time.Parse(layout, cell); err == nil {
				break
			}
		}
		if err != nil {
			return time.Time{}, false
		}
	}
	y, m, d := local.Date()
	return time.Date(y, m, d, local.Hour(), local.Minute(), local.Second(), 0, zone), true
}

func (x *xlsxTable) progress() (done, total int64) { return x.done, max(x.done, x.total) }

func (x *xlsxTable) Close() error {
	return errors.Join(x.rows.Close(), x.book.Close(), x.file.Close())
}
