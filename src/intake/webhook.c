/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/webhook.h"
#include "base/crypto.h"
#include "base/log.h"
#include "intake/delivery_turn.h"
#include "intake/hook_keys.h"

#define PREFIX "/hooks/"

struct webhooks {
    struct webhooks_config config;
    const struct config *channels;
    struct json_doc *parser;
    struct compressor *compressor;
    struct hook_keys *keys;
    struct webhook_counters counters;
};

enum err webhooks_new(const struct webhooks_config *config, struct webhooks **out)
{
    struct webhooks *w = calloc(1, sizeof(*w));
    if (!w) {
        return ERR_MEMORY;
    }
    w->config = *config;
    w->parser = json_doc_new();
    w->compressor = compressor_new();
    if (!w->parser || !w->compressor ||
        hook_keys_new(config->env, config->vault->private_ok, &w->keys)) {
        webhooks_free(w);
        return ERR_MEMORY;
    }
    *out = w;
    return ERR_OK;
}

void webhooks_set_config(struct webhooks *w, const struct config *channels)
{
    w->channels = channels;
    hook_keys_set_config(w->keys, channels);
}

struct webhook_counters webhook_counters(const struct webhooks *w)
{
    return w->counters;
}

void webhooks_free(struct webhooks *w)
{
    if (w) {
        hook_keys_free(w->keys);
        json_doc_free(w->parser);
        compressor_free(w->compressor);
        free(w);
    }
}

static void answer(struct http_exchange *x, int status, const char *body)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/json", 16}},
        {{"Retry-After", 11}, {"2", 1}},
    };
    http_answer(x, status, headers, status == 503 ? 2 : 1, slice_of(body));
}

static void refuse_busy(struct webhooks *w, struct http_exchange *x, struct channel_id channel)
{
    w->counters.refused_busy++;
    if (w->config.on_refused) {
        w->config.on_refused(w->config.arg, channel);
    }
    answer(x, 503, "{\"title\":\"not stored: send it again\"}");
}

/* The channel's deliveries reach us: connecting it wants to know. */
static void heard(struct webhooks *w, const struct channel_config *channel, const struct hook *hook)
{
    if (w->config.on_heard) {
        w->config.on_heard(w->config.arg, channel->row.id, hook->received_at_us);
    }
}

struct pending {
    struct webhooks *webhooks;
    struct http_exchange *x;
};

static void delivered(struct turn *turn)
{
    const struct pending *pending = turn->owner;
    struct webhooks *w = pending->webhooks;
    if (turn->err) {
        LOG(LOG_ERROR,
            "a delivery was not stored",
            LOG_STR("err", err_name(turn->err)),
            LOG_STR("note", turn->note.text),
            LOG_INT("channel", turn->channel.v));
        refuse_busy(w, pending->x, turn->channel);
    } else {
        w->counters.accepted++;
        if (turn->fetches_count && w->config.on_fetch) {
            w->config.on_fetch(w->config.arg,
                               turn->channel,
                               turn->fetches,
                               turn->fetches_count,
                               turn->fetch_delay_us);
        }
        struct slice body = arena_printf(&turn->arena,
                                         "{\"delivery\":\"%" PRId64 "\",\"state\":\"%s\"}",
                                         turn->delivery.n,
                                         delivery_state_text(turn->delivery.state));
        answer(pending->x, 200, body.p ? body.p : "{}");
    }
    turn_free(turn);
}

/* "/hooks/shop-a/orders/create" -> "shop-a" and "orders/create" */
static struct slice split_path(struct slice path, struct slice *out_topic)
{
    struct slice rest = slice_from(path, sizeof(PREFIX) - 1), channel;
    slice_cut(&rest, '/', &channel);
    *out_topic = rest;
    return channel;
}

/* The header's topic, shown to people where the path has none; what it claims is never believed. */
static struct slice topic_shown(const struct hook *hook)
{
    if (hook->topic.n) {
        return hook->topic;
    }
    static const char *const names[] = {"X-Shopify-Topic", "X-WC-Webhook-Topic", "webhook-type"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct slice topic = http_header_get(hook->headers, hook->headers_count, names[i]);
        if (topic.n && topic.n <= 100) {
            return topic;
        }
    }
    return (struct slice){0};
}

static void submit(struct webhooks *w,
                   struct http_exchange *x,
                   const struct channel_config *channel,
                   const struct hook *hook)
{
    struct turn *turn = turn_new(TURN_DELIVERY, delivered, NULL);
    struct pending *pending = turn ? ARENA_NEW(&turn->arena, struct pending) : NULL;
    if (!pending) {
        turn_free(turn);
        refuse_busy(w, x, channel->row.id);
        return;
    }
    *pending = (struct pending){w, x};
    turn->owner = pending;
    const struct delivery_maker maker = {
        w->config.env, w->config.vault, w->parser, w->compressor, w->config.forgets_bodies};
    if (delivery_turn_fill(&maker, channel, hook, topic_shown(hook), turn) ||
        !engine_submit(w->config.engine, turn)) {
        turn_free(turn);
        if (!engine_counters(w->config.engine).is_refusing) { /* a full disk is no limit of ours */
            refused_add(w->config.refused, REFUSED_QUEUE, channel->row.code);
        }
        refuse_busy(w, x, channel->row.id);
    }
}

