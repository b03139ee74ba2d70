//go:build race

package report_test

func init() { underRace = true }
