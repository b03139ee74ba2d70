-- When each thing that is done again and again was last done, whichever process did it, for the page of jobs. Nothing
-- is decided by it.
CREATE TABLE runs (
  name      TEXT PRIMARY KEY,
  round     TEXT NOT NULL,
  began_at  BIGINT NOT NULL,
  ended_at  BIGINT,
  millis    BIGINT NOT NULL DEFAULT 0,
  failure   TEXT NOT NULL DEFAULT '',
  next_at   BIGINT NOT NULL
);
