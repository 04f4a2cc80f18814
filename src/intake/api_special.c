/* SPDX-License-Identifier: Apache-2.0 */
/* What is neither a plain read nor a plain write: metrics, the description of the API, replays. */
#include "engine/request.h"
#include "intake/api_inner.h"
#include "intake/delivery_body.h"

/* ---- metrics: for loopback, or with a token ---- */

static bool is_loopback(struct slice peer)
{
    return slice_starts(peer, "127.") || slice_is(peer, "::1");
}

static void metric(struct buf *out, const char *name, const char *type, uint64_t value)
{
    buf_printf(out, "# TYPE truecount_%s %s\ntruecount_%s %" PRIu64 "\n", name, type, name, value);
}

void api_metrics(struct api *api, struct http_exchange *x, const struct slice *args)
{
    (void)args;
    struct slice forwarded =
        http_header_get(x->request.headers, x->request.headers_count, "X-Forwarded-For");
    if (!is_loopback(x->peer) || forwarded.n) { /* a proxy on this host speaks for strangers */
        api_problem(x,
                    403,
                    "metrics are for loopback",
                    SLICE("scrape them on the server itself or through a proxy that you guard"));
        return;
    }
    struct engine_counters e = engine_counters(api->config.engine);
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)1024 * 1024);
    metric(&out, "turns_total", "counter", e.turns);
    metric(&out, "commits_total", "counter", e.batches);
    metric(&out, "deliveries_total", "counter", e.deliveries);
    metric(&out, "deliveries_duplicate_total", "counter", e.duplicates);
    metric(&out, "turns_failed_total", "counter", e.failures);
    metric(&out, "turns_waiting", "gauge", e.queued);
    metric(&out, "store_refusing", "gauge", e.is_refusing);
    if (api->config.metrics) {
        api->config.metrics(api->config.arg, &out);
    }
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"text/plain; version=0.0.4", 25}}};
    http_answer(x, 200, headers, 1, buf_view(&out));
}

/* ---- openapi, from the route table ---- */

/* "/v1/skus/{}" -> "/v1/skus/{sku}": the parameter is named after what it names. */
static void put_path(struct buf *out, const char *pattern)
{
    int captures = 0;
    buf_clear(out);
    for (const char *c = pattern; *c; c++) {
        buf_char(out, *c);
        if (*c == '{') {
            buf_text(out, captures++ ? "id2" : "id");
        }
    }
}

static void put_operation(struct json_writer *w, const struct route *route)
{
    int captures = 0;
    for (const char *c = route->pattern; *c; c++) {
        captures += *c == '{';
    }
    char method[8] = "";
    for (size_t i = 0; route->method[i] && i + 1 < sizeof(method); i++) {
        method[i] = (char)(route->method[i] + ('a' - 'A'));
    }
    json_key(w, method);
    json_begin_object(w);
    json_field_str(
        w, "description", route->is_public ? "no token needed" : scope_text(route->scope));
    json_key(w, "parameters");
    json_begin_array(w);
    for (int i = 0; i < captures; i++) {
        json_begin_object(w);
        json_field_str(w, "name", i ? "id2" : "id");
        json_field_str(w, "in", "path");
        json_field_bool(w, "required", true);
        json_field_raw(w, "schema", SLICE("{\"type\":\"string\"}"));
        json_end_object(w);
    }
    json_end_array(w);
    json_field_raw(w,
                   "responses",
                   SLICE("{\"2XX\":{\"description\":\"done\"},\"4XX\":{\"description\":\"a problem "
                         "(RFC 9457)\"}}"));
    json_end_object(w);
}

