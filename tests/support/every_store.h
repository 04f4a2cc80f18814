/* SPDX-License-Identifier: Apache-2.0 */
/*
 * every_store - a suite run on each store: in memory, on SQLite, on a PostgreSQL of its own.
 */
#pragma once
#include "support/postgres_database.h"
#include "support/store_world.h"

static inline enum err open_url_of(struct world *w)
{
    return store_postgres_open(w->url, &w->store, &w->note);
}

static inline int open_postgres(void **state)
{
    struct world *w = world_new();
    *state = w;
    snprintf(w->url, sizeof(w->url), "%s", database_new().text);
    w->open_url = open_url_of;
    world_open_again(w);
    return 0;
}

/* Sanitizers watch our own code: on a server's time they are only slow. TRUECOUNT_TEST_POSTGRES=1 runs
 * them there, too. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED 1
#elif defined(__has_feature)
#define IS_WATCHED __has_feature(address_sanitizer)
#else
#define IS_WATCHED 0
#endif

static inline bool wants_postgres(void)
{
    return !IS_WATCHED || getenv("TRUECOUNT_TEST_POSTGRES");
}

#define RUN_ON_EVERY_STORE(EACH)                                                                   \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest in_memory[] = {EACH(STORE_TEST, open_mem)};                        \
        const struct CMUnitTest on_sqlite[] = {EACH(STORE_TEST, open_sqlite)};                     \
        const struct CMUnitTest on_postgres[] = {EACH(STORE_TEST, open_postgres)};                 \
        int failed = cmocka_run_group_tests_name("memory", in_memory, NULL, NULL);                 \
        failed += cmocka_run_group_tests_name("SQLite", on_sqlite, NULL, NULL);                    \
        if (wants_postgres()) {                                                                    \
            failed += cmocka_run_group_tests_name("PostgreSQL", on_postgres, NULL, cluster_end);   \
        }                                                                                          \
        return failed;                                                                             \
    }
