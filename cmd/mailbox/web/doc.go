// Package web is the mailbox's face: pages for the public, the desks and supervision.
//
// Every page works without JavaScript, in Chinese and English, and is made on the server from the
// templates in templates/ and the words beside them. Start with routes.go, which shows every path and
// who may take it on one screen; then [New], which puts a [Server] together, and [Page], which is what
// a handler hands to render. A page decides nothing: it binds a form, calls one verb of the desk, and
// shows what came back. What stands under /api/v1 is for programs (api.go): they come with a token and no cookie, and
// opendata/openapi.yaml says all of it. Codes of cases/errs become HTTP statuses here (fail.go) and nowhere else.
package web
