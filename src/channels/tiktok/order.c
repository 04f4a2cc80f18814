/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One order (GET /order/202309/orders) into a snapshot.
 *
 * A line item is one unit: there is no quantity, three units of a SKU are three lines. A combined
 * listing's line stands for sku_count units of each component instead of its own SKU.
 *
 * Each line's display_status decides, the order's status where a line has none:
 *
 *   open        UNPAID, ON_HOLD, AWAITING_SHIPMENT, AWAITING_COLLECTION, PARTIALLY_SHIPPING and
 *               every status we do not know           reserved
 *   gone        IN_TRANSIT, DELIVERED, COMPLETED      fulfilled
 *   cancelled   CANCELLED, CANCEL; or the order is    cancelled, back on sale
 *
 * What has left does not come back by a status: a line whose package is under way or delivered
 * (package_status FULFILLING, COMPLETED), or that was made ready in a cancelled order that had been
 * collected, stays fulfilled. A delivery that failed ends as a cancelled order, and its goods are booked by hand when
 * they are back. Neither does an order say whether returned goods are back on the shelf: returns
 * move nothing by themselves.
 *
 * `taken` is not said: an order does not tell whether a cancelled unit went back on sale there.
 */
#include "channels/tiktok/tiktok.h"

enum stage { STAGE_OPEN, STAGE_GONE, STAGE_CANCELLED };

struct reading {
    struct arena *arena;
    struct snapshot_line *lines;
    size_t count, room;
    struct slice status;    /* of the order */
    struct slice location;  /* of every line, when it is for the channel to decide */
    bool channel_fulfilled; /* from TikTok's own warehouse */
    bool was_collected;
};

static struct slice text_of(struct json object, const char *name)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) ? text : (struct slice){0};
}

static bool is_cancelled(struct slice status)
{
    return slice_is(status, "CANCELLED") || slice_is(status, "CANCEL");
}

static bool is_among(struct slice text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(text, list[i])) {
            return true;
        }
    }
    return false;
}

static bool is_gone(struct slice status)
{
    static const char *const gone[] = {"IN_TRANSIT", "DELIVERED", "COMPLETED"};

    return is_among(status, gone, COUNT_OF(gone));
}

static bool package_has_left(struct slice package_status)
{
    static const char *const left[] = {"FULFILLING", "COMPLETED"};

    return is_among(package_status, left, COUNT_OF(left));
}

/* Made ready for the carrier: a line cancelled before that cannot have been collected. */
static bool was_handed_over(struct json line)
{
    int64_t ready_us = 0;

    return tt_time(json_get(line, "rts_time"), &ready_us) || text_of(line, "tracking_number").n > 0;
}

static enum stage stage_of(struct json line, const struct reading *of)
{
    struct slice shown = text_of(line, "display_status");
    bool is_order_cancelled = is_cancelled(of->status);

    if (package_has_left(text_of(line, "package_status")) ||
        (is_order_cancelled && of->was_collected && was_handed_over(line))) {
        return STAGE_GONE;
    }
    if (is_order_cancelled || is_cancelled(shown)) {
        return STAGE_CANCELLED;
    }
    return is_gone(shown.n ? shown : of->status) ? STAGE_GONE : STAGE_OPEN;
}

static void
line_add(struct reading *to, struct slice id, struct slice sku, int64_t units, enum stage stage)
{
    must(to->count < to->room);
    to->lines[to->count++] = (struct snapshot_line){
        .id = id,
        .remote = tt_key(to->arena, sku),
        .location = to->location,
        .ordered = units,
        .cancelled = stage == STAGE_CANCELLED ? units : 0,
        .fulfilled = stage == STAGE_GONE ? units : 0,
        .taken = TAKEN_UNSAID,
        .channel_fulfilled = to->channel_fulfilled,
    };
}

static const char *
parts_read(struct json parts, struct slice line, enum stage stage, struct reading *to)
{
    for (struct json_iter i = json_iter(parts); json_next(&i);) {
        struct slice sku = {0};
        int64_t units = 0;
        if (!tt_id(json_get(i.value, "sku_id"), to->arena, &sku)) {
            return "a part of a combined listing without a SKU";
        }
        if (!json_int_loose(json_get(i.value, "sku_count"), &units) || units < 1 ||
            units > QTY_MAX) {
            return "a part of a combined listing without a count within bounds";
        }
        if (to->count == to->room) {
            return "an order with too many lines";
        }
        struct slice id = arena_printf(to->arena, "%.*s/%.*s", SLICE_ARG(line), SLICE_ARG(sku));
        line_add(to, id, sku, units, stage);
    }
    return NULL;
}

