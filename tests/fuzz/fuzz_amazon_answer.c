/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer: "reader status cursor", header lines, an empty line, the body. Every row of a push or a
 * reading gets a result, nothing is ever confirmed, one row alone is never split, and a request can
 * be built from every cursor that is handed out - for a document's address only by https.
 */
#include "fuzz_amazon.h"

#define ITEMS 4

static struct push_item items[ITEMS];
static const uint8_t nonce[16];

struct run {
    struct account account;
    struct step step;
    struct http_response response;
    struct json_doc *doc;
    struct arena arena;
    struct channel_signal signal;
    struct err_note note;
};

static void must_signal(const struct run *r)
{
    const struct channel_signal *s = &r->signal;

    must(s->retry_after_us >= 0 && s->retry_after_us <= 86400 * US_PER_S);
    must(s->rate_per_1000s >= 0 && s->rate_per_1000s <= QTY_MAX);
    must(s->points_left == -1 && s->day_left == -1);
    must(s->reason.n < 1024);
    must(!s->next.is_wanted || (s->next.cursor.n > 0 && s->next.cursor.n <= 65536));
    must(s->next.after_us >= 0);
}

static struct step step_of(struct slice cursor)
{
    return (struct step){.now_us = US_PER_S, .nonce = nonce, .cursor = cursor};
}

static void push_read(struct run *r, size_t count)
{
    struct push_result results[ITEMS];
    struct http_request request;

    memset(results, 0xEE, sizeof results);
    connector_amazon.read_push(
        &r->account, items, count, &r->step, &r->response, r->doc, &r->arena, results, &r->signal);
    must_signal(r);
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_STALE);
        must(results[i].outcome != PUSH_CONFIRMED && results[i].reason.n > 0);
        must(results[i].outcome != PUSH_SPLIT || count > 1);
    }
    must(count > 1 || !r->signal.next.is_wanted);
    if (r->signal.next.is_wanted) {
        struct step next = step_of(r->signal.next.cursor);
        enum err e =
            connector_amazon.build_push(&r->account, items, count, &next, &r->arena, &request);
        /* An address that may not be called is a cursor as well, and ends there. */
        must(e == ERR_OK || e == ERR_USAGE);
        must(e || slice_starts(request.url, "https://"));
    }
}

static void counts_read(struct run *r)
{
    struct read_result results[ITEMS];

    memset(results, 0xEE, sizeof results);
    connector_amazon.read_counts(
        &r->account, items, ITEMS, &r->step, &r->response, r->doc, &r->arena, results, &r->signal);
    must_signal(r);
    for (size_t i = 0; i < ITEMS; i++) {
        must(results[i].outcome <= READ_FAILED);
        must((results[i].outcome == READ_COUNT) == (results[i].reason.n == 0));
        must(results[i].count >= -QTY_MAX && results[i].count <= QTY_MAX);
    }
}

static void orders_read(struct run *r)
{
    struct orders_page page;
    struct facts facts;
    struct http_request request;

    if (connector_amazon.read_orders(
            &r->account, &r->step, &r->response, r->doc, &r->arena, &page, &r->signal, &r->note) ==
        ERR_OK) {
        struct step next = step_of(page.next);
        must_be_sound(&page.facts, &r->arena);
        must(connector_amazon.build_orders(&r->account, &next, &r->arena, &request) == ERR_OK);
    }
    must_signal(r);
    if (connector_amazon.read_order(
            &r->account, &r->step, &r->response, r->doc, &r->arena, &facts, &r->signal, &r->note) ==
        ERR_OK) {
        must_be_sound(&facts, &r->arena);
        must(facts.orders_count == (facts.ignored ? 0 : 1));
    }
}

