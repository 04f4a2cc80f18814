/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/sandbox_inner.h"

#include "base/crypto.h"

#define CALL_BODY_MAX ((size_t)16 << 20)
#define TASKS_MAX ((size_t)1 << 20)
#define SHOPS_MAX 64

/* ---- calls ---- */

void call_header(struct call *call, const char *name, struct slice value)
{
    must(call->headers_count < CALL_HEADERS_MAX);
    call->headers[call->headers_count++] =
        (struct http_header){.name = slice_of(name), .value = value};
}

struct slice call_request_header(const struct call *call, const char *name)
{
    return http_header_get(call->x->request.headers, call->x->request.headers_count, name);
}

struct late_answer {
    struct task task;
    struct http_exchange *x;
    int status;
    struct http_header headers[CALL_HEADERS_MAX];
    size_t headers_count;
    struct slice body;
};

static void late_answer_run(struct task *task)
{
    struct late_answer *late = (struct late_answer *)task; /* lives in the exchange's arena */
    http_answer(late->x, late->status, late->headers, late->headers_count, late->body);
}

static void call_answer(struct call *call, int64_t delay_us)
{
    struct http_exchange *x = call->x;
    if (call->out->overflow) {
        buf_clear(call->out);
        call->status = 500;
    }
    struct slice body = buf_view(call->out);
    if (delay_us > 0) {
        struct late_answer *late = ARENA_NEW(&x->arena, struct late_answer);
        struct slice copy = arena_copy(&x->arena, body);
        if (late && (copy.p || body.n == 0)) {
            late->task.run = late_answer_run;
            late->task.drop = late_answer_run;
            late->x = x;
            late->status = call->status;
            late->headers_count = call->headers_count;
            for (size_t i = 0; i < call->headers_count; i++) {
                late->headers[i].name = call->headers[i].name; /* a literal */
                late->headers[i].value = arena_copy(&x->arena, call->headers[i].value);
            }
            late->body = copy;
            if (!x->arena.exhausted) {
                sandbox_later(call->shop->sandbox, &late->task, delay_us);
                return;
            }
        }
    }
    http_answer(x, call->status, call->headers, call->headers_count, body);
}

/* ---- faults of the API ---- */

enum api_fault { API_FINE, API_THROTTLE, API_ERROR, API_HANG, API_APPLY_AND_TIME_OUT };

static enum api_fault api_fault_of(struct shop *shop)
{
    const struct shop_faults *f = &shop->faults;
    struct dice *dice = &shop->sandbox->dice;
    if (dice_permille(dice, f->api_throttle)) {
        return API_THROTTLE;
    }
    if (dice_permille(dice, f->api_error)) {
        return API_ERROR;
    }
    if (dice_permille(dice, f->api_hang)) {
        return API_HANG;
    }
    if (dice_permille(dice, f->api_apply_and_time_out)) {
        return API_APPLY_AND_TIME_OUT;
    }
    return API_FINE;
}

void call_plain(struct call *call, int status, const char *type, const char *body)
{
    call->status = status;
    call->headers_count = 0;
    call_header(call, "Content-Type", slice_of(type));
    buf_clear(call->out);
    buf_text(call->out, body);
}

static void call_gateway_error(struct call *call)
{
    bool is_even = dice_next(&call->shop->sandbox->dice) % 2 == 0;
    call_plain(call,
               is_even ? 502 : 503,
               "text/html; charset=UTF-8",
               "<html><head><title>Bad gateway</title></head><body>Try again.</body></html>");
}

static void call_throttled(struct call *call)
{
    call->shop->stats.api_throttled++;
    if (call->shop->platform->throttled) {
        call->shop->platform->throttled(call);
        return;
    }
    call_plain(
        call, 429, "text/html; charset=UTF-8", "<html><body>Too Many Requests</body></html>");
    call_header(call, "Retry-After", SLICE("1"));
}

static void call_run(struct call *call)
{
    struct shop *shop = call->shop;
    const struct shop_faults *f = &shop->faults;
    int64_t delay_us = dice_between(
        &shop->sandbox->dice, f->answer_ms_min * US_PER_MS, f->answer_ms_max * US_PER_MS);
    int64_t hang_us = (f->hang_ms > 0 ? f->hang_ms : 35000) * US_PER_MS;

    shop->stats.api_calls++;
    switch (api_fault_of(shop)) {
    case API_FINE:
        shop->platform->call(call);
        break;
    case API_THROTTLE:
        call_throttled(call);
        break;
    case API_ERROR:
        shop->stats.api_failed++;
        call_gateway_error(call);
        break;
    case API_HANG:
        shop->stats.api_failed++;
        call_gateway_error(call);
        delay_us = hang_us;
        break;
    case API_APPLY_AND_TIME_OUT:
        shop->stats.api_failed++;
        shop->platform->call(call);
        if (!call->is_deferred) {
            call_gateway_error(call);
        }
        delay_us = hang_us;
        break;
    }
    if (call->is_deferred) {
        return;
    }
    if (call->status >= 400) {
        shop->stats.api_refused++;
    }
    call_answer(call, delay_us);
}

