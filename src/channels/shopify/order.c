/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/order.h"
#include "base/times.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct shopify_line *)a)->id;
    int64_t y = ((const struct shopify_line *)b)->id;
    return (x > y) - (x < y);
}

bool shopify_order_sort(struct shopify_order *order)
{
    if (order->lines_count == 0) {
        return true;
    }
    qsort(order->lines, order->lines_count, sizeof(*order->lines), by_id);
    for (size_t i = 1; i < order->lines_count; i++) {
        if (order->lines[i].id == order->lines[i - 1].id) {
            return false;
        }
    }
    return true;
}

static struct shopify_line *line_find(struct shopify_order *order, int64_t id)
{
    struct shopify_line wanted = {.id = id};
    if (order->lines_count == 0) {
        return NULL;
    }
    return bsearch(&wanted, order->lines, order->lines_count, sizeof(*order->lines), by_id);
}

static bool add_units(int64_t *sum, int64_t units)
{
    if (units < 0 || units > QTY_MAX || *sum > QTY_MAX - units) {
        return false;
    }
    *sum += units;
    return true;
}

bool shopify_order_ship(struct shopify_order *order,
                        int64_t id,
                        int64_t units,
                        struct slice location)
{
    struct shopify_line *line = line_find(order, id);
    if (!line || units == 0) {
        return true;
    }
    bool is_first = line->shipped == 0;
    if (!add_units(&line->shipped, units)) {
        return false;
    }
    if (is_first) {
        line->location = location;
    } else if (!slice_equal(line->location, location)) {
        line->is_split = true;
    }
    return true;
}

bool shopify_order_refund(struct shopify_order *order,
                          int64_t id,
                          int64_t units,
                          enum shopify_refund kind)
{
    struct shopify_line *line = line_find(order, id);
    return !line || add_units(&line->refunded[kind], units);
}

enum shopify_refund shopify_refund_kind(struct slice text)
{
    if (slice_equal_nocase(text, SLICE("cancel"))) {
        return SHOPIFY_CANCEL;
    }
    if (slice_equal_nocase(text, SLICE("return"))) {
        return SHOPIFY_RETURN;
    }
    if (slice_equal_nocase(text, SLICE("legacy_restock"))) {
        return SHOPIFY_LEGACY_RESTOCK;
    }
    return SHOPIFY_NO_RESTOCK;
}

void shopify_line_names(struct shopify_line *line,
                        struct slice variant_id,
                        struct slice product_id,
                        bool product_exists,
                        struct slice sku,
                        bool is_gift_card,
                        struct arena *arena)
{
    line->is_ignored = is_gift_card;
    if (variant_id.n) {
        line->remote = arena_printf(arena, "variant:%.*s", SLICE_ARG(variant_id));
    } else if (sku.n) {
        line->remote = arena_printf(arena, "sku:%.*s", SLICE_ARG(sku));
    } else if (product_id.n) {
        line->remote = arena_printf(arena, "product:%.*s", SLICE_ARG(product_id));
    } else if (product_exists) {
        line->remote = SLICE("product:");
    } else {
        line->is_ignored = true;
    }
}

bool shopify_units(struct json v, int64_t *out)
{
    int64_t units = 0;
    if (!json_int_loose(v, &units) || units < 0 || units > QTY_MAX) {
        return false;
    }
    *out = units;
    return true;
}

