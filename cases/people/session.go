package people

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/uptrace/bun"

	"mailbox/migrations"
)

var _ scs.CtxStore = (*Sessions)(nil)

// Sessions keeps the sessions of those who have signed in, for an scs.SessionManager. Safe for
// concurrent use, and by many processes on one database.
//
// Of a token only its SHA-256 is kept: who reads the table, or a backup of it, cannot take over a
// session. So scs's own HashTokenInStore is not needed.
type Sessions struct {
	db    *migrations.DB
	clock func() time.Time
}

// NewSessions makes a session store on a migrated database; clock tells the present instant.
func NewSessions(db *migrations.DB, clock func() time.Time) *Sessions {
	return &Sessions{db: db, clock: clock}
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Token     string `bun:",pk"` // SHA-256 in hex
	Data      []byte
	ExpiresAt migrations.Instant
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// FindCtx gives the data of a session; found is false if there is none or it is over. Expiry is kept
// in whole seconds, rounded down: a session ends up to a second early, never late.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	var row sessionRow
	err = s.db.Read.NewSelect().Model(&row).Where("token = ?", tokenHash(token)).
		Where("expires_at > ?", migrations.At(s.clock())).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return row.Data, true, nil
}

// Alive tells which of the tokens are those of sessions that are not over.
func (s *Sessions) Alive(ctx context.Context, tokens []string) (map[string]bool, error) {
	byHash := make(map[string]string, len(tokens))
	for _, token := range tokens {
		byHash[tokenHash(token)] = token
	}
	alive := make(map[string]bool, len(byHash))
	for some := range slices.Chunk(slices.Collect(maps.Keys(byHash)), 500) {
		var found []string
		err := s.db.Read.NewSelect().Model((*sessionRow)(nil)).Column("token").Where("token IN (?)", bun.List(some)).
			Where("expires_at > ?", migrations.At(s.clock())).Scan(ctx, &found)
		if err != nil {
			return nil, fmt.Errorf("look for sessions: %w", err)
		}
		for _, hash := range found {
			alive[byHash[hash]] = true
		}
	}
	return alive, nil
}

// CommitCtx writes a session, over one of the same token.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	row := sessionRow{Token: tokenHash(token), Data: data, ExpiresAt: migrations.At(expiry)}
	err := s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (token) DO UPDATE").
			Set("data = EXCLUDED.data").Set("expires_at = EXCLUDED.expires_at").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep session: %w", err)
	}
	return nil
}

// DeleteCtx removes a session; it is no error if there is none.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.remove(ctx, "token = ?", tokenHash(token))
}

// Expire removes the sessions that are over, and what the log of sign-ins need not keep any longer; the sweep calls it.
func (s *Sessions) Expire(ctx context.Context) error {
	if err := s.forget(ctx); err != nil {
		return err
	}
	// Mostly there is none, and looking needs no transaction.
	old, err := s.db.Read.NewSelect().Model((*sessionRow)(nil)).Where("expires_at <= ?", migrations.At(s.clock())).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look for old sessions: %w", err)
	}
	if !old {
		return nil
	}
	return s.remove(ctx, "expires_at <= ?", migrations.At(s.clock()))
}

func (s *Sessions) remove(ctx context.Context, where string, value any) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where(where, value).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove sessions: %w", err)
	}
	return nil
}

// Find is FindCtx without a context, as scs.Store wants it; scs calls the other.
func (s *Sessions) Find(token string) (data []byte, found bool, err error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
