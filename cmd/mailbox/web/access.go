package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// Access says who may take a route. Whether they may do the verb to this very case is the desk's to say.
type Access struct {
	// Roles are those of the permission table that the route is for. Writer alone means: of the letter
	// that was proved by number and secret.
	Roles []people.Role
	open  bool // everybody, signed in or not
	// bearer lets in programs with a token, and nobody by a session; scope is what it must be made for, "" nothing more.
	bearer bool
	scope  people.Scope
}

// The accesses that name no role of the staff.
var (
	anyone    = Access{Roles: []people.Role{people.Writer}, open: true}
	ownLetter = Access{Roles: []people.Role{people.Writer}}
	signedIn  = Access{Roles: people.Grantable}
)

// staff lets in those who hold one of the roles.
func staff(roles ...people.Role) Access { return Access{Roles: roles} }

// byToken lets in programs whose token has the scope ("": any) and whose account holds one of the roles.
func byToken(scope people.Scope, who Access) Access {
	return Access{Roles: who.Roles, bearer: true, scope: scope}
}

func (a Access) ofWriter() bool { return !a.open && slices.Contains(a.Roles, people.Writer) }

func (a Access) admits(v *visit) bool {
	if a.open {
		return true
	}
	if a.ofWriter() {
		return v.letter.ID != 0
	}
	return a.bearer == (v.bearer.ID != 0) && v.signedIn() && slices.ContainsFunc(a.Roles, v.account.Actor().Is)
}

// passwordPath is the one page open to somebody whose password was set by somebody else, but for signing out.
const passwordPath = "/account/password"

// guard lets only those through whom the route is for. What somebody typed before the session ended is
// kept: the page that says so sends it again.
func (s *Server) guard(r Route, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := visitOf(c)
		switch {
		case r.Who.open:
			return next(c)
		case r.Who.bearer:
			if err := s.guardProgram(c, r.Who); err != nil {
				return err
			}
			return next(c)
		case r.Who.admits(v):
			if duty := s.duty(v, v.account); !r.Who.ofWriter() && duty != "" && r.Path != duty && r.Path != "/sign-out" {
				if c.Request().Method == http.MethodPost && !under(r.Path, duty) {
					return s.again(c, http.StatusForbidden, "again.duty", duty)
				}
				return c.Redirect(http.StatusSeeOther, duty)
			}
			return next(c)
		case r.Who.ofWriter():
			return s.turnAway(c, "/track", "again.letter")
		case v.signedIn():
			return errs.Forbidden(
				"this page is for other colleagues; your account does not have the role for it",
				"该页面供其他岗位使用，您的账号没有相应权限")
		default:
			return s.turnAway(c, "/sign-in", "again.session")
		}
	}
}

// turnAway leads somebody who must first show who they are to the page where they can.
func (s *Server) turnAway(c echo.Context, where, why string) error {
	if c.Request().Method == http.MethodPost {
		return s.again(c, http.StatusUnauthorized, why, where)
	}
	if wantsJSON(c) {
		return s.failWith(c, http.StatusUnauthorized, errs.Forbidden("please sign in first", "请先登录"))
	}
	if where == "/sign-in" {
		where += "?next=" + url.QueryEscape(c.Request().URL.RequestURI())
	}
	return c.Redirect(http.StatusSeeOther, where)
}

// localPath gives back a path of ours to return to, or the other one: never an address elsewhere.
func localPath(path, otherwise string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return otherwise
	}
	return path
}

// under tells whether the page at path belongs to the navigation's link.
func under(path, link string) bool {
	path, _, _ = strings.Cut(path, "?")
	return path == link || link != "/" && strings.HasPrefix(path, link+"/")
}
