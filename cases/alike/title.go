package alike

import (
	"strings"
	"unicode/utf8"
)

// longestTitle is in characters.
const longestTitle = 40

// title is that of the letter nearest to the middle, a short one before a long one; the beginning of a text where
// nobody gave a title.
func (f *finder) title(c *centre) string {
	best, likeness := "", -1.0
	for _, i := range c.members {
		title := strings.TrimSpace(f.messages[i].Title)
		if title == "" {
			title = strings.TrimSpace(f.messages[i].Body)
		}
		n := utf8.RuneCountInString(title)
		l := f.rare(title).Cosine(c.vector)
		if n < 4 {
			l = 0
		}
		if n > longestTitle {
			l *= 0.7
		}
		if l > likeness {
			best, likeness = title, l
		}
	}
	return clip(strings.Join(strings.Fields(best), " "), longestTitle)
}
