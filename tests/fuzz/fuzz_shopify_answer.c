/* SPDX-License-Identifier: Apache-2.0 */
/* Any answer to any call: each row gets an outcome, and only a clean answer confirms a push. */
#include "fuzz_connect.h"

#include "base/crypto.h"

#define ROWS 4

static void answer_push(const struct account *account,
                        const struct push_item *items,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    struct push_result out[ROWS];
    struct channel_signal signal;
    memset(out, 0xff, sizeof(out));
    connector_shopify.read_push(
        account, items, ROWS, &(struct step){0}, response, doc, arena, out, &signal);
    for (size_t i = 0; i < ROWS; i++) {
        must(out[i].outcome <= PUSH_UNKNOWN);
        if (out[i].outcome == PUSH_CONFIRMED) {
            must(response->status >= 200 && response->status <= 299);
            must(memmem(response->body.p, response->body.n, "inventorySetQuantities", 22) ||
                 memchr(response->body.p, '\\', response->body.n));
        }
    }
    must(signal.retry_after_us >= 0);
}

static void answer_orders(const struct account *account,
                          const struct http_response *response,
                          struct json_doc *doc,
                          struct arena *arena)
{
    struct orders_page page = {0};
    struct facts facts = {0};
    struct channel_signal signal;
    struct err_note note;
    if (!connector_shopify.read_orders(
            account, &(struct step){.now_us = 1}, response, doc, arena, &page, &signal, &note)) {
        must(page.facts.orders_count == 0 || page.facts.orders[0].id.n > 0);
    }
    if (!connector_shopify.read_order(
            account, &(struct step){.now_us = 1}, response, doc, arena, &facts, &signal, &note)) {
        must(facts.orders_count + (facts.unreadable != NULL) == 1);
    }
}

static const struct account *account_waiting(void)
{
    static struct account account;
    static struct arena arena;
    if (!account.connector) {
        struct json_doc *doc = json_doc_new();
        struct json both;
        struct err_note note;
        must(crypto_init() == ERR_OK);
        arena_init(&arena, (size_t)1 << 20);
        must(json_parse(doc,
                        SLICE("{\"shop\":\"a\",\"grant\":\"authorization_code\","
                              "\"client_id\":\"i\",\"client_secret\":\"s\"}"),
                        &both,
                        &note) == ERR_OK);
        must(connector_shopify.configure(both, both, SLICE("a"), false, &arena, &account, &note) ==
             ERR_OK);
        json_doc_free(doc);
    }
    return &account;
}

static const struct account *account_connected(void)
{
    static struct account account;
    static struct arena arena;
    if (!account.connector) {
        struct json_doc *doc = json_doc_new();
        struct json both;
        struct err_note note;
        arena_init(&arena, (size_t)1 << 20);
        must(json_parse(doc,
                        SLICE("{\"shop\":\"a\",\"access_token\":\"t\",\"location_map\":"
                              "[{\"location\":\"b\",\"remote\":24826418}]}"),
                        &both,
                        &note) == ERR_OK);
        must(connector_shopify.configure(both, both, SLICE("a"), false, &arena, &account, &note) ==
             ERR_OK);
        json_doc_free(doc);
    }
    return &account;
}

static void
answer_connect(const struct http_response *response, struct json_doc *doc, struct arena *arena)
{
    static const char *const cursors[] = {"", "places 3ffff", "hooks 3ffff 0 ", "make 3ffff"};
    struct token token = {0};
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        must_connect(account_connected(), slice_of(cursors[i]), response, doc, arena);
    }
    if (!connector_shopify.read_token(
            account_waiting(), &(struct step){0}, response, doc, arena, &token, &signal, &note)) {
        must(token.access.n > 0 && token.lifetime_us > 0);
    }
    /* Nobody finds the signature of a secret by chance. */
    must(connector_shopify.build_code(account_waiting(),
                                      response->body,
                                      &(struct step){.state = SLICE("n1")},
                                      arena,
                                      &request) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 201, 302, 400, 401, 404, 429, 500, 503, 0};
    static const struct http_header headers[] = {
        {{"Retry-After", 11}, {"2.0", 3}}, {{"Date", 4}, {"Mon, 23 Nov 2026 05:45:31 GMT", 29}}};
    static struct json_doc *doc;
    const struct account account = *account_connected();
    struct push_item items[ROWS];
    struct read_result counts[ROWS];
    struct catalogue_page page;
    struct channel_signal signal;
    struct err_note note;
    struct token token = {0};
    struct arena arena;

    if (!doc) {
        doc = json_doc_new();
    }
    if (!doc || size == 0) {
        return 0;
    }
    struct http_response response = {.status = statuses[data[0] % COUNT_OF(statuses)],
                                     .headers = headers,
                                     .headers_count = data[0] & 0x80 ? 2 : 0,
                                     .body = {(const char *)data + 1, size - 1}};
    arena_init(&arena, data[0] % 16 == 15 ? 600 : (size_t)1 << 22);
    for (size_t i = 0; i < ROWS; i++) {
        static const char *const keys[ROWS] = {"item:1", "item:2@5", "item:3", "variant:4"};
        items[i] = (struct push_item){.stock_key = slice_of(keys[i]), .location = SLICE("5")};
    }
    answer_push(&account, items, &response, doc, &arena);
    connector_shopify.read_counts(
        &account, items, ROWS, &(struct step){0}, &response, doc, &arena, counts, &signal);
    for (size_t i = 0; i < ROWS; i++) {
        must(counts[i].outcome <= READ_FAILED);
        must(counts[i].outcome != READ_COUNT ||
             (counts[i].count >= -QTY_MAX && counts[i].count <= QTY_MAX));
    }
    answer_orders(&account, &response, doc, &arena);
    if (!connector_shopify.read_catalogue(&account,
                                          &(struct step){.cursor = (struct slice){0}},
                                          &response,
                                          doc,
                                          &arena,
                                          &page,
                                          &signal,
                                          &note)) {
        for (size_t i = 0; i < page.items_count; i++) {
            must(page.items[i].key.n > 0 && page.items[i].stock_key.n > 0);
        }
    }
    if (!connector_shopify.read_token(
            &account, &(struct step){0}, &response, doc, &arena, &token, &signal, &note)) {
        must(token.access.n > 0 && token.lifetime_us > 0);
    }
    answer_connect(&response, doc, &arena);
    arena_free(&arena);
    return 0;
}
