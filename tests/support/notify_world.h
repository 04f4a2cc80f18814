/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_world - the sender of incidents in a world without sockets: time stands still until told,
 * what leaves is kept, and the test answers it.
 */
#pragma once
#include "testing.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/standard_webhooks.h"
#include "engine/batch.h"
#include "push/notify.h"

#define SENT_MAX 64
#define WORLD_KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

struct notify_world;

struct env_timer {
    struct notify_world *world;
    env_fn *fn;
    void *arg;
    int64_t due_us; /* below 0: stopped */
};

struct sent {
    struct slice url, id, timestamp, signature, body; /* of a mail: body is the message */
    bool is_mail, is_answered;
    env_reply_fn *fn;
    void *arg;
};

struct notify_world {
    struct env env; /* first */
    int64_t mono_us, wall_us;
    uint64_t random;
    struct env_timer *timer; /* the sender's only one */
    struct store *reader;
    struct engine *engine;
    struct notify *notify;
    struct mail_config mail;
    struct arena arena;
    struct sent sent[SENT_MAX];
    size_t sent_count;
};

static inline struct notify_world *nw_of(struct env *env)
{
    return (struct notify_world *)env;
}

static inline int64_t nw_mono(struct env *env)
{
    return nw_of(env)->mono_us;
}

static inline int64_t nw_wall(struct env *env)
{
    return nw_of(env)->wall_us;
}

static inline void nw_random(struct env *env, void *out, size_t n)
{
    struct notify_world *w = nw_of(env);
    for (size_t i = 0; i < n; i++) {
        w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ((uint8_t *)out)[i] = (uint8_t)(w->random >> 56);
    }
}

static inline struct env_timer *nw_timer_new(struct env *env, env_fn *fn, void *arg)
{
    struct env_timer *timer = calloc(1, sizeof(*timer));
    must(timer);
    *timer = (struct env_timer){nw_of(env), fn, arg, -1};
    nw_of(env)->timer = timer;
    return timer;
}

static inline void nw_timer_set(struct env_timer *timer, int64_t delay_us)
{
    timer->due_us = delay_us < 0 ? -1 : timer->world->mono_us + delay_us;
}

static inline void nw_timer_free(struct env_timer *timer)
{
    free(timer);
}

static inline struct env_wake *nw_wake_new(struct env *env, env_fn *fn, void *arg)
{
    (void)fn;
    (void)arg;
    return (struct env_wake *)env;
}

static inline void nw_wake(struct env_wake *wake)
{
    (void)wake; /* the test collects */
}

static inline struct sent *nw_sent(struct notify_world *w, env_reply_fn *fn, void *arg)
{
    assert_true(w->sent_count < SENT_MAX);
    struct sent *sent = &w->sent[w->sent_count++];
    *sent = (struct sent){.fn = fn, .arg = arg};
    return sent;
}

static inline void
nw_http(struct env *env, const struct env_call *call, env_reply_fn *fn, void *arg)
{
    struct notify_world *w = nw_of(env);
    struct sent *sent = nw_sent(w, fn, arg);
    const struct http_request *request = &call->request;
    assert_false(call->private_ok);
    assert_slice(request->method, "POST");
    struct slice *const values[] = {&sent->id, &sent->timestamp, &sent->signature};
    static const char *const names[] = {"webhook-id", "webhook-timestamp", "webhook-signature"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        *values[i] = arena_copy(
            &w->arena, http_header_get(request->headers, request->headers_count, names[i]));
    }
    sent->url = arena_copy(&w->arena, request->url);
    sent->body = arena_copy(&w->arena, request->body);
}

static inline void
nw_mail(struct env *env, const struct env_mail *mail, env_reply_fn *fn, void *arg)
{
    struct notify_world *w = nw_of(env);
    struct sent *sent = nw_sent(w, fn, arg);
    sent->is_mail = true;
    sent->url = arena_copy(&w->arena, slice_of(mail->url));
    sent->body = arena_copy(&w->arena, mail->message);
}

/* ---- time ---- */

static inline void nw_commit(struct notify_world *w)
{
    while (engine_step(w->engine)) {
    }
    engine_collect(w->engine);
}

/* What the loop would do by now. */
static inline void nw_run(struct notify_world *w)
{
    nw_commit(w);
    while (w->timer->due_us >= 0 && w->timer->due_us <= w->mono_us) {
        w->timer->due_us = -1;
        w->timer->fn(w->timer->arg);
        nw_commit(w);
    }
}

/* Timers fire at their own moment. */
static inline void nw_wait(struct notify_world *w, int64_t us)
{
    int64_t until_us = w->mono_us + us;
    nw_run(w);
    while (w->timer->due_us >= 0 && w->timer->due_us <= until_us) {
        w->wall_us += w->timer->due_us - w->mono_us;
        w->mono_us = w->timer->due_us;
        nw_run(w);
    }
    w->wall_us += until_us - w->mono_us;
    w->mono_us = until_us;
}

/* ---- what happens ---- */

static inline void nw_kept(struct turn *turn)
{
    (void)turn;
}

static inline void
nw_turn(struct notify_world *w, request_fn *run, const char *arg, const char *body)
{
    struct turn *turn = turn_new(TURN_REQUEST, nw_kept, NULL);
    struct slice *args = ARENA_ARRAY(&turn->arena, 1, struct slice);
    args[0] = slice_of(arg);
    turn->args = args;
    turn->run = run;
    turn->body = slice_of(body);
    assert_true(engine_submit(w->engine, turn));
    nw_commit(w);
    assert_int_equal(turn->err, ERR_OK);
    if (turn->status >= 300) {
        fail_msg("%d: %.*s", turn->status, SLICE_ARG(buf_view(&turn->answer)));
    }
    turn_free(turn);
}

