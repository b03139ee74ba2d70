-- What was routed in the last minutes and can be taken back: some of the few cases that nobody has signed for yet.
CREATE INDEX cases_routed ON cases (routed_at) WHERE state = 'routed';
