/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody reports is found: counts are read back at a paced rate, listings whose hint was lost
 * are looked at again, and silence, a queue that stands still and figures that nobody has confirmed
 * for a day are told.
 */
#include "push/lane.h"

#define SWEEP_EVERY_US (60 * US_PER_S)
#define SWEEP_PAGE 500
/* Of the channel's calls, at most every tenth reads counts back. */
#define SWEEP_SHARE 10
#define STALE_US (24 * 3600 * US_PER_S)
#define WAITING_US (120 * US_PER_S)
/* A sale that we found by asking: its delivery may come so much later. */
#define SILENT_US (120 * US_PER_S)
#define WATCH_EVERY_US (15 * US_PER_S)

/* ---- reading back ---- */

/* A bundle moves with its parts. -1 when it cannot be read. */
static int64_t version_now(struct store *reader, struct sku_id id, struct arena *arena)
{
    struct sku_row *sku = NULL;
    if (reader->ops->skus(reader, &id, 1, arena, &sku) != ERR_OK || !sku) {
        return -1;
    }
    int64_t version = sku->stock_version;
    for (size_t i = 0; i < sku->parts_count; i++) {
        struct sku_row *part = NULL;
        if (reader->ops->skus(reader, &sku->parts[i].sku, 1, arena, &part) == ERR_OK && part) {
            version += part->stock_version;
        }
    }
    return version;
}

/* Dirtiness is derived from versions: a hint only makes it known sooner. */
static bool is_behind(struct lane *lane,
                      const struct channel_config *c,
                      const struct listing_row *row,
                      struct arena *arena)
{
    const struct range base = row->expected.base;
    int64_t target = channel_target(c, row);
    return row->computed_policy_version != c->row.version + row->version ||
           (row->expected.phase == EXPECTED_SETTLED && (base.lo != target || base.hi != target)) ||
           row->computed_sku_version != version_now(lane->pusher->config.reader, row->sku, arena);
}

/* So many listings may be read back in one round of the sweep, by the channel's limits. */
static size_t sweep_page(const struct lane *lane, const struct channel_config *c)
{
    const struct connector_semantics *s = &c->connector->semantics;
    int64_t cost = lane_call_cost(lane, c, CALL_READ);
    if (cost == 0 || !s->reads_counts) {
        return SWEEP_PAGE;
    }
    size_t calls = (size_t)(SWEEP_EVERY_US / cost / SWEEP_SHARE);
    size_t rows = (calls ? calls : 1) * (s->read_batch_max ? s->read_batch_max : s->push_batch_max);
    return rows < SWEEP_PAGE ? rows : SWEEP_PAGE;
}

static bool is_stale(const struct channel_config *c, const struct listing_row *row, int64_t now)
{
    int64_t last =
        row->published_at_us > row->observed_at_us ? row->published_at_us : row->observed_at_us;
    bool is_ours = c->row.mode == MODE_LIVE && !c->row.paused && !row->paused &&
                   row->fault == FAULT_NONE && c->connector->semantics.reads_counts;
    return is_ours && last && now - last > STALE_US;
}

static void tell_stale(struct lane *lane)
{
    if (lane->stale && !lane->is_stale_reported) {
        char text[200];
        (void)snprintf(text,
                       sizeof(text),
                       "%zu listings were neither confirmed nor read within 24 hours.",
                       lane->stale);
        lane_notice(lane,
                    "STALE",
                    "Nobody has confirmed for a day what listings show",
                    slice_of(text),
                    "See their published_at and observed_at (GET /v1/listings), and whether the "
                    "channel answers what is asked of it (GET /v1/incidents).");
    } else if (!lane->stale && (lane->is_stale_reported || !lane->has_swept)) {
        lane_notice_close(lane, "STALE");
    }
    lane->has_swept = true;
    lane->is_stale_reported = lane->stale > 0;
    lane->stale = 0;
}

