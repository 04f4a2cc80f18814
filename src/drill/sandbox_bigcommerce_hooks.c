/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_bigcommerce_hooks - hooks v3: thin deliveries, signed and with the hook's own headers,
 * tried eleven times more, then the hook is switched off.
 *
 * The hash is of the data alone: two changes of one order carry the same.
 */
#include "drill/sandbox_bigcommerce.h"

#include "base/crypto.h"

#define RETRIES_MAX 11
#define HOOKS_OF_SCOPE_MAX 10
#define WARN_EVERY_US (600 * US_PER_S)
#define SCOPE_EXCEPTION "store/hook/deliveryException"

static const char *const scopes[] = {
    "store/order/*",
    "store/order/created",
    "store/order/updated",
    "store/order/archived",
    "store/order/statusUpdated",
    "store/order/message/created",
    "store/order/refund/created",
    "store/order/transaction/created",
    "store/order/transaction/updated",
    "store/shipment/*",
    "store/shipment/created",
    "store/shipment/updated",
    "store/shipment/deleted",
    "store/product/*",
    "store/product/created",
    "store/product/updated",
    "store/product/deleted",
    "store/product/inventory/*",
    "store/product/inventory/updated",
    "store/product/inventory/order/updated",
    "store/sku/*",
    "store/sku/created",
    "store/sku/updated",
    "store/sku/deleted",
    "store/sku/inventory/*",
    "store/sku/inventory/updated",
    "store/sku/inventory/order/updated",
    "store/inventory/location/*",
    "store/inventory/location/created",
    "store/inventory/location/updated",
    "store/channel/1/inventory/product/*",
    "store/channel/1/inventory/product/stock_changed",
    "store/channel/1/inventory/product/out_of_stock_reached",
    "store/channel/1/inventory/product/low_stock_reached",
    "store/channel/1/inventory/product/settings_changed",
    "store/channel/1/order/*",
    "store/channel/1/order/created",
    "store/channel/1/order/updated",
    "store/app/uninstalled",
    SCOPE_EXCEPTION,
};

static struct bc_hook *hook_add(struct shop *shop, struct slice scope, struct slice destination)
{
    struct bc *bc = bc_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    if (bc->hooks_count == BC_HOOKS_MAX) {
        return NULL;
    }
    struct bc_hook *hook = &bc->hooks[bc->hooks_count++];
    *hook = (struct bc_hook){
        .id = 18048286 + (int64_t)bc->hooks_count,
        .scope = arena_copy(arena, scope),
        .destination = arena_copy(arena, destination),
        .headers = SLICE("null"),
        .is_active = true,
        .created_us = shop_now_us(shop),
    };
    hook->updated_us = hook->created_us;
    return hook;
}

/* What the merchant made before: each scope to an address of its own, with a token of ours. */
void bc_hooks_init(struct shop *shop)
{
    static const char *const made[] = {
        "store/order/created",
        "store/order/updated",
        "store/order/statusUpdated",
        "store/order/refund/created",
        "store/shipment/created",
        "store/sku/inventory/updated",
        "store/sku/inventory/order/updated",
        "store/product/inventory/updated",
        "store/product/inventory/order/updated",
        "store/channel/1/inventory/product/stock_changed",
    };
    struct arena *arena = &shop->sandbox->arena;
    for (size_t i = 0; shop->hooks_url.n > 0 && i < COUNT_OF(made); i++) {
        struct slice to = arena_printf(arena, "%.*s/%s", SLICE_ARG(shop->hooks_url), made[i]);
        struct bc_hook *hook = hook_add(shop, slice_of(made[i]), to);
        must(hook != NULL);
        hook->headers = arena_printf(arena, "{\"X-Tc-Token\":\"%.*s\"}", SLICE_ARG(shop->secret));
    }
}

/* ---- events ---- */

static bool scope_covers(struct slice scope, const char *event)
{
    if (slice_ends(scope, "/*")) {
        return strncmp(event, scope.p, scope.n - 1) == 0;
    }
    return slice_is(scope, event);
}

