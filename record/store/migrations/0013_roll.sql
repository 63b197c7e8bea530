-- +goose Up

-- roll_import is one file that an office handed in, on its way into the register.
CREATE TABLE roll_import (
    county_code TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    source      TEXT   NOT NULL, -- the office, as facts will name it
    name        TEXT   NOT NULL, -- of the file
    size        BIGINT NOT NULL,
    template    TEXT   NOT NULL, -- '' when the mapping names fields itself
    sheet       TEXT   NOT NULL,
    mapping     TEXT   NOT NULL, -- JSON: what each column is
    since       TEXT   NOT NULL, -- from when undated facts hold; '' always
    state       TEXT   NOT NULL, -- receiving, staging, comparing, ready, applying, applied, undoing, undone, dropped
    place       TEXT   NOT NULL, -- of the last row done in this state
    done        BIGINT NOT NULL, -- rows done in this state
    rows        BIGINT NOT NULL, -- rows staged
    counts      TEXT   NOT NULL, -- JSON: rows by verdict, and by what came of them
    lasting     BIGINT NOT NULL, -- 1 while what was staged is kept
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    changed     TEXT   NOT NULL, -- instant of the last step
    changer_id  TEXT   NOT NULL,
    changer     TEXT   NOT NULL,
    PRIMARY KEY (county_code, import_id)
);

-- roll_part is a piece of the file, sealed under the import's key.
CREATE TABLE roll_part (
    county_code TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    part        BIGINT NOT NULL,
    content     TEXT   NOT NULL,
    PRIMARY KEY (county_code, import_id, part),
    FOREIGN KEY (county_code, import_id) REFERENCES roll_import (county_code, import_id)
);

-- roll_row is one row of the file as it was read. Rows of one household, or of one person, stand together.
CREATE TABLE roll_row (
    county_code  TEXT   NOT NULL,
    import_id    TEXT   NOT NULL,
    place        TEXT   NOT NULL, -- blind token of the household or person, then the row's number with leading zeros
    row_no       BIGINT NOT NULL,
    number_token TEXT   NOT NULL, -- of the identity number; '' for none
    born_token   TEXT   NOT NULL, -- of name and birthday; '' for none
    row_token    TEXT   NOT NULL, -- of all the row says
    content      TEXT   NOT NULL, -- sealed under the import's key
    PRIMARY KEY (county_code, import_id, place),
    FOREIGN KEY (county_code, import_id) REFERENCES roll_import (county_code, import_id)
);

-- roll_verdict is what is thought of a row, and what a person decided about it.
CREATE TABLE roll_verdict (
    county_code TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    row_no      BIGINT NOT NULL,
    verdict     TEXT   NOT NULL, -- new, changed, same, refused, ambiguous
    party_id    TEXT   NOT NULL, -- who it is about, as far as is known
    content     TEXT   NOT NULL, -- sealed: reasons and changes
    decision    TEXT   NOT NULL, -- JSON; '' as long as nobody decided
    decider_id  TEXT   NOT NULL,
    decided     TEXT   NOT NULL,
    PRIMARY KEY (county_code, import_id, place),
    FOREIGN KEY (county_code, import_id) REFERENCES roll_import (county_code, import_id)
);
CREATE INDEX roll_verdict_list ON roll_verdict (county_code, import_id, verdict, row_no);

-- roll_outcome is what an applied row made. It stays when what was staged is destroyed.
CREATE TABLE roll_outcome (
    county_code TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    row_no      BIGINT NOT NULL,
    party_id    TEXT   NOT NULL,
    made        TEXT   NOT NULL, -- JSON: ids of statements; whether the person, and which household, is new
    undone      BIGINT NOT NULL, -- 1 when it was taken back
    PRIMARY KEY (county_code, import_id, place),
    FOREIGN KEY (county_code, import_id) REFERENCES roll_import (county_code, import_id)
);
CREATE INDEX roll_outcome_party ON roll_outcome (county_code, party_id);

-- roll_household remembers by what number a source calls a household.
CREATE TABLE roll_household (
    county_code TEXT NOT NULL,
    token       TEXT NOT NULL, -- of source and number
    party_id    TEXT NOT NULL,
    import_id   TEXT NOT NULL,
    PRIMARY KEY (county_code, token)
);

-- roll_mapping is what the columns of a source's files are, as a person confirmed it.
CREATE TABLE roll_mapping (
    county_code TEXT NOT NULL,
    source      TEXT NOT NULL,
    mapping     TEXT NOT NULL, -- JSON
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, source)
);

-- roll_disagreement is a fact that a source states otherwise than it stands in the register.
CREATE TABLE roll_disagreement (
    county_code     TEXT   NOT NULL,
    disagreement_id TEXT   NOT NULL,
    party_id        TEXT   NOT NULL,
    import_id       TEXT   NOT NULL,
    row_no          BIGINT NOT NULL,
    content         TEXT   NOT NULL, -- sealed under the party's key: the fact, both values, both sources and days
    state           TEXT   NOT NULL, -- open, taken, kept, undone
    statement_id    TEXT   NOT NULL, -- that was made when the new value was taken
    reason          TEXT   NOT NULL,
    instant         TEXT   NOT NULL,
    actor_id        TEXT   NOT NULL,
    decided         TEXT   NOT NULL,
    decider_id      TEXT   NOT NULL,
    PRIMARY KEY (county_code, disagreement_id)
);
CREATE INDEX roll_disagreement_party ON roll_disagreement (county_code, party_id);
CREATE INDEX roll_disagreement_list ON roll_disagreement (county_code, state, disagreement_id);
