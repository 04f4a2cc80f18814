/* SPDX-License-Identifier: Apache-2.0 */
/* The truth table of linking: what is linked by itself, and why all else is not. */
#include "testing.h"

#include "core/link.h"

/* One item and one SKU with one code, counted by the channel. */
static struct link_facts one_to_one(void)
{
    return (struct link_facts){.has_code = true,
                               .code_usable = true,
                               .sharing = 1,
                               .is_managed = true,
                               .sku_exists = true};
}

/* Every combination of the facts, against the table written another way: as the set of things that
 * all must hold. */
static void test_only_what_is_one_to_one_is_linked(void **state)
{
    (void)state;
    size_t linked = 0, created = 0;
    for (unsigned bits = 0; bits < 1u << 10; bits++) {
        struct link_facts f = {.is_listed = bits & 1u,
                               .has_code = bits & 2u,
                               .code_usable = bits & 4u,
                               .sharing = bits & 8u ? 2 : 1,
                               .is_managed = bits & 16u,
                               .parent_managed = bits & 32u,
                               .is_elsewhere = bits & 64u,
                               .sku_exists = bits & 128u,
                               .sku_is_listed = bits & 256u,
                               .may_create = bits & 512u};
        bool is_sound = !f.is_listed && f.has_code && f.sharing == 1 && f.is_managed &&
                        !f.parent_managed && !f.is_elsewhere;
        bool wants_new = is_sound && f.sku_exists && !f.sku_is_listed;
        bool wants_create = is_sound && !f.sku_exists && f.may_create && f.code_usable;
        enum link_verdict verdict = link_decide(&f);
        assert_int_equal(verdict == LINK_NEW, wants_new);
        assert_int_equal(verdict == LINK_CREATE, wants_create);
        assert_int_equal(verdict == LINK_ALREADY, f.is_listed);
        assert_int_equal(link_reason(verdict) == NULL, wants_new || wants_create || f.is_listed);
        linked += verdict == LINK_NEW;
        created += verdict == LINK_CREATE;
    }
    assert_int_equal(linked, 4); /* code_usable and may_create do not matter then */
    assert_int_equal(created, 2);
}

static void test_each_row_of_the_table_has_its_reason(void **state)
{
    (void)state;
    struct {
        struct link_facts facts;
        enum link_verdict verdict;
        const char *reason;
    } rows[9];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rows[i].facts = one_to_one();
    }
    rows[0].verdict = LINK_NEW, rows[0].reason = NULL;
    rows[1].facts.has_code = false, rows[1].verdict = LINK_BLANK, rows[1].reason = "blank";
    rows[2].facts.sharing = 3, rows[2].verdict = LINK_DUPLICATE, rows[2].reason = "duplicate";
    rows[3].facts.parent_managed = true, rows[3].facts.is_managed = false;
    rows[3].verdict = LINK_PARENT_MANAGED, rows[3].reason = "parent_managed";
    rows[4].facts.is_managed = false, rows[4].verdict = LINK_UNMANAGED;
    rows[4].reason = "unmanaged";
    rows[5].facts.is_elsewhere = true, rows[5].verdict = LINK_ELSEWHERE;
    rows[5].reason = "elsewhere";
    rows[6].facts.sku_exists = false, rows[6].verdict = LINK_UNKNOWN, rows[6].reason = "unknown";
    rows[7].facts.sku_exists = false, rows[7].facts.may_create = true;
    rows[7].facts.code_usable = false, rows[7].verdict = LINK_UNUSABLE;
    rows[7].reason = "unusable";
    rows[8].facts.sku_is_listed = true, rows[8].verdict = LINK_TAKEN, rows[8].reason = "taken";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(link_decide(&rows[i].facts), rows[i].verdict);
        if (rows[i].reason) {
            assert_string_equal(link_reason(rows[i].verdict), rows[i].reason);
        } else {
            assert_null(link_reason(rows[i].verdict));
        }
    }
}

static void test_digests_are_counted_after_sorting(void **state)
{
    (void)state;
    uint64_t digests[] = {9, UINT64_MAX, 3, 9, 0, 9, 3};
    link_digests_sort(digests, COUNT_OF(digests));
    assert_int_equal(link_digests_count(digests, COUNT_OF(digests), 9), 3);
    assert_int_equal(link_digests_count(digests, COUNT_OF(digests), 3), 2);
    assert_int_equal(link_digests_count(digests, COUNT_OF(digests), 0), 1);
    assert_int_equal(link_digests_count(digests, COUNT_OF(digests), UINT64_MAX), 1);
    assert_int_equal(link_digests_count(digests, COUNT_OF(digests), 4), 0);
    link_digests_sort(NULL, 0);
    assert_int_equal(link_digests_count(NULL, 0, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_one_to_one_is_linked),
        cmocka_unit_test(test_each_row_of_the_table_has_its_reason),
        cmocka_unit_test(test_digests_are_counted_after_sorting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
