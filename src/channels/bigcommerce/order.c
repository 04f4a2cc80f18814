/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One order (GET /v2/orders/{id} with its consignments' line items) into a snapshot.
 *
 * BigCommerce keeps three numbers per line: Q quantity (edited in place), S quantity_shipped and R
 * quantity_refunded. It says neither whether refunded units had been shipped nor whether they are
 * back on sale, so each stage takes what is certain:
 *
 *   nothing   Cancelled, Declined                 cancelled Q - S, what was shipped stays shipped
 *   open      every other, also unknown ones      cancelled R - S: refunded units count as shipped
 *                                                 ones first, as far as there are any, so that no
 *                                                 unit that is still owed goes on sale
 *   done      Shipped, Completed                  nothing is owed any more: the refunded units that
 *                                                 were never shipped are back, the rest is
 *                                                 fulfilled. Without a single shipment on record
 *                                                 everything counts as shipped
 *   refunded  Refunded, never wholly shipped      cancelled Q - S
 *   archived  is_deleted while still open         cancelled Q - S, and not back on sale: nobody
 *                                                 says whether the goods left
 *
 * date_shipped is set once an order was shipped as a whole. With it a refund, a cancellation, a
 * dispute or an archiving is that of a done order: shipped goods do not come back by a status.
 * Refunds of shipped units move nothing; goods that come back are booked by hand.
 *
 * `taken` is not said: when BigCommerce moves its count is a setting of the store. It is then
 * counted from a line's first sight, so an Incomplete order, which is none yet and becomes real
 * under the same id, has no lines at all until then.
 */
#include "channels/bigcommerce/bigcommerce.h"

enum status {
    STATUS_INCOMPLETE = 0,
    STATUS_SHIPPED = 2,
    STATUS_REFUNDED = 4,
    STATUS_CANCELLED = 5,
    STATUS_DECLINED = 6,
    STATUS_COMPLETED = 10,
    STATUS_DISPUTED = 13,
    STATUS_PARTLY_REFUNDED = 14,
};

enum stage { STAGE_NOTHING, STAGE_OPEN, STAGE_DONE, STAGE_REFUNDED, STAGE_ARCHIVED };

struct reading {
    struct arena *arena;
    struct snapshot_line *lines;
    int64_t *refunded; /* R of each line */
    int64_t *ids;
    size_t count, room;
    bool any_shipped;
};

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static bool is_set(struct json v)
{
    struct slice text = {0};

    return json_text(v, &text) && slice_trim(text).n > 0;
}

static enum stage stage_of(struct json order, int64_t status)
{
    bool is_archived = false;
    bool was_shipped = is_set(json_get(order, "date_shipped"));

    json_bool(json_get(order, "is_deleted"), &is_archived);
    bool is_final = is_archived || status == STATUS_REFUNDED || status == STATUS_CANCELLED ||
                    status == STATUS_DISPUTED || status == STATUS_PARTLY_REFUNDED;
    if (status == STATUS_SHIPPED || status == STATUS_COMPLETED || (was_shipped && is_final)) {
        return STAGE_DONE;
    }
    if (status == STATUS_INCOMPLETE || status == STATUS_CANCELLED || status == STATUS_DECLINED) {
        return STAGE_NOTHING;
    }
    if (status == STATUS_REFUNDED) {
        return STAGE_REFUNDED;
    }
    return is_archived ? STAGE_ARCHIVED : STAGE_OPEN;
}

/* Units as a number or as text, "2" or "2.0000"; absent and null are none. */
static bool units_read(struct json v, int64_t *out)
{
    struct slice text = {0};
    struct slice whole;
    int64_t units = 0;

    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL) {
        *out = 0;
        return true;
    }
    if (!json_int_loose(v, &units)) {
        struct slice number = json_text(v, &text) ? text : (struct slice){0};
        if (!slice_cut(&number, '.', &whole) || !slice_int(whole, &units)) {
            return false;
        }
        for (size_t i = 0; i < number.n; i++) {
            if (number.p[i] != '0') {
                return false;
            }
        }
    }
    *out = units;
    return units >= 0 && units <= QTY_MAX;
}

