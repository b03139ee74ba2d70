package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// nowVariable stops the clock of a process that a test starts, at an RFC 3339 instant. clockVariable names
// a file that says by how much the process' clock is ahead of the machine's, such as 36h0m0s; the file may be
// replaced at any time, and every process that was given it follows.
const (
	nowVariable   = "MAILBOX_TEST_NOW"
	clockVariable = "MAILBOX_TEST_CLOCK"
)

// The test binary is also the program: started under the name mailbox, it is it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mailbox": func() { os.Exit(asProgram()) }})
}

func asProgram() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{
		env: systemEnvironment, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		lang: languageOf(systemEnvironment), clock: time.Now,
	}
	if text, ok := os.LookupEnv(nowVariable); ok {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 3
		}
		p.clock = func() time.Time { return now }
	}
	if path, ok := os.LookupEnv(clockVariable); ok {
		p.clock = func() time.Time { return time.Now().Add(aheadBy(path)) }
	}
	return p.do(ctx, os.Args[1:])
}

// aheadBy reads the clock's file, anew each time: that takes ten microseconds, and a time of change is too
// coarse to tell two changes apart.
func aheadBy(path string) time.Duration {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	ahead, err := time.ParseDuration(string(text))
	if err != nil {
		panic(err)
	}
	return ahead
}
