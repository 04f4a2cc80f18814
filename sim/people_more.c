/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of several acts: goods on their way between two places, and a death in the midst of writing. */
#include <stdlib.h>

#include "sim/world.h"

/* ---- transfers: drafted, shipped, received in two parts, or called back ---- */

enum act { ACT_PLACE, ACT_DRAFT, ACT_SHIP, ACT_ARRIVE, ACT_REST };

struct transfer_of {
    struct world *world;
    enum act act;
    int item;
    int64_t units, arrived, id;
    bool is_back, is_cancelled, is_damaged;
    char key[32], path[64], body[256];
};

static void transfer_try(void *arg);

/* The second place is there once somebody needs it. */
static void transfer_act(struct transfer_of *t)
{
    static int number;
    char sku[16];
    const char *from = t->is_back ? "backroom" : "warehouse";
    const char *to = t->is_back ? "warehouse" : "backroom";
    static const char *const verbs[] = {
        [ACT_SHIP] = "/ship", [ACT_ARRIVE] = "/receive", [ACT_REST] = "/receive"};
    bool is_call_back = t->act == ACT_REST && t->is_cancelled;
    (void)snprintf(t->key, sizeof(t->key), "transfer-%d", ++number);
    (void)world_sku(t->item, sku);
    t->body[0] = '\0';
    if (t->act == ACT_PLACE) {
        (void)snprintf(t->path, sizeof(t->path), "/v1/locations");
        (void)snprintf(t->body, sizeof(t->body), "{\"code\":\"backroom\",\"country\":\"DE\"}");
    } else if (t->act == ACT_DRAFT) {
        (void)snprintf(t->path, sizeof(t->path), "/v1/transfers");
        (void)snprintf(
            t->body,
            sizeof(t->body),
            "{\"from\":\"%s\",\"to\":\"%s\",\"lines\":[{\"sku\":\"%s\",\"quantity\":%" PRId64 "}]}",
            from,
            to,
            sku,
            t->units);
    } else {
        (void)snprintf(t->path,
                       sizeof(t->path),
                       "/v1/transfers/%" PRId64 "%s",
                       t->id,
                       is_call_back ? "/cancel" : verbs[t->act]);
    }
    if (t->act == ACT_ARRIVE) {
        t->arrived = (t->units + 1) / 2;
        (void)snprintf(t->body,
                       sizeof(t->body),
                       "{\"lines\":[{\"sku\":\"%s\",\"%s\":%" PRId64 "}]}",
                       sku,
                       t->is_damaged ? "damaged" : "received",
                       t->arrived);
    }
    transfer_try(t);
}

static void transfer_ends(struct transfer_of *t)
{
    t->world->ops_open--;
    free(t);
}

static void transfer_done(struct transfer_of *t, struct slice answer)
{
    struct world *world = t->world;
    struct err_note note;
    struct json root;
    struct slice id = {0};
    switch (t->act) {
    case ACT_DRAFT:
        if (json_parse(world->doc, answer, &root, &note) || !json_text(json_get(root, "id"), &id) ||
            !slice_int(id, &t->id)) {
            world_breaks(world, "API", "a transfer without an id: %.*s", SLICE_ARG(answer));
            transfer_ends(t);
            return;
        }
        break;
    case ACT_ARRIVE:
        mark(&world->figures.marks, MARK_TRANSFER_PART, t->arrived < t->units);
        if (t->is_damaged) {
            model_damaged(&world->model, t->item, t->arrived);
        }
        break;
    case ACT_REST:
        transfer_ends(t);
        return;
    case ACT_PLACE:
    case ACT_SHIP:
        break;
    }
    t->act++;
    if (t->act == ACT_REST && t->units == t->arrived) {
        transfer_ends(t);
        return;
    }
    transfer_act(t);
}

static void transfer_answered(void *arg, const struct env_reply *reply)
{
    struct transfer_of *t = arg;
    struct world *world = t->world;
    int status = reply->err ? 0 : reply->response.status;
    world_say(world, "op %s %s: %d", t->key, t->path, status);
    if (status == 0 || status >= 500 || status == 429) {
        world->last_refusal = status;
        (void)clock_after(&world->clock, US_PER_S, transfer_try, t);
        return;
    }
    bool is_there_already = t->act == ACT_PLACE && status == 409;
    bool is_short = t->act == ACT_SHIP && status == 409;
    if (status < 300 || is_there_already) {
        transfer_done(t, reply->response.body);
        return;
    }
    if (!is_short) {
        world_breaks(
            world, "API", "%s answered %d: %.*s", t->path, status, SLICE_ARG(reply->response.body));
    }
    transfer_ends(t);
}

