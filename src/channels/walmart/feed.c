/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing many counts: a file goes up, is worked off within minutes to half an hour, and its rows
 * are asked for until every one has its verdict.
 *
 *   POST /v3/feeds --feedId--> GET /v3/feeds/{id} --RECEIVED, INPROGRESS--> again, later
 *                                |      \--PROCESSED--> its rows, page by page --> verdicts
 *                                \--ERROR--> the file as a whole: split
 *
 * What is known of the rows travels in the cursor, one letter a row:
 *
 *   cursor = "<polls> <offset> <feedId> <letters>", then a line for each reason of a refusal
 *   letters: '?' not told yet, '+' success, 'l' later, 'u' unclear, 'A'.. refused for that reason
 *
 * An answer that fails on the way proves nothing about the rows: it counts as one look more.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/walmart/walmart.h"

#define BODY_MAX ((size_t)4 * 1024 * 1024) /* the API refuses files of 5 MB */
#define PAGE 50
#define POLLS_MAX 60
#define POLL_FIRST_US (5 * US_PER_S)
#define POLL_MAX_US (60 * US_PER_S)
#define REASONS_MAX 16
#define REASON_MAX 120

struct row {
    struct slice sku, location;
    size_t at; /* of the item */
};

static int row_compare(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    int order = slice_compare(x->sku, y->sku);

    return order ? order : slice_compare(x->location, y->location);
}

/* The items sorted by SKU and node; NULL when the arena is full. Not for every page of an answer:
 * an exchange has one arena. */
static struct row *rows_of(const struct push_item *items, size_t count, struct arena *arena)
{
    struct row *rows = ARENA_ARRAY(arena, count + 1, struct row);

    for (size_t i = 0; rows && i < count; i++) {
        rows[i] = (struct row){wm_key_sku(items[i].stock_key), items[i].location, i};
    }
    if (rows) {
        qsort(rows, count, sizeof(*rows), row_compare);
    }
    return rows;
}

/* ---- the file ---- */

/* Two rows for one place would land in an order that nobody promises. */
static bool are_writable(const struct account *account,
                         const struct push_item *items,
                         const struct row *rows,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct push_item *item = &items[rows[i].at];
        bool is_twice =
            i > 0 && slice_equal(rows[i - 1].sku, rows[i].sku) &&
            (!account->has_locations || slice_equal(rows[i - 1].location, rows[i].location));
        if (!rows[i].sku.n || item->value < 0 || item->value > QTY_MAX || is_twice ||
            (account->has_locations && !wm_is_id(item->location))) {
            return false;
        }
    }
    return true;
}

static void quantity_put(struct json_writer *w, int64_t value)
{
    json_key(w, "quantity");
    json_begin_object(w);
    json_field_str(w, "unit", "EACH");
    json_field_int(w, "amount", value);
    json_end_object(w);
}

/* Spec 1.4, with a capital I. */
static void plain_put(struct json_writer *w,
                      const struct push_item *items,
                      const struct row *rows,
                      size_t count)
{
    json_key(w, "InventoryHeader");
    json_begin_object(w);
    json_field_str(w, "version", "1.4");
    json_end_object(w);
    json_key(w, "Inventory");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w);
        json_field_text(w, "sku", rows[i].sku);
        quantity_put(w, items[rows[i].at].value);
        json_end_object(w);
    }
    json_end_array(w);
}