static void catalogue_read(struct run *r)
{
    struct catalogue_page page;
    struct http_request request;

    if (connector_amazon.read_catalogue(
            &r->account, &r->step, &r->response, r->doc, &r->arena, &page, &r->signal, &r->note) !=
        ERR_OK) {
        return;
    }
    must_signal(r);
    for (size_t i = 0; i < page.items_count; i++) {
        must(is_key(page.items[i].key, &r->arena) && page.items[i].remote.n > 0);
        must(page.items[i].is_managed || !page.items[i].count_known);
    }
    struct step next = step_of(page.next);
    must(connector_amazon.build_catalogue(&r->account, &next, &r->arena, &request) == ERR_OK);
}

static void connect_read(struct run *r)
{
    struct connect_report report = {0};
    struct http_request request;

    enum err e = connector_amazon.read_connect(
        &r->account, &r->step, &r->response, r->doc, &r->arena, &report, &r->signal, &r->note);
    must_signal(r);
    must(!e || !r->signal.next.is_wanted);
    must(!e || r->note.text[0]);
    for (size_t i = 0; !e && i < report.checks_count; i++) {
        const struct connect_check *c = &report.checks[i];
        must(c->detail.n > 0 || c->state == CONNECT_OK || c->state == CONNECT_MADE);
    }
    if (r->signal.next.is_wanted) {
        struct step next = step_of(r->signal.next.cursor);
        must(connector_amazon.build_connect(&r->account, &next, &r->arena, &request) == ERR_OK);
    }
}

static void access_read(struct run *r)
{
    struct token token;
    struct messages messages;

    if (connector_amazon.read_token(
            &r->account, &r->step, &r->response, r->doc, &r->arena, &token, &r->signal, &r->note) ==
        ERR_OK) {
        must(token.access.n > 0 && token.lifetime_us > 0);
    }
    if (connector_amazon.read_receive(&r->account,
                                      &r->step,
                                      &r->response,
                                      r->doc,
                                      &r->arena,
                                      &messages,
                                      &r->signal,
                                      &r->note) == ERR_OK) {
        struct http_request request;
        must(messages.count <= MESSAGES_MAX);
        must(!messages.count ||
             connector_amazon.build_ack(
                 &r->account, messages.items, messages.count, &r->step, &r->arena, &request) ==
                 ERR_OK);
    }
    must_signal(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[ITEMS] = {"sku:A", "sku:B b", "sku:C%40", "sku:D"};
    struct slice rest = {(const char *)data, size};
    struct slice line, reader, number;
    struct http_header headers[8];
    struct run r = {.doc = json_doc_new(), .response = {.headers = headers}};
    int64_t status = 0;

    must(r.doc);
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct push_item){.stock_key = slice_of(keys[i]), .value = (int64_t)i};
    }
    arena_init(&r.arena, (size_t)32 << 20);
    amazon_account(r.doc, &r.arena, &r.account);
    slice_cut(&rest, '\n', &line);
    slice_cut(&line, ' ', &reader);
    slice_cut(&line, ' ', &number);
    r.step = step_of(line);
    if (slice_int(number, &status) && status >= 0 && status <= 999) {
        r.response.status = (int)status;
    }
    while (slice_cut(&rest, '\n', &line) && line.n &&
           r.response.headers_count < COUNT_OF(headers)) {
        struct slice name;
        slice_cut(&line, ':', &name);
        headers[r.response.headers_count++] = (struct http_header){name, slice_trim(line)};
    }
    r.response.body = rest;
    if (slice_is(reader, "push")) {
        push_read(&r, 1);
    } else if (slice_is(reader, "feed")) {
        push_read(&r, ITEMS);
    } else if (slice_is(reader, "counts")) {
        counts_read(&r);
    } else if (slice_is(reader, "orders")) {
        orders_read(&r);
    } else if (slice_is(reader, "connect")) {
        connect_read(&r);
    } else if (slice_is(reader, "access")) {
        access_read(&r);
    } else {
        catalogue_read(&r);
    }
    arena_free(&r.arena);
    json_doc_free(r.doc);
    return 0;
}
