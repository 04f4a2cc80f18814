/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/stream.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "intake/api_inner.h"

#define GATHER_US (100 * US_PER_MS)
#define TICK_US US_PER_S
#define PIECE ((size_t)16 << 10)
#define TOLD_MAX ((size_t)4 << 20) /* of one tenth of a second, for all */

/* Ids that were named, each once. */
struct named {
    int64_t ids[STREAM_NEWS_MAX];
    size_t count;
};

struct listener {
    struct listener *next;
    struct http_exchange *x;
    struct caller caller;
    int64_t told_us, until_us; /* until 0: it has no end of its own */
};

struct stream {
    struct api *api;
    struct env_timer *gather, *tick;
    struct listener *listeners;
    size_t listeners_count;
    char boot[17];
    int64_t seq;
    bool is_missed;   /* something changed while nobody listened */
    bool is_too_much; /* since the last telling */
    bool is_waiting;  /* the gathering's timer runs */
    bool is_stopped;
    struct named skus, pushes, deliveries, channels;
    int64_t incidents_told; /* the last event of them */
    struct arena arena;
    struct buf out;
};

/* ---- what changed ---- */

static void name_it(struct stream *s, struct named *named, int64_t id)
{
    for (size_t i = 0; i < named->count; i++) {
        if (named->ids[i] == id) {
            return;
        }
    }
    if (named->count == STREAM_NEWS_MAX) {
        s->is_too_much = true;
        return;
    }
    named->ids[named->count++] = id;
}

/* False: nobody listens. */
static bool is_news(struct stream *s)
{
    if (!s->listeners) {
        s->is_missed = true;
        return false;
    }
    if (!s->is_waiting) {
        s->is_waiting = true;
        s->api->config.env->ops->timer_set(s->gather, GATHER_US);
    }
    return true;
}

void stream_turn(struct stream *s, const struct turn *turn)
{
    bool is_delivery = turn->kind == TURN_DELIVERY && turn->delivery.n && !turn->is_dry_run;
    if ((!is_delivery && turn->kind != TURN_PUSHED) || !is_news(s)) {
        return;
    }
    if (is_delivery) {
        name_it(s, &s->deliveries, turn->delivery.n);
    }
    for (size_t i = 0; turn->kind == TURN_PUSHED && i < turn->pushed_count; i++) {
        name_it(s, &s->pushes, turn->pushed[i].push_n);
    }
}

void stream_dirty(struct stream *s, const struct dirty_hint *hints, size_t count)
{
    for (size_t i = 0; i < count && is_news(s); i++) {
        if (hints[i].sku.v) {
            name_it(s, &s->skus, hints[i].sku.v);
        }
    }
}

/* Incidents are found in the log: looking costs one step of an index. */
void stream_committed(struct stream *s)
{
    (void)is_news(s);
}

void stream_channels(struct stream *s, const struct config *before, const struct config *now)
{
    for (size_t i = 0; now && i < now->channels_count && is_news(s); i++) {
        const struct channel_row *row = &now->channels[i].row;
        const struct channel_config *was = before ? config_channel(before, row->id) : NULL;
        if (!was || was->row.version != row->version || was->row.mode != row->mode ||
            was->row.paused != row->paused) {
            name_it(s, &s->channels, row->id.v);
        }
    }
}

/* ---- telling it ---- */

static struct json_writer begin_event(struct stream *s, const char *type)
{
    s->seq++;
    buf_printf(&s->out, "event: %s\nid: %s-%" PRId64 "\ndata: ", type, s->boot, s->seq);
    struct json_writer w = json_writer(&s->out);
    json_begin_object(&w);
    return w;
}

static void end_event(struct stream *s, struct json_writer *w)
{
    json_end_object(w);
    buf_text(&s->out, "\n\n");
}

static void put_reset(struct stream *s)
{
    struct json_writer w = begin_event(s, "reset");
    end_event(s, &w);
}

static void put_channel_code(const struct stream *s, struct json_writer *w, struct channel_id id)
{
    const struct channel_config *channel = config_channel(s->api->channels, id);
    if (channel) {
        json_field_text(w, "channel", channel->row.code);
    } else {
        json_field_null(w, "channel");
    }
}

