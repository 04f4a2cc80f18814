/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pg_cluster.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "support/pg_process.h"

/* Below the ports that the system lends to outbound connections: a stopped node keeps its own. */
#define PORT_FIRST 20000
#define PORT_COUNT 12000

#define USER "truecount"

struct pg_node {
    int port;
    pid_t pid; /* 0: stopped */
    bool is_frozen;
    char data[PG_PATH_MAX], log[PG_PATH_MAX];
};

struct pg_cluster {
    char directory[PG_PATH_MAX - 32];
    struct pg_node nodes[PG_NODES_MAX];
    int nodes_count;
};

static const struct pg_node *node_at(const struct pg_cluster *cluster, int node)
{
    must(node >= 0 && node < cluster->nodes_count);
    return &cluster->nodes[node];
}

/* ---- questions ---- */

struct pg_url pg_cluster_url(const struct pg_cluster *cluster, int node, const char *database)
{
    struct pg_url url;
    int n = snprintf(url.text,
                     sizeof(url.text),
                     "postgresql://" USER "@127.0.0.1:%d/%s",
                     node_at(cluster, node)->port,
                     database);
    must(n > 0 && (size_t)n < sizeof(url.text));
    return url;
}

struct pg_url pg_cluster_url_primary(const struct pg_cluster *cluster, const char *database)
{
    struct pg_url url;
    size_t n = (size_t)snprintf(url.text, sizeof(url.text), "postgresql://" USER "@");
    for (int i = 0; i < cluster->nodes_count && n < sizeof(url.text); i++) {
        n += (size_t)snprintf(url.text + n,
                              sizeof(url.text) - n,
                              "%s127.0.0.1:%d",
                              i ? "," : "",
                              cluster->nodes[i].port);
    }
    must(n < sizeof(url.text));
    n += (size_t)snprintf(
        url.text + n, sizeof(url.text) - n, "/%s?target_session_attrs=read-write", database);
    must(n < sizeof(url.text));
    return url;
}

pid_t pg_cluster_pid(const struct pg_cluster *cluster, int node)
{
    return node_at(cluster, node)->pid;
}

static PGresult *
ask(const struct pg_cluster *cluster, int node, const char *database, const char *sql)
{
    struct pg_url url = pg_cluster_url(cluster, node, database);
    PGconn *conn = PQconnectdb(url.text);
    if (PQstatus(conn) != CONNECTION_OK) {
        pg_die(node_at(cluster, node)->log, "%s: %s", url.text, PQerrorMessage(conn));
    }
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        pg_die(node_at(cluster, node)->log, "%s\n%s", sql, PQerrorMessage(conn));
    }
    PQfinish(conn);
    return result;
}

void pg_cluster_sql(const struct pg_cluster *cluster,
                    int node,
                    const char *database,
                    const char *sql)
{
    PQclear(ask(cluster, node, database, sql));
}

