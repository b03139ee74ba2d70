package cases_test

import (
	"flag"
	"os"
	"testing"
)

// underRace says that the race detector watches, which makes SQLite some twelve times slower.
var underRace bool

// TestMain lets random walks be fewer under the race detector; make test walks them all without it as well.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if underRace && !given {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
