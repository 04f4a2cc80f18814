/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One order resource (a webhook's body and GET /orders/{id} are the same) into a snapshot.
 *
 * WooCommerce keeps no states per line: the order's status says what its lines demand, and two
 * entries of a line's meta_data say what it did to its own count: _reduced_stock           units it
 * has taken and not given back ("taken") _restock_refunded_items  units refunded with "restock"
 * (trusted over refunds[], whose entries can be deleted afterwards) A refund without restock leaves
 * no trace on the line, only an entry in refunds[] without lines: the units stay booked as they
 * were. A removed line vanishes: order_merge takes a line that a newer snapshot leaves out for one
 * that demands nothing.
 */
#include "base/times.h"
#include "channels/woocommerce/woo.h"

enum stage {
    STAGE_NOTHING,  /* demands no units */
    STAGE_OPEN,     /* sold, to be shipped */
    STAGE_DONE,     /* completed: core WooCommerce knows no other word for shipped */
    STAGE_REFUNDED, /* paid back in full before it was completed */
};

/* Units WooCommerce itself took and gave back; whole numbers as text. */
struct line_meta {
    int64_t reduced, restocked;
    bool is_reduced;
};

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* The first entry of a key counts, as in WooCommerce. */
static bool line_meta_read(struct json line, struct line_meta *out)
{
    bool has_restocked = false;

    *out = (struct line_meta){0};
    for (struct json_iter i = json_iter(json_get(line, "meta_data")); json_next(&i);) {
        struct slice key;
        if (!json_text(json_get(i.value, "key"), &key)) {
            continue;
        }
        if (slice_is(key, "_reduced_stock") && !out->is_reduced) {
            out->is_reduced = true;
            if (!json_int_loose(json_get(i.value, "value"), &out->reduced)) {
                return false;
            }
        } else if (slice_is(key, "_restock_refunded_items") && !has_restocked) {
            has_restocked = true;
            if (!json_int_loose(json_get(i.value, "value"), &out->restocked)) {
                return false;
            }
        }
    }
    return true;
}

/* What was sold. A product that is gone leaves 0 or null: such a line is parked under its SKU or
 * id. */
static void
line_keys(struct json line, int64_t line_id, struct arena *arena, struct snapshot_line *out)
{
    struct woo_key key = {0};
    struct slice sku = {0};

    if (woo_id(json_get(line, "product_id"), &key.product)) {
        if (woo_id(json_get(line, "variation_id"), &key.variation)) {
            /* The variation's stock may be the parent's: the mapping decides which of the two it
             * is. */
            out->remote_other = woo_key_text(arena, (struct woo_key){.product = key.product});
        }
        out->remote = woo_key_text(arena, key);
        return;
    }
    if (json_text(json_get(line, "sku"), &sku) && sku.n) {
        out->remote = arena_printf(arena, "sku:%.*s", SLICE_ARG(sku));
    } else {
        out->remote = arena_printf(arena, "line:%" PRId64, line_id);
    }
}

static void line_counts(enum stage stage, const struct line_meta *meta, struct snapshot_line *line)
{
    int64_t ordered = line->ordered;
    int64_t restocked = within(meta->restocked, 0, ordered);

    line->taken = within(meta->reduced, 0, QTY_MAX);
    switch (stage) {
    case STAGE_NOTHING:
        line->cancelled = ordered;
        break;
    case STAGE_OPEN:
        line->cancelled = restocked;
        break;
    case STAGE_DONE:
        line->fulfilled = ordered;
        line->returned = restocked;
        line->restocked = restocked;
        break;
    case STAGE_REFUNDED:
        /* What it has not put back on sale by itself was refunded without restock. */
        line->cancelled = ordered;
        line->no_restock = within(meta->reduced, 0, ordered - restocked);
        break;
    }
}

static const char *line_read(struct json json,
                             enum stage stage,
                             struct arena *arena,
                             int64_t *out_id,
                             struct snapshot_line *out)
{
    struct line_meta meta;
    int64_t id = 0;

    if (!woo_id(json_get(json, "id"), &id)) {
        return "an order line without an id";
    }
    if (!json_int_loose(json_get(json, "quantity"), &out->ordered) || out->ordered < 0 ||
        out->ordered > QTY_MAX) {
        return "an order line's quantity is not a whole number within bounds";
    }
    if (!line_meta_read(json, &meta)) {
        return "units taken or put back of an order line are not whole numbers";
    }
    out->id = arena_printf(arena, "%" PRId64, id);
    line_keys(json, id, arena, out);
    line_counts(stage, &meta, out);
    *out_id = id;
    return NULL;
}

static bool any_reduced(struct json lines)
{
    struct line_meta meta;

    for (struct json_iter i = json_iter(lines); json_next(&i);) {
        if (line_meta_read(i.value, &meta) && meta.is_reduced) {
            return true;
        }
    }
    return false;
}

/*
 * A status this list does not know comes from a plugin and demands units: too few on show is
 * repaired later, too many is not. date_completed_gmt stays once an order was completed. It keeps
 * old orders, which merchants move to the trash long after shipping, and refunds after shipping
 * from bringing shipped units back to the shelf. A cancelled order is taken at its word:
 * WooCommerce itself puts its units back on sale.
 */
static enum stage stage_of(struct json order, struct slice status)
{
    static const char *const nothing[] = {
        "pending", "checkout-draft", "auto-draft", "draft", "cancelled"};
    struct slice completed;
    bool was_completed =
        json_text(json_get(order, "date_completed_gmt"), &completed) && completed.n > 0;

    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        if (slice_is(status, nothing[i])) {
            return STAGE_NOTHING;
        }
    }
    if (slice_is(status, "failed")) {
        /* Failed after payment keeps the units until someone cancels. */
        return any_reduced(json_get(order, "line_items")) ? STAGE_OPEN : STAGE_NOTHING;
    }
    if (slice_is(status, "trash")) {
        return was_completed ? STAGE_DONE : STAGE_NOTHING;
    }
    if (slice_is(status, "refunded")) {
        return was_completed ? STAGE_DONE : STAGE_REFUNDED;
    }
    return slice_is(status, "completed") ? STAGE_DONE : STAGE_OPEN;
}

