-- +goose Up

-- An entry of a special account is its lines: what fund_entry said of it stands in each of them. Every settlement writes two lines with their entries of
-- two indexes, and no third row for both.
CREATE TABLE fund_line_new (
    county_code   TEXT NOT NULL,
    entry_id      TEXT NOT NULL,
    line          BIGINT NOT NULL, -- 1, 2, … within the entry
    fund_code     TEXT NOT NULL, -- this and what follows down to actor_id is the entry's, the same in each of its lines
    entry_type    TEXT NOT NULL,
    day           TEXT NOT NULL, -- the day it counts for
    corrects      TEXT, -- the entry an adjustment corrects; NULL for all others
    reason        TEXT NOT NULL,
    instant       TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    account_kind  TEXT NOT NULL,
    account_code  TEXT NOT NULL,
    amount        BIGINT NOT NULL, -- fen; debit positive, credit negative
    commitment_id TEXT NOT NULL, -- '' for lines that concern none
    origin_kind   TEXT NOT NULL,
    origin_id     TEXT NOT NULL,
    origin_line   TEXT NOT NULL,
    PRIMARY KEY (county_code, entry_id, line)
);

-- What was damaged before is damaged afterwards, and found: a line without an entry, or of another fund or day than its entry, has no type, and an entry
-- without lines has one line of nothing.
INSERT INTO fund_line_new (county_code, entry_id, line, fund_code, entry_type, day, corrects, reason, instant, actor_id, account_kind, account_code, amount, commitment_id, origin_kind, origin_id, origin_line)
    SELECT l.county_code, l.entry_id, l.line, l.fund_code, COALESCE(e.entry_type, ''), l.day, e.corrects, COALESCE(e.reason, ''), COALESCE(e.instant, ''), COALESCE(e.actor_id, ''),
        l.account_kind, l.account_code, l.amount, l.commitment_id, l.origin_kind, l.origin_id, l.origin_line
    FROM fund_line l LEFT JOIN fund_entry e ON e.county_code = l.county_code AND e.entry_id = l.entry_id AND e.fund_code = l.fund_code AND e.day = l.day;
INSERT INTO fund_line_new (county_code, entry_id, line, fund_code, entry_type, day, corrects, reason, instant, actor_id, account_kind, account_code, amount, commitment_id, origin_kind, origin_id, origin_line)
    SELECT e.county_code, e.entry_id, 1, e.fund_code, e.entry_type, e.day, e.corrects, e.reason, e.instant, e.actor_id, '', '', 0, '', '', '', ''
    FROM fund_entry e LEFT JOIN fund_line l ON l.county_code = e.county_code AND l.entry_id = e.entry_id WHERE l.entry_id IS NULL;
DROP TABLE fund_line;
DROP TABLE fund_entry;
ALTER TABLE fund_line_new RENAME TO fund_line;
CREATE INDEX fund_line_account ON fund_line (county_code, fund_code, account_kind, account_code, day, entry_id, line, amount);
CREATE INDEX fund_line_corrects ON fund_line (county_code, corrects, entry_id) WHERE corrects IS NOT NULL AND line = 1; -- each correction once

-- What is pending or owed is outstanding, and is listed by that index alone.
DROP INDEX fund_commitment_pending;
DROP INDEX fund_commitment_owed;
