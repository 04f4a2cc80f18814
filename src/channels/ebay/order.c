/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One order into a snapshot, and one order by its id.
 *
 * An order says what was sold, not how much of it has left: that stands in its fulfilments.
 *
 *   NOT_STARTED      nothing is shipped
 *   FULFILLED        everything is shipped
 *   anything else    what the fulfilments say, line by line
 *   CANCELED         what is not shipped is cancelled; a mere request for it is not
 *
 * Refunds are money: they say nothing of units, and move none. Units sold lower eBay's own count,
 * which `taken` says. Whether a cancellation raises it again is a preference of the seller, so that
 * of a cancelled order `taken` is not said.
 *
 * An order under way takes three requests: the order, its fulfilments, and the order once more; a
 * change between them shows in its version, and begins again. Cursor: "f;VERSION;n" before the
 * fulfilments, "o;VERSION;n;LINE=UNITS,..." before the order, the n-th time.
 */
#include "base/buf.h"
#include "base/times.h"
#include "channels/ebay/ebay.h"

#define CURSOR_MAX 60000
#define ROUNDS_MAX 4
#define PATH "/sell/fulfillment/v1/order/"

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

bool ebay_order_is_under_way(struct json order)
{
    struct slice state = ebay_text(json_get(order, "orderFulfillmentStatus"));

    return !slice_is(state, "NOT_STARTED") && !slice_is(state, "FULFILLED");
}

static bool is_cancelled(struct json order)
{
    struct slice state = ebay_text(json_path(order, "cancelStatus", "cancelState", NULL));

    return slice_is(state, "CANCELED") || slice_is(state, "CANCELLED");
}

static int64_t shipped_of(const struct ebay_shipments *shipped, struct slice line, int64_t ordered)
{
    int64_t units = 0;

    for (size_t i = 0; shipped && i < shipped->count; i++) {
        if (slice_equal(shipped->rows[i].line, line)) {
            units += shipped->rows[i].quantity < 0 ? ordered : shipped->rows[i].quantity;
            units = within(units, 0, ordered);
        }
    }
    return units;
}

static const char *line_read(struct json json, struct arena *arena, struct snapshot_line *out)
{
    struct slice item = {0};
    struct slice sku = slice_trim(ebay_text(json_get(json, "sku")));
    struct slice id = ebay_text(json_get(json, "lineItemId"));

    if (!ebay_is_id(id)) {
        return "an order line without lineItemId";
    }
    if (!json_int_loose(json_get(json, "quantity"), &out->ordered) || out->ordered < 0 ||
        out->ordered > QTY_MAX) {
        return "an order line's quantity is not a whole number within bounds";
    }
    if (!ebay_is_sku(sku)) {
        sku = (struct slice){0};
    }
    /* A line that names no listing is sold all the same: it waits under a key that none has. */
    if (!ebay_id_text(json_get(json, "legacyItemId"), arena, &item)) {
        item = SLICE("0");
    }
    out->id = arena_copy(arena, id);
    out->remote = ebay_key(arena, item, sku);
    if (sku.n) {
        out->remote_other = ebay_key(arena, item, (struct slice){0});
    }
    return NULL;
}

static const char *lines_read(struct json order,
                              const struct ebay_shipments *shipped,
                              struct arena *arena,
                              struct order_snapshot *out)
{
    struct json rows = json_get(order, "lineItems");
    size_t room = json_count(rows);
    bool is_done = slice_is(ebay_text(json_get(order, "orderFulfillmentStatus")), "FULFILLED");
    bool is_void = is_cancelled(order);
    bool is_theirs = slice_is(
        ebay_text(json_path(order, "program", "fulfillmentProgram", "fulfilledBy", NULL)), "EBAY");
    size_t count = 0;

    if (json_type(rows) != JSON_ARRAY || room == 0) {
        return "an order without lines";
    }
    if (room > EBAY_LINES_MAX) {
        return "an order with too many lines";
    }
    struct snapshot_line *lines = ARENA_ARRAY(arena, room, struct snapshot_line);
    if (!lines) {
        return "an order larger than one answer may be";
    }
    for (struct json_iter i = json_iter(rows); json_next(&i) && count < room; count++) {
        struct snapshot_line *line = &lines[count];
        const char *reason = line_read(i.value, arena, line);
        if (reason) {
            return reason;
        }
        line->fulfilled = is_done ? line->ordered : shipped_of(shipped, line->id, line->ordered);
        line->cancelled = is_void ? line->ordered - line->fulfilled : 0;
        line->taken = is_void ? TAKEN_UNSAID : line->ordered;
        line->channel_fulfilled = is_theirs;
    }
    out->lines = lines;
    out->lines_count = count;
    return NULL;
}

