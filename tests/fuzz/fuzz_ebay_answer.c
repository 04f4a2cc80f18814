/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of eBay: "reader status cursor" in a line, the body behind it. Every item of a push or a
 * reading gets a result, only 2xx confirms, one row alone is never split, and whatever cursor is
 * handed out can be used for the next request.
 */
#include "fuzz_ebay.h"

#define ITEMS 4

static struct push_item items_of[2][ITEMS];

static void items_init(void)
{
    static const char *const keys[ITEMS] = {"110/T", "110/U", "111/", "112/T"};
    static const char *const offers[ITEMS] = {"1", "2", "3", "4"};
    static char remotes[ITEMS][32];

    for (size_t i = 0; i < ITEMS; i++) {
        struct slice key = slice_of(i == 2 ? "111/V" : keys[i]);
        memcpy(remotes[i], "{\"offer_id\":\"0\"}", 17);
        remotes[i][13] = offers[i][0];
        items_of[0][i] = (struct push_item){
            .stock_key = key, .remote = slice_of(remotes[i]), .value = (int64_t)i};
        items_of[1][i] = (struct push_item){
            .stock_key = slice_of(keys[i]), .remote = SLICE("{}"), .value = (int64_t)i};
    }
}

struct input {
    struct account account;
    struct http_response response;
    struct step step;
    struct json_doc *doc;
    struct arena *arena;
};

static bool is_2xx(const struct input *in)
{
    return in->response.status >= 200 && in->response.status <= 299;
}

static void must_signal(const struct channel_signal *signal)
{
    must(signal->retry_after_us >= 0 && signal->retry_after_us <= 86400 * US_PER_S);
    must(signal->reason.n < 512);
    must(!signal->next.is_wanted || (signal->next.cursor.n > 0 && signal->next.cursor.n <= 65536));
}

static void push_read(const struct input *in, size_t group, size_t count)
{
    struct push_result results[ITEMS];
    struct channel_signal signal = SIGNAL_NONE;

    memset(results, 0xEE, sizeof results);
    connector_ebay.read_push(&in->account,
                             items_of[group],
                             count,
                             &in->step,
                             &in->response,
                             in->doc,
                             in->arena,
                             results,
                             &signal);
    must_signal(&signal);
    for (size_t i = 0; i < count; i++) {
        must(results[i].outcome <= PUSH_UNKNOWN && results[i].outcome != PUSH_STALE &&
             results[i].outcome != PUSH_ACCEPTED);
        must(results[i].outcome != PUSH_CONFIRMED || is_2xx(in));
        must((results[i].outcome == PUSH_CONFIRMED) == (results[i].reason.n == 0));
        must(results[i].outcome != PUSH_SPLIT || count > 1);
        must(!results[i].parent_managed && !results[i].unmanaged);
    }
}

static void counts_read(const struct input *in, size_t group)
{
    struct read_result results[ITEMS];
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;

    memset(results, 0xEE, sizeof results);
    connector_ebay.read_counts(&in->account,
                               items_of[group],
                               ITEMS,
                               &in->step,
                               &in->response,
                               in->doc,
                               in->arena,
                               results,
                               &signal);
    must_signal(&signal);
    for (size_t i = 0; i < ITEMS; i++) {
        must(results[i].outcome <= READ_FAILED);
        must((results[i].outcome == READ_COUNT) == (results[i].reason.n == 0));
    }
    struct step next = in->step;
    next.cursor = signal.next.cursor;
    must(!signal.next.is_wanted ||
         connector_ebay.build_read(
             &in->account, items_of[group], ITEMS, &next, in->arena, &request) == ERR_OK);
}

static void orders_read(const struct input *in)
{
    struct orders_page page;
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;
    struct err_note note;

    if (connector_ebay.read_orders(
            &in->account, &in->step, &in->response, in->doc, in->arena, &page, &signal, &note) ==
        ERR_OK) {
        must(is_2xx(in));
        must_be_sound(&page.facts);
        struct step next = in->step;
        next.cursor = page.next;
        must(!page.next.n ||
             connector_ebay.build_orders(&in->account, &next, in->arena, &request) == ERR_OK);
    }
    must_signal(&signal);
}

