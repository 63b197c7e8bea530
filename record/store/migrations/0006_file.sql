-- +goose Up

-- document is a paper, photo or file in the archive of a person or household. What it says of them is sealed under their key, the
-- key of the content itself too; the content lies sealed beside the database, under the name that blob gives. Rows are only added.
CREATE TABLE document (
    county_code TEXT   NOT NULL,
    document_id TEXT   NOT NULL,
    owner_id    TEXT   NOT NULL, -- the person or household
    about_id    TEXT   NOT NULL, -- the claim, statement … it belongs to; '' for none
    blob        TEXT   NOT NULL, -- name of the sealed content
    size        BIGINT NOT NULL, -- of the sealed content, bytes
    digest      TEXT   NOT NULL, -- SM3 of the sealed content, by which anybody can check a copy
    token       TEXT   NOT NULL, -- blind token of the content, which finds the same content again
    sealed      TEXT   NOT NULL, -- kind, name, type, day, who brought it, and the key of the content
    instant     TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    PRIMARY KEY (county_code, document_id),
    UNIQUE (county_code, blob),
    FOREIGN KEY (county_code, owner_id) REFERENCES party (county_code, party_id)
);
CREATE INDEX document_owner ON document (county_code, owner_id, document_id);
CREATE INDEX document_about ON document (county_code, about_id, document_id) WHERE about_id <> '';
CREATE INDEX document_token ON document (county_code, token);

-- document_withdrawal says that a document was filed by mistake. It stays listed.
CREATE TABLE document_withdrawal (
    county_code TEXT NOT NULL,
    document_id TEXT NOT NULL,
    reason      TEXT NOT NULL, -- sealed under the owner's key
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, document_id),
    FOREIGN KEY (county_code, document_id) REFERENCES document (county_code, document_id)
);