void lane_sweep(struct lane *lane, const struct channel_config *c)
{
    int64_t now = lane_now(lane);
    if (now < lane->next_sweep_us || lane->ready.count || lane_is_saving(lane)) {
        return;
    }
    lane->next_sweep_us = now + SWEEP_EVERY_US;
    struct arena arena;
    arena_init(&arena, (size_t)16 * 1024 * 1024);
    struct rows page = {0};
    struct store *reader = lane->pusher->config.reader;
    const struct store_query query = {
        .channel = lane->channel, .after = lane->sweep_after, .limit = sweep_page(lane, c)};
    if (reader->ops->list_listings(reader, &query, &arena, &page) == ERR_OK) {
        lane->sweep_after = 0;
        for (size_t i = 0; i < page.count; i++) {
            const struct listing_row *row = page.items[i];
            /* What a catalogue or a delivery showed is no reading yet. */
            bool must_read = c->connector->semantics.reads_counts &&
                             (!row->expected.is_known ||
                              now - row->observed_at_us >= c->connector->semantics.read_back_us);
            lane->sweep_after = page.count == query.limit ? row->id.v : 0;
            lane->stale += is_stale(c, row, now);
            if (must_read || is_behind(lane, c, row, &arena)) {
                const struct dirty_hint hint = {
                    .listing = row->id, .channel = lane->channel, .must_read = must_read};
                want_hint(lane, &hint, now);
            }
        }
        if (lane->sweep_after == 0) {
            tell_stale(lane);
        }
    }
    arena_free(&arena);
}

/* ---- silence: sales come, but only because we ask ---- */

void lane_found_by_asking(struct lane *lane)
{
    lane->unheard_since_us = lane->unheard_since_us ? lane->unheard_since_us : lane_now(lane);
}

void lane_hears(struct lane *lane)
{
    lane->unheard_since_us = 0;
    if (lane->is_silence_reported || !lane->has_heard) {
        lane->is_silence_reported = false;
        lane_notice_close(lane, "SUBSCRIPTION-DEAD");
    }
    lane->has_heard = true;
}

static void tell_silence(struct lane *lane, int64_t now)
{
    if (lane->unheard_since_us == 0 || lane->is_silence_reported ||
        now - lane->unheard_since_us < SILENT_US) {
        return;
    }
    lane->is_silence_reported = true;
    lane->next_look_us = now; /* its subscriptions are looked at, and made anew where they can be */
    lane_notice(
        lane,
        "SUBSCRIPTION-DEAD",
        "A channel sells, and tells us nothing",
        SLICE("An order was found by asking; no delivery of it, or of anything else, has "
              "come since. Orders are asked for at the channel's pace, so none is lost, "
              "but other channels hear of them late."),
        "Connect the channel again (truecount channel connect), and see whether its address "
        "for deliveries leads here.");
}

/* ---- a queue that stands still ---- */

static void tell_waiting(struct lane *lane, const struct channel_config *c, int64_t now)
{
    size_t late = 0;
    int64_t oldest = now;
    bool sends = c->row.mode == MODE_LIVE && !c->row.paused;
    for (size_t i = 0; sends && i < lane->wants.items_count; i++) {
        const struct want *want = lane->wants.items[i].value;
        int64_t since = want ? want->cause.committed_at_us : 0;
        late += since && now - since > WAITING_US;
        oldest = since && since < oldest ? since : oldest;
    }
    bool is_told = late && !lane->is_down_reported && !lane->is_throttled_reported;
    if (is_told && !lane->is_waiting_reported) {
        char text[200];
        (void)snprintf(text,
                       sizeof(text),
                       "%zu listings wait to be told of sales, the oldest for %" PRId64 " seconds.",
                       late,
                       (now - oldest) / US_PER_S);
        lane_notice(lane,
                    "WAITING",
                    "A channel's queue stands still",
                    slice_of(text),
                    "See GET /v1/pushes of the channel for what it answers: most often its limits "
                    "are used up, by us or by another app.");
    } else if (!is_told && (lane->is_waiting_reported || !lane->has_watched)) {
        lane_notice_close(lane, "WAITING");
    }
    lane->is_waiting_reported = is_told;
    lane->has_watched = true;
}

/* ---- a platform that asks us to slow down ---- */

/* The eight times that are looked at make the last two minutes; four of them are one minute. */
#define TIMES_MASK 0xffU
#define TIMES_MINUTE 0x0fU

static void move_times(struct lane *lane)
{
    int64_t time = env_mono_us(lane->pusher->config.env) / WATCH_EVERY_US,
            passed = time - lane->throttled_time;
    lane->throttled_times =
        passed < 0 || passed > 7 ? 0 : lane->throttled_times << passed & TIMES_MASK;
    lane->throttled_time = time;
}

