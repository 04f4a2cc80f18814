/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etsy_exchange - inventory records to read, and a push driven from its first request to its last:
 * built, answered by what is scripted, read, and on with the cursor that was left.
 */
#pragma once
#include "support/channel_fixture.h"

#include "base/buf.h"
#include "channels/etsy/etsy.h"

#define ETSY_NOW_US INT64_C(1795412731000000)
#define ETSY_CONFIG(more)                                                                          \
    "{\"settings\":{\"shop_id\":12345" more "},\"secrets\":{\"keystring\":\"ks\","                 \
    "\"shared_secret\":\"sec\",\"refresh_token\":\"r\",\"access_token\":\"12345.t\","              \
    "\"webhook_secret\":\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"}}"

/* One variation of a record. */
struct variation {
    int64_t id;
    const char *sku;
    int64_t quantity;
    bool is_disabled;
};

static inline struct slice etsy_variation_text(const struct variation *v)
{
    return arena_printf(
        &fixture.arena,
        "{\"product_id\":%" PRId64 ",\"sku\":\"%s\",\"is_deleted\":false,\"offerings\":[{"
        "\"offering_id\":%" PRId64 ",\"quantity\":%" PRId64 ",\"is_enabled\":%s,"
        "\"is_deleted\":false,\"price\":{\"amount\":2500,\"divisor\":100,"
        "\"currency_code\":\"USD\"},\"readiness_state_id\":77}],\"property_values\":[{"
        "\"property_id\":100,\"property_name\":\"Size\",\"scale_id\":301,"
        "\"scale_name\":\"Letter\",\"value_ids\":[%" PRId64 "],\"values\":[\"V%" PRId64 "\"]}]}",
        v->id,
        v->sku,
        v->id + 4000,
        v->quantity,
        v->is_disabled ? "false" : "true",
        v->id,
        v->id);
}

/* quantity_on: "100", or "" when all variations share one quantity. state "": it is not said. */
static inline struct slice etsy_record_text(const char *state,
                                            const char *quantity_on,
                                            const struct variation *list,
                                            size_t count)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, (size_t)4 << 20);
    buf_text(&text, "{\"products\":[");
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, i ? "," : "");
        buf_slice(&text, etsy_variation_text(&list[i]));
    }
    buf_printf(&text,
               "],\"price_on_property\":[],\"quantity_on_property\":[%s],"
               "\"sku_on_property\":[100],\"readiness_state_on_property\":[]",
               quantity_on);
    if (state[0]) {
        buf_printf(&text, ",\"listing\":{\"listing_id\":7,\"state\":\"%s\"}", state);
    }
    buf_text(&text, "}");
    return arena_copy(&fixture.arena, buf_view(&text));
}

/* A row of listing 7 that should show `value` and may show lo to hi now. */
static inline struct push_item
etsy_row(const char *sku, int64_t product, int64_t value, int64_t lo, int64_t hi)
{
    struct slice name = slice_of(sku);

    return (struct push_item){
        .remote = etsy_remote_text(&fixture.arena, 7, product, name),
        .stock_key = name.n ? etsy_sku_key(&fixture.arena, 7, name)
                            : etsy_product_key(&fixture.arena, product),
        .value = value,
        .expected_lo = lo,
        .expected_hi = hi,
    };
}

#define SCRIPT_MAX 16
struct script {
    const struct account *account;
    const struct push_item *items;
    size_t count;
    struct http_response answers[SCRIPT_MAX];
    size_t answers_count;
    int64_t lag_us; /* between two requests */
    /* What was seen. */
    struct http_request requests[SCRIPT_MAX];
    int64_t delays_us[SCRIPT_MAX]; /* asked for before the next request */
    size_t calls;
    struct push_result results[ETSY_PUSH_MAX];
    struct channel_signal signal;
};

