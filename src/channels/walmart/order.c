/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One purchase order (GET /v3/orders/{id}, or one of a page) into a snapshot.
 *
 * A line's units are split over its statuses:
 *
 *   Created, Acknowledged, and whatever is new   open: reserved
 *   Shipped, Delivered                           fulfilled
 *   Cancelled                                    cancelled, by whomever
 *   Refund                                       money. Units that no other status accounts for had
 *                                                been shipped and stay fulfilled; where the others
 *                                                account for all, it moves nothing
 *
 * A wish to cancel (intentToCancel) is no cancel. Goods that come back are booked by hand.
 *
 * The order has no time of its last change; each line has that of its last status, and the greatest
 * of them is the version. inputQty is never changed by an order: `taken` is 0.
 */
#include "base/times.h"
#include "channels/walmart/walmart.h"

/* Epoch milliseconds, as number or text; RFC 3339 is understood too. */
static bool instant(struct json v, int64_t *out_us)
{
    struct slice text = {0};
    int64_t ms = 0;

    if (json_int_loose(v, &ms)) {
        bool is_within = ms > 0 && ms < INT64_C(253402300800000); /* the year 10000 */
        *out_us = is_within ? ms * US_PER_MS : 0;
        return is_within;
    }
    return json_text(v, &text) && time_parse_rfc3339(text, out_us) && *out_us > 0;
}

/* ---- where it goes ---- */

static bool is_upper(struct slice s, size_t n)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 'A' || s.p[i] > 'Z') {
            return false;
        }
    }
    return s.n == n;
}

/* Walmart writes "USA"; a market's other forms are taken as they are. */
static struct slice country_of(struct slice text)
{
    static const struct {
        const char *three, *two;
    } known[] = {{"USA", "US"}, {"CAN", "CA"}, {"MEX", "MX"}, {"PRI", "PR"}, {"CHL", "CL"}};

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (slice_is(text, known[i].three)) {
            return slice_of(known[i].two);
        }
    }
    return is_upper(text, 2) ? text : (struct slice){0};
}

static void destination_read(struct json order, struct arena *arena, struct order_snapshot *out)
{
    struct json address = json_path(order, "shippingInfo", "postalAddress", NULL);
    struct slice country = {0};
    struct slice region = {0};

    json_text(json_get(address, "country"), &country);
    json_text(json_get(address, "state"), &region);
    country = country_of(slice_trim(country));
    region = slice_trim(region);
    out->country = country.n ? arena_copy(arena, country) : country;
    out->region = is_upper(region, 2) ? arena_copy(arena, region) : (struct slice){0};
}

/* ---- lines ---- */

struct counts {
    int64_t cancelled, fulfilled, open, refunded;
};

