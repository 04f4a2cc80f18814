/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shopify_hooks - webhooks: REST-shaped bodies, signed over their bytes with the client
 * secret.
 *
 * Bodies are built when the thing happens and sent unchanged until they are taken. Personal data in
 * them is invented, and marked as such.
 */
#include "drill/sandbox_shopify.h"

#include "base/crypto.h"
#include "base/times.h"

static const struct address addresses[ADDRESSES_COUNT] = {
    {"DE", "Germany", "BE", "Berlin", "Berlin", "10115"},
    {"FR", "France", NULL, NULL, "Lyon", "69001"},
    {"US", "United States", "CA", "California", "Oakland", "94607"},
    {"GB", "United Kingdom", "ENG", "England", "Leeds", "LS1 1UR"},
    {"CA", "Canada", "ON", "Ontario", "Ottawa", "K2H 7A8"},
};

const struct address *address_at(int index)
{
    return &addresses[index % ADDRESSES_COUNT];
}

int64_t price_cents(struct slice price)
{
    struct slice whole;
    int64_t units = 0;
    int64_t cents = 0;
    slice_cut(&price, '.', &whole);
    if (!slice_int(whole, &units) || (price.n > 0 && !slice_int(price, &cents))) {
        return 0;
    }
    return units * 100 + cents;
}

struct slice cents_text(struct arena *arena, int64_t cents)
{
    return arena_printf(arena, "%" PRId64 ".%02" PRId64, cents / 100, cents % 100);
}

/* ---- small parts ---- */

struct body {
    struct json_writer w;
    struct shop *shop;
    struct arena *arena;
};

/* "2026-11-23T06:45:31+01:00": the shop's own zone, whole seconds. */
static void put_stamp(struct body *b, const char *key, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    if (time_us == 0) {
        json_field_null(&b->w, key);
        return;
    }
    int offset = b->shop->offset_min;
    struct slice utc = time_format_s(time_us + offset * 60 * US_PER_S, text);
    utc.n--;
    json_field_text(&b->w,
                    key,
                    arena_printf(b->arena,
                                 "%.*s%c%02d:%02d",
                                 SLICE_ARG(utc),
                                 offset < 0 ? '-' : '+',
                                 abs(offset) / 60,
                                 abs(offset) % 60));
}

static void put_money(struct body *b, const char *key, int64_t cents)
{
    static const char *const sides[] = {"shop_money", "presentment_money"};
    struct slice text = cents_text(b->arena, cents);
    json_key(&b->w, key);
    json_begin_object(&b->w);
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        json_key(&b->w, sides[i]);
        json_begin_object(&b->w);
        json_field_text(&b->w, "amount", text);
        json_field_str(&b->w, "currency_code", "EUR");
        json_end_object(&b->w);
    }
    json_end_object(&b->w);
}

static void put_gid(struct body *b, const char *type, int64_t id)
{
    json_field_text(&b->w, "admin_graphql_api_id", shopify_gid_text(b->arena, type, id));
}

static void put_empty_array(struct body *b, const char *key)
{
    json_key(&b->w, key);
    json_begin_array(&b->w);
    json_end_array(&b->w);
}

static void put_text_or_null(struct body *b, const char *key, struct slice text)
{
    if (text.n > 0) {
        json_field_text(&b->w, key, text);
    } else {
        json_field_null(&b->w, key);
    }
}

static void put_address(struct body *b, const char *key, const struct order *order)
{
    const struct address *a = address_at(order->country);
    json_key(&b->w, key);
    json_begin_object(&b->w);
    json_field_str(&b->w, "first_name", "Sandbox");
    json_field_str(&b->w, "last_name", "Buyer");
    json_field_str(&b->w, "address1", "1 Example Street");
    json_field_null(&b->w, "address2");
    json_field_null(&b->w, "phone");
    json_field_str(&b->w, "city", a->city);
    json_field_str(&b->w, "zip", a->zip);
    json_field_str(&b->w, "province", a->region_name);
    json_field_str(&b->w, "country", a->country_name);
    json_field_str(&b->w, "country_code", a->country);
    json_field_str(&b->w, "province_code", a->region);
    json_field_str(&b->w, "name", "Sandbox Buyer");
    json_end_object(&b->w);
}

/* ---- lines ---- */

static int64_t line_open(const struct order_line *line)
{
    return line->ordered - line->removed - line->fulfilled;
}

static const char *line_status(const struct order_line *line)
{
    if (line->fulfilled == 0) {
        return NULL;
    }
    return line_open(line) > 0 ? "partial" : "fulfilled";
}

