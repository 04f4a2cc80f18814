-- SPDX-License-Identifier: Apache-2.0
-- The statements of stores that speak SQL, by name. Columns stand in the order in which store/rows reads and binds
-- them. What is written here SQLite and PostgreSQL both understand, but for those that postgres/postgres.sql says in
-- its own way. Keywords as names of tables and columns stand in quotes.

-- name: next_ids
SELECT (SELECT coalesce(max(id), 0) FROM sku), (SELECT coalesce(max(id), 0) FROM location),
       (SELECT coalesce(max(id), 0) FROM channel),
       max((SELECT coalesce(max(id), 0) FROM listing),
           coalesce((SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'listing_gone'), 0)),
       (SELECT coalesce(max(n), 0) FROM orders), (SELECT coalesce(max(n), 0) FROM event),
       (SELECT coalesce(max(n), 0) FROM movement), (SELECT coalesce(max(n), 0) FROM delivery),
       (SELECT coalesce(max(n), 0) FROM push), (SELECT coalesce(max(n), 0) FROM incident),
       (SELECT coalesce(max(id), 0) FROM token), (SELECT coalesce(max(n), 0) FROM hold),
       (SELECT coalesce(max(id), 0) FROM job), (SELECT coalesce(max(id), 0) FROM transfer),
       (SELECT coalesce(max(id), 0) FROM count_session), (SELECT coalesce(max(n), 0) FROM difference),
       (SELECT coalesce(max(id), 0) FROM finding), (SELECT coalesce(max(id), 0) FROM outlet),
       (SELECT coalesce(max(id), 0) FROM "user"), (SELECT coalesce(max(id), 0) FROM session),
       (SELECT coalesce(max(n), 0) FROM audit);

-- name: meta_get
SELECT CAST(value AS BIGINT) FROM meta WHERE key = ?;
-- name: meta_put
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: sku_by_id
SELECT id, code, code_key, title, product, options, barcode, buffer, backorder, stock_version, has_moved, is_bundle,
       since_checkpoint
FROM sku WHERE id = ?;
-- name: sku_by_code
SELECT id, code, code_key, title, product, options, barcode, buffer, backorder, stock_version, has_moved, is_bundle,
       since_checkpoint
FROM sku WHERE code_key = ?;
-- name: skus_list
SELECT id, code, code_key, title, product, options, barcode, buffer, backorder, stock_version, has_moved, is_bundle,
       since_checkpoint
FROM sku WHERE id > ?1 ORDER BY id LIMIT ?2;
-- name: skus_list_down
SELECT id, code, code_key, title, product, options, barcode, buffer, backorder, stock_version, has_moved, is_bundle,
       since_checkpoint
FROM sku WHERE id < ?1 ORDER BY id DESC LIMIT ?2;
-- name: sku_texts
SELECT id, code, title, product, barcode, (SELECT group_concat(code, char(10)) FROM alias WHERE alias.sku = s.id)
FROM sku AS s WHERE id > ?1 ORDER BY id LIMIT ?2;
-- name: sku_texts_down
SELECT id, code, title, product, barcode, (SELECT group_concat(code, char(10)) FROM alias WHERE alias.sku = s.id)
FROM sku AS s WHERE id < ?1 ORDER BY id DESC LIMIT ?2;
-- name: stock_lines
SELECT id, code_key, is_bundle,
       CASE WHEN (?3 & 1) <> 0 THEN (SELECT CAST(sum(available) AS BIGINT) FROM stock WHERE sku = s.id) END,
       CASE WHEN (?3 & 1) <> 0 THEN (SELECT CAST(sum(reserved) AS BIGINT) FROM stock WHERE sku = s.id) END,
       CASE WHEN (?3 & 1) <> 0 THEN (SELECT CAST(sum(available + held + reserved + unavailable) AS BIGINT) FROM stock
                                     WHERE sku = s.id) END,
       CASE WHEN (?3 & 2) <> 0 THEN (SELECT count(*) FROM listing WHERE sku = s.id) END,
       CASE WHEN (?3 & 4) <> 0 THEN (SELECT min(CASE WHEN published_at_us > observed_at_us THEN published_at_us
                                                     ELSE observed_at_us END) FROM listing WHERE sku = s.id) END,
       CASE WHEN (?3 & 8) <> 0 THEN (SELECT count(*) FROM listing AS l WHERE l.sku = s.id AND 0 =
           (SELECT ended_at_us FROM difference WHERE listing = l.id ORDER BY n DESC LIMIT 1)) END
FROM sku AS s WHERE id > ?1 AND id <= ?2 ORDER BY id;
-- name: skus_walk
SELECT id, code, code_key, title, product, options, barcode, buffer, backorder, stock_version, has_moved, is_bundle,
       since_checkpoint
