-- When what is personal was erased from a case: contact, texts, files. Its times, facts and events stay.
ALTER TABLE cases ADD COLUMN erased_at BIGINT;

--bun:split
CREATE INDEX cases_erasable ON cases (changed_at)
  WHERE erased_at IS NULL AND state IN ('closed', 'declined', 'withdrawn', 'merged');

--bun:split
-- A file without a name is one whose case was erased, and which has to go from the store.
CREATE INDEX files_erased ON files (id) WHERE name = '' AND case_id IS NOT NULL;
