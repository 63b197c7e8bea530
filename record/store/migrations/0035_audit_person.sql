-- +goose Up

-- An entry of the log that concerns one person, as nearly all do, names that person itself, so that a settlement writes a row and two index entries less. And whom
-- entries concern is noted by the sealer, so that no command keeps an index of it.

-- audit_about names the sealed entries that concern a person. What no seal covers yet is found in audit_tail.
CREATE TABLE audit_about (
    county_code TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, person_id, entry_id)
);
INSERT INTO audit_about (county_code, person_id, entry_id)
    SELECT p.county_code, p.person_id, p.entry_id FROM audit_person p JOIN audit_link l ON l.county_code = p.county_code AND l.entry_id = p.entry_id
    ORDER BY p.county_code, p.person_id, p.entry_id;

CREATE TABLE audit_entry_new (
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
    person_id   TEXT NOT NULL, -- the only person it concerns, '' for none and for several, which stand in audit_person
    sealed      TEXT NOT NULL, -- what it says about that person: base64 of nonce and SM4-GCM ciphertext, '' for nothing
    digest      TEXT NOT NULL, -- SM3 of all of the above, or of all but the person and of the entry's audit_person rows
    PRIMARY KEY (county_code, entry_id)
);
INSERT INTO audit_entry_new (county_code, entry_id, instant, actor_id, actor_name, actor_post, kind, name, subject, content, person_id, sealed, digest)
    SELECT e.county_code, e.entry_id, e.instant, e.actor_id, e.actor_name, e.actor_post, e.kind, e.name, e.subject, e.content, COALESCE(p.person_id, ''), COALESCE(p.sealed, ''), e.digest
    FROM audit_entry e LEFT JOIN audit_person p ON p.county_code = e.county_code AND p.entry_id = e.entry_id AND p.person_id <> ''
        AND NOT EXISTS (SELECT 1 FROM audit_person o WHERE o.county_code = p.county_code AND o.entry_id = p.entry_id AND o.person_id <> p.person_id);
DROP TABLE audit_entry;
ALTER TABLE audit_entry_new RENAME TO audit_entry;

-- audit_person says whom an entry concerns that concerns several, with the personal content under each one's key.
CREATE TABLE audit_person_new (
    county_code TEXT NOT NULL,
    entry_id    TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    sealed      TEXT NOT NULL, -- base64 of nonce and SM4-GCM ciphertext, '' for none
    PRIMARY KEY (county_code, entry_id, person_id)
);
INSERT INTO audit_person_new (county_code, entry_id, person_id, sealed) SELECT p.county_code, p.entry_id, p.person_id, p.sealed FROM audit_person p
    WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.county_code = p.county_code AND e.entry_id = p.entry_id AND e.person_id <> '');
DROP TABLE audit_person;
ALTER TABLE audit_person_new RENAME TO audit_person;
