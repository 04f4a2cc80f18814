/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_amazon_notify - the notifications API, and what is said on the queue: ORDER_CHANGE and
 * FEED_PROCESSING_FINISHED as they are, LISTINGS_ITEM_MFN_QUANTITY_CHANGE in an event of
 * EventBridge whose rule leads to the same queue.
 */
#include "drill/sandbox_amazon.h"

#include "base/times.h"

#define QUANTITY_CHANGE "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"

/* Which transport a type has. */
static const struct {
    const char *type;
    bool is_eventbridge;
} types[] = {
    {"ORDER_CHANGE", false},
    {"FEED_PROCESSING_FINISHED", false},
    {"REPORT_PROCESSING_FINISHED", false},
    {"FBA_INVENTORY_AVAILABILITY_CHANGES", false},
    {QUANTITY_CHANGE, true},
    {"LISTINGS_ITEM_STATUS_CHANGE", true},
    {"LISTINGS_ITEM_ISSUES_CHANGE", true},
};

/* ---- entries ---- */

static struct amazon_destination *destination_find(struct shop *shop, struct slice id)
{
    struct amazon *amazon = amazon_of(shop);
    for (size_t i = 0; i < amazon->destinations_count && id.n > 0; i++) {
        if (slice_equal(amazon->destinations[i].id, id)) {
            return &amazon->destinations[i];
        }
    }
    return NULL;
}

static struct amazon_subscription *subscription_of_type(struct shop *shop, struct slice type)
{
    struct amazon *amazon = amazon_of(shop);
    for (size_t i = 0; i < amazon->subscriptions_count; i++) {
        struct amazon_subscription *s = &amazon->subscriptions[i];
        if (s->id.n > 0 && slice_equal(s->type, type)) {
            return s;
        }
    }
    return NULL;
}

static struct amazon_destination *
destination_add(struct shop *shop, struct slice name, struct slice resource, bool is_eventbridge)
{
    struct amazon *amazon = amazon_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    char uuid[40];
    if (amazon->destinations_count == AMAZON_ENTRIES_MAX) {
        return NULL;
    }
    uuid_make(shop->sandbox, uuid);
    struct amazon_destination *d = &amazon->destinations[amazon->destinations_count++];
    *d = (struct amazon_destination){.id = arena_copy(arena, slice_of(uuid)),
                                     .name = arena_copy(arena, name),
                                     .resource = arena_copy(arena, resource),
                                     .is_eventbridge = is_eventbridge};
    return d;
}

static struct amazon_subscription *subscription_add(struct shop *shop,
                                                    struct slice type,
                                                    struct slice destination,
                                                    struct slice version)
{
    struct amazon *amazon = amazon_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    char uuid[40];
    if (amazon->subscriptions_count == AMAZON_ENTRIES_MAX) {
        return NULL;
    }
    uuid_make(shop->sandbox, uuid);
    struct amazon_subscription *s = &amazon->subscriptions[amazon->subscriptions_count++];
    *s = (struct amazon_subscription){.id = arena_copy(arena, slice_of(uuid)),
                                      .type = arena_copy(arena, type),
                                      .destination = destination,
                                      .version = arena_copy(arena, version)};
    return s;
}

/* What the merchant made before, when somebody wants to hear of the shop at all. */
void amazon_notify_init(struct shop *shop)
{
    struct amazon *amazon = amazon_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    if (shop->hooks_url.n == 0) {
        return;
    }
    struct slice sqs =
        arena_printf(arena, "{\"sqs\":{\"arn\":\"%.*s\"}}", SLICE_ARG(amazon->queue_arn));
    const struct amazon_destination *queue = destination_add(shop, SLICE("truecount"), sqs, false);
    const struct amazon_destination *bus =
        destination_add(shop,
                        SLICE("truecount-events"),
                        SLICE("{\"eventBridge\":{\"name\":\"aws.partner/sandbox\",\"region\":"
                              "\"" AMAZON_REGION "\",\"accountId\":\"" AMAZON_ACCOUNT "\"}}"),
                        true);
    must(queue != NULL && bus != NULL);
    subscription_add(shop, SLICE("ORDER_CHANGE"), queue->id, SLICE("1.0"));
    subscription_add(shop, SLICE(QUANTITY_CHANGE), bus->id, SLICE("1.0"));
}

