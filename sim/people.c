/* SPDX-License-Identifier: Apache-2.0 */
/* Buyers, operators, and whatever else happens to them: one function for each kind of step. */
#include <stdlib.h>

#include "sim/world.h"

/* ---- operators: whoever gets no answer asks again, under the same key, until there is one ---- */

struct op {
    struct world *world;
    const char *method;
    char path[64], body[256], key[32];
    void (*booked)(struct world *world, const struct op *op);
    int item;
    int64_t units; /* or seconds */
    struct shop *shop;
    bool was_unknown;
};

static void op_try(void *arg);

static void op_done(void *arg, const struct env_reply *reply)
{
    struct op *op = arg;
    struct world *world = op->world;
    int status = reply->err ? 0 : reply->response.status;
    bool is_unknown = reply->err == ERR_UNKNOWN || status >= 500;
    op->was_unknown |= is_unknown;
    world_say(world, "op %s %s: %d", op->key, op->path, status);
    if (status == 0 || status >= 500 || status == 429) {
        world->last_refusal = status;
        (void)clock_after(&world->clock, US_PER_S, op_try, op);
        return;
    }
    world->figures.unknown_resolved += op->was_unknown;
    if (status < 300 && op->booked) {
        op->booked(world, op);
    } else if (status >= 300 && status != 409 && status != 422 && status != 404) {
        world_breaks(world, "API", "%s %s answered %d", op->method, op->path, status);
    }
    world->ops_open--;
    free(op);
}

static void op_try(void *arg)
{
    struct op *op = arg;
    struct env *env = machine_env(op->world->people_machine);
    char url[128];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", WORLD_PORT, op->path);
    const struct http_header headers[] = {{SLICE("Authorization"), SLICE("Bearer " WORLD_TOKEN)},
                                          {SLICE("Content-Type"), SLICE("application/json")},
                                          {SLICE("Idempotency-Key"), slice_of(op->key)}};
    const struct env_call call = {.request = {.method = slice_of(op->method),
                                              .url = slice_of(url),
                                              .headers = headers,
                                              .headers_count = COUNT_OF(headers),
                                              .body = slice_of(op->body)},
                                  .private_ok = true};
    env->ops->http(env, &call, op_done, op);
}

static struct op *op_new(struct world *world, const char *method, const char *path)
{
    static int number;
    struct op *op = calloc(1, sizeof(*op));
    must(op);
    op->world = world;
    op->method = method;
    (void)snprintf(op->path, sizeof(op->path), "%s", path);
    (void)snprintf(op->key, sizeof(op->key), "op-%d", ++number);
    world->ops_open++;
    return op;
}

static void is_booked(struct world *world, const struct op *op)
{
    model_booked(&world->model, op->item, op->units);
}

static void is_damaged(struct world *world, const struct op *op)
{
    model_damaged(&world->model, op->item, op->units);
}

static void movement(struct world *world, const char *kind, int item, int64_t units)
{
    char sku[16];
    struct op *op = op_new(world, "POST", "/v1/movements");
    op->item = item;
    op->units = units;
    op->booked = strcmp(kind, "damage") == 0 ? is_damaged : is_booked;
    (void)snprintf(op->body,
                   sizeof(op->body),
                   "{\"movements\":[{\"kind\":\"%s\",\"sku\":\"%s\",\"location\":\"warehouse\","
                   "\"quantity\":%" PRId64 ",\"reason\":\"simulated\"}]}",
                   kind,
                   world_sku(item, sku),
                   units);
    op_try(op);
}

static struct op *switched(struct world *world, const struct shop *shop, const char *path)
{
    struct op *op = op_new(world, "POST", path);
    (void)snprintf(op->body,
                   sizeof(op->body),
                   "{\"channel\":\"%.*s\",\"reason\":\"simulated\"}",
                   SLICE_ARG(shop_code(shop)));
    return op;
}

struct later {
    struct world *world;
    struct shop *shop;
};

static void resume_later(void *arg)
{
    struct later *later = arg;
    op_try(switched(later->world, later->shop, "/v1/resume"));
    later->world->ops_open--; /* of the pause, which lasted until now */
    free(later);
}

/* Once it is known to be paused: of two requests under way either may be the last. */
static void is_paused(struct world *world, const struct op *op)
{
    struct later *later = malloc(sizeof(*later));
    must(later);
    *later = (struct later){world, op->shop};
    world->ops_open++;
    (void)clock_after(&world->clock, op->units * US_PER_S, resume_later, later);
}

/* ---- buyers ---- */

bool people_buy(struct world *world, struct shop *shop, const int *items, int lines, int64_t units)
{
    char skus[2][16];
    struct shop_line wanted[2];
    int64_t id = 0;
    for (int i = 0; i < lines; i++) {
        wanted[i] = (struct shop_line){slice_of(world_sku(items[i], skus[i])), units};
    }
    if (world->orders_count == WORLD_ORDERS_MAX ||
        shop_buy(shop, wanted, (size_t)lines, &id) != SHOP_DONE) {
        return false;
    }
    struct world_order *order = &world->orders[world->orders_count++];
    *order = (struct world_order){.shop = shop, .id = id, .lines = lines};
    memcpy(order->items, items, sizeof(order->items));
    return true;
}

