package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// inboxLength is how many notices the page lists.
const inboxLength = 100

const inboxPath = "/account/notices"

// inboxView is what somebody was told.
type inboxView struct {
	Rows   []newsView
	Newest int64
	Unread int
}

type newsView struct {
	ID                  int64
	At                  time.Time
	Topic, Number, Text string
	Href                string // "" where there is nothing to open
	Unread              bool
}

// inbox lists the notices of who has signed in.
func (s *Server) inbox(c echo.Context) error {
	lang := visitOf(c).lang
	items, err := s.Desk.Inbox(c.Request().Context(), s.actor(c), inboxLength)
	if err != nil {
		return err
	}
	var view inboxView
	for _, i := range items {
		row := newsView{ID: i.ID, At: i.At, Topic: wording.TopicName(lang, string(i.Topic)), Number: i.Number, Text: i.Subject, Unread: !i.Read}
		switch {
		case i.Number == "":
			row.Href = s.landing(visitOf(c).account, lang)
		case i.MaySee:
			row.Href, row.Text = "/cases/"+i.Number, s.titleOrNone(lang, i.Title)
		}
		if row.Unread {
			view.Unread++
		}
		view.Newest = max(view.Newest, i.ID)
		view.Rows = append(view.Rows, row)
	}
	return s.render(c, http.StatusOK, "live/inbox", Page{View: view, Path: inboxPath})
}

// readNews marks one notice as read, or all up to the newest that the page showed, and leads on to what it is about.
func (s *Server) readNews(c echo.Context) error {
	form := formOf(c)
	name := "upto"
	if form.line("id") != "" {
		name = "id"
	}
	id, err := strconv.ParseInt(form.line(name), 10, 64)
	if err != nil {
		return c.Redirect(http.StatusSeeOther, inboxPath) // there is nothing to mark
	}
	if err := s.Desk.ReadNews(c.Request().Context(), s.actor(c), id, name == "id"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, localPath(form.line("to"), inboxPath))
}

// waysView is the form by which somebody says how to be told.
type waysView struct {
	Topics []fieldView
	Times  []fieldView
	Off    bool
	Email  string
}

func (s *Server) askNoticeSettings(c echo.Context) error {
	settings, err := s.Desk.NoticeSettings(c.Request().Context(), s.actor(c))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "live/ways", Page{View: s.waysOf(c, settings), Path: inboxPath + "/settings"})
}

func (s *Server) waysOf(c echo.Context, settings cases.NoticeSettings) waysView {
	v := visitOf(c)
	view := waysView{Off: settings.Quiet.DaysOff, Email: v.account.Email}
	for _, topic := range cases.Topics {
		field := fieldView{Lang: v.lang, Name: string(topic), Type: "select", Value: string(settings.Ways[topic]), Label: wording.TopicName(v.lang, string(topic))}
		for _, way := range cases.Ways {
			if topic == cases.TopicDue && way == cases.WayDigest {
				if field.Value == string(way) {
					field.Value = string(cases.WayMail)
				}
				continue // it is the morning's mail itself
			}
			field.Options = append(field.Options, option{Value: string(way), Label: s.words.in(v.lang, "ways."+string(way))})
		}
		view.Topics = append(view.Topics, field)
	}
	for _, at := range []struct {
		name   string
		minute int
	}{{"from", settings.Quiet.From}, {"until", settings.Quiet.Until}} {
		view.Times = append(view.Times, fieldView{
			Lang: v.lang, Name: at.name, Type: "time", Width: "narrow", Label: s.words.in(v.lang, "ways."+at.name), Value: fmt.Sprintf("%02d:%02d", at.minute/60, at.minute%60),
		})
	}
	return view
}

func (s *Server) setNotices(c echo.Context) error {
	form := formOf(c)
	settings := cases.NoticeSettings{Ways: map[cases.Topic]cases.Way{}}
	for _, topic := range cases.Topics {
		settings.Ways[topic] = cases.Way(form.line(string(topic)))
	}
	settings.Quiet = cases.Quiet{From: minuteOf(form.line("from")), Until: minuteOf(form.line("until")), DaysOff: form.on("days_off")}
	if err := s.Desk.SetNotices(c.Request().Context(), s.actor(c), settings); err != nil {
		view := s.waysOf(c, settings)
		for i, field := range view.Times {
			view.Times[i].Value = readable(form.line(field.Name))
		}
		for _, fields := range [][]fieldView{view.Topics, view.Times} {
			for i := range fields {
				if errs.FieldOf(err) == fields[i].Name {
					fields[i].Error = errs.Message(err, visitOf(c).lang)
				}
			}
		}
		return s.redisplay(c, err, "live/ways", Page{View: view, Path: inboxPath + "/settings"})
	}
	if err := s.tell(c, "good", "ways.kept"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, inboxPath)
}

// minuteOf reads a time of day such as 19:00; -1 is none.
func minuteOf(text string) int {
	hours, minutes, _ := strings.Cut(text, ":")
	h, err := strconv.Atoi(hours)
	m, wrong := strconv.Atoi(minutes)
	if err != nil || wrong != nil || h < 0 || h > 23 || m < 0 || m > 59 {
		return -1
	}
	return h*60 + m
}
