/* SPDX-License-Identifier: Apache-2.0 */
#include "core/order.h"
#include "base/buf.h"
#include "base/crypto.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

struct order_counts order_counts_clamp(struct order_counts c)
{
    c.ordered = within(c.ordered, 0, QTY_MAX);
    c.fulfilled = within(c.fulfilled, 0, c.ordered);
    c.cancelled = within(c.cancelled, 0, c.ordered - c.fulfilled);
    c.no_restock = within(c.no_restock, 0, c.cancelled);
    c.returned = within(c.returned, 0, c.fulfilled);
    c.restocked = within(c.restocked, 0, c.returned);
    return c;
}

static struct order_counts counts_of(const struct snapshot_line *s)
{
    return order_counts_clamp((struct order_counts){.ordered = s->ordered,
                                                    .cancelled = s->cancelled,
                                                    .fulfilled = s->fulfilled,
                                                    .returned = s->returned,
                                                    .restocked = s->restocked,
                                                    .no_restock = s->no_restock});
}

/* The lattice join of two reports of one version: nothing that either of them demands is given
 * away. */
static struct order_counts counts_join(struct order_counts a, struct order_counts b)
{
    return (struct order_counts){.ordered = most(a.ordered, b.ordered),
                                 .cancelled = least(a.cancelled, b.cancelled),
                                 .fulfilled = most(a.fulfilled, b.fulfilled),
                                 .returned = most(a.returned, b.returned),
                                 .restocked = least(a.restocked, b.restocked),
                                 .no_restock = most(a.no_restock, b.no_restock)};
}

static bool counts_equal(struct order_counts a, struct order_counts b)
{
    return a.ordered == b.ordered && a.cancelled == b.cancelled && a.fulfilled == b.fulfilled &&
           a.returned == b.returned && a.restocked == b.restocked && a.no_restock == b.no_restock;
}

static bool counts_demand_nothing(struct order_counts c)
{
    return counts_equal(c, (struct order_counts){0});
}

static struct order_line *line_find(const struct order *order, struct slice id)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (slice_equal(order->lines[i].id, id)) {
            return &order->lines[i];
        }
    }
    return NULL;
}

/* A channel that does not say what it took: all that is sold at first sight, then what is added. */
static int64_t taken_now(const struct order_line *known, const struct snapshot_line *s)
{
    if (s->taken != TAKEN_UNSAID) {
        return within(s->taken, 0, QTY_MAX);
    }
    struct order_counts c = counts_of(s);
    if (!known) {
        return most(0, c.ordered - c.cancelled - c.restocked);
    }
    return known->taken + most(0, c.ordered - known->now.ordered);
}

static void line_read(struct order_line *line,
                      const struct order_line *known,
                      const struct snapshot_line *s,
                      bool is_baseline)
{
    if (known) {
        *line = *known;
    } else {
        *line =
            (struct order_line){.id = s->id, .remote = s->remote, .remote_other = s->remote_other};
        if (is_baseline) {
            line->baseline = counts_of(s);
        }
    }
    line->taken = taken_now(known, s);
    line->taken_unsaid = s->taken == TAKEN_UNSAID;
    line->now = counts_of(s);
    line->location_text = s->location;
    line->channel_fulfilled = s->channel_fulfilled;
}

/* Does the snapshot say anything else than the order already holds for this version? */
static bool says_more(const struct order *known, const struct order_snapshot *snapshot)
{
    size_t held = 0;
    for (size_t i = 0; i < snapshot->lines_count; i++) {
        const struct snapshot_line *s = &snapshot->lines[i];
        const struct order_line *line = line_find(known, s->id);
        if (!line) {
            if (!counts_demand_nothing(counts_of(s))) {
                return true;
            }
            continue;
        }
        held++;
        bool taken_differs = s->taken != TAKEN_UNSAID && s->taken != line->taken;
        if (!counts_equal(line->now, counts_of(s)) || taken_differs) {
            return true;
        }
    }
    for (size_t i = 0; held < known->lines_count && i < known->lines_count; i++) {
        bool said = false;
        for (size_t k = 0; k < snapshot->lines_count && !said; k++) {
            said = slice_equal(snapshot->lines[k].id, known->lines[i].id);
        }
        if (!said && !counts_demand_nothing(known->lines[i].now)) {
            return true;
        }
    }
    return false;
}

static enum order_verdict judge(const struct order *known,
                                const struct order_snapshot *snapshot,
                                int64_t granularity_us,
                                bool *out_decisive)
{
    *out_decisive = false;
    if (!known || snapshot->version > known->version) {
        *out_decisive = snapshot->fetched_at_us > 0 && snapshot->version_is_time &&
                        snapshot->fetched_at_us >= snapshot->version + granularity_us + US_PER_S;
        return ORDER_APPLIED;
    }
    if (snapshot->version < known->version) {
        return ORDER_STALE;
    }
    bool decisive = snapshot->fetched_at_us > 0 && snapshot->version_is_time &&
                    snapshot->fetched_at_us >= snapshot->version + granularity_us + US_PER_S;
    if (known->decided_at_us > 0 && (!decisive || snapshot->fetched_at_us < known->decided_at_us)) {
        return says_more(known, snapshot) ? ORDER_STALE : ORDER_SAME;
    }
    *out_decisive = decisive;
    if (!says_more(known, snapshot)) {
        return ORDER_SAME;
    }
    return decisive ? ORDER_APPLIED : ORDER_TIE;
}

