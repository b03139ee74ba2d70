package redact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// All people, numbers and addresses here are invented; check digits are computed.

// identityOf makes 17 digits a valid identity number.
func identityOf(digits string) string {
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(digits[i]-'0') * weight
	}
	return digits + string("10X98765432"[sum%11])
}

// cardOf adds Luhn's check digit.
func cardOf(digits string) string {
	sum := 0
	for i := range len(digits) {
		v := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			v = v*2/10 + v*2%10
		}
		sum += v
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

// wrongEnd changes the last digit of a number.
func wrongEnd(number string) string {
	last := number[len(number)-1]
	if last == 'X' {
		last = '4'
	}
	return number[:len(number)-1] + string('0'+(last-'0'+1)%10)
}

// found gives what Find suggests, as "kind text".
func found(text string, known Known) []string {
	var all []string
	for _, span := range Find(text, known) {
		all = append(all, string(span.Kind)+" "+text[span.Start:span.End])
	}
	return all
}

type fact struct {
	name, text string
	want       []string
}

func look(t *testing.T, facts []fact, known Known) {
	t.Helper()
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(f.want, found(f.text, known)); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", f.text, diff)
			}
		})
	}
}

func TestTelephoneNumbersAreFoundInEveryShapeAndPublicOnesStay(t *testing.T) {
	t.Parallel()
	look(t, []fact{
		{"a mobile number", "请回电13812345678谢谢", []string{"phone 13812345678"}},
		{"grouped with spaces", "请回电138 1234 5678。", []string{"phone 138 1234 5678"}},
		{"grouped with hyphens and dots", "138-1234-5678或139.1234.5678", []string{"phone 138-1234-5678", "phone 139.1234.5678"}},
		{"with the country's code", "+86 13812345678、008613812345678", []string{"phone +86 13812345678", "phone 008613812345678"}},
		{"in brackets", "(+86)138-1234-5678", []string{"phone (+86)138-1234-5678"}},
		{"in full width", "１３８１２３４５６７８", []string{"phone １３８１２３４５６７８"}},
		{"in Chinese digits", "一三八一二三四五六七八", []string{"phone 一三八一二三四五六七八"}},
		{"with 幺 and mixed", "幺3八1二3四5六7八", []string{"phone 幺3八1二3四5六7八"}},
		{"in circles", "①③⑧①②③④⑤⑥⑦⑧", []string{"phone ①③⑧①②③④⑤⑥⑦⑧"}},
		{"with invisible characters", "138\u200b1234\u20605678", []string{"phone 138\u200b1234\u20605678"}},
		{"as keycaps", "1️⃣38️⃣12345678", []string{"phone 1️⃣38️⃣12345678"}},
		{"after the number of a list", "①13812345678", []string{"phone 13812345678"}},
		{"before a word that begins with a digit", "13812345678一直没人接", []string{"phone 13812345678"}},
		{"two side by side", "13812345678 13912345678", []string{"phone 13812345678", "phone 13912345678"}},
		{"一 as a dash", "138一1234一5678", []string{"phone 138一1234一5678"}},
		{"a land line", "家里0411-83631234", []string{"phone 0411-83631234"}},
		{"a land line in brackets with an extension", "（010）62345678-801", []string{"phone （010）62345678-801"}},
		{"a local number after its word", "我的电话：83631234", []string{"phone 83631234"}},
		{"a public land line stays", "咨询电话：0411-83631234，0411-83635678", nil},
		{"but a mobile number never does", "举报电话13812345678", []string{"phone 13812345678"}},
		{"400 and 800 stay", "客服电话400-810-1234、8008201234", nil},
		{"short numbers stay", "拨打110、12345、12315都没用", nil},
		{"dates and amounts stay", "2018年10月12日交了13800元，2019-05-06 12:30", nil},
		{"a long order number stays", "工单号20180705138123456", nil},
	}, Known{})
}