void lane_throttled(struct lane *lane, enum call_kind kind)
{
    int64_t own = lane->kinds[kind].blocked_until_us, all = lane->blocked_until_us;
    move_times(lane);
    lane->throttled_times |= 1;
    lane->throttled_kind = kind;
    lane->throttled_until_us = own > all ? own : all;
}

/* Listings that wait to be told; a count that is only to be read back is none. */
static size_t waiting_for(const struct lane *lane, int64_t now, int64_t *out_oldest_us)
{
    size_t count = 0;
    *out_oldest_us = now;
    for (size_t i = 0; i < lane->wants.items_count; i++) {
        const struct want *want = lane->wants.items[i].value;
        int64_t since = want ? want->cause.committed_at_us : 0;
        count += want && (since || !want->must_read);
        *out_oldest_us = since && since < *out_oldest_us ? since : *out_oldest_us;
    }
    return count;
}

/* The limit as answers taught it, or as the platform states it. */
static void limit_text(const struct lane *lane, const struct channel_config *c, char out[120])
{
    const struct connector_semantics *s = &c->connector->semantics;
    int64_t taught = lane->kinds[lane->throttled_kind].per_1000s,
            stated = s->limits[lane->throttled_kind].per_1000s;
    stated = stated ? stated : s->calls_per_s * 1000;
    int64_t per_minute = (taught ? taught : stated) * 60 / 1000;
    if (per_minute) {
        (void)snprintf(out,
                       120,
                       "%s, it takes %" PRId64 " such calls a minute.",
                       taught ? "By its answers" : "As far as it is documented",
                       per_minute);
    } else {
        (void)snprintf(out, 120, "How many calls it takes, it does not say.");
    }
}

static void throttled_text(const struct lane *lane,
                           const struct channel_config *c,
                           size_t waiting,
                           int64_t oldest_us,
                           char out[500])
{
    int64_t now = lane_now(lane), blocked_us = lane->throttled_until_us - now;
    char age[80] = "", limit[120];
    if (oldest_us < now) {
        (void)snprintf(
            age, sizeof(age), ", the oldest for %" PRId64 " seconds", (now - oldest_us) / US_PER_S);
    }
    limit_text(lane, c, limit);
    (void)snprintf(out,
                   500,
                   "In each of the last two minutes the platform asked us to slow down. Listings "
                   "that wait to be "
                   "told: %zu%s; what sells out goes first. %s The next call may leave in %" PRId64
                   " seconds. Other channels are not affected.",
                   waiting,
                   age,
                   limit,
                   blocked_us > 0 ? (blocked_us + US_PER_S - 1) / US_PER_S : 0);
}

static void tell_throttled(struct lane *lane, const struct channel_config *c, int64_t now)
{
    move_times(lane);
    lane->throttled_times |= now < lane->throttled_until_us;
    bool sends = c->row.mode == MODE_LIVE && !c->row.paused;
    int64_t oldest_us = now;
    size_t waiting = sends ? waiting_for(lane, now, &oldest_us) : 0;
    unsigned times = lane->throttled_times;
    bool in_each = (times & TIMES_MINUTE) && (times & TIMES_MASK & ~TIMES_MINUTE);
    bool is_told =
        waiting && !lane->is_down_reported && (in_each || (lane->is_throttled_reported && times));
    if (is_told && !lane->is_throttled_reported) {
        char text[500];
        throttled_text(lane, c, waiting, oldest_us, text);
        lane_notice(
            lane,
            "THROTTLED",
            "A channel lets us call less often than is needed",
            slice_of(text),
            "See whether another app of this account spends its limit (GET /v1/pushes shows "
            "our own calls), or ask the platform for a higher one.");
    } else if (!is_told && (lane->is_throttled_reported || !lane->has_watched)) {
        lane_notice_close(lane, "THROTTLED");
    }
    lane->is_throttled_reported = is_told;
}

void lane_watch(struct lane *lane, const struct channel_config *c)
{
    int64_t now = lane_now(lane);
    if (now < lane->next_watch_us || c->row.mode == MODE_OFF) {
        return;
    }
    lane->next_watch_us = now + WATCH_EVERY_US;
    tell_silence(lane, now);
    tell_throttled(lane, c, now);
    tell_waiting(lane, c, now);
}
