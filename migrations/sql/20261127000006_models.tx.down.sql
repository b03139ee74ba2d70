DROP TABLE suggestions;
--bun:split
DROP TABLE models;
