-- +goose Up

-- The tables of package benefit, whose comment explains the model. Ids of parties, schemes, months, amounts and kinds of reasons stay
-- readable, as they must for sums; facts and everything written about a person are sealed under that person's key.

-- benefit_opening is the first month that the county pays by this record; what was before is somebody else's.
CREATE TABLE benefit_opening (
    county_code TEXT NOT NULL,
    month       TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code)
);

-- benefit_run is one look at everybody for a month.
CREATE TABLE benefit_run (
    county_code  TEXT   NOT NULL,
    run_id       TEXT   NOT NULL,
    number       BIGINT NOT NULL, -- 1, 2, … of the county
    month        TEXT   NOT NULL,
    called_from  TEXT   NOT NULL, -- the first month it calls to be paid; after month when an earlier run called that already
    state        TEXT   NOT NULL, -- computing, review, approved or void
    pass         BIGINT NOT NULL, -- 1, 2, …: how often it was computed
    generation   BIGINT NOT NULL, -- of the snapshot it read
    since        BIGINT NOT NULL, -- only what was read after that generation was looked at; 0 for everybody
    sweep        BIGINT NOT NULL, -- of what was read after that generation all months were decided again, of the others the run's month
    bases        TEXT   NOT NULL, -- JSON: the adoptions in force with the hashes of their packs
    maker_id     TEXT   NOT NULL,
    maker_name   TEXT   NOT NULL,
    instant      TEXT   NOT NULL,
    checker_id   TEXT   NOT NULL, -- these four are '' until it is approved or void
    checker_name TEXT   NOT NULL,
    closed       TEXT   NOT NULL,
    note         TEXT   NOT NULL,
    PRIMARY KEY (county_code, run_id),
    UNIQUE (county_code, number)
);
-- A county has at most one run that is neither approved nor void.
CREATE UNIQUE INDEX benefit_run_open ON benefit_run (county_code) WHERE state IN ('computing', 'review');

-- benefit_chunk is a part of a run: the people of one chunk of the snapshot. It is done once.
CREATE TABLE benefit_chunk (
    county_code TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    pass        BIGINT NOT NULL,
    chunk       TEXT   NOT NULL, -- of the snapshot; quota/ADOPTION/BENEFIT for a selection
    done        BIGINT NOT NULL,
    subjects    BIGINT NOT NULL, -- people and households that were looked at
    carried     BIGINT NOT NULL, -- fen that stood for the month before
    differences BIGINT NOT NULL, -- fen by which the run changes that
    evaluated   BIGINT NOT NULL, -- fen that the rules give for the month: the sum of both
    unknown     BIGINT NOT NULL, -- verdicts that wait for documents, those included that concern nobody in particular
    PRIMARY KEY (county_code, run_id, pass, chunk)
);

-- benefit_determination is what a run says a subject is due by a scheme from a month to a month. It counts from the approval of its run, for
-- the months it names, in place of what earlier runs said. Rows of an approved run are never changed.
CREATE TABLE benefit_determination (
    county_code TEXT   NOT NULL,
    subject_id  TEXT   NOT NULL, -- a person or household
    scheme      TEXT   NOT NULL, -- series/benefit
    run_id      TEXT   NOT NULL,
    from_month  TEXT   NOT NULL,
    to_month    TEXT   NOT NULL, -- 9999-12 until further notice
    every       TEXT   NOT NULL, -- month: the amount is due in each month; else once, in the first
    verdict     TEXT   NOT NULL,
    reason      TEXT   NOT NULL, -- kind of reason
    amount      BIGINT NOT NULL, -- fen; 0 for help in kind and for nothing
    held        BIGINT NOT NULL, -- 1: due, and held back by a person
    exit        BIGINT NOT NULL, -- 1: a step of a gradual exit
    adoption_id TEXT   NOT NULL, -- '' where nothing was in force
    division    TEXT   NOT NULL, -- where the subject lived
    PRIMARY KEY (county_code, subject_id, scheme, run_id, from_month),
    FOREIGN KEY (county_code, run_id) REFERENCES benefit_run (county_code, run_id)
);
CREATE INDEX benefit_determination_run ON benefit_determination (county_code, run_id, subject_id);

