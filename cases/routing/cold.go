package routing

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

// Cold routes by what a city has on its first day: rules, the names and duties of its departments, the areas they
// stand for. Nothing is learned. Safe for concurrent use; it never changes.
type Cold struct {
	units *units
	words wordList
	// Rules as they are found: a word makes literals true, those fill alternatives, those groups, those rules.
	literals     []literal
	wordOf       []int32 // of each literal; 0 of a topic
	alternatives []alternative
	groups       []int32 // the rule of each
	rules        []coldRule
	topics       map[string][]int32 // literals
	pool         sync.Pool          // of *finding
}

// literal is a word that rules look for in one place.
type literal struct {
	field string
	word  string
	in    []int32 // alternatives
	bars  []int32 // rules that it forbids
}

type alternative struct {
	group int32
	need  uint8 // literals
}

type coldRule struct {
	line     int
	text     string
	aims     []aim
	groups   uint8
	force    Force
	literals []int32
}

// How much each kind of sign says alone, from 0 to 1. Found by trying on letters of a city (docs/routing.md);
// steps of 0.1 change little.
const (
	sayCertain  = 0.95
	sayLikely   = 0.40
	sayHint     = 0.15
	sayAssist   = 0.35 // of what the rule says of the lead
	sayFullName = 0.70
	sayCalled   = 0.50 // what writers call it
	sayStem     = 0.30
	sayDuties   = 0.60 // at most
	sayArea     = 0.45
	sayShort    = 0.20 // 岳塘 may be a road
	elsewhere   = 0.25 // of what speaks for a part of an area that the letter does not name
)

// NewCold compiles departments and rules. Ended departments lend their names to their successors.
func NewCold(departments []Department, rules Rules) *Cold {
	c := &Cold{units: newUnits(departments), topics: map[string][]int32{}}
	c.addRules(rules)
	c.addNames()
	c.addDuties()
	c.words.ready()
	c.wordOf = make([]int32, len(c.literals))
	for w := range c.words.words {
		for _, u := range c.words.words[w].uses {
			if u.as == asLiteral {
				c.wordOf[u.to] = int32(w)
			}
		}
	}
	c.pool.New = func() any { return newFinding(c) }
	return c
}

func (c *Cold) addRules(rules Rules) {
	number := map[[2]string]int32{}
	literalOf := func(field, word string) int32 {
		key := [2]string{field, foldWord(word)}
		if i, ok := number[key]; ok {
			return i
		}
		i := int32(len(c.literals))
		number[key] = i
		c.literals = append(c.literals, literal{field: field, word: word})
		if field == FieldTopic {
			c.topics[key[1]] = append(c.topics[key[1]], i)
		} else {
			c.words.add(word, use{as: asLiteral, to: i})
		}
		return i
	}
	for _, rule := range rules.All() {
		aims, _ := c.units.resolve(rule)
		if aims == nil {
			continue
		}
		n := int32(len(c.rules))
		compiled := coldRule{line: rule.Line, text: rule.String(), aims: aims, groups: uint8(len(rule.All)), force: rule.Force}
		for _, g := range rule.All {
			group := int32(len(c.groups))
			c.groups = append(c.groups, n)
			for _, words := range g.Any {
				alternativeNumber := int32(len(c.alternatives))
				var all []int32
				for _, w := range words {
					all = append(all, literalOf(g.Field, w))
				}
				slices.Sort(all)
				all = slices.Compact(all)
				for _, l := range all {
					c.literals[l].in = append(c.literals[l].in, alternativeNumber)
				}
				c.alternatives = append(c.alternatives, alternative{group, uint8(len(all))})
				compiled.literals = append(compiled.literals, all...)
			}
		}
		for _, g := range rule.Not {
			for _, words := range g.Any {
				l := literalOf(g.Field, words[0])
				c.literals[l].bars = append(c.literals[l].bars, n)
			}
		}
		slices.Sort(compiled.literals)
		compiled.literals = slices.Compact(compiled.literals)
		c.rules = append(c.rules, compiled)
	}
}

// Score gives the departments that something speaks for, the best first; those that the same speaks for as much by
// their ids.
func (c *Cold) Score(l Letter) []Scored {
	f := c.pool.Get().(*finding)
	defer c.pool.Put(f)
	f.begin(c, l)
	f.judgeRules()
	f.judgeNames()
	f.judgeAreas()
	return f.result()
}

