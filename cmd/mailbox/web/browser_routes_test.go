package web

import (
	"net/http"
	"slices"
	"strings"
)

// PagePaths are the paths of all pages, for the tests in web_test that look at each. What gives a file,
// an answer for a program, or only leads on to another page is none.
func PagePaths(s *Server) []string {
	var paths []string
	for _, r := range s.table {
		leadsOn := strings.HasSuffix(r.Path, "/:verb") || strings.HasSuffix(r.Path, "/:verb/fill") || strings.HasSuffix(r.Path, "/:what") || r.Path == "/desk" || strings.HasPrefix(r.Path, "/desk/calls/") ||
			strings.HasPrefix(r.Path, "/admin/") && strings.HasSuffix(r.Path, "/preview") ||
			r.Path == "/desk/views" || r.Path == "/admin/notices/revive" || r.Path == "/write/check" || r.Path == "/search/writer" || r.Path == "/write/answered" || r.Path == "/track/rate" ||
			r.Path == ssoPath || r.Path == ssoBack
		other := strings.HasSuffix(r.Path, "z") || strings.HasSuffix(r.Path, "/csv") || strings.HasSuffix(r.Path, "/json") || strings.HasSuffix(r.Path, "/xlsx") || strings.HasPrefix(r.Path, "/reports/written/") ||
			strings.HasSuffix(r.Path, "/suggestion") || strings.HasSuffix(r.Path, "/files/:file") || r.Path == "/track/open" ||
			strings.HasSuffix(r.Path, "/feed") || strings.HasPrefix(r.Path, "/api/") || strings.Contains(r.Path, ".") ||
			strings.HasSuffix(r.Path, "/publish/preview") || strings.HasSuffix(r.Path, "/reply/preview") || strings.HasSuffix(r.Path, "/propose/preview") || strings.HasSuffix(r.Path, "/useful") ||
			r.Path == "/track/receipt" || r.Path == eventsPath || strings.HasSuffix(r.Path, "/presence")
		if r.Method == http.MethodGet && !leadsOn && !other {
			paths = append(paths, r.Path)
		}
	}
	// What only leads back to the letter.
	return slices.DeleteFunc(paths, func(path string) bool {
		return path == "/track/other" || path == "/track/material" || path == "/track/rework"
	})
}
