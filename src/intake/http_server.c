/* SPDX-License-Identifier: Apache-2.0 */
/* Listening, the limits in number and time, and the pool of exchanges. */
#include "intake/http_conn.h"

#define ARENA_MAX ((size_t)32 << 20)
#define ANSWER_HEAD_MAX ((size_t)1 << 20)
#define ANSWER_READY ((size_t)128 << 10) /* every head there is, and what goes out with it */
#define POOL_MAX 128
#define KEEP_MAX ((size_t)16 << 10) /* memory of each kind that a pooled exchange keeps */

/* ---- exchanges ---- */

static struct exchange *exchange_alloc(struct http_server *server)
{
    const struct http_limits *limits = &server->limits;
    struct exchange *x = calloc(1, sizeof(*x) + limits->headers_max * sizeof(struct http_header));
    if (x) {
        buf_init(&x->head_bytes, limits->head_max + 1);
        buf_init(&x->body_bytes, limits->body_max);
        arena_init(&x->pub.arena, ARENA_MAX);
    }
    return x;
}

struct exchange *exchange_new(struct http_server *server)
{
    struct exchange *x = server->pool;
    if (x) {
        server->pool = x->next;
        server->pool_count--;
    } else {
        x = exchange_alloc(server);
        if (!x) {
            return NULL;
        }
    }
    x->server = server;
    x->prev = NULL;
    x->next = server->exchanges;
    if (x->next) {
        x->next->prev = x;
    }
    server->exchanges = x;
    return x;
}

static void exchange_free(struct exchange *x)
{
    buf_free(&x->head_bytes);
    buf_free(&x->body_bytes);
    arena_free(&x->pub.arena);
    free(x);
}

static void buf_recycle(struct buf *buf)
{
    if (buf->cap > KEEP_MAX) {
        buf_free(buf);
    } else {
        buf_clear(buf);
    }
}

/* Everything as new but the memory, which the next request uses again. */
static void exchange_reset(struct exchange *x)
{
    struct arena arena = x->pub.arena;

    buf_recycle(&x->head_bytes);
    buf_recycle(&x->body_bytes);
    if (arena.used > KEEP_MAX) {
        arena_free(&arena);
    } else {
        arena_clear(&arena);
    }
    x->pub = (struct http_exchange){.arena = arena};
    x->conn = NULL;
    x->scan = (struct http_scan){0};
    x->head = (struct http_head){0};
    x->chunks = (struct http_chunks){0};
    x->blank_dropped = false;
}

void exchange_release(struct exchange *x)
{
    struct http_server *server = x->server;

    if (!server) {
        exchange_free(x);
        return;
    }
    if (x->prev) {
        x->prev->next = x->next;
    } else {
        server->exchanges = x->next;
    }
    if (x->next) {
        x->next->prev = x->prev;
    }
    server->held_bytes -= x->body_bytes.n;
    if (server->pool_count == POOL_MAX) {
        exchange_free(x);
        return;
    }
    exchange_reset(x);
    x->next = server->pool;
    server->pool = x;
    server->pool_count++;
}

/* ---- who may connect ---- */

static bool peer_is_loopback(struct slice peer)
{
    return slice_starts(peer, "127.") || slice_is(peer, "::1");
}

static struct peer *peer_join(struct http_server *server, struct slice address)
{
    struct peer *peer = map_get(&server->peers, address);
    if (!peer) {
        peer = calloc(1, sizeof(*peer));
        if (!peer) {
            return NULL;
        }
        must(address.n < sizeof(peer->text));
        memcpy(peer->text, address.p, address.n);
        peer->text_size = address.n;
        if (!map_set(&server->peers, (struct slice){peer->text, peer->text_size}, peer)) {
            free(peer);
            return NULL;
        }
    }
    peer->conns_count++;
    return peer;
}

void peer_leave(struct http_server *server, struct peer *peer)
{
    if (--peer->conns_count == 0) {
        map_remove(&server->peers, (struct slice){peer->text, peer->text_size});
        free(peer);
    }
}

static bool server_is_full(const struct http_server *server, struct slice address)
{
    if (server->counters.conns_open >= server->limits.conns_max) {
        return true;
    }
    const struct peer *peer = map_get(&server->peers, address);
    return peer && peer->conns_count >= server->limits.conns_per_address_max &&
           !peer_is_loopback(address);
}

static void ignore_data(void *arg, struct env_conn *wire, struct slice bytes)
{
    (void)arg;
    (void)wire;
    (void)bytes;
}

static struct env_conn_events on_accept(void *arg, struct env_conn *wire, struct slice address)
{
    struct http_server *server = arg;
    const struct env_conn_events nobody = {.on_data = ignore_data};

