/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_amazon_listings - listings items 2021-08-01: one, and search, of which 1,000 can be paged.
 */
#include "drill/sandbox_amazon.h"

#include "base/crypto.h"
#include "base/times.h"

#define PAGED_MAX 1000
#define CREATED_FIRST_US (INT64_C(1577836800) * US_PER_S) /* 2020, one a minute */

/* A row of the search: an item, or the parent of a product's items. */
struct entry {
    const struct product *parent;
    const struct item *item;
    int64_t created_us, changed_us;
    struct slice sku;
};

static struct slice parent_sku(struct arena *arena, const struct product *product)
{
    return arena_printf(arena, "PARENT-%" PRId64, product->id);
}

static struct slice asin_text(struct arena *arena, size_t number)
{
    return arena_printf(arena, "B0%08zu", number);
}

static struct entry entry_of(const struct item *item)
{
    return (struct entry){.item = item,
                          .created_us =
                              CREATED_FIRST_US + (int64_t)(item->index + 1) * 60 * US_PER_S,
                          .changed_us = item->changed_us,
                          .sku = item->sku};
}

static struct entry entry_of_parent(struct arena *arena, const struct product *product)
{
    struct entry first = entry_of(product->items[0]);
    return (struct entry){.parent = product,
                          .created_us = first.created_us - 30 * US_PER_S,
                          .changed_us = product->created_us,
                          .sku = parent_sku(arena, product)};
}

/* ---- bodies ---- */

static bool wants(struct slice included, const char *what)
{
    return rest_list_has(included, slice_of(what));
}

static void put_summary(struct json_writer *w, struct arena *arena, const struct entry *e)
{
    char stamp[TIME_TEXT_MAX];
    const struct product *product = e->parent ? e->parent : e->item->product;
    size_t number = e->parent ? 90000000 + product->index : e->item->index;
    json_key(w, "summaries");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "marketplaceId", AMAZON_MARKETPLACE);
    json_field_text(w, "asin", asin_text(arena, number));
    json_field_str(w, "productType", "SHIRT");
    json_field_str(w, "conditionType", "new_new");
    json_key(w, "status");
    json_begin_array(w);
    /* What is sold out is still to be found, but not to be bought; a parent is neither. */
    if (e->item && (amazon_is_fba(e->item) || e->item->count > 0)) {
        json_put_text(w, SLICE("BUYABLE"));
    }
    if (e->item) {
        json_put_text(w, SLICE("DISCOVERABLE"));
    }
    json_end_array(w);
    json_field_text(w, "itemName", product->title);
    json_field_text(w, "createdDate", time_format_s(e->created_us, stamp));
    json_field_text(w, "lastUpdatedDate", time_format_s(e->changed_us, stamp));
    json_end_object(w);
    json_end_array(w);
}

static void put_availability(struct json_writer *w, const struct item *item)
{
    const struct amazon_item *more = amazon_item_of(item);
    json_key(w, "fulfillmentAvailability");
    json_begin_array(w);
    if (!amazon_is_fba(item) || more->has_other) {
        json_begin_object(w);
        json_field_str(w, "fulfillmentChannelCode", "DEFAULT");
        json_field_int(w, "quantity", item->count > 0 ? item->count : 0);
        json_end_object(w);
    }
    if (amazon_is_fba(item) || more->has_other) {
        json_begin_object(w);
        json_field_str(w, "fulfillmentChannelCode", "AMAZON_EU");
        json_end_object(w);
    }
    json_end_array(w);
}

/* What was submitted: not what is for sale now. */
static void put_attributes(struct json_writer *w, const struct item *item)
{
    const struct amazon_item *more = amazon_item_of(item);
    json_key(w, "attributes");
    json_begin_object(w);
    json_key(w, "fulfillment_availability");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "fulfillment_channel_code", amazon_is_fba(item) ? "AMAZON_EU" : "DEFAULT");
    if (!amazon_is_fba(item)) {
        json_field_int(w, "quantity", more->submitted);
    }
    if (more->has_lead) {
        json_field_int(w, "lead_time_to_ship_max_days", 2);
    }
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

static void put_relationships(struct json_writer *w, struct arena *arena, const struct entry *e)
{
    const struct product *product = e->parent ? e->parent : e->item->product;
    json_key(w, "relationships");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "marketplaceId", AMAZON_MARKETPLACE);
    json_key(w, "relationships");
    json_begin_array(w);
    if (!product->is_simple) {
        json_begin_object(w);
        json_field_str(w, "type", "VARIATION");
        json_key(w, e->parent ? "childSkus" : "parentSkus");
        json_begin_array(w);
        for (size_t i = 0; e->parent && i < product->items_count; i++) {
            json_put_text(w, product->items[i]->sku);
        }
        if (!e->parent) {
            json_put_text(w, parent_sku(arena, product));
        }
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    json_end_array(w);
}

