/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of the API: "reader status", header lines, an empty line, the body. Every item of a push
 * or a reading gets a result, nothing is ever confirmed, one row alone is never split, and cursors
 * that are handed out can be used.
 */
#include "fuzz_bigcommerce.h"
#include "fuzz_connect.h"

#define ITEMS 4

static struct push_item items_of[2][ITEMS];
static const uint8_t nonce[16];

static void items_init(void)
{
    static const char *const keys[2][ITEMS] = {
        {"variant:74", "variant:106", "variant:10", "variant:99999"},
        {"product:111", "product:112", "product:7", "product:99999"},
    };

    for (size_t g = 0; g < 2; g++) {
        for (size_t i = 0; i < ITEMS; i++) {
            items_of[g][i] = (struct push_item){
                .stock_key = slice_of(keys[g][i]), .location = SLICE("1"), .value = (int64_t)i};
        }
    }
}

static void must_signal(const struct channel_signal *signal)
{
    must(signal->retry_after_us >= 0 && signal->retry_after_us <= 86400 * US_PER_S);
    must(signal->points_left >= -1 && signal->points_left <= QTY_MAX);
    must((signal->points_left >= 0) == (signal->points_per_s > 0));
    must(signal->reason.n < 512);
}

static void push_read(const struct account *account,
                      size_t group,
                      size_t count,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena)
{
    struct push_result results[ITEMS];
    struct channel_signal signal;

    memset(results, 0xEE, sizeof results);
    connector_bigcommerce.read_push(
        account, items_of[group], count, &(struct step){0}, response, doc, arena, results, &signal);
    must_signal(&signal);
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_STALE);
        must(results[i].outcome != PUSH_CONFIRMED && results[i].reason.n > 0);
        must(results[i].outcome != PUSH_SPLIT || count > 1);
        must(results[i].outcome == PUSH_REFUSED ||
             (!results[i].parent_managed && !results[i].unmanaged));
    }
}

static void counts_read(const struct account *account,
                        size_t group,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    struct read_result results[ITEMS];
    struct channel_signal signal;

    memset(results, 0xEE, sizeof results);
    connector_bigcommerce.read_counts(
        account, items_of[group], ITEMS, &(struct step){0}, response, doc, arena, results, &signal);
    must_signal(&signal);
    for (size_t i = 0; i < ITEMS; i++) {
        must(results[i].outcome <= READ_FAILED);
        must((results[i].outcome == READ_COUNT) == (results[i].reason.n == 0));
        must(results[i].count >= -QTY_MAX && results[i].count <= QTY_MAX);
    }
}

static void orders_read(const struct account *account,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    struct orders_page page;
    struct facts facts;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;

    if (connector_bigcommerce.read_orders(
            account, &(struct step){.now_us = 1}, response, doc, arena, &page, &signal, &note) ==
        ERR_OK) {
        must_be_sound(&page.facts);
        must(!page.next.n ||
             connector_bigcommerce.build_orders(
                 account,
                 &(struct step){.now_us = 1, .nonce = nonce, .since_us = 0, .cursor = page.next},
                 arena,
                 &request) == ERR_OK);
    }
    must_signal(&signal);
    if (connector_bigcommerce.read_order(
            account, &(struct step){.now_us = 1}, response, doc, arena, &facts, &signal, &note) ==
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
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;

    if (connector_bigcommerce.read_catalogue(account,
                                             &(struct step){.cursor = SLICE("2")},
                                             response,
                                             doc,
                                             arena,
                                             &page,
                                             &signal,
                                             &note) != ERR_OK) {
        return;
    }
    must_signal(&signal);
    for (size_t i = 0; i < page.items_count; i++) {
        struct bc_key key;
        must(bc_key_parse(page.items[i].key, &key));
        must(page.items[i].is_managed || !page.items[i].count_known);
        must(!page.items[i].parent_managed || !page.items[i].count_known);
    }
    must(!page.next.n || connector_bigcommerce.build_catalogue(
                             account,
                             &(struct step){.now_us = 1, .nonce = nonce, .cursor = page.next},
                             arena,
                             &request) == ERR_OK);
}

/* "connect", and the stage it stands in: 0 to 3. */
static void connect_read(const struct account *account,
                         struct slice reader,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena)
{
    static const char *const cursors[] = {"",
                                          "places 0 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
                                          "hooks 0 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
                                          "make 14 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,12!"};
    struct slice digit = slice_from(reader, strlen("connect"));
    int64_t stage = 0;

    if (!slice_int(digit, &stage) || stage < 0 || stage >= (int64_t)COUNT_OF(cursors)) {
        stage = 0;
    }
    must_connect(account, slice_of(cursors[stage]), response, doc, arena);
}

/* What a person brings back, and the token it buys. */
static void
consent_read(const struct http_response *response, struct json_doc *doc, struct arena *arena)
{
    struct account account;
    struct json both;
    struct http_request request;
    struct token token = {0};
    struct channel_signal signal;
    struct err_note note;

    must(json_parse(doc,
                    SLICE("{\"store_hash\":\"abc\",\"client_id\":\"i\",\"client_secret\":\"s\"}"),
                    &both,
                    &note) == ERR_OK);
    must(connector_bigcommerce.configure(both, both, SLICE("a"), false, arena, &account, &note) ==
         ERR_OK);
    if (connector_bigcommerce.build_code(
            &account, response->body, &(struct step){0}, arena, &request) == ERR_OK) {
        must(memmem(request.body.p, request.body.n, "\"stores/abc\"", 12) != NULL);
    }
    if (connector_bigcommerce.read_token(
            &account, &(struct step){0}, response, doc, arena, &token, &signal, &note) == ERR_OK) {
        must(token.access.n > 0 && token.lifetime_us > 0);
    }
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
    items_init();
    arena_init(&arena, (size_t)16 << 20);
    bc_account(doc, &arena, &account);
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
    if (slice_starts(reader, "push")) {
        push_read(&account,
                  slice_ends(reader, "p"),
                  slice_starts(reader, "push1") ? 1 : ITEMS,
                  &response,
                  doc,
                  &arena);
    } else if (slice_starts(reader, "counts")) {
        counts_read(&account, slice_ends(reader, "p"), &response, doc, &arena);
    } else if (slice_starts(reader, "connect")) {
        connect_read(&account, reader, &response, doc, &arena);
    } else if (slice_is(reader, "consent")) {
        consent_read(&response, doc, &arena);
    } else if (slice_is(reader, "orders")) {
        orders_read(&account, &response, doc, &arena);
    } else {
        catalogue_read(&account, &response, doc, &arena);
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
