/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book - what was asked of the server, what it answered, and whether the one agrees with the other.
 *
 * A thing is an order, a receipt of goods, a hold or a transfer. A deed is one message or request
 * about it: an order's deed n is its version n, a transfer's are create, ship and receive. A deed
 * is answered (a 2xx) or open: no answer came, or a 503. After a kill, book_check
 *
 *   looks    every answered deed is there once; an open one is there whole or not at all
 *   repeats  each open deed with the same bytes, which must succeed and say whether it was there
 *   counts   the stock of every SKU against plain sums over the book
 *
 * and puts each deed into one of four buckets: ok, lost, doubled, resolved (was open, is known now).
 * The same deed always has the same bytes: they are made from the book, never kept.
 */
#pragma once
#include "kill/served_child.h"

#include "base/crypto.h"
#include "base/standard_webhooks.h"
#include "drill/luck.h"

#define BOOK_SKUS 6
#define BOOK_OPENING 1000000
#define BOOK_VERSIONS 6
#define BOOK_SECRET "c2NlbmFyaW8tc2VjcmV0LTAxMjM0NTY3"
#define BOOK_WOO_SECRET "a-secret-of-woo-0123456789"

enum thing_kind { THING_API, THING_WOO, THING_RECEIPT, THING_HOLD, THING_TRANSFER };

struct line_state {
    int64_t ordered, cancelled, fulfilled;
};

struct deed {
    bool is_sent, is_answered;
    bool was_refused; /* a 503: it says that nothing changed */
    bool was_there;   /* an open one, as seen after the kill */
    int64_t delivery; /* the id that the answer named; 0: none did */
    uint64_t answer;  /* digest of the first answer */
};

struct thing {
    enum thing_kind kind;
    int sku[2];
    int64_t units[2]; /* of what is no order */
    int deeds_count;  /* of an order: its versions so far */
    bool is_ended;    /* of an order: its last version cancels or ships all */
    bool is_touched;  /* since the last check */
    char id[24];      /* what the server calls it, when it said so */
    struct line_state lines[BOOK_VERSIONS + 1][2];
    struct deed deeds[BOOK_VERSIONS + 1]; /* 1... */
};

struct tally {
    int64_t ok, lost, doubled, resolved_there, resolved_not, halves, refused_yet_there, repeats;
};

struct book {
    struct thing *things;
    size_t count, cap;
    int64_t epoch, signed_at_s;
    struct tally tally;
    struct arena arena;
    struct buf path, headers, body;
};

static inline void book_init(struct book *b, size_t cap)
{
    *b = (struct book){.cap = cap, .things = calloc(cap, sizeof(struct thing))};
    must(b->things);
    arena_init(&b->arena, (size_t)8 << 20);
    buf_init(&b->path, 1024);
    buf_init(&b->headers, 4096);
    buf_init(&b->body, 1 << 16);
}

/* A new directory is a new book; the tally goes on. */
static inline void book_begin(struct book *b, int64_t epoch)
{
    memset(b->things, 0, b->count * sizeof(struct thing));
    b->count = 0;
    b->epoch = epoch;
    b->signed_at_s = (int64_t)time(NULL);
}

static inline void book_free(struct book *b)
{
    free(b->things);
    arena_free(&b->arena);
    buf_free(&b->path);
    buf_free(&b->headers);
    buf_free(&b->body);
}

/* ---- the world the book is about ---- */

static inline void book_world(struct served_child *s)
{
    child_write(s, "/v1/locations", "{'code':'berlin','name':'Berlin','country':'DE'}");
    child_write(s, "/v1/locations", "{'code':'hamburg','name':'Hamburg','country':'DE'}");
    child_write(s,
                "/v1/channels",
                "{'code':'own','connector':'api','mode':'live','opened_at':'2026-01-01T00:00:00Z',"
                "'secrets':{'webhook_secret':'whsec_" BOOK_SECRET "'},"
                "'route':[{'location':'berlin','priority':1}]}");
    /* Nobody listens on port 9: the shop is away all the time, and its orders come by webhook. */
    child_write(s,
                "/v1/channels",
                "{'code':'woo','connector':'woocommerce','mode':'shadow',"
                "'opened_at':'2026-01-01T00:00:00Z','settings':{'base_url':'http://127.0.0.1:9'},"
                "'secrets':{'consumer_key':'ck_1','consumer_secret':'cs_1',"
                "'webhook_secret':'" BOOK_WOO_SECRET "'},"
                "'route':[{'location':'berlin','priority':1}]}");
    for (int i = 0; i < BOOK_SKUS; i++) {
        child_write(s, "/v1/skus", "{'sku':'SKU-%d','title':'number %d'}", i, i);
        child_write(s, "/v1/listings", "{'channel':'own','sku':'SKU-%d'}", i);
        child_write(s,
                    "/v1/listings",
                    "{'channel':'woo','sku':'SKU-%d','remote':{'product_id':'%d'}}",
                    i,
                    1000 + i);
        child_write(s,
                    "/v1/movements",
                    "{'movements':[{'kind':'receive','sku':'SKU-%d','location':'berlin',"
                    "'quantity':%d}]}",
                    i,
                    BOOK_OPENING);
    }
}

