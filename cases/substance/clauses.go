package substance

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mailbox/cases/grams"
)

// class is what a clause of a reply does.
type class int

const (
	says      class = iota // says something of the matter
	courtesy               // salutation, thanks, signature, "your letter has come": says nothing
	closing                // "the writer is content", "this letter is closed": says nothing of the matter either
	topic                  // "as to the question of …": names the matter
	forwarded              // passed on, being handled, wait
	told                   // told on the telephone, in a letter, face to face
	elsewhere              // ask somebody else
	refused                // not ours, cannot
	asks                   // wants something of the writer
	unreached              // the writer could not be reached
)

// clause is a part of the reply between two marks of punctuation.
type clause struct {
	class    class
	from, to int // runes of the folded text
	words    int // characters of words in it
}

// read is a reply taken apart.
type reading struct {
	text    grams.Text
	clauses []clause
	words   int // characters of words in all
	left    int // of these in clauses that say something
}

func read(reply string) *reading {
	r := split(reply, len(phrases))
	r.joinTold()
	for _, c := range r.clauses {
		r.words += c.words
		if c.class == says {
			r.left += c.words
		}
	}
	return r
}

// split takes a reply apart and tells what its clauses do, as far as the first phrases know.
func split(reply string, known int) *reading {
	r := &reading{text: grams.Fold(cut(reply))}
	runes := r.text.Runes
	from := 0
	for i := 0; i <= len(runes); i++ {
		if i < len(runes) && !ends(runes, i) {
			continue
		}
		if i > from {
			r.add(from, i)
		}
		from = i + 1
	}
	for i := range r.clauses {
		// Salutations stand at the head, thanks and telephone numbers at the end. What is between in a long
		// reply says something: ten thousand characters would take a tenth of a second.
		if c := &r.clauses[i]; i < head || i >= len(r.clauses)-head {
			c.class = classify(string(runes[c.from:c.to]), phrases[:known])
		}
	}
	return r
}

// ends tells whether a clause ends at the mark. The marks inside 9:20, 1,500 or http://www.example.cn end none.
func ends(runes []rune, i int) bool {
	switch runes[i] {
	case '。', ';', '!', '?', '…':
		return true
	case ',', ':', '.', ' ':
		ascii := func(at int) bool {
			return at >= 0 && at < len(runes) && runes[at] > ' ' && runes[at] <= unicode.MaxASCII
		}
		return !ascii(i-1) || !ascii(i+1)
	}
	return false
}

func (r *reading) add(from, to int) {
	c := clause{from: from, to: to}
	for _, one := range r.text.Runes[from:to] {
		if grams.IsWord(one) {
			c.words++
		}
	}
	if c.words == 0 {
		return
	}
	r.clauses = append(r.clauses, c)
}

// head is how many clauses at each end of a reply are looked at closely.
const head = 12

// longest is how many characters a clause that only does one of these things has at most: a longer one has
// something to say beside.
const longest = 45

// classify names what a clause does. The order matters: "已电话告知，请向街道反映" is told before it is elsewhere.
func classify(s string, phrases []phrase) class {
	s = lead.ReplaceAllString(s, "")
	if s == "" {
		return courtesy
	}
	if n := len([]rune(s)); n > longest {
		return says
	}
	if number.MatchString(s) {
		return elsewhere
	}
	for _, p := range phrases {
		if strings.ContainsAny(s, p.needs) && p.like.MatchString(s) && (p.unlike == nil || !p.unlike.MatchString(s)) {
			return p.class
		}
	}
	return says
}

// number is a telephone number that stands by itself, masked or not.
var number = regexp.MustCompile(`^[\d*()\-—\[\]]{5,}$|^\[(?:电话|手机号)\]$`)

// lead are words at the head of a clause that say nothing by themselves.
var lead = regexp.MustCompile(`^(?:(?:[一二三四五六七八九十0-9]{1,2}[、.)]|[(（][一二三四五六七八九十0-9][)）])|(?:对此|现将|现|经查|经核实|经核查|经调查|经了解|您好|你好|另|同时|并|且|故|因此|所以|目前|其中|如下|特此))+`)

