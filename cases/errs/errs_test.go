package errs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mailbox/cases/errs"
)

func TestAnErrorSpeaksTheReadersLanguageAndNamesItsField(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("line 3: %w", errs.Invalid("title", "at most %d characters", "最多 %d 个字", 100))
	if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "title" {
		t.Errorf("%s %s", errs.CodeOf(err), errs.FieldOf(err))
	}
	if got := errs.Message(err, errs.ZH); got != "最多 100 个字" {
		t.Error(got)
	}
	if got := errs.Message(err, errs.EN); got != "At most 100 characters" {
		t.Error(got)
	}
}

func TestAnInternalErrorShowsNothingOfItself(t *testing.T) {
	t.Parallel()
	secret := errors.New("dial postgres://admin:geheim@10.0.0.1")
	for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
		if strings.Contains(errs.Message(secret, lang), "geheim") {
			t.Errorf("%s shows the cause", lang)
		}
	}
	if errs.CodeOf(secret) != errs.CodeInternal || errs.CodeOf(nil) != errs.CodeInternal {
		t.Error("an unknown error is internal")
	}
	conflict := errs.Conflict("a", "b").Because(secret)
	if !errors.Is(conflict, secret) || strings.Contains(conflict.Error(), "geheim") {
		t.Error("the cause is for the log, not in the text")
	}
}
