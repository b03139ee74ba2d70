package wording

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"
	"unicode/utf8"

	"mailbox/cases/errs"
)

// MaxSubject is the most characters a subject has; mail programs and header folding get longer ones wrong.
const MaxSubject = 80

//go:embed templates
var files embed.FS

// edition is one notice in one language, ready to be filled in.
type edition struct {
	subject, text *texttemplate.Template
	html          *htmltemplate.Template
}

// editions parses all templates when the first notice is written, not at start: a web process must answer
// within milliseconds of its start.
var editions = sync.OnceValues(parse)

// Render writes the notice of that kind in that language; any language but English is Chinese.
//
// Everything in data is treated as foreign: titles and names become single lines without invisible
// tricks, and SecretMark is taken out of them, so that nobody can write a title that makes a secret
// appear in somebody else's mail. It fails for an unknown kind or without data.Location, which are
// mistakes of the program.
func Render(kind Kind, lang errs.Lang, data Data) (Notice, error) {
	if lang != errs.EN {
		lang = errs.ZH
	}
	if data.Location == nil {
		return Notice{}, fmt.Errorf("notice %s: no location to show times in", kind)
	}
	all, err := editions()
	if err != nil {
		return Notice{}, err
	}
	e, ok := all[lang][kind]
	if !ok {
		return Notice{}, fmt.Errorf("notice %q: there is no such kind", kind)
	}
	v := newView(kind, lang, data)
	var subject, text, html bytes.Buffer
	err = errors.Join(e.subject.Execute(&subject, v), e.text.Execute(&text, v))
	if err != nil {
		return Notice{}, fmt.Errorf("notice %s in %s: %w", kind, lang, err)
	}
	v.Subject = cut(strings.TrimRight(oneLine(subject.String()), " :："), MaxSubject)
	if err := e.html.ExecuteTemplate(&html, "layout", v); err != nil {
		return Notice{}, fmt.Errorf("notice %s in %s, HTML: %w", kind, lang, err)
	}
	return Notice{Subject: v.Subject, Text: strings.TrimSpace(text.String()) + "\n", HTML: html.String()}, nil
}

// The short form of a notice, for a telephone: who writes, what has happened, the secret where it is told, the link.
var (
	shortForm   = term{"【%s】%s。", "[%s] %s. "}
	shortSecret = term{"查询码：%s。", "Secret: %s. "}
	shortDue    = term{"答复期限：%s。", "Answer due by %s. "}
)

// Short writes the notice of that kind as one short message: neither title nor text of the letter, which would stand
// on a locked screen. It fails as Render does.
func Short(kind Kind, lang errs.Lang, data Data) (string, error) {
	if lang != errs.EN {
		lang = errs.ZH
	}
	data.Title = ""
	n, err := Render(kind, lang, data)
	if err != nil {
		return "", err
	}
	v := newView(kind, lang, data)
	text := fmt.Sprintf(shortForm.in(lang), v.Mailbox, n.Subject)
	if kind == Receipt || kind == NewSecret || kind == Split {
		text += fmt.Sprintf(shortSecret.in(lang), v.Secret)
	}
	if (kind == Receipt || kind == Split) && v.Due != "" {
		text += fmt.Sprintf(shortDue.in(lang), v.Due)
	}
	return text + v.URL, nil
}

// cut shortens a line to at most most characters, with an ellipsis where something is missing.
func cut(line string, most int) string {
	if utf8.RuneCountInString(line) <= most {
		return line
	}
	return strings.TrimSpace(string([]rune(line)[:most-1])) + "…"
}

// functions are what the templates may call besides the built-in ones. They serve both the plain and
// the HTML parts, which therefore cannot say different things.
var functions = map[string]any{
	"rows":  rows,
	"quote": func(label, text string) quote { return quote{label, text, strings.Split(text, "\n")} },
	"link":  func(label, url string) link { return link{label, url} },
	"when": func(holds bool, text string) string {
		if holds {
			return text
		}
		return ""
	},
}

func parse() (map[errs.Lang]map[Kind]edition, error) {
	plain, err := texttemplate.New("").Funcs(functions).ParseFS(files, "templates/parts.txt")
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	rich, err := htmltemplate.New("").Funcs(functions).ParseFS(files, "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	all := make(map[errs.Lang]map[Kind]edition, len(languages))
	for _, lang := range languages {
		all[lang] = make(map[Kind]edition, len(Kinds))
		for _, kind := range Kinds {
			path := "templates/" + string(lang) + "/" + string(kind) + ".txt"
			source, err := files.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("notices: %w", err)
			}
			if all[lang][kind], err = parseEdition(plain, rich, string(source)); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return all, nil
}

// parseEdition makes the three parts of a notice from one source, so that plain text and HTML cannot
// drift apart. The first line is the subject. Then come paragraphs with an empty line between them: a
// paragraph that is a {{template …}} call writes itself, differently in parts.txt and parts.html; every
// other is prose, which in HTML becomes a <p>.
func parseEdition(plain *texttemplate.Template, rich *htmltemplate.Template, source string) (e edition, err error) {
	subject, body, _ := strings.Cut(strings.TrimSpace(source), "\n")
	var text, html strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		if strings.HasPrefix(paragraph, "{{template ") {
			text.WriteString(paragraph)
			html.WriteString(paragraph)
			continue
		}
		text.WriteString(paragraph + "\n\n")
		html.WriteString(`<p style="margin:0 0 16px">` + paragraph + "</p>\n")
	}
	if e.subject, err = texttemplate.New("subject").Parse(subject); err != nil {
		return e, err
	}
	if e.text, err = plain.Clone(); err != nil {
		return e, err
	}
	if e.text, err = e.text.New("body").Parse(text.String()); err != nil {
		return e, err
	}
	if e.html, err = rich.Clone(); err != nil {
		return e, err
	}
	_, err = e.html.New("body").Parse(html.String())
	return e, err
}
