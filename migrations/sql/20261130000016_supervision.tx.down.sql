DROP INDEX cases_board;
--bun:split
DROP INDEX cases_unsigned;
--bun:split
ALTER TABLE cases DROP COLUMN sign_due_at;