static void send(struct shop *shop, size_t at, const char *event, struct slice data)
{
    struct sandbox *sandbox = shop->sandbox;
    struct arena *arena = &bc_of(shop)->events;
    uint8_t hash[20];
    blake2b(hash, sizeof(hash), &data, 1);
    struct slice hex = hex_encode(arena, (struct slice){(const char *)hash, sizeof(hash)});
    buf_clear(&sandbox->scratch);
    buf_printf(&sandbox->scratch,
               "{\"scope\":\"%s\",\"store_id\":\"1025646\",\"data\":%.*s,\"hash\":\"%.*s\","
               "\"created_at\":%" PRId64 ",\"producer\":\"%.*s\"}",
               event,
               SLICE_ARG(data),
               SLICE_ARG(hex),
               env_wall_us(sandbox->env) / US_PER_S,
               SLICE_ARG(shop->source));
    must(!sandbox->scratch.overflow);
    hook_send_to(shop, at, buf_view(&sandbox->scratch));
}

/* `data`: JSON object text of the turn of webhooks. */
static void emit(struct shop *shop, const char *event, struct slice data)
{
    struct bc *bc = bc_of(shop);
    for (size_t i = 0; i < bc->hooks_count; i++) {
        const struct bc_hook *hook = &bc->hooks[i];
        if (hook->id && hook->is_active && scope_covers(hook->scope, event)) {
            send(shop, i, event, data);
        }
    }
}

static struct arena *turn_start(struct shop *shop)
{
    arena_clear(&bc_of(shop)->events);
    return &bc_of(shop)->events;
}

static void order_status_event(struct order *order, struct slice data)
{
    struct shop *shop = order->shop;
    int64_t now = bc_status_id(order);
    emit(shop, "store/order/updated", data);
    emit(shop,
         "store/channel/1/order/updated",
         arena_printf(&bc_of(shop)->events, "{\"order_id\":%" PRId64 "}", order->id));
    if (now == order->mark) {
        return;
    }
    emit(shop,
         "store/order/statusUpdated",
         arena_printf(&bc_of(shop)->events,
                      "{\"type\":\"order\",\"id\":%" PRId64
                      ",\"status\":{\"previous_status_id\":%" PRId64 ",\"new_status_id\":%" PRId64
                      "}}",
                      order->id,
                      order->mark,
                      now));
    order->mark = now;
}

void bc_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    struct shop *shop = order->shop;
    struct arena *arena = turn_start(shop);
    struct slice data = arena_printf(arena, "{\"type\":\"order\",\"id\":%" PRId64 "}", order->id);
    switch (event) {
    case ORDER_CREATED:
        emit(shop, "store/order/created", data);
        emit(shop,
             "store/channel/1/order/created",
             arena_printf(arena, "{\"order_id\":%" PRId64 "}", order->id));
        break;
    case ORDER_FULFIL:
        emit(shop,
             "store/shipment/created",
             arena_printf(arena,
                          "{\"type\":\"shipment\",\"id\":%" PRId64 ",\"orderId\":%" PRId64 "}",
                          order->shipments->id,
                          order->id));
        break;
    case ORDER_REFUND:
        emit(shop,
             "store/order/refund/created",
             arena_printf(arena,
                          "{\"type\":\"order\",\"id\":%" PRId64
                          ",\"refund\":{\"refund_id\":%" PRId64 "}}",
                          order->id,
                          refund ? refund->id : order->refunds->id));
        break;
    case ORDER_CHANGED:
    case ORDER_CANCEL:
        break;
    }
    order_status_event(order, data);
}

static struct slice count_data(struct arena *arena, struct item *item, bool by_variant)
{
    if (by_variant) {
        return arena_printf(
            arena,
            "{\"type\":\"sku\",\"id\":%" PRId64 ",\"inventory\":{\"product_id\":%" PRId64
            ",\"method\":\"absolute\",\"value\":%" PRId64 ",\"variant_id\":%" PRId64 "}}",
            bc_sku_id(item),
            item->product->id,
            *item_carrier(item),
            item->id);
    }
    return arena_printf(arena,
                        "{\"type\":\"product\",\"id\":%" PRId64
                        ",\"inventory\":{\"product_id\":%" PRId64
                        ",\"method\":\"absolute\",\"value\":%" PRId64 "}}",
                        item->product->id,
                        item->product->id,
                        *item_carrier(item));
}

