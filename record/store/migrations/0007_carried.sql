-- +goose Up

-- claim_carried holds what a person used of counters in other counties, as the county that was left told it. Rows are only added: each
-- arrival adds by how much more was used than was known before. Who settles a bill counts the rows that were there when the
-- bill was first settled, for what was used elsewhere cannot be settled again from here.
CREATE TABLE claim_carried (
    county_code TEXT   NOT NULL,
    carried_id  TEXT   NOT NULL,
    transfer_id TEXT   NOT NULL,
    person_id   TEXT   NOT NULL,
    series      TEXT   NOT NULL,
    counter     TEXT   NOT NULL,
    key_token   TEXT   NOT NULL, -- as in claim_movement
    key_sealed  TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    amount      BIGINT NOT NULL, -- fen, or how many
    counts      BIGINT NOT NULL, -- 1 when amount is how many
    used_in     TEXT   NOT NULL, -- the county where it was used
    PRIMARY KEY (county_code, carried_id),
    FOREIGN KEY (county_code, person_id) REFERENCES party (county_code, party_id)
);
CREATE INDEX claim_carried_person ON claim_carried (county_code, person_id, series, counter, key_token, day);
