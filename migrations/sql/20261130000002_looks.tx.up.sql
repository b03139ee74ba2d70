-- Who opened a writer's contact, when, as what, and what for: only ever added to. The reason stands where one was asked for.
CREATE TABLE looks (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  at             BIGINT NOT NULL,
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  role           TEXT NOT NULL,
  department_id  BIGINT REFERENCES departments (id),
  state          TEXT NOT NULL,
  reason         TEXT NOT NULL DEFAULT ''
);

--bun:split
CREATE INDEX looks_case ON looks (case_id, id);

--bun:split
CREATE INDEX looks_account ON looks (account_id, id);

--bun:split
CREATE INDEX looks_department ON looks (department_id, id) WHERE department_id IS NOT NULL;

--bun:split
CREATE INDEX looks_at ON looks (at);

--bun:split
{{if .SQLite}}
CREATE TRIGGER looks_only_added_u BEFORE UPDATE ON looks BEGIN SELECT RAISE(ABORT, 'looks are only ever added'); END;
{{else}}
CREATE FUNCTION looks_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'looks are only ever added'; END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER looks_only_added_d BEFORE DELETE ON looks BEGIN SELECT RAISE(ABORT, 'looks are only ever added'); END;
{{else}}
CREATE TRIGGER looks_only_added BEFORE UPDATE OR DELETE ON looks FOR EACH ROW EXECUTE FUNCTION looks_only_added();
{{end}}
