DROP TABLE hot_letters;
--bun:split
DROP TABLE hot_issues;