static void line_counts(enum stage stage, bool any_shipped, int64_t r, struct snapshot_line *line)
{
    int64_t q = line->ordered;
    int64_t s = line->fulfilled;
    int64_t refunded_for_certain = within(r - s, 0, q - s);

    switch (stage) {
    case STAGE_NOTHING:
    case STAGE_REFUNDED:
        line->cancelled = q - s;
        break;
    case STAGE_OPEN:
        line->cancelled = refunded_for_certain;
        break;
    case STAGE_DONE:
        line->cancelled = any_shipped ? within(r, 0, q - s) : 0;
        line->fulfilled = q - line->cancelled;
        break;
    case STAGE_ARCHIVED:
        line->cancelled = q - s;
        line->no_restock = q - s - refunded_for_certain;
        break;
    }
}

/* What was sold. Custom items and gift certificates have no product: they are nobody's stock. */
static bool line_keys(struct json json, struct arena *arena, struct snapshot_line *out)
{
    struct slice type = {0};
    int64_t product = 0;
    int64_t variant = 0;

    json_text(json_get(json, "type"), &type);
    if (slice_is(type, "giftcertificate") || !bc_id(json_get(json, "product_id"), &product)) {
        return false;
    }
    out->remote = bc_product_key(arena, product);
    if (bc_id(json_get(json, "variant_id"), &variant)) {
        out->remote_other = out->remote; /* the count may be the product's */
        out->remote = bc_variant_key(arena, variant);
    }
    return true;
}

static const char *line_read(struct json json, struct slice location, struct reading *to)
{
    struct snapshot_line line = {.location = location, .taken = TAKEN_UNSAID};
    int64_t shipped = 0;
    int64_t refunded = 0;
    int64_t id = 0;

    if (to->count == to->room) {
        return "an order with too many lines";
    }
    if (!bc_id(json_get(json, "id"), &id)) {
        return "an order line without an id: the line items were not included";
    }
    if (json_type(json_get(json, "quantity")) == JSON_NONE ||
        !units_read(json_get(json, "quantity"), &line.ordered) ||
        !units_read(json_get(json, "quantity_shipped"), &shipped) ||
        !units_read(json_get(json, "quantity_refunded"), &refunded)) {
        return "an order line's quantities are not whole numbers within bounds";
    }
    if (!line_keys(json, to->arena, &line)) {
        return NULL;
    }
    line.fulfilled = within(shipped, 0, line.ordered);
    line.id = arena_printf(to->arena, "%" PRId64, id);
    to->any_shipped = to->any_shipped || line.fulfilled > 0;
    to->ids[to->count] = id;
    to->refunded[to->count] = refunded;
    to->lines[to->count++] = line;
    return NULL;
}

static const char *lines_read(struct json items, struct slice location, struct reading *to)
{
    const char *reason = NULL;

    if (json_type(items) == JSON_OBJECT) {
        return line_read(items, location, to); /* the schema's example of downloads */
    }
    if (json_type(items) != JSON_ARRAY) {
        return "a consignment without line items";
    }
    for (struct json_iter i = json_iter(items); !reason && json_next(&i);) {
        reason = line_read(i.value, location, to);
    }
    return reason;
}

static struct slice pickup_location(struct json pickup, struct arena *arena)
{
    struct json location = json_get(pickup, "location");
    int64_t id = 0;

    if (bc_id(json_get(location, "id"), &id) || bc_id(json_get(location, "location_id"), &id)) {
        return arena_printf(arena, "%" PRId64, id);
    }
    return (struct slice){0};
}

static size_t lines_room(struct json consignments)
{
    static const char *const kinds[] = {"shipping", "pickups", "downloads"};
    size_t room = 0;

    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (struct json_iter i = json_iter(json_get(consignments, kinds[k])); json_next(&i);) {
            room += json_count(json_get(i.value, "line_items"));
        }
    }
    return room < BC_LINES_MAX ? room : BC_LINES_MAX;
}

static const char *consignments_read(struct json consignments, struct reading *to)
{
    const char *reason = NULL;

    if (json_type(consignments) != JSON_OBJECT) {
        return "an order without its consignments: which lines it has is not said";
    }
    for (struct json_iter i = json_iter(json_get(consignments, "shipping"));
         !reason && json_next(&i);) {
        reason = lines_read(json_get(i.value, "line_items"), (struct slice){0}, to);
    }
    for (struct json_iter i = json_iter(json_get(consignments, "pickups"));
         !reason && json_next(&i);) {
        struct slice location = pickup_location(i.value, to->arena);
        reason = lines_read(json_get(i.value, "line_items"), location, to);
    }
    for (struct json_iter i = json_iter(json_get(consignments, "downloads"));
         !reason && json_next(&i);) {
        reason = lines_read(json_get(i.value, "line_items"), (struct slice){0}, to);
    }
    return reason;
}

