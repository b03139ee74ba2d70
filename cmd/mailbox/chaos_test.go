package main

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// The fault suite. Real processes of the program serve a city whose letters come over HTTP and whose mail
// goes to a real mail server, while processes are killed at random instants, PostgreSQL and Redis are
// stopped, wiped and cut off, the mail server refuses, dawdles and hangs up, and the clock jumps over
// deadlines. When all is mended and every notice has left, it is looked at from the outside whether
//
//   - each letter whose receipt was shown is there, once;
//   - each case past due has one overdue event with the right times, and no other has one;
//   - each notice left once, save those caught between the mail server's OK and the mark, which are
//     counted and carry the same Message-ID;
//   - nothing was marked later than a minute, by the city's clock, after the last trouble;
//   - every record verifies and every case's facts are without gap, and no log shows a person.
//
// A seed decides everything that is done; go test -run TestChaos ./cmd/mailbox -chaos.seed=N repeats it, and
// make chaos ROUNDS=50 tries fifty seeds.
var (
	chaosSeed   = flag.Uint64("chaos.seed", 1, "the first round's seed of the fault suite")
	chaosRounds = flag.Int("chaos.rounds", 1, "how many rounds of the fault suite, each with the next seed")
	chaosScenes = flag.Int("chaos.scenes", 3, "how many stretches of trouble a round of the fault suite has")
)

// TestChaosLosesNothing does not run beside the package's other tests: it keeps a dozen processes and two
// cores busy, and they would wait for it longer than they do for anything.
func TestChaosLosesNothing(t *testing.T) {
	t.Run("PostgreSQL and Redis", func(t *testing.T) {
		t.Parallel()
		names := slices.Concat(slices.Collect(maps.Keys(everywhere)), slices.Collect(maps.Keys(inManyParts)))
		chaos(t, names, []string{"all processes are killed", "PostgreSQL stops at once", "PostgreSQL cannot be reached"}, newSplitCity)
	})
	t.Run("the embedded default", func(t *testing.T) {
		t.Parallel()
		chaos(t, slices.Collect(maps.Keys(everywhere)), []string{"all processes are killed"}, newEmbeddedCity)
	})
}

func chaos(t *testing.T, names, blackouts []string, build func(*testing.T, plan) *city) {
	t.Helper()
	slices.Sort(names)
	for i := range *chaosRounds {
		p := newPlan(*chaosSeed+uint64(i), *chaosScenes, names, blackouts)
		t.Run(fmt.Sprintf("seed=%d", p.seed), func(t *testing.T) { // one after the other: each is six servers
			t.Log(p)
			c := build(t, p)
			defer c.shut()
			for _, s := range p.scenes {
				c.play(s)
			}
			c.finish()
			c.check()
			c.tell()
		})
	}
}