/* Spec 1.5, with a small i: one entry a SKU, its nodes within. */
static void nodes_put(struct json_writer *w,
                      const struct push_item *items,
                      const struct row *rows,
                      size_t count)
{
    json_key(w, "inventoryHeader");
    json_begin_object(w);
    json_field_str(w, "version", "1.5");
    json_end_object(w);
    json_key(w, "inventory");
    json_begin_array(w);
    for (size_t i = 0; i < count;) {
        struct slice sku = rows[i].sku;
        json_begin_object(w);
        json_field_text(w, "sku", sku);
        json_key(w, "shipNodes");
        json_begin_array(w);
        for (; i < count && slice_equal(rows[i].sku, sku); i++) {
            json_begin_object(w);
            json_field_text(w, "shipNode", rows[i].location);
            quantity_put(w, items[rows[i].at].value);
            json_end_object(w);
        }
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static enum err upload_build(const struct account *account,
                             const struct push_item *items,
                             const struct row *rows,
                             size_t count,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    if (!step->nonce) {
        return ERR_USAGE;
    }
    struct slice mark = hex_encode(arena, (struct slice){(const char *)step->nonce, 16});
    buf_printf(&body,
               "--%.*s\r\nContent-Disposition: form-data; name=\"file\"; "
               "filename=\"inventory.json\"\r\nContent-Type: " WM_JSON "\r\n\r\n",
               SLICE_ARG(mark));
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    if (account->has_locations) {
        nodes_put(&w, items, rows, count);
    } else {
        plain_put(&w, items, rows, count);
    }
    json_end_object(&w);
    buf_printf(&body, "\r\n--%.*s--\r\n", SLICE_ARG(mark));
    struct wm_call call = {
        .method = "POST",
        .path = account->has_locations ? SLICE("/v3/feeds?feedType=MP_INVENTORY")
                                       : SLICE("/v3/feeds?feedType=inventory"),
        .body = arena_copy(arena, buf_view(&body)),
        .content_type = arena_printf(arena, "multipart/form-data; boundary=%.*s", SLICE_ARG(mark)),
    };
    if (body.overflow || !mark.p || !call.body.p || !call.content_type.p) {
        return ERR_LIMIT;
    }
    return wm_request(account, &call, step, arena, out);
}

/* ---- the cursor ---- */

struct feed {
    int64_t polls, offset;
    struct slice id;
    char *letters; /* one an item */
    struct slice reasons[REASONS_MAX];
    size_t reasons_count;
};

static bool is_feed_id(struct slice id)
{
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] <= ' ' || id.p[i] > '~') {
            return false;
        }
    }
    return id.n > 0 && id.n <= 128;
}

static bool feed_parse(struct slice cursor, size_t count, struct arena *arena, struct feed *out)
{
    struct slice head, polls, offset, letters;
    struct feed feed = {0};

    slice_cut(&cursor, '\n', &head);
    slice_cut(&head, ' ', &polls);
    slice_cut(&head, ' ', &offset);
    slice_cut(&head, ' ', &feed.id);
    letters = head;
    if (!slice_int(polls, &feed.polls) || feed.polls < 0 || feed.polls > POLLS_MAX ||
        !slice_int(offset, &feed.offset) || feed.offset < 0 || !is_feed_id(feed.id) || count == 0 ||
        letters.n != count) {
        return false;
    }
    while (cursor.n && feed.reasons_count < REASONS_MAX) {
        slice_cut(&cursor, '\n', &feed.reasons[feed.reasons_count++]);
    }
    feed.letters = arena_alloc(arena, count + 1);
    if (!feed.letters) {
        return false;
    }
    memcpy(feed.letters, letters.p, count);
    *out = feed;
    return true;
}

static struct slice feed_cursor(const struct feed *feed, size_t count, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, 65536);
    buf_printf(
        &text, "%" PRId64 " %" PRId64 " %.*s ", feed->polls, feed->offset, SLICE_ARG(feed->id));
    buf_put(&text, feed->letters, count);
    for (size_t i = 0; i < feed->reasons_count; i++) {
        buf_char(&text, '\n');
        buf_slice(&text, feed->reasons[i]);
    }
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

enum err wm_build_feed(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    struct feed feed;

    if (count > WM_BULK_MAX) {
        return ERR_USAGE;
    }
    if (!step->cursor.n) {
        struct row *rows = rows_of(items, count, arena);
        if (!rows) {
            return ERR_LIMIT;
        }
        return are_writable(account, items, rows, count)
                   ? upload_build(account, items, rows, count, step, arena, out)
                   : ERR_USAGE;
    }
    if (!feed_parse(step->cursor, count, arena, &feed)) {
        return arena->exhausted ? ERR_LIMIT : ERR_USAGE;
    }
    struct slice id = percent_encode(arena, feed.id); /* it has an '@' */
    struct slice path =
        arena_printf(arena,
                     "/v3/feeds/%.*s?includeDetails=true&offset=%" PRId64 "&limit=%d",
                     SLICE_ARG(id),
                     feed.offset,
                     PAGE);
    return id.p ? wm_get(account, path, step, arena, out) : ERR_LIMIT;
}

/* ---- what the rows say ---- */

/* The letter of a reason; the last one stands for all that have no room. */
static char reason_letter(struct feed *feed, struct slice reason, struct arena *arena)
{
    struct slice text = arena_copy(arena, wm_bounded(reason, REASON_MAX));
    size_t n = 0;

    for (size_t i = 0; text.p && i < text.n; i++) {
        if ((unsigned char)text.p[i] < ' ') {
            text.n = i; /* one line a reason */
        }
    }
    if (!text.n) {
        text = SLICE("DATA_ERROR: the feed names no reason");
    }
    while (n < feed->reasons_count && !slice_equal(feed->reasons[n], text)) {
        n++;
    }
    if (n == REASONS_MAX) {
        feed->reasons[--n] = SLICE("DATA_ERROR: see the feed's error report in Seller Center");
    } else if (n == feed->reasons_count) {
        feed->reasons[feed->reasons_count++] = text;
    }
    return (char)('A' + (int)n);
}

