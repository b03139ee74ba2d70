package files

import (
	"bytes"
	"net/http"
	"strings"

	"mailbox/cases/errs"
)

// advice is what to do with a kind of file that is not kept.
type advice struct{ en, zh string }

var (
	adviceHEIC = advice{
		"“%s” is a HEIC photograph, which few computers can open: telephones turn these into JPEG when you choose “Most Compatible” in the camera's settings (Formats); or send a screenshot of it",
		"“%s”是 HEIC 格式的照片，很多电脑无法打开：请在手机相机设置的“格式”中选择“兼容性最佳”后重拍，或对照片截屏后上传截图",
	}
	adviceMoving = advice{
		"“%s” is a video or moving picture, which cannot be taken: send one to three photographs or screenshots of what it shows",
		"“%s”是视频或动图，暂不能上传：请截取其中一至三张画面，以 JPG 或 PNG 图片上传",
	}
	adviceGIF = advice{
		"“%s” is a GIF, which is not taken: save it as PNG or JPEG, or send a screenshot",
		"“%s”是 GIF 图片，暂不能上传：请另存为 PNG 或 JPG，或截屏后上传截图",
	}
	adviceScan = advice{
		"“%s” is a TIFF or BMP picture, which is not taken: save it as JPEG or PNG, or set the scanner to PDF",
		"“%s”是 TIFF 或 BMP 图片，暂不能上传：请另存为 JPG 或 PNG，或将扫描仪设为生成 PDF",
	}
	adviceMarkup = advice{
		"“%s” is a web page or SVG drawing, which can hold programs: send a screenshot or print it to PDF",
		"“%s”是网页或 SVG 文件，其中可能含有程序，不能上传：请截屏，或打印为 PDF 后上传",
	}
	adviceProgram = advice{
		"“%s” is a program and cannot be taken, whatever its name says: send what it is about as a picture, PDF or Word document",
		"“%s”是程序文件，无论扩展名为何都不能上传：请将要说明的内容以图片、PDF 或 Word 文档上传",
	}
	adviceArchive = advice{
		"“%s” is a packed archive: unpack it and attach the files in it one by one",
		"“%s”是压缩包：请解压后逐个上传其中的文件",
	}
	adviceSheet = advice{
		"“%s” is a spreadsheet, presentation or other office document, which is not taken: save it as PDF and attach that",
		"“%s”是表格、演示文稿等文档，暂不能上传：请另存为（或导出为）PDF 后上传",
	}
	adviceText = advice{
		"“%s” is plain text: paste it into the letter, or save it as PDF",
		"“%s”是纯文本：请将内容直接粘贴到来信中，或另存为 PDF 后上传",
	}
	adviceOther = advice{
		"“%s” is of a kind that is not taken: attach photographs (JPEG, PNG, WebP), PDF or Word documents",
		"“%s”的格式暂不支持：可上传照片（JPG、PNG、WebP）、PDF 或 Word 文档",
	}
	adviceDamaged = advice{
		"“%s” is damaged or incomplete: open it, save it again under another name and attach that",
		"“%s”已损坏或不完整：请打开后另存为新文件，再重新上传",
	}
	adviceTwofold = advice{
		"“%s” is two kinds of file in one, which cannot be taken: open it, print or export it to a new PDF and attach that",
		"“%s”中混有另一种文件，不能上传：请打开后打印或导出为新的 PDF，再上传",
	}
)

func (a advice) about(name string) error { return errs.Invalid("files", a.en, a.zh, name) }

// magics are the beginnings of what people do send and we do not keep.
var magics = []struct {
	at    int
	magic string
	advice
}{
	{0, "GIF8", adviceGIF},
	{0, "II*\x00", adviceScan},
	{0, "MM\x00*", adviceScan},
	{0, "BM", adviceScan},
	{0, "MZ", adviceProgram},
	{0, "\x7fELF", adviceProgram},
	{0, "\xca\xfe\xba\xbe", adviceProgram},
	{0, "\xcf\xfa\xed\xfe", adviceProgram},
	{0, "#!", adviceProgram},
	{0, "Rar!\x1a\x07", adviceArchive},
	{0, "7z\xbc\xaf\x27\x1c", adviceArchive},
	{0, "\x1f\x8b", adviceArchive},
	{0, "PK\x05\x06", adviceArchive},
	{257, "ustar", adviceArchive},
	{0, "{\\rtf", adviceSheet},
	{0, "RIFF", adviceMoving}, // AVI and WAV; WebP is known already
	{0, "\x1aE\xdf\xa3", adviceMoving},
	{4, "ftypheic", adviceHEIC},
	{4, "ftypheix", adviceHEIC},
	{4, "ftyphevc", adviceHEIC},
	{4, "ftypmif1", adviceHEIC},
	{4, "ftypmsf1", adviceHEIC},
	{4, "ftypavif", adviceOther},
	{4, "ftyp", adviceMoving}, // MP4 and MOV
}

// refuse says of a file that is not kept what to do instead.
func refuse(name string, data []byte) error {
	for _, m := range magics {
		if len(data) > m.at && bytes.HasPrefix(data[m.at:], []byte(m.magic)) {
			return m.about(name)
		}
	}
	head := data[:min(len(data), 1<<10)]
	if bytes.Contains(head, []byte("%PDF-")) {
		return adviceTwofold.about(name)
	}
	if markup(head) {
		return adviceMarkup.about(name)
	}
	if strings.HasPrefix(http.DetectContentType(data), "text/") {
		return adviceText.about(name)
	}
	return adviceOther.about(name)
}

// markup reports whether a browser might take text for a page or a drawing.
func markup(text []byte) bool {
	text = bytes.ToLower(text)
	for _, tag := range []string{"<html", "<!doctype", "<script", "<svg", "<body", "<iframe", "<head", "<img", "<?php", "<?xml"} {
		if bytes.Contains(text, []byte(tag)) {
			return true
		}
	}
	return false
}

// foreignTail finds a second file that programs look for from the end or anywhere: ZIP, RAR, 7z. In a PDF these
// bytes stand only by accident (one in 60,000 for a file of random bytes) or in an attachment, which is refused too.
func foreignTail(data []byte) bool {
	// A ZIP's end record has 22 bytes and a comment of up to 65,535.
	end := data[max(0, len(data)-(22+1<<16)):]
	return bytes.Contains(end, []byte("PK\x05\x06")) ||
		bytes.Contains(data, []byte("Rar!\x1a\x07")) || bytes.Contains(data, []byte("7z\xbc\xaf\x27\x1c"))
}