static bool statuses_read(struct json line, struct counts *out)
{
    struct counts counts = {0};

    for (struct json_iter i =
             json_iter(json_path(line, "orderLineStatuses", "orderLineStatus", NULL));
         json_next(&i);) {
        struct slice status = {0};
        int64_t units = 0;
        if (!wm_quantity(json_path(i.value, "statusQuantity", "amount", NULL), &units)) {
            return false;
        }
        json_text(json_get(i.value, "status"), &status);
        int64_t *to = slice_is(status, "Cancelled")   ? &counts.cancelled
                      : slice_is(status, "Shipped")   ? &counts.fulfilled
                      : slice_is(status, "Delivered") ? &counts.fulfilled
                      : slice_is(status, "Refund")    ? &counts.refunded
                                                      : &counts.open;
        *to += units;
        if (*to > QTY_MAX) {
            return false;
        }
    }
    *out = counts;
    return true;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

struct reading {
    struct arena *arena;
    struct snapshot_line *lines;
    size_t count;
    int64_t latest_us; /* status of any line */
    struct slice location;
    bool channel_fulfilled;
};

static const char *line_put(struct reading *r, const struct snapshot_line *line)
{
    for (size_t i = 0; i < r->count; i++) {
        struct snapshot_line *known = &r->lines[i];
        if (!slice_equal(known->id, line->id)) {
            continue;
        }
        if (!slice_equal(known->remote, line->remote)) {
            return "two lines of the order have one number and different SKUs";
        }
        known->ordered += line->ordered;
        known->cancelled += line->cancelled;
        known->fulfilled += line->fulfilled;
        return known->ordered > QTY_MAX ? "a line's quantities are not whole numbers within bounds"
                                        : NULL;
    }
    r->lines[r->count++] = *line;
    return NULL;
}

static const char *line_read(struct json v, struct reading *r)
{
    struct snapshot_line line = {.location = r->location,
                                 .channel_fulfilled = r->channel_fulfilled};
    struct counts counts;
    struct slice sku = {0};
    int64_t at_us = 0;

    if (!wm_id_text(json_get(v, "lineNumber"), r->arena, &line.id)) {
        return "a line without a number";
    }
    /* A line without a SKU is nobody's listing: it waits for a person, the others are booked. */
    json_text(json_path(v, "item", "sku", NULL), &sku);
    line.remote = wm_key(r->arena, wm_is_sku(sku) ? sku : (struct slice){0});
    if (!wm_quantity(json_path(v, "orderLineQuantity", "amount", NULL), &line.ordered) ||
        !statuses_read(v, &counts)) {
        return "a line's quantities are not whole numbers within bounds";
    }
    line.cancelled = least(counts.cancelled, line.ordered);
    line.fulfilled = least(counts.fulfilled, line.ordered - line.cancelled);
    int64_t untold = line.ordered - line.cancelled - line.fulfilled - counts.open;
    if (untold > 0) {
        line.fulfilled += least(counts.refunded, untold);
    }
    if (instant(json_get(v, "statusDate"), &at_us) && at_us > r->latest_us) {
        r->latest_us = at_us;
    }
    return line_put(r, &line);
}

/* Whose goods they are, and from where they leave. */
static void node_read(const struct account *account, struct json order, struct reading *r)
{
    struct json node = json_get(order, "shipNode");
    struct slice type = {0};
    struct slice id = {0};

    json_text(json_get(node, "type"), &type);
    r->channel_fulfilled = slice_is(type, "WFSFulfilled");
    bool decides = account->has_locations || slice_is(type, "3PLFulfilled");
    if (!r->channel_fulfilled && decides && wm_id_text(json_get(node, "id"), r->arena, &id)) {
        r->location = id;
    }
}

const char *wm_order_read(const struct account *account,
                          struct json order,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct order_snapshot *out)
{
    struct json lines = json_path(order, "orderLines", "orderLine", NULL);
    struct reading r = {.arena = arena};
    struct order_snapshot snapshot = {.version_is_time = true, .fetched_at_us = fetched_at_us};
    char stamp[TIME_TEXT_MAX];

    if (!wm_id_text(json_get(order, "purchaseOrderId"), arena, &snapshot.id)) {
        return "an order without a purchaseOrderId";
    }
    if (!instant(json_get(order, "orderDate"), &snapshot.placed_at_us)) {
        return "an order without an orderDate";
    }
    if (json_type(lines) != JSON_ARRAY || json_count(lines) > WM_LINES_MAX) {
        return "an order without lines, or with more than one may have";
    }
    r.latest_us = snapshot.placed_at_us;
    r.lines = ARENA_ARRAY(arena, json_count(lines) + 1, struct snapshot_line);
    node_read(account, order, &r);
    for (struct json_iter i = json_iter(lines); r.lines && json_next(&i);) {
        const char *reason = line_read(i.value, &r);
        if (reason) {
            return reason;
        }
    }
    snapshot.version = r.latest_us;
    snapshot.version_text = arena_copy(arena, time_format(r.latest_us, stamp));
    destination_read(order, arena, &snapshot);
    snapshot.lines = r.lines;
    snapshot.lines_count = r.count;
    if (!r.lines || arena->exhausted) {
        return "an order larger than an answer may be";
    }
    *out = snapshot;
    return NULL;
}
