/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_woo_json - products, variations, orders, refunds and webhooks as wc/v3 shows them. */
#include "drill/sandbox_woo.h"

#include "base/times.h"

bool woo_wants(const struct woo_out *o, const char *key)
{
    struct slice rest = o->fields;
    struct slice name;
    if (rest.n == 0) {
        return true;
    }
    while (rest.n > 0) {
        slice_cut(&rest, ',', &name);
        struct slice top = slice_trim(name);
        struct slice head;
        slice_cut(&top, '.', &head);
        if (slice_is(head, key)) {
            return true;
        }
    }
    return false;
}

/* ---- fields that ask before they write ---- */

static void text_field(struct woo_out *o, const char *key, struct slice text)
{
    if (woo_wants(o, key)) {
        json_field_text(&o->w, key, text);
    }
}

static void str_field(struct woo_out *o, const char *key, const char *text)
{
    if (woo_wants(o, key)) {
        json_field_str(&o->w, key, text);
    }
}

static void int_field(struct woo_out *o, const char *key, int64_t value)
{
    if (woo_wants(o, key)) {
        json_field_int(&o->w, key, value);
    }
}

static void bool_field(struct woo_out *o, const char *key, bool value)
{
    if (woo_wants(o, key)) {
        json_field_bool(&o->w, key, value);
    }
}

static void raw_field(struct woo_out *o, const char *key, const char *json)
{
    if (woo_wants(o, key)) {
        json_field_raw(&o->w, key, slice_of(json));
    }
}

/* "2026-11-23T04:21:07": UTC, whole seconds, no zone; both the local and the _gmt field (a UTC
 * site). */
static void stamp_field(struct woo_out *o, const char *key, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    if (!woo_wants(o, key)) {
        return;
    }
    if (time_us == 0) {
        json_field_null(&o->w, key);
        return;
    }
    struct slice stamp = time_format_s(time_us, text);
    stamp.n--;
    json_field_text(&o->w, key, stamp);
}

static void stamp_fields(struct woo_out *o, const char *key, const char *key_gmt, int64_t time_us)
{
    stamp_field(o, key, time_us);
    stamp_field(o, key_gmt, time_us);
}

static void links_field(struct woo_out *o, struct slice path)
{
    if (!woo_wants(o, "_links")) {
        return;
    }
    json_key(&o->w, "_links");
    json_begin_object(&o->w);
    json_key(&o->w, "self");
    json_begin_array(&o->w);
    json_begin_object(&o->w);
    json_field_text(
        &o->w,
        "href",
        arena_printf(
            o->arena, "%.*s/wp-json/wc/v3/%.*s", SLICE_ARG(o->shop->base_url), SLICE_ARG(path)));
    json_end_object(&o->w);
    json_end_array(&o->w);
    json_end_object(&o->w);
}

/* ---- products ---- */

struct stock_view {
    enum stock_mode mode;
    int64_t count;
    bool is_pool_member;
    bool is_marked_out;
};

static void stock_fields(struct woo_out *o, struct stock_view v)
{
    bool is_counted = v.mode == STOCK_MANAGED || v.mode == STOCK_POOL;
    if (woo_wants(o, "manage_stock")) {
        if (v.is_pool_member) {
            json_field_str(&o->w, "manage_stock", "parent");
        } else {
            json_field_bool(&o->w, "manage_stock", is_counted);
        }
    }
    if (woo_wants(o, "stock_quantity")) {
        if (is_counted) {
            json_field_int(&o->w, "stock_quantity", v.count);
        } else {
            json_field_null(&o->w, "stock_quantity");
        }
    }
    str_field(o,
              "stock_status",
              (!is_counted || v.count > 0) && !v.is_marked_out ? "instock" : "outofstock");
    str_field(o, "backorders", "no");
    bool_field(o, "backorders_allowed", false);
    bool_field(o, "backordered", false);
    raw_field(o, "low_stock_amount", "null");
}

static void sale_fields(struct woo_out *o, struct slice price)
{
    text_field(o, "price", price);
    text_field(o, "regular_price", price);
    str_field(o, "sale_price", "");
    raw_field(o, "date_on_sale_from", "null");
    raw_field(o, "date_on_sale_from_gmt", "null");
    raw_field(o, "date_on_sale_to", "null");
    raw_field(o, "date_on_sale_to_gmt", "null");
    bool_field(o, "on_sale", false);
    bool_field(o, "purchasable", true);
    bool_field(o, "virtual", false);
    bool_field(o, "downloadable", false);
    raw_field(o, "downloads", "[]");
    int_field(o, "download_limit", -1);
    int_field(o, "download_expiry", -1);
    str_field(o, "tax_status", "taxable");
    str_field(o, "tax_class", "");
    str_field(o, "weight", "");
    raw_field(o, "dimensions", "{\"length\":\"\",\"width\":\"\",\"height\":\"\"}");
    str_field(o, "shipping_class", "");
    int_field(o, "shipping_class_id", 0);
}

