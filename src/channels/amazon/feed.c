/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing many counts: one feed of patches (JSON_LISTINGS_FEED), followed to its end.
 *
 *   ""  create a document ---> "u" put the patches into it ---> "f" create the feed
 *   "w" ask whether it is done, every half minute      DONE ---> "d" ask where the report lies
 *   ---> "r" fetch it: a result for each row
 *
 * Nothing is written before the feed exists: up to there every failure is certain. Afterwards a
 * failure to ask is no failure of the feed, and it is asked again. When DONE, Amazon has taken the
 * rows and shows them minutes later, as with single patches. When FATAL it may have taken some, and
 * nobody says which: their counts are read, but not before those minutes are over.
 *
 * The addresses of documents come from the API's own answer and bear their own signature: they are
 * called without our token, and only by https. Cursor: "<state> <tries> <id> <address>".
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/gunzip.h"
#include "base/json_write.h"
#include "channels/amazon/amazon.h"
#include "channels/reply.h"

#define TYPE "application/json; charset=UTF-8"
#define BODY_MAX ((size_t)4 << 20)
#define REPORT_MAX ((size_t)8 << 20)
#define URL_MAX 8192
#define ID_MAX 512
#define ASK_EVERY_US (30 * US_PER_S)
#define ASK_AGAIN_US (60 * US_PER_S)
#define ASKS_MAX 240  /* two hours: nobody knows what became of it */
#define FETCHES_MAX 5 /* of the report */

enum state { CREATE_DOCUMENT, UPLOAD, CREATE_FEED, WAIT, FIND_REPORT, FETCH_REPORT };
static const char letters[] = {
    [UPLOAD] = 'u', [CREATE_FEED] = 'f', [WAIT] = 'w', [FIND_REPORT] = 'd', [FETCH_REPORT] = 'r'};

struct cursor {
    enum state state;
    int64_t tries;
    struct slice id, url;
};

static bool cursor_read(struct slice text, struct cursor *out)
{
    struct slice letter, tries;

    *out = (struct cursor){.state = CREATE_DOCUMENT};
    if (!text.n) {
        return true;
    }
    slice_cut(&text, ' ', &letter);
    slice_cut(&text, ' ', &tries);
    slice_cut(&text, ' ', &out->id);
    out->url = text;
    for (size_t i = UPLOAD; i <= FETCH_REPORT; i++) {
        if (letter.n == 1 && letter.p[0] == letters[i]) {
            out->state = (enum state)i;
        }
    }
    bool wants_url = out->state == UPLOAD || out->state == FETCH_REPORT;
    return out->state != CREATE_DOCUMENT && slice_int(tries, &out->tries) && out->tries >= 0 &&
           amazon_is_visible(out->id, ID_MAX) &&
           (wants_url ? amazon_is_visible(out->url, URL_MAX) : out->url.n == 0);
}

static void
go_on(struct channel_signal *signal, struct arena *arena, const struct cursor *to, int64_t after_us)
{
    signal->next = (struct next_request){.is_wanted = true,
                                         .after_us = after_us,
                                         .cursor = arena_printf(arena,
                                                                "%c %" PRId64 " %.*s%s%.*s",
                                                                letters[to->state],
                                                                to->tries,
                                                                SLICE_ARG(to->id),
                                                                to->url.n ? " " : "",
                                                                (int)to->url.n,
                                                                to->url.p ? to->url.p : "")};
    if (!signal->next.cursor.p) {
        signal->next = (struct next_request){0};
    }
}

/* ---- requests ---- */

