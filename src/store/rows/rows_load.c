/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by their keys, for turns. */
#include "store/rows/rows_internal.h"

static enum err
load_sku(struct sql_store *s, struct sql_stmt *q, struct arena *arena, struct sku_row **out)
{
    ONE(s, q, out, sku_read(q, arena));
    return sku_read_parts(s, *out, arena);
}

static enum err load_skus(struct store *store,
                          const struct sku_id *ids,
                          size_t n,
                          struct arena *arena,
                          struct sku_row **out)
{
    struct sql_store *s = sql_of(store);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = load_sku(s, sql_bind(s, SQL_SKU_BY_ID, "i", ids[i].v), arena, &out[i]);
    }
    return e;
}

static enum err load_skus_by_code(struct store *store,
                                  const struct slice *keys,
                                  size_t n,
                                  struct arena *arena,
                                  struct sku_row **out)
{
    struct sql_store *s = sql_of(store);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = load_sku(s, sql_bind(s, SQL_SKU_BY_CODE, "t", keys[i]), arena, &out[i]);
    }
    return e;
}

static enum err
load_bundles_of(struct store *store, struct sku_id part, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_BUNDLES_OF, "i", part.v);
    size_t before = out->count;
    ALL(s, q, arena, out, sku_read(q, arena));
    return skus_read_parts(s, out, before, arena);
}

static struct location_row *location_read(struct sql_stmt *q, struct arena *arena)
{
    struct location_row *row = ARENA_NEW(arena, struct location_row);
    if (row) {
        *row = (struct location_row){.id = {col_int(q, 0)},
                                     .code = col_text(q, 1, arena),
                                     .name = col_text(q, 2, arena),
                                     .country = col_text(q, 3, arena),
                                     .region = col_text(q, 4, arena),
                                     .is_active = col_bool(q, 5)};
    }
    return row;
}

static enum err load_locations(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_LOCATIONS, "");
    ALL(s, q, arena, out, location_read(q, arena));
    return ERR_OK;
}

static struct channel_row *channel_read(struct sql_stmt *q, struct arena *arena)
{
    struct channel_row *row = ARENA_NEW(arena, struct channel_row);
    if (row) {
        *row = (struct channel_row){.id = {col_int(q, 0)},
                                    .code = col_text(q, 1, arena),
                                    .connector = col_text(q, 2, arena),
                                    .mode = (enum channel_mode)col_int(q, 3),
                                    .paused = col_bool(q, 4),
                                    .settings = col_text(q, 5, arena),
                                    .secrets = col_text(q, 6, arena),
                                    .buffer = col_int(q, 7),
                                    .percent = col_int(q, 8),
                                    .cap = col_int(q, 9),
                                    .route = col_text(q, 10, arena),
                                    .opened_at_us = col_int(q, 11),
                                    .version = col_int(q, 12),
                                    .read_through_us = col_int(q, 13),
                                    .cutover_at_us = col_int(q, 14),
                                    .watch_until_us = col_int(q, 15),
                                    .cutover_job = col_int(q, 16)};
    }
    return row;
}

static enum err load_channels(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_CHANNELS, "");
    ALL(s, q, arena, out, channel_read(q, arena));
    return ERR_OK;
}

static enum err
load_listing(struct sql_store *s, int64_t id, struct arena *arena, struct listing_row **out)
{
    struct sql_stmt *q = sql_bind(s, SQL_LISTING_BY_ID, "i", id);
    ONE(s, q, out, listing_read(q, arena));
    return ERR_OK;
}

static enum err load_listings(struct store *store,
                              const struct listing_id *ids,
                              size_t n,
                              struct arena *arena,
                              struct listing_row **out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = load_listing(sql_of(store), ids[i].v, arena, &out[i]);
    }
    return e;
}

static enum err load_listings_by_key(struct store *store,
                                     struct channel_id channel,
                                     struct slice key,
                                     struct arena *arena,
                                     struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_LISTINGS_BY_KEY, "it", channel.v, key);
    ALL(s, q, arena, out, listing_read(q, arena));
    return ERR_OK;
}

static enum err load_listings_by_stock_key(struct store *store,
                                           struct channel_id channel,
                                           struct slice key,
                                           struct arena *arena,
                                           struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_LISTINGS_BY_STOCK_KEY, "it", channel.v, key);
    ALL(s, q, arena, out, listing_read(q, arena));
    return ERR_OK;
}