struct slice woo_parent_sku(const struct woo_out *o, const struct product *product)
{
    if (product->is_simple) {
        return product->items[0]->sku;
    }
    return arena_printf(o->arena, "P-%" PRId64, product->id);
}

static const char *product_type(const struct product *product)
{
    if (!product->is_simple) {
        return "variable";
    }
    switch (product->items[0]->mode) {
    case STOCK_GROUPED:
        return "grouped";
    case STOCK_EXTERNAL:
        return "external";
    case STOCK_MANAGED:
    case STOCK_UNMANAGED:
    case STOCK_POOL:
        break;
    }
    return "simple";
}

static void variations_field(struct woo_out *o, const struct product *product)
{
    if (!woo_wants(o, "variations")) {
        return;
    }
    json_key(&o->w, "variations");
    json_begin_array(&o->w);
    for (size_t i = 0; !product->is_simple && i < product->items_count; i++) {
        json_put_int(&o->w, product->items[i]->id);
    }
    json_end_array(&o->w);
}

static struct stock_view product_stock(const struct product *product)
{
    if (product->is_simple) {
        const struct item *item = product->items[0];
        return (struct stock_view){
            .mode = item->mode, .count = item->count, .is_marked_out = item->is_marked_out};
    }
    return (struct stock_view){.mode = product->is_pool ? STOCK_POOL : STOCK_UNMANAGED,
                               .count = product->count};
}

void woo_put_product(struct woo_out *o, const struct product *product)
{
    const struct item *first = product->items[0];
    json_begin_object(&o->w);
    int_field(o, "id", product->id);
    text_field(o, "name", product->title);
    text_field(o, "slug", arena_printf(o->arena, "product-%" PRId64, product->id));
    text_field(o,
               "permalink",
               arena_printf(o->arena,
                            "%.*s/product/product-%" PRId64 "/",
                            SLICE_ARG(o->shop->base_url),
                            product->id));
    stamp_fields(o, "date_created", "date_created_gmt", product->created_us);
    stamp_fields(o, "date_modified", "date_modified_gmt", product->changed_us);
    str_field(o, "type", product_type(product));
    str_field(o, "status", "publish");
    bool_field(o, "featured", false);
    str_field(o, "catalog_visibility", "visible");
    str_field(o, "description", "");
    str_field(o, "short_description", "");
    text_field(o, "sku", woo_parent_sku(o, product));
    sale_fields(o, first->price);
    int_field(o, "total_sales", first->sold);
    stock_fields(o, product_stock(product));
    bool_field(o, "sold_individually", false);
    bool_field(o, "shipping_required", true);
    bool_field(o, "reviews_allowed", true);
    str_field(o, "average_rating", "0");
    int_field(o, "rating_count", 0);
    int_field(o, "parent_id", 0);
    raw_field(
        o, "categories", "[{\"id\":15,\"name\":\"Uncategorized\",\"slug\":\"uncategorized\"}]");
    raw_field(o, "tags", "[]");
    raw_field(o, "images", "[]");
    raw_field(o, "attributes", "[]");
    raw_field(o, "default_attributes", "[]");
    variations_field(o, product);
    raw_field(o, "grouped_products", "[]");
    int_field(o, "menu_order", 0);
    raw_field(o, "meta_data", "[]");
    bool_field(o, "has_options", !product->is_simple);
    text_field(o, "global_unique_id", product->is_simple ? first->barcode : SLICE(""));
    links_field(o, arena_printf(o->arena, "products/%" PRId64, product->id));
    json_end_object(&o->w);
}

static void attributes_field(struct woo_out *o, const struct item *item)
{
    if (!woo_wants(o, "attributes")) {
        return;
    }
    json_key(&o->w, "attributes");
    json_begin_array(&o->w);
    for (size_t i = 0; i < item->options_count; i++) {
        json_begin_object(&o->w);
        json_field_int(&o->w, "id", 0);
        json_field_text(&o->w, "name", item->options[i].name);
        json_field_text(&o->w, "option", item->options[i].value);
        json_end_object(&o->w);
    }
    json_end_array(&o->w);
}

