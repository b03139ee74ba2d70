package alike

import (
	"cmp"
	"slices"
	"strings"

	"mailbox/cases/grams"
)

// placeEnds are how names of places end, the longer before the shorter that it ends with.
var placeEnds = byFirst(
	"工业园", "产业园", "物流园", "幼儿园", "美食城", "地铁站", "公交站", "火车站", "汽车站", "收费站", "国际城",
	"街道", "社区", "小区", "花园", "家园", "新城", "公馆", "广场", "公园", "小学", "中学", "学校", "学院", "大学",
	"医院", "大道", "大厦", "市场", "华庭", "名邸", "苑", "路", "街", "巷", "村", "镇", "乡", "桥", "湾", "城", "园",
)

// commonNames stand before such an end and name nothing: "配套幼儿园", "附近小区".
var commonNames = byFirst(
	"配套", "附近", "周边", "门口", "对面", "旁边", "居民", "公办", "民办", "普惠", "实验", "高速", "地铁", "公交", "加油", "农村", "高铁", "火车",
	"一期", "二期", "三期", "四期", "五期", "新建", "老旧", "商业", "安置", "农贸", "生活", "物业", "业主", "业委", "开发", "孩子", "我们", "本小",
	"全市", "本市", "外地", "所有", "整个", "部分", "其他", "私立", "公立", "人民", "政府", "住宅", "棚户", "施工", "道路", "马路", "公共", "左右", "某些", "一个", "增加", "作为", "情况", "调整", "建设", "距离",
)

// noPlaces end like places and are none, or none in particular.
var noPlaces = byFirst("铁路", "公路", "套路", "线路", "道路", "电路", "思路", "出路", "走路", "修路", "马路", "农村", "中城")

// oneAt is the length of the word of a list that begins here; 0: none does.
func oneAt(list map[rune][][]rune, runes []rune, at int) int {
	for _, word := range list[runes[at]] {
		if len(word) <= len(runes)-at && slices.Equal(runes[at:at+len(word)], word) {
			return len(word)
		}
	}
	return 0
}

const (
	longestPlace = 10  // characters, with its end, in a title
	shortPlace   = 6   // and in a text: several may be copies of one, and what they share is no name for that
	leastName    = 2   // characters before the end
	placeShare   = 0.5 // of an issue's letters that must name it
	// What nearly as many letters say may be the whole name of which more say a piece.
	nearlyAsMany = 0.7
	placeReads   = 200 // letters of an issue that are read for its place
)

// notOfPlaces are characters that names of places do not have: words around them.
const notOfPlaces = "的在是了与及从于对就我们你请问有这那该被让给去来没很更最还又也都因吗呢吧什怎么其但而不反诉举报咨询投议谁何或且随着能否想"

// vagueEnds end as many other words as names: they are believed in titles only.
const vagueEnds = "城园街桥湾乡巷"

// naming is how a name stands in the letters of an issue.
type naming struct {
	letters int
	before  map[rune]bool // characters that stand before it
	starts  int           // letters in which nothing stands before it, or where the name of a district ends
	written string        // as it was written first
}

// variety is how freely a run of characters stands among others: what begins in the middle of a word always has the
// same character before it (accessor variety: Feng, Chen, Deng and Zheng, Computational Linguistics 30, 2004).
func (n *naming) variety() int { return len(n.before) + n.starts }

// place is the place that most of an issue's letters name in their titles, or else in their texts; else the most
// frequent district, where most give it.
func (f *finder) place(c *centre) string {
	members := c.members[max(0, len(c.members)-placeReads):]
	titles, texts, districts := map[string]*naming{}, map[string]*naming{}, map[string]int{}
	for _, i := range members {
		m := f.messages[i]
		placesIn(m.Title, longestPlace, titles)
		placesIn(m.Title+"\n"+clip(m.Body, readBody), shortPlace, texts)
		if m.District != "" {
			districts[m.District]++
		}
	}
	for _, named := range []map[string]*naming{titles, texts} {
		if name := agreed(named, len(members)); name != "" {
			return name
		}
	}
	if district := most(districts); districts[district]*2 > len(members) {
		return district
	}
	return ""
}

// agreed is the name that enough letters use: of those that nearly as many use as the most frequent, the one that
// stands most freely, the longest of several.
func agreed(named map[string]*naming, letters int) string {
	largest := 0
	for _, n := range named {
		largest = max(largest, n.letters)
	}
	if float64(largest) < placeShare*float64(letters) || largest < 2 {
		return ""
	}
	best := ""
	for name, n := range named {
		if float64(n.letters) < nearlyAsMany*float64(largest) || n.variety() < 2 {
			continue
		}
		b := named[best]
		if b == nil || cmp.Or(cmp.Compare(n.variety(), b.variety()), cmp.Compare(len(name), len(best)), cmp.Compare(best, name)) > 0 {
			best = name
		}
	}
	if best == "" {
		return ""
	}
	return named[best].written
}

// placesIn notes every run of characters of a text that may be the name of a place, once a text. Chinese has no
// spaces: where a name begins is told by what stands before it in other letters.
func placesIn(text string, longest int, names map[string]*naming) {
	t := grams.Fold(text)
	seen := map[string]bool{}
	for at := range t.Runes {
		end := oneAt(placeEnds, t.Runes, at)
		if end == 0 || longest == shortPlace && end == 1 && strings.ContainsRune(vagueEnds, t.Runes[at]) || at > 0 && oneAt(noPlaces, t.Runes, at-1) > 0 {
			continue
		}
		for from := at - 1; from >= 0 && at+end-from <= longest; from-- {
			r := t.Runes[from]
			// A name does not begin before the end of another, nor before its district.
			if !grams.IsWord(r) || strings.ContainsRune(notOfPlaces, r) || endsDistrict(t.Runes, from) || oneAt(placeEnds, t.Runes, from) > 1 {
				break
			}
			if at-from < leastName || oneAt(commonNames, t.Runes, from) > 0 {
				continue
			}
			name := string(t.Runes[from : at+end])
			n := names[name]
			if n == nil {
				n = &naming{before: map[rune]bool{}, written: text[t.At[from]:t.At[at+end]]}
				names[name] = n
			}
			if seen[name] {
				continue
			}
			seen[name] = true
			n.letters++
			if from == 0 || !grams.IsWord(t.Runes[from-1]) || endsDistrict(t.Runes, from-1) {
				n.starts++
			} else {
				n.before[t.Runes[from-1]] = true
			}
		}
	}
}

// endsDistrict tells whether the name of a city, a county or a district ends here, as in "云东区": not in "小区".
func endsDistrict(runes []rune, at int) bool {
	switch runes[at] {
	case '县':
		return true
	case '市':
		return at+1 < len(runes) && runes[at+1] != '场' && (at == 0 || !strings.ContainsRune("超夜门早", runes[at-1]))
	case '区':
		return at == 0 || !strings.ContainsRune("小社园景校库厂片灾山城新街辖", runes[at-1])
	}
	return false
}
