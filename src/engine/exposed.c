/* SPDX-License-Identifier: Apache-2.0 */
/* How exposed one listing is. */
#include "engine/exposed_inner.h"

#include <stdlib.h>

#include "engine/availability.h"

#define READ_MEMORY_MAX ((size_t)32 << 20)
#define WINDOW_MIN_US (60 * US_PER_S)

/* ---- how long it takes ---- */

static struct propagation *channel_at(struct exposed *exposed, struct channel_id id)
{
    for (size_t i = 0; i < exposed->channels_count; i++) {
        if (exposed->channels[i].channel.v == id.v) {
            return &exposed->channels[i];
        }
    }
    struct propagation *grown =
        realloc(exposed->channels, (exposed->channels_count + 1) * sizeof(*grown));
    if (!grown) {
        return NULL;
    }
    exposed->channels = grown;
    grown[exposed->channels_count] = (struct propagation){.channel = id};
    return &grown[exposed->channels_count++];
}

static enum err measure(struct exposed *exposed, const struct rows *pushes)
{
    exposed->channels_count = 0;
    for (size_t i = 0; i < pushes->count; i++) {
        const struct push_row *push = pushes->items[i];
        bool is_taken = push->state == PUSH_DONE || push->state == PUSH_TAKEN;
        if (!is_taken || !push->happened_at_us) {
            continue;
        }
        struct propagation *channel = channel_at(exposed, push->channel);
        if (!channel) {
            return ERR_MEMORY;
        }
        int64_t took_us = push->answered_at_us - push->happened_at_us;
        latency_add(&channel->total.histogram, took_us);
        channel->total.max_us = took_us > channel->total.max_us ? took_us : channel->total.max_us;
    }
    return ERR_OK;
}

enum err propagation_load(struct exposed *exposed, struct store *store, int64_t now_us)
{
    int64_t age_us = now_us - exposed->channels_at_us;
    if (exposed->channels_at_us && age_us >= 0 && age_us < EXPOSED_KEEP_US) {
        return ERR_OK;
    }
    const struct store_query q = {
        .limit = EXPOSED_PUSHES, .newest_first = true, .state = -1, .from_us = now_us - WEEK_US};
    struct rows rows = {0};
    struct arena arena;
    arena_init(&arena, READ_MEMORY_MAX);
    enum err e = store->ops->list_pushes(store, &q, &arena, &rows);
    e = e ? e : measure(exposed, &rows);
    arena_free(&arena);
    exposed->channels_at_us = e ? 0 : now_us;
    return e;
}

void propagation_of(const struct exposed *exposed,
                    struct channel_id channel,
                    struct exposed_row *row)
{
    const struct latency_figures *total = NULL;
    for (size_t i = 0; i < exposed->channels_count; i++) {
        if (exposed->channels[i].channel.v == channel.v) {
            total = &exposed->channels[i].total;
        }
    }
    row->samples = total ? (int64_t)total->histogram.total : 0;
    row->is_assumed = row->samples < EXPOSED_SAMPLES;
    int64_t longest_us = total ? total->max_us : 0;
    if (!row->is_assumed) {
        row->given.propagation_us = latency_figures_at(total, 950);
    } else {
        row->given.propagation_us = longest_us > LATENCY_LATE_US ? longest_us : LATENCY_LATE_US;
    }
}

/* ---- what others sold ---- */

static struct sales_of *sales_at(struct sales *sales, int64_t channel)
{
    for (size_t i = 0; i < sales->count; i++) {
        if (sales->of[i].channel == channel) {
            return &sales->of[i];
        }
    }
    if (sales->count == SOLD_CHANNELS_MAX) {
        sales->of[SOLD_CHANNELS_MAX - 1].channel = 0; /* counts as others' for every channel */
        return &sales->of[SOLD_CHANNELS_MAX - 1];
    }
    sales->of[sales->count] = (struct sales_of){.channel = channel};
    return &sales->of[sales->count++];
}

