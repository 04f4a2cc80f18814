/* SPDX-License-Identifier: Apache-2.0 */
/* What became of pushes and readings: outcomes are events too, and change what is expected. */
#include "engine/difference.h"

static struct slice listing_subject(struct batch *b, const struct listing_row *row)
{
    return arena_printf(&b->arena, "listing %" PRId64, row->id.v);
}

static struct slice sku_code(struct batch *b, const struct listing_row *row)
{
    const struct batch_sku *sku = batch_sku(b, row->sku);
    return sku ? sku->row.code : (struct slice){0};
}

/* Certain refusals are quarantined, not retried: the listing waits for a person. */
static void quarantine(struct batch *b,
                       const struct channel_config *channel,
                       struct batch_listing *listing,
                       enum listing_fault fault,
                       struct slice reason)
{
    struct listing_row *row = &listing->row;
    row->fault = fault;
    row->fault_reason = arena_copy(&b->arena, reason);
    batch_listing_moved(b, listing);
    struct slice code = sku_code(b, row);
    bool parent = fault == FAULT_PARENT_MANAGED;
    batch_incident(
        b,
        &(struct incident_text){
            .code = parent ? "PARENT-MANAGED" : "PUSH-REFUSED",
            .subject = listing_subject(b, row),
            .channel = channel->row.code,
            .sku = code,
            .title = arena_printf(&b->arena,
                                  "'%.*s' cannot be written on '%.*s'",
                                  SLICE_ARG(code),
                                  SLICE_ARG(channel->row.code)),
            .detail = arena_printf(&b->arena,
                                   "The channel says: %.*s. Other listings are not affected.",
                                   SLICE_ARG(reason)),
            .action = parent ? SLICE("Map the parent product as one pool, or let the shop manage "
                                     "stock per variation; then push the listing again.")
                             : SLICE("Mend the listing on the channel or its remote ids here, then "
                                     "POST /v1/listings/{id}/push."),
        });
}

static void log_push(struct batch *b,
                     const struct listing_row *listing,
                     const struct push_report *r,
                     enum push_state state)
{
    struct push_row *row = ARENA_NEW(&b->arena, struct push_row);
    if (!row || !rows_add(&b->changes.pushes, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "a push");
        return;
    }
    *row = (struct push_row){
        .n = listing->push_n,
        .listing = listing->id,
        .channel = listing->channel,
        .sku = listing->sku,
        .value = listing->expected.push_value,
        .compare = listing->expected.is_guarded ? listing->expected.push_compare : POLICY_UNSET,
        .state = state,
        .happened_at_us = r->happened_at_us,
        .received_at_us = r->received_at_us,
        .committed_at_us = r->committed_at_us,
        .sent_at_us = r->sent_at_us,
        .answered_at_us = r->answered_at_us,
        .reason = arena_copy(&b->arena, r->reason)};
    memcpy(row->key, listing->push_key, sizeof(row->key));
}

static void report_late(struct batch *b,
                        const struct channel_config *channel,
                        const struct listing_row *row,
                        const struct push_report *r)
{
    int64_t since = r->happened_at_us ? r->happened_at_us : r->received_at_us;
    if (!since || r->answered_at_us - since <= 5 * US_PER_S) {
        return;
    }
    batch_incident(
        b,
        &(struct incident_text){
            .code = "LATE",
            .subject = channel->row.code,
            .channel = channel->row.code,
            .sku = sku_code(b, row),
            .title = arena_printf(&b->arena,
                                  "'%.*s' showed a sale more than 5 seconds after it",
                                  SLICE_ARG(channel->row.code)),
            .detail = arena_printf(
                &b->arena,
                "Their event reached us after %" PRId64 " ms, it left us %" PRId64
                " ms later, they confirmed after %" PRId64 " ms.",
                r->happened_at_us && r->received_at_us
                    ? (r->received_at_us - r->happened_at_us) / US_PER_MS
                    : 0,
                r->received_at_us ? (r->sent_at_us - r->received_at_us) / US_PER_MS : 0,
                (r->answered_at_us - r->sent_at_us) / US_PER_MS),
            .action = SLICE(
                "The largest of the three says whose delay it is. See GET /v1/reports/latency."),
        });
}

