package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Outcome is what became of a try to sign in.
type Outcome string

// The outcomes.
const (
	SignedIn    Outcome = "in"
	WrongTry    Outcome = "wrong"        // login or password
	BlockedTry  Outcome = "blocked"      // too many wrong ones before
	WrongCode   Outcome = "code_wrong"   // the password was right, the second factor was not
	BlockedCode Outcome = "code_blocked" // likewise, after too many wrong ones

	SignedInSSO Outcome = "in_sso"      // by the city's single sign-on
	SSORefused  Outcome = "sso_refused" // the single sign-on knows them, the mailbox has no place for them

	ResetAsked Outcome = "reset_asked" // somebody has forgotten the password, and is sent a link
	ResetDone  Outcome = "reset"       // and has chosen another
)

// Opens tells whether the try has opened a session.
func (o Outcome) Opens() bool { return o == SignedIn || o == SignedInSSO }

// OutcomeOf tells what an error of SignIn, or of a second factor's Check, means for the log.
func OutcomeOf(err error, ofCode bool) Outcome {
	limited := errs.CodeOf(err) == errs.CodeLimited
	switch {
	case err == nil:
		return SignedIn
	case ofCode && limited:
		return BlockedCode
	case ofCode:
		return WrongCode
	case limited:
		return BlockedTry
	}
	return WrongTry
}

// signInsKept is how long the log of sign-ins is kept.
const signInsKept = 180 * 24 * time.Hour

// SignIn is a try to sign in.
type SignIn struct {
	ID      int64
	Account int64 // 0: the login does not exist
	At      time.Time
	Outcome Outcome
	Address string // the line it came from
	Agent   string // what the browser says it is, cut short
	Open    bool   // its session is open
	Current bool   // its session is the one asked about
}

type signInRow struct {
	bun.BaseModel `bun:"table:sign_ins,alias:s"`

	ID        int64 `bun:",pk,autoincrement"`
	AccountID int64 `bun:",nullzero"`
	At        migrations.Instant
	Outcome   Outcome
	Address   string
	Agent     string
	Session   string `bun:",nullzero"`
}

// maxAgent bounds what is kept of a browser's name, in bytes.
const maxAgent = 200

// Log writes down a try to sign in, now; token is that of the session, for one that got in. A login that does not
// exist is written down as well, without the login, so that it takes as long as one that does.
func (s *Sessions) Log(ctx context.Context, try SignIn, token string) error {
	now := migrations.At(s.clock())
	return s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return writeSignIn(ctx, tx, now, try, token) })
}

func writeSignIn(ctx context.Context, tx bun.Tx, now migrations.Instant, try SignIn, token string) error {
	row := signInRow{AccountID: try.Account, At: now, Outcome: try.Outcome, Address: try.Address, Agent: shortAgent(try.Agent)}
	if try.Outcome.Opens() {
		row.Session = tokenHash(token)
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("log sign-in: %w", err)
	}
	return nil
}

func shortAgent(agent string) string {
	agent = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return -1
		}
		return r
	}, agent)
	for len(agent) > maxAgent {
		_, size := utf8.DecodeLastRuneInString(agent)
		agent = agent[:len(agent)-size]
	}
	return agent
}

// SignIns gives the latest tries, the newest first: of one account, or of all for 0. token is the session that asks.
func (s *Sessions) SignIns(ctx context.Context, accountID int64, token string, most int64) ([]SignIn, error) {
	var rows []struct {
		signInRow `bun:",extend"`

		Open bool
	}
	query := s.db.Read.NewSelect().Model(&rows).ColumnExpr("s.*").
		ColumnExpr("EXISTS (SELECT 1 FROM sessions AS o WHERE o.token = s.session AND o.expires_at > ?) AS open", migrations.At(s.clock())).
		Order("s.id DESC").Limit(most)
	if accountID != 0 {
		query = query.Where("s.account_id = ?", accountID)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read sign-ins: %w", err)
	}
	current := tokenHash(token)
	tries := make([]SignIn, len(rows))
	for i, r := range rows {
		tries[i] = SignIn{r.ID, r.AccountID, r.At.Time, r.Outcome, r.Address, r.Agent, r.Open, r.Session == current}
	}
	return tries, nil
}

// End ends the session that a sign-in of the account has opened. It is no error if it is over already.
//
// Errors: invalid when it is not the account's.
func (s *Sessions) End(ctx context.Context, accountID, signIn int64) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row signInRow
		err := tx.NewSelect().Model(&row).Where("s.id = ? AND s.account_id = ? AND s.session IS NOT NULL", signIn, accountID).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return NotYourSession()
		}
		if err != nil {
			return fmt.Errorf("read sign-in: %w", err)
		}
		if _, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("token = ?", row.Session).Exec(ctx); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// NotYourSession says that a session is not one of the account's.
func NotYourSession() error {
	return errs.Invalid("", "this is not a session of yours; please choose one from the list", "这不是您的会话，请从列表中选择")
}

// EndOthers ends all sessions of the account but the one of the token, and says how many.
func (s *Sessions) EndOthers(ctx context.Context, accountID int64, token string) (ended int64, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model((*sessionRow)(nil)).
			Where("token <> ? AND token IN (SELECT session FROM sign_ins WHERE account_id = ?)", tokenHash(token), accountID).Exec(ctx)
		if err != nil {
			return err
		}
		ended, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return ended, nil
}

// forget drops what is older than the log is kept.
func (s *Sessions) forget(ctx context.Context) error {
	before := migrations.At(s.clock().Add(-signInsKept))
	old, err := s.db.Read.NewSelect().Model((*signInRow)(nil)).Where("s.at < ?", before).Exists(ctx)
	if err != nil || !old {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*signInRow)(nil)).Where("at < ?", before).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget sign-ins: %w", err)
	}
	return nil
}
