// Package notify is the outbox: every notice is a row before it is a mail.
//
// It takes rendered text and knows no case. A notice goes through four hands, one a file:
//
//   - [Write] (outbox.go) puts notices into the table notices inside the verb's own transaction, so
//     that a step and what is said about it happen together or not at all. A key that is already
//     there is skipped: writing twice tells nobody twice.
//   - A [Delivery] (delivery.go) takes one row at a time by a lease in the database, asks
//     [Addresses] where it goes, hands a [Message] to the medium's [Sender] and writes down what
//     came of it. Rows are found by [Delivery.Pending], for the sweep, or by an asynq task
//     (task.go), which is an alarm clock and nothing more.
//   - A [Sender] sends: [SMTP] (smtp.go) over a connection with deadlines, or [FileOutbox]
//     (fileoutbox.go), the default, which puts each mail into a directory to be looked at.
//   - What could not be sent is dead: [Dead] lists it for the administrator and [Revive] tries
//     again (dead.go).
//
// # The life of a row
//
// pending → sending (leased) → sent, or back to pending with a later next_at, or dead. In the states
// pending and sending, next_at is the earliest instant at which anybody may take the row; while it is
// leased that is the end of the lease. So one comparison serves waiting, retrying and picking up what
// a killed process left behind.
//
// # How often a mail is sent
//
// Once, unless the process dies between the mail server's OK and the mark in the database: then the
// mail goes out again, byte for byte with the same Message-ID and Date, which mail programs use to
// show it once.
//
// # What is never written down
//
// Addresses and names are looked up at the moment of sending and are in no row of ours, no log line
// and no last_error; what a mail server says about them is masked first (address.go).
package notify