/* Orders and other writers have scopes of their own; what is not tracked has none. */
void bc_count_event(struct item *item)
{
    struct shop *shop = item->shop;
    struct arena *arena = turn_start(shop);
    bool by_order = shop->deed_order != NULL;
    enum bc_tracking tracking = bc_tracking(item->product);
    if (tracking == BC_BY_NONE) {
        return;
    }
    bool by_variant = tracking == BC_BY_VARIANT;
    struct slice scope = arena_printf(arena,
                                      "store/%s/inventory/%supdated",
                                      by_variant ? "sku" : "product",
                                      by_order ? "order/" : "");
    emit(shop, scope.p, count_data(arena, item, by_variant));
    if (!by_order) {
        emit(shop,
             "store/channel/1/inventory/product/stock_changed",
             arena_printf(arena,
                          "{\"variant_id\":%" PRId64 ",\"product_id\":%" PRId64
                          ",\"location_id\":1}",
                          item->id,
                          item->product->id));
    }
}

/* ---- delivery ---- */

struct slice bc_hook_url(const struct hook_job *job, struct arena *arena)
{
    (void)arena;
    return bc_of(job->shop)->hooks[job->webhook].destination;
}

void bc_hook_head(struct hook_job *job,
                  struct slice body,
                  struct hook_head *head,
                  struct arena *arena)
{
    struct shop *shop = job->shop;
    const struct bc_hook *hook = &bc_of(shop)->hooks[job->webhook];
    struct json root;
    struct err_note note;
    struct slice value;
    if (!json_parse(shop->sandbox->doc, hook->headers, &root, &note)) {
        for (struct json_iter i = json_iter(root); json_next(&i) && head->count < 8;) {
            if (json_text(i.value, &value)) {
                hook_head_add(head, arena_copy(arena, i.key).p, arena_copy(arena, value));
            }
        }
    }
    if (!shop->hooks_unsigned) {
        hook_head_standard(job, shop->token_secret, body, head, arena);
    }
}

/* 60 s to a day there; here doubling from retry_ms. */
int64_t bc_hook_retry_us(const struct hook_job *job)
{
    return job->attempts > RETRIES_MAX ? -1 : hook_retry_doubling_us(job);
}

/* To hooks of another destination than the one that failed. */
static void
exception(struct shop *shop, const struct bc_hook *failed, int code, const char *message)
{
    struct bc *bc = bc_of(shop);
    struct arena *arena = turn_start(shop);
    struct slice data = arena_printf(arena,
                                     "{\"type\":\"webhook\",\"id\":%" PRId64
                                     ",\"error_code\":%d,\"message\":\"%s\"}",
                                     failed->id,
                                     code,
                                     message);
    for (size_t i = 0; i < bc->hooks_count; i++) {
        const struct bc_hook *hook = &bc->hooks[i];
        if (hook->id && hook->is_active && slice_is(hook->scope, SCOPE_EXCEPTION) &&
            !slice_equal(hook->destination, failed->destination)) {
            send(shop, i, SCOPE_EXCEPTION, data);
        }
    }
}

static void disabled_note(struct shop *shop)
{
    const struct bc *bc = bc_of(shop);
    shop->stats.hooks_disabled = false;
    for (size_t i = 0; i < bc->hooks_count; i++) {
        shop->stats.hooks_disabled |= bc->hooks[i].id && !bc->hooks[i].is_active;
    }
}

void bc_hook_done(struct hook_job *job, bool is_good)
{
    struct shop *shop = job->shop;
    struct bc_hook *hook = &bc_of(shop)->hooks[job->webhook];
    int64_t now_us = env_mono_us(shop->sandbox->env);
    if (is_good) {
        return;
    }
    if (job->attempts >= RETRIES_MAX) {
        hook->is_active = false;
        hook->updated_us = shop_now_us(shop);
        disabled_note(shop);
        exception(shop, hook, 90002, "Retries are exhausted, the hook is disabled");
    } else if (hook->warned_us == 0 || now_us - hook->warned_us > WARN_EVERY_US) {
        hook->warned_us = now_us;
        exception(shop, hook, 90001, "The delivery failed and will be tried again");
    }
}

/* ---- /v3/hooks ---- */

static void put_hook(struct json_writer *w, const struct shop *shop, const struct bc_hook *hook)
{
    json_begin_object(w);
    json_field_int(w, "id", hook->id);
    json_field_text(w, "client_id", bc_of(shop)->client_id);
    json_field_text(w, "store_hash", bc_of(shop)->store_hash);
    json_field_int(w, "created_at", hook->created_us / US_PER_S);
    json_field_int(w, "updated_at", hook->updated_us / US_PER_S);
    json_field_text(w, "scope", hook->scope);
    json_field_text(w, "destination", hook->destination);
    json_field_bool(w, "is_active", hook->is_active);
    json_field_raw(w, "headers", hook->headers);
    json_end_object(w);
}

