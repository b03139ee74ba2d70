package main

import (
	"context"
	"runtime/debug"
)

// config shows every setting with its value, source and meaning.
func config(_ context.Context, p *program, args []string) error {
	s, rest, err := p.parse("config", args, nil)
	if err != nil {
		return err
	}
	if len(rest) != 0 {
		return errUsage
	}
	return printConfig(p.stdout, s, p.lang)
}

func printVersion(_ context.Context, p *program, args []string) error {
	if len(args) != 0 {
		return errUsage
	}
	p.say(p.stdout, "mailbox %s", "mailbox %s", version())
	return nil
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+"
			}
		}
	}
	if revision != "" {
		return revision + modified
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "development"
}
