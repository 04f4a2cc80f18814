/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_woo_hooks - webhooks: one topic each, bodies built when they leave, no retry, off after
 * the seventh failure in a row.
 *
 * A resource is queued once for each webhook until its delivery leaves, so that several changes
 * become one delivery of the last state. Delivery ids are shared within a second, as WooCommerce's
 * are.
 */
#include "drill/sandbox_woo.h"

#include "base/crypto.h"

#define FAILURES_MAX 5 /* one more sets the counter, the next one disables */

static struct woo_webhook *webhook_add(
    struct shop *shop, struct slice topic, struct slice url, struct slice secret, struct slice name)
{
    struct arena *arena = &shop->sandbox->arena;
    if (shop->webhooks_count >= WEBHOOKS_MAX) {
        return NULL;
    }
    struct woo_webhook *hook = &shop->webhooks[shop->webhooks_count++];
    *hook = (struct woo_webhook){
        .id = (int64_t)shop->webhooks_count,
        .name = arena_copy(arena, name),
        .topic = arena_copy(arena, topic),
        .url = arena_copy(arena, url),
        .secret = arena_copy(arena, secret),
        .status = "active",
        .created_us = shop_now_us(shop),
    };
    hook->changed_us = hook->created_us;
    return hook;
}

void woo_init(struct shop *shop)
{
    static const char *const topics[] = {
        "order.created", "order.updated", "order.deleted", "product.updated"};
    struct arena *arena = &shop->sandbox->arena;
    shop->webhooks = ARENA_ARRAY(arena, WEBHOOKS_MAX, struct woo_webhook);
    must(shop->webhooks != NULL);
    shop->source = arena_printf(arena, "%.*s/", SLICE_ARG(shop->base_url));
    for (size_t i = 0; shop->hooks_url.n > 0 && i < COUNT_OF(topics); i++) {
        struct slice url = arena_printf(arena, "%.*s/%s", SLICE_ARG(shop->hooks_url), topics[i]);
        webhook_add(shop, slice_of(topics[i]), url, shop->secret, slice_of(topics[i]));
    }
}

void woo_free(struct shop *shop)
{
    woo_nonces_clear(shop);
    map_free(&shop->nonces);
}

/* ---- events ---- */

static void
woo_event(struct shop *shop, const char *topic, uint32_t *waits, enum hook_what what, int64_t id)
{
    for (size_t i = 0; i < shop->webhooks_count; i++) {
        uint32_t bit = UINT32_C(1) << i;
        if (!slice_is(shop->webhooks[i].topic, topic)) {
            continue;
        }
        if (strcmp(shop->webhooks[i].status, "active") != 0) {
            shop->stats.hooks_lost++;
            continue;
        }
        if (*waits & bit) {
            continue;
        }
        *waits |= bit;
        if (!hook_send_late(shop, i, what, id)) {
            *waits &= ~bit;
        }
    }
}

/* A block checkout fires order.updated before order.created. */
void woo_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    (void)refund;
    woo_event(order->shop, "order.updated", &order->waits, WHAT_WOO_ORDER, order->id);
    if (event == ORDER_CREATED) {
        woo_event(order->shop, "order.created", &order->waits, WHAT_WOO_ORDER, order->id);
    }
}

void woo_saved(struct product *product, struct item *item)
{
    struct shop *shop = product->shop;
    if (item && !product->is_simple) {
        woo_event(shop, "product.updated", &item->waits, WHAT_WOO_VARIATION, item->id);
    } else {
        woo_event(shop, "product.updated", &product->waits, WHAT_WOO_PRODUCT, product->id);
    }
}

void woo_count_event(struct item *item)
{
    woo_saved(item->product, item->mode == STOCK_POOL ? NULL : item);
}

/* ---- delivery ---- */

static bool put_resource(struct hook_job *job, struct woo_out *o)
{
    struct shop *shop = job->shop;
    uint32_t bit = UINT32_C(1) << job->webhook;
    if (job->what == WHAT_WOO_ORDER) {
        struct order *order = order_find(shop, job->id);
        if (order) {
            order->waits &= ~bit;
            woo_put_order(o, order);
        }
        return order != NULL;
    }
    struct post *post = woo_post(shop, job->id);
    if (!post) {
        return false;
    }
    if (post->item) {
        post->item->waits &= ~bit;
        woo_put_variation(o, post->item, true);
    } else {
        post->product->waits &= ~bit;
        woo_put_product(o, post->product);
    }
    return true;
}

