/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One receipt with its transactions into a snapshot.
 *
 *   quantity                      ordered; Etsy's count fell when the order was placed, paid or not
 *   is_shipped                    all of it is fulfilled
 *   a transaction's own
 *     shipped_timestamp           that line is fulfilled
 *   status canceled               what was not shipped is cancelled
 *   fully, partially refunded     moves nothing: a refund is money, names no line and no quantity
 *   is_digital                    no stock: left out
 *
 * `taken` is not said: whether a cancellation puts units back on Etsy is the seller's choice there.
 * The buyer's name and address are not looked at, but for the country.
 */
#include "channels/etsy/etsy.h"

struct reading {
    struct arena *arena;
    struct snapshot_line *lines;
    int64_t *ids;
    size_t count;
    bool is_shipped, is_cancelled;
};

static bool is_word(struct json v, const char *a, const char *b)
{
    struct slice text = {0};

    return json_text(v, &text) && (slice_equal_nocase(slice_trim(text), slice_of(a)) ||
                                   slice_equal_nocase(slice_trim(text), slice_of(b)));
}

static bool is_true(struct json v)
{
    bool flag = false;

    return json_bool(v, &flag) && flag;
}

/* The old spelling of a stamp stands beside the new one. */
static bool stamp_of(struct json receipt, const char *name, const char *old, int64_t *out)
{
    return etsy_time(json_get(receipt, name), out) || etsy_time(json_get(receipt, old), out);
}

static void line_keys(struct json json, struct arena *arena, struct snapshot_line *out)
{
    struct slice sku = etsy_sku(json_get(json, "sku"));
    int64_t listing = 0;
    int64_t product = 0;
    bool has_listing = etsy_id(json_get(json, "listing_id"), &listing);
    bool has_product = etsy_id(json_get(json, "product_id"), &product);

    if (has_listing && sku.n) {
        out->remote = etsy_sku_key(arena, listing, sku);
        out->remote_other = has_product ? etsy_product_key(arena, product) : (struct slice){0};
    } else if (has_product) {
        out->remote = etsy_product_key(arena, product);
    } else {
        /* Nobody can have mapped it: the line waits, and says so. */
        out->remote = arena_printf(arena, "transaction:%.*s", SLICE_ARG(out->id));
    }
}

static const char *line_read(struct json json, struct reading *to)
{
    struct snapshot_line line = {.taken = TAKEN_UNSAID};
    int64_t id = 0;
    int64_t shipped_at = 0;

    if (is_true(json_get(json, "is_digital"))) {
        return NULL;
    }
    if (!etsy_id(json_get(json, "transaction_id"), &id)) {
        return "a transaction without an id";
    }
    if (!json_int_loose(json_get(json, "quantity"), &line.ordered) || line.ordered < 0 ||
        line.ordered > QTY_MAX) {
        return "a transaction's quantity is not a whole number within bounds";
    }
    bool is_shipped = to->is_shipped || etsy_time(json_get(json, "shipped_timestamp"), &shipped_at);
    line.fulfilled = is_shipped ? line.ordered : 0;
    line.cancelled = to->is_cancelled ? line.ordered - line.fulfilled : 0;
    line.id = arena_printf(to->arena, "%" PRId64, id);
    line_keys(json, to->arena, &line);
    to->ids[to->count] = id;
    to->lines[to->count++] = line;
    return NULL;
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

static void country_read(struct json receipt, struct arena *arena, struct order_snapshot *out)
{
    struct slice country = {0};

    json_text(json_get(receipt, "country_iso"), &country);
    if (country.n == 2 && country.p[0] >= 'A' && country.p[0] <= 'Z' && country.p[1] >= 'A' &&
        country.p[1] <= 'Z') {
        out->country = arena_copy(arena, country);
    }
}

static const char *head_read(struct json receipt, struct arena *arena, struct order_snapshot *out)
{
    int64_t id = 0;

    if (!etsy_id(json_get(receipt, "receipt_id"), &id)) {
        return "a receipt without an id";
    }
    if (!stamp_of(receipt, "updated_timestamp", "update_timestamp", &out->version)) {
        return "a receipt without the time of its last change";
    }
    if (!stamp_of(receipt, "created_timestamp", "create_timestamp", &out->placed_at_us)) {
        out->placed_at_us = 0;
    }
    out->id = arena_printf(arena, "%" PRId64, id);
    out->version_text = arena_printf(arena, "%" PRId64, out->version / US_PER_S);
    return NULL;
}

const char *etsy_order_read(struct json receipt,
                            int64_t fetched_at_us,
                            struct arena *arena,
                            struct order_snapshot *out)
{
    struct order_snapshot snapshot = {.version_is_time = true, .fetched_at_us = fetched_at_us};
    struct json transactions = json_get(receipt, "transactions");
    size_t room = json_count(transactions);
    struct json status = json_get(receipt, "status");
    struct reading to = {
        .arena = arena,
        .is_shipped = is_true(json_get(receipt, "is_shipped")),
        .is_cancelled = is_word(status, "canceled", "cancelled"),
    };

    const char *reason = head_read(receipt, arena, &snapshot);
    if (reason) {
        return reason;
    }
    if (json_type(transactions) != JSON_ARRAY) {
        return "a receipt without its transactions: which lines it has is not said";
    }
    if (room > ETSY_LINES_MAX) {
        return "a receipt with too many lines";
    }
    to.lines = ARENA_ARRAY(arena, room + 1, struct snapshot_line);
    to.ids = ARENA_ARRAY(arena, room + 1, int64_t);
    if (!to.lines || !to.ids) {
        return "a receipt larger than one answer may be";
    }
    for (struct json_iter i = json_iter(transactions);
         !reason && json_next(&i) && to.count < room;) {
        reason = line_read(i.value, &to);
    }
    if (!reason && ids_repeat(to.ids, to.count)) {
        reason = "two transactions with the same id";
    }
    if (reason) {
        return reason;
    }
    snapshot.lines = to.lines;
    snapshot.lines_count = to.count;
    country_read(receipt, arena, &snapshot);
    if (arena->exhausted) {
        return "a receipt larger than one answer may be";
    }
    *out = snapshot;
    return NULL;
}
