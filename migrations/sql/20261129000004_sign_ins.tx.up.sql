-- Every try to sign in, and what became of it. account_id is none for a login that does not exist: what was typed is
-- not kept, since people type passwords into the wrong field. session is the hash of the session's token, as in sessions,
-- for those that got in. address is the line that it came from (of IPv6 the first 64 bits).
CREATE TABLE sign_ins (
  id          {{.ID}},
  account_id  BIGINT REFERENCES accounts (id),
  at          BIGINT NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('in', 'wrong', 'blocked', 'code_wrong', 'code_blocked')),
  address     TEXT NOT NULL,
  agent       TEXT NOT NULL,
  session     TEXT UNIQUE,
  CHECK ((session IS NOT NULL) = (outcome = 'in'))
);

--bun:split
CREATE INDEX sign_ins_account ON sign_ins (account_id, id);

--bun:split
CREATE INDEX sign_ins_at ON sign_ins (at);