static enum err
load_listings_of_sku(struct store *store, struct sku_id sku, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_LISTINGS_OF_SKU, "i", sku.v);
    ALL(s, q, arena, out, listing_read(q, arena));
    return ERR_OK;
}

static struct listing_ref *ref_read(struct sql_stmt *q, struct arena *arena)
{
    struct listing_ref *ref = ARENA_NEW(arena, struct listing_ref);
    if (ref) {
        *ref = (struct listing_ref){{col_int(q, 0)}, {col_int(q, 1)}};
    }
    return ref;
}

static enum err
load_listing_refs(struct store *store, struct sku_id sku, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_LISTING_REFS, "i", sku.v);
    ALL(s, q, arena, out, ref_read(q, arena));
    return ERR_OK;
}

static enum err load_stock_of(struct sql_store *s, struct sku_id sku, struct stock_set *set)
{
    struct sql_stmt *q = sql_bind(s, SQL_STOCK, "i", sku.v);
    enum err e;
    while ((e = sql_step(s, q)) == ERR_OK) {
        struct stock *row = stock_set_at(set, sku, (struct location_id){col_int(q, 0)});
        if (!row) {
            sql_reset(q);
            return ERR_LIMIT;
        }
        row->available = col_int(q, 1);
        row->held = col_int(q, 2);
        row->reserved = col_int(q, 3);
        row->unavailable = col_int(q, 4);
        row->in_transit = col_int(q, 5);
        row->counted_at_us = col_int(q, 6);
    }
    if (e != ERR_NOT_FOUND) {
        return e;
    }
    q = sql_bind(s, SQL_STOCK_REASONS, "i", sku.v);
    while ((e = sql_step(s, q)) == ERR_OK) {
        struct stock *row = stock_set_at(set, sku, (struct location_id){col_int(q, 0)});
        if (!row || !stock_add_reason(set, row, col_text(q, 1, set->arena), col_int(q, 2)) ||
            set->arena->exhausted) {
            sql_reset(q);
            return ERR_LIMIT;
        }
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
load_stock(struct store *store, const struct sku_id *ids, size_t n, struct stock_set *set)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = load_stock_of(sql_of(store), ids[i], set);
    }
    return e;
}

static enum err load_order(struct store *store,
                           struct channel_id channel,
                           struct slice id,
                           struct arena *arena,
                           struct order_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_ORDER_BY_ID, "it", channel.v, id);
    ONE(s, q, out, order_read(s, q, arena));
    return ERR_OK;
}

static enum err
load_order_by_n(struct store *store, int64_t n, struct arena *arena, struct order_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_ORDER_BY_N, "i", n);
    ONE(s, q, out, order_read(s, q, arena));
    return ERR_OK;
}

static enum err load_parked(struct store *store,
                            struct channel_id channel,
                            struct slice key,
                            struct arena *arena,
                            struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_PARKED, "it", channel.v, key);
    ALL(s, q, arena, out, parked_read(q, arena));
    return ERR_OK;
}

static enum err load_delivery_seen(struct store *store, const uint8_t key[16], bool *out)
{
    struct sql_store *s = sql_of(store);
    int64_t halves[2];
    memcpy(halves, key, sizeof(halves));
    struct sql_stmt *q = sql_bind(s, SQL_DELIVERY_SEEN, "ii", halves[0], halves[1]);
    enum err e = sql_step(s, q);
    *out = e == ERR_OK;
    sql_reset(q);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
load_delivery(struct store *store, int64_t n, struct arena *arena, struct delivery_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_DELIVERY_BY_N, "i", n);
    ONE(s, q, out, delivery_read(q, arena));
    return ERR_OK;
}

static enum err load_deliveries_parked(struct store *store,
                                       struct channel_id channel,
                                       struct slice order,
                                       struct arena *arena,
                                       struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_DELIVERIES_PARKED, "it", channel.v, order);
    ALL(s, q, arena, out, delivery_read(q, arena));
    return ERR_OK;
}

static struct token_row *token_read(struct sql_stmt *q, struct arena *arena)
{
    struct token_row *row = ARENA_NEW(arena, struct token_row);
    if (row) {
        *row = (struct token_row){.id = col_int(q, 0),
                                  .name = col_text(q, 1, arena),
                                  .scope = (enum token_scope)col_int(q, 3),
                                  .created_at_us = col_int(q, 4),
                                  .is_revoked = col_bool(q, 5),
                                  .expires_at_us = col_int(q, 6),
                                  .used_day = col_int(q, 7),
                                  .made_by = col_text(q, 8, arena)};
        col_bytes(q, 2, row->hash, sizeof(row->hash));
    }
    return row;
}

