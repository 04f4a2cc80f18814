/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages out of the seller's queue, and what they say.
 *
 * ORDER_CHANGE tells the whole order only when it is of OrderLevel, names the time of the change,
 * and its lines add up to the numbers of its summary. Such a one is the fact itself: reading every
 * order would take two seconds each once more than 30 come at once. Any other one is a reason to
 * read the order.
 *
 * LISTINGS_ITEM_MFN_QUANTITY_CHANGE comes through EventBridge, which wraps it in "detail". Some
 * types write their names in PascalCase, others in camelCase.
 */
#include "base/times.h"
#include "channels/amazon/amazon.h"

/* Amazon posts nothing to anybody: whoever posts is somebody else. */
enum hook_verdict
amazon_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    (void)account;
    (void)hook;
    (void)arena;
    return HOOK_REFUSED;
}

/* ---- ORDER_CHANGE ---- */

struct change {
    struct json notice, summary;
    struct slice order_id, status, stamp;
    enum amazon_stage stage;
    int64_t shipped, unshipped; /* of the summary */
};

static bool units_of(struct json object, const char *name, int64_t *out)
{
    return json_int(amazon_either(object, name), out) && *out >= 0 && *out <= QTY_MAX;
}

static bool line_read(struct json item, struct amazon_line *out)
{
    *out = (struct amazon_line){.id = amazon_text(amazon_either(item, "OrderItemId")),
                                .sku = amazon_text(amazon_either(item, "SellerSKU"))};
    if (!out->id.n || !amazon_is_sku(out->sku) || !units_of(item, "Quantity", &out->ordered)) {
        return false;
    }
    if (json_type(amazon_either(item, "QuantityShipped")) != JSON_NONE &&
        !units_of(item, "QuantityShipped", &out->shipped)) {
        return false;
    }
    out->open = out->ordered - out->shipped;
    return out->open >= 0;
}

/* Do the lines account for every unit of the order? */
static bool adds_up(const struct change *change, const struct amazon_line *lines, size_t count)
{
    int64_t shipped = 0;
    int64_t open = 0;

    for (size_t i = 0; i < count; i++) {
        shipped += lines[i].shipped;
        open += lines[i].open;
    }
    bool is_nothing_open = change->stage == AMAZON_NOTHING && change->unshipped == 0;
    return shipped == change->shipped && (open == change->unshipped || is_nothing_open) &&
           (change->stage != AMAZON_SHIPPED || open == 0);
}

static bool change_is_whole(struct change *change)
{
    struct json trigger = amazon_either(change->notice, "OrderChangeTrigger");
    struct slice level = amazon_text(amazon_either(change->notice, "NotificationLevel"));

    change->stamp = amazon_text(amazon_either(trigger, "TimeOfOrderChange"));
    change->status = amazon_text(amazon_either(change->summary, "OrderStatus"));
    change->stage = amazon_stage_of(change->status);
    return slice_is(level, "OrderLevel") && change->stamp.n &&
           amazon_knows_status(change->status) &&
           units_of(change->summary, "NumberOfItemsShipped", &change->shipped) &&
           units_of(change->summary, "NumberOfItemsUnshipped", &change->unshipped);
}

static bool snapshot_read(struct change *change, struct arena *arena, struct order_snapshot *out)
{
    struct json items = amazon_either(change->summary, "OrderItems");
    struct slice type = amazon_text(amazon_either(change->summary, "FulfillmentType"));
    struct slice placed = amazon_text(amazon_either(change->summary, "PurchaseDate"));
    size_t room = json_count(items);
    size_t count = 0;

    *out = (struct order_snapshot){0};
    bool by_amazon = slice_is(type, "AFN");
    if ((!by_amazon && !slice_is(type, "MFN")) || json_type(items) != JSON_ARRAY || room == 0 ||
        room > AMAZON_LINES_MAX || !amazon_version(change->stamp, arena, out)) {
        return false;
    }
    struct amazon_line *lines = ARENA_ARRAY(arena, room, struct amazon_line);
    for (struct json_iter i = json_iter(items); lines && json_next(&i) && count < room; count++) {
        if (!line_read(i.value, &lines[count])) {
            return false;
        }
    }
    if (!lines || !adds_up(change, lines, count)) {
        return false;
    }
    if (!time_parse_rfc3339(placed, &out->placed_at_us)) {
        out->placed_at_us = 0;
    }
    out->id = arena_copy(arena, change->order_id);
    return !amazon_lines_book(lines, count, change->stage, by_amazon, arena, out);
}

static void order_decode(const struct amazon_config *config,
                         struct json payload,
                         struct arena *arena,
                         struct facts *out)
{
    struct change change = {.notice = amazon_either(payload, "OrderChangeNotification")};

