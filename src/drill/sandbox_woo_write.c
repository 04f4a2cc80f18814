/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_woo_write - stock writes: absolute, without compare-and-set, and with WooCommerce's
 * silent no-ops: 200 for a product that does not manage stock, null taken as zero, no types in a
 * batch.
 */
#include "drill/sandbox_woo.h"

#define BATCH_MAX 100

struct woo_change {
    bool has_manage, manage;
    bool has_quantity;
    int64_t quantity;
};

/* ---- reading what is asked ---- */

/* A single write is checked against the schema. False: refused. */
static bool change_read(struct call *call, struct json v, struct woo_change *out)
{
    struct json manage = json_get(v, "manage_stock");
    struct json quantity = json_get(v, "stock_quantity");
    struct slice text;
    int64_t n;
    if (json_type(manage) != JSON_NONE) {
        out->has_manage = true;
        if (json_text(manage, &text)) {
            out->manage = slice_is(text, "true");
            out->has_manage = out->manage || slice_is(text, "false");
        } else if (!json_bool(manage, &out->manage)) {
            out->has_manage = json_int(manage, &n) && (n == 0 || n == 1);
            out->manage = out->has_manage && n == 1;
        }
        if (!out->has_manage) {
            woo_invalid_param(call, "manage_stock", "manage_stock is not of type boolean.");
            return false;
        }
    }
    out->has_quantity = json_type(quantity) != JSON_NONE;
    if (out->has_quantity && json_type(quantity) != JSON_NULL &&
        !json_int_loose(quantity, &out->quantity)) {
        woo_invalid_param(call, "stock_quantity", "stock_quantity is not of type integer.");
        return false;
    }
    return true;
}

/* A batch checks no types: what is no number is zero, anything but false manages. */
static struct woo_change change_read_untyped(struct json v)
{
    struct woo_change change = {0};
    struct json manage = json_get(v, "manage_stock");
    struct json quantity = json_get(v, "stock_quantity");
    if (json_type(manage) != JSON_NONE) {
        change.has_manage = true;
        change.manage = true;
        json_bool(manage, &change.manage);
    }
    change.has_quantity = json_type(quantity) != JSON_NONE;
    if (!json_int_loose(quantity, &change.quantity)) {
        change.quantity = 0;
    }
    return change;
}

static bool body_read(struct call *call, struct json *out)
{
    struct err_note note;
    if (json_parse(call->shop->sandbox->doc, call->x->request.body, out, &note) ||
        json_type(*out) != JSON_OBJECT) {
        woo_error(call, 400, "rest_invalid_json", "Invalid JSON body passed.");
        return false;
    }
    return true;
}

/* ---- doing it ---- */

static void set_count(struct item *item, int64_t *count, int64_t quantity)
{
    int64_t before = *count;
    int64_t bounded = quantity > QTY_MAX ? QTY_MAX : quantity;
    *count = bounded < -QTY_MAX ? -QTY_MAX : bounded;
    item_written(item, before, *count);
}

static void stamp(struct product *product, struct item *item)
{
    int64_t now_us = shop_now_us(product->shop);
    product->changed_us = now_us;
    if (item) {
        item->changed_us = now_us;
        item->count_us = now_us;
    }
}

/* The error's code; NULL when it is saved, whether or not anything was set. */
static const char *simple_write(struct item *item, const struct woo_change *change)
{
    if (item->mode == STOCK_EXTERNAL && change->has_manage && change->manage) {
        return "product_external_invalid_manage_stock";
    }
    bool can_manage = item->mode == STOCK_MANAGED || item->mode == STOCK_UNMANAGED;
    if (change->has_manage && can_manage) {
        item->mode = change->manage ? STOCK_MANAGED : STOCK_UNMANAGED;
    }
    if (change->has_quantity && item->mode == STOCK_MANAGED) {
        set_count(item, &item->count, change->quantity);
    }
    stamp(item->product, item);
    woo_saved(item->product, NULL);
    return NULL;
}

/* A variable parent: its own number is the pool of the variations that do not manage theirs. */
static void parent_write(struct product *product, const struct woo_change *change)
{
    if (change->has_manage) {
        enum stock_mode from = change->manage ? STOCK_UNMANAGED : STOCK_POOL;
        product->is_pool = change->manage;
        for (size_t i = 0; i < product->items_count; i++) {
            if (product->items[i]->mode == from) {
                product->items[i]->mode = change->manage ? STOCK_POOL : STOCK_UNMANAGED;
            }
        }
    }
    if (change->has_quantity && product->is_pool) {
        set_count(product->items[0], &product->count, change->quantity);
    }
    stamp(product, NULL);
    woo_saved(product, NULL);
}

static void variation_write(struct item *item, const struct woo_change *change)
{
    if (change->has_manage && change->manage) {
        item->mode = STOCK_MANAGED; /* leaves the pool */
    } else if (change->has_manage) {
        item->mode = item->product->is_pool ? STOCK_POOL : STOCK_UNMANAGED;
    }
    if (change->has_quantity && item->mode == STOCK_MANAGED) {
        set_count(item, &item->count, change->quantity);
    }
    stamp(item->product, item);
    woo_saved(item->product, item);
}

/* ---- one ---- */

