-- To whom the report of each kind of period is mailed: people who have an account, and addresses outside, which are sealed as a
-- writer's contact is (cases/report_recipients.go).
CREATE TABLE report_recipients (
  id          {{.ID}},
  kind        TEXT NOT NULL CHECK (kind IN ('month', 'quarter', 'half', 'year')),
  account_id  BIGINT REFERENCES accounts (id),
  contact_id  BIGINT REFERENCES contacts (id),
  shown       TEXT NOT NULL, -- the name of a person; of an address outside what may be shown of it
  language    TEXT NOT NULL CHECK (language IN ('zh', 'en')),
  added_at    BIGINT NOT NULL,
  ended_at    BIGINT,
  CHECK ((account_id IS NULL) <> (contact_id IS NULL))
);

--bun:split
CREATE UNIQUE INDEX report_recipients_once ON report_recipients (kind, account_id) WHERE account_id IS NOT NULL AND ended_at IS NULL;

--bun:split
-- Which notice carries which report to whom.
CREATE TABLE report_mails (
  report_id     BIGINT NOT NULL REFERENCES stored_reports (id),
  recipient_id  BIGINT NOT NULL REFERENCES report_recipients (id),
  notice_id     BIGINT NOT NULL UNIQUE REFERENCES notices (id),
  PRIMARY KEY (report_id, recipient_id)
);
