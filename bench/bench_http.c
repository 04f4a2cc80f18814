/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_http - the server alone: a 4 KB POST answered with a few bytes, 64 connections over
 * loopback.
 *
 * The server runs in a child process, so that its CPU time can be told from the clients'. The
 * clients are one thread that keeps one request in flight on each connection. The floor is the same
 * child answering with bare epoll and no parsing at all: what the kernel alone costs on this
 * machine.
 *
 * The last run turns it round: our outbound calls against our server, plain HTTP, kept alive.
 *
 *   build/release/bench/bench_http [seconds]      default 2 for each of the three runs, at most 5
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <netinet/tcp.h>

#include "base/crypto.h"
#include "env/env_uv.h"
#include "intake/http_server.h"

#define CONNECTIONS 64
#define BODY_SIZE 4096

static const char answer_text[] = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

/* ---- the two servers ---- */

static void handle(void *arg, struct http_exchange *x)
{
    static const struct http_header type = {{"Content-Type", 12}, {"application/json", 16}};
    (void)arg;
    must(x->request.body.n == BODY_SIZE);
    http_answer(x, 200, &type, 1, SLICE("{\"ok\":true}"));
}

static void stop(void *arg)
{
    env_uv_stop(arg);
}

static void serve_ours(int port_pipe)
{
    struct env_uv *uv;
    struct http_server *server;
    struct err_note note;
    int port;

    must(crypto_init() == ERR_OK && env_uv_new(&uv, &note) == ERR_OK);
    must(http_server_new(
             env_uv_env(uv), "127.0.0.1", 0, NULL, handle, NULL, &server, &port, &note) == ERR_OK);
    env_uv_on_signal(uv, stop, uv);
    must(write(port_pipe, &port, sizeof(port)) == (ssize_t)sizeof(port));
    env_uv_run(uv);
    http_server_free(server);
    env_uv_free(uv);
}

static volatile sig_atomic_t floor_stopped;

static void on_term(int number)
{
    (void)number;
    floor_stopped = 1;
}

static void floor_accept(int epoll, int listener)
{
    int fd = accept(listener, NULL, NULL);
    int on = 1;
    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
}

static void floor_answer(int epoll, int fd)
{
    static char in[65536];
    ssize_t n = read(fd, in, sizeof(in));
    if (n <= 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
        close(fd);
    } else {
        must(write(fd, answer_text, sizeof(answer_text) - 1) > 0);
    }
}

static void serve_floor(int port_pipe)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    struct sigaction term = {.sa_handler = on_term};
    int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sigaction(SIGTERM, &term, NULL);
    must(bind(listener, (const struct sockaddr *)&address, size) == 0 &&
         listen(listener, 128) == 0);
    must(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    int port = ntohs(address.sin_port);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
    must(write(port_pipe, &port, sizeof(port)) == (ssize_t)sizeof(port));
    while (!floor_stopped) {
        struct epoll_event events[64];
        int n = epoll_wait(epoll, events, COUNT_OF(events), 100);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener) {
                floor_accept(epoll, listener);
            } else {
                floor_answer(epoll, events[i].data.fd);
            }
        }
    }
}

/* ---- the clients ---- */

static int client_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static uint64_t clients_run(int port, int64_t duration_us)
{
    static char request[BODY_SIZE + 512];
    int n = snprintf(request,
                     512,
                     "POST /hooks/shop-a/orders/create HTTP/1.1\r\nHost: localhost\r\n"
                     "User-Agent: bench\r\nAccept: */*\r\nContent-Type: application/json\r\n"
                     "X-Shop-Topic: orders/create\r\nX-Shop-Signature: 0123456789abcdef\r\n"
                     "Content-Length: %d\r\n\r\n",
                     BODY_SIZE);
    memset(request + n, 'x', BODY_SIZE);
    const size_t size = (size_t)n + BODY_SIZE;
    int epoll = epoll_create1(0);
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = client_connect(port);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
        must(write(fd, request, size) == (ssize_t)size);
    }
    uint64_t count = 0;
    int64_t end_us = now_us() + duration_us;
    while (now_us() < end_us) {
        struct epoll_event events[CONNECTIONS];
        int ready = epoll_wait(epoll, events, CONNECTIONS, 1000);
        must(ready > 0);
        for (int i = 0; i < ready; i++) {
            char in[1024];
            must(read(events[i].data.fd, in, sizeof(in)) > 13 &&
                 memcmp(in, "HTTP/1.1 200 ", 13) == 0);
            must(write(events[i].data.fd, request, size) == (ssize_t)size);
            count++;
        }
    }
    return count;
}

