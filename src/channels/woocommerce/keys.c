/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/woocommerce/woo.h"

bool woo_id(struct json v, int64_t *out)
{
    int64_t id = 0;
    if (!json_int_loose(v, &id) || id < 1) {
        return false;
    }
    *out = id;
    return true;
}

int64_t woo_key_id(struct woo_key key)
{
    return key.variation ? key.variation : key.product;
}

bool woo_key_parse(struct slice text, struct woo_key *out)
{
    struct woo_key key = {0};
    struct slice kind, product;

    if (!slice_cut(&text, ':', &kind)) {
        return false;
    }
    if (slice_is(kind, "p")) {
        if (!slice_int(text, &key.product) || key.product < 1) {
            return false;
        }
    } else if (slice_is(kind, "v")) {
        if (!slice_cut(&text, ':', &product) || !slice_int(product, &key.product) ||
            !slice_int(text, &key.variation) || key.product < 1 || key.variation < 1) {
            return false;
        }
    } else {
        return false;
    }
    *out = key;
    return true;
}

struct slice woo_key_text(struct arena *arena, struct woo_key key)
{
    if (!key.variation) {
        return arena_printf(arena, "p:%" PRId64, key.product);
    }
    return arena_printf(arena, "v:%" PRId64 ":%" PRId64, key.product, key.variation);
}

struct slice woo_remote_text(struct arena *arena, struct woo_key key)
{
    if (!key.variation) {
        return arena_printf(arena, "{\"product_id\":\"%" PRId64 "\"}", key.product);
    }
    return arena_printf(arena,
                        "{\"product_id\":\"%" PRId64 "\",\"variation_id\":\"%" PRId64 "\"}",
                        key.product,
                        key.variation);
}

/* An id of a listing: as woo_id, or a gid. Absent, null, 0 and "" are no id. */
static bool remote_id(struct json v, struct arena *arena, int64_t *out)
{
    struct slice text;
    int64_t zero = 0;

    *out = 0;
    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL ||
        (json_text(v, &text) && text.n == 0) || (json_int_loose(v, &zero) && zero == 0)) {
        return true;
    }
    return json_id(v, arena, &text) && slice_int(text, out) && *out > 0;
}

enum err woo_listing_keys(const struct account *account,
                          struct json remote,
                          struct arena *arena,
                          struct slice *out_remote,
                          struct slice *out_key,
                          struct slice *out_stock_key,
                          struct err_note *note)
{
    (void)account;
    struct woo_key key;

    /* A misspelt variation_id would turn the listing into the whole product: nothing is guessed. */
    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        if (!i.is_object || !(slice_is(i.key, "product_id") || slice_is(i.key, "variation_id"))) {
            return err_note(note,
                            ERR_USAGE,
                            "remote of a woocommerce listing has product_id and variation_id only, "
                            "not '%.*s'",
                            (int)(i.key.n < 40 ? i.key.n : 40),
                            i.key.p);
        }
    }
    if (!remote_id(json_get(remote, "product_id"), arena, &key.product) || !key.product) {
        return err_note(note, ERR_USAGE, "remote.product_id must be a product's number, as \"10\"");
    }
    if (!remote_id(json_get(remote, "variation_id"), arena, &key.variation)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.variation_id must be a variation's number, or absent for a simple "
                        "product");
    }
    struct slice text = woo_key_text(arena, key);
    struct slice normal = woo_remote_text(arena, key);
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "no room for the listing's keys");
    }
    *out_remote = normal;
    *out_key = text;
    *out_stock_key = text;
    return ERR_OK;
}

struct slice
woo_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    struct woo_key key;

    if (!woo_key_parse(item->stock_key, &key) || !key.variation) {
        return SLICE("p");
    }
    return arena_printf(arena, "v%" PRId64, key.product);
}

enum err woo_keys_of(const struct push_item *items,
                     size_t count,
                     struct arena *arena,
                     const struct woo_key **out)
{
    struct woo_key *keys = ARENA_ARRAY(arena, count, struct woo_key);
    if (!keys) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        if (!woo_key_parse(items[i].stock_key, &keys[i])) {
            return ERR_USAGE;
        }
        bool is_same_group = !keys[i].variation == !keys[0].variation &&
                             (!keys[i].variation || keys[i].product == keys[0].product);
        if (!is_same_group) {
            return ERR_USAGE;
        }
    }
    *out = keys;
    return ERR_OK;
}

struct slice woo_group_path(struct arena *arena, struct woo_key any)
{
    if (!any.variation) {
        return SLICE("/products");
    }
    return arena_printf(arena, "/products/%" PRId64 "/variations", any.product);
}
