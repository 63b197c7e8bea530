-- +goose Up

-- party_number is what people call somebody or something by: 1, 2, … of the county, in one row of numbers for persons, households, institutions and
-- offices, and never given twice. What is shown and typed has a check digit behind it.
CREATE TABLE party_number (
    county_code TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    party_id    TEXT   NOT NULL,
    PRIMARY KEY (county_code, number)
);
INSERT INTO party_number (county_code, number, party_id)
    SELECT county_code, ROW_NUMBER() OVER (PARTITION BY county_code ORDER BY instant, party_id), party_id FROM party WHERE kind NOT IN ('county', 'division');
CREATE UNIQUE INDEX party_number_party ON party_number (county_code, party_id);

-- fund_voucher numbers the entries of special accounts that stand for themselves: 1, 2, … of the county. An entry about a commitment is numbered by what
-- the commitment comes from, so that settlements have no number to wait for.
CREATE TABLE fund_voucher (
    county_code TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    entry_id    TEXT   NOT NULL,
    PRIMARY KEY (county_code, number)
);
INSERT INTO fund_voucher (county_code, number, entry_id)
    SELECT county_code, ROW_NUMBER() OVER (PARTITION BY county_code ORDER BY instant, entry_id), entry_id FROM fund_entry e
    WHERE entry_type NOT IN ('commit', 'post', 'void')
        OR EXISTS (SELECT 1 FROM fund_line l WHERE l.county_code = e.county_code AND l.entry_id = e.entry_id AND l.line = 1 AND l.origin_kind NOT IN ('settlement', 'batch'));
CREATE UNIQUE INDEX fund_voucher_entry ON fund_voucher (county_code, entry_id);
