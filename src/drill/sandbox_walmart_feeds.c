/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_walmart_feeds - many SKUs in one file: taken at once, carried out later.
 *
 *   RECEIVED ──> INPROGRESS ──> PROCESSED (rows may have failed)      ERROR: the file is no feed
 *
 * The rows are written at the instant when the feed is PROCESSED, whatever a single write has put
 * there meanwhile: Walmart promises no order between the two.
 */
#include "drill/sandbox_walmart.h"

#include "base/crypto.h"

#define FEED_ROWS_MAX 20000
#define DETAILS_MAX 1000

/* ---- the file in a multipart body ---- */

static struct slice boundary_of(const struct call *call)
{
    struct slice type = call_request_header(call, "Content-Type");
    struct slice part;
    while (type.n > 0) {
        slice_cut(&type, ';', &part);
        part = slice_trim(part);
        if (slice_starts(part, "boundary=")) {
            struct slice value = slice_from(part, 9);
            bool is_quoted = value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"';
            return is_quoted ? (struct slice){value.p + 1, value.n - 2} : value;
        }
    }
    return (struct slice){0};
}

static const char *find(struct slice in, struct slice what)
{
    return what.n > 0 && in.n > 0 ? memmem(in.p, in.n, what.p, what.n) : NULL;
}

/* Between the delimiters (RFC 2046, 5.1.1): head, an empty line, content. */
static bool part_is_file(struct slice part, struct slice *out)
{
    const char *end = find(part, SLICE("\r\n\r\n"));
    if (!end) {
        return false;
    }
    struct slice head = {part.p, (size_t)(end - part.p)};
    *out = slice_from(part, head.n + 4);
    return find(head, SLICE("form-data")) && find(head, SLICE("name=\"file\""));
}

static bool file_of(struct call *call, struct slice *out)
{
    struct arena *arena = &call->shop->sandbox->turn;
    struct slice body = call->x->request.body;
    struct slice boundary = boundary_of(call);
    if (boundary.n == 0) {
        return false;
    }
    struct slice delimiter = arena_printf(arena, "--%.*s\r\n", SLICE_ARG(boundary));
    struct slice between = arena_printf(arena, "\r\n--%.*s", SLICE_ARG(boundary));
    if (body.n < delimiter.n || !slice_equal((struct slice){body.p, delimiter.n}, delimiter)) {
        return false;
    }
    body = slice_from(body, delimiter.n);
    for (const char *end; (end = find(body, between)) != NULL;) {
        struct slice part = {body.p, (size_t)(end - body.p)};
        struct slice rest = slice_from(body, part.n + between.n);
        bool is_last = slice_starts(rest, "--");
        if (part_is_file(part, out)) {
            return find(rest, SLICE("--")) != NULL;
        }
        if (is_last || !slice_starts(rest, "\r\n")) {
            return false;
        }
        body = slice_from(rest, 2);
    }
    return false;
}

/* ---- reading the feed; a wrong row is the row's, a wrong file is the feed's ---- */

static struct wm_feed_row row_read(const struct shop *shop, struct slice sku)
{
    struct wm_feed_row row = {.item = wm_item(shop, sku), .sku = sku};
    row.wrong = row.item ? NULL : "The SKU does not exist or its stock is not the seller's";
    return row;
}

static void row_add(struct wm_feed *feed, struct wm_feed_row row)
{
    if (feed->rows_count < FEED_ROWS_MAX) {
        feed->rows[feed->rows_count++] = row;
    }
}

static void row_quantity(struct wm_feed_row *row, struct json v)
{
    const char *wrong = wm_read_quantity(v, &row->amount);
    row->wrong = row->wrong ? row->wrong : wrong;
}

