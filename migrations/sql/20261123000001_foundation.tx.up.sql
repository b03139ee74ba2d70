-- The foundation. One file serves both dialects: the words in double braces are filled in by migrate.go.
-- Instants are whole seconds since 1970 in UTC (BIGINT): equal on both databases, compared without
-- any notion of zone. Local dates are text, YYYY-MM-DD, which sorts as it reads.

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

--bun:split
CREATE TABLE departments (
  id             {{.ID}},
  code           TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL UNIQUE,
  kind           TEXT NOT NULL DEFAULT 'bureau' CHECK (kind IN ('office', 'bureau', 'district', 'utility')),
  duties         TEXT NOT NULL DEFAULT '',
  email          TEXT NOT NULL DEFAULT '',
  phone          TEXT NOT NULL DEFAULT '',
  unconfirmed    BOOLEAN NOT NULL DEFAULT FALSE,
  successor_id   BIGINT REFERENCES departments (id) DEFERRABLE,
  ended_at       BIGINT,
  created_at     BIGINT NOT NULL,
  CHECK (successor_id IS NULL OR successor_id <> id)
);

--bun:split
CREATE TABLE accounts (
  id             {{.ID}},
  login          TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  email          TEXT NOT NULL DEFAULT '',
  language       TEXT NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
  password_hash  TEXT NOT NULL,
  must_change    BOOLEAN NOT NULL DEFAULT FALSE,
  failures       BIGINT NOT NULL DEFAULT 0,
  blocked_until  BIGINT,
  disabled_at    BIGINT,
  created_at     BIGINT NOT NULL
);

--bun:split
-- A person may hold several roles, each for a department (handlers, leaders) or for the city.
CREATE TABLE grants (
  id             {{.ID}},
  account_id     BIGINT NOT NULL REFERENCES accounts (id),
  role           TEXT NOT NULL CHECK (role IN ('clerk', 'handler', 'leader', 'supervisor', 'administrator', 'auditor')),
  department_id  BIGINT REFERENCES departments (id),
  granted_at     BIGINT NOT NULL,
  ended_at       BIGINT,
  CHECK ((role IN ('handler', 'leader')) = (department_id IS NOT NULL))
);

--bun:split
CREATE INDEX grants_account ON grants (account_id);

--bun:split
CREATE INDEX grants_department ON grants (department_id) WHERE department_id IS NOT NULL;

--bun:split
CREATE TABLE sessions (
  token          TEXT PRIMARY KEY,
  data           {{.Bytes}} NOT NULL,
  expires_at     BIGINT NOT NULL
);

--bun:split
CREATE INDEX sessions_expiry ON sessions (expires_at);

--bun:split
CREATE TABLE policies (
  version        BIGINT PRIMARY KEY,
  valid_from     BIGINT,
  body           TEXT NOT NULL,
  created_at     BIGINT NOT NULL
);

--bun:split
-- How to reach a writer, sealed with AES-GCM; the hashes are keyed, for looking up a number that is
-- already known. The letter's text is not in here: the office must be able to search it.
CREATE TABLE contacts (
  id             {{.ID}},
  sealed         {{.Bytes}},
  key_id         BIGINT NOT NULL,
  phone_hash     {{.Bytes}},
  email_hash     {{.Bytes}},
  created_at     BIGINT NOT NULL,
  erased_at      BIGINT,
  CHECK ((sealed IS NULL) = (erased_at IS NOT NULL))
);

--bun:split
CREATE INDEX contacts_phone ON contacts (phone_hash) WHERE phone_hash IS NOT NULL;

--bun:split
CREATE INDEX contacts_email ON contacts (email_hash) WHERE email_hash IS NOT NULL;

