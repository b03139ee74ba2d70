// Package cases is the case: what can be done to it, by whom, in which order, and what is kept of it.
//
// Everything goes through a [Desk]. Each thing that can be done is a verb, and each verb a method in a
// file of its own name: Submit, Accept, Route, Acknowledge, Reply, Answer, Rate, Close, and the side ways.
// A verb is one transaction with one instant: it locks the case, asks the permission table (package
// people) and the transition table (transition.go), changes the case, and writes what figures depend on
// (facts.go), one event (package ledger) and its notices (package notify) with it. Either all of that
// happens or none.
//
// What was done follows from the events alone: [Desk.VerifyRecord] adds them up again and compares (record.go), and
// [Desk.Checkpoint] signs the tree of all of them, so that nobody can rewrite it unseen (docs/record.md).
//
// Read [Desk.Submit] first, then desk.go: change is the path that every other verb takes.
package cases
