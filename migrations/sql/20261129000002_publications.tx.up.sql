-- What the public may read of a case: redacted texts only. The originals stay in cases and replies.
CREATE TABLE publications (
  id            {{.ID}},
  case_id       BIGINT NOT NULL UNIQUE REFERENCES cases (id),
  title         TEXT NOT NULL,
  body          TEXT NOT NULL,
  answer        TEXT NOT NULL,
  kind          TEXT NOT NULL,
  topic         TEXT NOT NULL,
  department_id BIGINT REFERENCES departments (id),
  received_day  TEXT NOT NULL,
  answered_day  TEXT NOT NULL,
  published_at  BIGINT NOT NULL,
  changed_at    BIGINT NOT NULL,
  withdrawn_at  BIGINT,
  account_id    BIGINT REFERENCES accounts (id),
  version       BIGINT NOT NULL DEFAULT 1,
  useful        BIGINT NOT NULL DEFAULT 0,
  not_useful    BIGINT NOT NULL DEFAULT 0,
  CHECK (withdrawn_at IS NULL OR title = '' AND body = '' AND answer = '')
);
--bun:split
-- For what there is to choose from; the letters themselves are found by the index below.
CREATE INDEX publications_kind ON publications (kind) WHERE withdrawn_at IS NULL;
--bun:split
CREATE INDEX publications_topic ON publications (topic) WHERE withdrawn_at IS NULL;
--bun:split
CREATE INDEX publications_department ON publications (department_id) WHERE withdrawn_at IS NULL;
--bun:split
CREATE INDEX publications_day ON publications (received_day) WHERE withdrawn_at IS NULL;
--bun:split
-- One opinion a reader; the reader is a keyed hash.
CREATE TABLE votes (
  publication_id BIGINT NOT NULL REFERENCES publications (id),
  voter          {{.Bytes}} NOT NULL,
  useful         BOOLEAN NOT NULL,
  PRIMARY KEY (publication_id, voter)
);
--bun:split
-- How often a published answer spared somebody a letter, by local day.
CREATE TABLE helped (
  publication_id BIGINT NOT NULL REFERENCES publications (id),
  day            TEXT NOT NULL,
  count          BIGINT NOT NULL,
  PRIMARY KEY (publication_id, day)
);
--bun:split
-- Letters that the office has decided not to publish though the writer would let it.
CREATE TABLE kept_private (
  case_id    BIGINT PRIMARY KEY REFERENCES cases (id),
  account_id BIGINT REFERENCES accounts (id),
  decided_at BIGINT NOT NULL
);
--bun:split
CREATE INDEX cases_consent ON cases (answered_at) WHERE consent AND answered_at IS NOT NULL;
--bun:split
-- The index by which words are found; made anew from publications when it is missing. A character has five digits,
-- so the prefix index finds a single one.
{{if .SQLite}}
CREATE VIRTUAL TABLE publication_index USING fts5 (grams, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '5');
{{else}}
CREATE TABLE publication_index (
  id     BIGINT PRIMARY KEY,
  folded TEXT NOT NULL,
  grams  TSVECTOR NOT NULL
) WITH (toast_tuple_target = 128); -- the long columns stand apart, so that many rows can be passed over quickly
--bun:split
CREATE INDEX publication_index_grams ON publication_index USING gin (grams) WITH (fastupdate = off);
{{end}}
