-- The city's rules on where letters go, a version a change; the newest acts. The first are those that came with the
-- program. A process of the version before knows nothing of them and loses nothing.
CREATE TABLE routing_rules (
  version     BIGINT PRIMARY KEY CHECK (version >= 1),
  body        TEXT NOT NULL,
  account_id  BIGINT REFERENCES accounts (id),
  reason      TEXT NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL
);
