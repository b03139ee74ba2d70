DROP TABLE appraisal_rules;

--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION appraisal_rules_only_added();
{{end}}
