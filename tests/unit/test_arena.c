/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/arena.h"

static void test_arena_gives_exactly_its_bound(void **state)
{
    const size_t bound = 1000;
    struct arena arena;
    (void)state;

    for (size_t n = bound - 1; n <= bound + 1; n++) {
        arena_init(&arena, bound);
        void *p = arena_alloc(&arena, n);
        assert_int_equal(p != NULL, n <= bound);
        assert_int_equal(arena.exhausted, n > bound);
        arena_free(&arena);
    }
}

static void test_arena_stays_exhausted_until_cleared(void **state)
{
    struct arena arena;
    (void)state;

    arena_init(&arena, 64);
    assert_null(arena_alloc(&arena, 65));
    assert_non_null(arena_alloc(&arena, 10)); /* smaller ones still fit */
    assert_true(arena.exhausted);
    arena_clear(&arena);
    assert_false(arena.exhausted);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_alloc(&arena, 64));
    assert_null(arena_alloc(&arena, 1));
    arena_free(&arena);
}

static void test_arena_memory_is_zeroed_aligned_and_apart(void **state)
{
    struct arena arena;
    char *all[200];
    (void)state;

    arena_init(&arena, (size_t)1 << 20);
    for (int round = 0; round < 2; round++) { /* the second one reuses dirty memory */
        for (size_t i = 0; i < COUNT_OF(all); i++) {
            size_t n = i * 7 + 1;
            all[i] = arena_alloc(&arena, n);
            assert_non_null(all[i]);
            assert_int_equal((uintptr_t)all[i] % 16, 0);
            for (size_t j = 0; j < n; j++) {
                assert_int_equal(all[i][j], 0);
            }
            memset(all[i], (int)(i + 1), n);
        }
        for (size_t i = 0; i < COUNT_OF(all); i++) {
            assert_int_equal((unsigned char)all[i][0], i + 1);
            assert_int_equal((unsigned char)all[i][i * 7], i + 1);
        }
        arena_clear(&arena);
    }
    arena_free(&arena);
}

static void test_arena_array_refuses_overflow(void **state)
{
    struct arena arena;
    (void)state;

    arena_init(&arena, SIZE_MAX);
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    assert_true(arena.exhausted);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_non_null(ARENA_ARRAY(&arena, 3, int64_t));
    arena_free(&arena);
}

static void test_arena_copy_ends_in_nul(void **state)
{
    struct arena arena;
    (void)state;

    arena_init(&arena, 64);
    struct slice copy = arena_copy(&arena, SLICE("stock"));
    assert_slice(copy, "stock");
    assert_int_equal(copy.p[5], '\0');
    copy = arena_copy(&arena, (struct slice){0});
    assert_non_null(copy.p);
    assert_int_equal(copy.n, 0);
    assert_null(arena_copy(&arena, SLICE("0123456789012345678901234567890123456789")).p);
    assert_true(arena.exhausted);
    arena_free(&arena);
}

static void test_arena_printf_formats(void **state)
{
    struct arena arena;
    (void)state;

    arena_init(&arena, 64);
    assert_slice(arena_printf(&arena, "%s-%d", "sku", 5), "sku-5");
    assert_null(arena_printf(&arena, "%100d", 5).p);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_gives_exactly_its_bound),
        cmocka_unit_test(test_arena_stays_exhausted_until_cleared),
        cmocka_unit_test(test_arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_arena_array_refuses_overflow),
        cmocka_unit_test(test_arena_copy_ends_in_nul),
        cmocka_unit_test(test_arena_printf_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
