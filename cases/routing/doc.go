// Package routing says who might answer a letter, and why: text in, ranked departments with reasons out. It is pure.
//
// On a city's first day [Cold] routes by rules that a clerk writes ([ParseRules], [StartingRules]), by the names and
// duties of the departments and the areas they stand for. From then on [Train] learns from letters whose department
// was confirmed, and a [Model] ranks new ones; what Cold says is one of the voices it listens to. [Model.Words] and
// [Model.Near] give the reasons. [Evaluate] measures on letters a model has not seen; what was tried, with numbers,
// stands in docs/routing.md.
package routing
