-- +goose Up

-- On SQLite, rows that every settlement adds and that are found by an id lead their keys with it and not with the county. Ids grow by time, so what several counties add at once is in one place of
-- each tree, and a transaction that settles bills of several counties writes a fifth fewer pages. Each table keeps an index that begins with the county. PostgreSQL keeps its keys: in one place its counties
-- would stand in each other's way, and its tables are spread by county.

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
    PRIMARY KEY (claim_id, county_code),
    UNIQUE (county_code, provider_id, bill_number, revision)
);
INSERT INTO claim_new (county_code, claim_id, person_id, provider_id, series, bill_number, revision, replaces_id, pay_to, document, token, state, version, decided_day, order_id, instant, actor_id)
    SELECT county_code, claim_id, person_id, provider_id, series, bill_number, revision, replaces_id, pay_to, document, token, state, version, decided_day, order_id, instant, actor_id FROM claim;
DROP TABLE claim;
ALTER TABLE claim_new RENAME TO claim;
CREATE INDEX claim_chain_order ON claim (county_code, person_id, series, decided_day, order_id);
CREATE UNIQUE INDEX claim_replaces ON claim (county_code, replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX claim_provider ON claim (county_code, provider_id, claim_id);

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
    later         BIGINT NOT NULL DEFAULT 1, -- 0 for the settlement a claim came with
    PRIMARY KEY (claim_id, version, county_code)
);
INSERT INTO claim_settlement_new (county_code, claim_id, version, settlement_id, cause, cause_id, pack_id, pack_version, pack_hash, adoption_id, frozen, result, instant, actor_id, later)
    SELECT county_code, claim_id, version, settlement_id, cause, cause_id, pack_id, pack_version, pack_hash, adoption_id, frozen, result, instant, actor_id, later FROM claim_settlement;
DROP TABLE claim_settlement;
ALTER TABLE claim_settlement_new RENAME TO claim_settlement;
CREATE INDEX claim_settlement_later ON claim_settlement (county_code, settlement_id) WHERE later = 1;

CREATE TABLE fund_commitment_new (
    county_code   TEXT NOT NULL,
    commitment_id TEXT NOT NULL,
    fund_code     TEXT NOT NULL,
    use_kind      TEXT NOT NULL,
    use_name      TEXT NOT NULL,
    payee_kind    TEXT NOT NULL,
    payee_id      TEXT NOT NULL,
    amount        BIGINT NOT NULL, -- fen
    state         TEXT NOT NULL, -- pending, posted or voided
    paid          BIGINT NOT NULL, -- fen out of the fund now
    returned      BIGINT NOT NULL, -- fen whose use was undone after posting
    last_day      TEXT NOT NULL, -- of the latest entry about it
    origin_kind   TEXT NOT NULL,
    origin_id     TEXT NOT NULL,
    origin_line   TEXT NOT NULL,
    first_day     TEXT NOT NULL DEFAULT '',
    due_day       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (commitment_id, county_code),
    UNIQUE (origin_id, origin_kind, origin_line, fund_code, county_code)
);
INSERT INTO fund_commitment_new (county_code, commitment_id, fund_code, use_kind, use_name, payee_kind, payee_id, amount, state, paid, returned, last_day, origin_kind, origin_id, origin_line, first_day, due_day)
    SELECT county_code, commitment_id, fund_code, use_kind, use_name, payee_kind, payee_id, amount, state, paid, returned, last_day, origin_kind, origin_id, origin_line, first_day, due_day FROM fund_commitment;
DROP TABLE fund_commitment;
ALTER TABLE fund_commitment_new RENAME TO fund_commitment;
CREATE INDEX fund_commitment_outstanding ON fund_commitment (county_code, fund_code, payee_kind, payee_id, due_day, commitment_id)
    WHERE state <> 'voided' AND amount > paid + returned;

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
    PRIMARY KEY (entry_id, line, county_code)
);
INSERT INTO fund_line_new (county_code, entry_id, line, fund_code, entry_type, day, corrects, reason, instant, actor_id, account_kind, account_code, amount, commitment_id, origin_kind, origin_id, origin_line)
    SELECT county_code, entry_id, line, fund_code, entry_type, day, corrects, reason, instant, actor_id, account_kind, account_code, amount, commitment_id, origin_kind, origin_id, origin_line FROM fund_line;
DROP TABLE fund_line;
ALTER TABLE fund_line_new RENAME TO fund_line;
CREATE INDEX fund_line_account ON fund_line (county_code, fund_code, account_kind, account_code, day, entry_id, line, amount);
CREATE INDEX fund_line_corrects ON fund_line (county_code, corrects, entry_id) WHERE corrects IS NOT NULL AND line = 1;
