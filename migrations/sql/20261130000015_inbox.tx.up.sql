-- What a person of the staff is told in the product. topic is the sort of news by which they choose how to be told; kind and
-- subject are the notice's own, subject only where it is about no case. digest: it waits for the morning's mail.
CREATE TABLE inbox (
  id           {{.ID}},
  dedupe_key   TEXT NOT NULL UNIQUE,
  account_id   BIGINT NOT NULL REFERENCES accounts (id),
  topic        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  case_id      BIGINT REFERENCES cases (id),
  subject      TEXT NOT NULL DEFAULT '',
  digest       BOOLEAN NOT NULL DEFAULT FALSE,
  created_at   BIGINT NOT NULL,
  read_at      BIGINT
);

--bun:split
CREATE INDEX inbox_account ON inbox (account_id, id);

--bun:split
CREATE INDEX inbox_unread ON inbox (account_id) WHERE read_at IS NULL;

--bun:split
CREATE INDEX inbox_digest ON inbox (account_id, id) WHERE digest;

--bun:split
CREATE INDEX inbox_created ON inbox (created_at);

--bun:split
-- How a person wants to be told of a sort of news, where it is not the usual way.
CREATE TABLE notice_ways (
  account_id   BIGINT NOT NULL REFERENCES accounts (id),
  topic        TEXT NOT NULL,
  way          TEXT NOT NULL CHECK (way IN ('none', 'inbox', 'digest', 'mail')),
  PRIMARY KEY (account_id, topic)
);

--bun:split
-- When a person gets no mail, in minutes of the city's day; the same minute twice: at no hour. Without a row the usual hours hold.
CREATE TABLE quiet_hours (
  account_id   BIGINT PRIMARY KEY REFERENCES accounts (id),
  from_minute  BIGINT NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  until_minute BIGINT NOT NULL CHECK (until_minute BETWEEN 0 AND 1439),
  days_off     BOOLEAN NOT NULL
);