static struct slice variation_name(const struct woo_out *o, const struct item *item)
{
    struct buf name;
    buf_init(&name, 1024);
    for (size_t i = 0; i < item->options_count; i++) {
        buf_text(&name, i ? ", " : "");
        buf_slice(&name, item->options[i].value);
    }
    if (item->options_count == 0) {
        buf_slice(&name, item->title);
    }
    struct slice text = arena_copy(o->arena, buf_view(&name));
    buf_free(&name);
    return text;
}

void woo_put_variation(struct woo_out *o, struct item *item, bool as_product)
{
    const struct product *product = item->product;
    struct slice name = variation_name(o, item);
    if (as_product) {
        name = arena_printf(o->arena, "%.*s - %.*s", SLICE_ARG(product->title), SLICE_ARG(name));
    }
    json_begin_object(&o->w);
    int_field(o, "id", item->id);
    str_field(o, "type", "variation");
    stamp_fields(o, "date_created", "date_created_gmt", product->created_us);
    stamp_fields(o, "date_modified", "date_modified_gmt", item->changed_us);
    str_field(o, "description", "");
    text_field(o,
               "permalink",
               arena_printf(o->arena,
                            "%.*s/product/product-%" PRId64 "/?variation=%" PRId64,
                            SLICE_ARG(o->shop->base_url),
                            product->id,
                            item->id));
    text_field(o, "sku", item->sku.n ? item->sku : woo_parent_sku(o, product));
    text_field(o, "global_unique_id", item->barcode);
    sale_fields(o, item->price);
    str_field(o, "status", "publish");
    stock_fields(o,
                 (struct stock_view){.mode = item->mode,
                                     .count = *item_carrier(item),
                                     .is_marked_out = item->is_marked_out,
                                     .is_pool_member = item->mode == STOCK_POOL});
    raw_field(o, "image", "null");
    attributes_field(o, item);
    int_field(o, "menu_order", 0);
    raw_field(o, "meta_data", "[]");
    text_field(o, "name", name);
    int_field(o, "parent_id", product->id);
    links_field(
        o,
        arena_printf(o->arena, "products/%" PRId64 "/variations/%" PRId64, product->id, item->id));
    json_end_object(&o->w);
}

/* ---- orders ---- */

const char *woo_status(const struct order *order)
{
    switch (order->state) {
    case ORDER_OPEN:
        return "processing";
    case ORDER_DONE:
        return "completed";
    case ORDER_CANCELLED:
        return "cancelled";
    case ORDER_REFUNDED:
        return "refunded";
    case ORDER_TRASHED:
        break;
    }
    return "trash";
}

static void
put_meta(struct woo_out *o, int64_t id, struct slice key, struct slice label, struct slice value)
{
    json_begin_object(&o->w);
    json_field_int(&o->w, "id", id);
    json_field_text(&o->w, "key", key);
    json_field_text(&o->w, "value", value);
    json_field_text(&o->w, "display_key", label);
    json_field_text(&o->w, "display_value", value);
    json_end_object(&o->w);
}