/* ---- the bytes of a deed ---- */

static inline size_t book_number(const struct book *b, const struct thing *t)
{
    return (size_t)(t - b->things);
}

static inline void book_api_body(struct book *b, const struct thing *t, int nth)
{
    buf_printf(&b->body, "{\"id\":\"a%zu\",\"version\":\"%d\",\"lines\":[", book_number(b, t), nth);
    for (int i = 0; i < 2; i++) {
        const struct line_state *line = &t->lines[nth][i];
        buf_printf(&b->body,
                   "%s{\"id\":\"%d\",\"sku\":\"SKU-%d\",\"ordered\":%" PRId64
                   ",\"cancelled\":%" PRId64 ",\"fulfilled\":%" PRId64 "}",
                   i ? "," : "",
                   i + 1,
                   t->sku[i],
                   line->ordered,
                   line->cancelled,
                   line->fulfilled);
    }
    buf_text(&b->body, "]}");
}

static inline void book_woo_body(struct book *b, const struct thing *t, int nth)
{
    const struct line_state *line = t->lines[nth];
    const char *status = line[0].cancelled   ? "cancelled"
                         : line[0].fulfilled ? "completed"
                                             : "processing";
    buf_printf(&b->body,
               "{\"id\":%zu,\"status\":\"%s\",\"currency\":\"EUR\",\"date_created_gmt\":"
               "\"2026-11-01T10:00:00\",\"date_modified_gmt\":\"2026-11-01T10:00:%02d\"%s,"
               "\"shipping\":{\"country\":\"DE\",\"state\":\"\"},\"refunds\":[],\"line_items\":[",
               book_number(b, t) + 1,
               status,
               10 + nth,
               line[0].fulfilled ? ",\"date_completed_gmt\":\"2026-11-01T10:00:09\"" : "");
    for (int i = 0; i < 2; i++) {
        buf_printf(&b->body,
                   "%s{\"id\":%d,\"product_id\":%d,\"variation_id\":0,\"quantity\":%" PRId64
                   ",\"sku\":\"SKU-%d\",\"meta_data\":[{\"id\":1,\"key\":\"_reduced_stock\","
                   "\"value\":\"%" PRId64 "\"}]}",
                   i ? "," : "",
                   i + 1,
                   1000 + t->sku[i],
                   line[i].ordered,
                   t->sku[i],
                   line[i].cancelled ? 0 : line[i].ordered);
    }
    buf_text(&b->body, "]}");
}

static inline void book_sign_api(struct book *b, const struct thing *t, int nth)
{
    struct slice key = {0};
    char id[64], stamp[32];
    arena_clear(&b->arena);
    must(webhook_key_read(SLICE("whsec_" BOOK_SECRET), &b->arena, &key));
    snprintf(id, sizeof(id), "msg_%" PRId64 "_%zu_%d", b->epoch, book_number(b, t), nth);
    snprintf(stamp, sizeof(stamp), "%" PRId64, b->signed_at_s);
    struct slice signature =
        webhook_signature(&key, 1, slice_of(id), slice_of(stamp), buf_view(&b->body), &b->arena);
    buf_printf(&b->headers,
               "Content-Type: application/json\r\nwebhook-id: %s\r\nwebhook-timestamp: %s\r\n"
               "webhook-signature: %.*s\r\n",
               id,
               stamp,
               SLICE_ARG(signature));
}

static inline void book_sign_woo(struct book *b)
{
    uint8_t mac[SHA256_SIZE];
    arena_clear(&b->arena);
    hmac_sha256(mac, SLICE(BOOK_WOO_SECRET), buf_view(&b->body));
    struct slice text = base64_encode(&b->arena, (struct slice){(const char *)mac, sizeof(mac)});
    buf_printf(&b->headers,
               "Content-Type: application/json\r\nX-WC-Webhook-Signature: %.*s\r\n"
               "X-WC-Webhook-Topic: order.updated\r\n",
               SLICE_ARG(text));
}