-- benefit_difference is a month for which a run says otherwise than the runs before it.
CREATE TABLE benefit_difference (
    county_code TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    subject_id  TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    month       TEXT   NOT NULL,
    kind        TEXT   NOT NULL, -- new, stopped, changed, arrears, recovery, held, unknown, review or not-selected
    before      BIGINT NOT NULL, -- fen payable for the month by the runs before
    after       BIGINT NOT NULL, -- fen payable for it now
    reason      TEXT   NOT NULL,
    division    TEXT   NOT NULL,
    PRIMARY KEY (county_code, run_id, subject_id, scheme, month),
    FOREIGN KEY (county_code, run_id) REFERENCES benefit_run (county_code, run_id)
);
CREATE INDEX benefit_difference_kind ON benefit_difference (county_code, run_id, kind, subject_id, scheme, month);

-- benefit_frozen is what was known of a subject when a run found a difference.
CREATE TABLE benefit_frozen (
    county_code TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    subject_id  TEXT NOT NULL,
    scheme      TEXT NOT NULL, -- of a selection; '' for everything else
    party_id    TEXT NOT NULL, -- under whose key it is sealed: the person's, of a household its head's
    content     TEXT NOT NULL,
    PRIMARY KEY (county_code, run_id, subject_id, scheme),
    FOREIGN KEY (county_code, run_id) REFERENCES benefit_run (county_code, run_id)
);

-- benefit_selection is a quota that was decided: of so many who qualify, so many places for a period. It stands for the whole period.
CREATE TABLE benefit_selection (
    county_code TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    adoption_id TEXT   NOT NULL,
    from_month  TEXT   NOT NULL,
    to_month    TEXT   NOT NULL,
    eligible    BIGINT NOT NULL,
    places      BIGINT NOT NULL,
    selected    BIGINT NOT NULL,
    known       BIGINT NOT NULL, -- 0: facts are missing, so that places are still open
    PRIMARY KEY (county_code, run_id, scheme, adoption_id, from_month),
    FOREIGN KEY (county_code, run_id) REFERENCES benefit_run (county_code, run_id)
);

-- benefit_act is what a person decided about a subject and a scheme: an application approved, a review, an amount, a hold. Rows are only added.
CREATE TABLE benefit_act (
    county_code TEXT NOT NULL,
    act_id      TEXT NOT NULL,
    subject_id  TEXT NOT NULL,
    scheme      TEXT NOT NULL, -- '' for every scheme
    kind        TEXT NOT NULL, -- approve, review, grant, hold or withdraw
    from_day    TEXT NOT NULL, -- the day it is about; of a hold the first of its months
    to_day      TEXT NOT NULL, -- of a hold the last day; 9999-12-31 for no end
    amount      BIGINT NOT NULL, -- fen, of a grant
    ends_id     TEXT,            -- of a withdrawal: the act that counts no more
    content     TEXT NOT NULL,   -- sealed: reason and facts
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    PRIMARY KEY (county_code, act_id),
    UNIQUE (county_code, ends_id),
    FOREIGN KEY (county_code, subject_id) REFERENCES party (county_code, party_id)
);
CREATE INDEX benefit_act_subject ON benefit_act (county_code, subject_id, act_id);

-- benefit_carried is what came with a person from another county, or was handed to one.
CREATE TABLE benefit_carried (
    county_code  TEXT   NOT NULL,
    carried_id   TEXT   NOT NULL,
    subject_id   TEXT   NOT NULL,
    direction    TEXT   NOT NULL, -- in or out
    kind         TEXT   NOT NULL, -- paid or debt
    scheme       TEXT   NOT NULL, -- '' for a debt
    month        TEXT   NOT NULL, -- the last that was paid; of a debt the month it arose in
    amount       BIGINT NOT NULL, -- fen a month; of a debt fen owed
    other_county TEXT   NOT NULL, -- where it came from; '' when handed out
    reference    TEXT   NOT NULL, -- of a debt its id there
    instant      TEXT   NOT NULL,
    PRIMARY KEY (county_code, carried_id),
    FOREIGN KEY (county_code, subject_id) REFERENCES party (county_code, party_id)
);
CREATE INDEX benefit_carried_subject ON benefit_carried (county_code, subject_id, carried_id);
