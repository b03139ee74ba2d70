-- By what a letter is found again that another one repeats. All of it is made from the letters, and made anew where
-- it is missing: it is in no backup.

-- No reference to cases: a letter has some twenty rows, each would be checked, and a case is never deleted.
CREATE TABLE letter_keys (
  key      BIGINT NOT NULL,
  case_id  BIGINT NOT NULL,
  PRIMARY KEY (key, case_id)
){{if .SQLite}} WITHOUT ROWID{{end}};
--bun:split
-- How common runs of characters are in the city's letters, an edition each time the letters have grown fourfold.
-- The keys of an edition are those of the letters up to keyed_to; letters up to seen are next; once they reach goal,
-- the edition before is no longer needed.
CREATE TABLE letter_counts (
  edition   BIGINT PRIMARY KEY CHECK (edition BETWEEN 0 AND 126),
  letters   BIGINT NOT NULL,
  body      {{.Bytes}} NOT NULL,
  made_at   BIGINT NOT NULL,
  goal      BIGINT NOT NULL,
  keyed_to  BIGINT NOT NULL DEFAULT 0,
  seen      BIGINT NOT NULL,
  seen_at   BIGINT NOT NULL
);
