/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/incident.h"
#include "engine/batch.h"

// clang-format off
/* X(code, urgency, meaning for stock, what the server does, until when) */
#define INCIDENT_KINDS(X)                                                                          \
    X("OVERSOLD", NOW, "More units are sold than are there: somebody will not get theirs from stock.", \
      "The units are booked as owed; every listing of the SKU shows zero until they are covered.", \
      "Until nothing of the SKU is owed any more: units arrived, or the line was cancelled.")                                  \
    X("DRIFT", SOON, "Buyers of this channel see a count that the ledger did not compute.",        \
      "In live mode the ledger's figure is written again, a bounded number of times; in shadow mode the difference is kept as evidence.", \
      "Until a reading shows the figure that it should.")                                          \
    X("LATE", INFO, "For that long another channel could sell units that were gone.",              \
      "The newest figures are pushed as always.",                                                  \
      "Until ten minutes have passed without a late push.")                                        \
    X("PARKED", SOON, "Something that a channel sold is not in the ledger yet: other channels may show it as still there.", \
      "It is kept, and booked by itself, once, when it can be.",                                   \
      "Until it can be booked.")                                                                   \
    X("PUSH-REFUSED", SOON, "This listing keeps showing its old count.",                           \
      "It is not tried again by itself; all other listings of the channel are.",                   \
      "Until a push of this listing is confirmed, or it is removed.")                              \
    X("WRITES-SPENT", SOON, "The listing keeps showing its old count until the platform takes writes again.", \
      "It is tried again every hour, with the newest figure; all other listings are written.",     \
      "Until a push of this listing is confirmed.")                                                \
    X("PARENT-MANAGED", SOON, "This variation has no count of its own on the channel.",            \
      "It is not written; all other listings of the channel are.",                                 \
      "Until the listing is written or removed.")                                                  \
    X("CHANNEL-DOWN", NOW, "Its buyers may see counts that are too high until it answers again.",  \
      "Each listing's newest figure waits; the channel is tried again and again. Other channels are not affected.", \
      "Until the channel answers.")                                                                \
    X("THROTTLED", SOON, "Its figures are right, but late.",                                       \
      "Calls are spread as the platform asks; what sells out goes first.",                         \
      "Until the platform lets us call as often as is needed.")                                    \
    X("WAITING", SOON, "Listings of this channel wait longer than they should: their counts are late.", \
      "They are sent as fast as the channel's limits allow, what sells out first.",                \
      "Until the queue's oldest is sent.")                                                         \
    X("STALE", SOON, "For a day nobody has confirmed what these listings show.",                   \
      "They are read back, and written where they differ.",                                        \
      "Until they are confirmed or read.")                                                         \
    X("SUBSCRIPTION-DEAD", NOW, "Sales of this channel reach us only when we ask for them, late.", \
      "Changed orders are read at a steady pace, so none is lost; the subscription is made anew where the platform lets us.", \
      "Until a delivery arrives.")                                                                 \
    X("TOKEN", NOW, "The channel's counts cannot be written or read.",                             \
      "Pushes are kept and sent with the newest figures once the credentials do.",                 \
      "Until a call with the channel's credentials succeeds.")                                     \
    X("CUTOVER", NOW, "The channel is back in shadow mode: whoever kept its counts before must keep them again.", \
      "Its orders are still booked, its counts still compared; nothing is written to it.",         \
      "Until somebody reads this and resolves it.")                                                \
    X("WEBHOOK-DISABLED", SOON, "Stock is not affected; whoever listens there is not told any more.", \
      "Nothing more is sent to that address.",                                                     \
      "Until the endpoint is enabled again.")                                                      \
    X("MAIL-DOWN", SOON, "Stock is not affected; whoever reads the mails is not told.",            \
      "The same mail is tried again, with what has happened meanwhile.",                           \
      "Until the relay takes a mail.")                                                             \
    X("DISK-LOW", SOON, "Stock is not affected yet.",                                              \
      "All goes on. Before the disk is full, writes are refused, so that nothing breaks.",         \
      "Until enough room is there again.")                                                         \
    X("STORE-REFUSE", NOW, "No acknowledged order is lost; new deliveries get 503 and are sent again by the platform.", \
      "Nothing is written and nothing is pushed; what is asked is answered. Writes are taken again by themselves.", \
      "Until the store can be written.")                                                           \
    X("STORE-CORRUPT", NOW, "Shown numbers are frozen: the log can no longer prove them.",         \
      "Nothing is written, and nothing is pushed, over a restart too.",                            \
      "Until the store is restored from a backup.")                                                \
    X("RESTORED", NOW, "What people booked since the backup is missing, and counts are wrong by it.", \
      "The channels' orders are read again; until then no count rises anywhere.",                  \
      "Until somebody has booked again what is missing, and resolves it.")                         \
    X("BACKUP-FAILED", SOON, "Stock is not affected; should the disk break, more of the ledger is lost than you meant.", \
      "It is tried again in an hour; the backups that are there stay.", "Until a backup succeeds.") \
    X("CLOCK", SOON, "Stock is not affected; signatures with times may be refused.",               \
      "Order of events follows the log, not the clock.", "Until the clock is right.")              \
    X("LIMIT", SOON, "Refused deliveries are sent again by the platform, or read when the load is over.", \
      "What is over the limit gets 413 or 503.", "Until two minutes have passed without.")         \
    X("DURABILITY", NOW, "A power cut may lose what was acknowledged.",                            \
      "It goes on, as on any other file system.",                          \
      "Until the server is started on another file system.")                                       \
    X("VERIFY-OK", INFO, "Every number was proven from the log.", "The proof is repeated each night.", \
      "It is over when it is told.")
