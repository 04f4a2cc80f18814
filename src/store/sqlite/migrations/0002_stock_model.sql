-- SPDX-License-Identifier: Apache-2.0
-- Transfers, count sessions, other names of SKUs, stock at past moments, items that wait for their SKU.

CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    source INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    reference TEXT NOT NULL,
    lines TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    shipped_at_us INTEGER NOT NULL,
    closed_at_us INTEGER NOT NULL
);

CREATE TABLE count_session (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    location INTEGER NOT NULL,
    reference TEXT NOT NULL,
    reason TEXT NOT NULL,
    is_blind INTEGER NOT NULL,
    is_listed INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    closed_at_us INTEGER NOT NULL
);
CREATE TABLE count_line (
    session INTEGER NOT NULL,
    sku INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    counted_at_us INTEGER NOT NULL,
    there INTEGER NOT NULL,
    PRIMARY KEY (session, sku)
) WITHOUT ROWID;

CREATE TABLE alias (
    code_key TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    sku INTEGER NOT NULL,
    since_us INTEGER NOT NULL,
    is_former INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alias_sku ON alias (sku);

-- All balances of a SKU after one of its movements: a past moment is the nearest one before it, and the few
-- movements between.
CREATE TABLE checkpoint (
    sku INTEGER NOT NULL,
    movement INTEGER NOT NULL,
    balances TEXT NOT NULL,
    PRIMARY KEY (sku, movement)
) WITHOUT ROWID;
ALTER TABLE sku ADD COLUMN since_checkpoint INTEGER NOT NULL DEFAULT 0;
-- Movements told long after they happened are few; the two minutes stand in core/ledger.h.
CREATE INDEX movement_late ON movement (sku, n, happened_at_us) WHERE recorded_at_us - happened_at_us > 120000000;
CREATE INDEX movement_early ON movement (sku, n, happened_at_us) WHERE happened_at_us > recorded_at_us;

-- Items of a channel's catalogue that no SKU fits yet, as the last import saw them.
CREATE TABLE unlinked (
    channel INTEGER NOT NULL,
    key TEXT NOT NULL,
    code_key TEXT NOT NULL,
    job INTEGER NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (channel, key)
) WITHOUT ROWID;
CREATE INDEX unlinked_code ON unlinked (code_key);

-- Lines of shops that speak our API (connector 'api') wait under the normalised code.
UPDATE OR REPLACE parked SET key = 'sku:' || upper(trim(substr(key, 5)))
WHERE key LIKE 'sku:%' AND channel IN (SELECT id FROM channel WHERE connector = 'api');
