package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/oapi-codegen/runtime" // what the client below is made for

	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// asksEverything is a program of somebody who has the document and a token, and nothing else of ours.
const asksEverything = `package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"
)

func main() {
	bearer := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+os.Args[2])
		return nil
	}
	c, err := NewClientWithResponses(os.Args[1], WithRequestEditorFn(bearer))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	day := func(d int) openapi_types.Date { return openapi_types.Date{Time: time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC)} }
	by := FiguresParamsBy("department")
	figures, err := c.FiguresWithResponse(ctx, &FiguresParams{From: day(1), To: day(31), By: &by})
	if err != nil || figures.JSON200 == nil {
		panic(fmt.Sprint(err, figures))
	}
	fmt.Println("received", figures.JSON200.Total.Received, "rate", *figures.JSON200.Total.ReplyRate, "groups", len(figures.JSON200.Groups))
	behind, err := c.FigureCasesWithResponse(ctx, &FigureCasesParams{From: day(1), To: day(31), Figure: "answered"})
	if err != nil || behind.JSON200 == nil {
		panic(fmt.Sprint(err, behind))
	}
	fmt.Println("answered", behind.JSON200.Total, len(behind.JSON200.Cases))
	one := 1
	params := &CasesParams{Limit: &one}
	for {
		page, err := c.CasesWithResponse(ctx, params)
		if err != nil || page.JSON200 == nil {
			panic(fmt.Sprint(err, page))
		}
		for _, found := range page.JSON200.Cases {
			whole, err := c.OneCaseWithResponse(ctx, found.Number, nil)
			if err != nil || whole.JSON200 == nil {
				panic(fmt.Sprint(err, whole))
			}
			fmt.Println("case", found.State, whole.JSON200.Clocks.Writer.DueAt.Format(time.DateOnly))
		}
		if page.JSON200.Next == nil {
			break
		}
		params.Cursor = page.JSON200.Next
	}
	departments, err := c.DepartmentsWithResponse(ctx, nil)
	if err != nil || departments.JSON200 == nil {
		panic(fmt.Sprint(err, departments))
	}
	fmt.Println("departments", len(departments.JSON200.Departments))
	wrong, err := c.FiguresWithResponse(ctx, &FiguresParams{From: day(31), To: day(1)})
	if err != nil || wrong.JSON422 == nil {
		panic(fmt.Sprint(err, wrong))
	}
	fmt.Println("wrong", wrong.JSON422.Error.Field)
}
`

// TestAClientMadeFromTheDocumentWorks makes a client as somebody else would, and lets it ask a running server. Nothing of
// it stands in the tree: it is compiled beside us, as if it did.
func TestAClientMadeFromTheDocumentWorks(t *testing.T) {
	t.Parallel()
	generator := os.Getenv("MAILBOX_TEST_OAPI_CODEGEN")
	if generator == "" {
		t.Skip("MAILBOX_TEST_OAPI_CODEGEN is not set")
	}
	c := newStaffed(t)
	c.routed(t, "转出的信")
	c.answer(t, c.letterIn(t, "已答复的信"), "办好了。")
	c.clock.Add(time.Minute)
	server := httptest.NewServer(c.server.Handler())
	t.Cleanup(server.Close)
	secret, _ := c.token(t, c.clerk, people.Scopes...)

	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir, as := t.TempDir(), filepath.Join(here, "clientofthetests")
	write := func(name string, content []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	client := filepath.Join(dir, "client.go")
	run(generator, "-generate", "types,client", "-package", "main", "-o", client, write("openapi.yaml", web.APIDocument()))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(as, "main.go"): write("main.go", []byte(asksEverything)), filepath.Join(as, "client.go"): client,
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := run("go", "run", "-overlay", write("overlay.json", overlay), "./clientofthetests", server.URL, secret)
	want := strings.Join([]string{
		"received 2 rate 50.00 groups 1", "answered 1 1", "case answered 2026-03-09", "case routed 2026-03-09", "departments 2", "wrong to", "",
	}, "\n")
	if got != want {
		t.Errorf("the client says\n%s\nwant\n%s", got, want)
	}
}