static void put_line_fields(struct body *b, const struct order_line *line)
{
    const struct item *item = line->item;
    int64_t cents = price_cents(item->price);
    json_field_int(&b->w, "id", line->id);
    put_gid(b, "LineItem", line->id);
    json_field_int(&b->w, "current_quantity", line->ordered - line->removed - line->returned);
    json_field_int(&b->w, "fulfillable_quantity", line_open(line));
    json_field_str(&b->w, "fulfillment_service", "manual");
    json_field_str(&b->w, "fulfillment_status", line_status(line));
    json_field_bool(&b->w, "gift_card", false);
    json_field_int(&b->w, "grams", 250);
    json_field_text(&b->w,
                    "name",
                    item->title.n ? arena_printf(b->arena,
                                                 "%.*s - %.*s",
                                                 SLICE_ARG(item->product->title),
                                                 SLICE_ARG(item->title))
                                  : item->product->title);
    json_field_text(&b->w, "price", item->price);
    put_money(b, "price_set", cents);
    json_field_bool(&b->w, "product_exists", true);
    json_field_int(&b->w, "product_id", item->product->id);
    put_empty_array(b, "properties");
    json_field_int(&b->w, "quantity", line->ordered);
    json_field_bool(&b->w, "requires_shipping", true);
    json_field_null(&b->w, "sales_line_item_group_id");
    json_field_text(&b->w, "sku", item->sku);
    json_field_bool(&b->w, "taxable", true);
    json_field_text(&b->w, "title", item->product->title);
    json_field_str(&b->w, "total_discount", "0.00");
    put_money(b, "total_discount_set", 0);
    json_field_int(&b->w, "variant_id", item->id);
    json_field_str(
        &b->w, "variant_inventory_management", item->mode == STOCK_UNMANAGED ? NULL : "shopify");
    put_text_or_null(b, "variant_title", item->title);
    json_field_str(&b->w, "vendor", "Sandbox Goods");
    put_empty_array(b, "tax_lines");
    put_empty_array(b, "duties");
    put_empty_array(b, "discount_allocations");
}

static void put_lines(struct body *b, const struct order *order)
{
    json_key(&b->w, "line_items");
    json_begin_array(&b->w);
    for (size_t i = 0; i < order->lines_count; i++) {
        json_begin_object(&b->w);
        put_line_fields(b, &order->lines[i]);
        json_end_object(&b->w);
    }
    json_end_array(&b->w);
}

/* ---- shipments and refunds ---- */

static void put_fulfillments(struct body *b, const struct order *order)
{
    json_key(&b->w, "fulfillments");
    json_begin_array(&b->w);
    for (const struct shipment *s = order->shipments; s;) {
        int64_t id = s->id;
        json_begin_object(&b->w);
        json_field_int(&b->w, "id", id);
        put_gid(b, "Fulfillment", id);
        json_field_int(&b->w, "order_id", order->id);
        json_field_str(&b->w, "status", "success");
        put_stamp(b, "created_at", s->at_us);
        put_stamp(b, "updated_at", s->at_us);
        json_field_int(&b->w, "location_id", shopify_location_number(b->shop, 0));
        json_field_str(&b->w, "service", "manual");
        json_field_null(&b->w, "tracking_company");
        json_key(&b->w, "line_items");
        json_begin_array(&b->w);
        for (; s && s->id == id; s = s->next) {
            const struct order_line *line = &order->lines[s->line];
            json_begin_object(&b->w);
            json_field_int(&b->w, "id", line->id);
            json_field_int(&b->w, "variant_id", line->item->id);
            json_field_int(&b->w, "product_id", line->item->product->id);
            json_field_text(&b->w, "sku", line->item->sku);
            json_field_int(&b->w, "quantity", s->n); /* of this shipment, not of the line */
            json_field_int(&b->w, "fulfillable_quantity", line_open(line));
            json_end_object(&b->w);
        }
        json_end_array(&b->w);
        json_end_object(&b->w);
    }
    json_end_array(&b->w);
}

