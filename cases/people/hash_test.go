package people

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/errs"
)

func TestTheHashIsTheOneOfTheReferenceImplementation(t *testing.T) {
	t.Parallel()
	// From the tests of the reference implementation, for "password" and "somesalt".
	kept, err := parseHash("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	if err != nil {
		t.Fatal(err)
	}
	if h := newHasher(); !h.matches(kept, "password") || h.matches(kept, "Password") {
		t.Error("another hash than the reference's")
	}
}

func TestAHashIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	h := newHasher()
	h.cost.memory = 64
	made := h.hash("a sentence of some words")
	read, err := parseHash(made.String())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, read, cmp.AllowUnexported(passwordHash{}, cost{})); diff != "" {
		t.Error(diff)
	}
	if !h.matches(read, "a sentence of some words") || h.matches(read, "a sentence of some word") {
		t.Error("the hash does not tell the password from another")
	}
	if again := h.hash("a sentence of some words"); again.String() == made.String() {
		t.Error("two hashes of one password are equal: no salt")
	}
}

func TestWhatIsNoHashOfOursIsRefused(t *testing.T) {
	t.Parallel()
	const salt, key = "c2FsdHNhbHRzYWx0", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
	good := "$argon2id$v=19$m=64,t=2,p=1$" + salt + "$" + key
	if _, err := parseHash(good); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, phc := range map[string]string{
		"nothing":                "",
		"another kind":           strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":        strings.Replace(good, "v=19", "v=16", 1),
		"no memory":              strings.Replace(good, "m=64", "m=0", 1),
		"memory for a planet":    strings.Replace(good, "m=64", "m=4294967295", 1),
		"passes for a year":      strings.Replace(good, "t=2", "t=100000", 1),
		"a number twice as long": strings.Replace(good, "t=2", "t=02", 1),
		"settings exchanged":     strings.Replace(good, "m=64,t=2", "t=2,m=64", 1),
		"a setting missing":      strings.Replace(good, ",p=1", "", 1),
		"a setting too many":     strings.Replace(good, ",p=1", ",p=1,p=1", 1),
		"padding":                good + "=",
		"a line end":             good + "\n",
		"a short key":            "$argon2id$v=19$m=64,t=2,p=1$" + salt + "$MDEyMw",
		"no salt":                "$argon2id$v=19$m=64,t=2,p=1$$" + key,
		"something behind":       good + "$x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parseHash(phc); !errors.Is(err, errPHC) {
				t.Errorf("%q: got %v", phc, err)
			}
		})
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE")
	f.Add("$argon2id$v=19$m=8,t=64,p=64$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=,t==,p$$$")
	f.Add("$2a$10$abcdefghijklmnopqrstuv")
	f.Fuzz(func(t *testing.T, phc string) {
		h, err := parseHash(phc)
		if err != nil {
			return
		}
		if h.String() != phc {
			t.Errorf("%q is read, and written as %q", phc, h)
		}
		if h.cost.memory > 1<<20 || h.cost.time > 64 || h.cost.time == 0 || h.cost.threads == 0 {
			t.Errorf("%q would cost %+v", phc, h.cost)
		}
	})
}

func TestWhoFindsNoTurnIsToldToTryAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		for range cap(h.turns) {
			if _, err := h.turn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		_, err := h.hashAlone(t.Context(), "x")
		if errs.CodeOf(err) != errs.CodeLimited || time.Since(start) != maxWait {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.hashAlone(gone, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
	})
}

func TestNoMoreHashesAtOnceThanTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		at, most := make(chan int, 1), 0
		at <- 0
		h.derive = func(_, _ []byte, _, _ uint32, _ uint8, _ uint32) []byte {
			n := <-at + 1
			most = max(most, n)
			at <- n
			<-time.After(time.Millisecond) // passes when everybody waits: all who can be here are
			n = <-at
			at <- n - 1
			return nil
		}
		var all sync.WaitGroup
		for range 5 * cap(h.turns) {
			all.Go(func() {
				if _, err := h.hashAlone(t.Context(), "x"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most != cap(h.turns) {
			t.Errorf("%d at once, want %d", most, cap(h.turns))
		}
	})
}

func TestPasswordsThatWouldBeGuessedAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		password string
		good     bool
	}{
		"a sentence":                     {"the cat sat on a warm roof", true},
		"twelve characters":              {"k3#vQ9!zP0xw", true},
		"eleven":                         {"k3#vQ9!zP0x", false},
		"twelve Chinese characters":      {"春眠不觉晓处处闻啼鸟夜来", true},
		"eleven Chinese characters":      {"春眠不觉晓处处闻啼鸟夜", false},
		"128 characters":                 {strings.Repeat("abcd", 32), true},
		"129":                            {strings.Repeat("abcd", 32) + "e", false},
		"spaces are characters":          {"a b c d e f g", true},
		"a common one":                   {"qwertyuiop123", false},
		"a common one in disguise":       {"Password-1234!", false},
		"one in full-width letters":      {"ｐａｓｓｗｏｒｄ１２３４", false},
		"three characters over and over": {"abcabcabcabcabc", false},
		"the login in it":                {"my name is Wang.Fang ok", false},
		"a control character":            {"a sentence\x00with a nul", false},
		"not UTF-8":                      {"a sentence with \xff in it", false},
		"a megabyte":                     {strings.Repeat("ab cd ef", 1<<17), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newPassword("password", "wang.fang", c.password)
			switch {
			case c.good && err != nil:
				t.Errorf("refused: %v", err)
			case !c.good && (errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "password"):
				t.Errorf("got %v, want invalid password", err)
			}
		})
	}
}

func TestEveryCommonPasswordIsOneThatWouldOtherwisePass(t *testing.T) {
	t.Parallel()
	if len(common) < 100 {
		t.Errorf("only %d", len(common))
	}
	for word := range common {
		if normal, fits := normalPassword(word); !fits || fold(normal) != word || differentRunes(word) < 4 {
			t.Errorf("%q can never be met: too short, not folded, or refused for its few characters", word)
		}
	}
}

func TestBlocksDoubleUpToAnHour(t *testing.T) {
	t.Parallel()
	want := []time.Duration{0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60}
	for failures, minutes := range want {
		if got := blockFor(int64(failures)); got != minutes*time.Minute {
			t.Errorf("%d failures: %s, want %d minutes", failures, got, minutes)
		}
	}
	if got := blockFor(1 << 62); got != time.Hour {
		t.Errorf("very many failures: %s", got)
	}
}

func BenchmarkHash(b *testing.B) {
	h := newHasher()
	for b.Loop() {
		h.hash("a sentence of some words")
	}
}
