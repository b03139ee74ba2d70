package web

import (
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"mailbox/cases/errs"
)

// parsed gives words and pages as a server has them, without the city behind.
func parsed(t *testing.T) *Server {
	t.Helper()
	f, err := faceIn(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return &Server{face: f}
}

func TestEveryKeyThatATemplateUsesIsInTheDictionary(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	seen := 0
	for name, page := range s.pages {
		for _, piece := range page.Templates() {
			for _, use := range usesOfWords(piece) {
				seen++
				if _, ok := s.words[use.key]; !ok {
					t.Errorf("%s (%s): no words for %q", name, piece.Name(), use.key)
					continue
				}
				for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
					if verbs := len(verb.FindAllString(s.words[use.key][lang], -1)); verbs != use.args && use.args > 0 {
						t.Errorf("%s: %q has %d verbs in %s, the template gives %d", name, use.key, verbs, lang, use.args)
					}
				}
			}
		}
	}
	if seen < 50 {
		t.Fatalf("only %d uses found: the test does not look where the words are", seen)
	}
}

var verb = regexp.MustCompile(`%(\[\d\])?[sdvq]`)

type use struct {
	key  string
	args int
}

// usesOfWords finds every {{t .Lang "key" …}} in a template; keys made at run time are not among them.
func usesOfWords(t *template.Template) []use {
	if t.Tree == nil {
		return nil
	}
	var uses []use
	var walk func(n parse.Node)
	list := func(l *parse.ListNode) {
		if l != nil {
			for _, n := range l.Nodes {
				walk(n)
			}
		}
	}
	walk = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.ActionNode:
			walk(n.Pipe)
		case *parse.TemplateNode:
			if n.Pipe != nil {
				walk(n.Pipe)
			}
		case *parse.IfNode:
			walk(n.Pipe)
			list(n.List)
			list(n.ElseList)
		case *parse.RangeNode:
			walk(n.Pipe)
			list(n.List)
			list(n.ElseList)
		case *parse.WithNode:
			walk(n.Pipe)
			list(n.List)
			list(n.ElseList)
		case *parse.PipeNode:
			for _, c := range n.Cmds {
				walk(c)
			}
		case *parse.CommandNode:
			if id, ok := n.Args[0].(*parse.IdentifierNode); ok && id.Ident == "t" && len(n.Args) > 2 {
				if key, ok := n.Args[2].(*parse.StringNode); ok {
					uses = append(uses, use{key.Text, len(n.Args) - 3})
				}
			}
			for _, a := range n.Args {
				walk(a)
			}
		}
	}
	list(t.Tree.Root)
	return uses
}

// TestEveryKeyThatTheCodeUsesIsInTheDictionary reads the package's own source: keys are written out in
// calls of words.in, again and tell, and in the navigation.
func TestEveryKeyThatTheCodeUsesIsInTheDictionary(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	used := regexp.MustCompile(`(?:words\.in\([^,]+, |s\.again\(c, [^,]+, |s\.turnAway\(c, [^,]+, |s\.tell\(c, [^,]+, |\{"/[^"]*", )("[a-z_.]+")`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range used.FindAllSubmatch(source, -1) {
			key, err := strconv.Unquote(string(found[1]))
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if _, ok := s.words[key]; !ok && !strings.HasSuffix(key, ".") {
				t.Errorf("%s: no words for %q", file, key)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d uses found: the test does not look where the words are", seen)
	}
}

func TestBothLanguagesTakeTheSameValues(t *testing.T) {
	t.Parallel()
	for key, in := range parsed(t).words {
		zh, en := verb.FindAllString(in[errs.ZH], -1), verb.FindAllString(in[errs.EN], -1)
		slices.Sort(zh)
		slices.Sort(en)
		if !slices.Equal(zh, en) {
			t.Errorf("%q takes %v in Chinese and %v in English", key, zh, en)
		}
	}
}

func TestNoTemplateHoldsWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	han := regexp.MustCompile(`\p{Han}+`)
	err := fs.WalkDir(templateFiles, "templates", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		source, err := fs.ReadFile(templateFiles, name)
		if err != nil {
			return err
		}
		text := regexp.MustCompile(`(?s)\{\{/\*.*?\*/\}\}`).ReplaceAllString(string(source), "")
		// The button that offers Chinese says so in Chinese, whatever the page's language.
		if found := han.FindString(strings.ReplaceAll(text, "中文", "")); found != "" {
			t.Errorf("%s has %q: words belong into words.toml", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
