package wording

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mailbox/cases/errs"
)

// view is Data as the templates see it: cleaned, and with every time written out.
type view struct {
	Lang         errs.Lang
	Subject      string // set once it is rendered, for the title of the HTML
	Mailbox      string // its name, with the city's
	About        string // number and title, for subjects
	Number       string
	Secret       string // always SecretMark
	Title        string
	Received     string
	Due          string // empty: no due time
	Provisional  bool   // never without Due
	Department   string
	Person       string
	URL          string
	Reason       string
	Text         string
	Into         string
	Was, Until   string // as Due
	Day          string
	Days         string // with the unit, working days; empty: not told
	CalendarDays string // the same number with the unit calendar days
	Outcome      string // an id, to choose by and not to show
	Card         string // likewise
	Period       string
	Login        string
	Year         string // empty: not told
	Grades       string // the five, best first
	Count        int    // at least as many as there are Items
	More         int    // how many of Count are not listed
	items        []item
	sections     []string // of this kind of notice
}

type item struct {
	Number, Title, Department, Due, URL string
	section                             string
}

// section is a part of a list of cases.
type section struct {
	Heading string
	Items   []item
}

// The shapes of what the templates pass to parts.txt and parts.html.
type (
	row   struct{ Label, Value string }
	link  struct{ Label, URL string }
	quote struct {
		Label, Text string
		Lines       []string
	}
)

var (
	mailboxName     = term{"%s市长信箱", "%s Mayor's Mailbox"}
	itemProvisional = term{"（暂定）", " (provisional)"}
	itemDue         = term{"期限：%s", "due %s"}
	countHeading    = term{"%s：%d件", "%s: %d"}
	atLeastHeaded   = term{"%s：至少%d件", "%s: at least %d"}
	gradesBetween   = term{"、", ", "}
	workingDay      = term{"%d个工作日", "%d working day"}
	workingDays     = term{"%d个工作日", "%d working days"}
	calendarDay     = term{"%d天", "%d day"}
	calendarDays    = term{"%d天", "%d days"}
)

func newView(kind Kind, lang errs.Lang, d Data) *view {
	v := &view{
		Lang:         lang,
		Mailbox:      strings.TrimSpace(fmt.Sprintf(mailboxName.in(lang), oneLine(d.City))),
		Number:       oneLine(d.Number),
		Secret:       SecretMark,
		Title:        oneLine(d.Title),
		Received:     DateTime(d.ReceivedAt, lang, d.Location),
		Due:          DateTime(d.Due, lang, d.Location),
		Provisional:  d.Provisional && !d.Due.IsZero(),
		Department:   oneLine(d.Department),
		Person:       oneLine(d.Person),
		URL:          oneLine(d.URL),
		Reason:       visible(d.Reason),
		Text:         visible(d.Text),
		Into:         oneLine(d.Into),
		Was:          DateTime(d.Was, lang, d.Location),
		Until:        DateTime(d.Until, lang, d.Location),
		Day:          Date(d.Day, lang, d.Location),
		Days:         counted(d.Days, lang, workingDay, workingDays),
		CalendarDays: counted(d.Days, lang, calendarDay, calendarDays),
		Outcome:      d.Outcome,
		Card:         d.Card,
		Period:       oneLine(d.Period),
		Login:        oneLine(d.Login),
		Count:        max(d.Count, len(d.Items)),
		sections:     sections[kind],
	}
	if d.Year > 0 {
		v.Year = strconv.Itoa(d.Year)
	}
	if d.Opens && v.URL != "" {
		v.URL += "&secret=" + SecretMark
	}
	v.About = strings.TrimSpace(v.Number + " " + v.Title)
	names := make([]string, 0, len(grades))
	for _, g := range slices.Backward(grades[:]) {
		names = append(names, g.in(lang))
	}
	v.Grades = strings.Join(names, gradesBetween.in(lang))
	for _, i := range d.Items[:min(len(d.Items), MaxItems)] {
		shown := item{
			Number: oneLine(i.Number), Title: oneLine(i.Title), Department: oneLine(i.Department),
			URL: oneLine(i.URL), section: i.Section,
		}
		if shown.Department == v.Department {
			shown.Department = "" // the readers know who they are
		}
		if !i.Due.IsZero() {
			shown.Due = fmt.Sprintf(itemDue.in(lang), DateTime(i.Due, lang, d.Location))
			if i.Provisional {
				shown.Due += itemProvisional.in(lang)
			}
		}
		v.items = append(v.items, shown)
	}
	v.More = v.Count - len(v.items)
	return v
}

// counted is a number with its unit; without a number there is nothing to say.
func counted(n int, lang errs.Lang, one, more term) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return fmt.Sprintf(one.in(lang), n)
	}
	return fmt.Sprintf(more.in(lang), n)
}

// sections of the digests, in the order in which they are listed; items come in this order too.
var sections = map[Kind][]string{
	// Cases with a card, other overdue ones, due today, due on the next working day; contributions that
	// are late or due by then.
	Digest: {"red", "yellow", "overdue", "today", "tomorrow", "assisting"},
	// Letters not screened, routed or signed for in time; requests to decide, by when they lapse; orders without an answer; cases.
	CityDigest: {"screening", "unsigned", "extension", "rework", "order", "overdue", "today"},
}

// Section is the items of one section of a digest under a heading with their number; section "" holds
// whatever belongs to none of the known ones, so that no case is ever left out.
//
// When the list is cut off, the last section it reaches may go on behind the link, and says "at least".
func (v *view) Section(id, heading string) section {
	var s section
	last := ""
	for _, i := range v.items {
		if i.section == id || id == "" && !slices.Contains(v.sections, i.section) {
			s.Items = append(s.Items, i)
		}
		if slices.Index(v.sections, i.section) > slices.Index(v.sections, last) {
			last = i.section
		}
	}
	format := countHeading
	if v.More > 0 && id == last {
		format = atLeastHeaded
	}
	s.Heading = fmt.Sprintf(format.in(v.Lang), heading, len(s.Items))
	return s
}

// Cases is the whole list without a heading.
func (v *view) Cases() section { return section{Items: v.items} }

// rows pairs labels and values and leaves out those without a value.
func rows(labelsAndValues ...string) ([]row, error) {
	if len(labelsAndValues)%2 != 0 {
		return nil, errors.New("rows: a label without a value")
	}
	var found []row
	for pair := range slices.Chunk(labelsAndValues, 2) {
		if pair[1] != "" {
			found = append(found, row{pair[0], pair[1]})
		}
	}
	return found, nil
}

// separator is the invisible character that sets SecretMark apart from the word.
const separator = '\u2063'

// visible takes the mark of the secret out of a text that people wrote, and carriage returns.
func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == separator || r == '\r' {
			return -1
		}
		return r
	}, text))
}

// oneLine makes a single line for subjects and lists: no line ends, which would start a new header; no
// control characters; and no signs that turn the reading direction, which make a line show something
// else than it says.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == separator, unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
