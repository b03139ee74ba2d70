DROP TABLE report_mails;

--bun:split
DROP TABLE report_recipients;
