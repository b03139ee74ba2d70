package routing

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// units is the list of departments as names make it understood: which office each is, and of which area.
type units struct {
	all   []unit
	index map[int64]int // by id
	areas []area
	city  string // "湘潭" where names tell, else ""
}

// unit is a department as its name tells.
type unit struct {
	Department
	target int    // itself, or who has followed it; -1 where nobody has
	bare   string // its name without the city's and without what stands in brackets
	own    string // bare without the area: what it does there
	aside  string // what stands in brackets
	office int    // -1 where the name tells none
	area   int    // the area it is a part of, or governs; -1 for the whole city
	ruler  bool   // governs its area
}

// area is a part of the city as letters name it.
type area struct {
	full  []string // 岳塘区, 高新技术产业开发区, 高新区
	short []string // 岳塘
}

var (
	inBrackets   = regexp.MustCompile(`[（(]([^（）()]*)[）)]`)
	cityOf       = regexp.MustCompile(`^(?:国家税务总局|国网|\p{Han}{2,3}省)?(\p{Han}{2,4}?)市\p{Han}{2,}`)
	rulerOf      = regexp.MustCompile(`^(.{2,}?)(人民政府|管理委员会|管委会|街道办事处|办事处|政府|党工委)$`)
	areaEnd      = regexp.MustCompile(`(区|县|市|旗|街道|乡|镇)$`)
	areaBefore   = regexp.MustCompile(`^(\p{Han}{2,4}?(?:新区|街道|[区县市]))(\p{Han}{2,})$`)
	cityWord     = regexp.MustCompile(`^市[政场容]`)
	notAnArea    = regexp.MustCompile(`(社区|小区|城区|园区|地区|市区|辖区|林区|校区|库区)$`)
	afterABureau = regexp.MustCompile(`^.*(?:局|委员会|政府)(\p{Han}{2,}(?:支队|大队|中心|处|所|站|队|院|科))$`)
)

// ends are what names of departments end with, the longer first.
var ends = []string{
	"监督管理委员会", "管理委员会", "监督管理局", "有限责任公司", "股份有限公司", "综合执法局", "管理中心", "服务中心", "事务中心",
	"指导中心", "集团公司", "有限公司", "委员会", "联合会", "管理局", "事务局", "管理处", "管理所", "管理站", "办公室",
	"集团", "公司", "总局", "分局", "支队", "大队", "中心", "局", "处", "所", "办", "科", "委", "站",
}

// vague are stems that say nothing of what a department does.
var vague = []string{
	"公共", "服务", "管理", "行政", "综合", "基层", "项目", "工程", "稽查", "注册", "许可", "组织", "监督", "指导", "中山", "建设",
	"事业", "社会事业", "行政许可", "项目工程", "综合监督", "组织人事", "发展", "家庭发展", "城市", "分局", "市场", "社会", "公共行政", "开发区", "第一", "业务",
}

func newUnits(departments []Department) *units {
	u := &units{index: make(map[int64]int, len(departments))}
	list := slices.Clone(departments)
	slices.SortStableFunc(list, func(a, b Department) int { return cmp.Compare(a.ID, b.ID) })
	list = slices.CompactFunc(list, func(a, b Department) bool { return a.ID == b.ID })
	u.city = cityName(list)
	for i, d := range list {
		u.index[d.ID] = i
		u.all = append(u.all, unit{Department: d, office: -1, area: -1})
	}
	for i := range u.all {
		one := &u.all[i]
		one.target = u.last(i)
		if m := inBrackets.FindStringSubmatch(one.Name); m != nil {
			one.aside = m[1]
		}
		one.bare = u.withoutCity(strings.TrimSpace(inBrackets.ReplaceAllString(one.Name, "")))
		one.own = one.bare
	}
	u.findAreas()
	for i := range u.all {
		one := &u.all[i]
		if one.office = officeNamed(one.own); one.office < 0 {
			u.station(one)
		}
	}
	return u
}

// last follows the successors; -1 where the last of them has ended, too.
func (u *units) last(i int) int {
	for range len(u.all) {
		d := u.all[i].Department
		next, ok := u.index[d.SuccessorID]
		switch {
		case d.SuccessorID != 0 && ok:
			i = next
		case d.SuccessorID != 0 || d.Ended:
			return -1
		default:
			return i
		}
	}
	return -1 // in a circle
}

// cityName is what most names begin with.
func cityName(list []Department) string {
	count := map[string]int{}
	for _, d := range list {
		if m := cityOf.FindStringSubmatch(d.Name); m != nil {
			count[m[1]]++
		}
	}
	best := ""
	for name, n := range count {
		if n > count[best] || n == count[best] && name < best {
			best = name
		}
	}
	if count[best] < 2 && len(list) > 3 && count[best]*3 < len(list) {
		return ""
	}
	return best
}

// withoutCity strips 湖南省, 湘潭市, 市 and the like from the beginning.
func (u *units) withoutCity(name string) string {
	rest := name
	for _, before := range []string{"国家税务总局", "国网"} {
		rest = strings.TrimPrefix(rest, before)
	}
	if i := strings.Index(rest, "省"); i > 0 && i <= 9 {
		rest = rest[i+len("省"):]
	}
	if u.city != "" {
		if after, ok := strings.CutPrefix(rest, u.city); ok && utf8.RuneCountInString(after) > 2 {
			rest = after
		}
	}
	if after, ok := strings.CutPrefix(rest, "市"); ok && utf8.RuneCountInString(after) > 1 && !cityWord.MatchString(rest) {
		rest = after
	}
	// 人民政府办公室, but not 中共某市委某市人民政府信访局.
	if i := strings.LastIndex(rest, "人民政府"); i > 0 && len(rest)-i > len("人民政府")+3 {
		rest = rest[i+len("人民政府"):]
	}
	return rest
}

