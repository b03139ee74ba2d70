DROP INDEX cases_alarm_at;
--bun:split
DROP INDEX cases_settle;
--bun:split
DROP INDEX cases_asking;
--bun:split
DROP INDEX cases_rework_asked;
--bun:split
DROP TABLE mailings;
--bun:split
DROP TABLE conduct;
--bun:split
DROP TABLE orders;
--bun:split
DROP TABLE materials;
--bun:split
DROP TABLE waits;
--bun:split
DROP TABLE rounds;
--bun:split
DROP TABLE calendars;
--bun:split
ALTER TABLE facts DROP COLUMN rework_rating;
--bun:split
ALTER TABLE facts DROP COLUMN rework_answered_at;
--bun:split
ALTER TABLE facts DROP COLUMN rework_due_at;
--bun:split
ALTER TABLE facts DROP COLUMN rework_granted_at;
--bun:split
ALTER TABLE assists DROP COLUMN late_noticed_at;
--bun:split
ALTER TABLE policies DROP COLUMN reason;
--bun:split
ALTER TABLE policies DROP COLUMN account_id;
--bun:split
ALTER TABLE cases DROP COLUMN rework_granted_at;
--bun:split
ALTER TABLE cases DROP COLUMN rework_asked_at;
--bun:split
ALTER TABLE cases DROP COLUMN rework;
--bun:split
ALTER TABLE cases DROP COLUMN wait_count;
--bun:split
ALTER TABLE cases DROP COLUMN waiting_until;
--bun:split
ALTER TABLE cases DROP COLUMN waiting_since;
--bun:split
ALTER TABLE cases DROP COLUMN extension_at;
--bun:split
ALTER TABLE cases DROP COLUMN extension_days;
--bun:split
ALTER TABLE cases DROP COLUMN extension;
--bun:split
ALTER TABLE cases DROP COLUMN red_at;
--bun:split
ALTER TABLE cases DROP COLUMN yellow_at;
--bun:split
ALTER TABLE cases DROP COLUMN department_noticed_at;
--bun:split
ALTER TABLE cases DROP COLUMN order_due_at;
--bun:split
ALTER TABLE cases DROP COLUMN assist_due_at;
--bun:split
ALTER TABLE cases DROP COLUMN card_due_at;
--bun:split
ALTER TABLE cases DROP COLUMN alarm_at;
--bun:split
ALTER TABLE cases DROP COLUMN settled_edition;
--bun:split
ALTER TABLE cases DROP COLUMN department_edition;
--bun:split
ALTER TABLE cases DROP COLUMN due_edition;
--bun:split
ALTER TABLE cases DROP COLUMN born_topic;
--bun:split
ALTER TABLE cases DROP COLUMN born_kind;
--bun:split
ALTER TABLE cases DROP COLUMN born_channel;
--bun:split
ALTER TABLE cases DROP COLUMN days_provisional;
--bun:split
CREATE INDEX cases_alarm ON cases (due_at, id)
  WHERE answered_at IS NULL AND overdue_noticed_at IS NULL AND NOT quiet
    AND state NOT IN ('declined', 'withdrawn', 'merged', 'closed');
--bun:split
{{if not .SQLite}}
DROP INDEX cases_identity;
{{else}}
SELECT 1;
{{end}}
--bun:split
{{if not .SQLite}}
DROP INDEX cases_submission_key;
{{else}}
SELECT 1;
{{end}}
--bun:split
{{if not .SQLite}}
ALTER TABLE cases ADD CONSTRAINT cases_identity_key UNIQUE (identity), ADD CONSTRAINT cases_submission_key_key UNIQUE (submission_key);
{{else}}
SELECT 1;
{{end}}
