package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// plan is everything that a seed decides: what people do, what breaks when, and how the clock jumps. What
// the machine makes of it, how far each process has got when it is killed, differs from run to run.
type plan struct {
	seed   uint64
	start  time.Time
	fates  []fate // of letters, by number
	scenes []scene
}

// fate is what the city does with a letter.
type fate int

const (
	answeredAtOnce fate = iota
	answeredInTheLastSeconds
	answeredLate
	routedOnly
	leftAlone
	fates
)

// scene is a stretch of trouble: letters come in, faults come and go, and in the end the clock has passed at
// least one deadline. Afterwards everything is mended, and what the trouble left behind is settled.
type scene struct {
	letters []int // numbers
	steps   []step
}

// step is something that happens at a moment of the scene.
type step struct {
	after time.Duration // since the beginning of the scene
	what  string        // the name of a fault, or a jump of the clock
	end   bool          // the fault ends
	which int           // of several processes
	by    time.Duration // of a jump
}

func (s step) String() string {
	text := fmt.Sprintf("%s %s", s.after.Round(time.Millisecond), s.what)
	switch {
	case s.end:
		text += " ends"
	case s.what == jumpBy:
		text += " " + s.by.String()
	}
	return text
}

// The jumps: by a given time, to shortly before the next deadline, and to some time after it.
const (
	jumpBy     = "jump"
	jumpNear   = "jump to just before the next deadline"
	jumpBeyond = "jump beyond the next deadline"
	nothing    = "nothing" // happens meanwhile
)

// Sizes of a scene.
const (
	sceneTime = 3 * time.Second
	faultTime = 1500 * time.Millisecond
)

// newPlan lays out a round. names are the faults that this kind of city can have, blackouts those of them
// that stop everything.
func newPlan(seed uint64, scenes int, names, blackouts []string) plan {
	r := rand.New(rand.NewPCG(seed, 0x6d61796f72))
	p := plan{seed: seed}
	// Any hour of a year whose calendar is known, also at night and on holidays.
	p.start = local("2026-01-05 00:00:00").Add(time.Duration(r.IntN(300*24*60)) * time.Minute)
	deck := shuffled(r, names)
	for range scenes {
		a := scene{}
		for range 3 + r.IntN(4) {
			a.letters = append(a.letters, len(p.fates))
			p.fates = append(p.fates, fate(r.IntN(int(fates))))
		}
		for range 2 + r.IntN(3) {
			if len(deck) == 0 {
				deck = shuffled(r, names)
			}
			begin := span(r, 0, sceneTime)
			which := r.IntN(100)
			a.steps = append(
				a.steps,
				step{after: begin, what: deck[0], which: which},
				step{after: begin + span(r, faultTime/10, faultTime), what: deck[0], which: which, end: true},
			)
			deck = deck[1:]
		}
		for range r.IntN(3) {
			by := span(r, -90*time.Second, 90*time.Second)
			if r.IntN(2) == 0 {
				by = span(r, time.Minute, 20*time.Hour)
			}
			a.steps = append(a.steps, step{after: span(r, 0, sceneTime), what: jumpBy, by: by.Round(time.Second)})
		}
		near := sceneTime/2 + span(r, 0, sceneTime/4)
		if r.IntN(2) == 0 {
			a.steps = append(a.steps, step{after: near, what: jumpNear, by: span(r, time.Second, 3*time.Second)})
			near += sceneTime / 2 // so that the deadline comes by itself
		}
		last := near + span(r, 0, sceneTime/4)
		if r.IntN(4) > 0 { // the deadline passes while nobody can mark anything, and the end of that is the scene's end
			a.steps = append(a.steps, step{after: last, what: blackouts[r.IntN(len(blackouts))], which: r.IntN(100)}, step{after: last + faultTime, what: nothing})
		}
		a.steps = append(a.steps, step{after: last, what: jumpBeyond, by: span(r, 61*time.Second, time.Hour).Round(time.Second)})
		slices.SortStableFunc(a.steps, func(x, y step) int { return cmp.Compare(x.after, y.after) })
		p.scenes = append(p.scenes, a)
	}
	return p
}

func shuffled(r *rand.Rand, names []string) []string {
	deck := slices.Clone(names)
	r.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	return deck
}

func span(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}

func (p plan) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed %d, from %s", p.seed, p.start.Format(time.RFC3339))
	for i, a := range p.scenes {
		fmt.Fprintf(&text, "\nscene %d, %d letters: ", i+1, len(a.letters))
		for j, s := range a.steps {
			if j > 0 {
				text.WriteString("; ")
			}
			text.WriteString(s.String())
		}
	}
	return text.String()
}
