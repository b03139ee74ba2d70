package web

import (
	"io"
	"mime/multipart"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// maxFile is the largest text an administrator can load, in bytes. Ten years of calendar have 30 kB.
const maxFile = 256 << 10

// upload is a text that somebody chose as a file or pasted.
type upload struct {
	text   string
	source string // the file's name; empty for what was pasted
}

// uploadOf reads the field "file" and, when no file was chosen, the field "text", which a preview sends on
// with the file's name in "source". Errors: invalid, naming file.
func uploadOf(c echo.Context) (upload, error) {
	f := formOf(c)
	up := upload{text: f.text("text"), source: fileName(f.line("source"))}
	if sent := c.Request().MultipartForm; sent != nil && len(sent.File["file"]) > 0 {
		file := sent.File["file"][0]
		if file.Size > maxFile {
			return up, tooLarge(file.Size)
		}
		text, err := textOf(file)
		if err != nil {
			return up, err
		}
		up = upload{text: text, source: fileName(file.Filename)}
	}
	up.text = strings.TrimPrefix(up.text, "\uFEFF") // which editors on Windows put in front
	switch {
	case len(up.text) > maxFile:
		size := int64(len(up.text))
		up.text = ""
		return up, tooLarge(size)
	case strings.TrimSpace(up.text) == "":
		return up, errs.Invalid("file", "please choose a file, or paste its text", "请选择文件，或粘贴文件内容")
	}
	return up, nil
}

func tooLarge(size int64) error {
	return errs.Invalid("file", "the file has %d kB; %d kB is the most", "文件有 %d kB，最大 %d kB", (size+1023)/1024, maxFile/1024)
}

func textOf(file *multipart.FileHeader) (string, error) {
	f, err := file.Open()
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(f)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(raw) {
		return "", errs.Invalid("file", "the file is not a text in UTF-8", "文件不是 UTF-8 文本")
	}
	return string(raw), nil
}

// fileName is the last part of a name as the record can keep it.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, readable(name))
	if name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/"))); name == "." || name == "/" {
		return ""
	}
	if runes := []rune(name); len(runes) > cases.MaxTopic {
		name = string(runes[:cases.MaxTopic])
	}
	return name
}
