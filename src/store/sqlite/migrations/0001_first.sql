-- SPDX-License-Identifier: Apache-2.0
-- Times are microseconds since 1970 UTC. Counts are whole units. Text ids of channels are theirs, not ours.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE sku (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    code_key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    product TEXT NOT NULL,
    options TEXT NOT NULL,
    barcode TEXT NOT NULL,
    buffer INTEGER NOT NULL,
    backorder INTEGER NOT NULL,
    stock_version INTEGER NOT NULL,
    has_moved INTEGER NOT NULL,
    is_bundle INTEGER NOT NULL
);
CREATE TABLE component (
    bundle INTEGER NOT NULL,
    part INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (bundle, part)
) WITHOUT ROWID;
CREATE INDEX component_part ON component (part);

CREATE TABLE location (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    region TEXT NOT NULL,
    is_active INTEGER NOT NULL
);

CREATE TABLE channel (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    connector TEXT NOT NULL,
    mode INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    settings TEXT NOT NULL,
    secrets BLOB NOT NULL,
    buffer INTEGER NOT NULL,
    percent INTEGER NOT NULL,
    cap INTEGER NOT NULL,
    route TEXT NOT NULL,
    opened_at_us INTEGER NOT NULL,
    version INTEGER NOT NULL,
    read_through_us INTEGER NOT NULL
);

-- The range of `expected` is stored flat: it changes with every own sale and every push.
CREATE TABLE listing (
    id INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    sku INTEGER NOT NULL,
    remote TEXT NOT NULL,
    key TEXT NOT NULL,
    stock_key TEXT NOT NULL,
    location INTEGER NOT NULL,
    buffer INTEGER NOT NULL,
    percent INTEGER NOT NULL,
    cap INTEGER NOT NULL,
    min_to_list INTEGER NOT NULL,
    pack_size INTEGER NOT NULL CHECK (pack_size > 0),
    paused INTEGER NOT NULL,
    version INTEGER NOT NULL,
    is_known INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    base_lo INTEGER NOT NULL,
    base_hi INTEGER NOT NULL,
    landed_lo INTEGER NOT NULL,
    landed_hi INTEGER NOT NULL,
    is_guarded INTEGER NOT NULL,
    push_value INTEGER NOT NULL,
    push_compare INTEGER NOT NULL,
    left_at_us INTEGER NOT NULL,
    synced_at_us INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    read_at_us INTEGER NOT NULL,
    is_explained INTEGER NOT NULL,
    unexplained INTEGER NOT NULL,
    unexplained_at_us INTEGER NOT NULL,
    sold_units INTEGER NOT NULL,
    sold_since_us INTEGER NOT NULL,
    push_key BLOB NOT NULL,
    push_n INTEGER NOT NULL,
    sellable INTEGER NOT NULL,
    computed_sku_version INTEGER NOT NULL,
    computed_policy_version INTEGER NOT NULL,
    published INTEGER NOT NULL,
    published_at_us INTEGER NOT NULL,
    observed INTEGER NOT NULL,
    observed_at_us INTEGER NOT NULL,
    fault INTEGER NOT NULL,
    fault_reason TEXT NOT NULL,
    doubted_at_us INTEGER NOT NULL,
    UNIQUE (channel, key, location)
);
CREATE INDEX listing_sku ON listing (sku);
CREATE INDEX listing_stock_key ON listing (channel, stock_key);

-- Only `available` may be below zero: units that are owed.
CREATE TABLE stock (
    sku INTEGER NOT NULL,
    location INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL CHECK (held >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    unavailable INTEGER NOT NULL CHECK (unavailable >= 0),
    in_transit INTEGER NOT NULL CHECK (in_transit >= 0),
    counted_at_us INTEGER NOT NULL,
    PRIMARY KEY (sku, location)
) WITHOUT ROWID;
CREATE TABLE stock_reason (
    sku INTEGER NOT NULL,
    location INTEGER NOT NULL,
    reason TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (sku, location, reason)
) WITHOUT ROWID;

CREATE TABLE orders (
    n INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    id TEXT NOT NULL,
    version_text TEXT NOT NULL,
    version INTEGER NOT NULL,
    placed_at_us INTEGER NOT NULL,
    decided_at_us INTEGER NOT NULL,
    digest BLOB NOT NULL,
    doc TEXT NOT NULL
);
CREATE UNIQUE INDEX orders_id ON orders (channel, id);
CREATE TABLE parked (
    channel INTEGER NOT NULL,
    key TEXT NOT NULL,
    order_n INTEGER NOT NULL,
    PRIMARY KEY (channel, key, order_n)
) WITHOUT ROWID;

CREATE TABLE event (
    n INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    channel INTEGER NOT NULL,
    subject TEXT NOT NULL,
    facts TEXT NOT NULL
);
CREATE TABLE movement (
    n INTEGER PRIMARY KEY,
    event INTEGER NOT NULL,
    recorded_at_us INTEGER NOT NULL,
    happened_at_us INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    sku INTEGER NOT NULL,
    from_location INTEGER NOT NULL,
    from_bucket INTEGER NOT NULL,
    from_after INTEGER NOT NULL,
    to_location INTEGER NOT NULL,
    to_bucket INTEGER NOT NULL,
    to_after INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    channel INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    line TEXT NOT NULL
);
CREATE INDEX movement_sku ON movement (sku, n);
-- One row per commit: what it added to the log, and the hash that chains it to the one before.
CREATE TABLE log_commit (
    n INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    last_movement INTEGER NOT NULL,
    hash BLOB NOT NULL
);

CREATE TABLE delivery (
    n INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    topic TEXT NOT NULL,
    received_at_us INTEGER NOT NULL,
    key_high INTEGER NOT NULL,
    key_low INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL,
    order_id TEXT NOT NULL,
    version TEXT NOT NULL,
    body BLOB NOT NULL
);
-- Half of the digest: an index on 64 bits costs half of one on the whole key.
CREATE INDEX delivery_key ON delivery (key_high);
-- Parked ones (state 3) are few, and looked up when a mapping appears.
CREATE INDEX delivery_parked ON delivery (channel, order_id) WHERE state = 3;

CREATE TABLE push (
    n INTEGER PRIMARY KEY,
    listing INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    sku INTEGER NOT NULL,
    value INTEGER NOT NULL,
    compare INTEGER NOT NULL,
    key BLOB NOT NULL,
    state INTEGER NOT NULL,
    happened_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    committed_at_us INTEGER NOT NULL,
    sent_at_us INTEGER NOT NULL,
    answered_at_us INTEGER NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE incident (
    n INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    channel TEXT NOT NULL,
    sku TEXT NOT NULL,
    order_id TEXT NOT NULL,
    delivery INTEGER NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    action TEXT NOT NULL,
    opened_at_us INTEGER NOT NULL,
    resolved_at_us INTEGER NOT NULL
);
CREATE UNIQUE INDEX incident_open ON incident (code, subject) WHERE is_open;

CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    scope INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    is_revoked INTEGER NOT NULL
);
CREATE TABLE answer (
    key BLOB PRIMARY KEY,
    body_digest BLOB NOT NULL,
    status INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE hold (
    n INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    channel TEXT NOT NULL,
    state INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    lines TEXT NOT NULL
);
CREATE UNIQUE INDEX hold_owner ON hold (owner) WHERE state = 0;
CREATE INDEX hold_due ON hold (expires_at_us) WHERE state = 0;
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    channel INTEGER NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    result TEXT NOT NULL,
    review TEXT NOT NULL
);
