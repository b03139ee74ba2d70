-- Finding cases, lists that stay fast, and the record of lists that were taken away.

-- The index by which the staff find words and what a case is filed under. Its key is 31 bits of the case's identity
-- below the second of its receipt (since 2000), so that it sorts as lists do: the newest first. Made anew from the
-- cases where it is missing; it is in no backup.
{{if .SQLite}}
CREATE VIRTUAL TABLE case_index USING fts5 (grams, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '5');
{{else}}
CREATE TABLE case_index (
  id     BIGINT PRIMARY KEY,
  folded TEXT NOT NULL,
  grams  TSVECTOR NOT NULL
) WITH (toast_tuple_target = 128);
--bun:split
CREATE INDEX case_index_grams ON case_index USING gin (grams) WITH (fastupdate = off);
{{end}}
--bun:split
-- The cases whose index is older than their words. The triggers below write it whoever changes a case, whichever
-- version of the program that is: a restore, an import and an old process are no different.
CREATE TABLE case_unindexed (
  case_id BIGINT PRIMARY KEY
);
--bun:split
INSERT INTO case_unindexed SELECT id FROM cases;
--bun:split
{{if .SQLite}}
CREATE TRIGGER cases_reindex_i AFTER INSERT ON cases BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.id); END;
--bun:split
CREATE TRIGGER cases_reindex_u AFTER UPDATE OF title, body, kind, channel, topic, district, state, lead_id, confidential ON cases
WHEN OLD.state IS NOT NEW.state OR OLD.lead_id IS NOT NEW.lead_id OR OLD.kind IS NOT NEW.kind OR OLD.channel IS NOT NEW.channel
  OR OLD.topic IS NOT NEW.topic OR OLD.district IS NOT NEW.district OR OLD.confidential IS NOT NEW.confidential
  OR OLD.title IS NOT NEW.title OR OLD.body IS NOT NEW.body
BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.id); END;
--bun:split
CREATE TRIGGER replies_reindex_i AFTER INSERT ON replies BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.case_id); END;
--bun:split
CREATE TRIGGER replies_reindex_u AFTER UPDATE OF body ON replies WHEN OLD.body IS NOT NEW.body
BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.case_id); END;
--bun:split
CREATE TRIGGER materials_reindex_i AFTER INSERT ON materials BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.case_id); END;
--bun:split
CREATE TRIGGER materials_reindex_u AFTER UPDATE OF body ON materials WHEN OLD.body IS NOT NEW.body
BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.case_id); END;
--bun:split
CREATE TRIGGER assists_reindex_i AFTER INSERT ON assists BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.case_id); END;
--bun:split
CREATE TRIGGER assists_reindex_u AFTER UPDATE OF department_id, released_at, body ON assists
WHEN OLD.department_id IS NOT NEW.department_id OR OLD.released_at IS NOT NEW.released_at OR OLD.body IS NOT NEW.body
BEGIN INSERT OR IGNORE INTO case_unindexed VALUES (NEW.case_id); END;
{{else}}
CREATE FUNCTION case_reindex() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO case_unindexed VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NULL; END $$;
--bun:split
CREATE FUNCTION case_reindex_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO case_unindexed VALUES (NEW.case_id) ON CONFLICT DO NOTHING; RETURN NULL; END $$;
--bun:split
CREATE TRIGGER cases_reindex_i AFTER INSERT ON cases FOR EACH ROW EXECUTE FUNCTION case_reindex();
--bun:split
CREATE TRIGGER cases_reindex_u AFTER UPDATE ON cases FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.lead_id IS DISTINCT FROM NEW.lead_id OR OLD.kind IS DISTINCT FROM NEW.kind
  OR OLD.channel IS DISTINCT FROM NEW.channel OR OLD.topic IS DISTINCT FROM NEW.topic OR OLD.district IS DISTINCT FROM NEW.district
  OR OLD.confidential IS DISTINCT FROM NEW.confidential OR OLD.title IS DISTINCT FROM NEW.title OR OLD.body IS DISTINCT FROM NEW.body)
