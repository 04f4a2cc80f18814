/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/amazon/amazon.h"

#define SKU_MAX 200 /* Amazon's own bound is 40 characters */
#define REMOTE_MAX 4096
#define KEY_MAX 1024
#define ID_MAX 64

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool consists_of(struct slice text, size_t max, char extra)
{
    bool fits = text.n > 0 && text.n <= max;

    for (size_t i = 0; fits && i < text.n; i++) {
        fits = is_letter_or_digit(text.p[i]) || text.p[i] == extra;
    }
    return fits;
}

/* "." and ".." are no names in an address: whoever sends it would take them for steps. */
bool amazon_is_sku(struct slice text)
{
    bool fits = text.n > 0 && text.n <= SKU_MAX && !slice_is(text, ".") && !slice_is(text, "..");

    for (size_t i = 0; fits && i < text.n; i++) {
        fits = (unsigned char)text.p[i] >= ' ' && text.p[i] != 0x7f;
    }
    return fits;
}

bool amazon_is_asin(struct slice text)
{
    return consists_of(text, 20, '0');
}

bool amazon_is_product_type(struct slice text)
{
    return consists_of(text, 100, '_');
}

bool amazon_is_order_id(struct slice text)
{
    return consists_of(text, ID_MAX, '-');
}

bool amazon_is_visible(struct slice text, size_t max)
{
    bool fits = text.n > 0 && text.n <= max;

    for (size_t i = 0; fits && i < text.n; i++) {
        fits = text.p[i] > ' ' && text.p[i] <= '~';
    }
    return fits;
}

struct slice amazon_text(struct json v)
{
    struct slice text = {0};

    return json_text(v, &text) ? text : (struct slice){0};
}

struct slice amazon_bounded(struct slice text, size_t max)
{
    if (text.n <= max) {
        return text;
    }
    size_t n = max;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80) {
        n--;
    }
    return (struct slice){text.p, n};
}

bool amazon_has_words(struct slice text, const char *words)
{
    size_t n = strlen(words);

    for (size_t i = 0; i + n <= text.n; i++) {
        if (slice_equal_nocase((struct slice){text.p + i, n}, slice_of(words))) {
            return true;
        }
    }
    return false;
}

struct json amazon_either(struct json object, const char *pascal)
{
    char camel[64];
    struct json found = json_get(object, pascal);

    if (json_type(found) != JSON_NONE) {
        return found;
    }
    (void)snprintf(camel, sizeof camel, "%s", pascal);
    if (camel[0] >= 'A' && camel[0] <= 'Z') {
        camel[0] = (char)(camel[0] - 'A' + 'a');
    }
    return json_get(object, camel);
}

bool amazon_is_our_marketplace(const struct amazon_config *config, struct slice id)
{
    bool is_ours = config->marketplaces_count == 0;

    for (size_t i = 0; i < config->marketplaces_count && !is_ours; i++) {
        is_ours = slice_equal(config->marketplaces[i], id);
    }
    return is_ours;
}

/* ---- keys ---- */

struct slice amazon_sku_key(struct arena *arena, struct slice sku)
{
    ON_EXIT(buf_free) struct buf key;

    buf_init(&key, KEY_MAX);
    buf_text(&key, "sku:");
    for (size_t i = 0; i < sku.n; i++) {
        if (sku.p[i] == '@') {
            buf_text(&key, "%40");
        } else if (sku.p[i] == '%') {
            buf_text(&key, "%25");
        } else {
            buf_char(&key, sku.p[i]);
        }
    }
    arena->exhausted |= key.overflow; /* a key that lacks something would name another SKU */
    return key.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&key));
}

bool amazon_key_sku(struct slice key, struct arena *arena, struct slice *out_sku)
{
    if (!slice_starts(key, "sku:")) {
        return false;
    }
    struct slice text = slice_from(key, strlen("sku:"));
    char *sku = arena_alloc(arena, text.n + 1);
    if (!sku) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        struct slice rest = slice_from(text, i);
        if (slice_starts(rest, "%40") || slice_starts(rest, "%25")) {
            sku[n++] = rest.p[1] == '4' ? '@' : '%';
            i += 2;
        } else if (rest.p[0] == '%' || rest.p[0] == '@') {
            return false;
        } else {
            sku[n++] = rest.p[0];
        }
    }
    *out_sku = (struct slice){sku, n};
    return amazon_is_sku(*out_sku);
}

struct slice amazon_asin_key(struct arena *arena, struct slice asin)
{
    return arena_printf(arena, "asin:%.*s", SLICE_ARG(asin));
}

struct slice amazon_remote_text(struct arena *arena,
                                struct slice sku,
                                struct slice asin,
                                struct slice product_type)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, REMOTE_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "sku", sku);
    if (asin.n) {
        json_field_text(&w, "asin", asin);
    }
    if (product_type.n) {
        json_field_text(&w, "product_type", product_type);
    }
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

/* Empty for absent, null and "". */
static bool text_read(struct json v, bool (*is_right)(struct slice), struct slice *out)
{
    enum json_type type = json_type(v);

    *out = (struct slice){0};
    if (type == JSON_NONE || type == JSON_NULL) {
        return true;
    }
    return json_text(v, out) && (out->n == 0 || is_right(*out));
}

enum err amazon_listing_keys(const struct account *account,
                             struct json remote,
                             struct arena *arena,
                             struct slice *out_remote,
                             struct slice *out_key,
                             struct slice *out_stock_key,
                             struct err_note *note)
{
    (void)account;
    struct slice sku, asin, product_type;

    if (!json_text(json_get(remote, "sku"), &sku) || !amazon_is_sku(sku)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.sku must be the listing's seller SKU as Seller Central shows it, "
                        "at most %d bytes",
                        SKU_MAX);
    }
    if (!text_read(json_get(remote, "asin"), amazon_is_asin, &asin)) {
        return err_note(note, ERR_USAGE, "remote.asin must be an ASIN, as \"B071VG5N9D\"");
    }
    if (!text_read(json_get(remote, "product_type"), amazon_is_product_type, &product_type)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.product_type must be Amazon's product type, as \"LUGGAGE\", or "
                        "absent");
    }
    struct slice normal = amazon_remote_text(arena, sku, asin, product_type);
    struct slice key = amazon_sku_key(arena, sku);
    if (!normal.p || !key.p || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "no room for the listing's keys");
    }
    *out_remote = normal;
    *out_key = key;
    *out_stock_key = key;
    return ERR_OK;
}

/* Identifiers are searched for as a list with commas: a SKU with one is asked for alone. */
struct slice
amazon_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    (void)arena;
    bool has_comma = item->stock_key.n && memchr(item->stock_key.p, ',', item->stock_key.n);

    return item->is_reading && has_comma ? item->stock_key : (struct slice){0};
}
