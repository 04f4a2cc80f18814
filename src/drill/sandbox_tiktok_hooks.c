/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_tiktok_hooks - webhooks: ids and states only, one address for each event.
 *
 * Authorization carries the HMAC of the app's key and the body. Four more tries (2 min, 30 min, 3 h,
 * 12 h there; from retry_us doubling here), then it is lost. Webhooks spell a cancelled order
 * CANCEL, the API CANCELLED.
 */
#include "drill/sandbox_tiktok.h"

#include "base/crypto.h"

#define RETRIES_MAX 4
#define ADDRESS_MAX 255

static const struct {
    const char *name;
    int type;
} events[TT_EVENTS_COUNT] = {
    [TT_ORDER] = {"ORDER_STATUS_CHANGE", 1},
    [TT_CANCELLATION] = {"CANCELLATION_STATUS_CHANGE", 11},
    [TT_RETURN] = {"RETURN_STATUS_CHANGE", 12},
    [TT_PRODUCT] = {"PRODUCT_STATUS_CHANGE", 5},
    [TT_INVENTORY] = {"INVENTORY_STATUS_CHANGE", 27},
    [TT_DEAUTHORIZATION] = {"SELLER_DEAUTHORIZATION", 6},
    [TT_EXPIRATION] = {"UPCOMING_AUTHORIZATION_EXPIRATION", 7},
};

/* ---- subscriptions ---- */

static void subscribe(struct shop *shop, size_t event, struct slice address)
{
    struct tt_webhook *hook = &tt_of(shop)->webhooks[event];
    int64_t now_us = env_wall_us(shop->sandbox->env);
    hook->created_us = hook->address.n > 0 ? hook->created_us : now_us;
    hook->changed_us = now_us;
    hook->address = arena_copy(&shop->sandbox->arena, address);
}

void tt_subscribe_first(struct shop *shop)
{
    static const enum tt_event first[] = {TT_ORDER, TT_CANCELLATION, TT_RETURN, TT_INVENTORY};
    tt_of(shop)->is_app_wide = shop->hooks_url.n == 0;
    for (size_t i = 0; shop->hooks_url.n > 0 && i < COUNT_OF(first); i++) {
        subscribe(shop,
                  first[i],
                  arena_printf(&shop->sandbox->arena,
                               "%.*s/%s",
                               SLICE_ARG(shop->hooks_url),
                               events[first[i]].name));
    }
}

bool tt_serves_orders(const struct shop *shop)
{
    const struct tt *tt = tt_of(shop);
    return tt->is_app_wide || tt->webhooks[TT_ORDER].address.n > 0;
}

static bool is_number(struct slice host)
{
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9')) {
            return false;
        }
    }
    return true;
}

/* https, a name, no port. Loopback passes: there is no TLS here. */
static bool address_is_good(struct slice address)
{
    if (address.n == 0 || address.n > ADDRESS_MAX) {
        return false;
    }
    if (slice_starts(address, "http://127.0.0.1:")) {
        return true;
    }
    struct slice rest = slice_from(address, sizeof("https://") - 1);
    struct slice host;
    slice_cut(&rest, '/', &host);
    return slice_starts(address, "https://") && host.n > 0 && !memchr(host.p, ':', host.n) &&
           !is_number(host);
}

static void webhooks_list(struct call *call)
{
    const struct tt *tt = tt_of(call->shop);
    int64_t count = 0;
    struct json_writer w = tt_data(call);
    json_key(&w, "webhooks");
    json_begin_array(&w);
    for (size_t i = 0; i < TT_EVENTS_COUNT; i++) {
        const struct tt_webhook *hook = &tt->webhooks[i];
        if (hook->address.n == 0) {
            continue;
        }
        json_begin_object(&w);
        json_field_str(&w, "event_type", events[i].name);
        json_field_text(&w, "address", hook->address);
        json_field_int(&w, "create_time", hook->created_us / US_PER_S);
        json_field_int(&w, "update_time", hook->changed_us / US_PER_S);
        json_end_object(&w);
        count++;
    }
    json_end_array(&w);
    json_field_int(&w, "total_count", count);
    tt_done(&w);
}

