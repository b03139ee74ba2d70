-- The report of each month, quarter, half-year and year, as it was made on the first working morning after it (sla/report,
-- stored.go), and its documents, byte for byte. Only ever added to.
CREATE TABLE stored_reports (
  id        {{.ID}},
  kind      TEXT NOT NULL CHECK (kind IN ('month', 'quarter', 'half', 'year')),
  period    TEXT NOT NULL,
  from_day  TEXT NOT NULL,
  to_day    TEXT NOT NULL, -- not in it
  as_of     BIGINT NOT NULL,
  made_at   BIGINT NOT NULL,
  version   TEXT NOT NULL, -- of the program
  UNIQUE (kind, period)
);

--bun:split
CREATE TABLE stored_files (
  report_id  BIGINT NOT NULL REFERENCES stored_reports (id),
  form       TEXT NOT NULL CHECK (form IN ('html', 'docx', 'xlsx')),
  language   TEXT NOT NULL CHECK (language IN ('zh', 'en')),
  digest     TEXT NOT NULL, -- SHA-256 of content, in hex
  size       BIGINT NOT NULL, -- of content, in bytes
  content    {{.Bytes}} NOT NULL,
  PRIMARY KEY (report_id, form, language)
);

--bun:split
{{if .SQLite}}
CREATE TRIGGER stored_reports_only_added_u BEFORE UPDATE ON stored_reports BEGIN SELECT RAISE(ABORT, 'stored reports are only ever added'); END;
--bun:split
CREATE TRIGGER stored_reports_only_added_d BEFORE DELETE ON stored_reports BEGIN SELECT RAISE(ABORT, 'stored reports are only ever added'); END;
--bun:split
CREATE TRIGGER stored_files_only_added_u BEFORE UPDATE ON stored_files BEGIN SELECT RAISE(ABORT, 'stored reports are only ever added'); END;
--bun:split
CREATE TRIGGER stored_files_only_added_d BEFORE DELETE ON stored_files BEGIN SELECT RAISE(ABORT, 'stored reports are only ever added'); END;
{{else}}
CREATE FUNCTION stored_reports_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'stored reports are only ever added'; END $$;
--bun:split
CREATE TRIGGER stored_reports_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_reports FOR EACH STATEMENT EXECUTE FUNCTION stored_reports_only_added();
--bun:split
CREATE TRIGGER stored_files_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_files FOR EACH STATEMENT EXECUTE FUNCTION stored_reports_only_added();
{{end}}