static inline void nw_open_incident(struct batch *b, struct turn *turn)
{
    turn->status = 200;
    batch_incident(b,
                   &(struct incident_text){.code = "OVERSOLD",
                                           .subject = turn->args[0],
                                           .sku = turn->args[0],
                                           .title = turn->args[0],
                                           .detail = turn->body,
                                           .action = SLICE("look")});
}

static inline void nw_close_incident(struct batch *b, struct turn *turn)
{
    turn->status = 200;
    batch_incident_close(b, "OVERSOLD", turn->args[0]);
}

static inline void nw_opens(struct notify_world *w, const char *subject)
{
    nw_turn(w, nw_open_incident, subject, "");
}

static inline void nw_closes(struct notify_world *w, const char *subject)
{
    nw_turn(w, nw_close_incident, subject, "");
}

static inline void nw_subscribe(struct notify_world *w, const char *url, const char *event)
{
    char body[300];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"url\":\"%s\",\"events\":[\"%s\"],\"secret\":\"" WORLD_KEY "\"}",
                   url,
                   event);
    nw_turn(w, request_webhooks_create, "", body);
}

/* Answers the nth that left. status 0: the connection broke. */
static inline void
nw_answer(struct notify_world *w, size_t nth, int status, const char *retry_after)
{
    struct sent *sent = &w->sent[nth];
    const struct http_header header = {SLICE("Retry-After"),
                                       slice_of(retry_after ? retry_after : "")};
    struct env_reply reply = {
        .sent_us = w->mono_us,
        .answered_us = w->mono_us,
        .response = {.status = status, .headers = &header, .headers_count = retry_after ? 1 : 0}};
    assert_true(nth < w->sent_count);
    assert_false(sent->is_answered);
    sent->is_answered = true;
    if (status == 0 || (sent->is_mail && status != 250)) {
        reply.err = err_note(&reply.note, ERR_UNKNOWN, "no answer");
    }
    sent->fn(sent->arg, &reply);
    nw_run(w);
}

static inline const struct outlet_row *nw_row(struct notify_world *w, int64_t id)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->outlets(w->reader, &w->arena, &rows), ERR_OK);
    assert_true(rows.count >= (size_t)id);
    return rows.items[id - 1];
}

static inline bool nw_says(const struct sent *sent, const char *words)
{
    return memmem(sent->body.p, sent->body.n, words, strlen(words)) != NULL;
}

/* ---- life ---- */

static inline void nw_news(void *arg)
{
    struct notify_world *w = arg;
    if (w->notify) {
        notify_wake(w->notify);
    }
}

/* As a start of the server would; what was under way is never heard of again. */
static inline void nw_start(struct notify_world *w, const struct mail_config *mail, uint8_t key)
{
    const struct notify_config config = {.env = &w->env,
                                         .engine = w->engine,
                                         .reader = w->reader,
                                         .vault = {.key = {key}},
                                         .mail = mail};
    notify_free(w->notify);
    w->notify = NULL;
    assert_int_equal(notify_new(&config, &w->notify), ERR_OK);
    notify_set_address(w->notify, "https://stock.example");
    assert_int_equal(notify_start(w->notify), ERR_OK);
    nw_run(w);
}

static inline int nw_setup(void **state)
{
    static const struct env_ops ops = {.mono_us = nw_mono,
                                       .wall_us = nw_wall,
                                       .random = nw_random,
                                       .timer_new = nw_timer_new,
                                       .timer_set = nw_timer_set,
                                       .timer_free = nw_timer_free,
                                       .wake_new = nw_wake_new,
                                       .wake_send = nw_wake,
                                       .wake_free = nw_wake,
                                       .http = nw_http,
                                       .mail = nw_mail};
    struct notify_world *w = calloc(1, sizeof(*w));
    struct store *store = NULL;
    struct err_note note;
    assert_non_null(w);
    assert_int_equal(crypto_init(), ERR_OK);
    w->env.ops = &ops;
    w->mono_us = 5 * US_PER_S;
    w->wall_us = INT64_C(1795408147) * US_PER_S;
    arena_init(&w->arena, (size_t)64 << 20);
    assert_int_equal(store_mem_new(&store), ERR_OK);
    const struct engine_config config = {
        .env = &w->env, .store = store, .vault = {.key = {9}}, .on_commit = nw_news, .arg = w};
    assert_int_equal(engine_new(&config, &w->engine, &note), ERR_OK);
    assert_int_equal(engine_reader(w->engine, &w->reader, &note), ERR_OK);
    w->mail = (struct mail_config){.url = "smtps://relay.example",
                                   .from = "stock@shop.example",
                                   .to = {"ops@shop.example"},
                                   .to_count = 1};
    *state = w;
    return 0;
}

static inline int nw_teardown(void **state)
{
    struct notify_world *w = *state;
    notify_stop(w->notify);
    engine_stop(w->engine);
    notify_free(w->notify);
    store_close(w->reader);
    engine_free(w->engine);
    arena_free(&w->arena);
    free(w);
    return 0;
}

#define notify_test_of(test) cmocka_unit_test_setup_teardown(test, nw_setup, nw_teardown)