static enum err messages_text(const struct account *account,
                              const struct push_item *items,
                              size_t count,
                              struct arena *arena,
                              struct slice *out)
{
    ON_EXIT(buf_free) struct buf body;
    struct json_doc *doc = json_doc_new();
    enum err e = doc ? ERR_OK : ERR_MEMORY;

    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_key(&w, "header");
    json_begin_object(&w);
    json_field_text(&w, "sellerId", amazon_config(account)->seller_id);
    json_field_str(&w, "version", "2.0");
    json_field_str(&w, "issueLocale", "en_US");
    json_end_object(&w);
    json_key(&w, "messages");
    json_begin_array(&w);
    for (size_t i = 0; !e && i < count; i++) {
        struct slice sku = {0};
        if (!amazon_key_sku(items[i].stock_key, arena, &sku)) {
            e = arena->exhausted ? ERR_LIMIT : ERR_USAGE;
        }
        json_begin_object(&w);
        json_field_int(&w, "messageId", (int64_t)i + 1);
        json_field_text(&w, "sku", sku);
        json_field_str(&w, "operationType", "PATCH");
        json_field_text(&w, "productType", amazon_product_type(doc, &items[i], arena));
        json_key(&w, "patches");
        json_begin_array(&w);
        amazon_put_patch(&w, items[i].value);
        json_end_array(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    json_doc_free(doc);
    *out = body.overflow || e ? (struct slice){0} : arena_copy(arena, buf_view(&body));
    return e ? e : out->p ? ERR_OK : ERR_LIMIT;
}

/* An address out of an answer, without our token. */
static enum err document_request(const struct account *account,
                                 const char *method,
                                 struct slice url,
                                 struct slice body,
                                 struct arena *arena,
                                 struct http_request *out)
{
    struct http_header *headers = ARENA_ARRAY(arena, 1, struct http_header);
    bool may_call = slice_starts(url, "https://") ||
                    (amazon_config(account)->private_ok && slice_starts(url, "http://"));

    if (!may_call) {
        return ERR_USAGE;
    }
    struct slice copy = arena_copy(arena, url);
    if (!headers || !copy.p) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), SLICE(TYPE)};
    *out = (struct http_request){.method = slice_of(method),
                                 .url = copy,
                                 .headers = body.n ? headers : NULL,
                                 .headers_count = body.n ? 1 : 0,
                                 .body = body};
    return ERR_OK;
}

static enum err feed_create(const struct account *account,
                            struct slice document,
                            struct arena *arena,
                            struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, 8192);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_str(&w, "feedType", "JSON_LISTINGS_FEED");
    json_key(&w, "marketplaceIds");
    json_begin_array(&w);
    for (size_t i = 0; i < config->marketplaces_count; i++) {
        json_put_text(&w, config->marketplaces[i]);
    }
    json_end_array(&w);
    json_field_text(&w, "inputFeedDocumentId", document);
    json_end_object(&w);
    struct slice text = arena_copy(arena, buf_view(&body));
    if (body.overflow || !text.p) {
        return ERR_LIMIT;
    }
    return amazon_request(account, "POST", SLICE("/feeds/2021-06-30/feeds"), text, arena, out);
}

static enum err id_request(const struct account *account,
                           const char *place,
                           struct slice id,
                           struct arena *arena,
                           struct http_request *out)
{
    struct slice segment = percent_encode(arena, id);

    if (!segment.p) {
        return ERR_LIMIT;
    }
    struct slice path = arena_printf(arena, "/feeds/2021-06-30/%s/%.*s", place, SLICE_ARG(segment));
    return amazon_request(account, "GET", path, (struct slice){0}, arena, out);
}

enum err amazon_build_feed(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    struct cursor cursor;
    struct slice body = {0};
    enum err e;

    if (!cursor_read(step->cursor, &cursor)) {
        return ERR_USAGE;
    }
    switch (cursor.state) {
    case UPLOAD:
        e = messages_text(account, items, count, arena, &body);
        return e ? e : document_request(account, "PUT", cursor.url, body, arena, out);
    case CREATE_FEED:
        return feed_create(account, cursor.id, arena, out);
    case WAIT:
        return id_request(account, "feeds", cursor.id, arena, out);
    case FIND_REPORT:
        return id_request(account, "documents", cursor.id, arena, out);
    case FETCH_REPORT:
        return document_request(account, "GET", cursor.url, body, arena, out);
    case CREATE_DOCUMENT:
        break;
    }
    return amazon_request(account,
                          "POST",
                          SLICE("/feeds/2021-06-30/documents"),
                          SLICE("{\"contentType\":\"" TYPE "\"}"),
                          arena,
                          out);
}

