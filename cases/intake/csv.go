package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"mailbox/cases/errs"
)

// maxRecord bounds the bytes of one row of CSV, and so the memory: two texts of MaxText characters
// in GB18030 or UTF-8 fit. A row that grows longer has lost a quote.
const maxRecord = 4 << 20

// leastLine is what a line counts towards maxRecord, however short: holding it costs as much.
const leastLine = 64

const byteOrderMark = "\ufeff"

// csvTable reads CSV. Unlike encoding/csv it can go back: when a quoted field turns out to be broken
// it refuses the line the row began on and starts again with the next (see the package comment).
type csvTable struct {
	file      *os.File
	in        *bufio.Reader
	delimiter byte
	encoding  string            // utf-8 or gb18030
	decoder   *encoding.Decoder // nil for UTF-8
	width     int               // columns of the header, 0 before it is read
	total     int64
	done      int64
	line      int        // how many lines are given out
	ahead     []textLine // lines read; those before first are given out
	first     int
}

// textLine is one physical line, decoded, with its line end.
type textLine struct {
	text   string
	bytes  int64 // in the file
	tooFar bool  // longer than maxRecord; text is only its beginning
}

func openCSV(file *os.File, size int64, path string, m *Map) (table, error) {
	named := m.Encoding
	if named == encodingAuto {
		var err error
		if named, err = detectEncoding(file); err != nil {
			return nil, unreadable(path, err)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, unreadable(path, err)
		}
	}
	c := &csvTable{file: file, in: bufio.NewReaderSize(file, 64<<10), delimiter: m.Delimiter[0], total: size, encoding: encodingUTF8}
	mark, err := c.in.Peek(len(byteOrderMark))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(path, err)
	}
	if named == encodingGB18030 && string(mark) != byteOrderMark {
		c.encoding, c.decoder = named, simplifiedchinese.GB18030.NewDecoder()
	}
	first, err := c.peek(0)
	if err != nil {
		return nil, err
	}
	if first != nil {
		first.text = strings.TrimPrefix(first.text, byteOrderMark)
		// A file of rejects is parted by commas, whatever the file was from which it came.
		if strings.HasPrefix(first.text, strings.Join(rejectColumns, ",")+",") {
			c.delimiter = ','
		}
	}
	return c, nil
}

// detectEncoding reads the whole file, line by line, so that neither a damaged row nor the end of a
// window decides for all the others.
//
// A whole line says little when its characters have two bytes each: 路 in GB18030 are the two bytes of · in UTF-8. Where
// the first line that is not ASCII, the header as a rule, is broken, such lines are not counted.
func detectEncoding(file io.Reader) (string, error) {
	in := bufio.NewReaderSize(file, 64<<10)
	whole, broken, short, headerBroken := 0, 0, 0, false
	for {
		line, _, tooFar, err := readLine(in)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		switch {
		case tooFar || isASCII(line): // says nothing
		case !utf8.Valid(line):
			headerBroken = headerBroken || whole+broken+short == 0
			broken++
		case bytes.ContainsFunc(line, func(r rune) bool { return r > lastOfTwoBytes }):
			whole++
		default:
			short++
		}
	}
	if !headerBroken {
		whole += short
	}
	if broken > whole {
		return encodingGB18030, nil
	}
	return encodingUTF8, nil
}

// lastOfTwoBytes is the last character that UTF-8 writes in two bytes.
const lastOfTwoBytes = 0x7FF

func isASCII(line []byte) bool {
	for _, b := range line {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// readLine gives the next line with its end, which is "\n" in every encoding we read (no character
// of GB18030 contains that byte), and its length in bytes. Of a line above maxRecord only the
// beginning is kept. The slice is good until the next call.
func readLine(in *bufio.Reader) (line []byte, size int64, tooFar bool, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		size += int64(len(piece))
		switch {
		case err == nil && line == nil:
			return piece, size, false, nil
		case len(line)+len(piece) > maxRecord:
			tooFar = true
		default:
			line = append(line, piece...)
		}
		switch {
		case err == nil, errors.Is(err, io.EOF) && size > 0:
			return line, size, tooFar, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, 0, false, err
		}
	}
}

// peek gives the i-th line that is not yet given out, nil after the last.
func (c *csvTable) peek(i int) (*textLine, error) {
	for len(c.ahead) <= c.first+i {
		raw, size, tooFar, err := readLine(c.in)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", c.file.Name(), err)
		}
		if c.decoder != nil {
			if raw, err = c.decoder.Bytes(raw); err != nil {
				return nil, fmt.Errorf("decode line %d of %s: %w", c.line+len(c.ahead)-c.first+1, c.file.Name(), err)
			}
		}
		text := string(raw)
		if !utf8.ValidString(text) {
			text = strings.ToValidUTF8(text, string(utf8.RuneError))
		}
		c.ahead = append(c.ahead, textLine{text: text, bytes: size, tooFar: tooFar})
	}
	return &c.ahead[c.first+i], nil
}

