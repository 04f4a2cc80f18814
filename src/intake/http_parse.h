/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_parse - the head of an HTTP/1.1 request and the framing of its body, out of hostile bytes.
 *
 * Pure: no sockets, no clock, no memory of its own. Stricter than the parser beneath it (llhttp),
 * because a reader that is more forgiving than the proxy before it is a way to smuggle requests:
 * lines end with CR LF and nothing else, and a body has exactly one length. A result of 0 means
 * "fine so far"; anything else is the status to refuse with before closing.
 */
#pragma once
#include "base/buf.h"
#include "base/http_types.h"

/* How far the end of the head has been looked for. Starts zeroed. */
struct http_scan {
    size_t line_start; /* of the first line not yet ended */
    size_t lines;      /* ended so far */
    size_t head_size;  /* with the empty line; 0 until it is there */
};
/* 400 for bad line ends and folded lines, 431 beyond a limit. Call with all bytes gathered so far.
 */
int http_scan(struct http_scan *scan, struct slice bytes, size_t head_max, size_t headers_max);

struct http_head {
    struct http_request request; /* borrows from the head and from `headers`; no body yet */
    size_t body_size;            /* when not chunked */
    bool is_chunked, keep_alive, is_http10, is_head, expects_continue;
};
/* A complete head as http_scan found it. headers_max is what http_scan was given. */
int http_head_parse(struct slice head,
                    struct http_header *headers,
                    size_t headers_max,
                    struct http_head *out);

enum http_chunk_state {
    CHUNK_SIZE_FIRST,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_LAST_CR,
    CHUNK_LAST_LF,
    CHUNK_DONE,
};
/* A chunked body under way. Starts zeroed. Trailers are refused: nobody we serve sends them. */
struct http_chunks {
    enum http_chunk_state state;
    size_t left;          /* of the chunk's size or data */
    size_t padding_bytes; /* extensions and leading zeros, in all */
};
/* Takes bytes from *in and appends content to `body`, until *in is empty or the state is
 * CHUNK_DONE. 400 for bad framing, 413 when the content would exceed the body's maximum. */
int http_chunks_take(struct http_chunks *chunks, struct slice *in, struct buf *body);