static int slices_compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static const char *ids_check(const struct order_snapshot *order, struct arena *arena)
{
    struct slice *ids = ARENA_ARRAY(arena, order->lines_count, struct slice);

    if (!ids) {
        return "an order larger than one answer may be";
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        ids[i] = order->lines[i].id;
    }
    qsort(ids, order->lines_count, sizeof(*ids), slices_compare);
    for (size_t i = 1; i < order->lines_count; i++) {
        if (slice_equal(ids[i], ids[i - 1])) {
            return "two order lines with the same id";
        }
    }
    return NULL;
}

/* ---- the destination ---- */

static bool is_code(struct slice text, size_t min, size_t max)
{
    for (size_t i = 0; i < text.n; i++) {
        bool is_plain =
            (text.p[i] >= 'A' && text.p[i] <= 'Z') || (text.p[i] >= '0' && text.p[i] <= '9');
        if (!is_plain) {
            return false;
        }
    }
    return text.n >= min && text.n <= max;
}

/* A state is a code in some countries and a name in others: only a code is taken. */
static void destination_read(struct json order, struct arena *arena, struct order_snapshot *out)
{
    struct json_iter first = json_iter(json_get(order, "fulfillmentStartInstructions"));

    if (!json_next(&first)) {
        return;
    }
    struct json address = json_path(first.value, "shippingStep", "shipTo", "contactAddress", NULL);
    struct slice country = ebay_text(json_get(address, "countryCode"));
    struct slice region = ebay_text(json_get(address, "stateOrProvince"));
    if (country.n == 2 && is_code(country, 2, 2)) {
        out->country = arena_copy(arena, country);
        if (is_code(region, 1, 3)) {
            out->region = arena_copy(arena, region);
        }
    }
}

static bool is_stamp(struct slice text, int64_t *out)
{
    return text.n <= 40 && time_parse_rfc3339(text, out);
}

const char *ebay_order_read(struct json order,
                            const struct ebay_shipments *shipped,
                            int64_t fetched_at_us,
                            struct arena *arena,
                            struct order_snapshot *out)
{
    struct order_snapshot snapshot = {.version_is_time = true, .fetched_at_us = fetched_at_us};
    struct slice id = ebay_text(json_get(order, "orderId"));
    struct slice modified = ebay_text(json_get(order, "lastModifiedDate"));

    if (!ebay_is_id(id)) {
        return "an order without an id";
    }
    if (!is_stamp(modified, &snapshot.version)) {
        return "an order without the time of its last change";
    }
    if (!time_parse_rfc3339(ebay_text(json_get(order, "creationDate")), &snapshot.placed_at_us)) {
        snapshot.placed_at_us = 0;
    }
    if (!shipped && ebay_order_is_under_way(order)) {
        return "an order under way: what was shipped stands in its fulfilments";
    }
    snapshot.id = arena_copy(arena, id);
    snapshot.version_text = arena_copy(arena, modified);
    const char *reason = lines_read(order, shipped, arena, &snapshot);
    reason = reason ? reason : ids_check(&snapshot, arena);
    if (reason) {
        return reason;
    }
    destination_read(order, arena, &snapshot);
    if (arena->exhausted) {
        return "an order larger than one answer may be";
    }
    *out = snapshot;
    return NULL;
}

/* ---- one order by its id ---- */

struct place {
    char at; /* 0: the order for the first time, 'f': its fulfilments, 'o': the order once more */
    struct slice version, shipped;
    int64_t round;
};

static bool place_read(struct slice cursor, struct place *out)
{
    struct slice head, round;

    *out = (struct place){0};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ';', &head);
    slice_cut(&cursor, ';', &out->version);
    slice_cut(&cursor, ';', &round);
    out->shipped = cursor;
    out->at = head.n == 1 ? head.p[0] : '?';
    return (out->at == 'f' || out->at == 'o') && slice_int(round, &out->round) && out->round >= 1 &&
           out->round <= ROUNDS_MAX;
}

enum err ebay_build_order(const struct account *account,
                          struct slice id,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    struct place place;

    if (!ebay_is_id(id) || !place_read(step->cursor, &place)) {
        return ERR_USAGE;
    }
    struct slice path = arena_printf(
        arena, PATH "%.*s%s", SLICE_ARG(id), place.at == 'f' ? "/shipping_fulfillment" : "");
    return ebay_request(account, "GET", path, (struct slice){0}, arena, out);
}

static enum err
go_on(struct buf *cursor, struct arena *arena, struct channel_signal *signal, struct err_note *note)
{
    struct slice text = cursor->overflow ? (struct slice){0} : arena_copy(arena, buf_view(cursor));

    if (!text.p) {
        return err_note(note, ERR_LIMIT, "an order with more shipments than one exchange holds");
    }
    signal->next = (struct next_request){.is_wanted = true, .cursor = text};
    return ERR_OK;
}

