package cases

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Proof is what a program that writes letters by the thousand would have to spend on each: it counts once. The
// zero value asks for nothing.
type Proof struct {
	Text  string
	Until time.Time // when it would expire
}

// Spend uses a proof up: it counts once, for whichever process sees it first. until is when it would expire.
// Errors: conflict, when it was used before.
func (d *Desk) Spend(ctx context.Context, proof string, until time.Time) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return spend(ctx, tx, proof, until) })
}

// errSpent says that a proof was used before.
var errSpent = errs.Conflict("please press send once more", "请再按一次提交")

func spend(ctx context.Context, tx bun.Tx, proof string, until time.Time) error {
	sum := sha256.Sum256([]byte(proof))
	result, err := tx.ExecContext(ctx, "INSERT INTO spent (proof, expires_at) VALUES (?, ?) ON CONFLICT (proof) DO NOTHING",
		sum[:], migrations.At(until))
	if err != nil {
		return fmt.Errorf("spend proof: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("spend proof: %w", err)
	}
	if n == 0 {
		return errSpent
	}
	return nil
}