static int line_compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static bool ids_repeat(int64_t *ids, size_t count)
{
    if (count > 1) {
        qsort(ids, count, sizeof *ids, line_compare);
    }
    for (size_t i = 1; i < count; i++) {
        if (ids[i] == ids[i - 1]) {
            return true;
        }
    }
    return false;
}

/* ---- the destination ---- */

static bool is_country(struct slice s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

/* The region stays empty: BigCommerce writes a state's name, never its code. */
static void destination_read(struct json order, struct arena *arena, struct order_snapshot *out)
{
    struct slice country = {0};
    struct json_iter first = json_iter(json_path(order, "consignments", "shipping", NULL));

    if (json_next(&first)) {
        json_text(json_get(first.value, "country_iso2"), &country);
    }
    if (!is_country(country)) {
        json_text(json_path(order, "billing_address", "country_iso2", NULL), &country);
    }
    if (is_country(country)) {
        out->country = arena_copy(arena, country);
    }
}

/* The gateway for trying things out is the only mark that a test order bears. */
static bool is_test_order(struct json order)
{
    struct slice method = {0};

    return json_text(json_get(order, "payment_method"), &method) &&
           slice_equal_nocase(slice_trim(method), SLICE("Test Payment Gateway"));
}

static const char *
head_read(struct json order, struct arena *arena, int64_t *out_status, struct order_snapshot *out)
{
    struct slice modified = {0};
    int64_t id = 0;

    if (!bc_id(json_get(order, "id"), &id)) {
        return "an order without an id";
    }
    if (!json_int_loose(json_get(order, "status_id"), out_status)) {
        return "an order without status_id";
    }
    if (!bc_time(json_get(order, "date_modified"), &out->version)) {
        return "an order without the time of its last change";
    }
    if (!bc_time(json_get(order, "date_created"), &out->placed_at_us)) {
        out->placed_at_us = 0;
    }
    json_text(json_get(order, "date_modified"), &modified);
    out->id = arena_printf(arena, "%" PRId64, id);
    out->version_text = arena_copy(arena, modified);
    return NULL;
}

const char *bc_order_read(struct json order,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct order_snapshot *out)
{
    struct order_snapshot snapshot = {.version_is_time = true, .fetched_at_us = fetched_at_us};
    struct json consignments = json_get(order, "consignments");
    struct reading to = {.arena = arena, .room = lines_room(consignments)};
    int64_t status = 0;
    int64_t items_total = 0;

    const char *reason = head_read(order, arena, &status, &snapshot);
    if (reason) {
        return reason;
    }
    to.lines = ARENA_ARRAY(arena, to.room + 1, struct snapshot_line);
    to.refunded = ARENA_ARRAY(arena, to.room + 1, int64_t);
    to.ids = ARENA_ARRAY(arena, to.room + 1, int64_t);
    if (!to.lines || !to.refunded || !to.ids) {
        return "an order larger than one answer may be";
    }
    reason = consignments_read(consignments, &to);
    if (reason) {
        return reason;
    }
    if (!to.room && units_read(json_get(order, "items_total"), &items_total) && items_total > 0 &&
        !json_count(json_path(consignments, "email", "gift_certificates", NULL))) {
        return "an order with items, but without lines";
    }
    if (ids_repeat(to.ids, to.count)) {
        return "two order lines with the same id";
    }
    enum stage stage = stage_of(order, status);
    for (size_t i = 0; i < to.count; i++) {
        line_counts(stage, to.any_shipped, to.refunded[i], &to.lines[i]);
    }
    snapshot.lines = to.lines;
    snapshot.lines_count = status == STATUS_INCOMPLETE && !to.any_shipped ? 0 : to.count;
    snapshot.is_test = is_test_order(order);
    destination_read(order, arena, &snapshot);
    if (arena->exhausted) {
        return "an order larger than one answer may be";
    }
    *out = snapshot;
    return NULL;
}
