-- SPDX-License-Identifier: Apache-2.0
-- Where incidents go out to, and how far each of them has been told.

CREATE TABLE outlet (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    url TEXT NOT NULL,
    wants INTEGER NOT NULL,
    secrets BLOB NOT NULL,
    old_secret_until_us INTEGER NOT NULL,
    told INTEGER NOT NULL,
    failing_since_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at_us INTEGER NOT NULL,
    last_status INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    created_at_us INTEGER NOT NULL
);

-- What waits for an outlet is found by this alone, however long the log is.
CREATE INDEX event_incident ON event (n) WHERE kind = 'incident';
