-- Signs that a reply is none, and by what a reply is found again that was written to somebody else before.

-- At which status the signs of a reply were last worked out; '' is never, as for replies of before, of imports,
-- and of processes of the version before that still run: the sweep finds them by this.
ALTER TABLE replies ADD COLUMN signed TEXT NOT NULL DEFAULT '';

--bun:split
CREATE INDEX replies_unsigned ON replies (id) WHERE signed <> status;

--bun:split
-- A reply without signs has no row. What stands in signs (JSON) tells of passages by their places, so that no
-- text of the reply stands in two tables.
CREATE TABLE reply_signs (
  reply_id        BIGINT PRIMARY KEY REFERENCES replies (id),
  signs           TEXT NOT NULL,
  hollow          BOOLEAN NOT NULL,
  near_identical  BOOLEAN NOT NULL
);

--bun:split
CREATE TABLE reply_keys (
  key       BIGINT NOT NULL,
  reply_id  BIGINT NOT NULL REFERENCES replies (id),
  PRIMARY KEY (key, reply_id)
){{if .SQLite}} WITHOUT ROWID{{end}};

--bun:split
-- Two more kinds of conduct. SQLite cannot change a check: the table is written anew.
{{if .SQLite}}
CREATE TABLE conduct_wider (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('returned', 'reassigned', 'extended', 'reworked', 'ordered', 'reminded',
                 'yellow_card', 'red_card', 'declined_late', 'merged_late', 'voided', 'assist_late', 'near_identical', 'hollow')),
  department_id  BIGINT REFERENCES departments (id),
  at             BIGINT NOT NULL,
  withdrawn_at   BIGINT
);
{{else}}
ALTER TABLE conduct DROP CONSTRAINT conduct_kind_check, ADD CONSTRAINT conduct_kind_check
  CHECK (kind IN ('returned', 'reassigned', 'extended', 'reworked', 'ordered', 'reminded',
    'yellow_card', 'red_card', 'declined_late', 'merged_late', 'voided', 'assist_late', 'near_identical', 'hollow'));
{{end}}

--bun:split
{{if .SQLite}}
INSERT INTO conduct_wider (id, case_id, round, kind, department_id, at, withdrawn_at)
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
ALTER TABLE conduct_wider RENAME TO conduct;
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