func TestIdentityNumbersAndCardsAreFound(t *testing.T) {
	t.Parallel()
	id, ending := identityOf("21020219880305123"), ""
	for n := 100; ending == ""; n++ {
		if full := identityOf("21020219880305" + string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})); strings.HasSuffix(full, "X") {
			ending = full
		}
	}
	union, four := cardOf("622202340000123456"), cardOf("411111234567890")
	look(t, []fact{
		{"18 characters", "证件" + id + "。", []string{"identity " + id}},
		{"with X", ending, []string{"identity " + ending}},
		{"with a small x after a space", ending[:17] + " x，", []string{"identity " + ending[:17] + " x"}},
		{"grouped", id[:6] + " " + id[6:14] + " " + id[14:], []string{"identity " + id[:6] + " " + id[6:14] + " " + id[14:]}},
		{"15 digits", "旧证210202880305123", []string{"identity 210202880305123"}},
		{"mistyped", wrongEnd(id), []string{"identity " + wrongEnd(id)}},
		{"impossible, but after its word", "身份证号码：991234567890123456", []string{"identity 991234567890123456"}},
		{"impossible and alone", "991234567890123456", nil},
		{"UnionPay", "打到" + union, []string{"bank_card " + union}},
		{"grouped by four", four[:4] + " " + four[4:8] + "-" + four[8:12] + " " + four[12:], []string{"bank_card " + four[:4] + " " + four[4:8] + "-" + four[8:12] + " " + four[12:]}},
		{"without the check digit", wrongEnd(union), nil},
		{"any number after its word", "账号：1234567890", []string{"bank_card 1234567890"}},
		{"an amount after its word stays", "账户余额500元", nil},
	}, Known{})
}

func TestPlatesMailAndAccountsAreFound(t *testing.T) {
	t.Parallel()
	look(t, []fact{
		{"a plate", "辽B12A34违停", []string{"plate 辽B12A34"}},
		{"with a dot", "车牌辽B·12A34", []string{"plate 辽B·12A34"}},
		{"of a new-energy car", "粤BD12345", []string{"plate 粤BD12345"}},
		{"in full width and small", "京ａ１２３４５", []string{"plate 京ａ１２３４５"}},
		{"of a learner and a trailer", "辽B1234学、鲁A1234挂", []string{"plate 辽B1234学", "plate 鲁A1234挂"}},
		{"I and O are in none", "辽B12I45", nil},
		{"a brand is none", "新APPLE手机", nil},
		{"e-mail", "写信到Zhang.San@example.com。", []string{"email Zhang.San@example.com"}},
		{"e-mail in full width with spaces", "zhangsan ＠ example．ｃｏｍ", []string{"email zhangsan ＠ example．ｃｏｍ"}},
		{"an @ without a domain", "@市政府 请处理", nil},
		{"QQ", "QQ：123456789", []string{"other_id 123456789"}},
		{"WeChat", "微信号是abc_def12", []string{"other_id abc_def12"}},
		{"WeChat as a word", "用微信iPhone版付款，加微信群", nil},
		{"a passport", "护照E12345678", []string{"other_id E12345678"}},
	}, Known{})
}

