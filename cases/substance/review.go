package substance

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/grams"
)

// Aspect is something that a reviewer looks for in a reply.
type Aspect string

// The aspects of a whole answer.
const (
	OnMatter Aspect = "on_matter" // it speaks of what the letter is about
	Found    Aspect = "found"     // what was found out: checked, dated, measured
	Basis    Aspect = "basis"     // by which rule
	Action   Aspect = "action"    // what was done
	NextStep Aspect = "next_step" // what follows
	Reach    Aspect = "reach"     // whom to telephone
)

// Aspects lists them in the order in which they are shown.
var Aspects = []Aspect{OnMatter, Found, Basis, Action, NextStep, Reach}

// Finding is what a reply has of an aspect.
type Finding struct {
	Aspect Aspect
	Spans  []Span // passages of the reply, the first few; none: nothing was found
}

// spansShown is how many passages of an aspect are given.
const spansShown = 2

// How each aspect is known in a clause. What is to come is no deed that was done, and no rule is a fact.
var (
	byRule  = regexp.MustCompile(`《[^》]{2,40}》|第[一二三四五六七八九十百零\d]{1,6}条|(?:根据|依据|按照|依照|按).{0,20}(?:规定|条例|办法|标准|政策|文件|通知|规范|细则|方案|目录|法)|[\[〔【(]\d{4}[\]〕】)]\d+号|依法|国家标准|(?:政策|法律|法规|有关)规定`)
	looked  = regexp.MustCompile(`\d|核实|核查|查看|查明|经查|现场|调查|检查|检测|监测|测量|走访|比对|不?属于|不?具备|未发现|不?存在|系因?|导致|造成|原因|属实|未(?:办理|取得|经|依法|按)|[一二两三四五六七八九十百千万]+(?:个|名|户|人|次|天|元|米|家|台|处|平)`)
	acted   = regexp.MustCompile(`(?:已|现已|均已|当[日天晚]|立即|随即|第一时间|先后).{0,16}(?:维修|修复|抢修|更换|清理|清运|清洗|拆除|整改|处罚|罚款|立案|责令|约谈|退|补发|疏通|消毒|安装|移除|恢复|查处|取缔|查封|下达|协调|督促|检修|开展|组织|派|调整|核减|抵扣|办理|办结|完成|解决|开通|联系|告知|移交|列入|增设|施划|铺设|加固|停工|送达|登记|通报|增加|改造|召开)|(?:责令|约谈|处罚|下达|更换|拆除|清运|清理|维修|疏通|整改|退还|退款|安装|增派|加装)了?.{0,12}(?:完毕|到位|通知书|决定书|完成)`)
	coming  = regexp.MustCompile(`下一?步|接下来|后续|今后|预计|计划|拟于?|力争|争取|确保|之前完成|[月年周]底前|日前完成|将(?:于|在|会|继续|进一步|加强|尽快|安排|组织|对|按|把|持续|定期|提前|督促|协调|列入|派|联合|启动|开展)|(?:继续|持续|进一步)(?:加强|跟踪|督促|做好|推进|加大|巡查|关注)|列入.{0,10}计划|跟踪|回访`)
	dialled = regexp.MustCompile(`(?:^|\D)((?:0\d{2,3}-?)[2-9]\d{6,7}|[2-9]\d{6,7}|1[3-9]\d{9}|12\d{3}|9[56]\d{3})(?:\D|$)`)
	dated   = regexp.MustCompile(`^20\d{6}$`) // a day or the head of a case number, and no telephone
)

// Review says what of an answer a reply has: one finding for each of Aspects, in their order. Like the signs it is a
// help for whoever writes or reviews, and never a verdict: a good answer to a question may need no deed.
func Review(l Letter, reply string) []Finding {
	r := read(reply)
	findings := make([]Finding, 0, len(Aspects))
	for _, a := range Aspects {
		var spans []Span
		switch a {
		case OnMatter:
			spans = r.onMatter(l, reply)
		case Found:
			spans = r.clausesLike(func(s string) bool {
				return looked.MatchString(dialled.ReplaceAllString(byRule.ReplaceAllString(s, ""), "")) && !coming.MatchString(s)
			})
		case Basis:
			spans = r.clausesLike(byRule.MatchString)
		case Action:
			spans = r.clausesLike(func(s string) bool { return acted.MatchString(s) && !coming.MatchString(s) })
		case NextStep:
			spans = r.clausesLike(coming.MatchString)
		case Reach:
			spans = r.numbers()
		}
		findings = append(findings, Finding{a, spans[:min(len(spans), spansShown)]})
	}
	return findings
}

