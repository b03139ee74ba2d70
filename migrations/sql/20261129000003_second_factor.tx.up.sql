-- The second factor of accounts: a code from a device that changes every thirty seconds (TOTP, RFC 6238).

-- What the device's key is derived from, beside the city's own; empty: no device was ever offered.
ALTER TABLE accounts ADD COLUMN factor_nonce TEXT NOT NULL DEFAULT '';

--bun:split
-- Since when a code is asked for at sign-in; none: it is not.
ALTER TABLE accounts ADD COLUMN factor_since BIGINT;

--bun:split
-- The last step of thirty seconds whose code was used: each counts once.
ALTER TABLE accounts ADD COLUMN factor_step BIGINT NOT NULL DEFAULT 0;

--bun:split
-- Codes on paper for the day the device is lost, each good once. Only hashes are kept.
CREATE TABLE recovery_codes (
  account_id  BIGINT NOT NULL REFERENCES accounts (id),
  hash        {{.Bytes}} NOT NULL,
  used_at     BIGINT,
  PRIMARY KEY (account_id, hash)
);