static void order_read(const struct input *in)
{
    struct facts facts = {0};
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;
    struct err_note note;

    enum err e = connector_ebay.read_order(
        &in->account, &in->step, &in->response, in->doc, in->arena, &facts, &signal, &note);
    must_signal(&signal);
    must(!e || !signal.next.is_wanted);
    if (signal.next.is_wanted) {
        struct step next = in->step;
        next.cursor = signal.next.cursor;
        must(connector_ebay.build_order(&in->account, SLICE("1"), &next, in->arena, &request) ==
             ERR_OK);
    } else if (!e) {
        must_be_sound(&facts);
        must(facts.orders_count == 1);
    }
}

static void catalogue_read(const struct input *in)
{
    struct catalogue_page page;
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;
    struct err_note note;

    if (connector_ebay.read_catalogue(
            &in->account, &in->step, &in->response, in->doc, in->arena, &page, &signal, &note) !=
        ERR_OK) {
        return;
    }
    must_signal(&signal);
    for (size_t i = 0; i < page.items_count; i++) {
        must(is_key(page.items[i].key) && page.items[i].remote.n > 0);
        must(page.items[i].is_managed || !page.items[i].count_known);
    }
    struct step next = in->step;
    next.cursor = signal.next.is_wanted ? signal.next.cursor : page.next;
    must(!next.cursor.n ||
         connector_ebay.build_catalogue(&in->account, &next, in->arena, &request) == ERR_OK);
}

static void connect_read(const struct input *in)
{
    struct connect_report report = {0};
    struct channel_signal signal = SIGNAL_NONE;
    struct http_request request;
    struct err_note note;

    enum err e = connector_ebay.read_connect(
        &in->account, &in->step, &in->response, in->doc, in->arena, &report, &signal, &note);
    must_signal(&signal);
    must(!e || !signal.next.is_wanted);
    if (e) {
        return;
    }
    for (size_t i = 0; i < report.checks_count; i++) {
        must(report.checks[i].what && report.checks[i].state <= CONNECT_WRONG);
    }
    struct step next = in->step;
    next.cursor = signal.next.cursor;
    must(!signal.next.is_wanted ||
         connector_ebay.build_connect(&in->account, &next, in->arena, &request) == ERR_OK);
}

static void access_read(const struct input *in)
{
    struct token token = {0};
    struct slice key = {0};
    int64_t lifetime_us = 0;
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note;

    if (connector_ebay.read_token(
            &in->account, &in->step, &in->response, in->doc, in->arena, &token, &signal, &note) ==
        ERR_OK) {
        must(is_2xx(in) && token.access.n > 0 && token.lifetime_us > 0);
    }
    signal = (struct channel_signal)SIGNAL_NONE;
    if (connector_ebay.read_key(&in->account,
                                &in->step,
                                &in->response,
                                in->doc,
                                in->arena,
                                &key,
                                &lifetime_us,
                                &signal,
                                &note) == ERR_OK) {
        must(is_2xx(in) && (signal.next.is_wanted || (key.n > 0 && lifetime_us > 0)));
    }
}

static void dispatch(const struct input *in, struct slice reader)
{
    if (slice_starts(reader, "push")) {
        push_read(in, slice_ends(reader, "t"), slice_starts(reader, "push1") ? 1 : ITEMS);
    } else if (slice_starts(reader, "counts")) {
        counts_read(in, slice_ends(reader, "t"));
    } else if (slice_is(reader, "orders")) {
        orders_read(in);
    } else if (slice_is(reader, "order")) {
        order_read(in);
    } else if (slice_is(reader, "connect")) {
        connect_read(in);
    } else if (slice_is(reader, "access")) {
        access_read(in);
    } else {
        catalogue_read(in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size};
    struct slice line, reader, number;
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    int64_t status = 0;

    must(doc);
    items_init();
    arena_init(&arena, (size_t)16 << 20);
    struct input in = {.doc = doc, .arena = &arena};
    ebay_open(doc, &arena, &in.account);
    slice_cut(&rest, '\n', &line);
    slice_cut(&line, ' ', &reader);
    slice_cut(&line, ' ', &number);
    if (slice_int(number, &status) && status >= 0 && status <= 999) {
        in.response.status = (int)status;
    }
    in.response.body = rest;
    in.step = (struct step){.now_us = INT64_C(1795412731000000),
                            .nonce = nonce,
                            .key = SLICE("k"),
                            .hooks_url = SLICE("https://stock.example/hooks/a"),
                            .cursor = line};
    dispatch(&in, reader);
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