type phrase struct {
	class  class
	needs  string // one of these characters stands in every such clause: asked first, as expressions are slow
	like   *regexp.Regexp
	unlike *regexp.Regexp // then it is not
}

func re(s string) *regexp.Regexp { return regexp.MustCompile(strings.ReplaceAll(s, "\n", "")) }

// Who a reply speaks of.
const (
	you    = `(?:您|你|诉求人|投诉人|咨询人|咨询者|投诉者|反映人|举报人|当事人|来电人|来信人|写信人|市民|群众|居民|网友|用户|业主|消费者|其|先生|女士|对方|本人|信访人|申诉人|某某)`
	issue  = `(?:问题|诉求|事项|情况|内容|投诉|咨询|留言|来信|信件|诉求件|工单|件|此件|该件|建议|举报|反映|反应|提问|疑问|意见)`
	office = `(?:部门|单位|科室|机构|公司|物业|街道|社区|局|办|处|所|委|中心|政府|平台|法院|公安|学校|机关|站|大队|窗口|银行|厂家|村委会|居委会|开发商)`
)

// phrases are how each thing is said in replies of city offices, tuned on one half of a city's real letters and
// measured on the other (docs/substance.md).
var phrases = []phrase{
	{courtesy, "好敬爱友民悉收阅知", re(`^(?:尊敬的|亲爱的)?.{0,8}(?:网友|市民|诉求人|同志|先生|女士|住户|业主|纳税人|举报人|投诉人|来信人|朋友|家长|用户)?
(?:您好|你好)$|^(?:尊敬的|亲爱的).{1,10}$|^.{0,4}(?:网友|网民|市民)[^已请]{0,10}$|^您好.{0,4}$|^(?:关于)?` + you + `?(?:在.{1,16})?(?:的|所)?(?:反映|咨询|提出|投诉|留言)?的?.{0,12}(?:收悉|已收到|已阅|知悉)$`), nil},
	{courtesy, "谢谅歉祝礼致对解", re(`感谢|谢谢|谅解|理解为盼|深表歉意|表示歉意|请理解|望理解|祝您|祝你|敬礼|^此致|对` + you + `的?(?:关心|支持|关注|理解|监督)`), re(`已|经查|不属于|由|收费|感谢信|请.*提供`)},
	{courtesy, "谢", re(`^(?:非常|十分|再次)?(?:感谢|谢谢)`), nil},
	{courtesy, "务平作如厉贵做尽", re(`(?:提供|提升|做好|改进|搞好).{0,12}(?:服务|水平|工作)$|一如既往|再接再厉|宝贵(?:意见|建议)|应该做的|应尽.{0,4}(?:职责|义务|责任)`), re(`已|收费`)},
	{courtesy, "重答复馈报告释明函情内意特参盼考下迎为以", re(`高度重视|十分重视|非常重视|现?(?:答复|回复|回答|反馈|汇报|报告|解释|说明|函复|函告)(?:意见)?(?:如下|是)?$|^(?:具体)?(?:情况|内容|答复|回复|意见|办理结果|处理结果|办理意见|反馈意见|调查情况|处理情况|办理情况|答)(?:如下|为)?$|^特此|^[为以].{0,6}(?:参考|盼)$|^(?:仅供参考|如下|欢迎.{0,16})$`), re(`已|未|没|电话`)},
	{courtesy, "日局会处府", re(`^.{0,24}(?:局|委员会|街道办事处|办公室|政府|中心|办|委|公司|支队|大队|管委会)?20\d\d年\d{1,2}月\d{1,2}日$|^(?:20\d\d年)?\d{1,2}月\d{1,2}日$|^.{2,12}(?:局|委员会|街道办事处|人民政府|管委会)$`), re(`请|向|由|找|归|属|转|交|已`)},
	{courtesy, "如若诉投反举咨事问工来信留件单第为", re(`^(?:如|若|如果|您若|您如).{0,14}(?:疑问|问题|异议|不清楚|不明白|需要|需求|不明之处)$|(?:接到|收到|接|受理).{0,30}(?:诉求|投诉|反映|举报|咨询|事项|问题|工单|来电|来信|信件|留言|件|单)(?:后|时|之后)?$|^为了?(?:进一步|更好|尽快|便于|及时).{0,20}$|第一时间.{0,12}$`), re(`电话|联系|沟通|告知`)},
	// The courtesies end here: see courtesies.
	{closing, "结满表认无常回反", re(`办结|满意|表示(?:理解|认可|感谢|知晓|同意|接受|知道|清楚)|^` + you + `?(?:表示)?(?:认可|无异议|非常感谢)$|^(?:已|均已)?(?:回访|反馈)(?:完毕)?$`), re(`退|修|拆|停|要求|不满意|不予|协议|调整`)},
	{unreached, "接通联关空停应系话无未式", re(`(?:无人接听|未接听|无法接通|联系不上|打不通|无法(?:取得)?联系|关机|空号|停机|无人应答|未接电话|联系方式(?:不|有误|错误)|电话(?:号码)?(?:不正确|有误|错误|不存在)|无法(?:进行)?(?:回访|反馈|联系|告知)|未能(?:取得)?联系)`), nil},
	{asks, "供写说注补描明完留上填新具分详阐核记以方便不无没缺清笼有限整", re(`(?:请|建议|需要?|麻烦|希望)` + you + `?.{0,14}(?:提供|写清|写明|说明|注明|补充|描述|明确|完善|留下|上传|填写|重新(?:提交|反映|投诉|咨询|填写)|具体问题|分开|详述|阐述|核实后|记录清楚|写详细|完整填写)|^(?:写清|写明|说明|提供|注明).{0,16}|
(?:信息|地址|内容|描述|记录|诉求|材料|表述|问题|单位|区域).{0,6}(?:不详|不全|不完善|不完整|不清|不明|不够|不具体|不是很详细|过于笼统|有限)|(?:无|没有|未写|未提供|缺少).{0,6}(?:具体(?:诉求|地址|内容|问题|位置)|相关信息)|^(?:或|及|和)?您?.{0,8}(?:具体|详细|准确|完整).{0,10}(?:地址|位置|名称|信息|区域)$|^(?:以便|方便|便于).{0,30}$`), re(`身份证|户口本|申请表|办理时|(?:需|须)要?(?:本人|携带|持)|材料$|证明`)},
	{
		told, "知答释通复联说馈话讲流访待代达绍解", re(`(?:电话|致电|来电|微信|短信|当面|口头|邮件|面谈|约谈)?.{0,16}(?:告知|答复|解答|解释|沟通|回复|联系|说明|回电|反馈|通话|讲解|交流|回访|交待|交代|传达|介绍)
(?:了|给|至|过|完毕|清楚|完|好)?(?:予|于)?(?:了)?` + you + `?(?:本人)?(?:了|过|完毕)?
(?:(?:所|提出|咨询|反映|关于|的|其|相关|具体|有关|详细|以上|上述|情况|问题|政策|事宜|进展|规定|办理|流程|内容|结果|处理|调查|疑问|此事|诉求|业务|工作|解释|说明|答复|解答|信息|该|和|及|进行|做了|作了|已|并|于))*$`),
		re(`经营者|商家|物业|公司|负责人|开发商|施工|企业|店|不予(?:答复|受理)|无法|不能|没有|请|建议|异议|暂|期限`),
	},
	{
		told, "知答释通复联说馈话讲流解", re(`(?:已|经|与|和|同|向|给|对|为|通过).{0,24}(?:电话)?(?:联系|沟通|解答|解释|告知|答复|回复|说明|取得联系|取得电话联系|通话|讲解|交流)(?:(?:了|过|完毕|说明|解释|答复|情况|解答|清楚)*)$|^(?:已|均已)?(?:解答|答复|回复|告知|沟通)(?:完毕)?$|^(?:并|已经?)?(?:为|向|对|给)?` + you + `?(?:进行|做|作)?(?:了)?详细(?:的)?(?:解答|解释|说明|告知|答复|讲解).{0,24}$|(?:已|已经)详细(?:为|向|给).{1,8}(?:解答|解释|说明|讲解).{0,24}$`),
		re(`经营者|商家|物业|公司|负责人|开发商|施工|企业|店|无法|请`),
	},
	{told, "同答复释知明理附查收邮致给解箱寄送达政规", re(`^同(?:上|前|G?\d+)|(?:上次|此前|之前|前期|以前|曾经?|多次|同类|相同问题).{0,16}(?:答复|回复|解释|告知|解答|说明|处理)过?.{0,4}$|(?:答复|回复).{0,6}(?:同上|见附件|同前)|见附件|^(?:并)?(?:向其)?解释了?.{0,16}(?:政策|规定|流程|情况)$|已将.{0,16}(?:信息|材料|文件|答复|资料|政策|情况|回复).{0,16}(?:邮箱|邮寄|寄送|发送|告知|致电|反馈|给您|交给).{0,10}$|请(?:查看|参见|见|参照|查收|注意查收).{0,10}(?:附件|答复|回复|邮件|查收)|注意查收|请查收`), nil},
	{refused, "不非无没重决了致相次", re(`(?:不|非)(?:在|属于|属|是|归|由).{0,26}(?:范围|范畴|职责|职能|管辖|权限|管理|负责|受理|承办单位|业务|解释|派单)|无法(?:受理|处理|派单|分拨|分转|流转|解决|办理|答复|解答|回答|转办|派发|回复)|(?:不予|不能|不再)(?:进行|重复)?(?:受理|答复|回复|处理|解决|办理|派单)|(?:无权|没有权限|无管辖权|没有管理权|没有执法权|无执法权|解决不了|处理不了|管不了|办不了|解答不了|维修不了|暂不能|暂无法)|重复(?:投诉|诉求|信件|件|反映|工单|提交|留言)|(?:工单|内容|件|反映|投诉|诉求|问题|\d)重复|内容(?:一致|相同)|(?:已经|属于?|同一问题)多次(?:投诉|反映)`), re(`补贴|停车|购房`)},
	{topic, "映询诉出到报述注言应要求关针对", re(`^(?:关于|针对|对于|就|对)?` + you + `?(?:所|在|对|提出|来信|来电)?.{0,30}?(?:反映|咨询|投诉|提出|提到|举报|诉求|所述|关注|留言|反应|所提|要求)(?:的|中)?.{0,24}?` + issue + `$|^(?:关于|针对|对于).{1,36}` + issue + `?$`), re(`已|不|无|未|属|经|转|建议|向|解答|解释|说明`)},
	{forwarded, "转交拨派报提责达馈流录建反映勿相同受", re(`(?:已|现已|将|予以|正在|并|依法|及时|立即)?.{0,16}(?:转|转交|转办|转给|移交|转至|交由|交办|分拨|派单|派发|转发|反馈给|反映给|上报|提交|责成|报送|转达|反馈至|反馈到|流转|记录反映).{0,26}(?:处理|办理|调查|解决|部门|核实|查处|落实|跟进|研究|答复|回复|单位|领导|上级|局|办|处|科|中心|街道|公司|政府|执法队|大队|社区)(?:进行)?(?:处理|办理|调查|核实|了之)?$|请?勿重复|(?:问题|诉求|内容|投诉)(?:与.{0,20})?相同|(?:相同|同一|同样)(?:的)?(?:诉求|投诉|工单|问题|内容|件).{0,16}$|已经?受理$|(?:已|经)?(?:已经)?(?:记录|分拨|转办|派单|转发|上报)(?:反映|处理|相关内容)?$|作为建议|(?:向|给).{1,12}(?:领导|部门)反映$`), re(`已(?:修|拆|清|整改|完成|恢复)|没有|未|不用|计划|建议您|请您|请向`)},
	{forwarded, "等关留在将会续快紧时极取步受立收接登记备知有争进请望", re(`(?:请|须|需|望|只能|敬请|建议)?.{0,6}(?:耐心)?等待|耐心等|等候|^(?:敬)?请(?:您)?(?:随时|持续|及时)?(?:关注|留意)|(?:正在|正|尚在|还在|在)(?:进一步|积极|抓紧|依法)?(?:办理|处理|调查|核实|研究|协调|受理|跟进|解决|沟通|督办|落实|走程序)(?:处理)?(?:当中|之中|过程中|中|此事|该问题)?$|(?:将|会|后续|继续|尽快|抓紧|及时|积极|争取|进一步).{0,20}(?:处理|关注|跟进|解决|核实|调查|研究|落实|协调|答复|回复|反馈|联系|改进|督促|考虑|办理|跟踪|沟通|完善|了解)(?:您|此事|该问题|相关问题|问题|情况|工作|结果|进展)?$|^(?:已|正式)?(?:受理|立案|收件|接件|登记|记录|备案|知悉|受理完毕)$|我们会.{0,20}$|有(?:结果|消息|进展).{0,6}(?:通知|告知|反馈|联系).{0,4}$|^(?:待|等).{1,20}(?:后|结果|通知|时)(?:再|才能|才)?.{0,12}$`), re(`^20\d\d年|\d月|计划`)},
	{elsewhere, "请建可应需须迎望或详电热地网联咨投举办监服", re(`(?:请|建议|可以|可|应|需|须|欢迎|烦请|望|您可|还请|应当|或).{0,30}(?:咨询|询问|质询|联系|反映|投诉|举报|查询|了解|查看|查阅|登录|登陆|拨打|来电|致电|求助|协商|探讨|起诉|诉讼|申请仲裁|报案|报警|法律途径|司法途径|法律程序|司法程序|关注|前往|到现场|面谈|解决|受理|答复|为准)|详(?:见|询|情)|^(?:咨询|联系|热线|办公|监督|投诉|举报|服务)?(?:电话|热线|地址|网址|网站|联系人|联系方式)`), re(`携带|持.{0,6}身份证|工作日内|即可|属实`)},
	{elsewhere, "向到由与去找通直法司进访", re(`(?:向|到|由|与|去|找|通过|直接).{1,24}` + office + `.{0,10}(?:咨询|反映|投诉|举报|查询|了解|处理|解决|联系|受理|申请|协商|负责)$|法律途径|司法途径|进入.{0,6}信访程序|信访系统`), re(`已(?:由|与|和|解决)|^经|于`)},
}

// courtesies is how many of the phrases are courtesies: to compare two replies no more is needed.
var courtesies = slices.IndexFunc(phrases, func(p phrase) bool { return p.class != courtesy })

// joinTold makes one of "通过电话，详细解答咨询人提出的问题": what leads to a clause that tells of a talk is part of it.
func (r *reading) joinTold() {
	for i := range r.clauses {
		c := &r.clauses[i]
		if c.class != says || c.words > 24 {
			continue
		}
		next := says
		if i+1 < len(r.clauses) {
			next = r.clauses[i+1].class
		}
		s := string(r.text.Runes[c.from:c.to])
		if (next == told || next == unreached || next == closing) && ledToTalk.MatchString(s) {
			c.class = next
		}
	}
}

var ledToTalk = regexp.MustCompile(`(?:电话|致电|联系|工作人员|执法人员|来电|沟通|20\d\d年|\d{1,2}月\d{1,2}日|\d:\d\d|[上下]午|接件|拨打)[^,]{0,18}$`)
