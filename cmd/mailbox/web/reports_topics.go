package web

import (
	"github.com/labstack/echo/v4"

	"mailbox/sla/report"
)

// topicsView is the tree of topics.
type topicsView struct {
	*reportPage
	Tree tableView
}

// topicFigures are the columns of the tree.
var topicFigures = []string{"valid", "answered", "due", "on_time", "on_time_rate", "overdue_open", "rated", "satisfaction_rate", "median_days"}

// topicLevels is how deep a name is indented at most.
const topicLevels = 3

func (s *Server) reportTopics(_ echo.Context, a *askedReport) (any, error) {
	tree := s.figureTable(a.lang, s.words.in(a.lang, "report.by.topic"), s.words.in(a.lang, "report.topics.caption"), topicFigures, sorting{})
	branches := report.Branches(a.Groups)
	var most int64
	for i := range branches {
		most = max(most, branches[i].Valid)
	}
	for i := range branches {
		b := &branches[i]
		// A branch opens with all that stands below it; what has no topic is a group.
		links, group := a.links.with(func(f *reportForm) { f.Topic, f.By = b.Topic, "" }), (*report.Figures)(nil)
		if b.Topic == "" {
			links, group = a.links, &b.Figures
		}
		row := figureRow(b.Name, &b.Figures, links, topicFigures, group, nil)
		if b.Topic == "" {
			row.Cells[0].Text = s.words.in(a.lang, "report.not_stated")
		}
		row.Cells[0].Level, row.Cells[0].Bar = min(b.Depth, topicLevels), barOf(b.Valid, most)
		tree.Rows = append(tree.Rows, row)
	}
	if len(tree.Rows) > 0 {
		total := figureRow(s.words.in(a.lang, "report.total"), &a.Total, a.links, topicFigures, nil, nil)
		total.Total = true
		tree.Rows = append(tree.Rows, total)
	}
	return &topicsView{a.page, tree}, nil
}
