/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small shop's day, turn by turn, over both stores. A turn that says it is done is done; one that
 * failed changed nothing; none blames the asker for want of memory; `verify` finds nothing wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/request.h"
#include "engine/request_parts.h"
#include "torture/torture.h"

struct day {
    struct env env; /* first */
    int64_t now_us;
    uint64_t random;
    struct engine *engine;
    struct store *reader;
    char directory[64];
    int64_t available, reserved, held; /* of TEE, as the answers say */
    bool is_wrong;
};

static int64_t day_now(struct env *env)
{
    return ((struct day *)env)->now_us;
}

static void day_random(struct env *env, void *out, size_t n)
{
    struct day *d = (struct day *)env;
    for (size_t i = 0; i < n; i++) {
        d->random = d->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ((uint8_t *)out)[i] = (uint8_t)(d->random >> 56);
    }
}

static struct env_wake *day_wake_new(struct env *env, env_fn *fn, void *arg)
{
    (void)fn;
    (void)arg;
    return (struct env_wake *)env;
}

static void day_wake(struct env_wake *wake)
{
    (void)wake; /* the day collects */
}

static void day_kept(struct turn *turn)
{
    (void)turn; /* looked at and freed by ask */
}

/* True when it was done. */
static bool ask(struct day *d, request_fn *run, const char *body)
{
    struct turn *turn = turn_new(TURN_REQUEST, day_kept, NULL);
    if (!turn) {
        return false;
    }
    struct slice *args = ARENA_ARRAY(&turn->arena, 3, struct slice);
    if (!args) {
        turn_free(turn);
        return false;
    }
    turn->run = run;
    turn->args = args;
    turn->body = slice_of(body);
    turn->token_id = 7;
    d->now_us += US_PER_S;
    if (!engine_submit(d->engine, turn)) {
        turn_free(turn);
        return false;
    }
    while (engine_step(d->engine)) {
    }
    engine_collect(d->engine);
    bool is_done = !turn->err && turn->status >= 200 && turn->status <= 299;
    if (!turn->err && !is_done && turn->status < 500) {
        fprintf(stderr,
                "refused with %d: %.*s\n",
                turn->status,
                (int)turn->answer.n,
                turn->answer.p ? turn->answer.p : "");
        d->is_wrong = true;
    }
    turn_free(turn);
    return is_done;
}

static void live(struct day *d)
{
    static const char receive[] = "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\","
                                  "\"location\":\"berlin\",\"quantity\":10}]}";
    static const char order[] = "{\"channel\":\"shop\",\"id\":\"1\",\"version\":\"1\",\"lines\":[{"
                                "\"id\":\"1\",\"sku\":\"TEE\",\"ordered\":3}]}";
    static const char hold[] = "{\"owner\":\"cart\",\"channel\":\"shop\",\"lines\":[{\"sku\":"
                               "\"TEE\",\"quantity\":2}],\"expires_in\":600}";
    if (!ask(d, request_locations_create, "{\"code\":\"berlin\",\"country\":\"DE\"}") ||
        !ask(d, request_skus_create, "{\"sku\":\"TEE\"}") ||
        !ask(d,
             request_channels_create,
             "{\"code\":\"shop\",\"connector\":\"api\",\"mode\":\"live\"}") ||
        !ask(d, request_listings_create, "{\"channel\":\"shop\",\"sku\":\"TEE\"}")) {
        return; /* what follows would be refused for good reason */
    }
    if (!ask(d, request_movements_create, receive)) {
        return;
    }
    d->available += 10;
    if (ask(d, request_orders_create, order)) {
        d->available -= 3;
        d->reserved += 3;
    }
    if (ask(d, request_holds_create, hold)) {
        d->available -= 2;
        d->held += 2;
    }
}

/* With all the memory there is: what is stored agrees with what was answered. */
static void look(struct day *d)
{
    struct arena arena;
    struct sku_row *sku = NULL;
    struct slice key = SLICE("TEE");
    struct stock_set set;
    struct verify_report report;
    struct err_note note = {""};
    struct stock sum = {0};
    arena_init(&arena, (size_t)64 << 20);
    enum err e = d->reader->ops->skus_by_code(d->reader, &key, 1, &arena, &sku);
    stock_set_init(&set, &arena);
    if (!e && sku) {
        e = d->reader->ops->stock(d->reader, &sku->id, 1, &set);
        for (const struct stock *row = stock_set_first(&set, sku->id); row;
             row = row->next_of_sku) {
            sum.available += row->available;
            sum.reserved += row->reserved;
            sum.held += row->held;
        }
    }
    if (e || sum.available != d->available || sum.reserved != d->reserved || sum.held != d->held) {
        fprintf(stderr,
                "stock %" PRId64 " %" PRId64 " %" PRId64 ", answered %" PRId64 " %" PRId64
                " %" PRId64 "\n",
                sum.available,
                sum.reserved,
                sum.held,
                d->available,
                d->reserved,
                d->held);
        d->is_wrong = true;
    }
    if (store_verify(d->reader, &report, &note)) {
        fprintf(stderr, "verify: %s\n", note.text);
        d->is_wrong = true;
    }
    stock_set_free(&set);
    arena_free(&arena);
}

static void directory_end(struct day *d)
{
    static const char *const files[] = {
        "truecount.db", "truecount.db-wal", "truecount.db-shm", "truecount.lock"};
    char path[128];
    for (size_t i = 0; d->directory[0] && i < COUNT_OF(files); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", d->directory, files[i]);
        (void)unlink(path);
    }
    if (d->directory[0]) {
        (void)rmdir(d->directory);
    }
}

static enum torture_end run(bool in_memory)
{
    static const struct env_ops ops = {.mono_us = day_now,
                                       .wall_us = day_now,
                                       .random = day_random,
                                       .wake_new = day_wake_new,
                                       .wake_send = day_wake,
                                       .wake_free = day_wake};
    struct day d = {.env = {&ops}, .now_us = INT64_C(1795408147) * US_PER_S, .random = 1};
    struct store *store = NULL;
    struct err_note note = {""};
    enum err e;
    if (in_memory) {
        e = store_mem_new(&store);
    } else {
        (void)snprintf(d.directory, sizeof(d.directory), "/tmp/truecount-torture-XXXXXX");
        must(mkdtemp(d.directory));
        e = store_sqlite_open(d.directory, NULL, &store, &note);
    }
    const struct engine_config config = {.env = &d.env, .store = store, .vault = {.key = {9}}};
    if (!e) {
        e = engine_new(&config, &d.engine, &note);
        if (e) {
            store_close(store);
        }
    }
    e = e ? e : engine_reader(d.engine, &d.reader, &note);
    if (!e) {
        live(&d);
        (void)torture_pause();
        look(&d);
    }
    (void)torture_pause();
    store_close(d.reader);
    if (d.engine) {
        engine_stop(d.engine);
        engine_free(d.engine);
    }
    directory_end(&d);
    return d.is_wrong ? TORTURE_WRONG : TORTURE_FINE;
}

static enum torture_end run_mem(size_t input, bool *out_more)
{
    (void)input;
    *out_more = false;
    return run(true);
}

static enum torture_end run_sqlite(size_t input, bool *out_more)
{
    (void)input;
    *out_more = false;
    return run(false);
}

const struct torture_script torture_engine_mem = {.name = "engine over memory", .run = run_mem};
const struct torture_script torture_engine_sqlite = {.name = "engine over sqlite",
                                                     .run = run_sqlite};
