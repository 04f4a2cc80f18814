/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_amazon_write - PATCH of a listing: the form is refused with 400, the content with 200
 * INVALID; what is ACCEPTED lands later.
 *
 * `replace` drops the lead time beside the quantity, `merge` keeps it.
 */
#include "drill/sandbox_amazon.h"

#define PATH "/attributes/fulfillment_availability"
#define PATCHES_MAX 16

const char *amazon_patches_wrong(struct json patches)
{
    static const char *const keys[] = {"op", "path", "value"};
    if (json_type(patches) != JSON_ARRAY || json_count(patches) == 0) {
        return "patches must be an array of at least one operation.";
    }
    for (struct json_iter i = json_iter(patches); json_next(&i);) {
        struct slice op = {0};
        struct slice path = {0};
        struct json value = json_get(i.value, "value");
        if (json_type(i.value) != JSON_OBJECT ||
            rest_key_unknown(i.value, keys, COUNT_OF(keys)).n > 0) {
            return "An operation takes op, path and value.";
        }
        if (!json_text(json_get(i.value, "op"), &op) ||
            (!slice_is(op, "add") && !slice_is(op, "replace") && !slice_is(op, "merge") &&
             !slice_is(op, "delete"))) {
            return "op must be add, replace, merge or delete.";
        }
        if (!json_text(json_get(i.value, "path"), &path) || !slice_starts(path, "/attributes/")) {
            return "path must be /attributes/ and the name of an attribute.";
        }
        if (json_type(value) != JSON_NONE && json_type(value) != JSON_ARRAY) {
            return "value must be an array of objects.";
        }
        for (struct json_iter k = json_iter(value); json_next(&k);) {
            if (json_type(k.value) != JSON_OBJECT) {
                return "value must be an array of objects.";
            }
        }
    }
    return NULL;
}

bool amazon_type_fits(struct json product_type)
{
    struct slice type;
    return json_text(product_type, &type) && (slice_is(type, "PRODUCT") || slice_is(type, "SHIRT"));
}

static bool
issue(struct amazon_issue *out, const char *code, const char *attribute, const char *say)
{
    *out = (struct amazon_issue){.code = code, .attribute = attribute, .message = slice_of(say)};
    return false;
}

/* One object of the array: its channel code and quantity. */
static bool value_read(struct shop *shop,
                       struct item *item,
                       struct json value,
                       struct late_write *out,
                       size_t *out_count,
                       struct amazon_issue *out_issue)
{
    static const char *const keys[] = {"fulfillment_channel_code",
                                       "quantity",
                                       "lead_time_to_ship_max_days",
                                       "restock_date",
                                       "is_inventory_available",
                                       "marketplace_id"};
    struct slice code;
    int64_t quantity;
    (void)shop;
    if (rest_key_unknown(value, keys, COUNT_OF(keys)).n > 0) {
        return issue(out_issue,
                     "90000900",
                     "fulfillment_availability",
                     "The attribute has a field that its product type does not know.");
    }
    if (!json_text(json_get(value, "fulfillment_channel_code"), &code)) {
        return issue(out_issue,
                     "90220",
                     "fulfillment_availability",
                     "'fulfillment_channel_code' is required but not supplied.");
    }
    if (!slice_is(code, "DEFAULT") && !slice_starts(code, "AMAZON_")) {
        return issue(out_issue,
                     "90244",
                     "fulfillment_availability",
                     "The fulfillment channel code is not one of this seller's.");
    }
    /* The other channel is added beside the one there is: it does not switch. */
    bool is_default = slice_is(code, "DEFAULT");
    amazon_item_of(item)->has_other |= is_default == amazon_is_fba(item);
    if (json_type(json_get(value, "quantity")) == JSON_NONE || !is_default) {
        return true;
    }
    if (!json_int(json_get(value, "quantity"), &quantity) || quantity < 0 || quantity > QTY_MAX) {
        return issue(out_issue,
                     "99001",
                     "fulfillment_availability",
                     "'quantity' must be a whole number of at least 0.");
    }
    if (*out_count < PATCHES_MAX) {
        out[(*out_count)++] =
            (struct late_write){.item = item, .count = &item->count, .quantity = quantity};
    }
    amazon_item_of(item)->submitted = quantity;
    return true;
}