// finding is what was found in one letter.
type finding struct {
	c      *Cold
	letter Letter
	texts  [3]*foldedText // title, body, district
	hits   []hit
	first  []int32 // of each word, its first hit plus one; 0: none
	// Truths of this letter.
	literal  []bool
	filled   []uint8 // of each alternative
	grouped  []bool
	rule     []uint8 // groups that hold
	barred   []bool
	area     []areaFound
	names    []named // by unit
	duties   []duty
	miss     []float64 // by unit: the share that nothing speaks for
	reasons  []reasonOf
	touched  []int32 // units
	fired    []int32
	trueOnes []int32 // literals
}

// hit is one place of a word.
type hit struct {
	word     int32
	field    uint8
	from, to int32
	next     int32 // of the same word plus one
}

// named is how a letter names a department.
type named struct {
	value float32
	hit   int32
	as    meaning
}

// duty is two characters of a department's duties.
type duty struct {
	unit  int32
	value float32
	hit   int32
}

type areaFound struct {
	value float64
	hit   int32
}

type reasonOf struct {
	unit   int32
	reason Reason
}

const (
	inTitle = iota
	inBody
	inDistrict
)

var fieldNames = [3]string{"title", "body", "district"}

// mostHits of one word are looked at: the twentieth 物业 says no more than the second.
const mostHits = 3

func newFinding(c *Cold) *finding {
	return &finding{
		c: c, first: make([]int32, len(c.words.words)), literal: make([]bool, len(c.literals)),
		filled: make([]uint8, len(c.alternatives)), grouped: make([]bool, len(c.groups)), rule: make([]uint8, len(c.rules)),
		barred: make([]bool, len(c.rules)), area: make([]areaFound, len(c.units.areas)), names: make([]named, len(c.units.all)),
		miss: make([]float64, len(c.units.all)),
	}
}

// begin forgets the letter before and looks for all words in this one.
func (f *finding) begin(c *Cold, l Letter) {
	clear(f.first)
	clear(f.literal)
	clear(f.filled)
	clear(f.grouped)
	clear(f.rule)
	clear(f.barred)
	clear(f.area)
	clear(f.names)
	f.letter, f.hits, f.duties, f.reasons, f.touched, f.fired = l, f.hits[:0], f.duties[:0], f.reasons[:0], f.touched[:0], f.fired[:0]
	f.trueOnes = f.trueOnes[:0]
	for i := range f.miss {
		f.miss[i] = 1
	}
	for i, text := range [3]string{l.Title, l.Body, l.District} {
		f.texts[i] = foldText(f.texts[i], text)
		var inName int // up to which character a name or an area has been read
		c.words.find(f.texts[i], func(word int32, at int) {
			f.found(word, uint8(i), at, &inName)
		})
	}
	f.findTopics()
}

// found notes a word.
func (f *finding) found(word int32, field uint8, at int, inName *int) {
	w := &f.c.words.words[word]
	n := 0
	last := &f.first[word]
	for *last != 0 && n < mostHits {
		last, n = &f.hits[*last-1].next, n+1
	}
	if n == mostHits {
		return
	}
	end := at + len(w.runes)
	*last = int32(len(f.hits) + 1)
	f.hits = append(f.hits, hit{word: word, field: field, from: int32(at), to: int32(end)})
	number, within := int32(len(f.hits)-1), end <= *inName
	isName := false
	for _, u := range w.uses {
		switch u.as {
		case asLiteral:
			f.hold(u.to, field)
		case asName, asStem:
			// 公安局 is not meant where 公安局交警支队 stands.
			if field == inDistrict || within {
				continue
			}
			isName = isName || u.as == asName
			if u.value > f.names[u.to].value {
				f.names[u.to] = named{u.value, number, u.as}
			}
		case asDuty:
			if n == 0 && field != inDistrict {
				f.duties = append(f.duties, duty{u.to, u.value, number})
			}
		case asArea, asShortArea:
			value := sayArea
			if u.as == asShortArea {
				value = sayShort
			}
			if within && field != inDistrict {
				continue
			}
			if field == inDistrict {
				value *= 1.2
			}
			if value > f.area[u.to].value {
				f.area[u.to] = areaFound{value, number}
			}
			isName = true
		}
	}
	if isName {
		*inName = max(*inName, end)
	}
}

