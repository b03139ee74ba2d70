-- Deadlines: calendars and policies as data, extensions, waits for the writer, reworks, orders, cards.
-- Everything is added with a default, so that processes of the version before go on working meanwhile.

-- The working days, an edition a change. The first holds what came with the program at first start;
-- the calendar in force is all editions, the later over the earlier.
CREATE TABLE calendars (
  edition     BIGINT PRIMARY KEY CHECK (edition >= 1),
  body        TEXT NOT NULL,
  source      TEXT NOT NULL DEFAULT '',
  account_id  BIGINT REFERENCES accounts (id),
  loaded_at   BIGINT NOT NULL
);

--bun:split
ALTER TABLE policies ADD COLUMN account_id BIGINT REFERENCES accounts (id);

--bun:split
ALTER TABLE policies ADD COLUMN reason TEXT NOT NULL DEFAULT '';

--bun:split
-- What the letter was at receipt: its policy is chosen by this, whatever is corrected later.
ALTER TABLE cases ADD COLUMN born_channel TEXT NOT NULL DEFAULT '';

--bun:split
ALTER TABLE cases ADD COLUMN born_kind TEXT NOT NULL DEFAULT '';

--bun:split
ALTER TABLE cases ADD COLUMN born_topic TEXT NOT NULL DEFAULT '';

--bun:split
-- By which edition the writer's clock and the department's were worked out, and up to which the case
-- has been looked at. 0 is a row of a version before: it is looked at once.
ALTER TABLE cases ADD COLUMN due_edition BIGINT NOT NULL DEFAULT 0;

--bun:split
ALTER TABLE cases ADD COLUMN department_edition BIGINT NOT NULL DEFAULT 0;

--bun:split
ALTER TABLE cases ADD COLUMN settled_edition BIGINT NOT NULL DEFAULT 0;

--bun:split
-- The days to the answer or the reply were counted over days nobody had announced.
ALTER TABLE cases ADD COLUMN days_provisional BOOLEAN NOT NULL DEFAULT FALSE;

--bun:split
-- The next instant after which something must be done by the clock; none: nothing.
ALTER TABLE cases ADD COLUMN alarm_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN card_due_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN assist_due_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN order_due_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN department_noticed_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN yellow_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN red_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN extension TEXT NOT NULL DEFAULT '' CHECK (extension IN ('', 'asked', 'granted', 'refused', 'lapsed'));

--bun:split
ALTER TABLE cases ADD COLUMN extension_days BIGINT NOT NULL DEFAULT 0 CHECK (extension_days >= 0);

--bun:split
ALTER TABLE cases ADD COLUMN extension_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN waiting_since BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN waiting_until BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN wait_count BIGINT NOT NULL DEFAULT 0;

--bun:split
ALTER TABLE cases ADD COLUMN rework TEXT NOT NULL DEFAULT '' CHECK (rework IN ('', 'asked', 'granted', 'refused'));

--bun:split
ALTER TABLE cases ADD COLUMN rework_asked_at BIGINT;

--bun:split
ALTER TABLE cases ADD COLUMN rework_granted_at BIGINT;

--bun:split
-- The earliest fact has what the letter was at receipt.
UPDATE cases SET
  born_channel = COALESCE((SELECT f.channel FROM facts f WHERE f.case_id = cases.id ORDER BY f.valid_from LIMIT 1), channel),
  born_kind    = COALESCE((SELECT f.kind FROM facts f WHERE f.case_id = cases.id ORDER BY f.valid_from LIMIT 1), kind),
  born_topic   = COALESCE((SELECT f.topic FROM facts f WHERE f.case_id = cases.id ORDER BY f.valid_from LIMIT 1), topic);

--bun:split
-- Replaced by the next: one index over the next instant serves every alarm.
DROP INDEX cases_alarm;

--bun:split
-- Departments have been told of what became overdue before.
UPDATE cases SET department_noticed_at = overdue_noticed_at
  WHERE overdue_noticed_at IS NOT NULL AND department_due_at < overdue_noticed_at;

--bun:split
{{if not .SQLite}}
-- Most letters have no identity of an import and many no key: their NULLs need not stand in an index, which
-- every mark of a hundred thousand cases would write anew.
ALTER TABLE cases DROP CONSTRAINT cases_identity_key, DROP CONSTRAINT cases_submission_key_key;
{{else}}
SELECT 1;
{{end}}

--bun:split
{{if not .SQLite}}
CREATE UNIQUE INDEX cases_identity ON cases (identity) WHERE identity IS NOT NULL;
{{else}}
SELECT 1;
{{end}}

--bun:split
{{if not .SQLite}}
CREATE UNIQUE INDEX cases_submission_key ON cases (submission_key) WHERE submission_key IS NOT NULL;
{{else}}
SELECT 1;
{{end}}

--bun:split
CREATE INDEX cases_alarm_at ON cases (alarm_at, id) WHERE alarm_at IS NOT NULL;

--bun:split
-- Which cases a new calendar may move: what is open, and what rests on days nobody had announced.
CREATE INDEX cases_settle ON cases (settled_edition, id)
  WHERE provisional OR department_provisional OR days_provisional OR round > 1 OR state IN ('received', 'screened', 'routed', 'acknowledged', 'replied');

--bun:split
CREATE INDEX cases_asking ON cases (due_at, id) WHERE extension = 'asked';

--bun:split
CREATE INDEX cases_rework_asked ON cases (rework_asked_at, id) WHERE rework = 'asked';

