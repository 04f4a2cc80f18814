/* SPDX-License-Identifier: Apache-2.0 */
/*
 * served - a running `truecount serve` and a sandbox of shops, for scenarios over real sockets.
 *
 * The server is a child process with a data directory of its own; the shops live in the test's
 * process, on its loop, which runs while the test waits. served_call is one call of the API;
 * UNTIL runs the loop until a condition holds, and fails the test behind its deadline. A scenario
 * ends with served_end: SIGTERM, and `truecount verify` must find nothing wrong.
 */
#pragma once
#include "support/child.h"

#include <sys/mount.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/times.h"
#include "drill/sandbox.h"
#include "env/env_uv.h"

#define SERVED_START_S 20

struct served {
    char directory[64], data[96], log[96], listen[32];
    pid_t child;    /* 0: not running */
    bool is_public; /* the next start is told its own address as the public one */
    int port;
    struct env_uv *uv;
    struct env *env;
    struct sandbox *sandbox;
    struct env_timer *timer;
    struct json_doc *doc;
    struct arena arena; /* of the last answer */
    struct buf body;    /* of the next request */
    bool is_answered;
    /* The last answer; the texts live until the next call. */
    enum err err;
    int status;
    struct slice text;
    struct json json;
};

/* ---- the loop ---- */

static inline void served_stop_loop(void *arg)
{
    struct served *s = arg;
    env_uv_stop(s->uv);
}

/* Runs the loop for a moment. */
static inline void served_run(struct served *s, int64_t for_us)
{
    s->env->ops->timer_set(s->timer, for_us);
    env_uv_run(s->uv);
}

static inline int64_t served_after(struct served *s, double seconds)
{
    return env_mono_us(s->env) + (int64_t)(seconds * (double)US_PER_S);
}

static inline void served_print_log(const struct served *s)
{
    char *log = file_text(s->log);
    size_t n = strlen(log);
    fprintf(stderr, "---- the server's log, its end ----\n%s\n", n > 6000 ? log + n - 6000 : log);
    free(log);
}

static inline void served_wait(
    struct served *s, int64_t deadline_us, const char *condition, const char *file, int line)
{
    if (env_mono_us(s->env) > deadline_us) {
        fprintf(stderr,
                "not in time: %s\nlast answer %d: %.*s\n",
                condition,
                s->status,
                (int)(s->text.n < 9000 ? s->text.n : 9000),
                s->text.p);
        served_print_log(s);
        _fail(file, line);
    }
    served_run(s, 5 * US_PER_MS);
}

