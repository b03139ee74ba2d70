// Package sla answers two questions: when is an answer due, and how many working days did it
// take? It is pure: no database, no clock, no log, and it imports nothing else of ours, so that
// every deadline the city publishes can be worked out again from this package alone.
//
// Three things are needed, one a file:
//
//   - A [Calendar] (calendar.go) knows which days are worked in China: Monday to Friday, less
//     the public holidays, plus the weekend days worked in exchange (调休). It is data, not
//     arithmetic: the State Council announces each year's days in the autumn before. 2017 to
//     2026 are built in ([BuiltIn], calendar_cn.json); the administrator loads later years
//     ([ParseYears], [Calendar.WithYears]).
//   - A [Policy] (policy.go) says how many working days each step may take. A [PolicyVersion]
//     holds a default and the rules that differ from it by channel, kind and topic.
//   - The two clocks (clocks.go) put both together: [Deadlines] for the writer's clock, the
//     city's promise, and [DepartmentDue] for the department's.
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