/* Services whose address is a whole host: what they are told names the shop. */
static struct shop *root_owner(struct sandbox *sandbox, struct call *call)
{
    for (size_t i = 0; i < sandbox->shops_count; i++) {
        call->shop = sandbox->shops[i];
        if (call->shop->platform->owns_root && call->shop->platform->owns_root(call)) {
            return call->shop;
        }
    }
    return NULL;
}

static void on_request(void *arg, struct http_exchange *x)
{
    struct sandbox *sandbox = arg;
    arena_clear(&sandbox->turn);
    buf_clear(&sandbox->out);

    struct slice path = slice_from(x->request.url, 1);
    struct slice code;
    bool has_rest = slice_cut(&path, '/', &code);
    struct call call = {.x = x, .out = &sandbox->out, .status = 200};
    if (has_rest) {
        size_t start = (size_t)(path.p - x->request.url.p) - 1;
        call.path = slice_from(x->request.url, start);
    }
    call.shop = code.n > 0 ? sandbox_shop(sandbox, code) : root_owner(sandbox, &call);
    if (call.shop) {
        call_run(&call);
        return;
    }
    if (slice_is(code, "sandbox")) {
        control_call(sandbox, &call);
    } else {
        call_plain(&call, 404, "application/json", "{\"error\":\"no shop has this path\"}");
    }
    call_answer(&call, 0);
}

/* ---- life ---- */

static size_t or_default(size_t value, size_t fallback)
{
    return value ? value : fallback;
}

static void tasks_run(void *arg);

enum err sandbox_new(struct env *env,
                     const struct sandbox_options *options,
                     struct sandbox **out,
                     int *out_port,
                     struct err_note *note)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    if (!sandbox) {
        return err_note(note, ERR_MEMORY, "no memory for a sandbox");
    }
    sandbox->env = env;
    sandbox->items_max = or_default(options->items_max, 100000);
    sandbox->orders_max = or_default(options->orders_max, 100000);
    sandbox->hooks_bytes_max = or_default(options->hooks_bytes_max, (size_t)128 << 20);
    sandbox->dice.s = options->seed ? options->seed : 1;
    arena_init(&sandbox->arena, (size_t)1 << 30);
    arena_init(&sandbox->turn, (size_t)64 << 20);
    arena_init(&sandbox->hook_turn, (size_t)1 << 20);
    buf_init(&sandbox->out, CALL_BODY_MAX);
    buf_init(&sandbox->scratch, (size_t)1 << 20);
    map_init(&sandbox->by_code);
    map_init(&sandbox->by_sku);
    sandbox->timer = env->ops->timer_new(env, tasks_run, sandbox);
    sandbox->doc = json_doc_new();
    if (!sandbox->doc || !sandbox->timer) {
        sandbox_free(sandbox);
        return err_note(note, ERR_MEMORY, "no memory for a sandbox");
    }

    struct http_limits limits = {
        .conns_max = 4096, .idle_us = 600 * US_PER_S, .body_max = CALL_BODY_MAX};
    enum err e = http_server_new(env,
                                 options->host ? options->host : "127.0.0.1",
                                 options->port,
                                 &limits,
                                 on_request,
                                 sandbox,
                                 &sandbox->server,
                                 &sandbox->port,
                                 note);
    if (e) {
        sandbox_free(sandbox);
        return e;
    }
    *out_port = sandbox->port;
    *out = sandbox;
    return ERR_OK;
}

static void shop_free(struct shop *shop)
{
    if (shop->platform->free) {
        shop->platform->free(shop);
    }
    orders_free(shop);
    for (size_t i = 0; i < shop->products_count; i++) {
        free(shop->products[i]->items);
    }
    free(shop->products);
    free(shop->items);
    free(shop->posts);
    map_free(&shop->by_sku);
    map_free(&shop->by_product);
    free(shop);
}

