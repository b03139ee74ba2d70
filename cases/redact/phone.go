package redact

import "unicode/utf8"

// mobile gives how many digits of run from i on are a mobile number with what may stand before it, 0 if none: 1, then
// 3 to 9, then nine more; before it 86, 0086 or the 0 of old telephone books.
func mobile(run []digit, i int) int {
	for _, prefix := range [...]string{"", "86", "0086", "0"} {
		at, end := i+len(prefix), i+len(prefix)+11
		if end <= len(run) && run[at].value == 1 && run[at+1].value >= 3 && free(run, end) && reads(run, i, prefix) {
			return end - i
		}
	}
	return 0
}

// landline gives how many digits of run from i on are a number with its area code and extension, 0 if none, or if the
// text itself calls it a public one. Area codes are 010, 02x with eight digits, and 03xx to 09xx with seven or eight.
func (s *search) landline(run []digit, i int) int {
	n := 0
	if len(run)-i > 4 && reads(run, i, "86") && run[i+2].value != 0 { // +86 411 …, without the 0
		n = areaNumber(run, i+2)
		if n > 0 {
			n += 2
		}
	} else if len(run)-i > 2 && run[i].value == 0 && run[i+1].after != '.' { // 0.4 is no area code
		if n = areaNumber(run, i+1); n > 0 {
			n++
		}
	}
	if n == 0 || s.public(run[i].at) {
		return 0
	}
	if at := i + n; at < len(run) && run[at].after == '-' {
		for k := at + 1; k <= min(at+5, len(run)); k++ {
			if free(run, k) {
				return k - i
			}
		}
	}
	return n
}

// areaNumber gives how many digits from i on are an area code without its 0 and a number.
func areaNumber(run []digit, i int) int {
	if i+1 >= len(run) {
		return 0
	}
	code, local := 3, []int{8, 7}
	switch first := run[i].value; {
	case first == 1 && run[i+1].value == 0, first == 2:
		code, local = 2, []int{8}
	case first < 3:
		return 0
	}
	for _, n := range local {
		if i+code+n <= len(run) && run[i+code].value >= 2 && free(run, i+code+n) {
			return code + n
		}
	}
	return 0
}

// publicWords are what an office's number is called. A mobile number is suggested even after these.
var publicWords = []string{
	"热线", "咨询", "监督", "服务", "投诉", "举报", "值班", "办公", "客服", "报修", "查询", "受理", "公开", "维修", "抢修", "预约", "传真",
}

// publicEnds are the last characters of publicWords: most characters need no further look.
var publicEnds = func() map[rune]bool {
	m := map[rune]bool{}
	for _, word := range publicWords {
		last, _ := utf8.DecodeLastRuneInString(word)
		m[last] = true
	}
	return m
}()

// public tells whether the text calls the number that begins at from a public one, in the ten characters before.
// A clause ends the search, other numbers do not: 咨询电话：0411-…、0411-….
func (s *search) public(from int) bool {
	words := 0
	for i := from; i > 0 && words < 10; i-- {
		r := s.rune(i - 1)
		if r == '。' || r == ';' || r == '\n' || from-i > 40 {
			return false
		}
		if han(r) {
			words++
			if publicEnds[r] && s.ends(i, publicWords...) {
				return true
			}
		}
	}
	return false
}

// localPhone suggests the number at i that follows a word such as 电话, if it is long enough for one: without area
// code nothing else shows that it is one. Numbers of 400 and 800 are firms' and offices', and short ones public.
func (s *search) localPhone(i int) {
	if s.public(i) {
		return
	}
	digits, to := s.numberAt(i)
	firm := digits == 10 && (s.is(i, "400") || s.is(i, "800"))
	if digits >= shortestRun && !firm {
		s.add(i, to, Phone)
	}
}

// numberAt reads the plain number at i: groups of digits with one hyphen or space between, and what was masked in it
// already. A space ends it once it has the length of a telephone number, so that a date after it stays.
func (s *search) numberAt(i int) (digits, to int) {
	to = i
	for ; ; i++ {
		r := s.rune(i)
		switch {
		case number(r):
			digits, to = digits+1, i+1
		case r == '*':
			to = i + 1
		case (r == '-' || r == ' ' && digits < shortestRun) && i > 0 && (number(s.rune(i-1)) || s.rune(i-1) == '*'):
		default:
			return digits, to
		}
	}
}