int64_t
pg_cluster_int(const struct pg_cluster *cluster, int node, const char *database, const char *sql)
{
    PGresult *result = ask(cluster, node, database, sql);
    if (PQntuples(result) < 1 || PQgetisnull(result, 0, 0)) {
        pg_die(NULL, "no row, or nothing in it: %s", sql);
    }
    int64_t value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

/* Waits until a question is answered with a number of at least `wanted`. */
static void wait_for(const struct pg_cluster *cluster, int node, int64_t wanted, const char *sql)
{
    for (int64_t until = pg_now_ms() + PG_WAIT_MS;
         pg_cluster_int(cluster, node, "postgres", sql) < wanted;
         pg_pause_ms(5)) {
        if (pg_now_ms() > until) {
            pg_die(node_at(cluster, node)->log, "not in time: %s", sql);
        }
    }
}

void pg_cluster_database(struct pg_cluster *cluster, const char *name, const char *template)
{
    char sql[256];
    int n = snprintf(sql,
                     sizeof(sql),
                     "CREATE DATABASE \"%s\" TEMPLATE \"%s\"",
                     name,
                     template ? template : "template1");
    must(n > 0 && (size_t)n < sizeof(sql));
    pg_cluster_sql(cluster, 0, "postgres", sql);
}

/* ---- start and stop ---- */

static int free_port(void)
{
    static int next;
    next = next ? next : (int)getpid() % PORT_COUNT;
    for (int tries = 0; tries < PORT_COUNT; tries++) {
        int port = PORT_FIRST + next++ % PORT_COUNT, on = 1;
        const struct sockaddr_in address = {.sin_family = AF_INET,
                                            .sin_port = htons((uint16_t)port),
                                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
        bool is_free = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
        close(fd);
        if (is_free) {
            return port;
        }
    }
    pg_die(NULL, "no port is free");
}

static void node_wait(const struct pg_cluster *cluster, int node)
{
    struct pg_url url = pg_cluster_url(cluster, node, "postgres");
    const struct pg_node *n = node_at(cluster, node);
    for (int64_t until = pg_now_ms() + PG_WAIT_MS; PQping(url.text) != PQPING_OK; pg_pause_ms(5)) {
        if (pg_reap(n->pid, 0) >= 0) {
            pg_die(n->log, "the server ended at its start");
        }
        if (pg_now_ms() > until) {
            pg_die(n->log, "the server does not take connections");
        }
    }
}

void pg_cluster_start(struct pg_cluster *cluster, int node)
{
    char port[32];
    must(node_at(cluster, node)->pid == 0);
    struct pg_node *n = &cluster->nodes[node];
    snprintf(port, sizeof(port), "port=%d", n->port);
    n->pid = pg_spawn(n->log, (const char *const[]){"postgres", "-D", n->data, "-c", port, NULL});
    node_wait(cluster, node);
}

/* Only the next start on the same files would remove the small segment by which a server shows that
 * it lives; its number stands in the seventh line of postmaster.pid. */
static void remove_segment(const struct pg_node *n)
{
    char path[PG_PATH_MAX + 32], line[128];
    int id = -1;
    snprintf(path, sizeof(path), "%s/postmaster.pid", n->data);
    FILE *f = fopen(path, "re");
    for (int i = 1; f && fgets(line, sizeof(line), f); i++) {
        char *space = i == 7 ? strrchr(line, ' ') : NULL;
        id = space ? (int)strtol(space, NULL, 10) : id;
    }
    if (f) {
        fclose(f);
    }
    if (id >= 0) {
        (void)shmctl(id, IPC_RMID, NULL);
    }
}

void pg_cluster_stop(struct pg_cluster *cluster, int node, enum pg_stop how)
{
    struct pg_node *n = &cluster->nodes[node];
    must(node_at(cluster, node)->pid > 0);
    if (how == PG_STOP_KILL) {
        pg_kill_all(n->pid);
        remove_segment(n);
    } else {
        if (n->is_frozen) {
            pg_cluster_thaw(cluster, node);
        }
        must(kill(n->pid, how == PG_STOP_FAST ? SIGINT : SIGQUIT) == 0);
        if (pg_reap(n->pid, PG_WAIT_MS) < 0) {
            pg_die(n->log, "the server does not stop");
        }
    }
    n->pid = 0;
    n->is_frozen = false;
}

void pg_cluster_freeze(struct pg_cluster *cluster, int node)
{
    must(node_at(cluster, node)->pid > 0);
    pg_signal_all(cluster->nodes[node].pid, SIGSTOP);
    cluster->nodes[node].is_frozen = true;
}

void pg_cluster_thaw(struct pg_cluster *cluster, int node)
{
    must(node_at(cluster, node)->pid > 0);
    pg_signal_all(cluster->nodes[node].pid, SIGCONT);
    cluster->nodes[node].is_frozen = false;
}

int64_t pg_cluster_cut(struct pg_cluster *cluster, int node)
{
    return pg_cluster_int(cluster,
                          node,
                          "postgres",
                          "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
                          "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
}

/* ---- a cluster's life ---- */

static int node_add(struct pg_cluster *cluster)
{
    must(cluster->nodes_count < PG_NODES_MAX);
    int node = cluster->nodes_count++;
    struct pg_node *n = &cluster->nodes[node];
    *n = (struct pg_node){.port = free_port()};
    snprintf(n->data, sizeof(n->data), "%s/node%d", cluster->directory, node);
    snprintf(n->log, sizeof(n->log), "%s/node%d.log", cluster->directory, node);
    return node;
}

/* What initdb made, once a program. */
static const char *template_files(void)
{
    static char path[PG_PATH_MAX];
    char log[PG_PATH_MAX + 8];
    if (!path[0]) {
        snprintf(path, sizeof(path), "%s/template", pg_directory());
        snprintf(log, sizeof(log), "%s.log", path);
        pg_run(log,
               (const char *const[]){"initdb",
                                     "--no-sync",
                                     "--no-instructions",
                                     "--auth=trust",
                                     "--locale=C",
                                     "--encoding=UTF8",
                                     "--username",
                                     USER,
                                     "-D",
                                     path,
                                     NULL});
    }
    return path;
}

static void write_settings(const struct pg_node *n, const struct pg_options *options)
{
    char path[PG_PATH_MAX + 32];
    snprintf(path, sizeof(path), "%s/postgresql.conf", n->data);
    FILE *f = fopen(path, "ae");
    must(f);
    fprintf(
        f,
        "\nlisten_addresses = '127.0.0.1'\n"
        "unix_socket_directories = ''\n"
        "fsync = %s\n"
        "shared_buffers = 32MB\n"
        "dynamic_shared_memory_type = mmap\n" /* files of its own: a kill leaves nothing behind */
        "wal_keep_size = 64MB\n"
        "wal_sender_timeout = 5s\n"
        "log_min_messages = warning\n"
        "%s\n",
        options->is_durable ? "on" : "off",
        options->settings ? options->settings : "");
    must(fclose(f) == 0);
}

struct pg_cluster *pg_cluster_new(const struct pg_options *options)
{
    static int made;
    char log[PG_PATH_MAX + 8];
    const struct pg_options plain = {0};
    const char *files = template_files();
    struct pg_cluster *cluster = calloc(1, sizeof(*cluster));
    must(cluster);
    snprintf(
        cluster->directory, sizeof(cluster->directory), "%s/cluster%d", pg_directory(), made++);
    snprintf(log, sizeof(log), "%s.log", cluster->directory);
    pg_run(log, (const char *const[]){"/bin/mkdir", cluster->directory, NULL});
    const struct pg_node *n = &cluster->nodes[node_add(cluster)];
    pg_run(log, (const char *const[]){"/bin/cp", "-a", files, n->data, NULL});
    write_settings(n, options ? options : &plain);
    pg_cluster_start(cluster, 0);
    return cluster;
}

void pg_cluster_free(struct pg_cluster *cluster)
{
    char log[PG_PATH_MAX + 8];
    if (!cluster) {
        return;
    }
    for (int i = cluster->nodes_count - 1; i >= 0; i--) {
        if (cluster->nodes[i].pid > 0) {
            pg_cluster_stop(cluster, i, PG_STOP_IMMEDIATE);
        }
    }
    snprintf(log, sizeof(log), "%s.log", cluster->directory);
    pg_run(log, (const char *const[]){"/bin/rm", "-rf", cluster->directory, NULL});
    free(cluster);
}

/* ---- replication ---- */

static void wait_streaming(const struct pg_cluster *cluster, int primary, int node)
{
    char sql[200];
    snprintf(sql,
             sizeof(sql),
             "SELECT count(*) FROM pg_stat_replication "
             "WHERE application_name = 'standby%d' AND state = 'streaming'",
             node);
    wait_for(cluster, primary, 1, sql);
}

static void address_of(const struct pg_cluster *cluster, int primary, int node, char out[200])
{
    snprintf(out,
             200,
             "host=127.0.0.1 port=%d user=" USER " application_name=standby%d",
             node_at(cluster, primary)->port,
             node);
}

static void slot_drop(struct pg_cluster *cluster, int primary, int node)
{
    char sql[200];
    snprintf(sql,
             sizeof(sql),
             "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
             "WHERE slot_name = 'standby%d'",
             node);
    pg_cluster_sql(cluster, primary, "postgres", sql);
}

/* Files from a primary, and a start as its standby. */
static void standby_make(struct pg_cluster *cluster, int node, int primary)
{
    char address[200], slot[32];
    const struct pg_node *n = node_at(cluster, node);
    address_of(cluster, primary, node, address);
    snprintf(slot, sizeof(slot), "standby%d", node);
    pg_run(n->log,
           (const char *const[]){"pg_basebackup",
                                 "--no-sync",
                                 "--write-recovery-conf",
                                 "--checkpoint=fast",
                                 "--wal-method=stream",
                                 "--create-slot",
                                 "--slot",
                                 slot,
                                 "-d",
                                 address,
                                 "-D",
                                 n->data,
                                 NULL});
    pg_cluster_start(cluster, node);
    wait_streaming(cluster, primary, node);
}

int pg_cluster_standby(struct pg_cluster *cluster, int primary)
{
    int node = node_add(cluster);
    standby_make(cluster, node, primary);
    return node;
}

void pg_cluster_remake(struct pg_cluster *cluster, int node, int primary)
{
    const struct pg_node *n = node_at(cluster, node);
    must(n->pid == 0);
    pg_run(n->log, (const char *const[]){"/bin/rm", "-rf", n->data, NULL});
    slot_drop(cluster, primary, node);
    standby_make(cluster, node, primary);
}

/* ALTER SYSTEM, read again by every process of the server when this returns. */
static void
setting_change(struct pg_cluster *cluster, int node, const char *name, const char *value)
{
    char sql[400];
    int n = snprintf(sql, sizeof(sql), "ALTER SYSTEM SET %s = '%s'", name, value);
    must(n > 0 && (size_t)n < sizeof(sql) && !strchr(value, '\''));
    pg_cluster_sql(cluster, node, "postgres", sql);
    pg_cluster_sql(cluster, node, "postgres", "SELECT pg_reload_conf()");
    snprintf(sql, sizeof(sql), "SELECT (current_setting('%s') = '%s')::int", name, value);
    wait_for(cluster, node, 1, sql);
}

void pg_cluster_follow(struct pg_cluster *cluster, int node, int primary)
{
    char address[200], sql[200];
    slot_drop(cluster, primary, node);
    snprintf(sql, sizeof(sql), "SELECT pg_create_physical_replication_slot('standby%d')", node);
    pg_cluster_sql(cluster, primary, "postgres", sql);
    address_of(cluster, primary, node, address);
    setting_change(cluster, node, "primary_conninfo", address);
    wait_streaming(cluster, primary, node);
}

void pg_cluster_synchronous(struct pg_cluster *cluster, int node, const char *names)
{
    setting_change(cluster, node, "synchronous_standby_names", names);
    /* It is the checkpointer that tells the others whether to wait: when it has made a checkpoint
     * asked for after its signal, it has read the setting. */
    pg_cluster_sql(cluster, node, "postgres", "CHECKPOINT");
}

void pg_cluster_promote(struct pg_cluster *cluster, int node)
{
    if (pg_cluster_int(cluster, node, "postgres", "SELECT pg_promote(true, 60)::int") != 1) {
        pg_die(node_at(cluster, node)->log, "a standby was not promoted");
    }
    wait_for(cluster, node, 1, "SELECT (NOT pg_is_in_recovery())::int");
}

void pg_cluster_caught_up(const struct pg_cluster *cluster, int primary, int standby)
{
    int64_t written = pg_cluster_int(
        cluster, primary, "postgres", "SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint");
    wait_for(
        cluster, standby, written, "SELECT coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint");
}
