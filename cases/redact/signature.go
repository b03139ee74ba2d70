package redact

import "unicode"

// signature suggests a name that stands alone at the end of a letter, also before a date or a telephone number: the
// last line, or what follows the last sign of punctuation. Text of one clause is no letter and has no signature.
func (s *search) signature() {
	end := len(s.runes)
	for tries := 0; tries < 3 && end > 0; tries++ {
		for end > 0 && s.trailing(end-1) {
			end--
		}
		from := end
		for from > 0 && end-from <= 5 && han(s.runes[from-1]) {
			from--
		}
		if from == 0 || end == from || end-from > 4 {
			return
		}
		if to := s.name(from, true); to == end && !s.ends(from, "、", "《", "“") {
			s.add(from, to, Name)
			return
		}
		end = from // perhaps a line below it, such as 敬上
	}
}

// trailing tells whether what stands at i may follow a signature: signs, spaces, numbers, and the words of a date.
func (s *search) trailing(i int) bool {
	r := s.runes[i]
	if number(r) || unicode.IsSpace(r) || unicode.IsPunct(r) {
		return true
	}
	switch r {
	case '年', '月', '日':
		return number(s.rune(i - 1))
	}
	return false
}