/* ---- answers ---- */

struct reading {
    struct cursor cursor;
    size_t count;
    struct json_doc *doc;
    struct arena *arena;
    struct push_result *out;
    struct channel_signal *signal;
};

static void all_are(struct reading *r, enum push_outcome outcome, struct slice reason)
{
    amazon_all_are(r->out, r->count, outcome, reason);
}

/* Nothing can have landed: whatever was answered, it is sent again, or in halves. */
static bool failed_early(struct reading *r, const struct amazon_answer *answer)
{
    if (answer->verdict == AMAZON_DONE) {
        return false;
    }
    bool is_refused = answer->verdict == AMAZON_REFUSED && r->count > 1;
    all_are(r, is_refused ? PUSH_SPLIT : PUSH_LATER, answer->reason);
    return true;
}

static void created_read(struct reading *r, const struct amazon_answer *answer)
{
    struct cursor next = {.state = UPLOAD,
                          .id = amazon_text(json_get(answer->root, "feedDocumentId")),
                          .url = amazon_text(json_get(answer->root, "url"))};

    if (failed_early(r, answer)) {
        return;
    }
    all_are(r, PUSH_LATER, SLICE("the answer names no document to write into"));
    if (amazon_is_visible(next.id, ID_MAX) && amazon_is_visible(next.url, URL_MAX)) {
        go_on(r->signal, r->arena, &next, 0);
    } else {
        r->signal->down = true;
    }
}

/* The answer is the store's behind the address, not the API's. */
static void uploaded_read(struct reading *r, const struct http_response *response)
{
    struct cursor next = {.state = CREATE_FEED, .id = r->cursor.id};

    reply_read(response, r->arena, r->signal);
    r->signal->unauthorised = false; /* its own signature has run out, not our token */
    all_are(r, PUSH_LATER, SLICE("the document could not be written: no feed was made of it"));
    if (response->status >= 200 && response->status <= 299) {
        go_on(r->signal, r->arena, &next, 0);
    } else {
        r->signal->down = !r->signal->throttled;
    }
}

static void feed_read(struct reading *r, const struct amazon_answer *answer)
{
    struct cursor next = {.state = WAIT, .id = amazon_text(json_get(answer->root, "feedId"))};

    if (answer->verdict == AMAZON_MAYBE) {
        all_are(r, PUSH_UNKNOWN, answer->reason);
        return;
    }
    if (failed_early(r, answer)) {
        return;
    }
    all_are(r, PUSH_UNKNOWN, SLICE("the answer names no feed to follow"));
    if (amazon_is_visible(next.id, ID_MAX)) {
        go_on(r->signal, r->arena, &next, ASK_EVERY_US);
    }
}

/* The question failed, not the feed. */
static void ask_again(struct reading *r, struct slice reason, int64_t after_us, int64_t tries_max)
{
    struct cursor again = r->cursor;

    again.tries++;
    all_are(r, PUSH_UNKNOWN, reason);
    if (again.tries < tries_max) {
        go_on(r->signal, r->arena, &again, after_us);
    }
}

