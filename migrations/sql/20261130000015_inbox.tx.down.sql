DROP TABLE quiet_hours;

--bun:split
DROP TABLE notice_ways;

--bun:split
DROP TABLE inbox;
