package alike

import (
	"cmp"
	"strings"

	"mailbox/cases/grams"
)

// placeEnds are how names of places end, the longer before the shorter that it ends with.
var placeEnds = []string{
	"幼儿园", "工业园", "产业园", "街道", "社区", "小区", "花园", "家园", "新城", "公馆", "广场", "公园", "小学", "中学", "学校", "学院", "大学",
	"医院", "大道", "大厦", "市场", "工地", "苑", "路", "街", "巷", "村", "镇", "乡", "桥", "站", "湾", "城", "府", "园",
}

const (
	longestPlace  = 10 // characters, with its end
	shortPlace    = 6
	shortestPlace = 3
	placeShare    = 0.5 // of an issue's letters that must name it
)

// notOfPlaces are characters that names of places do not begin with or have inside: words around them.
const notOfPlaces = "的在是了和与及至到从向于对由就我们你请问有个这那某该位将把被让给去来住旁"

// place is the place that most of an issue's letters name in their titles, or else in their texts; else the most
// frequent district, where most give it. Of several forms the longest that nearly as many use; in texts, which may
// be copies of each other word for word, only short forms are taken for names.
func (f *finder) place(c *centre) string {
	titles, texts, districts := map[string]int{}, map[string]int{}, map[string]int{}
	for _, i := range c.members {
		m := f.messages[i]
		for name := range placesIn(m.Title, longestPlace) {
			titles[name]++
		}
		for name := range placesIn(clip(m.Body, readBody), shortPlace) {
			texts[name]++
		}
		if m.District != "" {
			districts[m.District]++
		}
	}
	for _, named := range []map[string]int{titles, texts} {
		if name := agreed(named, len(c.members)); name != "" {
			return name
		}
	}
	if district := most(districts); districts[district]*2 > len(c.members) {
		return district
	}
	return ""
}

// agreed is the name that enough letters use.
func agreed(named map[string]int, letters int) string {
	largest := 0
	for _, n := range named {
		largest = max(largest, n)
	}
	if float64(largest) < placeShare*float64(letters) || largest < 2 {
		return ""
	}
	best := ""
	for name, n := range named {
		if float64(n) < 0.8*float64(largest) {
			continue
		}
		if cmp.Or(cmp.Compare(len(name), len(best)), cmp.Compare(n, named[best]), cmp.Compare(best, name)) > 0 {
			best = name
		}
	}
	return best
}

// placesIn finds every run of characters that may be the name of a place. Chinese has no spaces: where a name begins
// is told by how many letters have the same run.
func placesIn(text string, longest int) map[string]bool {
	runes := grams.Fold(text).Runes
	found := map[string]bool{}
	for at := range runes {
		for _, end := range placeEnds {
			n := len([]rune(end))
			if at+n > len(runes) || string(runes[at:at+n]) != end {
				continue
			}
			for from := at - 1; from >= 0 && at+n-from <= longest; from-- {
				if !grams.IsWord(runes[from]) || strings.ContainsRune(notOfPlaces, runes[from]) {
					break
				}
				if at+n-from >= shortestPlace {
					found[string(runes[from:at+n])] = true
				}
			}
			break
		}
	}
	return found
}
