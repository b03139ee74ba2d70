{{if .SQLite}}
DROP TRIGGER files_key_u;
{{else}}
DROP TRIGGER files_key ON files;
{{end}}

--bun:split
{{if .SQLite}}
DROP TRIGGER files_key_i;
{{else}}
DROP FUNCTION file_key_is_kept();
{{end}}

--bun:split
{{if .SQLite}}
DROP TRIGGER contacts_key_u;
{{else}}
DROP TRIGGER contacts_key ON contacts;
{{end}}

--bun:split
{{if .SQLite}}
DROP TRIGGER contacts_key_i;
{{else}}
DROP FUNCTION contact_key_is_kept();
{{end}}

--bun:split
DROP TABLE sealing_keys;
