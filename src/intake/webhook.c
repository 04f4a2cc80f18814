/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/webhook.h"
#include "base/crypto.h"
#include "base/log.h"
#include "intake/delivery_body.h"

#define PREFIX "/hooks/"

struct webhooks {
    struct webhooks_config config;
    const struct config *channels;
    struct json_doc *parser;
    struct compressor *compressor;
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
    if (!w->parser || !w->compressor) {
        webhooks_free(w);
        return ERR_MEMORY;
    }
    *out = w;
    return ERR_OK;
}

void webhooks_set_config(struct webhooks *w, const struct config *channels)
{
    w->channels = channels;
}

struct webhook_counters webhook_counters(const struct webhooks *w)
{
    return w->counters;
}

void webhooks_free(struct webhooks *w)
{
    if (w) {
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
    turn->channel = channel->row.id;
    turn->received_at_us = hook->received_at_us;
    turn->delivery = (struct delivery_row){.channel = channel->row.id,
                                           .topic = arena_copy(&turn->arena, topic_shown(hook)),
                                           .received_at_us = hook->received_at_us};
    delivery_body_key(channel->row.id, hook->topic, hook->body, turn->delivery.key);
    channel->connector->decode(&channel->account, hook, w->parser, &turn->arena, &turn->facts);
    enum err e = w->config.forgets_bodies ? ERR_OK
                                          : delivery_body_seal(w->config.vault,
                                                               w->config.env,
                                                               w->compressor,
                                                               hook->body,
                                                               &turn->arena,
                                                               &turn->delivery.body);
    if (e || turn->arena.exhausted || !engine_submit(w->config.engine, turn)) {
        turn_free(turn);
        refuse_busy(w, x, channel->row.id);
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
        return;
    }
    if (!slice_is(hook.method, "POST")) {
        answer(x, 405, "{\"title\":\"deliveries are POSTed\"}");
        return;
    }
    if (!channel->connector || channel->account_error) {
        refuse_busy(
            w, x, channel->row.id); /* fail closed: without its secret nothing can be verified */
        return;
    }
    switch (channel->connector->verify(&channel->account, &hook, &x->arena)) {
    case HOOK_REFUSED:
        w->counters.refused_signature++;
        answer(x, 401, "{\"title\":\"the signature does not match\"}");
        return;
    case HOOK_PING:
        w->counters.pings++;
        answer(x, 200, "{}");
        return;
    case HOOK_AUTHENTIC:
        submit(w, x, channel, &hook);
        return;
    }
}
