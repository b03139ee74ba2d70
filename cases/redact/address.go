package redact

import (
	"slices"
	"strings"
)

// piece is a part of a postal address that has a number: 12号, 3栋, 2单元, 501室.
type piece struct {
	word   string
	weight int // 2 pins a home by itself beside another piece, 1 only adds to one, 0 belongs to one
}

// pieces are the words after the number, the longer before the shorter.
var pieces = []piece{
	{"号楼", 2},
	{"单元", 2},
	{"门洞", 1},
	{"#楼", 2},
	{"房间", 2},
	{"号院", 1},
	{"栋楼", 2},
	{"栋", 2},
	{"幢", 2},
	{"座", 2},
	{"室", 2},
	{"房", 2},
	{"号", 1},
	{"#", 1},
	{"户", 1},
	{"层", 0},
	{"楼", 0},
	{"弄", 1},
	{"门", 1},
	{"组", 1},
}

// otherThings are words that make another thing of a number and its word: 1号线, 2号文, 3号口, 33层高.
var otherThings = []string{
	"线", "文", "令", "口", "出口", "井", "机", "公告", "桥", "台", "地块", "宗", "通知", "窗", "柜", "车", "站", "公交", "路", "码", "会议", "馆", "码头", "门诊", "病", "左右", "之前", "以前",
	"公租", "产权", "改", "型", "工程", "高", "建筑", "的高", "价", "贷", "款", "小区", "市民", "居民", "间", "家", "图", "山", "水",
}

// What the names of streets, estates and villages end in; the number follows at once.
var (
	streetEnds  = set("路街巷弄道里条")
	estateWords = []string{
		"小区", "社区", "花园", "家园", "公寓", "新村", "新城", "宿舍", "大厦", "广场", "院", "苑", "园", "城", "府", "庭", "居", "湾", "墅", "郡", "村", "屯", "期", "座", "邸", "阁", "轩", "岸", "景", "庄", "区", "楼盘", "里", "坊", "山", "都", "寓",
	}
	notStreets = []string{"知道", "报道", "渠道", "管道", "车道", "通道", "频道", "轨道", "街道", "上街", "那里", "这里", "哪里", "公里", "家里", "手里", "里里", "步道", "隧道", "一条", "二条", "三条", "四条", "五条", "该条", "本条", "线路", "公路", "铁路", "出路", "赛道"}
)

// chain is a row of pieces that follow each other.
type chain struct {
	from, to      int
	pieces, homes int
	first, last   string
	longest       int // most digits of a room, flat or the like
}

// addresses looks for rows of pieces and suggests those that pin a home: two pieces and more of which one is a
// building or a room, a house number after a street, a building after an estate, a room of three digits, a group of
// a village.
func (s *search) addresses() {
	for i := 0; i < len(s.runes); {
		if !s.numeral(i) || s.numeral(i-1) || letter(s.rune(i)) && letter(s.rune(i-1)) {
			i++
			continue
		}
		c := s.chain(i)
		if c.pieces > 0 && s.home(c) {
			s.add(c.from, c.to, Address)
		}
		i = max(i+1, c.to)
	}
}

// numeral tells whether the character at i may be part of the number of a house: digits, 一 to 十, a letter, or what was masked.
func (s *search) numeral(i int) bool {
	r := s.rune(i)
	if number(r) || letter(r) || r == '*' {
		return true
	}
	if !han(r) {
		return false
	}
	return r == '十' || r == '百' || r == '甲' || r == '乙' || r == '丙' || chineseDigit(r) >= 0
}

// numeralAtMost bounds the number of a house: 3-12-2404 is a long one.
const numeralAtMost = 12

// numberOf gives where the number at i ends, how many digits it has, and how many dashes.
func (s *search) numberOf(i int) (to, digits, dashes int) {
	to = i
	for ; to-i < numeralAtMost; to++ {
		switch {
		case s.numeral(to):
			if !letter(s.rune(to)) {
				digits++
			}
		case to > i && (s.rune(to) == '-' || s.rune(to) == '之') && s.numeral(to+1):
			dashes++
		default:
			return to, digits, dashes
		}
	}
	return to, digits, dashes
}