FROM sku WHERE code_key > ? ORDER BY code_key LIMIT ?;
-- name: bundles_of
SELECT s.id, s.code, s.code_key, s.title, s.product, s.options, s.barcode, s.buffer, s.backorder, s.stock_version,
       s.has_moved, s.is_bundle, s.since_checkpoint
FROM component c JOIN sku s ON s.id = c.bundle WHERE c.part = ? ORDER BY s.id;
-- name: sku_put
INSERT INTO sku (id, code, code_key, title, product, options, barcode, buffer, backorder, stock_version, has_moved,
                 is_bundle, since_checkpoint)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, code_key = excluded.code_key, title = excluded.title,
    product = excluded.product, options = excluded.options, barcode = excluded.barcode, buffer = excluded.buffer,
    backorder = excluded.backorder, stock_version = excluded.stock_version, has_moved = excluded.has_moved,
    is_bundle = excluded.is_bundle, since_checkpoint = excluded.since_checkpoint;
-- name: sku_moved
UPDATE sku SET stock_version = ?2, has_moved = ?3, since_checkpoint = ?4 WHERE id = ?1;
-- name: components
SELECT part, quantity FROM component WHERE bundle = ? ORDER BY part;
-- name: components_clear
DELETE FROM component WHERE bundle = ?;
-- name: component_put
INSERT INTO component (bundle, part, quantity) VALUES (?, ?, ?);

-- name: locations
SELECT id, code, name, country, region, is_active FROM location ORDER BY id;
-- name: location_put
INSERT INTO location (id, code, name, country, region, is_active) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, country = excluded.country,
    region = excluded.region, is_active = excluded.is_active;

-- name: channels
SELECT id, code, connector, mode, paused, settings, secrets, buffer, percent, cap, route, opened_at_us, version,
       read_through_us, cutover_at_us, watch_until_us, cutover_job
FROM channel ORDER BY id;
-- name: channel_put
INSERT INTO channel (id, code, connector, mode, paused, settings, secrets, buffer, percent, cap, route,
                     opened_at_us, version, read_through_us, cutover_at_us, watch_until_us, cutover_job)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    code = excluded.code, connector = excluded.connector, mode = excluded.mode, paused = excluded.paused,
    settings = excluded.settings, secrets = excluded.secrets, buffer = excluded.buffer,
    percent = excluded.percent, cap = excluded.cap, route = excluded.route, opened_at_us = excluded.opened_at_us,
    version = excluded.version, read_through_us = excluded.read_through_us, cutover_at_us = excluded.cutover_at_us,
    watch_until_us = excluded.watch_until_us, cutover_job = excluded.cutover_job;

-- name: listing_by_id
SELECT * FROM listing WHERE id = ?;
-- "+id": else the channel's index is taken, which has them in that order, and all of them are read.
-- name: listings_by_key
SELECT * FROM listing WHERE channel = ? AND key = ? ORDER BY +id;
-- name: listings_by_stock_key
SELECT * FROM listing WHERE channel = ? AND stock_key = ? ORDER BY id;
-- name: listings_of_sku
SELECT * FROM listing WHERE sku = ? ORDER BY id;
-- name: listing_refs
SELECT id, channel FROM listing WHERE sku = ?1
UNION ALL
SELECT l.id, l.channel FROM component c JOIN listing l ON l.sku = c.bundle WHERE c.part = ?1;
-- name: listings_list
SELECT * FROM listing WHERE id > ?1 ORDER BY id LIMIT ?2;
-- name: listings_list_down
SELECT * FROM listing WHERE id < ?1 ORDER BY id DESC LIMIT ?2;
-- name: listings_list_channel
SELECT * FROM listing WHERE id > ?1 AND channel = ?3 ORDER BY id LIMIT ?2;
-- name: listings_list_channel_down
SELECT * FROM listing WHERE id < ?1 AND channel = ?3 ORDER BY id DESC LIMIT ?2;
-- name: listings_list_sku
SELECT * FROM listing WHERE id > ?1 AND sku = ?3 AND (?4 = 0 OR channel = ?4) ORDER BY id LIMIT ?2;
-- name: listings_list_sku_down
SELECT * FROM listing WHERE id < ?1 AND sku = ?3 AND (?4 = 0 OR channel = ?4) ORDER BY id DESC LIMIT ?2;
-- name: listings_walk
SELECT * FROM listing WHERE channel = ? AND (key, location) > (?, ?) ORDER BY key, location LIMIT ?;
-- name: listing_put
INSERT INTO listing
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    channel = excluded.channel, sku = excluded.sku, remote = excluded.remote, key = excluded.key,
    stock_key = excluded.stock_key, location = excluded.location, buffer = excluded.buffer,
    percent = excluded.percent, cap = excluded.cap, min_to_list = excluded.min_to_list,
    pack_size = excluded.pack_size, paused = excluded.paused, version = excluded.version,
    is_known = excluded.is_known, phase = excluded.phase, base_lo = excluded.base_lo, base_hi = excluded.base_hi,
    landed_lo = excluded.landed_lo, landed_hi = excluded.landed_hi, is_guarded = excluded.is_guarded,
    push_value = excluded.push_value, push_compare = excluded.push_compare, left_at_us = excluded.left_at_us,
    synced_at_us = excluded.synced_at_us, seq = excluded.seq, read_at_us = excluded.read_at_us,
    is_explained = excluded.is_explained, unexplained = excluded.unexplained,
    unexplained_at_us = excluded.unexplained_at_us, sold_units = excluded.sold_units,
    sold_since_us = excluded.sold_since_us, push_key = excluded.push_key, push_n = excluded.push_n,
    sellable = excluded.sellable, computed_sku_version = excluded.computed_sku_version,
    computed_policy_version = excluded.computed_policy_version, published = excluded.published,
    published_at_us = excluded.published_at_us, observed = excluded.observed,
    observed_at_us = excluded.observed_at_us, fault = excluded.fault, fault_reason = excluded.fault_reason,
    doubted_at_us = excluded.doubted_at_us, open_until_us = excluded.open_until_us,
    open_units = excluded.open_units;
