-- +goose Up

-- Whose an import is, and how far it goes: an office sees those it sent in, and its rolls state what it is responsible for.
ALTER TABLE roll_import ADD COLUMN sender   TEXT NOT NULL DEFAULT ''; -- the organisation that sent it in; '' when that is not known
ALTER TABLE roll_import ADD COLUMN offices  TEXT NOT NULL DEFAULT ''; -- the offices whose facts alone it may state, with blanks between them; '' for all
ALTER TABLE roll_import ADD COLUMN headings TEXT NOT NULL DEFAULT ''; -- JSON: over the cells of its rows; '' before they are read
CREATE INDEX roll_import_sender ON roll_import (county_code, sender, import_id);

-- For whom a job works: that of an import for who sent the import in.
ALTER TABLE job ADD COLUMN sender TEXT NOT NULL DEFAULT ''; -- '' when that is not known

-- What stood in a batch when a person did something with it.
ALTER TABLE payment_act ADD COLUMN people BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment_act ADD COLUMN total  BIGINT NOT NULL DEFAULT 0; -- fen
