/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/json_write.h"
#include "sim/world.h"

#define BODY_MAX ((size_t)4 * 1024 * 1024)
#define SETTLE_MAX_US (2 * 3600 * US_PER_S)
#define SETTLE_LOOK_US (5 * US_PER_S)
/* Besides after each delivery, what shops show is looked at after one commit of so many. */
#define LOOK_EACH 10
/* All balances are made anew from the movements in one run of so many. */
#define REBUILD_EACH 5
/* Paced reads go round, holds run out. */
#define QUIET_US (180 * US_PER_S)

void world_breaks(struct world *world, const char *promise, const char *format, ...)
{
    if (world->is_broken) {
        return;
    }
    va_list args;
    char text[900];
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    world->is_broken = true;
    (void)snprintf(world->broken, sizeof(world->broken), "%s: %s", promise, text);
    world_say(world, "BROKEN %s", world->broken);
}

void world_say(struct world *world, const char *format, ...)
{
    if (!world->tell) {
        return;
    }
    va_list args;
    char line[1200];
    int n =
        snprintf(line, sizeof(line), "%10.6f  ", (double)world->clock.now_us / (double)US_PER_S);
    va_start(args, format);
    (void)vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    va_end(args);
    world->tell(world, line);
}

const char *world_sku(int item, char out[16])
{
    (void)snprintf(out, 16, "TEE-%d", item);
    return out;
}

/* ---- time ---- */

static void step_clock(struct world *world, int64_t until_us)
{
    if (clock_step(&world->clock, until_us) && world->server && !world->is_dying) {
        uint64_t commits = disk_figures(world->disk)->syncs;
        bool is_new = false;
        if (commits != world->commits_seen) {
            world->commits_seen = commits;
            world->figures.commits++;
            is_new = true;
            check_committed(world);
        }
        bool is_time = world->figures.commits % LOOK_EACH == 0;
        if ((world->acks_count != world->acks_checked || (is_time && is_new)) &&
            !world->is_broken) {
            world->acks_checked = world->acks_count;
            check_answered(world);
        }
    }
}

void world_pass(struct world *world, int64_t us)
{
    int64_t until_us = world->clock.now_us + us;
    while (world->clock.now_us < until_us && !world->is_broken) {
        step_clock(world, until_us);
    }
}

/* ---- calls ---- */

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct world *world = arg;
    world->is_answered = true;
    world->status = reply->err ? 0 : reply->response.status;
    world->text = reply->err ? (struct slice){0} : arena_copy(&world->arena, reply->response.body);
}

int world_call(struct world *world, const char *method, const char *path, struct slice body)
{
    static const struct http_header headers[] = {
        {{"Authorization", 13}, {"Bearer " WORLD_TOKEN, sizeof("Bearer " WORLD_TOKEN) - 1}},
        {{"Content-Type", 12}, {"application/json", 16}}};
    char url[600];
    struct err_note note;
    struct env *env = machine_env(world->people_machine);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", WORLD_PORT, path);
    const struct env_call call = {.request = {.method = slice_of(method),
                                              .url = slice_of(url),
                                              .headers = headers,
                                              .headers_count = COUNT_OF(headers),
                                              .body = body},
                                  .private_ok = true};
    arena_clear(&world->arena);
    world->is_answered = false;
    world->json = (struct json){0};
    env->ops->http(env, &call, on_reply, world);
    while (!world->is_answered) {
        step_clock(world, INT64_MAX / 2);
    }
    if (world->text.n && json_parse(world->doc, world->text, &world->json, &note)) {
        world->json = (struct json){0};
    }
    return world->status;
}

int world_callf(struct world *world, const char *method, const char *path, const char *body, ...)
{
    char text[4096];
    va_list args;
    va_start(args, body);
    int n = vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    must(n >= 0 && (size_t)n < sizeof(text));
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return world_call(world, method, path, (struct slice){text, (size_t)n});
}

/* Before any fault: what cannot be set up is a fault of the simulator. */
static void must_be_made(struct world *world, const char *path, struct slice body)
{
    int status = world_call(world, "POST", path, body);
    if (status != 201) {
        fprintf(stderr, "sim: POST %s answered %d: %.*s\n", path, status, SLICE_ARG(world->text));
        abort();
    }
}

/* ---- the server's life ---- */

static void start_again(void *arg)
{
    server_up(arg);
}

