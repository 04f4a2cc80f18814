/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/difference.h"
#include "engine/cutover.h"

#define DAY_US (24 * 3600 * US_PER_S)
/* Above the event delay: what one commit and one push take. */
#define GRACE_US (5 * US_PER_S)
/* So many listings of one channel that differ on one day are one incident, not as many. */
#define DRIFT_INCIDENTS_A_DAY 50
#define OLD_PUSHES 8

/* ---- the day's count ---- */

static struct agreement_row *today(struct batch *b, const struct channel_config *channel)
{
    int64_t day = b->now_us / DAY_US;
    struct agreement_row *row = map_get(&b->agreements, MAP_KEY(&channel->row.id));
    if (row) {
        return row;
    }
    struct rows found = {0};
    batch_fail(b,
               b->store->ops->agreements(b->store, channel->row.id, day, day, &b->arena, &found),
               "load a day's agreement");
    row = found.count ? found.items[0] : ARENA_NEW(&b->arena, struct agreement_row);
    if (!row || !rows_add(&b->changes.agreements, &b->arena, row) ||
        !map_set(&b->agreements, MAP_KEY(&channel->row.id), row)) {
        batch_fail(b, ERR_LIMIT, "a day's agreement");
        return NULL;
    }
    if (found.count == 0) {
        *row = (struct agreement_row){.channel = channel->row.id, .day = day};
    }
    return row;
}

void difference_oversold(struct batch *b,
                         const struct channel_config *channel,
                         int64_t units,
                         int64_t avoidable)
{
    struct agreement_row *day = today(b, channel);
    if (day) {
        day->oversold += units;
        day->avoidable += avoidable;
    }
}

static struct agreement_row *
count_reading(struct batch *b, const struct channel_config *channel, enum drift_verdict verdict)
{
    struct agreement_row *day = today(b, channel);
    if (day) {
        day->readings++;
        day->agreed += verdict == DRIFT_AGREES;
        day->waiting += verdict == DRIFT_WAITS;
        day->differed += verdict == DRIFT_DIFFERS;
    }
    return day;
}

/* ---- what is known of the listing ---- */

static int64_t moved_at(struct batch *b, const struct batch_sku *sku)
{
    if (sku->last_movement) {
        return b->now_us;
    }
    struct rows found = {0};
    const struct store_query q = {
        .sku = sku->row.id, .limit = 1, .newest_first = true, .state = -1};
    batch_fail(b,
               b->store->ops->list_movements(b->store, &q, &b->arena, &found),
               "load a SKU's last movement");
    return found.count ? ((const struct movement_row *)found.items[0])->recorded_at_us : 0;
}

int64_t sku_moved_at(struct batch *b, const struct batch_sku *sku)
{
    int64_t last = sku->row.has_moved ? moved_at(b, sku) : 0;
    for (size_t i = 0; i < sku->row.parts_count; i++) {
        const struct batch_sku *part = batch_sku(b, sku->row.parts[i].sku);
        int64_t at = part && part->row.has_moved ? moved_at(b, part) : 0;
        last = at > last ? at : last;
    }
    return last;
}

static bool has_stock(struct batch *b, const struct batch_sku *sku)
{
    for (size_t i = 0; i < sku->row.parts_count; i++) {
        const struct batch_sku *part = batch_sku(b, sku->row.parts[i].sku);
        if (!part || !part->row.has_moved) {
            return false;
        }
    }
    return sku->row.parts_count > 0 || sku->row.has_moved;
}

/* Is the count a value that we wrote before the last one, and whose answer never came? */
static bool was_ours(struct batch *b, const struct listing_row *row, int64_t shown)
{
    struct rows pushes = {0};
    const struct store_query q = {
        .listing = row->id, .limit = OLD_PUSHES, .newest_first = true, .state = -1};
    batch_fail(
        b, b->store->ops->list_pushes(b->store, &q, &b->arena, &pushes), "load a listing's pushes");
    bool found = false;
    for (size_t i = 0; i < pushes.count; i++) {
        const struct push_row *push = pushes.items[i];
        bool is_open = push->state == PUSH_LOST || push->state == PUSH_TAKEN;
        found |= is_open && push->value == shown && shown != row->published;
    }
    return found;
}

static struct difference_row *latest(struct batch *b, const struct listing_row *row)
{
    struct difference_row *changed = map_get(&b->differences, MAP_KEY(&row->id));
    if (changed) {
        return changed;
    }
    struct rows found = {0};
    const struct store_query q = {
        .listing = row->id, .limit = 1, .newest_first = true, .state = -1};
    batch_fail(b,
               b->store->ops->list_differences(b->store, &q, &b->arena, &found),
               "load a listing's last difference");
    return found.count ? found.items[0] : NULL;
}

