DROP INDEX cases_changed;

--bun:split
DROP TABLE presence;
