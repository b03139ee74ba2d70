DELETE FROM templates WHERE purpose <> 'reply';
--bun:split
ALTER TABLE templates DROP COLUMN purpose;