EXECUTE FUNCTION case_reindex();
--bun:split
CREATE TRIGGER replies_reindex_i AFTER INSERT ON replies FOR EACH ROW EXECUTE FUNCTION case_reindex_of();
--bun:split
CREATE TRIGGER replies_reindex_u AFTER UPDATE ON replies FOR EACH ROW WHEN (OLD.body IS DISTINCT FROM NEW.body) EXECUTE FUNCTION case_reindex_of();
--bun:split
CREATE TRIGGER materials_reindex_i AFTER INSERT ON materials FOR EACH ROW EXECUTE FUNCTION case_reindex_of();
--bun:split
CREATE TRIGGER materials_reindex_u AFTER UPDATE ON materials FOR EACH ROW WHEN (OLD.body IS DISTINCT FROM NEW.body) EXECUTE FUNCTION case_reindex_of();
--bun:split
CREATE TRIGGER assists_reindex_i AFTER INSERT ON assists FOR EACH ROW EXECUTE FUNCTION case_reindex_of();
--bun:split
CREATE TRIGGER assists_reindex_u AFTER UPDATE ON assists FOR EACH ROW
WHEN (OLD.department_id IS DISTINCT FROM NEW.department_id OR OLD.released_at IS DISTINCT FROM NEW.released_at OR OLD.body IS DISTINCT FROM NEW.body)
EXECUTE FUNCTION case_reindex_of();
{{end}}
--bun:split
-- When a department last said "not ours", while the case lies with the office again.
ALTER TABLE cases ADD COLUMN returned_at BIGINT;
--bun:split
UPDATE cases SET returned_at = (SELECT MAX(e.at) FROM events e WHERE e.case_id = cases.id AND e.verb = 'return')
  WHERE state = 'screened';
--bun:split
-- The lists in their order. SQLite takes an index over some of the cases only where the query says the same words.
CREATE INDEX cases_screening ON cases ((returned_at IS NULL), due_at, id) WHERE state IN ('received', 'screened');
--bun:split
CREATE INDEX cases_due ON cases (due_at, id) WHERE state IN ('received', 'screened', 'routed', 'acknowledged', 'replied');
--bun:split
CREATE INDEX cases_answered ON cases (answered_at, id) WHERE state IN ('answered', 'closed');
--bun:split
CREATE INDEX cases_lead_answered ON cases (lead_id, answered_at, id) WHERE state IN ('answered', 'closed');
--bun:split
CREATE INDEX cases_cards ON cases (department_due_at, id) WHERE state IN ('routed', 'acknowledged') AND yellow_at IS NOT NULL;
--bun:split
-- Who took a list away, when, which, why, and how many cases were in it. Only ever added to.
CREATE TABLE exports (
  id          {{.ID}},
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  at          BIGINT NOT NULL,
  list        TEXT NOT NULL,
  filter      TEXT NOT NULL,
  format      TEXT NOT NULL CHECK (format IN ('csv', 'xlsx')),
  cases       BIGINT NOT NULL,
  more        BOOLEAN NOT NULL,
  reason      TEXT NOT NULL
);
--bun:split
{{if .SQLite}}
CREATE TRIGGER exports_only_added_u BEFORE UPDATE ON exports BEGIN SELECT RAISE(ABORT, 'exports are only ever added'); END;
--bun:split
CREATE TRIGGER exports_only_added_d BEFORE DELETE ON exports BEGIN SELECT RAISE(ABORT, 'exports are only ever added'); END;
{{else}}
CREATE FUNCTION exports_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'exports are only ever added'; END $$;
--bun:split
CREATE TRIGGER exports_only_added BEFORE UPDATE OR DELETE ON exports FOR EACH ROW EXECUTE FUNCTION exports_only_added();
{{end}}
