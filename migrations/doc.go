// Package migrations is the ground floor: the schema for both dialects, opening a database, and the
// one helper every change goes through, [DB.InTx].
//
// SQLite is opened twice: one connection that writes (every transaction immediate, so that a
// read-then-write never fails half way) and a few that only read. PostgreSQL has one pool for both.
// Instants are stored as whole seconds in UTC, see [Instant].
package migrations
