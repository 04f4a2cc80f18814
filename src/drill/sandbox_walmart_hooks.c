/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_walmart_hooks - subscriptions and signed deliveries.
 *
 * ORDER_UPDATES tells of new orders and of those that Walmart itself cancels. Shipments, refunds
 * and the seller's own cancels have no event. Which text form the HMAC has is not documented: every
 * second shop sends base64, the others hex.
 */
#include "drill/sandbox_walmart.h"

#include "base/crypto.h"
#include "base/times.h"

#define RETRIES_MAX 3 /* +5, +15, +45 minutes: here retry_us, and three times as long each */

static const struct wm_event events[] = {
    [WM_EVENT_ORDER] = {"ORDER_UPDATES", "ORDER", "Notification for changes of orders"},
    [WM_EVENT_OOS] = {"INVENTORY_OOS", "INVENTORY", "Notification for items out of stock"},
    {"OFFER_UNPUBLISHED", "ITEM", "Notification for unpublished offers"},
    {"BUY_BOX_CHANGED", "PRICE", "Notification for change in buy box"},
    {"REPORT_STATUS", "REPORTS", "Notification for report status"},
};

static bool is_base64(const struct shop *shop)
{
    return shop->index % 2 == 1;
}

/* ---- subscriptions ---- */

static const struct wm_event *event_of(struct slice type)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        if (slice_is(type, events[i].type)) {
            return &events[i];
        }
    }
    return NULL;
}

static struct wm_subscription *subscription_new(struct shop *shop)
{
    struct wm *wm = wm_of(shop);
    for (size_t i = 0; i < WM_SUBSCRIPTIONS_MAX; i++) {
        struct wm_subscription *s = &wm->subscriptions[i];
        if (!s->is_there) {
            *s = (struct wm_subscription){.is_there = true};
            uuid_make(shop->sandbox, s->id);
            wm->subscriptions_count =
                i >= wm->subscriptions_count ? i + 1 : wm->subscriptions_count;
            return s;
        }
    }
    return NULL;
}

void wm_subscribe_first(struct shop *shop)
{
    static const char *const topics[] = {"order_updates", "inventory_oos"};
    for (size_t i = 0; shop->hooks_url.n > 0 && i < COUNT_OF(topics); i++) {
        struct wm_subscription *s = subscription_new(shop);
        must(s != NULL);
        s->event = &events[i];
        s->url =
            arena_printf(&shop->sandbox->arena, "%.*s/%s", SLICE_ARG(shop->hooks_url), topics[i]);
        s->header = SLICE("X-TC-Signature");
        s->secret = shop->secret;
        s->is_active = true;
    }
}

static void put_subscription(struct json_writer *w, const struct wm_subscription *s)
{
    json_begin_object(w);
    json_field_str(w, "eventType", s->event->type);
    json_field_str(w, "subscriptionId", s->id);
    json_field_str(w, "partnerId", WM_PARTNER);
    json_field_str(w, "eventVersion", "V1");
    json_field_str(w, "resourceName", s->event->resource);
    json_field_text(w, "eventUrl", s->url);
    json_key(w, "headers");
    json_begin_object(w);
    json_field_str(w, "content-type", "application/json");
    json_end_object(w);
    json_key(w, "authDetails");
    json_begin_object(w);
    json_field_text(w, "authHeaderName", s->header);
    json_field_str(w, "authMethod", s->is_basic ? "BASIC_AUTH" : "HMAC");
    if (s->is_basic) {
        json_field_text(w, "userName", s->user);
        json_field_text(w, "password", s->password);
    } else {
        json_field_text(w, "clientSecret", s->secret);
    }
    json_end_object(w);
    json_field_str(w, "status", s->is_active ? "ACTIVE" : "INACTIVE");
    json_end_object(w);
}

static struct slice text_of(struct json v, const char *key)
{
    struct slice text = {0};
    json_text(json_get(v, key), &text);
    return text;
}

