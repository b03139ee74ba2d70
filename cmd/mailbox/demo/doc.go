// Package demo holds the content of the demonstration city: 云湘市, which does not exist.
//
// Its departments, accounts and 405 letters were written for this program; no real person's letter
// is among them. Telephone numbers use ranges that no operator has given out and addresses end in
// example.org, so that a demonstration can never reach anybody.
//
// The package is data and a loader. It knows no database and no clock: whoever plays the city
// through the verbs of a case decides when each letter comes in, guided by Letter.Month, and drives
// it to Letter.Fate. Begin with Load.
package demo