static struct woo_out out_start(struct call *call, bool with_fields)
{
    struct woo_out o = {
        .w = json_writer(call->out), .shop = call->shop, .arena = &call->shop->sandbox->turn};
    if (with_fields) {
        woo_query(call, "_fields", &o.fields);
    }
    return o;
}

static const char external_text[] = "External products cannot be stock managed.";

void woo_write_product(struct call *call, struct post *post)
{
    struct json body;
    struct woo_change change = {0};
    if (!body_read(call, &body) || !change_read(call, body, &change)) {
        return;
    }
    const char *code = NULL;
    if (post->product->is_simple) {
        code = simple_write(post->product->items[0], &change);
    } else {
        parent_write(post->product, &change);
    }
    if (code) {
        woo_error(call, 400, code, external_text);
        return;
    }
    woo_answer(call, 200);
    struct woo_out o = out_start(call, true);
    woo_put_product(&o, post->product);
}

void woo_write_variation(struct call *call, struct item *item)
{
    struct json body;
    struct woo_change change = {0};
    if (!body_read(call, &body) || !change_read(call, body, &change)) {
        return;
    }
    variation_write(item, &change);
    woo_answer(call, 200);
    struct woo_out o = out_start(call, true);
    woo_put_variation(&o, item, false);
}

/* ---- many ---- */

static void put_item_error(
    struct woo_out *o, bool has_id, int64_t id, const char *code, const char *message, int status)
{
    json_begin_object(&o->w);
    if (has_id) {
        json_field_int(&o->w, "id", id);
    } else {
        json_field_null(&o->w, "id");
    }
    json_key(&o->w, "error");
    json_begin_object(&o->w);
    json_field_str(&o->w, "code", code);
    json_field_str(&o->w, "message", message);
    json_key(&o->w, "data");
    json_begin_object(&o->w);
    json_field_int(&o->w, "status", status);
    json_end_object(&o->w);
    json_end_object(&o->w);
    json_end_object(&o->w);
}

static void batch_product(struct woo_out *o, struct json v)
{
    int64_t id = 0;
    bool has_id = json_int_loose(json_get(v, "id"), &id);
    struct post *post = woo_post(o->shop, id);
    struct woo_change change = change_read_untyped(v);
    if (!post) {
        put_item_error(o, has_id, id, "woocommerce_rest_product_invalid_id", "Invalid ID.", 400);
        return;
    }
    if (post->item) {
        put_item_error(o,
                       true,
                       id,
                       "woocommerce_rest_invalid_product_id",
                       "To manipulate product variations you should use the "
                       "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.",
                       404);
        return;
    }
    const char *code = NULL;
    if (post->product->is_simple) {
        code = simple_write(post->product->items[0], &change);
    } else {
        parent_write(post->product, &change);
    }
    if (code) {
        put_item_error(o, true, id, code, external_text, 400);
        return;
    }
    woo_put_product(o, post->product);
}

static void batch_variation(struct woo_out *o, const struct product *product, struct json v)
{
    int64_t id = 0;
    bool has_id = json_int_loose(json_get(v, "id"), &id);
    struct post *post = woo_post(o->shop, id);
    struct woo_change change = change_read_untyped(v);
    if (!post || !post->item || post->product != product) {
        put_item_error(
            o, has_id, id, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.", 404);
        return;
    }
    variation_write(post->item, &change);
    woo_put_variation(o, post->item, false);
}

/* create and delete are of no concern to stock: each of their items is refused. */
static void batch_refused(struct woo_out *o, struct json list, const char *key)
{
    if (json_count(list) == 0) {
        return;
    }
    json_key(&o->w, key);
    json_begin_array(&o->w);
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        put_item_error(o,
                       false,
                       0,
                       "woocommerce_rest_cannot_create",
                       "Sorry, you are not allowed to create resources.",
                       401);
    }
    json_end_array(&o->w);
}

static void batch(struct call *call, const struct product *product)
{
    struct json body;
    struct slice fields;
    if (!body_read(call, &body)) {
        return;
    }
    struct json update = json_get(body, "update");
    struct json create = json_get(body, "create");
    struct json gone = json_get(body, "delete");
    if (json_count(update) + json_count(create) + json_count(gone) > BATCH_MAX) {
        woo_error(call,
                  413,
                  "woocommerce_rest_request_entity_too_large",
                  "Unable to accept more than 100 items for this request.");
        return;
    }
    woo_answer(call, 200);
    struct woo_out o = out_start(call, false);
    json_begin_object(&o.w);
    batch_refused(&o, create, "create");
    if (json_count(update) > 0) {
        json_key(&o.w, "update");
        json_begin_array(&o.w);
        for (struct json_iter i = json_iter(update); json_next(&i);) {
            if (product) {
                batch_variation(&o, product, i.value);
            } else {
                batch_product(&o, i.value);
            }
        }
        json_end_array(&o.w);
    }
    batch_refused(&o, gone, "delete");
    json_end_object(&o.w);
    struct woo_out asked = {.fields = {0}};
    if (woo_query(call, "_fields", &fields)) {
        asked.fields = fields;
        if (!woo_wants(&asked, "update")) { /* written, and nothing left of the answer */
            buf_clear(call->out);
            buf_text(call->out, "[]");
        }
    }
}

void woo_batch_products(struct call *call)
{
    batch(call, NULL);
}

void woo_batch_variations(struct call *call, struct product *product)
{
    batch(call, product);
}