-- name: listing_update
UPDATE listing SET is_known = ?2, phase = ?3, base_lo = ?4, base_hi = ?5, landed_lo = ?6, landed_hi = ?7,
    is_guarded = ?8, push_value = ?9, push_compare = ?10, left_at_us = ?11, synced_at_us = ?12, seq = ?13,
    read_at_us = ?14, is_explained = ?15, unexplained = ?16, unexplained_at_us = ?17, sold_units = ?18,
    sold_since_us = ?19, push_key = ?20, push_n = ?21, sellable = ?22, computed_sku_version = ?23,
    computed_policy_version = ?24, published = ?25, published_at_us = ?26, observed = ?27, observed_at_us = ?28,
    fault = ?29, fault_reason = ?30, doubted_at_us = ?31, open_until_us = ?32, open_units = ?33
WHERE id = ?1;
-- name: listing_delete
DELETE FROM listing WHERE id = ?;
-- name: listing_gone
INSERT INTO meta (key, value) VALUES ('listing_gone', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value
WHERE CAST(excluded.value AS BIGINT) > CAST(meta.value AS BIGINT);

-- name: stock
SELECT location, available, held, reserved, unavailable, in_transit, counted_at_us FROM stock WHERE sku = ?
ORDER BY location;
-- name: stock_reasons
SELECT location, reason, quantity FROM stock_reason WHERE sku = ? ORDER BY location, reason;
-- name: stock_put
INSERT INTO stock (sku, location, available, held, reserved, unavailable, in_transit, counted_at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (sku, location) DO UPDATE SET available = excluded.available, held = excluded.held,
    reserved = excluded.reserved, unavailable = excluded.unavailable, in_transit = excluded.in_transit,
    counted_at_us = excluded.counted_at_us;
-- name: stock_reason_put
INSERT INTO stock_reason (sku, location, reason, quantity) VALUES (?, ?, ?, ?)
ON CONFLICT (sku, location, reason) DO UPDATE SET quantity = excluded.quantity;

-- name: order_by_id
SELECT n, channel, id, version_text, version, placed_at_us, decided_at_us, digest, doc FROM orders
WHERE channel = ? AND id = ?;
-- name: order_by_n
SELECT n, channel, id, version_text, version, placed_at_us, decided_at_us, digest, doc FROM orders WHERE n = ?;
-- name: orders_up
SELECT n, channel, id, version_text, version, placed_at_us, decided_at_us, digest, doc FROM orders
WHERE n > ?1 AND (?2 = 0 OR channel = ?2) ORDER BY n LIMIT ?3;
-- name: orders_down
SELECT n, channel, id, version_text, version, placed_at_us, decided_at_us, digest, doc FROM orders
WHERE n < ?1 AND (?2 = 0 OR channel = ?2) ORDER BY n DESC LIMIT ?3;
-- name: orders_walk
SELECT n, channel, id, version_text, version, placed_at_us, decided_at_us, digest, doc FROM orders
WHERE channel = ? AND id > ? ORDER BY id LIMIT ?;
-- name: order_put
INSERT INTO orders (n, channel, id, version_text, version, placed_at_us, decided_at_us, digest, doc)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (n) DO UPDATE SET version_text = excluded.version_text, version = excluded.version,
    placed_at_us = excluded.placed_at_us, decided_at_us = excluded.decided_at_us, digest = excluded.digest,
    doc = excluded.doc;
-- name: parked
SELECT channel, key, order_n FROM parked WHERE channel = ? AND key = ? ORDER BY order_n;
-- name: parked_walk
SELECT channel, key, order_n FROM parked WHERE channel = ? AND (key, order_n) > (?, ?) ORDER BY key, order_n LIMIT ?;
-- name: parked_put
INSERT INTO parked (channel, key, order_n) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;
-- name: parked_delete
DELETE FROM parked WHERE channel = ? AND key = ? AND order_n = ?;

-- name: event_put
INSERT INTO event (n, at_us, kind, channel, subject, facts) VALUES (?, ?, ?, ?, ?, ?);
-- name: events_up
SELECT n, at_us, kind, channel, subject, facts FROM event
WHERE n > ?1 AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR at_us >= ?3) AND (?4 = 0 OR at_us < ?4) ORDER BY n LIMIT ?5;
-- name: events_down
SELECT n, at_us, kind, channel, subject, facts FROM event
WHERE n < ?1 AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR at_us >= ?3) AND (?4 = 0 OR at_us < ?4)
ORDER BY n DESC LIMIT ?5;
-- name: movement_put
INSERT INTO movement (n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after,
                      to_location, to_bucket, to_after, quantity, reason, reference, channel, order_id, line)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- name: movements_up
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement
WHERE n > ?1 AND (?2 = 0 OR sku = ?2) AND (?3 = 0 OR from_location = ?3 OR to_location = ?3)
  AND (?4 = 0 OR channel = ?4) AND (?5 IS NULL OR order_id = ?5) AND (?6 = 0 OR recorded_at_us >= ?6)
  AND (?7 = 0 OR recorded_at_us < ?7)