/* ---- messages ---- */

/* A body under way in the sandbox's scratch. */
static struct json_writer message_start(struct shop *shop)
{
    arena_clear(&shop->sandbox->hook_turn);
    buf_clear(&shop->sandbox->scratch);
    return json_writer(&shop->sandbox->scratch);
}

static void message_end(struct shop *shop)
{
    must(!shop->sandbox->scratch.overflow);
    amazon_publish(shop, buf_view(&shop->sandbox->scratch));
}

static void put_head(struct json_writer *w, struct shop *shop, const char *type)
{
    json_begin_object(w);
    json_field_str(w, "NotificationVersion", "1.0");
    json_field_str(w, "NotificationType", type);
    json_field_str(w, "PayloadVersion", "1.0");
    json_field_time(w, "EventTime", env_wall_us(shop->sandbox->env));
    json_key(w, "Payload");
}

static void put_tail(struct json_writer *w, struct shop *shop, const struct amazon_subscription *s)
{
    char uuid[40];
    uuid_make(shop->sandbox, uuid);
    json_key(w, "NotificationMetadata");
    json_begin_object(w);
    json_field_str(w, "ApplicationId", "amzn1.sellerapps.app.sandbox");
    json_field_text(w, "SubscriptionId", s->id);
    json_field_time(w, "PublishTime", env_wall_us(shop->sandbox->env));
    json_field_str(w, "NotificationId", uuid);
    json_end_object(w);
    json_end_object(w);
}

/* The spelling of notifications differs from the API's. */
static const char *status_spelt(const char *status)
{
    static const char *const spellings[][2] = {{"PENDING", "Pending"},
                                               {"UNSHIPPED", "Unshipped"},
                                               {"PARTIALLY_SHIPPED", "PartiallyShipped"},
                                               {"SHIPPED", "Shipped"},
                                               {"CANCELLED", "Canceled"}};
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        if (strcmp(status, spellings[i][0]) == 0) {
            return spellings[i][1];
        }
    }
    return "Unfulfillable";
}

static int64_t line_open(const struct order *order, const struct order_line *line)
{
    return order->state == ORDER_CANCELLED ? 0 : line->ordered - line->removed - line->fulfilled;
}

static void
put_line(struct json_writer *w, const struct order *order, const struct order_line *line)
{
    struct arena *arena = &order->shop->sandbox->hook_turn;
    bool is_gone = line_open(order, line) == 0 && line->fulfilled == 0;
    json_begin_object(w);
    json_field_text(w, "OrderItemId", arena_printf(arena, "%" PRId64, line->id));
    json_field_text(w, "SellerSKU", line->item->sku);
    json_field_null(w, "SupplySourceId");
    json_field_str(w, "OrderItemStatus", is_gone ? "Canceled" : status_spelt(amazon_status(order)));
    json_field_int(w, "Quantity", line->ordered);
    json_field_int(w, "QuantityShipped", line->fulfilled);
    json_field_bool(w, "IsBuyerRequestedCancel", false);
    json_end_object(w);
}

static void put_summary(struct json_writer *w, const struct order *order, size_t from, size_t to)
{
    int64_t shipped = 0;
    int64_t open = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        shipped += order->lines[i].fulfilled;
        open += line_open(order, &order->lines[i]);
    }
    json_key(w, "Summary");
    json_begin_object(w);
    json_field_str(w, "MarketplaceId", AMAZON_MARKETPLACE);
    json_field_str(w, "OrderStatus", status_spelt(amazon_status(order)));
    json_field_time(w, "PurchaseDate", order->placed_us);
    json_field_str(w, "DestinationPostalCode", address_at(order->country)->zip);
    json_field_str(w, "FulfillmentType", amazon_is_fba(order->lines[0].item) ? "AFN" : "MFN");
    json_field_str(w, "OrderType", "StandardOrder");
    json_field_int(w, "NumberOfItemsShipped", shipped);
    json_field_int(w, "NumberOfItemsUnshipped", open);
    json_key(w, "OrderItems");
    json_begin_array(w);
    for (size_t i = from; i < to; i++) {
        put_line(w, order, &order->lines[i]);
    }
    json_end_array(w);
    json_end_object(w);
}

