package intake

import (
	"errors"
	"io"
	"slices"
	"strings"

	"mailbox/cases/errs"
)

// Columns gives named columns of a CSV or XLSX file as they stand, for commands that try things on any file and
// need no map. It is not safe for concurrent use.
type Columns struct {
	table  table
	header []string
	at     []int
}

// OpenColumns opens a file and finds the columns of these names, in this order; one may be asked for twice. A file
// that cannot be read or lacks a column is invalid; the error lists the columns there are. Close it when done.
func OpenColumns(path string, names ...string) (*Columns, error) {
	m := &Map{Encoding: encodingAuto, Delimiter: ","}
	t, err := openTable(path, m)
	if err != nil {
		return nil, err
	}
	c := &Columns{table: t}
	if err := c.find(path, names); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return c, nil
}

func (c *Columns) find(path string, names []string) error {
	first, err := c.table.next()
	if errors.Is(err, io.EOF) {
		return errs.Invalid("file", "the file has no header", "文件没有表头")
	}
	if err != nil {
		return err
	}
	if first.bad != nil {
		return first.bad
	}
	for _, cell := range first.cells {
		c.header = append(c.header, tidyShort(cell))
	}
	c.table.setWidth(len(c.header))
	for _, name := range names {
		at := slices.Index(c.header, strings.TrimSpace(name))
		if at < 0 {
			return errs.Invalid(path, "the file has no column %[1]q; it has %[2]s", "文件没有“%[1]s”列；现有的列：%[2]s", name, clipList(c.header))
		}
		c.at = append(c.at, at)
	}
	return nil
}

// Header gives the names of all columns of the file.
func (c *Columns) Header() []string { return slices.Clone(c.header) }

// Next gives the cells of the next row in the order asked for, and its line; or why the row cannot be read. The
// error is io.EOF after the last row; any other error means that the file cannot be read on.
func (c *Columns) Next() (line int, cells []string, refused *Rejection, err error) {
	for {
		rec, err := c.table.next()
		if err != nil {
			return 0, nil, nil, err
		}
		if reason := rec.bad; reason != nil {
			return rec.line, nil, rec.refuse(reason), nil
		}
		if blank(rec.cells) {
			continue
		}
		if len(rec.cells) != len(c.header) {
			return rec.line, nil, rec.refuse(errs.Invalid("", "the row has %[1]d columns, the header has %[2]d",
				"这一行有 %[1]d 列，表头有 %[2]d 列", len(rec.cells), len(c.header))), nil
		}
		cells = make([]string, len(c.at))
		for i, at := range c.at {
			cells[i] = strings.TrimSpace(rec.cells[at])
		}
		return rec.line, cells, nil, nil
	}
}

// Progress gives how much of the file is done: bytes of a CSV file, rows of an XLSX file.
func (c *Columns) Progress() (done, total int64) { return c.table.progress() }

// Close closes the file.
func (c *Columns) Close() error { return c.table.Close() }
