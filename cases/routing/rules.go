package routing

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Rules are a city's own words on where letters go, one rule a line, kept as the lines they came in. A clerk
// writes them without help:
//
//	# what the office has agreed on
//	停水 | 水压低 | 自来水 -> SW           any of the words
//	路灯 & 小区 -> 住建局                   all of them
//	夜间 施工 | 工地 噪声 -> CGJ + STHJJ    both words of either pair; the lead, then who usually assists
//	信号灯 -太阳能 -> JJZD !                not where the letter says 太阳能; ! certain, ? only a hint
//	area: 高新区 & 征地 -> GXQ              the area, or its name in the letter
//	topic: 环境保护 -> STHJJ ?              a branch of the topic tree
//	title: 公交 -> GJGS                     only in the title
//
// A space binds closest, then |, then &; -word, wherever it stands, is for the whole rule. ， 、 and ；
// are read as |, full-width signs as their plain ones, → and => as ->, and 地区：, 主题：, 标题： as the
// English words. Words with signs in them are put in quotation marks.
type Rules struct{ lines []ruleLine }

// ruleLine is one line; a blank one has neither rule nor comment.
type ruleLine struct {
	rule    *Rule
	comment string // with its #
}

// Rule says where letters go that have what it asks for.
type Rule struct {
	Line    int     // in the text, from 1
	All     []Group // each must hold
	Not     []Group // none may hold
	Lead    string  // as written: a code, a name, a usual name
	Assists []string
	Force   Force
}

// Group holds if one of its alternatives does.
type Group struct {
	Field string     // where to look: "" in title and text, FieldTitle, FieldArea, FieldTopic
	Any   [][]string // alternatives; of each, all words must be there
}

// Where a group looks.
const (
	FieldTitle = "title"
	FieldArea  = "area" // the area given, or its name in the letter
	FieldTopic = "topic"
)

// Force is how surely a rule speaks.
type Force int

// The forces, as a rule's last sign says.
const (
	Likely  Force = iota // no sign
	Certain              // !
	Hint                 // ?
)

// Limits of a text of rules.
const (
	MaxRulesText = 256 << 10 // bytes; a form sends Chinese three times as long
	MaxRules     = 2_000
	maxLine      = 1_000 // characters
	maxWord      = 30    // characters; more is a sentence without separators
	maxTopicPath = 120
	maxAssists   = 10
)

// All gives the rules, without comments, in the order of their lines.
func (r Rules) All() []Rule {
	var all []Rule
	for _, l := range r.lines {
		if l.rule != nil {
			all = append(all, *l.rule)
		}
	}
	return all
}

// String writes the rules as ParseRules reads them: line by line as they came, comments and all, with every sign
// in its plain form. Writing what was read from it gives the same text again.
func (r Rules) String() string {
	var out strings.Builder
	for i, l := range r.lines {
		if i > 0 {
			out.WriteByte('\n')
		}
		if l.rule != nil {
			out.WriteString(l.rule.String())
			if l.comment != "" {
				out.WriteString("  ")
			}
		}
		out.WriteString(l.comment)
	}
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	return out.String()
}

// String writes the rule as a line, without its comment.
func (r Rule) String() string {
	var out strings.Builder
	for i, g := range r.All {
		if i > 0 {
			out.WriteString(" & ")
		}
		g.write(&out, "")
	}
	for _, g := range r.Not {
		if g.Field == "" && r.All[len(r.All)-1].Field == "" {
			out.WriteString(" ")
		} else {
			out.WriteString(" & ")
		}
		g.write(&out, "-")
	}
	out.WriteString(" -> ")
	for i, name := range slices.Concat([]string{r.Lead}, r.Assists) {
		if i > 0 {
			out.WriteString(" + ")
		}
		out.WriteString(quotedName(name))
	}
	switch r.Force {
	case Certain:
		out.WriteString(" !")
	case Hint:
		out.WriteString(" ?")
	case Likely:
	}
	return out.String()
}

// write writes a group; not stands before each word of a negative one, whose alternatives are single words.
func (g Group) write(out *strings.Builder, not string) {
	if g.Field != "" {
		out.WriteString(g.Field + ": ")
	}
	for i, words := range g.Any {
		switch {
		case i == 0:
		case not != "" && g.Field == "":
			out.WriteString(" ")
		default:
			out.WriteString(" | ")
		}
		for j, w := range words {
			if j > 0 {
				out.WriteString(" ")
			}
			out.WriteString(not + quotedWord(w))
		}
	}
}

// quotedWord puts a word that holds signs into quotation marks.
func quotedWord(w string) string { return quoted(w, func(r rune) bool { return acting[r] != 0 }) }

// quotedName does it for a department's name, in which brackets and spaces are usual.
func quotedName(name string) string {
	return quoted(name, func(r rune) bool { return acting[r] != 0 && !strings.ContainsRune(" :(*", acting[r]) })
}

func quoted(s string, acts func(rune) bool) string {
	first, _ := utf8.DecodeRuneInString(s)
	if strings.ContainsFunc(s, acts) || strings.ContainsAny(s, ">＞") || strings.ContainsRune(dashes, first) {
		return `"` + s + `"`
	}
	return s
}

// key is what the rule asks for, whoever wrote it in what order: two rules of the same key are the same question.
func (r Rule) key() string {
	groups := func(all []Group) string {
		var keys []string
		for _, g := range all {
			var alternatives []string
			for _, words := range g.Any {
				folded := make([]string, len(words))
				for i, w := range words {
					folded[i] = foldWord(w)
				}
				slices.Sort(folded)
				alternatives = append(alternatives, strings.Join(slices.Compact(folded), " "))
			}
			slices.Sort(alternatives)
			keys = append(keys, g.Field+":"+strings.Join(slices.Compact(alternatives), "|"))
		}
		slices.Sort(keys)
		return strings.Join(slices.Compact(keys), "&")
	}
	return groups(r.All) + "-" + groups(r.Not)
}
