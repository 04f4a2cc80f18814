/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims: what each listing should show now, and which pushes and readings that takes. A push is
 * marked as in flight in the same commit that decided its value, before it leaves: after a crash it
 * is known to be unknown.
 */
#include "engine/availability.h"
#include "engine/batch.h"

#define RECENT_US (60 * US_PER_S)
/* A stale compare-and-set can reject a whole request: what just sold travels with few others. Where
 * nothing is compared, nothing is rejected, and full requests keep up with any rush. */
#define RECENT_BATCH_MAX 10
/* More than these going to zero at once are a crowd themselves. */
#define ZEROS_ALONE_MAX 100
/* Counts of so few units must be right today, whatever the platform lets us write. */
#define URGENT_MAX 3
/* How soon a raise is looked at again while orders are still to be read. */
#define RAISES_WAIT_US (5 * US_PER_S)

struct slice listing_remote_location(const struct config *config,
                                     const struct channel_config *channel,
                                     const struct listing_row *listing)
{
    if (listing->location.v) {
        const struct location_row *location = config_location(config, listing->location);
        return location ? config_remote_of(channel, location) : (struct slice){0};
    }
    for (size_t i = 0; i < channel->stops_count; i++) {
        const struct location_row *location = config_location(config, channel->stops[i].location);
        struct slice remote = location ? config_remote_of(channel, location) : (struct slice){0};
        if (remote.n) {
            return remote;
        }
    }
    return (struct slice){0};
}

int64_t listing_sellable(struct batch *b,
                         const struct channel_config *channel,
                         const struct listing_row *listing,
                         const struct batch_sku *sku,
                         struct avail_why *why)
{
    size_t parts_count;
    const struct component *parts = batch_parts(b, sku, 1, &parts_count);
    for (size_t i = 0; i < parts_count; i++) {
        struct batch_sku *part = batch_sku(b, parts[i].sku);
        if (part) {
            batch_load_stock(b, part);
        }
    }
    if (b->err) {
        return 0;
    }
    return availability_of(channel, listing, &sku->row, parts, parts_count, &b->stock, why);
}

/* A bundle moves with its parts: the sum of their versions and its own. */
static int64_t version_of(struct batch *b, const struct batch_sku *sku, bool *out_moved)
{
    int64_t version = sku->row.stock_version;
    *out_moved = sku->row.has_moved || sku->row.parts_count > 0;
    for (size_t i = 0; i < sku->row.parts_count; i++) {
        const struct batch_sku *part = batch_sku(b, sku->row.parts[i].sku);
        version += part ? part->row.stock_version : 0;
        *out_moved = *out_moved && part && part->row.has_moved;
    }
    return version;
}

static struct expected_manners
manners_of(const struct batch *b, const struct channel_config *channel, const struct turn *turn)
{
    const struct connector_semantics *s = &channel->connector->semantics;
    return (struct expected_manners){
        .compare_and_set = s->compare_and_set,
        .reads_counts = s->reads_counts,
        .raise_freely = s->raise_freely,
        .orders_read_us = turn->orders_read_us,
        .event_delay_us = event_delay_us(b->delays, channel->row.id, s->event_delay_p99_us),
        .ambiguity_us = s->ambiguity_us};
}

/* A raise, or a reading that is for one alone, waits until all orders have been read again. */
static bool is_for_raise(const struct turn *turn,
                         const struct dirty_hint *hint,
                         const struct expected *e,
                         int64_t target,
                         const struct expected_plan *plan)
{
    const struct range hull = expected_hull(e);
    bool is_exact = e->is_known && e->phase == EXPECTED_SETTLED && hull.lo == hull.hi;
    bool is_reading_for_it =
        plan->step == STEP_READ && !hint->must_read && is_exact && target > hull.hi;
    return turn->raises_wait && ((plan->step == STEP_SEND && plan->is_raise) || is_reading_for_it);
}

struct candidate {
    struct batch_listing *listing;
    struct expected_plan plan;
    size_t rows_max; /* 0: any */
    int rank;        /* repeats and readings, to zero, lowering, raising */
};

static int rank_of(const struct expected_plan *plan)
{
    if (plan->step != STEP_SEND) {
        return 0;
    }
    return plan->value == 0 ? 1 : plan->is_raise ? 3 : 2;
}

