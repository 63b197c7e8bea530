-- +goose Up

-- provider_code finds a hospital, pharmacy, school or office by its unified social credit code.
CREATE TABLE provider_code (
    county_code TEXT NOT NULL,
    credit_code TEXT NOT NULL,
    party_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, credit_code),
    FOREIGN KEY (county_code, party_id) REFERENCES party (county_code, party_id)
);

-- adoption is how a division applies one version of a pack. It is in force when its decision was approved.
CREATE TABLE adoption (
    county_code   TEXT NOT NULL,
    adoption_id   TEXT NOT NULL,
    series        TEXT NOT NULL,
    division_code TEXT NOT NULL,
    pack_id       TEXT NOT NULL,
    pack_version  TEXT NOT NULL,
    pack_hash     TEXT NOT NULL,
    from_day      TEXT NOT NULL,
    to_day        TEXT NOT NULL,
    file_name     TEXT NOT NULL,
    content       TEXT NOT NULL, -- the adoption as it was written: readings, parameters, rows
    PRIMARY KEY (county_code, adoption_id)
);
CREATE INDEX adoption_series ON adoption (county_code, series);

-- adoption_decision is what a maker proposes: to adopt, or to withdraw from a day on.
CREATE TABLE adoption_decision (
    county_code TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    adoption_id TEXT NOT NULL,
    kind        TEXT NOT NULL, -- adopt or withdraw
    last_day    TEXT NOT NULL, -- of a withdrawal: the last day in force; '' for never
    reason      TEXT NOT NULL,
    maker_id    TEXT NOT NULL,
    maker_name  TEXT NOT NULL,
    instant     TEXT NOT NULL,
    PRIMARY KEY (county_code, decision_id),
    FOREIGN KEY (county_code, adoption_id) REFERENCES adoption (county_code, adoption_id)
);
CREATE INDEX adoption_decision_adoption ON adoption_decision (county_code, adoption_id);

-- adoption_check is the one answer of another person to a decision.
CREATE TABLE adoption_check (
    county_code  TEXT NOT NULL,
    decision_id  TEXT NOT NULL,
    approved     BIGINT NOT NULL,
    note         TEXT NOT NULL,
    checker_id   TEXT NOT NULL,
    checker_name TEXT NOT NULL,
    instant      TEXT NOT NULL,
    PRIMARY KEY (county_code, decision_id),
    FOREIGN KEY (county_code, decision_id) REFERENCES adoption_decision (county_code, decision_id)
);
