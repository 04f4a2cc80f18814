/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL that tests run against behaves as its header says: else they would prove nothing. */
#include "testing.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "support/pg_cluster.h"
#include "support/pg_process.h"

#define ROWS "SELECT count(*) FROM row"

static struct pg_cluster *with_table(bool is_durable)
{
    const struct pg_options options = {.is_durable = is_durable};
    struct pg_cluster *cluster = pg_cluster_new(&options);
    pg_cluster_database(cluster, "one", NULL);
    pg_cluster_sql(cluster, 0, "one", "CREATE TABLE row (n int PRIMARY KEY)");
    return cluster;
}

static PGconn *connected(const struct pg_cluster *cluster, int node, const char *database)
{
    PGconn *conn = PQconnectdb(pg_cluster_url(cluster, node, database).text);
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    return conn;
}

static void sends(PGconn *conn, const char *sql)
{
    assert_int_equal(PQsendQuery(conn, sql), 1);
}

/* Whether something comes back on a connection within a time. */
static bool answers(PGconn *conn, int within_ms)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};
    for (int64_t until = pg_now_ms() + within_ms; pg_now_ms() < until;) {
        if (poll(&fd, 1, (int)(until - pg_now_ms())) > 0 &&
            (PQconsumeInput(conn) == 0 || !PQisBusy(conn))) {
            return true;
        }
    }
    return false;
}

static void test_a_database_made_from_another_has_its_tables_and_shares_nothing(void **state)
{
    struct pg_cluster *cluster = with_table(false);
    (void)state;
    pg_cluster_database(cluster, "two", "one");
    pg_cluster_sql(cluster, 0, "two", "INSERT INTO row VALUES (1), (2)");
    assert_int_equal(pg_cluster_int(cluster, 0, "two", ROWS), 2);
    assert_int_equal(pg_cluster_int(cluster, 0, "one", ROWS), 0);
    pg_cluster_free(cluster);
}

static void test_fsync_is_on_exactly_when_it_was_asked_for(void **state)
{
    static const char question[] = "SELECT (current_setting('fsync') = 'on')::int";
    const struct pg_options durable = {.is_durable = true, .settings = "max_connections = 23"};
    struct pg_cluster *slow = pg_cluster_new(&durable), *fast = pg_cluster_new(NULL);
    (void)state;
    assert_int_equal(pg_cluster_int(slow, 0, "postgres", question), 1);
    assert_int_equal(pg_cluster_int(fast, 0, "postgres", question), 0);
    assert_int_equal(
        pg_cluster_int(slow, 0, "postgres", "SELECT current_setting('max_connections')::int"), 23);
    pg_cluster_free(slow);
    pg_cluster_free(fast);
}

static void test_a_server_has_what_it_confirmed_however_it_was_stopped(void **state)
{
    static const enum pg_stop ways[] = {PG_STOP_FAST, PG_STOP_IMMEDIATE, PG_STOP_KILL};
    struct pg_cluster *cluster = with_table(true);
    (void)state;
    for (int i = 0; i < (int)COUNT_OF(ways); i++) {
        char sql[64];
        PGconn *conn = connected(cluster, 0, "one");
        pid_t before = pg_cluster_pid(cluster, 0);
        snprintf(sql, sizeof(sql), "INSERT INTO row VALUES (%d)", i);
        PQclear(PQexec(conn, sql));
        PQclear(PQexec(conn, "BEGIN; INSERT INTO row VALUES (100)"));
        pg_cluster_stop(cluster, 0, ways[i]);
        assert_int_equal(pg_cluster_pid(cluster, 0), 0);
        assert_int_equal(kill(before, 0), -1);
        PGresult *result = PQexec(conn, "COMMIT");
        assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
        PQclear(result);
        PQfinish(conn);
        pg_cluster_start(cluster, 0);
        assert_int_equal(pg_cluster_int(cluster, 0, "one", ROWS), i + 1);
    }
    pg_cluster_free(cluster);
}

static void test_a_cut_ends_every_connection_and_lets_new_ones_in(void **state)
{
    struct pg_cluster *cluster = with_table(false);
    PGconn *a = connected(cluster, 0, "one"), *b = connected(cluster, 0, "postgres");
    (void)state;
    assert_int_equal(pg_cluster_cut(cluster, 0), 2);
    PQclear(PQexec(a, "SELECT 1"));
    PQclear(PQexec(b, "SELECT 1"));
    assert_int_equal(PQstatus(a), CONNECTION_BAD);
    assert_int_equal(PQstatus(b), CONNECTION_BAD);
    PQreset(a);
    assert_int_equal(PQstatus(a), CONNECTION_OK);
    PQfinish(a);
    PQfinish(b);
    pg_cluster_free(cluster);
}

static void test_a_frozen_server_says_nothing_until_it_is_thawed(void **state)
{
    struct pg_cluster *cluster = with_table(false);
    PGconn *conn = connected(cluster, 0, "one");
    (void)state;
    pg_cluster_freeze(cluster, 0);
    sends(conn, ROWS);
    assert_false(answers(conn, 300));
    pg_cluster_thaw(cluster, 0);
    assert_true(answers(conn, 20000));
    pg_cluster_freeze(cluster, 0); /* and a frozen one can be killed or stopped */
    pg_cluster_stop(cluster, 0, PG_STOP_KILL);
    pg_cluster_start(cluster, 0);
    pg_cluster_freeze(cluster, 0);
    pg_cluster_stop(cluster, 0, PG_STOP_FAST);
    PQfinish(conn);
    pg_cluster_free(cluster);
}

