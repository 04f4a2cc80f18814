-- SPDX-License-Identifier: Apache-2.0
-- What an import found wrong, and first figures that wait until they are booked.

-- Of a channel's items as its last import saw them; with channel 0 of our own SKUs.
CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    job INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    remote TEXT NOT NULL,
    other TEXT NOT NULL,
    detail TEXT NOT NULL,
    units INTEGER NOT NULL,
    at_us INTEGER NOT NULL
);
CREATE INDEX finding_channel ON finding (channel);

CREATE TABLE opening_line (
    location INTEGER NOT NULL,
    sku INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (location, sku)
) WITHOUT ROWID;
