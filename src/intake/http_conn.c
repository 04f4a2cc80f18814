/* SPDX-License-Identifier: Apache-2.0 */
/* A connection: from bytes to whole requests, one exchange at a time. */
#include "intake/http_conn.h"

/* Bytes that may wait behind an exchange under way; reading pauses at the first, none come after
 * it. */
#define REST_PAUSE ((size_t)64 << 10)
#define REST_MAX ((size_t)1 << 20)
#define BODY_RATE_MIN 500 /* bytes a second */

void conn_set(struct conn *conn, enum conn_state state)
{
    conn->state = state;
    conn->since_us = env_mono_us(conn->server->env);
}

void conn_shut(struct conn *conn)
{
    conn->server->env->ops->conn_close(conn->wire);
    conn_set(conn, CONN_CLOSING);
}

/* ---- reading one request; each step takes from *in and returns 0 or the status to refuse with
 * ---- */

static int request_begin(struct conn *conn)
{
    conn->x = exchange_new(conn->server);
    if (!conn->x) {
        return 503;
    }
    conn->x->conn = conn;
    conn_set(conn, CONN_HEAD);
    conn->began_us = conn->since_us;
    return 0;
}

/* RFC 9112, 2.2: one empty line before the request line is forgiven, as some clients send it. */
static void blank_line_drop(struct exchange *x)
{
    if (!x->blank_dropped && x->head_bytes.n >= 2 && memcmp(x->head_bytes.p, "\r\n", 2) == 0) {
        buf_drop(&x->head_bytes, 2);
        x->blank_dropped = true;
    }
}

static int head_parsed(struct conn *conn)
{
    struct exchange *x = conn->x;
    const struct http_limits *limits = &conn->server->limits;

    int refused =
        http_head_parse(buf_view(&x->head_bytes), x->headers, limits->headers_max, &x->head);
    if (refused) {
        return refused;
    }
    x->pub.request = x->head.request;
    size_t own = limits->body_max_of ? limits->body_max_of(conn->server->arg, &x->pub.request) : 0;
    x->body_bytes.max = own ? own : limits->body_max;
    if (x->head.body_size > x->body_bytes.max) {
        return 413;
    }
    conn_set(conn, CONN_BODY);
    return 0;
}

static int head_take(struct conn *conn, struct slice *in)
{
    struct exchange *x = conn->x;
    const struct http_limits *limits = &conn->server->limits;
    size_t room = x->head_bytes.max - x->head_bytes.n;
    size_t taken = in->n < room ? in->n : room;

    buf_put(&x->head_bytes, in->p, taken);
    if (x->head_bytes.overflow) {
        return 503;
    }
    *in = slice_from(*in, taken);
    blank_line_drop(x);
    if (x->head_bytes.n == 1 && x->head_bytes.p[0] == '\r') {
        return 0; /* the first half of a blank line */
    }
    int refused =
        http_scan(&x->scan, buf_view(&x->head_bytes), limits->head_max, limits->headers_max);
    if (refused || x->scan.head_size == 0) {
        return refused;
    }
    /* What came behind the head goes back to be read as body. */
    size_t behind = x->head_bytes.n - x->scan.head_size;
    *in = (struct slice){in->p - behind, in->n + behind};
    x->head_bytes.n = x->scan.head_size;
    return head_parsed(conn);
}

static int body_take(struct conn *conn, struct slice *in, bool *out_done)
{
    struct exchange *x = conn->x;
    struct http_server *server = conn->server;
    size_t before = x->body_bytes.n;
    int refused = 0;

    if (x->head.is_chunked) {
        refused = http_chunks_take(&x->chunks, in, &x->body_bytes);
        *out_done = x->chunks.state == CHUNK_DONE;
    } else {
        size_t left = x->head.body_size - before;
        size_t n = in->n < left ? in->n : left;
        buf_put(&x->body_bytes, in->p, n);
        *in = slice_from(*in, n);
        *out_done = n == left;
    }
    server->held_bytes += x->body_bytes.n - before;
    if (refused) {
        return refused;
    }
    return x->body_bytes.overflow || server->held_bytes > server->limits.bodies_max ? 503 : 0;
}

