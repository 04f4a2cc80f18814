/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/etsy/etsy.h"

#define REMOTE_MAX 1024

bool etsy_id(struct json v, int64_t *out)
{
    int64_t id = 0;

    if (!json_int_loose(v, &id) || id < 1) {
        return false;
    }
    *out = id;
    return true;
}

bool etsy_time(struct json v, int64_t *out_us)
{
    int64_t seconds = 0;

    if (!json_int_loose(v, &seconds) || seconds < 1 || seconds > INT64_MAX / US_PER_S) {
        return false;
    }
    *out_us = seconds * US_PER_S;
    return true;
}

/* Keys and reasons show it to people: a control byte in it is nobody's SKU. */
static bool is_sku(struct slice sku)
{
    bool is_fine = sku.n > 0 && sku.n <= ETSY_SKU_MAX;

    for (size_t i = 0; is_fine && i < sku.n; i++) {
        is_fine = (unsigned char)sku.p[i] >= ' ' && sku.p[i] != 0x7f;
    }
    return is_fine;
}

struct slice etsy_sku(struct json v)
{
    struct slice text = {0};

    json_text(v, &text);
    text = slice_trim(text);
    return is_sku(text) ? text : (struct slice){0};
}

struct slice etsy_sku_key(struct arena *arena, int64_t listing, struct slice sku)
{
    return arena_printf(arena, "listing:%" PRId64 "/%.*s", listing, SLICE_ARG(sku));
}

struct slice etsy_product_key(struct arena *arena, int64_t product)
{
    return arena_printf(arena, "product:%" PRId64, product);
}

static void field_id(struct json_writer *w, const char *key, int64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, id);

    json_field_text(w, key, (struct slice){text, (size_t)n});
}

struct slice
etsy_remote_text(struct arena *arena, int64_t listing, int64_t product, struct slice sku)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, REMOTE_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    field_id(&w, "listing_id", listing);
    if (product) {
        field_id(&w, "product_id", product);
    }
    if (sku.n) {
        json_field_text(&w, "sku", sku);
    }
    json_end_object(&w);
    return arena_copy(arena, buf_view(&text));
}

/* ---- remote ---- */

static bool is_absent(struct json v)
{
    struct slice text;

    return json_type(v) == JSON_NONE || json_type(v) == JSON_NULL ||
           (json_text(v, &text) && slice_trim(text).n == 0);
}

static enum err ids_read(struct json remote, int64_t *listing, int64_t *product, struct err_note *n)
{
    struct json given = json_get(remote, "product_id");

    if (!etsy_id(json_get(remote, "listing_id"), listing)) {
        return err_note(n, ERR_USAGE, "remote.listing_id must be a listing's number, as \"111\"");
    }
    if (!is_absent(given) && !etsy_id(given, product)) {
        return err_note(n, ERR_USAGE, "remote.product_id must be a product's number, as \"1001\"");
    }
    return ERR_OK;
}

enum err etsy_listing_keys(const struct account *account,
                           struct json remote,
                           struct arena *arena,
                           struct slice *out_remote,
                           struct slice *out_key,
                           struct slice *out_stock_key,
                           struct err_note *note)
{
    int64_t listing = 0;
    int64_t product = 0;

    (void)account;
    /* A misspelt field would change what the listing means: nothing is guessed. */
    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        if (!i.is_object || !(slice_is(i.key, "listing_id") || slice_is(i.key, "product_id") ||
                              slice_is(i.key, "sku"))) {
            return err_note(note,
                            ERR_USAGE,
                            "remote of an etsy listing has listing_id, product_id and sku only, "
                            "not '%.*s'",
                            (int)(i.key.n < 40 ? i.key.n : 40),
                            i.key.p ? i.key.p : "");
        }
    }
    enum err e = ids_read(remote, &listing, &product, note);
    if (e) {
        return e;
    }
    struct slice sku = etsy_sku(json_get(remote, "sku"));
    if (!sku.n && !is_absent(json_get(remote, "sku"))) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.sku must be the variation's SKU, up to %d bytes",
                        ETSY_SKU_MAX);
    }
    if (!sku.n && !product) {
        return err_note(note,
                        ERR_USAGE,
                        "remote names the listing, but not which of its products: give product_id, "
                        "or sku");
    }
    struct slice key = sku.n ? etsy_sku_key(arena, listing, sku) : etsy_product_key(arena, product);
    struct slice normal = etsy_remote_text(arena, listing, product, sku);
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "no room for the listing's keys");
    }
    *out_remote = normal;
    *out_key = key;
    *out_stock_key = key;
    return ERR_OK;
}

/*
 * An id out of a normal remote. No parser is needed: quotes within a SKU are escaped, so that the
 * name with its closing quote stands in no other place.
 */
static int64_t remote_id(struct slice remote, const char *quoted)
{
    size_t n = strlen(quoted);
    const char *at = remote.n >= n ? memmem(remote.p, remote.n, quoted, n) : NULL;
    int64_t id = 0;

    if (!at) {
        return 0;
    }
    struct slice rest = slice_from(remote, (size_t)(at - remote.p) + n);
    while (rest.n && (rest.p[0] == ' ' || rest.p[0] == ':' || rest.p[0] == '"')) {
        rest = slice_from(rest, 1);
    }
    size_t digits = 0;
    while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9') {
        digits++;
    }
    return slice_int((struct slice){rest.p, digits}, &id) && id > 0 ? id : 0;
}

bool etsy_target_of(const struct push_item *item, struct etsy_target *out)
{
    struct etsy_target target = {.listing = remote_id(item->remote, "\"listing_id\""),
                                 .product = remote_id(item->remote, "\"product_id\"")};
    struct slice rest = item->stock_key;
    struct slice kind, id;
    int64_t number = 0;

    if (!target.listing || !slice_cut(&rest, ':', &kind)) {
        return false;
    }
    if (slice_is(kind, "listing")) {
        if (!slice_cut(&rest, '/', &id) || !slice_int(id, &number) || number != target.listing ||
            !is_sku(rest)) {
            return false;
        }
        target.sku = rest;
    } else if (!slice_is(kind, "product") || !slice_int(rest, &number) || number < 1 ||
               number != target.product) {
        return false;
    }
    *out = target;
    return true;
}

/* All rows of a listing are one write; a reading takes any. */
struct slice
etsy_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    if (item->is_reading) {
        return (struct slice){0};
    }
    return arena_printf(arena, "%" PRId64, remote_id(item->remote, "\"listing_id\""));
}

struct slice etsy_base64url(struct arena *arena, struct slice bytes)
{
    struct slice text = base64_encode(arena, bytes);
    char *out = text.p ? arena_alloc(arena, text.n + 1) : NULL;
    size_t n = 0;

    if (!out) {
        return (struct slice){0};
    }
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
        char c = text.p[i];
        out[n++] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return (struct slice){out, n};
}