int64_t shopify_units_or_unsaid(struct json v)
{
    int64_t units = 0;
    return shopify_units(v, &units) ? units : SHOPIFY_UNSAID;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void shopify_order_destination(struct shopify_order *order,
                               struct slice country,
                               struct slice region,
                               struct arena *arena)
{
    if (country.n != 2 || !is_letter(country.p[0]) || !is_letter(country.p[1])) {
        return;
    }
    order->head.country = arena_printf(arena, "%c%c", country.p[0] & ~0x20, country.p[1] & ~0x20);
    order->head.region = arena_copy(arena, region);
}

bool shopify_order_stamps(struct shopify_order *order,
                          struct slice updated,
                          struct slice created,
                          struct slice processed)
{
    if (!time_parse_rfc3339(updated, &order->head.version)) {
        return false;
    }
    order->head.version_text = updated;
    order->head.version_is_time = true;
    int64_t created_us = 0;
    int64_t processed_us = 0;
    bool has_created = time_parse_rfc3339(created, &created_us);
    bool has_processed = time_parse_rfc3339(processed, &processed_us);
    if (has_created && has_processed) {
        order->head.placed_at_us = least(created_us, processed_us);
    } else {
        order->head.placed_at_us = has_created ? created_us : has_processed ? processed_us : 0;
    }
    return true;
}

/* How many units of an ambiguous refund row mean unshipped ones: at least those for which no
 * shipped unit is left, at most those that wait, in between as many as no longer are to be shipped.
 */
static int64_t unshipped_part(int64_t units, int64_t shipped_left, int64_t waiting, int64_t closed)
{
    int64_t part = most(least(units, closed), units - shipped_left);
    return least(most(part, 0), waiting);
}

void shopify_line_settle(const struct shopify_line *line,
                         bool is_cancelled,
                         struct snapshot_line *out)
{
    const int64_t *refunded = line->refunded;
    int64_t ordered = line->quantity;
    int64_t shipped = least(line->shipped, ordered);
    int64_t waiting = ordered - shipped; /* units of which nothing has been said yet */

    int64_t put_back = least(refunded[SHOPIFY_CANCEL], waiting);
    int64_t came_back = refunded[SHOPIFY_RETURN] + (refunded[SHOPIFY_CANCEL] - put_back);
    int64_t returned = least(came_back, shipped);
    put_back += least(came_back - returned, waiting - put_back);

    int64_t explained = 0;
    for (size_t i = 0; i < SHOPIFY_REFUNDS; i++) {
        explained += refunded[i];
    }
    if (line->current != SHOPIFY_UNSAID) {
        int64_t removed = most(0, ordered - line->current - explained);
        put_back += least(removed, waiting - put_back);
    }
    waiting -= put_back;

    int64_t open = waiting;
    if (is_cancelled) {
        open = 0;
    } else if (line->open != SHOPIFY_UNSAID) {
        open = least(line->open, waiting);
    }
    int64_t closed = waiting - open;

    int64_t legacy = refunded[SHOPIFY_LEGACY_RESTOCK];
    int64_t part = unshipped_part(legacy, shipped - returned, waiting, closed);
    put_back += part;
    waiting -= part;
    closed = most(0, closed - part);
    returned += least(legacy - part, shipped - returned);

    int64_t no_restock =
        unshipped_part(refunded[SHOPIFY_NO_RESTOCK], shipped - returned, waiting, closed);
    waiting -= no_restock;
    if (is_cancelled) {
        put_back += waiting;
    }

    out->ordered = ordered;
    out->cancelled = put_back + no_restock;
    out->fulfilled = shipped;
    out->returned = returned;
    out->restocked = returned;
    out->no_restock = no_restock;
    out->taken = ordered - put_back - returned;
    out->location = line->is_split ? (struct slice){0} : line->location;
}

bool shopify_order_snapshot(const struct shopify_order *order,
                            struct arena *arena,
                            struct order_snapshot *out)
{
    struct snapshot_line *lines = ARENA_ARRAY(arena, order->lines_count + 1, struct snapshot_line);
    if (!lines) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct shopify_line *line = &order->lines[i];
        if (line->is_ignored) {
            continue;
        }
        struct snapshot_line *l = &lines[count++];
        l->id = arena_printf(arena, "%" PRId64, line->id);
        l->remote = line->remote;
        shopify_line_settle(line, order->is_cancelled, l);
    }
    *out = order->head;
    out->version_text = arena_copy(arena, order->head.version_text);
    out->lines = lines;
    out->lines_count = count;
    return !arena->exhausted;
}
