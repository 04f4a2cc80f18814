/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every request that a connector can emit, for check.mjs beside this file.
 *
 *     vendor_requests CONNECTOR
 *     vendor_requests              names all connectors, a line each
 *
 * Walks the exchanges of each account of vendor_accounts.h. On stdout, a line of JSON each:
 *   {"connector","account","operation","method","url","headers":[[name,value]],"body":base64}
 *      a request; it waits for a line {"status","headers":{},"body"} on stdin, gives it to the
 *      connector as the answer, and goes on with what the connector wants next
 *   {"connector","account","operation","steps","outcome"}
 *      how the exchange ended: what the connector made of the last answer
 * Ends with 0 when all was walked, whatever the outcomes: who judges requests is the other side.
 */
#include "base/json_write.h"
#include "support/channel_fixture.h"
#include "vendor/vendor_accounts.h"

#define STEPS_MAX 48
#define PAGES_MAX 3
#define ROWS_MAX 3

enum operation {
    OP_TOKEN,
    OP_CODE,
    OP_CONNECT,
    OP_CATALOGUE,
    OP_ORDERS,
    OP_ORDER,
    OP_READ_ONE,
    OP_READ_MANY,
    OP_PUSH_ONE,
    OP_PUSH_MANY,
    OP_PUSH_BULK,
    OP_KEY,
    OP_RECEIVE,
    OP_ACK,
    OPERATIONS,
};
static const char *const operation_names[] = {
    [OP_TOKEN] = "token",
    [OP_CODE] = "code",
    [OP_CONNECT] = "connect",
    [OP_CATALOGUE] = "catalogue",
    [OP_ORDERS] = "orders",
    [OP_ORDER] = "order",
    [OP_READ_ONE] = "read",
    [OP_READ_MANY] = "read many",
    [OP_PUSH_ONE] = "push",
    [OP_PUSH_MANY] = "push many",
    [OP_PUSH_BULK] = "push bulk",
    [OP_KEY] = "key",
    [OP_RECEIVE] = "receive",
    [OP_ACK] = "acknowledge",
};

/* One exchange on its way. */
struct walk {
    const struct vendor_account *of;
    const struct connector *connector;
    struct account account;
    struct slice config; /* what the account was made of */
    enum operation operation;
    struct push_item items[ROWS_MAX];
    size_t count; /* of items in this exchange */
    struct step step;
    struct messages messages; /* of OP_RECEIVE, for OP_ACK */
    /* what the last answer came to */
    struct channel_signal signal;
    struct slice page_next;
    char outcome[400];
};

static const char *const push_words[] = {
    [PUSH_CONFIRMED] = "confirmed",
    [PUSH_ACCEPTED] = "accepted",
    [PUSH_REFUSED] = "refused",
    [PUSH_STALE] = "stale",
    [PUSH_AGAIN] = "again",
    [PUSH_SPLIT] = "split",
    [PUSH_LATER] = "later",
    [PUSH_UNKNOWN] = "unknown",
};
static const char *const read_words[] = {
    [READ_COUNT] = "count",
    [READ_MISSING] = "missing",
    [READ_UNMANAGED] = "unmanaged",
    [READ_PARENT] = "parent",
    [READ_FAILED] = "failed",
};

/* ---- lines ---- */

static void put_line(struct buf *line)
{
    must(!line->overflow);
    buf_char(line, '\n');
    must(fwrite(line->p, 1, line->n, stdout) == line->n && fflush(stdout) == 0);
}

static struct json_writer line_begin(const struct walk *w, struct buf *line)
{
    buf_init(line, (size_t)32 << 20);
    struct json_writer out = json_writer(line);
    json_begin_object(&out);
    json_field_str(&out, "connector", w->of->name);
    json_field_str(&out, "account", w->of->kind);
    json_field_str(&out, "operation", operation_names[w->operation]);
    return out;
}

