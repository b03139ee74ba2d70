DROP INDEX cases_unrated;
--bun:split
DROP TABLE follow_ups;
