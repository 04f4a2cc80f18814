/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: from a snapshot to booked units, and from parked lines to booked ones. */
#include "engine/autopsy.h"
#include "engine/difference.h"
#include "engine/past.h"
#include "engine/snapshot_facts.h"

#define FACTS_MAX ((size_t)4 * 1024 * 1024)
/* A sale is shown everywhere within so long (the industry's promise; ours is milliseconds). */
#define PROMISED_US (5 * US_PER_S)

/* ---- mapping: which SKU a line sells ---- */

static struct batch_sku *sku_of_listing(struct batch *b, const struct batch_listing *listing)
{
    struct batch_sku *sku = batch_sku(b, listing->row.sku);
    if (!sku) {
        batch_fail(b, ERR_CORRUPT, "a listing of a SKU that is not there");
    }
    return sku;
}

bool order_line_map(struct batch *b, const struct channel_config *channel, struct order_line *line)
{
    const struct slice keys[] = {line->remote, line->remote_other};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct rows *found =
            keys[i].n ? batch_listings_by_key(b, channel->row.id, keys[i]) : NULL;
        if (found && found->count) {
            const struct batch_listing *listing = found->items[0];
            struct batch_sku *sku = sku_of_listing(b, listing);
            if (sku) {
                line->sku = sku->row.id;
                line->parts = batch_parts(b, sku, listing->row.pack_size, &line->parts_count);
            }
            return sku != NULL;
        }
    }
    /* Shops that speak our API name our SKUs: they need no listing for it. */
    if (channel->connector == &connector_api && slice_starts(line->remote, "sku:")) {
        struct batch_sku *sku = batch_sku_by_code(b, slice_from(line->remote, 4));
        if (sku) {
            line->sku = sku->row.id;
            line->parts = batch_parts(b, sku, 1, &line->parts_count);
            return true;
        }
    }
    return false;
}

static bool demands_anything(const struct order_counts *c)
{
    return c->ordered > 0;
}

static bool waits_for_mapping(const struct order *order)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (order->lines[i].parts_count == 0 && demands_anything(&order->lines[i].now)) {
            return true;
        }
    }
    return false;
}

/* What a line waits under: shops that speak our API may spell a code as they like. */
static struct slice
parked_key(struct batch *b, const struct channel_config *channel, struct slice key)
{
    if (channel->connector != &connector_api || !slice_starts(key, "sku:")) {
        return key;
    }
    struct slice code = sku_code_key(slice_from(key, 4), &b->arena);
    return arena_printf(&b->arena, "sku:%.*s", SLICE_ARG(code));
}

static void park_line(struct batch *b,
                      const struct channel_config *channel,
                      struct batch_order *order,
                      const struct order_line *line,
                      int64_t delivery)
{
    const struct slice keys[] = {line->remote, line->remote_other};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct parked_row *row = keys[i].n ? ARENA_NEW(&b->arena, struct parked_row) : NULL;
        if (row) {
            *row =
                (struct parked_row){channel->row.id, parked_key(b, channel, keys[i]), order->row.n};
            if (!rows_add(&b->changes.parked, &b->arena, row)) {
                batch_fail(b, ERR_LIMIT, "parked lines");
            }
        }
    }
    batch_incident(
        b,
        &(struct incident_text){
            .code = "PARKED",
            .subject = arena_printf(
                &b->arena, "%.*s %.*s", SLICE_ARG(channel->row.code), SLICE_ARG(line->remote)),
            .channel = channel->row.code,
            .order = order->row.order.id,
            .delivery = delivery,
            .title = arena_printf(&b->arena,
                                  "An order of '%.*s' sells something that no listing names",
                                  SLICE_ARG(channel->row.code)),
            .detail = arena_printf(&b->arena,
                                   "Order %.*s, line %.*s: '%.*s' is not mapped. The line waits; "
                                   "the rest of the order is booked.",
                                   SLICE_ARG(order->row.order.id),
                                   SLICE_ARG(line->id),
                                   SLICE_ARG(line->remote)),
            .action = SLICE(
                "Create the listing (POST /v1/listings): the line is then booked by itself, once."),
        });
}