static void put_refund_row(struct body *b, const struct order *order, const struct refund *refund)
{
    static const char *const types[] = {"no_restock", "cancel", "return"};
    const struct order_line *line = &order->lines[refund->line];
    int64_t cents = price_cents(line->item->price) * refund->n;
    json_begin_object(&b->w);
    json_field_int(&b->w, "id", refund->row_id);
    json_field_int(&b->w, "quantity", refund->n);
    json_field_int(&b->w, "line_item_id", line->id);
    if (refund->restock == RESTOCK_NONE) {
        json_field_null(&b->w, "location_id");
    } else {
        json_field_int(&b->w, "location_id", shopify_location_number(b->shop, 0));
    }
    json_field_str(&b->w, "restock_type", types[refund->restock]);
    json_key(&b->w, "subtotal");
    json_put_raw(&b->w, cents_text(b->arena, cents));
    put_money(b, "subtotal_set", cents);
    json_field_int(&b->w, "total_tax", 0);
    json_key(&b->w, "line_item");
    json_begin_object(&b->w);
    put_line_fields(b, line);
    json_end_object(&b->w);
    json_end_object(&b->w);
}

/* The refund that begins with this row; returns the row behind it. */
static const struct refund *
put_refund_fields(struct body *b, const struct order *order, const struct refund *first)
{
    const struct refund *r = first;
    json_field_int(&b->w, "id", first->id);
    put_gid(b, "Refund", first->id);
    json_field_int(&b->w, "order_id", order->id);
    put_stamp(b, "created_at", first->at_us);
    put_stamp(b, "processed_at", first->at_us);
    json_field_null(&b->w, "note");
    json_field_null(&b->w, "user_id");
    json_field_bool(&b->w, "restock", first->restock != RESTOCK_NONE);
    json_field_null(&b->w, "return");
    put_empty_array(b, "duties");
    put_empty_array(b, "order_adjustments");
    put_empty_array(b, "transactions");
    json_key(&b->w, "refund_line_items");
    json_begin_array(&b->w);
    for (; r && r->id == first->id; r = r->next) {
        put_refund_row(b, order, r);
    }
    json_end_array(&b->w);
    return r;
}

static void put_refunds(struct body *b, const struct order *order)
{
    json_key(&b->w, "refunds");
    json_begin_array(&b->w);
    for (const struct refund *r = order->refunds; r;) {
        json_begin_object(&b->w);
        r = put_refund_fields(b, order, r);
        json_end_object(&b->w);
    }
    json_end_array(&b->w);
}

/* ---- the order ---- */

static void put_order_states(struct body *b, const struct order *order)
{
    int64_t open = 0;
    int64_t fulfilled = 0;
    int64_t refunded = 0;
    int64_t current = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        open += line_open(line);
        fulfilled += line->fulfilled;
        refunded += line->removed + line->returned;
        current += line->ordered - line->removed - line->returned;
    }
    const char *financial = current > 0 ? "partially_refunded" : "refunded";
    const char *shipped = open > 0 ? "partial" : "fulfilled";
    json_field_str(&b->w, "financial_status", refunded == 0 ? "paid" : financial);
    json_field_str(&b->w, "fulfillment_status", fulfilled == 0 ? NULL : shipped);
}

static void put_order_moneys(struct body *b, const struct order *order)
{
    int64_t total = 0;
    int64_t current = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        int64_t cents = price_cents(line->item->price);
        total += cents * line->ordered;
        current += cents * (line->ordered - line->removed - line->returned);
    }
    json_field_text(&b->w, "current_subtotal_price", cents_text(b->arena, current));
    put_money(b, "current_subtotal_price_set", current);
    json_field_str(&b->w, "current_total_discounts", "0.00");
    put_money(b, "current_total_discounts_set", 0);
    json_field_null(&b->w, "current_total_duties_set");
    json_field_text(&b->w, "current_total_price", cents_text(b->arena, current));
    put_money(b, "current_total_price_set", current);
    json_field_str(&b->w, "current_total_tax", "0.00");
    put_money(b, "current_total_tax_set", 0);
    put_money(b, "current_shipping_price_set", 0);
    json_field_text(&b->w, "subtotal_price", cents_text(b->arena, total));
    put_money(b, "subtotal_price_set", total);
    json_field_text(&b->w, "total_price", cents_text(b->arena, total));
    put_money(b, "total_price_set", total);
    json_field_str(&b->w, "total_discounts", "0.00");
    put_money(b, "total_discounts_set", 0);
    put_money(b, "total_shipping_price_set", 0);
    json_field_str(&b->w, "total_tax", "0.00");
    put_money(b, "total_tax_set", 0);
    json_field_text(&b->w, "total_line_items_price", cents_text(b->arena, total));
    put_money(b, "total_line_items_price_set", total);
    json_field_str(&b->w, "total_outstanding", "0.00");
    json_field_str(&b->w, "total_tip_received", "0.00");
    put_money(b, "total_cash_rounding_payment_adjustment_set", 0);
    put_money(b, "total_cash_rounding_refund_adjustment_set", 0);
}