/* What was said about pushes that did not go through; no look-up where it cannot have been. */
static void close_push_incidents(struct batch *b,
                                 const struct channel_config *channel,
                                 const struct listing_row *row)
{
    batch_incident_close(b, "PUSH-REFUSED", listing_subject(b, row));
    if (channel->connector->semantics.writes_a_day) {
        batch_incident_close(b, "WRITES-SPENT", listing_subject(b, row));
    }
}

static void confirm(struct batch *b,
                    const struct channel_config *channel,
                    struct batch_listing *listing,
                    const struct push_report *r)
{
    struct listing_row *row = &listing->row;
    log_push(b, row, r, PUSH_DONE);
    row->published = row->expected.push_value;
    row->published_at_us = r->answered_at_us;
    expected_confirmed(&row->expected, r->synced_at_us, r->answered_at_us);
    const struct range now = row->expected.base;
    /* An old value that was repeated, own events meanwhile, a surprise that was written over. */
    int64_t target = channel_target(channel, row);
    if (now.lo != target || now.hi != target || row->expected.unexplained_at_us) {
        batch_hint(b, (struct dirty_hint){.listing = row->id, .channel = channel->row.id});
    }
    close_push_incidents(b, channel, row);
    report_late(b, channel, row, r);
}

/* Taken, to be carried out later: what was published is what will be shown. */
static void accept(struct batch *b,
                   const struct channel_config *channel,
                   struct batch_listing *listing,
                   const struct push_report *r)
{
    struct listing_row *row = &listing->row;
    log_push(b, row, r, PUSH_TAKEN);
    row->published = row->expected.push_value;
    row->published_at_us = r->answered_at_us;
    expected_accepted(
        &row->expected, r->answered_at_us, channel->connector->semantics.ambiguity_us);
    close_push_incidents(b, channel, row);
    report_late(b, channel, row, r);
}

/* Neither the listing nor the value is at fault: it is written when the platform allows it again. */
static void day_spent(struct batch *b,
                      const struct channel_config *channel,
                      const struct listing_row *row,
                      const struct push_report *r)
{
    const struct connector *connector = channel->connector;
    const struct push_item item = {.remote = row->remote, .stock_key = row->stock_key};
    if (!connector->budget_key) {
        return;
    }
    write_budget_refused(b->budgets,
                         channel->row.id,
                         connector->budget_key(&channel->account, &item, &b->arena),
                         b->now_us);
    struct slice code = sku_code(b, row);
    batch_incident(
        b,
        &(struct incident_text){
            .code = "WRITES-SPENT",
            .subject = listing_subject(b, row),
            .channel = channel->row.code,
            .sku = code,
            .title = arena_printf(&b->arena,
                                  "'%.*s' cannot be written on '%.*s' any more today",
                                  SLICE_ARG(code),
                                  SLICE_ARG(channel->row.code)),
            .detail = arena_printf(&b->arena,
                                   "The channel says: %.*s. It is tried again every hour.",
                                   SLICE_ARG(r->reason)),
            .action = SLICE("See what else writes this listing: all writers share the allowance. "
                            "Until then it may show more than there is."),
        });
}

