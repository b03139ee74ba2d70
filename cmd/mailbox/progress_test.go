package main

import (
	"bytes"
	"testing"
	"time"

	"mailbox/cases/errs"
)

// TestALogSeesALineEveryFewSecondsOfWork stands for a nightly job: nothing about quick work, and never silence
// for long.
func TestALogSeesALineEveryFewSecondsOfWork(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 5, 2, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	p := &program{stderr: &out, lang: errs.EN, clock: func() time.Time { return now }}
	bar := p.progress()
	for done := int64(1); done <= 12; done++ {
		now = now.Add(time.Second)
		bar.at(done, 24, func() string { return "cases" })
	}
	bar.end(func() string { return "cases" })
	want := " 21%  cases  19s left\n 42%  cases  14s left\n"
	if out.String() != want {
		t.Errorf("it said\n%swant\n%s", out.String(), want)
	}
}
