/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_api_shop - a shop that speaks truecount's own API: signed snapshots out, stock.updated
 * in, both by Standard Webhooks.
 *
 * A pushed number replaces its own, less the units it has sold that the number cannot know of:
 * those whose snapshot is not acknowledged yet, or was sent after the number left. So a sold-out
 * item stays sold out.
 */
#include "drill/sandbox_inner.h"

#include "base/crypto.h"
#include "base/times.h"

#define TIMESTAMP_SLACK_US (300 * US_PER_S)
#define RETRY_MAX_US (30 * US_PER_S) /* it never gives up */

static void api_shop_init(struct shop *shop)
{
    shop->source = shop->code;
}

/* ---- signatures ---- */

/* "whsec_" in front says that the rest is base64. */
static struct slice secret_bytes(const struct shop *shop, struct arena *arena)
{
    struct slice bytes;
    if (slice_starts(shop->secret, "whsec_") &&
        base64_decode(arena, slice_from(shop->secret, 6), &bytes)) {
        return bytes;
    }
    return shop->secret;
}

/* ---- snapshots ---- */

static struct slice channel_of(const struct shop *shop)
{
    struct slice rest = shop->hooks_url;
    struct slice part;
    while (slice_cut(&rest, '/', &part)) {
    }
    return part;
}

static void
api_shop_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    (void)event;
    (void)refund;
    struct shop *shop = order->shop;
    struct sandbox *sandbox = shop->sandbox;
    char stamp[TIME_TEXT_MAX];
    arena_clear(&sandbox->hook_turn);
    buf_clear(&sandbox->scratch);
    struct json_writer w = json_writer(&sandbox->scratch);
    const struct address *address = address_at(order->country);

    json_begin_object(&w);
    json_field_text(&w, "channel", channel_of(shop));
    json_field_text(&w, "id", arena_printf(&sandbox->hook_turn, "A-%" PRId64, order->id));
    json_field_text(&w, "version", time_format(order->changed_us, stamp));
    json_field_text(&w, "placed_at", time_format(order->placed_us, stamp));
    json_field_str(&w, "country", address->country);
    if (address->region) {
        json_field_str(&w, "region", address->region);
    }
    json_key(&w, "lines");
    json_begin_array(&w);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        json_begin_object(&w);
        json_field_text(&w, "id", arena_printf(&sandbox->hook_turn, "%" PRId64, line->id));
        json_field_text(&w, "sku", line->item->sku);
        json_field_int(&w, "ordered", line->ordered);
        json_field_int(&w, "cancelled", line->removed);
        json_field_int(&w, "fulfilled", line->fulfilled);
        json_field_int(&w, "returned", line->returned);
        json_field_int(&w, "restocked", line->restocked);
        if (line->lost > 0) {
            json_field_int(&w, "no_restock", line->lost);
            json_field_int(
                &w, "taken", line->ordered - line->removed + line->lost - line->restocked);
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    must(!sandbox->scratch.overflow);
    hook_send(shop, "", "", buf_view(&sandbox->scratch), order->id);
}

/* ---- own sales that truecount may not know of yet ---- */

static void own_sales_mark(struct shop *shop, int64_t order_id, bool is_acked)
{
    struct order *order = order_find(shop, order_id);
    int64_t now_us = env_wall_us(shop->sandbox->env);
    for (size_t i = 0; order && i < order->lines_count; i++) {
        struct own_sale *own = order->lines[i].item->own;
        for (size_t k = 0; k < OWN_SALES_MAX; k++) {
            if (own[k].n == 0 || own[k].order != order_id) {
                continue;
            }
            if (is_acked && own[k].sent_us && own[k].acked_us == 0) {
                own[k].acked_us = now_us;
                own[k].is_maybe = false;
            } else if (!is_acked && own[k].sent_us == 0) {
                own[k].sent_us = now_us;
            }
        }
    }
}

static void api_shop_hook_head(struct hook_job *job,
                               struct slice body,
                               struct hook_head *head,
                               struct arena *arena)
{
    own_sales_mark(job->shop, job->id, false);
    hook_head_standard(job, secret_bytes(job->shop, arena), body, head, arena);
}

static void api_shop_hook_done(struct hook_job *job, bool is_good)
{
    if (is_good) {
        own_sales_mark(job->shop, job->id, true);
    }
}

static int64_t api_shop_hook_retry_us(const struct hook_job *job)
{
    int64_t delay_us = hook_retry_doubling_us(job);
    return delay_us < RETRY_MAX_US ? delay_us : RETRY_MAX_US;
}

/* Units the number cannot know of; marks those that it may know of. Stamps carry milliseconds. */
static int64_t unknown_sales(const struct item *item, int64_t pushed_at_us)
{
    int64_t n = 0;
    for (size_t k = 0; k < OWN_SALES_MAX; k++) {
        struct own_sale *own = &item->own[k];
        bool is_unknown = own->sent_us == 0 || pushed_at_us / US_PER_MS < own->sent_us / US_PER_MS;
        if (is_unknown) {
            n += own->n;
        } else if (own->acked_us == 0) {
            own->is_maybe = true;
        }
    }
    return n;
}

int64_t api_shop_blocked(const struct item *item)
{
    int64_t n = 0;
    for (size_t k = 0; item->own && k < OWN_SALES_MAX; k++) {
        n += item->own[k].is_maybe ? item->own[k].n : 0;
    }
    return n;
}

