-- The city's signature under what a stored report is about and the digests of its documents (sla/report, stored_signed.go),
-- and with which key it was made. None: stored before reports were signed.
ALTER TABLE stored_reports ADD COLUMN signature {{.Bytes}};

--bun:split
ALTER TABLE stored_reports ADD COLUMN key_id TEXT CHECK ((key_id IS NULL) = (signature IS NULL));
