package redact

// identity gives how many digits of run from i on are a resident identity number, 0 if none, and the character after
// it, because X is no digit.
//
// The check digit alone would be too narrow: somebody who mistypes one of 18 digits gives himself away all the
// same. With a province and a date of birth in their places one number in 5,000 looks like it by chance; with
// the check digit the province may be one that was never assigned.
func (s *search) identity(run []digit, i int) (n, to int) {
	if len(run)-i >= 17 && dateAt(run, i+6, 4) {
		last := -1
		switch {
		case len(run)-i >= 18 && free(run, i+18):
			n, last = 18, int(run[i+17].value)
		case len(run)-i == 17:
			at := s.skip(run[i+16].at+1, betweenAtMost, " \t-._·()")
			if s.rune(at) == 'x' && !letter(s.rune(at+1)) {
				n, last, to = 17, 10, at+1
			}
		}
		if n > 0 && (province(run, i) || check(run[i:i+17]) == last) {
			return n, to
		}
	}
	if len(run)-i >= 15 && free(run, i+15) && province(run, i) && dateAt(run, i+6, 2) {
		return 15, 0
	}
	return 0, 0
}

// check gives the check digit of the first 17 digits, 10 being written X (ISO 7064 MOD 11-2).
func check(run []digit) int {
	sum := 0
	for _, d := range run[:17] {
		sum = (sum + int(d.value)) * 2 % 11
	}
	return (12 - sum) % 11
}

// province tells whether two digits are the code of one (GB/T 2260), of Taiwan, Hong Kong or Macao, or 91, foreigners.
func province(run []digit, i int) bool {
	second := run[i+1].value
	switch run[i].value {
	case 1:
		return second >= 1 && second <= 5
	case 2:
		return second >= 1 && second <= 3
	case 3:
		return second >= 1 && second <= 7
	case 4:
		return second >= 1 && second <= 6
	case 5:
		return second <= 4
	case 6:
		return second >= 1 && second <= 5
	case 7:
		return second == 1
	case 8:
		return second >= 1 && second <= 3
	case 9:
		return second == 1
	}
	return false
}

// dateAt tells whether a date of birth stands at i: years of 1900 to 2049 in four digits, any in two.
func dateAt(run []digit, i, yearDigits int) bool {
	if i+yearDigits+4 > len(run) {
		return false
	}
	two := func(i int) int { return int(run[i].value)*10 + int(run[i+1].value) }
	if yearDigits == 4 {
		if year := two(i)*100 + two(i+2); year < 1900 || year > 2049 {
			return false
		}
	}
	month, day := two(i+yearDigits), two(i+yearDigits+2)
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	// The 29th of February stands for every year: a date too many is better than a number missed.
	return day <= [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}