void api_openapi(struct api *api, struct http_exchange *x, const struct slice *args)
{
    (void)api;
    (void)args;
    ON_EXIT(buf_free) struct buf out;
    ON_EXIT(buf_free) struct buf path;
    buf_init(&out, (size_t)1024 * 1024);
    buf_init(&path, 256);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_str(&w, "openapi", "3.1.0");
    json_field_raw(&w, "info", SLICE("{\"title\":\"truecount\",\"version\":\"0.1.0\"}"));
    json_key(&w, "paths");
    json_begin_object(&w);
    for (size_t i = 0; i < api_routes_count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++) {
            is_first &= strcmp(api_routes[k].pattern, api_routes[i].pattern) != 0;
        }
        if (!is_first) {
            continue;
        }
        put_path(&path, api_routes[i].pattern);
        buf_char(&path, '\0');
        json_key(&w, path.p);
        json_begin_object(&w);
        for (size_t k = i; k < api_routes_count; k++) {
            if (strcmp(api_routes[k].pattern, api_routes[i].pattern) == 0) {
                put_operation(&w, &api_routes[k]);
            }
        }
        json_end_object(&w);
    }
    json_end_object(&w);
    json_end_object(&w);
    api_answer_json(x, 200, buf_view(&out));
}

/* ---- replay: decode a kept delivery again, and apply it once more ---- */

struct replay {
    struct api *api;
    struct http_exchange *x;
};

static void replayed(struct turn *turn)
{
    const struct replay *replay = turn->owner;
    struct http_exchange *x = replay->x;
    if (turn->err) {
        api_problem(x, 503, "not committed", slice_of(err_text(turn->err)));
    } else {
        const struct api_config *config = &replay->api->config;
        if (turn->fetches_count && config->on_fetch) {
            config->on_fetch(config->arg,
                             turn->channel,
                             turn->fetches,
                             turn->fetches_count,
                             turn->fetch_delay_us);
        }
        api_answer_json(x, turn->status, buf_view(&turn->answer));
    }
    turn_free(turn);
}

static bool wants_dry_run(struct api *api, const struct http_exchange *x)
{
    struct json root;
    struct err_note note;
    bool dry = false;
    return x->request.body.n && json_parse(api->parser, x->request.body, &root, &note) == ERR_OK &&
           json_bool(json_get(root, "dry_run"), &dry) && dry;
}

/* Opens and decodes the kept body into the turn. 0, or the status of what stands in the way. */
static int prepare(struct api *api, struct turn *turn, struct slice id)
{
    struct store *store = api->config.reader;
    struct delivery_row *row = NULL;
    struct slice body;
    if (!slice_int(id, &turn->replay_of) ||
        store->ops->delivery(store, turn->replay_of, &turn->arena, &row) != ERR_OK || !row) {
        return 404;
    }
    const struct channel_config *channel = config_channel(api->channels, row->channel);
    if (!channel || channel->account_error ||
        delivery_body_open(api->config.vault, row->body, &turn->arena, &body) != ERR_OK) {
        return 409;
    }
    turn->channel = row->channel;
    turn->received_at_us = row->received_at_us;
    delivery_decode(channel, row, body, api->parser, &turn->arena, &turn->facts);
    return 0;
}

void api_replay(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct turn *turn = turn_new(TURN_REQUEST, replayed, NULL);
    struct replay *replay = turn ? ARENA_NEW(&turn->arena, struct replay) : NULL;
    int status = replay ? prepare(api, turn, args[0]) : 503;
    if (status == 404) {
        api_problem(x, 404, "no such delivery", SLICE("see GET /v1/deliveries"));
    } else if (status == 409) {
        api_problem(x,
                    409,
                    "its body cannot be read any more",
                    SLICE("it was erased after its time, was a duplicate of another, or its "
                          "channel's settings do not do"));
    } else if (status) {
        api_problem(x, status, "too busy", SLICE("try again"));
    } else {
        *replay = (struct replay){api, x};
        turn->owner = replay;
        turn->run = request_replay;
        turn->is_dry_run = wants_dry_run(api, x);
        if (engine_submit(api->config.engine, turn)) {
            return; /* replayed() answers */
        }
        api_problem(x, 503, "too busy", SLICE("try again"));
    }
    turn_free(turn);
}