static void put_one(struct call *call, const struct bc_hook *hook)
{
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_key(&w, "data");
    put_hook(&w, call->shop, hook);
    json_key(&w, "meta");
    json_begin_object(&w);
    json_end_object(&w);
    json_end_object(&w);
}

static void list_hooks(struct call *call)
{
    const struct bc *bc = bc_of(call->shop);
    struct slice scope;
    struct slice destination;
    struct slice active;
    int64_t page;
    int64_t limit;
    if (!bc_paging(call, 50, 250, &page, &limit)) {
        return;
    }
    bool by_scope = rest_query(call, "scope", &scope);
    bool by_destination = rest_query(call, "destination", &destination);
    bool by_active = rest_query(call, "is_active", &active);
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    int64_t count = 0;
    json_begin_object(&w);
    json_key(&w, "data");
    json_begin_array(&w);
    for (size_t i = 0; i < bc->hooks_count; i++) {
        const struct bc_hook *hook = &bc->hooks[i];
        if (hook->id == 0 || (by_scope && !slice_equal(hook->scope, scope)) ||
            (by_destination && !slice_equal(hook->destination, destination)) ||
            (by_active && hook->is_active != slice_is(active, "true"))) {
            continue;
        }
        int64_t at = total++;
        if (at >= (page - 1) * limit && at < page * limit) {
            put_hook(&w, call->shop, hook);
            count++;
        }
    }
    json_end_array(&w);
    bc_put_meta(&w, total, count, page, limit);
    json_end_object(&w);
}

/* https on 443 with a public certificate there; here also what runs on this machine. */
static bool destination_is_good(struct slice url)
{
    if (slice_starts(url, "http://127.0.0.1:") || slice_starts(url, "http://localhost:")) {
        return true;
    }
    if (!slice_starts(url, "https://")) {
        return false;
    }
    struct slice rest = slice_from(url, 8);
    struct slice host;
    slice_cut(&rest, '/', &host);
    return host.n > 0 && memchr(host.p, ':', host.n) == NULL;
}

static bool scope_is_known(struct slice scope)
{
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        if (slice_is(scope, scopes[i])) {
            return true;
        }
    }
    return false;
}

/* What a body says of a hook. */
struct hook_fields {
    struct slice scope, destination, headers;
    bool has_scope, has_destination, has_headers, has_active, is_active;
};

static bool refused(struct call *call, const char *errors)
{
    bc_problem(call, 422, "JSON data is missing or invalid", errors);
    return false;
}

static bool headers_are_good(struct json headers)
{
    struct slice text;
    bool is_good = json_type(headers) == JSON_OBJECT || json_type(headers) == JSON_NULL;
    for (struct json_iter i = json_iter(headers); json_next(&i) && is_good;) {
        is_good = json_text(i.value, &text);
    }
    return is_good && json_count(headers) <= 8;
}

static bool fields_read(struct call *call, struct json body, struct hook_fields *out)
{
    static const char *const keys[] = {
        "scope", "destination", "is_active", "headers", "events_history_enabled"};
    struct json headers = json_get(body, "headers");
    struct json active = json_get(body, "is_active");
    *out = (struct hook_fields){0};
    out->has_scope = json_text(json_get(body, "scope"), &out->scope);
    out->has_destination = json_text(json_get(body, "destination"), &out->destination);
    out->has_headers = json_type(headers) != JSON_NONE;
    out->has_active = json_type(active) != JSON_NONE;
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0) {
        return refused(call, "{\"field\":\"error.unknown.field\"}");
    }
    if (out->has_active && !json_bool(active, &out->is_active)) {
        return refused(call, "{\"is_active\":\"error.expected.jsboolean\"}");
    }
    if (out->has_headers && !headers_are_good(headers)) {
        return refused(call, "{\"headers\":\"error.expected.jsobject\"}");
    }
    if (out->has_scope && !scope_is_known(out->scope)) {
        return refused(call, "{\"scope\":\"The scope is not valid\"}");
    }
    if (out->has_destination && !destination_is_good(out->destination)) {
        return refused(call, "{\"destination\":\"The destination must be https on port 443\"}");
    }
    if (out->has_headers) {
        struct arena *arena = &call->shop->sandbox->arena;
        out->headers = json_copy_text(headers, arena);
    }
    return true;
}

