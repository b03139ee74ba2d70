-- Which version of the policies a letter is under, for figures by version. Rows of before the upgrade get the version
-- their case has now.
ALTER TABLE facts ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;

--bun:split
UPDATE facts SET policy_version = (SELECT c.policy_version FROM cases AS c WHERE c.id = facts.case_id);

--bun:split
-- The figures of reworks go by the day a rework was granted.
CREATE INDEX facts_reworked ON facts (rework_granted_at) WHERE rework_granted_at IS NOT NULL;

--bun:split
-- Conduct in the letters of a period, without a look at each letter.
ALTER TABLE conduct ADD COLUMN received_day TEXT NOT NULL DEFAULT '';

--bun:split
UPDATE conduct SET received_day = (SELECT c.received_day FROM cases AS c WHERE c.id = conduct.case_id);

--bun:split
CREATE INDEX conduct_day ON conduct (received_day, kind, department_id, at, withdrawn_at);

--bun:split
-- The figures of whole days and months, reckoned beforehand (sla/report, rollup.go). A fold says from which instant
-- until which its figures are those of the present facts; outside of it, and while there is a mark, the facts are read.
CREATE TABLE figure_folds (
  unit        TEXT NOT NULL CHECK (unit IN ('day', 'month')),
  begins      TEXT NOT NULL, -- the first day of it
  ends        TEXT NOT NULL, -- the day after the last
  form        BIGINT NOT NULL, -- of what program and for how many days of silence
  holds_from  BIGINT NOT NULL,
  holds_until BIGINT NOT NULL,
  folded_at   BIGINT NOT NULL,
  PRIMARY KEY (unit, begins)
);

--bun:split
-- Those that will have to be folded anew, by when.
CREATE INDEX figure_folds_until ON figure_folds (unit, holds_until);

--bun:split
CREATE TABLE figure_rollups (
  unit       TEXT NOT NULL,
  begins     TEXT NOT NULL,
  dimension  TEXT NOT NULL, -- department, channel, kind …
  value      TEXT NOT NULL, -- which of it
  counts     {{.Bytes}} NOT NULL,
  PRIMARY KEY (unit, dimension, begins, value)
){{if .SQLite}} WITHOUT ROWID{{end}};

--bun:split
-- Days whose facts have changed since they were folded. Rows are only added, so that nobody waits for anybody, and
-- taken away by the fold that saw them.
CREATE TABLE figure_marks (
  id   {{.ID}},
  day  TEXT NOT NULL
);

--bun:split
CREATE INDEX figure_marks_day ON figure_marks (day, id);

--bun:split
INSERT INTO figure_marks (day) SELECT DISTINCT received_day FROM facts;

--bun:split
{{if .SQLite}}
-- SQLite has one writer at a time: one mark a day is enough.
CREATE TRIGGER facts_mark_i AFTER INSERT ON facts WHEN NOT EXISTS (SELECT 1 FROM figure_marks WHERE day = NEW.received_day)
BEGIN INSERT INTO figure_marks (day) VALUES (NEW.received_day); END;
--bun:split
CREATE TRIGGER facts_mark_u AFTER UPDATE ON facts WHEN NOT EXISTS (SELECT 1 FROM figure_marks WHERE day = NEW.received_day)
BEGIN INSERT INTO figure_marks (day) VALUES (NEW.received_day); END;
--bun:split
CREATE TRIGGER facts_mark_d AFTER DELETE ON facts WHEN NOT EXISTS (SELECT 1 FROM figure_marks WHERE day = OLD.received_day)
BEGIN INSERT INTO figure_marks (day) VALUES (OLD.received_day); END;
--bun:split
-- Also for a program of before this column, beside which the database may be upgraded.
CREATE TRIGGER conduct_received_day AFTER INSERT ON conduct WHEN NEW.received_day = ''
BEGIN UPDATE conduct SET received_day = (SELECT received_day FROM cases WHERE id = NEW.case_id) WHERE id = NEW.id; END;
{{else}}
CREATE FUNCTION facts_mark_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO figure_marks (day) SELECT DISTINCT received_day FROM changed; RETURN NULL; END $$;
--bun:split
CREATE TRIGGER facts_mark_i AFTER INSERT ON facts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION facts_mark_new();
--bun:split
CREATE TRIGGER facts_mark_u AFTER UPDATE ON facts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION facts_mark_new();
--bun:split
CREATE TRIGGER facts_mark_d AFTER DELETE ON facts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION facts_mark_new();
--bun:split
-- Also for a program of before this column, beside which the database may be upgraded.
CREATE FUNCTION conduct_received_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.received_day := (SELECT received_day FROM cases WHERE id = NEW.case_id); RETURN NEW; END $$;
--bun:split
CREATE TRIGGER conduct_received_day BEFORE INSERT ON conduct FOR EACH ROW WHEN (NEW.received_day = '') EXECUTE FUNCTION conduct_received_day();
{{end}}
