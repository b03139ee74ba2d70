-- What replies can begin with. A template without a department is for the whole city; one that has ended is offered no
-- more.
CREATE TABLE templates (
  id             {{.ID}},
  department_id  BIGINT REFERENCES departments (id),
  name           TEXT NOT NULL,
  text_zh        TEXT NOT NULL,
  text_en        TEXT NOT NULL,
  version        BIGINT NOT NULL CHECK (version >= 1),
  changed_at     BIGINT NOT NULL,
  changed_by_id  BIGINT NOT NULL REFERENCES accounts (id),
  ended_at       BIGINT
);