static void put_request(const struct walk *w, const struct http_request *request)
{
    ON_EXIT(buf_free) struct buf line;
    struct json_writer out = line_begin(w, &line);

    json_field_text(&out, "method", request->method);
    json_field_text(&out, "url", request->url);
    json_key(&out, "headers");
    json_begin_array(&out);
    for (size_t i = 0; i < request->headers_count; i++) {
        json_begin_array(&out);
        json_put_text(&out, request->headers[i].name);
        json_put_text(&out, request->headers[i].value);
        json_end_array(&out);
    }
    json_end_array(&out);
    json_field_text(&out, "body", base64_encode(&fixture.arena, request->body));
    json_end_object(&out);
    put_line(&line);
}

static void put_end(const struct walk *w, int steps)
{
    ON_EXIT(buf_free) struct buf line;
    struct json_writer out = line_begin(w, &line);

    json_field_int(&out, "steps", steps);
    json_field_str(&out, "outcome", w->outcome);
    json_end_object(&out);
    put_line(&line);
}

/* The next line of stdin as an answer, copied into the arena. */
static struct http_response take_answer(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, stdin);
    must(n > 0);
    struct json root = fixture_json((struct slice){line, (size_t)n});
    struct json headers = json_get(root, "headers");
    struct slice body = {0};
    int64_t status = 0;
    size_t count = 0;

    struct http_header *copied = ARENA_ARRAY(&fixture.arena, 64, struct http_header);
    must(copied && json_int(json_get(root, "status"), &status));
    for (struct json_iter i = json_iter(headers); json_next(&i) && count < 64;) {
        struct slice value = {0};
        must(json_text(i.value, &value));
        copied[count++] = (struct http_header){arena_copy(&fixture.arena, i.key),
                                               arena_copy(&fixture.arena, value)};
    }
    must(json_text(json_get(root, "body"), &body));
    struct http_response response = {.status = (int)status,
                                     .headers = copied,
                                     .headers_count = count,
                                     .body = arena_copy(&fixture.arena, body)};
    free(line);
    return response;
}

/* ---- one exchange ---- */

static enum err build(struct walk *w, struct http_request *out)
{
    const struct connector *c = w->connector;
    const struct account *a = &w->account;
    const struct step *s = &w->step;
    struct arena *arena = &fixture.arena;

    switch (w->operation) {
    case OP_TOKEN:
        return c->build_token(a, s, arena, out);
    case OP_CODE:
        return c->build_code(a, slice_of(w->of->consent), s, arena, out);
    case OP_CONNECT:
        return c->build_connect(a, s, arena, out);
    case OP_CATALOGUE:
        return c->build_catalogue(a, s, arena, out);
    case OP_ORDERS:
        return c->build_orders(a, s, arena, out);
    case OP_ORDER:
        return c->build_order(a, slice_of(w->of->order), s, arena, out);
    case OP_READ_ONE:
    case OP_READ_MANY:
        return c->build_read(a, w->items, w->count, s, arena, out);
    case OP_PUSH_ONE:
    case OP_PUSH_MANY:
    case OP_PUSH_BULK:
        return c->build_push(a, w->items, w->count, s, arena, out);
    case OP_KEY:
        return c->build_key(a, slice_of(w->of->key), s, arena, out);
    case OP_RECEIVE:
        return c->build_receive(a, s, arena, out);
    case OP_ACK:
        return c->build_ack(a, w->messages.items, w->messages.count, s, arena, out);
    case OPERATIONS:
        break;
    }
    return ERR_USAGE;
}

static void say(struct walk *w, const char *format, ...) PRINTF_LIKE(2, 3);
static void say(struct walk *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(w->outcome, sizeof w->outcome, format, args);
    va_end(args);
}

static void read_items(struct walk *w, const struct http_response *response)
{
    const struct connector *c = w->connector;
    struct push_result pushed[ROWS_MAX] = {{0}};
    struct read_result read[ROWS_MAX] = {{0}};

    if (w->operation == OP_READ_ONE || w->operation == OP_READ_MANY) {
        c->read_counts(&w->account,
                       w->items,
                       w->count,
                       &w->step,
                       response,
                       fixture.doc,
                       &fixture.arena,
                       read,
                       &w->signal);
        say(w, "%s: %.*s", read_words[read[0].outcome], SLICE_ARG(read[0].reason));
    } else {
        c->read_push(&w->account,
                     w->items,
                     w->count,
                     &w->step,
                     response,
                     fixture.doc,
                     &fixture.arena,
                     pushed,
                     &w->signal);
        say(w, "%s: %.*s", push_words[pushed[0].outcome], SLICE_ARG(pushed[0].reason));
    }
}

