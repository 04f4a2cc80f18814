/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of the API: "reader status", header lines, an empty line, the body. A push is driven to
 * its end with the same answer again and again: it ends, every row gets a result, only what an
 * answer shows is confirmed, and what is written back says as many products as were read. Cursors
 * that are handed out can be used. "cursor" reads the body as the cursor of a push instead.
 */
#include "fuzz_connect.h"
#include "fuzz_etsy.h"

#define ITEMS 4
#define NOW_US INT64_C(1795412731000000)

static const uint8_t nonce[16];
static struct push_item rows[ITEMS];

static void rows_init(struct arena *arena)
{
    static const struct {
        const char *sku;
        int64_t product, value, lo, hi;
    } list[ITEMS] = {
        {"TEE-S", 1001, 4, 0, 9}, {"TEE-M", 1002, 0, 0, 9}, {"", 1003, 2, 0, 0}, {"X", 0, 1, 3, 3}};

    for (size_t i = 0; i < ITEMS; i++) {
        struct slice sku = slice_of(list[i].sku);
        rows[i] = (struct push_item){.remote = etsy_remote_text(arena, 7, list[i].product, sku),
                                     .stock_key = sku.n ? etsy_sku_key(arena, 7, sku)
                                                        : etsy_product_key(arena, list[i].product),
                                     .value = list[i].value,
                                     .expected_lo = list[i].lo,
                                     .expected_hi = list[i].hi};
    }
}

static void must_signal(const struct channel_signal *signal)
{
    must(signal->retry_after_us >= 0 && signal->retry_after_us <= 86400 * US_PER_S);
    must(signal->points_left >= -1 && signal->points_left <= QTY_MAX);
    must((signal->points_left >= 0) == (signal->points_per_s > 0));
    must(signal->day_left >= -1 && signal->day_left <= QTY_MAX);
    must(signal->reason.n < 1024);
}

static void must_results(const struct push_result *results, size_t count, int status)
{
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_SPLIT);
        must((results[i].outcome == PUSH_CONFIRMED) == (results[i].reason.n == 0));
        must(results[i].outcome != PUSH_CONFIRMED || (status >= 200 && status <= 299));
    }
}

static size_t products_in(struct slice text, struct json_doc *doc)
{
    struct json root;
    struct err_note note;
    size_t count = 0;

    if (json_parse(doc, text, &root, &note)) {
        return 0;
    }
    for (struct json_iter i = json_iter(json_get(root, "products")); json_next(&i);) {
        bool deleted = false;
        count += !(json_bool(json_get(i.value, "is_deleted"), &deleted) && deleted);
    }
    return count;
}

static void push_run(const struct account *account,
                     struct slice cursor,
                     const struct http_response *response,
                     struct json_doc *doc,
                     struct arena *arena)
{
    for (int calls = 0;; calls++) {
        struct step step = {.now_us = NOW_US + calls, .nonce = nonce, .cursor = cursor};
        struct push_result results[ITEMS];
        struct channel_signal signal = SIGNAL_NONE;
        struct http_request request;
        must(calls < 20);
        if (connector_etsy.build_push(account, rows, ITEMS, &step, arena, &request) != ERR_OK) {
            must(calls == 0 || arena->exhausted);
            return;
        }
        if (calls > 0 && slice_is(request.method, "PUT")) {
            must(products_in(request.body, doc) == products_in(response->body, doc));
        }
        memset(results, 0xEE, sizeof results);
        connector_etsy.read_push(
            account, rows, ITEMS, &step, response, doc, arena, results, &signal);
        must_signal(&signal);
        if (!signal.next.is_wanted) {
            must_results(results, ITEMS, response->status);
            return;
        }
        cursor = signal.next.cursor;
        must(cursor.n > 0 && cursor.n <= 65536);
    }
}

