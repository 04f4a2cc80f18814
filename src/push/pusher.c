/* SPDX-License-Identifier: Apache-2.0 */
#include "push/pusher.h"
#include "push/lane.h"

#define HINT_BYTES_MAX ((size_t)64 * 1024 * 1024)

enum err pusher_new(const struct pusher_config *config, struct pusher **out)
{
    struct pusher *pusher = calloc(1, sizeof(*pusher));
    if (!pusher) {
        return ERR_MEMORY;
    }
    pusher->config = *config;
    pusher->parser = json_doc_new();
    if (!pusher->parser) {
        free(pusher);
        return ERR_MEMORY;
    }
    *out = pusher;
    return ERR_OK;
}

struct lane *pusher_lane(struct pusher *pusher, struct channel_id channel)
{
    for (struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        if (lane->channel.v == channel.v) {
            return lane;
        }
    }
    return NULL;
}

static void pump_now(void *arg)
{
    lane_pump(arg);
}

static struct lane *lane_new(struct pusher *pusher, struct channel_id channel)
{
    struct lane *lane = calloc(1, sizeof(*lane));
    struct env *env = pusher->config.env;
    if (!lane) {
        return NULL;
    }
    lane->pusher = pusher;
    lane->calls.prev = lane->calls.next = &lane->calls;
    lane->channel = channel;
    lane->day_left = -1;
    map_init(&lane->wants);
    lane->timer = env->ops->timer_new(env, pump_now, lane);
    if (!lane->timer) {
        free(lane);
        return NULL;
    }
    lane->poll_wanted = true;
    lane->next_sweep_us = lane_now(lane) + 10 * US_PER_S;
    lane->begun_us = lane_now(lane);
    lane->next = pusher->lanes;
    pusher->lanes = lane;
    return lane;
}

void pusher_set_address(struct pusher *pusher, const char *url, bool is_given)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/') {
        n--;
    }
    (void)snprintf(pusher->public_url, sizeof(pusher->public_url), "%.*s", (int)n, url);
    pusher->is_public = is_given;
}

void pusher_set_config(struct pusher *pusher, const struct config *config)
{
    pusher->channels = config;
    for (size_t i = 0; i < config->channels_count; i++) {
        struct lane *lane = pusher_lane(pusher, config->channels[i].row.id);
        lane = lane ? lane : lane_new(pusher, config->channels[i].row.id);
        if (lane && lane->version != config->channels[i].row.version) {
            lane->version = config->channels[i].row.version;
            lane->is_held =
                lane->is_held && !config->channels[i].row.paused; /* the claim sees it */
            lane->failures = 0; /* new settings deserve a new try, now */
            lane->blocked_until_us = 0;
            lane->purchases_failed = 0;
            lane->token_not_before_us = 0;
            pusher->config.env->ops->timer_set(lane->timer, 0);
        }
    }
}

void pusher_recover(struct pusher *pusher)
{
    for (struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        lane_recover_begin(lane);
        pusher->config.env->ops->timer_set(lane->timer, 0);
    }
}

void pusher_set_behind(struct pusher *pusher, bool is_behind)
{
    pusher->is_behind = is_behind;
}

/* The channel, when its orders are still to be read; else NULL. */
static const struct channel_config *behind(const struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    bool can_be_read = c && c->connector && c->connector->build_orders;
    return can_be_read && c->row.mode != MODE_OFF && lane->orders_read_us == 0 ? c : NULL;
}

bool pusher_is_behind(const struct pusher *pusher)
{
    for (const struct lane *lane = pusher->lanes; lane && pusher->is_behind; lane = lane->next) {
        if (behind(lane)) {
            return true;
        }
    }
    return false;
}

void pusher_behind_text(const struct pusher *pusher, struct buf *out)
{
    for (const struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        const struct channel_config *c = behind(lane);
        if (c) {
            buf_printf(out, "%s%.*s", out->n ? ", " : "", SLICE_ARG(c->row.code));
        }
    }
}

static void
hint_listing(struct pusher *pusher, const struct dirty_hint *hint, int64_t committed_at_us)
{
    struct lane *lane = pusher_lane(pusher, hint->channel);
    if (lane) {
        want_hint(lane, hint, committed_at_us);
        pusher->config.env->ops->timer_set(lane->timer, 0);
    }
}

static void hurry_sweeps(struct pusher *pusher)
{
    for (struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        lane->next_sweep_us = 0;
        lane->sweep_after = 0;
    }
}

