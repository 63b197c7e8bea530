-- +goose Up

-- The tables of package fund, whose comment explains the model.
-- Rows that every commit would share (a fund, its suspense account) are deliberately no target of a foreign key from entries, lines
-- and commitments: on PostgreSQL each check would mark that one row. fund.Verify finds what points to nothing.

CREATE TABLE fund (
    county_code TEXT NOT NULL,
    fund_code   TEXT NOT NULL,
    name_zh     TEXT NOT NULL,
    name_en     TEXT NOT NULL,
    purpose_zh  TEXT NOT NULL, -- neutral: it stands on receipts and in public notices
    purpose_en  TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL, -- included
    blocks      BIGINT NOT NULL, -- into how many rows the headroom is divided; never changes
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, fund_code)
);

-- fund_use holds what a fund may be used for.
CREATE TABLE fund_use (
    county_code TEXT NOT NULL,
    fund_code   TEXT NOT NULL,
    use_kind    TEXT NOT NULL, -- scheme, settlement or category
    use_name    TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, fund_code, use_kind, use_name),
    FOREIGN KEY (county_code, fund_code) REFERENCES fund (county_code, fund_code)
);

-- fund_account holds the accounts; a payable account is added with the first commitment to its payee.
CREATE TABLE fund_account (
    county_code  TEXT NOT NULL,
    fund_code    TEXT NOT NULL,
    account_kind TEXT NOT NULL,
    account_code TEXT NOT NULL,
    name_zh      TEXT NOT NULL,
    name_en      TEXT NOT NULL,
    PRIMARY KEY (county_code, fund_code, account_kind, account_code)
);

-- fund_block holds what a fund has left to commit, in parts, so that commits seldom meet on a row.
CREATE TABLE fund_block (
    county_code TEXT NOT NULL,
    fund_code   TEXT NOT NULL,
    block       BIGINT NOT NULL, -- 0 to fund.blocks - 1
    amount_left BIGINT NOT NULL CHECK (amount_left >= 0), -- fen
    PRIMARY KEY (county_code, fund_code, block),
    FOREIGN KEY (county_code, fund_code) REFERENCES fund (county_code, fund_code)
);

-- fund_entry and fund_line are the journal; rows are only added.
CREATE TABLE fund_entry (
    county_code TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    fund_code   TEXT NOT NULL,
    entry_type  TEXT NOT NULL,
    day         TEXT NOT NULL, -- the day it counts for
    corrects    TEXT, -- the entry an adjustment corrects; NULL for all others
    reason      TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, entry_id)
);
CREATE INDEX fund_entry_corrects ON fund_entry (county_code, corrects) WHERE corrects IS NOT NULL;

CREATE TABLE fund_line (
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
    PRIMARY KEY (county_code, entry_id, line),
    FOREIGN KEY (county_code, entry_id) REFERENCES fund_entry (county_code, entry_id)
);
CREATE INDEX fund_line_account ON fund_line (county_code, fund_code, account_kind, account_code, day, entry_id, line);

-- fund_commitment is where each commitment stands; it can be computed from the journal, and fund.Verify does.
CREATE TABLE fund_commitment (
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
    PRIMARY KEY (county_code, commitment_id),
    UNIQUE (county_code, origin_kind, origin_id, origin_line, fund_code)
);
CREATE INDEX fund_commitment_pending ON fund_commitment (county_code, fund_code, commitment_id) WHERE state = 'pending';
CREATE INDEX fund_commitment_owed ON fund_commitment (county_code, fund_code, payee_kind, payee_id, commitment_id)
    WHERE state = 'posted' AND paid + returned < amount;
