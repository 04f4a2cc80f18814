/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_ebay_selling - Trading calls that read or set: GetItem, GetMyeBaySelling, user and
 * notification preferences.
 *
 * `Quantity` counts what was sold too: available is Quantity less QuantitySold.
 */
#include "drill/sandbox_ebay.h"

#define ENTRIES_MAX 200

/* ---- items ---- */

static int64_t sum_available(const struct product *product)
{
    int64_t n = 0;
    for (size_t i = 0; i < product->items_count; i++) {
        n += product->items[i]->count;
    }
    return n;
}

static int64_t sum_sold(const struct product *product)
{
    int64_t n = 0;
    for (size_t i = 0; i < product->items_count; i++) {
        n += ebay_item_of(product->items[i])->quantity_sold;
    }
    return n;
}

static void put_variation(struct buf *out, const struct item *item)
{
    int64_t sold = ebay_item_of(item)->quantity_sold;
    buf_text(out, "<Variation>");
    if (item->sku.n > 0) {
        xml_put(out, "SKU", item->sku);
    }
    xml_put(out, "StartPrice", item->price);
    xml_put_int(out, "Quantity", item->count + sold);
    buf_text(out, "<VariationSpecifics>");
    for (size_t i = 0; i < item->options_count; i++) {
        buf_text(out, "<NameValueList>");
        xml_put(out, "Name", item->options[i].name);
        xml_put(out, "Value", item->options[i].value);
        buf_text(out, "</NameValueList>");
    }
    buf_text(out, "</VariationSpecifics><SellingStatus>");
    xml_put_int(out, "QuantitySold", sold);
    buf_text(out, "</SellingStatus></Variation>");
}

static void put_item(struct buf *out, const struct product *product, bool is_summary)
{
    int64_t available = sum_available(product);
    int64_t sold = sum_sold(product);
    bool is_ended = ebay_item_listing(product)->is_ended;
    buf_text(out, "<Item>");
    xml_put_int(out, "ItemID", product->id);
    xml_put(out, "Title", product->title);
    xml_put(out, "ListingType", SLICE("FixedPriceItem"));
    if (product->is_simple && product->items[0]->sku.n > 0) {
        xml_put(out, "SKU", product->items[0]->sku);
    }
    xml_put_int(out, "Quantity", available + sold);
    if (is_summary) {
        xml_put_int(out, "QuantityAvailable", available);
    }
    buf_text(out, "<SellingStatus>");
    xml_put_int(out, "QuantitySold", sold);
    xml_put(out, "ListingStatus", is_ended ? SLICE("Completed") : SLICE("Active"));
    buf_text(out, "</SellingStatus>");
    if (!product->is_simple) {
        buf_text(out, "<Variations>");
        for (size_t i = 0; i < product->items_count; i++) {
            put_variation(out, product->items[i]);
        }
        buf_text(out, "</Variations>");
    }
    buf_text(out, "</Item>");
}

static void get_item(struct call *call, struct slice name, const struct xml *root)
{
    static const char *const known[] = {"ItemID",
                                        "SKU",
                                        "DetailLevel",
                                        "OutputSelector",
                                        "IncludeWatchCount",
                                        "ErrorLanguage",
                                        "WarningLevel",
                                        "MessageID",
                                        "Version"};
    const struct product *product = ebay_listing_find(call->shop, xml_child_text(root, "ItemID"));
    if (xml_unknown(root, known, COUNT_OF(known))) {
        ebay_xml_failure(call, name, 5, "XML Parse error: an element is not known.");
    } else if (!product) {
        ebay_xml_failure(
            call, name, 17, "This item cannot be accessed because the listing has been deleted.");
    } else {
        ebay_xml_start(call, name, "Success");
        put_item(call->out, product, false);
        ebay_xml_end(call, name);
    }
}

/* ---- GetMyeBaySelling ---- */

static bool is_listed(const struct product *product)
{
    return product->items[0]->mode == STOCK_MANAGED && !ebay_item_listing(product)->is_ended;
}

static bool number(struct slice text, int64_t hi, int64_t fallback, int64_t *out)
{
    *out = fallback;
    return text.n == 0 || (slice_int(text, out) && *out >= 1 && *out <= hi);
}

static void get_selling(struct call *call, struct slice name, const struct xml *root)
{
    const struct shop *shop = call->shop;
    const struct xml *active = xml_child(root, "ActiveList");
    const struct xml *pagination = xml_child(active, "Pagination");
    int64_t size;
    int64_t page;
    if (!active || slice_is(xml_child_text(active, "Include"), "false") ||
        !number(xml_child_text(pagination, "EntriesPerPage"), ENTRIES_MAX, 25, &size) ||
        !number(xml_child_text(pagination, "PageNumber"), INT32_MAX, 1, &page)) {
        ebay_xml_failure(call, name, 37, "Input data is invalid: ActiveList and its Pagination.");
        return;
    }
    int64_t total = 0;
    ebay_xml_start(call, name, "Success");
    buf_text(call->out, "<ActiveList><ItemArray>");
    for (size_t i = 0; i < shop->products_count; i++) {
        if (!is_listed(shop->products[i])) {
            continue;
        }
        int64_t at = total++;
        if (at >= (page - 1) * size && at < page * size) {
            put_item(call->out, shop->products[i], true);
        }
    }
    buf_text(call->out, "</ItemArray><PaginationResult>");
    xml_put_int(call->out, "TotalNumberOfPages", (total + size - 1) / size);
    xml_put_int(call->out, "TotalNumberOfEntries", total);
    buf_text(call->out, "</PaginationResult></ActiveList>");
    ebay_xml_end(call, name);
}