// clang-format on

const struct incident_kind *incident_kind(struct slice code)
{
    static const struct incident_kind kinds[] = {
#define X(code, urgency, meaning, doing, until) {code, URGENCY_##urgency, meaning, doing, until},
        INCIDENT_KINDS(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (slice_is(code, kinds[i].code)) {
            return &kinds[i];
        }
    }
    return NULL;
}

const char *incident_urgency_text(enum incident_urgency urgency)
{
    static const char *const texts[] = {
        [URGENCY_NOW] = "now", [URGENCY_SOON] = "soon", [URGENCY_INFO] = "info"};
    must((size_t)urgency < COUNT_OF(texts));
    return texts[urgency];
}

static struct slice key_of(struct batch *b, struct slice code, struct slice subject)
{
    return arena_printf(&b->arena, "%.*s %.*s", SLICE_ARG(code), SLICE_ARG(subject));
}

static void remember(struct batch *b, struct incident_row *row)
{
    if (!map_set(&b->incidents, key_of(b, row->code, row->subject), row)) {
        batch_fail(b, ERR_MEMORY, "an incident");
    }
}

static struct incident_row *find_open(struct batch *b, struct slice code, struct slice subject)
{
    struct slice key = key_of(b, code, subject);
    struct incident_row *row = map_get(&b->incidents, key);
    if (!row) {
        batch_fail(b,
                   b->store->ops->incident_open(b->store, code, subject, &b->arena, &row),
                   "load an incident");
        if (row) {
            remember(b, row);
        }
    }
    return row && row->is_open ? row : NULL;
}

/* Into the commit, and into the log for whoever follows it. */
static void change(struct batch *b, struct incident_row *row, const char *state)
{
    if (!rows_add(&b->changes.incidents, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "incidents");
        return;
    }
    const struct channel_config *channel = config_channel_by_code(b->config, row->channel);
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, (size_t)64 * 1024);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_text(&w, "code", row->code);
    json_field_str(&w, "state", state);
    json_field_int(&w, "times", row->times);
    if (row->resolved_by.n) {
        json_field_text(&w, "by", row->resolved_by);
    }
    if (row->resolution.n) {
        json_field_text(&w, "reason", row->resolution);
    }
    json_end_object(&w);
    batch_event(b,
                "incident",
                channel ? channel->row.id : (struct channel_id){0},
                arena_printf(&b->arena, "%" PRId64, row->n),
                buf_view(&facts));
}

static void see_again(struct batch *b, struct incident_row *row, const struct incident_text *text)
{
    if (b->now_us - row->updated_at_us < INCIDENT_QUIET_US) {
        return;
    }
    row->times++;
    row->updated_at_us = b->now_us;
    row->until_us = text->until_us;
    row->title = arena_copy(&b->arena, text->title);
    row->detail = arena_copy(&b->arena, text->detail);
    row->action = arena_copy(&b->arena, text->action);
    change(b, row, "updated");
}

void batch_incident(struct batch *b, const struct incident_text *text)
{
    struct incident_row *row = find_open(b, slice_of(text->code), text->subject);
    if (row) {
        see_again(b, row, text);
        return;
    }
    row = ARENA_NEW(&b->arena, struct incident_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "an incident");
        return;
    }
    *row = (struct incident_row){.n = b->store->ops->next_id(b->store, ID_INCIDENT),
                                 .code = slice_of(text->code),
                                 .subject = arena_copy(&b->arena, text->subject),
                                 .is_open = true,
                                 .channel = arena_copy(&b->arena, text->channel),
                                 .sku = arena_copy(&b->arena, text->sku),
                                 .order = arena_copy(&b->arena, text->order),
                                 .delivery = text->delivery,
                                 .title = arena_copy(&b->arena, text->title),
                                 .detail = arena_copy(&b->arena, text->detail),
                                 .action = arena_copy(&b->arena, text->action),
                                 .opened_at_us = b->now_us,
                                 .times = 1,
                                 .updated_at_us = b->now_us,
                                 .until_us = text->until_us};
    remember(b, row);
    change(b, row, "opened");
}

static void
close_row(struct batch *b, struct incident_row *row, struct slice by, struct slice reason)
{
    row->is_open = false;
    row->resolved_at_us = b->now_us;
    row->updated_at_us = b->now_us;
    row->resolved_by = arena_copy(&b->arena, by);
    row->resolution = arena_copy(&b->arena, reason);
    remember(b, row);
    change(b, row, "resolved");
}

