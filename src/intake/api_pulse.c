/* SPDX-License-Identifier: Apache-2.0 */
/* How every channel fares at this moment: what the page shows first. */
#include "intake/api_inner.h"

/* So many of the latest deliveries and pushes are looked at, of all channels together: a look must
 * cost the same however long the log is. */
#define LATEST 500
#define DIFFERENCES_MAX 1000

struct latest {
    struct channel_id channel;
    int64_t delivery_us, confirmed_us;
    size_t differing;
};

static struct latest *latest_of(struct latest *all, size_t count, struct channel_id channel)
{
    for (size_t i = 0; i < count; i++) {
        if (all[i].channel.v == channel.v) {
            return &all[i];
        }
    }
    return NULL; /* the configuration is younger than what was read */
}

static void raise_to(int64_t *at, int64_t other)
{
    *at = other > *at ? other : *at;
}

static enum err look(struct reading *r, struct latest *all, size_t count)
{
    const struct store_query newest = {.limit = LATEST, .newest_first = true, .state = -1};
    const struct store_query open = {.limit = DIFFERENCES_MAX, .newest_first = true, .state = 1};
    struct rows deliveries = {0}, pushes = {0}, differences = {0};
    struct latest *of;
    enum err e = r->store->ops->list_deliveries(r->store, &newest, r->arena, &deliveries);
    e = e ? e : r->store->ops->list_pushes(r->store, &newest, r->arena, &pushes);
    e = e ? e : r->store->ops->list_differences(r->store, &open, r->arena, &differences);
    for (size_t i = 0; !e && i < deliveries.count; i++) {
        const struct delivery_row *row = deliveries.items[i];
        if ((of = latest_of(all, count, row->channel))) {
            raise_to(&of->delivery_us, row->received_at_us);
        }
    }
    for (size_t i = 0; !e && i < pushes.count; i++) {
        const struct push_row *row = pushes.items[i];
        if (row->state == PUSH_DONE && (of = latest_of(all, count, row->channel))) {
            raise_to(&of->confirmed_us, row->answered_at_us);
        }
    }
    for (size_t i = 0; !e && i < differences.count; i++) {
        const struct difference_row *row = differences.items[i];
        if (row->mode == MODE_LIVE && (of = latest_of(all, count, row->channel))) {
            of->differing++;
        }
    }
    return e;
}

static void put_time(struct json_writer *w, const char *name, int64_t at_us)
{
    if (at_us) {
        json_field_time(w, name, at_us);
    } else {
        json_field_null(w, name);
    }
}

static void put(struct reading *r, const struct channel_row *row, const struct latest *latest)
{
    struct json_writer *w = &r->show.w;
    const struct api_config *config = &r->api->config;
    struct lane_figures f = {.day_left = -1};
    if (config->lane_figures) {
        config->lane_figures(config->arg, row->id, &f);
    }
    json_begin_object(w);
    json_field_text(w, "channel", row->code);
    json_field_str(w, "mode", channel_mode_text(row->mode));
    json_field_bool(w, "paused", row->paused);
    put_time(w,
             "last_delivery_at",
             latest->delivery_us > f.heard_at_us ? latest->delivery_us : f.heard_at_us);
    put_time(w, "last_confirmed_at", latest->confirmed_us);
    json_field_int(w, "waiting", (int64_t)f.waiting);
    put_time(w, "waiting_since", f.waiting_since_us);
    json_field_int(w, "open", (int64_t)f.open);
    put_time(w, "held_until", f.held_until_us);
    if (f.calls_per_1000s) {
        json_field_int(w, "calls_per_minute", f.calls_per_1000s * 60 / 1000);
    } else {
        json_field_null(w, "calls_per_minute");
    }
    if (f.day_left >= 0) {
        json_field_int(w, "calls_left_today", f.day_left);
    } else {
        json_field_null(w, "calls_left_today");
    }
    json_field_int(w, "differing", (int64_t)latest->differing);
    json_end_object(w);
}

int read_pulse(struct reading *r)
{
    const struct config *config = r->api->channels;
    struct store_query q = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    struct latest *all = ARENA_ARRAY(r->arena, config->channels_count + 1, struct latest);
    if (!all) {
        return 503; /* the arena says so itself */
    }
    for (size_t i = 0; i < config->channels_count; i++) {
        all[i] = (struct latest){.channel = config->channels[i].row.id};
    }
    enum err e = look(r, all, config->channels_count);
    if (e) {
        return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
    }
    reading_begin_list(r);
    for (size_t i = 0; i < config->channels_count && shown < q.limit; i++) {
        const struct channel_row *row = &config->channels[i].row;
        if (row->id.v > q.after) {
            put(r, row, &all[i]);
            last = row->id.v;
            shown++;
        }
    }
    return reading_end_list(r, shown, q.limit, last);
}
