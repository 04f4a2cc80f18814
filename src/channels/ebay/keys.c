/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/ebay/ebay.h"

#define REMOTE_MAX 2048
#define SAFE_ID_MAX 64

struct slice ebay_text(struct json v)
{
    struct slice text = {0};

    return json_text(v, &text) ? text : (struct slice){0};
}

bool ebay_is_digits(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
    }
    return text.n > 0 && text.n <= EBAY_ID_MAX;
}

bool ebay_is_id(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '!';
        if (!is_plain) {
            return false;
        }
    }
    return text.n > 0 && text.n <= SAFE_ID_MAX;
}

bool ebay_is_sku(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) {
            return false;
        }
    }
    return text.n <= EBAY_SKU_MAX;
}

bool ebay_id_text(struct json v, struct arena *arena, struct slice *out)
{
    struct slice text = ebay_text(v);
    int64_t number = 0;

    if (json_int(v, &number) && number > 0) {
        *out = arena_printf(arena, "%" PRId64, number);
        return out->p != NULL;
    }
    text = slice_trim(text);
    if (!ebay_is_digits(text)) {
        return false;
    }
    *out = arena_copy(arena, text);
    return out->p != NULL;
}

struct slice ebay_key(struct arena *arena, struct slice listing_id, struct slice sku)
{
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARG(listing_id), (int)sku.n, sku.p ? sku.p : "");
}

struct slice ebay_remote(struct arena *arena, const struct ebay_listing *listing)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, REMOTE_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "listing_id", listing->listing_id);
    if (listing->sku.n) {
        json_field_text(&w, "sku", listing->sku);
    }
    if (listing->offer_id.n) {
        json_field_text(&w, "offer_id", listing->offer_id);
    }
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

/*
 * The value of "offer_id" in a remote, without a document to parse it into. Within a text every
 * quote is escaped, so the name in its quotes, followed by a colon, stands nowhere else.
 */
static struct slice offer_in(struct slice remote)
{
    static const char name[] = "\"offer_id\"";
    size_t name_n = sizeof(name) - 1;

    while (remote.n > name_n) {
        const char *at = memmem(remote.p, remote.n, name, name_n);
        if (!at) {
            break;
        }
        remote = slice_from(remote, (size_t)(at - remote.p) + name_n);
        struct slice value = slice_trim(remote);
        if (!slice_starts(value, ":")) {
            continue;
        }
        value = slice_trim(slice_from(value, 1));
        struct slice digits;
        if (slice_starts(value, "\"")) {
            value = slice_from(value, 1);
            slice_cut(&value, '"', &digits);
            return ebay_is_digits(digits) ? digits : (struct slice){0};
        }
    }
    return (struct slice){0};
}

bool ebay_listing_of(const struct push_item *item, struct ebay_listing *out)
{
    struct ebay_listing listing = {.sku = item->stock_key};

    if (!slice_cut(&listing.sku, '/', &listing.listing_id) || !ebay_is_digits(listing.listing_id) ||
        !ebay_is_sku(listing.sku)) {
        return false;
    }
    listing.offer_id = offer_in(item->remote);
    *out = listing;
    return true;
}

struct slice
ebay_push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    struct ebay_listing listing = {0};

    (void)account;
    if (ebay_listing_of(item, &listing) && listing.offer_id.n) {
        return SLICE("i");
    }
    /* One call reads a listing with all its variations; it writes four of any listings. */
    return item->is_reading ? arena_printf(arena, "t%.*s", SLICE_ARG(listing.listing_id))
                            : SLICE("t");
}

size_t ebay_push_rows(const struct account *account, const struct push_item *item)
{
    struct ebay_listing listing = {0};

    (void)account;
    bool is_offer = ebay_listing_of(item, &listing) && listing.offer_id.n;
    if (item->is_reading) {
        return is_offer ? EBAY_READS_MAX : EBAY_OFFERS_MAX;
    }
    return is_offer ? EBAY_OFFERS_MAX : EBAY_BLOCKS_MAX;
}

/* All variations of a listing share its revisions of the day. */
struct slice
ebay_budget_key(const struct account *account, const struct push_item *item, struct arena *arena)
{
    struct ebay_listing listing = {0};

    (void)account;
    (void)arena;
    return ebay_listing_of(item, &listing) ? listing.listing_id : (struct slice){0};
}

/* ---- what a person writes ---- */

static bool is_absent(struct json v)
{
    struct slice text;

    return json_type(v) == JSON_NONE || json_type(v) == JSON_NULL ||
           (json_text(v, &text) && slice_trim(text).n == 0);
}

static enum err names_check(struct json remote, struct err_note *note)
{
    static const char *const known[] = {"listing_id", "item_id", "sku", "offer_id"};

    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(known) && i.is_object; k++) {
            is_known = is_known || slice_is(i.key, known[k]);
        }
        /* A misspelt offer_id would send the listing to the wrong API: nothing is guessed. */
        if (!is_known) {
            return err_note(note,
                            ERR_USAGE,
                            "remote of an ebay listing has listing_id, sku and offer_id only, not "
                            "'%.*s'",
                            (int)(i.key.n < 40 ? i.key.n : 40),
                            i.key.p ? i.key.p : "");
        }
    }
    return ERR_OK;
}

static enum err listing_read(struct json remote,
                             struct arena *arena,
                             struct ebay_listing *out,
                             struct err_note *note)
{
    struct json id = json_get(remote, "listing_id");
    struct json other = json_get(remote, "item_id");
    struct slice other_id = {0};

    if (is_absent(id)) {
        id = other;
    }
    if (!ebay_id_text(id, arena, &out->listing_id)) {
        return err_note(
            note, ERR_USAGE, "remote.listing_id must be the listing's number, as \"110000000001\"");
    }
    if (!is_absent(other) &&
        (!ebay_id_text(other, arena, &other_id) || !slice_equal(other_id, out->listing_id))) {
        return err_note(
            note, ERR_USAGE, "remote.item_id is another name of listing_id: give one of them");
    }
    return ERR_OK;
}

enum err ebay_listing_keys(const struct account *account,
                           struct json remote,
                           struct arena *arena,
                           struct slice *out_remote,
                           struct slice *out_key,
                           struct slice *out_stock_key,
                           struct err_note *note)
{
    struct ebay_listing listing = {0};

    (void)account;
    enum err e = names_check(remote, note);
    e = e ? e : listing_read(remote, arena, &listing, note);
    if (e) {
        return e;
    }
    struct json sku = json_get(remote, "sku");
    struct json offer = json_get(remote, "offer_id");
    if (!is_absent(sku) && (!json_text(sku, &listing.sku) || !ebay_is_sku(listing.sku))) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.sku must be the custom label as eBay has it, of at most %d bytes",
                        EBAY_SKU_MAX);
    }
    if (!is_absent(offer) && !ebay_id_text(offer, arena, &listing.offer_id)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.offer_id must be the number of an offer of the Inventory API, or "
                        "absent for a listing made on the site");
    }
    listing.sku = slice_trim(listing.sku);
    if (listing.offer_id.n && !listing.sku.n) {
        return err_note(
            note, ERR_USAGE, "remote.sku is missing: an offer of the Inventory API has one");
    }
    struct slice key = ebay_key(arena, listing.listing_id, listing.sku);
    struct slice normal = ebay_remote(arena, &listing);
    if (arena->exhausted || !normal.p) {
        return err_note(note, ERR_LIMIT, "no room for the listing's keys");
    }
    *out_remote = normal;
    *out_key = key;
    *out_stock_key = key;
    return ERR_OK;
}
