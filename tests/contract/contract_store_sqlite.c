/* SPDX-License-Identifier: Apache-2.0 */
/* What only a store on a disk can do wrong: reopening, the lock, rot, a disk that refuses. */
#include "testing.h"

#include "support/faulty_vfs.h"
#include "support/store_shop.h"

static void keep_line(void *arg, struct slice text)
{
    struct buf *out = arg;
    buf_slice(out, text);
    buf_char(out, '\n');
}

static struct buf dump_of(struct world *w)
{
    struct buf out;
    buf_init(&out, (size_t)64 * 1024 * 1024);
    OK(store_dump(w->store, keep_line, &out, &w->note));
    buf_char(&out, '\0');
    assert_false(out.overflow);
    return out;
}

static void assert_sound(struct world *w)
{
    struct verify_report report;
    if (store_verify(w->store, &report, &w->note) != ERR_OK) {
        fail_msg("%s", w->note.text);
    }
}

static void reopen(struct world *w)
{
    store_close(w->store);
    world_open_again(w);
}

/* Somebody else's SQL on our file: past our interface, as rot and people are. */
static int64_t run_sql(struct world *w, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof(path), "%s/truecount.db", w->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int code = sqlite3_step(statement);
    int64_t first = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return first;
}

/* ---- one file, one writer, for ever ---- */

static void test_reopening_finds_everything(void **state)
{
    struct world *w = world_of(state);
    struct verify_report before, after;
    struct shop s;
    shop_open(&s, w, 5);
    shop_trade(&s, 100);
    OK(store_verify(w->store, &before, &w->note));
    int64_t order = w->ops->next_id(w->store, ID_ORDER);
    int64_t event = w->ops->next_id(w->store, ID_EVENT);
    ON_EXIT(buf_free) struct buf mine = dump_of(w);
    reopen(w);
    ON_EXIT(buf_free) struct buf found = dump_of(w);
    assert_string_equal(mine.p, found.p);
    OK(store_verify(w->store, &after, &w->note));
    assert_memory_equal(&before, &after, sizeof(before));
    assert_int_equal(w->ops->next_id(w->store, ID_ORDER), order); /* nobody used it */
    assert_int_equal(w->ops->next_id(w->store, ID_EVENT), event);
    shop_trade(&s, 20); /* the chain goes on */
    assert_sound(w);
}

static void test_a_deleted_listings_id_is_not_given_again(void **state)
{
    struct world *w = world_of(state);
    for (int round = 0; round < 2; round++) { /* the highest one, and one below it */
        struct listing_row a = listing_of(w, (struct channel_id){1}, (struct sku_id){1}, "a");
        struct listing_row b = listing_of(w, (struct channel_id){1}, (struct sku_id){1}, "b");
        WORLD_ADD(w, listings, a);
        WORLD_ADD(w, listings, b);
        world_commit(w);
        WORLD_ADD(w, listings_gone, b);
        WORLD_ADD(w, listings_gone, a);
        world_commit(w);
        reopen(w);
        assert_int_equal(w->ops->next_id(w->store, ID_LISTING), b.id.v + 1);
    }
}