static inline void script_answer(struct script *s, int status, struct slice body)
{
    assert_true(s->answers_count < SCRIPT_MAX);
    s->answers[s->answers_count++] = fixture_answer(status, body);
}

/* All scripted answers are asked for, and no more. */
static inline void script_run(struct script *s)
{
    static const uint8_t nonce[16] = {40};
    const struct connector *c = s->account->connector;
    struct slice cursor = {0};

    for (s->calls = 0;;) {
        struct step step = {.now_us = ETSY_NOW_US + (int64_t)s->calls * s->lag_us,
                            .nonce = nonce,
                            .cursor = cursor};
        assert_true(s->calls < s->answers_count);
        assert_int_equal(
            c->build_push(
                s->account, s->items, s->count, &step, &fixture.arena, &s->requests[s->calls]),
            ERR_OK);
        memset(s->results, 0xee, sizeof s->results);
        s->signal = (struct channel_signal)SIGNAL_NONE;
        c->read_push(s->account,
                     s->items,
                     s->count,
                     &step,
                     &s->answers[s->calls],
                     fixture.doc,
                     &fixture.arena,
                     s->results,
                     &s->signal);
        s->delays_us[s->calls++] = s->signal.next.after_us;
        if (!s->signal.next.is_wanted) {
            break;
        }
        cursor = s->signal.next.cursor;
        assert_true(cursor.n > 0 && cursor.n <= 65536);
    }
    assert_int_equal(s->calls, s->answers_count);
}

/* "GET inventory, PUT inventory": what the requests were, without the addresses' common part. */
static inline struct slice script_calls(const struct script *s)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, 4096);
    for (size_t i = 0; i < s->calls; i++) {
        const struct http_request *r = &s->requests[i];
        buf_printf(&text, "%s%.*s", i ? ", " : "", SLICE_ARG(r->method));
        if (slice_is(r->method, "PATCH")) {
            buf_printf(&text, " %.*s", SLICE_ARG(r->body));
        }
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

/* One letter a row: Confirmed, Refused, Stale, Again, sPlit, Later, Unknown. */
static inline struct slice script_outcomes(const struct script *s)
{
    static const char letters[] = {[PUSH_CONFIRMED] = 'C',
                                   [PUSH_ACCEPTED] = 'A',
                                   [PUSH_REFUSED] = 'R',
                                   [PUSH_STALE] = 'S',
                                   [PUSH_AGAIN] = 'G',
                                   [PUSH_SPLIT] = 'P',
                                   [PUSH_LATER] = 'L',
                                   [PUSH_UNKNOWN] = 'U'};
    char *text = arena_alloc(&fixture.arena, s->count + 1);

    assert_non_null(text);
    for (size_t i = 0; i < s->count; i++) {
        assert_in_range(s->results[i].outcome, PUSH_CONFIRMED, PUSH_UNKNOWN);
        assert_int_equal(s->results[i].outcome == PUSH_CONFIRMED, s->results[i].reason.n == 0);
        text[i] = letters[s->results[i].outcome];
    }
    return (struct slice){text, s->count};
}

/* The quantities of a body that is written, as "4 0 3". */
static inline struct slice script_quantities(struct slice body)
{
    ON_EXIT(buf_free) struct buf text;
    struct json products = json_get(fixture_json(body), "products");

    buf_init(&text, 65536);
    for (struct json_iter i = json_iter(products); json_next(&i);) {
        int64_t quantity = -1;
        struct json_iter first = json_iter(json_get(i.value, "offerings"));
        assert_true(json_next(&first));
        assert_true(json_int(json_get(first.value, "quantity"), &quantity));
        buf_printf(&text, "%s%" PRId64, text.n ? " " : "", quantity);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static inline void assert_says(struct slice text, const char *words)
{
    if (!text.n || !memmem(text.p, text.n, words, strlen(words))) {
        fail_msg("'%.*s' does not say '%s'", SLICE_ARG(text), words);
    }
}
