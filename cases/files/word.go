package files

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxEntries  = 2_000     // of a DOCX; a long report has some hundred
	maxUnfolded = 100 << 20 // bytes of all entries together
	maxRatio    = 200       // unfolded to packed, for entries above a megabyte; XML reaches 50
)

var (
	adviceMacros = advice{
		"“%s” holds macros, which can run programs: save it as .docx without macros, or as PDF, and attach that",
		"“%s”含有宏，可能运行程序，不能上传：请另存为不含宏的 .docx 或 PDF 后上传",
	}
	adviceLocked = advice{
		"“%s” is protected with a password, so that nobody could read it: save it without one and attach that",
		"“%s”设有密码，收件部门无法打开：请取消密码并另存后上传",
	}
	adviceBomb = advice{
		"“%s” unfolds to more than can be taken: save it as PDF, or send its pages as pictures",
		"“%s”解压后内容过大，不能上传：请另存为 PDF，或将页面以图片上传",
	}
	adviceLinked = advice{
		"“%s” fetches parts of itself from elsewhere when it is opened: save it as PDF and attach that",
		"“%s”打开时会从外部载入内容，不能上传：请另存为 PDF 后上传",
	}
)

// checkDocx refuses a ZIP that is no Word document, and a Word document that is more than one.
func checkDocx(ctx context.Context, name string, data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return adviceDamaged.about(name)
	}
	names := make(map[string]bool, len(archive.File))
	for _, entry := range archive.File {
		lower := strings.ToLower(entry.Name)
		switch {
		case len(archive.File) > maxEntries:
			return adviceBomb.about(name)
		case entry.Flags&1 != 0:
			return adviceLocked.about(name)
		case !safePath(entry.Name) || names[lower]:
			return adviceDamaged.about(name)
		case strings.HasSuffix(lower, "vbaproject.bin") || strings.HasSuffix(lower, "vbadata.xml"):
			return adviceMacros.about(name)
		}
		names[lower] = true
	}
	if !names["[content_types].xml"] || !names["word/document.xml"] {
		if names["[content_types].xml"] || names["ofd.xml"] || names["mimetype"] {
			return adviceSheet.about(name)
		}
		return adviceArchive.about(name)
	}
	if !wholeZip(data, archive) {
		return adviceTwofold.about(name)
	}
	return unfold(ctx, name, archive)
}

// safePath reports whether an entry's name stays inside wherever it is unpacked.
func safePath(name string) bool {
	if name == "" || name[0] == '/' || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == ".." {
			return false
		}
	}
	return true
}

// wholeZip reports whether the file is the archive and nothing else: the first entry begins at 0, its directory ends
// where the end record begins, and nothing follows, not even a comment.
func wholeZip(data []byte, archive *zip.Reader) bool {
	const endSize, end64Size = 22, 56 + 20
	if len(data) < endSize+30 || archive.Comment != "" {
		return false
	}
	end := data[len(data)-endSize:]
	if string(end[:4]) != "PK\x05\x06" || binary.LittleEndian.Uint16(end[20:]) != 0 {
		return false
	}
	directory := int64(binary.LittleEndian.Uint32(end[16:])) + int64(binary.LittleEndian.Uint32(end[12:]))
	if gap := int64(len(data)-endSize) - directory; gap != 0 && gap != end64Size {
		return false
	}
	first := 30 + int64(binary.LittleEndian.Uint16(data[26:])) + int64(binary.LittleEndian.Uint16(data[28:]))
	for _, entry := range archive.File {
		if start, err := entry.DataOffset(); err == nil && start == first {
			return true
		}
	}
	return false
}

// unfold reads every entry to its end and counts: what an archive says of its own size need not be true.
func unfold(ctx context.Context, name string, archive *zip.Reader) error {
	var declared, actual uint64
	for _, entry := range archive.File {
		size := entry.UncompressedSize64
		declared += min(size, maxUnfolded+1)
		if declared > maxUnfolded || size > 1<<20 && size/maxRatio > entry.CompressedSize64 {
			return adviceBomb.about(name)
		}
	}
	for _, entry := range archive.File {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("looking at a document: %w", err)
		}
		r, err := entry.Open()
		if err != nil {
			return adviceDamaged.about(name)
		}
		var text bytes.Buffer // of the small files that say what belongs together
		out := io.Discard
		if lower := strings.ToLower(entry.Name); strings.HasSuffix(lower, ".rels") || lower == "[content_types].xml" {
			if entry.UncompressedSize64 > 1<<20 {
				return errors.Join(adviceBomb.about(name), r.Close())
			}
			out = &text
		}
		n, err := io.Copy(out, io.LimitReader(r, int64(maxUnfolded-actual)+1))
		actual += uint64(n)
		_ = r.Close() // only read
		switch {
		case actual > maxUnfolded:
			return adviceBomb.about(name)
		case err != nil:
			return adviceDamaged.about(name)
		case bytes.Contains(text.Bytes(), []byte("macroEnabled")):
			return adviceMacros.about(name)
		case fetches(text.Bytes()):
			return adviceLinked.about(name)
		}
	}
	return nil
}

// checkDoc refuses an old Word document that is none, or holds macros. Password-protected ones are kept: only Word
// can tell them apart.
func checkDoc(name string, data []byte) error {
	entries, err := readOLE(data)
	if err != nil {
		return adviceDamaged.about(name)
	}
	word := false
	for _, entry := range entries {
		switch strings.ToLower(entry.name) {
		case "worddocument":
			word = word || entry.top && !entry.storage
		case "macros", "vba", "_vba_project_cur", "_vba_project":
			return adviceMacros.about(name)
		case "encryptedpackage":
			return adviceLocked.about(name)
		}
	}
	if !word {
		return adviceSheet.about(name)
	}
	if bytes.HasSuffix(data[:len(data)-min(len(data), 18)], []byte("PK\x05\x06")) || bytes.Contains(data, []byte("Rar!\x1a\x07")) {
		return adviceTwofold.about(name)
	}
	return nil
}
