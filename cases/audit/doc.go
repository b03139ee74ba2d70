// Package audit is the record of administration itself: who changed accounts, roles, departments, calendar,
// policies or rules, when, and what stood there before and after.
//
// A verb that administers calls [Write] in its own transaction, so that there is no deed without its line and no
// line without its deed. Who does it travels in the context ([By]): the pages put the account there for every
// request of somebody who has signed in; a command on the machine itself has none. Lines are only ever added:
// the database refuses to change or delete them. They never hold a password, a key or a code.
package audit
