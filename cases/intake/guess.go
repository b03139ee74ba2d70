package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"mailbox/cases/errs"
)

const (
	// sampleRows is how many rows are looked at for words and dates: a second or so of reading.
	sampleRows = 50_000
	// sampleWords is how many different words of a column are listed: more is not a list of kinds.
	sampleWords = 60
)

// Guess writes a first map for the file at path, as TOML with comments: columns by their headers,
// words by what stands in the first sampleRows rows, dates by how they are written. What it cannot
// tell stands there as a comment for a person to complete; a file whose headers it knows can be
// imported with the map as it is.
func Guess(path string) ([]byte, error) {
	t, delimiter, err := openUnmapped(path)
	if err != nil {
		return nil, err
	}
	g := guess{delimiter: delimiter}
	if err := errors.Join(g.sample(t), t.Close()); err != nil {
		return nil, err
	}
	return g.write(path), nil
}

// openUnmapped opens a file with the delimiter that parts its header into the most columns.
func openUnmapped(path string) (table, string, error) {
	best, most := ",", 0
	encoding := encodingAuto
	for _, sign := range delimiters {
		t, err := openTable(path, &Map{Encoding: encoding, Delimiter: string(sign)})
		if err != nil {
			return nil, "", err
		}
		first, err := t.next()
		if err == nil && first.bad == nil && len(first.cells) > most {
			best, most = string(sign), len(first.cells)
		}
		if err := t.Close(); err != nil {
			return nil, "", err
		}
		c, isCSV := t.(*csvTable)
		if !isCSV {
			break
		}
		encoding = c.encoding // found by reading the whole file: once is enough
	}
	t, err := openTable(path, &Map{Encoding: encoding, Delimiter: best})
	return t, best, err
}

// guess is what is known of a file so far.
type guess struct {
	delimiter string
	header    []string
	at        [fieldCount]int
	seen      [fieldCount]map[string]bool // words of the columns that are translated
	dates     map[string]bool             // notations seen
	strange   string                      // a date that no notation fits; "" if none
}

// sample reads the header and the first rows.
func (g *guess) sample(t table) error {
	first, err := t.next()
	if errors.Is(err, io.EOF) {
		return errs.Invalid("file", "the file has no header", "文件没有表头")
	}
	if err != nil {
		return err
	}
	if first.bad != nil {
		return first.bad
	}
	for _, cell := range first.cells {
		g.header = append(g.header, tidyShort(cell))
	}
	t.setWidth(len(g.header))
	g.findColumns()
	notations := map[string]pattern{}
	for _, notation := range guessedDates {
		p, err := compilePattern(notation)
		if err != nil {
			return err
		}
		notations[notation] = p
	}
	g.dates = map[string]bool{}
	for range sampleRows {
		rec, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.bad != nil || len(rec.cells) != len(g.header) || blank(rec.cells) ||
			refuseUnreadable(g.header, rec.cells) != nil {
			continue // these rows will be refused, and say nothing about the others
		}
		g.look(rec.cells, t, notations)
	}
	return nil
}

// findColumns gives each header to the field that knows it best.
func (g *guess) findColumns() {
	plain := make([]string, len(g.header))
	for i, name := range g.header {
		plain[i] = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, name)
	}
	for f, synonyms := range headerSynonyms {
		g.at[f] = -1
		g.seen[f] = map[string]bool{}
		for _, synonym := range synonyms {
			column := slices.Index(plain, synonym)
			// A header that stands twice cannot be named in a map.
			if column >= 0 && !slices.Contains(plain[column+1:], synonym) {
				g.at[f] = column
				break
			}
		}
	}
}

// look takes note of the words and dates of one row.
func (g *guess) look(cells []string, t table, notations map[string]pattern) {
	for _, f := range []field{fieldChannel, fieldKind, fieldStatus, fieldRating, fieldResolved, fieldValid, fieldDuplicate} {
		if g.at[f] >= 0 && len(g.seen[f]) < sampleWords {
			g.seen[f][clip(tidyShort(cells[g.at[f]]))] = true
		}
	}
	for _, f := range []field{fieldReceived, fieldRouted, fieldReplied} {
		if g.at[f] < 0 {
			continue
		}
		value := strings.TrimSpace(cells[g.at[f]])
		if _, isDate := t.instant(value, time.UTC); value == "" || isDate && len(value) != len("20060102") {
			continue
		}
		g.lookAtDate(value, notations)
	}
}

func (g *guess) lookAtDate(value string, notations map[string]pattern) {
	for _, notation := range guessedDates {
		if _, matched, exists := notations[notation].read(value, time.UTC); matched && exists {
			g.dates[notation] = true
			return
		}
	}
	if g.strange == "" {
		g.strange = clip(value)
	}
}

