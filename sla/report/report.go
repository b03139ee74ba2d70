package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is the figures of a period.
type Report struct {
	Period Period            `json:"period"`
	AsOf   Moment            `json:"as_of"`
	By     Grouping          `json:"by"`
	Then   Grouping          `json:"then,omitempty"`
	Filter map[string]string `json:"filter,omitempty"` // the filters that were set, the department by name

	// Successors: ended departments are counted with those that took over from them.
	Successors bool `json:"successors,omitempty"`
	// SilenceDays is after how many days without a rating silence counts as content in SatisfactionWithSilence.
	SilenceDays int `json:"silence_days,omitempty"`

	// The periods compared with; none without Compare, or when the period had not begun.
	YearOnYear *Period `json:"year_on_year_period"`
	Previous   *Period `json:"previous_period"`

	// Groups by number of valid letters, most first, then by name; months in their order. Empty
	// when not grouped. Those without a department or topic come last.
	Groups []Figures `json:"groups"`
	Total  Figures   `json:"total"`

	// How departments conducted themselves in these letters; a department without any is left out.
	Conduct []ConductLine `json:"conduct,omitempty"`

	// The reworks granted in the period, by department, and all of them; nil when there was none.
	Reworks     []ReworkLine `json:"reworks,omitempty"`
	ReworkTotal *Reworks     `json:"rework_total,omitempty"`
}

// Moment is an instant with the city's zone, written in RFC 3339 with the zone's offset.
type Moment struct{ time.Time }

// MarshalText writes the instant in RFC 3339, whole seconds.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.Format(time.RFC3339)), nil }

// Figures are the counts and rates of one group of letters, or of all. The counts are defined in
// figures.go. Days are whole working days, of letters whose days could be reckoned; nil when there is none.
type Figures struct {
	Group   string `json:"group"`    // the department's name, else the key: "message", "2018-01", a topic; "total"
	GroupID string `json:"group_id"` // what Engine.Cases takes: the department's number, else the key

	Received  int64 `json:"received"`
	Invalid   int64 `json:"invalid"`
	Duplicate int64 `json:"duplicate"`
	Valid     int64 `json:"valid"`
	Answered  int64 `json:"answered"`
	ReplyRate Rate  `json:"reply_rate"`

	Due           int64 `json:"due"`
	OnTime        int64 `json:"on_time"`
	OnTimeRate    Rate  `json:"on_time_rate"`
	Late          int64 `json:"late"` // answered after the due time
	Running       int64 `json:"running"`
	Provisional   int64 `json:"provisional"`
	NotAssessable int64 `json:"not_assessable"`
	OverdueOpen   int64 `json:"overdue_open"`

	// Against the deadline as it was before any extension.
	UnextendedDue        int64 `json:"unextended_due"`
	UnextendedOnTime     int64 `json:"unextended_on_time"`
	UnextendedOnTimeRate Rate  `json:"unextended_on_time_rate"`

	DepartmentDue        int64 `json:"department_due"`
	DepartmentOnTime     int64 `json:"department_on_time"`
	DepartmentOnTimeRate Rate  `json:"department_on_time_rate"`

	Rated            int64 `json:"rated"`
	RatedWeb         int64 `json:"rated_web"`
	RatedSMS         int64 `json:"rated_sms"`
	RatedTelephone   int64 `json:"rated_telephone"`
	RatedOther       int64 `json:"rated_other"` // imported
	Participation    Rate  `json:"participation"`
	Satisfied        int64 `json:"satisfied"`
	SatisfactionRate Rate  `json:"satisfaction_rate"`

	// By grade; the first three make up Satisfied.
	GradeVerySatisfied      int64 `json:"grade_very_satisfied"`
	GradeSatisfied          int64 `json:"grade_satisfied"`
	GradeBasicallySatisfied int64 `json:"grade_basically_satisfied"`
	GradeDissatisfied       int64 `json:"grade_dissatisfied"`
	GradeVeryDissatisfied   int64 `json:"grade_very_dissatisfied"`

	// Beside the satisfaction rate, never instead: with silence counted as content. None unless the query asks for it.
	Silent                  int64 `json:"silent"`
	SatisfactionWithSilence Rate  `json:"satisfaction_with_silence"`

	ResolutionAnswers int64 `json:"resolution_answers"`
	Resolved          int64 `json:"resolved"`
	ResolutionRate    Rate  `json:"resolution_rate"`

	MedianDays           *int64 `json:"median_days"`
	P90Days              *int64 `json:"p90_days"`
	DepartmentMedianDays *int64 `json:"department_median_days"`
	DepartmentP90Days    *int64 `json:"department_p90_days"`

	LastHour int64 `json:"last_hour"` // answered on time, but in the last hour of it

	// How many letters took how many working days, fewest first, by both clocks; each opens to its cases ([TookFigure]).
	Took           []Took `json:"took,omitempty"`
	DepartmentTook []Took `json:"department_took,omitempty"`

	// The group once more by [Query.Then], in the order of groups.
	Parts []Figures `json:"parts,omitempty"`

	// nil without Compare, or when the period had not begun.
	YearOnYear *Comparison `json:"year_on_year"`
	Previous   *Comparison `json:"previous"`
}

// Took is how many letters took so many working days.
type Took struct {
	Days    int64 `json:"days"`
	Letters int64 `json:"letters"`
}

