/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks that go out: the reads, the test message, and what these routes take and give. */
#include "engine/outlet.h"
#include "intake/api_inner.h"

/* ---- reading ---- */

static int failed(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

static bool is_webhook(const struct outlet_row *row)
{
    return row->kind == OUTLET_WEBHOOK && row->state != OUTLET_GONE;
}

static enum err show_row(struct reading *r, const struct outlet_row *row)
{
    size_t pending = 0;
    enum err e = outlet_pending(r->store, row, &pending);
    if (!e) {
        show_outlet(&r->show, row, pending, (struct slice){0});
    }
    return e;
}

int read_webhooks(struct reading *r)
{
    struct store_query q = {0};
    struct rows rows = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    enum err e = r->store->ops->outlets(r->store, r->arena, &rows);
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count && shown < q.limit; i++) {
        const struct outlet_row *row = rows.items[i];
        if (is_webhook(row) && row->id > q.after) {
            e = show_row(r, row);
            last = row->id;
            shown++;
        }
    }
    return e ? failed(r, e) : reading_end_list(r, shown, q.limit, last);
}

int read_webhook(struct reading *r)
{
    struct rows rows = {0};
    int64_t id = 0;
    enum err e = r->store->ops->outlets(r->store, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    for (size_t i = 0; slice_int(r->args[0], &id) && i < rows.count; i++) {
        const struct outlet_row *row = rows.items[i];
        if (is_webhook(row) && row->id == id) {
            e = show_row(r, row);
            etag_outlet(&r->show, row, r->etag);
            etag_add_figures(r->etag, buf_view(&r->out));
            return e ? failed(r, e) : 200;
        }
    }
    return reading_problem(
        r, 404, "no such webhook", "there is no webhook %.*s", SLICE_ARG(r->args[0]));
}

/* ---- a test message ---- */

static void tried(void *arg, const struct outlet_trial *trial)
{
    struct http_exchange *x = arg;
    if (!trial->is_there) {
        api_problem(x, 404, "no such webhook", SLICE("see GET /v1/webhooks"));
        return;
    }
    if (trial->is_busy) {
        api_problem(x,
                    409,
                    "a message is under way",
                    SLICE("this webhook is being told something just now: try again in a moment"));
        return;
    }
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 64 * 1024);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_bool(&w, "arrived", trial->arrived);
    if (trial->status) {
        json_field_int(&w, "status", trial->status);
    } else {
        json_field_null(&w, "status");
    }
    json_field_str(&w, "error", trial->reason);
    json_field_ms(&w, "took_ms", trial->took_us);
    json_end_object(&w);
    api_answer_json(x, 200, buf_view(&out));
}

void api_webhook_test(struct api *api, struct http_exchange *x, const struct slice *args)
{
    int64_t id = 0;
    if (!api->config.on_webhook_test) {
        api_problem(x,
                    409,
                    "no server runs",
                    SLICE("start truecount serve on this data directory: it is what sends"));
    } else if (!slice_int(args[0], &id)) {
        api_problem(x, 404, "no such webhook", SLICE("see GET /v1/webhooks"));
    } else {
        api->config.on_webhook_test(api->config.arg, id, tried, x);
    }
}

/* ---- what they take and give ---- */

#define SCHEMA(fields_) .fields = (fields_), .fields_count = COUNT_OF(fields_)

#define SECRET_IN                                                                                  \
    "signs the messages: whsec_ and the base64 of 24 to 64 bytes; left out: one is made"

