DROP TABLE admin_log;
--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION admin_log_only_added();
{{end}}
