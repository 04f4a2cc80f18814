/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/queue_reader.h"

#include "engine/notice.h"
#include "intake/delivery_turn.h"

#define POLL_TIMEOUT_US (30 * US_PER_S) /* a poll lasts 20 */
#define BACKOFF_MAX_US (60 * US_PER_S)
#define DOWN_AFTER_US (120 * US_PER_S)
#define EMPTY_SOON_US US_PER_S /* an empty answer before its time: not asked again sooner */
#define TOPIC SLICE("queue")

struct queue_reader {
    struct queue_reader *next;
    struct queue_readers *readers;
    struct channel_id channel;
    struct env_timer *timer;
    struct arena arena; /* of the present poll: the messages live here until they are committed */
    bool is_busy;       /* a poll or its turns are under way */
    struct messages messages;
    bool *committed; /* of each message */
    size_t open;     /* turns under way */
    int64_t asked_us;
    uint8_t nonce[16];
    int failures;
    int64_t failing_since_us;
    bool is_reported;
};

/* An acknowledgement under way. */
struct ack {
    struct ack *next;
    struct queue_readers *readers;
    struct arena arena;
};

struct queue_readers {
    struct queue_readers_config config;
    const struct config *channels;
    struct json_doc *parser;
    struct compressor *compressor;
    struct queue_reader *first;
    struct ack *acks;
    bool is_stopping;
};

enum err queue_readers_new(const struct queue_readers_config *config, struct queue_readers **out)
{
    struct queue_readers *readers = calloc(1, sizeof(*readers));
    if (!readers) {
        return ERR_MEMORY;
    }
    readers->config = *config;
    readers->parser = json_doc_new();
    readers->compressor = compressor_new();
    if (!readers->parser || !readers->compressor) {
        queue_readers_free(readers);
        return ERR_MEMORY;
    }
    *out = readers;
    return ERR_OK;
}

static void ack_free(struct ack *ack)
{
    struct ack **link = &ack->readers->acks;
    while (*link != ack) {
        link = &(*link)->next;
    }
    *link = ack->next;
    arena_free(&ack->arena);
    free(ack);
}

void queue_readers_free(struct queue_readers *readers)
{
    if (!readers) {
        return;
    }
    while (readers->acks) {
        ack_free(readers->acks);
    }
    while (readers->first) {
        struct queue_reader *reader = readers->first;
        readers->first = reader->next;
        readers->config.env->ops->timer_free(reader->timer);
        arena_free(&reader->arena);
        free(reader);
    }
    json_doc_free(readers->parser);
    compressor_free(readers->compressor);
    free(readers);
}

void queue_readers_stop(struct queue_readers *readers)
{
    readers->is_stopping = true;
    for (struct queue_reader *reader = readers->first; reader; reader = reader->next) {
        readers->config.env->ops->timer_set(reader->timer, -1);
    }
}

/* The channel when its queue is to be read; NULL otherwise. */
static const struct channel_config *channel_of(const struct queue_reader *reader)
{
    const struct queue_readers *readers = reader->readers;
    const struct channel_config *c =
        readers->channels ? config_channel(readers->channels, reader->channel) : NULL;
    bool reads = c && c->connector && !c->account_error && c->connector->receives &&
                 c->connector->receives(&c->account) && c->row.mode != MODE_OFF;
    return reads && !readers->is_stopping ? c : NULL;
}

static struct step step_now(const struct queue_reader *reader, uint8_t nonce[16])
{
    struct env *env = reader->readers->config.env;
    env_random(env, nonce, 16);
    return (struct step){.now_us = env_wall_us(env), .nonce = nonce};
}

static void read_soon(struct queue_reader *reader, int64_t delay_us)
{
    reader->is_busy = false;
    reader->readers->config.env->ops->timer_set(reader->timer, delay_us);
}

/* ---- failing ---- */

static void report(struct queue_reader *reader, struct slice why)
{
    if (!reader->is_reported) {
        reader->is_reported = true;
        notice_open(reader->readers->config.engine,
                    reader->channel,
                    "CHANNEL-DOWN",
                    "A channel's queue of messages cannot be read",
                    why,
                    "Check the queue's address and the keys that may read it. Its messages wait "
                    "there, and the orders are read at a slower pace meanwhile.");
    }
}