void batch_incident_cured(struct batch *b, struct incident_row *row, const char *why)
{
    close_row(b, row, (struct slice){0}, why ? slice_of(why) : (struct slice){0});
}

void batch_incident_over(struct batch *b, const char *code, struct slice subject, const char *why)
{
    struct incident_row *row = find_open(b, slice_of(code), subject);
    if (row) {
        batch_incident_cured(b, row, why);
    }
}

void batch_incident_close(struct batch *b, const char *code, struct slice subject)
{
    batch_incident_over(b, code, subject, NULL);
}

void batch_incident_resolve(struct batch *b,
                            struct incident_row *row,
                            struct slice by,
                            struct slice reason)
{
    close_row(b, row, by, reason);
}

/* ---- cured without an event of their own ---- */

#define CLOSE_PAGE 200
#define LATE_QUIET_US (600 * US_PER_S)

/* Why an open incident is over; NULL: it is not. */
static const char *is_covered(struct batch *b, const struct incident_row *row)
{
    struct batch_sku *sku = batch_sku_by_code(b, row->sku);
    if (!sku) {
        return "the SKU is gone";
    }
    batch_load_stock(b, sku);
    for (size_t i = 0; !b->err && i < b->config->locations_count; i++) {
        const struct stock *stock =
            stock_set_find(&b->stock, sku->row.id, b->config->locations[i]->id);
        if (stock && stock->available < 0) {
            return NULL;
        }
    }
    return b->err ? NULL : "units have covered it: nothing of the SKU is owed any more";
}

/* Of so many that they were told as one: none differs any more. */
static const char *is_agreed(struct batch *b, const struct incident_row *row)
{
    const struct channel_config *channel = config_channel_by_code(b->config, row->channel);
    struct rows found = {0};
    const struct store_query q = {
        .channel = channel ? channel->row.id : (struct channel_id){-1}, .limit = 1, .state = 1};
    batch_fail(b,
               b->store->ops->list_differences(b->store, &q, &b->arena, &found),
               "look for differences");
    return !b->err && found.count == 0 ? "no count of the channel differs any more" : NULL;
}

static bool leads_somewhere(const struct batch *b, const struct channel_config *channel)
{
    bool leads = false;
    for (size_t i = 0; i < channel->stops_count; i++) {
        const struct location_row *location =
            config_location(b->config, channel->stops[i].location);
        leads |= location && location->is_active;
    }
    return leads;
}

/* A location that had no mapping, a route that led nowhere: it has, and it does. */
static const char *is_mapped(struct batch *b, const struct incident_row *row)
{
    const struct channel_config *channel = config_channel_by_code(b->config, row->channel);
    struct slice code = row->channel, what = row->subject;
    if (!channel || what.n < code.n || !slice_equal((struct slice){what.p, code.n}, code)) {
        return NULL;
    }
    what = slice_from(what, code.n);
    if (slice_is(what, " route")) {
        return leads_somewhere(b, channel) ? "the route leads somewhere" : NULL;
    }
    if (slice_starts(what, " location ")) {
        struct slice remote = slice_from(what, strlen(" location "));
        return config_location_of(b->config, channel, remote) ? "the location is mapped" : NULL;
    }
    return NULL;
}

static const char *cure_of(struct batch *b, const struct incident_row *row)
{
    if (slice_is(row->code, "OVERSOLD")) {
        return is_covered(b, row);
    }
    if (slice_is(row->code, "DRIFT") && slice_starts(row->subject, "channel ")) {
        return is_agreed(b, row);
    }
    if (slice_is(row->code, "PARKED")) {
        return is_mapped(b, row);
    }
    if (slice_is(row->code, "LATE") && b->now_us - row->updated_at_us > LATE_QUIET_US) {
        return "no push was late for ten minutes";
    }
    return row->until_us && row->until_us < b->now_us ? "its time is over" : NULL;
}

void requests_close_incidents(struct batch *b, struct turn *turn)
{
    int64_t after = 0;
    turn->status = 204;
    must(slice_int(turn->args[0], &after));
    struct rows open = {0};
    const struct store_query q = {.after = after, .state = 1, .limit = CLOSE_PAGE};
    batch_fail(
        b, b->store->ops->list_incidents(b->store, &q, &b->arena, &open), "list open incidents");
    for (size_t i = 0; !b->err && i < open.count; i++) {
        struct incident_row *row = open.items[i];
        after = row->n;
        const struct incident_row *known =
            map_get(&b->incidents, key_of(b, row->code, row->subject));
        const char *cure = known ? NULL : cure_of(b, row); /* this very commit deals with it */
        if (cure) {
            batch_incident_cured(b, row, cure);
        }
    }
    if (open.count == CLOSE_PAGE) { /* the next page is asked for at once */
        turn->status = 200;
        buf_printf(&turn->answer, "%" PRId64, after);
    }
}