void sandbox_free(struct sandbox *sandbox)
{
    if (!sandbox) {
        return;
    }
    for (size_t i = 0; i < sandbox->heap_count; i++) {
        sandbox->heap[i]->drop(sandbox->heap[i]);
    }
    free(sandbox->heap);
    shoppers_free(sandbox); /* its tick lay in the heap */
    hooks_free(sandbox);
    if (sandbox->server) {
        http_server_free(sandbox->server);
    }
    if (sandbox->timer) {
        sandbox->env->ops->timer_free(sandbox->timer);
    }
    for (size_t i = 0; i < sandbox->shops_count; i++) {
        shop_free(sandbox->shops[i]);
    }
    free(sandbox->shops);
    map_free(&sandbox->by_code);
    map_free(&sandbox->by_sku);
    json_doc_free(sandbox->doc);
    buf_free(&sandbox->out);
    buf_free(&sandbox->scratch);
    arena_free(&sandbox->arena);
    arena_free(&sandbox->turn);
    arena_free(&sandbox->hook_turn);
    free(sandbox);
}

/* ---- tasks: a binary heap by instant, then by order of arrival ---- */

static bool task_before(const struct task *a, const struct task *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->seq < b->seq;
}

static void tasks_arm(struct sandbox *sandbox)
{
    if (sandbox->is_draining || sandbox->heap_count == 0) {
        return;
    }
    int64_t delay_us = sandbox->heap[0]->due_us - env_mono_us(sandbox->env);
    sandbox->env->ops->timer_set(sandbox->timer, delay_us > 0 ? delay_us : 0);
}

bool sandbox_later(struct sandbox *sandbox, struct task *task, int64_t delay_us)
{
    if (sandbox->heap_count == sandbox->heap_cap) {
        size_t cap = sandbox->heap_cap ? sandbox->heap_cap * 2 : 256;
        struct task **heap =
            cap > TASKS_MAX ? NULL : realloc(sandbox->heap, cap * sizeof(struct task *));
        if (!heap) {
            task->drop(task);
            return false;
        }
        sandbox->heap = heap;
        sandbox->heap_cap = cap;
    }
    task->due_us = env_mono_us(sandbox->env) + (delay_us > 0 ? delay_us : 0);
    task->seq = sandbox->seq++;

    size_t i = sandbox->heap_count++;
    while (i > 0 && task_before(task, sandbox->heap[(i - 1) / 2])) {
        sandbox->heap[i] = sandbox->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    sandbox->heap[i] = task;
    if (i == 0) {
        tasks_arm(sandbox);
    }
    return true;
}

static struct task *tasks_pop(struct sandbox *sandbox)
{
    struct task *first = sandbox->heap[0];
    struct task *last = sandbox->heap[--sandbox->heap_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= sandbox->heap_count) {
            break;
        }
        if (child + 1 < sandbox->heap_count &&
            task_before(sandbox->heap[child + 1], sandbox->heap[child])) {
            child++;
        }
        if (!task_before(sandbox->heap[child], last)) {
            break;
        }
        sandbox->heap[i] = sandbox->heap[child];
        i = child;
    }
    sandbox->heap[i] = last;
    return first;
}

static void tasks_run(void *arg)
{
    struct sandbox *sandbox = arg;
    int64_t now_us = env_mono_us(sandbox->env);
    sandbox->is_draining = true;
    while (sandbox->heap_count > 0 && sandbox->heap[0]->due_us <= now_us) {
        struct task *task = tasks_pop(sandbox);
        task->run(task);
    }
    sandbox->is_draining = false;
    tasks_arm(sandbox);
}

/* ---- dice: splitmix64 ---- */

