-- +goose Up

-- By when what a determination gives is to be looked at again; '' where its document asks for no review, and of determinations kept before this was noted.
ALTER TABLE benefit_determination ADD COLUMN review_day TEXT NOT NULL DEFAULT '';

-- What waits is listed place by place: a village reads its own rows, a page reads what it shows.
CREATE INDEX benefit_determination_open ON benefit_determination (county_code, verdict, division, subject_id, scheme)
    WHERE verdict IN ('documents-needed', 'review-due');
CREATE INDEX benefit_determination_review ON benefit_determination (county_code, division, review_day, subject_id, scheme)
    WHERE review_day <> '' AND verdict <> 'review-due';

-- desk_seen is what somebody has taken note of, so that it stays in their work queue no longer.
CREATE TABLE desk_seen (
    county_code TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    subject     TEXT NOT NULL, -- the address of what was seen, with what happened to it
    instant     TEXT NOT NULL,
    PRIMARY KEY (county_code, account_id, subject)
);
