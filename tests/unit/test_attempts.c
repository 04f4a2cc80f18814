/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/crypto.h"
#include "intake/attempts.h"

#define MINUTE (60 * US_PER_S)
#define WINDOW (15 * MINUTE)

static void some_random(struct env *env, void *out, size_t n)
{
    (void)env;
    memset(out, 7, n);
}
static const struct env_ops ops = {.random = some_random};
static struct env env = {.ops = &ops};

static struct attempts *five(void)
{
    struct attempts *a = attempts_new(&env, 5, WINDOW);
    assert_non_null(a);
    return a;
}

static void test_the_sixth_waits_until_the_first_is_old(void **state)
{
    struct attempts *a = five();
    const struct slice key = SLICE("anna");
    (void)state;
    for (int64_t i = 0; i < 5; i++) {
        assert_int_equal(attempts_wait_us(a, key, i * MINUTE), 0);
        assert_int_equal(attempts_add(a, key, i * MINUTE), (size_t)i + 1);
    }
    assert_int_equal(attempts_wait_us(a, key, 5 * MINUTE), WINDOW - 5 * MINUTE);
    assert_int_equal(attempts_wait_us(a, key, WINDOW - 1), 1);
    assert_int_equal(attempts_wait_us(a, key, WINDOW), 0);
    attempts_add(a, key, WINDOW);
    assert_int_equal(attempts_wait_us(a, key, WINDOW), MINUTE); /* until the second is old */
    assert_int_equal(attempts_wait_us(a, SLICE("bob"), WINDOW), 0);
    attempts_free(a);
}

/* Whoever never rests: what is let through in any hour. */
static void test_nobody_tries_more_than_twenty_times_an_hour(void **state)
{
    struct attempts *a = five();
    int64_t tries[200];
    size_t count = 0;
    (void)state;
    for (int64_t now = 0; now < 240 * MINUTE; now += US_PER_S) {
        if (attempts_wait_us(a, SLICE("anna"), now) == 0) {
            attempts_add(a, SLICE("anna"), now);
            assert_true(count < COUNT_OF(tries));
            tries[count++] = now;
        }
    }
    assert_true(count > 60); /* it is no lock for ever */
    for (size_t i = 20; i < count; i++) {
        assert_true(tries[i] - tries[i - 20] >= 60 * MINUTE);
    }
    attempts_free(a);
}

static void test_what_was_right_is_not_counted(void **state)
{
    struct attempts *a = five();
    const struct slice key = SLICE("10.0.0.1");
    (void)state;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(attempts_wait_us(a, key, i), 0);
        attempts_add(a, key, i);
        attempts_take_back(a, key);
    }
    for (int i = 0; i < 5; i++) {
        attempts_add(a, key, 100);
    }
    assert_true(attempts_wait_us(a, key, 100) > 0);
    attempts_clear(a, key);
    assert_int_equal(attempts_wait_us(a, key, 100), 0);
    attempts_take_back(a, key); /* there is none */
    assert_int_equal(attempts_add(a, key, 100), 1);
    attempts_free(a);
}

/* A flood of other keys neither grows it nor makes it forget who tries all the time. */
static void test_a_few_thousand_others_hide_nobody(void **state)
{
    struct attempts *a = five();
    size_t waiting = 0;
    char key[32];
    (void)state;
    for (int who = 0; who < 2000; who++) {
        int n = snprintf(key, sizeof(key), "user %d", who);
        for (int i = 0; i < 5; i++) {
            attempts_add(a, (struct slice){key, (size_t)n}, i);
        }
    }
    for (int who = 0; who < 2000; who++) {
        int n = snprintf(key, sizeof(key), "user %d", who);
        waiting += attempts_wait_us(a, (struct slice){key, (size_t)n}, 10) > 0;
    }
    assert_true(waiting > 1950);
    attempts_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sixth_waits_until_the_first_is_old),
        cmocka_unit_test(test_nobody_tries_more_than_twenty_times_an_hour),
        cmocka_unit_test(test_what_was_right_is_not_counted),
        cmocka_unit_test(test_a_few_thousand_others_hide_nobody),
    };
    must(crypto_init() == ERR_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
