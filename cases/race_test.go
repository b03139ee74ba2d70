//go:build race

package cases_test

func init() { underRace = true }
