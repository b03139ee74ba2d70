package web

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// Atom 1.0 (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Author    atomAuthor `xml:"author"`
	Link      atomLink   `xml:"link"`
	Content   string     `xml:"content"` // plain text: the type is "text" unless it says otherwise
}

// publishedFeed gives the newest published letters as a feed, in Chinese for everybody: whoever reads feeds for
// others keeps one of them. An entry is named by its address, which never changes.
func (s *Server) publishedFeed(c echo.Context) error {
	list, err := s.Desk.Published(c.Request().Context(), cases.PublishedFilter{})
	if err != nil {
		return err
	}
	feed := atomFeed{
		Lang: "zh-CN", ID: s.publicAddress("/letters"), Title: s.words.in(errs.ZH, "published.feed.title", s.City),
		Author: atomAuthor{s.words.in(errs.ZH, "site", s.City)},
		Links: []atomLink{
			{"self", "application/atom+xml", s.publicAddress("/letters/feed")}, {"alternate", "text/html", s.publicAddress("/letters")},
		},
	}
	// An empty feed has not changed since the world began, rather than at every look.
	updated := time.Unix(0, 0)
	for i := range list.Hits {
		h := &list.Hits[i]
		if h.ChangedAt.After(updated) {
			updated = h.ChangedAt
		}
		who := h.Department
		if who == "" {
			who = feed.Author.Name
		}
		address := s.publicAddress(publishedPath(h.ID))
		feed.Entries = append(feed.Entries, atomEntry{
			ID: address, Title: h.Title, Published: h.PublishedAt.In(s.loc).Format(time.RFC3339), Updated: h.ChangedAt.In(s.loc).Format(time.RFC3339),
			Author: atomAuthor{who}, Link: atomLink{"alternate", "text/html", address},
			Content: s.words.in(errs.ZH, "published.feed.entry", h.Body, h.Answer),
		})
	}
	feed.Updated = updated.In(s.loc).Format(time.RFC3339)
	return writeXML(c, "application/atom+xml; charset=utf-8", feed)
}

func writeXML(c echo.Context, kind string, of any) error {
	body, err := xml.Marshal(of)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, kind, append([]byte(xml.Header), body...))
}

// siteMapLength is how many addresses a site map may hold (sitemaps.org).
const siteMapLength = 50_000

type siteMap struct {
	XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteMapLine `xml:"url"`
}

type siteMapIndex struct {
	XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Maps    []siteMapLine `xml:"sitemap"`
}

type siteMapLine struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

// siteMapPages are the public pages besides letters.
var siteMapPages = []string{"/", "/letters", "/write", "/track", "/privacy", "/accessibility", "/contact"}

// siteMapXML lists the public pages: all in one file, or parts of so many identities and a list of the parts.
func (s *Server) siteMapXML(c echo.Context) error {
	ctx := c.Request().Context()
	part, err := strconv.ParseInt(c.QueryParam("part"), 10, 64)
	asked := err == nil && part > 0 && part < 1_000_000
	if !asked {
		part = 1
	}
	const room = siteMapLength - 100 // the other pages stand in the first part
	marks, last, err := s.Desk.PublishedMarks(ctx, (part-1)*room, part*room)
	if err != nil {
		return err
	}
	if !asked && last > room {
		var index siteMapIndex
		for n := int64(1); (n-1)*room < last; n++ {
			index.Maps = append(index.Maps, siteMapLine{Location: s.publicAddress("/sitemap.xml?part=" + strconv.FormatInt(n, 10))})
		}
		return writeXML(c, "application/xml; charset=utf-8", index)
	}
	var m siteMap
	if part == 1 {
		for _, path := range siteMapPages {
			m.URLs = append(m.URLs, siteMapLine{Location: s.publicAddress(path)})
		}
	}
	for _, mark := range marks {
		m.URLs = append(m.URLs, siteMapLine{s.publicAddress(publishedPath(mark.ID)), mark.ChangedAt.In(s.loc).Format(time.RFC3339)})
	}
	return writeXML(c, "application/xml; charset=utf-8", m)
}

// robots says to search engines which pages are none of theirs.
func (s *Server) robots(c echo.Context) error {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, path := range []string{"/track/", "/track?", "/receipt", "/outbox", "/sign-in", "/account/", "/desk", "/cases/", "/reports", "/hot", "/admin/", "/healthz", "/readyz"} {
		b.WriteString("Disallow: " + path + "\n")
	}
	b.WriteString("Sitemap: " + s.publicAddress("/sitemap.xml") + "\n")
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(b.String()))
}