static void test_a_second_writer_is_refused(void **state)
{
    struct world *w = world_of(state);
    struct store *second = NULL;
    assert_int_equal(store_sqlite_open(w->dir, NULL, &second, &w->note), ERR_CONFLICT);
    assert_non_null(strstr(w->note.text, w->dir));
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(store_sqlite_open(w->dir, NULL, &second, &w->note) == ERR_CONFLICT ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    new_location(w, "MAIN"); /* and the first one does not notice */
    world_commit(w);
    reopen(w);
}

static void test_what_cannot_be_opened_is_said(void **state)
{
    struct world *w = world_of(state);
    struct store *store = NULL;
    struct err_note note;
    char path[1200];
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(store_sqlite_open(path, NULL, &store, &note), ERR_USAGE);
    assert_int_equal(store_sqlite_open("/nowhere/at/all", NULL, &store, &note), ERR_IO);
    store_close(w->store);
    run_sql(w, "PRAGMA user_version = 999");
    assert_int_equal(store_sqlite_open(w->dir, NULL, &store, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "newer truecount"));
    snprintf(path, sizeof(path), "%s/truecount.db", w->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 4096; i++) {
        fputc('?', file);
    }
    fclose(file);
    assert_int_equal(store_sqlite_open(w->dir, NULL, &store, &note), ERR_CORRUPT);
    assert_int_equal(remove(path), 0);
    world_open_again(w);
}

/* ---- rot ---- */

static const struct {
    const char *sql, *said;
} rots[] = {
    {"UPDATE event SET facts = '{\"n\":2}' WHERE n = 3", "commit 3 (events 3 to 3)"},
    {"UPDATE event SET at_us = at_us + 1 WHERE n = 2", "commit 2 (events 2 to 2)"},
    {"UPDATE movement SET quantity = quantity + 1 WHERE n = 1", "commit 1 (events 1 to 1)"},
    {"UPDATE movement SET order_id = 'x' || order_id WHERE n = 2", "commit 2 (events 2 to 2)"},
    {"DELETE FROM event WHERE n = 2", "commit 2 (events 2 to 2)"},
    {"DELETE FROM movement WHERE n = 3", "commit 3 (events 3 to 3)"},
    {"UPDATE log_commit SET hash = x'00' WHERE n = 2", "commit 2 (events 2 to 2)"},
    {"DELETE FROM log_commit WHERE n = 2", "the log has rows behind its last commit 1"},
    {"DELETE FROM log_commit WHERE n = (SELECT max(n) FROM log_commit)",
     "the log has rows behind its last commit"},
    {"INSERT INTO event VALUES (1000, 1, 'order', 0, 'x', '{}')",
     "the log has rows behind its last commit"},
    {"UPDATE event SET n = 1000 WHERE n = 2", "commit 2 (events 2 to 2)"},
};

static void test_rot_in_the_log_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rots); i++) {
        void *fresh = NULL;
        struct verify_report report;
        struct shop s;
        int64_t head = 0;
        uint8_t hash[32];
        open_sqlite(&fresh);
        struct world *w = fresh;
        shop_open(&s, w, 3);
        for (int k = 0; k < 5; k++) {
            shop_receive(&s, 0, 0, 10);
        }
        run_sql(w, rots[i].sql);
        enum err e = w->ops->chain_check(w->store, 0, &head, hash, &w->note);
        if (e != ERR_CORRUPT || !strstr(w->note.text, rots[i].said)) {
            fail_msg("chain, rot %zu: %s, '%s'", i, err_name(e), w->note.text);
        }
        e = store_verify(w->store, &report, &w->note);
        if (e != ERR_CORRUPT || !strstr(w->note.text, rots[i].said)) {
            fail_msg("verify, rot %zu: %s, '%s'", i, err_name(e), w->note.text);
        }
        close_world(&fresh);
    }
}

/* A byte of an event, changed in the file itself. */
static void test_a_flipped_byte_is_found(void **state)
{
    struct world *w = world_of(state);
    struct shop s;
    shop_open(&s, w, 3);
    world_event(w, "order", SLICE("the-needle"), "{}");
    world_commit(w);
    store_close(w->store); /* so that all of it is in the one file */
    char path[128];
    static char bytes[4 * 1024 * 1024];
    snprintf(path, sizeof(path), "%s/truecount.db", w->dir);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof(bytes), file);
    const char *at = memmem(bytes, n, "the-needle", 10);
    assert_non_null(at);
    assert_int_equal(fseek(file, at - bytes, SEEK_SET), 0);
    fputc('T', file);
    fclose(file);
    world_open_again(w);
    int64_t head;
    uint8_t hash[32];
    assert_int_equal(w->ops->chain_check(w->store, 0, &head, hash, &w->note), ERR_CORRUPT);
    assert_non_null(strstr(w->note.text, "commit 1 (events 1 to 1)"));
}

static void test_a_check_goes_on_from_a_checked_commit(void **state)
{
    struct world *w = world_of(state);
    struct shop s;
    int64_t head = 0;
    uint8_t hash[32];
    shop_open(&s, w, 3);
    for (int k = 0; k < 5; k++) {
        shop_receive(&s, 0, 0, 10);
    }
    run_sql(w, "UPDATE event SET facts = '' WHERE n = 2");
    OK(w->ops->chain_check(w->store, 2, &head, hash, &w->note));
    assert_int_equal(head, 5);
    assert_int_equal(w->ops->chain_check(w->store, 1, &head, hash, &w->note), ERR_CORRUPT);
    OK(w->ops->chain_check(w->store, -3, &head, hash, &w->note)); /* the last three only */
    assert_int_equal(w->ops->chain_check(w->store, -4, &head, hash, &w->note), ERR_CORRUPT);
    assert_int_equal(w->ops->chain_check(w->store, -99, &head, hash, &w->note), ERR_CORRUPT);
    assert_int_equal(w->ops->chain_check(w->store, 6, &head, hash, &w->note), ERR_CORRUPT);
    assert_non_null(strstr(w->note.text, "commit 6 is missing"));
}

