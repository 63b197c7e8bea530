-- +goose Up

-- Rows of an import stand in the order of the file: their place begins with the number of the first row of their group, not with its token any more. That keeps the
-- indexes growing at their end, and what is judged one after the other does not depend on keys.
ALTER TABLE roll_row ADD COLUMN group_token TEXT NOT NULL DEFAULT ''; -- blind: of the household or person with whose rows it stands; '' for none
UPDATE roll_row SET group_token = substr(place, 1, 16) WHERE place NOT LIKE '-%';

-- Which household a row says something about, for finding rows that contradict each other: its id or, of one that the row's group registers, the beginning of the place.
ALTER TABLE roll_verdict ADD COLUMN household TEXT NOT NULL DEFAULT ''; -- '' when the row says nothing about one
ALTER TABLE roll_verdict ADD COLUMN said_token TEXT NOT NULL DEFAULT ''; -- blind: what it says about it

-- How far an import reaches: the town or village whose households alone it may touch.
ALTER TABLE roll_import ADD COLUMN division TEXT NOT NULL DEFAULT ''; -- '' for the whole county

-- roll_note is what the rows of an import say of each other.
CREATE TABLE roll_note (
    county_code TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    place       TEXT   NOT NULL, -- of the row
    repeats     BIGINT NOT NULL, -- the number of the row that it repeats; 0 for none
    question    TEXT   NOT NULL, -- code of what a person must decide; '' for nothing
    about       TEXT   NOT NULL, -- the numbers of the rows that raise it, as people read them
    PRIMARY KEY (county_code, import_id, place),
    FOREIGN KEY (county_code, import_id) REFERENCES roll_import (county_code, import_id)
);

-- What was being compared is compared anew.
DELETE FROM roll_verdict WHERE EXISTS (SELECT 1 FROM roll_import WHERE roll_import.county_code = roll_verdict.county_code AND roll_import.import_id = roll_verdict.import_id AND state = 'comparing');
UPDATE roll_import SET place = '', done = 0, counts = '{}' WHERE state = 'comparing';