static inline void book_request_body(struct book *b, const struct thing *t, int nth)
{
    static const char *const openings[] = {[THING_RECEIPT] = "{\"movements\":[",
                                           [THING_HOLD] = "\"lines\":[",
                                           [THING_TRANSFER] = "\"lines\":["};
    if (t->kind == THING_TRANSFER && nth > 1) {
        buf_text(&b->body, "{}");
        return;
    }
    if (t->kind == THING_HOLD) {
        buf_printf(&b->body,
                   "{\"owner\":\"h%zu\",\"channel\":\"own\",\"expires_in\":86400,",
                   book_number(b, t));
    } else if (t->kind == THING_TRANSFER) {
        buf_printf(&b->body,
                   "{\"from\":\"berlin\",\"to\":\"hamburg\",\"reference\":\"t%zu\",",
                   book_number(b, t));
    }
    buf_text(&b->body, openings[t->kind]);
    for (int i = 0; i < 2; i++) {
        buf_printf(&b->body,
                   "%s{\"sku\":\"SKU-%d\",\"quantity\":%" PRId64,
                   i ? "," : "",
                   t->sku[i],
                   t->units[i]);
        if (t->kind == THING_RECEIPT) {
            buf_printf(&b->body,
                       ",\"kind\":\"receive\",\"location\":\"berlin\",\"reference\":\"r%zu\"",
                       book_number(b, t));
        }
        buf_char(&b->body, '}');
    }
    buf_text(&b->body, "]}");
}

/* The whole request into b->path, b->headers, b->body. */
static inline void book_request(struct book *b, const struct thing *t, int nth)
{
    static const char *const steps[] = {"", "", "/ship", "/receive"};
    buf_clear(&b->path);
    buf_clear(&b->headers);
    buf_clear(&b->body);
    if (t->kind == THING_API) {
        buf_text(&b->path, "/hooks/own");
        book_api_body(b, t, nth);
        book_sign_api(b, t, nth);
    } else if (t->kind == THING_WOO) {
        buf_text(&b->path, "/hooks/woo/order.updated");
        book_woo_body(b, t, nth);
        book_sign_woo(b);
    } else {
        buf_text(&b->path,
                 t->kind == THING_RECEIPT ? "/v1/movements"
                 : t->kind == THING_HOLD  ? "/v1/holds"
                                          : "/v1/transfers");
        if (nth > 1) {
            buf_printf(&b->path, "/%s%s", t->id, steps[nth]);
        }
        book_request_body(b, t, nth);
        buf_printf(&b->headers,
                   BEARER "Idempotency-Key: key-%" PRId64 "-%zu-%d\r\n",
                   b->epoch,
                   book_number(b, t),
                   nth);
    }
    buf_char(&b->path, '\0');
    buf_char(&b->headers, '\0');
    must(!b->path.overflow && !b->headers.overflow && !b->body.overflow);
}

static inline bool thing_is_order(const struct thing *t)
{
    return t->kind == THING_API || t->kind == THING_WOO;
}

/* ---- answers ---- */

static inline uint64_t book_digest(struct slice text)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < text.n; i++) {
        h = (h ^ (uint8_t)text.p[i]) * 1099511628211u;
    }
    return h;
}

/* A 2xx. The answer to a repeat must be the first one's, or "duplicate". */
static inline void
book_answered(struct book *b, struct thing *t, int nth, struct json json, struct slice body)
{
    struct deed *deed = &t->deeds[nth];
    struct slice state = said(json, "state");
    bool is_repeat = deed->is_answered;
    if (thing_is_order(t)) {
        bool is_fresh = slice_is(state, "applied") || slice_is(state, "stale");
        if (is_repeat ? !slice_is(state, "duplicate")
                      : !is_fresh && !slice_is(state, "duplicate")) {
            fail_msg("a %s delivery was answered with: %.*s",
                     is_repeat ? "repeated" : "new",
                     SLICE_ARG(body));
        }
        if (!is_repeat && is_fresh) {
            deed->delivery = said_number(json, "delivery");
        }
    } else if (is_repeat && deed->answer != book_digest(body)) {
        fail_msg("a repeat under its key was answered otherwise: %.*s", SLICE_ARG(body));
    } else if (nth == 1 && t->kind != THING_RECEIPT) {
        snprintf(t->id, sizeof(t->id), "%.*s", SLICE_ARG(said(json, "id")));
        must(t->id[0]);
    }
    b->tally.repeats += is_repeat;
    deed->is_answered = true;
    deed->answer = book_digest(body);
    t->is_touched = true;
}