/* Version 1.4, one node: {"sku","quantity"}. */
static const char *
rows_read_plain(struct shop *shop, struct wm_feed *feed, struct json list, size_t node)
{
    static const char *const keys[] = {"sku", "quantity"};
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        struct slice sku;
        if (!json_text(json_get(i.value, "sku"), &sku) ||
            rest_key_unknown(i.value, keys, COUNT_OF(keys)).n > 0) {
            return "a row is {\"sku\":text,\"quantity\":quantity}";
        }
        struct wm_feed_row row = row_read(shop, sku);
        row.node = node;
        row_quantity(&row, json_get(i.value, "quantity"));
        row_add(feed, row);
    }
    return NULL;
}

/* Version 1.5: {"sku","shipNodes":[{"shipNode","quantity"}]}. One row's wrong node fails the SKU. */
static const char *rows_read_nodes(struct shop *shop, struct wm_feed *feed, struct json list)
{
    static const char *const keys[] = {"sku", "shipNodes"};
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        struct slice sku;
        struct json nodes = json_get(i.value, "shipNodes");
        if (!json_text(json_get(i.value, "sku"), &sku) || json_count(nodes) == 0 ||
            json_type(nodes) != JSON_ARRAY ||
            rest_key_unknown(i.value, keys, COUNT_OF(keys)).n > 0) {
            return "a row is {\"sku\":text,\"shipNodes\":list}";
        }
        for (struct json_iter k = json_iter(nodes); json_next(&k);) {
            struct wm_feed_row row = row_read(shop, sku);
            struct slice node_id = {0};
            json_text(json_get(k.value, "shipNode"), &node_id);
            row.node = wm_node(shop, node_id);
            if (!row.wrong && row.node == NODES_COUNT) {
                row.wrong = "The seller has no such ship node";
            }
            row_quantity(&row, json_get(k.value, "quantity"));
            row_add(feed, row);
        }
    }
    return NULL;
}

struct feed_form {
    const char *head, *list, *version;
    bool has_nodes;
};

static const char *feed_read(struct shop *shop,
                             struct wm_feed *feed,
                             const struct feed_form *form,
                             struct slice file,
                             size_t node)
{
    struct err_note note;
    struct json root;
    struct slice version;
    const char *const keys[] = {form->head, form->list};
    if (json_parse(shop->sandbox->doc, file, &root, &note)) {
        return "The file is not JSON";
    }
    struct json list = json_get(root, form->list);
    if (rest_key_unknown(root, keys, COUNT_OF(keys)).n > 0 || json_type(list) != JSON_ARRAY ||
        !json_text(json_path(root, form->head, "version", NULL), &version) ||
        !slice_is(version, form->version)) {
        return "The file does not match the specification of its feed type";
    }
    if (json_count(list) == 0) {
        return "The feed is empty";
    }
    return form->has_nodes ? rows_read_nodes(shop, feed, list)
                           : rows_read_plain(shop, feed, list, node);
}

/* The SKUs outlive the document that they were read from. */
static void skus_keep(struct wm_feed *feed)
{
    size_t total = 1;
    for (size_t i = 0; i < feed->rows_count; i++) {
        total += feed->rows[i].sku.n;
    }
    feed->text = malloc(total);
    must(feed->text != NULL);
    char *at = feed->text;
    for (size_t i = 0; i < feed->rows_count; i++) {
        struct slice *sku = &feed->rows[i].sku;
        if (sku->n > 0) {
            memcpy(at, sku->p, sku->n);
        }
        sku->p = at;
        at += sku->n;
    }
}

/* ---- carrying it out ---- */

struct feed_task {
    struct task task;
    struct shop *shop;
    size_t made; /* its number */
};

static void feed_task_drop(struct task *task)
{
    free(task);
}

static void feed_run(struct task *task)
{
    struct feed_task *late = (struct feed_task *)task;
    struct wm *wm = wm_of(late->shop);
    struct wm_feed *feed = &wm->feeds[late->made % WM_FEEDS_MAX];
    bool is_there = late->made + WM_FEEDS_MAX >= wm->feeds_made;
    for (size_t i = 0; is_there && i < feed->rows_count; i++) {
        const struct wm_feed_row *row = &feed->rows[i];
        if (!row->wrong) {
            wm_input_set(row->item, row->node, row->amount);
        }
    }
    if (is_there) {
        feed->is_applied = true;
    }
    free(late);
}

