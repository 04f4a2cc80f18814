/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_woo - the routes of wc/v3 that stock needs, and what an error looks like. */
#include "drill/sandbox_woo.h"

#define ROOT "/wp-json/wc/v3"

void woo_answer(struct call *call, int status)
{
    call->status = status;
    call->headers_count = 0;
    buf_clear(call->out);
    call_header(call, "Content-Type", SLICE("application/json; charset=UTF-8"));
    call_header(call, "X-Robots-Tag", SLICE("noindex"));
    call_header(
        call, "Cache-Control", SLICE("no-cache, must-revalidate, max-age=0, no-store, private"));
}

void woo_error(struct call *call, int status, const char *code, const char *message)
{
    woo_answer(call, status);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "code", code);
    json_field_str(&w, "message", message);
    json_key(&w, "data");
    json_begin_object(&w);
    json_field_int(&w, "status", status);
    json_end_object(&w);
    json_end_object(&w);
}

static void no_route(struct call *call)
{
    woo_error(
        call, 404, "rest_no_route", "No route was found matching the URL and request method.");
}

static struct woo_out out_start(struct call *call)
{
    struct woo_out o = {
        .w = json_writer(call->out), .shop = call->shop, .arena = &call->shop->sandbox->turn};
    woo_query(call, "_fields", &o.fields);
    return o;
}

/* The path in parts: "products", "12", "variations", "13". */
struct parts {
    struct slice at[5];
    size_t count;
};

static struct parts parts_of(struct slice path)
{
    struct parts parts = {.count = 0};
    while (path.n > 0 && parts.count < COUNT_OF(parts.at)) {
        slice_cut(&path, '/', &parts.at[parts.count]);
        parts.count += parts.at[parts.count].n > 0;
    }
    return parts;
}

/* What a request does to the thing it names. */
enum verb { VERB_READ, VERB_WRITE, VERB_OTHER };

static enum verb verb_of(const struct call *call)
{
    struct slice method = call->x->request.method;
    if (slice_is(method, "GET")) {
        return VERB_READ;
    }
    bool is_write =
        slice_is(method, "PUT") || slice_is(method, "POST") || slice_is(method, "PATCH");
    return is_write ? VERB_WRITE : VERB_OTHER;
}

static void one_product(struct call *call, struct slice id_text, enum verb verb)
{
    int64_t id = 0;
    struct post *post = slice_int(id_text, &id) ? woo_post(call->shop, id) : NULL;
    if (!post) {
        int status = verb == VERB_READ ? 404 : 400;
        woo_error(call, status, "woocommerce_rest_product_invalid_id", "Invalid ID.");
        return;
    }
    if (verb == VERB_WRITE && post->item) {
        woo_error(call,
                  404,
                  "woocommerce_rest_invalid_product_id",
                  "To manipulate product variations you should use the "
                  "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.");
        return;
    }
    if (verb == VERB_WRITE) {
        woo_write_product(call, post);
        return;
    }
    woo_answer(call, 200);
    struct woo_out o = out_start(call);
    if (post->item) {
        woo_put_variation(&o, post->item, true);
    } else {
        woo_put_product(&o, post->product);
    }
}