/* An answer of any kind. 503 leaves the deed open; whatever else is no 2xx is a fault. */
static inline void book_take(
    struct book *b, struct served_child *s, struct thing *t, int nth, int status, struct slice body)
{
    struct err_note note;
    struct json json = {0};
    if (status == 503) {
        t->deeds[nth].was_refused |= !t->deeds[nth].is_answered;
        return;
    }
    if (status < 200 || status > 299 || json_parse(s->doc, body, &json, &note)) {
        child_print_log(s);
        fail_msg("%s: %d %.*s", b->path.p ? b->path.p : "", status, SLICE_ARG(body));
    }
    book_answered(b, t, nth, json, body);
}

/* ---- new deeds ---- */

static inline uint64_t luck_below(struct luck *luck, uint64_t n)
{
    return (uint64_t)luck_between(luck, 0, (int64_t)n - 1);
}

static inline void order_next_version(struct thing *t, struct luck *luck)
{
    int nth = ++t->deeds_count;
    bool ends = nth > 1 && luck_below(luck, 3) == 0, ships = luck_below(luck, 2) == 0;
    for (int i = 0; i < 2; i++) {
        struct line_state *line = &t->lines[nth][i];
        line->ordered = ends ? t->lines[nth - 1][i].ordered : 1 + (int64_t)luck_below(luck, 9);
        line->fulfilled = ends && ships ? line->ordered : 0;
        line->cancelled = ends && !ships ? line->ordered : 0;
    }
    t->is_ended = ends || nth == BOOK_VERSIONS;
}

static inline struct thing *book_new_thing(struct book *b, struct luck *luck, enum thing_kind kind)
{
    must(b->count < b->cap);
    struct thing *t = &b->things[b->count++];
    t->kind = kind;
    t->sku[0] = (int)luck_below(luck, BOOK_SKUS);
    t->sku[1] = (t->sku[0] + 1 + (int)luck_below(luck, BOOK_SKUS - 1)) % BOOK_SKUS;
    for (int i = 0; i < 2; i++) {
        t->units[i] = 1 + (int64_t)luck_below(luck, 9);
    }
    if (thing_is_order(t)) {
        order_next_version(t, luck);
    } else {
        t->deeds_count = kind == THING_TRANSFER ? 3 : 1;
    }
    return t;
}

/* The next deed of a transfer: one step after the other, each after the answer to the one before. */
static inline int transfer_next(const struct thing *t)
{
    for (int nth = 1; nth <= t->deeds_count; nth++) {
        if (!t->deeds[nth].is_sent) {
            return nth == 1 || t->deeds[nth - 1].is_answered ? nth : 0;
        }
    }
    return 0;
}

/* Something old to go on with: a newer version, a transfer's next step, a repeat. 0: not this one. */
static inline int book_go_on(struct thing *t, struct luck *luck)
{
    if (t->kind == THING_TRANSFER) {
        int nth = transfer_next(t);
        if (nth) {
            return nth;
        }
    }
    if (thing_is_order(t) && !t->is_ended && luck_below(luck, 4)) {
        order_next_version(t, luck);
        return t->deeds_count;
    }
    int nth = 1 + (int)luck_below(luck, (uint64_t)t->deeds_count);
    return t->deeds[nth].is_answered ? nth : 0;
}

static inline struct thing *book_next(struct book *b, struct luck *luck, int *out_nth)
{
    static const enum thing_kind kinds[] = {THING_API,
                                            THING_API,
                                            THING_API,
                                            THING_WOO,
                                            THING_WOO,
                                            THING_RECEIPT,
                                            THING_HOLD,
                                            THING_TRANSFER};
    *out_nth = 0;
    struct thing *t = NULL;
    if (b->count && luck_below(luck, 2)) {
        uint64_t recent = b->count < 40 ? b->count : 40;
        t = &b->things[b->count - 1 - luck_below(luck, recent)];
        *out_nth = book_go_on(t, luck);
    }
    if (!*out_nth) {
        t = book_new_thing(b, luck, kinds[luck_below(luck, COUNT_OF(kinds))]);
        *out_nth = 1;
    }
    t->deeds[*out_nth].is_sent = true;
    t->is_touched = true;
    return t;
}
