-- +goose Up

-- What every settlement writes: no foreign keys any more, and no index that another one can stand in for. On PostgreSQL a foreign key
-- reads the row it points to, and who reads next to where others add stands in their way: with keys that grow by time, that
-- is everybody. Rows are written together with what they point to, and verify finds what points to nothing.

-- county_edition counts how often a county's standing data changed (providers, adoptions, funds, kept lists), so that they can be remembered.
CREATE TABLE county_edition (
    county_code TEXT NOT NULL,
    edition     BIGINT NOT NULL, -- from 2; without a row it is 1
    PRIMARY KEY (county_code)
);

CREATE TABLE audit_person_new (
    county_code TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    sealed      TEXT NOT NULL, -- base64 of nonce and SM4-GCM ciphertext, '' for none
    PRIMARY KEY (county_code, entry_id, person_id)
);
INSERT INTO audit_person_new (county_code, entry_id, person_id, sealed) SELECT county_code, entry_id, person_id, sealed FROM audit_person;
DROP TABLE audit_person;
ALTER TABLE audit_person_new RENAME TO audit_person;
CREATE INDEX audit_person_entries ON audit_person (county_code, person_id, entry_id);

CREATE TABLE fund_line_new (
    county_code   TEXT NOT NULL,
    entry_id      TEXT NOT NULL,
    line          BIGINT NOT NULL, -- 1, 2, … within the entry
    fund_code     TEXT NOT NULL, -- the entry's, as is day, so that an account is read from one index
    account_kind  TEXT NOT NULL,
    account_code  TEXT NOT NULL,
    day           TEXT NOT NULL,
    amount        BIGINT NOT NULL, -- fen; debit positive, credit negative
    commitment_id TEXT NOT NULL, -- '' for lines that concern none
    origin_kind   TEXT NOT NULL,
    origin_id     TEXT NOT NULL,
    origin_line   TEXT NOT NULL,
    PRIMARY KEY (county_code, entry_id, line)
);
INSERT INTO fund_line_new (county_code, entry_id, line, fund_code, account_kind, account_code, day, amount, commitment_id, origin_kind, origin_id, origin_line)
    SELECT county_code, entry_id, line, fund_code, account_kind, account_code, day, amount, commitment_id, origin_kind, origin_id, origin_line FROM fund_line;
DROP TABLE fund_line;
ALTER TABLE fund_line_new RENAME TO fund_line;
CREATE INDEX fund_line_account ON fund_line (county_code, fund_code, account_kind, account_code, day, entry_id, line);

CREATE TABLE claim_movement_new (
    county_code   TEXT NOT NULL,
    person_id     TEXT NOT NULL,
    series        TEXT NOT NULL,
    settlement_id TEXT NOT NULL,
    line          BIGINT NOT NULL, -- 1, 2, … of the settlement
    claim_id      TEXT NOT NULL,   -- the settlement's, as are person and series
    counter       TEXT NOT NULL,
    key_token     TEXT NOT NULL,   -- what the counter is kept by beyond the person, as a blind token; '' for nothing
    key_sealed    TEXT NOT NULL,   -- the same, sealed
    day           TEXT NOT NULL,
    window_from   TEXT NOT NULL,   -- what it adds up over: '' for no beginning
    window_to     TEXT NOT NULL,   -- the day before when nothing else counts with it
    amount        BIGINT NOT NULL, -- fen, or how many
    counts        BIGINT NOT NULL, -- 1 when amount is how many
    cap           BIGINT,          -- NULL for none
    PRIMARY KEY (county_code, person_id, series, settlement_id, line)
);
INSERT INTO claim_movement_new (county_code, person_id, series, settlement_id, line, claim_id, counter, key_token, key_sealed, day, window_from, window_to, amount, counts, cap)
    SELECT county_code, person_id, series, settlement_id, line, claim_id, counter, key_token, key_sealed, day, window_from, window_to, amount, counts, cap FROM claim_movement;
DROP TABLE claim_movement;
ALTER TABLE claim_movement_new RENAME TO claim_movement;

