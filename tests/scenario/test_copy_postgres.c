/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger moves into PostgreSQL and back, as people move it, and says the same everywhere. */
#include "testing.h"

#include "support/pg_cluster.h"
#include "support/served_shop.h"

static int copies(struct served *s, const char *from, const char *to, char **text)
{
    char out[128];
    snprintf(out, sizeof(out), "%s/copy", s->directory);
    return child_run(out, (const char *const[]){"copy", "--from", from, "--to", to, NULL}, text);
}

static void
want_copy(struct served *s, const char *from, const char *to, int code, const char *said)
{
    char *text = NULL;
    int got = copies(s, from, to, &text);
    if (got != code || !strstr(text, said)) {
        fail_msg("copy --from %s --to %s: %d: %s", from, to, got, text);
    }
    free(text);
}

static void trade(struct served *s)
{
    served_start(s);
    served_location(s, "main");
    for (int i = 0; i < 30; i++) {
        WRITE(s, 201, "POST", "/v1/skus", "{'sku':'TEE-%d','title':'A \xc3\xa4 shirt'}", i);
    }
    for (int i = 0; i < 60; i++) {
        WRITE(s,
              201,
              "POST",
              "/v1/movements",
              "{'movements':[{'kind':'receive','sku':'TEE-%d','location':'main','quantity':%d}]}",
              i % 30,
              i + 1);
    }
    WRITE(s,
          201,
          "POST",
          "/v1/skus",
          "{'sku':'SET','components':[{'sku':'TEE-1','quantity':1},{'sku':'TEE-2','quantity':2}]}");
    WRITE(s, 201, "POST", "/v1/holds", "{'owner':'cart-1','lines':[{'sku':'TEE-3','quantity':2}]}");
    served_stop(s);
}

static void test_a_ledger_goes_there_and_back(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    char from[160], back[160], key[160];
    trade(s);
    char *before = served_dump(s);
    pg_cluster_database(cluster, "truecount", NULL);
    struct pg_url url = pg_cluster_url(cluster, 0, "truecount");
    snprintf(from, sizeof(from), "sqlite:%s", s->data);
    want_copy(s, from, url.text, 0, "both say the same");
    want_copy(s, from, url.text, 2, "a ledger of its own");

    /* A server goes on from there; what it writes goes back. */
    snprintf(key, sizeof(key), "%s/secrets.key", s->data);
    assert_int_equal(setenv("TRUECOUNT_STORE", url.text, 1), 0);
    assert_int_equal(setenv("TRUECOUNT_KEY_FILE", key, 1), 0);
    snprintf(s->data, sizeof(s->data), "%s/moved", s->directory);
    served_start(s);
    assert_int_equal(served_stock(s, "TEE-3", "held"), 2);
    want_copy(s, from, url.text, 2, "another truecount");
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'TEE-0','location':'main','quantity':5}]}");
    served_end(s);
    assert_int_equal(unsetenv("TRUECOUNT_STORE"), 0);
    assert_int_equal(unsetenv("TRUECOUNT_KEY_FILE"), 0);
    char *there = served_dump(s);
    snprintf(s->data, sizeof(s->data), "%s/back", s->directory);
    snprintf(back, sizeof(back), "sqlite:%s", s->data);
    want_copy(s, url.text, back, 0, "both say the same");
    char *after = served_dump(s);
    assert_string_not_equal(before, after);
    assert_string_equal(there, after);
    served_verify(s);
    free(before);
    free(there);
    free(after);
    pg_cluster_free(cluster);
}

static void test_a_copy_that_was_cut_off_goes_on(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    char from[160], *text = NULL, out[128];
    trade(s);
    pg_cluster_database(cluster, "truecount", NULL);
    struct pg_url url = pg_cluster_url(cluster, 0, "truecount");
    snprintf(from, sizeof(from), "sqlite:%s", s->data);
    want_copy(s, from, url.text, 0, "both say the same");
    /* As it lies when it is cut off: the mark, and some tables not there yet. */
    pg_cluster_sql(cluster,
                   0,
                   "truecount",
                   "UPDATE meta SET value = 1 WHERE key = 'copy_is_partial';"
                   "DELETE FROM movement WHERE n > 20; DELETE FROM log_commit; DELETE FROM audit");
    snprintf(out, sizeof(out), "%s/serve", s->directory);
    char data[160];
    snprintf(data, sizeof(data), "%s/other", s->directory);
    int code = child_run(
        out,
        (const char *const[]){
            "serve", "--data", data, "--store", url.text, "--listen", "127.0.0.1:0", NULL},
        &text);
    assert_int_equal(code, 2);
    assert_non_null(strstr(text, "a copy into this store was cut off"));
    free(text);
    want_copy(s, from, url.text, 0, "from a copy that was cut off before");
    pg_cluster_free(cluster);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, served_setup, served_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_a_ledger_goes_there_and_back),
                                       TEST(test_a_copy_that_was_cut_off_goes_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
