/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bigcommerce_store - a very small BigCommerce on a real socket: one variant at one location, one
 * order, the five calls that we make of it, and its signed deliveries.
 *
 * Written from the field tables of the documentation. A write is carried out a while after its
 * answer, as there; until then readings show the old count.
 */
#pragma once
#include "support/served_shop.h"

#include "intake/http_server.h"

#define BC_TOKEN "bc-token"
#define BC_CLIENT_SECRET "truecount-test-secret"
#define BC_STORE "/stores/abc"

struct bc_store {
    struct served *s;
    struct http_server *server;
    int port;
    int64_t count;             /* available_to_sell of variant 74 */
    int64_t waiting, due_us;   /* the accepted write; due_us 0: none */
    int64_t ordered, status;   /* of order 250; ordered 0: there is none */
    char modified[40];         /* its date_modified */
    int writes, reads, orders; /* calls served */
    int hooks;
};

static inline void bc_settle(struct bc_store *bc)
{
    if (bc->due_us && env_mono_us(bc->s->env) >= bc->due_us) {
        bc->count = bc->waiting;
        bc->due_us = 0;
    }
}

static inline struct slice bc_order_json(struct bc_store *bc, struct arena *arena)
{
    return arena_printf(
        arena,
        "{\"id\":250,\"status_id\":%" PRId64 ",\"date_created\":\"%s\",\"date_modified\":\"%s\","
        "\"items_total\":%" PRId64 ",\"payment_method\":\"Manual\",\"is_deleted\":false,"
        "\"consignments\":{\"pickups\":[],\"downloads\":[],\"email\":{\"gift_certificates\":[]},"
        "\"shipping\":[{\"country_iso2\":\"DE\",\"line_items\":[{\"id\":12,\"product_id\":111,"
        "\"variant_id\":74,\"type\":\"physical\",\"quantity\":%" PRId64
        ",\"quantity_shipped\":0,\"quantity_refunded\":0}]}]}}",
        bc->status,
        bc->modified,
        bc->modified,
        bc->ordered,
        bc->ordered);
}

static inline void bc_write(struct bc_store *bc, struct http_exchange *x)
{
    struct err_note note;
    struct json root;
    struct json_doc *doc = json_doc_new();
    assert_non_null(doc);
    assert_int_equal(json_parse(doc, x->request.body, &root, &note), ERR_OK);
    struct json row = said_at(json_get(root, "items"), 0);
    assert_int_equal(json_count(json_get(root, "items")), 1);
    assert_int_equal(said_int(row, "location_id"), 1);
    assert_int_equal(said_int(row, "variant_id"), 74);
    bc->waiting = said_int(row, "quantity");
    bc->due_us = served_after(bc->s, 1);
    bc->writes++;
    json_doc_free(doc);
    http_answer(x, 200, NULL, 0, SLICE("{\"transaction_id\":\"1c9b\"}"));
}

static inline void bc_on_request(void *arg, struct http_exchange *x)
{
    struct bc_store *bc = arg;
    struct slice path = x->request.url;
    struct slice token =
        http_header_get(x->request.headers, x->request.headers_count, "X-Auth-Token");
    bc_settle(bc);
    if (!slice_is(token, BC_TOKEN)) {
        http_answer(x, 401, NULL, 0, SLICE("{\"status\":401,\"title\":\"Unauthorized\"}"));
    } else if (slice_is(path, BC_STORE "/v3/inventory/adjustments/absolute")) {
        bc_write(bc, x);
    } else if (slice_is(path, BC_STORE "/v3/inventory/items")) {
        bc->reads++;
        struct slice body =
            arena_printf(&x->arena,
                         "{\"data\":[{\"identity\":{\"variant_id\":74,\"product_id\":111},"
                         "\"locations\":[{\"location_id\":1,\"available_to_sell\":%" PRId64
                         "}]}],\"meta\":{\"pagination\":{\"total_pages\":1}}}",
                         bc->count);
        http_answer(x, 200, NULL, 0, body);
    } else if (bc->ordered && slice_is(path, BC_STORE "/v2/orders/250")) {
        bc->orders++;
        http_answer(x, 200, NULL, 0, bc_order_json(bc, &x->arena));
    } else if (slice_is(path, BC_STORE "/v2/orders")) {
        struct slice order = bc->ordered ? bc_order_json(bc, &x->arena) : (struct slice){0};
        struct slice body =
            order.n ? arena_printf(&x->arena, "[%.*s]", SLICE_ARG(order)) : (struct slice){0};
        http_answer(x, order.n ? 200 : 204, NULL, 0, body);
    } else {
        http_answer(x, 404, NULL, 0, SLICE("[{\"status\":404,\"message\":\"Not found.\"}]"));
    }
}

static inline void bc_open(struct bc_store *bc, struct served *s, int64_t count)
{
    const struct http_limits limits = {0};
    struct err_note note;
    *bc = (struct bc_store){.s = s, .count = count};
    assert_int_equal(
        http_server_new(
            s->env, "127.0.0.1", 0, &limits, bc_on_request, bc, &bc->server, &bc->port, &note),
        ERR_OK);
}

static inline void bc_close(struct bc_store *bc)
{
    http_server_stop(bc->server);
    http_server_free(bc->server);
}

/* Somebody buys: the count falls at once, and the order stands. */
static inline void bc_sells(struct bc_store *bc, int64_t units)
{
    int64_t now_us = env_wall_us(bc->s->env);
    char text[TIME_TEXT_MAX];
    struct slice date = time_format_http(now_us, text);
    bc->count -= units;
    bc->ordered += units;
    bc->status = 11;
    snprintf(bc->modified, sizeof(bc->modified), "%.*s +0000", (int)date.n - 4, date.p);
}

/* Delivers that order 250 changed, signed with `secret`. Gives the server's status. */
static inline int bc_delivers(struct bc_store *bc, const char *secret)
{
    static const char body[] =
        "{\"scope\":\"store/order/updated\",\"store_id\":\"1\",\"data\":{\"type\":\"order\","
        "\"id\":250},\"hash\":\"0\",\"created_at\":1561479335,\"producer\":\"stores/abc\"}";
    char id[24], timestamp[24], text[512], signature[64];
    uint8_t mac[SHA256_SIZE];
    struct arena arena;
    snprintf(id, sizeof(id), "msg_%d", ++bc->hooks);
    snprintf(timestamp, sizeof(timestamp), "%" PRId64, env_wall_us(bc->s->env) / US_PER_S);
    int n = snprintf(text, sizeof(text), "%s.%s.%s", id, timestamp, body);
    hmac_sha256(mac, slice_of(secret), (struct slice){text, (size_t)n});
    arena_init(&arena, 4096);
    struct slice b64 = base64_encode(&arena, (struct slice){(const char *)mac, sizeof(mac)});
    snprintf(signature, sizeof(signature), "v1,%.*s", SLICE_ARG(b64));
    arena_free(&arena);
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("webhook-id"), slice_of(id)},
        {SLICE("webhook-timestamp"), slice_of(timestamp)},
        {SLICE("webhook-signature"), slice_of(signature)},
    };
    return served_send(
        bc->s, "POST", SLICE("/hooks/bc"), headers, COUNT_OF(headers), slice_of(body));
}
