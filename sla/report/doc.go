// Package report computes the city's figures: how many letters came in, how many were answered, how
// many on time, and how content the writers were (domain.md, "Figures").
//
// [Engine.Run] answers a [Query], which is a period, filters and an instant, with a [Report];
// [Engine.Cases] opens one of its counts to the cases behind it; [WriteTable], [WriteCSV] and
// [WriteJSON] (render.go) put a report on paper.
//
// [Closings] keeps what supervision has closed and signed, [StoredReports] the report of each month, quarter, half-year and
// year, which is made by itself.
//
// [Appraise] names departments with praise and with criticism by the city's rule, from the rows of a report alone.
//
// # Where a figure is defined
//
// Each count is a row of one table, figures in figures.go, and each row is made of conditions on a few
// judgements about a letter, such as "what became of the writer's clock". The judgements are SQL
// expressions. The scan that counts (scan.go) asks the database for the judgements and adds up in Go;
// the list of cases puts the same judgements into its where-clause. So a count and its list cannot
// drift apart. Rates (rate.go) are whole-number arithmetic on the counts.
//
// # As of
//
// A figure reads rows of the table facts, never the cases themselves. A row holds from valid_from until
// before valid_to, so the state of the city at an instant T is the rows with valid_from <= T < valid_to,
// and an old report can be run again to the last digit. Two things follow for callers:
//
//   - The clock is theirs: AsOf is always given, "now" is an instant like any other.
//   - Instants are whole seconds. Within the current second a verb may still change what held "at" it,
//     so a report that must be repeatable should be as of a second that is over.
package report
