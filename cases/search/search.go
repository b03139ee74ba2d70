// Package search finds words in Chinese texts without a dictionary: every run of two characters is a token, and a
// word of several characters is a row of tokens. One tokeniser serves both databases, so that both find the same.
//
// [Tokens] makes what is stored, [Parse] what is asked; [Query.FTS5] and [Query.TSQuery] write it for each database;
// [Query.Mark] and [Query.Snippet] show what was found. Tokens are hexadecimal digits, so that nothing which
// somebody types can mean anything to a database.
package search

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mailbox/cases/grams"
)

const (
	// digits of a character in a token: no letter or digit of any script lies beyond U+FFFFF.
	digits = 5
	// What is looked for: more words, or longer ones, are cut. A page of text is no question.
	maxTerms, maxTerm, maxInput = 8, 40, 2000
)

// Tokens gives the tokens of a text, to be stored in this order: each two characters of a word, and the last one
// alone, so that no row of tokens goes over the end of a word and one character can be found as the beginning of a token.
func Tokens(text string) []string {
	var tokens []string
	for _, run := range runs(text) {
		tokens = append(tokens, pairs(run)...)
		tokens = append(tokens, token(run[len(run)-1:]))
	}
	return tokens
}

// Triples gives each three characters of a word: where a database knows no order of tokens, a word of three or more
// is found by them, and what it finds by mistake is rare.
func Triples(text string) []string {
	var tokens []string
	for _, run := range runs(text) {
		tokens = append(tokens, rows(run, 3)...)
	}
	return tokens
}

// Folded is a text as terms are compared with it.
func Folded(text string) string { return string(grams.Fold(text).Runes) }

// Filter is a token that is no text: what a letter is filed under. No text can make it.
func Filter(name, value string) string {
	return fmt.Sprintf("x%s%016x", name, grams.Hash([]rune(value)))
}

// AnyOf is a filter that one of several makes.
func AnyOf(filters ...string) string { return strings.Join(filters, orSign) }

// orSign parts the filters of AnyOf; none of them holds it.
const orSign = "|"

// alternatives writes a filter as a database's query does.
func alternatives(filter, quote, or string) string {
	parts := strings.Split(filter, orSign)
	for i, p := range parts {
		parts[i] = quote + p + quote
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, or) + ")"
}

// runs are the words of a text as far as Chinese has any: what stands between what is no letter and no digit.
func runs(text string) [][]rune {
	var all [][]rune
	folded := grams.Fold(text).Runes
	from := -1
	for i, r := range folded {
		switch word := grams.IsWord(r) && r <= 0xFFFFF; {
		case word && from < 0:
			from = i
		case !word && from >= 0:
			all, from = append(all, folded[from:i]), -1
		}
	}
	if from >= 0 {
		all = append(all, folded[from:])
	}
	return all
}

func pairs(run []rune) []string { return rows(run, 2) }

// rows are the tokens of each n characters in a row.
func rows(run []rune, n int) []string {
	tokens := make([]string, 0, len(run))
	for i := 0; i+n <= len(run); i++ {
		tokens = append(tokens, token(run[i:i+n]))
	}
	return tokens
}

func token(characters []rune) string {
	var b strings.Builder
	for _, r := range characters {
		fmt.Fprintf(&b, "%0*x", digits, r)
	}
	return b.String()
}

// Query is what somebody looks for: letters that hold every term. The zero value looks for nothing.
type Query struct {
	Terms []string // folded, each of letters and digits only
}

// Parse reads what somebody typed. Nothing that can be typed is an error: punctuation only parts words.
func Parse(typed string) Query {
	if len(typed) > maxInput {
		typed = strings.ToValidUTF8(typed[:maxInput], "")
	}
	var q Query
	seen := map[string]bool{}
	for _, run := range runs(typed) {
		term := string(run[:min(len(run), maxTerm)])
		if !seen[term] && len(q.Terms) < maxTerms {
			seen[term] = true
			q.Terms = append(q.Terms, term)
		}
	}
	return q
}

// Empty tells whether nothing is looked for.
func (q Query) Empty() bool { return len(q.Terms) == 0 }

// FTS5 writes the query for SQLite, filters being whole tokens that must be there too, or AnyOf such.
func (q Query) FTS5(filters ...string) string {
	parts := make([]string, 0, len(q.Terms)+len(filters))
	for _, term := range q.Terms {
		run := []rune(term)
		if len(run) == 1 {
			parts = append(parts, `"`+token(run)+`" *`)
			continue
		}
		parts = append(parts, `"`+strings.Join(pairs(run), " ")+`"`)
	}
	for _, f := range filters {
		parts = append(parts, alternatives(f, `"`, " OR "))
	}
	return strings.Join(parts, " AND ")
}

// TSQuery writes the query for PostgreSQL, whose index holds the triples as well. It knows no order of tokens: what
// it finds must also hold Rechecked.
func (q Query) TSQuery(filters ...string) string {
	var parts []string
	for _, term := range q.Terms {
		run := []rune(term)
		if len(run) == 1 {
			parts = append(parts, "'"+token(run)+"':*")
			continue
		}
		for _, p := range rows(run, min(len(run), 3)) {
			parts = append(parts, "'"+p+"'")
		}
	}
	for _, f := range filters {
		parts = append(parts, alternatives(f, "'", " | "))
	}
	return strings.Join(parts, " & ")
}

// Rechecked are the terms of more than three characters: their tokens could stand apart. They hold no
// wildcard of LIKE, since they are letters and digits.
func (q Query) Rechecked() []string {
	var terms []string
	for _, term := range q.Terms {
		if utf8.RuneCountInString(term) > 3 {
			terms = append(terms, term)
		}
	}
	return terms
}
