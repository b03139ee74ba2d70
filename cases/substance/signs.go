package substance

import (
	"regexp"

	"mailbox/cases/grams"
)

// only are the signs that a reply does one thing and says nothing beside.
var only = []struct {
	class class
	kind  Kind
}{
	{forwarded, OnlyForwarded}, {told, OnlyTold}, {unreached, OnlyTold}, {elsewhere, OnlyElsewhere}, {refused, OnlyRefused}, {asks, OnlyAsked},
}

// How much a reply that otherwise only forwards may say before that is an answer, in characters of words:
// "已全部退费" is five and says what was done.
const (
	almostNothing = 5
	little        = 10
	some          = 15
)

var (
	done    = regexp.MustCompile(`(?:已|均|全部|现场)?.{0,4}(?:修复|维修|修好|拆除|清理|清除|清运|解决|退款|退费|退还|整改|更换|安装|恢复|发放|办好|办完|撤诉|撤销|处罚|取缔|停工|疏通|开通|供热|热了|亮了|公开|寄送|补发|签订|协调好)`)
	verdict = regexp.MustCompile(`确有|没有|并未|未发现|不需要?|需要|可以|不可|不能|属实|达标|合格|正常|已?完成|有效|违法|合法|正规|(?:\d|[一二两三四五六七八九十半百千万])(?:元|%|年|月|日|天|个|平|米|度|周|小时|万|户|条|次)`)
	// nowhere is elsewhere without a place: whoever is sent there knows no more than before.
	nowhere = regexp.MustCompile(`其[他它]|(?:^|\D)12345(?:$|\D)|相关(?:部门|单位)|有关(?:部门|单位)`)
	praise  = regexp.MustCompile(`表扬|感谢信|点赞|致谢|锦旗|好评|感谢.{0,20}(?:同志|民警|工作人员|师傅|窗口|医生|老师|服务|帮助)`)
)

// empty looks whether anything is left when the stock phrases are taken away.
func (r *reading) empty(asked grams.Text) []Sign {
	var strength float64
	switch {
	case r.left == 0:
		strength = 0.9
	case r.left <= almostNothing:
		strength = 0.7
	case r.left <= little:
		strength = 0.5
	case r.left <= some:
		strength = 0.3
	default:
		return nil
	}
	kind, words := TooShort, 0
	for _, o := range only {
		n := 0
		for _, c := range r.clauses {
			if c.class == o.class {
				n += c.words
			}
		}
		if n > words {
			kind, words = o.kind, n
		}
	}
	if kind == TooShort && (r.left > almostNothing || r.any(says, done) || praise.MatchString(string(asked.Runes))) {
		return nil
	}
	if r.has(refused) && r.has(elsewhere) && !r.has(asks) && !r.any(elsewhere, nowhere) || r.left > 0 && (r.any(says, done) || r.any(says, verdict)) {
		strength = min(strength-0.4, 0.4) // says why not and who instead; or yes, no, when; or what was done
	}
	if strength <= 0 {
		return nil
	}
	return []Sign{{Kind: kind, Strength: strength, Spans: r.spans(kind), Left: r.left}}
}

func (r *reading) has(k class) bool {
	for _, c := range r.clauses {
		if c.class == k {
			return true
		}
	}
	return false
}

// any tells whether a clause of the class has something of the kind in it.
func (r *reading) any(k class, like *regexp.Regexp) bool {
	for _, c := range r.clauses {
		if c.class == k && like.MatchString(string(r.text.Runes[c.from:c.to])) {
			return true
		}
	}
	return false
}

// spans are the passages that make a sign of the kind, neighbours joined.
func (r *reading) spans(kind Kind) []Span {
	var spans []Span
	last := -2
	for i, c := range r.clauses {
		speaks := false
		for _, o := range only {
			speaks = speaks || o.kind == kind && o.class == c.class
		}
		if !speaks {
			continue
		}
		span := Span{r.text.At[c.from], r.text.At[c.to]}
		if last == i-1 {
			spans[len(spans)-1].To = span.To
		} else {
			spans = append(spans, span)
		}
		last = i
	}
	return spans
}

var (
	facts    = regexp.MustCompile(`\d|[一二两三四五六七八九十百千万]+(?:个|名|户|人|次|天|年|月|日|元|米|家|台|处|项|点|套|条|份|层|栋)|核实|核查|查看|查明|经查|现场|调查|检查|检测|监测|测量|维修|修复|抢修|整改|拆除|清理|清运|处罚|责令|安装|更换|下达|立案|退款|退费|退还|约谈|协调|开通|施工|改造|规划|列入|发放|办理了|正规|属于|不属于|取得|具备|未发现|存在|不存在`)
	basis    = regexp.MustCompile(`《|第.{1,6}条|规定|条例|办法|政策|文件|标准|法律|法规|通知|依法|规范|\[\d{4}\]|〔\d{4}〕|【\d{4}】|号文`)
	contact  = regexp.MustCompile(`\d{3,4}[-—]*\d{3,}|\d{3,}\*+|\[(?:电话|手机号)\]|12\d{3}|9\d{4}|电话(?:为|是)?[:]?\d|[路街道巷]\S{0,10}\d+号|窗口|https?:|www\.|网站|网址|公众号|官网|(?:楼|厅|室)\d|地址`)
	wantsLaw = regexp.MustCompile(`依据|根据什么|哪条|法律|法规|规定|政策|合法|违法|合规|违规|标准|文件|条例|是否允许|什么条件|符合条件|补贴|有权`)
)

// lacks names what a reply does without. None of this alone makes it hollow.
func (r *reading) lacks(asked grams.Text, suspect bool) []Sign {
	var signs []Sign
	text := string(r.text.Runes)
	if r.left > 0 && !r.any(says, facts) {
		signs = append(signs, Sign{Kind: NoFact, Strength: 0.3, Left: r.left})
	}
	if wantsLaw.MatchString(string(asked.Runes)) && !basis.MatchString(text) {
		signs = append(signs, Sign{Kind: NoBasis, Strength: 0.2, Left: r.left})
	}
	sent := r.has(elsewhere) || r.has(asks) || suspect && r.has(forwarded)
	if sent && !contact.MatchString(text) {
		signs = append(signs, Sign{Kind: NoContact, Strength: 0.2, Left: r.left, Spans: r.spans(OnlyElsewhere)})
	}
	return signs
}
