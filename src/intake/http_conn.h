/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_conn - what http_server.c (listening, limits), http_conn.c (reading) and http_answer.c
 * (writing) share.
 *
 * A connection is in one state; conn_set changes it and notes when:
 *
 *   IDLE --first byte--> HEAD --empty line--> BODY --last byte--> HANDLING --answer--> IDLE
 *    HEAD, BODY: refused or too slow -> CLOSING       HANDLING --stream_begin--> STREAM -> CLOSING
 *    HANDLING --answer not yet taken by the peer--> DRAINING --taken--> IDLE
 *
 * An exchange is taken from the pool with the first byte of a request and goes back when it is
 * answered, so that idle connections cost next to nothing. One exchange at a time per connection:
 * bytes that come meanwhile wait in `rest`.
 */
#pragma once
#include "base/map.h"
#include "base/times.h"
#include "intake/http_parse.h"
#include "intake/http_server.h"

enum conn_state {
    CONN_IDLE,
    CONN_HEAD,
    CONN_BODY,
    CONN_HANDLING,
    CONN_STREAM,
    CONN_DRAINING,
    CONN_CLOSING
};

#define HTTP_PEER_MAX 64 /* bytes of a numeric address */

struct conn;

struct exchange {
    struct http_exchange pub;   /* first: the handler's pointer is ours */
    struct http_server *server; /* NULL when the server is gone */
    struct conn *conn;          /* NULL when the client is gone */
    char peer[HTTP_PEER_MAX];
    struct exchange *next, *prev;
    struct buf head_bytes, body_bytes;
    struct http_scan scan;
    struct http_head head;
    struct http_chunks chunks;
    bool blank_dropped;
    struct http_header headers[]; /* limits.headers_max of them */
};

/* All connections of one address. Its text is the key in the server's map. */
struct peer {
    char text[HTTP_PEER_MAX];
    size_t text_size, conns_count;
};

struct conn {
    struct http_server *server; /* NULL when the server is gone */
    struct env_conn *wire;
    struct peer *peer;
    struct exchange *x; /* being read or handled */
    struct conn *next, *prev;
    struct buf rest;  /* came while an exchange was under way */
    int64_t since_us; /* entered its state */
    int64_t began_us; /* first byte of the request */
    enum conn_state state;
    bool is_fresh;   /* no request yet */
    bool is_feeding; /* inside conn_feed: an answer must not start another */
    bool is_paused;
};

struct http_server {
    struct env *env;
    struct env_listener *listener;
    struct env_timer *timer;
    int64_t tick_us;
    struct http_limits limits;
    struct http_counters counters;
    http_handler_fn *handler;
    void *arg;
    struct conn *conns;         /* all that are not closed */
    struct exchange *exchanges; /* all that are not answered */
    struct exchange *pool;      /* for reuse */
    size_t pool_count;
    size_t held_bytes; /* of request bodies in memory */
    struct map peers;
    struct buf out; /* one answer, composed */
    char date[TIME_TEXT_MAX];
    size_t date_size;
    int64_t date_s;
    bool is_stopping;
};

/* ---- http_server.c ---- */

struct exchange *exchange_new(struct http_server *server); /* NULL when out of memory */
/* Back to the pool, or freed when the server is gone. The connection no longer points to it. */
void exchange_release(struct exchange *x);
void peer_leave(struct http_server *server, struct peer *peer);

/* ---- http_conn.c ---- */

struct conn *conn_new(struct http_server *server, struct env_conn *wire, struct peer *peer);
struct env_conn_events conn_events(struct conn *conn);
void conn_set(struct conn *conn, enum conn_state state);
void conn_shut(struct conn *conn); /* closes once what is written has left */
/* The exchange has been answered: read on, wait for the peer to take the answer, or close. */
void conn_answered(struct conn *conn, bool keep_alive);
void conn_check_time(struct conn *conn, int64_t now_us);
void conn_detach(struct conn *conn); /* from its server; env still has to say that it is closed */

/* ---- http_answer.c ---- */

/* Answers with a short problem document, counts it and closes. */
void conn_refuse(struct conn *conn, int status);
/* The same for a connection that never became a struct conn. */
void wire_refuse(struct http_server *server, struct env_conn *wire, int status);