static enum err fulfilments_next(struct slice version,
                                 int64_t round,
                                 struct arena *arena,
                                 struct channel_signal *signal,
                                 struct err_note *note)
{
    ON_EXIT(buf_free) struct buf cursor;

    buf_init(&cursor, CURSOR_MAX);
    if (round > ROUNDS_MAX) {
        return err_note(note, ERR_NET, "the order changes as fast as it is read");
    }
    buf_text(&cursor, "f;");
    buf_slice(&cursor, version);
    buf_printf(&cursor, ";%" PRId64, round);
    return go_on(&cursor, arena, signal, note);
}

static enum err fulfilments_read(struct json root,
                                 const struct place *place,
                                 struct arena *arena,
                                 struct channel_signal *signal,
                                 struct err_note *note)
{
    ON_EXIT(buf_free) struct buf cursor;
    struct json list = json_get(root, "fulfillments");

    buf_init(&cursor, CURSOR_MAX);
    if (json_type(list) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "an order's fulfilments are not a list");
    }
    buf_text(&cursor, "o;");
    buf_slice(&cursor, place->version);
    buf_printf(&cursor, ";%" PRId64 ";", place->round);
    for (struct json_iter f = json_iter(list); json_next(&f);) {
        for (struct json_iter l = json_iter(json_get(f.value, "lineItems")); json_next(&l);) {
            struct slice id = ebay_text(json_get(l.value, "lineItemId"));
            struct json units = json_get(l.value, "quantity");
            int64_t quantity = -1; /* unsaid: all of it */
            bool is_said = json_type(units) != JSON_NONE && json_type(units) != JSON_NULL;
            if (!ebay_is_id(id) ||
                (is_said && (!json_int_loose(units, &quantity) || quantity < 0))) {
                return err_note(note, ERR_PARSE, "a fulfilment whose lines cannot be read");
            }
            buf_slice(&cursor, id);
            buf_printf(&cursor, "=%" PRId64 ",", quantity > QTY_MAX ? QTY_MAX : quantity);
        }
    }
    return go_on(&cursor, arena, signal, note);
}

static bool shipments_read(struct slice text, struct arena *arena, struct ebay_shipments *out)
{
    size_t room = 1;

    for (size_t i = 0; i < text.n; i++) {
        room += text.p[i] == ',';
    }
    struct ebay_shipped *rows = ARENA_ARRAY(arena, room, struct ebay_shipped);
    size_t count = 0;
    for (struct slice one; rows && count < room && slice_cut(&text, ',', &one);) {
        struct ebay_shipped row = {0};
        slice_cut(&one, '=', &row.line);
        if (!slice_int(one, &row.quantity)) {
            return false;
        }
        rows[count++] = row;
    }
    *out = (struct ebay_shipments){rows, count};
    return rows != NULL;
}

static enum err order_decide(struct json order,
                             const struct place *place,
                             int64_t now_us,
                             struct arena *arena,
                             struct facts *out,
                             struct channel_signal *signal,
                             struct err_note *note)
{
    struct ebay_shipments shipped = {0};
    struct slice version = ebay_text(json_get(order, "lastModifiedDate"));
    bool is_under_way = ebay_order_is_under_way(order);
    int64_t ignored = 0;

    if (is_under_way &&
        (!ebay_is_id(ebay_text(json_get(order, "orderId"))) || !is_stamp(version, &ignored))) {
        return err_note(note, ERR_PARSE, "an order without an id or the time of its last change");
    }
    if (is_under_way && (place->at != 'o' || !slice_equal(version, place->version))) {
        return fulfilments_next(version, place->round + 1, arena, signal, note);
    }
    if (place->at == 'o' && !shipments_read(place->shipped, arena, &shipped)) {
        return err_note(note, ERR_PARSE, "a cursor that is not ours");
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "an order larger than an answer may be");
    }
    const char *reason =
        ebay_order_read(order, is_under_way ? &shipped : NULL, now_us, arena, snapshot);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    *out = (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}

enum err ebay_read_order(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct facts *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    (void)account;
    struct ebay_answer answer = ebay_answer_read(response, doc, arena, out_signal);
    struct place place;

    if (answer.verdict != EBAY_DONE) {
        return ebay_fault(answer.verdict, answer.status, answer.reason, out_signal, note);
    }
    if (!place_read(step->cursor, &place)) {
        return err_note(note, ERR_PARSE, "a cursor that is not ours");
    }
    if (place.at == 'f') {
        return fulfilments_read(answer.root, &place, arena, out_signal, note);
    }
    return order_decide(answer.root, &place, step->now_us, arena, out, out_signal, note);
}