static struct slice lower(struct woo_out *o, struct slice text)
{
    char out[64];
    size_t n = text.n < sizeof(out) ? text.n : sizeof(out);
    for (size_t i = 0; i < n; i++) {
        char c = text.p[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    return arena_copy(o->arena, (struct slice){out, n});
}

static void
put_line_meta(struct woo_out *o, const struct order *order, const struct order_line *line)
{
    const struct item *item = line->item;
    int64_t id = line->id * 10;
    bool is_counted = item->mode == STOCK_MANAGED || item->mode == STOCK_POOL;
    json_key(&o->w, "meta_data");
    json_begin_array(&o->w);
    for (size_t i = 0; i < item->options_count; i++) {
        const struct item_option *option = &item->options[i];
        put_meta(o, id++, lower(o, option->name), option->name, option->value);
    }
    if (is_counted && order->state != ORDER_CANCELLED) {
        struct slice key = SLICE("_reduced_stock");
        put_meta(o, id++, key, key, arena_printf(o->arena, "%" PRId64, line->reduced));
    }
    if (line->restock_refunded > 0) {
        struct slice key = SLICE("_restock_refunded_items");
        put_meta(o, id++, key, key, arena_printf(o->arena, "%" PRId64, line->restock_refunded));
    }
    json_end_array(&o->w);
}

static void put_line_head(struct woo_out *o, const struct order_line *line, int64_t id, int64_t n)
{
    const struct item *item = line->item;
    bool is_simple = item->product->is_simple;
    struct slice total = cents_text(o->arena, price_cents(item->price) * n);
    if (n < 0) {
        total = arena_printf(
            o->arena, "-%.*s", SLICE_ARG(cents_text(o->arena, -price_cents(item->price) * n)));
    }
    json_field_int(&o->w, "id", id);
    json_field_text(&o->w,
                    "name",
                    is_simple ? item->product->title
                              : arena_printf(o->arena,
                                             "%.*s - %.*s",
                                             SLICE_ARG(item->product->title),
                                             SLICE_ARG(variation_name(o, item))));
    json_field_int(&o->w, "product_id", item->product->id);
    json_field_int(&o->w, "variation_id", is_simple ? 0 : item->id);
    json_field_int(&o->w, "quantity", n);
    json_field_str(&o->w, "tax_class", "");
    json_field_text(&o->w, "subtotal", total);
    json_field_str(&o->w, "subtotal_tax", "0.00");
    json_field_text(&o->w, "total", total);
    json_field_str(&o->w, "total_tax", "0.00");
    json_field_raw(&o->w, "taxes", SLICE("[]"));
}

static void put_line_tail(struct woo_out *o, const struct order_line *line)
{
    const struct item *item = line->item;
    json_field_text(&o->w, "sku", item->sku.n ? item->sku : woo_parent_sku(o, item->product));
    json_key(&o->w, "price");
    json_put_raw(&o->w, item->price);
    json_field_raw(&o->w, "image", SLICE("{\"id\":\"\",\"src\":\"\"}"));
    if (item->product->is_simple) {
        json_field_null(&o->w, "parent_name");
    } else {
        json_field_text(&o->w, "parent_name", item->product->title);
    }
}

static void lines_field(struct woo_out *o, const struct order *order)
{
    if (!woo_wants(o, "line_items")) {
        return;
    }
    json_key(&o->w, "line_items");
    json_begin_array(&o->w);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        if (line->ordered == 0) {
            continue; /* a removed line vanishes */
        }
        json_begin_object(&o->w);
        put_line_head(o, line, line->id, line->ordered);
        put_line_meta(o, order, line);
        put_line_tail(o, line);
        json_end_object(&o->w);
    }
    json_end_array(&o->w);
}

static int64_t refund_cents(const struct order *order, const struct refund *first)
{
    int64_t cents = 0;
    for (const struct refund *r = first; r && r->id == first->id; r = r->next) {
        cents += price_cents(order->lines[r->line].item->price) * r->n;
    }
    return cents;
}

static const struct refund *refund_next(const struct refund *refund)
{
    int64_t id = refund->id;
    while (refund && refund->id == id) {
        refund = refund->next;
    }
    return refund;
}

static void refunds_field(struct woo_out *o, const struct order *order)
{
    if (!woo_wants(o, "refunds")) {
        return;
    }
    json_key(&o->w, "refunds");
    json_begin_array(&o->w);
    for (const struct refund *r = order->refunds; r; r = refund_next(r)) {
        struct slice total = cents_text(o->arena, refund_cents(order, r));
        json_begin_object(&o->w);
        json_field_int(&o->w, "id", r->id);
        json_field_str(&o->w, "reason", "");
        json_field_text(&o->w, "total", arena_printf(o->arena, "-%.*s", SLICE_ARG(total)));
        json_end_object(&o->w);
    }
    json_end_array(&o->w);
}

static void address_field(struct woo_out *o, const char *key, const struct order *order)
{
    const struct address *a = address_at(order->country);
    if (!woo_wants(o, key)) {
        return;
    }
    json_key(&o->w, key);
    json_begin_object(&o->w);
    json_field_str(&o->w, "first_name", "Sandbox");
    json_field_str(&o->w, "last_name", "Buyer");
    json_field_str(&o->w, "company", "");
    json_field_str(&o->w, "address_1", "1 Example Street");
    json_field_str(&o->w, "address_2", "");
    json_field_str(&o->w, "city", a->city);
    json_field_str(&o->w, "state", a->region ? a->region : "");
    json_field_str(&o->w, "postcode", a->zip);
    json_field_str(&o->w, "country", a->country);
    json_field_str(&o->w, "email", "buyer@sandbox.example");
    json_field_str(&o->w, "phone", "000000");
    json_end_object(&o->w);
}

static void order_money_fields(struct woo_out *o, const struct order *order)
{
    int64_t cents = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        cents += price_cents(order->lines[i].item->price) * order->lines[i].ordered;
    }
    str_field(o, "discount_total", "0.00");
    str_field(o, "discount_tax", "0.00");
    str_field(o, "shipping_total", "0.00");
    str_field(o, "shipping_tax", "0.00");
    str_field(o, "cart_tax", "0.00");
    text_field(o, "total", cents_text(o->arena, cents));
    str_field(o, "total_tax", "0.00");
}

