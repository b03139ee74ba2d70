-- Tokens by which programs ask as an account. Of a token only its SHA-256 is kept; begins are its first characters, by
-- which its owner tells it from others. It counts until expires_at, unless it was revoked.
CREATE TABLE api_tokens (
  id          {{.ID}},
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  name        TEXT NOT NULL,
  token       TEXT NOT NULL UNIQUE,
  begins      TEXT NOT NULL,
  scopes      TEXT NOT NULL,
  made_at     BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  used_at     BIGINT,
  revoked_at  BIGINT,
  revoked_by  BIGINT REFERENCES accounts (id)
);

--bun:split
CREATE INDEX api_tokens_account ON api_tokens (account_id, id);