/* Waits for a condition, at most so many seconds. */
#define UNTIL(s, seconds, condition)                                                               \
    for (int64_t until_us = served_after((s), (seconds)); !(condition);)                           \
    served_wait((s), until_us, #condition, __FILE__, __LINE__)

/* ---- calls ---- */

static inline void served_on_reply(void *arg, const struct env_reply *reply)
{
    struct served *s = arg;
    s->err = reply->err;
    s->status = reply->err ? 0 : reply->response.status;
    s->text = reply->err ? (struct slice){0} : arena_copy(&s->arena, reply->response.body);
    s->is_answered = true;
    env_uv_stop(s->uv);
}

/* One call with headers of the caller's; the answer lies in s. Gives the status, 0 without one. */
static inline int served_send(struct served *s,
                              const char *method,
                              struct slice path,
                              const struct http_header *headers,
                              size_t headers_count,
                              struct slice body)
{
    struct err_note note;
    char url[1024];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%.*s", s->port, SLICE_ARG(path));
    const struct env_call call = {.request = {.method = slice_of(method),
                                              .url = slice_of(url),
                                              .headers = headers,
                                              .headers_count = headers_count,
                                              .body = body},
                                  .private_ok = true};
    arena_clear(&s->arena);
    s->is_answered = false;
    s->json = (struct json){0};
    s->env->ops->http(s->env, &call, served_on_reply, s);
    while (!s->is_answered) {
        env_uv_run(s->uv);
    }
    if (s->text.n && json_parse(s->doc, s->text, &s->json, &note)) {
        s->json = (struct json){0};
    }
    return s->status;
}

/* One call of the API as the administrator, with s->body as its body. */
static inline int served_api(struct served *s, const char *method, struct slice path)
{
    static const struct http_header headers[] = {
        {{"Authorization", 13}, {"Bearer " CHILD_TOKEN, sizeof("Bearer " CHILD_TOKEN) - 1}},
        {{"Content-Type", 12}, {"application/json", 16}}};
    return served_send(s, method, path, headers, COUNT_OF(headers), buf_view(&s->body));
}

static inline int PRINTF_LIKE(2, 3) served_get(struct served *s, const char *path, ...)
{
    char text[600];
    va_list args;
    va_start(args, path);
    int n = vsnprintf(text, sizeof(text), path, args);
    va_end(args);
    must(n > 0 && (size_t)n < sizeof(text));
    buf_clear(&s->body);
    return served_api(s, "GET", (struct slice){text, (size_t)n});
}

/* A write whose body is printed; single quotes in it stand for double ones. */
static inline int PRINTF_LIKE(4, 5)
    served_write(struct served *s, const char *method, const char *path, const char *body, ...)
{
    char text[16384];
    va_list args;
    va_start(args, body);
    int n = vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    must(n >= 0 && (size_t)n < sizeof(text));
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    buf_clear(&s->body);
    buf_slice(&s->body, (struct slice){text, (size_t)n});
    return served_api(s, method, slice_of(path));
}

static inline void served_wanted(struct served *s, int status, const char *file, int line)
{
    if (s->status != status) {
        fprintf(stderr,
                "answer %d (%s): %.*s\n",
                s->status,
                err_text(s->err),
                (int)(s->text.n < 9000 ? s->text.n : 9000),
                s->text.p);
        served_print_log(s);
        _fail(file, line);
    }
}

/* WRITE(&s, 201, "POST", "/v1/skus", "{'sku':'%s'}", "TEE"): the call, and the status it wants. */
#define WRITE(s, wanted, ...)                                                                      \
    do {                                                                                           \
        served_write((s), __VA_ARGS__);                                                            \
        served_wanted((s), (wanted), __FILE__, __LINE__);                                          \
    } while (0)
#define GET(s, ...)                                                                                \
    do {                                                                                           \
        served_get((s), __VA_ARGS__);                                                              \
        served_wanted((s), 200, __FILE__, __LINE__);                                               \
    } while (0)

/* ---- what an answer says ---- */

static inline int64_t said_int(struct json object, const char *key)
{
    int64_t n = INT64_MIN;
    if (!json_int(json_get(object, key), &n)) {
        fail_msg("no number '%s' in the answer", key);
    }
    return n;
}

static inline struct slice said_text(struct json object, const char *key)
{
    struct slice text = {0};
    (void)json_text(json_get(object, key), &text);
    return text;
}

/* The nth member of a list. */
static inline struct json said_at(struct json list, size_t nth)
{
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (nth-- == 0) {
            return i.value;
        }
    }
    return (struct json){0};
}

/* ---- start and end ---- */

static inline void served_log_port(struct served *s)
{
    struct err_note note;
    char *log = file_text(s->log);
    struct slice rest = slice_of(log), line;
    while (rest.n) {
        struct json entry;
        slice_cut(&rest, '\n', &line);
        if (json_parse(s->doc, line, &entry, &note) == ERR_OK &&
            slice_is(said_text(entry, "msg"), "listening")) {
            s->port = (int)said_int(entry, "port");
        }
    }
    free(log);
}

/* Starts the server on the test's data; on the port it had before, if it had one. */
static inline void served_start(struct served *s)
{
    int code = 0, before = s->port;
    int64_t deadline_us = served_after(s, SERVED_START_S);
    snprintf(s->listen, sizeof(s->listen), "127.0.0.1:%d", before);
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", before);
    const char *const args[] = {"serve",
                                "--data",
                                s->data,
                                "--listen",
                                s->listen,
                                "--allow-private-channels",
                                s->is_public ? "--public-url" : NULL,
                                url,
                                NULL};
    assert_int_equal(s->child, 0);
    s->port = 0;
    (void)unlink(s->log);
    s->child = child_start(s->log, args);
    while (s->port == 0) {
        served_wait(s, deadline_us, "the server listens", __FILE__, __LINE__);
        if (child_ended(s->child, &code)) {
            s->child = 0;
            /* The system may have lent the port to somebody's outbound connection meanwhile. */
            char *log = file_text(s->log);
            bool is_taken = before && strstr(log, "in use");
            free(log);
            if (!is_taken) {
                served_print_log(s);
                fail_msg("the server did not start: exit code %d", code);
            }
            s->child = child_start(s->log, args);
        }
        served_log_port(s);
    }
    UNTIL(s, SERVED_START_S, served_get(s, "/readyz") == 200);
}

