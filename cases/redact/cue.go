package redact

import (
	"strings"
	"unicode/utf8"
)

// cue is a word that announces personal data, and what to do with what follows it.
type cue struct {
	word string
	look func(s *search, before, i int) // before is where the word begins, i where it ends
}

// cuesBy holds the cues by their first character, the longer before the shorter.
var cuesBy = func() map[rune][]cue {
	by := map[rune][]cue{}
	put := func(look func(s *search, before, i int), words string) {
		for _, word := range strings.Fields(words) {
			first, _ := utf8.DecodeRuneInString(word)
			by[first] = append(by[first], cue{word, look})
		}
	}
	put((*search).phoneCue, `电话 手机 联系方式 座机 宅电 致电 拨打 tel phone mobile 手机号 电话号 号码`)
	put((*search).identityCue, `身份证 身份证号 公民身份号码 身份号码`)
	put((*search).paperCue, `护照 通行证 军官证 居住证 驾驶证 驾照 学籍号 社保号 医保号 社会保障号 passport`)
	put((*search).cardCue, `卡号 账号 帐号 银行卡 账户 帐户 户头`)
	put((*search).accountCue, `qq 扣扣 微信 微信号 wechat weixin vx 薇信 威信 v信 加v 支付宝 抖音号 微博号`)
	put((*search).nameCue, `我叫 名叫 姓名 名字叫 联系人 投诉人 举报人 申请人 反映人 来电人 信访人 委托人 收件人 收货人 户名 法人 法人代表 法定代表人 署名 报料人 当事人`)
	put((*search).weakNameCue, `本人 我是 业主 户主 住户 房主 原告 被告 患者 死者 父亲 母亲 丈夫 妻子 老公 老婆 儿子 女儿 村民 市民 家长 学生 职工 房东 车主`)
	put((*search).englishNameCue, `my 'm this mr mrs ms miss dr name`)
	for _, title := range titles {
		first, _ := utf8.DecodeRuneInString(title)
		by[first] = append(by[first], cue{title, (*search).title})
	}
	return by
}()

// cueBits has a bit for each character that begins a cue: asking the map for every character took a third of the time.
var cueBits = func() (bits [1 << 10]uint64) {
	for r := range cuesBy {
		bits[r>>6&1023] |= 1 << (r & 63)
	}
	return bits
}()

func beginsCue(r rune) bool { return cueBits[r>>6&1023]&(1<<(r&63)) != 0 }

// cues looks for every word that announces something.
func (s *search) cues() {
	for i, r := range s.runes {
		if !beginsCue(r) {
			continue
		}
		for _, c := range cuesBy[r] {
			if s.is(i, c.word) {
				c.look(s, i, i+utf8.RuneCountInString(c.word))
			}
		}
	}
}

// linksAtMost bounds what may stand between an announcing word and what it announces.
const linksAtMost = 8

// links gives where the words and signs after i end that lead from a cue to what it announces, as in 号码是：.
func (s *search) links(i int) int {
	return s.skip(i, linksAtMost, "号码是为:： 件证(（=【[\"“\t/")
}

func (s *search) phoneCue(_, i int) { s.localPhone(s.links(i)) }

func (s *search) identityCue(_, i int) {
	s.code(i, Identity, 10)
}

func (s *search) paperCue(_, i int) { s.code(i, OtherID, 6) }

func (s *search) cardCue(before, i int) {
	kind, digits := BankCard, 8
	if s.ends(before, "社保", "医保", "社会保障", "学生", "会员") {
		kind, digits = OtherID, 6
	}
	s.code(i, kind, digits)
}

// longestCode bounds a number with all that stands in it, so that a row of cues is not read again from each.
const longestCode = 40

// code suggests the row of letters and digits after a cue that ends at i, if it has so many digits; with spaces and
// hyphens between them, and what was masked already.
func (s *search) code(i int, kind Kind, digitsAtLeast int) {
	i = s.links(i)
	digits, to := 0, i
	for k := i; k-i <= longestCode; k++ {
		r := s.rune(k)
		if number(r) {
			digits++
		}
		if number(r) || letter(r) || r == '*' {
			to = k + 1
		} else if r != ' ' && r != '-' || k == i || s.rune(k-1) == r {
			break
		}
	}
	for number(s.rune(to)) {
		to++
	}
	if digits >= digitsAtLeast {
		s.add(i, to, kind)
	}
}
