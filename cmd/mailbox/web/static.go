package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"mailbox/sla/report"
)

//go:embed static
var staticFiles embed.FS

// asset is a file that never changes while the program runs.
type asset struct {
	kind    string
	tag     string // of its content; part of its address, so that browsers may keep it for good
	body    []byte
	zipped  []byte
	address string
}

// assets are the static files by name. Only they are compressed: pages carry tokens, whose length
// compression would betray.
type assets map[string]asset

// cssComments are for those who write styles, a tenth of them; browsers are not sent them.
var cssComments = regexp.MustCompile(`(?s)/\*.*?\*/\n?`)

func readAssets(files fs.FS) (assets, error) {
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	bodies := map[string][]byte{"written.css": []byte(report.WrittenStyle)} // the file of a written report carries it too
	for _, entry := range entries {
		if bodies[entry.Name()], err = fs.ReadFile(files, "static/"+entry.Name()); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
	}
	all := assets{}
	for name, body := range bodies {
		if path.Ext(name) == ".css" {
			body = cssComments.ReplaceAll(body, nil)
		}
		var zipped bytes.Buffer
		w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(body); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		tag := hex.EncodeToString(sum[:6])
		all[name] = asset{
			kind: contentType(name), tag: tag, body: body, zipped: zipped.Bytes(),
			address: "/static/" + name + "?v=" + tag,
		}
	}
	return all, nil
}

// contentType does not ask the machine, whose tables differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(path.Ext(name))
	}
}

// address is where a page finds the file.
func (a assets) address(name string) string { return a[name].address }

// ServeHTTP serves the files under /static/.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secureHeaders(w.Header())
	file, ok := a[strings.TrimPrefix(r.URL.Path, "/static/")]
	switch {
	case !ok:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Vary", "Accept-Encoding")
	if r.URL.Query().Get("v") == file.tag {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body := file.body
	h.Set("ETag", `"`+file.tag+`"`)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+file.tag+`-gzip"`)
		body = file.zipped
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
