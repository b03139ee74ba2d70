ALTER TABLE stored_reports DROP COLUMN key_id;

--bun:split
ALTER TABLE stored_reports DROP COLUMN signature;
