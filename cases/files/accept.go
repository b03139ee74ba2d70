package files

import (
	"bytes"
	"context"
	"crypto/sha256"

	"mailbox/cases/errs"
)

// The bounds of what a writer may attach to one letter.
const (
	MaxFiles = 5        // files a letter
	MaxSize  = 10 << 20 // bytes a file, as sent and as kept
)

// Type is a kind of file that is kept.
type Type string

// The kinds that are kept. WebP is taken, but kept as JPEG or PNG.
const (
	JPEG Type = "jpeg"
	PNG  Type = "png"
	WebP Type = "webp"
	PDF  Type = "pdf"
	DOCX Type = "docx"
	DOC  Type = "doc"
)

// Media gives the MIME type to serve a file under.
func (t Type) Media() string {
	switch t {
	case JPEG, PNG, WebP:
		return "image/" + string(t)
	case PDF:
		return "application/pdf"
	case DOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case DOC:
		return "application/msword"
	}
	return "application/octet-stream"
}

// Image reports whether the browser may show the file on a page.
func (t Type) Image() bool { return t == JPEG || t == PNG || t == WebP }

// Extension gives the ending of a name, with the dot; an unknown type has none.
func (t Type) Extension() string {
	switch t {
	case JPEG:
		return ".jpg"
	case PNG, WebP, PDF, DOCX, DOC:
		return "." + string(t)
	}
	return ""
}

// Clean is a file as it is kept.
type Clean struct {
	Name         string // from CleanName
	Type         Type
	Data         []byte
	SHA256       [32]byte // of Data
	KeepsOwnData bool     // the file still tells what its program wrote into it: author, dates, versions
	Width        int      // pixels; 0 for a document
	Height       int
}

// Accept looks at what was really sent, whatever its name and its declared type say, and gives it as it is kept.
//
// It waits for its turn when two pictures are in work already. data is not changed, but a document's Clean shares it.
//
// Errors: invalid, field "files", naming the file and the fix; ctx's error when the wait or the work was cut short.
func Accept(ctx context.Context, name string, data []byte) (Clean, error) {
	if displayName(name) == "" {
		return Clean{}, errs.Invalid("files", "a file has no name: give it one and choose it again", "有一个附件没有文件名，请先为它命名，再重新选择")
	}
	name = displayName(name)
	switch {
	case len(data) == 0:
		return Clean{}, errs.Invalid("files", "“%s” is empty: open it to see whether it is the right one, and choose it again",
			"“%s”是空文件，请打开确认内容后重新选择", name)
	case len(data) > MaxSize:
		return Clean{}, errs.Invalid("files", "“%[1]s” is larger than %[2]d MB: send a smaller version or split it",
			"“%[1]s”超过 %[2]d MB，请压缩或拆分后再上传", name, MaxSize>>20)
	}
	clean := Clean{Data: data}
	var err error
	switch sniff(data) {
	case JPEG, PNG, WebP:
		clean, err = acceptImage(ctx, name, sniff(data), data)
	case PDF:
		clean.Type, clean.KeepsOwnData, err = PDF, true, checkPDF(name, data)
	case DOCX:
		clean.Type, clean.KeepsOwnData, err = DOCX, true, checkDocx(ctx, name, data)
	case DOC:
		clean.Type, clean.KeepsOwnData, err = DOC, true, checkDoc(name, data)
	default:
		err = refuse(name, data)
	}
	if err != nil {
		return Clean{}, err
	}
	clean.Name = CleanName(name, clean.Type)
	clean.SHA256 = sha256.Sum256(clean.Data)
	return clean, nil
}

const (
	zipEntry = "PK\x03\x04"
	oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	pngMagic = "\x89PNG\r\n\x1a\n"
)

// sniff gives the type that the first bytes claim, or "" for one that is not kept. Every ZIP counts as DOCX and every
// OLE file as DOC here: their own checks know better what to say of one that is not.
func sniff(data []byte) Type {
	starts := func(magic string) bool { return bytes.HasPrefix(data, []byte(magic)) }
	switch {
	case starts("\xff\xd8\xff"):
		return JPEG
	case starts(pngMagic):
		return PNG
	case starts("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return WebP
	case starts("%PDF-"):
		return PDF
	case starts(zipEntry):
		return DOCX
	case starts(oleMagic):
		return DOC
	}
	return ""
}
