/* SPDX-License-Identifier: Apache-2.0 */
/* The engine stepped by hand over SQLite: orders, ties, parked lines, claims and outcomes, without
 * any socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "engine/batch.h"

/* ---- a world of one thread: a clock that the test moves, and nothing else ---- */

struct still_env {
    struct env env; /* first */
    int64_t now_us;
    uint64_t random;
};

static int64_t still_now(struct env *env)
{
    return ((struct still_env *)env)->now_us;
}

static void still_random(struct env *env, void *out, size_t n)
{
    struct still_env *e = (struct still_env *)env;
    for (size_t i = 0; i < n; i++) {
        e->random = e->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        ((uint8_t *)out)[i] = (uint8_t)(e->random >> 56);
    }
}

static struct env_wake *still_wake_new(struct env *env, env_fn *fn, void *arg)
{
    (void)fn;
    (void)arg;
    return (struct env_wake *)env;
}

static void still_wake(struct env_wake *wake)
{
    (void)wake; /* the test collects */
}

static const struct env_ops still_ops = {.mono_us = still_now,
                                         .wall_us = still_now,
                                         .random = still_random,
                                         .wake_new = still_wake_new,
                                         .wake_send = still_wake,
                                         .wake_free = still_wake};

struct fixture {
    struct still_env env;
    struct engine *engine;
    struct store *reader;
    char directory[64];
    struct dirty_hint hints[64];
    size_t hints_count;
};

static void
keep_hints(void *arg, const struct dirty_hint *hints, size_t count, int64_t committed_at_us)
{
    struct fixture *f = arg;
    (void)committed_at_us;
    for (size_t i = 0; i < count && f->hints_count < COUNT_OF(f->hints); i++) {
        f->hints[f->hints_count++] = hints[i];
    }
}

static void kept(struct turn *turn)
{
    (void)turn; /* the test looks at it and frees it */
}

static void run(struct fixture *f, struct turn *turn)
{
    assert_true(engine_submit(f->engine, turn));
    while (engine_step(f->engine)) {
    }
    engine_collect(f->engine);
    assert_int_equal(turn->err, ERR_OK);
}

/* One location "berlin", one SKU "TEE-M-BLUE" with ten units, and an api channel "shop" with a
 * listing of it. */
static void create_world(struct batch *b, struct turn *turn)
{
    (void)turn;
    struct location_row *berlin = ARENA_NEW(&b->arena, struct location_row);
    *berlin = (struct location_row){.id = {1}, .code = SLICE("berlin"), .is_active = true};
    struct channel_row *shop = ARENA_NEW(&b->arena, struct channel_row);
    *shop = (struct channel_row){.id = {1},
                                 .code = SLICE("shop"),
                                 .connector = SLICE("api"),
                                 .mode = MODE_LIVE,
                                 .settings = SLICE("{\"base_url\":\"https://shop.example\"}"),
                                 .buffer = POLICY_UNSET,
                                 .percent = POLICY_UNSET,
                                 .cap = POLICY_UNSET,
                                 .version = 1};
    static const uint8_t nonce[24] = {7};
    assert_int_equal(secrets_seal(b->vault,
                                  shop->id,
                                  nonce,
                                  SLICE("{\"webhook_secret\":\"not a real secret\"}"),
                                  &b->arena,
                                  &shop->secrets),
                     ERR_OK);
    assert_true(rows_add(&b->changes.locations, &b->arena, berlin));
    assert_true(rows_add(&b->changes.channels, &b->arena, shop));
    struct batch_sku *sku =
        batch_sku_new(b,
                      &(struct sku_row){.id = {b->store->ops->next_id(b->store, ID_SKU)},
                                        .code = SLICE("TEE-M-BLUE"),
                                        .code_key = SLICE("TEE-M-BLUE"),
                                        .options = SLICE("{}"),
                                        .buffer = POLICY_UNSET});
    struct ledger ledger = {.arena = &b->arena, .stock = &b->stock};
    ledger_post(&ledger,
                &(struct movement){.kind = MOVE_RECEIVE,
                                   .sku = sku->row.id,
                                   .from = {.bucket = BUCKET_OUTSIDE},
                                   .to = {{1}, BUCKET_AVAILABLE},
                                   .quantity = 10});
    batch_movements(
        b,
        &ledger,
        batch_event(b, "movement", (struct channel_id){0}, SLICE("TEE-M-BLUE"), SLICE("{}")),
        0);
    b->config_changed = true;
}

