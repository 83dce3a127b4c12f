-- Objects of the Assistants API: the wire JSON beside the few columns that queries need.
CREATE TABLE objects (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     INTEGER NOT NULL,
    tenant   TEXT NOT NULL,
    id       TEXT NOT NULL,
    parent   TEXT NOT NULL,
    run_id   TEXT,
    body     BYTEA NOT NULL
);

CREATE UNIQUE INDEX objects_by_id ON objects (tenant, id, parent);
CREATE INDEX objects_by_parent ON objects (tenant, kind, parent, sequence);
CREATE INDEX objects_by_run ON objects (tenant, run_id, sequence) WHERE run_id IS NOT NULL;

-- One row for each run that has not ended; the primary key is the rule of one active run per thread.
CREATE TABLE active_runs (
    tenant      TEXT NOT NULL,
    thread_id   TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    status      TEXT NOT NULL,
    queued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    fence       BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts    INTEGER NOT NULL,
    is_sandbox  INTEGER NOT NULL,
    sealed_key  BYTEA,
    state       BYTEA NOT NULL,
    PRIMARY KEY (tenant, thread_id)
);

CREATE INDEX active_runs_by_queue ON active_runs (status, queued_at);
CREATE INDEX active_runs_by_expiry ON active_runs (expires_at);

-- The bytes of files, apart from their objects, so that reading an object or a list never touches them.
CREATE TABLE file_contents (
    tenant  TEXT NOT NULL,
    id      TEXT NOT NULL,
    purpose TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (tenant, id)
);
