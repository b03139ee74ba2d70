-- The city's rule of praise and criticism (sla/report, appraisal.go), in JSON; '' ends it. The latest that was set by an
-- instant is the one of a report as of then. Only ever added to.
CREATE TABLE appraisal_rules (
  id          {{.ID}},
  set_at      BIGINT NOT NULL,
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  body        TEXT NOT NULL
);

--bun:split
{{if .SQLite}}
CREATE TRIGGER appraisal_rules_only_added_u BEFORE UPDATE ON appraisal_rules BEGIN SELECT RAISE(ABORT, 'appraisal rules are only ever added'); END;
--bun:split
CREATE TRIGGER appraisal_rules_only_added_d BEFORE DELETE ON appraisal_rules BEGIN SELECT RAISE(ABORT, 'appraisal rules are only ever added'); END;
{{else}}
CREATE FUNCTION appraisal_rules_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'appraisal rules are only ever added'; END $$;
--bun:split
CREATE TRIGGER appraisal_rules_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal_rules FOR EACH STATEMENT EXECUTE FUNCTION appraisal_rules_only_added();
{{end}}