/* Member by member, what stands in `more` before what stands in `base`. */
static void put_merged(struct json_writer *out, struct json base, struct json more)
{
    json_begin_object(out);
    for (struct json_iter i = json_iter(more); json_next(&i);) {
        json_key_slice(out, i.key);
        json_put_raw(out, json_copy_text(i.value, &fixture.arena));
    }
    for (struct json_iter i = json_iter(base); json_next(&i);) {
        bool is_there = false;
        for (struct json_iter m = json_iter(more); json_next(&m);) {
            is_there = is_there || slice_equal(m.key, i.key);
        }
        if (!is_there) {
            json_key_slice(out, i.key);
            json_put_raw(out, json_copy_text(i.value, &fixture.arena));
        }
    }
    json_end_object(out);
}

/* What connecting found out is kept before it goes on, as the server does it. */
static void keep(struct walk *w, const struct connect_report *report)
{
    ON_EXIT(buf_free) struct buf text;
    struct err_note note = {{0}};
    struct json base;
    struct slice empty = SLICE("{}");
    struct json_doc *doc = json_doc_new();
    struct json settings;
    struct json secrets;
    struct json_doc *doc_secrets = json_doc_new();

    must(doc && doc_secrets);
    must(json_parse(fixture.doc_config, w->config, &base, &note) == ERR_OK);
    must(json_parse(doc, report->settings.n ? report->settings : empty, &settings, &note) ==
         ERR_OK);
    must(json_parse(doc_secrets, report->secrets.n ? report->secrets : empty, &secrets, &note) ==
         ERR_OK);
    buf_init(&text, (size_t)1 << 20);
    struct json_writer out = json_writer(&text);
    json_begin_object(&out);
    json_key(&out, "settings");
    put_merged(&out, json_get(base, "settings"), settings);
    json_key(&out, "secrets");
    put_merged(&out, json_get(base, "secrets"), secrets);
    json_end_object(&out);
    json_doc_free(doc);
    json_doc_free(doc_secrets);
    must(!text.overflow);
    w->config = arena_copy(&fixture.arena, buf_view(&text));
    w->account = fixture_account(w->connector, w->config.p);
}

static enum err
read_connect(struct walk *w, const struct http_response *response, struct err_note *note)
{
    struct connect_report report = {0};
    enum err e = w->connector->read_connect(
        &w->account, &w->step, response, fixture.doc, &fixture.arena, &report, &w->signal, note);

    say(w, "ok");
    for (size_t i = 0; !e && i < report.checks_count; i++) {
        if (report.checks[i].state == CONNECT_WRONG) {
            say(w, "wrong: %s: %.*s", report.checks[i].what, SLICE_ARG(report.checks[i].detail));
        }
    }
    if (!e && (report.settings.n || report.secrets.n)) {
        keep(w, &report);
    }
    return e;
}

static enum err
read_pages(struct walk *w, const struct http_response *response, struct err_note *note)
{
    const struct connector *c = w->connector;
    const struct account *a = &w->account;
    struct arena *arena = &fixture.arena;
    struct catalogue_page catalogue = {0};
    struct orders_page orders = {0};
    struct facts facts = {0};
    enum err e;

    if (w->operation == OP_CATALOGUE) {
        e = c->read_catalogue(
            a, &w->step, response, fixture.doc, arena, &catalogue, &w->signal, note);
        w->page_next = catalogue.next;
        say(w, "%zu items", catalogue.items_count);
    } else if (w->operation == OP_ORDERS) {
        e = c->read_orders(a, &w->step, response, fixture.doc, arena, &orders, &w->signal, note);
        w->page_next = orders.next;
        say(w, "%zu orders, %zu to fetch", orders.facts.orders_count, orders.facts.fetches_count);
    } else {
        e = c->read_order(a, &w->step, response, fixture.doc, arena, &facts, &w->signal, note);
        say(w, "%zu orders", facts.orders_count);
    }
    return e;
}

