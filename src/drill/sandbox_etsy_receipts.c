/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_etsy_receipts - receipts and their webhooks.
 *
 * updated_timestamp (order->mark) follows payment and shipping; neither a refund nor a cancellation
 * moves it. Lists leave cancelled receipts out unless was_canceled=true asks for them. Refunds are
 * money: no line, no quantity.
 */
#include "drill/sandbox_etsy.h"

#include "base/crypto.h"

#define RETRIES_MAX 8
#define STAMP_MIN 946684800

/* ---- states ---- */

static int64_t order_cents(const struct order *order)
{
    int64_t cents = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        cents += price_cents(order->lines[i].item->price) * order->lines[i].ordered;
    }
    return cents;
}

static int64_t refund_cents(const struct order *order, const struct refund *refund)
{
    return price_cents(order->lines[refund->line].item->price) * refund->n;
}

static int64_t refunded_cents(const struct order *order)
{
    int64_t cents = 0;
    for (const struct refund *r = order->refunds; r; r = r->next) {
        cents += refund_cents(order, r);
    }
    return cents;
}

static bool is_shipped(const struct order *order)
{
    return order->shipments != NULL;
}

/* Capital letters in every second shop, as live answers are said to have. */
static const char *status_of(const struct order *order)
{
    bool is_small = order->shop->index % 2 == 1;
    if (order->state == ORDER_CANCELLED) {
        return is_small ? "canceled" : "Canceled";
    }
    int64_t refunded = refunded_cents(order);
    if (refunded > 0 && refunded >= order_cents(order)) {
        return is_small ? "fully refunded" : "Fully Refunded";
    }
    if (refunded > 0) {
        return is_small ? "partially refunded" : "Partially Refunded";
    }
    if (is_shipped(order)) {
        return is_small ? "completed" : "Completed";
    }
    if (order_is_paid(order)) {
        return is_small ? "paid" : "Paid";
    }
    return is_small ? "open" : "Open";
}

/* ---- one receipt ---- */

static void put_variations(struct json_writer *w, const struct item *item)
{
    struct etsy_property properties[ETSY_PROPERTIES_MAX];
    size_t count = etsy_properties(item, properties);
    json_key(w, "variations");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w);
        json_field_int(w, "property_id", properties[i].id);
        json_field_int(w, "value_id", properties[i].value_id);
        json_field_text(w, "formatted_name", properties[i].name);
        json_field_text(w, "formatted_value", properties[i].value);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_transaction(struct json_writer *w, const struct order *order, size_t at)
{
    const struct order_line *line = &order->lines[at];
    const struct item *item = line->item;
    json_begin_object(w);
    json_field_int(w, "transaction_id", line->id);
    json_field_int(w, "receipt_id", order->id);
    json_field_text(w, "title", item->product->title);
    json_field_int(w, "listing_id", item->product->id);
    json_field_int(w, "product_id", item->id);
    json_field_text(w, "sku", etsy_item_of(item)->sku);
    json_field_int(w, "quantity", line->ordered);
    json_field_str(w, "transaction_type", "listing");
    json_field_bool(w, "is_digital", item->mode == STOCK_UNMANAGED);
    json_field_int(w, "created_timestamp", order->placed_us / US_PER_S);
    if (order_is_paid(order)) {
        json_field_int(w, "paid_timestamp", order->placed_us / US_PER_S);
    } else {
        json_field_null(w, "paid_timestamp");
    }
    if (is_shipped(order)) {
        json_field_int(w, "shipped_timestamp", order->shipments->at_us / US_PER_S);
    } else {
        json_field_null(w, "shipped_timestamp");
    }
    put_variations(w, item);
    etsy_put_money(w, "price", price_cents(item->price));
    json_end_object(w);
}

