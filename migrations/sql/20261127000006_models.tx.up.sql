-- What was learned from confirmed routings and topics, a version each; the newest that is in use suggests.
CREATE TABLE models (
  id          {{.ID}},
  subject     TEXT NOT NULL CHECK (subject IN ('department', 'topic')),
  version     BIGINT NOT NULL CHECK (version >= 1),
  letters     BIGINT NOT NULL,
  newest      BIGINT NOT NULL,
  report      TEXT NOT NULL,
  in_use      BOOLEAN NOT NULL,
  body        {{.Bytes}},
  made_at     BIGINT NOT NULL,
  UNIQUE (subject, version)
);
--bun:split
-- What was suggested for a letter when it came, so that one can see later how often it was right.
CREATE TABLE suggestions (
  case_id        BIGINT PRIMARY KEY REFERENCES cases (id),
  model_version  BIGINT NOT NULL,
  department_id  BIGINT REFERENCES departments (id),
  probability    DOUBLE PRECISION NOT NULL,
  suggested_at   BIGINT NOT NULL,
  named          BOOLEAN NOT NULL DEFAULT FALSE,
  routed         BOOLEAN NOT NULL DEFAULT FALSE
);
