/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of a shop: "reader status", header lines, an empty line, the body. Every item of a push
 * or a reading gets a result; a count is confirmed only when the body itself names it; cursors that
 * are handed out can be used.
 */
#include "fuzz_connect.h"
#include "fuzz_woo.h"

#define ITEMS 8

static struct push_item items_of[2][ITEMS];

static void items_init(void)
{
    static const char *const keys[2][ITEMS] = {
        {"p:10", "p:99999", "p:12", "p:27", "p:26", "p:24", "p:28", "p:25"},
        {"v:11:12", "v:11:13", "v:11:14", "v:11:15", "v:11:16", "v:11:17", "v:11:22", "v:11:99999"},
    };
    static const int64_t values[ITEMS] = {37, 1, 9, 4, 4, 3, 5, 8};

    for (size_t g = 0; g < 2; g++) {
        for (size_t i = 0; i < ITEMS; i++) {
            items_of[g][i] =
                (struct push_item){.stock_key = slice_of(keys[g][i]), .value = values[i]};
        }
    }
}

static void must_signal(const struct channel_signal *signal)
{
    must(signal->retry_after_us >= 0 && signal->points_left == -1);
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
    connector_woocommerce.read_push(
        account, items_of[group], count, &(struct step){0}, response, doc, arena, results, &signal);
    must_signal(&signal);
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_STALE);
        must((results[i].outcome == PUSH_CONFIRMED) == (results[i].reason.n == 0));
        must(results[i].outcome != PUSH_CONFIRMED ||
             (response->status >= 200 && response->status <= 299));
        must(results[i].outcome == PUSH_REFUSED ||
             (!results[i].parent_managed && !results[i].unmanaged));
    }
}

static void counts_read(const struct account *account,
                        size_t group,
                        size_t count,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    struct read_result results[ITEMS];
    struct channel_signal signal;

    memset(results, 0xEE, sizeof results);
    connector_woocommerce.read_counts(
        account, items_of[group], count, &(struct step){0}, response, doc, arena, results, &signal);
    must_signal(&signal);
    for (size_t i = 0; i < count; i++) {
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
    static const uint8_t nonce[16];
    struct orders_page page;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;

    if (connector_woocommerce.read_orders(
            account, &(struct step){.now_us = 1}, response, doc, arena, &page, &signal, &note) ==
        ERR_OK) {
        must_be_sound(&page.facts);
        must(!page.next.n ||
             connector_woocommerce.build_orders(
                 account,
                 &(struct step){.now_us = 1, .nonce = nonce, .since_us = 0, .cursor = page.next},
                 arena,
                 &request) == ERR_OK);
    }
    must_signal(&signal);
}

static void order_read(const struct account *account,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena)
{
    struct facts facts;
    struct channel_signal signal;
    struct err_note note;

    if (connector_woocommerce.read_order(
            account, &(struct step){.now_us = 1}, response, doc, arena, &facts, &signal, &note) ==
        ERR_OK) {
        must_be_sound(&facts);
        must(facts.orders_count == 1);
    }
    must_signal(&signal);
}

static void catalogue_read(const struct account *account,
                           struct slice cursor,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena)
{
    static const uint8_t nonce[16];
    struct catalogue_page page;
    struct channel_signal signal;
    struct http_request request;
    struct err_note note;

    if (connector_woocommerce.read_catalogue(account,
                                             &(struct step){.cursor = cursor},
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
        struct woo_key key;
        must(woo_key_parse(page.items[i].key, &key));
        must(page.items[i].is_managed || !page.items[i].count_known);
    }
    if (page.next.n) {
        must(connector_woocommerce.build_catalogue(
                 account,
                 &(struct step){.now_us = 1, .nonce = nonce, .cursor = page.next},
                 arena,
                 &request) == ERR_OK);
    }
}

/* "connect", and the stage it stands in: 0 to 3. */
static void connect_read(const struct account *account,
                         struct slice reader,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena)
{
    static const char *const cursors[] = {"",
                                          "stock 0 0 - 0,0,0,0,0,0,0,0",
                                          "hooks 0 0 - 0,0,0,0,0,0,0,0",
                                          "write 7 0 - 0,0,0,0,0,0,0,12a"};
    struct slice digit = slice_from(reader, strlen("connect"));
    int64_t stage = 0;

    if (!slice_int(digit, &stage) || stage < 0 || stage >= (int64_t)COUNT_OF(cursors)) {
        stage = 0;
    }
    must_connect(account, slice_of(cursors[stage]), response, doc, arena);
}

static void secrets_read(const struct account *account,
                         struct slice body,
                         struct json_doc *doc,
                         struct arena *arena)
{
    struct slice secrets;
    struct err_note note;
    struct json root;

    if (connector_woocommerce.take_secrets(account, body, doc, arena, &secrets, &note) == ERR_OK) {
        must(json_parse(doc, secrets, &root, &note) == ERR_OK && json_count(root) == 2);
    }
}

static void answer_read(const struct account *account,
                        struct slice reader,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena)
{
    size_t group = slice_ends(reader, "v") ? 1 : 0;

    if (slice_starts(reader, "push")) {
        push_read(account, group, slice_starts(reader, "push1") ? 1 : ITEMS, response, doc, arena);
    } else if (slice_starts(reader, "counts")) {
        counts_read(
            account, group, slice_starts(reader, "counts1") ? 1 : ITEMS, response, doc, arena);
    } else if (slice_starts(reader, "connect")) {
        connect_read(account, reader, response, doc, arena);
    } else if (slice_is(reader, "secrets")) {
        secrets_read(account, response->body, doc, arena);
    } else if (slice_is(reader, "orders")) {
        orders_read(account, response, doc, arena);
    } else if (slice_is(reader, "order")) {
        order_read(account, response, doc, arena);
    } else {
        /* Cursors come back from ourselves only: the three kinds there are. */
        struct slice cursor = {0};
        if (slice_is(reader, "products2")) {
            cursor = SLICE("p/2");
        } else if (slice_is(reader, "variations")) {
            cursor = SLICE("v/2/1/21,CAP,Cap;11,,");
        }
        catalogue_read(account, cursor, response, doc, arena);
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
    woo_account(doc, &arena, &account);
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
    answer_read(&account, reader, &response, doc, &arena);
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
