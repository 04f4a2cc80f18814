/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pg_cluster - a real PostgreSQL for a test: a primary, standbys of it, and the ways they fail.
 *
 * Servers of the installed package (the newest of /usr/lib/postgresql, or TRUECOUNT_PG_BIN) run as
 * children of the test on 127.0.0.1, without a socket file; as root they run as `postgres`, else
 * `nobody`, for initdb refuses root. All they write lies in one new directory of TMPDIR. Whoever may
 * reach the port is the superuser `truecount`, without a password.
 *
 * A cluster is its nodes, numbered in the order they were made: 0 is the first primary. initdb runs
 * once a program, each cluster starts from a copy, so that another one costs about a second.
 *
 * Everything ends with the test. A server whose test dies is told to quit by the kernel (so make
 * clusters on a thread that lives as long as they do); a keeper process, which kills nobody, waits for
 * that and removes the directory.
 *
 * What goes wrong here is no test's subject: it prints why, with the end of the server's log, and
 * aborts. Waiting is bounded by 60 s. Not for use by two threads at once.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PG_NODES_MAX 4

struct pg_cluster;

struct pg_options {
    bool is_durable; /* fsync is on; without it a killed server loses nothing, a machine would */
    const char *settings; /* more lines for postgresql.conf; NULL for none */
};

/* An address for libpq. */
struct pg_url {
    char text[256];
};

enum pg_stop {
    PG_STOP_FAST,      /* as an administrator does: transactions are rolled back, a checkpoint */
    PG_STOP_IMMEDIATE, /* every process quits; the next start recovers */
    PG_STOP_KILL,      /* kill -9 of every process at once: the machine is gone */
};

/* A cluster of one running primary. NULL: not durable, nothing more. */
struct pg_cluster *pg_cluster_new(const struct pg_options *options);
/* Ends every node and removes their files. NULL does nothing. */
void pg_cluster_free(struct pg_cluster *cluster);

/* ---- whom to ask ---- */

struct pg_url pg_cluster_url(const struct pg_cluster *cluster, int node, const char *database);
/* All nodes; libpq takes the one that may be written to. */
struct pg_url pg_cluster_url_primary(const struct pg_cluster *cluster, const char *database);
/* The server's first process; 0 while it is stopped. */
pid_t pg_cluster_pid(const struct pg_cluster *cluster, int node);

/* Makes a database; of another one when `template` is not NULL, which nobody may be using then. */
void pg_cluster_database(struct pg_cluster *cluster, const char *name, const char *template);
/* Runs statements; any refusal is the end of the test. */
void pg_cluster_sql(const struct pg_cluster *cluster,
                    int node,
                    const char *database,
                    const char *sql);
/* The first column of the first row, as a number. */
int64_t
pg_cluster_int(const struct pg_cluster *cluster, int node, const char *database, const char *sql);

/* ---- what happens to servers ---- */

void pg_cluster_stop(struct pg_cluster *cluster, int node, enum pg_stop how);
/* Starts a stopped node, on the port it had, and waits until it takes connections. */
void pg_cluster_start(struct pg_cluster *cluster, int node);
/* Stops every process where it stands: connections stay open and nobody answers. */
void pg_cluster_freeze(struct pg_cluster *cluster, int node);
void pg_cluster_thaw(struct pg_cluster *cluster, int node);
/* Ends all clients' connections, as an administrator can; gives how many there were. */
int64_t pg_cluster_cut(struct pg_cluster *cluster, int node);

/* ---- replication ---- */

/* A new standby of `primary`, with a slot there and the name `standbyN`; streaming when it returns. */
int pg_cluster_standby(struct pg_cluster *cluster, int primary);
/* Makes a stopped node's files anew from `primary` and starts it: how an old primary comes back. */
void pg_cluster_remake(struct pg_cluster *cluster, int node, int primary);
/* A running standby turns to another primary; streaming when it returns. */
void pg_cluster_follow(struct pg_cluster *cluster, int node, int primary);
/* Sets synchronous_standby_names, as in "ANY 1 (standby1, standby2)"; "" for none. */
void pg_cluster_synchronous(struct pg_cluster *cluster, int node, const char *names);
/* A standby becomes a primary, and takes writes when it returns. It inherits the settings of the
 * primary it was made from, synchronous_standby_names too. */
void pg_cluster_promote(struct pg_cluster *cluster, int node);
/* Waits until a standby has replayed all that its primary has written so far. */
void pg_cluster_caught_up(const struct pg_cluster *cluster, int primary, int standby);