// hold makes a literal true if the field is one that it is looked for in.
func (f *finding) hold(number int32, field uint8) {
	l := &f.c.literals[number]
	if f.literal[number] {
		return
	}
	switch l.field {
	case "":
		if field == inDistrict {
			return
		}
	case FieldTitle:
		if field != inTitle {
			return
		}
	}
	f.literal[number] = true
	f.trueOnes = append(f.trueOnes, number)
	for _, rule := range l.bars {
		f.barred[rule] = true
	}
	for _, a := range l.in {
		f.filled[a]++
		group := f.c.alternatives[a].group
		if f.filled[a] != f.c.alternatives[a].need || f.grouped[group] {
			continue
		}
		f.grouped[group] = true
		rule := f.c.groups[group]
		if f.rule[rule]++; f.rule[rule] == f.c.rules[rule].groups {
			f.fired = append(f.fired, rule)
		}
	}
}

// findTopics makes the literals of the letter's topic true, and of every branch it lies in.
func (f *finding) findTopics() {
	if f.letter.Topic == "" || len(f.c.topics) == 0 {
		return
	}
	levels := topicLevels(f.letter.Topic)
	levels = levels[:min(len(levels), 8)]
	for from := range levels {
		for to := from + 1; to <= len(levels); to++ {
			for _, l := range f.c.topics[foldWord(strings.Join(levels[from:to], "/"))] {
				f.hold(l, 0)
			}
		}
	}
}

// speaks adds what a sign says for a department.
func (f *finding) speaks(unit int, value float64, r Reason) {
	if f.miss[unit] == 1 {
		f.touched = append(f.touched, int32(unit))
	}
	f.miss[unit] *= 1 - value
	r.Weight = value
	f.reasons = append(f.reasons, reasonOf{int32(unit), r})
}

// speaksOnce keeps a rule from speaking twice for a department that two of its names mean. begun is how many reasons
// there were before the rule.
func (f *finding) speaksOnce(begun, unit int, value float64, r Reason) {
	if !slices.ContainsFunc(f.reasons[begun:], func(said reasonOf) bool { return said.unit == int32(unit) }) {
		f.speaks(unit, value, r)
	}
}

// judgeRules lets the rules speak that fired.
func (f *finding) judgeRules() {
	for _, n := range f.fired {
		if f.barred[n] {
			continue
		}
		rule := &f.c.rules[n]
		value, spans := f.weigh(n)
		reason := Reason{Kind: ReasonRule, Text: rule.text, Rule: rule.line, Spans: spans}
		if slices.ContainsFunc(rule.literals, func(l int32) bool { return f.literal[l] && f.c.literals[l].field == FieldTopic }) {
			reason.Kind = ReasonTopic
		}
		begun := len(f.reasons)
		for i, to := range rule.aims {
			said := value
			if i > 0 {
				said *= sayAssist
			}
			for _, unit := range to.whole {
				f.speaksOnce(begun, unit, said, reason)
			}
			for _, unit := range to.parts {
				if f.area[f.c.units.all[unit].area].value >= sayArea {
					f.speaksOnce(begun, unit, said, reason)
				}
			}
		}
	}
}

// weigh says how much a rule says: more if several of its words are there, and more if one is in the title.
func (f *finding) weigh(number int32) (float64, []Span) {
	rule, n, titled := &f.c.rules[number], 0, false
	var spans []Span
	for _, l := range rule.literals {
		if !f.literal[l] || !f.counts(l, number) {
			continue
		}
		n++
		if f.c.literals[l].field == FieldTopic {
			spans = append(spans, Span{Field: "topic", To: len(f.letter.Topic)})
			continue
		}
		for at := f.first[f.c.wordOf[l]]; at != 0; at = f.hits[at-1].next {
			h := &f.hits[at-1]
			if f.c.literals[l].field == "" && h.field == inDistrict || f.c.literals[l].field == FieldTitle && h.field != inTitle {
				continue
			}
			titled = titled || h.field == inTitle
			spans = append(spans, f.span(h))
		}
	}
	base := sayLikely
	switch rule.force {
	case Certain:
		return sayCertain, spans
	case Hint:
		base = sayHint
	case Likely:
	}
	times := 1 + 0.4*float64(min(n, 6)-1)
	if titled {
		times += 0.8
	}
	return 1 - math.Pow(1-base, times), spans
}

