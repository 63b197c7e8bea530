-- +goose Up

-- The tables of package payment, whose comment explains the model. Bank accounts are statements (0003), sealed under the person's key; a line of a
-- batch names the statement, so what a batch was paid to is never lost.

-- payment_batch is what one payer pays for one scheme and period of payment. A locked one is never changed.
CREATE TABLE payment_batch (
    county_code TEXT   NOT NULL,
    batch_id    TEXT   NOT NULL,
    number      TEXT   NOT NULL, -- for people: FF2021Q4-0007
    seq         BIGINT NOT NULL, -- 1, 2, … of the county
    scheme      TEXT   NOT NULL, -- series/benefit
    payer       TEXT   NOT NULL, -- key of the office in its pack
    fund        TEXT   NOT NULL, -- code of the special account
    paid        TEXT   NOT NULL, -- month, quarter, half-year, year …
    from_month  TEXT   NOT NULL,
    to_month    TEXT   NOT NULL,
    part        BIGINT NOT NULL, -- 1, 2, …: a second one pays what was moved out of the first
    state       TEXT   NOT NULL, -- draft, check, locked or void
    total       BIGINT NOT NULL, -- fen
    people      BIGINT NOT NULL, -- lines that are paid
    PRIMARY KEY (county_code, batch_id),
    UNIQUE (county_code, seq)
);
-- Of one scheme, payer, fund, period and part there is one batch that counts.
CREATE UNIQUE INDEX payment_batch_one ON payment_batch (county_code, scheme, payer, fund, from_month, part) WHERE state <> 'void';

-- payment_act is what a person did with a batch. Rows are only added.
CREATE TABLE payment_act (
    county_code TEXT   NOT NULL,
    batch_id    TEXT   NOT NULL,
    act         BIGINT NOT NULL, -- 1, 2, …
    kind        TEXT   NOT NULL, -- create, move-out, hand-in, send-back, lock or void
    note        TEXT   NOT NULL,
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    PRIMARY KEY (county_code, batch_id, act),
    FOREIGN KEY (county_code, batch_id) REFERENCES payment_batch (county_code, batch_id)
);

-- payment_line is one subject in a batch.
CREATE TABLE payment_line (
    county_code   TEXT   NOT NULL,
    batch_id      TEXT   NOT NULL,
    subject_id    TEXT   NOT NULL, -- a person or household
    receiver_id   TEXT   NOT NULL, -- whose account it goes to; '' when there is nobody
    division      TEXT   NOT NULL,
    amount        BIGINT NOT NULL, -- fen: the sum of its items
    months        BIGINT NOT NULL, -- of the period that are paid
    account_id    TEXT   NOT NULL, -- statement; '' when moved out, or when nothing is paid
    commitment_id TEXT   NOT NULL, -- of the special account; likewise
    moved_out     TEXT   NOT NULL, -- '' while it is paid; else the kind of reason
    note          TEXT   NOT NULL, -- sealed: what a person wrote when moving it out
    PRIMARY KEY (county_code, batch_id, subject_id),
    FOREIGN KEY (county_code, batch_id) REFERENCES payment_batch (county_code, batch_id)
);

-- payment_item is what a run called to be paid, or when negative to be got back, for a month.
CREATE TABLE payment_item (
    county_code TEXT   NOT NULL,
    batch_id    TEXT   NOT NULL,
    subject_id  TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    month       TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    amount      BIGINT NOT NULL,
    counts      BIGINT NOT NULL, -- 0: moved out, or the batch is void, so that another batch takes it up
    PRIMARY KEY (county_code, batch_id, subject_id, run_id, month),
    FOREIGN KEY (county_code, batch_id, subject_id) REFERENCES payment_line (county_code, batch_id, subject_id)
);
-- Nothing that a run called is paid twice.
CREATE UNIQUE INDEX payment_item_once ON payment_item (county_code, run_id, scheme, subject_id, month) WHERE counts = 1;
CREATE INDEX payment_item_loose ON payment_item (county_code, scheme, batch_id) WHERE counts = 0;

-- payment_read says that a run's lines for a scheme, payer and fund were taken into a batch, all of them.
CREATE TABLE payment_read (
    county_code TEXT NOT NULL,
    scheme      TEXT NOT NULL,
    payer       TEXT NOT NULL,
    fund        TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    batch_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, scheme, payer, fund, run_id)
);
