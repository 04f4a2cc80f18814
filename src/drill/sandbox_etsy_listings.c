/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_etsy_listings - listings: reading them, and their state.
 *
 * sold_out comes of itself when the last unit sells, and cannot be set. Whoever activates such a
 * listing gets one unit of it, as a renewal does.
 */
#include "drill/sandbox_etsy.h"

static const char *const states[] = {
    [ETSY_ACTIVE] = "active", [ETSY_INACTIVE] = "inactive", [ETSY_SOLD_OUT] = "sold_out"};

void etsy_put_listing(struct json_writer *w, const struct product *product)
{
    const struct etsy *etsy = etsy_of(product->shop);
    json_field_int(w, "listing_id", product->id);
    json_field_int(w, "user_id", etsy->user_id);
    json_field_int(w, "shop_id", etsy->shop_id);
    json_field_text(w, "title", product->title);
    json_field_str(w, "state", states[etsy_listing_of(product)->state]);
    json_field_int(w, "created_timestamp", product->created_us / US_PER_S);
    json_field_int(w, "last_modified_timestamp", product->changed_us / US_PER_S);
    json_field_int(w, "updated_timestamp", product->changed_us / US_PER_S);
    json_field_int(w, "quantity", etsy_total(product));
    json_field_bool(w, "has_variations", !product->is_simple);
    json_field_str(w, "listing_type", "physical");
}

static void put_listing_with(struct json_writer *w, const struct product *product, bool with_record)
{
    json_begin_object(w);
    etsy_put_listing(w, product);
    if (with_record) {
        json_key(w, "inventory");
        json_begin_object(w);
        etsy_put_record(w, product, true, false);
        json_end_object(w);
    }
    json_end_object(w);
}

/* COUNT_OF(states): one that exists there and never here (draft, expired). */
static bool state_read(struct slice text, size_t *out)
{
    *out = 0;
    while (*out < COUNT_OF(states) && !slice_is(text, states[*out])) {
        (*out)++;
    }
    return *out < COUNT_OF(states) || slice_is(text, "draft") || slice_is(text, "expired");
}

void etsy_listings(struct call *call)
{
    static const char *const known[] = {
        "state", "limit", "offset", "sort_on", "sort_order", "includes", "legacy"};
    const struct shop *shop = call->shop;
    struct slice text = SLICE("active");
    struct slice includes = {0};
    int64_t limit, offset;
    size_t state;
    if (!etsy_query_known(call, known, COUNT_OF(known)) || !etsy_paging(call, &limit, &offset)) {
        return;
    }
    rest_query(call, "state", &text);
    rest_query(call, "includes", &includes);
    if (!state_read(text, &state)) {
        etsy_error(call, 400, "state: active, inactive, sold_out, draft or expired");
        return;
    }
    bool with_record = rest_list_has(includes, SLICE("Inventory"));
    int64_t count = 0;
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "results");
    json_begin_array(&w);
    for (size_t i = 0; i < shop->products_count; i++) {
        if (etsy_listing_of(shop->products[i])->state == state) {
            if (count >= offset && count < offset + limit) {
                put_listing_with(&w, shop->products[i], with_record);
            }
            count++;
        }
    }
    json_end_array(&w);
    json_field_int(&w, "count", count);
    json_end_object(&w);
}

void etsy_listing_get(struct call *call, struct slice id)
{
    const struct product *product = etsy_product(call->shop, id);
    struct slice includes = {0};
    bool is_refused;
    etsy_is_owner(call, &is_refused);
    if (is_refused) {
        return;
    }
    if (!product) {
        etsy_error(call, 404, "Could not find a listing with that ID");
        return;
    }
    rest_query(call, "includes", &includes);
    struct json_writer w = json_writer(call->out);
    put_listing_with(&w, product, rest_list_has(includes, SLICE("Inventory")));
}

/* ---- PATCH: the state, as a form; other fields are passed over, quantity among them ---- */

static void state_set(struct product *product, enum etsy_state state)
{
    enum etsy_state was = etsy_listing_of(product)->state;
    etsy_listing_of(product)->state = state;
    if (state == ETSY_ACTIVE && was == ETSY_SOLD_OUT) {
        *etsy_quantity(product->items[0]) = 1;
    }
    for (size_t i = 0; i < product->items_count; i++) {
        struct item *item = product->items[i];
        int64_t before = *item_carrier(item);
        etsy_follow(item);
        if (*item_carrier(item) != before) {
            item_written(item, before, *item_carrier(item));
            item_count_changed(item);
        }
    }
}

void etsy_listing_patch(struct call *call, struct slice id)
{
    struct product *product = etsy_product(call->shop, id);
    struct slice text;
    size_t state;
    if (!product) {
        etsy_error(call, 404, "Could not find a listing with that ID");
        return;
    }
    if (!rest_content_is(call, "application/x-www-form-urlencoded")) {
        etsy_error(call, 400, "Send application/x-www-form-urlencoded");
        return;
    }
    if (rest_form(call, "state", &text)) {
        if (!state_read(text, &state) || (state != ETSY_ACTIVE && state != ETSY_INACTIVE)) {
            etsy_error(call, 400, "state can be set to active or inactive");
            return;
        }
        bool is_sold_out = etsy_listing_of(product)->state == ETSY_SOLD_OUT;
        if (state == ETSY_ACTIVE && !is_sold_out && etsy_total(product) == 0) {
            etsy_error(call, 400, "One offering must have quantity greater than 0");
            return;
        }
        state_set(product, (enum etsy_state)state);
    }
    struct json_writer w = json_writer(call->out);
    put_listing_with(&w, product, false);
}
