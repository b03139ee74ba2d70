-- What administrators did: who, when, what, on what, and the values before and after, without secrets. Like events
-- only ever added to. account_id is none for a command on the machine itself. name is what the subject was called then.
CREATE TABLE admin_log (
  id          {{.ID}},
  at          BIGINT NOT NULL,
  account_id  BIGINT REFERENCES accounts (id),
  deed        TEXT NOT NULL,
  subject     TEXT NOT NULL,
  subject_id  BIGINT NOT NULL DEFAULT 0,
  name        TEXT NOT NULL DEFAULT '',
  was         TEXT NOT NULL DEFAULT '{}',
  became      TEXT NOT NULL DEFAULT '{}'
);

--bun:split
CREATE INDEX admin_log_account ON admin_log (account_id, id);

--bun:split
CREATE INDEX admin_log_subject ON admin_log (subject, id);

--bun:split
{{if .SQLite}}
CREATE TRIGGER admin_log_only_added_u BEFORE UPDATE ON admin_log BEGIN SELECT RAISE(ABORT, 'admin_log is only ever added to'); END;
{{else}}
CREATE FUNCTION admin_log_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'admin_log is only ever added to'; END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER admin_log_only_added_d BEFORE DELETE ON admin_log BEGIN SELECT RAISE(ABORT, 'admin_log is only ever added to'); END;
{{else}}
CREATE TRIGGER admin_log_only_added BEFORE UPDATE OR DELETE ON admin_log FOR EACH ROW EXECUTE FUNCTION admin_log_only_added();
{{end}}
