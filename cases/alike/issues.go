package alike

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"mailbox/cases/grams"
)

// Message is a letter as one among many on the same matter.
type Message struct {
	ID       int64
	Title    string
	Body     string
	District string
	Topic    string
	At       time.Time // received
	Writer   string    // the same for letters of the same writer; empty: nobody else's
	Likes    int       // of people who did not write
}

// Trend says where an issue goes.
type Trend string

// The trends, in the order in which they are shown: what is new and what grows first.
const (
	New     Trend = "new"     // the first letter came within the last Window
	Growing Trend = "growing" // more letters in the last Window than in the one before, and two at least
	Steady  Trend = "steady"  // as many, or a single one after none
	Fading  Trend = "fading"  // fewer than in the window before, or none
)

// Window is the time over which trends are compared.
const Window = 14 * 24 * time.Hour

// Issue is a matter that several people write about.
type Issue struct {
	ID      int64 // of its earliest letter, so that an issue keeps its name while letters come
	Title   string
	Place   string // as letters name it, "" when they agree on none
	Topic   string // most frequent, "" when none is known
	Letters []int64
	Writers int
	Likes   int
	First   time.Time
	Last    time.Time
	Heat    float64
	Trend   Trend
	Weeks   []int // letters in each of the last Weeks weeks, the running one last
}

// Heating is how heat comes and goes.
//
// Each writer counts 1 for the newest letter on the matter and FurtherLetter for each further one; likes add half the
// natural logarithm of 1 + likes. What a letter brings is halved every HalfLife since it came. (Exponential smoothing:
// Brown, Statistical Forecasting for Inventory Control, 1959. It needs no memory of its own, and whoever reckons at
// the same instant finds the same heat.)
type Heating struct{ HalfLife time.Duration }

// DefaultHeating halves in 30 days: a matter that nobody writes about any more is lukewarm after a quarter of a year.
var DefaultHeating = Heating{HalfLife: 30 * 24 * time.Hour}

// FurtherLetter is what a letter brings whose writer has written on the matter again.
const FurtherLetter = 0.2

const (
	perLog = 0.5 // of likes
	// An issue needs so many letters, of so many writers.
	leastLetters = 3
	leastWriters = 2
	issueWeeks   = 12
	leastGrowth  = 2 // letters in the last Window: one more after a silence is not growth yet
)

// FindIssues brings letters on the same matter together and gives the issues with their heat at now: new and growing
// ones first, then the hottest. Letters after now are left out. The order of messages makes no difference.
func FindIssues(messages []Message, c *grams.Counts, now time.Time, heat Heating) []Issue {
	f := &finder{counts: c}
	for _, m := range messages {
		if !m.At.After(now) {
			f.messages = append(f.messages, m)
		}
	}
	slices.SortFunc(f.messages, func(a, b Message) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	f.cluster()
	return f.issues(now, heat)
}

// issues makes what is shown of the centres with enough letters.
func (f *finder) issues(now time.Time, heat Heating) []Issue {
	var all []Issue
	for _, c := range f.centres {
		if len(c.members) >= leastLetters {
			if issue := f.issue(c, now, heat); issue.Writers >= leastWriters {
				all = append(all, issue)
			}
		}
	}
	early := func(t Trend) int {
		if t == New || t == Growing {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(early(a.Trend), early(b.Trend)), cmp.Compare(b.Heat, a.Heat), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (f *finder) issue(c *centre, now time.Time, heat Heating) Issue {
	slices.Sort(c.members) // by time
	first := f.messages[c.members[0]]
	issue := Issue{ID: first.ID, First: first.At, Title: f.title(c), Place: f.place(c), Weeks: make([]int, issueWeeks)}
	topics, written := map[string]int{}, map[string]bool{}
	recent, before := 0, 0
	for _, i := range slices.Backward(c.members) { // newest first: it is the one that counts whole
		m := f.messages[i]
		issue.Letters = append(issue.Letters, m.ID)
		issue.Likes += m.Likes
		if m.At.After(issue.Last) {
			issue.Last = m.At
		}
		age := now.Sub(m.At)
		brings := 1.0
		if writer := m.writer(); written[writer] {
			brings = FurtherLetter
		} else {
			written[writer] = true
		}
		brings += perLog * math.Log1p(float64(max(m.Likes, 0)))
		issue.Heat += brings * math.Exp2(-float64(age)/float64(heat.HalfLife))
		switch {
		case age < Window:
			recent++
		case age < 2*Window:
			before++
		}
		if week := int(age / (7 * 24 * time.Hour)); week < issueWeeks {
			issue.Weeks[issueWeeks-1-week]++
		}
		if m.Topic != "" {
			topics[m.Topic]++
		}
	}
	slices.Reverse(issue.Letters)
	issue.Writers, issue.Topic = len(written), most(topics)
	switch {
	case now.Sub(issue.First) < Window:
		issue.Trend = New
	case recent > before && recent >= leastGrowth:
		issue.Trend = Growing
	case recent >= before && recent > 0:
		issue.Trend = Steady
	default:
		issue.Trend = Fading
	}
	return issue
}

func (m Message) writer() string {
	if m.Writer == "" {
		return "\x00" + strconv.FormatInt(m.ID, 10) // nobody knows: each is taken for another's
	}
	return m.Writer
}

// most gives the most frequent word; of several the first by name.
func most(times map[string]int) string {
	best := ""
	for word, n := range times {
		if n > times[best] || n == times[best] && word < best {
			best = word
		}
	}
	return best
}