static void keep(struct batch *b, struct difference_row *row)
{
    if (!map_get(&b->differences, MAP_KEY(&row->listing)) &&
        !rows_add(&b->changes.differences, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "a difference");
    }
    if (!map_set(&b->differences, MAP_KEY(&row->listing), row)) {
        batch_fail(b, ERR_MEMORY, "a difference");
    }
}

/* ---- incidents ---- */

static struct slice subject_of(struct batch *b, const struct listing_row *row)
{
    return arena_printf(&b->arena, "listing %" PRId64, row->id.v);
}

static struct slice
how_it_differs(struct batch *b, const struct difference_row *row, const struct reading_facts *facts)
{
    switch (row->cause) {
    case CAUSE_FOREIGN:
        return arena_printf(&b->arena,
                            "It showed %" PRId64 " units %s than every order and push explains.",
                            facts->missing > 0 ? facts->missing : -facts->missing,
                            facts->missing > 0 ? "fewer" : "more");
    case CAUSE_OURS:
        return SLICE("It shows a value that truecount itself wrote earlier and that was never "
                     "answered: the channel carried it out after a newer one. This is our own "
                     "writing, not a person's.");
    case CAUSE_FLAG:
        return arena_printf(
            &b->arena, "Units are there, but it cannot be bought: %.*s.", SLICE_ARG(facts->reason));
    case CAUSE_UNKNOWN:
    case CAUSE_LATE_SHOP:
    case CAUSE_LATE_EVENT:
        break;
    }
    return SLICE("No order, push or other writer explains it.");
}

static struct slice what_follows(struct batch *b, const struct difference_row *row, bool contested)
{
    struct slice often =
        row->times > 1 ? arena_printf(&b->arena, " %" PRId64 " times within 24 hours.", row->times)
                       : (struct slice){0};
    return arena_printf(
        &b->arena,
        "%.*s %s",
        SLICE_ARG(often),
        contested ? "It is left alone until the ledger's figure changes or you push the listing."
                  : "Truecount writes its own figure again.");
}

static void open_incident(struct batch *b,
                          const struct channel_config *channel,
                          const struct listing_row *listing,
                          const struct difference_row *row,
                          const struct reading_facts *facts,
                          const struct agreement_row *day,
                          bool contested)
{
    const struct batch_sku *sku = batch_sku(b, listing->sku);
    struct slice code = sku ? sku->row.code : (struct slice){0};
    bool is_flood = day && day->differed > DRIFT_INCIDENTS_A_DAY && !contested;
    struct slice how = how_it_differs(b, row, facts);
    struct slice next = what_follows(b, row, contested);
    const char *where = channel->connector->other_writers;
    bool foreign = row->cause == CAUSE_FOREIGN;
    batch_incident(
        b,
        &(struct incident_text){
            .code = "DRIFT",
            .subject = is_flood
                           ? arena_printf(&b->arena, "channel %.*s", SLICE_ARG(channel->row.code))
                           : subject_of(b, listing),
            .channel = channel->row.code,
            .sku = is_flood ? (struct slice){0} : code,
            .title = is_flood ? arena_printf(&b->arena,
                                             "%" PRId64 " counts of '%.*s' differ today",
                                             day->differed,
                                             SLICE_ARG(channel->row.code))
                              : arena_printf(&b->arena,
                                             foreign ? "Somebody else changed '%.*s' on '%.*s'"
                                                     : "'%.*s' shows a wrong count on '%.*s'",
                                             SLICE_ARG(code),
                                             SLICE_ARG(channel->row.code)),
            .detail =
                arena_printf(&b->arena,
                             "'%.*s' showed %" PRId64 ", it should show %" PRId64 ". %.*s%.*s%s",
                             SLICE_ARG(code),
                             row->shown,
                             row->computed,
                             SLICE_ARG(how),
                             SLICE_ARG(next),
                             is_flood ? " See GET /v1/drift for all of them." : ""),
            .action =
                foreign ? arena_printf(
                              &b->arena,
                              "Find the other writer and stop it: only one may own the count. "
                              "%s",
                              where ? where
                                    : "Look for an app, an import or a person in the shop's admin.")
                : row->cause == CAUSE_FLAG ? SLICE("See why the shop marks it as sold out: a "
                                                   "threshold in its settings, or a "
                                                   "mark set by hand.")
                                           : SLICE("Nothing, if it closes by itself. If it comes "
                                                   "back, see GET /v1/drift and "
                                                   "the channel's own history."),
        });
}

static void
contest(struct batch *b, struct batch_listing *listing, const struct difference_row *row)
{
    listing->row.fault = FAULT_CONTESTED;
    listing->row.fault_reason =
        arena_printf(&b->arena,
                     "somebody else wrote it %" PRId64
                     " times within 24 hours; it is written again when the ledger's figure changes",
                     row->times);
    batch_listing_moved(b, listing);
}