static void map_lines(struct batch *b,
                      const struct channel_config *channel,
                      struct batch_order *order,
                      int64_t delivery)
{
    struct order *o = &order->row.order;
    for (size_t i = 0; i < o->lines_count; i++) {
        struct order_line *line = &o->lines[i];
        line->location = (struct location_id){0}; /* as this version says, whatever came before */
        if (line->location_text.n) {
            const struct location_row *location =
                config_location_of(b->config, channel, line->location_text);
            line->location = location ? location->id : (struct location_id){0};
            if (!location) {
                batch_incident(
                    b,
                    &(struct incident_text){
                        .code = "PARKED",
                        .subject = arena_printf(&b->arena,
                                                "%.*s location %.*s",
                                                SLICE_ARG(channel->row.code),
                                                SLICE_ARG(line->location_text)),
                        .channel = channel->row.code,
                        .order = o->id,
                        .delivery = delivery,
                        .title = arena_printf(&b->arena,
                                              "'%.*s' ships from a location that is not mapped",
                                              SLICE_ARG(channel->row.code)),
                        .detail = arena_printf(&b->arena,
                                               "Order %.*s names the location '%.*s'. Its units "
                                               "were booked by the channel's route.",
                                               SLICE_ARG(o->id),
                                               SLICE_ARG(line->location_text)),
                        .action = SLICE("Add it to the channel's location_map."),
                    });
            }
        }
        if (line->parts_count == 0 && demands_anything(&line->now) &&
            !order_line_map(b, channel, line) && !b->err) {
            park_line(b, channel, order, line, delivery);
        }
        for (size_t p = 0; p < line->parts_count; p++) {
            struct batch_sku *sku = batch_sku(b, line->parts[p].sku);
            if (sku) {
                batch_load_stock(b, sku);
            } else {
                batch_fail(b, ERR_CORRUPT, "an order line of a SKU that is not there");
            }
        }
    }
}

/* ---- booking ---- */

/* Units that live mode would have saved: the last one was gone for longer than telling the channel
 * takes when it was sold once more. */
static int64_t avoidable(struct batch *b,
                         const struct channel_config *channel,
                         const struct order *order,
                         const struct order_short *s)
{
    const struct batch_sku *sku = batch_sku(b, s->sku);
    int64_t ran_out_us = 0;
    if (channel->row.mode != MODE_SHADOW || !order->placed_at_us || !sku || sku->last_movement) {
        return 0;
    }
    batch_fail(b,
               autopsy_ran_out_at(b->store, s->sku, s->location, &b->arena, &ran_out_us),
               "look for the last unit");
    return ran_out_us && order->placed_at_us - ran_out_us > PROMISED_US ? s->quantity : 0;
}

static void report_short(struct batch *b,
                         const struct channel_config *channel,
                         const struct order *order,
                         const struct order_short *s,
                         int64_t delivery)
{
    const struct batch_sku *sku = batch_sku(b, s->sku);
    const struct location_row *location = config_location(b->config, s->location);
    if (!sku || sku->row.backorder) {
        return;
    }
    const struct slice line = order->lines[s->line].id;
    difference_oversold(b, channel, s->quantity, avoidable(b, channel, order, s));
    batch_incident(
        b,
        &(struct incident_text){
            .code = "OVERSOLD",
            .subject = arena_printf(&b->arena,
                                    "%.*s %.*s %.*s",
                                    SLICE_ARG(channel->row.code),
                                    SLICE_ARG(order->id),
                                    SLICE_ARG(line)),
            .channel = channel->row.code,
            .sku = sku->row.code,
            .order = order->id,
            .delivery = delivery,
            .title = arena_printf(&b->arena,
                                  "%" PRId64 " of '%.*s' sold that are not there",
                                  s->quantity,
                                  SLICE_ARG(sku->row.code)),
            .detail = arena_printf(&b->arena,
                                   "Order %.*s of '%.*s', line %.*s: %" PRId64
                                   " units found no stock at '%.*s'. They are booked as owed.",
                                   SLICE_ARG(order->id),
                                   SLICE_ARG(channel->row.code),
                                   SLICE_ARG(line),
                                   s->quantity,
                                   SLICE_ARG(location ? location->code : SLICE("?"))),
            .action = SLICE("Receive units, transfer them there, or cancel the line with the "
                            "buyer. The autopsy says which stage was late, and the smallest buffer "
                            "that would have prevented it (truecount autopsy ORDER)."),
        });
}