static void counts_read(const struct account *account,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    struct read_result results[ITEMS];
    struct channel_signal signal = SIGNAL_NONE;

    memset(results, 0xEE, sizeof results);
    connector_etsy.read_counts(
        account, rows, ITEMS, &(struct step){0}, response, doc, arena, results, &signal);
    must_signal(&signal);
    for (size_t i = 0; i < ITEMS; i++) {
        must(results[i].outcome <= READ_FAILED);
        must((results[i].outcome == READ_COUNT) == (results[i].reason.n == 0));
        must(results[i].count >= 0 && results[i].count <= QTY_MAX);
    }
}

static void orders_read(const struct account *account,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    struct orders_page page;
    struct facts facts;
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;
    struct err_note note;
    struct step step = {.now_us = NOW_US, .nonce = nonce, .cursor = SLICE("m:90")};

    if (connector_etsy.read_orders(account, &step, response, doc, arena, &page, &signal, &note) ==
        ERR_OK) {
        must_be_sound(&page.facts);
        step.cursor = page.next;
        must(!page.next.n ||
             connector_etsy.build_orders(account, &step, arena, &request) == ERR_OK);
    }
    must_signal(&signal);
    if (connector_etsy.read_order(account, &step, response, doc, arena, &facts, &signal, &note) ==
        ERR_OK) {
        must_be_sound(&facts);
        must(facts.orders_count == 1);
    }
}

static void catalogue_read(const struct account *account,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena)
{
    struct catalogue_page page;
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;
    struct err_note note;
    struct step step = {.now_us = NOW_US, .nonce = nonce};

    if (connector_etsy.read_catalogue(
            account, &step, response, doc, arena, &page, &signal, &note) != ERR_OK) {
        return;
    }
    for (size_t i = 0; i < page.items_count; i++) {
        struct push_item item = {.remote = page.items[i].remote,
                                 .stock_key = page.items[i].stock_key};
        struct etsy_target target;
        must(etsy_target_of(&item, &target));
        must(page.items[i].is_managed == page.items[i].count_known);
    }
    step.cursor = page.next;
    must(!page.next.n || connector_etsy.build_catalogue(account, &step, arena, &request) == ERR_OK);
}

static void token_read(const struct account *account,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena)
{
    struct channel_signal signal = SIGNAL_NONE;
    struct token token;
    struct err_note note;
    struct http_request request;
    struct step step = {.state = SLICE("s"), .redirect_uri = SLICE("https://a.example/b")};

    if (connector_etsy.read_token(account, &step, response, doc, arena, &token, &signal, &note) ==
        ERR_OK) {
        must(token.access.n > 0 && token.lifetime_us > 0);
    }
    (void)!connector_etsy.build_code(account, response->body, &step, arena, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size};
    struct slice line, reader;
    struct http_header headers[8];
    struct http_response response = {.headers = headers};
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct account account;
    int64_t status = 0;

    must(doc);
    arena_init(&arena, (size_t)64 << 20);
    rows_init(&arena);
    etsy_account(doc, &arena, &account);
    slice_cut(&rest, '\n', &line);
    slice_cut(&line, ' ', &reader);
    if (slice_int(line, &status) && status >= 0 && status <= 999) {
        response.status = (int)status;
    }
    while (slice_cut(&rest, '\n', &line) && line.n && response.headers_count < COUNT_OF(headers)) {
        struct slice name;
        slice_cut(&line, ':', &name);
        headers[response.headers_count++] = (struct http_header){name, slice_trim(line)};
    }
    response.body = rest;
    if (slice_is(reader, "push")) {
        push_run(&account, (struct slice){0}, &response, doc, &arena);
    } else if (slice_is(reader, "cursor")) {
        response.body = SLICE("{}");
        push_run(&account, rest, &response, doc, &arena);
    } else if (slice_is(reader, "counts")) {
        counts_read(&account, &response, doc, &arena);
    } else if (slice_is(reader, "orders")) {
        orders_read(&account, &response, doc, &arena);
    } else if (slice_is(reader, "token")) {
        token_read(&account, &response, doc, &arena);
    } else if (slice_is(reader, "connect")) {
        must_connect(&account, (struct slice){0}, &response, doc, &arena);
    } else {
        catalogue_read(&account, &response, doc, &arena);
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
