-- The record of all events as one Merkle tree (docs/record.md). An event waits in log_pending from its own transaction on
-- until a checkpoint gives it a leaf number. Never by "id > last": a transaction that commits late would be passed over.
CREATE TABLE log_pending (
  case_id  BIGINT NOT NULL,
  seq      BIGINT NOT NULL,
  PRIMARY KEY (case_id, seq)
);

--bun:split
-- hash binds case, seq and the event's hash; leaves are numbered 0, 1, 2 … without a gap.
CREATE TABLE log_leaves (
  leaf     BIGINT PRIMARY KEY CHECK (leaf >= 0),
  case_id  BIGINT NOT NULL,
  seq      BIGINT NOT NULL,
  hash     {{.Bytes}} NOT NULL,
  UNIQUE (case_id, seq),
  FOREIGN KEY (case_id, seq) REFERENCES events (case_id, seq)
);

--bun:split
-- The hash of each complete subtree of 256, 65,536, 16,777,216 … leaves, so that a new checkpoint and a proof need a few
-- hundred hashes and not all of them.
CREATE TABLE log_subtrees (
  level    BIGINT NOT NULL CHECK (level >= 1),
  n        BIGINT NOT NULL CHECK (n >= 0),
  hash     {{.Bytes}} NOT NULL,
  PRIMARY KEY (level, n)
);

--bun:split
CREATE TABLE log_checkpoints (
  size     BIGINT PRIMARY KEY CHECK (size >= 1),
  root     {{.Bytes}} NOT NULL,
  at       BIGINT NOT NULL,
  note     TEXT NOT NULL
);

--bun:split
-- The looks through the record that the program takes by itself: one a night, and what it found.
CREATE TABLE log_checks (
  day          TEXT PRIMARY KEY,
  whole        BOOLEAN NOT NULL,
  begun_at     BIGINT NOT NULL,
  finished_at  BIGINT,
  size         BIGINT NOT NULL DEFAULT 0,
  events       BIGINT NOT NULL DEFAULT 0,
  findings     BIGINT NOT NULL DEFAULT 0
);

--bun:split
INSERT INTO log_pending (case_id, seq) SELECT case_id, seq FROM events;

--bun:split
{{if .SQLite}}
CREATE TRIGGER events_wait AFTER INSERT ON events
BEGIN INSERT INTO log_pending (case_id, seq) VALUES (NEW.case_id, NEW.seq); END;
{{else}}
CREATE FUNCTION event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log_pending (case_id, seq) VALUES (NEW.case_id, NEW.seq); RETURN NULL; END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER leaves_number AFTER INSERT ON log_leaves
BEGIN DELETE FROM log_pending WHERE case_id = NEW.case_id AND seq = NEW.seq; END;
{{else}}
CREATE TRIGGER events_wait AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION event_waits();
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER log_leaves_only_added_u BEFORE UPDATE ON log_leaves BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
{{else}}
CREATE FUNCTION leaf_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN DELETE FROM log_pending WHERE case_id = NEW.case_id AND seq = NEW.seq; RETURN NULL; END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER log_leaves_only_added_d BEFORE DELETE ON log_leaves BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
{{else}}
CREATE TRIGGER leaves_number AFTER INSERT ON log_leaves FOR EACH ROW EXECUTE FUNCTION leaf_numbers();
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER log_subtrees_only_added_u BEFORE UPDATE ON log_subtrees BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
{{else}}
CREATE FUNCTION record_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record is only ever added to'; END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER log_subtrees_only_added_d BEFORE DELETE ON log_subtrees BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
{{else}}
CREATE TRIGGER log_leaves_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON log_leaves FOR EACH STATEMENT EXECUTE FUNCTION record_only_added();
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER log_checkpoints_only_added_u BEFORE UPDATE ON log_checkpoints BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
{{else}}
CREATE TRIGGER log_subtrees_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON log_subtrees FOR EACH STATEMENT EXECUTE FUNCTION record_only_added();
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER log_checkpoints_only_added_d BEFORE DELETE ON log_checkpoints BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
{{else}}
CREATE TRIGGER log_checkpoints_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION record_only_added();
{{end}}

--bun:split
-- What the older guard of the events does not know: emptying the table as a whole.
{{if .SQLite}}
SELECT 1;
{{else}}
CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION record_only_added();
{{end}}