    if (server_is_full(server, address)) {
        refused_add(server->limits.refused, REFUSED_CONNS, address);
        wire_refuse(server, wire, 503);
        return nobody;
    }
    struct peer *peer = peer_join(server, address);
    struct conn *conn = peer ? conn_new(server, wire, peer) : NULL;
    if (!conn) {
        if (peer) {
            peer_leave(server, peer);
        }
        refused_add(server->limits.refused, REFUSED_MEMORY, address);
        wire_refuse(server, wire, 503);
        return nobody;
    }
    if (server->counters.conns_open == 1) {
        server->env->ops->timer_set(server->timer, server->tick_us);
    }
    return conn_events(conn);
}

/* One timer looks at all connections: cheaper than one each, and late by no more than its tick. */
static void on_tick(void *arg)
{
    struct http_server *server = arg;
    int64_t now_us = env_mono_us(server->env);

    for (struct conn *conn = server->conns, *next; conn; conn = next) {
        next = conn->next;
        conn_check_time(conn, now_us);
    }
    if (server->conns) {
        server->env->ops->timer_set(server->timer, server->tick_us);
    }
}

/* ---- life ---- */

#define DEFAULT_OF(limits, field, value)                                                           \
    do {                                                                                           \
        if ((limits)->field == 0) {                                                                \
            (limits)->field = (value);                                                             \
        }                                                                                          \
    } while (0)

static struct http_limits limits_complete(const struct http_limits *given)
{
    struct http_limits limits = given ? *given : (struct http_limits){0};
    DEFAULT_OF(&limits, body_max, (size_t)2 << 20);
    DEFAULT_OF(&limits, head_max, (size_t)16 << 10);
    DEFAULT_OF(&limits, headers_max, 100);
    DEFAULT_OF(&limits, conns_max, 4096);
    DEFAULT_OF(&limits, conns_per_address_max, 256);
    DEFAULT_OF(&limits, bodies_max, (size_t)256 << 20);
    DEFAULT_OF(&limits, head_us, 10 * US_PER_S);
    DEFAULT_OF(&limits, total_us, 30 * US_PER_S);
    DEFAULT_OF(&limits, idle_us, 30 * US_PER_S);
    return limits;
}

static int64_t tick_of(const struct http_limits *limits)
{
    int64_t tick_us = limits->head_us;
    tick_us = limits->total_us < tick_us ? limits->total_us : tick_us;
    tick_us = limits->idle_us < tick_us ? limits->idle_us : tick_us;
    tick_us /= 4;
    tick_us = tick_us > US_PER_S ? US_PER_S : tick_us;
    return tick_us < 5 * US_PER_MS ? 5 * US_PER_MS : tick_us;
}

/* Now: whoever could be told that there is no memory must not be lost for want of it. */
static bool out_reserve(struct buf *out)
{
    buf_init(out, ANSWER_HEAD_MAX);
    while (out->n < ANSWER_READY && !out->overflow) {
        buf_char(out, ' ');
    }
    bool is_there = !out->overflow;
    buf_clear(out);
    return is_there;
}

enum err http_server_new(struct env *env,
                         const char *host,
                         int port,
                         const struct http_limits *limits,
                         http_handler_fn *handler,
                         void *arg,
                         struct http_server **out,
                         int *out_port,
                         struct err_note *note)
{
    struct http_server *server = calloc(1, sizeof(*server));
    if (!server) {
        return err_note(note, ERR_MEMORY, "no memory for the HTTP server");
    }
    server->env = env;
    server->limits = limits_complete(limits);
    server->tick_us = tick_of(&server->limits);
    server->handler = handler;
    server->arg = arg;
    map_init(&server->peers);
    server->timer = env->ops->timer_new(env, on_tick, server);
    if (!server->timer || !out_reserve(&server->out)) {
        http_server_free(server);
        return err_note(note, ERR_MEMORY, "no memory for the HTTP server's timer and answers");
    }
    enum err e =
        env->ops->listen(env, host, port, on_accept, server, &server->listener, out_port, note);
    if (e) {
        http_server_free(server);
        return e;
    }
    *out = server;
    return ERR_OK;
}

void http_server_stop(struct http_server *server)
{
    server->is_stopping = true;
    if (server->listener) {
        server->env->ops->listener_free(server->listener);
        server->listener = NULL;
    }
    for (struct conn *conn = server->conns, *next; conn; conn = next) {
        next = conn->next;
        if (conn->state == CONN_IDLE) {
            conn_shut(conn);
        }
    }
}

void http_server_free(struct http_server *server)
{
    if (!server) {
        return;
    }
    http_server_stop(server);
    while (server->conns) {
        struct conn *conn = server->conns;
        server->env->ops->conn_close(conn->wire);
        conn_detach(conn);
    }
    for (struct exchange *x = server->exchanges; x; x = x->next) {
        x->server = NULL;
    }
    while (server->pool) {
        struct exchange *x = server->pool;
        server->pool = x->next;
        exchange_free(x);
    }
    if (server->timer) {
        server->env->ops->timer_free(server->timer);
    }
    map_free(&server->peers);
    buf_free(&server->out);
    free(server);
}

struct http_counters http_server_counters(const struct http_server *server)
{
    return server->counters;
}
