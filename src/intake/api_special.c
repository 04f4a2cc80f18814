/* SPDX-License-Identifier: Apache-2.0 */
/* What is neither a plain read nor a plain write: metrics, replays. */
#include "engine/request.h"
#include "intake/api_inner.h"
#include "intake/delivery_body.h"
#include "intake/stream.h"

/* ---- metrics: for loopback, or with a token ---- */

/* 0, or the status of the refusal. A proxy on this host that we do not know speaks for strangers. */
static int may_see_metrics(struct api *api, struct http_exchange *x)
{
    const struct http_request *head = &x->request;
    struct caller caller;
    struct slice token = http_header_get(head->headers, head->headers_count, "Authorization");
    struct slice forwarded = http_header_get(head->headers, head->headers_count, "X-Forwarded-For");
    struct slice address = api_address(api, x);
    if (api->config.has_public_metrics) {
        return 0;
    }
    if (token.n || access_cookie(head).n) {
        int refused = access_find(api->access, head, &caller);
        return refused == 401 ? 403 : refused;
    }
    bool is_direct = !forwarded.n || !slice_equal(address, x->peer);
    return access_is_loopback(address) && is_direct ? 0 : 403;
}

static void metric(struct buf *out, const char *name, const char *type, uint64_t value)
{
    buf_printf(out, "# TYPE truecount_%s %s\ntruecount_%s %" PRIu64 "\n", name, type, name, value);
}

void api_metrics(struct api *api, struct http_exchange *x, const struct slice *args)
{
    (void)args;
    int refused = may_see_metrics(api, x);
    if (refused) {
        api_problem(x,
                    refused,
                    "metrics are for loopback",
                    SLICE("scrape them on the server itself, or with a token of scope read, or "
                          "start the server with --public-metrics"));
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
    metric(&out, "refused_401_total", "counter", api->refused_401);
    metric(&out, "refused_403_total", "counter", api->refused_403);
    metric(&out, "logins_failed_total", "counter", api->logins_failed);
    metric(&out, "streams_open", "gauge", stream_count(api->stream));
    if (api->config.metrics) {
        api->config.metrics(api->config.arg, &out);
    }
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"text/plain; version=0.0.4", 25}}};
    http_answer(x, 200, headers, 1, buf_view(&out));
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
        api_not_committed(x, turn);
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

struct replay_asked {
    bool is_dry_run;
    struct slice reason;
};

static bool
read_member(struct http_exchange *x, struct slice key, struct json v, struct replay_asked *out)
{
    struct slice text;
    if (slice_is(key, "dry_run")) {
        if (json_bool(v, &out->is_dry_run)) {
            return true;
        }
        api_refuse_field(x, "invalid", key, "dry_run must be true or false");
    } else if (slice_is(key, "reason")) {
        if (json_text(v, &text) && text.n >= 1 && text.n <= 255) {
            out->reason = arena_copy(&x->arena, text);
            return true;
        }
        api_refuse_field(x, "invalid", key, "reason must be a text of 1 to 255 bytes");
    } else {
        api_refuse_field(x,
                         "unknown-field",
                         key,
                         "there is no field '%.*s'",
                         key.n < 100 ? (int)key.n : 100,
                         key.p);
    }
    return false;
}

/* Strictly: who misspells dry_run does not mean to apply it. False: it was refused. */
static bool read_asked(struct api *api, struct http_exchange *x, struct replay_asked *out)
{
    struct json root;
    struct err_note note = {""};
    *out = (struct replay_asked){.is_dry_run = false};
    if (slice_trim(x->request.body).n == 0) {
        return true;
    }
    if (json_parse(api->parser, x->request.body, &root, &note) || json_type(root) != JSON_OBJECT) {
        api_problem(
            x,
            400,
            "the body is not a JSON object",
            arena_printf(&x->arena, "leave it out, or send {\"dry_run\":true} %s", note.text));
        return false;
    }
    for (struct json_iter i = json_iter(root); json_next(&i);) {
        if (!read_member(x, i.key, i.value, out)) {
            return false;
        }
    }
    return true;
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
    struct replay_asked asked;
    if (!read_asked(api, x, &asked)) {
        return;
    }
    struct turn *turn = turn_new(TURN_REQUEST, replayed, NULL);
    struct replay *replay = turn ? ARENA_NEW(&turn->arena, struct replay) : NULL;
    struct slice *reason = turn ? ARENA_ARRAY(&turn->arena, 1, struct slice) : NULL;
    int status = replay && reason ? prepare(api, turn, args[0]) : 503;
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
        turn->is_dry_run = asked.is_dry_run;
        reason[0] = arena_copy(&turn->arena, asked.reason);
        turn->args = reason;
        api_turn_ask(api, turn, x, &api->asking, asked.is_dry_run ? NULL : "replayDelivery");
        if (engine_submit(api->config.engine, turn)) {
            return; /* replayed() answers */
        }
        api_refuse_busy(api, x);
    }
    turn_free(turn);
}
