-- +goose Up

-- desk_draft is what somebody typed into a form and has not sent yet, sealed under the account's key. It is theirs alone and no record.
CREATE TABLE desk_draft (
    county_code TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    form        TEXT NOT NULL, -- the address the form is sent to
    command_key TEXT NOT NULL, -- that it will be sent under: a command done under it ends the draft
    saved       TEXT NOT NULL,
    sealed      TEXT NOT NULL,
    PRIMARY KEY (county_code, account_id, form)
);
CREATE INDEX desk_draft_saved ON desk_draft (county_code, saved);

-- desk_display is how pages are shown to somebody.
CREATE TABLE desk_display (
    county_code TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    size        TEXT NOT NULL, -- of the letters: md, lg
    PRIMARY KEY (county_code, account_id)
);
