package grams

import "math"

// buckets of the counts: a million letters of a city have some 300,000 two-character runs; two that fall into
// one bucket only look a little more common than they are.
const (
	bucketBits = 18
	buckets    = 1 << bucketBits
)

// Counts says in how many of the letters read so far each run of two characters stands: the rarer, the more it
// says. The zero value has read nothing: then all runs weigh the same.
type Counts struct {
	Letters int
	in      []uint32
}

// Add reads one more letter.
func (c *Counts) Add(t Text) {
	if c.in == nil {
		c.in = make([]uint32, buckets)
	}
	c.Letters++
	seen := make(map[uint32]struct{}, len(t.Runes))
	for i := 0; i+2 <= len(t.Runes); i++ {
		b := bucket(Hash(t.Runes[i : i+2]))
		if _, again := seen[b]; !again {
			seen[b] = struct{}{}
			c.in[b]++
		}
	}
}

// In tells in how many letters a run of two characters stands, by its hash; at most a little too many.
func (c *Counts) In(hash uint64) int {
	if c.in == nil {
		return 0
	}
	return int(c.in[bucket(hash)])
}

// Weight is how much a run of two characters says: its inverse document frequency, smoothed so that a run never
// seen before has a finite weight (Spärck Jones 1972; smoothing as in Manning, Raghavan and Schütze, 2008).
func (c *Counts) Weight(hash uint64) float64 {
	return math.Log(float64(c.Letters+1)/float64(c.In(hash)+1)) + 1
}

func bucket(hash uint64) uint32 { return uint32(hash >> (64 - bucketBits)) }