static enum err load_tokens(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_TOKENS, "");
    ALL(s, q, arena, out, token_read(q, arena));
    return ERR_OK;
}

static struct answer_row *answer_read(struct sql_stmt *q, struct arena *arena)
{
    struct answer_row *row = ARENA_NEW(arena, struct answer_row);
    if (row) {
        *row = (struct answer_row){
            .status = col_int(q, 2), .at_us = col_int(q, 3), .body = col_text(q, 4, arena)};
        col_bytes(q, 0, row->key, sizeof(row->key));
        col_bytes(q, 1, row->body_digest, sizeof(row->body_digest));
    }
    return row;
}

static enum err load_answer(struct store *store,
                            const uint8_t key[32],
                            struct arena *arena,
                            struct answer_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_ANSWER, "b", (struct slice){(const char *)key, 32});
    ONE(s, q, out, answer_read(q, arena));
    return ERR_OK;
}

static enum err load_incident_open(struct store *store,
                                   struct slice code,
                                   struct slice subject,
                                   struct arena *arena,
                                   struct incident_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_INCIDENT_OPEN, "tt", code, subject);
    ONE(s, q, out, incident_read(q, arena));
    return ERR_OK;
}

static enum err
load_incident(struct store *store, int64_t n, struct arena *arena, struct incident_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_INCIDENT_BY_N, "i", n);
    ONE(s, q, out, incident_read(q, arena));
    return ERR_OK;
}

static enum err
load_hold(struct store *store, int64_t n, struct arena *arena, struct hold_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_HOLD_BY_N, "i", n);
    ONE(s, q, out, hold_read(q, arena));
    return ERR_OK;
}

static enum err load_hold_of_owner(struct store *store,
                                   struct slice owner,
                                   struct arena *arena,
                                   struct hold_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_HOLD_OF_OWNER, "t", owner);
    ONE(s, q, out, hold_read(q, arena));
    return ERR_OK;
}

static enum err load_holds_due(
    struct store *store, int64_t now_us, size_t limit, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_HOLDS_DUE, "ii", now_us, (int64_t)limit);
    ALL(s, q, arena, out, hold_read(q, arena));
    return ERR_OK;
}

static struct job_row *job_read(struct sql_stmt *q, struct arena *arena)
{
    struct job_row *row = ARENA_NEW(arena, struct job_row);
    if (row) {
        *row = (struct job_row){.id = col_int(q, 0),
                                .kind = col_text(q, 1, arena),
                                .state = col_text(q, 2, arena),
                                .error = col_text(q, 3, arena),
                                .channel = {col_int(q, 4)},
                                .done = col_int(q, 5),
                                .total = col_int(q, 6),
                                .created_at_us = col_int(q, 7),
                                .result = col_text(q, 8, arena),
                                .review = col_text(q, 9, arena)};
    }
    return row;
}

static enum err load_job(struct store *store, int64_t id, struct arena *arena, struct job_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_JOB, "i", id);
    ONE(s, q, out, job_read(q, arena));
    return ERR_OK;
}

static enum err load_jobs_open(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_JOBS_OPEN, "");
    ALL(s, q, arena, out, job_read(q, arena));
    return ERR_OK;
}

void rows_load_ops(struct store_ops *ops)
{
    ops->skus = load_skus;
    ops->skus_by_code = load_skus_by_code;
    ops->bundles_of = load_bundles_of;
    ops->locations = load_locations;
    ops->channels = load_channels;
    ops->listings = load_listings;
    ops->listings_by_key = load_listings_by_key;
    ops->listings_by_stock_key = load_listings_by_stock_key;
    ops->listings_of_sku = load_listings_of_sku;
    ops->listing_refs = load_listing_refs;
    ops->stock = load_stock;
    ops->order = load_order;
    ops->order_by_n = load_order_by_n;
    ops->parked = load_parked;
    ops->delivery_seen = load_delivery_seen;
    ops->delivery = load_delivery;
    ops->deliveries_parked = load_deliveries_parked;
    ops->tokens = load_tokens;
    ops->answer = load_answer;
    ops->incident_open = load_incident_open;
    ops->incident = load_incident;
    ops->hold = load_hold;
    ops->hold_of_owner = load_hold_of_owner;
    ops->holds_due = load_holds_due;
    ops->job = load_job;
    ops->jobs_open = load_jobs_open;
}