static void put_id(struct json_writer *w, const char *key, int64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%" PRId64, id);
    json_field_text(w, key, (struct slice){text, (size_t)n});
}

static enum err put_stock(struct stream *s)
{
    struct store *store = s->api->config.reader;
    for (size_t i = 0; i < s->skus.count; i++) {
        const struct sku_id id = {s->skus.ids[i]};
        struct sku_row *row = NULL;
        struct stock_set set;
        int64_t available = 0;
        enum err e = store->ops->skus(store, &id, 1, &s->arena, &row);
        if (e || !row) {
            continue;
        }
        stock_set_init(&set, &s->arena);
        e = store->ops->stock(store, &id, 1, &set);
        for (const struct stock *at = e ? NULL : stock_set_first(&set, id); at;
             at = at->next_of_sku) {
            available += at->available;
        }
        stock_set_free(&set);
        if (e) {
            return e;
        }
        struct json_writer w = begin_event(s, "stock");
        json_field_text(&w, "sku", row->code);
        json_field_int(&w, "available", available);
        json_field_int(&w, "version", row->stock_version);
        end_event(s, &w);
    }
    return ERR_OK;
}

/* From the sale, where it is known, else from our part of it. */
static void put_latency(struct json_writer *w, const struct push_row *row)
{
    int64_t from_us = row->happened_at_us   ? row->happened_at_us
                      : row->received_at_us ? row->received_at_us
                                            : row->committed_at_us;
    if (from_us && row->answered_at_us >= from_us) {
        json_field_int(w, "latency_ms", (row->answered_at_us - from_us) / US_PER_MS);
    } else {
        json_field_null(w, "latency_ms");
    }
}

static enum err put_pushes(struct stream *s)
{
    struct store *store = s->api->config.reader;
    for (size_t i = 0; i < s->pushes.count; i++) {
        struct rows rows = {0};
        const struct store_query q = {.after = s->pushes.ids[i] - 1, .limit = 1, .state = -1};
        enum err e = store->ops->list_pushes(store, &q, &s->arena, &rows);
        const struct push_row *row = !e && rows.count ? rows.items[0] : NULL;
        if (e) {
            return e;
        }
        if (!row || row->n != s->pushes.ids[i]) {
            continue;
        }
        struct json_writer w = begin_event(s, "push");
        put_id(&w, "id", row->n);
        put_id(&w, "listing", row->listing.v);
        put_channel_code(s, &w, row->channel);
        json_field_int(&w, "quantity", row->value);
        json_field_str(&w, "state", push_state_text(row->state));
        put_latency(&w, row);
        end_event(s, &w);
    }
    return ERR_OK;
}

static enum err put_deliveries(struct stream *s)
{
    struct store *store = s->api->config.reader;
    for (size_t i = 0; i < s->deliveries.count; i++) {
        struct delivery_row *row = NULL;
        enum err e = store->ops->delivery(store, s->deliveries.ids[i], &s->arena, &row);
        if (e) {
            return e;
        }
        if (!row) {
            continue;
        }
        struct json_writer w = begin_event(s, "delivery");
        put_id(&w, "id", row->n);
        put_channel_code(s, &w, row->channel);
        if (row->order.n) {
            json_field_text(&w, "order", row->order);
        } else {
            json_field_null(&w, "order");
        }
        json_field_str(&w, "state", delivery_state_text(row->state));
        json_field_time(&w, "received_at", row->received_at_us);
        end_event(s, &w);
    }
    return ERR_OK;
}