ORDER BY n LIMIT ?8;
-- name: movements_down
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement
WHERE n < ?1 AND (?2 = 0 OR sku = ?2) AND (?3 = 0 OR from_location = ?3 OR to_location = ?3)
  AND (?4 = 0 OR channel = ?4) AND (?5 IS NULL OR order_id = ?5) AND (?6 = 0 OR recorded_at_us >= ?6)
  AND (?7 = 0 OR recorded_at_us < ?7)
ORDER BY n DESC LIMIT ?8;
-- name: movements_of_sku
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement
WHERE n > ?1 AND sku = ?2 AND (?3 = 0 OR from_location = ?3 OR to_location = ?3)
  AND (?4 = 0 OR channel = ?4) AND (?5 IS NULL OR order_id = ?5) AND (?6 = 0 OR recorded_at_us >= ?6)
  AND (?7 = 0 OR recorded_at_us < ?7)
ORDER BY n LIMIT ?8;
-- name: movements_of_sku_down
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement
WHERE n < ?1 AND sku = ?2 AND (?3 = 0 OR from_location = ?3 OR to_location = ?3)
  AND (?4 = 0 OR channel = ?4) AND (?5 IS NULL OR order_id = ?5) AND (?6 = 0 OR recorded_at_us >= ?6)
  AND (?7 = 0 OR recorded_at_us < ?7)
ORDER BY n DESC LIMIT ?8;

-- name: movements_all
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement ORDER BY n;
-- name: movements_by_order
SELECT channel, order_id, kind, sku, from_location, from_bucket, to_location, to_bucket, quantity, reason
FROM movement WHERE order_id <> '' ORDER BY channel, order_id;
-- name: balances_forget
UPDATE stock SET available = 0, held = 0, reserved = 0, unavailable = 0, in_transit = 0;
-- name: reasons_forget
DELETE FROM stock_reason;
-- name: checkpoints_forget
DELETE FROM checkpoint;
-- name: moved_forget
UPDATE sku SET has_moved = 0, since_checkpoint = 0;

-- name: commit_put
INSERT INTO log_commit (n, at_us, last_event, last_movement, hash) VALUES (?, ?, ?, ?, ?);
-- name: commit_last
SELECT n, at_us, last_event, last_movement, hash FROM log_commit ORDER BY n DESC LIMIT 1;
-- name: commit_at
SELECT n, at_us, last_event, last_movement, hash FROM log_commit WHERE n = ?;
-- name: chain_events
SELECT n, at_us, kind, channel, subject, facts FROM event WHERE n > ? AND n <= ? ORDER BY n;
-- name: chain_movements
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement WHERE n > ? AND n <= ? ORDER BY n;
-- name: counts
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM movement);

