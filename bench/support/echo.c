/* SPDX-License-Identifier: Apache-2.0 */
#include "support/echo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/bench.h"
#include "support/loopback.h"

#define REQUEST_MAX 4096
#define EVENTS 64

struct passing {
    int sinks[ECHO_CHANNELS];
    long units[ECHO_SKUS];
};

struct peer {
    int fd;
    bool is_sink; /* what it says is thrown away */
    size_t n;
    char in[REQUEST_MAX];
};

static void push(const struct passing *p, size_t channel, long sku)
{
    char body[128], text[512];
    int body_n = snprintf(body,
                          sizeof(body),
                          "{\"type\":\"stock.updated\",\"data\":{\"items\":[{\"sku\":\"SKU-%04ld\","
                          "\"quantity\":%ld}]}}",
                          sku,
                          p->units[sku]);
    int n = snprintf(text,
                     sizeof(text),
                     "POST /c%zu HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                     channel,
                     body_n,
                     body);
    must(n > 0 && (size_t)n < sizeof(text));
    loopback_write(p->sinks[channel], (struct slice){text, (size_t)n});
}

static void pass_on(struct passing *p, const struct peer *peer, struct slice body)
{
    static const char path[] = "POST /hooks/shop-", sku_key[] = "\"sku\":\"SKU-";
    must(slice_starts((struct slice){peer->in, peer->n}, path));
    size_t own = (size_t)(peer->in[sizeof(path) - 1] - '0');
    const char *at = memmem(body.p, body.n, sku_key, sizeof(sku_key) - 1);
    int64_t sku = -1;
    must(at && slice_int((struct slice){at + sizeof(sku_key) - 1, 4}, &sku));
    p->units[sku]--;
    loopback_write(peer->fd, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    for (size_t channel = 0; channel < ECHO_CHANNELS; channel++) {
        if (channel != own) {
            push(p, channel, (long)sku);
        }
    }
}

static void on_readable(struct passing *p, struct peer *peer)
{
    ssize_t n = read(peer->fd, peer->in + peer->n, REQUEST_MAX - peer->n);
    struct slice body;
    size_t size;
    if (n <= 0) {
        close(peer->fd);
        free(peer);
        return;
    }
    peer->n = peer->is_sink ? 0 : peer->n + (size_t)n;
    if (peer->n && loopback_request_read((struct slice){peer->in, peer->n}, &body, &size)) {
        pass_on(p, peer, body);
        peer->n = 0; /* one request at a time */
    }
}

static struct peer *peer_add(int epoll, int fd, bool is_sink)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    must(peer);
    peer->fd = fd;
    peer->is_sink = is_sink;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    return peer;
}

static void serve(int listener, int sink_port, long units)
{
    struct passing p;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    must(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
    for (size_t i = 0; i < ECHO_SKUS; i++) {
        p.units[i] = units;
    }
    for (size_t i = 0; i < ECHO_CHANNELS; i++) {
        p.sinks[i] = loopback_connect(sink_port);
        peer_add(epoll, p.sinks[i], true);
    }
    for (;;) { /* until the signal */
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr) {
                on_readable(&p, events[i].data.ptr);
            } else {
                peer_add(epoll, loopback_accept(listener), false);
            }
        }
    }
}

void echo_start(struct echo *echo, int sink_port, long units)
{
    int listener = loopback_listen(&echo->port);
    fflush(stdout);
    echo->pid = fork();
    must(echo->pid >= 0);
    if (echo->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener, sink_port, units);
    }
    close(listener);
}

void echo_stop(struct echo *echo)
{
    must(kill(echo->pid, SIGKILL) == 0);
    must(waitpid(echo->pid, NULL, 0) == echo->pid);
}