static void line_join(struct order_line *line, const struct snapshot_line *s)
{
    int64_t taken = most(line->taken, taken_now(line, s));
    struct order_counts said = counts_of(s);
    /* A line that demands nothing says nothing, like one that is left out. Clamped when booked: a
     * join stays a join. */
    line->now = counts_demand_nothing(line->now) ? said
                : counts_demand_nothing(said)    ? line->now
                                                 : counts_join(line->now, said);
    line->taken = taken;
    line->taken_unsaid = s->taken == TAKEN_UNSAID;
    if (s->location.n && slice_compare(s->location, line->location_text) > 0) {
        line->location_text = s->location;
    }
}

enum err order_merge(const struct order *known,
                     const struct order_snapshot *snapshot,
                     struct channel_id channel,
                     int64_t granularity_us,
                     int64_t opened_at_us,
                     struct arena *arena,
                     struct order *out,
                     enum order_verdict *out_verdict)
{
    bool decisive = false;
    enum order_verdict verdict = judge(known, snapshot, granularity_us, &decisive);
    *out_verdict = verdict;
    if (verdict == ORDER_SAME || verdict == ORDER_STALE) {
        return ERR_OK;
    }
    size_t known_count = known ? known->lines_count : 0;
    struct order order = known ? *known : (struct order){.channel = channel, .id = snapshot->id};
    order.lines = ARENA_ARRAY(arena, known_count + snapshot->lines_count + 1, struct order_line);
    if (!order.lines) {
        return ERR_LIMIT;
    }
    order.version = snapshot->version;
    order.version_text = snapshot->version_text;
    order.version_is_time = snapshot->version_is_time;
    order.country = snapshot->country.n ? snapshot->country : order.country;
    order.region = snapshot->region.n ? snapshot->region : order.region;
    order.placed_at_us = snapshot->placed_at_us ? snapshot->placed_at_us : order.placed_at_us;
    order.is_test = snapshot->is_test;
    if (!known) {
        int64_t placed_at = order.placed_at_us      ? order.placed_at_us
                            : order.version_is_time ? order.version
                                                    : opened_at_us;
        order.is_baseline = placed_at < opened_at_us;
    }
    order.decided_at_us = decisive               ? snapshot->fetched_at_us
                          : verdict == ORDER_TIE ? order.decided_at_us
                                                 : 0;
    /* Known lines keep their places: allocations name them by index. */
    for (size_t i = 0; i < known_count; i++) {
        order.lines[i] = known->lines[i];
        if (verdict == ORDER_APPLIED) { /* what it leaves out, it says nothing of */
            order.lines[i].now = (struct order_counts){0};
            order.lines[i].location_text = (struct slice){0};
        }
    }
    order.lines_count = known_count;
    bool baseline = order.is_baseline && !known;
    for (size_t i = 0; i < snapshot->lines_count; i++) {
        const struct snapshot_line *s = &snapshot->lines[i];
        struct order_line *line = known ? line_find(&order, s->id) : NULL;
        if (!line) {
            line_read(&order.lines[order.lines_count++], NULL, s, baseline);
        } else if (verdict == ORDER_TIE) {
            line_join(line, s);
        } else {
            line_read(line, line_find(known, s->id), s, baseline);
        }
    }
    if (verdict == ORDER_APPLIED) {
        for (size_t i = 0; i < known_count; i++) {
            /* A line that vanished from the order gave its units back on the channel too. */
            if (counts_demand_nothing(order.lines[i].now)) {
                order.lines[i].taken = 0;
            }
        }
    }
    *out = order;
    return ERR_OK;
}

/* Line order is the channel's whim: the digest is over lines sorted by id. */
enum err order_digest(const struct order_snapshot *snapshot, struct arena *arena, uint8_t out[16])
{
    size_t n = snapshot->lines_count;
    const struct snapshot_line **sorted = ARENA_ARRAY(arena, n + 1, const struct snapshot_line *);
    struct slice *parts = ARENA_ARRAY(arena, n + 1, struct slice);
    if (!sorted || !parts) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < n; i++) {
        size_t j = i;
        for (; j > 0 && slice_compare(sorted[j - 1]->id, snapshot->lines[i].id) > 0; j--) {
            sorted[j] = sorted[j - 1];
        }
        sorted[j] = &snapshot->lines[i];
    }
    parts[0] = arena_printf(arena,
                            "%.*s %.*s %.*s %.*s %d\n",
                            SLICE_ARG(snapshot->id),
                            SLICE_ARG(snapshot->version_text),
                            SLICE_ARG(snapshot->country),
                            SLICE_ARG(snapshot->region),
                            snapshot->is_test);
    for (size_t i = 0; i < n; i++) {
        const struct snapshot_line *s = sorted[i];
        parts[i + 1] = arena_printf(arena,
                                    "%.*s %.*s %.*s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                                    " %" PRId64 " %" PRId64 " %" PRId64 "\n",
                                    SLICE_ARG(s->id),
                                    SLICE_ARG(s->remote),
                                    SLICE_ARG(s->location),
                                    s->ordered,
                                    s->cancelled,
                                    s->fulfilled,
                                    s->returned,
                                    s->restocked,
                                    s->no_restock,
                                    s->taken);
    }
    if (arena->exhausted) {
        return ERR_LIMIT;
    }
    blake2b(out, 16, parts, n + 1);
    return ERR_OK;
}
