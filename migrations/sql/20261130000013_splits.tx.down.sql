DROP INDEX cases_split;
--bun:split
ALTER TABLE cases DROP COLUMN split_from;
