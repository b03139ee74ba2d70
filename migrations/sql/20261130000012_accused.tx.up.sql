-- Whom a letter complains about. Marks are only ever added: a wrong one is overcome like a right one, by two people.
CREATE TABLE accused (
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  department_id  BIGINT NOT NULL REFERENCES departments (id),
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  marked_at      BIGINT NOT NULL,
  PRIMARY KEY (case_id, department_id)
);

--bun:split
-- Requests to give a letter to a department that it complains about. Whoever decides is never who asked.
CREATE TABLE exceptions (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  department_id  BIGINT NOT NULL REFERENCES departments (id),
  asked_at       BIGINT NOT NULL,
  asked_by_id    BIGINT NOT NULL REFERENCES accounts (id),
  reason         TEXT NOT NULL,
  decided_at     BIGINT,
  decided_by_id  BIGINT REFERENCES accounts (id),
  granted        BOOLEAN,
  comment        TEXT NOT NULL DEFAULT '',
  CHECK (decided_by_id <> asked_by_id),
  CHECK ((decided_at IS NULL) = (decided_by_id IS NULL)),
  CHECK ((decided_at IS NULL) = (granted IS NULL))
);

--bun:split
CREATE INDEX exceptions_case ON exceptions (case_id);

--bun:split
CREATE UNIQUE INDEX exceptions_undecided ON exceptions (case_id, department_id) WHERE decided_at IS NULL;