static void put_customer(struct body *b, const struct order *order)
{
    json_key(&b->w, "customer");
    json_begin_object(&b->w);
    json_field_int(&b->w, "id", INT64_C(115310627314723955));
    put_gid(b, "Customer", INT64_C(115310627314723955));
    json_field_null(&b->w, "created_at");
    json_field_null(&b->w, "updated_at");
    json_field_str(&b->w, "first_name", "Sandbox");
    json_field_str(&b->w, "last_name", "Buyer");
    json_field_str(&b->w, "state", "disabled");
    json_field_null(&b->w, "note");
    json_field_bool(&b->w, "verified_email", true);
    json_field_null(&b->w, "multipass_identifier");
    json_field_bool(&b->w, "tax_exempt", false);
    json_field_str(&b->w, "email", "buyer@sandbox.example");
    json_field_null(&b->w, "phone");
    json_field_str(&b->w, "currency", "EUR");
    put_empty_array(b, "tax_exemptions");
    put_address(b, "default_address", order);
    json_end_object(&b->w);
}

/* Where the order came from: of no concern to stock, but every real body carries it. */
static void put_origin(struct body *b, const struct order *order)
{
    static const char *const nulls[] = {"cart_token",
                                        "checkout_token",
                                        "client_details",
                                        "device_id",
                                        "landing_site",
                                        "landing_site_ref",
                                        "phone",
                                        "po_number",
                                        "reference",
                                        "referring_site",
                                        "source_identifier",
                                        "source_url"};
    for (size_t i = 0; i < COUNT_OF(nulls); i++) {
        json_field_null(&b->w, nulls[i]);
    }
    json_field_bool(&b->w, "buyer_accepts_marketing", false);
    json_field_text(
        &b->w, "confirmation_number", arena_printf(b->arena, "SB%07" PRId64, order->number));
    json_field_str(&b->w, "customer_locale", "en");
    put_empty_array(b, "discount_codes");
    json_field_bool(&b->w, "duties_included", false);
    json_field_str(&b->w, "email", "buyer@sandbox.example");
    json_field_bool(&b->w, "estimated_taxes", false);
    json_field_text(&b->w,
                    "order_status_url",
                    arena_printf(b->arena,
                                 "https://%.*s/orders/%" PRId64 "/authenticate?key=sandbox",
                                 SLICE_ARG(b->shop->source),
                                 order->number));
    json_field_raw(&b->w, "payment_gateway_names", SLICE("[\"manual\"]"));
    json_field_bool(&b->w, "tax_exempt", false);
    put_empty_array(b, "tax_lines");
    json_field_bool(&b->w, "taxes_included", false);
}

static void put_order(struct body *b, const struct order *order)
{
    json_begin_object(&b->w);
    json_field_int(&b->w, "id", order->id);
    put_gid(b, "Order", order->id);
    json_field_int(&b->w, "app_id", 580111);
    json_field_null(&b->w, "browser_ip");
    json_field_str(&b->w, "cancel_reason", order->cancelled_us ? "customer" : NULL);
    put_stamp(b, "cancelled_at", order->cancelled_us);
    put_stamp(b, "closed_at", order->cancelled_us);
    json_field_bool(&b->w, "confirmed", true);
    json_field_str(&b->w, "contact_email", "buyer@sandbox.example");
    put_stamp(b, "created_at", order->placed_us);
    json_field_str(&b->w, "currency", "EUR");
    put_order_states(b, order);
    json_field_null(&b->w, "location_id");
    json_field_text(&b->w, "name", arena_printf(b->arena, "#%" PRId64, order->number));
    json_field_null(&b->w, "note");
    put_empty_array(b, "note_attributes");
    json_field_int(&b->w, "number", order->number - 1000);
    json_field_int(&b->w, "order_number", order->number);
    json_field_str(&b->w, "presentment_currency", "EUR");
    put_stamp(b, "processed_at", order->placed_us);
    json_field_str(&b->w, "source_name", "web");
    json_field_str(&b->w, "tags", "");
    json_field_bool(&b->w, "test", false);
    json_field_text(&b->w, "token", arena_printf(b->arena, "%032" PRIx64, (uint64_t)order->id));
    put_order_moneys(b, order);
    put_origin(b, order);
    json_field_int(&b->w, "total_weight", 250);
    put_stamp(b, "updated_at", order->changed_us);
    json_field_null(&b->w, "user_id");
    put_address(b, "billing_address", order);
    put_address(b, "shipping_address", order);
    put_customer(b, order);
    put_empty_array(b, "discount_applications");
    put_empty_array(b, "shipping_lines");
    put_fulfillments(b, order);
    put_lines(b, order);
    put_refunds(b, order);
    json_end_object(&b->w);
}

