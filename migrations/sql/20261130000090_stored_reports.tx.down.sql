DROP TABLE stored_files;

--bun:split
DROP TABLE stored_reports;

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION stored_reports_only_added();
{{end}}
