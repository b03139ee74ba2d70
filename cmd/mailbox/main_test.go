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

// nowVariable stops the clock of a process that a test starts, at an RFC 3339 instant.
const nowVariable = "MAILBOX_TEST_NOW"

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
	return p.do(ctx, os.Args[1:])
}
