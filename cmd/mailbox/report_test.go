package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/errs"
)

// agreedFigures are the members of a group that other programs read, as they were agreed on.
var agreedFigures = map[string]any{
	"group": "total", "received": 3.0, "invalid": 0.0, "duplicate": 0.0, "valid": 3.0, "answered": 2.0, "reply_rate": "66.67",
	"due": 3.0, "on_time": 1.0, "on_time_rate": "33.33", "running": 0.0, "provisional": 0.0, "not_assessable": 0.0,
	"overdue_open": 1.0, "department_due": 3.0, "department_on_time": 1.0, "department_on_time_rate": "33.33",
	"rated": 0.0, "participation": "0.00", "satisfied": 0.0, "satisfaction_rate": nil,
	"median_days": 1.0, "p90_days": 3.0,
}

func TestTheReportInJSONHasTheShapeThatOthersRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	letters := write("letters.csv", `标题,内容,来信时间,单位,答复,答复时间
路灯不亮,桃源路路灯不亮。,2018-01-02 09:00:00,市城管局,已修复。,2018-01-03 10:00:00
水压不足,五楼没有水。,2018-01-02 10:00:00,市水务集团,已处理。,2018-01-05 10:00:00
树枝挡路,树枝挡住了路灯。,2018-01-02 11:00:00,市城管局,,
`)
	columns := write("map.toml", `source = "letters"
dates = ["YYYY-MM-DD hh:mm:ss"]
[default]
channel = "mailbox"
[columns]
title = "标题"
body = "内容"
received = "来信时间"
department = "单位"
reply = "答复"
replied = "答复时间"
`)
	var out bytes.Buffer
	p := standing(local("2026-03-05 10:00:00"), &out)
	p.lang = errs.EN
	data := filepath.Join(dir, "data")
	if status := p.do(t.Context(), []string{"import", letters, "--map", columns, "--data", data}); status != 0 {
		t.Fatalf("import: status %d", status)
	}
	out.Reset()
	args := []string{"report", "--from", "2018-01-01", "--to", "2018-07-01", "--by", "department", "--format", "json", "--data", data}
	if status := p.do(t.Context(), args); status != 0 {
		t.Fatalf("report: status %d", status)
	}
	var got struct {
		Period map[string]string `json:"period"`
		AsOf   string            `json:"as_of"`
		Groups []map[string]any  `json:"groups"`
		Total  map[string]any    `json:"total"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if diff := cmp.Diff(map[string]string{"from": "2018-01-01", "to": "2018-07-01"}, got.Period); diff != "" {
		t.Error(diff)
	}
	if got.AsOf != "2026-03-05T10:00:00+08:00" {
		t.Errorf("as of %s", got.AsOf)
	}
	if len(got.Groups) != 2 || got.Groups[0]["group"] != "市城管局" {
		t.Errorf("groups: %v", got.Groups)
	}
	for name, want := range agreedFigures {
		if value, ok := got.Total[name]; !ok || value != want {
			t.Errorf("total %s is %v (there: %t), want %v", name, value, ok, want)
		}
		for _, group := range got.Groups {
			if _, ok := group[name]; !ok {
				t.Errorf("a group has no %s", name)
			}
		}
	}
	for _, comparison := range []string{"year_on_year", "previous"} {
		points, ok := got.Total[comparison].(map[string]any)
		for _, rate := range []string{"reply_rate", "on_time_rate", "department_on_time_rate", "participation", "satisfaction_rate"} {
			if value, has := points[rate]; !ok || !has || value != nil {
				t.Errorf("%s %s is %v, want null: there is nothing to compare with", comparison, rate, value)
			}
		}
	}
}

func TestAReportIsWrittenToAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out bytes.Buffer
	p := standing(local("2026-03-05 10:00:00"), &out)
	data := filepath.Join(dir, "data")
	if status := p.do(t.Context(), []string{"migrate", "up", "--data", data}); status != 0 {
		t.Fatalf("migrate: status %d", status)
	}
	ask := func(more ...string) int {
		out.Reset()
		return p.do(t.Context(), append([]string{"report", "--from", "2026-01-01", "--to", "2026-07-01", "--data", data}, more...))
	}
	for format, begins := range map[string]string{"xlsx": "PK", "docx": "PK", "written": "<!doctype html>", "json": "{", "csv": "\uFEFF"} {
		path := filepath.Join(dir, "report."+format)
		if status := ask("--format", format, "--out", path); status != 0 || out.Len() != 0 {
			t.Fatalf("%s: status %d, printed %q", format, status, out.String())
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if status := ask("--format", format); status != 0 || !bytes.HasPrefix(out.Bytes(), []byte(begins)) || !bytes.HasPrefix(file, []byte(begins)) {
			t.Errorf("%s: status %d, printed %.40q, written %.40q", format, status, out.String(), file)
		}
		if format != "xlsx" && !bytes.Equal(file, out.Bytes()) { // the library that makes it does not order all its parts
			t.Errorf("%s: the file is not what is printed", format)
		}
	}
	if status := ask("--format", "pdf"); status == 0 {
		t.Error("an unknown format is taken")
	}
}
