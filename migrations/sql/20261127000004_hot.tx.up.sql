-- Matters that several people write about, as they were found last, and the cases of each.
CREATE TABLE hot_issues (
  id          BIGINT PRIMARY KEY,
  title       TEXT NOT NULL,
  place       TEXT NOT NULL,
  topic       TEXT NOT NULL,
  letters     BIGINT NOT NULL CHECK (letters > 0),
  writers     BIGINT NOT NULL CHECK (writers > 0),
  first_at    BIGINT NOT NULL,
  last_at     BIGINT NOT NULL,
  heat        DOUBLE PRECISION NOT NULL,
  trend       TEXT NOT NULL CHECK (trend IN ('new', 'growing', 'steady', 'fading')),
  weeks       TEXT NOT NULL,
  place_order BIGINT NOT NULL,
  found_at    BIGINT NOT NULL
);
--bun:split
CREATE TABLE hot_letters (
  case_id  BIGINT PRIMARY KEY REFERENCES cases (id),
  issue_id BIGINT NOT NULL REFERENCES hot_issues (id)
);
--bun:split
CREATE INDEX hot_letters_issue ON hot_letters (issue_id);