/* NULL: it is good, and lies in *out (its texts in the document). */
static const char *auth_read(struct json v, struct wm_subscription *out)
{
    struct slice method = text_of(v, "authMethod");
    out->header = text_of(v, "authHeaderName");
    out->secret = text_of(v, "clientSecret");
    out->user = text_of(v, "userName");
    out->password = text_of(v, "password");
    out->is_basic = slice_is(method, "BASIC_AUTH");
    if (!out->is_basic && !slice_is(method, "HMAC")) {
        return "authMethod must be BASIC_AUTH or HMAC here";
    }
    if (out->header.n == 0) {
        return "authHeaderName is needed";
    }
    bool is_whole = out->is_basic ? out->user.n && out->password.n : out->secret.n > 0;
    return is_whole ? NULL : "authDetails is not complete";
}

static const char *status_read(struct json v, struct wm_subscription *out)
{
    struct slice status = text_of(v, "status");
    out->is_active = slice_is(status, "ACTIVE");
    return out->is_active || slice_is(status, "INACTIVE") ? NULL : "status: ACTIVE or INACTIVE";
}

static const char *subscription_read(struct json v, struct wm_subscription *out)
{
    out->event = event_of(text_of(v, "eventType"));
    out->url = text_of(v, "eventUrl");
    if (!out->event) {
        return "eventType is not known";
    }
    if (!slice_is(text_of(v, "eventVersion"), "V1") ||
        !slice_is(text_of(v, "resourceName"), out->event->resource)) {
        return "eventVersion or resourceName is not that of the event";
    }
    if (!slice_starts(out->url, "http://") && !slice_starts(out->url, "https://")) {
        return "eventUrl must be an address";
    }
    struct json auth = json_get(v, "authDetails");
    return auth_read(auth, out);
}

static void
subscription_keep(struct shop *shop, struct wm_subscription *to, const struct wm_subscription *from)
{
    struct arena *arena = &shop->sandbox->arena;
    char id[40];
    memcpy(id, to->id, sizeof(id));
    *to = *from;
    memcpy(to->id, id, sizeof(id));
    to->url = arena_copy(arena, from->url);
    to->header = arena_copy(arena, from->header);
    to->secret = arena_copy(arena, from->secret);
    to->user = arena_copy(arena, from->user);
    to->password = arena_copy(arena, from->password);
    to->is_there = true;
}

static void subscriptions_create(struct call *call)
{
    static const char *const keys[] = {"events"};
    struct json body;
    if (!wm_body(call, &body)) {
        return;
    }
    struct json list = json_get(body, "events");
    const char *wrong = json_count(list) == 0 ? "events is needed" : NULL;
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0) {
        wrong = "Unrecognized field in the request";
    }
    for (struct json_iter i = json_iter(list); !wrong && json_next(&i);) {
        struct wm_subscription s = {0};
        wrong = subscription_read(i.value, &s);
        wrong = wrong ? wrong : status_read(i.value, &s);
    }
    if (wrong) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "events", wrong);
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "events");
    json_begin_array(&w);
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        struct wm_subscription read = {0};
        struct wm_subscription *s = subscription_new(call->shop);
        if (s && !subscription_read(i.value, &read) && !status_read(i.value, &read)) {
            subscription_keep(call->shop, s, &read);
            put_subscription(&w, s);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void subscriptions_list(struct call *call)
{
    static const char *const known[] = {"subscriptionId", "eventType", "resourceName", "status"};
    const struct wm *wm = wm_of(call->shop);
    struct slice id = {0};
    struct slice type = {0};
    if (!wm_query_known(call, known, COUNT_OF(known))) {
        return;
    }
    bool has_id = rest_query(call, "subscriptionId", &id);
    bool has_type = rest_query(call, "eventType", &type);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "events");
    json_begin_array(&w);
    for (size_t i = 0; i < wm->subscriptions_count; i++) {
        const struct wm_subscription *s = &wm->subscriptions[i];
        if (s->is_there && (!has_id || slice_is(id, s->id)) &&
            (!has_type || slice_is(type, s->event->type))) {
            put_subscription(&w, s);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
}

static struct wm_subscription *subscription_find(struct wm *wm, struct slice id)
{
    for (size_t i = 0; i < wm->subscriptions_count; i++) {
        if (wm->subscriptions[i].is_there && slice_is(id, wm->subscriptions[i].id)) {
            return &wm->subscriptions[i];
        }
    }
    return NULL;
}

static void subscription_patch(struct call *call, struct wm_subscription *s)
{
    struct json body;
    if (!wm_body(call, &body)) {
        return;
    }
    struct wm_subscription changed = *s;
    const char *wrong = NULL;
    if (json_type(json_get(body, "eventUrl")) != JSON_NONE) {
        changed.url = text_of(body, "eventUrl");
    }
    if (json_type(json_get(body, "authDetails")) != JSON_NONE) {
        wrong = auth_read(json_get(body, "authDetails"), &changed);
    }
    if (!wrong && json_type(json_get(body, "status")) != JSON_NONE) {
        wrong = status_read(body, &changed);
    }
    if (wrong) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "body", wrong);
        return;
    }
    subscription_keep(call->shop, s, &changed);
    struct json_writer w = json_writer(call->out);
    put_subscription(&w, s);
}

