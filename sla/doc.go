// Package sla answers three questions: when is an answer due, how did that date come about, and
// how many working days did it take? It is pure: no database, no clock, no log, and it imports
// nothing else of ours, so that every deadline the city publishes can be worked out again from
// this package alone.
//
// Three things are needed:
//
//   - A [Calendar] (calendar.go) knows which days are worked in China: Monday to Friday, less
//     the public holidays, plus the weekend days worked in exchange (调休). It is data, not
//     arithmetic: the State Council announces each year's days in the autumn before. 2017 to
//     2026 are built in ([BuiltIn], calendar_cn.json); the administrator loads later years
//     ([ParseYears], [Calendar.WithYears]).
//   - A [Policy] (policy.go) says how many working days each step may take, when cards are given
//     and who is told ([Mornings], [Readers] in notices.go). A [PolicyVersion] holds a default
//     and the rules that differ from it by channel, kind and topic. It is checked before it is in
//     force ([ParsePolicyDraft]), and [DiffPolicies] shows what it would change.
//   - A [History] (reckon.go) is what has happened to a case in one round: receipt, routing, a
//     granted extension, waits for the writer.
//
// [Calendar.Reckon] puts the three together into both clocks: the writer's, the city's promise,
// and the department's. [Calendar.Derive] (derive.go) shows the same step by step, day by day.
// The single steps are in clocks.go ([Deadlines], [DepartmentDue], [Extend]), for verbs that take
// just one.
//
// # What moves a due time
//
// The writer's clock is moved by a granted extension and by nothing else. The department's starts
// at routing and ends with the case's due time, but never before its first working day is over.
// An extension moves it unless it was granted before the department got the case, and so do the
// working days of each wait for the writer, up to the wait's own limit. Signing, returning,
// replying and answering move no due time. A rework is a round of its own, counted from its grant.
//
// # How a deadline is counted
//
// The day of receipt is day 0, whatever the hour (Civil Code art. 201); day 1 is the next
// working day. A letter with n working days is due on working day n, at the last second of that
// day or at the hour the office closes (art. 203), and is on time when answered at or before
// that second. [Calendar.Due] computes it; [Calendar.Explain] shows it day by day.
//
// # Days nobody has announced yet
//
// A day is known ([Calendar.Known]) when its year is loaded and, from 20 December on, the next
// year as well, because a notice may move the last days of the year before: the one for 2019
// made 2018-12-29, a Saturday, a workday. Other days are reckoned as ordinary weeks less the
// statutory days that never move, and a deadline that needed one is provisional: it counts like
// any other, is marked as such, and is settled when the year is loaded.
//
// # Time zones
//
// A calendar has one location, and only its local dates count; neither the zone of the machine
// nor that of the instants handed in makes any difference. The zone database is compiled in, so
// that a bare machine without one reckons the same.
package sla
