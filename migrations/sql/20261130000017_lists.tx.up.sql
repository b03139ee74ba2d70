-- Lists and what narrows them, read from indexes alone: of 100,000 cases a count by kind took a second.
DROP INDEX cases_received;
--bun:split
CREATE INDEX cases_received ON cases (received_at, id, kind, channel, lead_id);
--bun:split
DROP INDEX cases_lead_answered;
--bun:split
DROP INDEX cases_answered;
--bun:split
CREATE INDEX cases_answered ON cases (answered_at, id, state, kind, channel, lead_id) WHERE answered_at IS NOT NULL;
--bun:split
DROP INDEX cases_due;
--bun:split
CREATE INDEX cases_due ON cases (due_at, id);
