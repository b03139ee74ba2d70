package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mailbox/cases/errs"
	"mailbox/cases/grams"
)

// ParseRules reads a text of rules. It looks at every line before it gives up: the error joins one *errs.Error for
// each thing that is wrong, its field "line 12", saying what to write instead. Which departments there are is not
// its business: see [Rules.Check].
func ParseRules(text string) (Rules, error) {
	if len(text) > MaxRulesText {
		return Rules{}, tooMuch(len(text))
	}
	var r Rules
	var wrong []error
	count, lineOf := 0, map[string]int{}
	text = strings.TrimPrefix(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\ufeff")
	for i, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		p := ruleParser{line: i + 1}
		l := p.parse(raw)
		if len(p.wrong) == 0 && l.rule != nil {
			count++
			key := l.rule.key()
			if first := lineOf[key]; first != 0 {
				p.fail("line %[1]d asks for the same: remove one, or name all departments in one line, as in “… -> A + B”",
					"与第 %[1]d 行的条件相同：请删去一行，或写在一行里，如“… -> 甲 + 乙”", first)
			} else {
				lineOf[key] = i + 1
			}
		}
		r.lines = append(r.lines, l)
		wrong = append(wrong, p.wrong...)
	}
	for len(r.lines) > 0 && r.lines[len(r.lines)-1] == (ruleLine{}) {
		r.lines = r.lines[:len(r.lines)-1]
	}
	if count > MaxRules {
		wrong = append(wrong, errs.Invalid("rules", "there are %[1]d rules; at most %[2]d can be kept",
			"共有 %[1]d 条规则，最多 %[2]d 条", count, MaxRules))
	}
	if len(wrong) > 0 {
		return Rules{}, errors.Join(wrong...)
	}
	if n := len(r.String()); n > MaxRulesText {
		return Rules{}, tooMuch(n)
	}
	return r, nil
}

func tooMuch(n int) error {
	return errs.Invalid("rules", "the rules are %[1]d bytes long; at most %[2]d can be kept", "规则共 %[1]d 字节，最多 %[2]d 字节", n, MaxRulesText)
}

// Mistakes takes apart what ParseRules, or a verb that calls it, has joined.
func Mistakes(err error) []*errs.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*errs.Error
		for _, one := range joined.Unwrap() {
			all = append(all, Mistakes(one)...)
		}
		return all
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return []*errs.Error{e}
	}
	return nil
}

// LineOf gives the line that an error of ParseRules is about, 0 for none.
func LineOf(err error) int {
	n := 0
	if _, scanned := fmt.Sscanf(errs.FieldOf(err), "line %d", &n); scanned != nil {
		return 0
	}
	return n
}

// ruleParser reads one line.
type ruleParser struct {
	line  int
	wrong []error
	marks []Force
}

func (p *ruleParser) fail(en, zh string, args ...any) {
	p.wrong = append(p.wrong, errs.Invalid(fmt.Sprintf("line %d", p.line), en, zh, args...))
}

func (p *ruleParser) parse(raw string) (l ruleLine) {
	if !utf8.ValidString(raw) {
		p.fail("it has characters that cannot be read: type the line again", "含有无法识别的字符，请重新输入这一行")
		return l
	}
	signs := signsOf(visible(raw))
	if p.tooLong(len(signs)) {
		return l
	}
	for i, s := range signs {
		switch s.kind {
		case openQuote:
			p.fail("a quotation mark is not closed: write it in pairs, as in “5G 基站”", "引号不成对，请写成一对，如“5G 基站”")
			return l
		case '#':
			l.comment = "#" + strings.TrimRight(textOf(signs[i+1:]), " ")
			signs = signs[:i]
		default:
			continue
		}
		break
	}
	signs = trimSigns(signs)
	if len(signs) == 0 {
		return l
	}
	arrows := 0
	for _, s := range signs {
		if s.kind == arrow {
			arrows++
		}
	}
	if arrows != 1 {
		if arrows == 0 {
			p.fail("there is no arrow: write “words -> department”", "没有箭头，请写成“词 -> 单位”")
		} else {
			p.fail("there are %d arrows: one rule a line, “words -> department”", "有 %d 个箭头：一行只写一条规则，“词 -> 单位”", arrows)
		}
		return l
	}
	at := slices.IndexFunc(signs, func(s sign) bool { return s.kind == arrow })
	rule := &Rule{Line: p.line}
	p.conditions(rule, signs[:at])
	p.targets(rule, signs[at+1:])
	if len(p.marks) > 1 {
		p.fail("“!” and “?” can stand once, at the end", "“!”或“?”只能在行末写一次")
	} else if len(p.marks) == 1 {
		rule.Force = p.marks[0]
	}
	// With its signs written out it is longer than typed, and must still be readable.
	if len(p.wrong) == 0 && !p.tooLong(utf8.RuneCountInString(rule.String()+l.comment)+2) {
		l.rule = rule
	}
	return l
}

