-- +goose Up

-- job is work that somebody asked for and nobody waits for (package job, whose comment explains the model). The queue's own tables only wake those who
-- work; what a job is and where it stands is here.
CREATE TABLE job (
    county_code TEXT   NOT NULL,
    job_id      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    target      TEXT   NOT NULL, -- what only one job at a time may work on
    subject     TEXT   NOT NULL, -- id of the import, run or batch it is for; '' while there is none
    work        TEXT   NOT NULL, -- JSON: what was asked for
    state       TEXT   NOT NULL, -- waiting, running, done, failed or cancelled
    stage       TEXT   NOT NULL, -- what is under way, as the work calls it
    done        BIGINT NOT NULL, -- in the unit of the stage
    total       BIGINT NOT NULL, -- 0 while it is not known
    stage_began TEXT   NOT NULL, -- when this attempt began with the stage; '' while it waits
    stage_from  BIGINT NOT NULL, -- what was done of it then
    attempt     BIGINT NOT NULL, -- how often somebody began to work on it
    lost        BIGINT NOT NULL, -- how often in a row who worked on it went away without getting anything done
    pulse       BIGINT NOT NULL, -- grows for as long as somebody works on it
    worker      TEXT   NOT NULL, -- id of the attempt under way; '' for none
    canceller   TEXT   NOT NULL, -- name of who asked for an end; '' for nobody
    failure     TEXT   NOT NULL, -- JSON: why it failed; '' while it has not
    answer      TEXT   NOT NULL, -- sealed: what came of it, where that is kept nowhere else
    instant     TEXT   NOT NULL, -- when it was asked for
    actor_id    TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    actor_post  TEXT   NOT NULL,
    changed     TEXT   NOT NULL,
    PRIMARY KEY (county_code, job_id)
);
-- Two jobs never work on one thing.
CREATE UNIQUE INDEX job_open ON job (county_code, target) WHERE state IN ('waiting', 'running');
CREATE INDEX job_subject ON job (county_code, subject, job_id);
