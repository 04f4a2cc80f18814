/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/shadow.h"

#define DAY_US (24 * 3600 * US_PER_S)
#define DELAY_SAMPLES 1000
#define DELAY_LOOK 10000 /* movements looked through for them */
#define PAGE 500

static struct shadow_day *day_of(struct shadow_report *r, int64_t day)
{
    int64_t first = r->days[0].row.day;
    return day >= first && day < first + (int64_t)r->days_count ? &r->days[day - first] : NULL;
}

static enum err load_days(struct store *store,
                          struct channel_id channel,
                          int64_t days,
                          int64_t now_us,
                          struct arena *arena,
                          struct shadow_report *r)
{
    int64_t today = now_us / DAY_US;
    struct rows found = {0};
    r->days_count = (size_t)days;
    r->days = ARENA_ARRAY(arena, r->days_count, struct shadow_day);
    if (!r->days) {
        return ERR_LIMIT;
    }
    for (int64_t i = 0; i < days; i++) {
        r->days[i] = (struct shadow_day){.row = {.channel = channel, .day = today - days + 1 + i}};
    }
    enum err e = store->ops->agreements(store, channel, today - days + 1, today, arena, &found);
    for (size_t i = 0; !e && i < found.count; i++) {
        const struct agreement_row *row = found.items[i];
        struct shadow_day *day = day_of(r, row->day);
        if (day) {
            day->row = *row;
        }
    }
    return e;
}

static void sum_days(struct shadow_report *r)
{
    bool in_a_row = true;
    for (size_t i = r->days_count; i-- > 0;) {
        const struct agreement_row *row = &r->days[i].row;
        bool is_today = i + 1 == r->days_count; /* which may not have had its readings yet */
        in_a_row = in_a_row && (row->readings || is_today);
        r->evidence.days += in_a_row && row->readings;
        r->evidence.agreed += row->agreed;
        r->evidence.differed += row->differed;
        r->oversold += row->oversold;
        r->avoidable += row->avoidable;
    }
}

