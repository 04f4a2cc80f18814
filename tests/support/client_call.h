/* SPDX-License-Identifier: Apache-2.0 */
/* client_call - outbound calls made from a test's thread in a server_world, and blocking peers for
 * them. */
#pragma once
#include "support/server_world.h"

/* ---- a call made from the test's thread ---- */

struct outcome {
    struct env_call call;
    enum err err;
    struct err_note note;
    int status;
    char headers[4096], body[4096];
    size_t headers_count, body_size;
    int64_t sent_us, answered_us, begun_us;
    sem_t done;
};

static inline void on_reply(void *arg, const struct env_reply *reply)
{
    struct outcome *out = arg;
    const struct http_response *response = &reply->response;
    out->err = reply->err;
    out->note = reply->note;
    out->status = response->status;
    out->headers_count = response->headers_count;
    size_t at = 0;
    for (size_t i = 0; i < response->headers_count; i++) {
        at += (size_t)snprintf(out->headers + at,
                               sizeof(out->headers) - at,
                               "%.*s=%.*s\n",
                               SLICE_ARG(response->headers[i].name),
                               SLICE_ARG(response->headers[i].value));
        must(at < sizeof(out->headers));
    }
    out->body_size = response->body.n;
    size_t n = response->body.n < sizeof(out->body) ? response->body.n : sizeof(out->body) - 1;
    if (n) {
        memcpy(out->body, response->body.p, n);
    }
    out->body[n] = '\0';
    out->sent_us = reply->sent_us;
    out->answered_us = reply->answered_us;
    sem_post(&out->done);
}

static inline void call_begin(struct world *world, void *arg)
{
    struct outcome *out = arg;
    out->begun_us = env_mono_us(world->env);
    world->env->ops->http(world->env, &out->call, on_reply, out);
}

static inline void call_start(struct world *world, struct outcome *out)
{
    must(sem_init(&out->done, 0, 0) == 0);
    world_do(world, call_begin, out);
}

static inline void call_wait(struct outcome *out)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    must(sem_timedwait(&out->done, &until) == 0);
    sem_destroy(&out->done);
}

static inline struct outcome call_of(struct world *world, struct env_call call)
{
    struct outcome out = {.call = call};
    call_start(world, &out);
    call_wait(&out);
    return out;
}

/* "http://127.0.0.1:PORT/path", in a buffer that lives as long as the test. */
static inline struct slice url_of(char out[128], const char *host, int port, const char *path)
{
    int n = snprintf(out, 128, "%s:%d%s", host, port, path);
    return (struct slice){out, (size_t)n};
}

static inline struct outcome get(struct world *world, int port, const char *path)
{
    char url[128];
    return call_of(
        world,
        (struct env_call){
            .request = {.method = SLICE("GET"), .url = url_of(url, "http://127.0.0.1", port, path)},
            .private_ok = true,
        });
}

static inline void expect_err(const struct outcome *out, enum err err, const char *note)
{
    if (out->err != err || !strstr(out->note.text, note)) {
        fail_msg("%s: %s, status %d", err_name(out->err), out->note.text, out->status);
    }
}

/* ---- peers played by the test itself ---- */

static inline int peer_listen(int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0);
    socket_bound_waits(fd);
    must(bind(fd, (const struct sockaddr *)&address, size) == 0 && listen(fd, 16) == 0);
    must(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static inline int peer_accept(int listener)
{
    int fd = accept(listener, NULL, NULL);
    must(fd >= 0);
    socket_bound_waits(fd);
    return fd;
}

/* Reads one request whose body is "body". */
static inline void peer_read_request(int fd)
{
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    do {
        must(client_read(fd, &in, in.n + 1));
    } while (!memmem(in.p, in.n, "\r\n\r\nbody", 8));
}

static inline void post_start(struct world *world, struct outcome *out, char url[128], int port)
{
    *out =
        (struct outcome){.call = {.request = {.method = SLICE("POST"),
                                              .url = url_of(url, "http://127.0.0.1", port, "/push"),
                                              .body = SLICE("body")},
                                  .timeout_us = 5 * US_PER_S,
                                  .private_ok = true}};
    call_start(world, out);
}
