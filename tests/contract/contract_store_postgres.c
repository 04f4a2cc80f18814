/* SPDX-License-Identifier: Apache-2.0 */
/* What only a store on a server can do wrong: connections that end, servers that are others. */
#include "testing.h"

#include "support/every_store.h"
#include "support/store_shop.h"

static void put_location(struct world *w, const char *code)
{
    struct location_row row = {
        .id = {w->ops->next_id(w->store, ID_LOCATION)}, .code = slice_of(code), .is_active = true};
    WORLD_ADD(w, locations, row);
    world_event(w, "location", slice_of(code), "{}");
}

static size_t locations(struct world *w)
{
    struct rows rows = {0};
    assert_int_equal(w->ops->locations(w->store, &w->arena, &rows), ERR_OK);
    return rows.count;
}

static void test_a_second_server_is_refused(void **state)
{
    struct world *w = *state;
    struct store *second = NULL;
    struct err_note note = {""};
    assert_int_equal(store_postgres_open(w->url, &second, &note), ERR_CONFLICT);
    assert_non_null(strstr(note.text, "another truecount"));
    put_location(w, "MAIN"); /* and the first one does not notice */
    world_commit(w);
    assert_int_equal(locations(w), 1);
}

static void test_what_cannot_be_opened_is_said(void **state)
{
    struct world *w = *state;
    struct store *store = NULL;
    struct err_note note = {""};
    assert_int_equal(store_postgres_open("postgresql://127.0.0.1:1/nobody", &store, &note), ERR_IO);
    assert_non_null(strstr(note.text, "cannot connect to PostgreSQL"));
    store_close(w->store);
    const struct pg_url url = pg_cluster_url(cluster, 0, "newer");
    pg_cluster_database(cluster, "newer", "empty");
    pg_cluster_sql(cluster, 0, "newer", "INSERT INTO schema_version VALUES (1000000)");
    assert_int_equal(store_postgres_open(url.text, &store, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "newer truecount"));
    world_open_again(w);
}

static void test_who_is_cut_off_finds_the_commit_as_it_is(void **state)
{
    struct world *w = *state;
    bool is_there = true;
    put_location(w, "FIRST"); /* after which its statements are prepared */
    world_commit(w);
    /* Cut off before: nothing of it is there. */
    put_location(w, "LOST");
    assert_int_equal(w->ops->begin(w->store), ERR_OK);
    assert_true(pg_cluster_cut(cluster, 0) > 0);
    assert_int_equal(w->ops->save(w->store, &w->changes), ERR_OK); /* it is sent, no more */
    w->changes = (struct store_changes){0};
    assert_int_equal(w->ops->commit(w->store, w->now_us), ERR_UNKNOWN);
    while (w->ops->resolve(w->store, &is_there, &w->note)) {
    }
    assert_false(is_there);
    assert_int_equal(locations(w), 1);
    /* Cut off behind: all of it is. */
    put_location(w, "MAIN");
    world_commit(w);
    assert_true(pg_cluster_cut(cluster, 0) > 0);
    while (w->ops->resolve(w->store, &is_there, &w->note)) {
    }
    assert_true(is_there);
    assert_int_equal(locations(w), 2);
    /* And it goes on from there. */
    put_location(w, "SHOP");
    world_commit(w);
    struct verify_report report;
    assert_int_equal(store_verify(w->store, &report, &w->note), ERR_OK);
    assert_int_equal(report.commits, 3);
}

static void test_a_reader_that_was_cut_off_reads_on(void **state)
{
    struct world *w = *state;
    struct store *reader = NULL;
    struct rows rows = {0};
    put_location(w, "MAIN");
    world_commit(w);
    assert_int_equal(w->ops->reader(w->store, &reader, &w->note), ERR_OK);
    assert_true(pg_cluster_cut(cluster, 0) > 0);
    enum err e;
    for (int i = 0; i < 3 && (e = reader->ops->locations(reader, &w->arena, &rows)) != 0; i++) {
    }
    assert_int_equal(e, ERR_OK);
    assert_int_equal(rows.count, 1);
    store_close(reader);
}

static void test_an_interrupted_reader_stops_and_nobody_else(void **state)
{
    struct world *w = *state;
    struct store *reader = NULL;
    struct rows rows = {0};
    assert_int_equal(w->ops->reader(w->store, &reader, &w->note), ERR_OK);
    store_interrupt(reader);
    assert_int_equal(reader->ops->locations(reader, &w->arena, &rows), ERR_LIMIT);
    put_location(w, "MAIN");
    world_commit(w);
    assert_int_equal(locations(w), 1);
    store_close(reader);
}

/* Texts are bytes: what no encoding has comes back as it was. */
static void test_any_bytes_come_back(void **state)
{
    struct world *w = *state;
    struct rows rows = {0};
    struct location_row row = {.id = {w->ops->next_id(w->store, ID_LOCATION)},
                               .code = SLICE("MAIN"),
                               .name = SLICE("\xff\xfe\0\x80 \xc3"),
                               .is_active = true};
    WORLD_ADD(w, locations, row);
    world_event(w, "location", SLICE("MAIN"), "{}");
    world_commit(w);
    assert_int_equal(w->ops->locations(w->store, &w->arena, &rows), ERR_OK);
    const struct location_row *found = rows.items[0];
    assert_int_equal(found->name.n, row.name.n);
    assert_memory_equal(found->name.p, row.name.p, row.name.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_second_server_is_refused, open_postgres),
        STORE_TEST(test_what_cannot_be_opened_is_said, open_postgres),
        STORE_TEST(test_who_is_cut_off_finds_the_commit_as_it_is, open_postgres),
        STORE_TEST(test_a_reader_that_was_cut_off_reads_on, open_postgres),
        STORE_TEST(test_an_interrupted_reader_stops_and_nobody_else, open_postgres),
        STORE_TEST(test_any_bytes_come_back, open_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, cluster_end);
}
