package routing

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mailbox/cases/grams"
)

// startingText is written for no city in particular: duty words and the usual names of offices.
//
//go:embed starting.txt
var startingText string

// StartingRules are the rules of a city's first day: what bureaus usually answer for, in the words of letters, and a
// topic table. Offices stand there by their usual names; a rule whose office the city has not got does not act.
func StartingRules() Rules {
	r, err := ParseRules(startingText)
	if err != nil {
		panic(err) // a test reads it
	}
	return r
}

// addNames makes the names of departments known, also those of ended ones for who followed them.
func (c *Cold) addNames() {
	for i, a := range c.units.areas {
		for _, name := range a.full {
			c.words.add(name, use{as: asArea, to: int32(i)})
		}
		for _, name := range a.short {
			c.words.add(name, use{as: asShortArea, to: int32(i)})
		}
	}
	taken := map[string]bool{} // stems of city-wide offices
	for i := range c.units.all {
		one := &c.units.all[i]
		if one.target < 0 {
			continue
		}
		to := int32(one.target)
		for _, name := range []string{one.Name, inBrackets.ReplaceAllString(one.Name, ""), one.bare} {
			if utf8.RuneCountInString(name) >= 3 {
				c.words.add(name, use{as: asName, to: to, value: sayFullName})
			}
		}
		if one.aside != "" && !one.ruler && utf8.RuneCountInString(one.aside) >= 3 {
			c.words.add(strings.TrimPrefix(one.aside, "市"), use{as: asName, to: to, value: sayCalled})
		}
		if one.ruler {
			continue
		}
		if one.office >= 0 && one.target == i {
			for _, name := range offices[one.office].said {
				c.words.add(name, use{as: asName, to: to, value: sayCalled})
			}
		}
		if m := afterABureau.FindStringSubmatch(one.own); m != nil && utf8.RuneCountInString(m[1]) >= 4 {
			c.words.add(m[1], use{as: asName, to: to, value: sayCalled})
		}
		if s := stem(one.own); s != "" {
			taken[s] = true
			c.words.add(s, use{as: asStem, to: to, value: sayStem})
		}
	}
}

// common pairs of characters stand in every department's duties and in every letter.
var common = strings.Fields("负责 管理 服务 工作 组织 监督 有关 相关 问题 办理 部门 单位 实施 指导 协调 事务 全市 本市 城区 行政 政府 承担 制定 拟订 政策 依法 以及 检查 处理 情况 人员 我市 群众 市民")

// addDuties makes what departments answer for known, by pairs of characters: Chinese has no spaces, so a word of
// four is three pairs. A pair says the more the fewer departments have it.
func (c *Cold) addDuties() {
	of := map[string][]int32{}
	var order []string
	for i := range c.units.all {
		one := &c.units.all[i]
		if one.target != i {
			continue
		}
		for _, pair := range pairsOf(one.Duties) {
			if of[pair] == nil {
				order = append(order, pair)
			}
			of[pair] = append(of[pair], int32(i))
		}
	}
	n := float64(max(len(c.units.all), 8))
	for _, pair := range order {
		rarity := 1 - math.Log(float64(len(of[pair])))/math.Log(n)
		if rarity < 0.3 {
			continue
		}
		for _, unit := range of[pair] {
			c.words.add(pair, use{as: asDuty, to: unit, value: float32(rarity * rarity)})
		}
	}
}

// pairsOf gives every pair of word characters once, in order.
func pairsOf(duties string) []string {
	var pairs []string
	seen := map[string]bool{}
	f := foldText(nil, duties)
	for i := 0; i+2 <= len(f.runes); i++ {
		a, b := f.runes[i], f.runes[i+1]
		if !grams.IsWord(a) || !grams.IsWord(b) || strings.ContainsRune("的和与及等或", a) || strings.ContainsRune("的和与及等或", b) {
			continue
		}
		if pair := string(f.runes[i : i+2]); !seen[pair] && !slices.Contains(common, pair) {
			seen[pair] = true
			pairs = append(pairs, pair)
		}
	}
	return pairs
}