// write puts the map together.
func (g *guess) write(path string) []byte {
	out := &bytes.Buffer{}
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	name := filepath.Base(path)
	line("# 导入映射初稿，请逐行核对 / A first map for %s: check every line.", quote(name))
	line("")
	line("# 来源名称用于判断是否已导入，定下后不要改 / Part of each letter's identity: never change it later.")
	source := tidyShort(strings.TrimSuffix(name, filepath.Ext(name)))
	line("source = %s", quote(cmp.Or(source, name)))
	line(`timezone = "Asia/Shanghai"`)
	line(`encoding = "auto" # auto, utf-8, gb18030`)
	if g.delimiter != "," {
		line("delimiter = %s", quote(g.delimiter))
	}
	g.writeDates(line)
	line("")
	line("[default]")
	line("# 没有渠道列、为空或无法识别时 / When a row names no channel or an unknown one: %s", strings.Join(channels, ", "))
	line(`channel = "import"`)
	line("")
	g.writeColumns(line)
	g.writeWords(line, fieldChannel, channels, channelSynonyms)
	g.writeWords(line, fieldKind, kinds, kindSynonyms)
	g.writeWords(line, fieldStatus, statuses, statusSynonyms)
	g.writeWords(line, fieldRating, ratings, ratingSynonyms)
	for _, f := range []field{fieldResolved, fieldValid, fieldDuplicate} {
		g.writeFlags(line, f)
	}
	return out.Bytes()
}

func (g *guess) writeDates(line func(string, ...any)) {
	line("# YYYY Y 年, MM M 月, DD D 日, hh h 时, mm m 分, ss s 秒 / year, month, day, hour, minute, second")
	var seen []string
	for _, notation := range guessedDates {
		if g.dates[notation] {
			seen = append(seen, quote(notation))
		}
	}
	if len(seen) == 0 {
		seen = []string{quote(plainNotation)}
	}
	line("dates = [%s]", strings.Join(seen, ", "))
	if g.strange != "" {
		line("# 还有这样的日期，请补充格式 / Add a notation for dates such as %s", quote(g.strange))
	}
}

func (g *guess) writeColumns(line func(string, ...any)) {
	line("[columns]")
	used := map[int]bool{}
	for f, column := range g.at {
		switch {
		case column >= 0:
			used[column] = true
			line("%s = %s", fieldNames[f], quote(g.header[column]))
		default:
			line("# %s = \"\"", fieldNames[f])
		}
	}
	for i, name := range g.header {
		if !used[i] && name != "" {
			line("# 未使用的列 / column not used: %s", quote(name))
		}
	}
}

// writeWords lists the words of a column, those it cannot translate as comments.
func (g *guess) writeWords(line func(string, ...any), f field, known []string, synonyms map[string]string) {
	if g.at[f] < 0 || len(g.seen[f]) == 0 {
		return
	}
	line("")
	line("# %s", strings.Join(known, ", "))
	line("[words.%s]", fieldNames[f])
	for _, word := range slices.Sorted(maps.Keys(g.seen[f])) {
		meaning, ok := synonyms[strings.ToLower(word)]
		switch {
		case ok:
			line("%s = %s", quote(word), quote(meaning))
		case word == "" && f == fieldKind:
			line("%s = %s # 未填写 / left empty", quote(word), quote(KindUnspecified))
		case word == "" || slices.Contains(known, word): // needs no translation
		default:
			line("# %s = \"\" # 请指明含义 / say what it means", quote(word))
		}
	}
	if len(g.seen[f]) >= sampleWords {
		line("# 词语太多，只列出一部分 / Too many words; only some are listed.")
	}
}

// writeFlags lists the words of a yes-or-no column.
func (g *guess) writeFlags(line func(string, ...any), f field) {
	if g.at[f] < 0 || len(g.seen[f]) == 0 {
		return
	}
	line("")
	line("[words.%s]", fieldNames[f])
	for _, word := range slices.Sorted(maps.Keys(g.seen[f])) {
		switch word {
		case "", "是", "否", "yes", "no": // need no translation
		default:
			line("# %s = true # true 是, false 否", quote(word))
		}
	}
}

// quote writes s as a TOML string, also good within a comment: JSON's escapes are TOML's, save for
// the delete character, which JSON leaves as it is.
func quote(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `""` // a string can always be encoded
	}
	return strings.ReplaceAll(strings.TrimSuffix(out.String(), "\n"), "\x7f", `\u007F`)
}