static char letter_of(struct json detail, struct feed *feed, struct arena *arena)
{
    struct slice status = {0};

    json_text(json_get(detail, "ingestionStatus"), &status);
    if (slice_is(status, "SUCCESS")) {
        return '+';
    }
    if (slice_is(status, "SYSTEM_ERROR") || slice_is(status, "TIMEOUT_ERROR")) {
        return 'l';
    }
    if (slice_is(status, "DATA_ERROR")) {
        struct wm_errors errors =
            wm_errors_read(json_path(detail, "ingestionErrors", "ingestionError", NULL), arena);
        return reason_letter(feed, errors.text, arena);
    }
    return 'u';
}

/* A SKU is told once; told twice with two ends, nobody knows which is whose. */
static void sku_told(
    const struct push_item *items, size_t count, struct slice sku, char letter, struct feed *feed)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(wm_key_sku(items[i].stock_key), sku)) {
            char *known = &feed->letters[i];
            *known = *known == '?' || *known == letter ? letter : 'u';
        }
    }
}

static void
feed_end(const struct feed *feed, size_t count, struct arena *arena, struct push_result *out)
{
    for (size_t i = 0; i < count; i++) {
        char letter = feed->letters[i];
        if (letter == '+') {
            out[i] = (struct push_result){.outcome = PUSH_CONFIRMED};
        } else if (letter == 'l') {
            out[i] = (struct push_result){
                .outcome = PUSH_LATER,
                .reason = SLICE("SYSTEM_ERROR or TIMEOUT_ERROR of this row of the feed")};
        } else if (letter >= 'A' && (size_t)(letter - 'A') < feed->reasons_count) {
            struct slice reason = arena_copy(arena, feed->reasons[letter - 'A']);
            out[i] = (struct push_result){.outcome = PUSH_REFUSED,
                                          .reason = reason.n ? reason : SLICE("DATA_ERROR")};
        } else {
            out[i] = (struct push_result){
                .outcome = PUSH_UNKNOWN,
                .reason = SLICE("the feed does not say what became of this row")};
        }
    }
}

static void go_on(const struct feed *feed,
                  size_t count,
                  int64_t after_us,
                  struct arena *arena,
                  struct push_result *out,
                  struct channel_signal *signal)
{
    struct slice cursor = feed_cursor(feed, count, arena);

    if (!cursor.p) {
        feed_end(feed, count, arena, out);
        return;
    }
    wm_all_are(out, count, PUSH_UNKNOWN, SLICE("the feed is not worked off yet"));
    /* A look that failed is no failure of the exchange. */
    int64_t server_time_us = signal->server_time_us;
    *signal = (struct channel_signal)SIGNAL_NONE;
    signal->next = (struct next_request){.is_wanted = true, .cursor = cursor, .after_us = after_us};
    signal->server_time_us = server_time_us;
}

static void look_again(struct feed *feed,
                       size_t count,
                       bool has_failed,
                       struct arena *arena,
                       struct push_result *out,
                       struct channel_signal *signal)
{
    int64_t after_us = POLL_FIRST_US * (feed->polls + 2);

    if (feed->polls + 1 >= POLLS_MAX) {
        feed_end(feed, count, arena, out);
        return;
    }
    feed->polls++;
    after_us = has_failed || after_us > POLL_MAX_US ? POLL_MAX_US : after_us;
    after_us = signal->retry_after_us > after_us ? signal->retry_after_us : after_us;
    go_on(feed, count, after_us, arena, out, signal);
}

/* All that was sent was received and has succeeded: the pages of rows would say nothing else. */
static bool is_all_well(struct json root,
                        const struct push_item *items,
                        size_t count,
                        const struct feed *feed,
                        struct arena *arena)
{
    int64_t received = 0;
    int64_t succeeded = 0;
    int64_t failed = -1;
    int64_t skus = 0;

    if (feed->offset > 0 || !json_int_loose(json_get(root, "itemsReceived"), &received) ||
        !json_int_loose(json_get(root, "itemsSucceeded"), &succeeded) ||
        !json_int_loose(json_get(root, "itemsFailed"), &failed) || failed != 0 ||
        succeeded != received) {
        return false;
    }
    struct row *rows = rows_of(items, count, arena);
    for (size_t i = 0; rows && i < count; i++) {
        skus += i == 0 || !slice_equal(rows[i - 1].sku, rows[i].sku);
    }
    return rows && received == skus;
}

