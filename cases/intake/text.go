package intake

import (
	"strings"
	"unicode/utf8"

	"mailbox/cases/errs"
)

var (
	lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n")
	// A title or a name is one line; a zero-width character in it would make two departments that
	// look the same.
	oneLine = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\v", " ", "\f", " ", "\t", " ",
		"\u0085", " ", "\u2028", " ", "\u2029", " ", "\u200b", "", "\ufeff", "")
)

// long tidies the text of a letter or a reply; refused if it holds what no text holds, or too much.
func long(column, s string) (string, *errs.Error) {
	s = strings.TrimSpace(lineEnds.Replace(s))
	return s, refuseText(column, s, MaxText)
}

// short tidies a one-line field in the same way.
func short(column, s string) (string, *errs.Error) {
	s = tidyShort(s)
	return s, refuseText(column, s, MaxShort)
}

func tidyShort(s string) string { return strings.TrimSpace(oneLine.Replace(s)) }

func refuseText(column, s string, limit int) *errs.Error {
	// A character takes at least a byte: most texts need no counting.
	if len(s) > limit {
		if n := utf8.RuneCountInString(s); n > limit {
			return errs.Invalid(column, "%d characters are more than the %d allowed", "共 %d 个字符，超过上限 %d 个", n, limit)
		}
	}
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return errs.Invalid(column, "contains the control character U+%04X", "含有控制字符 U+%04X", r)
		}
	}
	return nil
}

// refuseUnreadable refuses a row in which a cell could not be decoded: the bytes that are no text
// have become U+FFFD. A U+FFFD that stood in the file is refused as well, so that a refused row that
// nobody repaired stays refused when the file of rejects is imported.
func refuseUnreadable(header, cells []string) *errs.Error {
	for i, cell := range cells {
		if !strings.ContainsRune(cell, utf8.RuneError) {
			continue
		}
		column := ""
		if i < len(header) {
			column = header[i]
		}
		return errs.Invalid(column, "contains bytes that are no text in the file's encoding (shown as %c)",
			"含有无法按文件编码识别的字节（显示为 %c）", utf8.RuneError)
	}
	return nil
}
