/* SPDX-License-Identifier: Apache-2.0 */
/* crowd - many calls of the API at once, over as many connections as they are under way. */
#pragma once
#include "support/served.h"

enum { CROWD_MAX = 512, CROWD_TEXT = 1024 };

struct crowd_call {
    struct served *s;
    bool is_done;
    int status;
    char url[160], body[CROWD_TEXT], key[64];
    char text[CROWD_TEXT]; /* the answer's beginning */
};
struct crowd {
    struct crowd_call calls[CROWD_MAX];
    size_t count;
};

static inline struct crowd *crowd_new(void)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));
    must(crowd);
    return crowd;
}

/* One more call, not yet made; single quotes stand for double ones. key may be NULL. */
static inline void PRINTF_LIKE(5, 6) crowd_add(
    struct crowd *crowd, struct served *s, const char *path, const char *key, const char *body, ...)
{
    assert_true(crowd->count < CROWD_MAX);
    struct crowd_call *call = &crowd->calls[crowd->count++];
    *call = (struct crowd_call){.s = s};
    va_list args;
    va_start(args, body);
    int n = vsnprintf(call->body, sizeof(call->body), body, args);
    va_end(args);
    assert_in_range(n, 0, CROWD_TEXT - 1);
    for (char *c = call->body; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    snprintf(call->url, sizeof(call->url), "http://127.0.0.1:%d%s", s->port, path);
    snprintf(call->key, sizeof(call->key), "%s", key ? key : "");
}

static inline void crowd_on_reply(void *arg, const struct env_reply *reply)
{
    struct crowd_call *call = arg;
    call->status = reply->err ? 0 : reply->response.status;
    snprintf(call->text,
             sizeof(call->text),
             "%.*s",
             reply->err ? 0 : (int)reply->response.body.n,
             reply->err ? "" : reply->response.body.p);
    call->is_done = true;
    env_uv_stop(call->s->uv);
}

/* Makes them all, so many at a time, and waits for every answer. Headers beside the token's may be
 * given for all. */
static inline void crowd_go(struct served *s,
                            struct crowd *crowd,
                            size_t at_once,
                            const struct http_header *headers,
                            size_t headers_count)
{
    size_t sent = 0, done = 0;
    while (done < crowd->count) {
        for (; sent < crowd->count && sent < done + at_once; sent++) {
            struct crowd_call *call = &crowd->calls[sent];
            struct http_header own[8] = {
                {{"Authorization", 13}, {"Bearer " CHILD_TOKEN, sizeof("Bearer " CHILD_TOKEN) - 1}},
                {{"Content-Type", 12}, {"application/json", 16}}};
            size_t n = 2;
            if (call->key[0]) {
                own[n++] = (struct http_header){SLICE("Idempotency-Key"), slice_of(call->key)};
            }
            for (size_t i = 0; i < headers_count; i++) {
                assert_true(n < COUNT_OF(own));
                own[n++] = headers[i];
            }
            const struct env_call made = {.request = {.method = SLICE("POST"),
                                                      .url = slice_of(call->url),
                                                      .headers = own,
                                                      .headers_count = n,
                                                      .body = slice_of(call->body)},
                                          .private_ok = true};
            s->env->ops->http(s->env, &made, crowd_on_reply, call);
        }
        env_uv_run(s->uv);
        done = 0;
        for (size_t i = 0; i < sent; i++) {
            done += crowd->calls[i].is_done;
        }
    }
}

static inline size_t crowd_answers(const struct crowd *crowd, int status)
{
    size_t count = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        count += crowd->calls[i].status == status;
    }
    return count;
}
