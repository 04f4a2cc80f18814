-- SPDX-License-Identifier: Apache-2.0
-- Statements of rows/statements.sql that PostgreSQL must be told in another way, and the driver's own.

-- name: next_ids
SELECT (SELECT coalesce(max(id), 0) FROM sku), (SELECT coalesce(max(id), 0) FROM location),
       (SELECT coalesce(max(id), 0) FROM channel),
       greatest((SELECT coalesce(max(id), 0) FROM listing),
                coalesce((SELECT value FROM meta WHERE key = 'listing_gone'), 0)),
       (SELECT coalesce(max(n), 0) FROM orders), (SELECT coalesce(max(n), 0) FROM event),
       (SELECT coalesce(max(n), 0) FROM movement), (SELECT coalesce(max(n), 0) FROM delivery),
       (SELECT coalesce(max(n), 0) FROM push), (SELECT coalesce(max(n), 0) FROM incident),
       (SELECT coalesce(max(id), 0) FROM token), (SELECT coalesce(max(n), 0) FROM hold),
       (SELECT coalesce(max(id), 0) FROM job), (SELECT coalesce(max(id), 0) FROM transfer),
       (SELECT coalesce(max(id), 0) FROM count_session), (SELECT coalesce(max(n), 0) FROM difference),
       (SELECT coalesce(max(id), 0) FROM finding), (SELECT coalesce(max(id), 0) FROM outlet),
       (SELECT coalesce(max(id), 0) FROM "user"), (SELECT coalesce(max(id), 0) FROM session),
       (SELECT coalesce(max(n), 0) FROM audit);

-- name: sku_texts
SELECT id, code, title, product, barcode, (SELECT string_agg(code, '\x0a') FROM alias WHERE alias.sku = s.id)
FROM sku AS s WHERE id > ?1 ORDER BY id LIMIT ?2;
-- name: sku_texts_down
SELECT id, code, title, product, barcode, (SELECT string_agg(code, '\x0a') FROM alias WHERE alias.sku = s.id)
FROM sku AS s WHERE id < ?1 ORDER BY id DESC LIMIT ?2;

-- name: pushes_sent_up
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push
WHERE sent_at_us >= CASE ?1 WHEN 0 THEN ?7 ELSE (SELECT greatest(sent_at_us, ?7) FROM push WHERE n = ?1) END
  AND sent_at_us < ?8 AND (?1 = 0 OR sent_at_us > (SELECT sent_at_us FROM push WHERE n = ?1) OR n > ?1)
  AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4) AND (?5 < 0 OR state = ?5)
ORDER BY sent_at_us, n LIMIT ?6;
-- name: pushes_sent_down
SELECT n, listing, channel, sku, value, compare, key, state, happened_at_us, received_at_us, committed_at_us,
       sent_at_us, answered_at_us, reason
FROM push
WHERE sent_at_us <= CASE ?1 WHEN 0 THEN ?8 - 1 ELSE (SELECT least(sent_at_us, ?8 - 1) FROM push WHERE n = ?1) END
  AND sent_at_us >= ?7 AND (?1 = 0 OR sent_at_us < (SELECT sent_at_us FROM push WHERE n = ?1) OR n < ?1)
  AND (?2 = 0 OR channel = ?2) AND (?3 = 0 OR listing = ?3) AND (?4 = 0 OR sku = ?4) AND (?5 < 0 OR state = ?5)
ORDER BY sent_at_us DESC, n DESC LIMIT ?6;

-- name: incident_open
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident WHERE code = ? AND subject = ? AND is_open <> 0;
-- name: incidents_open
SELECT n, code, subject, is_open, channel, sku, order_id, delivery, title, detail, action, opened_at_us,
       resolved_at_us, times, updated_at_us, until_us, resolution, resolved_by
FROM incident WHERE is_open <> 0 AND n > ?1 AND (?2 IS NULL OR code = ?2) ORDER BY n LIMIT ?3;

-- name: movements_late
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement
WHERE sku = ?1 AND n > ?2 AND recorded_at_us - happened_at_us > 120000000 AND happened_at_us <= ?3
ORDER BY n LIMIT ?4;
-- name: movements_early
SELECT n, event, recorded_at_us, happened_at_us, kind, sku, from_location, from_bucket, from_after, to_location,
       to_bucket, to_after, quantity, reason, reference, channel, order_id, line
FROM movement
WHERE sku = ?1 AND n > ?2 AND n <= ?3 AND happened_at_us > recorded_at_us AND happened_at_us > ?4
ORDER BY n LIMIT ?5;
-- name: events_of_incidents
SELECT n, at_us, kind, channel, subject, facts FROM event WHERE kind = 'incident' AND n > ?1 ORDER BY n LIMIT ?2;
