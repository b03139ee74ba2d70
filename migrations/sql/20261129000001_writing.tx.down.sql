DROP INDEX cases_remind_rating;
--bun:split
ALTER TABLE cases DROP COLUMN remind_rating_at;
--bun:split
DROP TABLE spent;
--bun:split
DROP TABLE files;