-- name: delivery_seen
SELECT 1 FROM delivery WHERE key_high = ? AND key_low = ? LIMIT 1;
-- name: delivery_by_n
SELECT n, channel, topic, received_at_us, key_high, key_low, state, reason, order_id, version, body
FROM delivery WHERE n = ?;
-- name: deliveries_parked
SELECT n, channel, topic, received_at_us, key_high, key_low, state, reason, order_id, version, ''
FROM delivery WHERE channel = ? AND order_id = ? AND state = 3 ORDER BY n;
-- name: deliveries_up
SELECT n, channel, topic, received_at_us, key_high, key_low, state, reason, order_id, version, ''
FROM delivery
WHERE n > ?1 AND (?2 = 0 OR channel = ?2) AND (?3 < 0 OR state = ?3) AND (?4 IS NULL OR order_id = ?4)
  AND (?5 = 0 OR received_at_us >= ?5) AND (?6 = 0 OR received_at_us < ?6)
ORDER BY n LIMIT ?7;
-- name: deliveries_down
SELECT n, channel, topic, received_at_us, key_high, key_low, state, reason, order_id, version, ''
FROM delivery
WHERE n < ?1 AND (?2 = 0 OR channel = ?2) AND (?3 < 0 OR state = ?3) AND (?4 IS NULL OR order_id = ?4)
  AND (?5 = 0 OR received_at_us >= ?5) AND (?6 = 0 OR received_at_us < ?6)
ORDER BY n DESC LIMIT ?7;
-- name: delivery_put
INSERT INTO delivery (n, channel, topic, received_at_us, key_high, key_low, state, reason, order_id, version, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- name: delivery_update
UPDATE delivery SET state = ?2, reason = ?3, order_id = ?4, version = ?5 WHERE n = ?1;

-- name: bodies_next
SELECT n, received_at_us FROM delivery WHERE n > ? ORDER BY n LIMIT ?;
-- name: bodies_erase
UPDATE delivery SET body = '' WHERE n > ? AND n <= ?;

-- name: push_put
INSERT INTO push (n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us,
                             committed_at_us, sent_at_us, answered_at_us, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (n) DO UPDATE SET listing = excluded.listing, channel = excluded.channel, sku = excluded.sku,
    value = excluded.value, compare = excluded.compare, key = excluded.key, state = excluded.state,
    happened_at_us = excluded.happened_at_us, received_at_us = excluded.received_at_us,
    committed_at_us = excluded.committed_at_us, sent_at_us = excluded.sent_at_us,
    answered_at_us = excluded.answered_at_us, reason = excluded.reason;
-- name: pushes_up
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push
WHERE n > ?1 AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4)
  AND (?5 < 0 OR state = ?5) ORDER BY n LIMIT ?6;
-- name: pushes_down
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push
WHERE n < ?1 AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4)
  AND (?5 < 0 OR state = ?5) ORDER BY n DESC LIMIT ?6;
-- Of a range of time, by the moment at which they left. Behind a push that is not there stands nothing (NULL).
-- name: pushes_sent_up
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push
WHERE sent_at_us >= CASE ?1 WHEN 0 THEN ?7 ELSE (SELECT max(sent_at_us, ?7) FROM push WHERE n = ?1) END
  AND sent_at_us < ?8 AND (?1 = 0 OR sent_at_us > (SELECT sent_at_us FROM push WHERE n = ?1) OR n > ?1)
  AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4) AND (?5 < 0 OR state = ?5)
ORDER BY sent_at_us, n LIMIT ?6;
-- name: pushes_sent_down
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push
WHERE sent_at_us <= CASE ?1 WHEN 0 THEN ?8 - 1 ELSE (SELECT min(sent_at_us, ?8 - 1) FROM push WHERE n = ?1) END
  AND sent_at_us >= ?7 AND (?1 = 0 OR sent_at_us < (SELECT sent_at_us FROM push WHERE n = ?1) OR n < ?1)
  AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4) AND (?5 < 0 OR state = ?5)
ORDER BY sent_at_us DESC, n DESC LIMIT ?6;

-- name: pushes_of_listing
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push WHERE listing = ?1 AND n < ?2 AND (?3 < 0 OR state = ?3) ORDER BY n DESC LIMIT ?4;

