/* SPDX-License-Identifier: Apache-2.0 */
#include "support/load.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "support/loopback.h"

#define CONNECTIONS_MAX 256
#define ANSWER_MAX 8192

struct client {
    int fd;
    int64_t sent_us;
    size_t in_n;
    char in[ANSWER_MAX];
};

struct loading {
    const struct load *load;
    struct load_result *out;
    struct client *clients;
    size_t made, open;
    int64_t end_us;
};

/* False when there is no more to send. */
static bool send_next(struct loading *l, struct client *client)
{
    static char request[LOAD_REQUEST_MAX];
    int64_t now = bench_now_us();
    if (l->made == l->load->count_max || now >= l->end_us) {
        return false;
    }
    size_t n = l->load->make(l->load->arg, l->load->first + l->made, request);
    must(n <= LOAD_REQUEST_MAX);
    l->made++;
    client->in_n = 0;
    client->sent_us = bench_now_us();
    loopback_write(client->fd, (struct slice){request, n});
    return true;
}

static void count_answer(struct loading *l, const struct client *client, int status)
{
    struct load_result *out = l->out;
    out->answered++;
    out->status_2xx += status >= 200 && status < 300;
    out->status_409 += status == 409;
    samples_add(&out->latency, bench_now_us() - client->sent_us);
}

static void on_readable(struct loading *l, struct client *client)
{
    struct loopback_answer answer;
    ssize_t n = read(client->fd, client->in + client->in_n, ANSWER_MAX - client->in_n);
    bench_need(n > 0, "the server closed a connection under load");
    client->in_n += (size_t)n;
    if (!loopback_answer_read((struct slice){client->in, client->in_n}, &answer)) {
        bench_need(client->in_n < ANSWER_MAX, "an answer is larger than %d bytes", ANSWER_MAX);
        return;
    }
    count_answer(l, client, answer.status);
    if (!send_next(l, client)) {
        close(client->fd);
        l->open--;
    }
}

void load_run(const struct load *load, struct load_result *out)
{
    must(load->connections <= CONNECTIONS_MAX);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct client *clients = calloc(load->connections, sizeof(*clients));
    must(epoll >= 0 && clients);
    *out = (struct load_result){0};
    samples_init(&out->latency, load->count_max);
    struct loading l = {.load = load, .out = out, .clients = clients};
    for (size_t i = 0; i < load->connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        clients[i].fd = loopback_connect(load->port);
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) == 0);
    }
    int64_t began_us = bench_now_us();
    l.end_us = began_us + load->duration_us;
    for (size_t i = 0; i < load->connections; i++) {
        if (send_next(&l, &clients[i])) {
            l.open++;
        } else {
            close(clients[i].fd);
        }
    }
    while (l.open) {
        struct epoll_event events[CONNECTIONS_MAX];
        int ready = epoll_wait(epoll, events, CONNECTIONS_MAX, 30000);
        bench_need(ready > 0, "nothing was answered for 30 s");
        for (int i = 0; i < ready; i++) {
            on_readable(&l, events[i].data.ptr);
        }
    }
    out->elapsed_us = bench_now_us() - began_us;
    close(epoll);
    free(clients);
}
