DROP INDEX cases_due;
--bun:split
CREATE INDEX cases_due ON cases (due_at, id) WHERE state IN ('received', 'screened', 'routed', 'acknowledged', 'replied');
--bun:split
DROP INDEX cases_answered;
--bun:split
CREATE INDEX cases_answered ON cases (answered_at, id) WHERE state IN ('answered', 'closed');
--bun:split
CREATE INDEX cases_lead_answered ON cases (lead_id, answered_at, id) WHERE state IN ('answered', 'closed');
--bun:split
DROP INDEX cases_received;
--bun:split
CREATE INDEX cases_received ON cases (received_at, id);
