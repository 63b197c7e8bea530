-- What a county knows of its people at the end of the year, as the queries beside this file read it. Days are texts, values too.
CREATE TABLE month (month TEXT PRIMARY KEY, first TEXT, last TEXT);
CREATE TABLE person (person TEXT PRIMARY KEY, died TEXT);             -- '' while alive
CREATE TABLE lives (person TEXT, day TEXT, household TEXT, series TEXT, PRIMARY KEY (person, day)); -- the policy of the town where the household lives
CREATE TABLE said (party TEXT, name TEXT, value TEXT, from_day TEXT, to_day TEXT, nth INTEGER); -- nth in the order of learning
CREATE TABLE approved (person TEXT, scheme TEXT, day TEXT);            -- applications
CREATE INDEX said_of ON said (party, name);
