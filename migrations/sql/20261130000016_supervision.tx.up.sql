-- Until when the lead department should have signed, while it has not. Rows of the version before get it by the sweep.
ALTER TABLE cases ADD COLUMN sign_due_at BIGINT;

--bun:split
CREATE INDEX cases_unsigned ON cases (sign_due_at, id) WHERE state = 'routed';

--bun:split
-- Supervision's board reads the open cases from this index alone.
CREATE INDEX cases_board ON cases (state, lead_id, due_at, department_due_at, waiting_since, sign_due_at, yellow_at, red_at)
  WHERE state IN ('received', 'screened', 'routed', 'acknowledged', 'replied');