/* ---- sending ---- */

static struct body body_start(struct shop *shop)
{
    struct sandbox *sandbox = shop->sandbox;
    arena_clear(&sandbox->hook_turn);
    buf_clear(&sandbox->scratch);
    return (struct body){
        .w = json_writer(&sandbox->scratch), .shop = shop, .arena = &sandbox->hook_turn};
}

static void send_order(struct order *order, const char *topic, const char *event_id)
{
    struct body b = body_start(order->shop);
    put_order(&b, order);
    must(!b.w.out->overflow);
    shopify_deliver(order->shop, topic, event_id, buf_view(b.w.out));
}

static void send_refund(struct order *order, const struct refund *refund, const char *event_id)
{
    struct body b = body_start(order->shop);
    json_begin_object(&b.w);
    put_refund_fields(&b, order, refund);
    json_end_object(&b.w);
    must(!b.w.out->overflow);
    shopify_deliver(order->shop, "refunds/create", event_id, buf_view(b.w.out));
}

/* Topics of one deed share the event id, as Shopify's do. */
void shopify_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    char event_id[40];
    if (!shopify_is_subscribed(order->shop)) {
        return;
    }
    uuid_make(order->shop->sandbox, event_id);
    switch (event) {
    case ORDER_CREATED:
        send_order(order, "orders/create", event_id);
        return;
    case ORDER_CANCEL:
        send_order(order, "orders/cancelled", event_id);
        refund = order->refunds;
        break;
    case ORDER_FULFIL:
        if (order->state == ORDER_DONE) {
            send_order(order, "orders/fulfilled", event_id);
        }
        break;
    case ORDER_CHANGED:
    case ORDER_REFUND:
        break;
    }
    if (refund) {
        send_refund(order, refund, event_id);
    }
    send_order(order, "orders/updated", event_id);
}

void shopify_count_event(struct item *item, int64_t location)
{
    struct shop *shop = item->shop;
    char event_id[40];
    if (!shopify_is_subscribed(shop)) {
        return;
    }
    uuid_make(shop->sandbox, event_id);
    struct body b = body_start(shop);
    int64_t number = shopify_location_number(shop, (int)location);
    json_begin_object(&b.w);
    json_field_int(&b.w, "inventory_item_id", item->inventory_id);
    json_field_int(&b.w, "location_id", number);
    json_field_int(&b.w, "available", *shopify_level_count(item, (int)location));
    put_stamp(&b, "updated_at", item->count_us);
    json_field_text(&b.w,
                    "admin_graphql_api_id",
                    arena_printf(b.arena,
                                 "gid://shopify/InventoryLevel/%" PRId64
                                 "?inventory_item_id=%" PRId64,
                                 number,
                                 item->inventory_id));
    json_end_object(&b.w);
    shopify_deliver(shop, "inventory_levels/update", event_id, buf_view(b.w.out));
}

void shopify_sells_event(struct item *item)
{
    shopify_count_event(item, 0);
}

void shopify_hook_head(struct hook_job *job,
                       struct slice body,
                       struct hook_head *head,
                       struct arena *arena)
{
    const struct shop *shop = job->shop;
    uint8_t mac[SHA256_SIZE];
    char stamp[TIME_TEXT_MAX];
    hmac_sha256(mac, shop->secret, body);
    hook_head_add(head, "X-Shopify-Topic", slice_of(job->topic));
    hook_head_add(head,
                  "X-Shopify-Hmac-Sha256",
                  base64_encode(arena, (struct slice){(const char *)mac, sizeof(mac)}));
    hook_head_add(head, "X-Shopify-Shop-Domain", shop->source);
    hook_head_add(head, "X-Shopify-API-Version", SLICE(SHOPIFY_VERSION));
    hook_head_add(head, "X-Shopify-Webhook-Id", slice_of(job->delivery_id));
    hook_head_add(head, "X-Shopify-Event-Id", slice_of(job->event_id));
    hook_head_add(
        head, "X-Shopify-Triggered-At", arena_copy(arena, time_format(job->triggered_us, stamp)));
    hook_head_add(head, "User-Agent", SLICE("Shopify-Captain-Hook"));
}
