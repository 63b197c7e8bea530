-- +goose Up

-- adoption_succession ties the end of an adoption to the adoption that takes its place: one answer decides both.
CREATE TABLE adoption_succession (
    county_code TEXT NOT NULL,
    decision_id TEXT NOT NULL, -- the withdrawal of the earlier one
    adoption_id TEXT NOT NULL, -- the one that takes its place
    PRIMARY KEY (county_code, decision_id),
    FOREIGN KEY (county_code, decision_id) REFERENCES adoption_decision (county_code, decision_id),
    FOREIGN KEY (county_code, adoption_id) REFERENCES adoption (county_code, adoption_id)
);
CREATE INDEX adoption_succession_adoption ON adoption_succession (county_code, adoption_id);
