package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"mailbox/cases/errs"
)

// The bounds of a password, in characters. There is no rule of composition: length is what counts
// (NIST SP 800-63B).
const (
	minPassword = 12
	maxPassword = 128
)

// normalPassword gives the password as it is hashed, and whether any account can have it. Compatibility
// forms are folded (NFKC), so that a Chinese keyboard left in full-width mode types the same password.
func normalPassword(password string) (string, bool) {
	// Four bytes are the longest character; more bytes than that need no further look.
	if len(password) > 4*maxPassword || !utf8.ValidString(password) {
		return "", false
	}
	password = norm.NFKC.String(password)
	n := utf8.RuneCountInString(password)
	return password, minPassword <= n && n <= maxPassword && !strings.ContainsFunc(password, unicode.IsControl)
}

// newPassword checks a password that somebody chooses for the login, and gives it as it is hashed.
func newPassword(field, login, password string) (string, error) {
	normal, fits := normalPassword(password)
	if !fits {
		return "", errs.Invalid(field,
			"a password has %[1]d to %[2]d characters and no control characters; a sentence of a few words is a good one",
			"密码须为 %[1]d 至 %[2]d 个字符，且不含控制字符；可以用几个词组成的一句话", minPassword, maxPassword)
	}
	folded := fold(normal)
	if common[folded] || differentRunes(strings.ToLower(normal)) < 4 {
		return "", errs.Invalid(field,
			"this password is among the first that would be tried; please choose another",
			"此密码过于常见，容易被猜中，请另选一个")
	}
	if login != "" && strings.Contains(strings.ToLower(normal), strings.ToLower(login)) {
		return "", errs.Invalid(field, "a password must not contain the login", "密码不得包含登录名")
	}
	return normal, nil
}

// fold gives the letters and digits of a password in lower case: "Password-1234!" is guessed as soon
// as "password1234".
func fold(password string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, password)
}

func differentRunes(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// common holds passwords that are tried first, folded. Only such as are long enough to pass the rule
// of length: "123456" needs no mention. Beside keyboard walks and counted words stand what people here
// choose: 我爱你 by sound and number, lucky numbers, the words of this very program.
var common = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(`
		012345678910 0123456789012 098765432109 1020304050607 102030405060 112233445566
		121212343434 123412341234 123454321000 123456789000
		123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 1234567887654321
		123456781234 123456123456 123456654321 123456abcdef 1234abcd1234 12345qwert12345 123456qwerty
		123456789abc 123456789abcd 123456789qwe 123qweasdzxc 135792468000 1357924680135
		147258369000 147258369147 159357159357 1a2b3c4d5e6f 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i
		1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc 1qazxsw23edcvfr4 246813579000 520131452013
		5201314521314 52013145201314 741852963000 789456123000 789456123789
		987654321000 987654321098 9876543210123 9876543219876
		a12345678900 a123456789012 a1b2c3d4e5f6 abc123456789 abc1234567890 abc123abc123
		abcd12345678 abcd1234abcd abcd1234efgh abcdef123456 abcdefg12345 abcdefg1234567 abcdefghijkl
		abcdefghijklm abcdefghijklmn abcdefghijklmnop abcdefghijklmnopqrstuvwxyz aa1234567890
		admin1234567 admin12345678 admin123456789 adminadmin123 administrator administrator1
		administrator123 adminpassword admin123admin asdfghjkl123 asdfghjklqwe asdfasdfasdf asdf1234asdf
		beijing20082008 changeme1234 changemenow1 changemeplease chinachina123 china1949101
		default12345 defaultpassword dragondragon football1234 helloworld123 helloworld1234 huanying2008
		iloveyou1234 iloveyou12345 iloveyou5201314 iloveyouforever iloveyousomuch letmein12345 letmeinletmein
		mailbox12345 mailboxmailbox mailboxpassword mayorsmailbox monkeymonkey p4ssw0rdp4ssw0rd
		pa55w0rdpa55w0rd passw0rd1234 passw0rd12345 passw0rdpassw0rd password1234 password12345
		password123456 password1234567 password12345678 password123456789 passwordpassword passwordpassword1
		princess1234 q1w2e3r4t5y6 q1w2e3r4t5y6u7i8 qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb
		qq1234567890 qweasdzxc123 qweasdzxc1234 qwer1234asdf qwer1234qwer qwertyqwerty
		qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyuiop12 qwertyuiop123 qwertyuiop1234
		qwertyuiop123456 qwertyuiopasdf qwertyuiopasdfgh qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm
		root12345678 rootpassword secretsecret shizhangxinxiang sunshine1234 superman1234 test12345678
		testpassword user12345678 welcome12345 welcome123456 welcomewelcome
		woaibeijing123 woaini123456 woaini1314520 woaini5201314 woainima1314 woaini520520 woaiwojia123
		woaizhongguo woaizhongguo123 xinfang12345 xinxiang1234 xinxiang12345 zaq12wsxcde3 zaq12wsxzaq12wsx
		zhengfu12345 zhongguo1949 zhongguo123456 zhonghuarenmin zxcvbnm12345 zxcvbnm123456 zxcvbnmasdfghjkl
		市长信箱市长信箱市长信箱 中华人民共和国万岁万岁万岁 为人民服务为人民服务为人民服务
	`) {
		set[word] = true
	}
	return set
}()
