package redact

import "strings"

// surnames are the common ones; those that are common words as well (于, 和, 时 …) are held back by [notNames] and
// [wordsAtNames] where they would do harm.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金" +
	"石戴贾韦夏邱方侯邹熊孟秦白江阎薛闫尹段雷黎史龙陶贺顾毛郝龚邵万钱严赖覃武洪莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦" +
	"俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚" +
	"岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝竺储亓匡戈" // 和、有、支、来 are words far more often

// compoundSurnames have two characters.
var compoundSurnames = []string{
	"欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "司空", "东方", "南宫", "长孙", "宇文", "端木", "独孤", "拓跋", "轩辕", "呼延", "赫连", "澹台", "钟离", "闻人",
}

var (
	surname   = set(surnames)
	notGiven  = set("的了在是有没不被也和与及或就都而这那此其我你他她它们个些年月日号楼区市县省镇乡村路街已将对从把向于以为要能会可又再还请说让给去到着过吗呢吧啊么很者所之来后前时某问您什怎姓等店班务总")
	tooCommon = set("于时任何曾常高方安万严白全向成应单路车房管解师连关费党边明查时商易项包解尚华文武金钱江申左古农阳")
)

// set makes a set of characters that is asked in one step.
func set(chars string) map[rune]bool {
	m := make(map[rune]bool, len(chars)/3)
	for _, r := range chars {
		m[r] = true
	}
	return m
}

// surnameAt gives how many characters from i on are a surname, 0 if none.
func (s *search) surnameAt(i int) int {
	r := s.rune(i)
	if !han(r) {
		return 0
	}
	for _, word := range compoundSurnames {
		if s.is(i, word) {
			return 2
		}
	}
	if surname[r] {
		return 1
	}
	return 0
}

// given tells whether n characters from i on may be a given name.
func (s *search) given(i, n int) bool {
	for k := i; k < i+n; k++ {
		if r := s.rune(k); !han(r) || notGiven[r] {
			return false
		}
	}
	return true
}

// notNames begin like names and are none.
var notNames = strings.Fields(`陈述 纪检 党建 卫生 万余 兰西 宁愿 麻烦 向店 园林 林业 梁山 谢谢 高兴 何时 何处 何地 何况 何人 何种 方便 方面 安全 安排 安装 任何 任务 常常 常年 成为 成立 应该 应当 单位 单独 路过 车辆 车位
	房子 房屋 房产 管理 解决 解释 关于 关注 费用 明白 明确 明年 查询 查实 全部 全体 全家 万分 严重 严格 文明 文件 金额 钱款 向上 左右 白天 家长 易于 高度 包括 尚未
	石化 曾经 连续 温馨 盛世 阳光 金地 华润 东方 安置 应聘 单身 余生 成都 江苏 马上 黄金 田地 孙子 孙女 祝福 祝好 祝愿 游客 项目 司机 农民 师傅 古城 路人 
	康复 程序 段时 毕业 景区 商户 商家 边上 计划 季度 陆续 万元 章程 施工 温度 洪水 雷电 白色 夏天 夏季 汤水 牛奶 方案 时间 时候 强烈 关系 华人 国家 明显 
	党员 党委 宫颈 高中 高考 高速 高新 高铁 万科 保利 文化 武汉 常住 常务 常德 沙河 连云 辛苦 平安 敬礼 盼复 房东 房主 农村 农业 农户 居民 查看 单元 车主 车库 车间 向贵 向市 向有 解答 
	明文 应急 全面 全程 全国 全市 全额 全款 成功 万一 高层 高价 高额 金融 钱财 江边 申请 申诉 左边 包工 包庇 尚有 华为 武装 管道 管辖`)

// name gives where the name at i ends, 0 if there is none: a surname and one or two characters. A name of three is
// preferred if something ends it; sure tells that a word before has announced a name, so that nothing has to.
func (s *search) name(i int, sure bool) int {
	n := s.surnameAt(i)
	if n == 0 {
		return 0
	}
	for _, word := range notNames {
		if s.is(i, word) {
			return 0
		}
	}
	if !sure && n == 1 && tooCommon[s.rune(i)] {
		return 0
	}
	for _, more := range [...]int{2, 1} {
		if s.given(i+n, more) && s.nameEnds(i+n+more) {
			return i + n + more
		}
	}
	if sure && s.given(i+n, 2) {
		return i + n + 2
	}
	return 0
}

// afterNames are words that follow a name.
var afterNames = strings.Fields(`是 电话 手机 联系 身份证 性别 住 系 于 现 今年 男 女 家住 的 在 和 与 及 今 因 我 为 称 年龄 出生 先生 女士 老师 同志 等 向 反映 投诉 来电 实名 身份 号码 户 微信 地址`)

// nameEnds tells whether a name may end before i.
func (s *search) nameEnds(i int) bool {
	r := s.rune(i)
	if !han(r) {
		return r != '*' && r != 'x'
	}
	for _, word := range afterNames {
		if s.is(i, word) {
			return true
		}
	}
	return false
}
