// Package intake reads letters that another system kept: a table (CSV or XLSX) and a map that says
// what its columns and words mean go in, a stream of letters and refused rows comes out.
//
// It knows no database and no case. Whoever stores the letters drives it like this:
//
//	m, err := intake.LoadMap("docs/import/city-a.toml")
//	rows, err := intake.Open("letters.csv", m)
//	defer rows.Close()
//	rejects := intake.NewRejects("letters.csv.rejected.csv", rows.Header())
//	for {
//		letter, refused, err := rows.Next()
//		if errors.Is(err, io.EOF) { break }
//		// err: the file cannot be read on; refused: rejects.Add(*refused); else store letter.
//	}
//	err = rejects.Close()
//
// [Guess] writes a first map for a file nobody has described yet.
//
// # What becomes of a row
//
// A row is either one [Letter] or one [Rejection]; only a row whose every cell is blank is passed
// over. A refused row never stops the rest. Refused are: a row with too few or too many columns;
// bytes that are no text in the file's encoding, and the mark U+FFFD that an earlier conversion left
// in their place; control characters; a date that is missing where one is needed, unreadable, or on
// no calendar; times out of order (a reply before its letter); a word for kind, status, channel or
// rating that the map does not know and has no default for; a letter with neither title nor text; a
// text above [MaxText] or a short field above [MaxShort] characters.
//
// Harmless layout characters are kept or normalised, not refused: line ends of every sort become
// "\n" and tabs stay in a text; in a short field (number, title, names) each becomes a space and
// invisible zero-width characters are dropped. All fields are trimmed.
//
// # Encoding
//
// A UTF-8 byte order mark settles it; else the map may; else the whole file is read once before the
// first row, line by line, and it is GB18030 when more of its non-ASCII lines are broken UTF-8 than
// whole. So a few damaged rows do not change how the others are read, and no character is cut by a
// window that ends inside it. Some characters of GB18030 look like whole UTF-8 of two bytes; lines of such alone are not
// counted when the header is broken UTF-8.
//
// # Quotes in CSV
//
// A quote inside a field that does not begin with one is an ordinary character (a 5" pipe). A field
// that begins with a quote must end with one before the next delimiter or line end; when it does not
// (an unterminated or a stray quote), only the line the row began on is refused and reading goes on
// with the very next line, so that one missing quote costs one row and not the rest of the file. The
// lines that belonged to it are then refused one by one, each with its number. What cannot be told
// from a good file is a missing quote that the following rows happen to close with the right number
// of columns.
//
// # Memory
//
// Rows are streamed: of a CSV file one row at a time is held, at most [maxRecord] bytes of it. An XLSX
// file is read whole while it is opened, packed as it is; its large parts are unpacked to temporary
// files that Close removes, so that only an index of its texts stays in memory.
package intake
