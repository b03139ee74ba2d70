-- Which writers are to be called about the answer (回访), from when and until when: drawn by the policy, with the answer.
ALTER TABLE cases ADD COLUMN call_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN call_until BIGINT;

--bun:split
-- Those who may be called now stay on the list until the case closes, as before.
UPDATE cases SET call_until = close_due_at, call_at = COALESCE(
    (SELECT max(f.next_at) FROM follow_ups f WHERE f.case_id = cases.id AND f.round = cases.round), answered_at)
  WHERE state = 'answered' AND rating IS NULL AND NOT quiet AND close_due_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM contacts k WHERE k.id = cases.contact_id AND k.phone_hash IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.case_id = cases.id AND f.round = cases.round AND f.outcome = 'refused')
    AND (SELECT count(*) FROM follow_ups f WHERE f.case_id = cases.id AND f.round = cases.round AND f.outcome = 'not_reached') < 3;

--bun:split
-- All that counting and sorting the list asks for, the expired ones left behind.
CREATE INDEX cases_calls ON cases (call_until, call_at, answered_at, id) WHERE call_until IS NOT NULL;

--bun:split
DROP INDEX cases_unrated;
