-- +goose Up

-- What becomes of a locked batch: files that are sent to the bank, what the bank returns, and who did not get it. And what a page shows of a batch, added up
-- or compared once when a step is taken, so that looking at it reads what is shown and not two whole periods.

-- payment_sum is what a batch comes to, each line of it added up from where it is kept itself. Batches made before have none until their next step.
CREATE TABLE payment_sum (
    county_code TEXT   NOT NULL,
    batch_id    TEXT   NOT NULL,
    what        TEXT   NOT NULL, -- lines, items, fund, order, …: see package payment
    number      BIGINT NOT NULL, -- of people, orders or commitments
    amount      BIGINT NOT NULL, -- fen
    PRIMARY KEY (county_code, batch_id, what),
    FOREIGN KEY (county_code, batch_id) REFERENCES payment_batch (county_code, batch_id)
);

-- payment_difference is a subject that a batch pays otherwise than the period before.
CREATE TABLE payment_difference (
    county_code   TEXT   NOT NULL,
    batch_id      TEXT   NOT NULL,
    sort          BIGINT NOT NULL, -- the order in which a checker looks at them: 1 new, 2 stopped, 3 changed, 4 moved out
    subject_id    TEXT   NOT NULL,
    receiver_id   TEXT   NOT NULL,
    division      TEXT   NOT NULL,
    before_amount BIGINT NOT NULL, -- fen
    after_amount  BIGINT NOT NULL,
    moved_out     TEXT   NOT NULL,
    PRIMARY KEY (county_code, batch_id, sort, subject_id),
    FOREIGN KEY (county_code, batch_id) REFERENCES payment_batch (county_code, batch_id)
);

-- payment_file is a file that was drawn up for the bank: the first with everybody a batch pays, each further one with those whose payment failed and can be
-- tried again.
CREATE TABLE payment_file (
    county_code TEXT   NOT NULL,
    batch_id    TEXT   NOT NULL,
    file        BIGINT NOT NULL, -- 1, 2, … of the batch
    orders      BIGINT NOT NULL,
    total       BIGINT NOT NULL, -- fen
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    PRIMARY KEY (county_code, batch_id, file),
    FOREIGN KEY (county_code, batch_id) REFERENCES payment_batch (county_code, batch_id)
);

-- payment_order is one line of such a file, and what became of it.
CREATE TABLE payment_order (
    county_code   TEXT   NOT NULL,
    batch_id      TEXT   NOT NULL,
    file          BIGINT NOT NULL,
    seq           BIGINT NOT NULL, -- 1, 2, … of the file: with it, its name between the office and the bank
    subject_id    TEXT   NOT NULL,
    receiver_id   TEXT   NOT NULL,
    account_id    TEXT   NOT NULL, -- statement
    commitment_id TEXT   NOT NULL,
    amount        BIGINT NOT NULL, -- fen
    state         TEXT   NOT NULL, -- sent, paid, failed, mended (failed, and can be tried again) or again (is in a later file)
    message       TEXT   NOT NULL, -- sealed under the receiver's key: what the bank says
    serial        TEXT   NOT NULL, -- the bank's
    next_account  TEXT   NOT NULL, -- statement to which it is tried again; '' until it is mended
    mended_by     TEXT   NOT NULL, -- id of who mended it; '' until then
    PRIMARY KEY (county_code, batch_id, file, seq),
    FOREIGN KEY (county_code, batch_id, file) REFERENCES payment_file (county_code, batch_id, file)
);
CREATE INDEX payment_order_subject ON payment_order (county_code, batch_id, subject_id, file);
CREATE INDEX payment_order_state ON payment_order (county_code, batch_id, state, file, seq);

-- payment_return is a file of the bank that was read.
CREATE TABLE payment_return (
    county_code TEXT   NOT NULL,
    batch_id    TEXT   NOT NULL,
    content     TEXT   NOT NULL, -- SM3 of the file
    name        TEXT   NOT NULL,
    paid        BIGINT NOT NULL, -- how many it says were paid
    failed      BIGINT NOT NULL,
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    PRIMARY KEY (county_code, batch_id, content),
    FOREIGN KEY (county_code, batch_id) REFERENCES payment_batch (county_code, batch_id)
);

