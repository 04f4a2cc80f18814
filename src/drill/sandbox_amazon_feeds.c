/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_amazon_feeds - JSON_LISTINGS_FEED: a document uploaded to its own address, a feed that is
 * processed later, and a report that says which messages were refused.
 *
 *   IN_QUEUE ──> IN_PROGRESS ──> DONE (with errors per message) | FATAL (nothing is done)
 */
#include "drill/sandbox_amazon.h"

#include "base/times.h"

#define MESSAGES_MAX 25000
#define ADDRESS_US (300 * US_PER_S)
#define ROWS_OF_MESSAGE 16

static struct amazon_document *document_at(struct shop *shop, size_t number)
{
    return number ? &amazon_of(shop)->documents[number - 1] : NULL;
}

static struct amazon_document *document_find(struct shop *shop, struct slice id)
{
    struct amazon *amazon = amazon_of(shop);
    for (size_t i = 0; i < amazon->documents_count; i++) {
        if (slice_equal(amazon->documents[i].id, id)) {
            return &amazon->documents[i];
        }
    }
    return NULL;
}

/* Its number; 0 when there are too many. */
static size_t document_new(struct shop *shop, struct slice type)
{
    struct amazon *amazon = amazon_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    char uuid[40];
    if (amazon->documents_count == COUNT_OF(amazon->documents)) {
        return 0;
    }
    struct amazon_document *document = &amazon->documents[amazon->documents_count++];
    uuid_make(shop->sandbox, uuid);
    document->id = arena_printf(arena, "amzn1.tortuga.4.eu.%s", uuid);
    document->type = arena_copy(arena, type);
    document->dies_us = env_wall_us(shop->sandbox->env) + ADDRESS_US;
    return amazon->documents_count;
}

static void document_fill(struct amazon_document *document, struct slice body)
{
    free(document->body);
    document->body = malloc(body.n + 1);
    must(document->body != NULL);
    memcpy(document->body, body.p, body.n);
    document->body_n = body.n;
}

void amazon_feeds_free(struct shop *shop)
{
    struct amazon *amazon = amazon_of(shop);
    for (size_t i = 0; i < amazon->documents_count; i++) {
        free(amazon->documents[i].body);
    }
}

static struct slice address(const struct shop *shop, const struct amazon_document *document)
{
    return arena_printf(&shop->sandbox->turn,
                        "%.*s/documents/%.*s?X-Amz-Expires=300",
                        SLICE_ARG(shop->base_url),
                        SLICE_ARG(document->id));
}

/* ---- the document's own address ---- */

static void s3_error(struct call *call, int status, const char *code)
{
    struct slice body =
        arena_printf(&call->shop->sandbox->turn,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code></Error>",
                     code);
    rest_text(call, status, "application/xml", body);
}

void amazon_feed_document_call(struct call *call, struct slice id)
{
    struct shop *shop = call->shop;
    struct amazon_document *document = document_find(shop, id);
    struct slice type = call_request_header(call, "Content-Type");
    if (!document) {
        s3_error(call, 404, "NoSuchKey");
    } else if (document->dies_us < env_wall_us(shop->sandbox->env)) {
        s3_error(call, 403, "AccessDenied");
    } else if (call_request_header(call, "x-amz-access-token").n > 0 ||
               call_request_header(call, "Authorization").n > 0) {
        s3_error(call, 400, "InvalidArgument"); /* the address is the only permission */
    } else if (rest_method(call, "GET") && document->body) {
        rest_text(call,
                  200,
                  "application/json; charset=UTF-8",
                  (struct slice){document->body, document->body_n});
    } else if (!rest_method(call, "PUT")) {
        s3_error(call, 404, "NoSuchKey");
    } else if (!slice_equal(type, document->type)) {
        s3_error(call, 403, "SignatureDoesNotMatch");
    } else {
        document_fill(document, call->x->request.body);
        rest_text(call, 200, "application/xml", SLICE(""));
    }
}

/* ---- processing ---- */