// clausesLike are the clauses that say something of the matter and are so.
func (r *reading) clausesLike(like func(string) bool) []Span {
	var spans []Span
	for _, c := range r.clauses {
		if c.class != courtesy && c.class != closing && c.class != topic && like(string(r.text.Runes[c.from:c.to])) {
			spans = append(spans, Span{r.text.At[c.from], r.text.At[c.to]})
		}
	}
	return spans
}

// numbers are the telephone numbers of the reply, wherever they stand: they are part of a courteous end, too.
func (r *reading) numbers() []Span {
	var spans []Span
	text := string(r.text.Runes)
	for at := 0; at < len(text); {
		m := dialled.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		from, to := at+m[2], at+m[3]
		at = to
		if dated.MatchString(text[from:to]) {
			continue
		}
		first := utf8.RuneCountInString(text[:from])
		spans = append(spans, Span{r.text.At[first], r.text.At[first+utf8.RuneCountInString(text[from:to])]})
	}
	return spans
}

// onMatter are the words that reply and letter share; none where a reply says nothing beside.
func (r *reading) onMatter(l Letter, reply string) []Span {
	if r.left <= almostNothing {
		return nil
	}
	counts := new(grams.Counts)
	words := alike.Read("", cut(reply), counts).Shared(alike.Read(cut(l.Title), cut(l.Body), counts), 20)
	var spans []Span
	for _, w := range words {
		if utf8.RuneCountInString(w.Text) < 2 || everyday.MatchString(w.Text) {
			continue
		}
		for _, s := range w.Spans[:1] {
			spans = append(spans, Span{s.From, s.To})
		}
	}
	return spans
}

// everyday are words that stand in every letter and every reply.
var everyday = regexp.MustCompile(`^(?:您好|你好|尊敬|反映|问题|情况|领导|市长|有关|相关|部门|请问|希望|谢谢|感谢|来信|我们|我们的|什么|没有|可以|进行|处理|工作|解决|尽快|现在|已经|的问题|反映的|一个|单位)$`)

type aspectWords struct{ name, missing word }

var aspects = map[Aspect]aspectWords{
	OnMatter: {word{"针对来信", "speaks of the matter"}, word{"请针对来信所提的事项逐项答复", "please answer what the letter is about, point by point"}},
	Found:    {word{"核实情况", "says what was found"}, word{"请写明核实的时间和查明的情况", "please say when it was looked into and what was found"}},
	Basis:    {word{"依据", "names the rule"}, word{"请写明所依据的规定或文件", "please name the rule or document it rests on"}},
	Action:   {word{"办理结果", "says what was done"}, word{"请写明已采取的措施和办理结果", "please say what was done and with what result"}},
	NextStep: {word{"下一步", "says what follows"}, word{"请写明下一步安排和完成时间", "please say what comes next and by when"}},
	Reach:    {word{"联系电话", "gives a telephone number"}, word{"请留下承办人或单位的联系电话", "please give a telephone number to ask at"}},
}

// Name names an aspect.
func (a Aspect) Name(lang errs.Lang) string { return aspects[a].name.in(lang) }

// Missing asks for what a reply does not have.
func (a Aspect) Missing(lang errs.Lang) string { return aspects[a].missing.in(lang) }

// Words are the passages that were found, as the reply has them.
func (f Finding) Words(reply string) []string {
	var words []string
	for _, s := range f.Spans {
		if 0 <= s.From && s.From < s.To && s.To <= len(reply) {
			words = append(words, strings.TrimSpace(reply[s.From:s.To]))
		}
	}
	return slices.Compact(words)
}