/* What one listing needs; false when it needs nothing from the pusher. */
static bool evaluate(struct batch *b,
                     const struct turn *turn,
                     const struct channel_config *channel,
                     const struct dirty_hint *hint,
                     struct candidate *out)
{
    struct batch_listing *listing = batch_listing(b, hint->listing);
    struct batch_sku *sku = listing ? batch_sku(b, listing->row.sku) : NULL;
    if (!sku || listing->row.channel.v != channel->row.id.v) {
        return false;
    }
    struct listing_row *row = &listing->row;
    bool has_moved;
    int64_t sku_version = version_of(b, sku, &has_moved);
    int64_t policy_version = channel->row.version + row->version;
    int64_t sellable = listing_sellable(b, channel, row, sku, NULL);
    if (row->sellable != sellable || row->computed_sku_version != sku_version ||
        row->computed_policy_version != policy_version) {
        if (row->fault == FAULT_CONTESTED && row->sellable != sellable) {
            row->fault =
                FAULT_NONE; /* the figure is news: written once more, whoever else writes */
            row->fault_reason = (struct slice){0};
        }
        row->sellable = sellable;
        row->computed_sku_version = sku_version;
        row->computed_policy_version = policy_version;
        batch_listing_moved(b, listing);
    }
    bool has_account = channel->account_error == ERR_OK && channel->account.base_url.n > 0 &&
                       channel_has_credentials(channel);
    if (b->err || !has_account || channel->row.mode == MODE_OFF) {
        return false;
    }
    if (hint->is_start) {
        if (row->expected.phase == EXPECTED_IN_FLIGHT) {
            batch_listing_moved(b, listing);
        }
        expected_restarted(&row->expected);
    }
    struct expected_manners manners = manners_of(b, channel, turn);
    out->listing = listing;
    out->rows_max = hint->rows_max;
    out->plan = expected_plan(&row->expected, channel_target(channel, row), &manners, b->now_us);
    if (is_for_raise(turn, hint, &row->expected, channel_target(channel, row), &out->plan)) {
        out->plan = (struct expected_plan){.step = STEP_WAIT, .at_us = b->now_us + RAISES_WAIT_US};
    }
    if (hint->must_read) {
        (void)expected_plan_look(&row->expected, &manners, b->now_us, &out->plan);
    }
    bool writes = channel->row.mode == MODE_LIVE && !channel->row.paused && !row->paused &&
                  row->fault == FAULT_NONE && has_moved;
    if (!writes && (out->plan.step != STEP_READ || !hint->must_read)) {
        return false;
    }
    out->rank = rank_of(&out->plan);
    return out->plan.step != STEP_NONE;
}

/* ---- putting candidates into requests of the platform's shape ---- */

struct request_plan {
    struct slice group;
    bool is_read, is_recent, is_bulk;
    size_t count, max;
    uint8_t key[16];
};

static bool is_recent(struct batch *b, const struct listing_row *row)
{
    return row->expected.sold_since_us && b->now_us - row->expected.sold_since_us < RECENT_US;
}

static struct push_item item_of(struct batch *b,
                                struct turn *turn,
                                const struct channel_config *channel,
                                const struct candidate *c)
{
    const struct listing_row *row = &c->listing->row;
    /* Of something never seen the hull says "anything". */
    const struct range hull =
        row->expected.is_known ? expected_hull(&row->expected) : (struct range){0, QTY_MAX};
    return (struct push_item){
        .remote = arena_copy(&turn->arena, row->remote),
        .stock_key = arena_copy(&turn->arena, row->stock_key),
        .location = arena_copy(&turn->arena, listing_remote_location(b->config, channel, row)),
        .value = c->plan.value,
        .compare = c->plan.compare,
        .has_compare = c->plan.is_guarded,
        .expected_lo = hull.lo,
        .expected_hi = hull.hi,
        .is_reading = c->plan.step == STEP_READ,
    };
}

/* Rows that one request may hold, as the platform and what is known of this listing allow. */
static size_t
rows_max(const struct channel_config *channel, const struct candidate *c, const struct push_item *i)
{
    const struct connector *connector = channel->connector;
    const struct connector_semantics *s = &connector->semantics;
    size_t max = i->is_reading && s->read_batch_max ? s->read_batch_max : s->push_batch_max;
    size_t rows = connector->push_rows ? connector->push_rows(&channel->account, i) : max;
    max = rows < max ? rows : max;
    return !i->is_reading && c->rows_max && max > c->rows_max ? c->rows_max : max;
}

