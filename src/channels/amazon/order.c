/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One order into a snapshot, whether the API or a message tells it.
 *
 * Amazon keeps three numbers per line: Q ordered, F shipped and U still to be shipped. What is
 * missing from Q was cancelled:
 *
 *   pending   payment or release is awaited         nothing is cancelled, whatever U says: the
 *                                                   units are sold, and Amazon shows less already
 *   open      Unshipped, PartiallyShipped, others   cancelled Q - F - U. An order that is open but
 *                                                   has no open unit at all contradicts itself, and
 *                                                   the greater demand is booked
 *   shipped   Shipped                               nothing is owed any more: cancelled Q - F - U,
 *                                                   the rest is fulfilled; without a single shipped
 *                                                   unit on record everything counts as shipped
 *   nothing   Cancelled, Unfulfillable              cancelled Q - F
 *
 * `taken` is not said: Amazon lowers its count with the pending order, and whether a cancellation
 * raises it again depends on the reason given for it. Returns are told nowhere.
 *
 * Versions are whole seconds. The API stamps orders with the time of their last change, messages
 * name the time of the one change they tell of, with fractions: a message may thus be stamped a few
 * hundred milliseconds above an order read later that says more. Cut to the second the two are
 * equal, a difference is a tie, and the order is read once more, which decides.
 */
#include "base/times.h"
#include "channels/amazon/amazon.h"

#define KEY_ROOM 300

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* ---- statuses ---- */

static const struct status {
    const char *name; /* letters only, lower case */
    enum amazon_stage stage;
} statuses[] = {
    {"pending", AMAZON_PENDING},
    {"pendingavailability", AMAZON_PENDING},
    {"invoiceunconfirmed", AMAZON_PENDING},
    {"unshipped", AMAZON_OPEN},
    {"partiallyshipped", AMAZON_OPEN},
    {"shipped", AMAZON_SHIPPED},
    {"canceled", AMAZON_NOTHING},
    {"cancelled", AMAZON_NOTHING},
    {"unfulfillable", AMAZON_NOTHING},
};

static const struct status *status_find(struct slice text)
{
    char letters[32];
    size_t n = 0;

    for (size_t i = 0; i < text.n && n < sizeof letters; i++) {
        if (text.p[i] != '_') {
            letters[n++] = text.p[i];
        }
    }
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        if (slice_equal_nocase((struct slice){letters, n}, slice_of(statuses[i].name))) {
            return &statuses[i];
        }
    }
    return NULL;
}

bool amazon_knows_status(struct slice status)
{
    return status_find(status) != NULL;
}

enum amazon_stage amazon_stage_of(struct slice status)
{
    const struct status *known = status_find(status);

    return known ? known->stage : AMAZON_OPEN;
}

/* ---- lines ---- */

struct whole {
    enum amazon_stage stage;
    bool any_shipped, any_open;
};

static void line_counts(const struct amazon_line *said, struct whole of, struct snapshot_line *line)
{
    int64_t q = said->ordered;
    int64_t f = within(said->shipped, 0, q);
    int64_t gone = said->open == AMAZON_UNSAID ? 0 : within(q - f - said->open, 0, q - f);

    line->ordered = q;
    line->fulfilled = f;
    switch (of.stage) {
    case AMAZON_PENDING:
        break;
    case AMAZON_OPEN:
        line->cancelled = of.any_open ? gone : 0;
        break;
    case AMAZON_SHIPPED:
        line->cancelled = of.any_shipped ? gone : 0;
        line->fulfilled = q - line->cancelled;
        break;
    case AMAZON_NOTHING:
        line->cancelled = q - f;
        break;
    }
}

static struct slice line_key(const struct amazon_line *line, struct arena *arena)
{
    if (amazon_is_sku(line->sku)) {
        return amazon_sku_key(arena, line->sku);
    }
    /* Nothing is mapped by these: the line waits, and shows what was sold. */
    return amazon_is_asin(line->asin)
               ? amazon_asin_key(arena, line->asin)
               : arena_printf(arena, "item:%.*s", SLICE_ARG(amazon_bounded(line->id, KEY_ROOM)));
}

