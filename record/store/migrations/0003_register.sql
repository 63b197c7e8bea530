-- +goose Up

-- party is whoever or whatever statements are about: a person, household, division, the county itself, a hospital, an office.
CREATE TABLE party (
    county_code TEXT NOT NULL,
    party_id    TEXT NOT NULL,
    kind        TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, party_id)
);
CREATE INDEX party_kind ON party (county_code, kind, party_id);

-- statement is one thing said about a party, true from a day to a day and known since a day. Rows are never changed: a
-- correction is a further row that names the one it replaces.
CREATE TABLE statement (
    county_code  TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    object_id    TEXT,          -- the other party, such as the household of a membership
    name         TEXT NOT NULL, -- what is said; a blind token when sealed
    sealed       BIGINT NOT NULL,
    content      TEXT NOT NULL, -- JSON of name, value, source and evidence; a ciphertext when sealed
    from_day     TEXT NOT NULL, -- '' when it has no beginning
    to_day       TEXT NOT NULL, -- 9999-12-31 when it has no end
    learned_day  TEXT NOT NULL,
    corrects_id  TEXT,
    withdrawn    BIGINT NOT NULL, -- 1: what it corrects was never true
    instant      TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    PRIMARY KEY (county_code, statement_id),
    UNIQUE (county_code, corrects_id),
    FOREIGN KEY (county_code, subject_id) REFERENCES party (county_code, party_id),
    FOREIGN KEY (county_code, object_id) REFERENCES party (county_code, party_id),
    FOREIGN KEY (county_code, corrects_id) REFERENCES statement (county_code, statement_id)
);
CREATE INDEX statement_subject ON statement (county_code, subject_id, name);
CREATE INDEX statement_object ON statement (county_code, object_id);

-- person_number finds a person by identity number without holding one: token is its SM3-HMAC. A number belongs to one person.
CREATE TABLE person_number (
    county_code TEXT NOT NULL,
    token       TEXT NOT NULL,
    party_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, token),
    FOREIGN KEY (county_code, party_id) REFERENCES party (county_code, party_id)
);

-- person_name finds persons by the beginning of a name or of its pinyin initials: one token for every beginning.
CREATE TABLE person_name (
    county_code TEXT NOT NULL,
    token       TEXT NOT NULL,
    party_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, token, party_id),
    FOREIGN KEY (county_code, party_id) REFERENCES party (county_code, party_id)
);

-- transfer is a person's move between counties, as the county that is left or the one that is entered keeps it.
CREATE TABLE transfer (
    county_code  TEXT NOT NULL,
    transfer_id  TEXT NOT NULL,
    direction    TEXT NOT NULL, -- out or in
    party_id     TEXT NOT NULL, -- '' when refused by a county that does not know the person
    other_county TEXT NOT NULL,
    last_day     TEXT NOT NULL, -- last day in the county that is left
    document     TEXT NOT NULL, -- sealed for the person
    digest       TEXT NOT NULL, -- SM3 of the document
    signature    TEXT NOT NULL,
    undo         TEXT NOT NULL, -- JSON: what the offer ended here
    instant      TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    PRIMARY KEY (county_code, transfer_id)
);
CREATE INDEX transfer_party ON transfer (county_code, party_id);

-- transfer_answer is the one answer to a transfer: given there, received here.
CREATE TABLE transfer_answer (
    county_code TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    accepted    BIGINT NOT NULL,
    receipt     TEXT NOT NULL, -- JSON
    signature   TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, transfer_id),
    FOREIGN KEY (county_code, transfer_id) REFERENCES transfer (county_code, transfer_id)
);
