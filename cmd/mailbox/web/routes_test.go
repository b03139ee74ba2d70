package web

import (
	"slices"
	"testing"

	"mailbox/cases/people"
)

// TestRoutesAgreeWithThePermissionTable: a path lets in nobody whom the table keeps from its verb.
func TestRoutesAgreeWithThePermissionTable(t *testing.T) {
	t.Parallel()
	s := &Server{}
	seen := map[string]bool{}
	for _, r := range s.routes() {
		if at := r.Method + " " + r.Path; seen[at] {
			t.Errorf("%s stands there twice", at)
		} else {
			seen[at] = true
		}
		if r.Method == post && r.Handle == nil {
			t.Errorf("%s leads nowhere", r.Path)
		}
		if r.Verb == "" {
			continue
		}
		allowed := people.Permissions[r.Verb]
		if len(allowed) == 0 {
			t.Errorf("%s: %q is no verb of the permission table", r.Path, r.Verb)
		}
		for _, role := range r.Who.Roles {
			if !slices.ContainsFunc(allowed, func(a people.Allowed) bool { return a.Role == role }) {
				t.Errorf("%s lets in %s, whom the table keeps from %q", r.Path, role, r.Verb)
			}
		}
	}
}

// TestEveryVerbOfAPersonHasARoute: what somebody may do, they can do on a page.
func TestEveryVerbOfAPersonHasARoute(t *testing.T) {
	t.Parallel()
	led := map[people.Verb]map[people.Role]bool{}
	for _, r := range (&Server{}).routes() {
		for _, role := range r.Who.Roles {
			if led[r.Verb] == nil {
				led[r.Verb] = map[people.Role]bool{}
			}
			led[r.Verb][role] = true
		}
	}
	for verb, lines := range people.Permissions {
		for _, line := range lines {
			if line.Role != people.System && !led[verb][line.Role] {
				t.Errorf("no route leads %s to %q", line.Role, verb)
			}
		}
	}
}

func TestOnlyPathsOfOursLeadBack(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/track?number=1": "/track?number=1", "": "/x", "track": "/x", "//evil": "/x", "https://evil/": "/x",
		"/\\evil": "/x", "/a\r\nSet-Cookie: b": "/x", "javascript:1": "/x", "/a//b": "/a//b",
	} {
		if got := localPath(path, "/x"); got != want {
			t.Errorf("localPath(%q) = %q, want %q", path, got, want)
		}
	}
}