static void subscription_delete(struct call *call, struct wm_subscription *s)
{
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "subscriptionId", s->id);
    json_field_str(&w, "message", "Successfully deleted subscription");
    json_end_object(&w);
    s->is_there = false;
}

static void event_types(struct call *call)
{
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "events");
    json_begin_array(&w);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        json_begin_object(&w);
        json_field_str(&w, "resourceName", events[i].resource);
        json_field_str(&w, "eventType", events[i].type);
        json_field_str(&w, "eventVersion", "V1");
        json_field_str(&w, "description", events[i].description);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- deliveries ---- */

static struct json_writer event_begin(struct shop *shop, const struct wm_event *event)
{
    struct sandbox *sandbox = shop->sandbox;
    char stamp[TIME_TEXT_MAX];
    char id[40];
    uuid_make(sandbox, id);
    buf_clear(&sandbox->scratch);
    struct json_writer w = json_writer(&sandbox->scratch);
    json_begin_object(&w);
    json_key(&w, "source");
    json_begin_object(&w);
    json_field_str(&w, "eventType", event->type);
    json_field_text(&w, "eventTime", time_format(env_wall_us(sandbox->env), stamp));
    json_field_str(&w, "eventId", id);
    json_end_object(&w);
    json_key(&w, "payload");
    json_begin_object(&w);
    json_field_str(&w, "partnerId", WM_PARTNER);
    return w;
}

static void event_send(struct shop *shop, const struct wm_event *event, struct json_writer *w)
{
    const struct wm *wm = wm_of(shop);
    json_end_object(w);
    json_end_object(w);
    must(!shop->sandbox->scratch.overflow);
    for (size_t i = 0; i < wm->subscriptions_count; i++) {
        const struct wm_subscription *s = &wm->subscriptions[i];
        if (s->is_there && s->is_active && s->event == event) {
            hook_send_to(shop, i, buf_view(&shop->sandbox->scratch));
        }
    }
}

static void order_send(struct order *order, const char *what)
{
    struct shop *shop = order->shop;
    struct arena *arena = &shop->sandbox->hook_turn;
    arena_clear(arena);
    struct json_writer w = event_begin(shop, &events[WM_EVENT_ORDER]);
    json_field_str(&w, "subEventType", what);
    json_key(&w, "order");
    wm_put_order(&w, arena, order);
    event_send(shop, &events[WM_EVENT_ORDER], &w);
}

static void out_of_stock_send(struct item *item)
{
    struct shop *shop = item->shop;
    struct json_writer w = event_begin(shop, &events[WM_EVENT_OOS]);
    json_field_text(&w, "sku", item->sku);
    json_field_text(&w, "productName", item->product->title);
    json_key(&w, "shipNodes");
    json_begin_array(&w);
    for (size_t i = 0; i < NODES_COUNT; i++) {
        json_begin_object(&w);
        json_field_text(&w, "shipNode", wm_of(shop)->nodes[i]);
        json_field_int(&w, "availToSellQty", nodes_visible(item, i));
        json_end_object(&w);
    }
    json_end_array(&w);
    event_send(shop, &events[WM_EVENT_OOS], &w);
}

void wm_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    (void)refund;
    nodes_order_event(order, NODES_SHIP_FREES, event == ORDER_CREATED);
    if (event == ORDER_CREATED) {
        order_send(order, "PO_CREATED");
    } else if (event == ORDER_CANCEL) {
        order_send(order, order->id % 2 == 0 ? "FRAUD_CANCEL" : "PO_LINE_AUTOCANCELLED");
    }
    for (size_t i = 0; event == ORDER_FULFIL && i < order->lines_count; i++) {
        item_count_changed(order->lines[i].item); /* shown again */
    }
}

