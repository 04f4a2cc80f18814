/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the catalogue: offers of the Inventory API, items and variations of Trading. */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/ebay/ebay.h"

#define OPTIONS_MAX 8192

static void row_add(struct ebay_rows *rows, const struct catalogue_item *item)
{
    if (rows->count < rows->room) {
        rows->items[rows->count++] = *item;
    }
}

/* Only a published offer has a listing; an auction takes no number. */
void ebay_offer_row(struct ebay_rows *rows, struct json offer, struct slice title)
{
    struct arena *arena = rows->arena;
    struct ebay_listing listing = {.sku = slice_trim(ebay_text(json_get(offer, "sku")))};
    struct slice state = ebay_text(json_path(offer, "listing", "listingStatus", NULL));
    struct catalogue_item item = {.title = title, .product = title};

    if (!ebay_id_text(json_path(offer, "listing", "listingId", NULL), arena, &listing.listing_id) ||
        !ebay_id_text(json_get(offer, "offerId"), arena, &listing.offer_id) || !listing.sku.n ||
        !ebay_is_sku(listing.sku) ||
        slice_is(ebay_text(json_get(offer, "status")), "UNPUBLISHED") || slice_is(state, "ENDED") ||
        slice_is(state, "INACTIVE")) {
        return;
    }
    item.remote = ebay_remote(arena, &listing);
    item.key = ebay_key(arena, listing.listing_id, listing.sku);
    item.stock_key = item.key;
    item.sku = arena_copy(arena, listing.sku);
    item.is_managed = !slice_is(ebay_text(json_get(offer, "format")), "AUCTION");
    if (item.is_managed && json_int_loose(json_get(offer, "availableQuantity"), &item.count) &&
        item.count >= -QTY_MAX && item.count <= QTY_MAX) {
        item.count_known = true;
    } else {
        item.count = 0;
    }
    row_add(rows, &item);
}

struct slice ebay_item_sku(const struct xml_node *item)
{
    const struct xml_node *variation = xml_path(item, "Variations", "Variation", NULL);
    struct slice sku = xml_text_of(variation ? variation : item, "SKU");

    return ebay_is_sku(sku) ? sku : (struct slice){0};
}

size_t ebay_item_rows_max(const struct xml_node *item)
{
    size_t count = 1;

    for (const struct xml_node *v = xml_path(item, "Variations", "Variation", NULL); v;
         v = xml_next(v)) {
        count++;
    }
    return count;
}

/* [{Name,Value},...] as {"Size":"S"}, and as "S / Blue". */
static struct slice
options_text(const struct xml_node *specifics, struct arena *arena, struct slice *out_title)
{
    ON_EXIT(buf_free) struct buf text;
    ON_EXIT(buf_free) struct buf title;
    struct slice names[16];
    size_t count = 0;

    buf_init(&text, OPTIONS_MAX);
    buf_init(&title, OPTIONS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (const struct xml_node *n = xml_get(specifics, "NameValueList");
         n && count < COUNT_OF(names);
         n = xml_next(n)) {
        struct slice name = xml_text_of(n, "Name");
        struct slice value = xml_text_of(n, "Value");
        bool is_new = name.n && value.n;
        for (size_t i = 0; is_new && i < count; i++) {
            is_new = !slice_equal(names[i], name);
        }
        if (is_new) {
            buf_text(&title, count ? " / " : "");
            buf_slice(&title, value);
            names[count++] = name;
            json_key_slice(&w, name);
            json_put_text(&w, value);
        }
    }
    json_end_object(&w);
    *out_title = title.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&title));
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

static void item_add(struct ebay_rows *rows,
                     struct slice listing_id,
                     struct slice sku,
                     const struct xml_node *counted,
                     bool is_managed,
                     struct catalogue_item item)
{
    struct ebay_listing listing = {.listing_id = listing_id, .sku = sku};

    item.remote = ebay_remote(rows->arena, &listing);
    item.key = ebay_key(rows->arena, listing_id, sku);
    item.stock_key = item.key;
    item.is_managed = is_managed;
    item.count_known = is_managed && trading_available(counted, &item.count);
    if (!item.count_known) {
        item.count = 0;
    }
    row_add(rows, &item);
}

/*
 * A listing without variations is named by its number alone, so that changing its custom label
 * changes nothing; its SKU is only shown. A variation without a SKU cannot be written: it is listed
 * as not managed, under its listing.
 */
void ebay_item_rows(struct ebay_rows *rows, const struct xml_node *item)
{
    struct slice id = xml_text_of(item, "ItemID");
    struct slice type = xml_text_of(item, "ListingType");
    struct slice title = xml_text_of(item, "Title");
    const struct xml_node *variation = xml_path(item, "Variations", "Variation", NULL);
    bool is_auction = slice_is(type, "Chinese") || slice_is(type, "Auction");
    bool has_unnamed = false;

    if (!ebay_is_digits(id)) {
        return;
    }
    if (!variation) {
        struct catalogue_item row = {
            .sku = xml_text_of(item, "SKU"), .title = title, .product = title};
        item_add(rows, id, (struct slice){0}, item, !is_auction, row);
        return;
    }
    for (; variation; variation = xml_next(variation)) {
        struct slice sku = xml_text_of(variation, "SKU");
        struct catalogue_item row = {.sku = sku, .product = title};
        if (!sku.n || !ebay_is_sku(sku)) {
            has_unnamed = true;
            continue;
        }
        row.options =
            options_text(xml_get(variation, "VariationSpecifics"), rows->arena, &row.title);
        item_add(rows, id, sku, variation, !is_auction, row);
    }
    if (has_unnamed) {
        struct catalogue_item row = {.title = title, .product = title};
        item_add(rows, id, (struct slice){0}, item, false, row);
    }
}