static void rows_read(struct json root,
                      const struct push_item *items,
                      size_t count,
                      struct feed *feed,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *signal)
{
    struct json details = json_path(root, "itemDetails", "itemIngestionStatus", NULL);
    int64_t received = 0;
    int64_t told = 0;

    if (is_all_well(root, items, count, feed, arena)) {
        memset(feed->letters, '+', count);
        feed_end(feed, count, arena, out);
        return;
    }
    for (struct json_iter i = json_iter(details); json_next(&i); told++) {
        struct slice sku = {0};
        if (json_text(json_get(i.value, "sku"), &sku)) {
            sku_told(items, count, sku, letter_of(i.value, feed, arena), feed);
        }
    }
    feed->offset += told;
    if (told > 0 && json_int_loose(json_get(root, "itemsReceived"), &received) &&
        feed->offset < received && feed->offset < (int64_t)4 * WM_BULK_MAX) {
        go_on(feed, count, 0, arena, out, signal);
        return;
    }
    feed_end(feed, count, arena, out);
}

static void
file_refused(struct json root, size_t count, struct arena *arena, struct push_result *out)
{
    struct json list = json_path(root, "ingestionErrors", "ingestionError", NULL);
    struct json_iter first = json_iter(list);
    struct wm_errors errors = wm_errors_read(list, arena);
    struct slice type = {0};
    struct slice reason = errors.text.n ? errors.text : SLICE("the feed as a whole ended in ERROR");

    if (json_next(&first)) {
        json_text(json_get(first.value, "type"), &type);
    }
    bool is_theirs = slice_is(type, "SYSTEM_ERROR") || slice_is(type, "TIMEOUT_ERROR");
    wm_all_are(out, count, is_theirs || count < 2 ? PUSH_LATER : PUSH_SPLIT, reason);
}

static void uploaded(const struct wm_answer *answer,
                     size_t count,
                     struct arena *arena,
                     struct push_result *out,
                     struct channel_signal *signal)
{
    struct feed feed = {0};

    switch (answer->verdict) {
    case WM_REFUSED:
        wm_all_are(out, count, PUSH_SPLIT, answer->reason);
        return;
    case WM_LATER:
        wm_all_are(out, count, PUSH_LATER, answer->reason);
        return;
    case WM_MAYBE:
        wm_all_are(out, count, PUSH_UNKNOWN, answer->reason);
        return;
    case WM_DONE:
        break;
    }
    feed.letters = arena_alloc(arena, count + 1);
    if (!json_text(json_get(answer->root, "feedId"), &feed.id) || !is_feed_id(feed.id) ||
        !feed.letters) {
        wm_all_are(out, count, PUSH_UNKNOWN, SLICE("the answer names no feed"));
        return;
    }
    memset(feed.letters, '?', count);
    go_on(&feed, count, POLL_FIRST_US, arena, out, signal);
    if (!signal->next.is_wanted) {
        wm_all_are(out, count, PUSH_UNKNOWN, SLICE("the feed cannot be followed"));
    }
}

void wm_read_feed(const struct account *account,
                  const struct push_item *items,
                  size_t count,
                  const struct step *step,
                  const struct http_response *response,
                  struct json_doc *doc,
                  struct arena *arena,
                  struct push_result *out,
                  struct channel_signal *out_signal)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    struct feed feed;
    struct slice status = {0};

    (void)account;
    if (!step->cursor.n) {
        /* The bucket of feeds fills within minutes to an hour: single writes do not wait for it. */
        if (!http_header_get(response->headers, response->headers_count, "Retry-After").n) {
            out_signal->retry_after_us = 0;
        }
        uploaded(&answer, count, arena, out, out_signal);
        return;
    }
    if (!feed_parse(step->cursor, count, arena, &feed)) {
        wm_all_are(out, count, PUSH_UNKNOWN, SLICE("the feed cannot be followed"));
        return;
    }
    if (answer.verdict != WM_DONE && out_signal->unauthorised) {
        feed_end(&feed, count, arena, out);
        return;
    }
    json_text(json_get(answer.root, "feedStatus"), &status);
    if (answer.verdict == WM_DONE && slice_is(status, "PROCESSED")) {
        rows_read(answer.root, items, count, &feed, arena, out, out_signal);
    } else if (answer.verdict == WM_DONE && slice_is(status, "ERROR")) {
        file_refused(answer.root, count, arena, out);
    } else {
        look_again(&feed, count, answer.verdict != WM_DONE, arena, out, out_signal);
    }
}
