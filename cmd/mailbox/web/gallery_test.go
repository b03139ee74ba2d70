package web

import (
	"html/template"
	"path"
	"testing"
	"text/template/parse"
)

// TestTheGalleryShowsEveryComponent follows what the gallery's page is made of: a new component must be put there.
func TestTheGalleryShowsEveryComponent(t *testing.T) {
	t.Parallel()
	page := parsed(t).pages["gallery/gallery"]
	shown := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if shown[name] {
			return
		}
		shown[name] = true
		piece := page.Lookup(name)
		if piece == nil || piece.Tree == nil {
			t.Fatalf("there is no %q", name)
		}
		for _, next := range piecesIn(piece.Tree.Root) {
			follow(next)
		}
	}
	follow("content")
	components := template.New("components").Funcs(new(face).funcs())
	if _, err := components.ParseFS(templateFiles, "templates/components/*.html"); err != nil {
		t.Fatal(err)
	}
	for _, c := range components.Templates() {
		if c.Tree != nil && path.Ext(c.Name()) == "" && c.Name() != "components" && !shown[c.Name()] {
			t.Errorf("the gallery does not show %q", c.Name())
		}
	}
	if len(shown) < 25 {
		t.Errorf("only %d components: the test does not look where they are", len(shown))
	}
}

// piecesIn are the templates that a part of a template calls.
func piecesIn(n parse.Node) (names []string) {
	lists := func(all ...*parse.ListNode) {
		for _, l := range all {
			if l == nil {
				continue
			}
			for _, node := range l.Nodes {
				names = append(names, piecesIn(node)...)
			}
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		lists(n)
	case *parse.TemplateNode:
		names = append(names, n.Name)
	case *parse.IfNode:
		lists(n.List, n.ElseList)
	case *parse.RangeNode:
		lists(n.List, n.ElseList)
	case *parse.WithNode:
		lists(n.List, n.ElseList)
	}
	return names
}
