package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailbox/cases/errs"
)

// Finding is something about a rule that depends on which departments there are.
type Finding struct {
	Line     int
	Inactive bool // the rule does not act
	Err      *errs.Error
}

// Check looks for the departments that the rules name, in the order of the lines: those that do not exist or have
// ended without a successor, whose rules do not act, and those that have a successor, who is meant instead.
//
// A department is named by its code, its name, its name without the city, or its usual name, such as 城管局.
func (r Rules) Check(departments []Department) []Finding {
	u := newUnits(departments)
	var found []Finding
	for _, rule := range r.All() {
		_, more := u.resolve(rule)
		found = append(found, more...)
	}
	return found
}

// aim is where a rule leads: a department, or all that are the same office of an area each.
type aim struct {
	whole []int // city-wide, one as a rule
	parts []int // each for letters of its area
}

// resolve gives the aims of a rule, the lead's first; nil where it does not act.
func (u *units) resolve(rule Rule) ([]aim, []Finding) {
	var aims []aim
	var found []Finding
	for i, name := range slices.Concat([]string{rule.Lead}, rule.Assists) {
		to, finding := u.named(name)
		if finding != nil {
			finding.Line = rule.Line
			finding.Err.Field = fmt.Sprintf("line %d", rule.Line)
			finding.Inactive = finding.Inactive && i == 0
			found = append(found, *finding)
		}
		switch {
		case len(to.whole)+len(to.parts) > 0:
			aims = append(aims, to)
		case i == 0:
			return nil, found
		}
	}
	return aims, found
}

// named finds the department of a name as rules write it.
func (u *units) named(name string) (aim, *Finding) {
	for i, one := range u.all {
		if strings.EqualFold(one.Code, name) || one.Name == name {
			return u.following(i)
		}
	}
	folded := foldWord(name)
	number, usualName := officeOf[name]
	var same []int
	for i, one := range u.all {
		if one.target == i && (foldWord(one.Name) == folded || foldWord(one.bare) == folded) {
			same = append(same, i)
		}
	}
	switch {
	case len(same) == 1 && usualName:
		return aim{whole: same, parts: u.officesOf(number).parts}, nil
	case len(same) == 1:
		return aim{whole: same}, nil
	case len(same) > 1:
		return aim{}, &Finding{Inactive: true, Err: errs.Invalid("",
			"there are %[2]d departments that “%[1]s” may mean: write the code, such as %[3]s",
			"“%[1]s”可能指 %[2]d 个单位，请写代码，如 %[3]s", name, len(same), u.all[same[0]].Code)}
	}
	if usualName {
		if to := u.offices(number); len(to.whole)+len(to.parts) > 0 {
			return to, nil
		}
	}
	for i, one := range u.all { // an ended one by its name without the city
		if foldWord(one.bare) == folded {
			return u.following(i)
		}
	}
	if like := u.like(name); like != "" && !usualName {
		return aim{}, &Finding{Inactive: true, Err: errs.Invalid("",
			"there is no department “%[1]s”; is %[2]s meant?", "没有“%[1]s”这个单位，是否应为 %[2]s？", name, like)}
	}
	return aim{}, &Finding{Inactive: true, Err: errs.Invalid("",
		"there is no department “%s” in this city", "本市没有“%s”这个单位", name)}
}

// following gives a department or who has followed it.
func (u *units) following(i int) (aim, *Finding) {
	last := u.all[i].target
	switch {
	case last == i:
		return aim{whole: []int{i}}, nil
	case last < 0:
		return aim{}, &Finding{Inactive: true, Err: errs.Invalid("",
			"%s has ended and nobody has followed it: name another department", "%s已撤销且没有承接单位，请改写为其他单位", u.all[i].Name)}
	}
	return aim{whole: []int{last}}, &Finding{Err: errs.Invalid("",
		"%[1]s has ended; letters go to %[2]s, which followed it", "%[1]s已撤销，来信转给承接单位%[2]s", u.all[i].Name, u.all[last].Name)}
}

// offices finds all departments that are this office, or one that has its duties.
func (u *units) offices(number int) aim {
	to := u.officesOf(number)
	for _, name := range offices[number].instead {
		if len(to.whole) > 0 {
			break
		}
		to.whole = u.officesOf(officeOf[name]).whole
	}
	return to
}

func (u *units) officesOf(number int) aim {
	var to aim
	for i, one := range u.all {
		switch {
		case one.office != number || one.target != i:
		case one.area >= 0:
			to.parts = append(to.parts, i)
		default:
			to.whole = append(to.whole, i)
		}
	}
	if len(to.whole) > 1 {
		// Of several, the bureau itself: not a part of one, by the surest name, which is the shortest.
		to.whole = []int{slices.MinFunc(to.whole, func(a, b int) int {
			x, y := u.all[a].own, u.all[b].own
			return cmp.Or(cmp.Compare(minor(x), minor(y)), cmp.Compare(offices[number].surer(x), offices[number].surer(y)),
				cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
		})}
	}
	return to
}

// minor is 1 for what is but a part of a bureau.
func minor(own string) int {
	for _, end := range []string{"所", "科", "处", "站", "大队", "分局"} {
		if strings.HasSuffix(own, end) {
			return 1
		}
	}
	return 0
}

// like finds a department whose name or code resembles what was written, for a person to choose.
func (u *units) like(name string) string {
	best, most := "", 1
	name = cmp.Or(stem(u.withoutCity(name)), name)
	for i, one := range u.all {
		if one.target != i {
			continue
		}
		if n := max(inCommon(name, one.Name), inCommon(strings.ToUpper(name), one.Code)); n > most {
			best, most = one.Code+" "+one.Name, n
		}
	}
	return best
}

// inCommon counts the pairs of neighbouring characters that two names share, and one more.
func inCommon(a, b string) int {
	runes, n := []rune(a), 1
	for i := 0; i+2 <= len(runes); i++ {
		if strings.Contains(b, string(runes[i:i+2])) {
			n++
		}
	}
	return n
}