static void set_windows(struct sales *sales, int64_t covered_us)
{
    sales->day_us = covered_us < DAY_US ? covered_us : DAY_US;
    sales->week_us = covered_us < WEEK_US ? covered_us : WEEK_US;
}

static void add_sales(struct sales *sales, const struct rows *rows, int64_t now_us)
{
    int64_t age_us = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct movement_row *row = rows->items[i];
        const struct movement *mv = &row->movement;
        age_us = now_us - row->recorded_at_us;
        if (age_us > WEEK_US) {
            set_windows(sales, WEEK_US);
            return;
        }
        if ((mv->kind == MOVE_RESERVE || mv->kind == MOVE_HOLD_COMMIT) && mv->channel.v) {
            struct sales_of *of = sales_at(sales, mv->channel.v);
            of->day += age_us <= DAY_US ? mv->quantity : 0;
            of->week += mv->quantity;
        }
    }
    if (rows->count == 0) {
        set_windows(sales, WEEK_US);
    } else {
        int64_t least_us = rows->count < EXPOSED_MOVEMENTS ? HOUR_US : WINDOW_MIN_US;
        set_windows(sales, age_us > least_us ? age_us : least_us);
    }
}

/* Into exposed->sales, unless they are there already, of the same moment. */
static enum err
read_sales(struct exposed *exposed, struct store *store, struct sku_id sku, int64_t now_us)
{
    if (exposed->sales_of.v == sku.v && exposed->sales_at_us == now_us) {
        return ERR_OK;
    }
    const struct store_query q = {
        .limit = EXPOSED_MOVEMENTS, .newest_first = true, .sku = sku, .state = -1};
    struct rows rows = {0};
    struct arena arena;
    arena_init(&arena, READ_MEMORY_MAX);
    enum err e = store->ops->list_movements(store, &q, &arena, &rows);
    exposed->sales = (struct sales){0};
    exposed->sales_of = e ? (struct sku_id){0} : sku;
    exposed->sales_at_us = now_us;
    if (!e) {
        add_sales(&exposed->sales, &rows, now_us);
    }
    arena_free(&arena);
    return e;
}

/* Is a per a_us more than b per b_us? */
static bool is_faster(int64_t a, int64_t a_us, int64_t b, int64_t b_us)
{
    return (__int128)a * b_us > (__int128)b * a_us;
}

/* Others' sales of a part, in units of what the listing sells, when they are the fastest yet. */
static void take_sales(struct exposure_given *given,
                       const struct sales *sales,
                       struct channel_id own,
                       int64_t per_unit)
{
    int64_t day = 0, week = 0;
    for (size_t i = 0; i < sales->count; i++) {
        if (sales->of[i].channel != own.v) {
            day += sales->of[i].day;
            week += sales->of[i].week;
        }
    }
    day = (day + per_unit - 1) / per_unit;
    week = (week + per_unit - 1) / per_unit;
    bool is_day = is_faster(day, sales->day_us, week, sales->week_us);
    int64_t units = is_day ? day : week, window_us = is_day ? sales->day_us : sales->week_us;
    if (given->window_us == 0 || is_faster(units, window_us, given->sold, given->window_us)) {
        given->sold = units;
        given->window_us = window_us;
    }
}

static int64_t buffer_of(const struct channel_config *channel,
                         const struct listing_row *listing,
                         const struct sku_row *sku)
{
    const struct policy own = {
        listing->buffer, listing->percent, listing->cap, listing->min_to_list, listing->pack_size};
    const struct policy of_sku = {sku->buffer, POLICY_UNSET, POLICY_UNSET, POLICY_UNSET, 1};
    int64_t buffer = policy_combine(own, of_sku, channel->policy).buffer;
    return buffer == POLICY_UNSET ? 0 : buffer;
}