func (p *ruleParser) tooLong(n int) bool {
	if n > maxLine {
		p.fail("it has %[1]d characters; at most %[2]d: write two lines", "共 %[1]d 个字符，最多 %[2]d 个，请分成两行", n, maxLine)
	}
	return n > maxLine
}

// sign is a character with what it does: itself if it is one that acts, 0 if it is part of a word.
type sign struct {
	r    rune
	kind rune
}

const (
	arrow     = '→'
	openQuote = '"'
	asWritten = 'x' // within quotation marks, where nothing acts
)

// acting are the signs and what they stand for.
var acting = map[rune]rune{
	'#': '#', '＃': '#', '|': '|', '｜': '|', ',': '|', '，': '|', '、': '|', ';': '|', '；': '|', '&': '&', '＆': '&',
	'+': '+', '＋': '+', ':': ':', '：': ':', '!': '!', '！': '!', '?': '?', '？': '?', ' ': ' ',
	'→': arrow, '⇒': arrow, '➜': arrow, '(': '(', '（': '(', ')': '(', '）': '(', '*': '*', '＊': '*',
}

var closing = map[rune]rune{'"': '"', '“': '”', '「': '」', '『': '』', '＂': '＂'}

const quotes = `"＂“”「」『』`

const dashes = "-－—–―=＝"

// signsOf finds what acts in a line. Quotation marks themselves are left out, unless one is not closed.
func signsOf(line string) []sign {
	runes := []rune(line)
	signs := make([]sign, 0, len(runes))
	comment := false
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if end, ok := closing[r]; ok && !comment {
			n := slices.Index(runes[i+1:], end)
			if n < 0 {
				signs = append(signs, sign{r, openQuote})
				continue
			}
			for _, within := range runes[i+1 : i+1+n] {
				signs = append(signs, sign{within, asWritten})
			}
			i += n + 1
			continue
		}
		if strings.ContainsRune(dashes, r) {
			end := i + 1
			for end < len(runes) && strings.ContainsRune(dashes, runes[end]) {
				end++
			}
			if end < len(runes) && (runes[end] == '>' || runes[end] == '＞') && !comment {
				signs = append(signs, sign{arrow, arrow})
				i = end
				continue
			}
		}
		signs = append(signs, sign{r, acting[r]})
		comment = comment || acting[r] == '#'
	}
	return signs
}

func textOf(signs []sign) string {
	var b strings.Builder
	for _, s := range signs {
		b.WriteRune(s.r)
	}
	return b.String()
}

func trimSigns(signs []sign) []sign {
	for len(signs) > 0 && signs[0].kind == ' ' {
		signs = signs[1:]
	}
	for len(signs) > 0 && signs[len(signs)-1].kind == ' ' {
		signs = signs[:len(signs)-1]
	}
	return signs
}

// splitSigns cuts at signs of the kinds; there is always one piece.
func splitSigns(signs []sign, kinds string) [][]sign {
	var pieces [][]sign
	from := 0
	for i, s := range signs {
		if s.kind != 0 && strings.ContainsRune(kinds, s.kind) {
			pieces, from = append(pieces, trimSigns(signs[from:i])), i+1
		}
	}
	return append(pieces, trimSigns(signs[from:]))
}