CREATE TABLE claim_settlement_new (
    county_code   TEXT NOT NULL,
    claim_id      TEXT NOT NULL,
    version       BIGINT NOT NULL, -- 1, 2, … of the claim
    settlement_id TEXT NOT NULL,
    cause         TEXT NOT NULL,   -- confirm; follow, when another bill changed what it stands on; reverse
    cause_id      TEXT NOT NULL,   -- the claim whose act it was
    pack_id       TEXT NOT NULL,   -- these four are '' when reversed
    pack_version  TEXT NOT NULL,
    pack_hash     TEXT NOT NULL,
    adoption_id   TEXT NOT NULL,
    frozen        TEXT NOT NULL,   -- sealed: facts and counters it was settled with; '' when reversed
    result        TEXT NOT NULL,   -- sealed; '' when reversed
    instant       TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    PRIMARY KEY (county_code, claim_id, version)
);
INSERT INTO claim_settlement_new (county_code, claim_id, version, settlement_id, cause, cause_id, pack_id, pack_version, pack_hash, adoption_id, frozen, result, instant, actor_id)
    SELECT county_code, claim_id, version, settlement_id, cause, cause_id, pack_id, pack_version, pack_hash, adoption_id, frozen, result, instant, actor_id FROM claim_settlement;
DROP TABLE claim_settlement;
ALTER TABLE claim_settlement_new RENAME TO claim_settlement;
CREATE INDEX claim_settlement_time ON claim_settlement (county_code, settlement_id);

CREATE TABLE claim_recovery_new (
    county_code   TEXT NOT NULL,
    recovery_id   TEXT NOT NULL,
    claim_id      TEXT NOT NULL,
    payer         TEXT NOT NULL,
    commitment_id TEXT NOT NULL,
    amount        BIGINT NOT NULL, -- fen
    refunded      BIGINT NOT NULL, -- fen that came back
    dropped       BIGINT NOT NULL, -- fen that became owed again before they came back
    instant       TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    PRIMARY KEY (county_code, recovery_id)
);
INSERT INTO claim_recovery_new (county_code, recovery_id, claim_id, payer, commitment_id, amount, refunded, dropped, instant, actor_id)
    SELECT county_code, recovery_id, claim_id, payer, commitment_id, amount, refunded, dropped, instant, actor_id FROM claim_recovery;
DROP TABLE claim_recovery;
ALTER TABLE claim_recovery_new RENAME TO claim_recovery;
CREATE INDEX claim_recovery_claim ON claim_recovery (county_code, claim_id, recovery_id);

CREATE TABLE claim_new (
    county_code TEXT NOT NULL,
    claim_id    TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    series      TEXT NOT NULL,   -- of the packs it is settled by
    bill_number TEXT NOT NULL,   -- the provider's
    revision    BIGINT NOT NULL, -- 1, 2, … under the same number: each replaces the one before, which was reversed
    replaces_id TEXT,            -- the bill it replaces, of whatever number; NULL for none
    pay_to      TEXT NOT NULL,   -- provider or person
    document    TEXT NOT NULL,   -- sealed
    token       TEXT NOT NULL,   -- blind token of what was received
    state       TEXT NOT NULL,   -- received, previewed, confirmed or reversed
    version     BIGINT NOT NULL, -- of its latest settlement; 0 while there is none
    decided_day TEXT NOT NULL,   -- with order_id its place among the person's bills; '' until confirmed
    order_id    TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, claim_id),
    UNIQUE (county_code, provider_id, bill_number, revision)
);
INSERT INTO claim_new (county_code, claim_id, person_id, provider_id, series, bill_number, revision, replaces_id, pay_to, document, token, state, version, decided_day, order_id, instant, actor_id)
    SELECT county_code, claim_id, person_id, provider_id, series, bill_number, revision, replaces_id, pay_to, document, token, state, version, decided_day, order_id, instant, actor_id FROM claim;
DROP TABLE claim;
ALTER TABLE claim_new RENAME TO claim;
CREATE INDEX claim_chain_order ON claim (county_code, person_id, series, decided_day, order_id);
CREATE UNIQUE INDEX claim_replaces ON claim (county_code, replaces_id) WHERE replaces_id IS NOT NULL;

-- An index ends with what its rows are read in the order of. Otherwise a plan that was made while a table was small reads a whole county in the
-- order of its ids to find one person's rows.
DROP INDEX statement_subject;
CREATE INDEX statement_subject ON statement (county_code, subject_id, statement_id);
DROP INDEX statement_object;
CREATE INDEX statement_object ON statement (county_code, object_id, statement_id);