static struct ledger book(struct batch *b,
                          const struct channel_config *channel,
                          struct batch_order *order,
                          int64_t happened_at_us,
                          int64_t delivery)
{
    struct ledger ledger = {.arena = &b->arena, .stock = &b->stock};
    struct order_booking booking;
    batch_fail(b,
               order_book(&order->row.order,
                          channel->stops,
                          channel->stops_count,
                          happened_at_us,
                          &ledger,
                          &booking),
               "book an order");
    if (!b->err && order->row.order.version_is_time) {
        /* The version is the latest that any of it can have happened. */
        past_oppose_counted(b, &ledger, order->row.order.version);
    }
    for (size_t i = 0; !b->err && i < booking.shorts_count; i++) {
        const struct order_short *s = &booking.shorts[i];
        const struct stock *row = stock_set_find(&b->stock, s->sku, s->location);
        if (!row || row->available < 0) { /* else a count had seen them leave */
            report_short(b, channel, &order->row.order, s, delivery);
        }
    }
    if (!b->err && booking.is_routeless) {
        batch_incident(
            b,
            &(struct incident_text){
                .code = "PARKED",
                .subject = arena_printf(&b->arena, "%.*s route", SLICE_ARG(channel->row.code)),
                .channel = channel->row.code,
                .order = order->row.order.id,
                .delivery = delivery,
                .title = arena_printf(
                    &b->arena, "'%.*s' sells, but from nowhere", SLICE_ARG(channel->row.code)),
                .detail = SLICE("The channel's route has no active location: the order is kept, "
                                "its units are not reserved."),
                .action = SLICE("Create or activate a location of its route; the next version of "
                                "the order books it."),
            });
    }
    return ledger;
}

/* Listings that show what the line sells: the first of its keys that is known. */
static const struct rows *listings_of_line(struct batch *b,
                                           const struct channel_config *channel,
                                           const struct order_line *line)
{
    const struct rows *found = batch_listings_by_key(b, channel->row.id, line->remote);
    bool none = !found || found->count == 0;
    return none && line->remote_other.n
               ? batch_listings_by_key(b, channel->row.id, line->remote_other)
               : found;
}

static void own_event(struct batch *b,
                      const struct channel_config *channel,
                      const struct order_line *line,
                      int64_t units,
                      int64_t happened_at_us)
{
    const struct rows *found = listings_of_line(b, channel, line);
    for (size_t l = 0; found && l < found->count; l++) {
        struct batch_listing *listing = found->items[l];
        /* Of several locations we cannot know which one sold: none of them surely did. */
        expected_own_event(&listing->row.expected,
                           units,
                           found->count > 1 ? 0 : happened_at_us,
                           b->now_us,
                           event_delay_us(b->delays,
                                          channel->row.id,
                                          channel->connector->semantics.event_delay_p99_us));
        batch_listing_moved(b, listing);
        batch_hint(b, (struct dirty_hint){.listing = listing->row.id, .channel = channel->row.id});
    }
}

static int64_t demanded(const struct order_line *line)
{
    return line->now.ordered - line->now.cancelled - line->now.restocked;
}

/* Units of a line that the channel has sold and still has to ship. */
static int64_t open_of(const struct order *order, const struct order_line *line)
{
    int64_t units = line->now.ordered - line->now.cancelled - line->now.fulfilled;
    return order->is_test || line->channel_fulfilled || !line->parts_count || units < 0 ? 0 : units;
}

/* Of several listings at locations the one where the line was booked, or the first. */
static void open_moved(struct batch *b,
                       const struct channel_config *channel,
                       const struct order_line *line,
                       int64_t units)
{
    const struct rows *found = units ? listings_of_line(b, channel, line) : NULL;
    struct batch_listing *listing = found && found->count ? found->items[0] : NULL;
    for (size_t i = 0; found && i < found->count; i++) {
        struct batch_listing *other = found->items[i];
        listing = line->location.v && other->row.location.v == line->location.v ? other : listing;
    }
    if (listing) {
        listing->row.open_units += units;
        batch_listing_moved(b, listing);
        batch_hint(b, (struct dirty_hint){.listing = listing->row.id, .channel = channel->row.id});
    }
}

