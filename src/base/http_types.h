/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_types - an HTTP request or response as plain data, shared by the server, the client and the
 * connectors, which build and read them without performing them.
 */
#pragma once
#include "base/arena.h"
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct http_header {
    struct slice name, value;
};

struct http_request {
    struct slice method; /* "GET" */
    struct slice url;    /* client: absolute. Server: the path, decoded only by whoever reads it */
    struct slice query;  /* server: behind '?', without it. Client: unused, it is part of url */
    const struct http_header *headers;
    size_t headers_count;
    struct slice body;
};

struct http_response {
    int status;
    const struct http_header *headers;
    size_t headers_count;
    struct slice body;
};

/* First header of that name, case-insensitive; {NULL,0} when absent. */
struct slice http_header_get(const struct http_header *headers, size_t count, const char *name);
/* First parameter of that name in a query string, percent- and plus-decoded into the arena. */
bool http_query_get(struct slice query, const char *name, struct arena *arena, struct slice *out);

#ifdef __cplusplus
}
#endif
