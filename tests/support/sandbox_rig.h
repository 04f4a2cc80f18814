/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_rig - a sandbox, a receiver of its webhooks and a client, on real sockets in one thread.
 *
 * rig_call runs the loop until the answer is there; rig_until runs it until a condition holds or
 * ten seconds have passed, which fails the test.
 */
#pragma once
#include "testing.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/times.h"
#include "drill/sandbox.h"
#include "env/env_uv.h"
#include "intake/http_server.h"

#define RIG_HOOKS_MAX 20000
#define RIG_SECRET "truecount-test-secret"
#define RIG_TOKEN "shpat_sandbox"
#define RIG_KEY "ck_sandbox"
#define RIG_KEY_SECRET "cs_sandbox"

struct rig_hook {
    struct slice path, body;
    struct http_header headers[24];
    size_t headers_count;
};

struct rig {
    struct env_uv *uv;
    struct env *env;
    struct sandbox *sandbox;
    int port;
    struct http_server *receiver;
    int receiver_port;
    char hooks_url[64];
    struct arena arena;
    struct rig_hook hooks[RIG_HOOKS_MAX];
    size_t hooks_count;
    int hook_status;  /* what the receiver answers; 0 = 200 */
    int refuse_first; /* so many deliveries get 503 first */
    struct env_timer *watch;
    bool (*condition)(struct rig *rig);
    int64_t deadline_us;
    bool is_late, is_answered;
    struct json_doc *doc;

    enum err err; /* of the last call */
    int status;
    struct slice body;
    struct http_header headers[40];
    size_t headers_count;
    struct json json;
};

static inline void rig_on_hook(void *arg, struct http_exchange *x)
{
    struct rig *rig = arg;
    must(rig->hooks_count < RIG_HOOKS_MAX);
    struct rig_hook *hook = &rig->hooks[rig->hooks_count++];
    hook->path = arena_copy(&rig->arena, x->request.url);
    hook->body = arena_copy(&rig->arena, x->request.body);
    for (size_t i = 0; i < x->request.headers_count && i < COUNT_OF(hook->headers); i++) {
        hook->headers[hook->headers_count++] = (struct http_header){
            .name = arena_copy(&rig->arena, x->request.headers[i].name),
            .value = arena_copy(&rig->arena, x->request.headers[i].value),
        };
    }
    int status = rig->hook_status ? rig->hook_status : 200;
    if (rig->refuse_first > 0) {
        rig->refuse_first--;
        status = 503;
    }
    http_answer(x, status, NULL, 0, SLICE("{}"));
}

static inline void rig_watch(void *arg)
{
    struct rig *rig = arg;
    rig->is_late = env_mono_us(rig->env) > rig->deadline_us;
    if (rig->is_late || rig->condition(rig)) {
        env_uv_stop(rig->uv);
        return;
    }
    rig->env->ops->timer_set(rig->watch, 2 * US_PER_MS);
}

static inline bool rig_wait(struct rig *rig, bool (*condition)(struct rig *rig), int64_t limit_us)
{
    rig->condition = condition;
    rig->deadline_us = env_mono_us(rig->env) + limit_us;
    rig->env->ops->timer_set(rig->watch, 0);
    env_uv_run(rig->uv);
    return !rig->is_late;
}

static inline void rig_until(struct rig *rig, bool (*condition)(struct rig *rig))
{
    assert_true(rig_wait(rig, condition, 10 * US_PER_S));
}

static inline void rig_on_reply(void *arg, const struct env_reply *reply)
{
    struct rig *rig = arg;
    rig->err = reply->err;
    rig->status = reply->err ? 0 : reply->response.status;
    rig->body = reply->err ? (struct slice){0} : arena_copy(&rig->arena, reply->response.body);
    rig->headers_count = 0;
    for (size_t i = 0; !reply->err && i < reply->response.headers_count; i++) {
        rig->headers[rig->headers_count++] = (struct http_header){
            .name = arena_copy(&rig->arena, reply->response.headers[i].name),
            .value = arena_copy(&rig->arena, reply->response.headers[i].value),
        };
    }
    rig->is_answered = true;
    env_uv_stop(rig->uv);
}

/* One call; the answer lies in rig->status, body and, when it is JSON, json. */
static inline void rig_call(struct rig *rig,
                            const char *method,
                            struct slice url,
                            const struct http_header *headers,
                            size_t headers_count,
                            struct slice body,
                            int64_t timeout_us)
{
    struct err_note note;
    struct env_call call = {
        .request = {.method = slice_of(method),
                    .url = url,
                    .headers = headers,
                    .headers_count = headers_count,
                    .body = body},
        .timeout_us = timeout_us,
        .private_ok = true,
    };
    rig->is_answered = false;
    rig->env->ops->http(rig->env, &call, rig_on_reply, rig);
    while (!rig->is_answered) {
        env_uv_run(rig->uv);
    }
    rig->json = (struct json){0};
    if (rig->body.n > 0 && json_parse(rig->doc, rig->body, &rig->json, &note)) {
        rig->json = (struct json){0};
    }
}