/* ---- stock.updated ---- */

static void answer(struct call *call, int status, const char *text)
{
    call->status = status;
    call->headers_count = 0;
    call_header(call, "Content-Type", SLICE("application/json"));
    buf_clear(call->out);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, status < 300 ? "status" : "error", text);
    json_end_object(&w);
}

static bool is_signed(struct call *call)
{
    struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    struct slice id = call_request_header(call, "webhook-id");
    struct slice stamp = call_request_header(call, "webhook-timestamp");
    struct slice given = call_request_header(call, "webhook-signature");
    struct slice one;
    int64_t stamp_s;
    if (id.n == 0 || !slice_int(stamp, &stamp_s)) {
        return false;
    }
    int64_t age_us = env_wall_us(shop->sandbox->env) - stamp_s * US_PER_S;
    if (age_us > TIMESTAMP_SLACK_US || age_us < -TIMESTAMP_SLACK_US) {
        return false;
    }
    struct slice wanted =
        standard_signature(arena, secret_bytes(shop, arena), id, stamp, call->x->request.body);
    while (given.n > 0) {
        slice_cut(&given, ' ', &one);
        if (crypto_equal(one, wanted)) {
            return true;
        }
    }
    return false;
}

struct stock_row {
    struct item *item;
    int64_t quantity;
};

/* NULL when the row is good. */
static const char *row_read(struct shop *shop, struct json v, struct stock_row *out)
{
    struct slice sku;
    if (json_count(v) != 2 || !json_text(json_get(v, "sku"), &sku) ||
        !json_int(json_get(v, "quantity"), &out->quantity)) {
        return "an item is {\"sku\":text,\"quantity\":integer}";
    }
    if (out->quantity < 0 || out->quantity > QTY_MAX) {
        return "a quantity is between 0 and 1,000,000,000";
    }
    out->item = item_find(shop, sku);
    return out->item ? NULL : "no such SKU here";
}

static const char *body_read(struct call *call, struct json *out_items, int64_t *out_at_us)
{
    struct err_note note;
    struct json root;
    struct slice type;
    struct slice stamp;
    if (json_parse(call->shop->sandbox->doc, call->x->request.body, &root, &note)) {
        return "the body is not JSON";
    }
    if (!json_text(json_get(root, "type"), &type) || !slice_is(type, "stock.updated")) {
        return "type must be stock.updated";
    }
    if (!json_text(json_get(root, "timestamp"), &stamp) || !time_parse_rfc3339(stamp, out_at_us)) {
        return "timestamp must be an RFC 3339 time";
    }
    *out_items = json_path(root, "data", "items", NULL);
    if (json_type(*out_items) != JSON_ARRAY || json_count(*out_items) == 0) {
        return "data.items must be a list";
    }
    return NULL;
}

static void row_apply(const struct stock_row *row, int64_t at_us)
{
    struct item *item = row->item;
    int64_t before = item->count;
    int64_t after = row->quantity - unknown_sales(item, at_us);
    item->count = after > 0 ? after : 0;
    item_written(item, before, item->count);
    if (item->count != before) {
        item_count_changed(item);
    }
}

static void api_shop_call(struct call *call)
{
    struct shop *shop = call->shop;
    struct json items;
    int64_t at_us;
    if (!slice_is(call->x->request.method, "POST") || call->path.n > 1) {
        answer(call, 404, "push stock by POST to the shop's own address");
        return;
    }
    if (!is_signed(call)) {
        answer(call, 401, "the signature or its time is wrong");
        return;
    }
    const char *wrong = body_read(call, &items, &at_us);
    struct stock_row *rows =
        wrong ? NULL : ARENA_ARRAY(&shop->sandbox->turn, json_count(items), struct stock_row);
    size_t count = 0;
    for (struct json_iter i = json_iter(items); rows && !wrong && json_next(&i);) {
        wrong = row_read(shop, i.value, &rows[count++]);
    }
    if (wrong || !rows) {
        answer(call, 422, wrong ? wrong : "too many items");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        row_apply(&rows[i], at_us);
    }
    answer(call, 200, "taken");
}

/* ---- the platform ---- */

static bool api_shop_item_init(struct item *item)
{
    item->own = ARENA_ARRAY(&item->shop->sandbox->arena, OWN_SALES_MAX, struct own_sale);
    return item->own != NULL;
}

static size_t api_shop_remote(const struct item *item,
                              struct arena *arena,
                              struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    (void)arena;
    out[0] = (struct shop_remote_field){"sku", item->sku};
    return 1;
}

const struct platform platform_api_shop = {
    .name = "api",
    .prefix = "api",
    .what = "speak truecount's own API",
    .shops = 1,
    .ids = {.product = 10, .item = 10, .inventory = 10, .order = 1000001, .row = 501, .step = 1},
    .trade = TRADE_EDITS | TRADE_CANCELS_UNITS | TRADE_CANCELS_SHIPPED | TRADE_SHIPS_PARTS |
             TRADE_STAMPS_MS, /* the version is the stamp in milliseconds */
    .init = api_shop_init,
    .item_init = api_shop_item_init,
    .call = api_shop_call,
    .order_event = api_shop_order_event,
    .hook_head = api_shop_hook_head,
    .hook_retry_us = api_shop_hook_retry_us,
    .hook_done = api_shop_hook_done,
    .hooks_never_lost = true, /* it has no other way to tell */
    .remote = api_shop_remote,
};