static const struct schema_field webhook_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the webhook"},
    {"url",
     FIELD_TEXT,
     SHOWN | ASKED | CHANGED | MUST,
     .about = "where messages are posted to: https, and a host on the internet, unless private "
              "addresses are allowed",
     .min = 1,
     .max = 2000},
    {"events",
     FIELD_TEXTS,
     SHOWN | ASKED | CHANGED | NULL_IN,
     .about = "incident.opened, incident.updated, incident.resolved; left out: all of them",
     .min = 1},
    {"state",
     FIELD_TEXT,
     SHOWN | CHANGED,
     .about = "is it told; made active, it goes on where it stopped",
     .values = "active|disabled"},
    {"pending", FIELD_INT, SHOWN, .about = "messages that wait; 1000: that many or more"},
    {"failing_since",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "nothing has arrived since then; null: the last message did"},
    {"next_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when what failed is tried again"},
    {"last_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it was last tried"},
    {"last_status",
     FIELD_INT,
     SHOWN | NULL_OUT,
     .about = "the HTTP status of its answer; null: it gave none"},
    {"last_error", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why the last message did not arrive"},
    {"old_secret_until",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "until then the secret before the last change signs too"},
    {"created_at", FIELD_TIME, SHOWN, .about = "when it was made"},
    {"secret", FIELD_TEXT, ASKED | NULL_IN, .about = SECRET_IN, .min = 1, .max = 255},
    {"secret",
     FIELD_TEXT,
     SHOWN | MAYBE,
     .about = "signs the messages; once, in the answer that made it"},
};
const struct schema schema_webhook = {.name = "Webhook",
                                      .asked = "NewWebhook",
                                      .changed = "WebhookChange",
                                      .about = "an address that is told of incidents",
                                      SCHEMA(webhook_fields)};

static const struct schema_field webhook_key_fields[] = {
    {"secret", FIELD_TEXT, ASKED | NULL_IN, .about = SECRET_IN, .min = 1, .max = 255},
};
const struct schema schema_webhook_key = {
    .asked = "WebhookKey", .about = "another secret", SCHEMA(webhook_key_fields)};

static const struct schema_field webhook_trial_fields[] = {
    {"arrived", FIELD_BOOL, SHOWN, .about = "the receiver answered 2xx"},
    {"status", FIELD_INT, SHOWN | NULL_OUT, .about = "what it answered; null: nothing"},
    {"error", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it did not arrive"},
    {"took_ms", FIELD_NUMBER, SHOWN, .about = "from leaving to the answer"},
};
const struct schema schema_webhook_trial = {
    .name = "WebhookTrial", .about = "what became of a test message", SCHEMA(webhook_trial_fields)};

static const struct schema_field page_query[] = {
    {"limit",
     FIELD_INT,
     ASKED,
     .about = "the most items of a page; 100 when left out",
     .min = 1,
     .max = PAGE_MAX},
    {"cursor", FIELD_ID, ASKED, .about = "the next of the page before", .min = 1, .max = 20},
};

const struct route_doc doc_read_webhooks = {.id = "listWebhooks",
                                            .summary = "Webhooks, oldest first",
                                            .query = page_query,
                                            .query_count = COUNT_OF(page_query),
                                            .gives = &schema_webhook,
                                            .frame = FRAME_PAGE,
                                            .done = 200};
const struct route_doc doc_request_webhooks_create = {
    .id = "createWebhook",
    .summary = "Tell an address of incidents from now on; its secret is shown once, in the answer",
    .asks = &schema_webhook,
    .gives = &schema_webhook,
    .done = 201,
    .refuses = {409, 422}};
const struct route_doc doc_read_webhook = {.id = "getWebhook",
                                           .summary = "One webhook, and how it fares",
                                           .params = {"id"},
                                           .gives = &schema_webhook,
                                           .has_etag = true,
                                           .done = 200};
const struct route_doc doc_request_webhook_change = {.id = "changeWebhook",
                                                     .summary =
                                                         "Change a webhook, or switch it off or on",
                                                     .params = {"id"},
                                                     .asks = &schema_webhook,
                                                     .is_patch = true,
                                                     .gives = &schema_webhook,
                                                     .has_etag = true,
                                                     .done = 200,
                                                     .refuses = {422}};
const struct route_doc doc_request_webhook_delete = {.id = "deleteWebhook",
                                                     .summary = "It is told nothing any more",
                                                     .params = {"id"},
                                                     .done = 204,
                                                     .refuses = {422}};
const struct route_doc doc_request_webhook_rotate = {
    .id = "rotateWebhook",
    .summary = "Another secret, shown once; for a day both sign",
    .params = {"id"},
    .asks = &schema_webhook_key,
    .body_optional = true,
    .gives = &schema_webhook,
    .done = 200,
    .refuses = {422}};
const struct route_doc doc_api_webhook_test = {
    .id = "testWebhook",
    .summary = "Send a test message now, and say what became of it",
    .params = {"id"},
    .gives = &schema_webhook_trial,
    .done = 200,
    .refuses = {409}};
