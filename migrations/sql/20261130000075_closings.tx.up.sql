-- Periods whose figures are published and stand. content is what was signed, compressed (sla/report, closing.go): the
-- figures, and the list of cases behind each; the columns before it say the same for lists of closings. Only ever added to.
CREATE TABLE closings (
  id          {{.ID}},
  from_day    TEXT NOT NULL,
  to_day      TEXT NOT NULL, -- not in it
  as_of       BIGINT NOT NULL,
  follows_id  BIGINT REFERENCES closings (id) DEFERRABLE, -- the closing of the same period that this one corrects
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  at          BIGINT NOT NULL,
  remark      TEXT NOT NULL DEFAULT '',
  digest      TEXT NOT NULL,
  key_id      TEXT NOT NULL,
  signature   {{.Bytes}} NOT NULL,
  content     {{.Bytes}} NOT NULL
);

--bun:split
-- A period is closed once, and each closing is corrected by one other at most.
CREATE UNIQUE INDEX closings_once ON closings (from_day, to_day, COALESCE(follows_id, 0));

--bun:split
{{if .SQLite}}
CREATE TRIGGER closings_only_added_u BEFORE UPDATE ON closings BEGIN SELECT RAISE(ABORT, 'closings are only ever added'); END;
--bun:split
CREATE TRIGGER closings_only_added_d BEFORE DELETE ON closings BEGIN SELECT RAISE(ABORT, 'closings are only ever added'); END;
{{else}}
CREATE FUNCTION closings_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'closings are only ever added'; END $$;
--bun:split
CREATE TRIGGER closings_only_added BEFORE UPDATE OR DELETE ON closings FOR EACH ROW EXECUTE FUNCTION closings_only_added();
{{end}}
