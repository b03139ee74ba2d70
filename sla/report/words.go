package report

import (
	"cmp"
	"slices"
	"strings"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// word is a text for people, in both languages.
type word struct{ zh, en string }

func (w word) in(lang errs.Lang) string {
	if lang == errs.EN {
		return w.en
	}
	return w.zh
}

// groupingWords are the heads of the first column.
var groupingWords = map[Grouping]word{
	ByNone:       {"合计", "Total"},
	ByDepartment: {"部门", "Department"},
	ByKind:       {"类型", "Kind"},
	ByChannel:    {"渠道", "Channel"},
	ByMonth:      {"月份", "Month"},
	ByTopic:      {"主题分类", "Topic"},
	ByDistrict:   {"区县", "District"},
	ByPolicy:     {"规则版本", "Policy version"},
}

// chosen splits a list with commas between into its words, and gives the first that is not one of
// those there are, as written.
func chosen(list string, known []string) (words []string, unknown string) {
	if list == "" {
		return nil, ""
	}
	for part := range strings.SplitSeq(list, ",") {
		word := strings.TrimSpace(part)
		if !slices.Contains(known, word) {
			return nil, cmp.Or(part, list)
		}
		words = append(words, word)
	}
	return words, ""
}

// named names several words of the domain in a reader's language.
func named(list string, lang errs.Lang, name func(errs.Lang, string) string) string {
	var names []string
	for part := range strings.SplitSeq(list, ",") {
		names = append(names, name(lang, strings.TrimSpace(part)))
	}
	return strings.Join(names, wordComma.in(lang))
}

var (
	wordTotal     = word{"合计", "Total"}
	wordNotRouted = word{"未转办", "Not routed"}
	wordNotStated = word{"未注明", "Not stated"}
	wordComma     = word{"、", ", "}
)

// groupWord is how a group is called in a reader's language; names of departments, topics and districts
// are the city's own and stay as they are.
func groupWord(by Grouping, f *Figures, lang errs.Lang) string {
	switch {
	case by == ByDepartment && f.GroupID == NotRouted:
		return wordNotRouted.in(lang)
	case f.Group == "":
		return wordNotStated.in(lang)
	case by == ByChannel:
		return wording.ChannelName(lang, f.Group)
	case by == ByKind:
		return wording.KindName(lang, f.Group)
	}
	return f.Group
}