static bool
directive_takes(struct shop *shop, const struct amazon_subscription *s, const char *change)
{
    struct json root;
    struct err_note note;
    if (s->directive.n == 0 || json_parse(shop->sandbox->doc, s->directive, &root, &note)) {
        return true;
    }
    struct json wanted = json_path(root, "eventFilter", "orderChangeTypes", NULL);
    bool is_in = json_type(wanted) == JSON_NONE;
    for (struct json_iter i = json_iter(wanted); json_next(&i);) {
        struct slice one;
        is_in |= json_text(i.value, &one) && slice_is(one, change);
    }
    return is_in;
}

void amazon_order_say(struct order *order, const char *level, size_t line, const char *reason)
{
    struct shop *shop = order->shop;
    const struct amazon_subscription *s = subscription_of_type(shop, SLICE("ORDER_CHANGE"));
    bool is_whole = strcmp(level, "OrderLevel") == 0;
    if (!s || !directive_takes(shop, s, "OrderStatusChange")) {
        return;
    }
    struct json_writer w = message_start(shop);
    put_head(&w, shop, "ORDER_CHANGE");
    json_begin_object(&w);
    json_key(&w, "OrderChangeNotification");
    json_begin_object(&w);
    json_field_str(&w, "NotificationLevel", level);
    json_field_text(&w, "SellerId", amazon_of(shop)->seller);
    json_field_text(&w, "AmazonOrderId", amazon_order_text(&shop->sandbox->hook_turn, order->id));
    json_field_str(&w, "OrderChangeType", "OrderStatusChange");
    json_key(&w, "OrderChangeTrigger");
    json_begin_object(&w);
    if (dice_permille(&shop->sandbox->dice, shop->faults.hook_no_id)) {
        json_field_null(&w, "TimeOfOrderChange");
    } else {
        json_field_time(&w, "TimeOfOrderChange", order->changed_us);
    }
    json_field_str(&w, "ChangeReason", reason);
    json_end_object(&w);
    put_summary(&w, order, is_whole ? 0 : line, is_whole ? order->lines_count : line + 1);
    json_end_object(&w);
    json_end_object(&w);
    put_tail(&w, shop, s);
    message_end(shop);
}

/* ---- orders ---- */

struct release { /* a pending order becomes unshipped */
    struct task task;
    struct shop *shop;
    int64_t order;
};

static void release_drop(struct task *task)
{
    free(task);
}

static void release_run(struct task *task)
{
    struct release *release = (struct release *)task;
    struct order *order = order_find(release->shop, release->order);
    if (order && order->mark == 0) {
        bool is_pending = strcmp(amazon_status(order), "PENDING") == 0;
        order->mark = 1;
        if (is_pending) {
            order_touch(order);
            amazon_order_say(order, "OrderLevel", 0, "Payment was authorised");
        }
    }
    free(release);
}

static void release_plan(const struct order *order)
{
    struct release *release = calloc(1, sizeof(*release));
    must(release != NULL);
    release->task.run = release_run;
    release->task.drop = release_drop;
    release->shop = order->shop;
    release->order = order->id;
    sandbox_later(order->shop->sandbox, &release->task, late_us(order->shop));
}

void amazon_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    switch (event) {
    case ORDER_CREATED:
        release_plan(order);
        amazon_order_say(order, "OrderLevel", 0, "Order was placed");
        break;
    case ORDER_FULFIL:
        amazon_order_say(order, "OrderLevel", 0, "Shipment was confirmed");
        break;
    case ORDER_CANCEL:
        amazon_order_say(order, "OrderLevel", 0, "Order was cancelled");
        break;
    case ORDER_REFUND: /* a return has no notification */
        if (refund && !refund->is_shipped) {
            amazon_order_say(order, "OrderItemLevel", refund->line, "Units were cancelled");
        }
        break;
    case ORDER_CHANGED:
        break;
    }
}

/* ---- counts and feeds ---- */