    change.summary = amazon_either(change.notice, "Summary");
    change.order_id = amazon_text(amazon_either(change.notice, "AmazonOrderId"));
    struct slice seller = amazon_text(amazon_either(change.notice, "SellerId"));
    struct slice marketplace = amazon_text(amazon_either(change.summary, "MarketplaceId"));
    struct slice type = amazon_text(amazon_either(change.notice, "OrderChangeType"));
    if (!amazon_is_order_id(change.order_id)) {
        out->unreadable = "a change of an order that does not name it";
        return;
    }
    if (seller.n && !slice_equal(seller, config->seller_id)) {
        out->ignored = "the order is another seller's than settings.seller_id";
        return;
    }
    if (marketplace.n && !amazon_is_our_marketplace(config, marketplace)) {
        out->ignored = "the marketplace is none of settings.marketplace_ids";
        return;
    }
    if (slice_is(type, "DeliveryTipChange")) {
        out->ignored = "a tip moves no stock";
        return;
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (snapshot && change_is_whole(&change) && snapshot_read(&change, arena, snapshot)) {
        out->orders = snapshot;
        out->orders_count = 1;
        return;
    }
    struct fetch *fetch = ARENA_NEW(arena, struct fetch);
    if (fetch) {
        *fetch = (struct fetch){.kind = FETCH_ORDER, .id = arena_copy(arena, change.order_id)};
        out->fetches = fetch;
        out->fetches_count = 1;
    }
}

/* ---- LISTINGS_ITEM_MFN_QUANTITY_CHANGE ---- */

static void quantity_decode(const struct amazon_config *config,
                            struct json root,
                            struct json payload,
                            struct arena *arena,
                            struct facts *out)
{
    struct slice seller = amazon_text(amazon_either(payload, "SellerId"));
    struct slice code = amazon_text(amazon_either(payload, "FulfillmentChannelCode"));
    struct slice sku = amazon_text(amazon_either(payload, "Sku"));
    struct slice stamp = amazon_text(amazon_either(root, "EventTime"));
    struct json quantity = amazon_either(payload, "Quantity");
    int64_t count = 0;

    if (seller.n && !slice_equal(seller, config->seller_id)) {
        out->ignored = "the listing is another seller's than settings.seller_id";
        return;
    }
    if (code.n && !slice_is(code, "DEFAULT")) {
        out->ignored = "a count of another pool than the seller's own (DEFAULT)";
        return;
    }
    if (!amazon_is_sku(sku) || !json_int(quantity, &count) || count < -QTY_MAX || count > QTY_MAX) {
        out->unreadable = "a change of a quantity without its SKU or number";
        return;
    }
    struct observation *seen = ARENA_NEW(arena, struct observation);
    if (!seen) {
        return;
    }
    *seen = (struct observation){.stock_key = amazon_sku_key(arena, sku),
                                 .count = count,
                                 .is_known = true,
                                 .is_managed = true};
    if (!time_parse_rfc3339(stamp, &seen->as_of_us) || seen->as_of_us < 0) {
        seen->as_of_us = 0;
    }
    out->observations = seen;
    out->observations_count = 1;
}

/* ---- any message ---- */

static const struct {
    const char *type, *why;
} others[] = {
    {"FEED_PROCESSING_FINISHED", "a feed's end: whoever sent it asks for it"},
    {"REPORT_PROCESSING_FINISHED", "a report's end: none of ours"},
    {"FBA_INVENTORY_AVAILABILITY_CHANGES", "stock in Amazon's warehouses is not ours to count"},
    {"LISTINGS_ITEM_STATUS_CHANGE", "a listing's state changed, not its count"},
    {"LISTINGS_ITEM_ISSUES_CHANGE", "a listing's issues changed, not its count"},
};

void amazon_decode(const struct account *account,
                   const struct hook *hook,
                   struct json_doc *doc,
                   struct arena *arena,
                   struct facts *out)
{
    const struct amazon_config *config = amazon_config(account);
    struct json root = {0};
    struct err_note note;

    *out = (struct facts){0};
    if (json_parse(doc, hook->body, &root, &note) || json_type(root) != JSON_OBJECT) {
        out->unreadable = "the message is not a JSON object that can be read safely";
        return;
    }
    if (json_type(json_get(root, "detail")) == JSON_OBJECT) {
        root = json_get(root, "detail");
    }
    struct slice type = amazon_text(amazon_either(root, "NotificationType"));
    struct json payload = amazon_either(root, "Payload");
    struct json metadata = amazon_either(root, "NotificationMetadata");
    struct slice id = amazon_text(amazon_either(metadata, "NotificationId"));
    if (!type.n) {
        out->unreadable = "a message without its type";
        return;
    }
    if (id.n && id.n <= 200) {
        out->delivery_id = arena_copy(arena, id);
    }
    if (slice_is(type, "ORDER_CHANGE")) {
        order_decode(config, payload, arena, out);
    } else if (slice_is(type, "LISTINGS_ITEM_MFN_QUANTITY_CHANGE")) {
        quantity_decode(config, root, payload, arena, out);
    } else {
        out->ignored = "a message that has nothing to do with stock or orders";
        for (size_t i = 0; i < COUNT_OF(others); i++) {
            out->ignored = slice_starts(type, others[i].type) ? others[i].why : out->ignored;
        }
    }
    if (arena->exhausted) {
        *out = (struct facts){.unreadable = "a message larger than one may be"};
    }
}
