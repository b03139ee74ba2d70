DROP TABLE letter_counts;
--bun:split
DROP TABLE letter_keys;
