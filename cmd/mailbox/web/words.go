package web

import (
	"fmt"
	"io/fs"

	"github.com/BurntSushi/toml"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// dictionary holds every word of the pages by its key, in both languages. Terms of the trade (states,
// kinds, roles …) come from package wording.
type dictionary map[string]map[errs.Lang]string

// readWords reads the words.toml of every folder of templates, and takes the names and definitions of figures from
// where files take them too. A key stands in one place only, in both languages: a gap is found at start and not by a
// reader.
func readWords(files fs.FS) (dictionary, error) {
	names, err := fs.Glob(files, "templates/*/words.toml")
	if err != nil {
		return nil, err
	}
	all := dictionary{}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var words dictionary
		if err := toml.Unmarshal(raw, &words); err != nil {
			return nil, fmt.Errorf("web: %s: %w", name, err)
		}
		for key, in := range words {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("web: %s: %q stands in another file as well", name, key)
			}
			if in[errs.ZH] == "" || in[errs.EN] == "" {
				return nil, fmt.Errorf("web: %s: %q is not there in both languages", name, key)
			}
			all[key] = in
		}
	}
	for _, d := range report.Definitions() {
		name := "figure." + d.Key
		words := dictionary{
			name:          {errs.ZH: d.Name(errs.ZH), errs.EN: d.Name(errs.EN)},
			name + ".how": {errs.ZH: d.How(errs.ZH), errs.EN: d.How(errs.EN)},
		}
		for key, in := range words {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("web: %q is defined by the figures and stands in a words.toml as well", key)
			}
			all[key] = in
		}
	}
	return all, nil
}

// in gives the words of a key in the reader's language, its %-verbs filled from args.
func (d dictionary) in(lang errs.Lang, key string, args ...any) string {
	text, ok := d[key][lang]
	if !ok {
		// A test finds every key that a template uses; this is seen only while one is being written.
		return "[" + key + "]"
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// has tells whether there are words for a key, for keys that are made at run time.
func (d dictionary) has(key string) bool {
	_, ok := d[key]
	return ok
}
