-- Roles that begin and end on days, single sign-on, and what else the log of sign-ins tells.

-- Who gave a role: an administrator by hand, or the city's single sign-on, which renews its own at each sign-in.
ALTER TABLE grants ADD COLUMN source TEXT NOT NULL DEFAULT 'hand' CHECK (source IN ('hand', 'sso'));

--bun:split
-- Who somebody is to a single sign-on: the issuer's own name for a person, which it gives to nobody else ever.
CREATE TABLE identities (
  issuer      TEXT NOT NULL,
  subject     TEXT NOT NULL,
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  linked_at   BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);

--bun:split
CREATE INDEX identities_account ON identities (account_id);

{{if .SQLite}}
--bun:split
-- SQLite changes no check of a table that is there.
CREATE TABLE sign_ins_new (
  id          {{.ID}},
  account_id  BIGINT REFERENCES accounts (id),
  at          BIGINT NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('in', 'wrong', 'blocked', 'code_wrong', 'code_blocked', 'in_sso', 'sso_refused', 'reset_asked', 'reset')),
  address     TEXT NOT NULL,
  agent       TEXT NOT NULL,
  session     TEXT UNIQUE,
  CHECK ((session IS NOT NULL) = (outcome IN ('in', 'in_sso')))
);
--bun:split
INSERT INTO sign_ins_new (id, account_id, at, outcome, address, agent, session)
  SELECT id, account_id, at, outcome, address, agent, session FROM sign_ins;
--bun:split
DROP TABLE sign_ins;
--bun:split
ALTER TABLE sign_ins_new RENAME TO sign_ins;
--bun:split
CREATE INDEX sign_ins_account ON sign_ins (account_id, id);
--bun:split
CREATE INDEX sign_ins_at ON sign_ins (at);
{{else}}
--bun:split
ALTER TABLE sign_ins DROP CONSTRAINT sign_ins_outcome_check, DROP CONSTRAINT sign_ins_check;
--bun:split
ALTER TABLE sign_ins
  ADD CONSTRAINT sign_ins_outcome_check
    CHECK (outcome IN ('in', 'wrong', 'blocked', 'code_wrong', 'code_blocked', 'in_sso', 'sso_refused', 'reset_asked', 'reset')),
  ADD CONSTRAINT sign_ins_check CHECK ((session IS NOT NULL) = (outcome IN ('in', 'in_sso')));
{{end}}