/* ---- preferences ---- */

static struct slice boolean(bool value)
{
    return value ? SLICE("true") : SLICE("false");
}

static void get_user_preferences(struct call *call, struct slice name, const struct xml *root)
{
    ebay_xml_start(call, name, "Success");
    if (slice_is(xml_child_text(root, "ShowOutOfStockControlPreference"), "true")) {
        xml_put(call->out,
                "OutOfStockControlPreference",
                boolean(ebay_of(call->shop)->has_stock_control));
    }
    ebay_xml_end(call, name);
}

static void set_user_preferences(struct call *call, struct slice name, const struct xml *root)
{
    struct slice wanted = xml_child_text(root, "OutOfStockControlPreference");
    if (!slice_is(wanted, "true") && !slice_is(wanted, "false")) {
        ebay_xml_failure(call, name, 37, "Input data is invalid.");
        return;
    }
    ebay_of(call->shop)->has_stock_control = slice_is(wanted, "true");
    ebay_xml_start(call, name, "Success");
    ebay_xml_end(call, name);
}

static void set_notifications(struct call *call, struct slice name, const struct xml *root)
{
    struct ebay *ebay = ebay_of(call->shop);
    const struct xml *application = xml_child(root, "ApplicationDeliveryPreferences");
    const struct xml *events = xml_child(root, "UserDeliveryPreferenceArray");
    struct slice url = xml_child_text(application, "ApplicationURL");
    if (url.n > 0) {
        if (!slice_starts(url, "https://") && !slice_starts(url, "http://127.0.0.1:")) {
            ebay_xml_failure(call, name, 37, "Input data is invalid: ApplicationURL.");
            return;
        }
        ebay->application_url = arena_copy(&call->shop->sandbox->arena, url);
    }
    if (slice_is(xml_child_text(application, "ApplicationEnable"), "Disable")) {
        ebay->application_url = (struct slice){0};
    }
    for (const struct xml *e = events ? events->child : NULL; e; e = e->next) {
        struct slice type = xml_child_text(e, "EventType");
        bool is_on = slice_is(xml_child_text(e, "EventEnable"), "Enable");
        if (slice_is(type, "FixedPriceTransaction")) {
            ebay->tells_transactions = is_on;
        } else if (slice_is(type, "ItemRevised")) {
            ebay->tells_revisions = is_on;
        }
    }
    ebay_xml_start(call, name, "Success");
    ebay_xml_end(call, name);
}

static void put_event(struct buf *out, const char *type, bool is_on)
{
    buf_text(out, "<NotificationEnable>");
    xml_put(out, "EventType", slice_of(type));
    xml_put(out, "EventEnable", is_on ? SLICE("Enable") : SLICE("Disable"));
    buf_text(out, "</NotificationEnable>");
}

static void get_notifications(struct call *call, struct slice name)
{
    const struct ebay *ebay = ebay_of(call->shop);
    bool is_on = ebay->application_url.n > 0;
    ebay_xml_start(call, name, "Success");
    buf_text(call->out, "<ApplicationDeliveryPreferences>");
    if (is_on) {
        xml_put(call->out, "ApplicationURL", ebay->application_url);
    }
    xml_put(call->out, "ApplicationEnable", is_on ? SLICE("Enable") : SLICE("Disable"));
    buf_text(call->out, "</ApplicationDeliveryPreferences><UserDeliveryPreferenceArray>");
    put_event(call->out, "FixedPriceTransaction", ebay->tells_transactions);
    put_event(call->out, "ItemRevised", ebay->tells_revisions);
    buf_text(call->out, "</UserDeliveryPreferenceArray>");
    ebay_xml_end(call, name);
}

bool ebay_trading_read(struct call *call, struct slice name, const struct xml *root)
{
    if (slice_is(name, "GetItem")) {
        get_item(call, name, root);
    } else if (slice_is(name, "GetMyeBaySelling")) {
        get_selling(call, name, root);
    } else if (slice_is(name, "GetUserPreferences")) {
        get_user_preferences(call, name, root);
    } else if (slice_is(name, "SetUserPreferences")) {
        set_user_preferences(call, name, root);
    } else if (slice_is(name, "SetNotificationPreferences")) {
        set_notifications(call, name, root);
    } else if (slice_is(name, "GetNotificationPreferences")) {
        get_notifications(call, name);
    } else {
        return false;
    }
    return true;
}
