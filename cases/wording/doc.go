// Package wording holds what the mailbox says: the notices in both languages, the names of the domain's
// terms, and how dates are written.
//
// Use [Render] for a notice to the outbox, and the Name functions, [DeclineReason], [Date] and [DateTime]
// wherever a page shows the same things, so that page and mail use the same words.
//
// Each notice is one file per language, templates/zh/receipt.txt and so on: the subject in the first
// line, then paragraphs with an empty line between. Plain text and HTML are both made from it; lists,
// quotations and links are parts, drawn in parts.txt and parts.html. To change a text, edit its file and
// run go test ./cases/wording -update, then read what changed in testdata.
//
// Notices to staff never speak of the writer, only of the letter's title. MaterialAdded and ReworkAsked
// alone can carry what the writer has sent since, which the reader must act on; where mail is not to hold
// it, leave Data.Text empty, and the reader finds it behind the link.
package wording
