{{if .SQLite}}
DROP TRIGGER conduct_received_day;
--bun:split
DROP TRIGGER facts_mark_d;
--bun:split
DROP TRIGGER facts_mark_u;
--bun:split
DROP TRIGGER facts_mark_i;
{{else}}
DROP TRIGGER conduct_received_day ON conduct;
--bun:split
DROP FUNCTION conduct_received_day();
--bun:split
DROP TRIGGER facts_mark_d ON facts;
--bun:split
DROP TRIGGER facts_mark_u ON facts;
--bun:split
DROP TRIGGER facts_mark_i ON facts;
--bun:split
DROP FUNCTION facts_mark_new();
{{end}}
--bun:split
DROP TABLE figure_marks;

--bun:split
DROP TABLE figure_rollups;

--bun:split
DROP TABLE figure_folds;

--bun:split
DROP INDEX conduct_day;

--bun:split
ALTER TABLE conduct DROP COLUMN received_day;

--bun:split
DROP INDEX facts_reworked;

--bun:split
ALTER TABLE facts DROP COLUMN policy_version;
