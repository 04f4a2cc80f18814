/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_control - /sandbox/...: what shoppers, merchants and faults do, by HTTP. For tests and
 * hands. */
#include "drill/sandbox_inner.h"

struct knob {
    const char *key;
    size_t offset;
};

#define FAULT(name)                                                                                \
    {                                                                                              \
#name, offsetof(struct shop_faults, name)                                                  \
    }
static const struct knob fault_knobs[] = {
    FAULT(hook_lose),
    FAULT(hook_duplicate),
    FAULT(hook_copies),
    FAULT(hook_reorder),
    FAULT(hook_no_id),
    FAULT(hook_delay_ms_min),
    FAULT(hook_delay_ms_max),
    FAULT(api_throttle),
    FAULT(api_error),
    FAULT(api_hang),
    FAULT(api_apply_and_time_out),
    FAULT(hang_ms),
    FAULT(answer_ms_min),
    FAULT(answer_ms_max),
    FAULT(write_lose),
    FAULT(double_sale),
    FAULT(sale_between),
    FAULT(write_conflict),
};

#define PLAN(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct sandbox_shoppers, name)                                             \
    }
static const struct knob plan_knobs[] = {
    PLAN(skew),
    PLAN(two_lines),
    PLAN(cancel),
    PLAN(refund),
    PLAN(edit),
    PLAN(fulfil),
    PLAN(later_ms_min),
    PLAN(later_ms_max),
    PLAN(burst_every_ms),
    PLAN(burst_buyers),
};

static void control_start(struct call *call, int status)
{
    call->status = status;
    call->headers_count = 0;
    buf_clear(call->out);
    call_header(call, "Content-Type", SLICE("application/json"));
}

static void control_error(struct call *call, int status, const char *text)
{
    control_start(call, status);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "error", text);
    json_end_object(&w);
}

/* Sets the numbers the object names; the name of a key nobody knows, or NULL. */
static const char *knobs_read(
    struct json v, const struct knob *knobs, size_t count, void *out, const char *const *others)
{
    for (struct json_iter i = json_iter(v); json_next(&i);) {
        bool is_known = false;
        int64_t n = 0;
        for (size_t k = 0; others && others[k]; k++) {
            is_known |= slice_is(i.key, others[k]);
        }
        for (size_t k = 0; k < count && !is_known; k++) {
            is_known = slice_is(i.key, knobs[k].key);
            if (is_known && (!json_int(i.value, &n) || n < 0 || n > INT32_MAX)) {
                return "a value must be a whole number from 0";
            }
            if (is_known) {
                int value = (int)n;
                memcpy((char *)out + knobs[k].offset, &value, sizeof(value));
            }
        }
        if (!is_known) {
            return "there is a key that nobody knows; see docs/sandbox.md";
        }
    }
    return NULL;
}

/* ---- reading ---- */

#define STAT(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct shop_stats, name)                                                   \
    }
static const struct knob stat_knobs[] = {
    STAT(orders),        STAT(units_sold),    STAT(units_back),       STAT(refused),
    STAT(hooks_sent),    STAT(hooks_failed),  STAT(hooks_lost),       STAT(hooks_duplicated),
    STAT(hooks_retried), STAT(hooks_dropped), STAT(hooks_waiting),    STAT(api_calls),
    STAT(api_refused),   STAT(api_throttled), STAT(api_failed),       STAT(writes),
    STAT(writes_stale),  STAT(double_sales),  STAT(orders_forgotten),
};

static void put_stats(struct json_writer *w, const struct shop_stats *stats)
{
    for (size_t i = 0; i < COUNT_OF(stat_knobs); i++) {
        uint64_t value;
        memcpy(&value, (const char *)stats + stat_knobs[i].offset, sizeof(value));
        json_field_int(w, stat_knobs[i].key, (int64_t)value);
    }
    json_field_bool(w, "hooks_disabled", stats->hooks_disabled);
}

