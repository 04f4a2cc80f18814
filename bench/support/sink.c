/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sink.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/loopback.h"

#define PEERS_MAX 64
#define REQUEST_MAX ((size_t)4 * 1024 * 1024)

struct peer {
    int fd;
    struct buf in;
};

static uint64_t rows_of(struct slice body)
{
    static const char key[] = "\"quantity\":";
    uint64_t rows = 0;
    const char *at = body.p, *end = body.p + body.n;
    while (at && (at = memmem(at, (size_t)(end - at), key, sizeof(key) - 1))) {
        at += sizeof(key) - 1;
        rows++;
    }
    return rows;
}

static void requests_take(struct peer *peer, volatile struct sink_counts *counts)
{
    struct slice text = buf_view(&peer->in), body;
    size_t size = 0;
    while (text.n && loopback_request_read(text, &body, &size)) {
        int64_t now_us = bench_now_us();
        counts->first_us = counts->requests ? counts->first_us : now_us;
        counts->last_us = now_us;
        counts->requests++;
        counts->rows += rows_of(body);
        loopback_write(peer->fd, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
        text = slice_from(text, size);
    }
    if (text.n) {
        memmove(peer->in.p, text.p, text.n);
    }
    peer->in.n = text.n;
}

static void peer_close(struct peer *peer)
{
    close(peer->fd);
    buf_free(&peer->in);
    peer->fd = -1;
}

static void serve(int listener, volatile struct sink_counts *counts)
{
    static char in[65536];
    struct peer peers[PEERS_MAX];
    struct pollfd polls[PEERS_MAX + 1] = {{.fd = listener, .events = POLLIN}};
    for (size_t i = 0; i < PEERS_MAX; i++) {
        peers[i] = (struct peer){.fd = -1};
    }
    for (;;) {
        for (size_t i = 0; i < PEERS_MAX; i++) { /* poll passes over negative ones */
            polls[i + 1] = (struct pollfd){.fd = peers[i].fd, .events = POLLIN};
        }
        must(poll(polls, PEERS_MAX + 1, -1) > 0);
        for (size_t i = 0; i < PEERS_MAX; i++) {
            if (peers[i].fd < 0 || !polls[i + 1].revents) {
                continue;
            }
            ssize_t n = read(peers[i].fd, in, sizeof(in));
            if (n <= 0) {
                peer_close(&peers[i]);
                continue;
            }
            buf_put(&peers[i].in, in, (size_t)n);
            bench_need(!peers[i].in.overflow, "a push is larger than the sink takes");
            requests_take(&peers[i], counts);
        }
        for (size_t i = 0; i < PEERS_MAX && polls[0].revents; i++) {
            if (peers[i].fd < 0) {
                peers[i].fd = loopback_accept(listener);
                buf_init(&peers[i].in, REQUEST_MAX);
                break;
            }
        }
    }
}

void sink_start(struct sink *sink)
{
    int listener = loopback_listen(&sink->port);
    sink->counts = mmap(NULL,
                        sizeof(struct sink_counts),
                        PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS,
                        -1,
                        0);
    must(sink->counts != MAP_FAILED);
    fflush(stdout);
    sink->pid = fork();
    must(sink->pid >= 0);
    if (sink->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_IGN);
        serve(listener, sink->counts);
        _exit(0);
    }
    close(listener);
}

void sink_stop(struct sink *sink)
{
    must(kill(sink->pid, SIGKILL) == 0);
    must(waitpid(sink->pid, NULL, 0) == sink->pid);
}

void sink_clear(struct sink *sink)
{
    sink->counts->requests = sink->counts->rows = 0;
    sink->counts->first_us = sink->counts->last_us = 0;
}

bool sink_await(const struct sink *sink, uint64_t rows, int64_t for_us)
{
    int64_t until_us = bench_now_us() + for_us;
    while (sink->counts->rows < rows && bench_now_us() < until_us) {
        usleep(500);
    }
    return sink->counts->rows >= rows;
}
