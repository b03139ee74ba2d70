package report

import "strings"

// appraisal is the section of praise and criticism by the city's rule.
func (p *prose) appraisal() []block {
	a := p.Appraisal
	praise, criticism := a.Rule.In(p.lang)
	semicolon := wordSemicolon.in(p.lang)
	rule := p.say("按本市规则，部门应办结不少于%d件的单位列入考评。", "By the city’s rule, departments with at least %d letters due are considered. ", a.Rule.MinDue)
	rule += when(len(praise) > 0, p.say("表扬须同时满足：%s，且没有应批评的情形。", "Praise wants all of: %s; and nothing to criticise. ", strings.Join(praise, semicolon)))
	rule += when(len(criticism) > 0, p.say("有下列情形之一的批评：%s。", "Criticism follows from any of: %s. ", strings.Join(criticism, semicolon)))
	blocks := text(strings.TrimSpace(rule))
	if len(praise) > 0 {
		blocks = append(blocks, p.appraised(a.Praised, p.say("表扬", "Praise"), p.say("没有符合表扬条件的单位。", "No department meets the conditions for praise."))...)
	}
	if len(criticism) > 0 {
		blocks = append(blocks, p.appraised(a.Criticised, p.say("批评", "Criticism"), p.say("没有应批评的单位。", "No department is criticised."))...)
	}
	var few []string
	for _, one := range a.Few {
		few = append(few, p.say("%[1]s（%[2]d件）", "%[1]s (%[2]d)", printable(one.Department), one.Due))
	}
	return append(blocks, text(when(len(few) > 0, p.say("应办结件数不足、不列入考评的单位：%s。", "Not considered, because they have fewer letters due: %s.", strings.Join(few, wordComma.in(p.lang)))))...)
}

// appraised names departments with the reasons, a paragraph each; a sentence when there is none.
func (p *prose) appraised(list []Appraised, caption, none string) []block {
	if len(list) == 0 {
		return text(none)
	}
	lines := []string{p.say("%[1]s%[2]d个单位：", "%[1]s: %[2]d.", caption, int64(len(list)))}
	for _, one := range list {
		lines = append(lines, p.say("%[1]s：%[2]s。", "%[1]s: %[2]s.", printable(one.Department), one.ReasonsIn(p.lang)))
	}
	return text(lines...)
}
