/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a catalogue come back as they were kept, in order, and cost little. */
#include "testing.h"

#include "push/catalogue_pages.h"

static struct catalogue_item item_of(struct arena *arena, int n)
{
    return (struct catalogue_item){
        .remote = arena_printf(arena,
                               "{\"product_id\":\"%d\",\"variant_id\":\"%d\","
                               "\"inventory_item_id\":\"%d\"}",
                               8000000 + n / 4,
                               41000000 + n,
                               43000000 + n),
        .key = arena_printf(arena, "%d", 41000000 + n),
        .stock_key = arena_printf(arena, "%d", 43000000 + n),
        .sku = arena_printf(arena, "TEE-%d-%c", n / 4, "SMLX"[n % 4]),
        .title = arena_printf(arena, "%c / Blue", "SMLX"[n % 4]),
        .product = arena_printf(arena, "T-shirt number %d", n / 4),
        .options = arena_printf(arena, "{\"Size\":\"%c\",\"Color\":\"Blue\"}", "SMLX"[n % 4]),
        .barcode = n % 2 ? (struct slice){0} : arena_printf(arena, "40063813%05d", n),
        .count = n - 3,
        .count_known = n % 3 != 0,
        .is_managed = n % 5 != 0,
        .parent_managed = n % 7 == 0,
    };
}

static void assert_same(const struct catalogue_item *a, const struct catalogue_item *b)
{
    assert_true(slice_equal(a->remote, b->remote) && slice_equal(a->key, b->key) &&
                slice_equal(a->stock_key, b->stock_key) && slice_equal(a->sku, b->sku) &&
                slice_equal(a->title, b->title) && slice_equal(a->product, b->product) &&
                slice_equal(a->options, b->options) && slice_equal(a->barcode, b->barcode));
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->count_known, b->count_known);
    assert_int_equal(a->is_managed, b->is_managed);
    assert_int_equal(a->parent_managed, b->parent_managed);
}

static void test_pages_come_back_whole_and_in_order(void **state)
{
    (void)state;
    enum { PAGES = 40, EACH = 50 };
    struct catalogue_pages pages;
    struct arena arena, back;
    arena_init(&arena, (size_t)64 << 20);
    arena_init(&back, (size_t)64 << 20);
    catalogue_pages_init(&pages);
    struct catalogue_item items[EACH];
    assert_int_equal(catalogue_pages_add(&pages, items, 0), ERR_OK);
    assert_int_equal(pages.count, 0); /* an empty page is not worth keeping */
    for (int p = 0; p < PAGES; p++) {
        for (int i = 0; i < EACH; i++) {
            items[i] = item_of(&arena, p * EACH + i);
        }
        assert_int_equal(catalogue_pages_add(&pages, items, EACH), ERR_OK);
    }
    assert_true(pages.bytes < (size_t)PAGES * EACH * 30);
    for (int p = 0; p < PAGES; p++) {
        struct catalogue_item *got;
        size_t count;
        assert_int_equal(catalogue_pages_first(&pages, &back, &got, &count), ERR_OK);
        assert_int_equal(count, EACH);
        for (int i = 0; i < EACH; i++) {
            struct catalogue_item wanted = item_of(&arena, p * EACH + i);
            assert_same(&got[i], &wanted);
        }
        catalogue_pages_drop(&pages);
        arena_clear(&back);
    }
    assert_int_equal(pages.count, 0);
    assert_int_equal(pages.bytes, 0);
    catalogue_pages_free(&pages);
    arena_free(&arena);
    arena_free(&back);
}

static void test_what_is_left_is_freed(void **state)
{
    (void)state;
    struct catalogue_pages pages;
    struct arena arena;
    arena_init(&arena, (size_t)1 << 20);
    catalogue_pages_init(&pages);
    struct catalogue_item item = item_of(&arena, 1);
    assert_int_equal(catalogue_pages_add(&pages, &item, 1), ERR_OK);
    assert_int_equal(catalogue_pages_add(&pages, &item, 1), ERR_OK);
    catalogue_pages_free(&pages); /* the leak checker sees to the rest */
    assert_null(pages.first);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_come_back_whole_and_in_order),
        cmocka_unit_test(test_what_is_left_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