struct report {
    struct json_writer w;
    int64_t processed, invalid;
};

static void report_issue(struct report *r,
                         int64_t message,
                         struct slice sku,
                         const char *code,
                         const char *attribute,
                         struct slice text)
{
    r->invalid++;
    json_begin_object(&r->w);
    json_field_int(&r->w, "messageId", message);
    json_field_text(&r->w, "sku", sku);
    json_field_str(&r->w, "code", code);
    json_field_str(&r->w, "severity", "ERROR");
    json_field_text(&r->w, "message", text);
    if (attribute) {
        json_field_str(&r->w, "attributeName", attribute);
    }
    json_end_object(&r->w);
}

/* One message: its rows, or a line of the report. */
static void message_read(struct shop *shop,
                         struct json message,
                         struct late_write *rows,
                         size_t *rows_count,
                         struct report *report)
{
    int64_t id = 0;
    struct slice sku = {0};
    struct slice operation = {0};
    struct amazon_issue problem = {0};
    size_t count = 0;
    report->processed++;
    json_int(json_get(message, "messageId"), &id);
    json_text(json_get(message, "sku"), &sku);
    json_text(json_get(message, "operationType"), &operation);
    struct item *item = item_find(shop, sku);
    const char *wrong = !slice_is(operation, "PATCH") ? "operationType must be PATCH."
                        : !amazon_type_fits(json_get(message, "productType"))
                            ? "The product type does not fit the listing."
                            : amazon_patches_wrong(json_get(message, "patches"));
    if (wrong) {
        report_issue(report, id, sku, "4000001", NULL, slice_of(wrong));
    } else if (!item) {
        report_issue(report, id, sku, "13013", NULL, SLICE("This SKU does not exist."));
    } else if (!amazon_patches_read(shop,
                                    item,
                                    json_get(message, "patches"),
                                    rows + *rows_count,
                                    &count,
                                    &problem)) {
        report_issue(report, id, sku, problem.code, problem.attribute, problem.message);
    } else {
        *rows_count += count;
    }
}

/* Whether it is a feed at all: else it is FATAL. */
static bool feed_is_good(struct shop *shop, struct json root)
{
    struct json header = json_get(root, "header");
    struct json messages = json_get(root, "messages");
    struct slice seller = {0};
    struct slice version = {0};
    json_text(json_get(header, "sellerId"), &seller);
    json_text(json_get(header, "version"), &version);
    bool is_good = slice_equal(seller, amazon_of(shop)->seller) && slice_is(version, "2.0") &&
                   json_type(messages) == JSON_ARRAY && json_count(messages) > 0 &&
                   json_count(messages) <= MESSAGES_MAX;
    int64_t last = 0;
    for (struct json_iter i = json_iter(messages); json_next(&i) && is_good;) {
        int64_t id;
        struct slice sku;
        is_good = json_int(json_get(i.value, "messageId"), &id) && id > last && /* each its own */
                  json_text(json_get(i.value, "sku"), &sku) && sku.n > 0;
        last = is_good ? id : last;
    }
    return is_good;
}

static void feed_done(struct shop *shop, int64_t number)
{
    struct amazon_feed *feed = &amazon_of(shop)->feeds[number - 1];
    feed->status = "DONE";
    amazon_feed_event(shop, feed);
}

