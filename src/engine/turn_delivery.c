/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries and reads: the same facts on the same path, whether a channel sent them or we asked.
 */
#include "engine/batch.h"

static struct delivery_row *delivery_add(struct batch *b, struct turn *turn)
{
    struct delivery_row *row = ARENA_NEW(&b->arena, struct delivery_row);
    if (!row || !rows_add(&b->changes.deliveries, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "a delivery");
        return NULL;
    }
    *row = turn->delivery;
    row->n = b->store->ops->next_id(b->store, ID_DELIVERY);
    row->is_new = true;
    row->state = DELIVERY_APPLIED;
    if (!map_set(&b->deliveries, (struct slice){(const char *)row->key, sizeof(row->key)}, row)) {
        batch_fail(b, ERR_MEMORY, "a delivery");
    }
    return row;
}

/* Was it here before, in this very batch included? */
static bool is_duplicate(struct batch *b, const struct delivery_row *row)
{
    if (map_get(&b->deliveries, (struct slice){(const char *)row->key, sizeof(row->key)})) {
        return true;
    }
    bool seen = false;
    batch_fail(b, b->store->ops->delivery_seen(b->store, row->key, &seen), "look for a delivery");
    return seen;
}

/* ---- observations: what the channel says it shows ---- */

/* "item:7@12" names a count at one of the channel's locations. */
static void
split_stock_key(struct slice stock_key, struct slice *out_key, struct slice *out_location)
{
    *out_location = stock_key;
    if (!slice_cut(out_location, '@', out_key)) {
        *out_location = (struct slice){0};
        *out_key = stock_key;
    }
}

static bool is_at(struct batch *b,
                  const struct channel_config *channel,
                  const struct listing_row *listing,
                  struct slice remote_location)
{
    if (remote_location.n == 0) {
        return true;
    }
    struct slice own = listing_remote_location(b->config, channel, listing);
    return slice_equal(own, remote_location);
}

/* An echo, an order on its way, or somebody else: only a reading tells. Here it is evidence, never
 * truth. */
static void observe(struct batch *b,
                    const struct channel_config *channel,
                    struct batch_listing *listing,
                    const struct observation *seen)
{
    struct listing_row *row = &listing->row;
    /* Stamps are rounded down: within their second the later arrival counts. */
    int64_t granularity_us = channel->connector->semantics.stamp_granularity_us;
    if (!seen->is_known ||
        (seen->as_of_us && seen->as_of_us + granularity_us <= row->observed_at_us)) {
        return;
    }
    row->observed = seen->count;
    row->observed_at_us = seen->as_of_us ? seen->as_of_us : b->now_us;
    batch_listing_moved(b, listing);
    struct range hull = expected_hull(&row->expected);
    if (row->expected.is_known && (seen->count < hull.lo || seen->count > hull.hi)) {
        batch_hint(
            b,
            (struct dirty_hint){.listing = row->id, .channel = channel->row.id, .must_read = true});
    }
}

static void apply_observation(struct batch *b,
                              const struct channel_config *channel,
                              const struct observation *seen)
{
    struct slice key, location;
    split_stock_key(seen->stock_key, &key, &location);
    struct rows found = {0};
    batch_fail(
        b,
        b->store->ops->listings_by_stock_key(b->store, channel->row.id, key, &b->arena, &found),
        "load listings");
    for (size_t i = 0; !b->err && i < found.count; i++) {
        const struct listing_row *row = found.items[i];
        struct batch_listing *listing = batch_listing(b, row->id);
        if (listing && is_at(b, channel, &listing->row, location)) {
            observe(b, channel, listing, seen);
        }
    }
}

/* ---- facts ---- */

/* The worst of what its snapshots met decides how a delivery of several is shown. */
static void note_outcome(struct delivery_row *row, const struct snapshot_outcome *outcome)
{
    static const int weight[] = {[DELIVERY_DUPLICATE] = 0,
                                 [DELIVERY_STALE] = 1,
                                 [DELIVERY_IGNORED] = 2,
                                 [DELIVERY_APPLIED] = 3,
                                 [DELIVERY_PARKED] = 4};
    if (!row->reason.n || weight[outcome->state] > weight[row->state]) {
        row->state = outcome->state;
        row->reason = outcome->reason ? slice_of(outcome->reason) : (struct slice){0};
    }
}