static void feed_plan(struct shop *shop, struct wm_feed *feed, size_t made)
{
    struct feed_task *late = calloc(1, sizeof(*late));
    must(late != NULL);
    int64_t delay_us = late_us(shop);
    late->task.run = feed_run;
    late->task.drop = feed_task_drop;
    late->shop = shop;
    late->made = made;
    feed->received_us = env_mono_us(shop->sandbox->env);
    feed->done_us = feed->received_us + delay_us;
    sandbox_later(shop->sandbox, &late->task, delay_us);
}

static void feed_clear(struct wm_feed *feed)
{
    free(feed->text);
    free(feed->rows);
    *feed = (struct wm_feed){0};
}

void wm_feeds_free(struct wm *wm)
{
    for (size_t i = 0; i < WM_FEEDS_MAX; i++) {
        feed_clear(&wm->feeds[i]);
    }
}

/* ---- POST /v3/feeds ---- */

static const struct feed_form form_plain = {"InventoryHeader", "Inventory", "1.4", false};
static const struct feed_form form_nodes = {"inventoryHeader", "inventory", "1.5", true};

static void feed_take(struct call *call, const struct feed_form *form, size_t node)
{
    struct shop *shop = call->shop;
    struct wm *wm = wm_of(shop);
    struct slice file;
    if (!rest_content_is(call, "multipart/form-data") || !file_of(call, &file)) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "file", "A multipart file is needed");
        return;
    }
    size_t made = wm->feeds_made++;
    struct wm_feed *feed = &wm->feeds[made % WM_FEEDS_MAX];
    feed_clear(feed);
    feed->rows = calloc(FEED_ROWS_MAX, sizeof(feed->rows[0]));
    must(feed->rows != NULL);
    hex_random(shop->sandbox, feed->id, 32);
    snprintf(feed->id + 32, sizeof(feed->id) - 32, "@AUoBAQA");
    feed->wrong = feed_read(shop, feed, form, file, node);
    feed->rows_count = feed->wrong ? 0 : feed->rows_count;
    skus_keep(feed);
    feed_plan(shop, feed, made);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "feedId", feed->id);
    json_end_object(&w);
}

static void feed_post(struct call *call)
{
    static const char *const known[] = {"feedType", "shipNode"};
    struct slice type = {0};
    struct slice node_id = wm_of(call->shop)->nodes[0];
    rest_query(call, "feedType", &type);
    rest_query(call, "shipNode", &node_id);
    bool has_nodes = slice_is(type, "MP_INVENTORY");
    size_t node = wm_node(call->shop, node_id);
    if (!has_nodes && !slice_is(type, "inventory")) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "feedType", "feedType is not supported here");
    } else if (node == NODES_COUNT) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "shipNode", "the seller has no such node");
    } else if (wm_bucket_take(call, has_nodes ? WM_FEED_NODES : WM_FEED_FILE) &&
               wm_query_known(call, known, COUNT_OF(known))) {
        feed_take(call, has_nodes ? &form_nodes : &form_plain, node);
    }
}

/* ---- GET /v3/feeds/{feedId} ---- */

static struct wm_feed *feed_find(struct wm *wm, struct slice id)
{
    for (size_t i = 0; i < WM_FEEDS_MAX; i++) {
        if (wm->feeds[i].id[0] && slice_is(id, wm->feeds[i].id)) {
            return &wm->feeds[i];
        }
    }
    return NULL;
}

static const char *feed_status(const struct wm_feed *feed, int64_t now_us)
{
    if (feed->is_applied) {
        return feed->wrong ? "ERROR" : "PROCESSED";
    }
    int64_t third_us = (feed->done_us - feed->received_us) / 3;
    return now_us < feed->received_us + third_us ? "RECEIVED" : "INPROGRESS";
}