static enum err
read_access(struct walk *w, const struct http_response *response, struct err_note *note)
{
    const struct connector *c = w->connector;
    const struct account *a = &w->account;
    struct arena *arena = &fixture.arena;
    struct token token = {0};
    struct slice key = {0};
    int64_t lifetime_us = 0;

    say(w, "ok");
    if (w->operation == OP_KEY) {
        return c->read_key(
            a, &w->step, response, fixture.doc, arena, &key, &lifetime_us, &w->signal, note);
    }
    if (w->operation == OP_RECEIVE) {
        enum err e = c->read_receive(
            a, &w->step, response, fixture.doc, arena, &w->messages, &w->signal, note);
        say(w, "%zu messages", w->messages.count);
        return e;
    }
    return c->read_token(a, &w->step, response, fixture.doc, arena, &token, &w->signal, note);
}

static void read_answer(struct walk *w, const struct http_response *response)
{
    struct err_note note = {{0}};
    enum err e = ERR_OK;

    w->signal = (struct channel_signal)SIGNAL_NONE;
    w->page_next = (struct slice){0};
    switch (w->operation) {
    case OP_TOKEN:
    case OP_CODE:
    case OP_KEY:
    case OP_RECEIVE:
        e = read_access(w, response, &note);
        break;
    case OP_CONNECT:
        e = read_connect(w, response, &note);
        break;
    case OP_CATALOGUE:
    case OP_ORDERS:
    case OP_ORDER:
        e = read_pages(w, response, &note);
        break;
    case OP_READ_ONE:
    case OP_READ_MANY:
    case OP_PUSH_ONE:
    case OP_PUSH_MANY:
    case OP_PUSH_BULK:
        read_items(w, response);
        break;
    case OP_ACK:
    case OPERATIONS:
        say(w, "ok");
        break;
    }
    if (e) {
        say(w, "error: %s", note.text);
    }
}

/* True while the exchange goes on, with the cursor of its next request. */
static bool goes_on(struct walk *w, int *pages)
{
    if (w->signal.next.is_wanted) {
        w->step.cursor = w->signal.next.cursor;
        return true;
    }
    w->step.cursor = w->page_next;
    return w->page_next.n > 0 && ++*pages < PAGES_MAX;
}

static void exchange(struct walk *w, enum operation operation, size_t count)
{
    int steps = 0;
    int pages = 0;
    bool more = true;

    w->operation = operation;
    w->count = count;
    w->step = (struct step){.now_us = NOW_US,
                            .nonce = nonce,
                            .key = KEY,
                            .since_us = NOW_US - INT64_C(3600000000),
                            .hooks_url = SLICE("https://stock.example/hooks/shop-a"),
                            .redirect_uri = SLICE("https://stock.example/back"),
                            .state = SLICE(STATE)};
    while (more && steps < STEPS_MAX) {
        struct http_request request = {.method = {0}};
        enum err e = build(w, &request);
        if (e) {
            say(w, "not built: %s", err_text(e));
            break;
        }
        put_request(w, &request);
        struct http_response response = take_answer();
        read_answer(w, &response);
        steps++;
        more = goes_on(w, &pages);
    }
    put_end(w, steps);
}

/* ---- an account ---- */

static void open_items(struct walk *w)
{
    struct err_note note = {{0}};
    struct slice key;

    for (w->count = 0; w->count < ROWS_MAX && w->of->remotes[w->count]; w->count++) {
        struct push_item *item = &w->items[w->count];
        *item = (struct push_item){.location = slice_of(w->of->location),
                                   .value = w->of->is_to_zero ? 0 : 4,
                                   .compare = 6,
                                   .has_compare = w->connector->semantics.compare_and_set,
                                   .expected_lo = 0,
                                   .expected_hi = QTY_MAX};
        struct json remote = fixture_json(slice_of(w->of->remotes[w->count]));
        if (w->connector->listing_keys(&w->account,
                                       remote,
                                       &fixture.arena,
                                       &item->remote,
                                       &key,
                                       &item->stock_key,
                                       &note)) {
            fail_msg("%s: %s", w->of->name, note.text);
        }
    }
}

