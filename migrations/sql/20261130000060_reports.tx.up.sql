-- Which version of the policies a letter is under, for figures by version. Rows of before the upgrade get the version
-- their case has now.
ALTER TABLE facts ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;

--bun:split
UPDATE facts SET policy_version = (SELECT c.policy_version FROM cases AS c WHERE c.id = facts.case_id);

--bun:split
-- The figures of reworks go by the day a rework was granted.
CREATE INDEX facts_reworked ON facts (rework_granted_at) WHERE rework_granted_at IS NOT NULL;
