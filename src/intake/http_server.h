/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server - HTTP/1.1 from strangers, bounded in every direction (RFC 9112).
 *
 * Bytes come from struct env's connections and are parsed by llhttp without lenient flags. A
 * request reaches the handler whole: head and body within their limits. It may be answered later,
 * from the loop's thread; a client that hangs up meanwhile only marks the exchange: http_answer
 * then frees it.
 *
 * Refused by itself: 400 (framing: both Content-Length and Transfer-Encoding, repeated
 * Content-Length, obs-fold, bare CR or LF, space before the colon, TE other than chunked, trailers;
 * no Host or two), 408, 413, 415 (any Content-Encoding), 431, 503 (too many connections or bytes);
 * each closes the connection and counts.
 *
 * One exchange at a time per connection, so pipelined requests are answered in order. The next
 * request is read when the peer has taken the answer; a peer that does not within total_us is
 * closed. env may call back only later, never from within a call of ours.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/http_types.h"
#include "intake/refused.h"

struct http_server;

struct http_limits { /* zero = the default */
    size_t body_max; /* 2 MiB */
    /* Another one for some requests, told from the head before any of the body is kept: 0 says the
     * one above. NULL: for none. arg is the handler's. */
    size_t (*body_max_of)(void *arg, const struct http_request *head);
    size_t head_max;              /* 16 KiB */
    size_t headers_max;           /* 100 */
    size_t conns_max;             /* 4,096 */
    size_t conns_per_address_max; /* 256; loopback is exempt, a proxy stands there */
    size_t bodies_max;            /* 256 MiB: all request bodies in memory together, then 503 */
    int64_t head_us; /* 10 s for the head, from its first byte; or for a first byte at all */
    /* 30 s for the request; so many times longer as its body may be larger than body_max. A body
     * below 500 B/s after head_us ends sooner. */
    int64_t total_us;
    int64_t idle_us;         /* 30 s between requests */
    struct refused *refused; /* counts what these turn away; borrowed. NULL: nobody does */
    /* Beside these of its own, each answer has them, unless it says otherwise. They live as long as
     * the server. */
    const struct http_header *always;
    size_t always_count;
};

struct http_counters { /* for /metrics */
    uint64_t conns_open, requests, refused_400, refused_408, refused_413, refused_415, refused_431,
        refused_503;
};

/* One request and its answer. The body is whole and unchunked. Lives until http_answer (or
 * http_stream_end) is called on it. */
struct http_exchange {
    struct http_request request; /* valid until answered */
    struct slice peer;           /* numeric address */
    struct arena arena;          /* for the handler; freed after the answer */
    int64_t received_mono_us;    /* when its last byte arrived */
    int64_t received_wall_us;
    bool is_gone; /* the client hung up: work may be skipped, but must be answered all the same */
    void *user;
};

typedef void http_handler_fn(void *arg, struct http_exchange *x);

MUST_USE enum err http_server_new(struct env *env,
                                  const char *host,
                                  int port,
                                  const struct http_limits *limits,
                                  http_handler_fn *handler,
                                  void *arg,
                                  struct http_server **out,
                                  int *out_port,
                                  struct err_note *note);
/* Stops accepting and closes idle connections; exchanges under way are answered first. */
void http_server_stop(struct http_server *server);
/* Closes what is left. Not from within a handler. Exchanges not yet answered are gone, but still
 * answered. */
void http_server_free(struct http_server *server);
struct http_counters http_server_counters(const struct http_server *server);

/*
 * Answers and ends the exchange. Content-Type is given by the caller in headers; Date,
 * Content-Length and Connection come from here. HEAD, 204 and 304 send no body. Control bytes in
 * values become spaces.
 */
void http_answer(struct http_exchange *x,
                 int status,
                 const struct http_header *headers,
                 size_t headers_count,
                 struct slice body);
/*
 * Server-sent events: head now, bytes later, delimited by closing. http_stream_write returns false
 * when the client is gone or more than 256 KiB wait for it: call http_stream_end then, as after the
 * last write.
 */
void http_stream_begin(struct http_exchange *x,
                       int status,
                       const struct http_header *headers,
                       size_t headers_count);
bool http_stream_write(struct http_exchange *x, struct slice bytes);
void http_stream_end(struct http_exchange *x);