static void
apply_push(struct batch *b, const struct channel_config *channel, const struct push_report *r)
{
    struct batch_listing *listing = batch_listing(b, r->listing);
    if (!listing || listing->row.push_n != r->push_n ||
        listing->row.expected.phase != EXPECTED_IN_FLIGHT) {
        return; /* the listing is gone, or was read and written anew since */
    }
    struct expected *expected = &listing->row.expected;
    batch_listing_moved(b, listing);
    switch (r->outcome) {
    case PUSH_CONFIRMED:
        confirm(b, channel, listing, r);
        return;
    case PUSH_ACCEPTED:
        accept(b, channel, listing, r);
        return;
    case PUSH_UNKNOWN:
        log_push(b, &listing->row, r, PUSH_LOST);
        expected_lost(expected);
        return;
    case PUSH_REFUSED:
        log_push(b, &listing->row, r, PUSH_FAILED);
        expected_refused(expected);
        quarantine(b,
                   channel,
                   listing,
                   r->parent_managed ? FAULT_PARENT_MANAGED
                   : r->unmanaged    ? FAULT_UNMANAGED
                                     : FAULT_REFUSED,
                   r->reason);
        return;
    case PUSH_STALE:
    case PUSH_AGAIN:
    case PUSH_SPLIT:
    case PUSH_LATER:
        log_push(b, &listing->row, r, PUSH_FAILED);
        expected_refused(expected);
        if (r->is_day_spent) {
            day_spent(b, channel, &listing->row, r);
        }
        return;
    }
}

void turn_pushed(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    if (!channel || !channel->connector) {
        return;
    }
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, (size_t)1024 * 1024);
    struct json_writer w = json_writer(&facts);
    json_begin_array(&w);
    for (size_t i = 0; i < turn->pushed_count && !b->err; i++) {
        const struct push_report *r = &turn->pushed[i];
        apply_push(b, channel, r);
        json_begin_array(&w);
        json_put_int(&w, r->listing.v);
        json_put_int(&w, r->push_n);
        json_put_int(&w, r->outcome);
        json_end_array(&w);
    }
    json_end_array(&w);
    batch_event(b, "push_answered", channel->row.id, channel->row.code, buf_view(&facts));
}

static void
apply_reading(struct batch *b, const struct channel_config *channel, struct reading_report *r)
{
    struct batch_listing *listing = batch_listing(b, r->listing);
    if (!listing) {
        return;
    }
    struct listing_row *row = &listing->row;
    switch (r->outcome) {
    case READ_FAILED:
        return;
    case READ_MISSING:
        quarantine(b, channel, listing, FAULT_REFUSED, r->reason);
        return;
    case READ_UNMANAGED:
        quarantine(b, channel, listing, FAULT_UNMANAGED, r->reason);
        return;
    case READ_PARENT:
        quarantine(b, channel, listing, FAULT_PARENT_MANAGED, r->reason);
        return;
    case READ_COUNT:
        break;
    }
    int64_t delay_us = event_delay_us(
        b->delays, channel->row.id, channel->connector->semantics.event_delay_p99_us);
    int64_t missing;
    if (channel->row.mode == MODE_LIVE && row->expected.unexplained_at_us &&
        row->expected.unexplained_at_us < channel->row.cutover_at_us) {
        expected_taken_over(&row->expected);
    }
    const struct range before = expected_hull(&row->expected);
    bool is_known = row->expected.is_known;
    enum expected_reading verdict = expected_read(
        &row->expected, r->seq, r->count, r->synced_at_us, r->answered_at_us, delay_us, &missing);
    r->is_too_high = is_known && r->count > before.hi &&
                     (verdict == READING_SURPRISE || verdict == READING_FOREIGN);
    row->observed = r->count;
    row->observed_at_us = r->answered_at_us;
    batch_listing_moved(b, listing);
    r->differs = difference_take(b,
                                 channel,
                                 listing,
                                 &(const struct reading_facts){.verdict = verdict,
                                                               .shown = r->count,
                                                               .missing = missing,
                                                               .is_flagged = r->is_flagged,
                                                               .reason = r->reason});
}

void turn_reading(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    if (!channel || !channel->connector) {
        return;
    }
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, (size_t)1024 * 1024);
    struct json_writer w = json_writer(&facts);
    json_begin_array(&w);
    for (size_t i = 0; i < turn->readings_count && !b->err; i++) {
        struct reading_report *r = &turn->readings[i];
        apply_reading(b, channel, r);
        json_begin_array(&w);
        json_put_int(&w, r->listing.v);
        json_put_int(&w, r->outcome);
        json_put_int(&w, r->count);
        json_end_array(&w);
    }
    json_end_array(&w);
    batch_event(b, "reading", channel->row.id, channel->row.code, buf_view(&facts));
}
