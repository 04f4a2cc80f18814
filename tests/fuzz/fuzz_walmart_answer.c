/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of the API: "reader status", the exchange's cursor, a line; header lines, an empty
 * line, the body. Every item of a push or a reading gets a result unless the exchange goes on, only a 2xx
 * confirms, one row alone is never split, and every cursor that is handed out builds a request that
 * stays with the account. A reader's name that ends in 'n' has ship nodes.
 */
#include "fuzz_walmart.h"

#define ITEMS 4

static const uint8_t nonce[16] = {1, 2, 3};
static struct push_item items[ITEMS];

static void items_init(bool has_nodes)
{
    static const char *const keys[2][ITEMS] = {
        {"sku:A", "sku:B", "sku:C", "sku:D/\"é"},
        {"sku:A", "sku:A", "sku:C", "sku:D/\"é"},
    };
    static const char *const nodes[ITEMS] = {"1", "2", "1", "2"};

    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct push_item){.stock_key = slice_of(keys[has_nodes][i]),
                                      .location = has_nodes ? slice_of(nodes[i]) : SLICE(""),
                                      .value = (int64_t)i};
    }
}

static struct step step_at(struct slice cursor)
{
    return (struct step){.now_us = INT64_C(1795512000000000),
                         .nonce = nonce,
                         .key = SLICE("0b8e9d3e-7b0c-4b53-9d2b-1f6d1c6a9f01"),
                         .cursor = cursor,
                         .hooks_url = SLICE("https://stock.example/hooks/a")};
}

static void must_signal(const struct channel_signal *signal)
{
    must(signal->retry_after_us >= 0 && signal->retry_after_us <= 86400 * US_PER_S);
    must(signal->points_left == -1 && signal->day_left == -1);
    must(signal->reason.n < 512);
    must(!signal->next.is_wanted || (signal->next.cursor.n > 0 && signal->next.cursor.n <= 65536));
    must(!signal->next.is_wanted || (!signal->down && !signal->throttled && !signal->unauthorised));
    must(signal->next.after_us >= 0);
}

static void must_stay(const struct account *account, const struct http_request *r)
{
    must(r->url.n > account->base_url.n &&
         memcmp(r->url.p, account->base_url.p, account->base_url.n) == 0 &&
         r->url.p[account->base_url.n] == '/');
    for (size_t i = 0; i < r->url.n; i++) {
        must(r->url.p[i] > ' ' && r->url.p[i] <= '~');
    }
}

struct given {
    const struct account *account;
    const struct http_response *response;
    struct slice cursor;
    struct json_doc *doc;
    struct arena *arena;
};

static void push_read(const struct given *g, size_t count)
{
    struct push_result results[ITEMS];
    struct channel_signal signal;
    struct http_request request;
    struct step step = step_at(g->cursor);

    memset(results, 0xEE, sizeof results);
    connector_walmart.read_push(
        g->account, items, count, &step, g->response, g->doc, g->arena, results, &signal);
    must_signal(&signal);
    if (signal.next.is_wanted) {
        step.cursor = signal.next.cursor;
        must(connector_walmart.build_push(g->account, items, count, &step, g->arena, &request) ==
             ERR_OK);
        must_stay(g->account, &request);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_STALE);
        must((results[i].outcome == PUSH_CONFIRMED) == (results[i].reason.n == 0));
        must(results[i].outcome != PUSH_SPLIT || count > 1);
    }
}

static void counts_read(const struct given *g, size_t count)
{
    struct read_result results[ITEMS];
    struct channel_signal signal;
    struct http_request request;
    struct step step = step_at(g->cursor);

    memset(results, 0xEE, sizeof results);
    connector_walmart.read_counts(
        g->account, items, count, &step, g->response, g->doc, g->arena, results, &signal);
    must_signal(&signal);
    if (signal.next.is_wanted) {
        step.cursor = signal.next.cursor;
        must(connector_walmart.build_read(g->account, items, count, &step, g->arena, &request) ==
             ERR_OK);
        must_stay(g->account, &request);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= READ_FAILED);
        must((results[i].outcome == READ_COUNT) == (results[i].reason.n == 0));
        must(results[i].count >= 0 && results[i].count <= QTY_MAX);
    }
}

