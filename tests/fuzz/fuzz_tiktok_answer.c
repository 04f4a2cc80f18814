/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of the API: "reader status cursor", header lines, an empty line, the body. Every row of
 * a push or a reading gets a result, only code 0 confirms, one row alone is never split, and every
 * cursor that is handed out can be used.
 */
#include "fuzz_tiktok.h"

#define ITEMS 4

static struct push_item items[ITEMS];

static void items_init(void)
{
    static const char *const keys[ITEMS] = {"sku:1001", "sku:1001", "sku:1002", "sku:9"};

    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct push_item){.remote = SLICE("{\"product_id\":\"5\",\"sku_id\":\"6\"}"),
                                      .stock_key = slice_of(keys[i]),
                                      .location = i == 1 ? SLICE("71") : SLICE("70"),
                                      .value = (int64_t)i};
    }
}

struct input {
    const struct account *account;
    struct step step;
    struct http_response response;
    struct json_doc *doc;
    struct arena *arena;
};

static void must_signal(const struct channel_signal *signal)
{
    must(signal->retry_after_us >= 0 && signal->retry_after_us <= 86400 * US_PER_S);
    must(signal->reason.n < 512);
    must(!signal->next.is_wanted || (signal->next.cursor.n > 0 && signal->next.cursor.n < 65536));
}

static struct step at(struct slice cursor)
{
    return (struct step){
        .now_us = TT_NOW_US, .cursor = cursor, .hooks_url = SLICE("https://h.example/hooks/a")};
}

static void push_read(struct input *in, size_t count)
{
    struct push_result results[ITEMS];
    struct channel_signal signal;
    bool is_2xx = in->response.status >= 200 && in->response.status <= 299;

    memset(results, 0xEE, sizeof results);
    connector_tiktok.read_push(
        in->account, items, count, &in->step, &in->response, in->doc, in->arena, results, &signal);
    must_signal(&signal);
    must(!signal.next.is_wanted);
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_STALE);
        must((results[i].outcome == PUSH_CONFIRMED) == (results[i].reason.n == 0));
        must(results[i].outcome != PUSH_CONFIRMED || is_2xx);
        must(results[i].outcome != PUSH_SPLIT || count > 1);
        must(!results[i].parent_managed && !results[i].unmanaged);
    }
}

static void counts_read(struct input *in)
{
    struct read_result results[ITEMS];
    struct channel_signal signal;

    memset(results, 0xEE, sizeof results);
    connector_tiktok.read_counts(
        in->account, items, ITEMS, &in->step, &in->response, in->doc, in->arena, results, &signal);
    must_signal(&signal);
    for (size_t i = 0; i < ITEMS; i++) {
        must(results[i].outcome <= READ_FAILED);
        must((results[i].outcome == READ_COUNT) == (results[i].reason.n == 0));
        must(results[i].count >= -QTY_MAX && results[i].count <= QTY_MAX);
    }
}

static void orders_read(struct input *in)
{
    struct orders_page page;
    struct facts facts;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;

    if (connector_tiktok.read_orders(
            in->account, &in->step, &in->response, in->doc, in->arena, &page, &signal, &note) ==
        ERR_OK) {
        struct step next = at(signal.next.is_wanted ? signal.next.cursor : page.next);
        must_be_sound(&page.facts);
        must(connector_tiktok.build_orders(in->account, &next, in->arena, &request) == ERR_OK);
    } else {
        must(!signal.next.is_wanted);
    }
    must_signal(&signal);
    if (connector_tiktok.read_order(
            in->account, &in->step, &in->response, in->doc, in->arena, &facts, &signal, &note) ==
        ERR_OK) {
        must_be_sound(&facts);
        must(facts.orders_count == 1);
    }
}

static void catalogue_read(struct input *in)
{
    struct catalogue_page page;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;

    if (connector_tiktok.read_catalogue(
            in->account, &in->step, &in->response, in->doc, in->arena, &page, &signal, &note) !=
        ERR_OK) {
        return;
    }
    must_signal(&signal);
    for (size_t i = 0; i < page.items_count; i++) {
        must(tt_sku_of_key(page.items[i].key).n > 0 && page.items[i].is_managed);
        must(page.items[i].count >= -QTY_MAX && page.items[i].count <= QTY_MAX);
    }
    struct step next = at(page.next);
    must(connector_tiktok.build_catalogue(in->account, &next, in->arena, &request) == ERR_OK);
}

static void token_read(struct input *in)
{
    struct token token;
    struct channel_signal signal;
    struct err_note note;

    if (connector_tiktok.read_token(
            in->account, &in->step, &in->response, in->doc, in->arena, &token, &signal, &note) ==
        ERR_OK) {
        must(token.access.n > 0 && tt_is_token(token.access) && tt_is_token(token.refresh));
        must(token.lifetime_us > 0 && token.lifetime_us <= 7 * 86400 * US_PER_S);
    }
}

static void connect_read(struct input *in)
{
    struct connect_report report;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;
    struct json settings;

    if (connector_tiktok.read_connect(
            in->account, &in->step, &in->response, in->doc, in->arena, &report, &signal, &note) !=
        ERR_OK) {
        must(!signal.next.is_wanted);
        return;
    }
    must_signal(&signal);
    for (size_t i = 0; i < report.checks_count; i++) {
        bool must_say = report.checks[i].state >= CONNECT_BY_HAND;
        must(report.checks[i].what && (report.checks[i].detail.n > 0 || !must_say));
    }
    struct step next = at(signal.next.cursor);
    must(!signal.next.is_wanted ||
         connector_tiktok.build_connect(in->account, &next, in->arena, &request) == ERR_OK);
    must(!report.settings.n || json_parse(in->doc, report.settings, &settings, &note) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size};
    struct slice line, reader, status_text;
    struct http_header headers[8];
    struct arena arena;
    struct account account;
    struct input in = {.account = &account, .response = {.headers = headers}, .arena = &arena};
    int64_t status = 0;

    in.doc = json_doc_new();
    must(in.doc);
    items_init();
    arena_init(&arena, (size_t)16 << 20);
    tt_account(in.doc, &arena, &account);
    slice_cut(&rest, '\n', &line);
    slice_cut(&line, ' ', &reader);
    slice_cut(&line, ' ', &status_text);
    in.step = at(line);
    if (slice_int(status_text, &status) && status >= 0 && status <= 999) {
        in.response.status = (int)status;
    }
    while (slice_cut(&rest, '\n', &line) && line.n &&
           in.response.headers_count < COUNT_OF(headers)) {
        struct slice name;
        slice_cut(&line, ':', &name);
        headers[in.response.headers_count++] = (struct http_header){name, slice_trim(line)};
    }
    in.response.body = rest;
    if (slice_starts(reader, "push")) {
        push_read(&in, slice_is(reader, "push1") ? 1 : ITEMS);
    } else if (slice_is(reader, "counts")) {
        counts_read(&in);
    } else if (slice_is(reader, "orders")) {
        orders_read(&in);
    } else if (slice_is(reader, "token")) {
        token_read(&in);
    } else if (slice_is(reader, "connect")) {
        connect_read(&in);
    } else {
        catalogue_read(&in);
    }
    arena_free(&arena);
    json_doc_free(in.doc);
    return 0;
}