void amazon_count_event(struct item *item)
{
    struct shop *shop = item->shop;
    const struct amazon_subscription *s = subscription_of_type(shop, SLICE(QUANTITY_CHANGE));
    char uuid[40];
    if (!s || amazon_is_fba(item)) {
        return;
    }
    uuid_make(shop->sandbox, uuid);
    struct json_writer w = message_start(shop);
    json_begin_object(&w);
    json_field_str(&w, "version", "0");
    json_field_str(&w, "id", uuid);
    json_field_str(&w, "detail-type", QUANTITY_CHANGE);
    json_field_str(&w, "source", "aws.partner/sellingpartnerapi.amazon.com");
    json_field_str(&w, "account", AMAZON_ACCOUNT);
    json_field_time(&w, "time", item->count_us);
    json_field_str(&w, "region", AMAZON_REGION);
    json_field_raw(&w, "resources", SLICE("[]"));
    json_key(&w, "detail");
    put_head(&w, shop, QUANTITY_CHANGE);
    json_begin_object(&w);
    json_field_text(&w, "SellerId", amazon_of(shop)->seller);
    json_field_str(&w, "FulfillmentChannelCode", "DEFAULT");
    json_field_text(&w, "Sku", item->sku);
    json_field_int(&w, "Quantity", item->count > 0 ? item->count : 0);
    json_end_object(&w);
    put_tail(&w, shop, s);
    json_end_object(&w);
    message_end(shop);
}

/* camelCase, unlike the others. */
void amazon_feed_event(struct shop *shop, const struct amazon_feed *feed)
{
    const struct amazon_subscription *s =
        subscription_of_type(shop, SLICE("FEED_PROCESSING_FINISHED"));
    struct arena *arena = &shop->sandbox->hook_turn;
    char uuid[40];
    if (!s) {
        return;
    }
    uuid_make(shop->sandbox, uuid);
    struct json_writer w = message_start(shop);
    json_begin_object(&w);
    json_field_str(&w, "notificationVersion", "2020-09-04");
    json_field_str(&w, "notificationType", "FEED_PROCESSING_FINISHED");
    json_field_str(&w, "payloadVersion", "2020-09-04");
    json_field_time(&w, "eventTime", env_wall_us(shop->sandbox->env));
    json_key(&w, "payload");
    json_begin_object(&w);
    json_key(&w, "feedProcessingFinishedNotification");
    json_begin_object(&w);
    json_field_text(&w, "sellerId", amazon_of(shop)->seller);
    json_field_text(&w, "feedId", arena_printf(arena, "%" PRId64, feed->id));
    json_field_str(&w, "feedType", "JSON_LISTINGS_FEED");
    json_field_str(&w, "processingStatus", feed->status);
    if (feed->result) {
        json_field_text(
            &w, "resultFeedDocumentId", amazon_of(shop)->documents[feed->result - 1].id);
    }
    json_end_object(&w);
    json_end_object(&w);
    json_key(&w, "notificationMetadata");
    json_begin_object(&w);
    json_field_str(&w, "applicationId", "amzn1.sellerapps.app.sandbox");
    json_field_text(&w, "subscriptionId", s->id);
    json_field_time(&w, "publishTime", env_wall_us(shop->sandbox->env));
    json_field_str(&w, "notificationId", uuid);
    json_end_object(&w);
    json_end_object(&w);
    message_end(shop);
}

/* ---- destinations ---- */

static void put_destination(struct json_writer *w, const struct amazon_destination *d)
{
    json_begin_object(w);
    json_field_text(w, "destinationId", d->id);
    json_field_text(w, "name", d->name);
    json_field_raw(w, "resource", d->resource);
    json_end_object(w);
}

static bool body_read(struct call *call, struct json *out)
{
    if (!rest_content_is(call, "application/json")) {
        amazon_error(call, 415, "InvalidInput", "The content type must be application/json.");
        return false;
    }
    if (!rest_body(call, out) || json_type(*out) != JSON_OBJECT) {
        amazon_invalid(call, "The body must be a JSON object.");
        return false;
    }
    return true;
}