static enum err put_incidents(struct stream *s)
{
    struct store *store = s->api->config.reader;
    struct rows rows = {0};
    enum err e = store->ops->events_of_incidents(
        store, s->incidents_told, STREAM_NEWS_MAX, &s->arena, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct event_row *event = rows.items[i];
        struct incident_row *row = NULL;
        int64_t n = 0;
        s->incidents_told = event->n;
        if (slice_int(event->subject, &n)) {
            e = store->ops->incident(store, n, &s->arena, &row);
        }
        if (!row) {
            continue;
        }
        struct json_writer w = begin_event(s, "incident");
        put_id(&w, "id", row->n);
        json_field_text(&w, "code", row->code);
        json_field_str(&w, "state", row->is_open ? "open" : "resolved");
        json_field_text(&w, "title", row->title);
        end_event(s, &w);
    }
    s->is_too_much |= rows.count == STREAM_NEWS_MAX;
    return e;
}

static void put_channels(struct stream *s)
{
    for (size_t i = 0; i < s->channels.count; i++) {
        const struct channel_config *channel =
            config_channel(s->api->channels, (struct channel_id){s->channels.ids[i]});
        if (channel) {
            struct json_writer w = begin_event(s, "channel");
            json_field_text(&w, "channel", channel->row.code);
            json_field_str(&w, "mode", channel_mode_text(channel->row.mode));
            json_field_bool(&w, "paused", channel->row.paused);
            end_event(s, &w);
        }
    }
}

/* All that was named, as it is now; or a reset. */
static void compose(struct stream *s)
{
    struct store *store = s->api->config.reader;
    buf_clear(&s->out);
    arena_clear(&s->arena);
    enum err e = store->ops->begin(store);
    if (!e) {
        e = put_stock(s);
        e = e ? e : put_pushes(s);
        e = e ? e : put_deliveries(s);
        e = e ? e : put_incidents(s);
        store->ops->rollback(store);
        put_channels(s);
    }
    if (e || s->is_too_much || s->out.overflow || s->arena.exhausted) {
        buf_clear(&s->out);
        put_reset(s);
    }
    s->skus.count = s->pushes.count = s->deliveries.count = s->channels.count = 0;
    s->is_too_much = false;
}

/* False: it takes no more. */
static bool tell(struct stream *s, struct listener *l, struct slice bytes)
{
    while (bytes.n) {
        struct slice piece = {bytes.p, bytes.n < PIECE ? bytes.n : PIECE};
        if (!http_stream_write(l->x, piece)) {
            return false;
        }
        bytes = slice_from(bytes, piece.n);
    }
    l->told_us = env_mono_us(s->api->config.env);
    return true;
}

static void end_listener(struct stream *s, struct listener **at)
{
    struct listener *l = *at;
    *at = l->next;
    s->listeners_count--;
    http_stream_end(l->x); /* l lies in its arena */
    s->is_missed |= !s->listeners;
}

static void on_gather(void *arg)
{
    struct stream *s = arg;
    s->is_waiting = false;
    compose(s);
    for (struct listener **at = &s->listeners; *at && s->out.n;) {
        if (tell(s, *at, buf_view(&s->out))) {
            at = &(*at)->next;
        } else {
            end_listener(s, at);
        }
    }
    if (s->out.cap > PIECE * 16) {
        buf_free(&s->out);
        buf_init(&s->out, TOLD_MAX);
    }
}

static void on_tick(void *arg)
{
    struct stream *s = arg;
    int64_t now_us = env_mono_us(s->api->config.env);
    for (struct listener **at = &s->listeners; *at;) {
        struct listener *l = *at;
        bool is_over = l->x->is_gone || (l->until_us && now_us >= l->until_us) ||
                       !access_lasts(s->api->access, &l->caller);
        if (!is_over && now_us - l->told_us >= STREAM_QUIET_US) {
            is_over = !tell(s, l, SLICE(": still here\n\n"));
        }
        if (is_over) {
            end_listener(s, at);
        } else {
            at = &l->next;
        }
    }
    if (s->listeners) {
        s->api->config.env->ops->timer_set(s->tick, TICK_US);
    }
}

/* ---- who listens ---- */

/* The last incident that the log tells of: older ones are nobody's news. */
static enum err skip_incidents(struct stream *s)
{
    struct store *store = s->api->config.reader;
    struct rows rows = {0};
    const struct store_query q = {.newest_first = true, .limit = 1};
    arena_clear(&s->arena);
    enum err e = store->ops->list_events(store, &q, &s->arena, &rows);
    if (!e && rows.count) {
        s->incidents_told = ((const struct event_row *)rows.items[0])->n;
    }
    return e;
}

