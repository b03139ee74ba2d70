package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

// Where tokens are kept: one's own, and everybody's.
const (
	tokensPath      = "/account/tokens"
	adminTokensPath = "/admin/tokens"
)

// tokensView lists tokens: one's own with the form for another, or everybody's.
type tokensView struct {
	Own    bool
	Fields []fieldView
	Open   bool // the form was sent and came back
	Rows   []tokenRowView
	Revoke string // before the id, the path that revokes; empty for those who may not
	// Shown is a token that was just made. It stands in this answer and nowhere else.
	Shown string
}

type tokenRowView struct {
	ID                   int64
	Name, Begins, Scopes string
	Who                  string // of everybody's: the account
	MadeAt, ExpiresAt    time.Time
	UsedAt               *time.Time
	Good, Revoked        bool
}

func (s *Server) ownTokens(c echo.Context) error { return s.showOwnTokens(c, nil, nil, "") }

// showOwnTokens is the page in all its states: plain, with a form that came back, with a new token.
func (s *Server) showOwnTokens(c echo.Context, typed *form, wrong error, shown string) error {
	tokens, err := s.Directory.Tokens(c.Request().Context(), s.actor(c))
	if err != nil {
		return err
	}
	page, status := Page{Path: tokensPath}, http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	page.View = tokensView{
		Own: true, Fields: s.tokenFields(c, typed, page), Open: typed != nil, Rows: s.tokenRows(c, tokens, nil), Revoke: tokensPath, Shown: shown,
	}
	return s.render(c, status, "public/tokens", page)
}

func (s *Server) tokenRows(c echo.Context, tokens []people.Token, names map[int64]string) []tokenRowView {
	v, rows := visitOf(c), make([]tokenRowView, len(tokens))
	for i, t := range tokens {
		rows[i] = tokenRowView{
			ID: t.ID, Name: t.Name, Begins: t.Begins, Who: names[t.Account], MadeAt: t.MadeAt, ExpiresAt: t.ExpiresAt.Add(-time.Second),
			Good: t.Good(v.now), Revoked: !t.RevokedAt.IsZero(),
		}
		if !t.UsedAt.IsZero() {
			rows[i].UsedAt = &t.UsedAt
		}
		for j, scope := range t.Scopes {
			if j > 0 {
				rows[i].Scopes += s.words.in(v.lang, "desk.and")
			}
			rows[i].Scopes += s.words.in(v.lang, "tokens.scope."+string(scope))
		}
	}
	return rows
}

// usualTokenDays is how long a token lasts unless another day is chosen.
const usualTokenDays = 90

func (s *Server) tokenFields(c echo.Context, typed *form, page Page) []fieldView {
	v := visitOf(c)
	field := func(name, kind, hint string) fieldView {
		f := fieldView{Lang: v.lang, Name: name, Type: kind, Label: s.words.in(v.lang, "tokens."+name), Width: "medium", Error: page.Wrong(name)}
		if hint != "" {
			f.Hint = s.words.in(v.lang, hint)
		}
		if typed != nil {
			f.Value = readable(typed.text(name))
		}
		return f
	}
	name, scope, until := field("name", "text", "tokens.name.hint"), field("scope", "checkboxes", ""), field("until", "date", "tokens.until.hint")
	name.Autocomplete, scope.Value = "off", ""
	for _, one := range people.Scopes {
		scope.Options = append(scope.Options, option{
			Value: string(one), Label: s.words.in(v.lang, "tokens.scope."+string(one)), Hint: s.words.in(v.lang, "tokens.scope."+string(one)+".hint"),
			Checked: typed != nil && slices.Contains(typed.values["scope"], string(one)),
		})
	}
	if typed == nil {
		until.Value = v.now.In(s.loc).AddDate(0, 0, usualTokenDays).Format(time.DateOnly)
	}
	return []fieldView{name, scope, until}
}

// makeToken makes a token of one's own and shows it once.
func (s *Server) makeToken(c echo.Context) error {
	f := formOf(c)
	day, err := sla.ParseDate(f.line("until"))
	if err != nil {
		return s.showOwnTokens(c, &f, errs.Invalid("until", "please enter a day such as 2026-03-05", "请填写日期，如 2026-03-05").Because(err), "")
	}
	n := people.NewToken{Name: f.line("name"), Expires: day.AddDays(1).Start(s.loc)}
	for _, scope := range f.values["scope"] {
		n.Scopes = append(n.Scopes, people.Scope(scope))
	}
	secret, err := s.Directory.MakeToken(c.Request().Context(), s.actor(c), n)
	if err != nil {
		return s.showOwnTokens(c, &f, err, "")
	}
	return s.showOwnTokens(c, nil, nil, secret)
}

// revokeToken makes a token of one's own void.
func (s *Server) revokeToken(c echo.Context) error {
	return s.revoke(c, tokensPath, func(err error) error { return s.showOwnTokens(c, nil, err, "") })
}

func (s *Server) revoke(c echo.Context, path string, refused func(error) error) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		id = 0 // of no token
	}
	if err := s.Directory.RevokeToken(c.Request().Context(), s.actor(c), id); err != nil {
		return refused(err)
	}
	if err := s.tell(c, "good", "tokens.revoked.told"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, path)
}

func (s *Server) adminTokens(c echo.Context) error { return s.showAllTokens(c, nil) }

// showAllTokens lists the tokens of everybody.
func (s *Server) showAllTokens(c echo.Context, wrong error) error {
	ctx, a := c.Request().Context(), s.actor(c)
	tokens, err := s.Directory.AllTokens(ctx, a)
	if err != nil {
		return err
	}
	accounts, err := s.Directory.Accounts(ctx)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, account := range accounts {
		names[account.ID] = account.Name + " " + account.Login
	}
	page, status := s.adminPage(c, adminTokensPath), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	view := tokensView{Rows: s.tokenRows(c, tokens, names)}
	if a.Is(people.Administrator) {
		view.Revoke = adminTokensPath
	}
	page.View = view
	return s.render(c, status, "public/tokens", page)
}

// revokeAnyToken makes somebody's token void.
func (s *Server) revokeAnyToken(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	return s.revoke(c, adminTokensPath, func(err error) error { return s.showAllTokens(c, err) })
}
