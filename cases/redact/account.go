package redact

// accountCue suggests the QQ or WeChat number after its word: 5 to 20 letters, digits, hyphens and underscores. If it
// has no digit it must be announced by 号, 是 or a colon, because 微信iPhone版 is none.
func (s *search) accountCue(before, i int) {
	if letter(s.rune(before)) && letter(s.rune(before-1)) {
		return
	}
	from := s.skip(i, linksAtMost, "群账帐号码是为:加 (=【[\"“\t")
	digits, to := 0, from
	for ; letter(s.rune(to)) || number(s.rune(to)) || s.rune(to) == '-' || s.rune(to) == '_' || s.rune(to) == '*'; to++ {
		if number(s.rune(to)) {
			digits++
		}
	}
	n := to - from
	if n < 5 || n > 20 || s.rune(to) == '@' || s.rune(to) == '.' {
		return
	}
	if digits >= 3 && letter(s.rune(from)) || digits >= 5 || from > i && s.rune(from-1) != ' ' && s.rune(from-1) != '(' && letter(s.rune(from)) {
		s.add(from, to, OtherID)
	}
}
