DROP TABLE recovery_codes;
--bun:split
ALTER TABLE accounts DROP COLUMN factor_step;
--bun:split
ALTER TABLE accounts DROP COLUMN factor_since;
--bun:split
ALTER TABLE accounts DROP COLUMN factor_nonce;
