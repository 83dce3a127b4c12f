-- Answers to requests that came with an Idempotency-Key, kept for a day. Keys and requests are known by their hash.
CREATE TABLE idempotency_keys (
    tenant       TEXT NOT NULL,
    key_hash     BLOB NOT NULL,
    request_hash BLOB NOT NULL,
    status       INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    answer       BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant, key_hash)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