/* ---- a reading ---- */

static void differs(struct batch *b,
                    const struct channel_config *channel,
                    struct batch_listing *listing,
                    const struct reading_facts *facts,
                    const struct drift_reading *reading,
                    const struct agreement_row *day)
{
    struct difference_row *row = latest(b, &listing->row);
    bool is_same = row && (row->ended_at_us == 0 || b->now_us - row->began_at_us < DRIFT_MEMORY_US);
    enum difference_cause cause =
        drift_cause(reading, reading->is_live && was_ours(b, &listing->row, facts->shown));
    if (is_same && (cause == row->cause || row->ended_at_us == 0)) {
        row->times += reading->is_live || row->ended_at_us || cause != row->cause;
        row->cause = cause == CAUSE_UNKNOWN ? row->cause : cause;
        row->ended_at_us = 0;
    } else {
        row = ARENA_NEW(&b->arena, struct difference_row);
        if (!row) {
            batch_fail(b, ERR_LIMIT, "a difference");
            return;
        }
        *row = (struct difference_row){.n = b->store->ops->next_id(b->store, ID_DIFFERENCE),
                                       .listing = listing->row.id,
                                       .channel = channel->row.id,
                                       .sku = listing->row.sku,
                                       .mode = channel->row.mode,
                                       .cause = cause,
                                       .began_at_us = b->now_us,
                                       .times = 1};
    }
    /* Lowered at once, it is right by the time that nothing explains it: what it had shown counts. */
    bool is_healed = facts->shown == reading->computed;
    row->shown = is_healed ? reading->computed - facts->missing : facts->shown;
    row->computed = reading->computed;
    row->seen_at_us = b->now_us;
    keep(b, row);
    if (!reading->is_live) {
        return; /* the shadow report shows it */
    }
    bool contested = row->times > DRIFT_CORRECTIONS_MAX;
    if (contested) {
        contest(b, listing, row);
    }
    open_incident(b, channel, &listing->row, row, facts, day, contested);
}

static void agrees(struct batch *b, struct batch_listing *listing, int64_t shown)
{
    struct difference_row *row = latest(b, &listing->row);
    if (row && row->ended_at_us == 0) {
        row->cause = row->mode == MODE_LIVE
                         ? row->cause
                         : drift_cause_at_end(row->cause, row->shown, row->computed, shown);
        row->ended_at_us = b->now_us;
        keep(b, row);
    }
    if (listing->row.fault == FAULT_CONTESTED) {
        listing->row.fault = FAULT_NONE;
        listing->row.fault_reason = (struct slice){0};
        batch_listing_moved(b, listing);
    }
    batch_incident_close(b, "DRIFT", subject_of(b, &listing->row));
}

bool difference_take(struct batch *b,
                     const struct channel_config *channel,
                     struct batch_listing *listing,
                     const struct reading_facts *facts)
{
    struct batch_sku *sku = batch_sku(b, listing->row.sku);
    if (!sku || !has_stock(b, sku)) {
        return false; /* the ledger says nothing of it yet: there is nothing to compare */
    }
    listing->row.sellable = listing_sellable(b, channel, &listing->row, sku, NULL);
    struct drift_reading reading = {
        .is_live = channel->row.mode == MODE_LIVE,
        .reading = facts->verdict,
        .shown = facts->shown,
        .missing = facts->missing,
        .computed = channel_target(channel, &listing->row),
        .is_flagged = facts->is_flagged,
        .now_us = b->now_us,
        .grace_us = GRACE_US + event_delay_us(b->delays,
                                              channel->row.id,
                                              channel->connector->semantics.event_delay_p99_us)};
    if (!reading.is_live && reading.shown != reading.computed) {
        reading.moved_at_us = sku_moved_at(b, sku);
    }
    enum drift_verdict verdict = b->err ? DRIFT_NOTHING : drift_judge(&reading);
    if (verdict == DRIFT_NOTHING) {
        return false;
    }
    const struct agreement_row *day = count_reading(b, channel, verdict);
    if (reading.is_live && verdict != DRIFT_WAITS) {
        cutover_watch_reading(b, channel, verdict == DRIFT_DIFFERS);
    }
    if (verdict == DRIFT_DIFFERS) {
        differs(b, channel, listing, facts, &reading, day);
        if (facts->shown == reading.computed && listing->row.fault != FAULT_CONTESTED) {
            agrees(b, listing, facts->shown);
        }
    } else if (verdict == DRIFT_AGREES) {
        agrees(b, listing, facts->shown);
    }
    return verdict == DRIFT_DIFFERS && reading.is_live;
}