/* kill -9, as a power cut would. */
static inline void served_kill(struct served *s)
{
    int code = 0;
    assert_int_equal(kill(s->child, SIGKILL), 0);
    UNTIL(s, 10, child_ended(s->child, &code));
    s->child = 0;
    assert_int_equal(code, 128 + SIGKILL);
}

/* SIGTERM, and it must go by itself. */
static inline void served_stop(struct served *s)
{
    int code = -1;
    assert_int_equal(kill(s->child, SIGTERM), 0);
    UNTIL(s, 40, child_ended(s->child, &code));
    s->child = 0;
    if (code != 0) {
        served_print_log(s);
        fail_msg("the server ended with %d", code);
    }
}

static inline void served_verify(struct served *s)
{
    char out[128], *text = NULL;
    snprintf(out, sizeof(out), "%s/verify", s->directory);
    int code = child_run(out, (const char *const[]){"verify", "--data", s->data, NULL}, &text);
    if (code != 0) {
        fprintf(stderr, "verify: %d\n%s\n", code, text);
        served_print_log(s);
    }
    free(text);
    assert_int_equal(code, 0);
}

/* The canonical dump of a stopped server; the caller frees it. */
static inline char *served_dump(struct served *s)
{
    char out[128], *text = NULL;
    snprintf(out, sizeof(out), "%s/dump", s->directory);
    int code = child_run(
        out, (const char *const[]){"dump", "--canonical", "--data", s->data, NULL}, &text);
    assert_int_equal(code, 0);
    return text;
}

static inline bool served_nothing_flies(struct served *s)
{
    return sandbox_stats(s->sandbox).sum.hooks_flying == 0;
}

/* The end of every scenario. */
static inline void served_end(struct served *s)
{
    if (s->child) {
        served_stop(s);
    }
    served_verify(s);
}

static inline int served_setup(void **state)
{
    struct err_note note;
    struct served *s = calloc(1, sizeof(*s));
    must(s);
    *state = s;
    assert_int_equal(crypto_init(), ERR_OK);
    snprintf(s->directory, sizeof(s->directory), "/tmp/truecount-scenario-XXXXXX");
    assert_non_null(mkdtemp(s->directory));
    snprintf(s->data, sizeof(s->data), "%s/data", s->directory);
    snprintf(s->log, sizeof(s->log), "%s/log", s->directory);
    arena_init(&s->arena, (size_t)1 << 28);
    buf_init(&s->body, (size_t)1 << 24);
    s->doc = json_doc_new();
    assert_non_null(s->doc);
    assert_int_equal(env_uv_new(&s->uv, &note), ERR_OK);
    s->env = env_uv_env(s->uv);
    s->timer = s->env->ops->timer_new(s->env, served_stop_loop, s);
    int port = 0;
    struct sandbox_options options = {.seed = 11};
    assert_int_equal(sandbox_new(s->env, &options, &s->sandbox, &port, &note), ERR_OK);
    return 0;
}

/* Also after a failure: nothing stays behind. */
static inline int served_teardown(void **state)
{
    struct served *s = *state;
    int status;
    if (s->child) {
        kill(s->child, SIGKILL);
        waitpid(s->child, &status, 0);
    }
    /* A call under way when the env ends is never heard of again. */
    for (int i = 0; i < 2000 && !served_nothing_flies(s); i++) {
        served_run(s, 5 * US_PER_MS);
    }
    sandbox_free(s->sandbox);
    s->env->ops->timer_free(s->timer);
    env_uv_free(s->uv);
    json_doc_free(s->doc);
    buf_free(&s->body);
    arena_free(&s->arena);
    (void)umount2(s->data, MNT_DETACH); /* a scenario may have mounted it */
    directory_remove(s->directory);
    free(s);
    return 0;
}

#define SCENARIO(test) cmocka_unit_test_setup_teardown(test, served_setup, served_teardown)
