/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_database - databases on a PostgreSQL of the program's own, which is started by the first
 * test that wants one and ended with cluster_end, a group's teardown.
 */
#pragma once
#include "store/store.h"
#include "support/pg_cluster.h"

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

/* The address of another database whose tables are made. */
static inline struct pg_url database_new(void)
{
    static int n;
    char name[32];
    cluster_start();
    snprintf(name, sizeof(name), "world%d", ++n);
    pg_cluster_database(cluster, name, "empty");
    return pg_cluster_url(cluster, 0, name);
}

static inline int cluster_end(void **state)
{
    (void)state;
    pg_cluster_free(cluster);
    cluster = NULL;
    return 0;
}
