package alike

import (
	"slices"

	"mailbox/cases/grams"
)

// stock are phrases with which letters to a city greet, ask, hope and thank. They say nothing of the matter. Later
// the counts know that as well; on the first day this list is all there is.
var stock = byFirst(
	"您好", "你好", "大家好", "尊敬的", "敬爱的", "亲爱的", "领导好", "冒昧打扰", "打扰了", "百忙之中", "来信收悉",
	"请问", "请问一下", "咨询一下", "想咨询", "我想咨询", "我想问", "想问一下", "问一下", "麻烦问", "是不是", "能不能", "可不可以",
	"怎么办", "为什么", "什么时候", "到底", "究竟",
	"反映一下", "向您反映", "向你反映", "反映问题", "反映的问题", "情况如下", "具体情况", "事情经过", "如下",
	"希望领导", "恳请领导", "请领导", "望领导", "请求领导", "恳求领导", "有关部门", "相关部门", "有关领导", "相关领导", "上级领导",
	"各级领导", "各位领导", "领导们", "高度重视", "引起重视", "予以重视", "重视起来", "尽快解决", "尽快处理", "及时处理", "及时解决",
	"给予解决", "予以解决", "给予答复", "予以答复", "尽快答复", "尽快回复", "给予回复", "予以回复", "给个说法", "给个答复",
	"给一个说法", "为民做主", "解决问题", "处理一下", "解决一下", "核实处理", "调查处理", "查处", "给予支持",
	"多次反映", "一直没有", "至今没有", "没有解决", "得不到解决", "没人管", "无人管", "老百姓", "人民群众",
	"谢谢", "感谢", "非常感谢", "万分感谢", "多谢", "此致", "敬礼", "盼复", "盼回复", "急盼", "等待回复", "期待回复", "期待您的回复", "拜托",
	"市长", "书记", "区长", "县长", "局长", "主任", "领导", "市政府", "人民政府", "政府部门", "职能部门", "主管部门", "市长信箱",
)

// hollowRunes stand in every letter: a run of characters with one of them is part of no name and no matter.
var hollowRunes = func() map[rune]bool {
	set := map[rune]bool{}
	for _, r := range "的了是在我你您他她它们这那哪个和与及或也都就不没有无很更最还又再才只把被让给对向从到于以为之而且但却因所如若则即" +
		"吗呢吧啊呀么什怎能会可要想请说问去来着过将已曾正其此该某些每各两一二三几多少大家" {
		set[r] = true
	}
	return set
}()

func byFirst(phrases ...string) map[rune][][]rune {
	by := map[rune][][]rune{}
	for _, p := range phrases {
		r := []rune(p)
		by[r[0]] = append(by[r[0]], r)
	}
	return by
}

// inStock marks the characters of a folded text that stand in a stock phrase.
func inStock(t grams.Text) []bool {
	marked := make([]bool, len(t.Runes))
	for i, r := range t.Runes {
		for _, p := range stock[r] {
			if len(p) <= len(t.Runes)-i && slices.Equal(t.Runes[i:i+len(p)], p) {
				for j := range p {
					marked[i+j] = true
				}
			}
		}
	}
	return marked
}