/* Reads it, writes the report, and lets the rows land a little later. */
static void feed_run(struct shop *shop, int64_t number)
{
    struct sandbox *sandbox = shop->sandbox;
    struct amazon_feed *feed = &amazon_of(shop)->feeds[number - 1];
    const struct amazon_document *input = document_at(shop, feed->document);
    struct json root = {0};
    struct err_note note;
    arena_clear(&sandbox->turn);
    feed->result = document_new(shop, SLICE("application/json"));
    if (!input->body || feed->result == 0 ||
        json_parse(sandbox->doc, (struct slice){input->body, input->body_n}, &root, &note) ||
        !feed_is_good(shop, root)) {
        feed->status = "FATAL";
        feed->result = 0;
        amazon_feed_event(shop, feed);
        return;
    }
    feed->status = "IN_PROGRESS";
    struct json messages = json_get(root, "messages");
    struct late_write *rows =
        ARENA_ARRAY(&sandbox->turn, json_count(messages) + ROWS_OF_MESSAGE, struct late_write);
    must(rows != NULL);
    size_t rows_count = 0;
    buf_clear(&sandbox->out);
    struct report report = {.w = json_writer(&sandbox->out)};
    json_begin_object(&report.w);
    json_key(&report.w, "header");
    json_begin_object(&report.w);
    json_field_text(&report.w, "sellerId", amazon_of(shop)->seller);
    json_field_str(&report.w, "version", "2.0");
    json_field_text(&report.w, "feedId", arena_printf(&sandbox->turn, "%" PRId64, feed->id));
    json_end_object(&report.w);
    json_key(&report.w, "issues");
    json_begin_array(&report.w);
    for (struct json_iter i = json_iter(messages);
         json_next(&i) && rows_count < json_count(messages);) {
        message_read(shop, i.value, rows, &rows_count, &report);
    }
    json_end_array(&report.w);
    json_key(&report.w, "summary");
    json_begin_object(&report.w);
    json_field_int(&report.w, "errors", report.invalid);
    json_field_int(&report.w, "warnings", 0);
    json_field_int(&report.w, "messagesProcessed", report.processed);
    json_field_int(&report.w, "messagesAccepted", report.processed - report.invalid);
    json_field_int(&report.w, "messagesInvalid", report.invalid);
    json_end_object(&report.w);
    json_end_object(&report.w);
    document_fill(document_at(shop, feed->result), buf_view(&sandbox->out));
    writes_later(shop, rows, rows_count, late_us(shop), feed_done, number);
}

/* ---- the API ---- */

static void documents_create(struct call *call)
{
    struct json body;
    struct slice type;
    if (!amazon_may(call, AMAZON_FEED_DOCUMENT_CREATE, false)) {
        return;
    }
    if (!rest_content_is(call, "application/json") || !rest_body(call, &body) ||
        !json_text(json_get(body, "contentType"), &type) || json_count(body) != 1) {
        amazon_invalid(call, "The body must be {\"contentType\"}.");
        return;
    }
    size_t number = document_new(call->shop, type);
    if (number == 0) {
        amazon_error(call, 500, "InternalFailure", "The sandbox keeps at most 512 documents.");
        return;
    }
    const struct amazon_document *document = document_at(call->shop, number);
    struct json_writer w = rest_json(call, 201);
    json_begin_object(&w);
    json_field_text(&w, "feedDocumentId", document->id);
    json_field_text(&w, "url", address(call->shop, document));
    json_end_object(&w);
}

static void documents_get(struct call *call, struct slice id)
{
    if (!amazon_may(call, AMAZON_FEED_DOCUMENT_GET, false)) {
        return;
    }
    struct amazon_document *document = document_find(call->shop, id);
    if (!document) {
        amazon_error(call, 404, "NotFound", "The feed document does not exist.");
        return;
    }
    document->dies_us = env_wall_us(call->shop->sandbox->env) + ADDRESS_US;
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "feedDocumentId", document->id);
    json_field_text(&w, "url", address(call->shop, document));
    json_end_object(&w);
}