void woo_put_order(struct woo_out *o, const struct order *order)
{
    json_begin_object(&o->w);
    int_field(o, "id", order->id);
    int_field(o, "parent_id", 0);
    str_field(o, "status", woo_status(order));
    str_field(o, "currency", "EUR");
    str_field(o, "version", "10.0.2");
    bool_field(o, "prices_include_tax", false);
    stamp_field(o, "date_created", order->placed_us);
    stamp_field(o, "date_modified", order->changed_us);
    order_money_fields(o, order);
    int_field(o, "customer_id", 0);
    text_field(o, "order_key", arena_printf(o->arena, "wc_order_%" PRId64, order->id));
    address_field(o, "billing", order);
    address_field(o, "shipping", order);
    str_field(o, "payment_method", "cod");
    str_field(o, "payment_method_title", "Cash on delivery");
    str_field(o, "transaction_id", "");
    str_field(o, "customer_ip_address", "");
    str_field(o, "customer_user_agent", "");
    str_field(o, "created_via", "store-api");
    str_field(o, "customer_note", "");
    stamp_field(o, "date_completed", order->done_us);
    stamp_field(o, "date_paid", order->done_us);
    str_field(o, "cart_hash", "");
    text_field(o, "number", arena_printf(o->arena, "%" PRId64, order->id));
    raw_field(o, "meta_data", "[{\"id\":1,\"key\":\"is_vat_exempt\",\"value\":\"no\"}]");
    lines_field(o, order);
    raw_field(o, "tax_lines", "[]");
    raw_field(o, "shipping_lines", "[]");
    raw_field(o, "fee_lines", "[]");
    raw_field(o, "coupon_lines", "[]");
    refunds_field(o, order);
    bool_field(o, "is_editable", false);
    bool_field(o, "needs_payment", false);
    bool_field(o, "needs_processing", true);
    stamp_field(o, "date_created_gmt", order->placed_us);
    stamp_field(o, "date_modified_gmt", order->changed_us);
    stamp_field(o, "date_completed_gmt", order->done_us);
    stamp_field(o, "date_paid_gmt", order->done_us);
    str_field(o, "currency_symbol", "\xe2\x82\xac");
    links_field(o, arena_printf(o->arena, "orders/%" PRId64, order->id));
    json_end_object(&o->w);
}

static void put_refund(struct woo_out *o, const struct order *order, const struct refund *first)
{
    json_begin_object(&o->w);
    int_field(o, "id", first->id);
    stamp_fields(o, "date_created", "date_created_gmt", first->at_us);
    text_field(o, "amount", cents_text(o->arena, refund_cents(order, first)));
    str_field(o, "reason", "");
    int_field(o, "refunded_by", 1);
    bool_field(o, "refunded_payment", false);
    raw_field(o, "meta_data", "[]");
    if (woo_wants(o, "line_items")) {
        json_key(&o->w, "line_items");
        json_begin_array(&o->w);
        for (const struct refund *r = first; r && r->id == first->id; r = r->next) {
            const struct order_line *line = &order->lines[r->line];
            struct slice key = SLICE("_refunded_item_id");
            json_begin_object(&o->w);
            put_line_head(o, line, r->row_id, -r->n);
            json_key(&o->w, "meta_data");
            json_begin_array(&o->w);
            put_meta(o, r->row_id * 10, key, key, arena_printf(o->arena, "%" PRId64, line->id));
            json_end_array(&o->w);
            put_line_tail(o, line);
            json_end_object(&o->w);
        }
        json_end_array(&o->w);
    }
    json_end_object(&o->w);
}

void woo_put_refunds(struct woo_out *o, const struct order *order)
{
    json_begin_array(&o->w);
    for (const struct refund *r = order->refunds; r; r = refund_next(r)) {
        put_refund(o, order, r);
    }
    json_end_array(&o->w);
}

void woo_put_webhook(struct woo_out *o, const struct woo_webhook *hook)
{
    struct slice event = hook->topic;
    struct slice resource;
    slice_cut(&event, '.', &resource);
    json_begin_object(&o->w);
    int_field(o, "id", hook->id);
    text_field(o, "name", hook->name);
    str_field(o, "status", hook->status);
    text_field(o, "topic", hook->topic);
    text_field(o, "resource", resource);
    text_field(o, "event", event);
    text_field(o, "delivery_url", hook->url);
    stamp_fields(o, "date_created", "date_created_gmt", hook->created_us);
    stamp_fields(o, "date_modified", "date_modified_gmt", hook->changed_us);
    links_field(o, arena_printf(o->arena, "webhooks/%" PRId64, hook->id));
    json_end_object(&o->w);
}
