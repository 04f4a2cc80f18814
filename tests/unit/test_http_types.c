/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/http_types.h"

static void test_header_get_ignores_case_and_takes_the_first(void **state)
{
    const struct http_header headers[] = {
        {SLICE("Host"), SLICE("example.org")},
        {SLICE("X-Topic"), SLICE("one")},
        {SLICE("x-topic"), SLICE("two")},
    };
    (void)state;

    assert_slice(http_header_get(headers, COUNT_OF(headers), "x-TOPIC"), "one");
    assert_null(http_header_get(headers, COUNT_OF(headers), "X-Topics").p);
    assert_null(http_header_get(headers, 1, "X-Topic").p);
    assert_null(http_header_get(NULL, 0, "Host").p);
}

static void test_query_get_decodes(void **state)
{
    static const struct {
        const char *query, *name, *value; /* NULL = not found */
    } cases[] = {
        {"a=1&b=2", "b", "2"},
        {"a=1&a=2", "a", "1"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"", "a", NULL},
        {"ab=1", "a", NULL},
        {"=1", "", "1"},
        {"&&a=1", "a", "1"},
        {"q=red+shirt%26more%3D1", "q", "red shirt&more=1"},
        {"q=a=b", "q", "a=b"},
        {"q=%C3%A9", "q", "\xC3\xA9"},
        {"filter%5Bsku%5D=X", "filter[sku]", "X"},
        {"the+name=X", "the name", "X"},
        {"q=%2", "q", NULL},
        {"q=%zz", "q", NULL},
        {"%zz=1&q=2", "q", "2"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena;
        struct slice value;
        arena_init(&arena, 1024);
        bool found = http_query_get(slice_of(cases[i].query), cases[i].name, &arena, &value);
        if (found != (cases[i].value != NULL)) {
            fail_msg("'%s': found is %d", cases[i].query, found);
        }
        if (found) {
            assert_slice(value, cases[i].value);
        }
        arena_free(&arena);
    }
}

static void test_query_get_fails_when_the_arena_is_full(void **state)
{
    struct arena arena;
    struct slice value;
    (void)state;

    arena_init(&arena, 4);
    assert_false(http_query_get(SLICE("q=12345678"), "q", &arena, &value));
    assert_true(arena.exhausted);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_get_ignores_case_and_takes_the_first),
        cmocka_unit_test(test_query_get_decodes),
        cmocka_unit_test(test_query_get_fails_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
