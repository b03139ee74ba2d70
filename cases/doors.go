package cases

import "strings"

// Doors are the matters that belong to somebody else by law, in the order in which they press: an emergency
// first. They are codes of [DeclineReasons].
var Doors = []string{"emergency", "court", "discipline", "petition"}

// doorWords are what a letter says that belongs behind another door. Each entry is a set of words that must all
// stand in the letter: one alone would be too little (法院 is also the name of a bus stop). They are chosen so that a
// letter about an ordinary matter is seldom met: whoever is told wrongly loses a moment, and may send all the same.
var doorWords = map[string][][]string{
	"emergency": {
		{"正在着火"},
		{"着火了"},
		{"起火了"},
		{"有人落水"},
		{"要跳楼"},
		{"正在跳楼"},
		{"煤气泄漏"},
		{"燃气泄漏"},
		{"天然气泄漏"},
		{"闻到煤气味"},
		{"正在打人"},
		{"正在行凶"},
		{"持刀"},
		{"被绑架"},
		{"救命"},
		{"生命危险"},
		{"昏迷不醒"},
		{"on fire"},
		{"gas leak"},
		{"is being attacked"},
		{"life-threatening"},
	},
	"court": {
		{"法院", "判决"},
		{"法院", "起诉"},
		{"法院", "执行"},
		{"法院", "上诉"},
		{"法院", "立案"},
		{"法院", "开庭"},
		{"法院", "审理"},
		{"法官"},
		{"检察院"},
		{"劳动仲裁", "裁决"},
		{"仲裁委", "裁决"},
		{"行政复议", "决定书"},
		{"court", "judgment"},
		{"court", "lawsuit"},
		{"court", "appeal"},
	},
	"discipline": {
		{"纪委"},
		{"监委"},
		{"贪污"},
		{"受贿"},
		{"行贿"},
		{"索贿"},
		{"收受", "红包"},
		{"以权谋私"},
		{"吃拿卡要"},
		{"公款吃喝"},
		{"违反八项规定"},
		{"bribe"},
		{"corruption"},
		{"embezzle"},
	},
	"petition": {
		{"信访", "已受理"},
		{"信访", "受理告知"},
		{"信访", "处理意见"},
		{"信访", "复查"},
		{"信访", "复核"},
		{"信访局", "正在"},
		{"petition", "in process"},
		{"petition", "under review"},
	},
}

// Elsewhere says behind which other doors a letter may belong, at most two, so that its writer can be told while
// writing. It never decides anything.
func Elsewhere(title, body string) []string {
	text := strings.ToLower(title + "\n" + body)
	var doors []string
	for _, door := range Doors {
		if len(doors) < 2 && saysAll(text, doorWords[door]) {
			doors = append(doors, door)
		}
	}
	return doors
}

// saysAll tells whether all words of one of the sets stand in the text.
func saysAll(text string, sets [][]string) bool {
	for _, set := range sets {
		all := true
		for _, word := range set {
			all = all && strings.Contains(text, word)
		}
		if all {
			return true
		}
	}
	return false
}
