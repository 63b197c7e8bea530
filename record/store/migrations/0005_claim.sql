-- +goose Up

-- The tables of package claim, whose comment explains the model. What tells of a person's health (the bill, the facts it was settled
-- with, the result) is sealed under the person's key; days, amounts of counters and the names of rules stay readable.
-- The provider is deliberately no target of a foreign key: on PostgreSQL each bill would mark that one row. claim.Verify finds
-- bills of nobody.

-- claim holds each bill as it was received, and where it stands.
CREATE TABLE claim (
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
    UNIQUE (county_code, provider_id, bill_number, revision),
    UNIQUE (county_code, replaces_id),
    FOREIGN KEY (county_code, person_id) REFERENCES party (county_code, party_id),
    FOREIGN KEY (county_code, replaces_id) REFERENCES claim (county_code, claim_id)
);
CREATE INDEX claim_chain_order ON claim (county_code, person_id, series, decided_day, order_id) WHERE state = 'confirmed';
CREATE INDEX claim_person ON claim (county_code, person_id, claim_id);

-- claim_chain is what the bills of one person under one series have in common: who settles one of them writes here first, so
-- that two at the same moment go one after the other.
CREATE TABLE claim_chain (
    county_code TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    series      TEXT NOT NULL,
    moves       BIGINT NOT NULL, -- how often one was settled, settled again or reversed
    PRIMARY KEY (county_code, person_id, series)
);

-- claim_settlement holds every settlement there ever was; rows are only added.
CREATE TABLE claim_settlement (
    county_code   TEXT NOT NULL,
    settlement_id TEXT NOT NULL,
    claim_id      TEXT NOT NULL,
    version       BIGINT NOT NULL, -- 1, 2, … of the claim
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
    PRIMARY KEY (county_code, settlement_id),
    UNIQUE (county_code, claim_id, version),
    FOREIGN KEY (county_code, claim_id) REFERENCES claim (county_code, claim_id)
);

-- claim_movement holds by how much each settlement moved counters, compared with the claim's settlement before; rows are only added.
CREATE TABLE claim_movement (
    county_code   TEXT NOT NULL,
    settlement_id TEXT NOT NULL,
    line          BIGINT NOT NULL, -- 1, 2, … of the settlement
    claim_id      TEXT NOT NULL,   -- these three are the settlement's
    person_id     TEXT NOT NULL,
    series        TEXT NOT NULL,
    counter       TEXT NOT NULL,
    key_token     TEXT NOT NULL,   -- what the counter is kept by beyond the person, as a blind token; '' for nothing
    key_sealed    TEXT NOT NULL,   -- the same, sealed
    day           TEXT NOT NULL,
    window_from   TEXT NOT NULL,   -- what it adds up over: '' for no beginning
    window_to     TEXT NOT NULL,   -- the day before when nothing else counts with it
    amount        BIGINT NOT NULL, -- fen, or how many
    counts        BIGINT NOT NULL, -- 1 when amount is how many
    cap           BIGINT,          -- NULL for none
    PRIMARY KEY (county_code, settlement_id, line),
    FOREIGN KEY (county_code, settlement_id) REFERENCES claim_settlement (county_code, settlement_id)
);
CREATE INDEX claim_movement_counter ON claim_movement (county_code, person_id, series, counter, key_token, day);

-- claim_counter holds what is used of each counter in each window that a settlement asked for: the sum of its movements.
CREATE TABLE claim_counter (
    county_code TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    series      TEXT NOT NULL,
    counter     TEXT NOT NULL,
    key_token   TEXT NOT NULL,
    window_from TEXT NOT NULL,
    window_to   TEXT NOT NULL,
    used        BIGINT NOT NULL CHECK (used >= 0), -- fen, or how many
    PRIMARY KEY (county_code, person_id, series, counter, key_token, window_from, window_to)
);

-- claim_invoice says which claim an invoice of a person is used by.
CREATE TABLE claim_invoice (
    county_code TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    invoice     TEXT NOT NULL,
    claim_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, person_id, invoice)
);
CREATE INDEX claim_invoice_claim ON claim_invoice (county_code, claim_id);

-- claim_recovery is money already paid that is not owed any more: the payee owes it back to the fund.
CREATE TABLE claim_recovery (
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
    PRIMARY KEY (county_code, recovery_id),
    FOREIGN KEY (county_code, claim_id) REFERENCES claim (county_code, claim_id)
);
CREATE INDEX claim_recovery_claim ON claim_recovery (county_code, claim_id);