/* In a rush most travels by the thousand, slowly. What must be read, or sell no more, travels alone:
 * when no request is free, by the next claim. Only where so much sells out at once that one by one
 * would take longer still, and one request is left, it goes with the crowd. */
static bool is_bulk(const struct turn *turn,
                    const struct channel_config *channel,
                    const struct candidate *c,
                    const struct request_plan *requests,
                    size_t count)
{
    size_t alone = 0;
    for (size_t i = 0; i < count; i++) {
        alone += !requests[i].is_bulk;
    }
    bool has_room = alone + 1 < turn->requests_max;
    bool was_split = c->rows_max && c->rows_max <= channel->connector->semantics.push_batch_max;
    bool may_be_slow = c->plan.value > 0 || (!has_room && turn->zeros > ZEROS_ALONE_MAX);
    return turn->is_rush && c->plan.step == STEP_SEND && !was_split && may_be_slow;
}

static struct request_plan *request_for(struct batch *b,
                                        struct turn *turn,
                                        const struct channel_config *channel,
                                        const struct candidate *c,
                                        const struct push_item *item,
                                        struct request_plan *requests,
                                        size_t *count)
{
    const struct connector_semantics *semantics = &channel->connector->semantics;
    struct request_plan want = {.is_read = item->is_reading,
                                .is_bulk = is_bulk(turn, channel, c, requests, *count),
                                .max = semantics->bulk_max};
    if (!want.is_bulk) {
        want.is_recent =
            !want.is_read && semantics->compare_and_set && is_recent(b, &c->listing->row);
        want.group = channel->connector->push_group(&channel->account, item, &turn->arena);
        want.max = rows_max(channel, c, item);
        want.max = want.is_recent && want.max > RECENT_BATCH_MAX ? RECENT_BATCH_MAX : want.max;
    } else if (c->rows_max && want.max > c->rows_max) {
        want.max = c->rows_max;
    }
    for (size_t i = 0; i < *count; i++) {
        struct request_plan *r = &requests[i];
        if (r->is_read == want.is_read && r->is_recent == want.is_recent &&
            r->is_bulk == want.is_bulk && r->count < r->max && r->count < want.max &&
            slice_equal(r->group, want.group)) {
            r->max = want.max < r->max ? want.max : r->max;
            return r;
        }
    }
    if (*count == turn->requests_max) {
        return NULL;
    }
    struct request_plan *r = &requests[(*count)++];
    *r = want;
    env_random(b->env, r->key, sizeof(r->key));
    return r;
}

/* ---- what the platform allows in a day ---- */

static struct slice budget_key(const struct channel_config *channel,
                               const struct claim_action *action,
                               struct arena *arena)
{
    const struct connector *connector = channel->connector;
    bool has_budget = connector->semantics.writes_a_day && connector->budget_key;
    return has_budget && action->step == STEP_SEND
               ? connector->budget_key(&channel->account, &action->item, arena)
               : (struct slice){0};
}

/* Over its budget a write waits, unless it keeps from overselling. */
static bool is_over_budget(struct batch *b,
                           const struct channel_config *channel,
                           struct claim_action *action,
                           struct slice key)
{
    bool is_urgent =
        action->item.value <= URGENT_MAX && action->item.value < action->item.expected_hi;
    int64_t due_us = write_budget_due_us(b->budgets,
                                         channel->row.id,
                                         key,
                                         channel->connector->semantics.writes_a_day,
                                         is_urgent,
                                         b->now_us);
    if (key.n == 0 || due_us <= b->now_us) {
        return false;
    }
    action->step = STEP_WAIT;
    action->at_us = due_us;
    return true;
}

static void refuse_unmapped(struct batch *b,
                            const struct channel_config *channel,
                            struct batch_listing *listing)
{
    listing->row.fault = FAULT_REFUSED;
    listing->row.fault_reason =
        SLICE("no location of the channel is mapped: add location_map to the channel's settings");
    batch_listing_moved(b, listing);
    batch_incident(b,
                   &(struct incident_text){
                       .code = "PUSH-REFUSED",
                       .subject = arena_printf(&b->arena, "listing %" PRId64, listing->row.id.v),
                       .channel = channel->row.code,
                       .title = arena_printf(&b->arena,
                                             "'%.*s' has locations, but none is mapped",
                                             SLICE_ARG(channel->row.code)),
                       .detail = listing->row.fault_reason,
                       .action = SLICE("PATCH /v1/channels/{code} with settings.location_map, then "
                                       "push the listing again."),
                   });
}

