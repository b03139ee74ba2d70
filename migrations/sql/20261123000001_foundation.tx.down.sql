DROP TABLE notices;
--bun:split
DROP TABLE replies;
--bun:split
DROP TABLE assists;
--bun:split
DROP TABLE event_texts;
--bun:split
DROP TABLE events;
--bun:split
{{if .SQLite}}
SELECT 1;
{{else}}
DROP FUNCTION events_only_added();
{{end}}
--bun:split
DROP TABLE facts;
--bun:split
DROP TABLE cases;
--bun:split
DROP TABLE contacts;
--bun:split
DROP TABLE policies;
--bun:split
DROP TABLE sessions;
--bun:split
DROP TABLE grants;
--bun:split
DROP TABLE accounts;
--bun:split
DROP TABLE departments;
--bun:split
DROP TABLE settings;
