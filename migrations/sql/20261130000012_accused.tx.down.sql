DROP TABLE exceptions;

--bun:split
DROP TABLE accused;
