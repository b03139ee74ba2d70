package redact

import "slices"

// digit is one digit of a number, in whatever shape it was written.
type digit struct {
	value byte
	at    int  // its character
	free  bool // a number may begin here, and one before it end: something stands between, or the shape changes
	after rune // what stands between it and the digit before; 0 if nothing
}

// chineseDigit gives the value of a character that is read as a digit by itself, -1 for any other: 十 and 百 are not
// read so. A switch and no map, because every character of every letter is asked.
func chineseDigit(r rune) int {
	switch r {
	case '〇', '零', '○', '洞':
		return 0
	case '一', '幺', '壹':
		return 1
	case '二', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}

// The shapes between which a number may begin or end.
const (
	shapeNone = iota
	shapePlain
	shapeOdd
	shapeChinese
)

func (f *folded) digit(i int) (value byte, shape int) {
	r := f.runes[i]
	if number(r) {
		if f.odd[i] {
			return byte(r - '0'), shapeOdd
		}
		return byte(r - '0'), shapePlain
	}
	if !han(r) && r != '〇' && r != '○' {
		return 0, shapeNone
	}
	if v := chineseDigit(r); v >= 0 {
		return byte(v), shapeChinese
	}
	return 0, shapeNone
}

// between tells what may stand between two digits of one number.
func between(r rune) bool {
	switch r {
	case ' ', '\t', '-', '.', '·', '_', '(', ')':
		return true
	}
	return false
}

// betweenAtMost is how many such characters may follow each other.
const betweenAtMost = 3

// shortestRun is the fewest digits worth looking at: a local telephone number.
const shortestRun = 7

// runs calls yield with every row of digits that has nothing but separators in between, if it is long enough.
func (f *folded) runs(yield func([]digit)) {
	var run []digit
	gap, shapeBefore, sep := 0, shapeNone, rune(0)
	for i, r := range f.runes {
		value, shape := f.digit(i)
		if shape == shapeNone {
			if gap++; between(r) && gap <= betweenAtMost {
				sep = r
				continue
			}
			if len(run) >= shortestRun {
				yield(run)
			}
			run, gap, sep = run[:0], 0, 0
			continue
		}
		free := gap > 0 || shape != shapeBefore || shape == shapeChinese
		run = append(run, digit{value, i, free || len(run) == 0, sep})
		gap, shapeBefore, sep = 0, shape, 0
	}
	if len(run) >= shortestRun {
		yield(run)
	}
}

// withoutDashes gives run without each 一 between plain digits, which is the dash of many input methods: 0411一8363….
// It gives nil if there is none.
func (f *folded) withoutDashes(run []digit) []digit {
	dash := func(i int) bool {
		return i > 0 && i < len(run)-1 && f.runes[run[i].at] == '一' && number(f.runes[run[i-1].at]) && number(f.runes[run[i+1].at])
	}
	var rest []digit
	for i := range run {
		if dash(i) {
			if rest == nil {
				rest = slices.Clone(run[:i])
			}
		} else if rest != nil {
			d := run[i]
			if dash(i - 1) {
				d.free, d.after = true, '-'
			}
			rest = append(rest, d)
		}
	}
	return rest
}

// free tells whether a number may end before digit i of run, or begin with it.
func free(run []digit, i int) bool { return i == len(run) || i < len(run) && run[i].free }

// reads tells whether the digits from i on are those of number.
func reads(run []digit, i int, number string) bool {
	if i < 0 || i+len(number) > len(run) {
		return false
	}
	for k := range len(number) {
		if run[i+k].value != number[k]-'0' {
			return false
		}
	}
	return true
}

// numbers looks at every row of digits for numbers that show by themselves what they are.
func (s *search) numbers(known Known) {
	phones := phonesOf(known.Phone)
	s.runs(func(run []digit) {
		s.run(run)
		s.knownPhone(run, phones)
		if rest := s.withoutDashes(run); len(rest) >= shortestRun {
			s.run(rest)
			s.knownPhone(rest, phones)
		}
	})
}

// run suggests the numbers of one row. It looks wherever one may begin, also inside another that was found: numbers
// that only chance made valid must not keep a true one from being seen. Of several that begin at one digit the
// longest is taken: the first eleven digits of an identity number from Hebei (13…) may be a mobile number.
func (s *search) run(run []digit) {
	for i := range run {
		if !free(run, i) {
			continue
		}
		n, to := s.identity(run, i)
		kind := Identity
		for _, other := range [...]struct {
			n    int
			kind Kind
		}{{mobile(run, i), Phone}, {s.landline(run, i), Phone}, {card(run, i), BankCard}} {
			if other.n > n {
				n, kind, to = other.n, other.kind, 0
			}
		}
		if n > 0 {
			s.add(s.lead(run[i].at, kind), max(to, run[i+n-1].at+1), kind)
		}
	}
}

// lead takes in the plus sign and the bracket before a telephone number.
func (s *search) lead(from int, kind Kind) int {
	if kind != Phone {
		return from
	}
	for s.rune(from-1) == '+' || s.rune(from-1) == '(' {
		from--
	}
	return from
}
