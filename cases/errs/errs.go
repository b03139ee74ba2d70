// Package errs is the one typed error of the product: a code, the field it is about, and what the
// person can do, in both languages.
//
// Rooms return these for everything a person could cause or mend; any other error is internal and
// its text reaches only the log. There is no HTTP here: the pages map a Code to a status.
package errs

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Code says what sort of trouble it is; callers branch on it, never on the text.
type Code string

// The codes. Their meaning for a person: correct it, look elsewhere, reload, ask somebody with the
// right, wait, or tell the operator.
const (
	CodeInvalid   Code = "invalid"
	CodeNotFound  Code = "not_found"
	CodeConflict  Code = "conflict"
	CodeForbidden Code = "forbidden"
	CodeLimited   Code = "limited"
	CodeInternal  Code = "internal"
)

// Lang is a language a person reads: "zh" or "en".
type Lang string

// The two languages the product is complete in.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Error is what a person could cause or mend.
type Error struct {
	Code  Code
	Field string // the form field, column or setting; empty when it is about the whole
	en    string
	zh    string
	cause error
}

// Error gives the English text, with the field before it when there is one.
func (e *Error) Error() string {
	if e.Field != "" {
		return e.Field + ": " + e.en
	}
	return e.en
}

// Unwrap gives the technical cause, for the log.
func (e *Error) Unwrap() error { return e.cause }

// In gives the text in the reader's language, without the field.
func (e *Error) In(lang Lang) string {
	if lang == EN {
		return e.en
	}
	return e.zh
}

// Because attaches the technical cause, for the log; the person does not see it.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

func build(code Code, field, en, zh string, args []any) *Error {
	if len(args) > 0 {
		en, zh = fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)
	}
	return &Error{Code: code, Field: field, en: en, zh: zh}
}

// Invalid says that a field must be corrected. The two texts take the same args in the same order
// (or by index, %[1]d).
func Invalid(field, en, zh string, args ...any) *Error {
	return build(CodeInvalid, field, en, zh, args)
}

// NotFound says that there is no such thing, or none this person may know of.
func NotFound(en, zh string, args ...any) *Error {
	return build(CodeNotFound, "", en, zh, args)
}

// Conflict says that somebody or something came first: reload, look, decide again.
func Conflict(en, zh string, args ...any) *Error {
	return build(CodeConflict, "", en, zh, args)
}

// Forbidden says that this person may not do this here.
func Forbidden(en, zh string, args ...any) *Error {
	return build(CodeForbidden, "", en, zh, args)
}

// Limited says that it was tried too often or is too large, and when to try again.
func Limited(en, zh string, args ...any) *Error {
	return build(CodeLimited, "", en, zh, args)
}

// CodeOf gives the code of err; anything that is not ours is internal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// FieldOf gives the field err is about, or "".
func FieldOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Field
	}
	return ""
}

// Message gives what to show a person for err, as a sentence; an internal error shows no detail.
func Message(err error, lang Lang) string {
	if e, ok := errors.AsType[*Error](err); ok {
		text := e.In(lang)
		first, size := utf8.DecodeRuneInString(text)
		return string(unicode.ToUpper(first)) + text[size:]
	}
	if lang == EN {
		return "Something went wrong on our side. Nothing was lost; please try again in a moment."
	}
	return "系统出现问题，您的内容没有丢失，请稍后再试。"
}
