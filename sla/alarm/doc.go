// Package alarm makes things happen at their time: a case that nobody answered becomes overdue, the
// departments get their digest in the morning, answered cases are closed, notices go out.
//
// The database is the truth, the queue an alarm clock. Three parts, one a file:
//
//   - A [Queue] (queue.go) arms alarms in Redis, by asynq. Hand [Queue.Wake] to the desk: after each
//     commit it arms the alarm of the due instant and one task per notice, in the background; it
//     never fails a verb and never slows one.
//   - [Alarms] (alarms.go) answers them. [Alarms.Run] is what a program calls; it ends when its
//     context does.
//   - The sweep ([Alarms.Sweep], sweep.go) needs no Redis. At start, every half minute, and when the
//     clock was set, it does from the database all that an alarm would have done, arms the alarms
//     that are near, and sends what waits when the queue does not.
//
// The reports of periods that are over ([Config.StoreReports]) ring a minute after the morning's mailings, and stand in the
// round that reckons figures for when the alarm was lost.
//
// When each part of a round was last done, by whichever process, stands in the table runs ([Runs], runs.go), for people who
// watch; nothing is decided by it.
//
// A [Connection] (redis.go) reaches the Redis, which may be one inside the process.
//
// # One alarm per instant
//
// Deadlines fall at closing time, so a million open cases share a few dozen instants, and Redis holds
// as many tasks, not a million. The task's name is the instant (due:<unix>); a name that is taken
// means that the alarm is armed, and that is success.
//
// # Why nothing is lost and nothing happens twice
//
// No alarm carries anything but "look now". Which cases are overdue, whether this morning's digest is
// written, who sends a notice: each is decided by one statement in the database, whoever asks, however
// often, at the same time. So Redis may be wiped, stopped, or never there; a process may be killed and
// any number may run; the price is that something happens within a minute instead of a second. On
// time is computed from answered_at and due_at, never from when an alarm rang.
//
// # What asynq does that one has to know
//
//   - It keeps whole seconds, cut off: an alarm for an instant is armed for the second after it.
//   - It runs on the machine's clock only: a delay is handed over, not an instant.
//   - A task's name stays taken while it is archived, after its retries are used up: the sweep
//     deletes archived tasks, so that the instant can be armed again.
//   - A client announces a queue to Redis once in its life, and after a wipe the archive of a queue
//     that was not announced cannot be read: each sweep uses a new client.
//   - A killed process' task comes back after about a minute; the sweep is there no later.
package alarm
