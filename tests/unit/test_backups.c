/* SPDX-License-Identifier: Apache-2.0 */
/* The server makes its backup each day: a real engine over SQLite on a real file system; the clock is
 * the test's. */
#include "support/request_world.h"

#include <dirent.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/backup.h"
#include "cli/backups.h"

#define HOUR_US (3600 * US_PER_S)

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

static void count_wake(struct env_wake *wake)
{
    atomic_fetch_add(&woken, wake == (struct env_wake *)(uintptr_t)&woken);
}

static const struct env_ops ops = {.mono_us = world_now,
                                   .wall_us = moved_wall,
                                   .random = world_random,
                                   .wake_new = kept_wake_new,
                                   .wake_send = count_wake,
                                   .wake_free = world_wake};

struct rig {
    struct world *w;
    struct backups *backups;
    char to[128];
};

static void rig_open(struct world *w, struct rig *rig, const char *to)
{
    struct err_note note;
    *rig = (struct rig){.w = w};
    wall_moved_us = 0;
    atomic_store(&woken, 0);
    w->env.ops = &ops;
    snprintf(rig->to, sizeof(rig->to), "%s/%s", w->directory, to);
    const struct backups_config config = {.env = &w->env,
                                          .engine = w->engine,
                                          .data = w->directory,
                                          .to = rig->to,
                                          .at = "02:30",
                                          .keep = 2};
    assert_int_equal(backups_new(&config, &rig->backups, &note), ERR_OK);
    /* Noon of today: the first look says that today's is over. */
    time_t now = (time_t)(moved_wall(&w->env) / US_PER_S);
    struct tm local;
    assert_non_null(localtime_r(&now, &local));
    wall_moved_us += (12 - local.tm_hour) * HOUR_US;
}

/* A moment later, so many hours on: looks, and waits for what it began. True: it began one. */
static bool later(struct rig *rig, int hours)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    wall_moved_us += hours * HOUR_US;
    rig->w->now_us += US_PER_S;
    backups_look(rig->backups);
    for (int i = 0; i < 5000 && atomic_load(&woken) == 0; i++) {
        if (i == 150 && !hours) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    bool has_begun = atomic_exchange(&woken, 0) > 0;
    if (has_begun) {
        wake_fn(wake_arg);
        world_step(rig->w);
    }
    return has_begun;
}

static size_t count_in(const char *to)
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *dir = opendir(to);
    while (dir && (entry = readdir(dir))) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

static int64_t figure(struct rig *rig, const char *name)
{
    ON_EXIT(buf_free) struct buf out;
    char wanted[80], text[1000];
    buf_init(&out, sizeof(text));
    backups_metrics(rig->backups, &out);
    snprintf(text, sizeof(text), "%.*s", (int)out.n, out.p);
    snprintf(wanted, sizeof(wanted), "\n%s ", name);
    const char *at = strstr(text, wanted);
    assert_non_null(at);
    return strtoll(at + strlen(wanted), NULL, 10);
}

static size_t failures_open(struct world *w)
{
    struct rows rows = {0};
    const struct store_query q = {.text = SLICE("BACKUP-FAILED"), .state = 1, .limit = 10};
    assert_int_equal(w->reader->ops->list_incidents(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows.count;
}

static void remove_all(const char *to)
{
    char command[200];
    const struct dirent *entry;
    static const char *const files[] = {"truecount.db", "manifest.json"};
    DIR *dir = opendir(to);
    while (dir && (entry = readdir(dir))) {
        for (size_t i = 0; i < COUNT_OF(files) && entry->d_name[0] != '.'; i++) {
            snprintf(command, sizeof(command), "%s/%.60s/%s", to, entry->d_name, files[i]);
            (void)unlink(command);
        }
        snprintf(command, sizeof(command), "%s/%.60s", to, entry->d_name);
        (void)rmdir(command);
    }
    if (dir) {
        closedir(dir);
    }
    (void)rmdir(to);
}

static void test_each_day_has_one_backup_and_so_many_are_kept(void **state)
{
    struct rig rig;
    struct world *w = *state;
    rig_open(w, &rig, "kept");
    assert_false(later(&rig, 0)); /* noon: today's time is over */
    assert_int_equal(figure(&rig, "truecount_backup_timestamp_seconds"), 0);
    for (size_t day = 1; day <= 3; day++) {
        assert_true(later(&rig, day == 1 ? 15 : 24)); /* three in the morning */
        assert_false(later(&rig, 0));
        assert_int_equal(count_in(rig.to), day > 2 ? 2 : day);
        int64_t at = figure(&rig, "truecount_backup_timestamp_seconds");
        assert_in_range(moved_wall(&w->env) / US_PER_S - at, 0, 60);
    }
    assert_true(figure(&rig, "truecount_backup_bytes") > 0);
    assert_int_equal(figure(&rig, "truecount_backup_failures_total"), 0);
    assert_int_equal(failures_open(w), 0);
    int64_t made_at_us, bytes; /* the next run of the server knows it */
    backup_newest(rig.to, w->directory, &made_at_us, &bytes);
    assert_int_equal(made_at_us / US_PER_S, figure(&rig, "truecount_backup_timestamp_seconds"));
    backups_free(rig.backups);
    remove_all(rig.to);
}

static void test_a_backup_that_failed_is_told_tried_again_within_the_day_and_cured(void **state)
{
    struct rig rig;
    struct world *w = *state;
    rig_open(w, &rig, "taken");
    FILE *f = fopen(rig.to, "w"); /* a file where the directory should be */
    assert_non_null(f);
    fclose(f);
    log_set_level((enum log_level)(LOG_ERROR + 1));
    assert_false(later(&rig, 0));
    assert_true(later(&rig, 15));
    assert_int_equal(failures_open(w), 1);
    assert_int_equal(figure(&rig, "truecount_backup_failures_total"), 1);
    assert_false(later(&rig, 0)); /* not at once */
    assert_int_equal(unlink(rig.to), 0);
    w->now_us += HOUR_US;
    assert_true(later(&rig, 1));
    assert_int_equal(failures_open(w), 0);
    assert_int_equal(count_in(rig.to), 1);
    log_set_level(LOG_INFO);
    backups_free(rig.backups);
    remove_all(rig.to);
}

static void test_a_stop_ends_a_backup_and_leaves_nothing(void **state)
{
    struct rig rig;
    struct world *w = *state;
    rig_open(w, &rig, "stopped");
    assert_false(later(&rig, 0));
    wall_moved_us += 15 * HOUR_US;
    backups_look(rig.backups);
    backups_stop(rig.backups);
    backups_free(rig.backups);
    assert_true(count_in(rig.to) == 0 || atomic_load(&woken) > 0); /* it was through already */
    remove_all(rig.to);
}

static void test_a_time_that_is_none_is_refused_and_without_a_place_nothing_is_made(void **state)
{
    static const char *const wrong[] = {"never", "24:00", "2:30", "02:60", ""};
    struct err_note note;
    struct backups *backups = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const struct backups_config config = {.data = ".", .to = ".", .at = wrong[i]};
        assert_int_equal(backups_new(&config, &backups, &note), ERR_USAGE);
    }
    assert_int_equal(backups_new(&(struct backups_config){.at = "never"}, &backups, &note), ERR_OK);
    assert_null(backups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_each_day_has_one_backup_and_so_many_are_kept),
        world_test(test_a_backup_that_failed_is_told_tried_again_within_the_day_and_cured),
        world_test(test_a_stop_ends_a_backup_and_leaves_nothing),
        cmocka_unit_test(test_a_time_that_is_none_is_refused_and_without_a_place_nothing_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
