package files

import (
	"bytes"

	"mailbox/cases/errs"
)

// pdfActs are the names under which a PDF runs something or carries files. JS stands apart, see actsInPDF.
var pdfActs = []string{"JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles"}

// checkPDF refuses a PDF that is something else besides, is cut off, or could run something. What stands in
// compressed object streams is not looked into.
func checkPDF(name string, data []byte) error {
	const near = 1 << 10
	end := bytes.LastIndex(data, []byte("%%EOF"))
	if end < 0 {
		return adviceDamaged.about(name)
	}
	behind := data[end+len("%%EOF"):]
	if foreignTail(data) || markup(behind) || pageInHead(data[:min(len(data), near)]) {
		return adviceTwofold.about(name)
	}
	if len(behind) > near {
		if len(bytes.Trim(behind, "\x00\t\n\f\r ")) > 0 {
			return adviceTwofold.about(name)
		}
		return adviceDamaged.about(name)
	}
	if actsInPDF(data) {
		return errs.Invalid("files", "“%s” holds a script, a command or other files, which is not taken: open it, print it to a new PDF and attach that",
			"“%s”中含有脚本、启动命令或内嵌文件，不能上传：请打开后用“打印为 PDF”生成新文件再上传", name)
	}
	return nil
}

// pageInHead reports whether the first kilobyte would be taken for a web page by one who guesses: a PDF's own XML
// (metadata) does not count.
func pageInHead(head []byte) bool {
	head = bytes.ToLower(head)
	for _, tag := range []string{"<html", "<!doctype", "<script", "<svg", "<body", "<iframe", "<?php"} {
		if bytes.Contains(head, []byte(tag)) {
			return true
		}
	}
	return false
}

// actsInPDF looks for the names of actions, also as /J#61vaScript. The long names are looked for everywhere, so that
// no false "stream" hides them. /JS is so short that it stands in one of thirty large scans by chance; it counts only outside
// streams, where every action that uses it has to name itself.
func actsInPDF(data []byte) bool {
	streamEnd := 0
	for i := 0; i < len(data); i++ {
		if data[i] == 's' && i >= streamEnd && bytes.HasPrefix(data[i:], []byte("stream")) && i+6 < len(data) && (data[i+6] == '\r' || data[i+6] == '\n') {
			if length := bytes.Index(data[i:], []byte("endstream")); length > 0 {
				streamEnd = i + length + len("endstream")
			}
		}
		if data[i] != '/' {
			continue
		}
		word := pdfName(data[i+1:])
		for _, act := range pdfActs {
			if word == act {
				return true
			}
		}
		if word == "JS" && i >= streamEnd {
			return true
		}
	}
	return false
}

// pdfName reads a name behind its slash (ISO 32000-1, 7.3.5), with #xx resolved; it ends at white space, at a
// delimiter or after the 40 bytes that the longest name looked for could take.
func pdfName(data []byte) string {
	var word [40]byte
	n := 0
	for i := 0; i < len(data) && n < len(word); i++ {
		c := data[i]
		if c <= ' ' || bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 {
			break
		}
		if c == '#' && i+2 < len(data) {
			high, low := hexDigit(data[i+1]), hexDigit(data[i+2])
			if high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				i += 2
			}
		}
		word[n] = c
		n++
	}
	return string(word[:n])
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