static void orders_read(const struct given *g)
{
    struct orders_page page;
    struct facts facts;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;
    struct step step = step_at(g->cursor);

    if (connector_walmart.read_orders(
            g->account, &step, g->response, g->doc, g->arena, &page, &signal, &note) == ERR_OK) {
        must_be_sound(&page.facts);
        step.cursor = page.next;
        must(!page.next.n ||
             connector_walmart.build_orders(g->account, &step, g->arena, &request) == ERR_OK);
        if (page.next.n) {
            must_stay(g->account, &request);
        }
    }
    must_signal(&signal);
    if (connector_walmart.read_order(
            g->account, &step, g->response, g->doc, g->arena, &facts, &signal, &note) == ERR_OK) {
        must_be_sound(&facts);
        must(facts.orders_count == 1);
    }
}

static void catalogue_read(const struct given *g)
{
    struct catalogue_page page;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;
    struct step step = step_at(g->cursor);

    if (connector_walmart.read_catalogue(
            g->account, &step, g->response, g->doc, g->arena, &page, &signal, &note) != ERR_OK) {
        return;
    }
    must_signal(&signal);
    for (size_t i = 0; i < page.items_count; i++) {
        const struct catalogue_item *item = &page.items[i];
        must(slice_equal(wm_key_sku(item->key), item->sku) && item->remote.n > 0);
        must(item->is_managed && !item->count_known);
    }
    step.cursor = page.next;
    must(!page.next.n ||
         connector_walmart.build_catalogue(g->account, &step, g->arena, &request) == ERR_OK);
    if (page.next.n) {
        must_stay(g->account, &request);
    }
}

static void access_read(const struct given *g)
{
    struct connect_report report = {0};
    struct token token = {0};
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;
    struct step step = step_at(g->cursor);

    enum err e = connector_walmart.read_connect(
        g->account, &step, g->response, g->doc, g->arena, &report, &signal, &note);
    must(e == ERR_OK || !signal.next.is_wanted);
    for (size_t i = 0; i < report.checks_count; i++) {
        must(report.checks[i].what && report.checks[i].state <= CONNECT_WRONG);
        must(report.checks[i].detail.n > 0 || report.checks[i].state <= CONNECT_MADE);
    }
    if (signal.next.is_wanted) {
        step.cursor = signal.next.cursor;
        must(connector_walmart.build_connect(g->account, &step, g->arena, &request) == ERR_OK);
        must_stay(g->account, &request);
    }
    if (connector_walmart.read_token(
            g->account, &step, g->response, g->doc, g->arena, &token, &signal, &note) == ERR_OK) {
        must(token.access.n > 0 && token.lifetime_us > 0 && token.lifetime_us <= 900 * US_PER_S);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size};
    struct slice line, reader;
    struct http_header headers[8];
    struct http_response response = {.headers = headers};
    struct arena arena;
    struct account account;
    struct given given = {
        .account = &account, .response = &response, .doc = json_doc_new(), .arena = &arena};
    int64_t status = 0;

    must(given.doc);
    arena_init(&arena, (size_t)16 << 20);
    slice_cut(&rest, '\n', &line);
    slice_cut(&line, ' ', &reader);
    slice_cut(&line, ' ', &given.cursor);
    if (slice_int(given.cursor, &status) && status >= 0 && status <= 999) {
        response.status = (int)status;
    }
    slice_cut(&rest, '\n', &given.cursor);
    bool has_nodes = slice_ends(reader, "n");
    wm_account(given.doc, has_nodes, &arena, &account);
    items_init(has_nodes);
    while (slice_cut(&rest, '\n', &line) && line.n && response.headers_count < COUNT_OF(headers)) {
        struct slice name;
        slice_cut(&line, ':', &name);
        headers[response.headers_count++] = (struct http_header){name, slice_trim(line)};
    }
    response.body = rest;
    if (slice_starts(reader, "push")) {
        push_read(&given, slice_starts(reader, "push1") ? 1 : ITEMS);
    } else if (slice_starts(reader, "counts")) {
        counts_read(&given, slice_starts(reader, "counts1") ? 1 : ITEMS);
    } else if (slice_starts(reader, "orders")) {
        orders_read(&given);
    } else if (slice_starts(reader, "connect")) {
        access_read(&given);
    } else {
        catalogue_read(&given);
    }
    arena_free(&arena);
    json_doc_free(given.doc);
    return 0;
}