// visible drops what cannot be seen, which comes in with text copied from elsewhere, and makes every white space
// an ordinary one.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\u3000':
			return ' '
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1
		}
		return r
	}, line)
}

// unmarked takes the marks ! and ? out, wherever they stand.
func (p *ruleParser) unmarked(signs []sign) []sign {
	kept := make([]sign, 0, len(signs))
	for _, s := range signs {
		switch s.kind {
		case '!':
			p.marks = append(p.marks, Certain)
		case '?':
			p.marks = append(p.marks, Hint)
		default:
			kept = append(kept, s)
		}
	}
	return trimSigns(kept)
}

func (p *ruleParser) conditions(rule *Rule, signs []sign) {
	signs = p.unmarked(signs)
	if len(signs) == 0 {
		p.fail("there is nothing before the arrow: write the words that letters use", "箭头前面是空的，请写出来信常用的词")
		return
	}
	for _, part := range splitSigns(signs, "&+") {
		if len(part) == 0 {
			p.fail("there is nothing on one side of an “&”: remove it or add a word", "“&”的一侧是空的，请删去或补上词")
			continue
		}
		p.group(rule, part)
	}
	if len(rule.All) == 0 && len(p.wrong) == 0 {
		p.fail("it only says what must not be there: add a word that must", "只写了不能出现的词，请再写至少一个必须出现的词")
	}
}

// fields are the words before a colon.
var fields = map[string]string{
	"area": FieldArea, "district": FieldArea, "地区": FieldArea, "区域": FieldArea, "属地": FieldArea, "所在区域": FieldArea,
	"topic": FieldTopic, "主题": FieldTopic, "主题分类": FieldTopic, "分类": FieldTopic,
	"title": FieldTitle, "标题": FieldTitle,
	"text": "", "word": "", "words": "", "词": "",
}

func (p *ruleParser) group(rule *Rule, signs []sign) {
	g := Group{}
	if at := slices.IndexFunc(signs, func(s sign) bool { return s.kind == ':' }); at >= 0 {
		name := strings.ToLower(strings.TrimSpace(textOf(signs[:at])))
		field, known := fields[name]
		if !known {
			p.fail("“%s:” is not known: before a colon stands area, topic or title; put words with a colon in quotation marks",
				"不认识“%s：”：冒号前只能是 地区、主题、标题；词中有冒号时请加引号", cut(name))
			return
		}
		g.Field, signs = field, trimSigns(signs[at+1:])
	}
	not := Group{Field: g.Field}
	for _, alternative := range splitSigns(signs, "|") {
		if len(alternative) == 0 {
			p.fail("there is nothing on one side of a “|”: remove it or add a word", "“|”（或逗号、顿号）的一侧是空的，请删去或补上词")
			continue
		}
		words, without := p.words(g.Field, alternative)
		if len(words) > 0 {
			g.Any = append(g.Any, words)
		}
		for _, w := range without {
			not.Any = append(not.Any, []string{w})
		}
	}
	if len(g.Any) > 0 {
		rule.All = append(rule.All, g)
	}
	if len(not.Any) == 0 {
		return
	}
	if i := slices.IndexFunc(rule.Not, func(g Group) bool { return g.Field == not.Field }); i >= 0 {
		rule.Not[i].Any = append(rule.Not[i].Any, not.Any...)
		return
	}
	rule.Not = append(rule.Not, not)
	// Words first, so that writing the rule and reading it again gives the same.
	slices.SortStableFunc(rule.Not, func(a, b Group) int { return strings.Compare(a.Field, b.Field) })
}

// words gives the words of an alternative, and those that must not be there.
func (p *ruleParser) words(field string, signs []sign) (words, without []string) {
	pieces := splitSigns(signs, " ")
	if field == FieldTopic { // levels are written with spaces around the slash, too
		pieces = [][]sign{signs}
	}
	for _, piece := range pieces {
		if len(piece) == 0 {
			continue
		}
		negative := piece[0].kind == 0 && strings.ContainsRune(dashes, piece[0].r)
		if negative {
			piece = trimSigns(piece[1:])
		}
		w, ok := p.word(field, piece)
		if !ok {
			continue
		}
		if negative {
			without = append(without, w)
		} else {
			words = append(words, w)
		}
	}
	if field == FieldArea && len(words) > 1 {
		p.fail("write “&” between the area %[1]s and the words after it", "地区“%[1]s”与后面的词之间请写“&”", words[0])
	}
	return words, without
}

