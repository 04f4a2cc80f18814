/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/times.h"
#include "channels/bigcommerce/bigcommerce.h"

bool bc_id(struct json v, int64_t *out)
{
    int64_t id = 0;

    if (!json_int_loose(v, &id) || id < 1) {
        return false;
    }
    *out = id;
    return true;
}

bool bc_key_parse(struct slice text, struct bc_key *out)
{
    struct bc_key key = {0};
    struct slice kind;

    if (!slice_cut(&text, ':', &kind)) {
        return false;
    }
    bool is_variant = slice_is(kind, "variant");
    if (!is_variant && !slice_is(kind, "product")) {
        return false;
    }
    int64_t *id = is_variant ? &key.variant : &key.product;
    if (!slice_int(text, id) || *id < 1) {
        return false;
    }
    *out = key;
    return true;
}

struct slice bc_variant_key(struct arena *arena, int64_t variant)
{
    return arena_printf(arena, "variant:%" PRId64, variant);
}

struct slice bc_product_key(struct arena *arena, int64_t product)
{
    return arena_printf(arena, "product:%" PRId64, product);
}

struct slice bc_remote_text(struct arena *arena, int64_t product, int64_t variant)
{
    if (!variant) {
        return arena_printf(arena, "{\"product_id\":\"%" PRId64 "\"}", product);
    }
    return arena_printf(
        arena, "{\"product_id\":\"%" PRId64 "\",\"variant_id\":\"%" PRId64 "\"}", product, variant);
}

/* Absent, null, 0 and "" are no variant. */
static bool variant_read(struct json v, int64_t *out)
{
    struct slice text;
    int64_t number = 0;

    *out = 0;
    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL ||
        (json_text(v, &text) && text.n == 0) || (json_int_loose(v, &number) && number == 0)) {
        return true;
    }
    return bc_id(v, out);
}

enum err bc_listing_keys(const struct account *account,
                         struct json remote,
                         struct arena *arena,
                         struct slice *out_remote,
                         struct slice *out_key,
                         struct slice *out_stock_key,
                         struct err_note *note)
{
    int64_t product = 0;
    int64_t variant = 0;

    (void)account;
    /* A misspelt variant_id would turn the listing into the whole product: nothing is guessed. */
    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        if (!i.is_object || !(slice_is(i.key, "product_id") || slice_is(i.key, "variant_id"))) {
            return err_note(note,
                            ERR_USAGE,
                            "remote of a bigcommerce listing has product_id and variant_id only, "
                            "not '%.*s'",
                            (int)(i.key.n < 40 ? i.key.n : 40),
                            i.key.p ? i.key.p : "");
        }
    }
    if (!bc_id(json_get(remote, "product_id"), &product)) {
        return err_note(
            note, ERR_USAGE, "remote.product_id must be a product's number, as \"111\"");
    }
    if (!variant_read(json_get(remote, "variant_id"), &variant)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.variant_id must be a variant's number, or absent for a product "
                        "tracked as a whole");
    }
    struct slice key = variant ? bc_variant_key(arena, variant) : bc_product_key(arena, product);
    struct slice normal = bc_remote_text(arena, product, variant);
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "no room for the listing's keys");
    }
    *out_remote = normal;
    *out_key = key;
    *out_stock_key = key;
    return ERR_OK;
}

struct slice
bc_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    struct bc_key key = {0};

    bool is_variant = bc_key_parse(item->stock_key, &key) && key.variant;
    return arena_printf(arena,
                        "%c%.*s",
                        is_variant ? 'v' : 'p',
                        (int)item->location.n,
                        item->location.p ? item->location.p : "");
}

enum err bc_keys_of(const struct push_item *items,
                    size_t count,
                    struct arena *arena,
                    const struct bc_key **out)
{
    struct bc_key *keys = ARENA_ARRAY(arena, count, struct bc_key);
    int64_t location = 0;

    if (!keys) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        if (!bc_key_parse(items[i].stock_key, &keys[i]) ||
            !slice_int(items[i].location, &location) || location < 1 ||
            !keys[i].variant != !keys[0].variant ||
            !slice_equal(items[i].location, items[0].location)) {
            return ERR_USAGE;
        }
    }
    *out = keys;
    return ERR_OK;
}

/* ---- dates ---- */

static int month_of(struct slice name)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; name.n == 3 && i < 12; i++) {
        if (memcmp(months + (size_t)i * 3, name.p, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool number_within(struct slice text, int64_t hi, int *out)
{
    int64_t number = 0;

    if (!slice_int(text, &number) || number < 0 || number > hi) {
        return false;
    }
    *out = (int)number;
    return true;
}

/* "+0000", "-0430", "GMT", "UTC": as RFC 3339 writes it. */
static bool zone_read(struct slice text, char out[8])
{
    int ignored;

    if (slice_is(text, "GMT") || slice_is(text, "UTC") || slice_is(text, "UT")) {
        (void)snprintf(out, 8, "Z");
        return true;
    }
    if (text.n != 5 || (text.p[0] != '+' && text.p[0] != '-') ||
        !number_within(slice_from(text, 1), 2359, &ignored)) {
        return false;
    }
    (void)snprintf(out, 8, "%.3s:%.2s", text.p, text.p + 3);
    return true;
}

bool bc_time(struct json v, int64_t *out_us)
{
    struct slice text = {0};
    struct slice part, month, clock;
    char zone[8];
    char whole[48];
    int day, year;

    if (!json_text(v, &text)) {
        return false;
    }
    if (time_parse_rfc3339(text, out_us)) {
        return true;
    }
    struct slice rest = text;
    if (slice_cut(&rest, ',', &part)) {
        rest = slice_trim(rest); /* the day's name says nothing that the date does not */
    } else {
        rest = text;
    }
    if (!slice_cut(&rest, ' ', &part) || !number_within(part, 31, &day) ||
        !slice_cut(&rest, ' ', &month) || !month_of(month) || !slice_cut(&rest, ' ', &part) ||
        part.n != 4 || !number_within(part, 9999, &year) || !slice_cut(&rest, ' ', &clock) ||
        clock.n != 8 || !zone_read(rest, zone)) {
        return false;
    }
    int n = snprintf(
        whole, sizeof(whole), "%04d-%02d-%02dT%.8s%s", year, month_of(month), day, clock.p, zone);
    return n > 0 && time_parse_rfc3339((struct slice){whole, (size_t)n}, out_us);
}
