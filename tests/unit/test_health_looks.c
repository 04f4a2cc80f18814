/* SPDX-License-Identifier: Apache-2.0 */
/* The server looks at itself: a real engine over SQLite on a real file system; the clock is the
 * test's, and so are the disk's faults. */
#include "support/faulty_vfs.h"
#include "support/request_world.h"

#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/corrupt.h"
#include "cli/health_inner.h"

#define MINUTE_US (60 * US_PER_S)

/* A wall clock of its own, and wakes that the test asks for. */
static int64_t wall_moved_us;
static atomic_int woken;
static env_fn *wake_fn;
static void *wake_arg;

static int64_t moved_wall(struct env *env)
{
    return world_now(env) + wall_moved_us;
}

static struct env_wake *kept_wake_new(struct env *env, env_fn *fn, void *arg)
{
    (void)env;
    wake_fn = fn;
    wake_arg = arg;
    return (struct env_wake *)(uintptr_t)&woken;
}

/* The engine's own is another. */
static void count_wake(struct env_wake *wake)
{
    atomic_fetch_add(&woken, wake == (struct env_wake *)(uintptr_t)&woken);
}

static const struct env_ops looking_ops = {.mono_us = world_now,
                                           .wall_us = moved_wall,
                                           .random = world_random,
                                           .wake_new = kept_wake_new,
                                           .wake_send = count_wake,
                                           .wake_free = world_wake};

struct rig {
    struct world *w;
    struct health *health;
    struct refused refused;
};

static void rig_open(struct world *w, struct rig *rig)
{
    wall_moved_us = 0;
    atomic_store(&woken, 0);
    w->env.ops = &looking_ops;
    *rig = (struct rig){.w = w};
    const struct health_config config = {.env = &w->env,
                                         .engine = w->engine,
                                         .reader = w->reader,
                                         .refused = &rig->refused,
                                         .data = w->directory,
                                         .verify_at = NIGHTLY_NEVER};
    assert_int_equal(health_new(&config, &rig->health), ERR_OK);
}

static void rig_close(struct rig *rig)
{
    char path[128];
    health_free(rig->health);
    ballast_give_up(rig->w->directory);
    (void)snprintf(path, sizeof(path), "%s/corrupt", rig->w->directory);
    (void)unlink(path);
}

/* A quarter of a minute later. */
static void look(struct rig *rig)
{
    rig->w->now_us += HEALTH_LOOK_US;
    health_look(rig->health);
    world_step(rig->w);
}

