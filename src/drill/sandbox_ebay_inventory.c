/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_ebay_inventory - inventory items, offers, groups, and bulk_update_price_quantity, whose
 * elements succeed or fail each by itself.
 *
 * A listing shows the smaller of the item's and the offer's number: who writes one of them only
 * cannot raise it.
 */
#include "drill/sandbox_ebay.h"

#include "base/crypto.h"

#define DOMAIN "API_INVENTORY"
#define REQUESTS_MAX 25
#define QUANTITY_MAX 1000000

/* ---- bodies ---- */

static bool is_published(const struct item *item)
{
    return item->mode == STOCK_MANAGED;
}

static bool is_ours(const struct item *item)
{
    return item->sku.n > 0 && ebay_is_inventory(item->product);
}

static struct slice group_key(struct arena *arena, const struct product *product)
{
    return arena_printf(arena, "GROUP-%" PRId64, product->id);
}

static void put_item(struct json_writer *w, const struct item *item)
{
    struct arena *arena = &item->shop->sandbox->turn;
    json_begin_object(w);
    json_field_text(w, "sku", item->sku);
    json_field_str(w, "locale", "de_DE");
    json_key(w, "product");
    json_begin_object(w);
    json_field_text(w, "title", item->product->title);
    json_end_object(w);
    json_field_str(w, "condition", "NEW");
    json_key(w, "availability");
    json_begin_object(w);
    json_key(w, "shipToLocationAvailability");
    json_begin_object(w);
    json_field_int(w, "quantity", item->count + ebay_item_of(item)->ship_extra);
    json_end_object(w);
    json_end_object(w);
    if (!item->product->is_simple) {
        json_key(w, "inventoryItemGroupKeys");
        json_begin_array(w);
        json_put_text(w, group_key(arena, item->product));
        json_end_array(w);
    }
    json_end_object(w);
}

static const char *listing_status(const struct item *item)
{
    if (ebay_item_listing(item->product)->is_ended) {
        return "ENDED";
    }
    return item->count > 0 ? "ACTIVE" : "OUT_OF_STOCK";
}

static void put_offer(struct json_writer *w, const struct item *item)
{
    struct arena *arena = &item->shop->sandbox->turn;
    json_begin_object(w);
    json_field_text(w, "offerId", arena_printf(arena, "%" PRId64, item->inventory_id));
    json_field_text(w, "sku", item->sku);
    json_field_str(w, "marketplaceId", EBAY_MARKETPLACE);
    json_field_str(w, "format", "FIXED_PRICE");
    json_field_int(w, "availableQuantity", item->count + ebay_item_of(item)->offer_extra);
    json_field_str(w, "status", is_published(item) ? "PUBLISHED" : "UNPUBLISHED");
    if (is_published(item)) {
        json_key(w, "listing");
        json_begin_object(w);
        json_field_text(w, "listingId", arena_printf(arena, "%" PRId64, item->product->id));
        json_field_str(w, "listingStatus", listing_status(item));
        json_field_int(w, "soldQuantity", ebay_item_of(item)->quantity_sold);
        json_end_object(w);
    }
    json_end_object(w);
}

/* ---- reading ---- */

static struct item *item_of_sku(struct call *call, struct slice segment)
{
    struct slice sku;
    struct item *item = percent_decode(&call->shop->sandbox->turn, segment, &sku)
                            ? item_find(call->shop, sku)
                            : NULL;
    return item && is_ours(item) ? item : NULL;
}

static bool limit_read(struct call *call, int64_t *out_limit, int64_t *out_offset)
{
    if (!rest_query_int(call, "limit", 1, 200, 25, out_limit) ||
        !rest_query_int(call, "offset", 0, INT32_MAX, 0, out_offset)) {
        ebay_error(
            call,
            400,
            (struct ebay_error){25706, DOMAIN, "You have provided invalid pagination values."});
        return false;
    }
    return true;
}

