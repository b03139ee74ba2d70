DROP INDEX files_erased;

--bun:split
DROP INDEX cases_erasable;

--bun:split
ALTER TABLE cases DROP COLUMN erased_at;
