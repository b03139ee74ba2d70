-- Follow-up calls (回访): who rings which writer about an answer, and what came of it. An open row is a claim, so that no
-- two ring the same writer; it lapses at claimed_until.
CREATE TABLE follow_ups (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  claimed_at     BIGINT NOT NULL,
  claimed_until  BIGINT NOT NULL,
  outcome        TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'not_reached', 'refused', 'rated', 'released')),
  ended_at       BIGINT,
  next_at        BIGINT,
  CHECK ((ended_at IS NULL) = (outcome = '')),
  CHECK ((next_at IS NOT NULL) = (outcome = 'not_reached'))
);

--bun:split
CREATE UNIQUE INDEX follow_ups_open ON follow_ups (case_id) WHERE outcome = '';

--bun:split
CREATE INDEX follow_ups_case ON follow_ups (case_id, round);

--bun:split
-- Whom to ring: answered and not judged yet.
CREATE INDEX cases_unrated ON cases (answered_at, id) WHERE state = 'answered' AND rating IS NULL;
