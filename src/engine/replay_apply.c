/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One delivery of a range applied again, and the pushes of a range repeated.
 *
 * Of a delivery's facts the orders are applied and its fetches made again. What it said of counts
 * is left out: what a channel showed then is no evidence of what it shows now.
 */
#include "engine/replay.h"
#include "engine/request_parts.h"

const char *replay_outcome_text(enum replay_outcome outcome)
{
    static const char *const texts[] = {[REPLAY_APPLIED] = "applied",
                                        [REPLAY_UNCHANGED] = "unchanged",
                                        [REPLAY_PARKED] = "parked",
                                        [REPLAY_SKIPPED] = "skipped"};
    must((size_t)outcome < COUNT_OF(texts));
    return texts[outcome];
}

static int64_t delta_of(const struct movement *m, enum bucket bucket)
{
    return (m->to.bucket == bucket ? m->quantity : 0) -
           (m->from.bucket == bucket ? m->quantity : 0);
}

static void
put_movement(struct batch *b, struct turn *turn, const struct movement *m, struct slice channel)
{
    struct replay_apply *apply = turn->owner;
    struct replay_movement *out = &apply->movements[apply->movements_count++];
    const struct batch_sku *sku = batch_sku(b, m->sku);
    bool is_from = m->from.bucket != BUCKET_OUTSIDE;
    const struct location_row *location =
        config_location(b->config, is_from ? m->from.location : m->to.location);
    *out = (struct replay_movement){
        .kind = m->kind,
        .channel = channel,
        .order = arena_copy(&turn->arena, m->order),
        .sku = arena_copy(&turn->arena, sku ? sku->row.code : (struct slice){0}),
        .location = arena_copy(&turn->arena, location ? location->code : (struct slice){0}),
        .quantity = m->quantity,
        .available = delta_of(m, BUCKET_AVAILABLE),
        .reserved = delta_of(m, BUCKET_RESERVED),
        .unavailable = delta_of(m, BUCKET_UNAVAILABLE)};
}

static void give_movements(struct batch *b,
                           struct turn *turn,
                           const struct channel_config *channel,
                           size_t first)
{
    struct replay_apply *apply = turn->owner;
    size_t count = b->changes.movements.count - first;
    struct slice code = arena_copy(&turn->arena, channel->row.code);
    apply->movements = ARENA_ARRAY(&turn->arena, count + 1, struct replay_movement);
    for (size_t i = 0; apply->movements && i < count; i++) {
        const struct movement_row *row = b->changes.movements.items[first + i];
        put_movement(b, turn, &row->movement, code);
    }
    if (turn->arena.exhausted) {
        batch_fail(b, ERR_LIMIT, "a delivery's movements");
    }
}

/* Two contents of one version, neither decisive, stay a tie however often they are joined: the order
 * is read again, but nothing is booked. Only a tie gives a reason for what it applied. */
static bool says_something(const struct replay_apply *apply, const struct turn *turn)
{
    bool is_old_tie = turn->delivery.state == DELIVERY_APPLIED && turn->delivery.reason.n &&
                      apply->movements_count == 0;
    return turn->facts.orders_count && !is_old_tie;
}

/*
 * What became of a delivery is not forgotten because it was repeated: an applied one stays applied,
 * though its order is booked by now, and one that waits for a listing goes on waiting. Only one
 * that could not be read, and now can, or that books something now, changes its state.
 */
static bool keeps_state(const struct replay_apply *apply, const struct turn *turn)
{
    bool books = says_something(apply, turn) && (turn->delivery.state == DELIVERY_APPLIED ||
                                                 turn->delivery.state == DELIVERY_PARKED);
    bool was_unreadable = apply->was == DELIVERY_PARKED && !apply->named_order;
    return turn->facts.unreadable || (!books && !was_unreadable);
}

static enum replay_outcome outcome_of(const struct replay_apply *apply, const struct turn *turn)
{
    if (turn->facts.unreadable || turn->delivery.state == DELIVERY_PARKED) {
        return REPLAY_PARKED;
    }
    return says_something(apply, turn) && turn->delivery.state == DELIVERY_APPLIED
               ? REPLAY_APPLIED
               : REPLAY_UNCHANGED;
}

void request_replay_apply(struct batch *b, struct turn *turn)
{
    struct replay_apply *apply = turn->owner;
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    size_t first = b->changes.movements.count, states = b->changes.deliveries.count;
    apply->movements_count = 0;
    apply->outcome = REPLAY_SKIPPED;
    turn->status = 200;
    if (!channel || !channel->connector || channel->row.mode == MODE_OFF) {
        return; /* it was removed or switched off meanwhile */
    }
    turn->facts.observations_count = 0;
    turn->delivery = (struct delivery_row){0};
    turn_delivery(b, turn);
    if (b->err || turn->delivery.n == 0) {
        return;
    }
    give_movements(b, turn, channel, first);
    apply->outcome = outcome_of(apply, turn);
    if (keeps_state(apply, turn)) {
        must(b->err || b->changes.deliveries.count == states + 1);
        b->changes.deliveries.count = states;
    }
}

/* ---- pushes ---- */

static void push_again(struct batch *b, struct batch_listing *listing)
{
    struct slice subject = arena_printf(&b->arena, "listing %" PRId64, listing->row.id.v);
    if (listing->row.fault) {
        listing->row.fault = FAULT_NONE;
        listing->row.fault_reason = (struct slice){0};
        batch_listing_moved(b, listing);
    }
    batch_incident_close(b, "PUSH-REFUSED", subject);
    batch_incident_close(b, "PARENT-MANAGED", subject);
    batch_hint(b, (struct dirty_hint){.listing = listing->row.id, .channel = listing->row.channel});
}

void request_replay_pushes(struct batch *b, struct turn *turn)
{
    struct replay_listings *listings = turn->owner;
    listings->hinted = 0;
    for (size_t i = 0; i < listings->count && !b->err; i++) {
        struct batch_listing *listing =
            batch_listing(b, (struct listing_id){listings->ids[i]}); /* NULL: it is gone */
        if (listing) {
            push_again(b, listing);
            listings->hinted++;
        }
    }
    turn->status = 200;
}