// Comparison is an earlier period's main counts, and how far the rates are above its own, in points.
type Comparison struct {
	Received int64 `json:"received"`
	Valid    int64 `json:"valid"`
	Answered int64 `json:"answered"`

	ReplyRate            Points `json:"reply_rate"`
	OnTimeRate           Points `json:"on_time_rate"`
	UnextendedOnTimeRate Points `json:"unextended_on_time_rate"`
	DepartmentOnTimeRate Points `json:"department_on_time_rate"`
	Participation        Points `json:"participation"`
	SatisfactionRate     Points `json:"satisfaction_rate"`
	ResolutionRate       Points `json:"resolution_rate"`

	SatisfactionWithSilence Points `json:"satisfaction_with_silence"`
}

// settle works the rates out from the counts.
func (f *Figures) settle() {
	f.ReplyRate = Rate{f.Answered, f.Valid}
	f.OnTimeRate = Rate{f.OnTime, f.Due}
	f.UnextendedOnTimeRate = Rate{f.UnextendedOnTime, f.UnextendedDue}
	f.DepartmentOnTimeRate = Rate{f.DepartmentOnTime, f.DepartmentDue}
	f.Participation = Rate{f.Rated, f.Answered}
	f.SatisfactionRate = Rate{f.Satisfied, f.Rated}
	f.ResolutionRate = Rate{f.Resolved, f.ResolutionAnswers}
	f.SatisfactionWithSilence = Rate{f.Satisfied + f.Silent, f.Rated + f.Silent}
}

func (f *Figures) against(earlier *Figures) *Comparison {
	return &Comparison{
		Received: earlier.Received, Valid: earlier.Valid, Answered: earlier.Answered,

		ReplyRate:            f.ReplyRate.Minus(earlier.ReplyRate),
		OnTimeRate:           f.OnTimeRate.Minus(earlier.OnTimeRate),
		UnextendedOnTimeRate: f.UnextendedOnTimeRate.Minus(earlier.UnextendedOnTimeRate),
		DepartmentOnTimeRate: f.DepartmentOnTimeRate.Minus(earlier.DepartmentOnTimeRate),
		Participation:        f.Participation.Minus(earlier.Participation),
		SatisfactionRate:     f.SatisfactionRate.Minus(earlier.SatisfactionRate),
		ResolutionRate:       f.ResolutionRate.Minus(earlier.ResolutionRate),

		SatisfactionWithSilence: f.SatisfactionWithSilence.Minus(earlier.SatisfactionWithSilence),
	}
}

// tally is the figures of a group while they are being counted.
type tally struct {
	Figures
	days, departmentDays histogram
}

func newTally(group string) *tally {
	return &tally{Figures: Figures{Group: group, GroupID: group}, days: histogram{}, departmentDays: histogram{}}
}

// add counts n letters that are alike in everything figures ask for.
func (t *tally) add(like alike) {
	for _, f := range figures {
		if f.holds(like.Verdict) {
			*f.in(&t.Figures) += like.Letters
		}
	}
	if like.Verdict.of(standing) != valid {
		return
	}
	if like.Days != nil && like.Verdict.of(answered) == 1 {
		t.days[*like.Days] += like.Letters
	}
	if like.DepartmentDays != nil {
		t.departmentDays[*like.DepartmentDays] += like.Letters
	}
}

func (t *tally) settle() {
	t.Figures.settle()
	t.MedianDays, t.P90Days = t.days.percentile(50), t.days.percentile(90)
	t.DepartmentMedianDays, t.DepartmentP90Days = t.departmentDays.percentile(50), t.departmentDays.percentile(90)
	t.Took, t.DepartmentTook = t.days.took(), t.departmentDays.took()
}

// plus adds the counts of another tally.
func (t *tally) plus(o *tally) {
	for _, f := range figures {
		*f.in(&t.Figures) += *f.in(&o.Figures)
	}
	for days, n := range o.days {
		t.days[days] += n
	}
	for days, n := range o.departmentDays {
		t.departmentDays[days] += n
	}
}

// histogram says how many letters took how many working days.
type histogram map[int64]int64

// took lists the histogram, fewest days first.
func (h histogram) took() []Took {
	var list []Took
	for _, days := range slices.Sorted(maps.Keys(h)) {
		list = append(list, Took{days, h[days]})
	}
	return list
}

// percentile is the nearest rank: the fewest days within which p of a hundred letters were done,
// 1 <= p <= 100; nil when there is no letter.
func (h histogram) percentile(p int64) *int64 {
	var letters int64
	days := make([]int64, 0, len(h))
	for d, n := range h {
		days = append(days, d)
		letters += n
	}
	slices.Sort(days)
	rank := (letters*p + 99) / 100
	var seen int64
	for _, d := range days {
		if seen += h[d]; seen >= rank {
			return &d
		}
	}
	return nil
}

// sortGroups puts groups in the order in which they are shown.
func sortGroups(by Grouping, groups []Figures) {
	slices.SortFunc(groups, func(a, b Figures) int {
		switch by { //nolint:exhaustive // the others stand by their letters
		case ByMonth:
			return strings.Compare(a.GroupID, b.GroupID)
		case ByPolicy: // numbers: shorter ones first
			return cmp.Or(cmp.Compare(len(a.GroupID), len(b.GroupID)), strings.Compare(a.GroupID, b.GroupID))
		}
		if x, y := nameless(a), nameless(b); x != y {
			if x {
				return 1
			}
			return -1
		}
		if a.Valid != b.Valid {
			if a.Valid > b.Valid {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Group+"\x00"+a.GroupID, b.Group+"\x00"+b.GroupID)
	})
}

func nameless(f Figures) bool { return f.GroupID == "" || f.GroupID == NotRouted }