uint64_t dice_next(struct dice *dice)
{
    dice->s += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = dice->s;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t dice_between(struct dice *dice, int64_t lo, int64_t hi)
{
    if (hi <= lo) {
        return lo;
    }
    return lo + (int64_t)(dice_next(dice) % (uint64_t)(hi - lo + 1));
}

bool dice_permille(struct dice *dice, int permille)
{
    return permille > 0 && (int)(dice_next(dice) % 1000) < permille;
}

/* ---- shops ---- */

static bool code_is_good(const char *code)
{
    size_t n = code ? strlen(code) : 0;
    if (n == 0 || n > 64 || strcmp(code, "sandbox") == 0) {
        return false;
    }
    return strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static struct slice keep(struct sandbox *sandbox, const char *text)
{
    return arena_copy(&sandbox->arena, slice_of(text ? text : ""));
}

static enum err shop_list_add(struct sandbox *sandbox, struct shop *shop)
{
    if (sandbox->shops_count == sandbox->shops_cap) {
        size_t cap = sandbox->shops_cap ? sandbox->shops_cap * 2 : 8;
        struct shop **shops = realloc(sandbox->shops, cap * sizeof(struct shop *));
        if (!shops) {
            return ERR_MEMORY;
        }
        sandbox->shops = shops;
        sandbox->shops_cap = cap;
    }
    if (!map_set(&sandbox->by_code, shop->code, shop)) {
        return ERR_MEMORY;
    }
    sandbox->shops[sandbox->shops_count++] = shop;
    return ERR_OK;
}

static void shop_bases(struct shop *shop)
{
    const struct platform_ids *ids = &shop->platform->ids;
    int64_t far = (int64_t)shop->index * ids->apart;
    shop->product_base = ids->product + far;
    shop->item_base = ids->item + far;
    shop->inventory_base = ids->inventory + far;
    shop->order_base = ids->order + far;
    shop->row_base = ids->row + far;
}

enum err sandbox_shop_add(struct sandbox *sandbox,
                          const struct shop_options *options,
                          struct shop **out,
                          struct err_note *note)
{
    if (!code_is_good(options->code)) {
        return err_note(note, ERR_USAGE, "a shop's code is made of a-z, 0-9 and '-', at most 64");
    }
    if (sandbox_shop(sandbox, slice_of(options->code))) {
        return err_note(note, ERR_USAGE, "there is a shop '%s' already", options->code);
    }
    if (sandbox->shops_count >= SHOPS_MAX) {
        return err_note(note, ERR_LIMIT, "a sandbox holds at most %d shops", SHOPS_MAX);
    }
    struct shop *shop = calloc(1, sizeof(*shop));
    if (!shop) {
        return err_note(note, ERR_MEMORY, "no memory for a shop");
    }
    shop->sandbox = sandbox;
    shop->index = sandbox->shops_count;
    shop->kind = options->kind;
    shop->platform = platform_of(options->kind);
    shop->code = keep(sandbox, options->code);
    shop->hooks_url = keep(sandbox, options->hooks_url);
    shop->secret = keep(sandbox, options->hook_secret);
    shop->token = keep(sandbox, options->token);
    shop->token_secret = keep(sandbox, options->token_secret);
    shop->base_url =
        arena_printf(&sandbox->arena, "http://127.0.0.1:%d/%s", sandbox->port, options->code);
    shop->retry_us = (options->retry_ms > 0 ? options->retry_ms : 250) * US_PER_MS;
    shop->queue_us = options->queue_ms * US_PER_MS;
    shop->plain_http = options->plain_http;
    shop->parallel_max = or_default(options->hooks_parallel_max, 64);
    shop->points_max = options->points_max;
    shop->points_per_s = options->points_per_s;
    bool is_late_said = options->late_ms_min > 0 || options->late_ms_max > 0;
    shop->late_us_min = (is_late_said ? options->late_ms_min : 1000) * US_PER_MS;
    shop->late_us_max = (is_late_said ? options->late_ms_max : 3000) * US_PER_MS;
    shop->token_us = options->token_s * US_PER_S;
    shop->search_lag_us = options->search_lag_ms < 0   ? 0
                          : options->search_lag_ms > 0 ? options->search_lag_ms * US_PER_MS
                                                       : 120 * US_PER_S;
    shop->ends_at_zero = options->ends_at_zero;
    shop->hooks_unsigned = options->hooks_unsigned;
    shop->offset_min = shop->index % 2 == 0 ? 60 : -300;
    shop->queue_tail = &shop->queue_head;
    map_init(&shop->by_sku);
    map_init(&shop->by_product);
    map_init(&shop->nonces);
    shop_bases(shop);
    shop->platform->init(shop);
    shop->orders = calloc(sandbox->orders_max, sizeof(struct order *));
    if (!shop->orders || sandbox->arena.exhausted || shop_list_add(sandbox, shop)) {
        shop_free(shop);
        return err_note(note, ERR_MEMORY, "no memory for a shop");
    }
    *out = shop;
    return ERR_OK;
}

struct shop *sandbox_shop(struct sandbox *sandbox, struct slice code)
{
    return map_get(&sandbox->by_code, code);
}

struct shop *sandbox_shop_at(struct sandbox *sandbox, size_t index)
{
    return index < sandbox->shops_count ? sandbox->shops[index] : NULL;
}

struct slice shop_code(const struct shop *shop)
{
    return shop->code;
}

struct slice shop_base_url(const struct shop *shop)
{
    return shop->base_url;
}

struct slice shop_location_id(const struct shop *shop)
{
    return shop->location_id;
}

void shop_token_set(struct shop *shop, const char *token)
{
    shop->token = keep(shop->sandbox, token);
}

void shop_faults_set(struct shop *shop, const struct shop_faults *faults)
{
    shop->faults = *faults;
}

struct shop_faults shop_faults_get(const struct shop *shop)
{
    return shop->faults;
}

void sandbox_events_set(struct sandbox *sandbox, const struct sandbox_events *events)
{
    sandbox->events = *events;
}
