package web

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla/report"
)

// apiDocument describes what stands under /api/v1; tests hold every route and every answer to it.
//
//go:embed opendata/openapi.yaml
var apiDocument []byte

// apiDescription gives the document, the same for everybody.
func (s *Server) apiDescription(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=3600")
	return c.Blob(http.StatusOK, "application/yaml", apiDocument)
}

// isAPI tells whether a program asks under the path for programs, where no cookie is read and every answer is data.
func isAPI(c echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, "/api/") }

// recogniseProgram finds the account that a program asks as, by its token alone.
func (s *Server) recogniseProgram(c echo.Context, next echo.HandlerFunc) error {
	v, r := visitOf(c), c.Request()
	v.lang = accepted(c, errs.ZH)
	if kind, secret, _ := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " "); strings.EqualFold(kind, "Bearer") {
		account, token, known, err := s.Directory.ByToken(r.Context(), strings.TrimSpace(secret))
		if err != nil {
			return err
		}
		if known {
			v.account, v.bearer = account, token
			v.lang = accepted(c, account.Language)
			c.SetRequest(r.WithContext(audit.By(r.Context(), account.ID)))
		}
	}
	if lang := errs.Lang(c.QueryParam("lang")); lang == errs.ZH || lang == errs.EN {
		v.lang = lang
	}
	return next(c)
}

// guardProgram lets a program through whose token is good, not used too often, and made for this, and whose account
// has a role for it. Errors: forbidden, limited.
func (s *Server) guardProgram(c echo.Context, who Access) error {
	v, h := visitOf(c), c.Response().Header()
	if v.bearer.ID == 0 {
		h.Set("WWW-Authenticate", `Bearer realm="mailbox"`)
		return unknownTokenError{errs.Forbidden(
			"please send a good token: Authorization: Bearer "+people.TokenPrefix+"…; this one is missing, wrong, over or revoked",
			"请提供有效令牌：Authorization: Bearer "+people.TokenPrefix+"…；当前令牌缺失、有误、已过期或已撤销")}
	}
	if delay := s.limits.api.wait(strconv.FormatInt(v.bearer.ID, 10), v.now); delay > 0 {
		seconds := int((delay + time.Second - 1) / time.Second)
		h.Set("Retry-After", strconv.Itoa(seconds))
		return errs.Limited("this token asks too often; please wait %[1]d seconds", "此令牌请求过于频繁，请%[1]d秒后再试", seconds)
	}
	if who.scope != "" {
		if err := v.bearer.Permit(who.scope); err != nil {
			return err
		}
	}
	if !who.admits(v) {
		return errs.Forbidden("the account of this token does not have the role for this", "此令牌所属账号没有相应角色")
	}
	return nil
}

// unknownTokenError is the error of whoever asks without a good token: a status of its own, since the program must not
// take it for something that its account may not do.
type unknownTokenError struct{ error }

func (e unknownTokenError) Unwrap() error { return e.error }

// question is what a program asks for. Each name stands there once, and none that the path does not know: a misspelt
// filter must not be taken for none.
type question struct {
	values url.Values
	known  []string
	wrong  error // the first thing that is
}

// longestAsked is how long a value may be, in bytes.
const longestAsked = 1000

func questionOf(c echo.Context) *question {
	q := &question{known: []string{"lang"}}
	var err error
	if q.values, err = url.ParseQuery(c.Request().URL.RawQuery); err != nil {
		q.blame(errs.Invalid("", "the query of this address cannot be read", "无法读取网址中的查询参数").Because(err))
	}
	return q
}

func (q *question) blame(err error) {
	if q.wrong == nil {
		q.wrong = err
	}
}

// text is one line of text; "" when it is not asked for.
func (q *question) text(name string) string {
	q.known = append(q.known, name)
	text := strings.TrimSpace(q.values.Get(name))
	switch {
	case len(q.values[name]) > 1:
		q.blame(errs.Invalid(name, "please give %[1]s once", "参数%[1]s只能出现一次", name))
	case len(text) > longestAsked, !utf8.ValidString(text), strings.ContainsFunc(text, unicode.IsControl):
		q.blame(errs.Invalid(name, "please give one line of text, at most %[1]d bytes", "请填写一行文字，最多%[1]d字节", longestAsked))
		return ""
	}
	return text
}

// needed is a text that must be there.
func (q *question) needed(name string) string {
	text := q.text(name)
	if text == "" {
		q.blame(errs.Invalid(name, "please give %[1]s", "缺少参数%[1]s", name))
	}
	return text
}

// number is a whole number of at least 1; otherwise when it is not asked for.
func (q *question) number(name string, otherwise int64) int64 {
	text := q.text(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		q.blame(errs.Invalid(name, "%[1]s is a whole number of at least 1", "参数%[1]s须为不小于1的整数", name))
		return otherwise
	}
	return n
}

// yes tells whether something is asked for.
func (q *question) yes(name string) bool {
	switch q.text(name) {
	case "true":
		return true
	case "", "false":
	default:
		q.blame(errs.Invalid(name, "%[1]s is true or false", "参数%[1]s只能为true或false", name))
	}
	return false
}

// day is a date, "" when it is not asked for.
func (q *question) day(name string) string {
	text := q.text(name)
	if text != "" {
		if _, err := dateIn(name, text); err != nil {
			q.blame(err)
		}
	}
	return text
}

// oneOf is one of some words, the zero value when it is not asked for.
func oneOf[S ~string](q *question, name string, all []S) S {
	text := S(q.text(name))
	if text != "" && !slices.Contains(all, text) {
		words := make([]string, len(all))
		for i, word := range all {
			words[i] = string(word)
		}
		q.blame(errs.Invalid(name, "%[1]s is one of %[2]s", "参数%[1]s可选：%[2]s", name, strings.Join(words, ", ")))
	}
	return text
}

// done is the first thing that is wrong with the question, now that all its names are known.
func (q *question) done() error {
	for name := range q.values {
		if !slices.Contains(q.known, name) {
			q.blame(errs.Invalid(readable(name), "there is no parameter %[1]q here; there are %[2]s", "没有参数%[1]q，可用：%[2]s",
				readable(name), strings.Join(q.known, ", ")))
		}
	}
	return q.wrong
}

// moment is an instant for a program, in the city's zone; nil for none.
func (s *Server) moment(t time.Time) *report.Moment {
	if t.IsZero() {
		return nil
	}
	return &report.Moment{Time: t.In(s.loc)}
}
