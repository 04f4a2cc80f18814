/* SPDX-License-Identifier: Apache-2.0 */
/* A server whose ledger lies in PostgreSQL, and what happens to that: servers of its own. */
#include "testing.h"

#include "support/pg_cluster.h"
#include "support/served_shop.h"

enum { HANDS = 12, DEEDS_MAX = 4000 };

/* Hands that each receive one unit after the other, and ask again under the same key until they have
 * an answer. */
struct crew {
    struct served *s;
    int64_t begun, done, refused, unanswered, wanted;
    int round; /* in which keys are not those of another one */
};
struct hand {
    struct crew *crew;
    struct env_timer *timer;
    int64_t deed;
    char key[32], url[80];
};

static void hand_asks(void *arg);

static void hand_hears(void *arg, const struct env_reply *reply)
{
    struct hand *hand = arg;
    struct crew *crew = hand->crew;
    int status = reply->err ? 0 : reply->response.status;
    if (status == 201) {
        crew->done++;
        hand->deed = 0;
    } else {
        /* What it may say while the database is away, and nothing else. */
        if (status != 503 && status != 0) {
            fail_msg("%d: %.*s", status, SLICE_ARG(reply->response.body));
        }
        crew->refused += status == 503;
        crew->unanswered += status == 0;
    }
    crew->s->env->ops->timer_set(hand->timer, status == 201 ? 1 : 50 * US_PER_MS);
}

static void hand_asks(void *arg)
{
    static const char body[] = "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\","
                               "\"location\":\"main\",\"quantity\":1}]}";
    struct hand *hand = arg;
    struct served *s = hand->crew->s;
    if (hand->deed == 0 && hand->crew->begun == hand->crew->wanted) {
        return;
    }
    if (hand->deed == 0) {
        hand->deed = ++hand->crew->begun;
    }
    snprintf(hand->key, sizeof(hand->key), "deed-%d-%" PRId64, hand->crew->round, hand->deed);
    snprintf(hand->url, sizeof(hand->url), "http://127.0.0.1:%d/v1/movements", s->port);
    const struct http_header headers[] = {{SLICE("Authorization"), SLICE("Bearer " CHILD_TOKEN)},
                                          {SLICE("Content-Type"), SLICE("application/json")},
                                          {SLICE("Idempotency-Key"), slice_of(hand->key)}};
    const struct env_call call = {.request = {.method = SLICE("POST"),
                                              .url = slice_of(hand->url),
                                              .headers = headers,
                                              .headers_count = COUNT_OF(headers),
                                              .body = slice_of(body)},
                                  .private_ok = true};
    s->env->ops->http(s->env, &call, hand_hears, hand);
}

/* Until `wanted` are done, `each` is called whenever a tenth of them is. */
static struct crew
work(struct served *s, int64_t wanted, void (*each)(void *arg, int tenth), void *arg)
{
    static struct hand hands[HANDS];
    static int rounds;
    struct crew crew = {.s = s, .wanted = wanted, .round = ++rounds};
    for (size_t i = 0; i < HANDS; i++) {
        hands[i] = (struct hand){.crew = &crew};
        hands[i].timer = s->env->ops->timer_new(s->env, hand_asks, &hands[i]);
        s->env->ops->timer_set(hands[i].timer, 1);
    }
    for (int tenth = 1; tenth <= 10; tenth++) {
        UNTIL(s, 90, crew.done >= wanted * tenth / 10); /* at last nobody waits for an answer */
        if (each && tenth < 10) {
            each(arg, tenth);
        }
    }
    for (size_t i = 0; i < HANDS; i++) {
        s->env->ops->timer_free(hands[i].timer);
    }
    return crew;
}

static void open_shop(struct served *s, struct pg_cluster *cluster)
{
    pg_cluster_database(cluster, "truecount", NULL);
    struct pg_url url = pg_cluster_url_primary(cluster, "truecount");
    assert_int_equal(setenv("TRUECOUNT_STORE", url.text, 1), 0);
    served_start(s);
    served_location(s, "main");
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'TEE'}");
}

/* ---- one server and its database ---- */

static void test_it_trades_stops_and_goes_on(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    open_shop(s, cluster);
    work(s, 200, NULL, NULL);
    assert_int_equal(served_stock(s, "TEE", "available"), 200);
    served_kill(s);
    served_verify(s); /* the directory knows where the ledger lies */
    assert_int_equal(unsetenv("TRUECOUNT_STORE"), 0);
    served_start(s);
    work(s, 0, NULL, NULL);
    assert_int_equal(served_stock(s, "TEE", "available"), 200);
    served_end(s);
    pg_cluster_free(cluster);
}

static void cut(void *arg, int tenth)
{
    (void)tenth;
    assert_true(pg_cluster_cut(arg, 0) > 0);
}

static void test_connections_that_are_cut_lose_and_double_nothing(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    open_shop(s, cluster);
    struct crew crew = work(s, 1000, cut, cluster);
    print_message("cut nine times: %" PRId64 " asked, 503 %" PRId64 ", no answer %" PRId64 "\n",
                  crew.begun,
                  crew.refused,
                  crew.unanswered);
    assert_int_equal(served_stock(s, "TEE", "available"), 1000);
    served_end(s);
    pg_cluster_free(cluster);
}

static void freeze(void *arg, int tenth)
{
    struct pg_cluster *cluster = arg;
    if (tenth == 5) {
        pg_cluster_freeze(cluster, 0);
        (void)sleep(2);
        pg_cluster_thaw(cluster, 0);
    }
}