static void create(struct call *call)
{
    struct shop *shop = call->shop;
    const struct bc *bc = bc_of(shop);
    struct json body;
    struct hook_fields fields;
    if (!bc_body(call, &body) || !fields_read(call, body, &fields)) {
        return;
    }
    if (!fields.has_scope || !fields.has_destination) {
        refused(call,
                fields.has_scope ? "{\"destination\":\"error.path.missing.\"}"
                                 : "{\"scope\":\"error.path.missing.\"}");
        return;
    }
    int of_scope = 0;
    for (size_t i = 0; i < bc->hooks_count; i++) {
        const struct bc_hook *other = &bc->hooks[i];
        if (other->id == 0 || !slice_equal(other->scope, fields.scope)) {
            continue;
        }
        of_scope++;
        if (slice_equal(other->destination, fields.destination)) {
            refused(call, "{\"destination\":\"There is a hook of this scope and destination\"}");
            return;
        }
    }
    if (of_scope >= HOOKS_OF_SCOPE_MAX) {
        refused(call, "{\"scope\":\"There are 10 hooks of this scope\"}");
        return;
    }
    struct bc_hook *hook = hook_add(shop, fields.scope, fields.destination);
    if (!hook) {
        bc_problem(call, 500, "The sandbox keeps at most 64 hooks.", NULL);
        return;
    }
    hook->headers = fields.has_headers ? fields.headers : SLICE("null");
    hook->is_active = !fields.has_active || fields.is_active;
    put_one(call, hook);
}

static void update(struct call *call, struct bc_hook *hook)
{
    struct arena *arena = &call->shop->sandbox->arena;
    struct json body;
    struct hook_fields fields;
    if (!bc_body(call, &body) || !fields_read(call, body, &fields)) {
        return;
    }
    if (json_count(body) == 0) {
        refused(call, "{\"body\":\"At least one field is required\"}");
        return;
    }
    hook->scope = fields.has_scope ? arena_copy(arena, fields.scope) : hook->scope;
    hook->destination =
        fields.has_destination ? arena_copy(arena, fields.destination) : hook->destination;
    hook->headers = fields.has_headers ? fields.headers : hook->headers;
    hook->is_active = fields.has_active ? fields.is_active : hook->is_active;
    hook->updated_us = shop_now_us(call->shop);
    disabled_note(call->shop);
    put_one(call, hook);
}

static void one_hook(struct call *call, struct slice id_text)
{
    struct bc *bc = bc_of(call->shop);
    int64_t id = 0;
    struct bc_hook *hook = NULL;
    bool is_number = slice_int(id_text, &id) && id > 0;
    for (size_t i = 0; i < bc->hooks_count && is_number; i++) {
        hook = bc->hooks[i].id == id ? &bc->hooks[i] : hook;
    }
    if (!hook) {
        struct slice title = arena_printf(
            &call->shop->sandbox->turn, "Webhook with id [%.*s] not found", SLICE_ARG(id_text));
        bc_problem(call, 404, title.p, NULL);
    } else if (rest_method(call, "GET")) {
        put_one(call, hook);
    } else if (rest_method(call, "PUT")) {
        update(call, hook);
    } else if (rest_method(call, "DELETE")) {
        put_one(call, hook);
        hook->id = 0;
        disabled_note(call->shop);
    } else {
        bc_no_route(call, false);
    }
}

static void admin(struct call *call)
{
    rest_text(call,
              200,
              "application/json",
              SLICE("{\"data\":{\"emails\":[],\"hooks_list\":[],\"blocked_domains\":[]},"
                    "\"meta\":{}}"));
}

void bc_hooks_call(struct call *call, const struct rest_parts *parts)
{
    if (parts->count == 2 && rest_method(call, "GET")) {
        list_hooks(call);
    } else if (parts->count == 2 && rest_method(call, "POST")) {
        create(call);
    } else if (rest_is(parts, "v3", "hooks", "admin", NULL) && rest_method(call, "GET")) {
        admin(call);
    } else if (parts->count == 3) {
        one_hook(call, parts->at[2]);
    } else {
        bc_no_route(call, false);
    }
}