static void waited_read(struct reading *r, const struct amazon_answer *answer)
{
    struct slice status = amazon_text(json_get(answer->root, "processingStatus"));
    struct cursor next = {.state = FIND_REPORT,
                          .id = amazon_text(json_get(answer->root, "resultFeedDocumentId"))};

    if (answer->verdict != AMAZON_DONE) {
        ask_again(r, answer->reason, ASK_AGAIN_US, ASKS_MAX);
    } else if (slice_is(status, "DONE")) {
        all_are(r, PUSH_UNKNOWN, SLICE("the feed is done, but names no report"));
        if (amazon_is_visible(next.id, ID_MAX)) {
            go_on(r->signal, r->arena, &next, 0);
        }
    } else if (slice_is(status, "CANCELLED")) {
        all_are(r, PUSH_LATER, SLICE("CANCELLED: Amazon never began with the feed"));
    } else if (slice_is(status, "FATAL")) {
        struct cursor last = {.state = WAIT, .tries = ASKS_MAX - 1, .id = r->cursor.id};
        all_are(r, PUSH_UNKNOWN, SLICE("FATAL: Amazon gave the feed up; some of it may be done"));
        if (r->cursor.tries < last.tries) {
            go_on(r->signal, r->arena, &last, AMAZON_SETTLE_US);
        }
    } else {
        ask_again(r, SLICE("the feed has no end"), ASK_EVERY_US, ASKS_MAX);
    }
}

static void found_read(struct reading *r, const struct amazon_answer *answer)
{
    struct cursor next = {.state = FETCH_REPORT,
                          .tries = r->cursor.tries,
                          .id = r->cursor.id,
                          .url = amazon_text(json_get(answer->root, "url"))};

    if (answer->verdict != AMAZON_DONE) {
        ask_again(r, answer->reason, ASK_AGAIN_US, FETCHES_MAX);
    } else if (!amazon_is_visible(next.url, URL_MAX)) {
        ask_again(r, SLICE("the report has no address"), ASK_AGAIN_US, FETCHES_MAX);
    } else {
        all_are(r, PUSH_UNKNOWN, SLICE("the report was not read"));
        go_on(r->signal, r->arena, &next, 0);
    }
}

/* Its address lives five minutes: another one is asked for. */
static void report_failed(struct reading *r, struct slice reason)
{
    r->cursor.state = FIND_REPORT;
    r->cursor.url = (struct slice){0};
    ask_again(r, reason, ASK_AGAIN_US, FETCHES_MAX);
}

static void report_read(struct reading *r, const struct http_response *response)
{
    struct slice text = response->body;
    struct json report = {0};
    struct err_note note;

    reply_read(response, r->arena, r->signal);
    r->signal->unauthorised = false;
    if (response->status < 200 || response->status > 299) {
        report_failed(r, SLICE("the feed's report could not be fetched"));
        return;
    }
    if (gunzip_is(text) && gunzip(r->arena, text, REPORT_MAX, &text)) {
        report_failed(r, SLICE("the feed's report could not be unpacked"));
        return;
    }
    if (json_parse(r->doc, text, &report, &note) || json_type(report) != JSON_OBJECT) {
        report_failed(r, SLICE("the feed's report cannot be read"));
        return;
    }
    amazon_report_read(report, r->count, r->arena, r->out);
}

void amazon_read_feed(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct step *step,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *out_signal)
{
    (void)account;
    (void)items;
    struct reading r = {
        .count = count, .doc = doc, .arena = arena, .out = out, .signal = out_signal};

    bool is_cursor = cursor_read(step->cursor, &r.cursor);
    if (is_cursor && r.cursor.state == UPLOAD) {
        uploaded_read(&r, response);
        return;
    }
    if (is_cursor && r.cursor.state == FETCH_REPORT) {
        report_read(&r, response);
        return;
    }
    struct amazon_answer answer = amazon_answer_read(response, doc, arena, out_signal);
    out_signal->rate_per_1000s = 0; /* of one of the steps: it says nothing of whole feeds */
    if (!is_cursor) {
        all_are(&r, PUSH_UNKNOWN, SLICE("not a cursor of a feed"));
    } else if (r.cursor.state == CREATE_FEED) {
        feed_read(&r, &answer);
    } else if (r.cursor.state == WAIT) {
        waited_read(&r, &answer);
    } else if (r.cursor.state == FIND_REPORT) {
        found_read(&r, &answer);
    } else {
        created_read(&r, &answer);
    }
}