enum err exposed_of(struct exposed *exposed,
                    struct store *store,
                    const struct config *config,
                    const struct listing_row *listing,
                    const struct sku_row *sku,
                    int64_t now_us,
                    struct exposed_row *out)
{
    const struct channel_config *channel = config_channel(config, listing->channel);
    struct exposed_row row = {.listing = listing->id,
                              .channel = listing->channel,
                              .sku = listing->sku,
                              .sellable = listing->sellable};
    struct component self;
    size_t count;
    const struct component *parts = availability_parts(sku, &self, &count);
    enum err e = channel ? propagation_load(exposed, store, now_us) : ERR_NOT_FOUND;
    for (size_t i = 0; !e && i < count; i++) {
        e = read_sales(exposed, store, parts[i].sku, now_us);
        if (!e) {
            take_sales(&row.given, &exposed->sales, listing->channel, parts[i].quantity);
        }
    }
    if (e) {
        return e;
    }
    propagation_of(exposed, listing->channel, &row);
    row.given.buffer = buffer_of(channel, listing, sku);
    row.exposure = exposure_of(&row.given);
    *out = row;
    return ERR_OK;
}

/* ---- as the API shows it ---- */

static void show_millionths(struct json_writer *w, const char *key, int64_t value)
{
    char text[40];
    int n = snprintf(
        text, sizeof(text), "%" PRId64 ".%06" PRId64, value / EXPOSURE_ONE, value % EXPOSURE_ONE);
    json_field_raw(w, key, (struct slice){text, (size_t)n});
}

/* "24 h", "3 min" */
static void window_text(int64_t us, char out[32])
{
    if (us >= 2 * HOUR_US) {
        (void)snprintf(out, 32, "%" PRId64 " h", (us + HOUR_US / 2) / HOUR_US);
    } else {
        (void)snprintf(out, 32, "%" PRId64 " min", (us + 30 * US_PER_S) / (60 * US_PER_S));
    }
}

static void show_reason(struct json_writer *w, const struct exposed_row *row)
{
    const struct exposure_given *g = &row->given;
    const struct exposure *e = &row->exposure;
    char text[512], window[32], measured[64];
    window_text(g->window_us, window);
    if (row->is_assumed) {
        (void)snprintf(measured,
                       sizeof(measured),
                       "assumed: %" PRId64 " measured pushes are too few",
                       row->samples);
    } else {
        (void)snprintf(
            measured, sizeof(measured), "95 of 100 of %" PRId64 " measured pushes", row->samples);
    }
    if (g->sold == 0) {
        (void)snprintf(text, sizeof(text), "No other channel sold it in the last %s.", window);
    } else {
        (void)snprintf(text,
                       sizeof(text),
                       "Other channels sold %" PRId64 " in %s; this one shows a sale within "
                       "%" PRId64 ".%" PRId64 " s (%s). A buffer of %" PRId64
                       " keeps the chance that more is sold meanwhile at 1 %% or less; the "
                       "buffer in force is %" PRId64 ".",
                       g->sold,
                       window,
                       g->propagation_us / US_PER_S,
                       g->propagation_us % US_PER_S / 100000,
                       measured,
                       e->suggested_buffer,
                       g->buffer);
    }
    json_field_str(w, "reason", text);
}

void exposed_show(struct show *s, const struct exposed_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_millionths(w, "units", row->exposure.at_risk);
    show_millionths(w, "demand", row->exposure.demand);
    show_millionths(w, "chance", row->exposure.chance);
    json_field_int(w, "buffer", row->given.buffer);
    json_field_int(w, "suggested_buffer", row->exposure.suggested_buffer);
    show_reason(w, row);
    json_field_int(w, "others_sold", row->given.sold);
    json_field_int(w, "window_s", row->given.window_us / US_PER_S);
    json_field_ms(w, "propagation_ms", row->given.propagation_us);
    json_field_int(w, "pushes_measured", row->samples);
    json_field_bool(w, "propagation_assumed", row->is_assumed);
    json_end_object(w);
}

void exposed_show_item(struct show *s, const struct exposed_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "listing", row->listing.v);
    show_channel_code(s, "channel", row->channel);
    show_sku_code(s, "sku", row->sku);
    json_field_int(w, "sellable", row->sellable);
    json_key(w, "exposure");
    exposed_show(s, row);
    json_end_object(w);
}
