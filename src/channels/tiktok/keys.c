/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/tiktok/tiktok.h"

#define KEY_PREFIX "sku:"
#define TIME_MAX_S INT64_C(100000000000)

bool tt_is_id(struct slice text)
{
    if (text.n == 0 || text.n > TT_ID_MAX || text.p[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
    }
    return true;
}

bool tt_is_token(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~') {
            return false;
        }
    }
    return text.n <= TT_TOKEN_MAX;
}

bool tt_id(struct json v, struct arena *arena, struct slice *out)
{
    struct slice text = {0};
    int64_t number = 0;

    if (json_text(v, &text) && tt_is_id(text)) {
        *out = arena_copy(arena, text);
        return true;
    }
    if (json_int(v, &number) && number > 0) {
        *out = arena_printf(arena, "%" PRId64, number);
        return true;
    }
    return false;
}

bool tt_id_same(struct json v, struct slice id)
{
    struct slice text = {0};
    int64_t number = 0;
    int64_t wanted = 0;

    if (json_text(v, &text)) {
        return slice_equal(text, id);
    }
    return json_int(v, &number) && slice_int(id, &wanted) && number == wanted;
}

struct slice tt_key(struct arena *arena, struct slice sku_id)
{
    return arena_printf(arena, KEY_PREFIX "%.*s", SLICE_ARG(sku_id));
}

struct slice tt_sku_of_key(struct slice key)
{
    struct slice id =
        slice_starts(key, KEY_PREFIX) ? slice_from(key, strlen(KEY_PREFIX)) : (struct slice){0};

    return tt_is_id(id) ? id : (struct slice){0};
}

struct slice tt_remote_text(struct arena *arena, struct slice product_id, struct slice sku_id)
{
    return arena_printf(arena,
                        "{\"product_id\":\"%.*s\",\"sku_id\":\"%.*s\"}",
                        SLICE_ARG(product_id),
                        SLICE_ARG(sku_id));
}

struct slice tt_warehouse(const struct account *account, const struct push_item *item)
{
    return account->has_locations ? item->location : tt_config(account)->warehouse_id;
}

bool tt_time(struct json v, int64_t *out_us)
{
    int64_t seconds = 0;

    if (!json_int_loose(v, &seconds) || seconds <= 0 || seconds > TIME_MAX_S) {
        return false;
    }
    *out_us = seconds * US_PER_S;
    return true;
}

enum err tt_listing_keys(const struct account *account,
                         struct json remote,
                         struct arena *arena,
                         struct slice *out_remote,
                         struct slice *out_key,
                         struct slice *out_stock_key,
                         struct err_note *note)
{
    struct slice product = {0};
    struct slice sku = {0};

    (void)account;
    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        if (!i.is_object || !(slice_is(i.key, "product_id") || slice_is(i.key, "sku_id"))) {
            return err_note(note,
                            ERR_USAGE,
                            "remote of a tiktok listing has product_id and sku_id only, not '%.*s'",
                            (int)(i.key.n < 40 ? i.key.n : 40),
                            i.key.p ? i.key.p : "");
        }
    }
    if (!tt_id(json_get(remote, "product_id"), arena, &product)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.product_id must be a product's number, as \"1729592969712207000\"");
    }
    if (!tt_id(json_get(remote, "sku_id"), arena, &sku)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.sku_id must be a SKU's number, as \"1729592969712207013\"; it is "
                        "not the seller's SKU text");
    }
    *out_remote = tt_remote_text(arena, product, sku);
    *out_key = tt_key(arena, sku);
    *out_stock_key = *out_key;
    return arena->exhausted ? err_note(note, ERR_LIMIT, "remote is too large") : ERR_OK;
}

/* Out of a `remote` as tt_remote_text wrote it; empty when it is another. */
static struct slice product_of(struct slice remote)
{
    static const char begins[] = "{\"product_id\":\"";
    struct slice rest = remote;
    struct slice id = {0};

    if (!slice_starts(remote, begins)) {
        return (struct slice){0};
    }
    rest = slice_from(rest, sizeof begins - 1);
    return slice_cut(&rest, '"', &id) && tt_is_id(id) ? id : (struct slice){0};
}

struct slice
tt_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    (void)arena;
    return item->is_reading ? (struct slice){0} : product_of(item->remote);
}
