-- SPDX-License-Identifier: Apache-2.0
-- Incidents that are followed to their end, differences between what a channel shows and what it should, and
-- the day's count of how often both agreed.

ALTER TABLE incident ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
ALTER TABLE incident ADD COLUMN updated_at_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN until_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN resolution TEXT NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN resolved_by TEXT NOT NULL DEFAULT '';
UPDATE incident SET updated_at_us = max(opened_at_us, resolved_at_us);

CREATE INDEX push_listing ON push (listing, n);

CREATE TABLE difference (
    n INTEGER PRIMARY KEY,
    listing INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    sku INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    computed INTEGER NOT NULL,
    began_at_us INTEGER NOT NULL,
    seen_at_us INTEGER NOT NULL,
    ended_at_us INTEGER NOT NULL,
    times INTEGER NOT NULL
);
CREATE INDEX difference_listing ON difference (listing, n);
CREATE INDEX difference_channel ON difference (channel, n);

CREATE TABLE agreement (
    channel INTEGER NOT NULL,
    day INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    agreed INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    differed INTEGER NOT NULL,
    oversold INTEGER NOT NULL,
    avoidable INTEGER NOT NULL,
    PRIMARY KEY (channel, day)
) WITHOUT ROWID;

-- A channel that is being taken over: when, and until when its first pushes are paced and watched.
ALTER TABLE channel ADD COLUMN cutover_at_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channel ADD COLUMN watch_until_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channel ADD COLUMN cutover_job INTEGER NOT NULL DEFAULT 0;