static void get_shops(struct sandbox *sandbox, struct call *call)
{
    control_start(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "items");
    json_begin_array(&w);
    for (size_t i = 0; i < sandbox->shops_count; i++) {
        const struct shop *shop = sandbox->shops[i];
        json_begin_object(&w);
        json_field_text(&w, "name", shop->code);
        json_field_str(&w, "kind", shop_kind_name(shop->kind));
        json_field_text(&w, "base_url", shop->base_url);
        json_field_text(&w, "hooks_url", shop->hooks_url);
        if (shop->location_id.n > 0) {
            json_field_text(&w, "location", shop->location_id);
        }
        json_field_int(&w, "items", (int64_t)shop->items_count);
        json_key(&w, "stats");
        json_begin_object(&w);
        put_stats(&w, &shop->stats);
        json_end_object(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void put_item(struct json_writer *w, struct arena *arena, const struct shop_item *item)
{
    json_begin_object(w);
    json_field_text(w, "sku", item->sku);
    json_field_text(w, "product", item->product);
    json_field_text(w, "title", item->title);
    json_field_raw(w, "options", item->options);
    json_field_text(w, "barcode", item->barcode);
    json_field_text(w, "product_id", arena_printf(arena, "%" PRId64, item->product_id));
    json_field_text(w, "variant_id", arena_printf(arena, "%" PRId64, item->variant_id));
    json_field_text(
        w, "inventory_item_id", arena_printf(arena, "%" PRId64, item->inventory_item_id));
    json_field_int(w, "count", item->count);
    json_field_int(w, "sold", item->sold);
    json_field_int(w, "writes", item->writes);
    json_end_object(w);
}

static int64_t
query_int(struct sandbox *sandbox, const struct call *call, const char *name, int64_t fallback)
{
    struct slice text;
    int64_t n;
    bool is_there = http_query_get(call->x->request.query, name, &sandbox->turn, &text);
    return is_there && slice_int(text, &n) && n >= 0 ? n : fallback;
}

static void get_items(struct sandbox *sandbox, struct call *call, const struct shop *shop)
{
    struct shop_item item;
    struct slice sku;
    control_start(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "items");
    json_begin_array(&w);
    if (http_query_get(call->x->request.query, "sku", &sandbox->turn, &sku)) {
        if (shop_item_find(shop, sku, &item)) {
            put_item(&w, &sandbox->turn, &item);
        }
    } else {
        int64_t at = query_int(sandbox, call, "offset", 0);
        int64_t limit = query_int(sandbox, call, "limit", 10000);
        for (; limit > 0 && shop_item_at(shop, (size_t)at, &item); at++, limit--) {
            put_item(&w, &sandbox->turn, &item);
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", (int64_t)shop->items_count);
    json_end_object(&w);
}

static void
get_order(struct sandbox *sandbox, struct call *call, const struct shop *shop, struct slice id_text)
{
    struct shop_order order;
    int64_t id;
    if (!slice_int(id_text, &id) || !shop_order_get(shop, id, &order)) {
        control_error(call, 404, shop_verdict_text(SHOP_NO_ORDER));
        return;
    }
    control_start(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_text(&w, "order", arena_printf(&sandbox->turn, "%" PRId64, order.id));
    json_field_time(&w, "placed_at", order.placed_us);
    json_field_time(&w, "changed_at", order.changed_us);
    json_field_bool(&w, "cancelled_whole", order.is_cancelled);
    json_field_int(&w, "lines", (int64_t)order.lines_count);
    json_field_int(&w, "ordered", order.ordered);
    json_field_int(&w, "cancelled", order.cancelled);
    json_field_int(&w, "fulfilled", order.fulfilled);
    json_field_int(&w, "returned", order.returned);
    json_field_int(&w, "restocked", order.restocked);
    json_end_object(&w);
}

static void get_stats(struct sandbox *sandbox, struct call *call)
{
    struct sandbox_stats stats = sandbox_stats(sandbox);
    control_start(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    put_stats(&w, &stats.sum);
    json_field_int(&w, "oversold", (int64_t)stats.oversold);
    json_field_int(&w, "latencies", (int64_t)stats.latencies);
    json_field_ms(&w, "latency_p50_ms", stats.latency_p50_us);
    json_field_ms(&w, "latency_p95_ms", stats.latency_p95_us);
    json_field_ms(&w, "latency_p99_ms", stats.latency_p99_us);
    json_field_ms(&w, "latency_max_ms", stats.latency_max_us);
    json_end_object(&w);
}

/* ---- doing ---- */

static void
put_verdict(struct sandbox *sandbox, struct call *call, enum shop_verdict verdict, int64_t order)
{
    static const int statuses[] = {200, 409, 404, 404, 409};
    if (verdict) {
        control_error(call, statuses[verdict], shop_verdict_text(verdict));
        return;
    }
    control_start(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_str(&w, "status", "done");
    if (order) { /* as text: it does not fit a double */
        json_field_text(&w, "order", arena_printf(&sandbox->turn, "%" PRId64, order));
    }
    json_end_object(&w);
}

static bool line_read(struct json v, struct shop_line *out)
{
    out->quantity = 1;
    json_int(json_get(v, "quantity"), &out->quantity);
    return json_text(json_get(v, "sku"), &out->sku);
}

static void
post_buy(struct sandbox *sandbox, struct call *call, struct shop *shop, struct json body)
{
    struct shop_line lines[SHOP_LINES_MAX];
    size_t count = 0;
    int64_t order = 0;
    bool is_good = true;
    struct json list = json_get(body, "lines");
    if (json_type(list) == JSON_NONE) {
        is_good = line_read(body, &lines[count++]);
    }
    for (struct json_iter i = json_iter(list); json_next(&i) && is_good;) {
        is_good = count < SHOP_LINES_MAX && line_read(i.value, &lines[count++]);
    }
    if (!is_good) {
        control_error(
            call, 400, "buy takes {\"sku\",\"quantity\"} or {\"lines\":[...]}, at most 8");
        return;
    }
    enum shop_verdict verdict = shop_buy(shop, lines, count, &order);
    put_verdict(sandbox, call, verdict, order);
}

struct change {
    int64_t order, line, quantity;
    bool has_quantity, restock;
};

static bool change_read(struct json body, struct change *out)
{
    *out = (struct change){.restock = true};
    json_int(json_get(body, "line"), &out->line);
    json_bool(json_get(body, "restock"), &out->restock);
    out->has_quantity = json_int(json_get(body, "quantity"), &out->quantity);
    return json_int_loose(json_get(body, "order"), &out->order) && out->line >= 0;
}

static void post_change(struct sandbox *sandbox,
                        struct call *call,
                        struct shop *shop,
                        struct slice deed,
                        struct json body)
{
    struct change c;
    if (!change_read(body, &c)) {
        control_error(call, 400, "this takes {\"order\",\"line\",\"quantity\",\"restock\"}");
        return;
    }
    size_t line = (size_t)c.line;
    enum shop_verdict verdict = SHOP_IMPOSSIBLE;
    if (slice_is(deed, "cancel")) {
        verdict = c.has_quantity ? shop_cancel_units(shop, c.order, line, c.quantity, c.restock)
                                 : shop_cancel(shop, c.order, c.restock);
    } else if (slice_is(deed, "fulfil")) {
        verdict = shop_fulfil(shop, c.order, line, c.quantity);
    } else if (slice_is(deed, "refund")) {
        verdict = shop_refund(shop, c.order, line, c.has_quantity ? c.quantity : 1, c.restock);
    } else if (c.has_quantity) {
        verdict = shop_edit(shop, c.order, line, c.quantity);
    }
    put_verdict(sandbox, call, verdict, verdict ? 0 : c.order);
}

static void
post_stock(struct sandbox *sandbox, struct call *call, struct shop *shop, struct json body)
{
    struct slice sku;
    int64_t n;
    if (!json_text(json_get(body, "sku"), &sku) || !json_int(json_get(body, "quantity"), &n)) {
        control_error(call, 400, "stock takes {\"sku\",\"quantity\"}");
        return;
    }
    put_verdict(sandbox, call, shop_stock_edit(shop, sku, n), 0);
}

static void get_faults(struct call *call, const struct shop *shop)
{
    control_start(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    for (size_t i = 0; i < COUNT_OF(fault_knobs); i++) {
        int value;
        memcpy(&value, (const char *)&shop->faults + fault_knobs[i].offset, sizeof(value));
        json_field_int(&w, fault_knobs[i].key, value);
    }
    json_end_object(&w);
}

static void post_faults(struct call *call, struct shop *shop, struct json body)
{
    struct shop_faults faults = shop->faults;
    const char *wrong = knobs_read(body, fault_knobs, COUNT_OF(fault_knobs), &faults, NULL);
    if (wrong) {
        control_error(call, 400, wrong);
        return;
    }
    shop_faults_set(shop, &faults);
    get_faults(call, shop);
}

static bool rate_read(struct json v, double *out)
{
    /* json_read gives reals as text only: a rate is a whole number, or thousandths in "..._milli".
     */
    int64_t n;
    if (json_type(v) == JSON_NONE) {
        return true;
    }
    if (!json_int(v, &n) || n < 0 || n > 1000000) {
        return false;
    }
    *out = (double)n;
    return true;
}

static void post_shoppers(struct sandbox *sandbox, struct call *call, struct json body)
{
    static const char *const others[] = {
        "orders_per_s", "foreign_edits_per_s", "seed", "stop", NULL};
    struct sandbox_shoppers plan = {.cancel = 30, .refund = 30, .edit = 20, .fulfil = 300};
    bool stop = false;
    int64_t seed = 1;
    const char *wrong = knobs_read(body, plan_knobs, COUNT_OF(plan_knobs), &plan, others);
    json_int(json_get(body, "seed"), &seed);
    json_bool(json_get(body, "stop"), &stop);
    plan.seed = (uint64_t)seed;
    if (!rate_read(json_get(body, "orders_per_s"), &plan.orders_per_s) ||
        !rate_read(json_get(body, "foreign_edits_per_s"), &plan.foreign_edits_per_s)) {
        wrong = "a rate is a whole number from 0 to 1,000,000";
    }
    if (wrong) {
        control_error(call, 400, wrong);
        return;
    }
    if (stop) {
        sandbox_shoppers_stop(sandbox);
    } else {
        sandbox_shoppers_start(sandbox, &plan);
    }
    put_verdict(sandbox, call, SHOP_DONE, 0);
}

/* ---- routes ---- */

static void shop_post(struct sandbox *sandbox,
                      struct call *call,
                      struct shop *shop,
                      struct slice deed,
                      struct json body)
{
    static const char *const changes[] = {"cancel", "fulfil", "refund", "edit"};
    if (slice_is(deed, "buy")) {
        post_buy(sandbox, call, shop, body);
        return;
    }
    if (slice_is(deed, "stock")) {
        post_stock(sandbox, call, shop, body);
        return;
    }
    if (slice_is(deed, "faults")) {
        post_faults(call, shop, body);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        if (slice_is(deed, changes[i])) {
            post_change(sandbox, call, shop, deed, body);
            return;
        }
    }
    control_error(call, 404, "no such deed: buy, cancel, fulfil, refund, edit, stock, faults");
}

static void shop_get(struct sandbox *sandbox,
                     struct call *call,
                     struct shop *shop,
                     struct slice what,
                     struct slice rest)
{
    if (slice_is(what, "items")) {
        get_items(sandbox, call, shop);
    } else if (slice_is(what, "orders")) {
        get_order(sandbox, call, shop, rest);
    } else if (slice_is(what, "faults")) {
        get_faults(call, shop);
    } else {
        control_error(call, 404, "a shop has items, orders/{id} and faults");
    }
}

void control_call(struct sandbox *sandbox, struct call *call)
{
    bool is_get = slice_is(call->x->request.method, "GET");
    bool is_post = slice_is(call->x->request.method, "POST");
    struct slice rest = slice_from(call->path, 1);
    struct slice first;
    struct slice name;
    struct slice what;
    struct json body = {0};
    struct err_note note;
    slice_cut(&rest, '/', &first);
    slice_cut(&rest, '/', &name);
    slice_cut(&rest, '/', &what);
    if (!is_get && !is_post) {
        control_error(call, 405, "GET or POST");
        return;
    }
    if (is_post && (json_parse(sandbox->doc, call->x->request.body, &body, &note) ||
                    json_type(body) != JSON_OBJECT)) {
        control_error(call, 400, "the body must be a JSON object");
        return;
    }
    struct shop *shop = sandbox_shop(sandbox, name);
    if (is_get && slice_is(first, "stats")) {
        get_stats(sandbox, call);
    } else if (is_post && slice_is(first, "shoppers")) {
        post_shoppers(sandbox, call, body);
    } else if (is_get && slice_is(first, "shops") && name.n == 0) {
        get_shops(sandbox, call);
    } else if (slice_is(first, "shops") && shop && is_get) {
        shop_get(sandbox, call, shop, what, rest);
    } else if (slice_is(first, "shops") && shop) {
        shop_post(sandbox, call, shop, what, body);
    } else {
        control_error(call, 404, "no such shop or route; see docs/sandbox.md");
    }
}