/* A client that asked first waits for our word before it sends the body (RFC 9110, 10.1.1). */
static void continue_send(struct conn *conn)
{
    struct exchange *x = conn->x;
    if (x->head.expects_continue && !x->head.is_http10 && x->body_bytes.n == 0 &&
        x->chunks.state == CHUNK_SIZE_FIRST) {
        conn->server->env->ops->conn_write(conn->wire, SLICE("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    x->head.expects_continue = false;
}

static void request_dispatch(struct conn *conn)
{
    struct exchange *x = conn->x;
    struct http_server *server = conn->server;

    conn->is_fresh = false;
    conn_set(conn, CONN_HANDLING);
    server->counters.requests++;
    x->pub.request.body = buf_view(&x->body_bytes);
    memcpy(x->peer, conn->peer->text, conn->peer->text_size);
    x->pub.peer = (struct slice){x->peer, conn->peer->text_size};
    x->pub.received_mono_us = conn->since_us;
    x->pub.received_wall_us = env_wall_us(server->env);
    server->handler(server->arg, &x->pub);
}

static void conn_step(struct conn *conn, struct slice *in)
{
    bool done = false;
    int refused = 0;

    if (conn->state == CONN_IDLE) {
        refused = request_begin(conn);
    }
    if (!refused && conn->state == CONN_HEAD) {
        refused = head_take(conn, in);
    }
    if (!refused && conn->state == CONN_BODY) {
        refused = body_take(conn, in, &done);
    }
    if (refused) {
        conn_refuse(conn, refused);
    } else if (done) {
        request_dispatch(conn);
    } else if (conn->state == CONN_BODY) {
        continue_send(conn);
    }
}

/* The client will not get an answer. The handler still owns what it was given. */
static void exchange_abandon(struct conn *conn)
{
    struct exchange *x = conn->x;
    if (x && (conn->state == CONN_HANDLING || conn->state == CONN_STREAM)) {
        x->conn = NULL;
        x->pub.is_gone = true;
    } else if (x) {
        exchange_release(x);
    }
    conn->x = NULL;
}

static bool conn_is_reading(const struct conn *conn)
{
    return conn->state == CONN_IDLE || conn->state == CONN_HEAD || conn->state == CONN_BODY;
}

static void rest_keep(struct conn *conn, struct slice bytes)
{
    if (conn->state == CONN_STREAM || conn->state == CONN_CLOSING) {
        return; /* nothing more will be read from it */
    }
    buf_slice(&conn->rest, bytes);
    if (conn->rest.overflow) {
        exchange_abandon(conn);
        conn_shut(conn);
        return;
    }
    if (conn->rest.n >= REST_PAUSE && !conn->is_paused) {
        conn->is_paused = true;
        conn->server->env->ops->conn_pause(conn->wire, true);
    }
}

static void conn_feed(struct conn *conn, struct slice in)
{
    conn->is_feeding = true;
    while (in.n && conn_is_reading(conn)) {
        conn_step(conn, &in);
    }
    conn->is_feeding = false;
    if (in.n) {
        rest_keep(conn, in);
    }
}

/* Reads on with what waited. */
static void conn_resume(struct conn *conn)
{
    if (conn->is_feeding) {
        return;
    }
    if (conn->rest.n) {
        ON_EXIT(buf_free) struct buf waited = conn->rest;
        buf_init(&conn->rest, REST_MAX);
        conn_feed(conn, buf_view(&waited));
    }
    if (conn->is_paused && conn->rest.n < REST_PAUSE && conn->state != CONN_CLOSING) {
        conn->is_paused = false;
        conn->server->env->ops->conn_pause(conn->wire, false);
    }
}

void conn_answered(struct conn *conn, bool keep_alive)
{
    if (!keep_alive) {
        conn_shut(conn);
    } else if (conn->server->env->ops->conn_pending(conn->wire)) {
        conn_set(conn, CONN_DRAINING);
    } else {
        conn_set(conn, CONN_IDLE);
        conn_resume(conn);
    }
}

/* ---- what env tells ---- */

static void on_data(void *arg, struct env_conn *wire, struct slice bytes)
{
    struct conn *conn = arg;
    (void)wire;
    if (!conn->server || conn->state == CONN_CLOSING) {
        return;
    }
    must(!conn->is_feeding);
    if (conn_is_reading(conn)) {
        conn_feed(conn, bytes);
    } else {
        rest_keep(conn, bytes);
    }
}

static void on_drained(void *arg, struct env_conn *wire)
{
    struct conn *conn = arg;
    (void)wire;
    if (conn->server && conn->state == CONN_DRAINING) {
        conn_set(conn, CONN_IDLE);
        conn_resume(conn);
    }
}

static void on_closed(void *arg, struct env_conn *wire)
{
    struct conn *conn = arg;
    (void)wire;
    if (conn->server) {
        conn_detach(conn);
    }
    buf_free(&conn->rest);
    free(conn);
}

struct env_conn_events conn_events(struct conn *conn)
{
    return (struct env_conn_events){
        .arg = conn, .on_data = on_data, .on_closed = on_closed, .on_drained = on_drained};
}

/* ---- birth, time, death ---- */

struct conn *conn_new(struct http_server *server, struct env_conn *wire, struct peer *peer)
{
    struct conn *conn = calloc(1, sizeof(*conn));
    if (!conn) {
        return NULL;
    }
    conn->server = server;
    conn->wire = wire;
    conn->peer = peer;
    conn->is_fresh = true;
    buf_init(&conn->rest, REST_MAX);
    conn_set(conn, CONN_IDLE);
    conn->next = server->conns;
    if (conn->next) {
        conn->next->prev = conn;
    }
    server->conns = conn;
    server->counters.conns_open++;
    return conn;
}

void conn_detach(struct conn *conn)
{
    struct http_server *server = conn->server;

    exchange_abandon(conn);
    if (conn->prev) {
        conn->prev->next = conn->next;
    } else {
        server->conns = conn->next;
    }
    if (conn->next) {
        conn->next->prev = conn->prev;
    }
    conn->next = conn->prev = NULL;
    server->counters.conns_open--;
    peer_leave(server, conn->peer);
    conn->peer = NULL;
    conn->server = NULL;
}

static bool body_is_slow(const struct conn *conn, int64_t now_us)
{
    int64_t spent_us = now_us - conn->since_us;
    if (spent_us <= conn->server->limits.head_us) {
        return false;
    }
    return (int64_t)conn->x->body_bytes.n < spent_us * BODY_RATE_MIN / US_PER_S;
}

static int64_t total_of(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;
    size_t times = conn->x->body_bytes.max / limits->body_max;
    return limits->total_us * (times > 1 ? (int64_t)times : 1);
}

void conn_check_time(struct conn *conn, int64_t now_us)
{
    const struct http_limits *limits = &conn->server->limits;
    int64_t state_us = now_us - conn->since_us;

    switch (conn->state) {
    case CONN_IDLE:
        if (state_us > (conn->is_fresh ? limits->head_us : limits->idle_us)) {
            conn_shut(conn);
        }
        break;
    case CONN_HEAD:
        if (state_us > limits->head_us) {
            conn_refuse(conn, 408);
        }
        break;
    case CONN_BODY:
        if (now_us - conn->began_us > total_of(conn) || body_is_slow(conn, now_us)) {
            conn_refuse(conn, 408);
        }
        break;
    case CONN_DRAINING:
        if (state_us > limits->total_us) {
            conn_shut(conn);
        }
        break;
    case CONN_HANDLING:
    case CONN_STREAM:
    case CONN_CLOSING:
        break;
    }
}
