// Package redact suggests what to leave out before a letter or an answer is published.
//
// A published letter shows a city's work; it must not show who wrote it. The law on the protection of personal
// information (PIPL, art. 4, 6 and 28) lets a body publish no more about a person than the purpose needs, and
// GB/T 35273-2020, annex A, names what counts: numbers of telephones, cards and papers, plates, addresses, names.
// [Find] looks for these in a text and for what the city has on file about the writer ([Known]); [Hide] replaces
// what a clerk confirmed. Every span is a suggestion. A suggestion too many costs a click, a telephone number
// missed costs somebody their quiet: in doubt numbers are suggested, and names are not.
//
// What is looked for, a file each:
//
//   - phone.go: mobile numbers, land lines with area code, local ones after a word such as 电话. Numbers that begin
//     with 400 or 800, short ones (110, 12345) and land lines called public by the text itself (咨询电话) stay.
//   - identity.go: resident identity numbers, GB 11643-1999, with the check digit of ISO 7064 MOD 11-2, and the
//     15 digits they had before; a mistyped one is still somebody's.
//   - card.go: bank cards, ISO/IEC 7812-1, with the check digit of annex B (Luhn); any long number after 卡号 or 账号.
//   - plate.go: licence plates, GA 36-2018.
//   - email.go, account.go: e-mail; QQ, WeChat and papers after the word that announces them.
//   - address.go: from the house number, building or village group on. The street, the estate and the village stay:
//     a letter is usually about these, and without them nobody would understand it.
//   - name.go, title.go, signature.go: names after a word that announces one, before a title, under a letter.
//     What is anonymous already (张某某, 王**) stays as it is, and so do offices (局长信箱).
//   - known.go: the writer's own name, telephone and e-mail, wherever and however they are written.
//
// People write numbers so that machines do not find them: with full-width, circled or Chinese digits, with spaces,
// hyphens or invisible characters in between. fold.go undoes this once for all, keeping where each character stood;
// digits.go reads the numbers. All of it takes time linear in the text.
package redact