static bool feed_body_read(struct call *call, struct amazon_document **out)
{
    static const char *const keys[] = {
        "feedType", "marketplaceIds", "inputFeedDocumentId", "feedOptions"};
    struct json body;
    struct slice type = {0};
    struct slice id = {0};
    struct slice marketplace = {0};
    *out = NULL;
    if (!rest_content_is(call, "application/json") || !rest_body(call, &body) ||
        rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0 ||
        !json_text(json_get(body, "feedType"), &type) ||
        !json_text(json_get(body, "inputFeedDocumentId"), &id)) {
        amazon_invalid(call, "feedType, marketplaceIds and inputFeedDocumentId are required.");
        return false;
    }
    struct json_iter first = json_iter(json_get(body, "marketplaceIds"));
    if (!json_next(&first) || !json_text(first.value, &marketplace) ||
        !slice_is(marketplace, AMAZON_MARKETPLACE)) {
        amazon_invalid(call, "marketplaceIds names a marketplace this seller does not sell in.");
        return false;
    }
    if (!slice_is(type, "JSON_LISTINGS_FEED")) {
        amazon_invalid(call, "The feed type is not supported.");
        return false;
    }
    *out = document_find(call->shop, id);
    if (!*out) {
        amazon_invalid(call, "The input feed document does not exist.");
    }
    return *out != NULL;
}

static void feeds_create(struct call *call)
{
    struct shop *shop = call->shop;
    struct amazon *amazon = amazon_of(shop);
    struct amazon_document *document;
    if (!amazon_may(call, AMAZON_FEED_CREATE, false) || !feed_body_read(call, &document)) {
        return;
    }
    if (amazon->feeds_count == AMAZON_FEEDS_MAX) {
        amazon_error(call, 500, "InternalFailure", "The sandbox keeps at most 256 feeds.");
        return;
    }
    struct amazon_feed *feed = &amazon->feeds[amazon->feeds_count++];
    *feed = (struct amazon_feed){.id = 53347018455 + (int64_t)amazon->feeds_count,
                                 .created_us = shop_now_us(shop),
                                 .document = (size_t)(document - amazon->documents) + 1,
                                 .status = "IN_QUEUE"};
    writes_later(shop, NULL, 0, late_us(shop) / 2, feed_run, (int64_t)amazon->feeds_count);
    struct json_writer w = rest_json(call, 202);
    json_begin_object(&w);
    json_field_text(&w, "feedId", arena_printf(&shop->sandbox->turn, "%" PRId64, feed->id));
    json_end_object(&w);
}

static void feeds_get(struct call *call, struct slice id_text)
{
    struct shop *shop = call->shop;
    struct amazon *amazon = amazon_of(shop);
    const struct amazon_feed *feed = NULL;
    int64_t id = 0;
    char stamp[TIME_TEXT_MAX];
    if (!amazon_may(call, AMAZON_FEED_GET, false)) {
        return;
    }
    for (size_t i = 0; i < amazon->feeds_count && slice_int(id_text, &id); i++) {
        feed = amazon->feeds[i].id == id ? &amazon->feeds[i] : feed;
    }
    if (!feed) {
        amazon_error(call, 404, "NotFound", "The feed does not exist.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "feedId", id_text);
    json_field_str(&w, "feedType", "JSON_LISTINGS_FEED");
    json_field_raw(&w, "marketplaceIds", SLICE("[\"" AMAZON_MARKETPLACE "\"]"));
    json_field_text(&w, "createdTime", time_format(feed->created_us, stamp));
    json_field_str(&w, "processingStatus", feed->status);
    if (feed->result && strcmp(feed->status, "DONE") == 0) {
        json_field_text(&w, "resultFeedDocumentId", document_at(shop, feed->result)->id);
    }
    json_end_object(&w);
}

void amazon_feeds_call(struct call *call, const struct rest_parts *parts)
{
    bool is_post = rest_method(call, "POST");
    bool is_get = rest_method(call, "GET");
    if (is_post && rest_is(parts, "feeds", "2021-06-30", "documents", NULL)) {
        documents_create(call);
    } else if (is_get && rest_is(parts, "feeds", "2021-06-30", "documents", "*", NULL)) {
        documents_get(call, parts->at[3]);
    } else if (is_post && rest_is(parts, "feeds", "2021-06-30", "feeds", NULL)) {
        feeds_create(call);
    } else if (is_get && rest_is(parts, "feeds", "2021-06-30", "feeds", "*", NULL)) {
        feeds_get(call, parts->at[3]);
    } else {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
    }
}
