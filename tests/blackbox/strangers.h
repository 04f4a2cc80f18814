/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strangers - clients that mean no good: slow ones, many at once, and a shop whose answers are bombs.
 *
 * Each kind lives on a thread of its own and is told when to stop, so that honest traffic can be
 * timed meanwhile on the test's.
 */
#pragma once
#include "kill/served_child.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <zlib.h>

static inline int stranger_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 &&
        errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Room for so many descriptors in this process; false when the system allows fewer. */
static inline bool strangers_fit(size_t count)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    return limit.rlim_cur > count + 64;
}

/* ---- slow ones ---- */

#define DRIPS 2000

struct drips {
    int port;
    atomic_bool is_over;
    atomic_long connected, told_off; /* of all times; of those that were answered or closed */
    pthread_t thread;
    int fds[DRIPS];
};

/* Half of them never end their head, half never end their body. */
static inline bool drip_begin(struct drips *d, size_t i)
{
    static const char head[] = "POST /hooks/own HTTP/1.1\r\nHost: a\r\nX-Slow: ";
    static const char whole[] =
        "POST /hooks/own HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n";
    d->fds[i] = stranger_connect(d->port);
    if (d->fds[i] < 0) {
        return false;
    }
    struct pollfd p = {.fd = d->fds[i], .events = POLLOUT};
    const char *text = i % 2 ? head : whole;
    if (poll(&p, 1, 2000) != 1 || send(d->fds[i], text, strlen(text), MSG_NOSIGNAL) < 0) {
        close(d->fds[i]);
        d->fds[i] = -1;
        return false;
    }
    atomic_fetch_add(&d->connected, 1);
    return true;
}

static inline void *drips_run(void *arg)
{
    struct drips *d = arg;
    char answer[512];
    for (size_t i = 0; i < DRIPS; i++) {
        (void)drip_begin(d, i);
    }
    for (size_t i = 0; !atomic_load(&d->is_over); i = (i + 1) % DRIPS) {
        if (i % 100 == 0) {
            nap_us(50 * US_PER_MS); /* so that each sends a byte a second */
        }
        bool is_gone = d->fds[i] < 0 || send(d->fds[i], "a", 1, MSG_NOSIGNAL) < 0 ||
                       recv(d->fds[i], answer, sizeof(answer), 0) >= 0;
        if (is_gone) {
            atomic_fetch_add(&d->told_off, d->fds[i] >= 0);
            if (d->fds[i] >= 0) {
                close(d->fds[i]);
            }
            (void)drip_begin(d, i);
        }
    }
    for (size_t i = 0; i < DRIPS; i++) {
        if (d->fds[i] >= 0) {
            close(d->fds[i]);
        }
    }
    return NULL;
}

static inline void drips_start(struct drips *d, int port)
{
    memset(d, 0, sizeof(*d));
    d->port = port;
    memset(d->fds, -1, sizeof(d->fds));
    must(pthread_create(&d->thread, NULL, drips_run, d) == 0);
}

static inline void drips_stop(struct drips *d)
{
    atomic_store(&d->is_over, true);
    pthread_join(d->thread, NULL);
}

/* ---- a shop that answers with bombs ---- */

struct bomber {
    int listener, port;
    atomic_bool is_over;
    atomic_long asked, sent_bytes;
    pthread_t thread;
    char *bomb; /* one megabyte of zeros, packed, as a part that may be repeated */
    size_t bomb_size;
};

#define BOMB_PARTS 10240 /* of one MiB: 10 GiB unpacked */

static inline void bomb_make(struct bomber *b)
{
    static Bytef zeros[1 << 20];
    z_stream z = {0};
    b->bomb = malloc(1 << 16);
    must(b->bomb && deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = zeros;
    z.avail_in = sizeof(zeros);
    z.next_out = (Bytef *)b->bomb;
    z.avail_out = 1 << 16;
    must(deflate(&z, Z_FULL_FLUSH) == Z_OK && z.avail_in == 0);
    b->bomb_size = (size_t)((char *)z.next_out - b->bomb);
    deflateEnd(&z);
}

/* The first answer says gzip and packs 10 GiB into ten million bytes; the next is plain and has no
 * end. Each goes on until the server hangs up. */
static inline void bomber_answer(struct bomber *b, int fd, bool is_packed)
{
    char request[8192];
    static char spaces[65536];
    memset(spaces, ' ', sizeof(spaces));
    char head[256];
    int n =
        snprintf(head,
                 sizeof(head),
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sConnection: close\r\n\r\n",
                 is_packed ? "Content-Encoding: gzip\r\n" : "");
    (void)recv(fd, request, sizeof(request), 0);
    atomic_fetch_add(&b->asked, 1);
    bool goes_on = send(fd, head, (size_t)n, MSG_NOSIGNAL) == n;
    for (int i = 0; goes_on && i < BOMB_PARTS && !atomic_load(&b->is_over); i++) {
        /* The stream's head is part of the first piece only: the rest are its full-flushed blocks. */
        size_t skip = is_packed && i ? 10 : 0;
        const char *p = is_packed ? b->bomb + skip : spaces;
        size_t size = is_packed ? b->bomb_size - skip : sizeof(spaces);
        ssize_t sent = send(fd, p, size, MSG_NOSIGNAL);
        goes_on = sent == (ssize_t)size;
        atomic_fetch_add(&b->sent_bytes, sent > 0 ? sent : 0);
    }
}

static inline void *bomber_run(void *arg)
{
    struct bomber *b = arg;
    for (int nth = 0; !atomic_load(&b->is_over); nth++) {
        struct pollfd p = {.fd = b->listener, .events = POLLIN};
        if (poll(&p, 1, 100) != 1) {
            continue;
        }
        int fd = accept(b->listener, NULL, NULL);
        const struct timeval bound = {.tv_sec = 2};
        if (fd >= 0) {
            (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound));
            (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
            bomber_answer(b, fd, nth % 2 == 0);
            close(fd);
        }
    }
    return NULL;
}

static inline void bomber_start(struct bomber *b)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    memset(b, 0, sizeof(*b));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(b->listener >= 0 && bind(b->listener, (const struct sockaddr *)&at, size) == 0);
    must(listen(b->listener, 16) == 0);
    must(getsockname(b->listener, (struct sockaddr *)&at, &size) == 0);
    b->port = ntohs(at.sin_port);
    bomb_make(b);
    must(pthread_create(&b->thread, NULL, bomber_run, b) == 0);
}

static inline void bomber_stop(struct bomber *b)
{
    atomic_store(&b->is_over, true);
    pthread_join(b->thread, NULL);
    close(b->listener);
    free(b->bomb);
}
