//go:build race

package main

// underRace says that the race detector watches, which makes SQLite some twelve times slower.
const underRace = true
