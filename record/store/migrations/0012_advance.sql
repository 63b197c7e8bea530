-- +goose Up

-- claim_paper holds the papers that were handed in for a bill after it had come. Rows are only added.
CREATE TABLE claim_paper (
    county_code TEXT   NOT NULL,
    claim_id    TEXT   NOT NULL,
    paper_id    TEXT   NOT NULL,
    document_id TEXT   NOT NULL, -- in the archive of the claim's person
    day         TEXT   NOT NULL, -- handed in
    version     BIGINT NOT NULL, -- of the claim's first settlement that stands on them
    sealed      TEXT   NOT NULL, -- what they show, and who brought them
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    PRIMARY KEY (county_code, claim_id, paper_id)
);

-- claim_advance holds what a hospital put up for a patient until a bill could be settled.
CREATE TABLE claim_advance (
    county_code TEXT   NOT NULL,
    advance_id  TEXT   NOT NULL,
    claim_id    TEXT   NOT NULL, -- once settled, the one that was settled
    provider_id TEXT   NOT NULL, -- the claim's
    amount      BIGINT NOT NULL, -- fen the hospital put up
    deposit     BIGINT NOT NULL, -- fen the patient left with it; both together are the fees
    day         TEXT   NOT NULL,
    reason      TEXT   NOT NULL, -- sealed
    state       TEXT   NOT NULL, -- open, settled or withdrawn
    closed_day  TEXT   NOT NULL, -- '' while open
    version     BIGINT NOT NULL, -- of the settlement that closed it; 0 for none
    balance     BIGINT NOT NULL, -- fen the patient still had to pay then; negative when fen were to be given back
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    PRIMARY KEY (county_code, advance_id)
);
CREATE INDEX claim_advance_claim ON claim_advance (county_code, claim_id, advance_id);
CREATE INDEX claim_advance_open ON claim_advance (county_code, provider_id, day, advance_id) WHERE state = 'open';

-- Who is owed what by when: a fund's commitments that are not paid yet, payee by payee, the earliest due first.
ALTER TABLE fund_commitment ADD COLUMN first_day TEXT NOT NULL DEFAULT ''; -- on which it was committed
ALTER TABLE fund_commitment ADD COLUMN due_day TEXT NOT NULL DEFAULT '';   -- by which it must be paid; '' when nothing says
UPDATE fund_commitment SET first_day = l.day
    FROM (SELECT county_code, commitment_id, MIN(day) AS day FROM fund_line WHERE commitment_id <> '' GROUP BY county_code, commitment_id) l
    WHERE l.county_code = fund_commitment.county_code AND l.commitment_id = fund_commitment.commitment_id;
CREATE INDEX fund_commitment_outstanding ON fund_commitment (county_code, fund_code, payee_kind, payee_id, due_day, commitment_id)
    WHERE state <> 'voided' AND amount > paid + returned;

-- SQLite turns a sum that is compared with a column round before it looks for an index, so the column stands first.
DROP INDEX fund_commitment_owed;
CREATE INDEX fund_commitment_owed ON fund_commitment (county_code, fund_code, payee_kind, payee_id, commitment_id)
    WHERE state = 'posted' AND amount > paid + returned;