static void test_a_database_that_stands_still_for_a_moment_is_waited_for(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    open_shop(s, cluster);
    work(s, 300, freeze, cluster);
    assert_int_equal(served_stock(s, "TEE", "available"), 300);
    served_end(s);
    pg_cluster_free(cluster);
}

/* ---- three clusters, one of which must have it too ---- */

static void fail_over(void *arg, int tenth)
{
    struct pg_cluster *cluster = arg;
    if (tenth == 3) {
        pg_cluster_stop(cluster, 0, PG_STOP_KILL);
        pg_cluster_promote(cluster, 1);
        pg_cluster_follow(cluster, 2, 1);
    } else if (tenth == 6) {
        pg_cluster_remake(cluster, 0, 1); /* the old primary comes back as a standby */
    } else if (tenth == 8) {
        pg_cluster_stop(cluster, 2, PG_STOP_KILL); /* the other one is enough */
    }
}

static void test_a_standby_takes_over_and_nothing_acknowledged_is_gone(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    assert_int_equal(pg_cluster_standby(cluster, 0), 1);
    assert_int_equal(pg_cluster_standby(cluster, 0), 2);
    pg_cluster_synchronous(cluster, 0, "ANY 1 (standby0, standby1, standby2)");
    open_shop(s, cluster);
    struct crew crew = work(s, 1000, fail_over, cluster);
    print_message("failed over: %" PRId64 " asked, 503 %" PRId64 ", no answer %" PRId64 "\n",
                  crew.begun,
                  crew.refused,
                  crew.unanswered);
    assert_int_equal(served_stock(s, "TEE", "available"), 1000);
    served_end(s);
    pg_cluster_free(cluster);
}

/* ---- two servers ---- */

static bool serves(struct served *s)
{
    return served_get(s, "/readyz") == 200 && served_get(s, "/v1/stock/TEE") == 200;
}

static bool is_served_by(struct served *s, int port)
{
    s->port = port;
    return serves(s);
}

static pid_t second_start(struct served *s, const char *name, char log[128])
{
    char data[128], key[160];
    snprintf(data, sizeof(data), "%s/%s", s->directory, name);
    snprintf(log, 128, "%s/%s.log", s->directory, name);
    snprintf(key, sizeof(key), "%s/secrets.key", s->data);
    return child_start(log,
                       (const char *const[]){"serve",
                                             "--data",
                                             data,
                                             "--listen",
                                             "127.0.0.1:0",
                                             "--key-file",
                                             key,
                                             "--allow-private-channels",
                                             NULL});
}

/* It listens when it has taken over, and its log says where. */
static bool second_serves(struct served *s, const char *log, int *port)
{
    char *text = file_text(log);
    const char *at = strstr(text, "\"port\":");
    *port = at ? (int)strtol(at + strlen("\"port\":"), NULL, 10) : 0;
    free(text);
    return *port && is_served_by(s, *port);
}

static void test_a_second_server_takes_over_from_one_that_stands_still_or_dies(void **state)
{
    struct served *s = *state;
    struct pg_cluster *cluster = pg_cluster_new(NULL);
    char log[128];
    int code = 0;
    open_shop(s, cluster);
    work(s, 50, NULL, NULL);
    int first = s->port, second = 0;
    pid_t spare = second_start(s, "second", log);
    bool stands_by = false;
    while (!stands_by) {
        char *text = file_text(log);
        stands_by = strstr(text, "stands by") != NULL;
        free(text);
        served_run(s, 50 * US_PER_MS);
    }
    assert_false(second_serves(s, log, &second));

    /* The first one freezes: the database cuts it off, and the spare takes over. */
    int64_t frozen_at = env_mono_us(s->env);
    assert_int_equal(kill(s->child, SIGSTOP), 0);
    UNTIL(s, 60, second_serves(s, log, &second));
    print_message("taken over %" PRId64 " ms after the first one froze\n",
                  (env_mono_us(s->env) - frozen_at) / US_PER_MS);
    work(s, 50, NULL, NULL);
    assert_int_equal(served_stock(s, "TEE", "available"), 100);

    /* It wakes, and may not write: it says so to whoever asks. */
    assert_int_equal(kill(s->child, SIGCONT), 0);
    s->port = first;
    for (int i = 0; i < 20; i++) {
        served_write(
            s,
            "POST",
            "/v1/movements",
            "{'movements':[{'kind':'receive','sku':'TEE','location':'main','quantity':1}]}");
        assert_true(s->status == 503 || s->status == 0);
        served_run(s, 50 * US_PER_MS);
    }

    /* The second one dies: the first one decides again. */
    assert_int_equal(kill(spare, SIGKILL), 0);
    UNTIL(s, 10, child_ended(spare, &code));
    UNTIL(s, 60, is_served_by(s, first));
    UNTIL(s,
          30,
          served_write(s,
                       "POST",
                       "/v1/movements",
                       "{'movements':[{'kind':'receive','sku':'TEE',"
                       "'location':'main','quantity':1}]}") == 201);
    assert_int_equal(served_stock(s, "TEE", "available"), 101);
    served_end(s);
    pg_cluster_free(cluster);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, served_setup, served_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_trades_stops_and_goes_on),
        TEST(test_connections_that_are_cut_lose_and_double_nothing),
        TEST(test_a_database_that_stands_still_for_a_moment_is_waited_for),
        TEST(test_a_standby_takes_over_and_nothing_acknowledged_is_gone),
        TEST(test_a_second_server_takes_over_from_one_that_stands_still_or_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