static void put_refunds(struct json_writer *w, const struct order *order)
{
    json_key(w, "refunds");
    json_begin_array(w);
    for (const struct refund *r = order->refunds; r; r = r->next) {
        json_begin_object(w);
        etsy_put_money(w, "amount", refund_cents(order, r));
        json_field_int(w, "created_timestamp", r->at_us / US_PER_S);
        json_field_null(w, "reason");
        json_field_str(w, "status", "processed");
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_shipments(struct json_writer *w, const struct order *order)
{
    json_key(w, "shipments");
    json_begin_array(w);
    if (is_shipped(order)) {
        json_begin_object(w);
        json_field_int(w, "receipt_shipping_id", order->shipments->id);
        json_field_int(w, "shipment_notification_timestamp", order->shipments->at_us / US_PER_S);
        json_field_str(w, "carrier_name", "usps");
        json_field_str(w, "tracking_code", "9400100000000000000000");
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_receipt(struct json_writer *w, const struct order *order)
{
    const struct address *address = address_at(order->country);
    json_begin_object(w);
    json_field_int(w, "receipt_id", order->id);
    json_field_int(w, "receipt_type", 0);
    json_field_str(w, "status", status_of(order));
    json_field_bool(w, "is_paid", order_is_paid(order));
    json_field_bool(w, "is_shipped", is_shipped(order));
    json_field_int(w, "create_timestamp", order->placed_us / US_PER_S);
    json_field_int(w, "created_timestamp", order->placed_us / US_PER_S);
    json_field_int(w, "update_timestamp", order->mark / US_PER_S);
    json_field_int(w, "updated_timestamp", order->mark / US_PER_S);
    json_field_str(w, "country_iso", address->country);
    json_field_str(w, "state", address->region);
    etsy_put_money(w, "grandtotal", order_cents(order));
    json_key(w, "transactions");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        put_transaction(w, order, i);
    }
    json_end_array(w);
    put_shipments(w, order);
    put_refunds(w, order);
    json_end_object(w);
}

void etsy_receipt_get(struct call *call, struct slice id_text)
{
    int64_t id;
    const struct order *order = slice_int(id_text, &id) ? order_find(call->shop, id) : NULL;
    if (!order) {
        etsy_error(call, 404, "Could not find a receipt with that ID");
        return;
    }
    struct json_writer w = json_writer(call->out);
    put_receipt(&w, order);
}

/* ---- the list ---- */

struct receipt_search {
    int64_t limit, offset;
    int64_t min_created, max_created, min_modified, max_modified; /* seconds */
    bool by_updated, is_up;
    bool has_paid, paid, has_shipped, shipped, canceled;
};

static bool stamp_read(struct call *call, const char *name, int64_t fallback, int64_t *out)
{
    if (!rest_query_int(call, name, STAMP_MIN, INT64_MAX, fallback, out)) {
        etsy_error(call, 400, "A timestamp must be in seconds, since 946684800");
        return false;
    }
    return true;
}

static bool flag_read(struct call *call, const char *name, bool *out_has, bool *out)
{
    struct slice text;
    *out = false;
    *out_has = rest_query(call, name, &text);
    if (!*out_has) {
        return true;
    }
    *out = slice_is(text, "true");
    if (!*out && !slice_is(text, "false")) {
        etsy_error(call, 400, "A flag is true or false");
        return false;
    }
    return true;
}

static bool sorting_read(struct call *call, struct receipt_search *out)
{
    struct slice on = SLICE("created");
    struct slice order = SLICE("desc");
    rest_query(call, "sort_on", &on);
    rest_query(call, "sort_order", &order);
    out->by_updated = slice_is(on, "updated");
    out->is_up = slice_is(order, "asc") || slice_is(order, "ascending") || slice_is(order, "up");
    bool is_down =
        slice_is(order, "desc") || slice_is(order, "descending") || slice_is(order, "down");
    if ((!out->by_updated && !slice_is(on, "created") && !slice_is(on, "receipt_id")) ||
        (!out->is_up && !is_down)) {
        etsy_error(call, 400, "sort_on or sort_order is not known");
        return false;
    }
    return true;
}

static bool search_read(struct call *call, struct receipt_search *out)
{
    static const char *const known[] = {"min_created",
                                        "max_created",
                                        "min_last_modified",
                                        "max_last_modified",
                                        "limit",
                                        "offset",
                                        "sort_on",
                                        "sort_order",
                                        "was_paid",
                                        "was_shipped",
                                        "was_delivered",
                                        "was_canceled",
                                        "legacy"};
    bool has_canceled;
    *out = (struct receipt_search){0};
    return etsy_query_known(call, known, COUNT_OF(known)) &&
           etsy_paging(call, &out->limit, &out->offset) &&
           stamp_read(call, "min_created", 0, &out->min_created) &&
           stamp_read(call, "max_created", INT64_MAX, &out->max_created) &&
           stamp_read(call, "min_last_modified", 0, &out->min_modified) &&
           stamp_read(call, "max_last_modified", INT64_MAX, &out->max_modified) &&
           sorting_read(call, out) && flag_read(call, "was_paid", &out->has_paid, &out->paid) &&
           flag_read(call, "was_shipped", &out->has_shipped, &out->shipped) &&
           flag_read(call, "was_canceled", &has_canceled, &out->canceled);
}

static bool is_wanted(const struct order *order, const struct receipt_search *s)
{
    int64_t created = order->placed_us / US_PER_S;
    int64_t modified = order->mark / US_PER_S;
    return created >= s->min_created && created <= s->max_created && modified >= s->min_modified &&
           modified <= s->max_modified && (order->state == ORDER_CANCELLED) == s->canceled &&
           (!s->has_paid || s->paid == order_is_paid(order)) &&
           (!s->has_shipped || s->shipped == is_shipped(order));
}

static int by_mark(const void *a, const void *b)
{
    const struct order *x = *(const struct order *const *)a;
    const struct order *y = *(const struct order *const *)b;
    return x->mark != y->mark ? (x->mark > y->mark) - (x->mark < y->mark)
                              : (x->id > y->id) - (x->id < y->id);
}

/* Oldest first, by what the search sorts on. */
static size_t
receipts_find(const struct shop *shop, const struct receipt_search *s, const struct order **out)
{
    int64_t kept = (int64_t)shop->sandbox->orders_max;
    int64_t first = shop->orders_made > kept ? shop->orders_made - kept : 0;
    size_t count = 0;
    for (int64_t n = first; n < shop->orders_made; n++) {
        const struct order *order = shop->orders[(size_t)(n % kept)];
        if (is_wanted(order, s)) {
            out[count++] = order;
        }
    }
    if (s->by_updated) {
        qsort(out, count, sizeof(out[0]), by_mark);
    }
    return count;
}

void etsy_receipts(struct call *call)
{
    struct shop *shop = call->shop;
    struct receipt_search s;
    if (!search_read(call, &s)) {
        return;
    }
    const struct order **found =
        ARENA_ARRAY(&shop->sandbox->turn, (size_t)shop->orders_made + 1, const struct order *);
    size_t count = found ? receipts_find(shop, &s, found) : 0;
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_int(&w, "count", (int64_t)count);
    json_key(&w, "results");
    json_begin_array(&w);
    for (size_t i = (size_t)s.offset; i < count && i < (size_t)(s.offset + s.limit); i++) {
        put_receipt(&w, found[s.is_up ? i : count - 1 - i]);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- webhooks: one endpoint, no content ---- */

static void hook(struct order *order, const char *type)
{
    struct shop *shop = order->shop;
    struct arena *arena = &shop->sandbox->hook_turn;
    int64_t shop_id = etsy_of(shop)->shop_id;
    arena_clear(arena);
    buf_clear(&shop->sandbox->scratch);
    struct json_writer w = json_writer(&shop->sandbox->scratch);
    json_begin_object(&w);
    json_field_str(&w, "event_type", type);
    json_field_text(&w,
                    "resource_url",
                    arena_printf(arena,
                                 "https://openapi.etsy.com/v3/application/shops/%" PRId64
                                 "/receipts/%" PRId64,
                                 shop_id,
                                 order->id));
    if (order->id % 2 == 0) { /* both are seen */
        json_field_int(&w, "shop_id", shop_id);
    } else {
        json_field_text(&w, "shop_id", arena_printf(arena, "%" PRId64, shop_id));
    }
    json_end_object(&w);
    hook_send(shop, "", "", buf_view(&shop->sandbox->scratch), order->id);
}

static void mark_now(struct order *order)
{
    order->mark = order->changed_us;
}

static void paid(struct order *order)
{
    mark_now(order);
    hook(order, "order.paid");
}

static void sold_out_check(struct product *product)
{
    struct etsy_listing *listing = etsy_listing_of(product);
    if (listing->state == ETSY_ACTIVE && etsy_total(product) == 0) {
        listing->state = ETSY_SOLD_OUT;
    }
}

void etsy_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    (void)refund;
    for (size_t i = 0; i < order->lines_count; i++) {
        etsy_follow(order->lines[i].item);
    }
    switch (event) {
    case ORDER_CREATED:
        mark_now(order);
        for (size_t i = 0; i < order->lines_count; i++) {
            sold_out_check(order->lines[i].item->product);
        }
        order_pay_later(order, paid);
        break;
    case ORDER_FULFIL:
        if (!order_is_paid(order)) { /* nothing ships unpaid */
            order_pay(order);
            hook(order, "order.paid");
        }
        mark_now(order);
        hook(order, "order.shipped");
        break;
    case ORDER_CANCEL:
        hook(order, "order.canceled");
        break;
    case ORDER_CHANGED:
    case ORDER_REFUND:
        break;
    }
}

void etsy_count_event(struct item *item)
{
    etsy_follow(item);
}

/* ---- signatures ---- */

void etsy_hook_head(struct hook_job *job,
                    struct slice body,
                    struct hook_head *head,
                    struct arena *arena)
{
    const struct shop *shop = job->shop;
    struct slice key = shop->secret;
    struct slice decoded;
    if (slice_starts(key, "whsec_") && base64_decode(arena, slice_from(key, 6), &decoded)) {
        key = decoded;
    }
    hook_head_standard(job, key, body, head, arena);
    if (shop->index % 2 == 0) { /* the documentation says: the bare base64 */
        struct http_header *signature = &head->headers[head->count - 1];
        signature->value = slice_from(signature->value, sizeof("v1,") - 1);
    }
}

struct slice etsy_hook_url(const struct hook_job *job, struct arena *arena)
{
    (void)arena;
    return job->shop->hooks_url;
}

/* At once, then longer and longer; the eighth is the last. */
int64_t etsy_hook_retry_us(const struct hook_job *job)
{
    if (job->attempts > RETRIES_MAX) {
        return -1;
    }
    return job->attempts == 1 ? 0 : hook_retry_doubling_us(job) / 2;
}
