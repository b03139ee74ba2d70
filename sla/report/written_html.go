package report

import (
	_ "embed" // the style and the templates
	"fmt"
	"html/template"
	"io"

	"mailbox/cases/errs"
)

// WrittenStyle is the style of the written report, for a page that shows [WriteWrittenArticle].
//
//go:embed written.css
var WrittenStyle string

//go:embed written.html
var writtenHTML string

var writtenTemplates = template.Must(template.New("written").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(WrittenStyle) }, //nolint:gosec // our own file
}).Parse(writtenHTML))

// WriteWrittenHTML writes the report as one file that needs no other: it prints on A4 and opens in a word processor.
func WriteWrittenHTML(w io.Writer, of Written, lang errs.Lang, made Made) error {
	return writeWritten(w, "file", &of, lang, made)
}

// WriteWrittenArticle writes the report as an element for a page that has [WrittenStyle].
func WriteWrittenArticle(w io.Writer, of Written, lang errs.Lang, made Made) error {
	return writeWritten(w, "article", &of, lang, made)
}

func writeWritten(w io.Writer, name string, of *Written, lang errs.Lang, made Made) error {
	if err := writtenTemplates.ExecuteTemplate(w, name, newDocument(of, lang, made)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
