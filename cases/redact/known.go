package redact

import (
	"strings"
	"unicode/utf8"
)

// phonesOf gives the digits of a telephone number as it may be written: without the country's code, and a land line
// without its area code too.
func phonesOf(phone string) []string {
	f := fold(phone)
	var digits []byte
	for i := range f.runes {
		if v, shape := f.digit(i); shape != shapeNone {
			digits = append(digits, '0'+v)
		}
	}
	number := string(digits)
	for _, prefix := range [...]string{"0086", "86"} {
		if len(number) >= len(prefix)+10 {
			number = strings.TrimPrefix(number, prefix)
		}
	}
	switch {
	case len(number) < 5: // 110 and the like: would be found in every other number
		return nil
	case strings.HasPrefix(number, "01") || strings.HasPrefix(number, "02"):
		return alternatives(number, 3)
	case number[0] == '0':
		return alternatives(number, 4)
	}
	return []string{number}
}

func alternatives(number string, area int) []string {
	if len(number)-area < shortestRun {
		return []string{number}
	}
	return []string{number, number[area:]}
}

// knownPhone suggests the writer's telephone number wherever its digits follow each other, be it inside a longer one.
func (s *search) knownPhone(run []digit, phones []string) {
	for i := range run {
		for _, phone := range phones {
			if reads(run, i, phone) {
				s.add(run[i].at, run[i+len(phone)-1].at+1, Contact)
			}
		}
	}
}

// shortestLocalPart is the fewest characters of an e-mail's local part that are suggested without the rest: a shorter
// one is a word too often.
const shortestLocalPart = 6

// known suggests the writer's name and e-mail wherever they stand. The telephone number was looked for among the digits.
func (s *search) known(known Known) {
	name := plainOf(known.Name)
	if len(name) >= 2 {
		s.everywhere(name, true)
	}
	email := strings.ToLower(strings.TrimSpace(known.Email))
	if local, _, ok := strings.Cut(email, "@"); ok && local != "" {
		s.everywhere([]rune(string(fold(email).runes)), false)
		if utf8.RuneCountInString(local) >= shortestLocalPart {
			s.everywhere([]rune(string(fold(local).runes)), false)
		}
	}
}

// plainOf folds a name and leaves out its spaces and dots, which are looked over in the text as well.
func plainOf(name string) []rune {
	var plain []rune
	for _, r := range fold(name).runes {
		if !apart(r) {
			plain = append(plain, r)
		}
	}
	return plain
}

// apart tells what may stand between the characters of a name.
func apart(r rune) bool {
	return r == ' ' || r == '·' || r == '.' || r == '-' || r == '_' || r == '\t'
}

// everywhere suggests word wherever it stands; spaced allows up to three signs between its characters. A word of
// letters must not be part of a longer one.
func (s *search) everywhere(word []rune, spaced bool) {
	for i, r := range s.runes {
		if r != word[0] || letter(r) && letter(s.rune(i-1)) {
			continue
		}
		to := i + 1
		for k := 1; k < len(word) && to > 0; k++ {
			if spaced {
				for gap := 0; gap < betweenAtMost && apart(s.rune(to)); gap++ {
					to++
				}
			}
			if to++; s.rune(to-1) != word[k] {
				to = 0
			}
		}
		if to > 0 && (!letter(s.rune(to-1)) || !letter(s.rune(to))) {
			s.add(i, to, Contact)
		}
	}
}