static void failed(struct queue_reader *reader, bool is_refused, struct slice why)
{
    struct env *env = reader->readers->config.env;
    int64_t now = env_wall_us(env);
    int64_t delay = US_PER_S << (reader->failures < 6 ? reader->failures : 6);
    reader->failures++;
    reader->failing_since_us = reader->failing_since_us ? reader->failing_since_us : now;
    if (is_refused || now - reader->failing_since_us > DOWN_AFTER_US) {
        report(reader, why);
    }
    read_soon(reader, delay > BACKOFF_MAX_US ? BACKOFF_MAX_US : delay);
}

static void recovered(struct queue_reader *reader)
{
    reader->failures = 0;
    reader->failing_since_us = 0;
    if (reader->is_reported) {
        reader->is_reported = false;
        notice_close(reader->readers->config.engine, reader->channel, "CHANNEL-DOWN");
    }
}

/* ---- acknowledging ---- */

static void acked(void *arg, const struct env_reply *reply)
{
    (void)reply; /* what was not acknowledged comes again, and is a duplicate then */
    ack_free(arg);
}

static void acknowledge(struct queue_reader *reader)
{
    struct queue_readers *readers = reader->readers;
    const struct channel_config *c = channel_of(reader);
    struct message done[MESSAGES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < reader->messages.count; i++) {
        if (reader->committed[i]) {
            done[count++] = reader->messages.items[i];
        }
    }
    struct ack *ack = count && c ? calloc(1, sizeof(*ack)) : NULL;
    struct http_request request;
    uint8_t nonce[16];
    if (!ack) {
        return;
    }
    ack->readers = readers;
    ack->next = readers->acks;
    readers->acks = ack;
    arena_init(&ack->arena, (size_t)1024 * 1024);
    const struct step step = step_now(reader, nonce);
    if (c->connector->build_ack(&c->account, done, count, &step, &ack->arena, &request)) {
        ack_free(ack);
        return;
    }
    const struct env_call call = {.request = request,
                                  .timeout_us = POLL_TIMEOUT_US,
                                  .private_ok = readers->config.vault->private_ok};
    readers->config.env->ops->http(readers->config.env, &call, acked, ack);
}

/* ---- applying ---- */

struct applied {
    struct queue_reader *reader;
    size_t index;
};

static void all_applied(struct queue_reader *reader)
{
    bool all = true;
    for (size_t i = 0; i < reader->messages.count; i++) {
        all = all && reader->committed[i];
    }
    acknowledge(reader);
    if (all) {
        read_soon(reader, 0);
    } else {
        failed(reader, false, SLICE("messages could not be stored"));
    }
}

static void message_applied(struct turn *turn)
{
    const struct applied *applied = turn->owner;
    struct queue_reader *reader = applied->reader;
    const struct queue_readers_config *config = &reader->readers->config;
    reader->committed[applied->index] = turn->err == ERR_OK;
    if (!turn->err && turn->fetches_count && config->on_fetch) {
        config->on_fetch(
            config->arg, reader->channel, turn->fetches, turn->fetches_count, turn->fetch_delay_us);
    }
    turn_free(turn);
    if (--reader->open == 0) {
        all_applied(reader);
    }
}

static bool message_submit(struct queue_reader *reader, const struct channel_config *c, size_t i)
{
    const struct queue_readers *readers = reader->readers;
    const struct delivery_maker maker = {readers->config.env,
                                         readers->config.vault,
                                         readers->parser,
                                         readers->compressor,
                                         readers->config.forgets_bodies};
    const struct hook hook = {.method = SLICE("POST"),
                              .topic = TOPIC,
                              .body = reader->messages.items[i].body,
                              .received_at_us = env_wall_us(readers->config.env)};
    struct turn *turn = turn_new(TURN_DELIVERY, message_applied, NULL);
    struct applied *applied = turn ? ARENA_NEW(&turn->arena, struct applied) : NULL;
    bool is_taken = false;
    if (applied) {
        *applied = (struct applied){reader, i};
        turn->owner = applied;
        is_taken = delivery_turn_fill(&maker, c, &hook, TOPIC, turn) == ERR_OK &&
                   engine_submit(readers->config.engine, turn);
    }
    if (!is_taken) {
        turn_free(turn);
    }
    return is_taken;
}