bool woo_hook_body(struct hook_job *job, struct arena *arena, struct buf *out)
{
    struct shop *shop = job->shop;
    struct woo_out o = {.w = json_writer(out), .shop = shop, .arena = arena};
    if (job->what == WHAT_BODY) { /* the ping */
        buf_printf(out, "webhook_id=%" PRId64, shop->webhooks[job->webhook].id);
        return true;
    }
    bool is_there = put_resource(job, &o);
    if (is_there && dice_permille(&shop->sandbox->dice, shop->faults.hook_no_id)) {
        buf_clear(out);
        buf_text(out,
                 "{\"code\":\"rest_no_route\",\"message\":\"No route was found matching the URL "
                 "and request method.\",\"data\":{\"status\":404}}");
    }
    return is_there && !out->overflow;
}

/* A hash of the webhook and the second: not unique. */
static struct slice delivery_id(const struct hook_job *job, struct arena *arena)
{
    uint8_t hash[16];
    struct slice text = arena_printf(
        arena, "%zu:%" PRId64, job->webhook, env_wall_us(job->shop->sandbox->env) / US_PER_S);
    blake2b(hash, sizeof(hash), &text, 1);
    return hex_encode(arena, (struct slice){(const char *)hash, sizeof(hash)});
}

void woo_hook_head(struct hook_job *job,
                   struct slice body,
                   struct hook_head *head,
                   struct arena *arena)
{
    const struct shop *shop = job->shop;
    const struct woo_webhook *hook = &shop->webhooks[job->webhook];
    struct slice agent = SLICE("WooCommerce/10.0.2 Hookshot (WordPress/6.8.3)");
    uint8_t mac[SHA256_SIZE];
    struct slice event = hook->topic;
    struct slice resource;
    hook_head_add(head, "User-Agent", agent);
    if (job->what == WHAT_BODY) {
        head->headers[0].value = SLICE("application/x-www-form-urlencoded");
        return;
    }
    slice_cut(&event, '.', &resource);
    hmac_sha256(mac, hook->secret, body);
    hook_head_add(head, "X-WC-Webhook-Source", shop->source);
    hook_head_add(head, "X-WC-Webhook-Topic", hook->topic);
    hook_head_add(head, "X-WC-Webhook-Resource", resource);
    hook_head_add(head, "X-WC-Webhook-Event", event);
    hook_head_add(head,
                  "X-WC-Webhook-Signature",
                  base64_encode(arena, (struct slice){(const char *)mac, sizeof(mac)}));
    hook_head_add(head, "X-WC-Webhook-ID", arena_printf(arena, "%" PRId64, hook->id));
    hook_head_add(head, "X-WC-Webhook-Delivery-ID", delivery_id(job, arena));
}

static void disabled_note(struct shop *shop)
{
    shop->stats.hooks_disabled = false;
    for (size_t i = 0; i < shop->webhooks_count; i++) {
        shop->stats.hooks_disabled |= strcmp(shop->webhooks[i].status, "disabled") == 0;
    }
}

struct slice woo_hook_url(const struct hook_job *job, struct arena *arena)
{
    (void)arena;
    return job->shop->webhooks[job->webhook].url;
}

bool woo_hook_is_good(int status)
{
    return status == 200 || status == 201 || status == 204 || status == 301 || status == 302;
}

int64_t woo_hook_retry_us(const struct hook_job *job)
{
    (void)job;
    return -1; /* it never tries again */
}

void woo_hook_done(struct hook_job *job, bool is_good)
{
    struct shop *shop = job->shop;
    struct woo_webhook *hook = &shop->webhooks[job->webhook];
    if (is_good) {
        hook->failures = 0;
    } else if (hook->failures > FAILURES_MAX) {
        hook->status = "disabled";
        hook->changed_us = shop_now_us(shop);
    } else {
        hook->failures++;
    }
    disabled_note(shop);
}

/* ---- /webhooks ---- */