static void greet(struct stream *s, struct listener *l)
{
    char last[48], text[160];
    struct slice known =
        http_header_get(l->x->request.headers, l->x->request.headers_count, "Last-Event-ID");
    (void)snprintf(last, sizeof(last), "%s-%" PRId64, s->boot, s->seq);
    bool is_gap = known.n && !slice_is(known, last);
    int n = snprintf(text,
                     sizeof(text),
                     "retry: 2000\nid: %s\n%s\n",
                     last,
                     is_gap ? "event: reset\ndata: {}\n" : "");
    (void)tell(s, l, (struct slice){text, (size_t)n});
}

void api_stream(struct api *api, struct http_exchange *x, const struct slice *args)
{
    static const struct http_header headers[] = {{{"Content-Type", 12}, {"text/event-stream", 17}},
                                                 {{"Cache-Control", 13}, {"no-store", 8}},
                                                 {{"X-Accel-Buffering", 17}, {"no", 2}}};
    struct stream *s = api->stream;
    struct listener *l = ARENA_NEW(&x->arena, struct listener);
    struct slice text = {0};
    int64_t seconds = 0;
    (void)args;
    if (!l || s->is_stopped || s->listeners_count >= STREAMS_MAX ||
        (!s->listeners && skip_incidents(s))) {
        api_problem(x, 503, "too many listen", SLICE("at most 64 at once: try again later"));
        return;
    }
    int64_t now_us = env_mono_us(api->config.env);
    if (http_query_get(x->request.query, "seconds", &x->arena, &text) &&
        slice_int(text, &seconds)) {
        l->until_us = now_us + seconds * US_PER_S;
    }
    l->x = x;
    l->caller = api->asking;
    l->caller.name = (struct slice){0};
    s->seq += s->is_missed;
    s->is_missed = false;
    http_stream_begin(x, 200, headers, COUNT_OF(headers));
    if (slice_is(x->request.method, "HEAD")) {
        http_stream_end(x);
        return;
    }
    if (!s->listeners) { /* else it runs, and is not put off by whoever comes */
        api->config.env->ops->timer_set(s->tick, TICK_US);
    }
    l->next = s->listeners;
    s->listeners = l;
    s->listeners_count++;
    greet(s, l);
}

/* ---- life ---- */

size_t stream_count(const struct stream *s)
{
    return s->listeners_count;
}

void stream_stop(struct stream *s)
{
    s->is_stopped = true;
    while (s->listeners) {
        end_listener(s, &s->listeners);
    }
}

enum err stream_new(struct api *api, struct stream **out)
{
    struct env *env = api->config.env;
    struct stream *s = calloc(1, sizeof(*s));
    uint8_t random[8];
    if (!s) {
        return ERR_MEMORY;
    }
    s->api = api;
    s->is_missed = true;
    arena_init(&s->arena, (size_t)64 * 1024 * 1024);
    buf_init(&s->out, TOLD_MAX);
    env_random(env, random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        (void)snprintf(s->boot + i * 2, 3, "%02x", random[i]);
    }
    s->gather = env->ops->timer_new(env, on_gather, s);
    s->tick = env->ops->timer_new(env, on_tick, s);
    *out = s;
    return s->gather && s->tick ? ERR_OK : ERR_MEMORY;
}

void stream_free(struct stream *s)
{
    if (!s) {
        return;
    }
    stream_stop(s);
    s->api->config.env->ops->timer_free(s->gather);
    s->api->config.env->ops->timer_free(s->tick);
    arena_free(&s->arena);
    buf_free(&s->out);
    free(s);
}

void api_turn(struct api *api, const struct turn *turn)
{
    stream_turn(api->stream, turn);
}

void api_dirty(struct api *api, const struct dirty_hint *hints, size_t count)
{
    stream_dirty(api->stream, hints, count);
}

void api_committed(struct api *api)
{
    stream_committed(api->stream);
}
