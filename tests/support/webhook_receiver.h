/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_receiver - somebody who subscribed a webhook: keeps what is posted to it, over real
 * sockets, and answers as the test wishes. On the test's own loop.
 */
#pragma once
#include "testing.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/env.h"
#include "base/json_read.h"
#include "base/standard_webhooks.h"
#include "intake/http_server.h"

#define RECEIVED_MAX 64

struct received {
    struct slice id, timestamp, signature, type, body;
    int answered;
    int64_t at_us; /* mono */
};

struct webhook_receiver {
    struct env *env;
    struct http_server *server;
    int port;
    struct arena arena;
    int answer;              /* to all; 204 at first */
    const char *retry_after; /* NULL: not said */
    pid_t ends;              /* told to stop when a message comes, which is never answered */
    struct http_exchange *held;
    struct received got[RECEIVED_MAX];
    size_t count;
};

static inline struct slice
received_header(struct webhook_receiver *r, struct http_exchange *x, const char *name)
{
    return arena_copy(&r->arena,
                      http_header_get(x->request.headers, x->request.headers_count, name));
}

static inline void receiver_handle(void *arg, struct http_exchange *x)
{
    struct webhook_receiver *r = arg;
    assert_true(r->count < RECEIVED_MAX);
    assert_slice(x->request.method, "POST");
    r->got[r->count++] = (struct received){.id = received_header(r, x, "webhook-id"),
                                           .timestamp = received_header(r, x, "webhook-timestamp"),
                                           .signature = received_header(r, x, "webhook-signature"),
                                           .type = received_header(r, x, "Content-Type"),
                                           .body = arena_copy(&r->arena, x->request.body),
                                           .answered = r->answer,
                                           .at_us = env_mono_us(r->env)};
    if (r->ends) {
        assert_int_equal(kill(r->ends, SIGTERM), 0);
        r->held = x;
        return;
    }
    const struct http_header later = {SLICE("Retry-After"),
                                      slice_of(r->retry_after ? r->retry_after : "")};
    http_answer(x, r->answer, &later, r->retry_after ? 1 : 0, SLICE(""));
}

static inline void receiver_start(struct webhook_receiver *r, struct env *env)
{
    struct err_note note;
    *r = (struct webhook_receiver){.env = env, .answer = 204};
    arena_init(&r->arena, (size_t)16 << 20);
    assert_int_equal(
        http_server_new(env, "127.0.0.1", 0, NULL, receiver_handle, r, &r->server, &r->port, &note),
        ERR_OK);
}

static inline void receiver_free(struct webhook_receiver *r)
{
    http_server_free(r->server);
    if (r->held) {
        http_answer(r->held, 200, NULL, 0, SLICE(""));
    }
    arena_free(&r->arena);
}

/* Is one of its signatures made with that secret? As a receiver would check. */
static inline bool received_is_signed(const struct received *got, struct slice secret)
{
    struct arena arena;
    struct slice key, rest = got->signature, one;
    bool is_signed = false;
    arena_init(&arena, (size_t)4 << 20);
    assert_true(webhook_key_read(secret, &arena, &key));
    struct slice wanted = webhook_sign(key, got->id, got->timestamp, got->body, &arena);
    for (bool more = true; more;) {
        more = slice_cut(&rest, ' ', &one);
        is_signed |= slice_starts(one, "v1,") && crypto_equal(slice_from(one, 3), wanted);
    }
    arena_free(&arena);
    return is_signed;
}

static inline size_t received_signatures(const struct received *got)
{
    size_t count = 1;
    for (size_t i = 0; i < got->signature.n; i++) {
        count += got->signature.p[i] == ' ';
    }
    return count;
}

static inline bool received_says(const struct received *got, const char *words)
{
    return got->body.n && memmem(got->body.p, got->body.n, words, strlen(words)) != NULL;
}