static void transfer_try(void *arg)
{
    struct transfer_of *t = arg;
    struct env *env = machine_env(t->world->people_machine);
    char url[128];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", WORLD_PORT, t->path);
    const struct http_header headers[] = {{SLICE("Authorization"), SLICE("Bearer " WORLD_TOKEN)},
                                          {SLICE("Content-Type"), SLICE("application/json")},
                                          {SLICE("Idempotency-Key"), slice_of(t->key)}};
    const struct env_call call = {.request = {.method = SLICE("POST"),
                                              .url = slice_of(url),
                                              .headers = headers,
                                              .headers_count = COUNT_OF(headers),
                                              .body = slice_of(t->body)},
                                  .private_ok = true};
    env->ops->http(env, &call, transfer_answered, t);
}

bool do_transfer(struct world *world, const struct plan_step *s, struct shop *shop)
{
    struct transfer_of *t = calloc(1, sizeof(*t));
    (void)shop;
    must(t);
    *t = (struct transfer_of){.world = world,
                              .item = (int)(s->a % world->plan->items),
                              .is_back = s->b & 1,
                              .is_cancelled = s->b & 2,
                              .is_damaged = s->b & 4,
                              .units = s->c};
    world->ops_open++;
    transfer_act(t);
    return true;
}

/* ---- a death in the midst of writing ---- */

struct death {
    struct world *world;
    bool has_power, waits; /* waits: for a delivery */
    int64_t touches;
    int64_t down_us;
};
static struct death next_death; /* one process, one world */

static void comes_back(void *arg)
{
    server_up(arg);
}

static void bury(void *arg)
{
    const struct death *death = arg;
    server_down(death->world, death->has_power ? STEP_KILL : STEP_POWER);
    (void)clock_after(&death->world->clock, death->down_us, comes_back, death->world);
}

static void dies(void *arg)
{
    const struct death *death = arg;
    world_say(death->world, "%s", death->has_power ? "killed as it writes" : "the power is cut");
    struct marks *marks = &death->world->figures.marks;
    mark(marks, MARK_DIED_WRITING, death->world->server && disk_is_writing(death->world->disk));
    mark(marks, MARK_DIED_STARTING, !death->world->server);
    server_dies(death->world, death->has_power);
    (void)clock_after(&death->world->clock, 1, bury, arg);
}

bool do_crash_at(struct world *world, const struct plan_step *s, struct shop *shop)
{
    (void)shop;
    next_death = (struct death){.world = world,
                                .has_power = !(s->b & 1),
                                .waits = s->b & 2,
                                .touches = s->a > 0 ? s->a : 1,
                                .down_us = s->c * US_PER_MS};
    if (!next_death.waits) {
        disk_at_touch(world->disk, next_death.touches, dies, &next_death);
    }
    return true;
}

void deaths_end(struct world *world)
{
    next_death.waits = false;
    disk_at_touch(world->disk, 0, NULL, NULL);
}

void delivery_leaves(struct world *world)
{
    if (next_death.waits) {
        next_death.waits = false;
        disk_at_touch(world->disk, next_death.touches, dies, &next_death);
    }
}

/* ---- an order that changes as soon as it is placed ---- */

struct change {
    struct world *world;
    size_t order;
    int64_t what;
};

static void changes_soon(void *arg)
{
    struct change *change = arg;
    const struct world_order *order = &change->world->orders[change->order];
    if (change->what == 0) {
        (void)shop_cancel(order->shop, order->id, true);
    } else if (change->what == 1) {
        (void)shop_fulfil(order->shop, order->id, 0, 0);
    } else {
        (void)shop_edit(order->shop, order->id, 0, 2);
    }
    free(change);
}

bool do_flurry(struct world *world, const struct plan_step *s, struct shop *shop)
{
    const int items[2] = {(int)(s->b % world->plan->items)};
    struct change *change = malloc(sizeof(*change));
    must(change);
    if (!people_buy(world, shop, items, 1, 1)) {
        free(change);
        return false;
    }
    *change = (struct change){world, world->orders_count - 1, s->c % 3};
    (void)clock_after(&world->clock, s->c * US_PER_MS, changes_soon, change);
    return true;
}