// take gives out the first n lines.
func (c *csvTable) take(n int) {
	for i := range n {
		c.done += c.ahead[c.first+i].bytes
		c.ahead[c.first+i] = textLine{} // lets go of the text
	}
	c.line += n
	c.first += n
	// Moved to the front when half is done, not each time: behind a missing quote tens of thousands
	// of lines wait to be given out one by one.
	if 2*c.first >= len(c.ahead) {
		kept := copy(c.ahead, c.ahead[c.first:])
		clear(c.ahead[kept:])
		c.ahead, c.first = c.ahead[:kept], 0
	}
}

func (c *csvTable) next() (record, error) {
	row := splitter{delimiter: c.delimiter}
	size := int64(0)
	for n := 0; ; n++ {
		line, err := c.peek(n)
		if err != nil {
			return record{}, err
		}
		if line == nil && n == 0 {
			return record{}, io.EOF
		}
		if line == nil {
			return c.refuseLine(unclosedQuote()), nil
		}
		size += max(line.bytes, leastLine)
		switch {
		case line.tooFar && n == 0:
			return c.refuseLine(errs.Limited("the line is longer than %d bytes; only its beginning is kept",
				"这一行超过 %d 字节，只保留了开头部分", maxRecord)), nil
		case size > maxRecord:
			return c.refuseLine(unclosedQuote()), nil
		}
		switch row.feed(line.text) {
		case rowBroken:
			return c.refuseLine(errs.Invalid("", `a quote inside a quoted field must be written twice ("")`,
				`引号内的引号应写成两个（""）`)), nil
		case rowOpen:
			// More columns than the header, and still inside quotes: a quote is missing above.
			if c.width > 0 && len(row.cells) >= c.width {
				return c.refuseLine(unclosedQuote()), nil
			}
		case rowWhole:
			if n > 0 && c.width > 0 && len(row.cells) > c.width {
				return c.refuseLine(unclosedQuote()), nil
			}
			rec := record{line: c.line + 1, cells: row.cells}
			c.take(n + 1)
			return rec, nil
		}
	}
}

func unclosedQuote() *errs.Error {
	return errs.Invalid("", "a quote that begins a field is never closed", "字段开头的引号没有配对的结束引号")
}

// refuseLine gives out one line as it stands and starts again with the next.
func (c *csvTable) refuseLine(reason *errs.Error) record {
	rec := record{line: c.line + 1, cells: []string{strings.TrimRight(c.ahead[c.first].text, "\r\n")}, bad: reason}
	c.take(1)
	return rec
}

func (c *csvTable) setWidth(columns int) { c.width = columns }

// instant: CSV is all text.
func (c *csvTable) instant(string, *time.Location) (time.Time, bool) { return time.Time{}, false }

func (c *csvTable) progress() (done, total int64) { return c.done, c.total }

func (c *csvTable) Close() error { return c.file.Close() }

// splitter parts the lines of one row into cells.
type splitter struct {
	delimiter byte
	cells     []string
	quoted    bool // inside a field that began with a quote
	cell      strings.Builder
}

// outcome is what the lines so far amount to.
type outcome int

const (
	rowWhole  outcome = iota
	rowOpen           // inside a quoted field: the row goes on with the next line
	rowBroken         // a closing quote is followed by neither a delimiter nor the line's end
)

// feed takes the next line of the row.
func (s *splitter) feed(text string) outcome {
	for {
		if !s.quoted {
			if rest, opens := strings.CutPrefix(text, `"`); opens {
				s.quoted, text = true, rest
				continue
			}
			end := strings.IndexByte(text, s.delimiter)
			if end < 0 {
				s.cells = append(s.cells, strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"))
				return rowWhole
			}
			s.cells = append(s.cells, text[:end])
			text = text[end+1:]
			continue
		}
		end := strings.IndexByte(text, '"')
		if end < 0 {
			s.cell.WriteString(text)
			return rowOpen
		}
		s.cell.WriteString(text[:end])
		text = text[end+1:]
		switch {
		case strings.HasPrefix(text, `"`):
			s.cell.WriteByte('"')
			text = text[1:]
		case text == "", text == "\n", text == "\r\n", text == "\r":
			s.closeCell()
			return rowWhole
		case text[0] == s.delimiter:
			s.closeCell()
			text = text[1:]
		default:
			return rowBroken
		}
	}
}

func (s *splitter) closeCell() {
	s.cells = append(s.cells, s.cell.String())
	s.cell.Reset()
	s.quoted = false
}
