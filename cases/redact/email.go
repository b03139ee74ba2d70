package redact

// emails looks around every @, also with a space beside it and with 。 for the dot. What was masked already
// (798***@…) is taken in: the rest of it is still part of an address.
func (s *search) emails() {
	for i, r := range s.runes {
		if r != '@' {
			continue
		}
		last := i
		if s.rune(i-1) == ' ' {
			last--
		}
		from := last
		for local(s.rune(from - 1)) {
			from--
		}
		if to := s.domain(i + 1); to > 0 && from < last {
			s.add(from, to, Email)
		}
	}
}

// domain gives where the domain at i ends, 0 if there is none: labels of letters, digits and hyphens, a dot or what
// is typed for one, and letters after the last.
func (s *search) domain(i int) (to int) {
	if s.rune(i) == ' ' {
		i++
	}
	for begin := i; ; i++ {
		c := s.rune(i)
		dot := c == '.' || c == '。' || c == ','
		switch {
		case dot && i > begin && letter(s.rune(i+1)) && letter(s.rune(i+2)):
			i += 2
			for letter(s.rune(i + 1)) {
				i++
			}
			to = i + 1
		case letter(c) || number(c) || c == '-':
		default:
			return to
		}
	}
}

// local tells whether r may stand before the @.
func local(r rune) bool {
	switch r {
	case '.', '_', '-', '+', '%', '*':
		return true
	}
	return letter(r) || number(r)
}