static void put_ingestion_errors(struct json_writer *w, const char *code, const char *text)
{
    json_key(w, "ingestionErrors");
    json_begin_object(w);
    json_key(w, "ingestionError");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "type", "DATA_ERROR");
    json_field_str(w, "code", code);
    json_field_str(w, "description", text);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

static void
put_details(struct json_writer *w, const struct wm_feed *feed, size_t from, size_t count)
{
    json_key(w, "itemDetails");
    json_begin_object(w);
    json_key(w, "itemIngestionStatus");
    json_begin_array(w);
    for (size_t i = from; i < feed->rows_count && i < from + count; i++) {
        const struct wm_feed_row *row = &feed->rows[i];
        json_begin_object(w);
        json_field_int(w, "martId", 0);
        json_field_text(w, "sku", row->sku);
        json_field_int(w, "index", (int64_t)i);
        json_field_str(w,
                       "ingestionStatus",
                       !feed->is_applied ? "INPROGRESS"
                       : row->wrong      ? "DATA_ERROR"
                                         : "SUCCESS");
        if (feed->is_applied && row->wrong) {
            put_ingestion_errors(w, "ERR_INT_DATA_11001", row->wrong);
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static size_t rows_wrong(const struct wm_feed *feed)
{
    size_t wrong = 0;
    for (size_t i = 0; i < feed->rows_count; i++) {
        wrong += feed->rows[i].wrong != NULL;
    }
    return wrong;
}

static void put_feed(struct json_writer *w, const struct wm_feed *feed, int64_t now_us)
{
    int64_t rows = (int64_t)feed->rows_count;
    int64_t failed = feed->is_applied ? (int64_t)rows_wrong(feed) : 0;
    json_field_str(w, "feedId", feed->id);
    json_field_str(w, "feedStatus", feed_status(feed, now_us));
    if (feed->is_applied && feed->wrong) {
        put_ingestion_errors(w, "ERR_EXT_DATA_0801001", feed->wrong);
    }
    json_field_int(w, "itemsReceived", rows);
    json_field_int(w, "itemsSucceeded", feed->is_applied ? rows - failed : 0);
    json_field_int(w, "itemsFailed", failed);
    json_field_int(w, "itemsProcessing", feed->is_applied ? 0 : rows);
}

static void feed_get(struct call *call, struct slice id_text)
{
    static const char *const known[] = {"includeDetails", "offset", "limit"};
    struct sandbox *sandbox = call->shop->sandbox;
    struct slice id, details;
    int64_t offset, limit;
    /* The @ of an id does not pass unencoded. */
    bool is_raw = memchr(id_text.p, '@', id_text.n) != NULL;
    struct wm_feed *feed = is_raw || !percent_decode(&sandbox->turn, id_text, &id)
                               ? NULL
                               : feed_find(wm_of(call->shop), id);
    if (!wm_bucket_take(call, WM_FEED_READ) || !wm_query_known(call, known, COUNT_OF(known))) {
        return;
    }
    if (!rest_query_int(call, "offset", 0, INT32_MAX, 0, &offset) ||
        !rest_query_int(call, "limit", 1, DETAILS_MAX, 50, &limit)) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "limit", "offset or limit is out of range");
        return;
    }
    if (!feed) {
        wm_not_found(call, "There is no such feed");
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    put_feed(&w, feed, env_mono_us(sandbox->env));
    json_field_int(&w, "offset", offset);
    json_field_int(&w, "limit", limit);
    if (rest_query(call, "includeDetails", &details) && slice_is(details, "true")) {
        put_details(&w, feed, (size_t)offset, (size_t)limit);
    }
    json_end_object(&w);
}

void wm_feeds_call(struct call *call, const struct rest_parts *parts)
{
    if (parts->count == 2 && rest_method(call, "POST")) {
        feed_post(call);
    } else if (parts->count == 3 && rest_method(call, "GET")) {
        feed_get(call, parts->at[2]);
    } else {
        wm_not_found(call, "There is no such operation");
    }
}
