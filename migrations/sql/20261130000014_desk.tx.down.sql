DROP TABLE saved_views;
--bun:split
DROP TABLE holders;
