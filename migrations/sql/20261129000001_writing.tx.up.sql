-- What is attached to letters, additions and replies.

-- draft is the key of the form of a letter that has not been sent yet. The bytes lie in the file store under
-- store_key, sealed with the city's key key_id.
CREATE TABLE files (
  id              {{.ID}},
  case_id         BIGINT REFERENCES cases (id),
  draft           TEXT,
  material_id     BIGINT REFERENCES materials (id),
  reply_id        BIGINT REFERENCES replies (id),
  name            TEXT NOT NULL,
  type            TEXT NOT NULL CHECK (type IN ('jpeg', 'png', 'webp', 'pdf', 'docx', 'doc')),
  size            BIGINT NOT NULL CHECK (size > 0),
  keeps_own_data  BOOLEAN NOT NULL,
  digest          {{.Bytes}} NOT NULL,
  store_key       TEXT NOT NULL UNIQUE,
  key_id          BIGINT NOT NULL,
  added_at        BIGINT NOT NULL,
  CHECK ((case_id IS NULL) = (draft IS NOT NULL)),
  CHECK (material_id IS NULL OR reply_id IS NULL),
  CHECK (draft IS NULL OR (material_id IS NULL AND reply_id IS NULL))
);

--bun:split
CREATE INDEX files_case ON files (case_id) WHERE case_id IS NOT NULL;

--bun:split
CREATE INDEX files_draft ON files (draft, added_at) WHERE draft IS NOT NULL;

--bun:split
-- Proofs that were used: each counts once. A row may go when its proof has expired.
CREATE TABLE spent (
  proof       {{.Bytes}} PRIMARY KEY,
  expires_at  BIGINT NOT NULL
);

--bun:split
CREATE INDEX spent_expiry ON spent (expires_at);

--bun:split
-- When the writer is reminded, once a round, to judge the answer; none: not any more.
ALTER TABLE cases ADD COLUMN remind_rating_at BIGINT;

--bun:split
CREATE INDEX cases_remind_rating ON cases (remind_rating_at) WHERE remind_rating_at IS NOT NULL;