static void one_variation(struct call *call,
                          const struct product *product,
                          struct slice id_text,
                          enum verb verb)
{
    int64_t id = 0;
    struct post *post = slice_int(id_text, &id) ? woo_post(call->shop, id) : NULL;
    if (!post || !post->item || post->product != product) {
        woo_error(call, 404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.");
        return;
    }
    if (verb == VERB_WRITE) {
        woo_write_variation(call, post->item);
        return;
    }
    woo_answer(call, 200);
    struct woo_out o = out_start(call);
    woo_put_variation(&o, post->item, false);
}

static void variations_call(struct call *call, const struct parts *parts, enum verb verb)
{
    int64_t id = 0;
    struct post *post = slice_int(parts->at[1], &id) ? woo_post(call->shop, id) : NULL;
    bool is_post = slice_is(call->x->request.method, "POST");
    if (!post || post->item) {
        woo_error(call, 404, "woocommerce_rest_product_invalid_id", "Invalid ID.");
    } else if (parts->count == 3 && verb == VERB_READ) {
        woo_list_variations(call, post->product);
    } else if (parts->count == 4 && slice_is(parts->at[3], "batch") && is_post) {
        woo_batch_variations(call, post->product);
    } else if (parts->count == 4) {
        one_variation(call, post->product, parts->at[3], verb);
    } else {
        no_route(call);
    }
}

static void products_call(struct call *call, const struct parts *parts, enum verb verb)
{
    bool is_post = slice_is(call->x->request.method, "POST");
    if (parts->count == 1 && verb == VERB_READ) {
        woo_list_products(call);
    } else if (parts->count == 2 && slice_is(parts->at[1], "batch") && is_post) {
        woo_batch_products(call);
    } else if (parts->count == 2) {
        one_product(call, parts->at[1], verb);
    } else if (parts->count >= 3 && slice_is(parts->at[2], "variations")) {
        variations_call(call, parts, verb);
    } else {
        no_route(call);
    }
}

static void orders_call(struct call *call, const struct parts *parts)
{
    int64_t id = 0;
    if (parts->count == 1) {
        woo_list_orders(call);
        return;
    }
    struct order *order = slice_int(parts->at[1], &id) ? order_find(call->shop, id) : NULL;
    bool is_refunds = parts->count == 3 && slice_is(parts->at[2], "refunds");
    if (!order) {
        woo_error(call, 404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
    } else if (parts->count == 2) {
        woo_answer(call, 200);
        struct woo_out o = out_start(call);
        woo_put_order(&o, order);
    } else if (is_refunds) {
        woo_answer(call, 200);
        struct woo_out o = out_start(call);
        woo_put_refunds(&o, order);
    } else {
        no_route(call);
    }
}

static void system_status(struct call *call)
{
    woo_answer(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "environment");
    json_begin_object(&w);
    json_field_text(&w, "home_url", call->shop->base_url);
    json_field_str(&w, "version", "10.0.2");
    json_field_str(&w, "wp_version", "6.8.3");
    json_field_bool(&w, "wp_cron", true);
    json_end_object(&w);
    json_key(&w, "settings");
    json_begin_object(&w);
    json_field_bool(&w, "HPOS_enabled", true);
    json_end_object(&w);
    json_end_object(&w);
}

/* settings/products/woocommerce_manage_stock: the only one that is asked for. */
static void settings_call(struct call *call, const struct parts *parts)
{
    if (parts->count != 3 || !slice_is(parts->at[1], "products") ||
        !slice_is(parts->at[2], "woocommerce_manage_stock")) {
        woo_error(call, 404, "rest_setting_setting_invalid", "Invalid setting.");
        return;
    }
    woo_answer(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "id", "woocommerce_manage_stock");
    json_field_str(&w, "type", "checkbox");
    json_field_str(&w, "default", "yes");
    json_field_str(&w, "value", "yes");
    json_field_str(&w, "group_id", "products");
    json_end_object(&w);
}

static void woo_call(struct call *call)
{
    enum verb verb = verb_of(call);
    if (!slice_starts(call->path, ROOT "/")) {
        no_route(call);
        return;
    }
    if (!woo_authenticated(call)) {
        return;
    }
    struct parts parts = parts_of(slice_from(call->path, sizeof(ROOT)));
    struct slice first = parts.count > 0 ? parts.at[0] : (struct slice){0};
    if (verb == VERB_OTHER) {
        no_route(call);
    } else if (slice_is(first, "products")) {
        products_call(call, &parts, verb);
    } else if (slice_is(first, "orders") && verb == VERB_READ) {
        orders_call(call, &parts);
    } else if (slice_is(first, "webhooks") && parts.count <= 2) {
        woo_webhooks_call(call, parts.count == 2 ? parts.at[1] : (struct slice){0});
    } else if (slice_is(first, "system_status") && verb == VERB_READ) {
        system_status(call);
    } else if (slice_is(first, "settings") && verb == VERB_READ) {
        settings_call(call, &parts);
    } else {
        no_route(call);
    }
}

/* ---- the platform ---- */

static bool post_add(struct shop *shop, struct product *product, struct item *item, int64_t *out_id)
{
    if (!GROW(shop->posts, shop->posts_count, shop->posts_cap)) {
        return false;
    }
    *out_id = shop->product_base + (int64_t)shop->posts_count;
    shop->posts[shop->posts_count++] = (struct post){.product = product, .item = item};
    return true;
}

static bool woo_product_init(struct product *product)
{
    return post_add(product->shop, product, NULL, &product->id);
}

static bool woo_item_init(struct item *item)
{
    if (item->product->is_simple) {
        item->id = item->product->id;
        return true;
    }
    return post_add(item->shop, item->product, item, &item->id);
}

static void woo_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "webhook_secret", shop->secret);
    json_field_text(w, "consumer_key", shop->token);
    json_field_text(w, "consumer_secret", shop->token_secret);
}

static size_t woo_remote(const struct item *item,
                         struct arena *arena,
                         struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    out[0] = remote_id(arena, "product_id", item->product->id);
    out[1] = remote_id(arena, "variation_id", item->id);
    return item->product->is_simple ? 1 : 2;
}

const struct platform platform_woo = {
    .name = "woocommerce",
    .prefix = "woo",
    .what = "look like WooCommerce",
    .shops = 1,
    .ids = {.product = 10, .item = 10, .inventory = 10, .order = 1000001, .row = 501, .step = 1},
    .simple_is_product = true,
    .trade = TRADE_IN_PLACE | TRADE_EDITS | TRADE_CANCELS_UNITS | TRADE_CANCELS_SHIPPED |
             TRADE_SELLS_TWICE,
    .init = woo_init,
    .free = woo_free,
    .product_init = woo_product_init,
    .item_init = woo_item_init,
    .call = woo_call,
    .order_event = woo_order_event,
    .count_event = woo_count_event,
    .hook_body = woo_hook_body,
    .hook_head = woo_hook_head,
    .hook_url = woo_hook_url,
    .hook_is_good = woo_hook_is_good,
    .hook_retry_us = woo_hook_retry_us,
    .hook_done = woo_hook_done,
    .hooks_queue = true,
    .secrets = woo_secrets,
    .remote = woo_remote,
};
