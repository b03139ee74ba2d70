CREATE INDEX cases_unrated ON cases (answered_at, id) WHERE state = 'answered' AND rating IS NULL;

--bun:split
DROP INDEX cases_calls;

--bun:split
ALTER TABLE cases DROP COLUMN call_until;

--bun:split
ALTER TABLE cases DROP COLUMN call_at;
