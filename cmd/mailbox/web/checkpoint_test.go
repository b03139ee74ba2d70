package web_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// TestAnybodyCanKeepTheNewestCheckpoint: the text and the keys that the site gives are all that is needed.
func TestAnybodyCanKeepTheNewestCheckpoint(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.get("/record/checkpoint.txt").must(t, http.StatusNotFound)
	b.signedReceipt(t)
	if n, err := c.desk.Checkpoint(t.Context()); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	text := b.get("/record/checkpoint.txt").must(t, http.StatusOK).body
	var data struct {
		Origin, Note string
		Size         int64
		Keys         []string
	}
	if err := json.Unmarshal([]byte(b.get("/record/checkpoint.json").must(t, http.StatusOK).body), &data); err != nil {
		t.Fatal(err)
	}
	if data.Note != text || data.Size == 0 {
		t.Errorf("the two differ: %+v, %s", data, text)
	}
	verifier, err := note.NewVerifier(data.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := note.Open([]byte(text), note.VerifierList(verifier)); err != nil || opened.Sigs[0].Name != data.Origin {
		t.Error(opened, err)
	}
	b.get("/board").must(t, http.StatusOK, `href="/record/checkpoint.txt"`)
}
