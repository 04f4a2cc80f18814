/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/map.h"

#define KEYS 3000

static char keys[KEYS][8];
static int values[KEYS];

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        values[i] = i;
    }
    return 0;
}

static void test_map_finds_what_was_set(void **state)
{
    struct map map;
    (void)state;

    map_init(&map);
    assert_null(map_get(&map, SLICE("k1")));
    assert_null(map_remove(&map, SLICE("k1")));
    for (int i = 0; i < KEYS; i++) {
        assert_true(map_set(&map, slice_of(keys[i]), &values[i]));
    }
    assert_int_equal(map.live_count, KEYS);
    for (int i = 0; i < KEYS; i++) {
        assert_ptr_equal(map_get(&map, slice_of(keys[i])), &values[i]);
    }
    assert_null(map_get(&map, SLICE("k")));
    assert_null(map_get(&map, (struct slice){0}));
    map_free(&map);
}

static void test_map_set_replaces_in_place(void **state)
{
    struct map map;
    (void)state;

    map_init(&map);
    assert_true(map_set(&map, SLICE("a"), &values[0]));
    assert_true(map_set(&map, SLICE("b"), &values[1]));
    assert_true(map_set(&map, SLICE("a"), &values[2]));
    assert_int_equal(map.live_count, 2);
    assert_ptr_equal(map.items[0].value, &values[2]);
    assert_ptr_equal(map_get(&map, SLICE("a")), &values[2]);
    map_free(&map);
}

static void test_map_iterates_in_order_of_insertion(void **state)
{
    struct map map;
    int wanted = 0;
    (void)state;

    map_init(&map);
    for (int i = 0; i < KEYS; i++) {
        assert_true(map_set(&map, slice_of(keys[i]), &values[i]));
    }
    for (int i = 0; i < KEYS; i += 3) {
        assert_ptr_equal(map_remove(&map, slice_of(keys[i])), &values[i]);
    }
    for (size_t i = 0; i < map.items_count; i++) {
        if (map.items[i].value) {
            wanted += wanted % 3 == 0;
            assert_ptr_equal(map.items[i].value, &values[wanted]);
            wanted++;
        }
    }
    assert_int_equal(map.live_count, KEYS - KEYS / 3);
    map_free(&map);
}

/* A naive table beside the map: whatever the mix of sets and removals, both say the same. */
static void test_map_agrees_with_a_plain_array(void **state)
{
    struct map map;
    bool present[KEYS] = {0};
    uint32_t random = 1;
    (void)state;

    map_init(&map);
    for (int step = 0; step < 200000; step++) {
        random = random * 1664525 + 1013904223;
        size_t at = random / 65536 % 200 + (size_t)step / 10000 * 140;
        if (random / 256 % 2) {
            assert_true(map_set(&map, slice_of(keys[at]), &values[at]));
            present[at] = true;
        } else {
            assert_ptr_equal(map_remove(&map, slice_of(keys[at])),
                             present[at] ? &values[at] : NULL);
            present[at] = false;
        }
    }
    size_t live = 0;
    for (size_t i = 0; i < KEYS; i++) {
        assert_ptr_equal(map_get(&map, slice_of(keys[i])), present[i] ? &values[i] : NULL);
        live += present[i];
    }
    assert_int_equal(map.live_count, live);
    map_free(&map);
}

static void test_map_that_turns_over_does_not_grow(void **state)
{
    struct map map;
    (void)state;

    map_init(&map);
    for (int i = 0; i < KEYS; i++) {
        assert_true(map_set(&map, slice_of(keys[i]), &values[i]));
        if (i >= 4) {
            assert_non_null(map_remove(&map, slice_of(keys[i - 4])));
        }
    }
    assert_int_equal(map.live_count, 4);
    assert_true(map.items_cap <= 16);
    map_free(&map);
}

static void test_map_clear_empties_for_reuse(void **state)
{
    struct map map;
    (void)state;

    map_init(&map);
    map_clear(&map);
    assert_true(map_set(&map, SLICE("a"), &values[0]));
    map_clear(&map);
    assert_null(map_get(&map, SLICE("a")));
    assert_int_equal(map.items_count, 0);
    assert_true(map_set(&map, SLICE("a"), &values[1]));
    assert_ptr_equal(map_get(&map, SLICE("a")), &values[1]);
    map_free(&map);
}

static void test_map_keys_may_be_structs(void **state)
{
    struct pair {
        int64_t sku, location;
    } a = {1, 2}, same = {1, 2}, other = {2, 1};
    struct map map;
    (void)state;

    map_init(&map);
    assert_true(map_set(&map, MAP_KEY(&a), &values[0]));
    assert_ptr_equal(map_get(&map, MAP_KEY(&same)), &values[0]);
    assert_null(map_get(&map, MAP_KEY(&other)));
    map_free(&map);
}

static void set_nothing(void)
{
    struct map map;
    map_init(&map);
    (void)!map_set(&map, SLICE("a"), NULL);
}

static void test_map_set_of_null_aborts(void **state)
{
    (void)state;
    assert_aborts(set_nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map_finds_what_was_set),
        cmocka_unit_test(test_map_set_replaces_in_place),
        cmocka_unit_test(test_map_iterates_in_order_of_insertion),
        cmocka_unit_test(test_map_agrees_with_a_plain_array),
        cmocka_unit_test(test_map_that_turns_over_does_not_grow),
        cmocka_unit_test(test_map_clear_empties_for_reuse),
        cmocka_unit_test(test_map_keys_may_be_structs),
        cmocka_unit_test(test_map_set_of_null_aborts),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
