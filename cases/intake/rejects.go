package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"mailbox/cases/errs"
)

// rejectColumns stand before the columns of the original file. A reader that finds them passes over
// them.
var rejectColumns = []string{"行号/line", "原因/reason"}

func isRejectHeader(header []string) bool {
	return len(header) > len(rejectColumns) && header[0] == rejectColumns[0] && header[1] == rejectColumns[1]
}

// Rejects writes refused rows to a CSV file that a person repairs and imports again with the same
// map. It is UTF-8 with a byte order mark, so that Excel shows Chinese, and readable by its owner
// only: rows hold what people wrote. Cells are written as they are, also those that begin like a
// formula, because they must come back unchanged.
type Rejects struct {
	path   string
	header []string
	file   *os.File
	buffer *bufio.Writer
	out    *csv.Writer
	err    error
}

// NewRejects prepares the file at path for rows under header (see [Reader.Header]). Nothing is
// written before the first refused row. A file that is there already is kept as path + ".bak" then:
// somebody may be repairing it.
func NewRejects(path string, header []string) *Rejects {
	return &Rejects{path: path, header: header}
}

// Add writes one refused row with its line number and the reason in both languages. A row that does
// not have the header's number of columns is written as it is, so that it stays refused until it is
// repaired.
func (r *Rejects) Add(refused Rejection) error {
	if r.err == nil && r.file == nil {
		r.err = r.create()
	}
	if r.err != nil {
		return r.err
	}
	row := append([]string{strconv.Itoa(refused.Line), reasonText(refused.Reason)}, refused.Raw...)
	if err := r.out.Write(row); err != nil {
		r.err = fmt.Errorf("write %s: %w", r.path, err)
	}
	return r.err
}

// reasonText names the column and says why, in Chinese and in English.
func reasonText(reason *errs.Error) string {
	if reason.Field == "" {
		return reason.In(errs.ZH) + " / " + reason.In(errs.EN)
	}
	return reason.Field + "：" + reason.In(errs.ZH) + " / " + reason.In(errs.EN)
}

func (r *Rejects) create() error {
	if err := os.Rename(r.path, r.path+".bak"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the earlier %s: %w", r.path, err)
	}
	file, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- beside the operator's file
	if err != nil {
		return fmt.Errorf("create the file of refused rows: %w", err)
	}
	r.file = file
	r.buffer = bufio.NewWriter(file)
	r.out = csv.NewWriter(r.buffer)
	r.out.UseCRLF = false
	if _, err := r.buffer.WriteString(byteOrderMark); err != nil {
		return fmt.Errorf("write %s: %w", r.path, err)
	}
	if err := r.out.Write(append(append([]string{}, rejectColumns...), r.header...)); err != nil {
		return fmt.Errorf("write %s: %w", r.path, err)
	}
	return nil
}

// Close finishes the file; without a refused row there is none. It gives the first error of all.
func (r *Rejects) Close() error {
	if r.file == nil {
		return r.err
	}
	r.out.Flush()
	err := errors.Join(r.err, r.out.Error(), r.buffer.Flush(), r.file.Sync(), r.file.Close())
	r.file = nil
	if err != nil {
		return fmt.Errorf("write %s: %w", r.path, err)
	}
	return nil
}

// Path is where the file is, once a row was refused.
func (r *Rejects) Path() string { return r.path }
