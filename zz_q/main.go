package main

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"

	_ "modernc.org/sqlite"
)

func main() {
	db, err := sql.Open("sqlite", "file:"+os.Args[1]+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)&_pragma=cache_size(-16000)")
	if err != nil {
		panic(err)
	}
	if len(os.Args) > 2 {
		w, _ := sql.Open("sqlite", "file:"+os.Args[1])
		up, _ := os.ReadFile(os.Args[2])
		for _, st := range strings.Split(string(up), "--bun:split") {
			if _, err := w.Exec(st); err != nil {
				fmt.Println(err)
			}
		}
		w.Close()
	}
	open := "c.state IN ('received', 'screened', 'routed', 'acknowledged', 'replied')"
	now := "1795748400"
	for _, q := range []string{
		"SELECT count(*) FROM cases c WHERE 1 = 1 AND c.state = 'replied' AND " + open,
		"SELECT c.id FROM cases c WHERE c.state = 'replied' AND " + open + " ORDER BY c.due_at, c.id LIMIT 50",
		"SELECT count(*) FROM cases c WHERE 1 = 1 AND " + open,
		"SELECT count(*) FROM cases c WHERE 1 = 1 AND " + open + " AND c.due_at < " + now,
		"SELECT c.id FROM cases c WHERE 1 = 1 AND " + open + " AND c.due_at < " + now + " ORDER BY c.due_at, c.id LIMIT 50 OFFSET 950",
		"SELECT c.id FROM cases c WHERE " + open + " AND c.kind = 'help' ORDER BY c.due_at, c.id LIMIT 50 OFFSET 50",
		"SELECT count(*) FROM cases c WHERE 1=1 AND c.kind = 'help' AND c.channel = 'mailbox'",
		"SELECT count(*) FROM cases c WHERE 1=1 AND c.lead_id = 7",
		"SELECT count(*) FROM cases c WHERE c.state IN ('answered', 'closed') AND c.answered_at IS NOT NULL",
		"SELECT count(*) FROM cases c WHERE c.state IN ('answered', 'closed') AND c.answered_at IS NOT NULL AND c.kind = 'help' AND c.channel = 'mailbox'",
		"SELECT c.id FROM cases c WHERE c.state IN ('answered', 'closed') AND c.answered_at IS NOT NULL AND c.kind = 'help' ORDER BY c.answered_at DESC, c.id DESC LIMIT 50 OFFSET 950",
		"SELECT ((c.received_at - 946684800) * 2147483648 + c.id) FROM cases c WHERE 1 = 1 AND c.due_at >= 1777564800 AND c.due_at < 1778169600 ORDER BY c.received_at DESC, c.id DESC LIMIT 1001",
		"SELECT ((c.received_at - 946684800) * 2147483648 + c.id) FROM cases c WHERE 1 = 1 AND c.answered_at >= 1777564800 AND c.answered_at < 1778169600 ORDER BY c.received_at DESC, c.id DESC LIMIT 1001",
		"SELECT count(*) FROM cases c WHERE c.id IN (SELECT rowid & 2147483647 FROM case_index WHERE case_index MATCH '\"04e954\"')",
		"SELECT count(*) FROM case_index WHERE case_index MATCH '\"08def706706f\"'",
		"SELECT count(*) FROM cases c WHERE c.id IN (SELECT rowid & 2147483647 FROM case_index WHERE case_index MATCH '" + tok("路灯") + "')",
		"SELECT count(*) FROM cases c WHERE c.id IN (SELECT rowid & 2147483647 FROM case_index WHERE case_index MATCH '" + tok("希望有关部门") + "')",
		"SELECT count(*) FROM cases c WHERE " + open + " AND c.id IN (SELECT rowid & 2147483647 FROM case_index WHERE case_index MATCH '" + tok("希望") + "')",
		"SELECT rowid FROM case_index WHERE case_index MATCH '" + tok("希望") + "' ORDER BY rowid DESC LIMIT 1001",
		"SELECT i.rowid FROM case_index AS i CROSS JOIN cases AS c ON c.id = i.rowid & 2147483647 WHERE case_index MATCH '" + tok("路灯") + "' AND c.answered_at >= 1777564800 AND c.answered_at < 1778169600 ORDER BY i.rowid DESC LIMIT 1001",
		"SELECT i.rowid FROM case_index AS i CROSS JOIN cases AS c ON c.id = i.rowid & 2147483647 WHERE case_index MATCH '" + tok("希望") + "' AND c.answered_at >= 1777564800 AND c.answered_at < 1778169600 ORDER BY i.rowid DESC LIMIT 1001",
	} {
		rows, err := db.Query("EXPLAIN QUERY PLAN " + q)
		if err != nil {
			fmt.Println(q, err)
			continue
		}
		var plan []string
		for rows.Next() {
			var a, b, c int
			var d string
			_ = rows.Scan(&a, &b, &c, &d)
			plan = append(plan, d)
		}
		rows.Close()
		best := time.Hour
		for range 4 {
			t := time.Now()
			r, err := db.Query(q)
			if err != nil {
				panic(err)
			}
			for r.Next() {
			}
			r.Close()
			best = min(best, time.Since(t))
		}
		fmt.Printf("%8.1f ms  %s\n            %s\n", float64(best.Microseconds())/1000, q[:min(len(q), 150)], strings.Join(plan, " | "))
	}
}

func tok(word string) string {
	r := []rune(word)
	var parts []string
	for i := 0; i+2 <= len(r); i++ {
		parts = append(parts, fmt.Sprintf("%05x%05x", r[i], r[i+1]))
	}
	return `"` + strings.Join(parts, " ") + `"`
}
