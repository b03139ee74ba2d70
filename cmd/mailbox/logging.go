package main

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// newLogger writes structured lines with what looks personal masked: telephone and identity numbers,
// e-mail addresses, and passwords in addresses of servers.
func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // settings.check has refused everything else
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: maskAttr}))
}

// maskAttr masks every value that can hold text. What is no text of its own (an error, a struct, a list)
// is written as text first, for a JSON encoder would find texts in it that this function never sees.
func maskAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, mask(a.Value.String()))
	case slog.KindAny:
		if _, ok := a.Value.Any().(slog.Level); ok {
			return a // the level of the line itself
		}
		return slog.String(a.Key, mask(fmt.Sprintf("%+v", a.Value.Any())))
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime,
		slog.KindUint64, slog.KindGroup, slog.KindLogValuer:
	}
	return a
}

const harmlessNumber = `(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?` +
	`|(?:19|20)\d{6}-\d{4,7}-\d`

var (
	// From the scheme to the last @ before a space: a password may hold any of the other marks.
	urlUser = regexp.MustCompile(`(://)\S*@`)
	// Passwords as connection strings have them.
	secretValue = regexp.MustCompile(`(?i)((?:password|passwd|secret|token)=)[^\s&"']+`)
	mailPattern = regexp.MustCompile(`(?:"[^"\s@]*"|[^\s@<>"'/:=,;()（）：，。；、]+)@([\p{L}\p{N}.-]+\.\p{L}[\p{L}\p{N}-]+)`)
	// Seven digits in a row, however they are grouped, may reach or name a person. Instants and the
	// numbers of cases, which come first, do not: whoever reads the log needs them.
	digitsPattern = regexp.MustCompile(`\b(?:` + harmlessNumber + `)\b|[0-9０-９](?:[ \-—－()（）]{0,2}[0-9０-９]){6,}`)
	harmless      = regexp.MustCompile(`^(?:` + harmlessNumber + `)$`)
)

// mask hides what looks like a telephone number, an identity number, an e-mail address or a password.
func mask(text string) string {
	text = urlUser.ReplaceAllString(text, "$1***@")
	text = secretValue.ReplaceAllString(text, "$1***")
	text = mailPattern.ReplaceAllString(text, "***@$1")
	return digitsPattern.ReplaceAllStringFunc(text, maskDigits)
}

// maskDigits leaves the last two digits of a number, enough to tell two lines of a log apart.
func maskDigits(number string) string {
	if harmless.MatchString(number) {
		return number
	}
	digits := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -—－()（）", r) {
			return -1
		}
		return r
	}, number))
	return "*****" + string(digits[len(digits)-2:])
}
