/* SPDX-License-Identifier: Apache-2.0 */
/*
 * woo_recording - what a real WooCommerce sent and answered (tests/data/woocommerce), and the
 * connector's results as one line of text, so that a table can hold them.
 */
#pragma once
#include "testing.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/times.h"
#include "channels/connector.h"

#define WOO_DATA TC_TEST_DATA "/woocommerce/"
#define WOO_NOW_US INT64_C(1795408147123456) /* 2026-11-23T04:29:07.123456Z */

static struct arena arena;
static struct json_doc *recording_doc, *doc;
static const uint8_t nonce[16] = {
    0x69, 0x48, 0xd5, 0x70, 0xbe, 0x39, 0x3e, 0x5b, 0x97, 0x6e, 0xa9, 0x22, 0xa2, 0xeb, 0xa0, 0xcf};

static int woo_setup(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    recording_doc = json_doc_new();
    doc = json_doc_new();
    return recording_doc && doc && crypto_init() == ERR_OK ? 0 : -1;
}

static int woo_teardown(void **state)
{
    (void)state;
    json_doc_free(recording_doc);
    json_doc_free(doc);
    arena_free(&arena);
    return 0;
}

static inline struct json json_of(const char *text)
{
    struct json out;
    struct err_note note;
    assert_int_equal(json_parse(recording_doc, slice_of(text), &out, &note), ERR_OK);
    return out;
}

static inline struct slice file_read(const char *path)
{
    ON_EXIT(buf_free) struct buf text;
    char part[4096];
    size_t n;
    FILE *file = fopen(path, "rb");

    buf_init(&text, (size_t)8 << 20);
    if (!file) {
        print_error("cannot open %s\n", path);
    }
    assert_non_null(file);
    while ((n = fread(part, 1, sizeof part, file)) > 0) {
        buf_put(&text, part, n);
    }
    assert_int_equal(fclose(file), 0);
    assert_false(text.overflow);
    return arena_copy(&arena, buf_view(&text));
}

/* Its parts are copied: the document is free again. */
struct recording {
    struct slice topic, method, target, body;
    struct http_response response;
    struct http_header *headers; /* in the arena */
    size_t headers_count;
};

static inline struct slice member_text(struct json object, const char *name)
{
    struct slice text = {0};
    return json_text(json_get(object, name), &text) ? arena_copy(&arena, text) : text;
}

static inline void headers_read(struct json object, struct recording *out)
{
    out->headers_count = 0;
    out->headers = ARENA_ARRAY(&arena, json_count(object), struct http_header);
    assert_non_null(out->headers);
    for (struct json_iter i = json_iter(object); json_next(&i);) {
        struct slice value;
        assert_true(json_text(i.value, &value));
        out->headers[out->headers_count++] =
            (struct http_header){arena_copy(&arena, i.key), arena_copy(&arena, value)};
    }
}

static inline void recording_read(const char *path, struct recording *out)
{
    struct json root;
    struct err_note note;
    int64_t status = 0;

    assert_int_equal(json_parse(recording_doc, file_read(path), &root, &note), ERR_OK);
    *out = (struct recording){.topic = member_text(root, "topic")};
    struct json request = json_get(root, "request");
    if (json_type(request) == JSON_OBJECT) {
        struct json response = json_get(root, "response");
        out->method = member_text(request, "method");
        out->target = member_text(request, "path");
        out->body = member_text(request, "body");
        headers_read(json_get(response, "headers"), out);
        assert_true(json_int(json_get(response, "status"), &status));
        out->response = (struct http_response){
            .status = (int)status,
            .headers = out->headers,
            .headers_count = out->headers_count,
            .body = member_text(response, "body"),
        };
    } else {
        out->method = member_text(root, "method");
        out->body = member_text(root, "body");
        headers_read(json_get(root, "headers"), out);
    }
}

static inline struct recording rest(const char *name)
{
    struct recording out;
    struct slice path = arena_printf(&arena, WOO_DATA "%s.json", name);
    recording_read(path.p, &out);
    return out;
}

