DELETE FROM conduct WHERE kind IN ('near_identical', 'hollow');
--bun:split
{{if .SQLite}}
CREATE TABLE conduct_narrower (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('returned', 'reassigned', 'extended', 'reworked', 'ordered', 'reminded',
                 'yellow_card', 'red_card', 'declined_late', 'merged_late', 'voided', 'assist_late')),
  department_id  BIGINT REFERENCES departments (id),
  at             BIGINT NOT NULL,
  withdrawn_at   BIGINT
);
{{else}}
ALTER TABLE conduct DROP CONSTRAINT conduct_kind_check, ADD CONSTRAINT conduct_kind_check
  CHECK (kind IN ('returned', 'reassigned', 'extended', 'reworked', 'ordered', 'reminded',
    'yellow_card', 'red_card', 'declined_late', 'merged_late', 'voided', 'assist_late'));
{{end}}
--bun:split
{{if .SQLite}}
INSERT INTO conduct_narrower (id, case_id, round, kind, department_id, at, withdrawn_at)
  SELECT id, case_id, round, kind, department_id, at, withdrawn_at FROM conduct;
{{else}}
SELECT 1;
{{end}}
--bun:split
{{if .SQLite}}
DROP TABLE conduct;
{{else}}
SELECT 1;
{{end}}
--bun:split
{{if .SQLite}}
ALTER TABLE conduct_narrower RENAME TO conduct;
{{else}}
SELECT 1;
{{end}}
--bun:split
{{if .SQLite}}
CREATE UNIQUE INDEX conduct_card ON conduct (case_id, round, kind, department_id)
  WHERE kind IN ('yellow_card', 'red_card') AND withdrawn_at IS NULL;
{{else}}
SELECT 1;
{{end}}
--bun:split
{{if .SQLite}}
CREATE INDEX conduct_case ON conduct (case_id);
{{else}}
SELECT 1;
{{end}}
--bun:split
DROP TABLE reply_keys;
--bun:split
DROP TABLE reply_signs;
--bun:split
DROP INDEX replies_unsigned;
--bun:split
ALTER TABLE replies DROP COLUMN signed;
