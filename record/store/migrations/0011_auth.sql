-- +goose Up

-- auth_key holds the keys with which other systems come, one row for each key that was ever issued. The key itself is kept nowhere.
CREATE TABLE auth_key (
    county_code   TEXT NOT NULL,
    key_id        TEXT NOT NULL,
    party_id      TEXT NOT NULL, -- the hospital, pharmacy or office it belongs to
    name          TEXT NOT NULL, -- which system of theirs it is for
    scopes        TEXT NOT NULL, -- with blanks between, in order
    digest        TEXT NOT NULL, -- SM3 of the whole key, hexadecimal
    from_day      TEXT NOT NULL,
    to_day        TEXT NOT NULL,
    revoked       TEXT NOT NULL, -- when, '' while it stands
    last_used_day TEXT NOT NULL, -- '' while it never was
    instant       TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    PRIMARY KEY (county_code, key_id),
    FOREIGN KEY (county_code, party_id) REFERENCES party (county_code, party_id)
);

-- An institution lists its own bills.
CREATE INDEX claim_provider ON claim (county_code, provider_id, claim_id);
