DROP INDEX cases_routed;
