package redact

// titles follow a name. Those of high office (书记, 市长) are not among them: who holds one is no secret.
var titles = []string{
	"先生", "女士", "小姐", "老师", "师傅", "经理", "主任", "医生", "大夫", "局长", "科长", "处长", "所长", "校长", "院长", "队长", "警官", "律师",
	"老板", "阿姨", "大爷", "大妈", "教授", "护士", "教练", "同志", "同学", "店长", "组长", "工程师",
}

// wordsAtNames are words that end in what could be a surname: 由于先生 … is about no Mr Yu.
var wordsAtNames = []string{
	"公司", "纪检", "党建室", "卫生", "二手车", "诉讼费", "律师费", "由于", "对于", "关于", "至于", "属于", "等于", "在于", "处于", "终于", "时任", "现任", "前任", "担任", "兼任", "责任", "信任", "历任", "经常", "非常", "正常",
	"提高", "最高", "我方", "对方", "警方", "地方", "官方", "校方", "各方", "资方", "院方", "店方", "甲方", "乙方", "双方", "当时", "及时", "同时", "临时", "按时", "小时", "任何", "如何", "为何",
	"治安", "公安", "保安", "不安", "西安", "物管", "城管", "主管", "监管", "高管", "以及", "全", "村路", "道路", "公路", "马路", "铁路", "汽车", "停车", "公交车", "住房", "门房", "单位",
	"律师", "老师", "医师", "厨师", "大连", "中华", "语文", "作文", "公积金", "资金", "现金", "基金", "奖金", "美容", "公关", "机关", "海关", "有关", "相关", "消费", "收费", "免费", "简单", "名单", "订单", "账单",
	"声明", "证明", "说明", "检查", "调查", "审查", "小单", "了解", "理解", "调解", "讲解", "分项", "事项", "这项", "强项", "入党", "周边", "旁边", "身边", "外商", "厂商", "招商", "工商", "客商", "反应", "响应", "供应", "适应", "对应",
	"龙江", "长江", "完成", "组成", "造成", "已成", "社区", "贵", "教师", "食堂", "数", "千万", "百万", "几万", "严", "钱", "那么", "意向", "方向", "一向", "培训", "学习", "前项", "化石", "宝石", "沙石", "交易", "容易", "贸易",
}

// givenToo are surnames that are as often the last character of a given name.
var givenToo = set("梅明华林江石成康安龙兰英童凌阳盛荣江霞强雷鹏武文国")

// title suggests the name before the title that begins at before: 张先生, 张建国先生. A single surname is enough, and
// what 某 or * has made anonymous is left alone.
func (s *search) title(before, after int) {
	if s.is(after, "信箱") || s.is(after, "办公室") || s.is(after, "热线") || s.is(after, "接待") {
		return
	}
	// The whole name, if something shows where it begins.
	for _, n := range [...]int{4, 3, 2} {
		from := before - n
		k := s.surnameAt(from)
		if k == 0 || n-k < 1 || n-k > 2 || !s.given(from+k, n-k) {
			continue
		}
		if s.surnameAt(before-1) == 0 || s.nameBegins(from) || givenToo[s.rune(before-1)] && !tooCommon[s.rune(from)] {
			if !s.ends(from+1, wordsAtNames...) && !s.wordAt(from) && !s.ends(before, wordsAtNames...) {
				s.add(from, before, Name)
				return
			}
		}
	}
	for _, n := range [...]int{2, 1} {
		from := before - n
		if s.surnameAt(from) == n {
			if !s.ends(before, wordsAtNames...) {
				s.add(from, before, Name)
			}
			return
		}
	}
}

// wordAt tells whether a word that is no name begins at i.
func (s *search) wordAt(i int) bool {
	for _, word := range notNames {
		if s.is(i, word) {
			return true
		}
	}
	return false
}

// nameBegins tells whether a name may begin at i: after a sign, or after a word that stands before names.
func (s *search) nameBegins(i int) bool {
	return !han(s.rune(i-1)) || s.ends(i, "市民", "网友", "居民", "业主", "我叫", "我是", "联系", "村民", "名叫", "同事")
}
