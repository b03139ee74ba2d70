DROP TABLE publication_index;
--bun:split
DROP INDEX cases_consent;
--bun:split
DROP TABLE kept_private;
--bun:split
DROP TABLE helped;
--bun:split
DROP TABLE votes;
--bun:split
DROP TABLE publications;