// findAreas names the parts of the city: those that a department governs, and those that stand before a bureau.
func (u *units) findAreas() {
	number := map[string]int{}
	named := func(full string) int {
		if i, ok := number[full]; ok {
			return i
		}
		number[full] = len(u.areas)
		u.areas = append(u.areas, areaNamed(full))
		return number[full]
	}
	for i := range u.all {
		one := &u.all[i]
		name := one.bare
		m := rulerOf.FindStringSubmatch(name)
		if m != nil {
			name = m[1]
			if strings.HasPrefix(m[2], "街道") {
				name += "街道"
			}
		}
		isArea := areaEnd.MatchString(name) && !notAnArea.MatchString(name) || strings.HasSuffix(name, "园区") && m != nil
		if isArea && utf8.RuneCountInString(name) > 2 && officeNamed(name) < 0 {
			one.area, one.ruler, one.own = named(name), true, ""
			if one.aside != "" && !strings.ContainsAny(one.aside, "，,、；;今原") {
				u.areas[one.area].full = append(u.areas[one.area].full, one.aside)
			}
		}
	}
	// The longest first: 沙河口区兴工街道 is more than 沙河口区.
	for i := range u.all {
		one := &u.all[i]
		if one.ruler {
			u.within(one, number)
			continue
		}
		at, length := -1, 0
		for k := range u.areas {
			for _, full := range u.areas[k].full {
				if len(full) > length && len(one.bare) > len(full) && strings.HasPrefix(one.bare, full) {
					at, length = k, len(full)
				}
			}
		}
		if at < 0 {
			m := areaBefore.FindStringSubmatch(one.bare)
			if m == nil || notAnArea.MatchString(m[1]) || officeNamed(m[2]) < 0 && !rulerOf.MatchString(one.bare) {
				continue
			}
			at, length = named(m[1]), len(m[1])
		}
		one.area, one.own = at, one.bare[length:]
	}
}

// within names an area that lies in another without the other: 兴工街道 beside 沙河口区兴工街道.
func (u *units) within(one *unit, number map[string]int) {
	a := &u.areas[one.area]
	for name := range number {
		if after, ok := strings.CutPrefix(a.full[0], name); ok && utf8.RuneCountInString(after) > 2 {
			a.full = append(a.full, after)
		}
	}
	if m := areaBefore.FindStringSubmatch(a.full[0]); m != nil && strings.HasSuffix(m[2], "街道") {
		a.full = append(a.full, m[2])
	}
	slices.Sort(a.full[1:])
	a.full = slices.Compact(a.full)
}

// station reads 岳塘分局 as the police's: other bureaus say in the name of a branch what they are.
func (u *units) station(one *unit) {
	where, ok := strings.CutSuffix(one.bare, "分局")
	if !ok {
		return
	}
	for i, a := range u.areas {
		if slices.Contains(a.full, where) || slices.Contains(a.short, where) {
			one.area, one.own, one.office = i, "分局", officeOf["公安局"]
			return
		}
	}
}

// zones are the usual words for kinds of zones.
var zones = []struct{ name, short string }{
	{"高新技术产业开发区", "高新区"},
	{"高新技术产业园区", "高新园区"},
	{"高新技术产业园区", "高新区"},
	{"高新园区", "高新区"},
	{"经济技术开发区", "经开区"},
	{"经济开发区", "经开区"},
}

func areaNamed(full string) area {
	a := area{full: []string{full}}
	for _, z := range zones {
		if strings.HasSuffix(full, z.name) {
			a.full = append(a.full, z.short)
			if before := strings.TrimSuffix(full, z.name); before != "" {
				a.full = append(a.full, before+z.short)
				a.short = append(a.short, before)
			}
		}
	}
	for _, end := range []string{"区", "县", "市", "镇", "乡", "街道"} {
		if short := strings.TrimSuffix(full, end); short != full && utf8.RuneCountInString(short) == 2 || short != full && utf8.RuneCountInString(short) == 3 && !strings.HasSuffix(short, "新") {
			a.short = append(a.short, short)
		}
	}
	return a
}

// officeNamed tells which office a department is by its name; -1 if none. Of a part of a bureau (公安局交警支队) it is
// the part that counts.
func officeNamed(name string) int {
	if m := afterABureau.FindStringSubmatch(name); m != nil {
		if i := officeNamed(m[1]); i >= 0 {
			return i
		}
	}
	for i, o := range offices {
		for _, part := range o.names {
			if strings.Contains(name, part) {
				return i
			}
		}
	}
	return -1
}

// surer tells how sure the name is that it is this office: 0 is surest.
func (o office) surer(name string) int {
	for i, part := range o.names {
		if strings.Contains(name, part) {
			return i
		}
	}
	return len(o.names)
}

// stem is what a department does, from its name: 供热 of 供热办. "" where the name does not tell.
func stem(own string) string {
	rest := own
	for again := true; again; {
		again = false
		for _, end := range ends {
			if after := strings.TrimSuffix(rest, end); after != rest && utf8.RuneCountInString(after) >= 2 {
				rest, again = after, true
				break
			}
		}
	}
	if n := utf8.RuneCountInString(rest); n < 2 || n > 8 || slices.Contains(vague, rest) {
		return ""
	}
	return rest
}