func (p *ruleParser) word(field string, piece []sign) (string, bool) {
	for _, s := range piece {
		switch s.kind {
		case '(':
			p.fail("brackets are not understood: write one line for each case", "不支持括号，请分成几行来写")
			return "", false
		case '*':
			p.fail("“*” is not understood: write the two words with a space between, both must be there", "不支持“*”，请写成两个词，中间用空格隔开，表示两个词都要出现")
			return "", false
		case ':':
			p.fail("a colon can stand once in a part: put words with a colon in quotation marks", "一段里只能有一个冒号；词中有冒号时请加引号")
			return "", false
		}
	}
	w := strings.Join(strings.Fields(textOf(piece)), " ")
	most := maxWord
	if field == FieldTopic {
		w, most = strings.Join(topicLevels(w), "/"), maxTopicPath
	}
	folded := foldWord(w)
	switch n := utf8.RuneCountInString(folded); {
	case strings.ContainsAny(w, quotes):
		p.fail("a quotation mark cannot be part of a word: leave it out", "词中不能含引号，请删去")
	case n < 2:
		p.fail("“%s” is too short: a word needs two characters at least, or it is found everywhere", "“%s”太短：每个词至少两个字，否则处处都会命中", w)
	case !strings.ContainsFunc(folded, grams.IsWord):
		p.fail("“%s” has no letter in it", "“%s”中没有文字", cut(w))
	case utf8.RuneCountInString(w) > most:
		p.fail("“%[1]s” has %[2]d characters; at most %[3]d: put “|” or a space between words", "“%[1]s”有 %[2]d 个字，最多 %[3]d 个：词与词之间请用“|”或空格隔开",
			cut(w), utf8.RuneCountInString(w), most)
	default:
		return w, true
	}
	return "", false
}

func (p *ruleParser) targets(rule *Rule, signs []sign) {
	signs = p.unmarked(signs)
	if len(signs) == 0 {
		p.fail("there is nothing after the arrow: write the department's code or name", "箭头后面是空的，请写单位的代码或名称")
		return
	}
	var names []string
	for _, part := range splitSigns(signs, "+|&") {
		name := strings.Join(strings.Fields(textOf(part)), " ")
		switch {
		case name == "":
			p.fail("there is nothing on one side of a “+”: remove it or add a department", "“+”的一侧是空的，请删去或补上单位")
		case strings.ContainsAny(name, quotes):
			p.fail("a quotation mark cannot be part of a department's name: leave it out", "单位名称中不能含引号，请删去")
		case utf8.RuneCountInString(name) > 100:
			p.fail("“%s” is too long for a department's name", "“%s”作为单位名称太长", cut(name))
		case slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }):
			p.fail("“%s” stands there twice: remove one", "“%s”写了两次，请删去一个", name)
		default:
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	if rule.Lead, rule.Assists = names[0], names[1:]; len(rule.Assists) > maxAssists {
		p.fail("%[1]d departments assist; at most %[2]d", "协办单位有 %[1]d 个，最多 %[2]d 个", len(rule.Assists), maxAssists)
	}
	if len(rule.Assists) == 0 {
		rule.Assists = nil
	}
}

// cut shortens what is quoted back.
func cut(s string) string {
	if utf8.RuneCountInString(s) <= 20 {
		return s
	}
	return string([]rune(s)[:20]) + "…"
}

// topicLevels splits a topic such as “城乡建设 / 城市管理”.
func topicLevels(topic string) []string {
	var levels []string
	for level := range strings.FieldsFuncSeq(topic, func(r rune) bool { return r == '/' || r == '／' || r == '>' || r == '＞' }) {
		if level = strings.TrimSpace(level); level != "" {
			levels = append(levels, level)
		}
	}
	return levels
}