void server_up(struct world *world)
{
    struct err_note note = {""};
    if (world->server || world->is_stopping) {
        return;
    }
    char public_url[64];
    (void)snprintf(public_url, sizeof(public_url), "http://127.0.0.1:%d", WORLD_PORT);
    const struct server_options options = {.data = world->directory,
                                           .listen = "127.0.0.1:8080",
                                           .public_url = public_url,
                                           .admin_token = WORLD_TOKEN,
                                           .keep_bodies_days = KEEP_BODIES_DAYS,
                                           .private_ok = true};
    world->server_machine = machine_new(world->network, MACHINE_SERVER, DISK_VFS);
    machine_wall_jump(world->server_machine, world->wall_offset_us);
    world->figures.starts++;
    enum err e = server_new(machine_env(world->server_machine), &options, &world->server, &note);
    if (!e && world->is_dying) { /* while it started: it is buried in a moment */
        return;
    }
    if (e) { /* a disk that fails just now: the service manager tries again */
        world->server = NULL;
        world_say(world, "the server does not start: %s", note.text);
        if (world->is_dying) {
            disk_next_process(world->disk);
            world->is_dying = false;
        } else if (e == ERR_CORRUPT) {
            world_breaks(world, "I15", "the store does not open: %s", note.text);
        }
        machine_kill(world->server_machine);
        machine_bury(world->server_machine);
        world->server_machine = NULL;
        (void)clock_after(&world->clock, US_PER_S, start_again, world);
        return;
    }
    world->commits_seen = disk_figures(world->disk)->syncs;
    world_say(world, "the server is up");
    marks_of_start(world);
    check_started(world);
}

/* The mark of a running server is a file of its own, which a clean end removes. */
static void keep_mark(struct world *world, char mark[16], bool *out_is_there, bool restore)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/running", world->directory);
    int fd = open(path, restore ? O_WRONLY | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        *out_is_there = false;
        return;
    }
    *out_is_there = restore ? write(fd, mark, 16) == 16 : read(fd, mark, 16) == 16;
    close(fd);
}

/* It dies here and now; server_down, once what is on the stack has returned, buries it. */
void server_dies(struct world *world, bool has_power)
{
    keep_mark(world, world->mark, &world->has_mark, false);
    world->is_dying = true;
    machine_kill(world->server_machine);
    disk_crash(world->disk, has_power);
}

void server_down(struct world *world, enum step_kind how)
{
    if (!world->server || world->is_stopping) {
        return;
    }
    world->figures.crashes += how != STEP_STOP;
    mark(&world->figures.marks, MARK_KILLED, how == STEP_KILL);
    if (world->is_dying) { /* it is dead already */
    } else if (how == STEP_STOP) {
        world->has_mark = false;
        world->is_stopping = true;
        server_stop(world->server);
        world_pass(world, 200 * US_PER_MS);
        world->is_stopping = false;
        machine_kill(world->server_machine);
    } else {
        server_dies(world, how == STEP_KILL);
    }
    server_free(world->server);
    disk_next_process(world->disk);
    if (world->has_mark) {
        keep_mark(world, world->mark, &world->has_mark, true);
    }
    world->server = NULL;
    world->is_dying = false;
    machine_bury(world->server_machine);
    world->server_machine = NULL;
}

/* ---- setting up ---- */

