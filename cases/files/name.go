package files

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxNameRunes = 100
	maxNameBytes = 240 // file systems take 255; 80 Chinese characters have 240
	noName       = "file"
)

// endings are taken off a name before the real one is put on: a name with two of them is how programs dress as pictures.
var endings = strings.Fields(`jpg jpeg jpe jfif png apng webp gif heic heif avif bmp tif tiff svg ico
	pdf doc docx docm dot dotm dotx rtf wps odt ofd txt csv xls xlsx xlsm ppt pptx
	htm html xhtml shtml mht xml js mjs css json php phtml asp aspx jsp cgi pl py sh rb jar class
	exe com bat cmd scr pif msi dll vbs vbe wsf hta lnk ps1 reg cpl apk app dmg deb rpm
	zip rar 7z tar gz tgz bz2 xz iso mp3 mp4 mov avi mkv wav amr`)

// devices are names that Windows keeps for itself, whatever their ending.
var devices = strings.Fields("con prn aux nul com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 com¹ com² com³ " +
	"lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 lpt¹ lpt² lpt³ conin$ conout$")

// CleanName makes a name that is safe in a header, in a directory and on a screen: the last element of a path, in
// one Unicode form, without control, bidi and zero-width characters, leading dots and what file systems refuse, with the extension of
// the real type, in at most 100 characters and 240 bytes. Nothing left becomes "file". Cleaning twice changes nothing.
func CleanName(name string, t Type) string {
	ending := t.Extension()
	base := strings.TrimSuffix(visible(name), ending)
	for {
		before := base
		base = strings.TrimRight(strings.TrimLeft(base, ". "), ". ")
		base = withoutEnding(base)
		base = shorten(base, maxNameRunes-len(ending), maxNameBytes-len(ending))
		if first, _, _ := strings.Cut(base, "."); slices.Contains(devices, strings.ToLower(strings.TrimSpace(first))) {
			base = "_" + base
		}
		if base == before {
			break
		}
	}
	if base == "" {
		base = noName
	}
	return base + ending
}

// displayName is how an error names the file: as sent, but safe on a screen; "" when there is no name.
func displayName(name string) string {
	return shorten(strings.TrimSpace(visible(name)), 60, maxNameBytes)
}

// visible gives the last element of a path without what cannot be seen or may not stand in a file's name.
func visible(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = strings.TrimRight(name, `/\`)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	var b strings.Builder
	for _, r := range norm.NFC.String(name) {
		switch {
		case unicode.IsSpace(r) && !unicode.IsControl(r):
			r = ' '
		case !unicode.IsGraphic(r): // control, format (bidi, zero-width), private, unassigned
			continue
		case strings.ContainsRune("\u115f\u1160\u3164\uffa0\u2800\u034f", r) || unicode.Is(unicode.Variation_Selector, r):
			continue // look like nothing
		case strings.ContainsRune(`<>:"/\|?*`, r):
			r = '_'
		}
		if r == ' ' && strings.HasSuffix(b.String(), " ") {
			continue
		}
		b.WriteRune(r)
	}
	// What was taken away may have kept two characters apart that are one in Unicode's form.
	return norm.NFC.String(b.String())
}

func withoutEnding(base string) string {
	dot := strings.LastIndexByte(base, '.')
	if dot >= 0 && slices.Contains(endings, strings.ToLower(base[dot+1:])) {
		return base[:dot]
	}
	return base
}

// shorten cuts after so many characters or bytes, never inside a character.
func shorten(text string, runes, size int) string {
	n := 0
	for i, r := range text {
		if n++; n > runes || i+utf8.RuneLen(r) > size {
			return strings.TrimRight(text[:i], ". ")
		}
	}
	return text
}

// Disposition gives the Content-Disposition header of a file, with its name in ASCII for old programs and in UTF-8
// for the rest (RFC 6266, RFC 8187). Only pictures are shown in the page; documents are offered as downloads.
func Disposition(name string, t Type) string {
	name = CleanName(name, t)
	var ascii, utf strings.Builder
	for _, r := range name {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			r = '_'
		}
		ascii.WriteRune(r)
	}
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			utf.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		utf.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
	}
	how := "attachment"
	if t.Image() {
		how = "inline"
	}
	return how + `; filename="` + ascii.String() + `"; filename*=UTF-8''` + utf.String()
}
