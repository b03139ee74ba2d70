DROP TABLE closings;
--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION closings_only_added();
{{end}}