static void add_fetch(struct turn *turn, struct rows *fetches, struct fetch fetch)
{
    struct fetch *copy = ARENA_NEW(&turn->arena, struct fetch);
    if (copy) {
        *copy = (struct fetch){fetch.kind, arena_copy(&turn->arena, fetch.id)};
    }
    if (!copy || !rows_add(fetches, &turn->arena, copy)) {
        turn->arena.exhausted = true;
    }
}

static void give_fetches(struct turn *turn, const struct rows *fetches)
{
    struct fetch *list = ARENA_ARRAY(&turn->arena, fetches->count + 1, struct fetch);
    for (size_t i = 0; list && i < fetches->count; i++) {
        list[i] = *(const struct fetch *)fetches->items[i];
    }
    turn->fetches = list;
    turn->fetches_count = list ? fetches->count : 0;
}

static void
log_observations(struct batch *b, const struct turn *turn, const struct channel_config *channel)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, (size_t)1024 * 1024);
    struct json_writer w = json_writer(&facts);
    json_begin_array(&w);
    for (size_t i = 0; i < turn->facts.observations_count; i++) {
        const struct observation *seen = &turn->facts.observations[i];
        json_begin_array(&w);
        json_put_text(&w, seen->stock_key);
        if (seen->is_known) {
            json_put_int(&w, seen->count);
        } else {
            json_put_null(&w);
        }
        json_put_time(&w, seen->as_of_us);
        json_end_array(&w);
    }
    json_end_array(&w);
    batch_event(b, "observation", channel->row.id, channel->row.code, buf_view(&facts));
}

static void apply_facts(struct batch *b,
                        struct turn *turn,
                        const struct channel_config *channel,
                        struct delivery_row *row)
{
    struct rows fetches = {0};
    bool first = true;
    turn->news_placed_us = 0;
    for (size_t i = 0; !b->err && i < turn->facts.orders_count; i++) {
        const struct order_snapshot *snapshot = &turn->facts.orders[i];
        struct snapshot_outcome outcome;
        apply_snapshot(b, channel, snapshot, row ? row->n : 0, turn->received_at_us, &outcome);
        if (outcome.is_new && snapshot->placed_at_us > turn->news_placed_us) {
            turn->news_placed_us = snapshot->placed_at_us;
        }
        if (outcome.is_tie) {
            add_fetch(turn, &fetches, (struct fetch){FETCH_ORDER, snapshot->id});
            turn->fetch_delay_us = channel->connector->semantics.stamp_granularity_us + US_PER_S;
        }
        if (row) {
            row->order = first ? snapshot->id : row->order;
            row->version = first ? snapshot->version_text : row->version;
            if (first) {
                row->state = outcome.state;
                row->reason = outcome.reason ? slice_of(outcome.reason) : (struct slice){0};
            } else {
                note_outcome(row, &outcome);
            }
            first = false;
        }
    }
    if (turn->facts.observations_count) {
        log_observations(b, turn, channel);
    }
    for (size_t i = 0; !b->err && i < turn->facts.observations_count; i++) {
        apply_observation(b, channel, &turn->facts.observations[i]);
    }
    for (size_t i = 0; i < turn->facts.fetches_count; i++) {
        add_fetch(turn, &fetches, turn->facts.fetches[i]);
    }
    give_fetches(turn, &fetches);
    if (turn->arena.exhausted) {
        batch_fail(b, ERR_LIMIT, "a delivery's facts");
    }
}

static void park_delivery(struct batch *b,
                          const struct channel_config *channel,
                          struct delivery_row *row,
                          const char *reason)
{
    row->state = DELIVERY_PARKED;
    row->reason = slice_of(reason);
    batch_incident(
        b,
        &(struct incident_text){
            .code = "PARKED",
            .subject = arena_printf(&b->arena, "delivery %" PRId64, row->n),
            .channel = channel->row.code,
            .delivery = row->n,
            .title = arena_printf(
                &b->arena, "A delivery of '%.*s' cannot be read", SLICE_ARG(channel->row.code)),
            .detail = arena_printf(&b->arena,
                                   "Topic %.*s: %s. It is authentic and kept.",
                                   SLICE_ARG(row->topic),
                                   reason),
            .action =
                arena_printf(&b->arena,
                             "After the cause is mended: POST /v1/deliveries/%" PRId64 "/replay",
                             row->n),
        });
}

