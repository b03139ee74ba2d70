package cases

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mailbox/cases/errs"
)

// The limits of what people may write, in characters.
const (
	MaxTitle    = 100
	MaxBody     = 5000
	MaxReply    = 10000
	MaxReason   = 1000
	MaxTopic    = 120
	MaxDistrict = 60
	MaxName     = 60
)

// clean checks a text a person wrote and gives it back as it is kept: line ends as \n, no space around.
// A text that cannot be kept as written is refused, never silently changed.
func clean(field, nameEN, nameZH, text string, most int, needed bool) (string, error) {
	if !utf8.ValidString(text) {
		return "", errs.Invalid(field,
			"%[1]s has characters that cannot be read; please send it as UTF-8 text",
			"%[2]s含有无法识别的字符，请使用 UTF-8 文字", nameEN, nameZH)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.TrimSpace(text)
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return "", errs.Invalid(field,
				"%[1]s has an invisible control character (U+%04[3]X); please remove it",
				"%[2]s含有不可见的控制字符（U+%04[3]X），请删除", nameEN, nameZH, r)
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && needed:
		return "", errs.Invalid(field, "please fill in %[1]s", "请填写%[2]s", nameEN, nameZH)
	case n > most:
		return "", errs.Invalid(field,
			"%[1]s may have at most %[3]d characters; it has %[4]d",
			"%[2]s最多 %[3]d 个字，现有 %[4]d 个字", nameEN, nameZH, most, n)
	}
	return text, nil
}

// cleanLine is clean for a single line.
func cleanLine(field, nameEN, nameZH, text string, most int, needed bool) (string, error) {
	text, err := clean(field, nameEN, nameZH, text, most, needed)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(text, "\n\r") {
		return "", errs.Invalid(field, "%[1]s must be a single line", "%[2]s不能换行", nameEN, nameZH)
	}
	// A line that turns around shows something else in a list than it says.
	for _, r := range text {
		if unicode.Is(unicode.Bidi_Control, r) {
			return "", errs.Invalid(field,
				"%[1]s has an invisible character that turns the reading direction (U+%04[3]X); please remove it",
				"%[2]s含有不可见的文字方向控制符（U+%04[3]X），请删除", nameEN, nameZH, r)
		}
	}
	return text, nil
}