-- What an account comes to is added up from its index alone. The index is the one every entry has been written into; it only holds the amount besides.
DROP INDEX fund_line_account;
CREATE INDEX fund_line_account ON fund_line (county_code, fund_code, account_kind, account_code, day, entry_id, line, amount);

-- audit_actor says in which seals somebody's doings lie, by id and by name: the sealer writes it, so that no command waits for it.
CREATE TABLE audit_actor (
    county_code TEXT   NOT NULL,
    actor       TEXT   NOT NULL, -- id or name
    batch       BIGINT NOT NULL,
    PRIMARY KEY (county_code, actor, batch)
);
INSERT INTO audit_actor (county_code, actor, batch) SELECT DISTINCT l.county_code, e.actor_id, l.batch FROM audit_link l JOIN audit_entry e ON e.county_code = l.county_code AND e.entry_id = l.entry_id WHERE e.actor_id <> '';
INSERT INTO audit_actor (county_code, actor, batch) SELECT DISTINCT l.county_code, e.actor_name, l.batch FROM audit_link l JOIN audit_entry e ON e.county_code = l.county_code AND e.entry_id = l.entry_id
    WHERE e.actor_name <> '' ON CONFLICT DO NOTHING;

-- What differs in the batches there are, so that their pages show it as before.
INSERT INTO payment_difference (county_code, batch_id, sort, subject_id, receiver_id, division, before_amount, after_amount, moved_out)
    SELECT county_code, batch_id, CASE WHEN moved_out <> '' THEN 4 WHEN was IS NULL THEN 1 ELSE 3 END, subject_id, receiver_id, division, COALESCE(was, 0), CASE WHEN moved_out <> '' THEN 0 ELSE amount END, moved_out
    FROM (SELECT l.county_code, l.batch_id, l.subject_id, l.receiver_id, l.division, l.amount, l.moved_out,
            (SELECT CAST(SUM(o.amount) AS BIGINT) FROM payment_batch p JOIN payment_line o ON o.county_code = p.county_code AND o.batch_id = p.batch_id AND o.subject_id = l.subject_id AND o.moved_out = ''
                WHERE p.county_code = b.county_code AND p.scheme = b.scheme AND p.payer = b.payer AND p.fund = b.fund AND p.state <> 'void' AND p.from_month =
                    (SELECT MAX(x.from_month) FROM payment_batch x WHERE x.county_code = b.county_code AND x.scheme = b.scheme AND x.payer = b.payer AND x.fund = b.fund AND x.state <> 'void' AND x.from_month < b.from_month)) AS was
        FROM payment_batch b JOIN payment_line l ON l.county_code = b.county_code AND l.batch_id = b.batch_id) c
    WHERE moved_out <> '' OR was IS NULL OR was <> amount;
INSERT INTO payment_difference (county_code, batch_id, sort, subject_id, receiver_id, division, before_amount, after_amount, moved_out)
    SELECT b.county_code, b.batch_id, 2, o.subject_id, MAX(o.receiver_id), MAX(o.division), CAST(SUM(o.amount) AS BIGINT), 0, ''
    FROM payment_batch b JOIN payment_batch p ON p.county_code = b.county_code AND p.scheme = b.scheme AND p.payer = b.payer AND p.fund = b.fund AND p.state <> 'void' AND p.from_month =
            (SELECT MAX(x.from_month) FROM payment_batch x WHERE x.county_code = b.county_code AND x.scheme = b.scheme AND x.payer = b.payer AND x.fund = b.fund AND x.state <> 'void' AND x.from_month < b.from_month)
        JOIN payment_line o ON o.county_code = p.county_code AND o.batch_id = p.batch_id AND o.moved_out = ''
    WHERE NOT EXISTS (SELECT 1 FROM payment_line l WHERE l.county_code = b.county_code AND l.batch_id = b.batch_id AND l.subject_id = o.subject_id)
    GROUP BY b.county_code, b.batch_id, o.subject_id HAVING SUM(o.amount) <> 0;