/* TT_EVENTS_COUNT: refused. */
static size_t event_read(struct call *call, struct json body)
{
    struct slice name = {0};
    size_t event = 0;
    json_text(json_get(body, "event_type"), &name);
    while (event < TT_EVENTS_COUNT && !slice_is(name, events[event].name)) {
        event++;
    }
    if (event == TT_EVENTS_COUNT) {
        tt_bad_parameter(call, "event_type is not known.");
    }
    return event;
}

static void webhook_change(struct call *call, bool is_put)
{
    static const char *const keys[] = {"event_type", "address"};
    struct json body;
    struct slice address = {0};
    if (!tt_body(call, keys, is_put ? 2 : 1, &body)) {
        return;
    }
    size_t event = event_read(call, body);
    if (event == TT_EVENTS_COUNT) {
        return;
    }
    if (is_put) {
        if (!json_text(json_get(body, "address"), &address) || !address_is_good(address)) {
            tt_bad_parameter(call, "address must be https, with a domain name and no port.");
            return;
        }
        subscribe(call->shop, event, address);
    } else {
        tt_of(call->shop)->webhooks[event] = (struct tt_webhook){0};
    }
    struct json_writer w = tt_data(call);
    tt_done(&w);
}

void tt_webhooks_call(struct call *call)
{
    if (rest_method(call, "GET")) {
        webhooks_list(call);
    } else {
        webhook_change(call, rest_method(call, "PUT"));
    }
}

/* ---- deliveries ---- */

static struct json_writer event_begin(struct shop *shop, enum tt_event event)
{
    struct sandbox *sandbox = shop->sandbox;
    int64_t id = (int64_t)(dice_next(&sandbox->dice) >> 2);
    buf_clear(&sandbox->scratch);
    struct json_writer w = json_writer(&sandbox->scratch);
    json_begin_object(&w);
    json_field_int(&w, "type", events[event].type);
    tt_put_id(&w, "tts_notification_id", id);
    json_field_text(&w, "shop_id", tt_of(shop)->shop_id);
    json_field_int(&w, "timestamp", env_wall_us(sandbox->env) / US_PER_S);
    json_key(&w, "data");
    json_begin_object(&w);
    return w;
}

static void event_send(struct shop *shop, enum tt_event event, struct json_writer *w)
{
    tt_done(w);
    must(!shop->sandbox->scratch.overflow);
    if (tt_of(shop)->webhooks[event].address.n > 0) {
        hook_send_to(shop, event, buf_view(&shop->sandbox->scratch));
    }
}

static void order_send(const struct order *order)
{
    const char *status = tt_order_status(order);
    struct json_writer w = event_begin(order->shop, TT_ORDER);
    json_field_bool(&w, "is_on_hold_order", false);
    tt_put_id(&w, "order_id", order->id);
    json_field_str(&w, "order_status", strcmp(status, "CANCELLED") == 0 ? "CANCEL" : status);
    json_field_int(&w, "update_time", order->changed_us / US_PER_S);
    event_send(order->shop, TT_ORDER, &w);
}

static void cancellation_send(const struct order *order)
{
    struct json_writer w = event_begin(order->shop, TT_CANCELLATION);
    tt_put_id(&w, "order_id", order->id);
    json_field_str(&w, "cancellations_role", "SELLER");
    json_field_str(&w, "cancel_status", "CANCELLATION_REQUEST_SUCCESS");
    tt_put_id(&w, "cancel_id", order->refunds ? order->refunds->id : order->id);
    json_field_int(&w, "update_time", order->changed_us / US_PER_S);
    event_send(order->shop, TT_CANCELLATION, &w);
}

