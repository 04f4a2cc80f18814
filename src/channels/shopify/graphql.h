/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphql - one call of Shopify's Admin API, built and read.
 *
 * Every answer falls into one of four classes, whatever bytes came. An error in a GraphQL answer
 * comes with status 200: a throttled call was not run at all, a query error neither, an internal
 * error may have happened after the effect.
 */
#pragma once
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/connector.h"
#include "channels/reply.h"

#define GRAPHQL_BODY_MAX ((size_t)1 << 20)

/* POST of {"query":..., "variables":...}; `variables` is JSON text and is freed. ERR_AUTH: the
 * account has no token yet. ERR_LIMIT: too large. */
MUST_USE enum err graphql_request(const struct account *account,
                                  const char *query,
                                  struct buf *variables,
                                  struct arena *arena,
                                  struct http_request *out);

struct graphql_answer {
    enum reply_class class;
    struct json data; /* of REPLY_OK: an object */
    struct slice reason;
};

void graphql_read(const struct http_response *response,
                  struct json_doc *doc,
                  struct arena *arena,
                  struct graphql_answer *out,
                  struct channel_signal *out_signal);
/* For readings, which have no effect: OK, THROTTLED, AUTH, USAGE (refused) or UNKNOWN, with a note.
 */
MUST_USE enum err graphql_err(const struct graphql_answer *answer,
                              const struct channel_signal *signal,
                              struct err_note *note);

/* A field of a request's variables: "gid://shopify/<type>/<id>". */
void graphql_put_gid(struct json_writer *w, const char *key, const char *type, struct slice id);

/* The nodes of a connection, written as `nodes` or as `edges`. */
struct graphql_nodes {
    struct json_iter iter;
    size_t count;
    bool is_edges;
    bool is_whole;     /* there are nodes at all, and no further page */
    struct slice next; /* cursor of the next page; empty when none */
};
struct graphql_nodes graphql_nodes(struct json connection);
bool graphql_next(struct graphql_nodes *nodes, struct json *out);