--bun:split
ALTER TABLE assists ADD COLUMN late_noticed_at BIGINT;

--bun:split
-- Rounds that are over, as they stood when a rework was granted. The running one stands in cases.
CREATE TABLE rounds (
  case_id                 BIGINT NOT NULL REFERENCES cases (id),
  round                   BIGINT NOT NULL CHECK (round >= 1),
  due_at                  BIGINT,
  due_unextended_at       BIGINT,
  provisional             BOOLEAN NOT NULL,
  due_edition             BIGINT NOT NULL,
  routed_at               BIGINT,
  lead_id                 BIGINT REFERENCES departments (id),
  department_due_at       BIGINT,
  department_provisional  BOOLEAN NOT NULL,
  department_edition      BIGINT NOT NULL,
  acknowledged_at         BIGINT,
  replied_at              BIGINT,
  answered_at             BIGINT NOT NULL,
  answered_by_id          BIGINT REFERENCES departments (id),
  days                    BIGINT,
  department_days         BIGINT,
  days_provisional        BOOLEAN NOT NULL DEFAULT FALSE,
  rating                  BIGINT CHECK (rating BETWEEN 1 AND 5),
  resolved                BOOLEAN,
  rating_source           TEXT NOT NULL DEFAULT '',
  extension               TEXT NOT NULL DEFAULT '',
  extension_days          BIGINT NOT NULL DEFAULT 0,
  extension_at            BIGINT,
  wait_count              BIGINT NOT NULL DEFAULT 0,
  overdue_noticed_at      BIGINT,
  department_noticed_at   BIGINT,
  yellow_at               BIGINT,
  red_at                  BIGINT,
  PRIMARY KEY (case_id, round)
);

--bun:split
-- Waits for the writer: they move the department's clock and nothing else.
CREATE TABLE waits (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  department_id  BIGINT NOT NULL REFERENCES departments (id),
  since          BIGINT NOT NULL,
  until          BIGINT NOT NULL,
  ended_at       BIGINT,
  question       TEXT NOT NULL,
  CHECK (until > since),
  CHECK (ended_at IS NULL OR ended_at >= since)
);

--bun:split
CREATE UNIQUE INDEX waits_open ON waits (case_id) WHERE ended_at IS NULL;

--bun:split
CREATE INDEX waits_case ON waits (case_id);

--bun:split
-- What writers sent after their letter.
CREATE TABLE materials (
  id        {{.ID}},
  case_id   BIGINT NOT NULL REFERENCES cases (id),
  sent_at   BIGINT NOT NULL,
  body      TEXT NOT NULL
);

--bun:split
CREATE INDEX materials_case ON materials (case_id);

--bun:split
-- Supervision orders (督办单): each must be answered by its own due time.
CREATE TABLE orders (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  department_id  BIGINT NOT NULL REFERENCES departments (id),
  account_id     BIGINT REFERENCES accounts (id),
  issued_at      BIGINT NOT NULL,
  due_at         BIGINT NOT NULL,
  body           TEXT NOT NULL,
  answered_at    BIGINT,
  answered_by_id BIGINT REFERENCES accounts (id),
  answer         TEXT NOT NULL DEFAULT '',
  late_noticed_at BIGINT,
  released_at    BIGINT
);

--bun:split
CREATE UNIQUE INDEX orders_open ON orders (case_id) WHERE answered_at IS NULL AND released_at IS NULL;

--bun:split
CREATE INDEX orders_case ON orders (case_id);

--bun:split
-- What tells how a department conducts itself, counted by the department it was done by or to. Rows are only added;
-- a card that a published calendar proved wrong is withdrawn.
CREATE TABLE conduct (
  id             {{.ID}},
  case_id        BIGINT NOT NULL REFERENCES cases (id),
  round          BIGINT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('returned', 'reassigned', 'extended', 'reworked', 'ordered', 'reminded',
                 'yellow_card', 'red_card', 'declined_late', 'merged_late', 'voided', 'assist_late')),
  department_id  BIGINT REFERENCES departments (id),
  at             BIGINT NOT NULL,
  withdrawn_at   BIGINT
);

--bun:split
-- Each card once per round and department.
CREATE UNIQUE INDEX conduct_card ON conduct (case_id, round, kind, department_id)
  WHERE kind IN ('yellow_card', 'red_card') AND withdrawn_at IS NULL;

--bun:split
CREATE INDEX conduct_case ON conduct (case_id);

--bun:split
-- What the record tells of before: returns and re-routings, by the department they took the case from.
INSERT INTO conduct (case_id, round, kind, department_id, at)
  SELECT case_id, 1, CASE verb WHEN 'return' THEN 'returned' ELSE 'reassigned' END,
    {{if .SQLite}}json_extract(detail, '$.from'){{else}}(detail::json->>'from')::bigint{{end}}, at
  FROM events WHERE verb IN ('return', 'reassign');

--bun:split
-- Mailings that are written once for each day, month or quarter.
CREATE TABLE mailings (
  kind        TEXT NOT NULL,
  period      TEXT NOT NULL,
  written_at  BIGINT NOT NULL,
  PRIMARY KEY (kind, period)
);

--bun:split
ALTER TABLE facts ADD COLUMN rework_granted_at BIGINT;

--bun:split
ALTER TABLE facts ADD COLUMN rework_due_at BIGINT;

--bun:split
ALTER TABLE facts ADD COLUMN rework_answered_at BIGINT;

--bun:split
ALTER TABLE facts ADD COLUMN rework_rating BIGINT;
