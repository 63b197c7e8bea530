-- +goose Up

-- party_change is the feed of what was stated: a party of whom something was said that no snapshot has read yet. Rows go when they were read.
CREATE TABLE party_change (
    county_code TEXT NOT NULL,
    party_id    TEXT NOT NULL,
    change_id   TEXT NOT NULL,
    PRIMARY KEY (county_code, party_id, change_id)
);
INSERT INTO party_change (county_code, party_id, change_id) SELECT county_code, party_id, '' FROM party WHERE kind IN ('person', 'household');

-- Keys that were destroyed are few, and looked for often.
CREATE INDEX person_key_destroyed ON person_key (county_code, person_id) WHERE destroyed <> '';

-- snapshot says how far the picture of a county has come.
CREATE TABLE snapshot (
    county_code TEXT   NOT NULL,
    generation  BIGINT NOT NULL, -- the newest that is whole
    PRIMARY KEY (county_code)
);

-- snapshot_chunk is a part of the picture: some people and households, as columns, sealed under the county's key.
CREATE TABLE snapshot_chunk (
    county_code TEXT   NOT NULL,
    chunk_id    TEXT   NOT NULL,
    persons     BIGINT NOT NULL, -- rows when it was written
    content     TEXT   NOT NULL,
    PRIMARY KEY (county_code, chunk_id)
);

-- snapshot_row says which chunk holds what is known of a party now.
CREATE TABLE snapshot_row (
    county_code TEXT   NOT NULL,
    party_id    TEXT   NOT NULL,
    chunk_id    TEXT   NOT NULL,
    generation  BIGINT NOT NULL, -- in which it was last read
    PRIMARY KEY (county_code, party_id)
);
CREATE INDEX snapshot_row_chunk ON snapshot_row (county_code, chunk_id, party_id);
CREATE INDEX snapshot_row_generation ON snapshot_row (county_code, generation, chunk_id);