/* ---- one request ---- */

static void judge(struct webhooks *w,
                  struct http_exchange *x,
                  const struct channel_config *channel,
                  const struct hook *hook)
{
    switch (channel->connector->verify(&channel->account, hook, &x->arena)) {
    case HOOK_REFUSED:
        w->counters.refused_signature++;
        answer(x, 401, "{\"title\":\"the signature does not match\"}");
        return;
    case HOOK_PING:
        w->counters.pings++;
        heard(w, channel, hook);
        answer(x, 200, "{}");
        return;
    case HOOK_AUTHENTIC:
        heard(w, channel, hook);
        submit(w, x, channel, hook);
        return;
    }
}

/* A delivery that waits for the key it was signed with. */
struct waiting {
    struct webhooks *webhooks;
    struct http_exchange *x;
    struct hook hook;
    struct channel_id channel;
};

static void key_here(void *arg, struct slice key, bool is_busy)
{
    struct waiting *waiting = arg;
    struct webhooks *w = waiting->webhooks;
    const struct channel_config *channel = config_channel(w->channels, waiting->channel);
    if (is_busy || !channel || !channel->connector || channel->account_error) {
        refuse_busy(w, waiting->x, waiting->channel);
        return;
    }
    waiting->hook.key = key;
    judge(w, waiting->x, channel, &waiting->hook);
}

/* False: it names no key, and is judged without one. */
static bool waits_for_key(struct webhooks *w,
                          struct http_exchange *x,
                          const struct channel_config *channel,
                          const struct hook *hook)
{
    const struct connector *connector = channel->connector;
    struct slice id = connector->key_id ? connector->key_id(&channel->account, hook, &x->arena)
                                        : (struct slice){0};
    struct waiting *waiting = id.n ? ARENA_NEW(&x->arena, struct waiting) : NULL;
    if (waiting) {
        *waiting = (struct waiting){w, x, *hook, channel->row.id};
        hook_keys_get(w->keys, channel, id, key_here, waiting);
    }
    return waiting != NULL;
}

/* "?truecount=TEXT" is answered with what only this server can say to it: whoever asked under the
 * public address knows then that it leads here. */
static bool proves_address(const struct webhooks *w, struct http_exchange *x)
{
    struct slice text;
    if (!http_query_get(x->request.query, "truecount", &x->arena, &text) || text.n > 64) {
        return false;
    }
    struct slice proof = hook_proof(w->config.vault, text, &x->arena);
    struct slice body = arena_printf(&x->arena, "{\"proof\":\"%.*s\"}", SLICE_ARG(proof));
    answer(x, 200, body.p ? body.p : "{}");
    return true;
}

static void asked(const struct webhooks *w,
                  struct http_exchange *x,
                  const struct channel_config *channel,
                  const struct hook *hook)
{
    bool can_say = channel->connector && !channel->account_error && channel->connector->challenge;
    struct slice body = can_say ? channel->connector->challenge(&channel->account, hook, &x->arena)
                                : (struct slice){0};
    if (body.n) {
        static const struct http_header json = {{"Content-Type", 12}, {"application/json", 16}};
        http_answer(x, 200, &json, 1, body);
    } else if (!proves_address(w, x)) {
        answer(x, 405, "{\"title\":\"deliveries are POSTed\"}");
    }
}

void webhook_handle(struct webhooks *w, struct http_exchange *x)
{
    must(slice_starts(x->request.url, PREFIX));
    struct hook hook = {.method = x->request.method,
                        .headers = x->request.headers,
                        .headers_count = x->request.headers_count,
                        .query = x->request.query,
                        .body = x->request.body,
                        .received_at_us = x->received_wall_us};
    struct slice code = split_path(x->request.url, &hook.topic);
    const struct channel_config *channel =
        w->channels ? config_channel_by_code(w->channels, code) : NULL;
    if (!channel) {
        w->counters.unknown_channel++;
        answer(x, 404, "{\"title\":\"no such channel\"}");
    } else if (slice_is(hook.method, "GET")) {
        asked(w, x, channel, &hook);
    } else if (!slice_is(hook.method, "POST")) {
        answer(x, 405, "{\"title\":\"deliveries are POSTed\"}");
    } else if (!channel->connector || channel->account_error) {
        /* Fail closed: without its secret nothing can be verified. */
        refuse_busy(w, x, channel->row.id);
    } else if (!waits_for_key(w, x, channel, &hook)) {
        judge(w, x, channel, &hook);
    }
}
