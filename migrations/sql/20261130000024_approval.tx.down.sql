DROP TABLE proposals;
--bun:split
ALTER TABLE departments DROP COLUMN approval;
