// Package people says who may do what: the accounts of the staff with their roles, the one permission
// table, the departments, and the sessions of those who have signed in.
//
// Start with [Permissions], the table of verb × role × relation to a case, and [Actor.Permit], which
// reads it; every verb of a case asks there. [Directory] keeps accounts and departments: a sign-in
// gives an [Actor] ([Directory.SignIn]), each later request loads it anew ([Directory.Actor]), so that
// a role taken away is gone with the next click. [Sessions] is the store behind the session cookie.
//
// Nothing is ever deleted here but sessions: an account is disabled, a grant ends, a department is
// merged into its successor; old cases go on naming them.
package people
