/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one listing's count: a patch of its own offer's quantity and of nothing else.
 *
 * "merge" keeps the offer's handling time and restock date, which "replace" would erase. ACCEPTED
 * means taken, not shown: Amazon carries it out minutes later. INVALID comes with 200 as well.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/amazon/amazon.h"

#define BODY_MAX 4096
#define REASON_MAX 240
#define ISSUES_SHOWN 3

void amazon_put_patch(struct json_writer *w, int64_t value)
{
    json_begin_object(w);
    json_field_str(w, "op", "merge");
    json_field_str(w, "path", "/attributes/fulfillment_availability");
    json_key(w, "value");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "fulfillment_channel_code", "DEFAULT");
    json_field_int(w, "quantity", value);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

/* PRODUCT is the type that every listing has. */
struct slice
amazon_product_type(struct json_doc *doc, const struct push_item *item, struct arena *arena)
{
    struct json remote = {0};
    struct err_note note;
    struct slice type = {0};

    if (item->remote.n && json_parse(doc, item->remote, &remote, &note) == ERR_OK) {
        type = amazon_text(json_get(remote, "product_type"));
    }
    return amazon_is_product_type(type) ? arena_copy(arena, type) : SLICE("PRODUCT");
}

static struct slice patch_text(const struct push_item *item, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf body;
    struct json_doc *doc = json_doc_new();

    buf_init(&body, BODY_MAX);
    if (!doc) {
        return (struct slice){0};
    }
    struct slice type = amazon_product_type(doc, item, arena);
    json_doc_free(doc);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "productType", type);
    json_key(&w, "patches");
    json_begin_array(&w);
    amazon_put_patch(&w, item->value);
    json_end_array(&w);
    json_end_object(&w);
    return body.overflow || !type.p ? (struct slice){0} : arena_copy(arena, buf_view(&body));
}

enum err amazon_build_push(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    struct slice sku = {0};

    if (count == 0 || count > AMAZON_BULK_MAX || !config->marketplaces_text.n) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].value < 0 || items[i].value > QTY_MAX) {
            return ERR_USAGE;
        }
    }
    if (count > 1) {
        return amazon_build_feed(account, items, count, step, arena, out);
    }
    if (!amazon_key_sku(items[0].stock_key, arena, &sku)) {
        return arena->exhausted ? ERR_LIMIT : ERR_USAGE;
    }
    struct slice segment = percent_encode(arena, sku);
    struct slice body = patch_text(&items[0], arena);
    if (!segment.p || !body.p) {
        return ERR_LIMIT;
    }
    struct slice path =
        arena_printf(arena,
                     "/listings/2021-08-01/items/%.*s/%.*s?marketplaceIds=%.*s&includedData=issues",
                     SLICE_ARG(config->seller_id),
                     SLICE_ARG(segment),
                     SLICE_ARG(config->marketplaces_text));
    return amazon_request(account, "PATCH", path, body, arena, out);
}

void amazon_all_are(struct push_result *out,
                    size_t count,
                    enum push_outcome outcome,
                    struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* "90220 'size' is required": the issues that stopped it, their codes first. */
static struct slice issues_text(struct json issues, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    size_t shown = 0;

    buf_init(&text, (size_t)8 * REASON_MAX);
    for (struct json_iter i = json_iter(issues); json_next(&i) && shown < ISSUES_SHOWN;) {
        if (!slice_is(amazon_text(json_get(i.value, "severity")), "ERROR")) {
            continue;
        }
        buf_text(&text, shown++ ? "; " : "");
        buf_slice(&text, amazon_bounded(amazon_text(json_get(i.value, "code")), 40));
        buf_char(&text, ' ');
        buf_slice(&text, amazon_bounded(amazon_text(json_get(i.value, "message")), 160));
    }
    return shown ? arena_copy(arena, amazon_bounded(buf_view(&text), REASON_MAX))
                 : SLICE("INVALID, without an issue that says why");
}

static struct push_result done_read(struct json root, struct arena *arena)
{
    struct slice status = amazon_text(json_get(root, "status"));
    struct slice submission = amazon_text(json_get(root, "submissionId"));
    struct push_result result = {.outcome = PUSH_UNKNOWN,
                                 .reason = SLICE("an answer without ACCEPTED or INVALID")};

    if (slice_is(status, "ACCEPTED")) {
        result.outcome = PUSH_ACCEPTED;
        result.reason =
            arena_printf(arena,
                         "ACCEPTED, shown minutes later; submission %.*s",
                         SLICE_ARG(amazon_bounded(submission.n ? submission : SLICE("?"), 80)));
    } else if (slice_is(status, "INVALID")) {
        result.outcome = PUSH_REFUSED;
        result.reason = issues_text(json_get(root, "issues"), arena);
    }
    if (!result.reason.n) {
        result.reason = SLICE("an answer that cannot be kept");
    }
    return result;
}

void amazon_read_push(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct step *step,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *out_signal)
{
    if (count != 1) {
        amazon_read_feed(account, items, count, step, response, doc, arena, out, out_signal);
        return;
    }
    struct amazon_answer answer = amazon_answer_read(response, doc, arena, out_signal);

    switch (answer.verdict) {
    case AMAZON_DONE:
        out[0] = done_read(answer.root, arena);
        return;
    case AMAZON_REFUSED:
        if (answer.status == 413) {
            out_signal->down = true; /* one small patch is too much: not the row's fault */
        }
        amazon_all_are(out, 1, answer.status == 413 ? PUSH_LATER : PUSH_REFUSED, answer.reason);
        return;
    case AMAZON_LATER:
        amazon_all_are(out, 1, PUSH_LATER, answer.reason);
        return;
    case AMAZON_MAYBE:
        amazon_all_are(out, 1, PUSH_UNKNOWN, answer.reason);
        return;
    }
}