static const char *line_read(struct json line, struct reading *to)
{
    struct json parts = json_get(line, "combined_listing_skus");
    enum stage stage = stage_of(line, to);
    struct slice id = {0};
    struct slice sku = {0};

    if (!tt_id(json_get(line, "id"), to->arena, &id)) {
        return "an order line without an id";
    }
    if (json_count(parts) > 0) {
        return json_type(parts) == JSON_ARRAY ? parts_read(parts, id, stage, to)
                                              : "the parts of a combined listing are not a list";
    }
    if (!tt_id(json_get(line, "sku_id"), to->arena, &sku)) {
        return "an order line without a SKU";
    }
    if (to->count == to->room) {
        return "an order with too many lines";
    }
    line_add(to, id, sku, 1, stage);
    return NULL;
}

static size_t lines_room(struct json items)
{
    size_t room = 0;

    for (struct json_iter i = json_iter(items); json_next(&i);) {
        room += 1 + json_count(json_get(i.value, "combined_listing_skus"));
    }
    return room < TT_LINES_MAX ? room : TT_LINES_MAX;
}

static int id_compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool ids_repeat(const struct reading *of)
{
    struct slice *ids = ARENA_ARRAY(of->arena, of->count + 1, struct slice);

    if (!ids) {
        return false; /* the arena says so itself */
    }
    for (size_t i = 0; i < of->count; i++) {
        ids[i] = of->lines[i].id;
    }
    if (of->count > 1) {
        qsort(ids, of->count, sizeof *ids, id_compare);
    }
    for (size_t i = 1; i < of->count; i++) {
        if (slice_equal(ids[i], ids[i - 1])) {
            return true;
        }
    }
    return false;
}

/* The country alone: the state's name is no code. */
static void destination_read(struct json order, struct arena *arena, struct order_snapshot *out)
{
    struct slice code = text_of(json_get(order, "recipient_address"), "region_code");

    if (code.n == 2 && code.p[0] >= 'A' && code.p[0] <= 'Z' && code.p[1] >= 'A' &&
        code.p[1] <= 'Z') {
        out->country = arena_copy(arena, code);
    }
}

static const char *head_read(struct json order, struct arena *arena, struct order_snapshot *out)
{
    if (!tt_id(json_get(order, "id"), arena, &out->id)) {
        return "an order without an id";
    }
    if (!text_of(order, "status").n) {
        return "an order without a status";
    }
    if (!tt_time(json_get(order, "update_time"), &out->version)) {
        return "an order without the time of its last change";
    }
    if (!tt_time(json_get(order, "create_time"), &out->placed_at_us)) {
        out->placed_at_us = 0;
    }
    out->version_text = arena_printf(arena, "%" PRId64, out->version / US_PER_S);
    return NULL;
}

const char *tt_order_read(const struct account *account,
                          struct json order,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct order_snapshot *out)
{
    struct order_snapshot snapshot = {.version_is_time = true, .fetched_at_us = fetched_at_us};
    struct json items = json_get(order, "line_items");
    struct reading to = {
        .arena = arena, .room = lines_room(items), .status = text_of(order, "status")};
    int64_t collected_us = 0;
    struct slice warehouse = {0};

    const char *reason = head_read(order, arena, &snapshot);
    if (reason) {
        return reason;
    }
    if (json_type(items) != JSON_ARRAY || json_count(items) == 0) {
        return "an order without lines";
    }
    to.lines = ARENA_ARRAY(arena, to.room + 1, struct snapshot_line);
    if (!to.lines) {
        return "an order larger than one answer may be";
    }
    to.was_collected = tt_time(json_get(order, "collection_time"), &collected_us);
    to.channel_fulfilled = slice_is(text_of(order, "fulfillment_type"), "FULFILLMENT_BY_TIKTOK");
    if (account->has_locations && !to.channel_fulfilled &&
        tt_id(json_get(order, "warehouse_id"), arena, &warehouse)) {
        to.location = warehouse;
    }
    for (struct json_iter i = json_iter(items); !reason && json_next(&i);) {
        reason = line_read(i.value, &to);
    }
    if (reason) {
        return reason;
    }
    if (ids_repeat(&to)) {
        return "two order lines with the same id";
    }
    snapshot.lines = to.lines;
    snapshot.lines_count = to.count;
    destination_read(order, arena, &snapshot);
    if (arena->exhausted) {
        return "an order larger than one answer may be";
    }
    *out = snapshot;
    return NULL;
}
