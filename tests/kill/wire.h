/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire - one HTTP/1.1 connection to the server, written and read by hand.
 *
 * wire_ask hands a request to the connection and returns; wire_read takes what has come and says
 * whether the answer is whole. Nothing blocks unless wire_wait is asked to. A connection that
 * breaks before the answer is whole leaves the request unanswered: that is what is studied here.
 */
#pragma once
#include "testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"

#define WIRE_MAX ((size_t)16 << 20)

enum wire_state { WIRE_CLOSED, WIRE_IDLE, WIRE_BUSY, WIRE_ANSWERED, WIRE_BROKEN };

struct wire {
    int fd;
    enum wire_state state;
    size_t sent; /* of out */
    struct buf out, in;
    int status;        /* of the last answer */
    struct slice body; /* lies in `in` until the next request */
};

static inline int64_t mono_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static inline void nap_us(int64_t us)
{
    const struct timespec pause = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000};
    nanosleep(&pause, NULL);
}

static inline void wire_init(struct wire *w)
{
    *w = (struct wire){.fd = -1};
    buf_init(&w->out, WIRE_MAX);
    buf_init(&w->in, WIRE_MAX);
}

static inline void wire_close(struct wire *w)
{
    if (w->fd >= 0) {
        close(w->fd);
    }
    w->fd = -1;
    w->state = WIRE_CLOSED;
}

static inline void wire_free(struct wire *w)
{
    wire_close(w);
    buf_free(&w->out);
    buf_free(&w->in);
}

static inline bool wire_open(struct wire *w, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wire_close(w);
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(w->fd >= 0);
    if (connect(w->fd, (const struct sockaddr *)&to, sizeof(to)) != 0 ||
        fcntl(w->fd, F_SETFL, O_NONBLOCK) != 0) {
        wire_close(w);
        return false;
    }
    (void)setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    w->state = WIRE_IDLE;
    return true;
}

static inline void wire_write(struct wire *w)
{
    while (w->state == WIRE_BUSY && w->sent < w->out.n) {
        ssize_t n = send(w->fd, w->out.p + w->sent, w->out.n - w->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n <= 0) { /* there may be an answer all the same: reading tells */
            w->sent = w->out.n;
            return;
        }
        w->sent += (size_t)n;
    }
}

/* headers: whole lines, each with its CRLF. */
static inline void wire_ask(
    struct wire *w, const char *method, const char *path, const char *headers, struct slice body)
{
    must(w->state == WIRE_IDLE || w->state == WIRE_ANSWERED);
    buf_clear(&w->out);
    buf_clear(&w->in);
    w->sent = 0;
    w->body = (struct slice){0};
    buf_printf(&w->out,
               "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n",
               method,
               path,
               headers,
               body.n);
    buf_slice(&w->out, body);
    must(!w->out.overflow);
    w->state = WIRE_BUSY;
    wire_write(w);
}

/* The answer is whole when its head and as many bytes as it announces are there. */
static inline void wire_look(struct wire *w)
{
    struct slice all = buf_view(&w->in);
    const char *end = all.n ? memmem(all.p, all.n, "\r\n\r\n", 4) : NULL;
    if (!end) {
        return;
    }
    struct slice head = {all.p, (size_t)(end - all.p) + 2}, line;
    int64_t length = 0, status = 0;
    if (!slice_starts(head, "HTTP/1.1 ") || !slice_int((struct slice){all.p + 9, 3}, &status)) {
        fail_msg("not an answer: %.*s", SLICE_ARG(head));
    }
    while (slice_cut(&head, '\n', &line)) {
        struct slice name;
        if (slice_cut(&line, ':', &name) && slice_equal_nocase(name, SLICE("content-length"))) {
            must(slice_int(slice_trim(line), &length));
        }
    }
    struct slice rest = slice_from(all, (size_t)(end - all.p) + 4);
    if ((int64_t)rest.n >= length) {
        w->status = (int)status;
        w->body = (struct slice){rest.p, (size_t)length};
        w->state = WIRE_ANSWERED;
    }
}

static inline void wire_read(struct wire *w)
{
    char part[16384];
    wire_write(w);
    while (w->state == WIRE_BUSY) {
        ssize_t n = recv(w->fd, part, sizeof(part), 0);
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n <= 0) {
            w->state = WIRE_BROKEN;
            return;
        }
        buf_put(&w->in, part, (size_t)n);
        wire_look(w);
    }
}

/* Until the answer is whole, the connection breaks or the time is over. */
static inline bool wire_wait(struct wire *w, int64_t for_us)
{
    int64_t until_us = mono_us() + for_us;
    wire_read(w);
    while (w->state == WIRE_BUSY && mono_us() < until_us) {
        struct pollfd p = {.fd = w->fd, .events = POLLIN};
        p.events |= w->sent < w->out.n ? POLLOUT : 0;
        (void)poll(&p, 1, (int)((until_us - mono_us()) / 1000) + 1);
        wire_read(w);
    }
    return w->state == WIRE_ANSWERED;
}