static int slice_order(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool ids_repeat(struct slice *ids, size_t count)
{
    if (count > 1) {
        qsort(ids, count, sizeof *ids, slice_order);
    }
    for (size_t i = 1; i < count; i++) {
        if (slice_equal(ids[i], ids[i - 1])) {
            return true;
        }
    }
    return false;
}

const char *amazon_lines_book(const struct amazon_line *lines,
                              size_t count,
                              enum amazon_stage stage,
                              bool channel_fulfilled,
                              struct arena *arena,
                              struct order_snapshot *out)
{
    struct snapshot_line *booked = ARENA_ARRAY(arena, count + 1, struct snapshot_line);
    struct slice *ids = ARENA_ARRAY(arena, count + 1, struct slice);
    struct whole of = {.stage = stage};

    if (!booked || !ids) {
        return "an order larger than one answer may be";
    }
    for (size_t i = 0; i < count; i++) {
        of.any_shipped = of.any_shipped || lines[i].shipped > 0;
        of.any_open = of.any_open || lines[i].open > 0 || lines[i].open == AMAZON_UNSAID;
    }
    for (size_t i = 0; i < count; i++) {
        booked[i] = (struct snapshot_line){.id = arena_copy(arena, lines[i].id),
                                           .taken = TAKEN_UNSAID,
                                           .channel_fulfilled = channel_fulfilled};
        booked[i].remote = line_key(&lines[i], arena);
        line_counts(&lines[i], of, &booked[i]);
        ids[i] = booked[i].id;
    }
    if (arena->exhausted) {
        return "an order larger than one answer may be";
    }
    if (ids_repeat(ids, count)) {
        return "two order lines with the same id";
    }
    out->lines = booked;
    out->lines_count = count;
    return NULL;
}

bool amazon_version(struct slice stamp, struct arena *arena, struct order_snapshot *out)
{
    char text[TIME_TEXT_MAX];
    int64_t at_us = 0;

    if (!time_parse_rfc3339(stamp, &at_us) || at_us < 0) {
        return false;
    }
    out->version = at_us - at_us % US_PER_S;
    out->version_text = arena_copy(arena, time_format_s(out->version, text));
    out->version_is_time = true;
    return true;
}

/* ---- the API's order ---- */

/* Absent and null are AMAZON_UNSAID. */
static bool units_read(struct json v, int64_t *out)
{
    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL) {
        *out = AMAZON_UNSAID;
        return true;
    }
    return json_int(v, out) && *out >= 0 && *out <= QTY_MAX;
}

static const char *item_read(struct json item, struct amazon_line *out)
{
    struct json product = json_get(item, "product");
    struct json fulfillment = json_get(item, "fulfillment");

    *out = (struct amazon_line){.id = amazon_text(json_get(item, "orderItemId")),
                                .sku = amazon_text(json_get(product, "sellerSku")),
                                .asin = amazon_text(json_get(product, "asin"))};
    if (!out->id.n) {
        return "an order line without an id";
    }
    if (!units_read(json_get(item, "quantityOrdered"), &out->ordered) ||
        out->ordered == AMAZON_UNSAID ||
        !units_read(json_get(fulfillment, "quantityFulfilled"), &out->shipped) ||
        !units_read(json_get(fulfillment, "quantityUnfulfilled"), &out->open)) {
        return "an order line's quantities are not whole numbers within bounds";
    }
    return NULL;
}

static const char *items_read(struct json order,
                              enum amazon_stage stage,
                              bool channel_fulfilled,
                              struct arena *arena,
                              struct order_snapshot *out)
{
    struct json items = json_get(order, "orderItems");
    size_t room = json_count(items);

    if (json_type(items) != JSON_ARRAY || room == 0) {
        return "an order without its lines";
    }
    if (room > AMAZON_LINES_MAX) {
        return "an order with too many lines";
    }
    struct amazon_line *lines = ARENA_ARRAY(arena, room, struct amazon_line);
    size_t count = 0;
    if (!lines) {
        return "an order larger than one answer may be";
    }
    for (struct json_iter i = json_iter(items); json_next(&i) && count < room; count++) {
        const char *reason = item_read(i.value, &lines[count]);
        if (reason) {
            return reason;
        }
    }
    return amazon_lines_book(lines, count, stage, channel_fulfilled, arena, out);
}

/* Why it is nothing to our stock; NULL when it is. */
static const char *order_ignored(const struct amazon_config *config, struct json order)
{
    struct json channel = json_get(order, "salesChannel");
    struct slice marketplace = amazon_text(json_get(channel, "marketplaceId"));

    if (slice_is(amazon_text(json_get(channel, "channelName")), "NON_AMAZON")) {
        return "sold elsewhere and shipped by Amazon from its own warehouse";
    }
    if (marketplace.n && !amazon_is_our_marketplace(config, marketplace)) {
        return "the marketplace is none of settings.marketplace_ids";
    }
    return NULL;
}

const char *amazon_order_read(const struct amazon_config *config,
                              struct json order,
                              int64_t fetched_at_us,
                              struct arena *arena,
                              struct order_snapshot *out,
                              const char **out_ignored)
{
    struct order_snapshot snapshot = {.fetched_at_us = fetched_at_us};
    struct json fulfillment = json_get(order, "fulfillment");
    struct slice status = amazon_text(json_get(fulfillment, "fulfillmentStatus"));
    struct slice id = amazon_text(json_get(order, "orderId"));

    if (!amazon_is_order_id(id)) {
        return "an order without an id";
    }
    if (!amazon_version(amazon_text(json_get(order, "lastUpdatedTime")), arena, &snapshot)) {
        return "an order without the time of its last change";
    }
    *out_ignored = order_ignored(config, order);
    if (*out_ignored) {
        return NULL;
    }
    if (!status.n) {
        return "an order without its fulfilment: whether it still stands is not said";
    }
    if (!time_parse_rfc3339(amazon_text(json_get(order, "createdTime")), &snapshot.placed_at_us)) {
        snapshot.placed_at_us = 0;
    }
    snapshot.id = arena_copy(arena, id);
    bool by_amazon = slice_is(amazon_text(json_get(fulfillment, "fulfilledBy")), "AMAZON");
    const char *reason = items_read(order, amazon_stage_of(status), by_amazon, arena, &snapshot);
    if (reason) {
        return reason;
    }
    if (arena->exhausted) {
        return "an order larger than one answer may be";
    }
    *out = snapshot;
    return NULL;
}