static inline struct account account_with(const char *settings)
{
    struct json_doc *secrets_doc = json_doc_new();
    struct account account;
    struct json secrets;
    struct err_note note = {0};

    assert_non_null(secrets_doc);
    assert_int_equal(
        json_parse(secrets_doc,
                   SLICE("{\"consumer_key\":\"ck_a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4\","
                         "\"consumer_secret\":\"cs_0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c\","
                         "\"webhook_secret\":\"truecount-test-secret\"}"),
                   &secrets,
                   &note),
        ERR_OK);
    enum err e = connector_woocommerce.configure(
        json_of(settings), secrets, SLICE("woo"), false, &arena, &account, &note);
    if (e) {
        print_error("%s\n", note.text);
    }
    assert_int_equal(e, ERR_OK);
    json_doc_free(secrets_doc);
    return account;
}

static inline struct account account_default(void)
{
    return account_with("{\"base_url\":\"https://127.0.0.1:8443\"}");
}

/* ---- what was read, as text ---- */

static inline void put_stamp(struct buf *out, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    buf_slice(out, time_format_s(time_us, text));
}

static inline void put_count(struct buf *out, const char *name, int64_t value)
{
    if (value != 0) {
        buf_printf(out, " %s=%" PRId64, name, value);
    }
}

static inline void put_line(struct buf *out, const struct snapshot_line *line)
{
    buf_printf(out, " | %.*s %.*s", SLICE_ARG(line->id), SLICE_ARG(line->remote));
    if (line->remote_other.n) {
        buf_printf(out, "~%.*s", SLICE_ARG(line->remote_other));
    }
    put_count(out, "ordered", line->ordered);
    put_count(out, "cancelled", line->cancelled);
    put_count(out, "no_restock", line->no_restock);
    put_count(out, "fulfilled", line->fulfilled);
    put_count(out, "returned", line->returned);
    put_count(out, "restocked", line->restocked);
    put_count(out, "taken", line->taken);
    assert_false(line->channel_fulfilled);
    assert_int_equal(line->location.n, 0);
}

static inline void put_order(struct buf *out, const struct order_snapshot *order)
{
    buf_printf(out, "order %.*s changed ", SLICE_ARG(order->id));
    put_stamp(out, order->version);
    buf_text(out, " placed ");
    put_stamp(out, order->placed_at_us);
    buf_printf(out, " to %.*s/%.*s", SLICE_ARG(order->country), SLICE_ARG(order->region));
    for (size_t i = 0; i < order->lines_count; i++) {
        put_line(out, &order->lines[i]);
    }
    assert_true(order->version_is_time);
    assert_false(order->is_test);
}

static inline void put_observation(struct buf *out, const struct observation *o)
{
    buf_printf(out, "shows %.*s", SLICE_ARG(o->stock_key));
    if (o->parent_managed) {
        buf_text(out, " parent");
    } else if (!o->is_managed) {
        buf_text(out, " unmanaged");
    }
    if (o->is_known) {
        buf_printf(out, " %" PRId64, o->count);
    }
    if (o->as_of_us) {
        buf_text(out, " at ");
        put_stamp(out, o->as_of_us);
    }
}

static inline struct slice facts_text(const struct facts *facts)
{
    static const char *const kinds[] = {"nothing", "order", "changed", "count"};
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, (size_t)1 << 20);
    for (size_t i = 0; i < facts->orders_count; i++) {
        buf_text(&out, out.n ? "; " : "");
        put_order(&out, &facts->orders[i]);
    }
    for (size_t i = 0; i < facts->observations_count; i++) {
        buf_text(&out, out.n ? "; " : "");
        put_observation(&out, &facts->observations[i]);
    }
    for (size_t i = 0; i < facts->fetches_count; i++) {
        const struct fetch *fetch = &facts->fetches[i];
        buf_printf(&out, "%sfetch %s", out.n ? "; " : "", kinds[fetch->kind]);
        buf_printf(&out, "%s%.*s", fetch->id.n ? " " : "", SLICE_ARG(fetch->id));
    }
    if (facts->unreadable) {
        buf_printf(&out, "%sunreadable: %s", out.n ? "; " : "", facts->unreadable);
    }
    if (facts->ignored) {
        buf_printf(&out, "%signored: %s", out.n ? "; " : "", facts->ignored);
    }
    assert_false(out.overflow);
    return arena_copy(&arena, buf_view(&out));
}
