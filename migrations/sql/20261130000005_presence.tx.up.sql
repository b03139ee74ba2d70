-- Who has a case open at the moment, and what for. A row is kept alive by its reader's page and means nothing after
-- expires_at.
CREATE TABLE presence (
  case_id     BIGINT NOT NULL REFERENCES cases (id),
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  doing       TEXT NOT NULL CHECK (doing IN ('reading', 'writing')),
  expires_at  BIGINT NOT NULL,
  PRIMARY KEY (case_id, account_id)
);

--bun:split
CREATE INDEX presence_expiry ON presence (expires_at);

--bun:split
-- Open pages are told of what has changed lately.
CREATE INDEX cases_changed ON cases (changed_at);
