-- +goose Up

-- What a run comes to, added up once when its computation ends: a page that shows it looks at these rows and not at the whole county. The runs computed before
-- have none, and are added up when they are asked for.

-- benefit_balance is how a run closes.
CREATE TABLE benefit_balance (
    county_code TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    carried     BIGINT NOT NULL, -- fen that stood for the month before the run
    differences BIGINT NOT NULL,
    determined  BIGINT NOT NULL, -- over the determinations in force with the run
    expected    BIGINT NOT NULL, -- of the subjects looked at: what stood before and the differences
    evaluated   BIGINT NOT NULL, -- of the subjects looked at: what the rules give
    PRIMARY KEY (county_code, run_id),
    FOREIGN KEY (county_code, run_id) REFERENCES benefit_run (county_code, run_id)
);

-- benefit_sum is the differences of a run of one scheme and kind.
CREATE TABLE benefit_sum (
    county_code TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    people      BIGINT NOT NULL, -- subjects
    months      BIGINT NOT NULL, -- differences
    amount      BIGINT NOT NULL, -- fen of all of them, after less before
    PRIMARY KEY (county_code, run_id, scheme, kind),
    FOREIGN KEY (county_code, run_id) REFERENCES benefit_run (county_code, run_id)
);

-- The differences of one scheme and kind are listed by themselves.
CREATE INDEX benefit_difference_scheme ON benefit_difference (county_code, run_id, scheme, kind, subject_id, month);