static inline void rig_start(struct rig *rig, const struct sandbox_options *options)
{
    struct err_note note;
    struct sandbox_options plain = {.seed = 7};
    memset(rig, 0, sizeof(*rig));
    arena_init(&rig->arena, (size_t)1 << 30);
    assert_int_equal(crypto_init(), ERR_OK);
    assert_int_equal(env_uv_new(&rig->uv, &note), ERR_OK);
    rig->env = env_uv_env(rig->uv);
    rig->doc = json_doc_new();
    rig->watch = rig->env->ops->timer_new(rig->env, rig_watch, rig);
    struct http_limits limits = {0};
    assert_int_equal(http_server_new(rig->env,
                                     "127.0.0.1",
                                     0,
                                     &limits,
                                     rig_on_hook,
                                     rig,
                                     &rig->receiver,
                                     &rig->receiver_port,
                                     &note),
                     ERR_OK);
    snprintf(rig->hooks_url,
             sizeof(rig->hooks_url),
             "http://127.0.0.1:%d/hooks/shop",
             rig->receiver_port);
    assert_int_equal(
        sandbox_new(rig->env, options ? options : &plain, &rig->sandbox, &rig->port, &note),
        ERR_OK);
}

static inline void rig_end(struct rig *rig)
{
    sandbox_free(rig->sandbox);
    http_server_free(rig->receiver);
    rig->env->ops->timer_free(rig->watch);
    env_uv_free(rig->uv);
    json_doc_free(rig->doc);
    arena_free(&rig->arena);
}

static inline struct shop *rig_shop(struct rig *rig, struct shop_options options)
{
    struct err_note note;
    struct shop *shop = NULL;
    options.hook_secret = options.hook_secret ? options.hook_secret : RIG_SECRET;
    options.token = options.kind == SHOP_WOOCOMMERCE ? RIG_KEY : RIG_TOKEN;
    options.token_secret = RIG_KEY_SECRET;
    if (sandbox_shop_add(rig->sandbox, &options, &shop, &note)) {
        fail_msg("%s", note.text);
    }
    return shop;
}

static inline void rig_item(struct shop *shop, struct sandbox_item item)
{
    struct err_note note;
    if (shop_item_add(shop, &item, &note)) {
        fail_msg("%s", note.text);
    }
}

static inline int64_t rig_count(const struct shop *shop, const char *sku)
{
    int64_t count = INT64_MIN;
    assert_true(shop_item_count(shop, slice_of(sku), &count));
    return count;
}

static inline int64_t rig_buy(struct shop *shop, const char *sku, int64_t n)
{
    int64_t order = 0;
    struct shop_line line = {slice_of(sku), n};
    assert_int_equal(shop_buy(shop, &line, 1, &order), SHOP_DONE);
    return order;
}

static inline struct slice rig_header(const struct rig *rig, const char *name)
{
    return http_header_get(rig->headers, rig->headers_count, name);
}

static inline const struct rig_hook *rig_hook_at(struct rig *rig, const char *path, size_t nth)
{
    for (size_t i = 0; i < rig->hooks_count; i++) {
        if (slice_is(rig->hooks[i].path, path) && nth-- == 0) {
            return &rig->hooks[i];
        }
    }
    return NULL;
}

static inline size_t rig_hooks_to(const struct rig *rig, const char *path)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->hooks_count; i++) {
        count += slice_is(rig->hooks[i].path, path);
    }
    return count;
}

static inline struct json rig_parse(struct rig *rig, struct slice text)
{
    struct json root = {0};
    struct err_note note;
    if (json_parse(rig->doc, text, &root, &note)) {
        fail_msg("%s in: %.*s", note.text, SLICE_ARG(text));
    }
    return root;
}

static inline int64_t rig_int(struct json v)
{
    int64_t n = INT64_MIN;
    assert_true(json_int(v, &n));
    return n;
}

static inline struct slice rig_text(struct json v)
{
    struct slice text = {0};
    assert_true(json_text(v, &text));
    return text;
}

/* The nth member of an array. */
static inline struct json rig_at(struct json list, size_t nth)
{
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (nth-- == 0) {
            return i.value;
        }
    }
    return (struct json){0};
}
