/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <unistd.h>

#include "cli/unclean.h"

static void test_only_what_was_marked_at_an_unclean_stop_becomes_a_suspect(void **state)
{
    (void)state;
    char directory[] = "/tmp/truecount-unclean-XXXXXX", path[128];
    static const uint8_t first[16] = {1, 2, 3}, second[16] = {9};
    struct err_note note = {""};
    struct unclean u;
    assert_non_null(mkdtemp(directory));

    assert_int_equal(unclean_begin(&u, directory, &note), ERR_OK);
    assert_false(u.was_unclean);
    unclean_mark(&u, first);
    unclean_end(&u); /* stopped in order: nobody is to blame */

    assert_int_equal(unclean_begin(&u, directory, &note), ERR_OK);
    assert_false(u.was_unclean);
    assert_int_equal(u.suspects_count, 0);
    unclean_mark(&u, first);
    unclean_mark(&u, NULL);
    close(u.fd); /* killed between two deliveries */

    assert_int_equal(unclean_begin(&u, directory, &note), ERR_OK);
    assert_true(u.was_unclean);
    assert_int_equal(u.suspects_count, 0);
    unclean_mark(&u, second);
    close(u.fd); /* killed while one was applied */

    for (int i = 0; i < 2; i++) { /* and it stays one over any number of starts */
        assert_int_equal(unclean_begin(&u, directory, &note), ERR_OK);
        assert_true(u.was_unclean);
        assert_int_equal(u.suspects_count, 1);
        assert_memory_equal(u.suspects[0], second, 16);
        close(u.fd);
    }
    snprintf(path, sizeof(path), "%s/running", directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/suspects", directory);
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_was_marked_at_an_unclean_stop_becomes_a_suspect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
