-- +goose Up

-- task_slip is a supervision slip: what somebody in charge found overdue in a place, as it was at that moment, and asks the place to see to.
CREATE TABLE task_slip (
    county_code TEXT   NOT NULL,
    number      BIGINT NOT NULL, -- 1, 2, … of the county, never given twice
    division    TEXT   NOT NULL, -- it is addressed to, with its name then
    addressee   TEXT   NOT NULL,
    scheme      TEXT   NOT NULL, -- the benefit that is overdue
    overdue     BIGINT NOT NULL, -- how many were
    first       TEXT   NOT NULL, -- the earliest day that was missed; '' where none was noted
    content     TEXT   NOT NULL, -- what is asked
    due         TEXT   NOT NULL, -- by when an answer is asked for; '' for no day
    PRIMARY KEY (county_code, number)
);
CREATE INDEX task_slip_division ON task_slip (county_code, division, number);

-- task_step is what was done about a slip, 1 being that it was sent. The last says how it stands.
CREATE TABLE task_step (
    county_code TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    step        BIGINT NOT NULL,
    state       TEXT   NOT NULL, -- that the slip came to: open, answered, returned or closed
    note        TEXT   NOT NULL, -- the answer, or the reason
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    post        TEXT   NOT NULL, -- that was acted in
    instant     TEXT   NOT NULL,
    PRIMARY KEY (county_code, number, step),
    FOREIGN KEY (county_code, number) REFERENCES task_slip (county_code, number)
);