static bool is_country(struct slice s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

/* Shops that ship to the billing address leave the shipping address empty. */
static void destination_read(struct json order, struct arena *arena, struct order_snapshot *out)
{
    struct json address = json_get(order, "shipping");
    struct slice country = {0};
    struct slice state = {0};

    if (!json_text(json_get(address, "country"), &country) || !is_country(country)) {
        address = json_get(order, "billing");
        if (!json_text(json_get(address, "country"), &country) || !is_country(country)) {
            return;
        }
    }
    out->country = arena_copy(arena, country);
    if (!json_text(json_get(address, "state"), &state) || state.n > 64) {
        return;
    }
    /* Some countries' states carry their country, "DE-BE": snapshots name the region alone. */
    if (state.n > 3 && memcmp(state.p, country.p, 2) == 0 && state.p[2] == '-') {
        state = slice_from(state, 3);
    }
    out->region = arena_copy(arena, state);
}

static int id_compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static bool ids_repeat(int64_t *ids, size_t count)
{
    if (count > 1) {
        qsort(ids, count, sizeof *ids, id_compare);
    }
    for (size_t i = 1; i < count; i++) {
        if (ids[i] == ids[i - 1]) {
            return true;
        }
    }
    return false;
}

static const char *
lines_read(struct json items, enum stage stage, struct arena *arena, struct order_snapshot *out)
{
    size_t count = json_count(items);
    if (count > WOO_LINES_MAX) {
        return "an order with too many lines";
    }
    struct snapshot_line *lines = ARENA_ARRAY(arena, count, struct snapshot_line);
    int64_t *ids = ARENA_ARRAY(arena, count, int64_t);
    if (!lines || !ids) {
        return "an order larger than one delivery may be";
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(items); json_next(&i) && n < count; n++) {
        const char *reason = line_read(i.value, stage, arena, &ids[n], &lines[n]);
        if (reason) {
            return reason;
        }
    }
    if (ids_repeat(ids, n)) {
        return "two order lines with the same id";
    }
    out->lines = lines;
    out->lines_count = n;
    return NULL;
}

const char *woo_order_read(struct json order,
                           int64_t fetched_at_us,
                           struct arena *arena,
                           struct order_snapshot *out)
{
    struct order_snapshot snapshot = {.version_is_time = true, .fetched_at_us = fetched_at_us};
    struct json items = json_get(order, "line_items");
    struct slice status, modified, created;
    int64_t id = 0;

    if (!woo_id(json_get(order, "id"), &id)) {
        return "an order without an id";
    }
    if (!json_text(json_get(order, "status"), &status) || json_type(items) != JSON_ARRAY) {
        return "an order without status or lines";
    }
    if (!json_text(json_get(order, "date_modified_gmt"), &modified) ||
        !time_parse_utc(modified, &snapshot.version)) {
        return "an order without the time of its last change";
    }
    if (!json_text(json_get(order, "date_created_gmt"), &created) ||
        !time_parse_utc(created, &snapshot.placed_at_us)) {
        snapshot.placed_at_us = 0;
    }
    const char *reason = lines_read(items, stage_of(order, status), arena, &snapshot);
    if (reason) {
        return reason;
    }
    snapshot.id = arena_printf(arena, "%" PRId64, id);
    snapshot.version_text = arena_copy(arena, modified);
    destination_read(order, arena, &snapshot);
    if (arena->exhausted) {
        return "an order larger than one delivery may be";
    }
    *out = snapshot;
    return NULL;
}