/* How many of the rows go into one request: of one group, and not more than may. */
static size_t batch_of(const struct walk *w, size_t rows)
{
    const struct connector_semantics *s = &w->connector->semantics;
    const struct push_item *first = &w->items[0];
    size_t most = first->is_reading && s->read_batch_max ? s->read_batch_max : s->push_batch_max;
    struct slice group = w->connector->push_group(&w->account, first, &fixture.arena);
    size_t fit = w->connector->push_rows ? w->connector->push_rows(&w->account, first) : most;
    size_t n = 1;

    while (
        n < rows && n < most && n < fit &&
        slice_equal(group, w->connector->push_group(&w->account, &w->items[n], &fixture.arena))) {
        n++;
    }
    return n;
}

static void set_reading(struct walk *w, bool is_reading)
{
    for (size_t i = 0; i < ROWS_MAX; i++) {
        w->items[i].is_reading = is_reading;
    }
}

static void walk_stock(struct walk *w)
{
    const struct connector *c = w->connector;

    open_items(w);
    size_t rows = w->count;
    if (rows == 0) {
        return;
    }
    set_reading(w, true);
    if (c->build_read) {
        exchange(w, OP_READ_ONE, 1);
    }
    size_t many = batch_of(w, rows);
    if (c->build_read && many > 1) {
        exchange(w, OP_READ_MANY, many);
    }
    set_reading(w, false);
    exchange(w, OP_PUSH_ONE, 1);
    many = batch_of(w, rows);
    if (many > 1) {
        exchange(w, OP_PUSH_MANY, many);
    }
    if (c->semantics.bulk_max > 0 && rows > 1) {
        exchange(w, OP_PUSH_BULK, rows);
    }
}

static void walk_account(struct walk *w)
{
    const struct connector *c = w->connector;

    if (c->build_token) {
        exchange(w, OP_TOKEN, 0);
    }
    if (c->build_code && w->of->consent) {
        exchange(w, OP_CODE, 0);
    }
    if (c->wants_token && c->wants_token(&w->account)) {
        return; /* nothing else can be built before it is bought */
    }
    if (c->build_catalogue) {
        exchange(w, OP_CATALOGUE, 0);
    }
    if (c->build_orders) {
        exchange(w, OP_ORDERS, 0);
    }
    if (c->build_order && w->of->order) {
        exchange(w, OP_ORDER, 0);
    }
    walk_stock(w);
    if (c->build_key && w->of->key) {
        exchange(w, OP_KEY, 0);
    }
    if (c->receives && c->receives(&w->account)) {
        exchange(w, OP_RECEIVE, 0);
        if (w->messages.count > 0) {
            exchange(w, OP_ACK, 0);
        }
    }
    if (c->build_connect) {
        exchange(w, OP_CONNECT, 0); /* last: it changes the account */
    }
}

static const char *sample_config(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        if (strcmp(samples[i].name, name) == 0) {
            return samples[i].config;
        }
    }
    return NULL;
}

/* False: there is no account to walk. */
static bool walk_connector(const char *name)
{
    bool has_any = false;

    for (size_t i = 0; i < COUNT_OF(vendor_accounts); i++) {
        const struct vendor_account *of = &vendor_accounts[i];
        if (strcmp(of->name, name) != 0) {
            continue;
        }
        const char *config = of->config ? of->config : sample_config(of->name);
        must(config);
        struct walk w = {
            .of = of, .connector = connector_find(slice_of(of->name)), .config = slice_of(config)};
        w.account = fixture_account(w.connector, config);
        walk_account(&w);
        has_any = true;
    }
    return has_any;
}

int main(int argc, char **argv)
{
    for (const char *const *name = connector_names(); argc == 1 && *name; name++) {
        (void)puts(*name);
    }
    if (argc == 1) {
        return 0;
    }
    if (argc != 2 || !connector_find(slice_of(argv[1])) || fixture_open(NULL)) {
        (void)fprintf(stderr, "usage: vendor_requests [CONNECTOR]\n");
        return 2;
    }
    if (!walk_connector(argv[1])) {
        (void)fprintf(stderr, "vendor_accounts.h has no account of %s\n", argv[1]);
        return 1;
    }
    return fixture_close(NULL);
}
