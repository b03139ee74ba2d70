package web_test

import (
	"net/http"

	"mailbox/cases"
)

// findPages are the search of the staff, and lists that are taken away.
func findPages(w *walk, s *believable) {
	w.visit("search", "/search")
	w.visit("search-found", "/search?words=%E6%B0%B4&kind=complaint")
	w.visit("search-none", "/search?words=nothing+of+the+kind")
	w.load("/search", http.StatusOK)
	w.click(`details:has(form[action="/search/writer"]) summary`)
	w.write("#field-writer", "139")
	w.send("search-writer-wrong", `form[action="/search/writer"] .button`, http.StatusUnprocessableEntity)
	w.write("#field-writer", "13900001234")
	w.send("search-writer", `form[action="/search/writer"] .button`, http.StatusOK)
	w.visit("export", "/export?list=%2Fdesk%2Foffice%3Fpile%3Dall")
	w.send("export-wrong", `form[action="/export"] .button--primary`, http.StatusUnprocessableEntity)
	_, _, err := s.desk.Export(w.t.Context(), s.clerk, cases.Taken{
		List: "/search", Filter: "kind=complaint&words=%E6%B0%B4", Search: &cases.Search{Kind: "complaint", Words: "水"}, Format: cases.XLSX, Reason: "本周督查例会",
	})
	must(w.t, err)
}
