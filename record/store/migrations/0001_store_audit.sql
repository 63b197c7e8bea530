-- +goose Up

-- command holds what commands with an idempotency key answered, so that repeating one does nothing twice.
CREATE TABLE command (
    county_code    TEXT NOT NULL,
    command_key    TEXT NOT NULL,
    name           TEXT NOT NULL,
    content_digest TEXT NOT NULL, -- SM3 of name, actor and content, hexadecimal
    result         TEXT NOT NULL, -- JSON
    instant        TEXT NOT NULL,
    PRIMARY KEY (county_code, command_key)
);

-- audit_entry holds one line for each command and for each look at protected data. Rows are only ever added.
CREATE TABLE audit_entry (
    county_code TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    actor_post  TEXT NOT NULL,
    kind        TEXT NOT NULL, -- command, look, destroyed
    name        TEXT NOT NULL, -- the command, or what was looked at
    subject     TEXT NOT NULL, -- id of what it concerns, '' for none
    content     TEXT NOT NULL, -- canonical JSON without personal content
    digest      TEXT NOT NULL, -- SM3 of all of the above and of the entry's audit_person rows
    PRIMARY KEY (county_code, entry_id)
);

-- audit_person says whom an entry concerns, with the personal content under that person's key.
CREATE TABLE audit_person (
    county_code TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    sealed      TEXT NOT NULL, -- base64 of nonce and SM4-GCM ciphertext, '' for none
    PRIMARY KEY (county_code, entry_id, person_id),
    FOREIGN KEY (county_code, entry_id) REFERENCES audit_entry (county_code, entry_id)
);
CREATE INDEX audit_person_entries ON audit_person (county_code, person_id, entry_id);

-- audit_tail names the entries that no seal covers yet.
CREATE TABLE audit_tail (
    county_code TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, entry_id)
);

-- audit_seal is the chain: each seal covers a batch of entries and the seal before it.
CREATE TABLE audit_seal (
    county_code    TEXT   NOT NULL,
    batch          BIGINT NOT NULL, -- 1, 2, 3 … in each county
    instant        TEXT   NOT NULL, -- never before that of the previous seal
    entries        BIGINT NOT NULL,
    entries_digest TEXT   NOT NULL, -- SM3 of the entries' digests in order
    previous       TEXT   NOT NULL, -- digest of the seal before, '' for the first
    digest         TEXT   NOT NULL,
    PRIMARY KEY (county_code, batch)
);

-- audit_link says which batch an entry is sealed in, and where.
CREATE TABLE audit_link (
    county_code TEXT   NOT NULL,
    batch       BIGINT NOT NULL,
    position    BIGINT NOT NULL, -- 1, 2, 3 … in each batch
    entry_id    TEXT   NOT NULL,
    PRIMARY KEY (county_code, batch, position),
    UNIQUE (county_code, entry_id)
);

-- person_key holds the key of one person's personal content, itself encrypted. Emptying it destroys what it protects.
CREATE TABLE person_key (
    county_code TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    wrapped     TEXT NOT NULL, -- base64 of nonce and SM4-GCM ciphertext, '' once destroyed
    master      TEXT NOT NULL, -- which key encrypts it: the beginning of its SM3
    created     TEXT NOT NULL,
    destroyed   TEXT NOT NULL, -- when, '' while it exists
    PRIMARY KEY (county_code, person_id)
);