static void create_listing(struct batch *b, struct turn *turn)
{
    (void)turn;
    const struct channel_config *channel = config_channel(b->config, (struct channel_id){1});
    assert_non_null(channel);
    batch_listing_add(b,
                      &(struct listing_row){.id = {b->store->ops->next_id(b->store, ID_LISTING)},
                                            .channel = {1},
                                            .sku = {1},
                                            .remote = SLICE("{\"sku\":\"TEE-M-BLUE\"}"),
                                            .key = SLICE("sku:LATER"),
                                            .stock_key = SLICE("sku:LATER"),
                                            .buffer = POLICY_UNSET,
                                            .percent = POLICY_UNSET,
                                            .cap = POLICY_UNSET,
                                            .min_to_list = POLICY_UNSET,
                                            .pack_size = 1});
    apply_parked(b, channel, SLICE("sku:LATER"));
}

static void request(struct fixture *f, void (*fn)(struct batch *b, struct turn *turn))
{
    struct turn *turn = turn_new(TURN_REQUEST, kept, NULL);
    turn->run = fn;
    run(f, turn);
    turn_free(turn);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->env = (struct still_env){.env = {.ops = &still_ops}, .now_us = 1000 * US_PER_S, .random = 1};
    snprintf(f->directory, sizeof(f->directory), "/tmp/truecount-engine-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    struct store *store = NULL;
    struct err_note note = {""};
    assert_int_equal(store_sqlite_open(f->directory, NULL, &store, &note), ERR_OK);
    const struct engine_config config = {
        .env = &f->env.env, .store = store, .on_dirty = keep_hints, .arg = f};
    assert_int_equal(engine_new(&config, &f->engine, &note), ERR_OK);
    assert_int_equal(engine_reader(f->engine, &f->reader, &note), ERR_OK);
    request(f, create_world);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    struct verify_report report;
    struct err_note note = {""};
    assert_int_equal(store_verify(f->reader, &report, &note), ERR_OK);
    store_close(f->reader);
    engine_stop(f->engine);
    engine_free(f->engine);
    const char *const files[] = {
        "truecount.db", "truecount.db-wal", "truecount.db-shm", "truecount.lock"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", f->directory, files[i]);
        unlink(path);
    }
    rmdir(f->directory);
    free(f);
    return 0;
}

static struct stock stock_now(struct fixture *f)
{
    struct arena arena;
    arena_init(&arena, (size_t)1024 * 1024);
    struct stock_set set;
    stock_set_init(&set, &arena);
    struct sku_id sku = {1};
    assert_int_equal(f->reader->ops->stock(f->reader, &sku, 1, &set), ERR_OK);
    const struct stock *row = stock_set_find(&set, sku, (struct location_id){1});
    struct stock copy = row ? *row : (struct stock){0};
    stock_set_free(&set);
    arena_free(&arena);
    return copy;
}

/* A delivery of one order with one line. */
static struct turn *delivery(int key,
                             const char *order,
                             int64_t version,
                             const char *remote,
                             int64_t ordered,
                             int64_t cancelled)
{
    struct turn *turn = turn_new(TURN_DELIVERY, kept, NULL);
    struct snapshot_line *line = ARENA_NEW(&turn->arena, struct snapshot_line);
    struct order_snapshot *snapshot = ARENA_NEW(&turn->arena, struct order_snapshot);
    *line = (struct snapshot_line){.id = SLICE("1"),
                                   .remote = slice_of(remote),
                                   .ordered = ordered,
                                   .cancelled = cancelled,
                                   .taken = TAKEN_UNSAID};
    *snapshot =
        (struct order_snapshot){.id = slice_of(order),
                                .version_text = arena_printf(&turn->arena, "%" PRId64, version),
                                .version = version,
                                .lines = line,
                                .lines_count = 1};
    turn->channel = (struct channel_id){1};
    turn->facts = (struct facts){.orders = snapshot, .orders_count = 1};
    turn->delivery = (struct delivery_row){
        .channel = {1}, .topic = SLICE("orders"), .received_at_us = 1, .key = {(uint8_t)key}};
    return turn;
}

static enum delivery_state deliver(struct fixture *f, struct turn *turn)
{
    run(f, turn);
    enum delivery_state state = turn->delivery.state;
    turn_free(turn);
    return state;
}

static void test_an_order_reserves_and_its_repeat_changes_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(deliver(f, delivery(1, "A", 1, "sku:TEE-M-BLUE", 3, 0)), DELIVERY_APPLIED);
    assert_int_equal(deliver(f, delivery(1, "A", 1, "sku:TEE-M-BLUE", 3, 0)), DELIVERY_DUPLICATE);
    assert_int_equal(deliver(f, delivery(2, "A", 1, "sku:TEE-M-BLUE", 3, 0)), DELIVERY_DUPLICATE);
    struct stock stock = stock_now(f);
    assert_int_equal(stock.available, 7);
    assert_int_equal(stock.reserved, 3);
    assert_int_equal(deliver(f, delivery(3, "A", 2, "sku:tee-m-blue ", 3, 3)), DELIVERY_APPLIED);
    assert_int_equal(deliver(f, delivery(4, "A", 1, "sku:TEE-M-BLUE", 2, 0)), DELIVERY_STALE);
    stock = stock_now(f);
    assert_int_equal(stock.available, 10);
    assert_int_equal(stock.reserved, 0);
}