--bun:split
CREATE TABLE cases (
  id                      {{.ID}},
  channel                 TEXT NOT NULL,
  kind                    TEXT NOT NULL CHECK (kind IN ('consultation', 'complaint', 'suggestion', 'help', 'tipoff', 'praise', 'unspecified')),
  topic                   TEXT NOT NULL DEFAULT '',
  district                TEXT NOT NULL DEFAULT '',
  title                   TEXT NOT NULL,
  body                    TEXT NOT NULL,
  salt                    {{.Bytes}} NOT NULL,
  language                TEXT NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
  contact_id              BIGINT REFERENCES contacts (id),
  consent                 BOOLEAN NOT NULL DEFAULT FALSE,
  confidential            BOOLEAN NOT NULL DEFAULT FALSE,
  instructed              BOOLEAN NOT NULL DEFAULT FALSE,
  quiet                   BOOLEAN NOT NULL DEFAULT FALSE,
  source                  TEXT NOT NULL DEFAULT '',
  source_number           TEXT NOT NULL DEFAULT '',
  identity                {{.Bytes}} UNIQUE,
  submission_key          TEXT UNIQUE,
  secret_version          BIGINT NOT NULL DEFAULT 1,
  secret_hash             {{.Bytes}},

  state                   TEXT NOT NULL CHECK (state IN ('received', 'screened', 'routed', 'acknowledged', 'replied', 'answered', 'closed', 'declined', 'withdrawn', 'merged')),
  version                 BIGINT NOT NULL CHECK (version >= 1),
  head_hash               {{.Bytes}} NOT NULL,
  round                   BIGINT NOT NULL DEFAULT 1,
  policy_version          BIGINT NOT NULL REFERENCES policies (version),
  decline_reason          TEXT NOT NULL DEFAULT '',
  merged_into             BIGINT REFERENCES cases (id) DEFERRABLE,

  received_at             BIGINT NOT NULL,
  received_day            TEXT NOT NULL,
  due_at                  BIGINT,
  due_unextended_at       BIGINT,
  provisional             BOOLEAN NOT NULL DEFAULT FALSE,
  screened_at             BIGINT,
  routed_at               BIGINT,
  lead_id                 BIGINT REFERENCES departments (id),
  department_due_at       BIGINT,
  department_provisional  BOOLEAN NOT NULL DEFAULT FALSE,
  acknowledged_at         BIGINT,
  replied_at              BIGINT,
  answered_at             BIGINT,
  answered_by_id          BIGINT REFERENCES departments (id),
  days                    BIGINT,
  department_days         BIGINT,
  close_due_at            BIGINT,
  closed_at               BIGINT,
  rating                  BIGINT CHECK (rating BETWEEN 1 AND 5),
  resolved                BOOLEAN,
  rating_source           TEXT NOT NULL DEFAULT '',
  overdue_noticed_at      BIGINT,
  changed_at              BIGINT NOT NULL,

  CHECK (state <> 'merged' OR merged_into IS NOT NULL OR quiet),
  CHECK (merged_into IS NULL OR merged_into <> id),
  CHECK (state NOT IN ('routed', 'acknowledged', 'replied') OR lead_id IS NOT NULL),
  CHECK (answered_at IS NULL OR answered_at >= received_at),
  CHECK ((due_at IS NULL) = (due_unextended_at IS NULL))
);

--bun:split
-- The alarm's question: whose due time has passed without an answer or a notice?
CREATE INDEX cases_alarm ON cases (due_at, id)
  WHERE answered_at IS NULL AND overdue_noticed_at IS NULL AND NOT quiet
    AND state NOT IN ('declined', 'withdrawn', 'merged', 'closed');

--bun:split
-- The desks' question: what is open in this state, first due first?
CREATE INDEX cases_open ON cases (state, due_at, id)
  WHERE state IN ('received', 'screened', 'routed', 'acknowledged', 'replied');

--bun:split
CREATE INDEX cases_lead ON cases (lead_id, state, department_due_at, id) WHERE lead_id IS NOT NULL;

--bun:split
CREATE INDEX cases_close ON cases (close_due_at) WHERE state = 'answered';

--bun:split
CREATE INDEX cases_received ON cases (received_at, id);

--bun:split
CREATE INDEX cases_contact ON cases (contact_id) WHERE contact_id IS NOT NULL;

--bun:split
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;

--bun:split
-- Figures read only these rows. A row holds from valid_from until before valid_to;
-- the last row of a case holds until {{.Forever}}, the end of year 9999.
CREATE TABLE facts (
  id                 {{.ID}},
  case_id            BIGINT NOT NULL REFERENCES cases (id),
  valid_from         BIGINT NOT NULL,
  valid_to           BIGINT NOT NULL DEFAULT {{.Forever}},
  state              TEXT NOT NULL,
  validity           TEXT NOT NULL CHECK (validity IN ('valid', 'invalid', 'duplicate')),
  channel            TEXT NOT NULL,
  kind               TEXT NOT NULL,
  topic              TEXT NOT NULL,
  district           TEXT NOT NULL,
  department_id      BIGINT,
  received_at        BIGINT NOT NULL,
  received_day       TEXT NOT NULL,
  due_at             BIGINT,
  due_unextended_at  BIGINT,
  provisional        BOOLEAN NOT NULL,
  routed_at          BIGINT,
  department_due_at  BIGINT,
  replied_at         BIGINT,
  answered_at        BIGINT,
  days               BIGINT,
  department_days    BIGINT,
  rating             BIGINT,
  resolved           BOOLEAN,
  rating_source      TEXT NOT NULL,
  confidential       BOOLEAN NOT NULL,
  instructed         BOOLEAN NOT NULL,
  UNIQUE (case_id, valid_from),
  CHECK (valid_to > valid_from)
);

--bun:split
CREATE UNIQUE INDEX facts_present ON facts (case_id) WHERE valid_to = {{.Forever}};

--bun:split
{{if .SQLite}}
-- Covering: a month of a million cases is read from the index alone (0.3 s instead of 3 s).
CREATE INDEX facts_now ON facts (received_day, department_id, channel, kind, validity, due_at, answered_at,
  provisional, department_due_at, replied_at, days, department_days, rating, resolved, case_id,
  valid_from, due_unextended_at, rating_source)
  WHERE valid_to = {{.Forever}};
{{else}}
CREATE INDEX facts_now ON facts (received_day) WHERE valid_to = {{.Forever}};
{{end}}