static double cpu_us_of(const struct rusage *usage)
{
    return ((double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec) * 1e6 +
           (double)usage->ru_utime.tv_usec + (double)usage->ru_stime.tv_usec;
}

/* Requests a second; prints the child's CPU time for each. */
static double measure(const char *name, void (*serve)(int port_pipe), int64_t duration_us)
{
    int ends[2], port = 0, status = 0;
    struct rusage usage;

    fflush(stdout);
    must(pipe(ends) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        serve(ends[1]);
        _exit(0);
    }
    must(read(ends[0], &port, sizeof(port)) == (ssize_t)sizeof(port));
    pid_t clients = fork(); /* so that closing their sockets is their end */
    must(clients >= 0);
    if (clients == 0) {
        uint64_t count = clients_run(port, duration_us);
        must(write(ends[1], &count, sizeof(count)) == (ssize_t)sizeof(count));
        _exit(0);
    }
    uint64_t count = 0;
    must(read(ends[0], &count, sizeof(count)) == (ssize_t)sizeof(count));
    must(waitpid(clients, &status, 0) == clients);
    must(kill(child, SIGTERM) == 0);
    must(wait4(child, &status, 0, &usage) == child && status == 0);
    close(ends[0]);
    close(ends[1]);
    double rate = (double)count * 1e6 / (double)duration_us;
    printf("%-6s %8.0f requests/s  %5.2f us CPU each\n",
           name,
           rate,
           cpu_us_of(&usage) / (double)count);
    return rate;
}

/* ---- outbound ---- */

struct outbound {
    struct env_uv *uv;
    struct env *env;
    struct env_call call;
    int64_t end_us;
    uint64_t count;
    int running;
};

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct outbound *out = arg;
    must(reply->err == ERR_OK && reply->response.status == 200);
    out->count++;
    if (env_mono_us(out->env) < out->end_us) {
        out->env->ops->http(out->env, &out->call, on_reply, out);
    } else if (--out->running == 0) {
        env_uv_stop(out->uv);
    }
}

static void outbound_run(int port, int64_t duration_us, struct outbound *out)
{
    static char body[BODY_SIZE];
    char url[64];
    struct err_note note;
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("X-Access-Token"), SLICE("0123456789abcdef")},
    };

    must(crypto_init() == ERR_OK && env_uv_new(&out->uv, &note) == ERR_OK);
    out->env = env_uv_env(out->uv);
    int n = snprintf(url, sizeof(url), "http://127.0.0.1:%d/admin/api", port);
    out->call = (struct env_call){
        .request = {.method = SLICE("POST"),
                    .url = {url, (size_t)n},
                    .headers = headers,
                    .headers_count = COUNT_OF(headers),
                    .body = {body, sizeof(body)}},
        .private_ok = true,
    };
    out->end_us = env_mono_us(out->env) + duration_us;
    for (out->running = 0; out->running < CONNECTIONS; out->running++) {
        out->env->ops->http(out->env, &out->call, on_reply, out);
    }
    env_uv_run(out->uv);
    env_uv_free(out->uv);
}

static void measure_outbound(int64_t duration_us)
{
    int ends[2], port = 0, status = 0;
    struct rusage before, after;
    struct outbound out = {0};

    fflush(stdout);
    must(pipe(ends) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        serve_ours(ends[1]);
        _exit(0);
    }
    must(read(ends[0], &port, sizeof(port)) == (ssize_t)sizeof(port));
    getrusage(RUSAGE_SELF, &before);
    outbound_run(port, duration_us, &out);
    getrusage(RUSAGE_SELF, &after);
    must(kill(child, SIGTERM) == 0 && waitpid(child, &status, 0) == child && status == 0);
    close(ends[0]);
    close(ends[1]);
    printf("calls  %8.0f requests/s  %5.2f us CPU each, outbound\n",
           (double)out.count * 1e6 / (double)duration_us,
           (cpu_us_of(&after) - cpu_us_of(&before)) / (double)out.count);
}

int main(int argc, char **argv)
{
    int64_t seconds = 2;
    if (argc > 1 && (!slice_int(slice_of(argv[1]), &seconds) || seconds < 1 || seconds > 5)) {
        fprintf(stderr, "usage: bench_http [seconds, 1 to 5]\n");
        return 2;
    }
    double floor = measure("floor", serve_floor, seconds * US_PER_S);
    double ours = measure("ours", serve_ours, seconds * US_PER_S);
    printf("ratio  %.2f (POST of %d bytes, %d connections, one core each)\n",
           ours / floor,
           BODY_SIZE,
           CONNECTIONS);
    measure_outbound(seconds * US_PER_S);
    return 0;
}