// chain reads pieces from i on. A last number without a word belongs to it (3栋2-501, 18a502).
func (s *search) chain(i int) chain {
	c := chain{from: i}
	for {
		to, digits, dashes := s.numberOf(i)
		if to == i || to-i == numeralAtMost {
			return c
		}
		next, found := s.piece(to)
		if found.word == "" {
			if c.pieces > 0 && digits >= 2 && !s.unitOfMeasure(to) || c.pieces == 0 && (dashes == 2 || dashes == 3) && !s.year(i) {
				c.pieces, c.homes, c.to = c.pieces+1, c.homes+1, to
			}
			return c
		}
		if digits == 0 && to-i > 2 {
			return c // a word, such as vip室
		}
		if c.pieces == 0 {
			c.first = found.word
		}
		if found.weight > 0 {
			c.pieces++
		}
		if found.weight == 2 {
			c.homes++
		}
		if slices.Contains(doorWords, found.word) {
			c.longest = max(c.longest, digits)
		}
		c.last, c.to = found.word, next
		if i = s.skip(next, 2, " -,、·("); s.rune(next) == '、' || s.rune(i) == nowhere {
			return c
		}
	}
}

// piece gives the piece's word at i and where it ends.
func (s *search) piece(i int) (to int, found piece) {
	i = s.skip(i, 1, " ")
	for _, p := range pieces {
		if !s.is(i, p.word) {
			continue
		}
		to = i + len([]rune(p.word))
		for _, other := range otherThings {
			if s.is(to, other) {
				return i, piece{}
			}
		}
		return to, p
	}
	return i, piece{}
}

// year tells whether the number at i begins with one: 2018-5-19 is no house, even before 业主.
func (s *search) year(i int) bool {
	return (s.is(i, "20") || s.is(i, "19")) && number(s.rune(i+2)) && number(s.rune(i+3))
}

// unitOfMeasure tells whether the number before i counts something: 3栋120平, 2号2018年.
func (s *search) unitOfMeasure(i int) bool {
	r := s.rune(i)
	return han(r) && !strings.ContainsRune("业的住在是有家和与及", r) || r == '.' || r == '%' || r == ':' || r == '/'
}

// home tells whether a chain pins a home, by what it is made of and what stands before it.
func (s *search) home(c chain) bool {
	before := s.skipBack(c.from, 2)
	street := streetEnds[s.rune(before-1)] && !s.ends(before, notStreets...) && !number(s.rune(before-2))
	if c.first == "组" || c.first == "" && c.last == "组" {
		return s.ends(before, "村", "社区", "居委会", "村委会", "屯", "庄", "大队")
	}
	switch {
	case c.pieces >= 2 && c.homes >= 1 && c.last != "户" || c.pieces >= 2 && c.longest >= 3:
		return true
	case street:
		return c.pieces >= 1
	case c.homes == 1 && (c.last == "室" || c.last == "房" || c.last == "房间"):
		return c.longest >= 3
	case c.homes >= 1:
		bare := c.first == "" && (s.is(c.to, "业主") || s.is(c.to, "住户") || s.is(c.to, "室"))
		return bare || s.ends(before, estateWords...)
	case c.first == "号" && c.pieces == 1:
		return s.ends(before, "小区", "花园", "家园", "公寓", "新村", "苑", "村", "屯", "胡同", "庄")
	}
	return false
}

// skipBack goes back over at most n spaces and signs before i.
func (s *search) skipBack(i, n int) int {
	for ; n > 0 && i > 0 && strings.ContainsRune(" ·,(\"”", s.rune(i-1)); n-- {
		i--
	}
	return i
}

// doorWords follow the number of a door.
var doorWords = []string{"室", "房", "房间", "号", "户"}
