package redact

import "strings"

const (
	plateProvinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
	plateEndings   = "学警挂港澳领使试超"
)

// plates looks for a province's character, a letter, and five or, of new-energy vehicles, six letters or digits
// without I and O, the last of which may be a character such as 学 (GA 36-2018). At least two are digits: otherwise
// 新APPLE would be one. The letter after the province may be O, which the police had.
func (s *search) plates() {
	for i, r := range s.runes {
		if !letter(r) || i == 0 || r == 'i' || !strings.ContainsRune(plateProvinces, s.runes[i-1]) {
			continue
		}
		from := s.skip(i+1, 2, " ·.-")
		to, digits := from, 0
		for ; to-from < 6; to++ {
			c := s.rune(to)
			if number(c) {
				digits++
			} else if !letter(c) || c == 'i' || c == 'o' {
				break
			}
		}
		if n := to - from; n >= 4 && n <= 5 && strings.ContainsRune(plateEndings, s.rune(to)) {
			to++
		}
		if to-from >= 5 && digits >= 2 && !letter(s.rune(to)) && !number(s.rune(to)) {
			s.add(i-1, to, Plate)
		}
	}
}