void pusher_dirty(struct pusher *pusher,
                  const struct dirty_hint *hints,
                  size_t count,
                  int64_t committed_at_us)
{
    struct store *reader = pusher->config.reader;
    struct arena arena;
    arena_init(&arena, HINT_BYTES_MAX);
    for (size_t i = 0; i < count && !pusher->stopping; i++) {
        if (hints[i].sku.v == 0) {
            hint_listing(pusher, &hints[i], committed_at_us);
            continue;
        }
        struct rows refs = {0};
        arena_clear(&arena);
        if (reader->ops->listing_refs(reader, hints[i].sku, &arena, &refs) != ERR_OK) {
            hurry_sweeps(pusher); /* they derive it from the versions */
            continue;
        }
        for (size_t r = 0; r < refs.count; r++) {
            const struct listing_ref *ref = refs.items[r];
            struct dirty_hint hint = hints[i];
            hint.listing = ref->id;
            hint.channel = ref->channel;
            hint_listing(pusher, &hint, committed_at_us);
        }
    }
    arena_free(&arena);
}

void pusher_fetch(struct pusher *pusher,
                  struct channel_id channel,
                  const struct fetch *fetches,
                  size_t count,
                  int64_t delay_us)
{
    struct lane *lane = pusher_lane(pusher, channel);
    for (size_t i = 0; lane && i < count; i++) {
        struct pending_fetch **last = &lane->fetches;
        bool is_there = false;
        while (*last && !is_there) {
            is_there = (*last)->kind == fetches[i].kind && slice_equal((*last)->id, fetches[i].id);
            last = &(*last)->next;
        }
        struct pending_fetch *f = is_there ? NULL : malloc(sizeof(*f) + fetches[i].id.n + 1);
        if (!f) {
            lane->poll_wanted |= !is_there;
            continue;
        }
        char *id = (char *)(f + 1);
        if (fetches[i].id.n) {
            memcpy(id, fetches[i].id.p, fetches[i].id.n);
        }
        *f = (struct pending_fetch){.kind = fetches[i].kind,
                                    .not_before_us = lane_now(lane) + delay_us,
                                    .id = {id, fetches[i].id.n}};
        *last = f;
    }
    if (lane && count) {
        pusher->config.env->ops->timer_set(lane->timer, 0);
    }
}

void pusher_pause(struct pusher *pusher, struct channel_id channel, bool is_paused)
{
    for (struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        if (channel.v == 0 || lane->channel.v == channel.v) {
            lane->is_held = is_paused;
            pusher->config.env->ops->timer_set(lane->timer, 0);
        }
    }
}

void pusher_catch_up(struct pusher *pusher, struct channel_id channel)
{
    pusher_fetch(pusher, channel, &(struct fetch){.kind = FETCH_CHANGED}, 1, US_PER_S);
}

size_t pusher_clocks(const struct pusher *pusher, struct pusher_clock *out, size_t max)
{
    size_t count = 0;
    for (const struct lane *lane = pusher->lanes; lane && count < max; lane = lane->next) {
        if (lane->clock.seen_us) {
            out[count] = lane->clock;
            out[count++].channel = lane->channel;
        }
    }
    return count;
}

const struct pusher_figures *pusher_figures(struct pusher *pusher)
{
    pusher->figures.waiting = 0;
    for (const struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        pusher->figures.waiting += lane->wants.live_count + lane->is_recovering;
    }
    return &pusher->figures;
}

bool pusher_is_quiet(struct pusher *pusher)
{
    const struct pusher_figures *figures = pusher_figures(pusher);
    return figures->waiting == 0 && figures->open == 0;
}

void pusher_stop(struct pusher *pusher)
{
    pusher->stopping = true;
    for (struct lane *lane = pusher->lanes; lane; lane = lane->next) {
        pusher->config.env->ops->timer_set(lane->timer, -1);
    }
}

static void lane_free(struct lane *lane)
{
    while (lane->calls.next != &lane->calls) {
        lane->calls.next->drop(lane->calls.next);
    }
    for (size_t i = 0; i < lane->wants.items_count; i++) {
        free(lane->wants.items[i].value);
    }
    map_free(&lane->wants);
    while (lane->fetches) {
        struct pending_fetch *next = lane->fetches->next;
        free(lane->fetches);
        lane->fetches = next;
    }
    lane_import_free(lane);
    lane_connect_free(lane);
    lane->pusher->config.env->ops->timer_free(lane->timer);
    free(lane);
}

void pusher_free(struct pusher *pusher)
{
    if (!pusher) {
        return;
    }
    while (pusher->lanes) {
        struct lane *next = pusher->lanes->next;
        lane_free(pusher->lanes);
        pusher->lanes = next;
    }
    json_doc_free(pusher->parser);
    free(pusher);
}