void wm_count_event(struct item *item)
{
    if (item->mode != STOCK_MANAGED) {
        return;
    }
    nodes_follow(item);
    bool is_out = item->count <= 0;
    bool was_out = nodes_of(item)->was_out;
    nodes_of(item)->was_out = is_out;
    if (is_out && !was_out) {
        out_of_stock_send(item);
    }
}

void wm_hook_head(struct hook_job *job,
                  struct slice body,
                  struct hook_head *head,
                  struct arena *arena)
{
    const struct wm_subscription *s = &wm_of(job->shop)->subscriptions[job->webhook];
    char name[64];
    uint8_t mac[SHA256_SIZE];
    struct slice value;
    if (s->is_basic) {
        value = base64_encode(
            arena, arena_printf(arena, "%.*s:%.*s", SLICE_ARG(s->user), SLICE_ARG(s->password)));
    } else {
        hmac_sha256(mac, s->secret, body);
        struct slice bytes = {(const char *)mac, sizeof(mac)};
        value = is_base64(job->shop) ? base64_encode(arena, bytes) : hex_encode(arena, bytes);
    }
    snprintf(name, sizeof(name), "%.*s", SLICE_ARG(s->header));
    hook_head_add(head, arena_copy(arena, slice_of(name)).p, value);
}

struct slice wm_hook_url(const struct hook_job *job, struct arena *arena)
{
    (void)arena;
    return wm_of(job->shop)->subscriptions[job->webhook].url;
}

int64_t wm_hook_retry_us(const struct hook_job *job)
{
    if (job->attempts > RETRIES_MAX) {
        return -1;
    }
    int64_t delay_us = job->shop->retry_us;
    for (int i = 1; i < job->attempts; i++) {
        delay_us *= 3;
    }
    return delay_us;
}

/* POST /v3/webhooks/test: one delivery of the event to that address. */
static void test_call(struct call *call)
{
    struct json body;
    struct wm_subscription read = {0};
    if (!wm_body(call, &body)) {
        return;
    }
    const char *wrong = subscription_read(body, &read);
    struct wm_subscription *s = wrong ? NULL : subscription_new(call->shop);
    if (!s) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "body", wrong ? wrong : "too many");
        return;
    }
    subscription_keep(call->shop, s, &read);
    s->is_there = false; /* its place may be taken again, after this delivery left */
    struct json_writer w = event_begin(call->shop, s->event);
    json_field_str(&w, "subEventType", "TEST");
    json_end_object(&w);
    json_end_object(&w);
    hook_send_to(call->shop,
                 (size_t)(s - wm_of(call->shop)->subscriptions),
                 buf_view(&call->shop->sandbox->scratch));
    w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "message", "Eventurl successfully validated");
    json_end_object(&w);
}

/* ---- routes ---- */

void wm_hooks_call(struct call *call, const struct rest_parts *parts)
{
    if (!wm_bucket_take(call, WM_HOOKS)) {
        return;
    }
    bool is_get = rest_method(call, "GET");
    bool is_list = rest_is(parts, "v3", "webhooks", "subscriptions", NULL);
    struct wm_subscription *one = rest_is(parts, "v3", "webhooks", "subscriptions", "*", NULL)
                                      ? subscription_find(wm_of(call->shop), parts->at[3])
                                      : NULL;
    if (rest_is(parts, "v3", "webhooks", "eventTypes", NULL) && is_get) {
        event_types(call);
    } else if (rest_is(parts, "v3", "webhooks", "test", NULL) && rest_method(call, "POST")) {
        test_call(call);
    } else if (is_list && is_get) {
        subscriptions_list(call);
    } else if (is_list && rest_method(call, "POST")) {
        subscriptions_create(call);
    } else if (one && rest_method(call, "PATCH")) {
        subscription_patch(call, one);
    } else if (one && rest_method(call, "DELETE")) {
        subscription_delete(call, one);
    } else {
        wm_not_found(call, "There is no such subscription or operation");
    }
}
