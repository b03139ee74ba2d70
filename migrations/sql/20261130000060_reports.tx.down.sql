DROP INDEX facts_reworked;

--bun:split
ALTER TABLE facts DROP COLUMN policy_version;
