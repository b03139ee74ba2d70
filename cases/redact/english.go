package redact

// The words of English addresses: what is a home by itself, what only beside another, and streets, before which the
// house number stands.
var (
	englishHomes   = map[string]bool{"room": true, "rm": true, "flat": true, "apt": true, "apartment": true, "house": true}
	englishParts   = map[string]bool{"building": true, "bldg": true, "block": true, "unit": true, "floor": true, "suite": true, "tower": true}
	englishStreets = map[string]bool{"road": true, "rd": true, "street": true, "st": true, "avenue": true, "ave": true, "lane": true, "lu": true, "jie": true}
)

// english looks at every English word for addresses: Room 502, Building 3; 12 Renmin Road.
func (s *search) english() {
	from, to, parts, home := 0, 0, 0, false
	flush := func() {
		if home || parts >= 2 {
			s.add(from, to, Address)
		}
		parts, home = 0, false
	}
	for i := 0; i < len(s.runes); {
		if !letter(s.runes[i]) {
			i++
			continue
		}
		end := i
		for letter(s.rune(end)) {
			end++
		}
		if end-i < 2 || end-i > 9 { // Chinese letters are full of single ones
			i = end
			continue
		}
		word := string(s.runes[i:end])
		switch {
		case englishHomes[word] || englishParts[word]:
			if n := s.houseNumber(end); n > 0 {
				if parts > 0 && s.skip(to, 3, " ,.") != i {
					flush()
				}
				if parts == 0 {
					from = i
				}
				parts, to, end = parts+1, n, n
				home = home || englishHomes[word]
			}
		case englishStreets[word]:
			s.streetNumber(i)
		}
		i = end
	}
	flush()
}

// houseNumber gives where the number after a word that ends at i ends, 0 if there is none: 502, No. 3a, #12-4.
func (s *search) houseNumber(i int) int {
	i = s.skip(i, 2, " .:")
	if s.is(i, "no") {
		i = s.skip(i+2, 3, ". ")
	}
	i = s.skip(i, 2, "# ")
	to := i
	for to-i < numeralAtMost && (number(s.rune(to)) || to > i && (letter(s.rune(to)) || s.rune(to) == '-')) {
		to++
	}
	if to == i || number(s.rune(to)) {
		return 0 // half a number hidden would show the other half
	}
	return to
}

// streetNumber suggests the number before the name of the street whose last word begins at i: one or two words.
func (s *search) streetNumber(i int) {
	for range 2 {
		word := i
		for word > 0 && s.rune(word-1) == ' ' {
			word--
		}
		to := word
		for word > 0 && letter(s.rune(word-1)) {
			word--
		}
		if word == to {
			return
		}
		end := word
		for end > 0 && (s.rune(end-1) == ' ' || s.rune(end-1) == ',') {
			end--
		}
		from := end
		for from > 0 && end-from < 5 && number(s.rune(from-1)) {
			from--
		}
		if number(s.rune(from - 1)) {
			return
		}
		if from < end && from > 0 && s.rune(from-1) == '.' && s.ends(from-1, "no") {
			from -= 3
		}
		if from < end {
			s.add(from, end, Address)
			return
		}
		i = word
	}
}