-- name: incident_open
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident WHERE code = ? AND subject = ? AND is_open;
-- name: incident_by_n
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident WHERE n = ?;
-- name: incidents_up
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident WHERE n > ?1 AND (?2 < 0 OR is_open = ?2) AND (?3 IS NULL OR code = ?3) ORDER BY n LIMIT ?4;
-- name: incidents_down
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident WHERE n < ?1 AND (?2 < 0 OR is_open = ?2) AND (?3 IS NULL OR code = ?3) ORDER BY n DESC LIMIT ?4;
-- name: incidents_open
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident INDEXED BY incident_open WHERE is_open AND n > ?1 AND (?2 IS NULL OR code = ?2) ORDER BY n LIMIT ?3;
-- name: incident_put
INSERT INTO incident (n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action,
                      opened_at_us, resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (n) DO UPDATE SET
    code = excluded.code, subject = excluded.subject, is_open = excluded.is_open, channel = excluded.channel,
    sku = excluded.sku, order_id = excluded.order_id, delivery = excluded.delivery, title = excluded.title,
    detail = excluded.detail, action = excluded.action, opened_at_us = excluded.opened_at_us,
    resolved_at_us = excluded.resolved_at_us, times = excluded.times, updated_at_us = excluded.updated_at_us,
    until_us = excluded.until_us, resolution = excluded.resolution, resolved_by = excluded.resolved_by;

-- name: differences_up
SELECT n, listing, channel, sku, mode, cause, shown, computed, began_at_us, seen_at_us, ended_at_us, times
FROM difference
WHERE n > ?1 AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4)
  AND (?5 < 0 OR (ended_at_us = 0) = (?5 = 1)) AND began_at_us >= ?6 AND (?7 = 0 OR began_at_us < ?7)
ORDER BY n LIMIT ?8;
-- name: differences_down
SELECT n, listing, channel, sku, mode, cause, shown, computed, began_at_us, seen_at_us, ended_at_us, times
FROM difference
WHERE n < ?1 AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4)
  AND (?5 < 0 OR (ended_at_us = 0) = (?5 = 1)) AND began_at_us >= ?6 AND (?7 = 0 OR began_at_us < ?7)
ORDER BY n DESC LIMIT ?8;
-- name: differences_of_listing
SELECT n, listing, channel, sku, mode, cause, shown, computed, began_at_us, seen_at_us, ended_at_us, times
FROM difference WHERE listing = ?1 AND n < ?2 ORDER BY n DESC LIMIT ?3;
-- name: difference_put
INSERT INTO difference (n, listing, channel, sku, mode, cause, shown, computed, began_at_us, seen_at_us,
                        ended_at_us, times)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (n) DO UPDATE SET
    mode = excluded.mode, cause = excluded.cause, shown = excluded.shown, computed = excluded.computed,
    seen_at_us = excluded.seen_at_us, ended_at_us = excluded.ended_at_us, times = excluded.times;
-- name: agreements
SELECT channel, day, readings, agreed, waiting, differed, oversold, avoidable
FROM agreement WHERE channel = ? AND day >= ? AND day <= ? ORDER BY day;
-- name: agreement_put
INSERT INTO agreement (channel, day, readings, agreed, waiting, differed, oversold, avoidable)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (channel, day) DO UPDATE SET
    readings = excluded.readings, agreed = excluded.agreed, waiting = excluded.waiting,
    differed = excluded.differed, oversold = excluded.oversold, avoidable = excluded.avoidable;

