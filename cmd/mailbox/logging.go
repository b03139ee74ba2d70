package main

import (
	"io"
	"log/slog"
	"regexp"
)

// newLogger writes structured lines with what looks personal masked: telephone numbers, e-mail
// addresses, and passwords in addresses of servers.
func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // settings.check has refused everything else
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: maskAttr}))
}

var (
	mailPattern  = regexp.MustCompile(`([\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]*@([\p{L}\p{N}.-]+\.\p{L}{2,})`)
	phonePattern = regexp.MustCompile(`(\+?\b\d{3})[ -]?\d{3,6}([ -]?\d{2,4}\b)`)
	urlPassword  = regexp.MustCompile(`(://[^/\s:@]*):[^/\s@]+@`)
	// What looks like a telephone number and is none: times and numbers of cases.
	harmless = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T|^\d{8}-\d{4,}-\d$`)
)

func maskAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, mask(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, mask(err.Error()))
		}
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime,
		slog.KindUint64, slog.KindGroup, slog.KindLogValuer:
	}
	return a
}

func mask(text string) string {
	if harmless.MatchString(text) {
		return text
	}
	text = urlPassword.ReplaceAllString(text, "$1:***@")
	text = mailPattern.ReplaceAllString(text, "$1***@$2")
	return phonePattern.ReplaceAllString(text, "$1****$2")
}