static void
test_a_commit_waits_for_its_standby_and_cut_meanwhile_it_has_happened_all_the_same(void **state)
{
    struct pg_cluster *cluster = with_table(true);
    (void)state;
    int standby = pg_cluster_standby(cluster, 0);
    pg_cluster_synchronous(cluster, 0, "ANY 1 (standby1)");
    pg_cluster_sql(cluster, 0, "one", "INSERT INTO row VALUES (1)");
    pg_cluster_caught_up(cluster, 0, standby);
    assert_int_equal(pg_cluster_int(cluster, standby, "one", ROWS), 1);

    pg_cluster_stop(cluster, standby, PG_STOP_KILL);
    PGconn *conn = connected(cluster, 0, "one");
    sends(conn, "INSERT INTO row VALUES (2)");
    assert_false(answers(conn, 300));
    assert_int_equal(pg_cluster_cut(cluster, 0), 1);
    assert_true(answers(conn, 20000)); /* a warning that it may not be replicated, or a lost line */
    PQfinish(conn);
    assert_int_equal(pg_cluster_int(cluster, 0, "one", ROWS), 2);

    pg_cluster_start(cluster, standby);
    pg_cluster_sql(cluster, 0, "one", "INSERT INTO row VALUES (3)");
    pg_cluster_synchronous(cluster, 0, "");
    pg_cluster_stop(cluster, standby, PG_STOP_FAST);
    pg_cluster_sql(cluster, 0, "one", "INSERT INTO row VALUES (4)");
    pg_cluster_free(cluster);
}

static void test_a_standby_takes_over_another_follows_and_the_old_primary_comes_back(void **state)
{
    struct pg_cluster *cluster = with_table(false);
    (void)state;
    int heir = pg_cluster_standby(cluster, 0), other = pg_cluster_standby(cluster, 0);
    pg_cluster_synchronous(cluster, 0, "ANY 1 (standby1, standby2)");
    pg_cluster_sql(cluster, 0, "one", "INSERT INTO row VALUES (1)");
    pg_cluster_caught_up(cluster, 0, heir); /* the quorum of one may have been the other */

    pg_cluster_stop(cluster, 0, PG_STOP_KILL);
    pg_cluster_promote(cluster, heir);
    pg_cluster_follow(cluster, other, heir);
    PGconn *conn = PQconnectdb(pg_cluster_url_primary(cluster, "one").text);
    PGresult *result = PQexec(conn, "INSERT INTO row VALUES (2)"); /* waits for standby2 */
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(conn);
    pg_cluster_caught_up(cluster, heir, other);
    assert_int_equal(pg_cluster_int(cluster, other, "one", ROWS), 2);

    pg_cluster_remake(cluster, 0, heir);
    pg_cluster_caught_up(cluster, heir, 0);
    assert_int_equal(pg_cluster_int(cluster, 0, "one", ROWS), 2);
    assert_int_equal(pg_cluster_int(cluster, 0, "one", "SELECT pg_is_in_recovery()::int"), 1);
    pg_cluster_free(cluster);
}

/* The program for developers, in a TMPDIR of its own; gives the address it printed. */
static pid_t start_program(const char *tmp, char out_url[256])
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (dup2(ends[1], STDOUT_FILENO) < 0 || close_range(3, ~0U, 0) != 0 ||
            setenv("TMPDIR", tmp, 1) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
            _exit(126);
        }
        execl(TC_PG_CLUSTER, "pg_cluster", "--standbys", "1", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    assert_non_null(out);
    assert_non_null(fgets(out_url, 256, out));
    out_url[strcspn(out_url, "\n")] = '\0';
    fclose(out);
    return child;
}

static void test_a_program_that_dies_takes_its_servers_and_files_with_it(void **state)
{
    static const int signals[] = {SIGKILL, SIGTERM};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        char tmp[] = "/tmp/truecount-pgtest-XXXXXX", url[256];
        int status = 0;
        assert_non_null(mkdtemp(tmp));
        assert_int_equal(chmod(tmp, 0755), 0);
        pid_t child = start_program(tmp, url);
        assert_int_equal(PQping(url), PQPING_OK);
        assert_int_equal(rmdir(tmp), -1);
        kill(child, signals[i]);
        assert_int_equal(waitpid(child, &status, 0), child);
        int64_t until = pg_now_ms() + 20000;
        while (PQping(url) != PQPING_NO_RESPONSE || rmdir(tmp) != 0) {
            assert_true(pg_now_ms() < until);
            pg_pause_ms(20);
        }
        assert_int_equal(WIFSIGNALED(status), signals[i] == SIGKILL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_database_made_from_another_has_its_tables_and_shares_nothing),
        cmocka_unit_test(test_fsync_is_on_exactly_when_it_was_asked_for),
        cmocka_unit_test(test_a_server_has_what_it_confirmed_however_it_was_stopped),
        cmocka_unit_test(test_a_cut_ends_every_connection_and_lets_new_ones_in),
        cmocka_unit_test(test_a_frozen_server_says_nothing_until_it_is_thawed),
        cmocka_unit_test(
            test_a_commit_waits_for_its_standby_and_cut_meanwhile_it_has_happened_all_the_same),
        cmocka_unit_test(test_a_standby_takes_over_another_follows_and_the_old_primary_comes_back),
        cmocka_unit_test(test_a_program_that_dies_takes_its_servers_and_files_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