static void ping(struct shop *shop, const struct woo_webhook *hook)
{
    hook_send_late(shop, (size_t)(hook->id - 1), WHAT_BODY, 0);
}

static void put_one(struct call *call, int status, const struct woo_webhook *hook)
{
    woo_answer(call, status);
    struct woo_out o = {
        .w = json_writer(call->out), .shop = call->shop, .arena = &call->shop->sandbox->turn};
    woo_query(call, "_fields", &o.fields);
    woo_put_webhook(&o, hook);
}

static void list_all(struct call *call)
{
    struct shop *shop = call->shop;
    int64_t page;
    int64_t size;
    if (!woo_paging(call, &page, &size)) {
        return;
    }
    woo_answer(call, 200);
    woo_paging_headers(call, page, size, (int64_t)shop->webhooks_count);
    struct woo_out o = {.w = json_writer(call->out), .shop = shop, .arena = &shop->sandbox->turn};
    json_begin_array(&o.w);
    for (int64_t i = (page - 1) * size; i < page * size && i < (int64_t)shop->webhooks_count; i++) {
        woo_put_webhook(&o, &shop->webhooks[i]);
    }
    json_end_array(&o.w);
}

static bool body_read(struct call *call, struct json *out)
{
    struct err_note note;
    if (json_parse(call->shop->sandbox->doc, call->x->request.body, out, &note)) {
        woo_error(call, 400, "rest_invalid_json", "Invalid JSON body passed.");
        return false;
    }
    return true;
}

static void create(struct call *call)
{
    struct json body;
    struct slice topic = {0};
    struct slice url = {0};
    struct slice secret = {0};
    struct slice name = {0};
    if (!body_read(call, &body)) {
        return;
    }
    json_text(json_get(body, "name"), &name);
    json_text(json_get(body, "secret"), &secret);
    if (!json_text(json_get(body, "topic"), &topic) || !memmem(topic.p, topic.n, ".", 1)) {
        woo_error(
            call, 400, "woocommerce_rest_webhook_invalid_topic", "Webhook topic must be valid.");
        return;
    }
    if (!json_text(json_get(body, "delivery_url"), &url) ||
        (!slice_starts(url, "http://") && !slice_starts(url, "https://"))) {
        woo_error(call,
                  400,
                  "woocommerce_rest_webhook_invalid_delivery_url",
                  "Webhook delivery URL must be a valid URL starting with http:// or https://.");
        return;
    }
    struct woo_webhook *hook = webhook_add(call->shop, topic, url, secret, name);
    if (!hook) {
        woo_error(call, 500, "internal_server_error", "The sandbox keeps at most 32 webhooks.");
        return;
    }
    ping(call->shop, hook);
    put_one(call, 201, hook);
}

static void update(struct call *call, struct woo_webhook *hook)
{
    static const char *const statuses[] = {"active", "paused", "disabled"};
    struct json body;
    struct slice text;
    if (!body_read(call, &body)) {
        return;
    }
    if (json_text(json_get(body, "status"), &text)) {
        for (size_t i = 0; i < COUNT_OF(statuses); i++) {
            hook->status = slice_is(text, statuses[i]) ? statuses[i] : hook->status;
        }
    }
    if (json_text(json_get(body, "secret"), &text)) {
        hook->secret = arena_copy(&call->shop->sandbox->arena, text);
    }
    if (json_text(json_get(body, "delivery_url"), &text) && !slice_equal(text, hook->url)) {
        hook->url = arena_copy(&call->shop->sandbox->arena, text);
        ping(call->shop, hook);
    }
    hook->changed_us = shop_now_us(call->shop);
    disabled_note(call->shop);
    put_one(call, 200, hook);
}

void woo_webhooks_call(struct call *call, struct slice rest)
{
    bool is_get = slice_is(call->x->request.method, "GET");
    int64_t id;
    if (rest.n == 0) {
        if (is_get) {
            list_all(call);
        } else {
            create(call);
        }
        return;
    }
    if (!slice_int(rest, &id) || id < 1 || id > (int64_t)call->shop->webhooks_count) {
        woo_error(call, 404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.");
        return;
    }
    struct woo_webhook *hook = &call->shop->webhooks[id - 1];
    if (is_get) {
        put_one(call, 200, hook);
    } else {
        update(call, hook);
    }
}
