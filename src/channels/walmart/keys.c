/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/walmart/walmart.h"

#define KEY_PREFIX "sku:"

bool wm_is_sku(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < ' ' || c == 0x7F) {
            return false;
        }
    }
    return text.n > 0 && text.n <= WM_SKU_MAX;
}

bool wm_is_id(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
        if (!is_word) {
            return false;
        }
    }
    return text.n > 0 && text.n <= 64;
}

bool wm_id_text(struct json v, struct arena *arena, struct slice *out)
{
    struct slice text = {0};
    int64_t number = 0;

    if (json_int(v, &number)) {
        text = arena_printf(arena, "%" PRId64, number);
    } else if (json_text(v, &text) && wm_is_id(text)) {
        text = arena_copy(arena, text);
    }
    if (!wm_is_id(text)) {
        return false;
    }
    *out = text;
    return true;
}

struct slice wm_key(struct arena *arena, struct slice sku)
{
    return arena_printf(arena, KEY_PREFIX "%.*s", (int)sku.n, sku.p ? sku.p : "");
}

struct slice wm_key_sku(struct slice stock_key)
{
    struct slice sku = slice_from(stock_key, strlen(KEY_PREFIX));

    return slice_starts(stock_key, KEY_PREFIX) && wm_is_sku(sku) ? sku : (struct slice){0};
}

struct slice wm_remote_text(struct arena *arena, struct slice sku)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, (size_t)8 * WM_SKU_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "sku", sku);
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

enum err wm_listing_keys(const struct account *account,
                         struct json remote,
                         struct arena *arena,
                         struct slice *out_remote,
                         struct slice *out_key,
                         struct slice *out_stock_key,
                         struct err_note *note)
{
    struct slice sku = {0};

    (void)account;
    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        if (!i.is_object || !slice_is(i.key, "sku")) {
            return err_note(note,
                            ERR_USAGE,
                            "remote of a walmart listing has sku only, not '%.*s'",
                            (int)(i.key.n < 40 ? i.key.n : 40),
                            i.key.p ? i.key.p : "");
        }
    }
    if (!json_text(json_get(remote, "sku"), &sku) || !wm_is_sku(sku)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.sku must be the SKU as Walmart has it, a text with upper and lower "
                        "case as there");
    }
    struct slice key = wm_key(arena, sku);
    struct slice normal = wm_remote_text(arena, sku);
    if (arena->exhausted || !normal.p) {
        return err_note(note, ERR_LIMIT, "no room for the listing's keys");
    }
    *out_remote = normal;
    *out_key = key;
    *out_stock_key = key;
    return ERR_OK;
}

/* One row a request, or a feed of any. */
struct slice
wm_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    (void)item;
    (void)arena;
    return (struct slice){0};
}

bool wm_quantity(struct json v, int64_t *out)
{
    struct slice text = {0};
    struct slice whole;
    int64_t number = 0;

    if (!json_int_loose(v, &number)) {
        if (!json_text(v, &text)) {
            return false;
        }
        text = slice_trim(text);
        slice_cut(&text, '.', &whole);
        for (size_t i = 0; i < text.n; i++) {
            if (text.p[i] != '0') {
                return false;
            }
        }
        if (!slice_int(whole, &number)) {
            return false;
        }
    }
    if (number < 0 || number > QTY_MAX) {
        return false;
    }
    *out = number;
    return true;
}