// counts tells whether a word that is there made a rule fire: 夜间 alone does nothing for “夜间 施工”.
func (f *finding) counts(l, rule int32) bool {
	for _, a := range f.c.literals[l].in {
		if one := f.c.alternatives[a]; f.c.groups[one.group] == rule && f.filled[a] == one.need {
			return true
		}
	}
	return false
}

func (f *finding) span(h *hit) Span {
	return f.texts[h.field].span(fieldNames[h.field], int(h.from), int(h.to))
}

// judgeNames lets names and duties speak.
func (f *finding) judgeNames() {
	for i := range f.names {
		name := &f.names[i]
		if name.value == 0 {
			continue
		}
		h := &f.hits[name.hit]
		value := f.here(i, float64(name.value))
		if h.field == inTitle {
			value = 1 - (1-value)*(1-value/2)
		}
		f.speaks(i, value, Reason{Kind: ReasonName, Text: f.said(h), Spans: f.spans(h.word)})
	}
	slices.SortStableFunc(f.duties, func(a, b duty) int { return cmp.Compare(a.unit, b.unit) })
	for from := 0; from < len(f.duties); {
		to := from + 1
		for to < len(f.duties) && f.duties[to].unit == f.duties[from].unit {
			to++
		}
		f.judgeDuties(f.duties[from:to])
		from = to
	}
}

func (f *finding) judgeDuties(found []duty) {
	sum := 0.0
	var spans []Span
	for _, d := range found {
		h := &f.hits[d.hit]
		said := float64(d.value)
		if h.field == inTitle {
			said *= 1.5
		}
		sum += said
		// Pairs that overlap are one word.
		if s := f.span(h); len(spans) > 0 && spans[len(spans)-1].Field == s.Field && s.From <= spans[len(spans)-1].To {
			spans[len(spans)-1].To = max(spans[len(spans)-1].To, s.To)
		} else {
			spans = append(spans, s)
		}
	}
	var words []string
	for _, s := range spans {
		if w := f.text(s); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	unit := int(found[0].unit)
	f.speaks(unit, f.here(unit, sayDuties*(1-math.Exp(-sum/2))), Reason{Kind: ReasonDuties, Text: strings.Join(words, "、"), Spans: spans})
}

// here takes back most of what speaks for a part of an area that the letter does not name.
func (f *finding) here(unit int, value float64) float64 {
	if one := &f.c.units.all[unit]; one.area >= 0 && !one.ruler && f.area[one.area].value == 0 {
		return value * elsewhere
	}
	return value
}

// judgeAreas lets areas speak for who governs them; for the other departments of an area only if something else
// speaks for them already.
func (f *finding) judgeAreas() {
	for i := range f.c.units.all {
		one := &f.c.units.all[i]
		if one.area < 0 || one.target != i || f.area[one.area].value == 0 || !one.ruler && f.miss[i] == 1 {
			continue
		}
		h := &f.hits[f.area[one.area].hit]
		f.speaks(i, f.area[one.area].value, Reason{Kind: ReasonArea, Text: f.said(h), Spans: f.spans(h.word)})
	}
}

func (f *finding) said(h *hit) string { return f.text(f.span(h)) }

func (f *finding) text(s Span) string {
	switch s.Field {
	case "title":
		return f.letter.Title[s.From:s.To]
	case "body":
		return f.letter.Body[s.From:s.To]
	}
	return f.letter.District[s.From:s.To]
}

func (f *finding) spans(word int32) (spans []Span) {
	for at := f.first[word]; at != 0; at = f.hits[at-1].next {
		spans = append(spans, f.span(&f.hits[at-1]))
	}
	return spans
}

// result sorts the departments, and of each its reasons.
func (f *finding) result() []Scored {
	if len(f.touched) == 0 {
		return nil
	}
	slices.SortStableFunc(f.reasons, func(a, b reasonOf) int {
		return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(b.reason.Weight, a.reason.Weight))
	})
	all := make([]Reason, len(f.reasons))
	scored := make([]Scored, 0, len(f.touched))
	for from := 0; from < len(f.reasons); {
		unit, to := f.reasons[from].unit, from
		for to < len(f.reasons) && f.reasons[to].unit == unit {
			all[to] = f.reasons[to].reason
			to++
		}
		scored = append(scored, Scored{Department: f.c.units.all[unit].ID, Score: 1 - f.miss[unit], Reasons: all[from:to:to]})
		from = to
	}
	slices.SortFunc(scored, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Department, b.Department))
	})
	return scored
}
