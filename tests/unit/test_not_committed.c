/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told that a write failed must not be told more than is known. */
#include "testing.h"

#include "intake/api_inner.h"

static bool says(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void test_where_the_disk_failed_nobody_says_that_nothing_was_kept(void **state)
{
    static const enum err unknown[] = {ERR_IO, ERR_UNKNOWN};
    const struct err_note note = {"the disk refused"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        struct slice text = api_why_not_committed(unknown[i], &note);
        assert_true(says(text, "nobody knows yet"));
        assert_true(says(text, "same Idempotency-Key"));
        assert_false(says(text, "nothing"));
    }
}

static void test_what_is_known_is_said_as_it_is(void **state)
{
    const struct err_note full = {"there is no room"}, silent = {""};
    (void)state;
    assert_slice(api_why_not_committed(ERR_FULL, &full), "there is no room");
    assert_slice(api_why_not_committed(ERR_MEMORY, &silent), "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_the_disk_failed_nobody_says_that_nothing_was_kept),
        cmocka_unit_test(test_what_is_known_is_said_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