static struct world_order *order_at(struct world *world, int64_t n)
{
    return world->orders_count ? &world->orders[(size_t)n % world->orders_count] : NULL;
}

/* ---- faults ---- */

static void hooks_fail(struct shop *shop, int64_t what, int64_t how)
{
    struct shop_faults f = shop_faults_get(shop);
    switch (what & 3) {
    case 0:
        f.hook_lose = (int)how;
        break;
    case 1:
        f.hook_duplicate = (int)how;
        break;
    case 2:
        f.hook_reorder = (int)how;
        break;
    default:
        f.hook_delay_ms_max = (int)how;
        break;
    }
    shop_faults_set(shop, &f);
}

static void api_fails(struct shop *shop, int64_t what, int64_t how)
{
    struct shop_faults f = shop_faults_get(shop);
    switch (what % 5) {
    case 0:
        f.api_throttle = (int)how;
        break;
    case 1:
        f.api_error = (int)how;
        break;
    case 2:
        f.api_hang = (int)how;
        break;
    case 3:
        f.api_apply_and_time_out = (int)how;
        break;
    default:
        f.answer_ms_max = (int)how;
        break;
    }
    shop_faults_set(shop, &f);
}

static void link_fails(struct world *world, int64_t where, int64_t what, int64_t how)
{
    static const int ends[3][2] = {{MACHINE_SERVER, MACHINE_SHOPS},
                                   {MACHINE_SHOPS, MACHINE_SERVER},
                                   {MACHINE_PEOPLE, MACHINE_SERVER}};
    const int *of = ends[(uint64_t)where % 3];
    struct link_faults *link = network_link(world->network, of[0], of[1]);
    switch (what & 3) {
    case 0:
        link->lose_request = (int)how;
        break;
    case 1:
        link->lose_answer = (int)how;
        break;
    case 2:
        link->refuse = (int)how;
        break;
    default:
        link->delay_us_max = how * US_PER_MS;
        break;
    }
}

void people_calm(struct world *world)
{
    for (size_t i = 0; i < world->plan->shops_count; i++) {
        shop_faults_set(world->shops[i], &(struct shop_faults){0});
    }
    *network_link(world->network, MACHINE_SHOPS, MACHINE_SERVER) = (struct link_faults){0};
    *network_link(world->network, MACHINE_SERVER, MACHINE_SHOPS) = (struct link_faults){0};
    *network_link(world->network, MACHINE_PEOPLE, MACHINE_SERVER) = (struct link_faults){0};
    *disk_faults(world->disk) = (struct disk_faults){0};
    deaths_end(world);
    if (world->server_machine) {
        machine_wall_jump(world->server_machine, -world->wall_offset_us);
    }
    world->wall_offset_us = 0;
    /* A disk that failed too often is refused until somebody starts the server again. */
    if (world->server && server_engine_counters(world->server).is_refusing) {
        server_down(world, STEP_STOP);
    }
}

bool people_wait(const struct world *world)
{
    return world->ops_open > 0;
}

static void disk_has_room(void *arg)
{
    struct world *world = arg;
    disk_faults(world->disk)->is_full = false;
}

static void comes_back(void *arg)
{
    server_up(arg);
}

/* ---- steps: each says whether it did anything ---- */

static int item_of(const struct world *world, int64_t n)
{
    return (int)(n % world->plan->items);
}

static bool do_buy(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const int items[2] = {item_of(world, s->b)};
    return people_buy(world, shop, items, 1, s->c);
}

static bool do_buy_two(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const int items[2] = {item_of(world, s->b), item_of(world, s->c)};
    return items[0] != items[1] && people_buy(world, shop, items, 2, 1);
}

static bool do_cancel(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const struct world_order *order = order_at(world, s->a);
    (void)shop;
    return order && shop_cancel(order->shop, order->id, true) == SHOP_DONE;
}

static bool do_ship(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const struct world_order *order = order_at(world, s->a);
    (void)shop;
    return order && shop_fulfil(order->shop, order->id, 0, 0) == SHOP_DONE;
}

static bool do_refund(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const struct world_order *order = order_at(world, s->a);
    struct shop_order now;
    (void)shop;
    /* What was not shipped is cancelled, not returned, and how that shows differs by platform. */
    return order && order->lines == 1 && shop_order_get(order->shop, order->id, &now) &&
           now.fulfilled - now.returned >= s->c &&
           shop_refund(order->shop, order->id, 0, s->c, s->b) == SHOP_DONE;
}

static bool do_edit(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const struct world_order *order = order_at(world, s->a);
    (void)shop;
    return order && order->lines == 1 && shop_edit(order->shop, order->id, 0, s->c) == SHOP_DONE;
}

static bool do_receive(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    movement(world, "receive", item_of(world, s->a), s->c);
    return true;
}

static bool do_adjust(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    movement(world, "adjust", item_of(world, s->a), s->c);
    return true;
}

