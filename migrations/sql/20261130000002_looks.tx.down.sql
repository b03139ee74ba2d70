DROP TABLE looks;

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION looks_only_added();
{{end}}