static void test_a_hundred_turns_of_one_sku_share_one_commit_and_add_up(void **state)
{
    struct fixture *f = *state;
    struct turn *turns[100];
    static char ids[100][8];
    for (int i = 0; i < 100; i++) {
        snprintf(ids[i], sizeof(ids[i]), "o%d", i);
        turns[i] = delivery(i + 1, ids[i], 1, "sku:TEE-M-BLUE", 1, 0);
        assert_true(engine_submit(f->engine, turns[i]));
    }
    uint64_t batches = engine_counters(f->engine).batches;
    while (engine_step(f->engine)) {
    }
    engine_collect(f->engine);
    assert_int_equal(engine_counters(f->engine).batches, batches + 1);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(turns[i]->err, ERR_OK);
        turn_free(turns[i]);
    }
    struct stock stock = stock_now(f);
    assert_int_equal(stock.available, -90);
    assert_int_equal(stock.reserved, 100);
    struct arena arena;
    arena_init(&arena, (size_t)4 * 1024 * 1024);
    struct rows incidents = {0};
    const struct store_query q = {.limit = 200, .state = 1, .text = SLICE("OVERSOLD")};
    assert_int_equal(f->reader->ops->list_incidents(f->reader, &q, &arena, &incidents), ERR_OK);
    assert_int_equal(incidents.count, 90); /* one per order line that found nothing */
    arena_free(&arena);
}

static void test_an_unknown_line_waits_and_is_booked_once_when_its_listing_appears(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(deliver(f, delivery(1, "A", 1, "sku:LATER", 2, 0)), DELIVERY_PARKED);
    assert_int_equal(stock_now(f).reserved, 0);
    request(f, create_listing);
    assert_int_equal(stock_now(f).reserved, 2);
    assert_int_equal(deliver(f, delivery(2, "A", 1, "sku:LATER", 2, 0)), DELIVERY_DUPLICATE);
    assert_int_equal(stock_now(f).reserved, 2);
}

static struct turn *claim(struct fixture *f)
{
    struct turn *turn = turn_new(TURN_CLAIM, kept, NULL);
    struct dirty_hint *wanted = ARENA_NEW(&turn->arena, struct dirty_hint);
    *wanted = (struct dirty_hint){.listing = {1}};
    turn->channel = (struct channel_id){1};
    turn->wanted = wanted;
    turn->wanted_count = 1;
    turn->requests_max = 1;
    run(f, turn);
    return turn;
}

static void
answer_push(struct fixture *f, const struct claim_action *action, enum push_outcome outcome)
{
    struct turn *turn = turn_new(TURN_PUSHED, kept, NULL);
    struct push_report *report = ARENA_NEW(&turn->arena, struct push_report);
    *report = (struct push_report){.listing = action->listing,
                                   .push_n = action->push_n,
                                   .outcome = outcome,
                                   .answered_at_us = f->env.now_us,
                                   .synced_at_us = f->env.now_us};
    turn->channel = (struct channel_id){1};
    turn->pushed = report;
    turn->pushed_count = 1;
    run(f, turn);
    turn_free(turn);
}

static void test_a_claim_decides_from_what_is_committed_and_marks_the_push(void **state)
{
    struct fixture *f = *state;
    request(f, create_listing);
    struct turn *first = claim(f);
    assert_int_equal(first->actions_count, 1);
    assert_int_equal(first->actions[0].step, STEP_SEND);
    assert_int_equal(first->actions[0].item.value, 10);
    struct turn *second = claim(f);
    assert_int_equal(second->actions_count, 0); /* one in flight per listing */
    answer_push(f, &first->actions[0], PUSH_CONFIRMED);
    turn_free(second);
    second = claim(f);
    assert_int_equal(second->actions_count, 0); /* clean */
    /* The shop's own sale: the range follows by itself, nothing is pushed back. */
    f->env.now_us += 60 * US_PER_S;
    struct turn *own = delivery(9, "B", 5, "sku:LATER", 1, 0);
    ((struct order_snapshot *)(uintptr_t)own->facts.orders)->placed_at_us = f->env.now_us;
    assert_int_equal(deliver(f, own), DELIVERY_APPLIED);
    turn_free(second);
    second = claim(f);
    assert_int_equal(second->actions_count, 0);
    turn_free(first);
    turn_free(second);
}