/* The newest of the kind; NULL: there never was one. */
static const struct incident_row *newest(struct world *w, const char *code)
{
    struct rows rows = {0};
    const struct store_query q = {
        .text = slice_of(code), .state = -1, .limit = 1, .newest_first = true};
    assert_int_equal(w->reader->ops->list_incidents(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows.count ? rows.items[0] : NULL;
}

static bool is_open(struct rig *rig, const char *code)
{
    const struct incident_row *row = newest(rig->w, code);
    return row && row->is_open;
}

static bool says(struct slice text, const char *part)
{
    bool said = memmem(text.p, text.n, part, strlen(part)) != NULL;
    if (!said) {
        print_error("'%.*s' does not say '%s'\n", SLICE_ARG(text), part);
    }
    return said;
}

/* ---- room ---- */

/* What is there now counts as so many MiB, as far as the limits are concerned. */
static void set_room(struct rig *rig, int64_t warn_less_mib, int64_t refuse_less_mib)
{
    struct disk_room room;
    assert_int_equal(disk_look(rig->w->directory, &room), ERR_OK);
    rig->health->config.disk = (struct disk_limits){
        .warn = room.free_bytes - warn_less_mib * DISK_MIB,
        .refuse =
            refuse_less_mib == INT64_MAX ? DISK_MIB : room.free_bytes - refuse_less_mib * DISK_MIB};
}

static bool has_ballast(const struct rig *rig)
{
    struct disk_room room;
    assert_int_equal(disk_look(rig->w->directory, &room), ERR_OK);
    return room.has_ballast;
}

static void test_too_little_room_is_told_before_anything_is_refused(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    set_room(&rig, 4096, INT64_MAX);
    look(&rig);
    assert_null(newest(rig.w, "DISK-LOW"));
    assert_true(has_ballast(&rig));
    set_room(&rig, -4096, INT64_MAX); /* 4 GiB more are wanted than are free */
    look(&rig);
    assert_true(is_open(&rig, "DISK-LOW"));
    assert_true(says(newest(rig.w, "DISK-LOW")->title, "MiB are free for the ledger"));
    assert_true(says(newest(rig.w, "DISK-LOW")->detail, "Below 1 MiB nothing is written any more"));
    assert_int_equal(newest(rig.w, "DISK-LOW")->times, 1);
    look(&rig);
    assert_int_equal(newest(rig.w, "DISK-LOW")->times, 1); /* told once */
    assert_false(engine_counters(rig.w->engine).is_refusing);
    rig.health->config.disk.warn = DISK_MIB;
    look(&rig);
    assert_false(is_open(&rig, "DISK-LOW"));
    rig_close(&rig);
}

static bool takes_turns(struct rig *rig)
{
    struct turn *turn =
        world_turn(rig->w,
                   request_movements_create,
                   "",
                   "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"berlin\","
                   "\"quantity\":1}]}");
    bool taken = engine_submit(rig->w->engine, turn);
    if (taken) {
        world_step(rig->w);
    }
    turn_free(turn);
    return taken;
}

static void test_a_disk_that_fills_refuses_writes_says_so_first_and_takes_them_again(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    set_room(&rig, 4096, INT64_MAX);
    look(&rig);
    assert_true(has_ballast(&rig));
    assert_true(takes_turns(&rig));

    set_room(&rig, 4096, -4096);
    rig.w->now_us += HEALTH_LOOK_US;
    health_look(rig.health);
    assert_false(engine_counters(rig.w->engine).is_refusing); /* the last write is on its way */
    world_step(rig.w);
    engine_collect(rig.w->engine);
    assert_true(is_open(&rig, "STORE-REFUSE"));
    assert_true(engine_counters(rig.w->engine).is_refusing);
    assert_non_null(strstr(engine_counters(rig.w->engine).refuses_because, "nearly full"));
    assert_false(takes_turns(&rig));
    assert_false(has_ballast(&rig)); /* whoever makes room has some to work with */
    look(&rig);
    assert_false(takes_turns(&rig));

    rig.health->config.disk.refuse = DISK_MIB;
    look(&rig);
    assert_false(engine_counters(rig.w->engine).is_refusing);
    assert_true(takes_turns(&rig));
    assert_false(is_open(&rig, "STORE-REFUSE"));
    assert_true(has_ballast(&rig));
    rig_close(&rig);
}

static void test_the_refusal_says_which_channel_gives_up_first(void **state)
{
    struct rig rig;
    struct config *config = NULL;
    const struct vault vault = {.key = {9}};
    rig_open(*state, &rig);
    must_answer(
        rig.w,
        201,
        request_channels_create,
        NULL,
        "{\"code\":\"web\",\"connector\":\"shopify\",\"settings\":{\"shop\":\"x.myshopify.com\","
        "\"location_map\":[{\"location\":\"berlin\",\"remote\":\"7\"}]},"
        "\"secrets\":{\"access_token\":\"t\",\"webhook_secret\":\"s\"}}");
    must_answer(rig.w,
                201,
                request_channels_create,
                NULL,
                "{\"code\":\"woo\",\"connector\":\"woocommerce\",\"settings\":{\"base_url\":"
                "\"https://woo.example\"},\"secrets\":{\"consumer_key\":\"k\","
                "\"consumer_secret\":\"s\",\"webhook_secret\":\"w\"}}");
    assert_int_equal(config_load(rig.w->reader, &vault, &config), ERR_OK);
    health_set_config(rig.health, config);
    set_room(&rig, 4096, -4096);
    look(&rig);
    struct slice detail = newest(rig.w, "STORE-REFUSE")->detail;
    assert_true(says(detail, "'woo' (woocommerce) does not wait: it gives up after 5 refusals"));
    assert_true(
        says(detail, "'web' (shopify): about 4 hours are left, until 2026-11-23T08:29:22Z"));
    engine_refuse(rig.w->engine, NULL);
    config_free(config);
    rig_close(&rig);
}

static void test_a_sync_that_failed_is_told_by_the_first_commit_that_works(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    int64_t began_us = rig.w->now_us;
    assert_true(takes_turns(&rig));
    assert_null(newest(rig.w, "STORE-REFUSE"));
    faulty.syncs_to_fail = 1; /* the commit's own; reopening finds the disk well again */
    assert_true(takes_turns(&rig));
    assert_int_equal(faulty.syncs_to_fail, 0);
    rig.w->now_us += 2500 * US_PER_MS;
    assert_true(takes_turns(&rig));
    const struct incident_row *row = newest(rig.w, "STORE-REFUSE");
    assert_non_null(row);
    assert_false(row->is_open); /* over when it is told */
    assert_true(says(row->detail, "the disk failed to write or to sync"));
    assert_int_equal(engine_counters(rig.w->engine).failing_since_us, 0);
    assert_true(row->opened_at_us >= began_us);
    rig_close(&rig);
}

static void test_a_disk_that_was_full_is_told_with_how_long(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    assert_true(takes_turns(&rig));
    faulty.writes_left = 0;
    assert_true(takes_turns(&rig)); /* it is taken, and fails */
    assert_int_equal(engine_counters(rig.w->engine).failing_since_us, moved_wall(&rig.w->env));
    rig.w->now_us += 95 * US_PER_S;
    assert_true(takes_turns(&rig));
    assert_null(newest(rig.w, "STORE-REFUSE"));
    faulty.writes_left = -1;
    assert_true(takes_turns(&rig));
    const struct incident_row *row = newest(rig.w, "STORE-REFUSE");
    assert_non_null(row);
    assert_false(row->is_open);
    assert_true(says(row->title, "The store could not be written for 95.0 s"));
    assert_true(says(row->detail, "the disk was full"));
    assert_int_equal(stock_of(rig.w, "MUG", "berlin").available, 2); /* no more than was told */
    rig_close(&rig);
}

/* ---- the clock ---- */

static void test_a_clock_that_is_set_is_told_and_forgotten_after_an_hour(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    look(&rig);
    look(&rig);
    assert_null(newest(rig.w, "CLOCK"));
    wall_moved_us = -(5 * MINUTE_US + 3 * US_PER_S);
    look(&rig);
    assert_true(is_open(&rig, "CLOCK"));
    assert_true(says(newest(rig.w, "CLOCK")->title, "jumped back by 5 min 3 s"));
    rig.w->now_us += 59 * MINUTE_US;
    look(&rig);
    assert_true(is_open(&rig, "CLOCK"));
    rig.w->now_us += 2 * MINUTE_US;
    look(&rig);
    assert_false(is_open(&rig, "CLOCK"));
    rig_close(&rig);
}

/* ---- our own limits ---- */

static void test_refusals_are_told_when_they_last_a_minute_with_who_and_which(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    for (int i = 0; i < 8; i++) { /* now and then is no state */
        if (i % 4) {
            refused_add(&rig.refused, REFUSED_BODY, SLICE("10.0.0.7"));
        }
        look(&rig);
    }
    assert_null(newest(rig.w, "LIMIT"));
    look(&rig);
    for (int i = 0; i < 4; i++) {
        assert_null(newest(rig.w, "LIMIT"));
        for (int n = 0; n < 10; n++) {
            refused_add(&rig.refused, REFUSED_QUEUE, n ? SLICE("woo") : SLICE("shop"));
        }
        refused_add(&rig.refused, REFUSED_BODY, SLICE("10.0.0.7"));
        look(&rig);
    }
    assert_true(is_open(&rig, "LIMIT"));
    struct slice detail = newest(rig.w, "LIMIT")->detail;
    assert_true(says(newest(rig.w, "LIMIT")->title, "44 requests were refused within a minute"));
    assert_true(says(detail, "40 found the writer's queue full (503)"));
    assert_true(says(detail, "4 had a body larger than a request may have (413)"));
    assert_true(says(detail, "Most of them came from 'woo'"));
    for (int i = 0; i < 7; i++) {
        look(&rig);
        assert_true(is_open(&rig, "LIMIT"));
    }
    look(&rig);
    assert_false(is_open(&rig, "LIMIT"));
    rig_close(&rig);
}

/* ---- the proof ---- */

static void await_proof(struct rig *rig)
{
    for (int i = 0; i < 5000 && !atomic_load(&woken); i++) {
        usleep(2000);
    }
    assert_true(atomic_load(&woken) > 0);
    wake_fn(wake_arg);
    world_step(rig->w);
    engine_collect(rig->w->engine);
}

static void test_a_proof_that_passes_is_told_and_over(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    assert_true(takes_turns(&rig));
    assert_true(health_prove(rig.health));
    assert_false(health_prove(rig.health)); /* one at a time */
    await_proof(&rig);
    const struct incident_row *row = newest(rig.w, "VERIFY-OK");
    assert_non_null(row);
    assert_false(row->is_open);
    assert_true(says(row->title, "Proven on 2026-11-23T04:29:07Z: "));
    assert_true(says(row->title, " commits, "));
    assert_true(says(row->detail, "the chain's head is "));
    assert_true(takes_turns(&rig));
    rig_close(&rig);
}

static void run_sql(const struct world *w, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof(path), "%s/truecount.db", w->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s", sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

static void test_a_proof_that_fails_freezes_everything_and_says_what_to_restore(void **state)
{
    struct rig rig;
    struct err_note note = {""};
    rig_open(*state, &rig);
    assert_true(takes_turns(&rig));
    assert_true(health_prove(rig.health));
    await_proof(&rig);
    assert_int_equal(corrupt_check(rig.w->directory, &note), ERR_OK);
    run_sql(rig.w, "UPDATE stock SET available = available + 1");

    atomic_store(&woken, 0);
    assert_true(health_prove(rig.health));
    await_proof(&rig);
    assert_true(is_open(&rig, "STORE-CORRUPT"));
    const struct incident_row *row = newest(rig.w, "STORE-CORRUPT");
    assert_true(says(row->detail, "/truecount.db: SKU 'MUG' at 'berlin': available is stored as"));
    assert_true(says(row->detail, "The last good position: Proven on 2026-11-23T"));
    assert_true(says(row->action, "truecount restore --from YOUR-BACKUP"));
    assert_false(takes_turns(&rig));
    assert_non_null(strstr(engine_counters(rig.w->engine).refuses_because, "restore a backup"));
    assert_int_equal(corrupt_check(rig.w->directory, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "SKU 'MUG' at 'berlin'"));
    look(&rig); /* enough room does not thaw it */
    assert_false(takes_turns(&rig));
    run_sql(rig.w, "UPDATE stock SET available = available - 1");
    rig_close(&rig);
}

static void test_a_proof_under_way_ends_with_the_server(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    assert_true(health_prove(rig.health));
    health_stop(rig.health);
    assert_false(health_prove(rig.health));
    rig_close(&rig);
    world_step(*state);
    assert_null(newest(*state, "VERIFY-OK"));
    assert_null(newest(*state, "STORE-CORRUPT"));
}

/* Local time, which is whatever the machine has. */
static void test_the_proof_of_a_day_comes_once_when_its_time_has_come(void **state)
{
    struct rig rig;
    rig_open(*state, &rig);
    time_t now_s = (time_t)(rig.w->now_us / US_PER_S);
    struct tm local;
    assert_non_null(localtime_r(&now_s, &local));
    int at = local.tm_hour * 60 + local.tm_min + 2;
    if (at >= 24 * 60) {
        rig.w->now_us += 5 * MINUTE_US; /* too near to midnight */
        at = 2;
    }
    health_free(rig.health);
    struct health_config config = {.env = &rig.w->env,
                                   .engine = rig.w->engine,
                                   .reader = rig.w->reader,
                                   .refused = &rig.refused,
                                   .data = rig.w->directory,
                                   .verify_at = at};
    assert_int_equal(health_new(&config, &rig.health), ERR_OK);
    look(&rig);
    assert_int_equal(atomic_load(&woken), 0);
    rig.w->now_us += 2 * MINUTE_US;
    look(&rig);
    await_proof(&rig);
    assert_non_null(newest(rig.w, "VERIFY-OK"));
    int64_t first = newest(rig.w, "VERIFY-OK")->n;
    atomic_store(&woken, 0);
    for (int i = 0; i < 8; i++) {
        look(&rig);
    }
    assert_true(health_prove(rig.health)); /* none is under way: today's was the only one */
    await_proof(&rig);
    assert_int_not_equal(newest(rig.w, "VERIFY-OK")->n, first);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_too_little_room_is_told_before_anything_is_refused),
        world_test(test_a_disk_that_fills_refuses_writes_says_so_first_and_takes_them_again),
        world_test(test_the_refusal_says_which_channel_gives_up_first),
        world_test(test_a_sync_that_failed_is_told_by_the_first_commit_that_works),
        world_test(test_a_disk_that_was_full_is_told_with_how_long),
        world_test(test_a_clock_that_is_set_is_told_and_forgotten_after_an_hour),
        world_test(test_refusals_are_told_when_they_last_a_minute_with_who_and_which),
        world_test(test_a_proof_that_passes_is_told_and_over),
        world_test(test_a_proof_that_fails_freezes_everything_and_says_what_to_restore),
        world_test(test_a_proof_under_way_ends_with_the_server),
        world_test(test_the_proof_of_a_day_comes_once_when_its_time_has_come),
    };
    faulty_vfs_register();
    must(sqlite3_vfs_register(sqlite3_vfs_find("faulty"), 1) == SQLITE_OK); /* for all stores */
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests_name("health looks", tests, NULL, NULL);
}