static void test_rot_in_the_rows_is_found(void **state)
{
    static const struct {
        const char *sql, *said;
    } rows[] = {
        {"DELETE FROM stock", "SKU 'TEE-100' at 'MAIN': available is stored as 0"},
        {"INSERT INTO stock_reason VALUES (1, 1, 'ghost', 3)",
         "unavailable for 'ghost' is stored as 3"},
        {"UPDATE orders SET doc = '{\"lines\":[{\"now\":[1]}]}'", "an order behind number 0"},
        {"UPDATE orders SET doc = 'torn'", "an order behind number 0"},
        {"DELETE FROM component WHERE part = 1", "stored data broke an invariant"},
        {"INSERT INTO component VALUES (12, 9, 1)", "stored data broke an invariant"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        void *fresh = NULL;
        struct verify_report report;
        struct shop s;
        open_sqlite(&fresh);
        struct world *w = fresh;
        shop_open(&s, w, 3);
        shop_receive(&s, 0, 0, 10);
        struct order_row order = {.n = 1, .order = {.channel = s.channels[0].id, .id = SLICE("1")}};
        WORLD_ADD(w, orders, order);
        world_commit(w);
        assert_sound(w);
        run_sql(w, rows[i].sql);
        enum err e = store_verify(w->store, &report, &w->note);
        if (e != ERR_CORRUPT || !strstr(w->note.text, rows[i].said)) {
            fail_msg("row %zu: %s, '%s'", i, err_name(e), w->note.text);
        }
        close_world(&fresh);
    }
}

/* ---- the WAL ---- */

/* A statement left open would keep a checkpoint from finishing, and the WAL would grow for ever. */
static void test_no_call_pins_the_wal(void **state)
{
    struct world *w = world_of(state);
    struct store *reader = NULL;
    struct shop s;
    shop_open(&s, w, 7);
    shop_trade(&s, 40);
    OK(w->ops->reader(w->store, &reader, &w->note));
    struct store *const handles[] = {w->store, reader};
    for (size_t bytes = 0; bytes < 4000; bytes += 100) {
        for (size_t i = 0; i < 2; i++) {
            ON_EXIT(arena_free) struct arena small;
            struct store_query q = query(3);
            struct rows rows = {0};
            struct order_row *order;
            struct sku_row *sku;
            bool seen;
            uint8_t key[32] = {0};
            struct answer_row *answer;
            arena_init(&small, bytes);
            /* Whatever comes of them: found, none, or no room. */
            (void)!handles[i]->ops->list_orders(handles[i], &q, &small, &rows);
            (void)!handles[i]->ops->list_movements(handles[i], &q, &small, &rows);
            (void)!handles[i]->ops->list_listings(handles[i], &q, &small, &rows);
            (void)!handles[i]->ops->order_by_n(handles[i], 1, &small, &order);
            (void)!handles[i]->ops->skus(handles[i], &s.skus[11].id, 1, &small, &sku);
            (void)!handles[i]->ops->channels(handles[i], &small, &rows);
            (void)!handles[i]->ops->delivery_seen(handles[i], key, &seen);
            (void)!handles[i]->ops->answer(handles[i], key, &small, &answer);
        }
        shop_receive(&s, 0, 0, 1);
        assert_int_equal(run_sql(w, "PRAGMA wal_checkpoint(TRUNCATE)"), 0); /* busy: 0 */
    }
    store_close(reader);
}

/* ---- a disk that refuses ---- */

static int open_faulty(void **state)
{
    struct world *w = world_new();
    *state = w;
    snprintf(w->dir, sizeof(w->dir), "/tmp/truecount-store-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    faulty.syncs_to_fail = 0;
    faulty.writes_left = -1;
    OK(store_sqlite_open(w->dir, "faulty", &w->store, &w->note));
    w->ops = w->store->ops;
    return 0;
}

static size_t count_places(struct world *w)
{
    struct rows rows = {0};
    OK(w->ops->locations(w->store, &w->arena, &rows));
    return rows.count;
}

static void test_an_unknown_commit_is_resolved_as_it_is(void **state)
{
    struct world *w = world_of(state);
    int there = 0;
    for (int i = 0; i < 16; i++) {
        bool is_there = false;
        size_t before = count_places(w);
        if (i & 1) { /* with a link of the chain, or a quiet one */
            world_event(w, "location", SLICE("x"), "{}");
        }
        new_location(w, world_text(w, "place %" PRId64, i).p);
        OK(w->ops->begin(w->store));
        OK(w->ops->save(w->store, &w->changes));
        w->changes = (struct store_changes){0};
        bool fails_again = !(i & 2); /* when the log is saved once more: tried again later */
        faulty.syncs_to_fail = fails_again ? 2 : 1;
        assert_int_equal(w->ops->commit(w->store, w->now_us), ERR_UNKNOWN);
        if (fails_again) {
            assert_int_equal(w->ops->resolve(w->store, &is_there, &w->note), ERR_IO);
        }
        OK(w->ops->resolve(w->store, &is_there, &w->note));
        faulty.syncs_to_fail = 0;
        assert_int_equal(count_places(w), before + (is_there ? 1 : 0));
        there += is_there;
        assert_sound(w);
        new_location(w, world_text(w, "next %" PRId64, i).p);
        world_commit(w);
    }
    assert_int_equal(there, 16); /* this disk forgets nothing; one that does is the simulator's */
}

static void test_a_full_disk_keeps_nothing_and_is_told(void **state)
{
    struct world *w = world_of(state);
    struct shop s;
    shop_open(&s, w, 9);
    shop_trade(&s, 20);
    int full = 0;
    for (int writes = 0; writes < 40; writes++) {
        ON_EXIT(buf_free) struct buf before = dump_of(w);
        for (int i = 0; i < 20; i++) {
            world_event(w, "location", SLICE("x"), "{}");
        }
        new_location(w, world_text(w, "place %" PRId64, writes).p);
        OK(w->ops->begin(w->store));
        OK(w->ops->save(w->store, &w->changes));
        w->changes = (struct store_changes){0};
        size_t places = count_places(w) - 1;
        faulty.writes_left = writes;
        enum err e = w->ops->commit(w->store, w->now_us);
        faulty.writes_left = -1;
        assert_true(e == ERR_OK || e == ERR_FULL);
        full += e == ERR_FULL;
        assert_int_equal(count_places(w), places + (e == ERR_OK ? 1 : 0));
        ON_EXIT(buf_free) struct buf after = dump_of(w);
        assert_string_equal(before.p, after.p);
        assert_sound(w);
    }
    assert_true(full > 5 && full < 40);
    shop_trade(&s, 20);
    assert_sound(w);
}

/* ---- a reader that nobody waits for ---- */

struct cut {
    struct store *reader;
    int lines;
};

static void cut_at_the_first_line(void *arg, struct slice text)
{
    struct cut *cut = arg;
    (void)text;
    cut->lines++;
    store_interrupt(cut->reader);
}

static void test_an_interrupted_reader_stops_and_nobody_else(void **state)
{
    struct world *w = world_of(state);
    struct verify_report report;
    struct shop s;
    struct cut cut = {0};
    shop_open(&s, w, 6);
    shop_trade(&s, 100);
    OK(w->ops->reader(w->store, &cut.reader, &w->note));
    assert_int_equal(store_dump(cut.reader, cut_at_the_first_line, &cut, &w->note), ERR_LIMIT);
    assert_int_equal(store_verify(cut.reader, &report, &w->note), ERR_LIMIT);
    ON_EXIT(buf_free) struct buf whole = dump_of(w);
    int lines = 0;
    for (size_t i = 0; i < whole.n; i++) {
        lines += whole.p[i] == '\n';
    }
    assert_in_range(cut.lines, 1, lines - 1);
    store_close(cut.reader);
    assert_sound(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_reopening_finds_everything, open_sqlite),
        STORE_TEST(test_a_deleted_listings_id_is_not_given_again, open_sqlite),
        STORE_TEST(test_a_second_writer_is_refused, open_sqlite),
        STORE_TEST(test_what_cannot_be_opened_is_said, open_sqlite),
        cmocka_unit_test(test_rot_in_the_log_is_named),
        STORE_TEST(test_a_flipped_byte_is_found, open_sqlite),
        STORE_TEST(test_a_check_goes_on_from_a_checked_commit, open_sqlite),
        cmocka_unit_test(test_rot_in_the_rows_is_found),
        STORE_TEST(test_no_call_pins_the_wal, open_sqlite),
        STORE_TEST(test_an_interrupted_reader_stops_and_nobody_else, open_sqlite),
        STORE_TEST(test_an_unknown_commit_is_resolved_as_it_is, open_faulty),
        STORE_TEST(test_a_full_disk_keeps_nothing_and_is_told, open_faulty),
    };
    faulty_vfs_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
