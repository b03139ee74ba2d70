package web_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openSchema is the description that the server gives away, compiled; at names a part of it.
func openSchema(t *testing.T, b *browser, at string) *jsonschema.Schema {
	t.Helper()
	page := b.get("/opendata/board.schema.json").must(t, http.StatusOK)
	if kind := page.header.Get("Content-Type"); kind != "application/schema+json" {
		t.Errorf("the description is %q", kind)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(page.body))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("board.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("board.schema.json" + at)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestTheOpenDataIsAsItsSchemaSays(t *testing.T) {
	t.Parallel()
	later := func(c *city) *city {
		c.clock.Add(40 * 24 * time.Hour)
		c.answer(t, c.write(t, "").Number, "经核实，水箱已清洗。") // better than the month before
		c.clock.Add(2 * time.Second)
		return c
	}
	for name, c := range map[string]*city{
		"an empty city":                       newCity(t),
		"a city with ratings withheld":        busyMonth(t),
		"a city with a month before this one": later(busyMonth(t)),
	} {
		b := c.browser(t)
		whole, line := openSchema(t, b, ""), openSchema(t, b, "#/$defs/csv_line")
		for _, month := range []string{"", "?month=2026-03"} {
			file := b.get("/board/json"+month).must(t, http.StatusOK, `"version": 1`)
			if link := file.header.Get("Link"); !strings.HasPrefix(link, `</opendata/board.schema.json>; rel="describedby"`) {
				t.Errorf("%s: the file leads to %q", name, link)
			}
			data, err := jsonschema.UnmarshalJSON(strings.NewReader(file.body))
			if err != nil {
				t.Fatal(err)
			}
			if err := whole.Validate(data); err != nil {
				t.Errorf("%s, %s: %v", name, month, err)
			}
			lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.get("/board/csv"+month).must(t, http.StatusOK).body, "\uFEFF"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(lines[0], line.Required) {
				t.Fatalf("%s: the columns are %v, the schema has %v", name, lines[0], line.Required)
			}
			for _, cells := range lines[1:] {
				row := map[string]any{}
				for i, cell := range cells {
					row[lines[0][i]] = cell
				}
				if err := line.Validate(row); err != nil {
					t.Errorf("%s, %s: %v", name, month, err)
				}
			}
		}
	}
}

func TestTheSchemaOfTheOpenDataRefusesWhatMustNotBeInIt(t *testing.T) {
	t.Parallel()
	b := busyMonth(t).browser(t)
	schema, body := openSchema(t, b, ""), b.get("/board/json").must(t, http.StatusOK).body
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`},
		{`"rated": null`, `"rated": 1`}, // one rating of a department
		{`"received": 6`, `"received": 4`},
		{`"reply_rate": "87.50"`, `"reply_rate": 87.5`},
		{`"not_routed": 1`, `"not_routed": -1`},
	} {
		if !strings.Contains(body, change[0]) {
			t.Errorf("the file has no %s:\n%s", change[0], body)
			continue
		}
		data, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(body, change[0], change[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(data) == nil {
			t.Errorf("%s instead of %s is let through", change[1], change[0])
		}
	}
}