static void set_up_shop(struct world *world, size_t index)
{
    char code[32], hooks_url[96], sku[16];
    struct err_note note = {""};
    enum shop_kind kind = (enum shop_kind)world->plan->shops[index];
    (void)snprintf(code, sizeof(code), "%s-%zu", shop_kind_prefix(kind), index + 1);
    (void)snprintf(hooks_url, sizeof(hooks_url), "http://127.0.0.1:%d/hooks/%s", WORLD_PORT, code);
    const struct shop_options options = {.kind = kind,
                                         .code = code,
                                         .hooks_url = hooks_url,
                                         .hook_secret =
                                             "whsec_c2ltdWxhdG9yLXNlY3JldC0wMTIzNDU2Nzg5",
                                         .token = "shop-token",
                                         .token_secret = "shop-token-secret",
                                         .plain_http = false};
    if (sandbox_shop_add(world->sandbox, &options, &world->shops[index], &note)) {
        fprintf(stderr, "sim: shop %s: %s\n", code, note.text);
        abort();
    }
    struct shop *shop = world->shops[index];
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, BODY_MAX);
    for (int i = 0; i < world->plan->items; i++) {
        const struct sandbox_item item = {.sku = slice_of(world_sku(i, sku)),
                                          .product = slice_of(sku),
                                          .title = SLICE(""),
                                          .count = world->plan->units};
        must(shop_item_add(shop, &item, &note) == ERR_OK);
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_str(&w, "code", code);
    json_field_str(&w, "connector", shop_kind_name(kind));
    json_field_str(&w, "mode", "live");
    json_key(&w, "settings");
    json_begin_object(&w);
    shop_settings_put(shop, "warehouse", &w);
    if (kind == SHOP_WALMART) {
        json_field_str(&w, "count_mode", "gross"); /* so that it shows what it may sell */
    } else if (kind == SHOP_ETSY) {
        json_field_str(&w, "reactivate", "always"); /* else what was sold out waits for a person */
    }
    json_end_object(&w);
    json_key(&w, "secrets");
    json_begin_object(&w);
    shop_secrets_put(shop, &w);
    json_end_object(&w);
    json_end_object(&w);
    must_be_made(world, "/v1/channels", buf_view(&body));
    buf_clear(&body);
    w = json_writer(&body);
    json_begin_object(&w);
    json_key(&w, "items");
    json_begin_array(&w);
    for (int i = 0; i < world->plan->items; i++) {
        json_begin_object(&w);
        json_field_str(&w, "channel", code);
        json_field_str(&w, "sku", world_sku(i, sku));
        json_key(&w, "remote");
        json_begin_object(&w);
        shop_remote_put(shop, (size_t)i, &w);
        json_end_object(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    must_be_made(world, "/v1/listings", buf_view(&body));
}

static void set_up(struct world *world)
{
    char sku[16], body[256];
    must_be_made(world, "/v1/locations", SLICE("{\"code\":\"warehouse\",\"country\":\"DE\"}"));
    for (int i = 0; i < world->plan->items; i++) {
        (void)snprintf(body, sizeof(body), "{\"sku\":\"%s\"}", world_sku(i, sku));
        must_be_made(world, "/v1/skus", slice_of(body));
        (void)snprintf(body,
                       sizeof(body),
                       "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"%s\",\"location\":"
                       "\"warehouse\",\"quantity\":%d}]}",
                       sku,
                       world->plan->units);
        must_be_made(world, "/v1/movements", slice_of(body));
        model_booked(&world->model, i, world->plan->units);
    }
    for (size_t i = 0; i < world->plan->shops_count; i++) {
        set_up_shop(world, i);
    }
}

/* ---- what leaves the server ---- */

/* I3, I11: what a commit decides leaves behind it, or a crash in between forgets that it left. */
static void on_call(void *arg, int from, int to)
{
    struct world *world = arg;
    if (from == MACHINE_SERVER && to == MACHINE_SHOPS && disk_is_writing(world->disk)) {
        world_breaks(world, "I3/I11", "a request leaves while its commit is still open");
    } else if (from == MACHINE_SHOPS && to == MACHINE_SERVER) {
        delivery_leaves(world);
    }
}

/* ---- what is acknowledged ---- */

uint64_t world_hash(struct slice bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.n; i++) {
        hash = (hash ^ (unsigned char)bytes.p[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* eBay counts its attempts in the body: the same notification has other bytes then. */
uint64_t world_delivery(struct slice body)
{
    static const char name[] = "\"notificationId\":\"";
    const char *at = memmem(body.p, body.n, name, sizeof(name) - 1);
    struct slice id = body, rest;
    if (at) {
        rest = slice_from(body, (size_t)(at - body.p) + sizeof(name) - 1);
        if (!slice_cut(&rest, '"', &id)) {
            id = body;
        }
    }
    return world_hash(id);
}

static void on_answer(void *arg, int from, int to, struct slice request, int status)
{
    struct world *world = arg;
    struct slice rest = request, line, path, channel;
    marks_of_answer(world, from, to, request, status);
    if (to == MACHINE_SERVER && disk_is_writing(world->disk)) {
        world_breaks(world, "I4", "an answer is given while its commit is still open");
    }
    if (from != MACHINE_SHOPS || to != MACHINE_SERVER || status < 200 || status > 299 ||
        !slice_starts(request, "POST /hooks/")) {
        return;
    }
    const char *end = memmem(request.p, request.n, "\r\n\r\n", 4);
    must(end && slice_cut(&rest, '\r', &line));
    path = slice_from(line, sizeof("POST /hooks/") - 1);
    must(slice_cut(&path, ' ', &line));
    rest = line;
    if (!slice_cut(&rest, '/', &channel)) {
        channel = line;
    }
    struct slice body = slice_from(request, (size_t)(end - request.p) + 4);
    if (body.n == 0 || slice_starts(body, "webhook_id=")) { /* WooCommerce's ping is not kept */
        return;
    }
    if (world->acks_count == world->acks_cap) {
        world->acks_cap = world->acks_cap ? world->acks_cap * 2 : 256;
        world->acks = realloc(world->acks, world->acks_cap * sizeof(world->acks[0]));
        must(world->acks);
    }
    world->figures.acks++;
    world->acks[world->acks_count++] =
        (struct world_ack){world_hash(channel), world_delivery(body)};
}

/* ---- the run ---- */

static void open_world(struct world *world, const struct plan *plan)
{
    struct err_note note = {""};
    int port = 0;
    void (*tell)(struct world * world, const char *line) = world->tell;
    *world = (struct world){.plan = plan, .tell = tell};
    clock_init(&world->clock, plan->seed);
    map_init(&world->versions);
    must(crypto_init() == ERR_OK);
    (void)snprintf(world->directory, sizeof(world->directory), "/tmp/truecount-sim-XXXXXX");
    must(mkdtemp(world->directory));
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/secrets.key", world->directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static const uint8_t key[32] = {7};
    must(fd >= 0 && write(fd, key, sizeof(key)) == (ssize_t)sizeof(key));
    close(fd);
    arena_init(&world->arena, (size_t)256 * 1024 * 1024);
    world->doc = json_doc_new();
    world->orders = calloc(WORLD_ORDERS_MAX, sizeof(world->orders[0]));
    must(world->doc && world->orders);
    world->disk = disk_new(luck_next(&world->clock.luck));
    world->network = network_new(&world->clock);
    network_watch(world->network, on_answer, world);
    network_watch_calls(world->network, on_call);
    world->shops_machine = machine_new(world->network, MACHINE_SHOPS, NULL);
    world->people_machine = machine_new(world->network, MACHINE_PEOPLE, NULL);
    const struct sandbox_options options = {.seed = plan->seed ? plan->seed : 1};
    must(sandbox_new(machine_env(world->shops_machine), &options, &world->sandbox, &port, &note) ==
         ERR_OK);
}

/* Faults off, trade stopped: within the time everything shows what it should. */
static void settle(struct world *world)
{
    char why[256] = "";
    people_calm(world);
    network_no_chances(world->network);
    server_up(world);
    int64_t began_us = world->clock.now_us;
    world_pass(world, QUIET_US);
    while (!world->is_broken) {
        if (world->server && !people_wait(world) && check_settled(world, why)) {
            world->figures.settle_us = (uint64_t)(world->clock.now_us - began_us);
            return;
        }
        if (people_wait(world)) {
            (void)snprintf(why,
                           sizeof(why),
                           "%zu requests of operators are not answered, the last with %d",
                           world->ops_open,
                           world->last_refusal);
        }
        if (world->clock.now_us - began_us > SETTLE_MAX_US) {
            world_breaks(world, "I7", "two hours after the last fault: %s", why);
        }
        world_pass(world, SETTLE_LOOK_US);
    }
}

bool world_run(struct world *world, const struct plan *plan)
{
    open_world(world, plan);
    server_up(world);
    must(world->server);
    set_up(world);
    char why[256];
    for (int i = 0; i < 600 && !check_settled(world, why); i++) {
        world_pass(world, US_PER_S);
    }
    int64_t began_us = world->clock.now_us;
    network_has_chances(world->network, plan->seed);
    for (size_t i = 0; i < plan->count && !world->is_broken; i++) {
        int64_t due_us = began_us + plan->steps[i].at_us;
        world_pass(world, due_us > world->clock.now_us ? due_us - world->clock.now_us : 0);
        if (!world->is_broken && step_do(world, &plan->steps[i]) && world->tell) {
            ON_EXIT(buf_free) struct buf line;
            buf_init(&line, 256);
            step_write(&plan->steps[i], &line);
            world_say(world, "%.*s", (int)line.n - 1, line.p);
        }
    }
    if (!world->is_broken) {
        settle(world);
    }
    if (!world->is_broken) {
        check_rest(world);
        marks_of_end(world);
    }
    if (!world->is_broken && plan->seed % REBUILD_EACH == 0) {
        check_rebuilt(world);
    }
    if (!world->is_broken) {
        check_end(world);
    }
    world->figures.events = world->clock.happened;
    return !world->is_broken;
}

void world_free(struct world *world)
{
    char command[128];
    if (world->server) {
        server_down(world, STEP_KILL);
    }
    machine_kill(world->shops_machine);
    machine_kill(world->people_machine);
    sandbox_free(world->sandbox);
    network_free(world->network);
    disk_free(world->disk);
    clock_free(&world->clock);
    json_doc_free(world->doc);
    arena_free(&world->arena);
    check_forget(world);
    free(world->orders);
    free(world->acks);
    static const char *const files[] = {"secrets.key", "running", "suspects", "truecount.lock"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        (void)snprintf(command, sizeof(command), "%s/%s", world->directory, files[i]);
        (void)unlink(command);
    }
    (void)rmdir(world->directory);
}