/* sqs or eventBridge, one of them and whole. */
static bool resource_read(struct json spec, bool *out_eventbridge)
{
    struct slice arn;
    struct slice text;
    struct json sqs = json_get(spec, "sqs");
    struct json bus = json_get(spec, "eventBridge");
    *out_eventbridge = json_type(bus) == JSON_OBJECT;
    if (json_count(spec) != 1) {
        return false;
    }
    if (*out_eventbridge) {
        return json_text(json_get(bus, "region"), &text) &&
               json_text(json_get(bus, "accountId"), &text);
    }
    return json_text(json_get(sqs, "arn"), &arn) && slice_starts(arn, "arn:aws:sqs:");
}

static void destination_create(struct call *call)
{
    static const char *const keys[] = {"name", "resourceSpecification"};
    struct shop *shop = call->shop;
    struct amazon *amazon = amazon_of(shop);
    struct json body;
    struct slice name;
    bool is_eventbridge;
    if (!body_read(call, &body)) {
        return;
    }
    struct json spec = json_get(body, "resourceSpecification");
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0 ||
        !json_text(json_get(body, "name"), &name) || name.n == 0 || name.n > 256 ||
        !resource_read(spec, &is_eventbridge)) {
        amazon_invalid(call, "name and a resourceSpecification of one resource are required.");
        return;
    }
    struct slice resource = json_copy_text(spec, &shop->sandbox->turn);
    for (size_t i = 0; i < amazon->destinations_count; i++) {
        const struct amazon_destination *d = &amazon->destinations[i];
        if (d->id.n > 0 && slice_equal(d->resource, resource)) {
            amazon_error(call, 409, "Conflict", "A destination of this resource exists.");
            return;
        }
    }
    const struct amazon_destination *d = destination_add(shop, name, resource, is_eventbridge);
    if (!d) {
        amazon_error(call, 500, "InternalFailure", "The sandbox keeps at most 64 destinations.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_key(&w, "payload");
    put_destination(&w, d);
    json_end_object(&w);
}

static void destinations_list(struct call *call)
{
    const struct amazon *amazon = amazon_of(call->shop);
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_key(&w, "payload");
    json_begin_array(&w);
    for (size_t i = 0; i < amazon->destinations_count; i++) {
        if (amazon->destinations[i].id.n > 0) {
            put_destination(&w, &amazon->destinations[i]);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void destination_one(struct call *call, struct slice id)
{
    struct amazon_destination *d = destination_find(call->shop, id);
    if (!d) {
        amazon_error(call, 404, "NotFound", "The destination does not exist.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    if (rest_method(call, "GET")) {
        json_key(&w, "payload");
        put_destination(&w, d);
    } else {
        d->id = (struct slice){0};
    }
    json_end_object(&w);
}

/* ---- subscriptions ---- */

static void answer_subscription(struct call *call, const struct amazon_subscription *s)
{
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_key(&w, "payload");
    json_begin_object(&w);
    json_field_text(&w, "subscriptionId", s->id);
    json_field_text(&w, "payloadVersion", s->version);
    json_field_text(&w, "destinationId", s->destination);
    if (s->directive.n > 0) {
        json_field_raw(&w, "processingDirective", s->directive);
    }
    json_end_object(&w);
    json_end_object(&w);
}

static bool directive_is_good(struct json directive, struct slice type)
{
    static const char *const keys[] = {"eventFilterType", "orderChangeTypes", "marketplaceIds"};
    struct json filter = json_get(directive, "eventFilter");
    struct slice named;
    if (json_type(directive) == JSON_NONE) {
        return true;
    }
    if (json_count(directive) != 1) { /* an eventFilter excludes a filterExpression */
        return false;
    }
    if (json_type(filter) == JSON_NONE) {
        return json_text(json_get(directive, "filterExpression"), &named) && named.n <= 256;
    }
    bool is_good = json_text(json_get(filter, "eventFilterType"), &named) &&
                   slice_equal(named, type) && slice_is(type, "ORDER_CHANGE") &&
                   rest_key_unknown(filter, keys, COUNT_OF(keys)).n == 0;
    for (struct json_iter i = json_iter(json_get(filter, "orderChangeTypes"));
         json_next(&i) && is_good;) {
        is_good = json_text(i.value, &named) &&
                  (slice_is(named, "OrderStatusChange") || slice_is(named, "BuyerRequestedChange"));
    }
    return is_good;
}

static void subscription_create(struct call *call, size_t type)
{
    static const char *const keys[] = {"payloadVersion", "destinationId", "processingDirective"};
    struct shop *shop = call->shop;
    struct slice name = slice_of(types[type].type);
    struct json body;
    struct slice version;
    struct slice id;
    if (!body_read(call, &body)) {
        return;
    }
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0 ||
        !json_text(json_get(body, "payloadVersion"), &version) ||
        !json_text(json_get(body, "destinationId"), &id)) {
        amazon_invalid(call, "payloadVersion and destinationId are required.");
        return;
    }
    const struct amazon_destination *d = destination_find(shop, id);
    if (!d) {
        amazon_invalid(call, "The destination does not exist.");
        return;
    }
    if (d->is_eventbridge != types[type].is_eventbridge) {
        amazon_invalid(call, "The notification type does not support this kind of destination.");
        return;
    }
    struct json directive = json_get(body, "processingDirective");
    if (!directive_is_good(directive, name)) {
        amazon_invalid(call, "The processingDirective is not valid for this type.");
        return;
    }
    if (subscription_of_type(shop, name)) {
        amazon_error(call, 409, "Conflict", "A subscription of this type exists.");
        return;
    }
    struct amazon_subscription *s = subscription_add(shop, name, d->id, version);
    if (!s) {
        amazon_error(call, 500, "InternalFailure", "The sandbox keeps at most 64 subscriptions.");
        return;
    }
    if (json_type(directive) == JSON_OBJECT) {
        s->directive = json_copy_text(directive, &shop->sandbox->arena);
    }
    answer_subscription(call, s);
}

static void subscription_by_id(struct call *call, struct slice type, struct slice id)
{
    struct amazon_subscription *s = subscription_of_type(call->shop, type);
    if (!s || !slice_equal(s->id, id)) {
        amazon_error(call, 404, "NotFound", "The subscription does not exist.");
    } else if (rest_method(call, "GET")) {
        answer_subscription(call, s);
    } else {
        s->id = (struct slice){0};
        rest_text(call, 200, "application/json", SLICE("{}"));
    }
}

static void subscriptions_call(struct call *call, const struct rest_parts *parts)
{
    size_t type = 0;
    bool is_get = rest_method(call, "GET");
    while (type < COUNT_OF(types) && !slice_is(parts->at[3], types[type].type)) {
        type++;
    }
    bool by_id = parts->count == 5;
    if (!amazon_may(call, AMAZON_NOTIFICATIONS, by_id)) {
        return;
    }
    if (type == COUNT_OF(types)) {
        amazon_invalid(call, "The notification type is not known.");
    } else if (by_id && (is_get || rest_method(call, "DELETE"))) {
        subscription_by_id(call, parts->at[3], parts->at[4]);
    } else if (!by_id && rest_method(call, "POST")) {
        subscription_create(call, type);
    } else if (!by_id && is_get) {
        const struct amazon_subscription *s = subscription_of_type(call->shop, parts->at[3]);
        if (s) {
            answer_subscription(call, s);
        } else {
            amazon_error(call, 404, "NotFound", "There is no subscription of this type.");
        }
    } else {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
    }
}

static void destinations_call(struct call *call, const struct rest_parts *parts)
{
    if (!amazon_may(call, AMAZON_NOTIFICATIONS, true)) {
        return;
    }
    if (parts->count == 3 && rest_method(call, "POST")) {
        destination_create(call);
    } else if (parts->count == 3 && rest_method(call, "GET")) {
        destinations_list(call);
    } else if (parts->count == 4 && (rest_method(call, "GET") || rest_method(call, "DELETE"))) {
        destination_one(call, parts->at[3]);
    } else {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
    }
}

void amazon_notifications_call(struct call *call, const struct rest_parts *parts)
{
    bool is_v1 = parts->count >= 3 && slice_is(parts->at[1], "v1");
    if (is_v1 && slice_is(parts->at[2], "destinations") && parts->count <= 4) {
        destinations_call(call, parts);
    } else if (is_v1 && slice_is(parts->at[2], "subscriptions") &&
               (parts->count == 4 || parts->count == 5)) {
        subscriptions_call(call, parts);
    } else {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
    }
}
