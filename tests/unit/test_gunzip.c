/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/gunzip.h"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)4 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

#define HELLO                                                                                      \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00" \
    "\x00\x00"
#define EMPTY "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"

static void test_what_others_packed_is_unpacked(void **state)
{
    (void)state;
    struct slice out = {0};
    assert_true(gunzip_is(SLICE(HELLO)));
    assert_int_equal(gunzip(&arena, SLICE(HELLO), 5, &out), ERR_OK);
    assert_slice(out, "hello");
    assert_int_equal(gunzip(&arena, SLICE(EMPTY), 0, &out), ERR_OK);
    assert_int_equal(out.n, 0);
    assert_false(gunzip_is(SLICE("")));
    assert_false(gunzip_is(SLICE("{}")));
}

static void test_no_more_is_unpacked_than_is_wanted(void **state)
{
    (void)state;
    struct slice out = {0};
    assert_int_equal(gunzip(&arena, SLICE(HELLO), 4, &out), ERR_LIMIT);
    struct arena small;
    arena_init(&small, 2);
    assert_int_equal(gunzip(&small, SLICE(HELLO), 5, &out), ERR_LIMIT);
    arena_free(&small);
    assert_null(out.p);
}

static void test_anything_but_whole_gzip_is_refused(void **state)
{
    (void)state;
    static const char whole[] = HELLO;
    struct slice out = {0};
    for (size_t n = 0; n < sizeof whole - 1; n++) { /* cut off anywhere */
        assert_int_equal(gunzip(&arena, (struct slice){whole, n}, 100, &out), ERR_PARSE);
    }
    assert_int_equal(gunzip(&arena, SLICE(HELLO "x"), 100, &out), ERR_PARSE);
    for (size_t i = 10; i < sizeof whole - 1; i++) { /* damaged anywhere behind the head */
        char bent[sizeof whole];
        memcpy(bent, whole, sizeof whole);
        bent[i] = (char)(bent[i] ^ 0x55);
        enum err e = gunzip(&arena, (struct slice){bent, sizeof whole - 1}, 100, &out);
        assert_true(e == ERR_PARSE || e == ERR_LIMIT);
    }
    assert_null(out.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_others_packed_is_unpacked),
        cmocka_unit_test(test_no_more_is_unpacked_than_is_wanted),
        cmocka_unit_test(test_anything_but_whole_gzip_is_refused),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
