package files

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// fetches reports whether a relationship file names something that Word fetches and runs or shows by itself: a
// template, a frame, a linked object, on another machine. Links that a reader clicks and pictures are left alone, and so is
// a template on the writer's own disk. What is no XML fetches nothing.
func fetches(rels []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(rels))
	decoder.Strict = false
	for {
		token, err := decoder.Token()
		if err != nil {
			return !errors.Is(err, io.EOF) && bytes.Contains(rels, []byte("External"))
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Relationship" && fetched(start.Attr) {
			return true
		}
	}
}

func fetched(attributes []xml.Attr) bool {
	var kind, target string
	external := false
	for _, a := range attributes {
		switch strings.ToLower(a.Name.Local) {
		case "type":
			kind = strings.ToLower(a.Value[strings.LastIndexByte(a.Value, '/')+1:])
		case "target":
			target = strings.ToLower(strings.TrimSpace(a.Value))
		case "targetmode":
			external = strings.EqualFold(strings.TrimSpace(a.Value), "External")
		}
	}
	switch kind {
	case "attachedtemplate", "frame", "oleobject", "subdocument":
		path, local := strings.CutPrefix(target, "file:///")
		if !local {
			path = target
		}
		return external && (strings.HasPrefix(path, `\\`) || strings.HasPrefix(path, "//") || !local && strings.Contains(target, ":") && !drive(target))
	}
	return false
}

// drive reports whether a target begins like C:\.
func drive(target string) bool {
	return len(target) > 2 && target[1] == ':' && (target[2] == '\\' || target[2] == '/')
}
