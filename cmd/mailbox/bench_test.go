package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkEmbeddedDefault builds the program and starts it as an operator does, on an empty data directory
// and again on the same: how long until it is ready, and how much memory it then holds (resident, with the
// pages of the program itself).
func BenchmarkEmbeddedDefault(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "mailbox")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for name, args := range map[string][]string{"empty": nil, "demo": {"--demo"}} {
		data := filepath.Join(dir, name)
		b.Run(name+"-first", func(b *testing.B) {
			for b.Loop() {
				if err := os.RemoveAll(data); err != nil {
					b.Fatal(err)
				}
				startOnce(b, program, data, args)
			}
		})
		b.Run(name+"-again", func(b *testing.B) {
			for b.Loop() {
				startOnce(b, program, data, args)
			}
		})
	}
}

func startOnce(b *testing.B, program, data string, args []string) {
	b.Helper()
	began := time.Now()
	command := exec.CommandContext(b.Context(), program, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--language", "en"}, args...)...)
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := command.Process.Signal(os.Interrupt); err != nil {
			b.Error(err)
		}
		if err := command.Wait(); err != nil {
			b.Error(err)
		}
	}()
	address := ""
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		_, address, _ = strings.Cut(lines.Text(), "open: ")
	}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address+"/readyz", nil)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("not ready: %s, %v", response.Status, err)
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ready-ms")
	b.ReportMetric(resident(b, command.Process.Pid), "resident-MiB")
}

// resident reads how much memory a process holds, in MiB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("only Linux tells how much memory a process holds")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}