bool amazon_patches_read(struct shop *shop,
                         struct item *item,
                         struct json patches,
                         struct late_write *out,
                         size_t *out_count,
                         struct amazon_issue *out_issue)
{
    for (struct json_iter i = json_iter(patches); json_next(&i);) {
        struct slice op = {0};
        struct slice path = {0};
        bool is_lead_said = false;
        json_text(json_get(i.value, "op"), &op);
        json_text(json_get(i.value, "path"), &path);
        if (!slice_is(path, PATH)) {
            continue; /* other attributes are none of stock's business */
        }
        if (slice_is(op, "delete")) {
            return issue(out_issue,
                         "90220",
                         "fulfillment_availability",
                         "'fulfillment_availability' is required but not supplied.");
        }
        struct json values = json_get(i.value, "value");
        if (json_count(values) == 0) {
            return issue(out_issue, "99022", "fulfillment_availability", "The value is empty.");
        }
        for (struct json_iter k = json_iter(values); json_next(&k);) {
            if (!value_read(shop, item, k.value, out, out_count, out_issue)) {
                return false;
            }
            is_lead_said |= json_type(json_get(k.value, "lead_time_to_ship_max_days")) != JSON_NONE;
        }
        if (slice_is(op, "replace") || slice_is(op, "add") || is_lead_said) {
            amazon_item_of(item)->has_lead = is_lead_said;
        }
    }
    return true;
}

/* ---- PATCH ---- */

static void answer(struct call *call,
                   const struct item *item,
                   const char *status,
                   const struct amazon_issue *issue)
{
    struct shop *shop = call->shop;
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "sku", item->sku);
    json_field_str(&w, "status", status);
    json_field_text(&w,
                    "submissionId",
                    arena_printf(&shop->sandbox->turn,
                                 "submission-%08" PRId64,
                                 ++amazon_of(shop)->submissions));
    json_key(&w, "issues");
    json_begin_array(&w);
    if (issue) {
        json_begin_object(&w);
        json_field_str(&w, "code", issue->code);
        json_field_text(&w, "message", issue->message);
        json_field_str(&w, "severity", "ERROR");
        json_key(&w, "attributeNames");
        json_begin_array(&w);
        json_put_text(&w, slice_of(issue->attribute));
        json_end_array(&w);
        json_field_raw(&w, "categories", SLICE("[\"INVALID_ATTRIBUTE\"]"));
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* False: refused. */
static bool form_is_good(struct call *call, struct json *out_body, bool *out_preview)
{
    static const char *const known[] = {"marketplaceIds", "includedData", "mode", "issueLocale"};
    static const char *const included_known[] = {"identifiers", "issues"};
    static const char *const keys[] = {"productType", "patches"};
    struct slice mode = {0};
    struct slice included = {0};
    struct slice type;
    *out_preview = rest_query(call, "mode", &mode);
    rest_query(call, "includedData", &included);
    if (!rest_content_is(call, "application/json")) {
        amazon_error(call, 415, "InvalidInput", "The content type must be application/json.");
        return false;
    }
    if (!amazon_marketplace(call)) {
        return false;
    }
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0 ||
        !amazon_list_known(included, included_known, COUNT_OF(included_known)) ||
        (*out_preview && !slice_is(mode, "VALIDATION_PREVIEW"))) {
        amazon_invalid(call, "The request has an unknown parameter or value.");
        return false;
    }
    if (!rest_body(call, out_body) || json_type(*out_body) != JSON_OBJECT ||
        rest_key_unknown(*out_body, keys, COUNT_OF(keys)).n > 0) {
        amazon_invalid(call, "The body must be an object of productType and patches.");
        return false;
    }
    if (!json_text(json_get(*out_body, "productType"), &type) || type.n == 0) {
        amazon_invalid(call, "productType is required.");
        return false;
    }
    const char *wrong = amazon_patches_wrong(json_get(*out_body, "patches"));
    if (wrong) {
        amazon_invalid(call, wrong);
    }
    return !wrong;
}

void amazon_patch_call(struct call *call, struct item *item)
{
    struct shop *shop = call->shop;
    struct json body;
    struct late_write rows[PATCHES_MAX];
    struct amazon_issue problem = {0};
    size_t count = 0;
    bool is_preview;
    if (!form_is_good(call, &body, &is_preview)) {
        return;
    }
    struct amazon_item before = *amazon_item_of(item);
    bool is_good =
        amazon_type_fits(json_get(body, "productType"))
            ? amazon_patches_read(shop, item, json_get(body, "patches"), rows, &count, &problem)
            : issue(
                  &problem, "4000001", "productType", "The product type does not fit the listing.");
    if (!is_good || is_preview) {
        *amazon_item_of(item) = before;
        answer(call, item, is_good ? "VALID" : "INVALID", is_good ? NULL : &problem);
        return;
    }
    writes_later(shop, rows, count, late_us(shop), NULL, 0);
    answer(call, item, "ACCEPTED", NULL);
}
