-- The case that a second one was split from.
ALTER TABLE cases ADD COLUMN split_from BIGINT REFERENCES cases (id) DEFERRABLE;

--bun:split
CREATE INDEX cases_split ON cases (split_from) WHERE split_from IS NOT NULL;