static void return_send(const struct order *order, const struct refund *refund)
{
    struct json_writer w = event_begin(order->shop, TT_RETURN);
    tt_put_id(&w, "order_id", order->id);
    tt_put_id(&w, "return_id", refund->id);
    json_field_str(&w, "return_role", "BUYER");
    json_field_str(&w, "return_type", "RETURN_AND_REFUND");
    json_field_str(&w, "return_status", "RETURN_OR_REFUND_REQUEST_COMPLETE");
    json_field_int(&w, "create_time", refund->at_us / US_PER_S);
    json_field_int(&w, "update_time", refund->at_us / US_PER_S);
    event_send(order->shop, TT_RETURN, &w);
}

static void paid(struct order *order)
{
    order_send(order);
}

/* ---- events ---- */

void tt_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    nodes_order_event(order, NODES_SHIP_TAKES, event == ORDER_CREATED);
    switch (event) {
    case ORDER_CREATED:
        order_send(order);
        order_pay_later(order, paid);
        break;
    case ORDER_CHANGED:
        break;
    case ORDER_CANCEL:
        order_send(order);
        cancellation_send(order);
        break;
    case ORDER_FULFIL:
        order_pay(order); /* nothing ships unpaid */
        order_send(order);
        break;
    case ORDER_REFUND:
        if (refund && refund->is_shipped) {
            return_send(order, refund);
        } else {
            cancellation_send(order);
            if (strcmp(tt_order_status(order), "CANCELLED") == 0) {
                order_send(order);
            }
        }
        break;
    }
}

void tt_count_event(struct item *item)
{
    struct shop *shop = item->shop;
    if (item->mode != STOCK_MANAGED) {
        return;
    }
    nodes_follow(item);
    struct nodes *nodes = nodes_of(item);
    bool is_out = item->count <= 0;
    bool fell = is_out && !nodes->was_out;
    nodes->was_out = is_out;
    if (!fell) {
        return;
    }
    struct json_writer w = event_begin(shop, TT_INVENTORY);
    tt_put_id(&w, "product_id", item->product->id);
    tt_put_id(&w, "sku_id", item->id);
    json_key(&w, "trigger_reason");
    json_begin_object(&w);
    json_field_str(&w, "alert_type", "REALTIME");
    json_field_int(&w, "low_stock_threshold", 0);
    json_end_object(&w);
    json_field_str(&w, "current_inventory_status", "OUT_OF_STOCK");
    json_key(&w, "inventory_distribution");
    json_begin_object(&w);
    json_field_int(&w, "total_quantity", nodes->open[0] + nodes->open[1]);
    json_field_int(&w, "available_quantity", 0);
    json_field_int(&w, "creator_reserved_quantity", 0);
    json_field_int(&w, "campaign_reserved_quantity", 0);
    json_field_int(&w, "committed_quantity", nodes->open[0] + nodes->open[1]);
    json_end_object(&w);
    json_field_int(&w, "update_time", item->count_us / US_PER_S);
    event_send(shop, TT_INVENTORY, &w);
}

void tt_hook_head(struct hook_job *job,
                  struct slice body,
                  struct hook_head *head,
                  struct arena *arena)
{
    const struct shop *shop = job->shop;
    uint8_t mac[SHA256_SIZE];
    struct slice text = arena_printf(arena, "%.*s%.*s", SLICE_ARG(shop->token), SLICE_ARG(body));
    hmac_sha256(mac, shop->token_secret, text);
    hook_head_add(
        head, "Authorization", hex_encode(arena, (struct slice){(const char *)mac, sizeof(mac)}));
}

struct slice tt_hook_url(const struct hook_job *job, struct arena *arena)
{
    (void)arena;
    return tt_of(job->shop)->webhooks[job->webhook].address;
}

bool tt_hook_is_good(int status)
{
    return status == 200;
}

int64_t tt_hook_retry_us(const struct hook_job *job)
{
    return job->attempts > RETRIES_MAX ? -1 : hook_retry_doubling_us(job);
}