/* The channel's own sale (or restock) moves what it shows, without a push. */
static void own_events(struct batch *b,
                       const struct channel_config *channel,
                       const struct order *before,
                       const struct order *after)
{
    for (size_t i = 0; i < after->lines_count; i++) {
        const struct order_line *line = &after->lines[i];
        const struct order_line *was = before && i < before->lines_count ? &before->lines[i] : NULL;
        open_moved(b, channel, line, open_of(after, line) - (was ? open_of(before, was) : 0));
        if (channel->connector->semantics.own_sales_keep_count) {
            continue;
        }
        int64_t units = line->taken - (was ? was->taken : 0);
        /* Not later than it happened: the placing of a new order, the version before of a changed
         * one. What was sold before the channel was opened may be in any count by now. */
        int64_t happened_at_us = after->is_baseline        ? 0
                                 : !before                 ? after->placed_at_us
                                 : before->version_is_time ? before->version
                                                           : 0;
        if (units) {
            own_event(b, channel, line, units, happened_at_us);
        } else if (line->taken_unsaid && was && demanded(was) != demanded(line)) {
            /* It does not say whether it put them back, or took them again: it may show so many
             * more, or fewer. */
            own_event(b, channel, line, demanded(line) - demanded(was), 0);
        }
    }
}

/* When what this version says happened: placed at first sight, changed later. */
static int64_t happened_at(const struct batch *b, const struct order *order, bool existed)
{
    return existed && order->version_is_time ? order->version
           : order->placed_at_us             ? order->placed_at_us
           : order->version_is_time          ? order->version
                                             : b->now_us;
}

static int64_t log_snapshot(struct batch *b,
                            const struct channel_config *channel,
                            const struct order_snapshot *snapshot)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, FACTS_MAX);
    struct json_writer w = json_writer(&facts);
    snapshot_write(snapshot, &w);
    if (facts.overflow) {
        batch_fail(b, ERR_LIMIT, "an order's facts");
    }
    return batch_event(b, "order", channel->row.id, snapshot->id, buf_view(&facts));
}

/* The order keeps what it borrowed from the turn's arena, which ends before the batch does. */
static void own_texts(struct batch *b, struct order *order)
{
    struct slice *texts[] = {&order->id, &order->version_text, &order->country, &order->region};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        *texts[i] = arena_copy(&b->arena, *texts[i]);
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        struct order_line *line = &order->lines[i];
        struct slice *line_texts[] = {
            &line->id, &line->remote, &line->remote_other, &line->location_text};
        for (size_t k = 0; k < COUNT_OF(line_texts); k++) {
            *line_texts[k] = arena_copy(&b->arena, *line_texts[k]);
        }
    }
}

void apply_snapshot(struct batch *b,
                    const struct channel_config *channel,
                    const struct order_snapshot *snapshot,
                    int64_t delivery,
                    int64_t received_at_us,
                    struct snapshot_outcome *out)
{
    *out = (struct snapshot_outcome){.state = DELIVERY_APPLIED};
    struct batch_order *order = batch_order(b, channel->row.id, snapshot->id);
    if (!order) {
        return;
    }
    struct order before = order->row.order, after;
    enum order_verdict verdict;
    batch_fail(b,
               order_merge(order->exists ? &before : NULL,
                           snapshot,
                           channel->row.id,
                           channel->connector->semantics.stamp_granularity_us,
                           channel->row.opened_at_us,
                           &b->arena,
                           &after,
                           &verdict),
               "merge an order");
    if (b->err) {
        return;
    }
    switch (verdict) {
    case ORDER_SAME:
        out->state = DELIVERY_DUPLICATE;
        out->reason = "this version of the order is booked already";
        return;
    case ORDER_STALE:
        out->state = DELIVERY_STALE;
        out->reason = "a newer version of the order is booked already";
        return;
    case ORDER_TIE:
        out->is_tie = true;
        out->reason = "another content with the same version: the greater demand is booked, the "
                      "order is read again";
        break;
    case ORDER_APPLIED:
        break;
    }
    bool existed = order->exists;
    out->is_new = !existed && !after.is_baseline;
    own_texts(b, &after);
    order->row.order = after;
    batch_fail(b, order_digest(snapshot, &b->arena, order->row.digest), "digest of an order");
    batch_order_changed(b, order);
    int64_t event = log_snapshot(b, channel, snapshot);
    map_lines(b, channel, order, delivery);
    if (b->err) {
        return;
    }
    struct ledger ledger = book(b, channel, order, happened_at(b, &after, existed), delivery);
    if (b->err) {
        return;
    }
    batch_movements(b, &ledger, event, received_at_us);
    if (!existed && !after.is_baseline && after.placed_at_us) {
        event_delay_seen(b->delays,
                         channel->row.id,
                         after.placed_at_us,
                         received_at_us ? received_at_us : b->now_us);
    }
    own_events(b, channel, existed ? &before : NULL, &order->row.order);
    if (waits_for_mapping(&order->row.order)) {
        out->state = DELIVERY_PARKED;
        out->reason = "a line sells something that no listing names; the mapped lines are booked";
    }
}

