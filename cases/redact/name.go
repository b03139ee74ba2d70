package redact

// nameCue suggests the name after a word that announces one, and others after a 、.
func (s *search) nameCue(before, i int) {
	from := s.skip(i, linksAtMost, "是为叫做: (【[\"“\t/名")
	// Without a sign in between the word may be about anybody: 投诉人要求….
	sure := from > i || s.is(before, "我叫") || s.is(before, "名叫")
	s.names(from, sure)
}

// weakNameCue suggests a name after a word that is followed by one now and then only: something must end it.
func (s *search) weakNameCue(_, i int) {
	s.names(s.skip(i, 2, ": (“\""), false)
}

func (s *search) names(from int, sure bool) {
	for to := s.name(from, sure); to > 0; to = s.name(from, false) {
		s.add(from, to, Name)
		if s.rune(to) != '、' {
			return
		}
		from = to + 1
	}
}

// englishNameCue suggests one to three capitalised words after “my name is”, “I'm”, “this is” or a title such as Mr.
func (s *search) englishNameCue(before, i int) {
	if before > 0 && letter(s.rune(before-1)) && s.rune(before) != '\'' || letter(s.rune(i)) {
		return
	}
	most := 3
	switch {
	case s.is(before, "name"):
		k := s.skip(i, 2, " :")
		if s.is(k, "is ") {
			k += 3
		} else if k == i || s.rune(k-1) != ':' && s.rune(k-2) != ':' {
			return
		}
		i = k
	case s.is(before, "my"):
		return // the name follows “name”
	case s.is(before, "'m"), s.is(before, "this"):
		if s.is(i, " is") {
			i += 3
		} else if s.is(before, "this") {
			return
		}
	default:
		if s.rune(i) == '.' {
			i++
		}
		most = 2
	}
	i = s.skip(i, 2, " ")
	to := 0
	for k := i; most > 0; most-- {
		word := s.capitalised(k)
		if word == 0 || notEnglishNames[string(s.runes[k:word])] {
			break
		}
		to = word
		if k = word + 1; s.rune(word) != ' ' {
			break
		}
	}
	s.add(i, to, Name)
}

// capitalised gives where the word at i ends, 0 if it does not begin with a capital letter.
func (s *search) capitalised(i int) int {
	if !letter(s.rune(i)) || s.text[s.at[i]] < 'A' || s.text[s.at[i]] > 'Z' {
		return 0
	}
	for letter(s.rune(i)) || s.rune(i) == '-' || s.rune(i) == '\'' {
		i++
	}
	return i
}

var notEnglishNames = map[string]bool{
	"i": true, "my": true, "and": true, "the": true, "mayor": true, "president": true, "director": true, "a": true, "an": true, "chinese": true, "phone": true, "tel": true,
}