/*
 * A thin body says "look" and has the same bytes each time: {"id":759} of an order moved to the
 * trash again, WooCommerce's {"action","arg"} of the next sale, its error object instead of an
 * order. That it was seen or cannot be read makes what happened since no less worth reading.
 */
static void read_again(struct turn *turn, const struct channel_config *channel)
{
    if (channel->row.mode != MODE_OFF) {
        turn->fetches = turn->facts.fetches;
        turn->fetches_count = turn->facts.fetches_count;
    }
}

/* Facts of a delivery that is stored already, decoded anew. */
static void replay(struct batch *b, struct turn *turn, const struct channel_config *channel)
{
    struct delivery_row *row = NULL;
    batch_fail(
        b, b->store->ops->delivery(b->store, turn->replay_of, &b->arena, &row), "load a delivery");
    if (!row) {
        return;
    }
    if (turn->facts.unreadable) {
        row->state = DELIVERY_PARKED;
        row->reason = arena_copy(&b->arena, slice_of(turn->facts.unreadable));
    } else {
        row->state = DELIVERY_APPLIED;
        row->reason = (struct slice){0};
        apply_facts(b, turn, channel, row);
        if (turn->facts.ignored && row->state == DELIVERY_APPLIED) {
            row->state = DELIVERY_IGNORED;
            row->reason = arena_copy(&b->arena, slice_of(turn->facts.ignored));
        }
        batch_incident_close(b, "PARKED", arena_printf(&b->arena, "delivery %" PRId64, row->n));
    }
    row->body = (struct slice){0};
    row->is_new = false;
    if (!rows_add(&b->changes.deliveries, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "a delivery");
    }
    turn->delivery = *row;
}

void turn_delivery(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    if (!channel || !channel->connector) {
        batch_fail(b, ERR_NOT_FOUND, "the delivery's channel");
        return;
    }
    if (turn->replay_of) {
        replay(b, turn, channel);
        return;
    }
    bool duplicate = is_duplicate(b, &turn->delivery);
    struct delivery_row *row = delivery_add(b, turn);
    if (!row || b->err) {
        return;
    }
    if (duplicate) {
        row->state = DELIVERY_DUPLICATE;
        row->reason = SLICE("the same signed bytes came before");
        row->body = (struct slice){0}; /* the first one keeps it */
        read_again(turn, channel);
    } else if (turn->facts.unreadable) {
        park_delivery(b, channel, row, turn->facts.unreadable);
        read_again(turn, channel);
    } else if (channel->row.mode == MODE_OFF) {
        row->state = DELIVERY_IGNORED;
        row->reason = SLICE("the channel's mode is off");
    } else {
        apply_facts(b, turn, channel, row);
        if (turn->facts.ignored && row->state == DELIVERY_APPLIED) {
            row->state = DELIVERY_IGNORED;
            row->reason = slice_of(turn->facts.ignored);
        }
    }
    turn->delivery.n = row->n;
    turn->delivery.state = row->state;
    turn->delivery.reason = arena_copy(&turn->arena, row->reason);
}

void turn_read(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    if (!channel || !channel->connector || channel->row.mode == MODE_OFF) {
        return; /* it was removed or switched off while we asked */
    }
    apply_facts(b, turn, channel, NULL);
    if (turn->facts.unreadable) {
        batch_incident(
            b,
            &(struct incident_text){
                .code = "PARKED",
                .subject = arena_printf(&b->arena, "%.*s read", SLICE_ARG(channel->row.code)),
                .channel = channel->row.code,
                .title = arena_printf(&b->arena,
                                      "An order of '%.*s' cannot be read whole",
                                      SLICE_ARG(channel->row.code)),
                .detail = arena_printf(
                    &b->arena, "%s. What was booked of it stays booked.", turn->facts.unreadable),
                .action =
                    SLICE("Book what is missing by hand (POST /v1/movements), then resolve this."),
            });
    }
    if (turn->read_through_us > channel->row.read_through_us && !b->err) {
        struct channel_row *row = ARENA_NEW(&b->arena, struct channel_row);
        if (!row || !rows_add(&b->changes.channels, &b->arena, row) ||
            !rows_add(&b->reads, &b->arena, row)) {
            batch_fail(b, ERR_LIMIT, "a channel");
            return;
        }
        *row = channel->row;
        row->read_through_us = turn->read_through_us;
    }
}
