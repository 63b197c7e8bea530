-- +goose Up

-- command holds what commands with an idempotency key answered, so that repeating one does nothing twice.
CREATE TABLE command (
    county_code    TEXT NOT NULL,
    command_key    TEXT NOT NULL,
    name           TEXT NOT NULL,
    content_digest TEXT NOT NULL, -- SM3 of name, actor and content, hexadecimal
    result         TEXT NOT NULL, -- JSON
    instant        TEXT NOT NULL,
    PRIMARY KEY (county_code, command_key)
);

-- job holds work for later, enqueued by a transaction together with what made it necessary.
CREATE TABLE job (
    county_code TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL, -- JSON
    enqueued    TEXT NOT NULL,
    due         TEXT NOT NULL, -- not before; a claimed job's due moves to when the claim runs out
    attempt     BIGINT NOT NULL,
    PRIMARY KEY (county_code, job_id)
);
CREATE INDEX job_due ON job (due, county_code);
