/* SPDX-License-Identifier: Apache-2.0 */
/*
 * every_store - a suite run on each store: in memory, on SQLite, on a PostgreSQL of its own.
 *
 * The cluster is started by the first test that wants it and ended with the program; each test has a
 * database of its own, a copy of one whose tables are made.
 */
#pragma once
#include "support/pg_cluster.h"
#include "support/store_world.h"

static struct pg_cluster *cluster;

static inline void cluster_start(void)
{
    struct err_note note = {""};
    struct store *store = NULL;
    if (cluster) {
        return;
    }
    cluster = pg_cluster_new(NULL);
    pg_cluster_database(cluster, "empty", NULL);
    if (store_postgres_open(pg_cluster_url(cluster, 0, "empty").text, &store, &note) != ERR_OK) {
        fail_msg("%s", note.text);
    }
    store_close(store);
}

static inline int cluster_end(void **state)
{
    (void)state;
    pg_cluster_free(cluster);
    cluster = NULL;
    return 0;
}

static inline enum err open_url_of(struct world *w)
{
    return store_postgres_open(w->url, &w->store, &w->note);
}

static inline int open_postgres(void **state)
{
    static int n;
    char name[32];
    struct world *w = world_new();
    *state = w;
    cluster_start();
    snprintf(name, sizeof(name), "world%d", ++n);
    pg_cluster_database(cluster, name, "empty");
    snprintf(w->url, sizeof(w->url), "%s", pg_cluster_url(cluster, 0, name).text);
    w->open_url = open_url_of;
    world_open_again(w);
    return 0;
}

#define RUN_ON_EVERY_STORE(EACH)                                                                   \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest in_memory[] = {EACH(STORE_TEST, open_mem)};                        \
        const struct CMUnitTest on_sqlite[] = {EACH(STORE_TEST, open_sqlite)};                     \
        const struct CMUnitTest on_postgres[] = {EACH(STORE_TEST, open_postgres)};                 \
        int failed = cmocka_run_group_tests_name("memory", in_memory, NULL, NULL);                 \
        failed += cmocka_run_group_tests_name("SQLite", on_sqlite, NULL, NULL);                    \
        return failed + cmocka_run_group_tests_name("PostgreSQL", on_postgres, NULL, cluster_end); \
    }
