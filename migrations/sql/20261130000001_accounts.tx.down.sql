DELETE FROM sign_ins WHERE outcome IN ('in_sso', 'sso_refused', 'reset_asked', 'reset');
{{if .SQLite}}
--bun:split
CREATE TABLE sign_ins_old (
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
INSERT INTO sign_ins_old (id, account_id, at, outcome, address, agent, session)
  SELECT id, account_id, at, outcome, address, agent, session FROM sign_ins;
--bun:split
DROP TABLE sign_ins;
--bun:split
ALTER TABLE sign_ins_old RENAME TO sign_ins;
--bun:split
CREATE INDEX sign_ins_account ON sign_ins (account_id, id);
--bun:split
CREATE INDEX sign_ins_at ON sign_ins (at);
{{else}}
--bun:split
ALTER TABLE sign_ins DROP CONSTRAINT sign_ins_outcome_check, DROP CONSTRAINT sign_ins_check;
--bun:split
ALTER TABLE sign_ins
  ADD CONSTRAINT sign_ins_outcome_check CHECK (outcome IN ('in', 'wrong', 'blocked', 'code_wrong', 'code_blocked')),
  ADD CONSTRAINT sign_ins_check CHECK ((session IS NOT NULL) = (outcome = 'in'));
{{end}}
--bun:split
DROP TABLE identities;
--bun:split
-- What the single sign-on gave cannot be told apart any more, so it ends.
DELETE FROM grants WHERE source = 'sso';
--bun:split
ALTER TABLE grants DROP COLUMN source;