static void
put_entry(struct json_writer *w, struct arena *arena, const struct entry *e, struct slice included)
{
    json_begin_object(w);
    json_field_text(w, "sku", e->sku);
    if (wants(included, "summaries")) {
        put_summary(w, arena, e);
    }
    if (wants(included, "attributes") && e->item) {
        put_attributes(w, e->item);
    }
    if (wants(included, "issues")) {
        json_field_raw(w, "issues", SLICE("[]"));
    }
    if (wants(included, "fulfillmentAvailability") && e->item) {
        put_availability(w, e->item);
    }
    if (wants(included, "relationships")) {
        put_relationships(w, arena, e);
    }
    json_end_object(w);
}

/* ---- what is asked ---- */

static bool included_read(struct call *call, struct slice *out)
{
    static const char *const known[] = {"summaries",
                                        "attributes",
                                        "issues",
                                        "offers",
                                        "fulfillmentAvailability",
                                        "procurement",
                                        "relationships",
                                        "productTypes"};
    *out = SLICE("summaries");
    rest_query(call, "includedData", out);
    if (!amazon_list_known(*out, known, COUNT_OF(known))) {
        amazon_invalid(call, "includedData has an unknown value.");
        return false;
    }
    return true;
}

struct search {
    struct slice included, identifiers;
    int64_t created_lo, created_hi, changed_lo, changed_hi; /* -1 = none */
    int64_t size, offset;
    bool by_sku, is_asc;
    int (*compare)(const void *a, const void *b);
};

static int by_created(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    return (x->created_us > y->created_us) - (x->created_us < y->created_us);
}

static int by_changed(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = (x->changed_us > y->changed_us) - (x->changed_us < y->changed_us);
    return order ? order : by_created(a, b);
}

static int by_sku_text(const void *a, const void *b)
{
    return slice_compare(((const struct entry *)a)->sku, ((const struct entry *)b)->sku);
}

static bool date_read(struct call *call, const char *name, int64_t *out_us)
{
    struct slice text;
    *out_us = -1;
    if (!rest_query(call, name, &text) || time_parse_rfc3339(text, out_us)) {
        return true;
    }
    amazon_invalid(call, arena_printf(&call->shop->sandbox->turn, "%s is no date.", name).p);
    return false;
}

static bool order_read(struct call *call, struct search *s)
{
    struct slice by = SLICE("lastUpdatedDate");
    struct slice order = SLICE("DESC");
    rest_query(call, "sortBy", &by);
    rest_query(call, "sortOrder", &order);
    s->compare = slice_is(by, "sku")               ? by_sku_text
                 : slice_is(by, "createdDate")     ? by_created
                 : slice_is(by, "lastUpdatedDate") ? by_changed
                                                   : NULL;
    s->is_asc = slice_is(order, "ASC");
    if (!s->compare || (!s->is_asc && !slice_is(order, "DESC"))) {
        amazon_invalid(call, "sortBy or sortOrder has an unknown value.");
        return false;
    }
    return true;
}

static bool identifiers_read(struct call *call, struct search *s)
{
    struct slice type = {0};
    struct slice rest;
    struct slice one;
    bool has_type = rest_query(call, "identifiersType", &type);
    s->by_sku = rest_query(call, "identifiers", &s->identifiers);
    size_t count = 0;
    for (rest = s->identifiers; rest.n > 0; count++) {
        slice_cut(&rest, ',', &one);
    }
    if (s->by_sku != has_type || (has_type && !slice_is(type, "SKU")) || count > 20) {
        amazon_invalid(call, "identifiers takes up to 20, and identifiersType=SKU with them.");
        return false;
    }
    return true;
}

static bool search_read(struct call *call, struct search *s)
{
    static const char *const known[] = {"marketplaceIds",
                                        "includedData",
                                        "identifiers",
                                        "identifiersType",
                                        "issueLocale",
                                        "createdAfter",
                                        "createdBefore",
                                        "lastUpdatedAfter",
                                        "lastUpdatedBefore",
                                        "sortBy",
                                        "sortOrder",
                                        "pageSize",
                                        "pageToken"};
    struct slice token;
    *s = (struct search){0};
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0) {
        amazon_invalid(call, "The request has an unknown parameter.");
        return false;
    }
    if (!rest_query_int(call, "pageSize", 1, 20, 10, &s->size)) {
        amazon_invalid(call, "pageSize is between 1 and 20.");
        return false;
    }
    if (rest_query(call, "pageToken", &token) &&
        (!slice_starts(token, "page-") || !slice_int(slice_from(token, 5), &s->offset))) {
        amazon_invalid(call, "pageToken is not valid.");
        return false;
    }
    return amazon_marketplace(call) && included_read(call, &s->included) &&
           identifiers_read(call, s) && order_read(call, s) &&
           date_read(call, "createdAfter", &s->created_lo) &&
           date_read(call, "createdBefore", &s->created_hi) &&
           date_read(call, "lastUpdatedAfter", &s->changed_lo) &&
           date_read(call, "lastUpdatedBefore", &s->changed_hi);
}

