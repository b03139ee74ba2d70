package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

//go:embed templates/*/*.html templates/*/*.toml
var templateFiles embed.FS

// pages are the templates by the name of their file: "public/write".
type pages map[string]*template.Template

func (p pages) write(w io.Writer, name string, page Page) error {
	t, ok := p[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	if err := t.ExecuteTemplate(w, "base", page); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return nil
}

// face is what the program says and shows, made of the files in it; only the zone of dates is the city's.
type face struct {
	words  dictionary
	assets assets
	pages  pages
	loc    *time.Location
}

// faces are those that were made, by zone. Parsing the files takes most of a server's start, and one copy is enough:
// the tests start servers by the hundred.
var faces sync.Map

// faceIn is the face in a zone.
func faceIn(loc *time.Location) (*face, error) {
	made, _ := faces.LoadOrStore(loc.String(), sync.OnceValues(func() (*face, error) { return readFace(loc) }))
	return made.(func() (*face, error))() //nolint:forcetypeassert // nothing else is put in
}

func readFace(loc *time.Location) (f *face, err error) {
	f = &face{loc: loc}
	if f.words, err = readWords(templateFiles); err != nil {
		return nil, err
	}
	if f.assets, err = readAssets(staticFiles); err != nil {
		return nil, err
	}
	f.pages, err = f.parsePages()
	return f, err
}

// frameFolders hold what every page is made of; the others hold pages. A file whose name begins with
// "_" holds pieces that the pages of its folder share.
var frameFolders = []string{"templates/layout/*.html", "templates/components/*.html"}

// parsePages parses every template once, each page into a copy of the frame.
func (f *face) parsePages() (pages, error) {
	frame, err := template.New("frame").Funcs(f.funcs()).ParseFS(templateFiles, frameFolders...)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	files, err := fs.Glob(templateFiles, "templates/*/*.html")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, file := range files {
		folder, base := path.Base(path.Dir(file)), path.Base(file)
		if folder == "layout" || folder == "components" || strings.HasPrefix(base, "_") {
			continue
		}
		page, err := frame.Clone()
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		shared, err := fs.Glob(templateFiles, "templates/"+folder+"/_*.html")
		if err != nil {
			return nil, err
		}
		if _, err := page.ParseFS(templateFiles, append(shared, file)...); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		all[folder+"/"+strings.TrimSuffix(base, ".html")] = page
	}
	return all, nil
}

// funcs are what templates can call; templates/components/README.md lists them for authors.
func (f *face) funcs() template.FuncMap {
	return template.FuncMap{
		"t":        f.words.in,
		"dict":     dict,
		"list":     func(items ...any) []any { return items },
		"datetime": func(lang errs.Lang, t time.Time) string { return wording.DateTime(t, lang, f.loc) },
		"date":     func(lang errs.Lang, t time.Time) string { return wording.Date(t, lang, f.loc) },
		"asset":    f.assets.address,
		"icon":     f.icon,
		"dueWords": f.dueWords(),
	}
}

// dueWords are the attributes by which the script says how much time is left. They stand in every row of a list.
func (f *face) dueWords() func(errs.Lang) template.HTMLAttr {
	made := map[errs.Lang]template.HTMLAttr{}
	for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
		var b strings.Builder
		for _, name := range []string{"days", "hours", "minutes", "over-days", "over-hours", "over-minutes"} {
			fmt.Fprintf(&b, ` data-%s="%s"`, name, template.HTMLEscapeString(f.words.in(lang, "due."+strings.ReplaceAll(name, "-", "_"))))
		}
		made[lang] = template.HTMLAttr(b.String()) //nolint:gosec // our own words, escaped
	}
	return func(lang errs.Lang) template.HTMLAttr { return made[lang] }
}

func (f *face) icon(name string) (template.HTML, error) {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return "", fmt.Errorf("%q is not the name of an icon", name)
	}
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` + //nolint:gosec // letters only
		f.assets.address("icons.svg") + "#" + name + `"></use></svg>`), nil
}

// dict makes the arguments of a component: key, value, key, value …
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict takes pairs, got %d values", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}
