package report

import (
	"cmp"
	"strings"

	"mailbox/cases/errs"
)

// word is a text for people, in both languages.
type word struct{ zh, en string }

func (w word) in(lang errs.Lang) string {
	if lang == errs.EN {
		return w.en
	}
	return w.zh
}

// keyed is a word for a key, and vocabulary several of them in the order in which they are named.
type (
	keyed struct {
		key string
		word
	}
	vocabulary []keyed
)

// of gives the word for a key, nil when there is none.
func (v vocabulary) of(key string) *word {
	for i := range v {
		if v[i].key == key {
			return &v[i].word
		}
	}
	return nil
}

// choose splits a list with commas between into its keys, and gives the first that is not one, as written.
func (v vocabulary) choose(list string) (keys []string, unknown string) {
	if list == "" {
		return nil, ""
	}
	for part := range strings.SplitSeq(list, ",") {
		key := strings.TrimSpace(part)
		if v.of(key) == nil {
			return nil, cmp.Or(part, list)
		}
		keys = append(keys, key)
	}
	return keys, ""
}

// line names several keys in a reader's language.
func (v vocabulary) line(keys string, lang errs.Lang) string {
	var names []string
	for key := range strings.SplitSeq(keys, ",") {
		if w := v.of(strings.TrimSpace(key)); w != nil {
			names = append(names, w.in(lang))
		}
	}
	return strings.Join(names, wordComma.in(lang))
}

func (v vocabulary) keys() []string {
	keys := make([]string, len(v))
	for i := range v {
		keys[i] = v[i].key
	}
	return keys
}

// channelWords and kindWords are complete: a filter that is not among them is refused.
var (
	channelWords = vocabulary{
		{"mailbox", word{"市长信箱", "Mayor's mailbox"}},
		{"consult", word{"咨询投诉", "Consultation and complaint"}},
		{"message", word{"网友留言", "Netizen message"}},
		{"site_error", word{"网站找错", "Site error"}},
		{"email", word{"电子邮件", "E-mail"}},
		{"hotline", word{"12345热线", "12345 hotline"}},
		{"wechat", word{"微信", "WeChat"}},
		{"import", word{"导入", "Import"}},
	}
	kindWords = vocabulary{
		{"consultation", word{"咨询", "Consultation"}},
		{"complaint", word{"投诉", "Complaint"}},
		{"suggestion", word{"建议", "Suggestion"}},
		{"help", word{"求助", "Help"}},
		{"tipoff", word{"举报", "Tip-off"}},
		{"praise", word{"表扬", "Praise"}},
		{"unspecified", word{"未分类", "Unspecified"}},
	}
	groupingWords = vocabulary{
		{string(ByNone), word{"合计", "Total"}},
		{string(ByDepartment), word{"部门", "Department"}},
		{string(ByKind), word{"类型", "Kind"}},
		{string(ByChannel), word{"渠道", "Channel"}},
		{string(ByMonth), word{"月份", "Month"}},
		{string(ByTopic), word{"主题分类", "Topic"}},
		{string(ByDistrict), word{"区县", "District"}},
	}
)

var (
	wordTotal     = word{"合计", "Total"}
	wordNotRouted = word{"未转办", "Not routed"}
	wordNotStated = word{"未注明", "Not stated"}
	wordComma     = word{"、", ", "}
)

// groupWord is how a group is called in a reader's language; names of departments, topics and districts
// are the city's own and stay as they are.
func groupWord(by Grouping, f *Figures, lang errs.Lang) string {
	var w *word
	switch {
	case by == ByDepartment && f.GroupID == NotRouted:
		w = &wordNotRouted
	case by == ByChannel:
		w = channelWords.of(f.Group)
	case by == ByKind:
		w = kindWords.of(f.Group)
	}
	switch {
	case w != nil:
		return w.in(lang)
	case f.Group == "":
		return wordNotStated.in(lang)
	}
	return f.Group
}
