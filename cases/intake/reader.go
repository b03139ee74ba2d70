package intake

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"mailbox/cases/errs"
)

// record is one row before anybody has asked what it means.
type record struct {
	line  int
	cells []string
	bad   *errs.Error // why the columns cannot be told apart; nil for a whole row
}

func (r record) refuse(reason *errs.Error) *Rejection {
	return &Rejection{Line: r.line, Reason: reason, Raw: r.cells}
}

// table is a file of rows: CSV or XLSX.
type table interface {
	// next gives the next row, io.EOF after the last. Any other error ends the file.
	next() (record, error)
	// setWidth says how many columns the header has.
	setWidth(columns int)
	// instant gives what a date cell that is no text stands for; false for everything else.
	instant(cell string, zone *time.Location) (time.Time, bool)
	progress() (done, total int64)
	Close() error
}

// Reader gives the rows of one file. It is not safe for concurrent use.
type Reader struct {
	m      *Map
	table  table
	header []string
	at     [fieldCount]int // column of each field, -1 when the map names none
	skip   int             // leading columns that a file of rejects has before the original ones
	latest time.Time       // zero: no bound
}

// Open opens a file of letters. What is in the file decides whether it is XLSX; its name is not
// asked. A file that cannot be read, has no header or lacks a column the map names is invalid.
// Close the reader when done.
func Open(path string, m *Map) (*Reader, error) {
	t, err := openTable(path, m)
	if err != nil {
		return nil, err
	}
	r := &Reader{m: m, table: t}
	if err := r.readHeader(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return r, nil
}

// openTable tells CSV from XLSX by the first bytes.
func openTable(path string, m *Map) (table, error) {
	file, err := os.Open(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, errs.Invalid("file", "%s cannot be opened", "无法打开文件 %s", path).Because(err)
	}
	t, err := chooseTable(file, path, m)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return t, nil
}

func chooseTable(file *os.File, path string, m *Map) (table, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, errs.Invalid("file", "%s is not a file", "%s 不是普通文件", path)
	}
	magic := make([]byte, 8)
	n, err := io.ReadFull(file, magic)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, unreadable(path, err)
	}
	magic = magic[:n]
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, unreadable(path, err)
	}
	switch {
	case len(magic) == 0:
		return nil, errs.Invalid("file", "%s is empty", "文件 %s 是空的", path)
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return openXLSX(file, info.Size(), path, m)
	case bytes.HasPrefix(magic, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, errs.Invalid("file", "%s is an old or a protected Excel file; save it as .xlsx without a password",
			"%s 是旧版或加密的 Excel 文件，请另存为不加密的 .xlsx", path)
	case bytes.HasPrefix(magic, []byte{0xFF, 0xFE}), bytes.HasPrefix(magic, []byte{0xFE, 0xFF}):
		return nil, errs.Invalid("file", "%s is in UTF-16; save it as CSV in UTF-8", "%s 是 UTF-16 编码，请另存为 UTF-8 编码的 CSV", path)
	}
	return openCSV(file, info.Size(), path, m)
}

func unreadable(path string, cause error) *errs.Error {
	return errs.Invalid("file", "%s cannot be read", "无法读取文件 %s", path).Because(cause)
}

// readHeader finds the column of every field of the map.
func (r *Reader) readHeader() error {
	first, err := r.table.next()
	if errors.Is(err, io.EOF) {
		return errs.Invalid("file", "the file has no header", "文件没有表头")
	}
	if err != nil {
		return err
	}
	if first.bad != nil {
		return first.bad
	}
	header := make([]string, len(first.cells))
	for i, cell := range first.cells {
		header[i] = tidyShort(cell)
	}
	r.table.setWidth(len(header))
	if isRejectHeader(header) {
		r.skip = len(rejectColumns)
		header = header[r.skip:]
	}
	r.header = header
	for f := range fieldCount {
		r.at[f] = -1
		name := r.m.Columns[fieldNames[f]]
		if name == "" {
			continue
		}
		r.at[f] = slices.Index(header, name)
		if r.at[f] < 0 {
			return errs.Invalid("columns."+fieldNames[f], "the file has no column %[1]q; it has %[2]s", "文件没有“%[1]s”列；现有的列：%[2]s",
				name, clipList(header))
		}
		if slices.Contains(header[r.at[f]+1:], name) {
			return errs.Invalid("columns."+fieldNames[f], "the file has more than one column %q", "文件中“%s”列不止一个", name)
		}
	}
	return nil
}

// clipList shortens a header for a message: a file read the wrong way may have anything in it.
func clipList(header []string) string {
	const show = 40
	names := make([]string, 0, show)
	for _, name := range header[:min(show, len(header))] {
		names = append(names, clip(name))
	}
	return strings.Join(names, ", ")
}

// RefuseAfter makes rows refused that have a time later than now.
func (r *Reader) RefuseAfter(now time.Time) { r.latest = now }

// Header gives the column names as they stand in the file, trimmed; the two columns a file of
// rejects has before them are left out.
func (r *Reader) Header() []string { return slices.Clone(r.header) }

// Progress gives how much of the file is done: bytes of a CSV file, rows of an XLSX file.
func (r *Reader) Progress() (done, total int64) { return r.table.progress() }

// Close closes the file.
func (r *Reader) Close() error { return r.table.Close() }

// Next gives the next row: a letter, or why it is refused. The error is io.EOF after the last row;
// any other error means that the file cannot be read on.
func (r *Reader) Next() (Letter, *Rejection, error) {
	for {
		rec, err := r.table.next()
		if err != nil {
			return Letter{}, nil, err
		}
		if reason := rec.bad; reason != nil {
			return Letter{}, rec.refuse(reason), nil
		}
		if blank(rec.cells) {
			continue
		}
		columns := len(rec.cells) - r.skip
		if columns >= 0 {
			rec.cells = rec.cells[r.skip:]
		}
		if columns != len(r.header) {
			reason := errs.Invalid("", "the row has %[1]d columns, the header has %[2]d", "这一行有 %[1]d 列，表头有 %[2]d 列",
				max(columns, 0), len(r.header))
			return Letter{}, rec.refuse(reason), nil
		}
		letter, refused := r.letter(rec)
		if refused != nil {
			return Letter{}, rec.refuse(refused), nil
		}
		return letter, nil, nil
	}
}

// blank says that nothing at all is in the row; Excel leaves such rows behind deleted ones.
func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
