-- +goose Up

-- auth_account holds those who sign in. An account is closed, never removed: the log names it.
CREATE TABLE auth_account (
    county_code TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    login       TEXT NOT NULL, -- in small letters
    name        TEXT NOT NULL,
    password    TEXT NOT NULL, -- argon2id with its salt and cost
    temporary   BIGINT NOT NULL, -- 1 while the password is one that somebody else has set
    factor      TEXT NOT NULL, -- the secret of the second factor, sealed; '' without one
    factor_step BIGINT NOT NULL, -- the last step whose code was used
    closed      TEXT NOT NULL, -- when, '' while it is open
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, account_id)
);
CREATE UNIQUE INDEX auth_account_login ON auth_account (county_code, login);

-- auth_post holds the posts: who works as what for which organisation, from when to when.
CREATE TABLE auth_post (
    county_code TEXT NOT NULL,
    post_id     TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    role        TEXT NOT NULL, -- a word of record/auth/roles.csv
    party_id    TEXT NOT NULL, -- the office, hospital, school, town or village
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, post_id),
    FOREIGN KEY (county_code, account_id) REFERENCES auth_account (county_code, account_id),
    FOREIGN KEY (county_code, party_id) REFERENCES party (county_code, party_id)
);
CREATE INDEX auth_post_account ON auth_post (county_code, account_id);

-- auth_deputy holds who stands in for a post while its holder is away.
CREATE TABLE auth_deputy (
    county_code TEXT NOT NULL,
    deputy_id   TEXT NOT NULL,
    post_id     TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    ended       TEXT NOT NULL, -- when it was ended before its last day, '' otherwise
    instant     TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    PRIMARY KEY (county_code, deputy_id),
    FOREIGN KEY (county_code, post_id) REFERENCES auth_post (county_code, post_id),
    FOREIGN KEY (county_code, account_id) REFERENCES auth_account (county_code, account_id)
);
CREATE INDEX auth_deputy_account ON auth_deputy (county_code, account_id);

-- auth_session holds who is signed in. The token itself is in the browser alone.
CREATE TABLE auth_session (
    county_code TEXT NOT NULL,
    digest      TEXT NOT NULL, -- SM3 of the token, hexadecimal
    account_id  TEXT NOT NULL,
    post_id     TEXT NOT NULL, -- the post acted in; '' for none chosen
    began       TEXT NOT NULL,
    seen        TEXT NOT NULL,
    PRIMARY KEY (county_code, digest),
    FOREIGN KEY (county_code, account_id) REFERENCES auth_account (county_code, account_id)
);
CREATE INDEX auth_session_account ON auth_session (county_code, account_id);

-- auth_attempt counts wrong sign-ins by what was typed as the name, whether or not such an account exists.
CREATE TABLE auth_attempt (
    county_code TEXT NOT NULL,
    token       TEXT NOT NULL, -- SM3 of the name typed, hexadecimal
    failures    BIGINT NOT NULL,
    began       TEXT NOT NULL,
    PRIMARY KEY (county_code, token)
);

-- auth_setup holds the codes with which the first account of a county may be made.
CREATE TABLE auth_setup (
    county_code TEXT NOT NULL,
    digest      TEXT NOT NULL,
    instant     TEXT NOT NULL,
    PRIMARY KEY (county_code, digest)
);