--bun:split
CREATE INDEX facts_then ON facts (received_day, valid_from, valid_to);

--bun:split
-- The record: only ever added to. What was written is chained by hash; personal text stands in
-- event_texts and is in the chain as a salted digest, so that it can be erased without breaking it.
CREATE TABLE events (
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  seq            BIGINT NOT NULL CHECK (seq >= 1),
  at             BIGINT NOT NULL,
  recorded_at    BIGINT NOT NULL,
  actor          TEXT NOT NULL,
  account_id     BIGINT REFERENCES accounts (id),
  department_id  BIGINT REFERENCES departments (id),
  verb           TEXT NOT NULL,
  detail         TEXT NOT NULL DEFAULT '{}',
  text_digest    {{.Bytes}},
  prev_hash      {{.Bytes}} NOT NULL,
  hash           {{.Bytes}} NOT NULL,
  PRIMARY KEY (case_id, seq)
);

--bun:split
CREATE TABLE event_texts (
  case_id        BIGINT NOT NULL,
  seq            BIGINT NOT NULL,
  salt           {{.Bytes}} NOT NULL,
  body           TEXT NOT NULL,
  PRIMARY KEY (case_id, seq),
  FOREIGN KEY (case_id, seq) REFERENCES events (case_id, seq)
);

--bun:split
{{if .SQLite}}
CREATE TRIGGER events_only_added_u BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
{{else}}
CREATE FUNCTION events_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'events are only ever added'; END $$;
{{end}}

--bun:split
{{if .SQLite}}
CREATE TRIGGER events_only_added_d BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
{{else}}
CREATE TRIGGER events_only_added BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_only_added();
{{end}}

--bun:split
CREATE TABLE assists (
  id              {{.ID}},
  case_id         BIGINT NOT NULL REFERENCES cases (id),
  department_id   BIGINT NOT NULL REFERENCES departments (id),
  asked_at        BIGINT NOT NULL,
  due_at          BIGINT,
  provisional     BOOLEAN NOT NULL DEFAULT FALSE,
  contributed_at  BIGINT,
  body            TEXT NOT NULL DEFAULT '',
  released_at     BIGINT
);

--bun:split
CREATE UNIQUE INDEX assists_open ON assists (case_id, department_id) WHERE released_at IS NULL;

--bun:split
CREATE INDEX assists_department ON assists (department_id, due_at) WHERE contributed_at IS NULL AND released_at IS NULL;

--bun:split
-- What departments handed in. A sent answer is never edited; a later one supplements it.
CREATE TABLE replies (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  department_id  BIGINT REFERENCES departments (id),
  account_id     BIGINT REFERENCES accounts (id),
  body           TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('handed_in', 'sent_back', 'answered', 'voided')),
  handed_in_at   BIGINT NOT NULL,
  reviewed_at    BIGINT,
  reviewer_id    BIGINT REFERENCES accounts (id),
  comment        TEXT NOT NULL DEFAULT '',
  answered_at    BIGINT,
  CHECK ((status IN ('answered', 'voided')) = (answered_at IS NOT NULL))
);

--bun:split
CREATE INDEX replies_case ON replies (case_id);

--bun:split
CREATE UNIQUE INDEX replies_in_hand ON replies (case_id) WHERE status = 'handed_in';

--bun:split
-- The outbox: every notice is a row before it is a mail. The address is not in the row: it is looked
-- up when sending, from exactly one of contact (the writer), account or department.
CREATE TABLE notices (
  id             {{.ID}},
  dedupe_key     TEXT NOT NULL UNIQUE,
  message_id     TEXT NOT NULL UNIQUE,
  medium         TEXT NOT NULL CHECK (medium IN ('email', 'sms', 'wechat')),
  case_id        BIGINT REFERENCES cases (id),
  contact_id     BIGINT REFERENCES contacts (id),
  account_id     BIGINT REFERENCES accounts (id),
  department_id  BIGINT REFERENCES departments (id),
  kind           TEXT NOT NULL,
  language       TEXT NOT NULL CHECK (language IN ('zh', 'en')),
  subject        TEXT NOT NULL,
  body           TEXT NOT NULL,
  html           TEXT NOT NULL DEFAULT '',
  state          TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'dead')),
  attempts       BIGINT NOT NULL DEFAULT 0,
  next_at        BIGINT NOT NULL,
  leased_until   BIGINT,
  last_error     TEXT NOT NULL DEFAULT '',
  created_at     BIGINT NOT NULL,
  sent_at        BIGINT,
  CHECK ((CASE WHEN contact_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END)
       + (CASE WHEN department_id IS NULL THEN 0 ELSE 1 END) = 1)
);

--bun:split
CREATE INDEX notices_waiting ON notices (next_at, id) WHERE state IN ('pending', 'sending');

--bun:split
CREATE INDEX notices_case ON notices (case_id) WHERE case_id IS NOT NULL;

--bun:split
CREATE INDEX notices_dead ON notices (id) WHERE state = 'dead';
