package cases

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// Conduct is something that tells how departments conduct themselves, and is counted for it (domain.md,
// "Figures").
type Conduct string

// The kinds of conduct. The department is the one that did it, or to which it was done.
const (
	Returned     Conduct = "returned"
	Reassigned   Conduct = "reassigned" // taken from the department
	Extended     Conduct = "extended"
	Reworked     Conduct = "reworked"
	Ordered      Conduct = "ordered"
	RemindedHand Conduct = "reminded" // by hand, by supervision
	YellowCard   Conduct = "yellow_card"
	RedCard      Conduct = "red_card"
	DeclinedLate Conduct = "declined_late"
	MergedLate   Conduct = "merged_late"
	Voided       Conduct = "voided"
	AssistLate   Conduct = "assist_late"

	// Hints, not verdicts: of answers whose signs were found by rules (signs.go).
	NearIdentical Conduct = "near_identical" // as answers to other matters
	Hollow        Conduct = "hollow"         // an answer that seems to be none
)

// Conducts lists them in the order in which they are shown.
var Conducts = []Conduct{
	Returned, Reassigned, Extended, Reworked, RemindedHand, Ordered, YellowCard, RedCard, AssistLate, DeclinedLate, MergedLate, Voided,
	NearIdentical, Hollow,
}

type conductRow struct {
	bun.BaseModel `bun:"table:conduct,alias:u"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Round        int64
	Kind         Conduct
	DepartmentID int64 `bun:",nullzero"` // 0: no department had the case
	At           migrations.Instant
	WithdrawnAt  migrations.Instant // a card that a published calendar proved wrong
}

// counts notes a conduct of the running step.
func (w *work) counts(kind Conduct, department int64) {
	w.conduct = append(w.conduct, conductRow{CaseID: w.c.ID, Round: w.c.Round, Kind: kind, DepartmentID: department, At: migrations.At(w.now)})
}

func writeConduct(ctx context.Context, tx bun.IDB, rows []conductRow) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("write conduct: %w", err)
	}
	return nil
}

// cardsOf tells when a department was given its cards in a round.
func cardsOf(ctx context.Context, tx bun.IDB, id ID, round, department int64) (yellow, red migrations.Instant, err error) {
	var rows []conductRow
	err = tx.NewSelect().Model(&rows).Where("case_id = ? AND round = ? AND department_id = ?", id, round, department).
		Where("kind IN (?, ?) AND withdrawn_at IS NULL", YellowCard, RedCard).Scan(ctx)
	if err != nil {
		return yellow, red, fmt.Errorf("read cards: %w", err)
	}
	for _, row := range rows {
		if row.Kind == YellowCard {
			yellow = row.At
		} else {
			red = row.At
		}
	}
	return yellow, red, nil
}
