-- SPDX-License-Identifier: Apache-2.0
-- The tables of sqlite/migrations as PostgreSQL keeps them: whole numbers of 64 bits, and bytes. Texts are bytes too, so
-- that nothing a platform sends (a NUL, half a character) can be refused here, and so that their order is the order of
-- bytes on every server; `SET bytea_output = 'escape'` shows them as they read. Times are microseconds since 1970 UTC.
-- Rows that change with every sale leave room in their page, so that the new version needs no entry in an index.

CREATE TABLE meta (
    key BYTEA PRIMARY KEY,
    value BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE sku (
    id BIGINT PRIMARY KEY,
    code BYTEA NOT NULL,
    code_key BYTEA NOT NULL UNIQUE,
    title BYTEA NOT NULL,
    product BYTEA NOT NULL,
    options BYTEA NOT NULL,
    barcode BYTEA NOT NULL,
    buffer BIGINT NOT NULL,
    backorder BIGINT NOT NULL,
    stock_version BIGINT NOT NULL,
    has_moved BIGINT NOT NULL,
    is_bundle BIGINT NOT NULL,
    since_checkpoint BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE component (
    bundle BIGINT NOT NULL,
    part BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (bundle, part)
);

CREATE TABLE location (
    id BIGINT PRIMARY KEY,
    code BYTEA NOT NULL UNIQUE,
    name BYTEA NOT NULL,
    country BYTEA NOT NULL,
    region BYTEA NOT NULL,
    is_active BIGINT NOT NULL
);

CREATE TABLE channel (
    id BIGINT PRIMARY KEY,
    code BYTEA NOT NULL UNIQUE,
    connector BYTEA NOT NULL,
    mode BIGINT NOT NULL,
    paused BIGINT NOT NULL,
    settings BYTEA NOT NULL,
    secrets BYTEA NOT NULL,
    buffer BIGINT NOT NULL,
    percent BIGINT NOT NULL,
    cap BIGINT NOT NULL,
    route BYTEA NOT NULL,
    opened_at_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    read_through_us BIGINT NOT NULL,
    cutover_at_us BIGINT NOT NULL,
    watch_until_us BIGINT NOT NULL,
    cutover_job BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE listing (
    id BIGINT PRIMARY KEY,
    channel BIGINT NOT NULL,
    sku BIGINT NOT NULL,
    remote BYTEA NOT NULL,
    key BYTEA NOT NULL,
    stock_key BYTEA NOT NULL,
    location BIGINT NOT NULL,
    buffer BIGINT NOT NULL,
    percent BIGINT NOT NULL,
    cap BIGINT NOT NULL,
    min_to_list BIGINT NOT NULL,
    pack_size BIGINT NOT NULL CHECK (pack_size > 0),
    paused BIGINT NOT NULL,
    version BIGINT NOT NULL,
    is_known BIGINT NOT NULL,
    phase BIGINT NOT NULL,
    base_lo BIGINT NOT NULL,
    base_hi BIGINT NOT NULL,
    landed_lo BIGINT NOT NULL,
    landed_hi BIGINT NOT NULL,
    is_guarded BIGINT NOT NULL,
    push_value BIGINT NOT NULL,
    push_compare BIGINT NOT NULL,
    left_at_us BIGINT NOT NULL,
    synced_at_us BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    read_at_us BIGINT NOT NULL,
    is_explained BIGINT NOT NULL,
    unexplained BIGINT NOT NULL,
    unexplained_at_us BIGINT NOT NULL,
    sold_units BIGINT NOT NULL,
    sold_since_us BIGINT NOT NULL,
    push_key BYTEA NOT NULL,
    push_n BIGINT NOT NULL,
    sellable BIGINT NOT NULL,
    computed_sku_version BIGINT NOT NULL,
    computed_policy_version BIGINT NOT NULL,
    published BIGINT NOT NULL,
    published_at_us BIGINT NOT NULL,
    observed BIGINT NOT NULL,
    observed_at_us BIGINT NOT NULL,
    fault BIGINT NOT NULL,
    fault_reason BYTEA NOT NULL,
    doubted_at_us BIGINT NOT NULL,
    open_until_us BIGINT NOT NULL,
    open_units BIGINT NOT NULL,
    UNIQUE (channel, key, location)
) WITH (fillfactor = 80);

CREATE TABLE stock (
    sku BIGINT NOT NULL,
    location BIGINT NOT NULL,
    available BIGINT NOT NULL,
    held BIGINT NOT NULL CHECK (held >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    unavailable BIGINT NOT NULL CHECK (unavailable >= 0),
    in_transit BIGINT NOT NULL CHECK (in_transit >= 0),
    counted_at_us BIGINT NOT NULL,
    PRIMARY KEY (sku, location)
) WITH (fillfactor = 80);

CREATE TABLE stock_reason (
    sku BIGINT NOT NULL,
    location BIGINT NOT NULL,
    reason BYTEA NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (sku, location, reason)
);

CREATE TABLE orders (
    n BIGINT PRIMARY KEY,
    channel BIGINT NOT NULL,
    id BYTEA NOT NULL,
    version_text BYTEA NOT NULL,
    version BIGINT NOT NULL,
    placed_at_us BIGINT NOT NULL,
    decided_at_us BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    doc BYTEA NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE parked (
    channel BIGINT NOT NULL,
    key BYTEA NOT NULL,
    order_n BIGINT NOT NULL,
    PRIMARY KEY (channel, key, order_n)
);

CREATE TABLE event (
    n BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    kind BYTEA NOT NULL,
    channel BIGINT NOT NULL,
    subject BYTEA NOT NULL,
    facts BYTEA NOT NULL
);

CREATE TABLE movement (
    n BIGINT PRIMARY KEY,
    event BIGINT NOT NULL,
    recorded_at_us BIGINT NOT NULL,
    happened_at_us BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    sku BIGINT NOT NULL,
    from_location BIGINT NOT NULL,
    from_bucket BIGINT NOT NULL,
    from_after BIGINT NOT NULL,
    to_location BIGINT NOT NULL,
    to_bucket BIGINT NOT NULL,
    to_after BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    reason BYTEA NOT NULL,
    reference BYTEA NOT NULL,
    channel BIGINT NOT NULL,
    order_id BYTEA NOT NULL,
    line BYTEA NOT NULL
);

CREATE TABLE log_commit (
    n BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    last_movement BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE delivery (
    n BIGINT PRIMARY KEY,
    channel BIGINT NOT NULL,
    topic BYTEA NOT NULL,
    received_at_us BIGINT NOT NULL,
    key_high BIGINT NOT NULL,
    key_low BIGINT NOT NULL,
    state BIGINT NOT NULL,
    reason BYTEA NOT NULL,
    order_id BYTEA NOT NULL,
    version BYTEA NOT NULL,
    body BYTEA NOT NULL
);

CREATE TABLE push (
    n BIGINT PRIMARY KEY,
    listing BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    sku BIGINT NOT NULL,
    value BIGINT NOT NULL,
    compare BIGINT NOT NULL,
    key BYTEA NOT NULL,
    state BIGINT NOT NULL,
    happened_at_us BIGINT NOT NULL,
    received_at_us BIGINT NOT NULL,
    committed_at_us BIGINT NOT NULL,
    sent_at_us BIGINT NOT NULL,
    answered_at_us BIGINT NOT NULL,
    reason BYTEA NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE incident (
    n BIGINT PRIMARY KEY,
    code BYTEA NOT NULL,
    subject BYTEA NOT NULL,
    is_open BIGINT NOT NULL,
    channel BYTEA NOT NULL,
    sku BYTEA NOT NULL,
    order_id BYTEA NOT NULL,
    delivery BIGINT NOT NULL,
    title BYTEA NOT NULL,
    detail BYTEA NOT NULL,
    action BYTEA NOT NULL,
    opened_at_us BIGINT NOT NULL,
    resolved_at_us BIGINT NOT NULL,
    times BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    resolution BYTEA NOT NULL,
    resolved_by BYTEA NOT NULL
);

CREATE TABLE token (
    id BIGINT PRIMARY KEY,
    name BYTEA NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    scope BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    is_revoked BIGINT NOT NULL,
    expires_at_us BIGINT NOT NULL,
    used_day BIGINT NOT NULL,
    made_by BYTEA NOT NULL
);

CREATE TABLE answer (
    key BYTEA PRIMARY KEY,
    body_digest BYTEA NOT NULL,
    status BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    body BYTEA NOT NULL
);

CREATE TABLE hold (
    n BIGINT PRIMARY KEY,
    owner BYTEA NOT NULL,
    channel BYTEA NOT NULL,
    state BIGINT NOT NULL,
    expires_at_us BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    lines BYTEA NOT NULL
);

CREATE TABLE job (
    id BIGINT PRIMARY KEY,
    kind BYTEA NOT NULL,
    state BYTEA NOT NULL,
    error BYTEA NOT NULL,
    channel BIGINT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    result BYTEA NOT NULL,
    review BYTEA NOT NULL
);

CREATE TABLE transfer (
    id BIGINT PRIMARY KEY,
    state BIGINT NOT NULL,
    source BIGINT NOT NULL,
    destination BIGINT NOT NULL,
    reference BYTEA NOT NULL,
    lines BYTEA NOT NULL,
    created_at_us BIGINT NOT NULL,
    shipped_at_us BIGINT NOT NULL,
    closed_at_us BIGINT NOT NULL
);

CREATE TABLE count_session (
    id BIGINT PRIMARY KEY,
    state BIGINT NOT NULL,
    location BIGINT NOT NULL,
    reference BYTEA NOT NULL,
    reason BYTEA NOT NULL,
    is_blind BIGINT NOT NULL,
    is_listed BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    closed_at_us BIGINT NOT NULL
);

CREATE TABLE count_line (
    session BIGINT NOT NULL,
    sku BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    counted_at_us BIGINT NOT NULL,
    there BIGINT NOT NULL,
    PRIMARY KEY (session, sku)
);

CREATE TABLE alias (
    code_key BYTEA PRIMARY KEY,
    code BYTEA NOT NULL,
    sku BIGINT NOT NULL,
    since_us BIGINT NOT NULL,
    is_former BIGINT NOT NULL
);

CREATE TABLE checkpoint (
    sku BIGINT NOT NULL,
    movement BIGINT NOT NULL,
    balances BYTEA NOT NULL,
    PRIMARY KEY (sku, movement)
);

CREATE TABLE unlinked (
    channel BIGINT NOT NULL,
    key BYTEA NOT NULL,
    code_key BYTEA NOT NULL,
    job BIGINT NOT NULL,
    item BYTEA NOT NULL,
    PRIMARY KEY (channel, key)
);

CREATE TABLE difference (
    n BIGINT PRIMARY KEY,
    listing BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    sku BIGINT NOT NULL,
    mode BIGINT NOT NULL,
    cause BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    computed BIGINT NOT NULL,
    began_at_us BIGINT NOT NULL,
    seen_at_us BIGINT NOT NULL,
    ended_at_us BIGINT NOT NULL,
    times BIGINT NOT NULL
);

CREATE TABLE agreement (
    channel BIGINT NOT NULL,
    day BIGINT NOT NULL,
    readings BIGINT NOT NULL,
    agreed BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    differed BIGINT NOT NULL,
    oversold BIGINT NOT NULL,
    avoidable BIGINT NOT NULL,
    PRIMARY KEY (channel, day)
);

CREATE TABLE finding (
    id BIGINT PRIMARY KEY,
    channel BIGINT NOT NULL,
    job BIGINT NOT NULL,
    kind BYTEA NOT NULL,
    key BYTEA NOT NULL,
    code BYTEA NOT NULL,
    title BYTEA NOT NULL,
    remote BYTEA NOT NULL,
    other BYTEA NOT NULL,
    detail BYTEA NOT NULL,
    units BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);

CREATE TABLE opening_line (
    location BIGINT NOT NULL,
    sku BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (location, sku)
);

CREATE TABLE outlet (
    id BIGINT PRIMARY KEY,
    kind BIGINT NOT NULL,
    state BIGINT NOT NULL,
    url BYTEA NOT NULL,
    wants BIGINT NOT NULL,
    secrets BYTEA NOT NULL,
    old_secret_until_us BIGINT NOT NULL,
    told BIGINT NOT NULL,
    failing_since_us BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at_us BIGINT NOT NULL,
    last_status BIGINT NOT NULL,
    last_at_us BIGINT NOT NULL,
    reason BYTEA NOT NULL,
    created_at_us BIGINT NOT NULL
);

CREATE TABLE "user" (
    id BIGINT PRIMARY KEY,
    state BIGINT NOT NULL,
    name BYTEA NOT NULL,
    role BIGINT NOT NULL,
    password BYTEA NOT NULL,
    totp BYTEA NOT NULL,
    totp_next BYTEA NOT NULL,
    totp_used BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    last_login_at_us BIGINT NOT NULL
);

CREATE TABLE session (
    id BIGINT PRIMARY KEY,
    "user" BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    created_at_us BIGINT NOT NULL,
    seen_at_us BIGINT NOT NULL
);

CREATE TABLE audit (
    n BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    actor BYTEA NOT NULL,
    via BIGINT NOT NULL,
    action BYTEA NOT NULL,
    object BYTEA NOT NULL,
    detail BYTEA NOT NULL,
    address BYTEA NOT NULL,
    event BIGINT NOT NULL
);

CREATE INDEX component_part ON component (part);
CREATE INDEX listing_sku ON listing (sku);
CREATE INDEX listing_stock_key ON listing (channel, stock_key);
CREATE UNIQUE INDEX orders_id ON orders (channel, id);
CREATE INDEX movement_sku ON movement (sku, n);
CREATE INDEX delivery_key ON delivery (key_high);
CREATE INDEX delivery_parked ON delivery (channel, order_id) WHERE state = 3;
CREATE UNIQUE INDEX incident_open ON incident (code, subject) WHERE is_open <> 0;
CREATE UNIQUE INDEX hold_owner ON hold (owner) WHERE state = 0;
CREATE INDEX hold_due ON hold (expires_at_us) WHERE state = 0;
CREATE INDEX alias_sku ON alias (sku);
CREATE INDEX movement_late ON movement (sku, n, happened_at_us) WHERE recorded_at_us - happened_at_us > 120000000;
CREATE INDEX movement_early ON movement (sku, n, happened_at_us) WHERE happened_at_us > recorded_at_us;
CREATE INDEX unlinked_code ON unlinked (code_key);
CREATE INDEX push_listing ON push (listing, n);
CREATE INDEX difference_listing ON difference (listing, n);
CREATE INDEX difference_channel ON difference (channel, n);
CREATE INDEX finding_channel ON finding (channel);
CREATE INDEX push_sent ON push (sent_at_us);
CREATE INDEX event_incident ON event (n) WHERE kind = 'incident';
CREATE INDEX listing_channel ON listing (channel);

-- One row: where the log stands and which numbers are given. Whoever decides holds it, so that one node decides at a
-- time, and reads in it what the others did.
CREATE TABLE position (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    commit_n BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    last_movement BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    ids BYTEA NOT NULL
) WITH (fillfactor = 20);
INSERT INTO position VALUES (1, 0, 0, 0, '', '');

-- A row for each connection that decides, and the key of its last commit: a commit whose answer was lost is looked up
-- by it.
CREATE TABLE node (
    id BYTEA PRIMARY KEY,
    key BIGINT NOT NULL
) WITH (fillfactor = 50);
