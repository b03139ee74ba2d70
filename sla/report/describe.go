package report

// Condition is one of the conditions that all must hold for a letter to count in a figure: a judgement about the letter
// is one of some values. Both are words of this package, for dictionaries.
type Condition struct {
	On string
	In []string
}

// judgementWords names each judgement and its values, in the order of the numbers.
var judgementWords = [judgements]struct {
	name   string
	values []string
}{
	standing:        {"standing", []string{"valid", "invalid", "duplicate"}},
	writerClock:     {"writer_clock", clockWords},
	unextendedClock: {"unextended_clock", clockWords},
	departmentClock: {"department_clock", clockWords},
	answered:        {"answered", []string{"no", "yes"}},
	provisional:     {"provisional", []string{"no", "yes"}},
	grade: {"grade", []string{
		"none", "very_dissatisfied", "dissatisfied", "basically_satisfied", "satisfied", "very_satisfied",
	}},
	resolved: {"resolved", []string{"not_said", "no", "yes"}},
	ratedBy:  {"rated_by", []string{"nobody", "web", "sms", "telephone", "other"}},
	lastHour: {"last_hour", []string{"no", "yes"}},
	silent:   {"silent", []string{"no", "yes"}},
}

var clockWords = []string{"none", "running", "on_time", "late", "overdue"}

// Conditions are those of a count, in order; none for the one that takes every letter, and for what is no count.
func Conditions(figure string) []Condition {
	for _, f := range figures {
		if f.name != figure {
			continue
		}
		list := make([]Condition, len(f.where))
		for i, c := range f.where {
			list[i].On = judgementWords[c.on].name
			for _, value := range c.in {
				list[i].In = append(list[i].In, judgementWords[c.on].values[value])
			}
		}
		return list
	}
	return nil
}

// rateParts are what each rate divides by what, all of them counts or sums of counts.
var rateParts = map[string]struct{ part, of []string }{
	"reply_rate":                {[]string{"answered"}, []string{"valid"}},
	"on_time_rate":              {[]string{"on_time"}, []string{"due"}},
	"unextended_on_time_rate":   {[]string{"unextended_on_time"}, []string{"unextended_due"}},
	"department_on_time_rate":   {[]string{"department_on_time"}, []string{"department_due"}},
	"participation":             {[]string{"rated"}, []string{"answered"}},
	"satisfaction_rate":         {[]string{"satisfied"}, []string{"rated"}},
	"satisfaction_with_silence": {[]string{"satisfied", "silent"}, []string{"rated", "silent"}},
	"resolution_rate":           {[]string{"resolved"}, []string{"resolution_answers"}},
}

// RateParts says which counts a rate divides by which; each side is a sum. ok is false for what is no rate.
func RateParts(rate string) (part, of []string, ok bool) {
	parts, ok := rateParts[rate]
	return parts.part, parts.of, ok
}