func TestHomesAreFoundAndStreetsAndEstatesStay(t *testing.T) {
	t.Parallel()
	look(t, []fact{
		{"a house", "住在中山区人民路12号", []string{"address 12号"}},
		{"a house with all below it", "人民路12号3单元501室", []string{"address 12号3单元501室"}},
		{"an estate", "阳光花园3栋2单元501室漏水", []string{"address 3栋2单元501室"}},
		{"an estate's building", "阳光小区3号楼电梯坏了", []string{"address 3号楼"}},
		{"in Chinese numbers", "阳光小区三栋二单元五零一室", []string{"address 三栋二单元五零一室"}},
		{"with dashes", "阳光小区3-2-501", []string{"address 3-2-501"}},
		{"with the room's number bare", "阳光小区3栋501的业主", []string{"address 3栋501"}},
		{"with dashes after a house", "中兴西路104号2-7-2。", []string{"address 104号2-7-2"}},
		{"with dashes before 业主", "投诉A1-1-3-7业主", []string{"address A1-1-3-7"}},
		{"a date before 业主 stays", "2018-5-19业主来电", nil},
		{"a row of numbers stays", "名单中241-260号为后备", nil},
		{"a document's number stays", "[2018]3-113号", nil},
		{"a village's group", "河东村3组的路", []string{"address 3组"}},
		{"an underground line stays", "地铁2号线、人民路1号线", nil},
		{"a document stays", "国务院310号令", nil},
		{"a building of nowhere stays", "四栋房子", nil},
		{"a date stays", "5月6号停水", nil},
		{"English rooms", "I live in Room 502, Building 3, Sunny Garden.", []string{"address Room 502, Building 3"}},
		{"English streets", "at 12 Renmin Road", []string{"address 12"}},
	}, Known{})
}

func TestNamesAreFoundWhereAWordAnnouncesThem(t *testing.T) {
	t.Parallel()
	look(t, []fact{
		{"我叫", "我叫张建国，住在城东", []string{"name 张建国"}},
		{"a compound surname", "本人欧阳小明，今年", []string{"name 欧阳小明"}},
		{"本人 and a verb", "本人于2018年投诉，本人何时能得到答复", nil},
		{"姓名", "姓名：李梅 电话：略", []string{"name 李梅"}},
		{"several", "联系人：李梅、王小明", []string{"name 李梅", "name 王小明"}},
		{"a title keeps standing", "高先生来电", []string{"name 高"}},
		{"a full name before a title", "找到李小梅女士", []string{"name 李小梅"}},
		{"an office stays", "局长信箱、主任办公室", nil},
		{"anonymous already", "张某某先生、王**", nil},
		{"words that end like surnames", "由于先生不在，当时女士说", nil},
		{"a signature", "请尽快处理。\n王小明\n2018年5月6日", []string{"name 王小明"}},
		{"thanks are no signature", "请尽快处理。\n谢谢", nil},
		{"English", "My name is Li Lei and I live here. Mr. Smith said so.", []string{"name Li Lei", "name Smith"}},
	}, Known{})
}

func TestWhatIsOnFileAboutTheWriterIsFoundWhereverItStands(t *testing.T) {
	t.Parallel()
	look(t, []fact{
		{"the name", "昨天岑小晚到场", []string{"contact 岑小晚"}},
		{"with spaces", "岑 小 晚", []string{"contact 岑 小 晚"}},
		{"the telephone in another shape", "一三八-12345678", []string{"contact 一三八-12345678"}},
		{"the telephone inside a longer number", "99138123456780", []string{"contact 13812345678"}},
		{"the mail in capitals", "CenXiaowan@Example.com", []string{"contact CenXiaowan@Example.com"}},
		{"its local part alone", "账户名cenxiaowan", []string{"contact cenxiaowan"}},
		{"not inside another word", "xcenxiaowany", nil},
	}, Known{Name: "岑小晚", Phone: "+86 138-1234-5678", Email: "cenxiaowan@example.com"})
}

func TestOverlappingSpansBecomeOneOfTheLongestKind(t *testing.T) {
	t.Parallel()
	got := merge([]Span{{5, 9, Name}, {0, 6, Phone}, {9, 12, Email}, {9, 12, Contact}})
	if diff := cmp.Diff([]Span{{0, 9, Phone}, {9, 12, Contact}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenTextHarmsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\xff", "\x80138\xff12345678\xe4", "13812345678\xe4\xb8", "张\xff先生"} {
		if _, err := Hide(text, Find(text, Known{Name: "\xff\xff", Phone: "\xff", Email: "\xff@\xff"})); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