/* One candidate becomes one action; its push is marked as in flight. */
static void act(struct batch *b,
                struct turn *turn,
                const struct channel_config *channel,
                const struct candidate *c,
                struct request_plan *requests,
                size_t *requests_count)
{
    struct listing_row *row = &c->listing->row;
    struct claim_action *action = &turn->actions[turn->actions_count];
    *action = (struct claim_action){.listing = row->id,
                                    .step = c->plan.step,
                                    .at_us = c->plan.at_us,
                                    .needs_orders = c->plan.needs_orders,
                                    .orders_after_us = c->plan.orders_after_us};
    if (c->plan.step == STEP_WAIT) {
        turn->actions_count++;
        return;
    }
    action->item = item_of(b, turn, channel, c);
    if (channel_has_locations(channel) && action->item.location.n == 0) {
        refuse_unmapped(b, channel, c->listing);
        return;
    }
    struct slice budget = budget_key(channel, action, &turn->arena);
    if (is_over_budget(b, channel, action, budget)) {
        turn->actions_count++;
        return;
    }
    struct request_plan *request =
        request_for(b, turn, channel, c, &action->item, requests, requests_count);
    turn->actions_count++;
    if (!request) {
        action->left_over = true;
        return;
    }
    request->count++;
    write_budget_spend(b->budgets, channel->row.id, budget, b->now_us);
    action->request = (size_t)(request - requests);
    memcpy(action->key, request->key, sizeof(action->key));
    if (c->plan.step == STEP_SEND) {
        expected_push_left(
            &row->expected, c->plan.value, c->plan.is_guarded, c->plan.compare, b->now_us);
        memcpy(row->push_key, request->key, sizeof(row->push_key));
        row->push_n = b->store->ops->next_id(b->store, ID_PUSH);
        batch_listing_moved(b, c->listing);
    } else if (c->plan.step == STEP_REPEAT) {
        expected_repeated(&row->expected, b->now_us);
        batch_listing_moved(b, c->listing);
    }
    action->push_n = row->push_n;
    action->seq = row->expected.seq;
}

static void
log_claim(struct batch *b, const struct turn *turn, const struct channel_config *channel)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, (size_t)1024 * 1024);
    struct json_writer w = json_writer(&facts);
    size_t sent = 0;
    json_begin_array(&w);
    for (size_t i = 0; i < turn->actions_count; i++) {
        const struct claim_action *a = &turn->actions[i];
        if (!a->left_over && a->step == STEP_SEND) {
            json_begin_array(&w);
            json_put_int(&w, a->listing.v);
            json_put_int(&w, a->item.value);
            json_put_int(&w, a->push_n);
            json_end_array(&w);
            sent++;
        }
    }
    json_end_array(&w);
    if (sent) {
        batch_event(b, "push_left", channel->row.id, channel->row.code, buf_view(&facts));
    }
}

void turn_claim(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    if (!channel || !channel->connector || turn->wanted_count == 0) {
        return;
    }
    struct candidate *candidates = ARENA_ARRAY(&turn->arena, turn->wanted_count, struct candidate);
    struct request_plan *requests =
        ARENA_ARRAY(&turn->arena, turn->requests_max + 1, struct request_plan);
    turn->actions = ARENA_ARRAY(&turn->arena, turn->wanted_count, struct claim_action);
    if (!candidates || !requests || !turn->actions) {
        batch_fail(b, ERR_LIMIT, "a claim");
        return;
    }
    size_t count = 0, requests_count = 0;
    for (size_t i = 0; i < turn->wanted_count && !b->err; i++) {
        count += evaluate(b, turn, channel, &turn->wanted[i], &candidates[count]);
    }
    turn->zeros = 0;
    for (size_t i = 0; i < count; i++) {
        turn->zeros += candidates[i].rank == 1;
    }
    for (int rank = 0; rank <= 3; rank++) {
        for (size_t i = 0; i < count && !b->err; i++) {
            if (candidates[i].rank == rank) {
                act(b, turn, channel, &candidates[i], requests, &requests_count);
            }
        }
    }
    log_claim(b, turn, channel);
}
