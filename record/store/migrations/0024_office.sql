-- +goose Up

-- standing_change is what somebody proposes to change of the county's standing data: divisions, offices, institutions, working days.
CREATE TABLE standing_change (
    county_code TEXT NOT NULL,
    change_id   TEXT NOT NULL,
    content     TEXT NOT NULL, -- JSON: the steps, in order
    reason      TEXT NOT NULL, -- the document it goes by
    maker_id    TEXT NOT NULL,
    maker_name  TEXT NOT NULL,
    instant     TEXT NOT NULL,
    PRIMARY KEY (county_code, change_id)
);

-- standing_check is the one answer of another person. What is approved is done in the same transaction.
CREATE TABLE standing_check (
    county_code  TEXT NOT NULL,
    change_id    TEXT NOT NULL,
    approved     BIGINT NOT NULL,
    note         TEXT NOT NULL,
    checker_id   TEXT NOT NULL,
    checker_name TEXT NOT NULL,
    instant      TEXT NOT NULL,
    PRIMARY KEY (county_code, change_id),
    FOREIGN KEY (county_code, change_id) REFERENCES standing_change (county_code, change_id)
);

-- auth_link says who an account is at the office's own identity provider.
CREATE TABLE auth_link (
    county_code TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL, -- the provider's own word for the person
    account_id  TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, issuer, subject),
    FOREIGN KEY (county_code, account_id) REFERENCES auth_account (county_code, account_id)
);
CREATE UNIQUE INDEX auth_link_account ON auth_link (county_code, account_id, issuer);

-- auth_ticket holds who has come from the identity provider and still has to show the second factor here.
CREATE TABLE auth_ticket (
    county_code TEXT NOT NULL,
    digest      TEXT NOT NULL, -- SM3 of the ticket, which the browser has
    account_id  TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    instant     TEXT NOT NULL,
    PRIMARY KEY (county_code, digest),
    FOREIGN KEY (county_code, account_id) REFERENCES auth_account (county_code, account_id)
);

-- How a session began: the identity provider it came from, '' for a password; 1 when the provider has seen a second factor.
ALTER TABLE auth_session ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_session ADD COLUMN strong BIGINT NOT NULL DEFAULT 0;

-- backup_made holds when the whole database was backed up, under the county 000000.
CREATE TABLE backup_made (
    county_code TEXT NOT NULL,
    backup_id   TEXT NOT NULL,
    table_rows  BIGINT NOT NULL,
    instant     TEXT NOT NULL, -- of the picture it holds
    PRIMARY KEY (county_code, backup_id)
);