/* Its parked lines are booked: nothing waits under either of their keys, and no incident says so. */
static void
unpark(struct batch *b, const struct channel_config *channel, const struct order_row *row)
{
    for (size_t i = 0; i < row->order.lines_count; i++) {
        const struct order_line *line = &row->order.lines[i];
        const struct slice keys[] = {line->remote, line->remote_other};
        for (size_t k = 0; line->parts_count && k < COUNT_OF(keys); k++) {
            struct parked_row *gone = keys[k].n ? ARENA_NEW(&b->arena, struct parked_row) : NULL;
            if (gone) {
                *gone =
                    (struct parked_row){channel->row.id, parked_key(b, channel, keys[k]), row->n};
                if (!rows_add(&b->changes.parked_gone, &b->arena, gone)) {
                    batch_fail(b, ERR_LIMIT, "parked orders");
                }
                batch_incident_close(
                    b,
                    "PARKED",
                    arena_printf(
                        &b->arena, "%.*s %.*s", SLICE_ARG(channel->row.code), SLICE_ARG(keys[k])));
            }
        }
    }
}

/* The deliveries that brought a parked order are applied by now. The first of them, 0: none. */
static int64_t deliveries_applied(struct batch *b, const struct order_row *row)
{
    struct rows parked = {0};
    batch_fail(b,
               b->store->ops->deliveries_parked(
                   b->store, row->order.channel, row->order.id, &b->arena, &parked),
               "load parked deliveries");
    for (size_t i = 0; i < parked.count && !waits_for_mapping(&row->order); i++) {
        struct delivery_row *delivery = parked.items[i];
        delivery->state = DELIVERY_APPLIED;
        delivery->reason = SLICE("applied when the mapping appeared");
        if (!rows_add(&b->changes.deliveries, &b->arena, delivery)) {
            batch_fail(b, ERR_LIMIT, "parked deliveries");
        }
    }
    return parked.count ? ((const struct delivery_row *)parked.items[0])->n : 0;
}

static void opened_by_mapping(struct batch *b,
                              const struct channel_config *channel,
                              const struct order *order,
                              const bool *was_mapped)
{
    if (!was_mapped) {
        batch_fail(b, ERR_LIMIT, "parked lines");
        return;
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        if (!was_mapped[i]) {
            open_moved(b, channel, &order->lines[i], open_of(order, &order->lines[i]));
        }
    }
}

static void book_parked(struct batch *b,
                        const struct channel_config *channel,
                        struct slice id,
                        struct slice key)
{
    struct batch_order *order = batch_order(b, channel->row.id, id);
    if (!order || !order->exists) {
        return;
    }
    int64_t event = batch_event_text(b, "order_mapped", channel->row.id, id, "key", key);
    const struct order_line *lines = order->row.order.lines;
    bool *was_mapped = ARENA_ARRAY(&b->arena, order->row.order.lines_count + 1, bool);
    for (size_t i = 0; was_mapped && i < order->row.order.lines_count; i++) {
        was_mapped[i] = lines[i].parts_count > 0;
    }
    map_lines(b, channel, order, 0);
    int64_t delivery = b->err ? 0 : deliveries_applied(b, &order->row);
    struct ledger ledger =
        book(b, channel, order, happened_at(b, &order->row.order, true), delivery);
    if (!b->err) {
        unpark(b, channel, &order->row);
        batch_movements(b, &ledger, event, 0);
        batch_order_changed(b, order);
        opened_by_mapping(b, channel, &order->row.order, was_mapped);
    }
}

void apply_parked(struct batch *b, const struct channel_config *channel, struct slice key)
{
    struct rows parked = {0};
    key = parked_key(b, channel, key);
    batch_fail(b,
               b->store->ops->parked(b->store, channel->row.id, key, &b->arena, &parked),
               "load parked orders");
    for (size_t i = 0; !b->err && i < parked.count; i++) {
        const struct parked_row *waits = parked.items[i];
        struct order_row *row = NULL;
        batch_fail(
            b, b->store->ops->order_by_n(b->store, waits->order, &b->arena, &row), "load an order");
        if (row) {
            book_parked(b, channel, row->order.id, key);
        }
    }
}
