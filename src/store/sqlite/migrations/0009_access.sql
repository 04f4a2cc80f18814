-- SPDX-License-Identifier: Apache-2.0
-- Who may use it: people, their sessions, and who did what. None of it is part of the log.

CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    name TEXT NOT NULL,
    role INTEGER NOT NULL,
    password TEXT NOT NULL,
    totp BLOB NOT NULL,
    totp_next BLOB NOT NULL,
    totp_used INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    last_login_at_us INTEGER NOT NULL
);

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    user INTEGER NOT NULL,
    hash BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    seen_at_us INTEGER NOT NULL
);

CREATE TABLE audit (
    n INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    via INTEGER NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    event INTEGER NOT NULL
);

ALTER TABLE token ADD COLUMN expires_at_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE token ADD COLUMN used_day INTEGER NOT NULL DEFAULT -1;
ALTER TABLE token ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
