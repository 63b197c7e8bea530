-- +goose Up

-- The special account that a change is about; '' for a change of standing data.
ALTER TABLE standing_change ADD COLUMN fund_code TEXT NOT NULL DEFAULT '';
