package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

const (
	redrawEvery = 100 * time.Millisecond // of the bar on a terminal
	lineEvery   = 5 * time.Second        // elsewhere, so that a log shows that something is alive
)

// progress tells on standard error how far a long piece of work is: a bar with the time left on a terminal,
// elsewhere a line every few seconds and nothing about what is done sooner.
type progress struct {
	p            *program
	terminal     *os.File // nil: standard error is none
	began, shown time.Time
}

func (p *program) progress() *progress {
	now := p.clock()
	g := &progress{p: p, began: now, shown: now}
	if f, ok := p.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		g.terminal = f
	}
	return g
}

// spent is how long the work has taken, never nothing: rates are made from it.
func (g *progress) spent() time.Duration { return max(g.p.clock().Sub(g.began), time.Millisecond) }

// at says that part of total is done; words are what there is to say beside the share.
func (g *progress) at(part, total int64, words func() string) { g.show(part, total, words, false) }

// end says that all is done.
func (g *progress) end(words func() string) { g.show(1, 1, words, true) }

func (g *progress) show(part, total int64, words func() string, last bool) {
	now := g.p.clock()
	pause := lineEvery
	if g.terminal != nil {
		pause = redrawEvery
	}
	if !last && now.Sub(g.shown) < pause || last && g.terminal == nil {
		return
	}
	g.shown = now
	share := 1.0
	if total > 0 && part < total {
		share = float64(part) / float64(total)
	}
	left := time.Duration(0)
	if share > 0 {
		left = time.Duration(float64(g.spent()) * (1 - share) / share).Round(time.Second)
	}
	if g.terminal == nil {
		g.p.say(g.p.stderr, "%3.0f%%  %s  剩余 %s", "%3.0f%%  %s  %s left", share*100, words(), left)
		return
	}
	const width = 30
	filled := int(share * width)
	bar := strings.Repeat("█", filled) + strings.Repeat("░", width-filled)
	end := ""
	if last {
		end = "\n"
	}
	// The spaces wipe out what a longer line left.
	fmt.Fprintf(g.terminal, choose(g.p.lang, "\r%s %3.0f%%  %s  剩余 %s   %s", "\r%s %3.0f%%  %s  %s left   %s"),
		bar, share*100, words(), left, end)
}
