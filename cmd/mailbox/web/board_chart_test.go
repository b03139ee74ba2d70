package web

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// chartedYear is twelve months to a running October, one of them without a letter due and one without any.
func chartedYear() *publicBoard {
	b := &publicBoard{Month: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	for i, n := range []int64{312, 280, 341, 96, 402, 388, 1, 0, 350, 377, 1204, 265} {
		f := report.Figures{GroupID: monthKey(b.Month.AddDate(0, i-11, 0)), Received: n, Due: n, OnTime: n * int64(90+i%7) / 100}
		if n == 1 {
			f.Due, f.OnTime = 0, 0
		}
		f.OnTimeRate = report.Rate{Part: f.OnTime, Of: f.Due}
		b.Months = append(b.Months, f)
	}
	b.City.Total = b.Months[11]
	return b
}

// drawn is a chart as the page has it.
func drawn(t *testing.T, s *Server, chart chartView) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := s.pages["board/board"].ExecuteTemplate(&out, "chart", chart); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestChartsAreDrawnAsTheyWere(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
		for _, chart := range []chartView{s.receivedChart(lang, chartedYear()), s.onTimeChart(lang, chartedYear())} {
			got := append(drawn(t, s, chart), '\n')
			path := filepath.Join("testdata", "chart-"+chart.ID+"-"+string(lang)+".svg")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is drawn differently; look at it, then run with -update:\n%s", path, got)
			}
		}
	}
}

func TestWordsOfAChartAreOnlyText(t *testing.T) {
	t.Parallel()
	const evil = `</title><script>alert("1")</script>`
	got := string(drawn(t, parsed(t), chartView{
		ID: "x", Title: evil, Text: evil, Rules: []chartRule{{1, evil}}, Marks: []chartMark{{1, 1, evil, true}}, Lines: []string{`1,2" onload="x`},
	}))
	if strings.Contains(got, "<script") || strings.Contains(got, `" onload`) || strings.Count(got, "</title>") != 1 {
		t.Errorf("words became part of the drawing:\n%s", got)
	}
}

func TestNoBarLeavesItsChart(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	for _, most := range []int64{0, 1, 2, 3, 7, 11, 99, 101, 1_000_000} {
		if top := roundUp(most); top < most || top%2 != 0 || most > 2 && top >= 2*most+2 {
			t.Errorf("the scale to %d ends at %d", most, top)
		}
		b := chartedYear()
		for i := range b.Months {
			b.Months[i].Received = most
		}
		for _, bar := range s.receivedChart(errs.EN, b).Bars {
			if bar.Y < chartTop || bar.Y+bar.Height != chartBottom || bar.X < chartLeft || bar.X+bar.Width > chartWidth || most > 0 && bar.Height == 0 {
				t.Errorf("%d letters: %+v", most, bar)
			}
		}
	}
}