static bool takes(const struct search *s, const struct entry *e)
{
    int64_t changed_us = e->changed_us / US_PER_S * US_PER_S;
    return (s->created_lo < 0 || e->created_us >= s->created_lo) &&
           (s->created_hi < 0 || e->created_us <= s->created_hi) &&
           (s->changed_lo < 0 || changed_us >= s->changed_lo) &&
           (s->changed_hi < 0 || changed_us <= s->changed_hi);
}

/* ---- search ---- */

static size_t entries_of_skus(const struct shop *shop, const struct search *s, struct entry *out)
{
    struct slice rest = s->identifiers;
    struct slice one;
    size_t count = 0;
    while (rest.n > 0) {
        slice_cut(&rest, ',', &one);
        const struct item *item = item_find(shop, one);
        if (item) {
            out[count] = entry_of(item);
            count += takes(s, &out[count]);
        }
    }
    return count;
}

static size_t entries_of_all(const struct shop *shop, const struct search *s, struct entry *out)
{
    struct arena *arena = &shop->sandbox->turn;
    size_t count = 0;
    for (size_t i = 0; i < shop->items_count; i++) {
        const struct item *item = shop->items[i];
        if (!item->product->is_simple && item->product->items[0] == item) {
            out[count] = entry_of_parent(arena, item->product);
            count += takes(s, &out[count]);
        }
        if (item->sku.n > 0) {
            out[count] = entry_of(item);
            count += takes(s, &out[count]);
        }
    }
    return count;
}

static void search(struct call *call)
{
    const struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    struct search s;
    if (!search_read(call, &s)) {
        return;
    }
    size_t room = s.by_sku ? 21 : 2 * shop->items_count + 1;
    struct entry *entries = ARENA_ARRAY(arena, room, struct entry);
    must(entries != NULL);
    size_t count =
        s.by_sku ? entries_of_skus(shop, &s, entries) : entries_of_all(shop, &s, entries);
    qsort(entries, count, sizeof(entries[0]), s.compare);
    size_t paged = count < PAGED_MAX ? count : PAGED_MAX;
    size_t at = (size_t)s.offset < paged ? (size_t)s.offset : paged;
    size_t end = at + (size_t)s.size < paged ? at + (size_t)s.size : paged;

    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_int(&w, "numberOfResults", (int64_t)count);
    json_key(&w, "pagination");
    json_begin_object(&w);
    if (end < paged) {
        json_field_text(&w, "nextToken", arena_printf(arena, "page-%zu", end));
    }
    json_end_object(&w);
    json_key(&w, "items");
    json_begin_array(&w);
    for (size_t i = at; i < end; i++) {
        put_entry(&w, arena, &entries[s.is_asc ? i : count - 1 - i], s.included);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- one ---- */

static void one_item(struct call *call, const struct item *item)
{
    static const char *const known[] = {"marketplaceIds", "includedData", "issueLocale"};
    struct slice included;
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0) {
        amazon_invalid(call, "The request has an unknown parameter.");
        return;
    }
    if (!amazon_marketplace(call) || !included_read(call, &included)) {
        return;
    }
    struct entry entry = entry_of(item);
    struct json_writer w = rest_json(call, 200);
    put_entry(&w, &call->shop->sandbox->turn, &entry, included);
}

static void of_sku(struct call *call, struct slice segment)
{
    struct slice sku;
    bool is_get = rest_method(call, "GET");
    if (!is_get && !rest_method(call, "PATCH")) {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
        return;
    }
    if (!amazon_may(call, is_get ? AMAZON_LISTINGS_GET : AMAZON_LISTINGS_PATCH, false)) {
        return;
    }
    struct item *item = percent_decode(&call->shop->sandbox->turn, segment, &sku)
                            ? item_find(call->shop, sku)
                            : NULL;
    if (!item) {
        amazon_error(call, 404, "NOT_FOUND", "SKU does not exist in the seller's listings.");
    } else if (is_get) {
        one_item(call, item);
    } else {
        amazon_patch_call(call, item);
    }
}

void amazon_listings_call(struct call *call, const struct rest_parts *parts)
{
    bool is_one = rest_is(parts, "listings", "2021-08-01", "items", "*", "*", NULL);
    bool is_all =
        rest_is(parts, "listings", "2021-08-01", "items", "*", NULL) && rest_method(call, "GET");
    if (!is_one && !is_all) {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
        return;
    }
    if (!slice_equal(parts->at[3], amazon_of(call->shop)->seller)) {
        amazon_error(call, 403, "Unauthorized", "Access to requested resource is denied.");
        return;
    }
    if (is_one) {
        of_sku(call, parts->at[4]);
    } else if (amazon_may(call, AMAZON_LISTINGS_SEARCH, false)) {
        search(call);
    }
}
