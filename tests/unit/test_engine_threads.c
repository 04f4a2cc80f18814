/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's queue between a loop and the writer's thread: every turn comes back once, in any
 * load. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "engine/batch.h"
#include "env/env_uv.h"

#define TURNS 4000
#define SUBMITTERS 3

struct traffic {
    struct env_uv *uv;
    struct engine *engine;
    atomic_int done, run, refused;
};

static void count_run(struct batch *b, struct turn *turn)
{
    struct traffic *t = turn->owner;
    (void)b;
    atomic_fetch_add(&t->run, 1);
    turn->status = 200;
}

/* On the loop's thread. */
static void count_done(struct turn *turn)
{
    struct traffic *t = turn->owner;
    assert_int_equal(turn->err, ERR_OK);
    turn_free(turn);
    if (atomic_fetch_add(&t->done, 1) + 1 == TURNS * SUBMITTERS) {
        env_uv_stop(t->uv);
    }
}

static void *submit_many(void *arg)
{
    struct traffic *t = arg;
    for (int i = 0; i < TURNS; i++) {
        struct turn *turn = turn_new(TURN_REQUEST, count_done, t);
        turn->run = count_run;
        while (!engine_submit(t->engine, turn)) { /* the queue is small on purpose */
            atomic_fetch_add(&t->refused, 1);
            sched_yield();
        }
    }
    return NULL;
}

static void test_every_turn_is_run_and_comes_back_once(void **state)
{
    (void)state;
    struct traffic t = {0};
    struct store *store = NULL;
    struct err_note note = {""};
    assert_int_equal(env_uv_new(&t.uv, &note), ERR_OK);
    assert_int_equal(store_mem_new(&store), ERR_OK);
    const struct engine_config config = {.env = env_uv_env(t.uv), .store = store, .queue_max = 100};
    assert_int_equal(engine_new(&config, &t.engine, &note), ERR_OK);
    assert_int_equal(engine_start(t.engine, &note), ERR_OK);
    pthread_t threads[SUBMITTERS];
    for (int i = 0; i < SUBMITTERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &t), 0);
    }
    env_uv_run(t.uv);
    for (int i = 0; i < SUBMITTERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(atomic_load(&t.run), TURNS * SUBMITTERS);
    assert_int_equal(atomic_load(&t.done), TURNS * SUBMITTERS);
    engine_stop(t.engine);
    engine_free(t.engine);
    env_uv_free(t.uv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_turn_is_run_and_comes_back_once),
    };
    return crypto_init() == ERR_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
