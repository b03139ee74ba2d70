package routing

// Letter is what is known of a letter before anybody has read it. Only the text counts: neither who wrote it
// nor when.
type Letter struct {
	Title, Body string
	District    string // the area the writer gave, "" when none
	Topic       string // from the topic tree, levels joined by " / "; "" when not known
}

// Department is a unit that letters can go to, or could until it ended.
type Department struct {
	ID          int64
	Code, Name  string
	Duties      string // what it answers for, in words that letters use
	Kind        string // "office", "bureau", "district", "utility"; "" when not known
	SuccessorID int64  // the department it was merged into, 0 for none
	Ended       bool   // takes no new letters
}

// Span is a place in a letter, so that a page can mark it.
type Span struct {
	Field    string // "title", "body", "district", "topic"
	From, To int    // bytes, half open
}

// The kinds of reason.
const (
	ReasonRule   = "rule"   // a rule of the city's
	ReasonName   = "name"   // the department is named in the letter
	ReasonDuties = "duties" // words of what the department answers for
	ReasonArea   = "area"   // the area is the department's
	ReasonTopic  = "topic"  // the topic table
	ReasonWord   = "word"   // words that spoke for it in the letters learned from
	ReasonCase   = "case"   // a like case that went there
)

// Reason is one thing that speaks for a department.
type Reason struct {
	Kind   string  // one of the kinds above
	Text   string  // what to show: the rule as written, the name, the words
	Spans  []Span  // where it stands in the letter; nil when nowhere in particular
	Rule   int     // the line of the rule, from 1; 0 for none
	Weight float64 // how much it spoke, for the order of reasons; negative speaks against
	Case   int64   // the like case, 0 for none
}

// Scored is a department with what speaks for it.
type Scored struct {
	Department int64
	Score      float64 // 0 to 1
	Reasons    []Reason
}
