-- The keys that contacts and files are sealed with, by the number that they have in the key file; the keys themselves are
-- not in the database. mark tells two keys of one number apart. Key 1 of an older key file has no row until it is dropped.
CREATE TABLE sealing_keys (
  id           BIGINT PRIMARY KEY,
  mark         TEXT NOT NULL,
  begun_at     BIGINT NOT NULL,
  finished_at  BIGINT,
  dropped_at   BIGINT
);

--bun:split
-- Nothing is sealed any more with a key that was dropped: it could never be opened again.
{{if .SQLite}}
CREATE TRIGGER contacts_key_i BEFORE INSERT ON contacts
WHEN NEW.sealed IS NOT NULL AND EXISTS (SELECT 1 FROM sealing_keys WHERE id = NEW.key_id AND dropped_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that was dropped'); END;
{{else}}
CREATE FUNCTION contact_key_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sealed IS NOT NULL AND EXISTS (SELECT 1 FROM sealing_keys WHERE id = NEW.key_id AND dropped_at IS NOT NULL) THEN
    RAISE EXCEPTION 'sealed with a key that was dropped';
  END IF;
  RETURN NEW;
END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER contacts_key_u BEFORE UPDATE OF sealed, key_id ON contacts
WHEN NEW.sealed IS NOT NULL AND EXISTS (SELECT 1 FROM sealing_keys WHERE id = NEW.key_id AND dropped_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that was dropped'); END;
{{else}}
CREATE TRIGGER contacts_key BEFORE INSERT OR UPDATE OF sealed, key_id ON contacts FOR EACH ROW EXECUTE FUNCTION contact_key_is_kept();
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER files_key_i BEFORE INSERT ON files
WHEN EXISTS (SELECT 1 FROM sealing_keys WHERE id = NEW.key_id AND dropped_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that was dropped'); END;
{{else}}
CREATE FUNCTION file_key_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM sealing_keys WHERE id = NEW.key_id AND dropped_at IS NOT NULL) THEN
    RAISE EXCEPTION 'sealed with a key that was dropped';
  END IF;
  RETURN NEW;
END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER files_key_u BEFORE UPDATE OF key_id ON files
WHEN EXISTS (SELECT 1 FROM sealing_keys WHERE id = NEW.key_id AND dropped_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that was dropped'); END;
{{else}}
CREATE TRIGGER files_key BEFORE INSERT OR UPDATE OF key_id ON files FOR EACH ROW EXECUTE FUNCTION file_key_is_kept();
{{end}}
