-- Departments in which a leader signs off replies before they are handed in.
ALTER TABLE departments ADD COLUMN approval BOOLEAN NOT NULL DEFAULT FALSE;

--bun:split
-- Replies on their way to the leader. Only one of a case waits; one that was turned back keeps text and files for the
-- next. files_key is the key (files.draft) under which its files wait to go with the reply.
CREATE TABLE proposals (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  department_id  BIGINT NOT NULL REFERENCES departments (id),
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  body           TEXT NOT NULL,
  files_key      TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('waiting', 'signed', 'turned_back', 'dropped')),
  proposed_at    BIGINT NOT NULL,
  decided_at     BIGINT,
  decider_id     BIGINT REFERENCES accounts (id),
  comment        TEXT NOT NULL DEFAULT '',
  CHECK ((status = 'waiting') = (decided_at IS NULL))
);

--bun:split
CREATE UNIQUE INDEX proposals_waiting ON proposals (case_id) WHERE status = 'waiting';

--bun:split
CREATE INDEX proposals_case ON proposals (case_id, id);

--bun:split
CREATE INDEX proposals_files ON proposals (files_key) WHERE files_key <> '';
