-- +goose Up

-- Most bills are settled by the command that brings them: those are found by the bill's own id. The index of settlements by their time holds only what was settled later, so that a
-- settlement has one entry of an index less to write.
ALTER TABLE claim_settlement ADD COLUMN later BIGINT NOT NULL DEFAULT 1; -- 0 for the settlement a claim came with
DROP INDEX claim_settlement_time;
CREATE INDEX claim_settlement_later ON claim_settlement (county_code, settlement_id) WHERE later = 1;
