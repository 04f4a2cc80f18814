/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_world - a server on the real loop in a thread of its own, and a blocking client for tests.
 *
 * world_do runs a function on the loop's thread and waits for it: the test's only way to touch the
 * server. Waiting is always bounded: a socket that says nothing for 10 s fails the test.
 */
#pragma once
#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/crypto.h"
#include "env/env_uv.h"
#include "intake/http_server.h"

struct world {
    struct env_uv *uv;
    struct env *env;
    struct http_server *server;
    int port;
    pthread_t thread;
    struct env_wake *wake;
    sem_t done;
    void (*todo)(struct world *world, void *arg);
    void *todo_arg;

    struct http_exchange
        *held[1100]; /* requests to /hold, in order of arrival; loop's thread only */
    size_t held_count;
};

static inline void *world_thread(void *arg)
{
    env_uv_run(((struct world *)arg)->uv);
    return NULL;
}

static inline void world_woken(void *arg)
{
    struct world *world = arg;
    world->todo(world, world->todo_arg);
    sem_post(&world->done);
}

static inline void world_do(struct world *world, void (*todo)(struct world *, void *), void *arg)
{
    struct timespec until;
    world->todo = todo;
    world->todo_arg = arg;
    world->env->ops->wake_send(world->wake);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    must(sem_timedwait(&world->done, &until) == 0);
}

/* limits may be NULL. The handler gets the world as its argument. */
static inline void
world_start(struct world *world, const struct http_limits *limits, http_handler_fn *handler)
{
    struct err_note note;
    *world = (struct world){0};
    must(crypto_init() == ERR_OK);
    must(env_uv_new(&world->uv, &note) == ERR_OK);
    world->env = env_uv_env(world->uv);
    world->wake = world->env->ops->wake_new(world->env, world_woken, world);
    must(world->wake && sem_init(&world->done, 0, 0) == 0);
    must(http_server_new(world->env,
                         "127.0.0.1",
                         0,
                         limits,
                         handler,
                         world,
                         &world->server,
                         &world->port,
                         &note) == ERR_OK);
    must(pthread_create(&world->thread, NULL, world_thread, world) == 0);
}

static inline void world_stop(struct world *world, void *arg)
{
    (void)arg;
    env_uv_stop(world->uv);
}

static inline void world_free(struct world *world)
{
    world_do(world, world_stop, NULL);
    must(pthread_join(world->thread, NULL) == 0);
    http_server_free(world->server);
    world->env->ops->wake_free(world->wake);
    env_uv_free(world->uv);
    sem_destroy(&world->done);
}

static inline void world_count_held(struct world *world, void *arg)
{
    *(size_t *)arg = world->held_count;
}

static inline void world_read_counters(struct world *world, void *arg)
{
    *(struct http_counters *)arg = http_server_counters(world->server);
}

static inline struct http_counters world_counters(struct world *world)
{
    struct http_counters counters;
    world_do(world, world_read_counters, &counters);
    return counters;
}

/* Waits a little, for a condition that is looked at again and again; false when it took too long.
 */
static inline bool soon(int64_t *spent_us)
{
    usleep(1000);
    *spent_us += 1000;
    return *spent_us < 10 * US_PER_S;
}

static inline void world_await_held(struct world *world, size_t wanted)
{
    size_t count = 0;
    int64_t spent_us = 0;
    do {
        world_do(world, world_count_held, &count);
    } while (count < wanted && soon(&spent_us));
    must(count >= wanted);
}

/* ---- a blocking client ---- */

static inline void socket_bound_waits(int fd)
{
    struct timeval limit = {.tv_sec = 10};
    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
    must(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
}

static inline int client_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    socket_bound_waits(fd);
    must(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

static inline void client_send(int fd, const char *text)
{
    struct slice left = slice_of(text);
    while (left.n) {
        ssize_t n = send(fd, left.p, left.n, MSG_NOSIGNAL);
        must(n > 0);
        left = slice_from(left, (size_t)n);
    }
}

/* Reads until `in` holds at least n bytes; false at the end of the stream. */
static inline bool client_read(int fd, struct buf *in, size_t n)
{
    static _Thread_local char part[65536];
    while (in->n < n) {
        ssize_t got = recv(fd, part, sizeof(part), 0);
        if (got <= 0) {
            return false;
        }
        buf_put(in, part, (size_t)got);
        must(!in->overflow);
    }
    return true;
}

struct answer {
    int status; /* 0: the connection ended first */
    struct buf head, body;
};

static inline void answer_free(struct answer *answer)
{
    buf_free(&answer->head);
    buf_free(&answer->body);
}

static inline struct slice answer_header(const struct answer *answer, const char *name)
{
    struct slice rest = buf_view(&answer->head), line, key;
    while (slice_cut(&rest, '\n', &line)) {
        if (slice_cut(&line, ':', &key) && slice_equal_nocase(key, slice_of(name))) {
            return slice_trim(line);
        }
    }
    return (struct slice){0};
}

/* One answer off the stream; what follows stays in `in` for the next. */
static inline struct answer client_answer_with(int fd, struct buf *in, bool is_head)
{
    struct answer answer = {0};
    int64_t status = 0, size = 0;
    const char *end = NULL;

    buf_init(&answer.head, (size_t)1 << 20);
    buf_init(&answer.body, (size_t)64 << 20);
    while (!(end = in->n ? memmem(in->p, in->n, "\r\n\r\n", 4) : NULL)) {
        if (!client_read(fd, in, in->n + 1)) {
            return answer;
        }
    }
    size_t head_size = (size_t)(end - in->p) + 4;
    buf_put(&answer.head, in->p, head_size);
    buf_drop(in, head_size);
    must(slice_int((struct slice){answer.head.p + 9, 3}, &status));
    struct slice length = answer_header(&answer, "content-length");
    if (length.n && !is_head) {
        must(slice_int(length, &size));
        if (!client_read(fd, in, (size_t)size)) {
            return answer;
        }
        buf_put(&answer.body, in->p, (size_t)size);
        buf_drop(in, (size_t)size);
    }
    answer.status = (int)status;
    return answer;
}

static inline struct answer client_answer(int fd, struct buf *in)
{
    return client_answer_with(fd, in, false);
}

/* Sends, reads one answer; its status, or 0 when the connection ended first. */
static inline int client_ask(int fd, const char *request)
{
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, (size_t)64 << 20);
    client_send(fd, request);
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    return answer.status;
}

/* True when the peer has closed and sent nothing more. */
static inline bool client_at_end(int fd)
{
    char byte;
    return recv(fd, &byte, 1, 0) == 0;
}
