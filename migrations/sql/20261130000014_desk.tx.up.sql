-- Who of the lead department has a case in hand. A row counts only while the person can act for the department and the
-- department leads the case: nothing is moved when somebody leaves. left_told_at: the leaders were told that they have.
CREATE TABLE holders (
  case_id        BIGINT PRIMARY KEY REFERENCES cases (id),
  department_id  BIGINT NOT NULL REFERENCES departments (id),
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  since          BIGINT NOT NULL,
  left_told_at   BIGINT
);

--bun:split
CREATE INDEX holders_account ON holders (account_id);

--bun:split
-- Lists that somebody kept under a name: what stands in the address of the list.
CREATE TABLE saved_views (
  id          {{.ID}},
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  desk        TEXT NOT NULL CHECK (desk IN ('office', 'department', 'supervision')),
  name        TEXT NOT NULL,
  query       TEXT NOT NULL,
  saved_at    BIGINT NOT NULL,
  UNIQUE (account_id, desk, name)
);
