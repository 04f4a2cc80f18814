/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/compress.h"

static void test_compress_and_back_is_the_same(void **state)
{
    struct arena arena;
    struct slice packed, plain;
    static char body[100000];
    struct compressor *compressor = compressor_new();
    (void)state;

    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = "{\"sku\":\"TEE-M-BLUE\",\"quantity\":1}"[i % 33];
    }
    for (size_t n = 0; n <= sizeof(body); n = n * 10 + (n == 0)) {
        arena_init(&arena, (size_t)1 << 20);
        assert_int_equal(compress(compressor, &arena, (struct slice){body, n}, &packed), ERR_OK);
        assert_int_equal(decompress(&arena, packed, n, &plain), ERR_OK);
        assert_true(slice_equal(plain, (struct slice){body, n}));
        assert_true(n < 1000 || packed.n < n / 5);
        arena_free(&arena);
    }
    compressor_free(compressor);
}

static void test_decompress_keeps_its_bound(void **state)
{
    struct arena arena;
    struct slice packed, plain;
    static const char zeros[200000];
    struct compressor *compressor = compressor_new();
    (void)state;

    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(compress(compressor, &arena, (struct slice){zeros, sizeof(zeros)}, &packed),
                     ERR_OK);
    assert_true(packed.n < 100);
    assert_int_equal(decompress(&arena, packed, sizeof(zeros) - 1, &plain), ERR_LIMIT);
    assert_int_equal(decompress(&arena, packed, sizeof(zeros), &plain), ERR_OK);
    arena_free(&arena);
    compressor_free(compressor);
}

static void test_decompress_refuses_foreign_bytes(void **state)
{
    struct arena arena;
    struct slice packed, plain;
    struct compressor *compressor = compressor_new();
    (void)state;

    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(decompress(&arena, (struct slice){0}, 100, &plain), ERR_PARSE);
    assert_int_equal(decompress(&arena, SLICE("{\"plain\":true}"), 100, &plain), ERR_PARSE);
    assert_int_equal(compress(compressor, &arena, SLICE("a body of some length"), &packed), ERR_OK);
    for (size_t n = 0; n < packed.n; n++) { /* cut anywhere */
        assert_int_equal(decompress(&arena, (struct slice){packed.p, n}, 100, &plain), ERR_PARSE);
    }
    arena_free(&arena);
    compressor_free(compressor);
}

static void test_compress_says_when_the_arena_is_full(void **state)
{
    struct arena arena;
    struct slice packed;
    struct compressor *compressor = compressor_new();
    (void)state;

    arena_init(&arena, 16);
    assert_int_equal(compress(compressor, &arena, SLICE("a body of some length"), &packed),
                     ERR_LIMIT);
    arena_free(&arena);
    compressor_free(compressor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compress_and_back_is_the_same),
        cmocka_unit_test(test_decompress_keeps_its_bound),
        cmocka_unit_test(test_decompress_refuses_foreign_bytes),
        cmocka_unit_test(test_compress_says_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
