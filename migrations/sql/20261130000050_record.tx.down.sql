DROP TRIGGER events_wait{{if not .SQLite}} ON events{{end}};

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP TRIGGER events_not_emptied ON events;
{{end}}

--bun:split
DROP TABLE log_checks;

--bun:split
DROP TABLE log_checkpoints;

--bun:split
DROP TABLE log_subtrees;

--bun:split
DROP TABLE log_leaves;

--bun:split
DROP TABLE log_pending;

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION event_waits();
{{end}}

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION leaf_numbers();
{{end}}

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION record_only_added();
{{end}}
