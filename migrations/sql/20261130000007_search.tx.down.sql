DROP TABLE exports;
--bun:split
DROP INDEX cases_cards;
--bun:split
DROP INDEX cases_lead_answered;
--bun:split
DROP INDEX cases_answered;
--bun:split
DROP INDEX cases_due;
--bun:split
DROP INDEX cases_screening;
--bun:split
{{if .SQLite}}
DROP TRIGGER cases_reindex_i;
--bun:split
DROP TRIGGER cases_reindex_u;
--bun:split
DROP TRIGGER replies_reindex_i;
--bun:split
DROP TRIGGER replies_reindex_u;
--bun:split
DROP TRIGGER materials_reindex_i;
--bun:split
DROP TRIGGER materials_reindex_u;
--bun:split
DROP TRIGGER assists_reindex_i;
--bun:split
DROP TRIGGER assists_reindex_u;
{{else}}
DROP FUNCTION exports_only_added;
--bun:split
DROP FUNCTION case_reindex CASCADE;
--bun:split
DROP FUNCTION case_reindex_of CASCADE;
{{end}}
--bun:split
ALTER TABLE cases DROP COLUMN returned_at;
--bun:split
DROP TABLE case_unindexed;
--bun:split
DROP TABLE case_index;
