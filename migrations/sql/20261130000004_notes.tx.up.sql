-- What the staff write down beside a case: notes to each other, and who telephoned with whom and with what result.
-- No event of the case: a note must not make a colleague's reply a conflict. Only ever added to; a text can be erased.
CREATE TABLE notes (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  kind           TEXT NOT NULL CHECK (kind IN ('note', 'call')),
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  role           TEXT NOT NULL,
  department_id  BIGINT REFERENCES departments (id),
  written_at     BIGINT NOT NULL,
  at             BIGINT NOT NULL,
  result         TEXT NOT NULL DEFAULT '' CHECK (result IN ('', 'reached', 'not_reached', 'wrong_number', 'refused')),
  body           TEXT NOT NULL,
  erased_at      BIGINT,
  CHECK ((kind = 'call') = (result <> '')),
  CHECK (at <= written_at),
  CHECK (erased_at IS NULL OR body = '')
);

--bun:split
CREATE INDEX notes_case ON notes (case_id, id);

--bun:split
{{if .SQLite}}
CREATE TRIGGER notes_only_added_u BEFORE UPDATE ON notes
WHEN NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL
  OR OLD.id <> NEW.id OR OLD.case_id <> NEW.case_id OR OLD.kind <> NEW.kind OR OLD.account_id <> NEW.account_id
  OR OLD.role <> NEW.role OR OLD.department_id IS NOT NEW.department_id OR OLD.written_at <> NEW.written_at
  OR OLD.at <> NEW.at OR OLD.result <> NEW.result
BEGIN SELECT RAISE(ABORT, 'notes are only ever added or erased'); END;
{{else}}
CREATE FUNCTION notes_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
    AND ROW(OLD.id, OLD.case_id, OLD.kind, OLD.account_id, OLD.role, OLD.department_id, OLD.written_at, OLD.at, OLD.result)
      IS NOT DISTINCT FROM ROW(NEW.id, NEW.case_id, NEW.kind, NEW.account_id, NEW.role, NEW.department_id, NEW.written_at, NEW.at, NEW.result)
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'notes are only ever added or erased';
END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER notes_only_added_d BEFORE DELETE ON notes BEGIN SELECT RAISE(ABORT, 'notes are only ever added or erased'); END;
{{else}}
CREATE TRIGGER notes_only_added BEFORE UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION notes_only_added();
{{end}}