-- name: tokens
SELECT id, name, hash, scope, created_at_us, is_revoked, expires_at_us, used_day, made_by FROM token ORDER BY id;
-- name: token_put
INSERT INTO token (id, name, hash, scope, created_at_us, is_revoked, expires_at_us, used_day, made_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, hash = excluded.hash, scope = excluded.scope, created_at_us = excluded.created_at_us,
    is_revoked = excluded.is_revoked, expires_at_us = excluded.expires_at_us, used_day = excluded.used_day,
    made_by = excluded.made_by;
-- name: answer
SELECT key, body_digest, status, at_us, body FROM answer WHERE key = ?;
-- name: answer_put
INSERT INTO answer (key, body_digest, status, at_us, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET body_digest = excluded.body_digest, status = excluded.status,
    at_us = excluded.at_us, body = excluded.body;

-- name: hold_by_n
SELECT n, owner, channel, state, expires_at_us, created_at_us, lines FROM hold WHERE n = ?;
-- name: hold_of_owner
SELECT n, owner, channel, state, expires_at_us, created_at_us, lines FROM hold WHERE owner = ? AND state = 0;
-- name: holds_due
SELECT n, owner, channel, state, expires_at_us, created_at_us, lines FROM hold
WHERE state = 0 AND expires_at_us <= ? ORDER BY expires_at_us, n LIMIT ?;
-- name: holds_list
SELECT n, owner, channel, state, expires_at_us, created_at_us, lines FROM hold
WHERE n > ?1 AND (?2 < 0 OR state = ?2) ORDER BY n LIMIT ?3;
-- name: holds_list_down
SELECT n, owner, channel, state, expires_at_us, created_at_us, lines FROM hold
WHERE n < ?1 AND (?2 < 0 OR state = ?2) ORDER BY n DESC LIMIT ?3;
-- name: hold_put
INSERT INTO hold (n, owner, channel, state, expires_at_us, created_at_us, lines)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (n) DO UPDATE SET
    owner = excluded.owner, channel = excluded.channel, state = excluded.state,
    expires_at_us = excluded.expires_at_us, created_at_us = excluded.created_at_us, lines = excluded.lines;
-- name: job
SELECT id, kind, state, error, channel, done, total, created_at_us, result, review FROM job WHERE id = ?;
-- name: jobs_open
SELECT id, kind, state, error, channel, done, total, created_at_us, result, review FROM job
WHERE state IN ('queued', 'running') ORDER BY id;
-- name: job_put
INSERT INTO job (id, kind, state, error, channel, done, total, created_at_us, result, review)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state, error = excluded.error,
    channel = excluded.channel, done = excluded.done, total = excluded.total,
    created_at_us = excluded.created_at_us, result = excluded.result, review = excluded.review;

-- name: transfer
SELECT id, state, source, destination, reference, lines, created_at_us, shipped_at_us, closed_at_us
FROM transfer WHERE id = ?;
-- name: transfers_up
SELECT id, state, source, destination, reference, lines, created_at_us, shipped_at_us, closed_at_us
FROM transfer WHERE id > ?1 AND (?2 < 0 OR state = ?2) ORDER BY id LIMIT ?3;
-- name: transfers_down
SELECT id, state, source, destination, reference, lines, created_at_us, shipped_at_us, closed_at_us
FROM transfer WHERE id < ?1 AND (?2 < 0 OR state = ?2) ORDER BY id DESC LIMIT ?3;
-- name: transfer_put
INSERT INTO transfer (id, state, source, destination, reference, lines, created_at_us, shipped_at_us, closed_at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, lines = excluded.lines, shipped_at_us = excluded.shipped_at_us,
    closed_at_us = excluded.closed_at_us;

-- name: count_session
SELECT id, state, location, reference, reason, is_blind, is_listed, created_at_us, closed_at_us
FROM count_session WHERE id = ?;
-- name: counts_up
SELECT id, state, location, reference, reason, is_blind, is_listed, created_at_us, closed_at_us
FROM count_session WHERE id > ?1 AND (?2 < 0 OR state = ?2) ORDER BY id LIMIT ?3;
-- name: counts_down
SELECT id, state, location, reference, reason, is_blind, is_listed, created_at_us, closed_at_us
FROM count_session WHERE id < ?1 AND (?2 < 0 OR state = ?2) ORDER BY id DESC LIMIT ?3;
-- name: count_put
INSERT INTO count_session (id, state, location, reference, reason, is_blind, is_listed, created_at_us, closed_at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, reason = excluded.reason, closed_at_us = excluded.closed_at_us;
-- name: count_lines
SELECT session, sku, counted, counted_at_us, there FROM count_line WHERE session = ? ORDER BY sku;
-- name: count_line_put
INSERT INTO count_line (session, sku, counted, counted_at_us, there) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (session, sku) DO UPDATE SET counted = excluded.counted, counted_at_us = excluded.counted_at_us,
    there = excluded.there;

-- name: alias_by_code
SELECT code_key, code, sku, since_us, is_former FROM alias WHERE code_key = ?;
-- name: aliases_of_sku
SELECT code_key, code, sku, since_us, is_former FROM alias WHERE sku = ? ORDER BY since_us, code_key;
-- name: alias_put
INSERT INTO alias (code_key, code, sku, since_us, is_former) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (code_key) DO UPDATE SET code = excluded.code, sku = excluded.sku, since_us = excluded.since_us,
    is_former = excluded.is_former;
-- name: alias_delete
DELETE FROM alias WHERE code_key = ?;

-- name: checkpoint
SELECT sku, movement, balances FROM checkpoint WHERE sku = ? AND movement <= ? ORDER BY movement DESC LIMIT 1;
-- name: checkpoint_put
INSERT INTO checkpoint (sku, movement, balances) VALUES (?, ?, ?)
ON CONFLICT (sku, movement) DO UPDATE SET balances = excluded.balances;
-- name: movements_late
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement INDEXED BY movement_late
WHERE sku = ?1 AND n > ?2 AND recorded_at_us - happened_at_us > 120000000 AND happened_at_us <= ?3
ORDER BY n LIMIT ?4;

-- name: movements_early
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement INDEXED BY movement_early
WHERE sku = ?1 AND n > ?2 AND n <= ?3 AND happened_at_us > recorded_at_us AND happened_at_us > ?4
ORDER BY n LIMIT ?5;

-- name: unlinked_by_code
SELECT channel, key, code_key, job, item FROM unlinked WHERE code_key = ? ORDER BY channel, key;
-- name: unlinked_put
INSERT INTO unlinked (channel, key, code_key, job, item) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (channel, key) DO UPDATE SET code_key = excluded.code_key, job = excluded.job, item = excluded.item;
-- name: unlinked_delete
DELETE FROM unlinked WHERE channel = ? AND key = ?;
-- name: unlinked_delete_older
DELETE FROM unlinked WHERE channel = ? AND job < ?;

-- name: findings_list
SELECT id, channel, job, kind, key, code, title, remote, other, detail, units, at_us FROM finding
WHERE id > ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY id LIMIT ?3;
-- name: findings_list_channel
SELECT id, channel, job, kind, key, code, title, remote, other, detail, units, at_us FROM finding
WHERE id > ?1 AND (?2 IS NULL OR kind = ?2) AND channel = ?4 ORDER BY id LIMIT ?3;
-- name: finding_put
INSERT INTO finding (id, channel, job, kind, key, code, title, remote, other, detail, units, at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- name: findings_delete_others
DELETE FROM finding WHERE channel = ? AND job <> ?;

-- name: opening_lines
SELECT location, sku, quantity, at_us FROM opening_line WHERE location = ? AND sku > ? ORDER BY sku LIMIT ?;
-- name: opening_line_put
INSERT INTO opening_line (location, sku, quantity, at_us) VALUES (?, ?, ?, ?)
ON CONFLICT (location, sku) DO UPDATE SET quantity = excluded.quantity, at_us = excluded.at_us;
-- name: opening_line_delete
DELETE FROM opening_line WHERE location = ? AND sku = ?;
-- name: opening_file_delete
DELETE FROM opening_line WHERE location = ?;

-- name: outlets
SELECT id, kind, state, url, wants, secrets, old_secret_until_us, told, failing_since_us, attempts, next_at_us,
       last_status, last_at_us, reason, created_at_us
FROM outlet ORDER BY id;
-- name: outlet_put
INSERT INTO outlet (id, kind, state, url, wants, secrets, old_secret_until_us, told, failing_since_us,
                               attempts, next_at_us, last_status, last_at_us, reason, created_at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state, url = excluded.url,
    wants = excluded.wants, secrets = excluded.secrets, old_secret_until_us = excluded.old_secret_until_us,
    told = excluded.told, failing_since_us = excluded.failing_since_us, attempts = excluded.attempts,
    next_at_us = excluded.next_at_us, last_status = excluded.last_status, last_at_us = excluded.last_at_us,
    reason = excluded.reason, created_at_us = excluded.created_at_us;
-- name: events_of_incidents
SELECT n, at_us, kind, channel, subject, facts FROM event INDEXED BY event_incident
WHERE kind = 'incident' AND n > ?1 ORDER BY n LIMIT ?2;

-- name: users
SELECT id, state, name, role, password, totp, totp_next, totp_used, created_at_us, last_login_at_us
FROM "user" ORDER BY id;
-- name: user_put
INSERT INTO "user" (id, state, name, role, password, totp, totp_next, totp_used, created_at_us,
    last_login_at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, name = excluded.name, role = excluded.role,
    password = excluded.password, totp = excluded.totp, totp_next = excluded.totp_next,
    totp_used = excluded.totp_used, created_at_us = excluded.created_at_us,
    last_login_at_us = excluded.last_login_at_us;
-- name: sessions
SELECT id, "user", hash, created_at_us, seen_at_us FROM session ORDER BY id;
-- name: session_put
INSERT INTO session (id, "user", hash, created_at_us, seen_at_us) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET "user" = excluded."user", hash = excluded.hash,
    created_at_us = excluded.created_at_us, seen_at_us = excluded.seen_at_us;
-- name: session_delete
DELETE FROM session WHERE id = ?;
-- name: audit_delete
DELETE FROM audit WHERE n = ?;
-- name: audits_down
SELECT n, at_us, actor, via, action, object, detail, address, event FROM audit
WHERE n < ?1 AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR actor = ?3) ORDER BY n DESC LIMIT ?4;
-- name: audits_up
SELECT n, at_us, actor, via, action, object, detail, address, event FROM audit
WHERE n > ?1 AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR actor = ?3) ORDER BY n LIMIT ?4;
-- name: audit_put
INSERT INTO audit (n, at_us, actor, via, action, object, detail, address, event)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);