static bool do_damage(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    movement(world, "damage", item_of(world, s->a), s->c);
    return true;
}

static bool do_buffer(struct world *world, const struct plan_step *s, struct shop *shop)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/v1/channels/%.*s", SLICE_ARG(shop_code(shop)));
    struct op *op = op_new(world, "PATCH", path);
    (void)snprintf(op->body, sizeof(op->body), "{\"buffer\":%" PRId64 "}", s->c);
    op_try(op);
    return true;
}

static bool do_pause(struct world *world, const struct plan_step *s, struct shop *shop)
{
    struct op *op = switched(world, shop, "/v1/pause");
    op->booked = is_paused;
    op->shop = shop;
    op->units = s->b;
    op_try(op);
    return true;
}

static bool do_hold(struct world *world, const struct plan_step *s, struct shop *shop)
{
    char sku[16];
    struct op *op = op_new(world, "POST", "/v1/holds");
    (void)shop;
    (void)snprintf(op->body,
                   sizeof(op->body),
                   "{\"owner\":\"cart %s\",\"lines\":[{\"sku\":\"%s\",\"quantity\":%" PRId64
                   "}],\"expires_in\":%" PRId64 "}",
                   op->key,
                   world_sku(item_of(world, s->a), sku),
                   s->c,
                   s->b);
    op_try(op);
    return true;
}

static bool do_foreign(struct world *world, const struct plan_step *s, struct shop *shop)
{
    char sku[16];
    struct slice of = slice_of(world_sku(item_of(world, s->b), sku));
    /* Read back once a day: longer than anybody waits here. Our own API's shops cannot be read. */
    if (shop_kind(shop) == SHOP_EBAY || shop_kind(shop) == SHOP_API) {
        return false;
    }
    return shop_stock_edit(shop, of, s->c) == SHOP_DONE;
}

static bool do_hooks(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)world;
    hooks_fail(shop, s->b, s->c);
    return true;
}

static bool do_api(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)world;
    api_fails(shop, s->b, s->c);
    return true;
}

static bool do_calm(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)world;
    (void)s;
    shop_faults_set(shop, &(struct shop_faults){0});
    return true;
}

static bool do_link(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    link_fails(world, s->a, s->b, s->c);
    return true;
}

static bool do_down(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    server_down(world, s->kind);
    (void)clock_after(&world->clock, s->a * US_PER_MS, comes_back, world);
    return true;
}

static bool do_sync_fails(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    disk_faults(world->disk)->sync_fails += (int)s->a;
    return true;
}

static bool do_write_fails(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    disk_faults(world->disk)->write_fails += (int)s->a;
    return true;
}

static bool do_disk_full(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    disk_faults(world->disk)->is_full = true;
    (void)clock_after(&world->clock, s->a * US_PER_MS, disk_has_room, world);
    return true;
}

static bool do_clock(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    world->wall_offset_us += s->c * US_PER_S;
    if (world->server_machine) {
        machine_wall_jump(world->server_machine, s->c * US_PER_S);
    }
    return true;
}

bool step_do(struct world *world, const struct plan_step *s)
{
    static bool (*const deeds[STEP_KINDS])(
        struct world *, const struct plan_step *, struct shop *) = {
        [STEP_BUY] = do_buy,
        [STEP_BUY_TWO] = do_buy_two,
        [STEP_CANCEL] = do_cancel,
        [STEP_SHIP] = do_ship,
        [STEP_REFUND] = do_refund,
        [STEP_EDIT] = do_edit,
        [STEP_RECEIVE] = do_receive,
        [STEP_ADJUST] = do_adjust,
        [STEP_DAMAGE] = do_damage,
        [STEP_BUFFER] = do_buffer,
        [STEP_PAUSE] = do_pause,
        [STEP_HOLD] = do_hold,
        [STEP_FOREIGN] = do_foreign,
        [STEP_HOOKS] = do_hooks,
        [STEP_API] = do_api,
        [STEP_CALM] = do_calm,
        [STEP_LINK] = do_link,
        [STEP_KILL] = do_down,
        [STEP_POWER] = do_down,
        [STEP_STOP] = do_down,
        [STEP_SYNC_FAILS] = do_sync_fails,
        [STEP_WRITE_FAILS] = do_write_fails,
        [STEP_DISK_FULL] = do_disk_full,
        [STEP_CLOCK] = do_clock,
        [STEP_TRANSFER] = do_transfer,
        [STEP_CRASH_AT] = do_crash_at,
        [STEP_FLURRY] = do_flurry,
    };
    bool is_trade = s->kind == STEP_CALM || s->kind == STEP_TRANSFER || s->kind == STEP_FLURRY;
    world->figures.faults += s->kind >= STEP_FOREIGN && !is_trade;
    bool is_done = deeds[s->kind](world, s, world->shops[(size_t)s->a % world->plan->shops_count]);
    mark(&world->figures.marks, MARK_FOREIGN, is_done && s->kind == STEP_FOREIGN);
    mark(&world->figures.marks, MARK_CLOCK_JUMPED, s->kind == STEP_CLOCK);
    return is_done;
}
