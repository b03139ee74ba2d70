package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

//go:embed departments.json staff.json letters_*.json
var content embed.FS

// City is everything the demonstration starts with. Letters stand in the order of their numbers.
type City struct {
	Departments []Department
	Staff       []Staff
	Letters     []Letter
}

// Department is a unit that can be given a case, or one of the two offices that watch over them.
type Department struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
	Kind      string `json:"kind"`   // office, bureau, district or utility
	Duties    string `json:"duties"` // one Chinese sentence: what the unit answers for
	Email     string `json:"email"`
	Phone     string `json:"phone"`
}

// Staff is an account of somebody who works in the city. Passwords are the business of whoever
// creates the accounts.
type Staff struct {
	Login      string `json:"login"` // lower-case Latin, short enough to type without looking
	Name       string `json:"name"`
	Role       string `json:"role"`       // clerk, supervisor, administrator, auditor, handler or leader
	Department string `json:"department"` // a Department.Code
}

// Writer is the person behind a letter. An anonymous writer has no name and no contact.
type Writer struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// Anonymous says whether the writer left nothing to be known or reached by.
func (w Writer) Anonymous() bool { return w == Writer{} }

// Letter is one letter with the whole of what later happens to it.
type Letter struct {
	No         int    `json:"no"` // 1 to 405, in reading order
	Title      string `json:"title"`
	Body       string `json:"body"`
	Kind       string `json:"kind"`    // consultation, complaint, suggestion, help, tipoff, praise, unspecified
	Channel    string `json:"channel"` // mailbox, consult, message, site_error, hotline, wechat
	Topic      string `json:"topic"`   // root and leaf of the topic tree, with a slash between
	District   string `json:"district"`
	Department string `json:"department"` // code of the unit that should answer in the end
	Month      int    `json:"month"`      // the season it belongs to, 1 to 12; 0 when any time will do
	Fate       Fate   `json:"fate"`
	Writer     Writer `json:"writer"`
	Consent    bool   `json:"consent"` // may it be published

	// Reply is what the department hands in; empty when the fate never gets that far.
	Reply string `json:"reply,omitempty"`

	// Rating is the grade in stars: 5 very satisfied to 1 very dissatisfied, 0 not rated.
	Rating   int    `json:"rating,omitempty"`
	Resolved string `json:"resolved,omitempty"` // yes, no or unknown; empty when not rated
	Comment  string `json:"comment,omitempty"`

	// Reason is why the letter was returned, reassigned, declined or withdrawn.
	Reason string `json:"reason,omitempty"`
	// DeclineCode is one of cases.DeclineReasons.
	DeclineCode string `json:"decline_code,omitempty"`
	// FirstDepartment is the unit that was wrongly given the letter before Department.
	FirstDepartment string `json:"first_department,omitempty"`
	// MergedInto is the No of an earlier letter on the same matter.
	MergedInto int `json:"merged_into,omitempty"`
	// Instruction is a note of the mayor that stands on top of the case.
	Instruction string `json:"instruction,omitempty"`
}

// Fate is the outcome a letter is to be played to.
type Fate string

// The fates. Open, Overdue, Unscreened and InReview are about now: such letters carry no Month and
// must come in so late that, at the moment of the demonstration, they are still on somebody's desk.
const (
	Answered               Fate = "answered"                 // on time
	AnsweredLate           Fate = "answered_late"            // after the due time
	WithReview             Fate = "with_review"              // the office reviewed the reply before it went out, on time
	ReturnedThenAnswered   Fate = "returned_then_answered"   // FirstDepartment returned it with Reason
	ReassignedThenAnswered Fate = "reassigned_then_answered" // the office moved it from FirstDepartment for Reason
	Unscreened             Fate = "unscreened"               // waits for the office's first look
	Open                   Fate = "open"                     // with the department, not yet due
	Overdue                Fate = "overdue"                  // with the department, the due time has passed
	InReview               Fate = "in_review"                // a reply waits for the office's review
	Declined               Fate = "declined"                 // by the office, for Reason
	Withdrawn              Fate = "withdrawn"                // by the writer, for Reason
	Merged                 Fate = "merged"                   // into MergedInto
)

// Load reads the city. An error means that the embedded files are damaged, which the tests rule out
// for a released program.
func Load() (City, error) {
	var city City
	if err := decode("departments.json", &city.Departments); err != nil {
		return City{}, err
	}
	if err := decode("staff.json", &city.Staff); err != nil {
		return City{}, err
	}
	// Glob sorts by name, and the names are numbered, so the letters come in order.
	parts, err := fs.Glob(content, "letters_*.json")
	if err != nil {
		return City{}, fmt.Errorf("list the letters of the demonstration: %w", err)
	}
	for _, part := range parts {
		var letters []Letter
		if err := decode(part, &letters); err != nil {
			return City{}, err
		}
		city.Letters = append(city.Letters, letters...)
	}
	return city, nil
}

// decode reads one embedded file and refuses fields it does not know, so that a misspelt one
// cannot be lost in silence.
func decode(name string, into any) error {
	raw, err := content.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s of the demonstration: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s of the demonstration: %w", name, err)
	}
	return nil
}