static void apply(struct queue_reader *reader, const struct channel_config *c)
{
    const struct queue_readers_config *config = &reader->readers->config;
    reader->committed = ARENA_ARRAY(&reader->arena, reader->messages.count, bool);
    if (!reader->committed) {
        failed(reader, false, SLICE("no room for the messages"));
        return;
    }
    if (config->on_heard) {
        config->on_heard(config->arg, reader->channel, env_wall_us(config->env));
    }
    reader->open = 1; /* this loop */
    for (size_t i = 0; i < reader->messages.count; i++) {
        reader->open += message_submit(reader, c, i);
    }
    if (--reader->open == 0) {
        all_applied(reader);
    }
}

/* ---- receiving ---- */

static void received(void *arg, const struct env_reply *reply)
{
    struct queue_reader *reader = arg;
    const struct channel_config *c = channel_of(reader);
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note = reply->note;
    if (!c) {
        reader->is_busy = false;
        return;
    }
    reader->messages = (struct messages){0};
    enum err e = reply->err;
    if (!e) {
        struct http_response response = reply->response;
        response.body = arena_copy(&reader->arena, response.body);
        e = c->connector->read_receive(
            &c->account,
            &(struct step){.now_us = reader->asked_us, .nonce = reader->nonce},
            &response,
            reader->readers->parser,
            &reader->arena,
            &reader->messages,
            &signal,
            &note);
    }
    if (e || reader->messages.count > MESSAGES_MAX) {
        failed(reader, signal.unauthorised, slice_of(note.text));
        return;
    }
    recovered(reader);
    if (reader->messages.count) {
        apply(reader, c);
        return;
    }
    int64_t took = env_wall_us(reader->readers->config.env) - reader->asked_us;
    read_soon(reader, took < EMPTY_SOON_US ? EMPTY_SOON_US : 0);
}

static void receive(void *arg)
{
    struct queue_reader *reader = arg;
    const struct queue_readers *readers = reader->readers;
    const struct channel_config *c = channel_of(reader);
    struct http_request request;
    if (!c || reader->is_busy) {
        return; /* when it comes back, its configuration wakes us */
    }
    arena_clear(&reader->arena);
    const struct step step = step_now(reader, reader->nonce);
    reader->asked_us = step.now_us;
    reader->is_busy = true;
    if (c->connector->build_receive(&c->account, &step, &reader->arena, &request)) {
        failed(reader, true, SLICE("the request could not be built: look at the settings"));
        return;
    }
    const struct env_call call = {.request = request,
                                  .timeout_us = POLL_TIMEOUT_US,
                                  .private_ok = readers->config.vault->private_ok};
    readers->config.env->ops->http(readers->config.env, &call, received, reader);
}

/* ---- which queues there are ---- */

static struct queue_reader *reader_of(struct queue_readers *readers, struct channel_id channel)
{
    struct env *env = readers->config.env;
    for (struct queue_reader *reader = readers->first; reader; reader = reader->next) {
        if (reader->channel.v == channel.v) {
            return reader;
        }
    }
    struct queue_reader *reader = calloc(1, sizeof(*reader));
    if (reader) {
        reader->readers = readers;
        reader->channel = channel;
        arena_init(&reader->arena, (size_t)16 * 1024 * 1024);
        reader->timer = env->ops->timer_new(env, receive, reader);
    }
    if (reader && !reader->timer) {
        free(reader);
        return NULL;
    }
    if (reader) {
        reader->next = readers->first;
        readers->first = reader;
    }
    return reader;
}

void queue_readers_set_config(struct queue_readers *readers, const struct config *channels)
{
    readers->channels = channels;
    for (size_t i = 0; i < channels->channels_count && !readers->is_stopping; i++) {
        const struct channel_config *c = &channels->channels[i];
        bool reads = c->connector && !c->account_error && c->connector->receives &&
                     c->connector->receives(&c->account) && c->row.mode != MODE_OFF;
        struct queue_reader *reader = reads ? reader_of(readers, c->row.id) : NULL;
        if (reader && !reader->is_busy) {
            readers->config.env->ops->timer_set(reader->timer, 0); /* new settings: at once */
        }
    }
}