/* `offset` counts pages. */
static void list_items(struct call *call)
{
    static const char *const known[] = {"limit", "offset"};
    const struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    int64_t limit;
    int64_t page;
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0) {
        ebay_error(call, 400, (struct ebay_error){25709, DOMAIN, "Invalid value for a parameter."});
        return;
    }
    if (!limit_read(call, &limit, &page)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    int64_t put = 0;
    json_begin_object(&w);
    json_key(&w, "inventoryItems");
    json_begin_array(&w);
    for (size_t i = 0; i < shop->items_count; i++) {
        if (!is_ours(shop->items[i])) {
            continue;
        }
        int64_t at = total++;
        if (at >= page * limit && at < (page + 1) * limit) {
            put_item(&w, shop->items[i]);
            put++;
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", total);
    json_field_int(&w, "size", put);
    json_field_int(&w, "limit", limit);
    json_field_str(&w, "href", "/sell/inventory/v1/inventory_item");
    if ((page + 1) * limit < total) {
        json_field_text(&w,
                        "next",
                        arena_printf(arena,
                                     "/sell/inventory/v1/inventory_item?limit=%" PRId64
                                     "&offset=%" PRId64,
                                     limit,
                                     page + 1));
    }
    json_end_object(&w);
}

static void one_item(struct call *call, struct slice segment)
{
    const struct item *item = item_of_sku(call, segment);
    if (!item) {
        ebay_error(call,
                   404,
                   (struct ebay_error){25710,
                                       DOMAIN,
                                       "We didn't find the resource/entity you are requesting. "
                                       "Please verify the request"});
        return;
    }
    struct json_writer w = rest_json(call, 200);
    put_item(&w, item);
}

static void list_offers(struct call *call)
{
    static const char *const known[] = {"sku", "marketplace_id", "format", "limit", "offset"};
    struct slice sku = {0};
    int64_t limit;
    int64_t offset;
    rest_query(call, "sku", &sku);
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0 || sku.n == 0 || sku.n > 50) {
        ebay_error(call, 400, (struct ebay_error){25709, DOMAIN, "Invalid value for sku."});
        return;
    }
    if (!limit_read(call, &limit, &offset)) {
        return;
    }
    const struct item *item = item_find(call->shop, sku);
    if (!item || !is_ours(item)) {
        ebay_error(call, 404, (struct ebay_error){25713, DOMAIN, "This Offer is not available."});
        return;
    }
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_int(&w, "total", 1);
    json_field_int(&w, "size", 1);
    json_field_int(&w, "limit", limit);
    json_key(&w, "offers");
    json_begin_array(&w);
    if (offset == 0) {
        put_offer(&w, item);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static struct item *item_of_offer(const struct shop *shop, struct slice id_text)
{
    int64_t id = 0;
    if (!slice_int(id_text, &id)) {
        return NULL;
    }
    int64_t n = id - shop->inventory_base;
    bool is_there = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->items_count;
    return is_there && is_ours(shop->items[n / 2]) ? shop->items[n / 2] : NULL;
}

static void one_offer(struct call *call, struct slice id)
{
    const struct item *item = item_of_offer(call->shop, id);
    if (!item) {
        ebay_error(call, 404, (struct ebay_error){25713, DOMAIN, "This Offer is not available."});
        return;
    }
    struct json_writer w = rest_json(call, 200);
    put_offer(&w, item);
}

static void one_group(struct call *call, struct slice key)
{
    const struct product *product =
        slice_starts(key, "GROUP-") ? ebay_listing_find(call->shop, slice_from(key, 6)) : NULL;
    if (!product || product->is_simple || !ebay_is_inventory(product)) {
        ebay_error(call, 404, (struct ebay_error){25705, DOMAIN, "The group is not available."});
        return;
    }
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "inventoryItemGroupKey", key);
    json_field_text(&w, "title", product->title);
    json_key(&w, "variantSKUs");
    json_begin_array(&w);
    for (size_t i = 0; i < product->items_count; i++) {
        json_put_text(&w, product->items[i]->sku);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- writing ---- */

static const struct ebay_error invalid = {2004, "ACCESS", "Invalid request"};

/* The types of one request, before anything is done. */
static bool form_is_good(struct json request)
{
    static const char *const keys[] = {"sku", "shipToLocationAvailability", "offers"};
    static const char *const offer_keys[] = {"offerId", "availableQuantity", "price"};
    static const char *const ship_keys[] = {"quantity", "availabilityDistributions"};
    struct json ship = json_get(request, "shipToLocationAvailability");
    struct json offers = json_get(request, "offers");
    struct slice text;
    int64_t n;
    bool is_good = json_type(request) == JSON_OBJECT &&
                   rest_key_unknown(request, keys, COUNT_OF(keys)).n == 0 &&
                   json_text(json_get(request, "sku"), &text) &&
                   (json_type(ship) == JSON_NONE || json_type(ship) == JSON_OBJECT) &&
                   rest_key_unknown(ship, ship_keys, COUNT_OF(ship_keys)).n == 0 &&
                   (json_type(json_get(ship, "quantity")) == JSON_NONE ||
                    json_int(json_get(ship, "quantity"), &n)) &&
                   (json_type(offers) == JSON_NONE || json_type(offers) == JSON_ARRAY);
    for (struct json_iter i = json_iter(offers); json_next(&i) && is_good;) {
        struct json quantity = json_get(i.value, "availableQuantity");
        is_good = json_type(i.value) == JSON_OBJECT &&
                  rest_key_unknown(i.value, offer_keys, COUNT_OF(offer_keys)).n == 0 &&
                  json_text(json_get(i.value, "offerId"), &text) &&
                  (json_type(quantity) == JSON_NONE || json_int(quantity, &n));
    }
    return is_good;
}

struct result {
    struct json_writer w;
    bool is_mixed; /* one of them failed */
};

static void
put_result(struct result *r, struct slice sku, struct slice offer, struct ebay_error error)
{
    bool is_good = error.id == 0;
    r->is_mixed |= !is_good;
    json_begin_object(&r->w);
    json_field_int(&r->w, "statusCode", is_good ? 200 : 400);
    json_field_text(&r->w, "sku", sku);
    if (offer.n > 0) {
        json_field_text(&r->w, "offerId", offer);
    }
    json_key(&r->w, "errors");
    json_begin_array(&r->w);
    if (!is_good) {
        ebay_put_error(&r->w, error);
    }
    json_end_array(&r->w);
    json_key(&r->w, "warnings");
    json_begin_array(&r->w);
    json_end_array(&r->w);
    json_end_object(&r->w);
}

static struct ebay_error error_of(enum ebay_revision revision)
{
    switch (revision) {
    case EBAY_REVISED:
    case EBAY_SAME:
        break;
    case EBAY_SPENT:
        return (struct ebay_error){
            25002,
            DOMAIN,
            "Any User error. You have reached the number of allowed revisions (250) of this "
            "listing for today."};
    case EBAY_ENDED:
        return (struct ebay_error){25002, DOMAIN, "Any User error. The listing has ended."};
    case EBAY_NO_ZERO:
        return (struct ebay_error){
            25709,
            DOMAIN,
            "Invalid value for availableQuantity. The quantity must be a valid number greater "
            "than 0."};
    }
    return (struct ebay_error){0};
}

/* One offer of the request; the item's total stands beside it. */
static struct ebay_error offer_write(struct item *item, struct json offer, int64_t ship)
{
    struct slice id = {0};
    int64_t quantity = item->count + ebay_item_of(item)->offer_extra;
    json_text(json_get(offer, "offerId"), &id);
    json_int(json_get(offer, "availableQuantity"), &quantity);
    if (item_of_offer(item->shop, id) != item) {
        return (struct ebay_error){25713, DOMAIN, "This Offer is not available."};
    }
    if (!is_published(item)) {
        return (struct ebay_error){25002, DOMAIN, "Any User error. The offer is not published."};
    }
    if (quantity < 0 || quantity > QUANTITY_MAX) {
        return (struct ebay_error){25709, DOMAIN, "Invalid value for availableQuantity."};
    }
    return error_of(ebay_revise(item, ship, quantity));
}

static bool has_twice(struct json offers, size_t at, struct slice id)
{
    size_t seen = 0;
    for (struct json_iter i = json_iter(offers); json_next(&i) && seen < at; seen++) {
        struct slice other = {0};
        if (json_text(json_get(i.value, "offerId"), &other) && slice_equal(other, id)) {
            return true;
        }
    }
    return false;
}

static void request_do(struct shop *shop, struct json request, struct result *r)
{
    struct slice sku = {0};
    struct json offers = json_get(request, "offers");
    json_text(json_get(request, "sku"), &sku);
    struct item *item = item_find(shop, sku);
    if (!item || !is_ours(item)) {
        put_result(r,
                   sku,
                   (struct slice){0},
                   (struct ebay_error){
                       25702, DOMAIN, "SKU could not be found or is not available in the system."});
        return;
    }
    int64_t ship = item->count + ebay_item_of(item)->ship_extra;
    json_int(json_path(request, "shipToLocationAvailability", "quantity", NULL), &ship);
    if (ship < 0 || ship > QUANTITY_MAX) {
        put_result(r,
                   sku,
                   (struct slice){0},
                   (struct ebay_error){25709, DOMAIN, "Invalid value for quantity."});
        return;
    }
    if (json_count(offers) == 0) {
        int64_t offer = item->count + ebay_item_of(item)->offer_extra;
        put_result(r, sku, (struct slice){0}, error_of(ebay_revise(item, ship, offer)));
        return;
    }
    size_t at = 0;
    for (struct json_iter i = json_iter(offers); json_next(&i); at++) {
        struct slice id = {0};
        json_text(json_get(i.value, "offerId"), &id);
        if (has_twice(offers, at, id)) {
            put_result(
                r, sku, id, (struct ebay_error){25709, DOMAIN, "Invalid value for offerId."});
        } else {
            put_result(r, sku, id, offer_write(item, i.value, ship));
        }
    }
}

static void bulk_update(struct call *call)
{
    struct json body;
    if (!ebay_body(call, &body)) {
        return;
    }
    struct json requests = json_get(body, "requests");
    bool is_good =
        json_type(requests) == JSON_ARRAY && json_count(requests) > 0 && json_count(body) == 1;
    for (struct json_iter i = json_iter(requests); json_next(&i) && is_good;) {
        is_good = form_is_good(i.value);
    }
    if (!is_good) {
        ebay_error(call, 400, invalid);
        return;
    }
    if (json_count(requests) > REQUESTS_MAX) {
        ebay_error(call,
                   400,
                   (struct ebay_error){25709, DOMAIN, "Invalid value for requests. At most 25."});
        return;
    }
    struct result r = {.w = rest_json(call, 200)};
    json_begin_object(&r.w);
    json_key(&r.w, "responses");
    json_begin_array(&r.w);
    for (struct json_iter i = json_iter(requests); json_next(&i);) {
        request_do(call->shop, i.value, &r);
    }
    json_end_array(&r.w);
    json_end_object(&r.w);
    call->status = r.is_mixed ? 207 : 200;
}

void ebay_inventory_call(struct call *call, const struct rest_parts *parts)
{
    bool is_get = rest_method(call, "GET");
    if (!ebay_may(call, EBAY_USER_TOKEN)) {
        return;
    }
    if (rest_is(parts, "sell", "inventory", "v1", "bulk_update_price_quantity", NULL) &&
        rest_method(call, "POST")) {
        bulk_update(call);
    } else if (is_get && rest_is(parts, "sell", "inventory", "v1", "inventory_item", NULL)) {
        list_items(call);
    } else if (is_get && rest_is(parts, "sell", "inventory", "v1", "inventory_item", "*", NULL)) {
        one_item(call, parts->at[4]);
    } else if (is_get && rest_is(parts, "sell", "inventory", "v1", "offer", NULL)) {
        list_offers(call);
    } else if (is_get && rest_is(parts, "sell", "inventory", "v1", "offer", "*", NULL)) {
        one_offer(call, parts->at[4]);
    } else if (is_get &&
               rest_is(parts, "sell", "inventory", "v1", "inventory_item_group", "*", NULL)) {
        one_group(call, parts->at[4]);
    } else {
        ebay_no_route(call);
    }
}
