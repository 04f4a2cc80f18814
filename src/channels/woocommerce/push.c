/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing stock. A write is absolute, and proves itself only by its reply: several kinds of items
 * answer 200 and keep their count. Confirmed means manage_stock is true and the quantity is the one
 * sent.
 *
 * manage_stock:true is always sent: without it a product that does not count ignores the number. It
 * detaches a variation from its parent's stock, which is the merchant's decision: whoever pushes
 * reads the listing first and leaves READ_PARENT alone. An unknown count is never written: the API
 * takes null for 0.
 */
#include "base/json_write.h"
#include "channels/woocommerce/woo.h"

#define BODY_MAX 65536

static void stock_write(struct json_writer *w, int64_t quantity)
{
    json_field_bool(w, "manage_stock", true);
    json_field_int(w, "stock_quantity", quantity);
}

static void single_write(struct json_writer *w, const struct push_item *item)
{
    json_begin_object(w);
    stock_write(w, item->value);
    json_end_object(w);
}

/* No type check happens in a batch ("abc" becomes 0): only whole numbers are written here. */
static void batch_write(struct json_writer *w,
                        const struct push_item *items,
                        const struct woo_key *keys,
                        size_t count)
{
    json_begin_object(w);
    json_key(w, "update");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w);
        json_field_int(w, "id", woo_key_id(keys[i]));
        stock_write(w, items[i].value);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

enum err woo_build_push(const struct account *account,
                        const struct push_item *items,
                        size_t count,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    /* No idempotency keys (step->key): a repeated absolute write is harmless by itself. */
    const struct woo_key *keys;
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    if (count == 0 || count > WOO_PAGE) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].value < 0 || items[i].value > QTY_MAX) {
            return ERR_USAGE;
        }
    }
    enum err e = woo_keys_of(items, count, arena, &keys);
    if (e) {
        return e;
    }
    struct woo_call call = {0};
    struct json_writer w = json_writer(&body);
    struct slice group = woo_group_path(arena, keys[0]);
    if (count == 1) {
        call.method = "PUT";
        call.path = arena_printf(arena, "%.*s/%" PRId64, SLICE_ARG(group), woo_key_id(keys[0]));
        single_write(&w, &items[0]);
    } else {
        /* Never with _fields: a batch then answers [], though the writes happened. */
        call.method = "POST";
        call.path = arena_printf(arena, "%.*s/batch", SLICE_ARG(group));
        batch_write(&w, items, keys, count);
    }
    if (body.overflow) {
        return ERR_LIMIT;
    }
    call.body = arena_copy(arena, buf_view(&body));
    return woo_request(account, &call, step->now_us, step->nonce, arena, out);
}

static struct push_result result(enum push_outcome outcome, struct slice reason)
{
    return (struct push_result){.outcome = outcome, .reason = reason};
}

/* An item of a batch that was refused carries the error it would have answered alone. */
static struct push_result
error_read(struct json error, int64_t status, struct arena *arena, struct channel_signal *signal)
{
    struct slice reason = woo_error_text(error, arena);
    struct slice code = {0};

    json_text(json_get(error, "code"), &code);
    if (!reason.n) {
        reason = SLICE("an error without a code");
    }
    switch (status) {
    case 400:
    case 404:
    case 409:
    case 410:
    case 422: {
        struct push_result refused = result(PUSH_REFUSED, reason);
        refused.unmanaged = slice_is(code, "product_external_invalid_manage_stock");
        return refused;
    }
    case 401:
    case 403:
        signal->unauthorised = true;
        signal->reason = reason;
        return result(PUSH_LATER, reason);
    case 429:
        signal->throttled = true;
        signal->reason = reason;
        return result(PUSH_LATER, reason);
    default:
        return result(PUSH_UNKNOWN, reason);
    }
}

static struct push_result item_read(struct json json,
                                    const struct push_item *item,
                                    int64_t id,
                                    struct arena *arena,
                                    struct channel_signal *signal)
{
    struct json error = json_get(json, "error");
    struct woo_stock stock = woo_stock_read(json);
    int64_t given = 0;

    if (!woo_id(json_get(json, "id"), &given) || given != id) {
        return result(PUSH_UNKNOWN, SLICE("the answer does not name this item"));
    }
    if (json_type(error) == JSON_OBJECT) {
        int64_t status = 0;
        json_int_loose(json_path(error, "data", "status", NULL), &status);
        return error_read(error, status, arena, signal);
    }
    if (json_type(json_get(json, "manage_stock")) == JSON_NONE) {
        return result(PUSH_UNKNOWN, SLICE("the answer does not show the item's stock"));
    }
    if (stock.parent_managed) {
        struct push_result refused =
            result(PUSH_REFUSED, SLICE("parent_managed: the stock is the parent product's"));
        refused.parent_managed = true;
        return refused;
    }
    if (!stock.is_managed) {
        struct push_result refused =
            result(PUSH_REFUSED,
                   SLICE("unmanaged: the shop does not track this item's stock, or tracks none"));
        refused.unmanaged = true;
        return refused;
    }
    if (!stock.is_known || stock.count != item->value) {
        /* Another writer, or a sale between the write and the reply: it may have landed before. */
        return result(PUSH_UNKNOWN, SLICE("the answer shows another count than the one sent"));
    }
    return result(PUSH_CONFIRMED, (struct slice){0});
}

static void
all_are(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = result(outcome, reason);
    }
}

/*
 * A batch refused as a whole (over the limit of items, or one item it cannot even read): nothing
 * was written. It goes again in smaller ones until they fit, or until the one at fault stands alone.
 */
static void refusal_read(const struct woo_answer *answer,
                         size_t count,
                         struct arena *arena,
                         struct push_result *out,
                         struct channel_signal *signal)
{
    if (count > 1) {
        all_are(out, count, PUSH_SPLIT, answer->reason);
        return;
    }
    if (answer->status == 413) {
        signal->down = true; /* one small item is too much: a limit of the host, not of the item */
        all_are(out, count, PUSH_LATER, answer->reason);
        return;
    }
    out[0] = error_read(answer->root, answer->status, arena, signal);
}

void woo_read_push(const struct account *account,
                   const struct push_item *items,
                   size_t count,
                   const struct step *step,
                   const struct http_response *response,
                   struct json_doc *doc,
                   struct arena *arena,
                   struct push_result *out,
                   struct channel_signal *out_signal)
{
    (void)step;
    (void)account;
    struct woo_answer answer = woo_answer_read(response, doc, arena, out_signal);

    switch (answer.verdict) {
    case WOO_REFUSED:
        refusal_read(&answer, count, arena, out, out_signal);
        return;
    case WOO_LATER:
        all_are(out, count, PUSH_LATER, answer.reason);
        return;
    case WOO_MAYBE:
        all_are(out, count, PUSH_UNKNOWN, answer.reason);
        return;
    case WOO_JSON:
        break;
    }
    /* A batch answers in the order of its items; rows that are missing are unknown. */
    struct json_iter rows = json_iter(json_get(answer.root, "update"));
    for (size_t i = 0; i < count; i++) {
        struct json row = answer.root;
        struct woo_key key = {0};
        if (count > 1) {
            row = json_next(&rows) ? rows.value : (struct json){0};
        }
        if (woo_key_parse(items[i].stock_key, &key)) {
            out[i] = item_read(row, &items[i], woo_key_id(key), arena, out_signal);
        } else {
            out[i] = result(PUSH_UNKNOWN, SLICE("not a listing of this connector"));
        }
    }
}