static struct range expected_now(struct fixture *f)
{
    struct arena arena;
    struct listing_row *row = NULL;
    const struct listing_id id = {1};
    arena_init(&arena, (size_t)1024 * 1024);
    assert_int_equal(f->reader->ops->listings(f->reader, &id, 1, &arena, &row), ERR_OK);
    assert_non_null(row);
    struct range range = expected_hull(&row->expected);
    arena_free(&arena);
    return range;
}

/* The channel does not say what it took, and may have taken the units once more by itself. */
static void test_an_order_that_demands_again_may_have_taken_its_units_again(void **state)
{
    struct fixture *f = *state;
    request(f, create_listing);
    struct turn *first = claim(f);
    answer_push(f, &first->actions[0], PUSH_CONFIRMED);
    turn_free(first);
    assert_int_equal(deliver(f, delivery(1, "C", 1, "sku:LATER", 3, 3)), DELIVERY_APPLIED);
    assert_int_equal(expected_now(f).lo, 10);
    assert_int_equal(deliver(f, delivery(2, "C", 2, "sku:LATER", 3, 0)), DELIVERY_APPLIED);
    assert_int_equal(expected_now(f).lo, 7);
    assert_int_equal(expected_now(f).hi, 10);
}

static void test_hints_name_what_a_commit_moved(void **state)
{
    struct fixture *f = *state;
    f->hints_count = 0;
    deliver(f, delivery(1, "A", 1, "sku:TEE-M-BLUE", 1, 0));
    assert_int_equal(f->hints_count, 1);
    assert_int_equal(f->hints[0].sku.v, 1);
}

/* ---- after an unclean stop ---- */

struct marks {
    struct fixture *f;
    int begun, ended;
    uint8_t last[16];
};

static void note_mark(void *arg, const uint8_t key[16])
{
    struct marks *m = arg;
    m->begun += key != NULL;
    m->ended += key == NULL;
    if (key) {
        memcpy(m->last, key, 16);
    }
}

static void
test_after_an_unclean_stop_deliveries_are_marked_one_by_one_and_a_suspect_is_parked(void **state)
{
    struct fixture *f = *state;
    static const uint8_t suspects[4][16] = {{2}, {3}, {2}, {2}};
    struct marks marks = {.f = f};
    struct store *store = NULL;
    struct err_note note = {""};
    store_close(f->reader);
    engine_stop(f->engine);
    engine_free(f->engine);
    assert_int_equal(store_sqlite_open(f->directory, NULL, &store, &note), ERR_OK);
    const struct engine_config config = {.env = &f->env.env,
                                         .store = store,
                                         .arg = &marks,
                                         .careful = 100,
                                         .mark = note_mark,
                                         .suspects = suspects,
                                         .suspects_count = 4};
    assert_int_equal(engine_new(&config, &f->engine, &note), ERR_OK);
    assert_int_equal(engine_reader(f->engine, &f->reader, &note), ERR_OK);
    struct turn *turns[] = {delivery(1, "A", 1, "sku:TEE-M-BLUE", 1, 0),
                            delivery(2, "B", 1, "sku:TEE-M-BLUE", 1, 0),
                            delivery(3, "C", 1, "sku:TEE-M-BLUE", 1, 0)};
    uint64_t batches = engine_counters(f->engine).batches;
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_true(engine_submit(f->engine, turns[i]));
    }
    while (engine_step(f->engine)) {
    }
    engine_collect(f->engine);
    assert_int_equal(engine_counters(f->engine).batches, batches + 1);
    assert_int_equal(marks.begun, 3);
    assert_int_equal(marks.ended, 3);
    assert_int_equal(marks.last[0], 3);
    assert_int_equal(turns[0]->delivery.state, DELIVERY_APPLIED);
    assert_int_equal(turns[1]->delivery.state, DELIVERY_PARKED);
    assert_int_equal(turns[2]->delivery.state, DELIVERY_APPLIED);
    assert_int_equal(stock_now(f).reserved, 2);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        turn_free(turns[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_an_order_reserves_and_its_repeat_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_hundred_turns_of_one_sku_share_one_commit_and_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_an_unknown_line_waits_and_is_booked_once_when_its_listing_appears,
            set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_claim_decides_from_what_is_committed_and_marks_the_push, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_an_order_that_demands_again_may_have_taken_its_units_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hints_name_what_a_commit_moved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_after_an_unclean_stop_deliveries_are_marked_one_by_one_and_a_suspect_is_parked,
            set_up,
            tear_down),
    };
    return crypto_init() == ERR_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