static enum err load_differences(struct store *store,
                                 struct channel_id channel,
                                 struct arena *arena,
                                 struct shadow_report *r)
{
    struct store_query q = {.channel = channel,
                            .limit = PAGE,
                            .newest_first = true,
                            .state = -1,
                            .from_us = r->days[0].row.day * DAY_US};
    for (;;) {
        struct rows page = {0};
        enum err e = store->ops->list_differences(store, &q, arena, &page);
        if (e) {
            return e;
        }
        for (size_t i = 0; i < page.count; i++) {
            struct difference_row *row = page.items[i];
            struct shadow_day *day = day_of(r, row->began_at_us / DAY_US);
            q.after = row->n;
            r->evidence.unexplained += row->cause == CAUSE_UNKNOWN;
            if (day) {
                day->causes[row->cause]++;
            }
            if (r->differences.count == SHADOW_DIFFERENCES_MAX) {
                r->has_more = true;
            } else if (!rows_add(&r->differences, arena, row)) {
                return ERR_LIMIT;
            }
        }
        if (page.count < PAGE) {
            return ERR_OK;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* From what was booked of it last: each order's placing, and when it was recorded. */
static enum err load_delays(struct store *store,
                            struct channel_id channel,
                            struct arena *arena,
                            struct shadow_report *r)
{
    struct rows found = {0};
    int64_t *delays = ARENA_ARRAY(arena, DELAY_SAMPLES, int64_t);
    struct store_query q = {.limit = DELAY_LOOK / 10, .newest_first = true, .state = -1};
    if (!delays) {
        return ERR_LIMIT;
    }
    for (size_t looked = 0; looked < DELAY_LOOK; looked += found.count) {
        found.count = 0;
        enum err e = store->ops->list_movements(store, &q, arena, &found);
        if (e) {
            return e;
        }
        for (size_t i = 0; i < found.count; i++) {
            const struct movement_row *row = found.items[i];
            bool counts = row->movement.channel.v == channel.v &&
                          row->movement.kind == MOVE_RESERVE && row->movement.happened_at_us &&
                          r->delay_samples < DELAY_SAMPLES;
            int64_t delay = row->recorded_at_us - row->movement.happened_at_us;
            if (counts) {
                delays[r->delay_samples++] = delay > 0 ? delay : 0;
            }
            q.after = row->n;
        }
        if (found.count < q.limit) {
            break;
        }
    }
    if (r->delay_samples) {
        size_t n = r->delay_samples;
        qsort(delays, n, sizeof(delays[0]), by_size);
        r->delay_p50_us = delays[(n - 1) * 50 / 100];
        r->delay_p95_us = delays[(n - 1) * 95 / 100];
        r->delay_p99_us = delays[(n - 1) * 99 / 100];
    }
    return ERR_OK;
}

enum err shadow_report(struct store *store,
                       struct channel_id channel,
                       const struct cutover_bar *bar,
                       int64_t days,
                       int64_t now_us,
                       struct arena *arena,
                       struct shadow_report *out)
{
    int64_t wanted = days > bar->days ? days : bar->days;
    *out = (struct shadow_report){.bar = *bar};
    wanted = wanted < 1 ? 1 : wanted > SHADOW_DAYS_MAX ? SHADOW_DAYS_MAX : wanted;
    enum err e = load_days(store, channel, wanted, now_us, arena, out);
    if (!e) {
        sum_days(out);
        e = load_differences(store, channel, arena, out);
    }
    e = e ? e : load_delays(store, channel, arena, out);
    out->lack = cutover_lacks(bar, &out->evidence);
    return e;
}

struct slice shadow_lack_text(const struct shadow_report *r, struct arena *arena)
{
    int64_t share = cutover_agreement(r->evidence.agreed, r->evidence.differed);
    switch (r->lack) {
    case LACK_NONE:
        break;
    case LACK_DAYS:
        return arena_printf(arena,
                            "%" PRId64 " of %" PRId64 " days in a row have readings",
                            r->evidence.days,
                            r->bar.days);
    case LACK_READINGS:
        return SLICE("no count of the channel has been read yet: import its catalogue, and let its "
                     "listings be read back");
    case LACK_AGREEMENT:
        return arena_printf(arena,
                            "%" PRId64 ".%02" PRId64 " %% of the readings agree, %" PRId64
                            ".%02" PRId64 " %% are wanted",
                            share / 100,
                            share % 100,
                            r->bar.agreement / 100,
                            r->bar.agreement % 100);
    case LACK_EXPLANATION:
        return arena_printf(arena,
                            "%" PRId64 " differences have no explanation: see GET "
                            "/v1/drift?kind=unknown&state=any",
                            r->evidence.unexplained);
    }
    return (struct slice){0};
}

/* ---- as the API shows it ---- */

static void field_share(struct json_writer *w, const char *key, int64_t share)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%" PRId64 ".%02" PRId64, share / 100, share % 100);
    json_field_raw(w, key, (struct slice){text, (size_t)n});
}

static void show_day(struct show *s, const struct shadow_day *day)
{
    struct json_writer *w = &s->w;
    const struct agreement_row *row = &day->row;
    json_begin_object(w);
    json_field_time(w, "day", row->day * DAY_US);
    json_field_int(w, "readings", row->readings);
    json_field_int(w, "agreed", row->agreed);
    json_field_int(w, "waiting", row->waiting);
    json_field_int(w, "differed", row->differed);
    field_share(w, "agreement", cutover_agreement(row->agreed, row->differed));
    json_key(w, "causes");
    json_begin_object(w);
    for (size_t i = 0; i < COUNT_OF(day->causes); i++) {
        if (day->causes[i]) {
            json_field_int(w, difference_cause_text((enum difference_cause)i), day->causes[i]);
        }
    }
    json_end_object(w);
    json_field_int(w, "oversold", row->oversold);
    json_field_int(w, "avoidable", row->avoidable);
    json_end_object(w);
}

static void show_delays(struct show *s, const struct shadow_report *r)
{
    struct json_writer *w = &s->w;
    json_key(w, "order_delay");
    json_begin_object(w);
    json_field_int(w, "orders", (int64_t)r->delay_samples);
    json_field_ms(w, "p50_ms", r->delay_p50_us);
    json_field_ms(w, "p95_ms", r->delay_p95_us);
    json_field_ms(w, "p99_ms", r->delay_p99_us);
    json_end_object(w);
}

void show_shadow(struct show *s, const struct channel_row *channel, const struct shadow_report *r)
{
    struct json_writer *w = &s->w;
    struct arena words;
    arena_init(&words, (size_t)64 * 1024);
    struct slice text = shadow_lack_text(r, &words);
    json_begin_object(w);
    json_field_text(w, "channel", channel->code);
    json_field_str(w, "mode", channel_mode_text(channel->mode));
    json_field_bool(w, "ready", r->lack == LACK_NONE);
    if (text.n) {
        json_field_text(w, "missing", text);
    } else {
        json_field_null(w, "missing");
    }
    arena_free(&words);
    json_field_int(w, "bar_days", r->bar.days);
    field_share(w, "bar_agreement", r->bar.agreement);
    json_field_int(w, "days_in_a_row", r->evidence.days);
    field_share(w, "agreement", cutover_agreement(r->evidence.agreed, r->evidence.differed));
    json_field_int(w, "unexplained", r->evidence.unexplained);
    json_field_int(w, "oversold", r->oversold);
    json_field_int(w, "avoidable", r->avoidable);
    show_delays(s, r);
    json_key(w, "days");
    json_begin_array(w);
    for (size_t i = 0; i < r->days_count; i++) {
        show_day(s, &r->days[i]);
    }
    json_end_array(w);
    json_key(w, "differences");
    json_begin_array(w);
    for (size_t i = 0; i < r->differences.count; i++) {
        show_drift(s, r->differences.items[i]);
    }
    json_end_array(w);
    json_field_bool(w, "has_more", r->has_more);
    json_end_object(w);
}
