DROP TABLE notes;
--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION notes_only_added();
{{end}}
