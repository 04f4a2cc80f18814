/* SPDX-License-Identifier: Apache-2.0 */
/* Findings, packs, barcodes, marks: each by its table. */
#include "testing.h"

#include "core/doctor.h"

static struct arena arena;

/* ---- kinds ---- */

static void test_each_finding_has_a_code_of_its_own_and_two_sentences(void **state)
{
    (void)state;
    for (int i = 0; i < FINDING_KINDS; i++) {
        enum finding_kind kind = (enum finding_kind)i, found;
        assert_true(finding_parse(slice_of(finding_code(kind)), &found));
        assert_int_equal(found, kind);
        assert_true(slice_ends(slice_of(finding_about(kind)), "."));
        assert_true(slice_ends(slice_of(finding_todo(kind)), "."));
    }
    enum finding_kind none;
    assert_false(finding_parse(SLICE("no such"), &none));
}

static void test_whatever_linking_leaves_to_a_person_is_a_finding(void **state)
{
    (void)state;
    for (int v = 0; v < LINK_VERDICTS; v++) {
        enum finding_kind kind = FINDING_KINDS;
        const char *reason = link_reason((enum link_verdict)v);
        assert_int_equal(finding_of_verdict((enum link_verdict)v, &kind), reason != NULL);
        if (reason) {
            assert_string_equal(finding_code(kind), reason);
        }
    }
}

static void test_only_what_stood_in_the_way_of_linking_ends_with_a_listing(void **state)
{
    (void)state;
    assert_true(finding_ends_when_listed(FINDING_BLANK));
    assert_true(finding_ends_when_listed(FINDING_DUPLICATE));
    assert_true(finding_ends_when_listed(FINDING_UNKNOWN));
    assert_true(finding_ends_when_listed(FINDING_TAKEN));
    assert_true(finding_ends_when_listed(FINDING_BARCODE_KNOWN));
    assert_false(finding_ends_when_listed(FINDING_PARENT_MANAGED));
    assert_false(finding_ends_when_listed(FINDING_UNMANAGED));
    assert_false(finding_ends_when_listed(FINDING_PACK_SIZE));
    assert_false(finding_ends_when_listed(FINDING_BARCODE_DIFFERS));
    assert_false(finding_ends_when_listed(FINDING_LISTED_TWICE));
}

/* ---- packs ---- */

struct said {
    const char *text;
    int64_t units;
};

static void test_a_code_says_its_pack_at_its_end_or_not_at_all(void **state)
{
    static const struct said rows[] = {
        {"TEE-6PK", 6},     {"tee-6pk", 6},    {"TEE-X6", 6},     {"TEE-PK6", 6},
        {"TEE-PACK12", 12}, {"TEE 6-PACK", 6}, {"BEER-24ER", 24}, {"TEE_2_PK", 2},
        {"CAN-100CT", 100}, {"TEE-M", 0},      {"TEE-2XL", 0},    {"TEE-3X", 0},
        {"6PK", 0},         {"X6", 0},         {"TEE-6", 0},      {"TEE-06PK", 0},
        {"TEE-1PK", 0},     {"TEE-5000PK", 0}, {"PK6-TEE", 0},    {"", 0},
        {"TEE-6PKX", 0},    {"6-PK", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t got = pack_of_code(slice_of(rows[i].text));
        if (got != rows[i].units) {
            fail_msg("'%s' says %d", rows[i].text, (int)got);
        }
    }
}

static void test_a_title_says_its_pack_only_when_nothing_else_can_be_meant(void **state)
{
    static const struct said rows[] = {
        {"Socks, pack of 12", 12},
        {"Socks 6-pack", 6},
        {"Socks 6 Pack", 6},
        {"Socks (6pk)", 6},
        {"Bier 20er Kasten", 20},
        {"6er-Pack Socken", 6},
        {"Socks x6", 6},
        {"Socks (x6)", 6},
        {"Socks \xC3\x97"
         "6",
         6},
        {"6x Beer", 6},
        {"6 x 330 ml Cola", 6},
        {"Cola 6x 330ml", 6},
        {"Set of 4 chairs", 4},
        {"Lot de 3 tasses", 3},
        {"Twin pack of towels", 2},
        {"A dozen eggs", 12},
        {"Screws, 100 pcs", 100},
        {"M / Blue", 0},
        {"2XL", 0},
        {"2X / Black", 0},
        {"2X", 0},
        {"Frame 10x15 cm", 0},
        {"Frame 10 x 15 cm", 0},
        {"iPhone 12", 0},
        {"Jigsaw, 1000 pieces", 0},
        {"0.5 pack", 0},
        {"Backpack 40 l", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t got = pack_of_title(slice_of(rows[i].text));
        if (got != rows[i].units) {
            fail_msg("'%s' says %d", rows[i].text, (int)got);
        }
    }
}

static void test_the_base_of_a_pack_is_the_code_before_it(void **state)
{
    (void)state;
    assert_slice(pack_base(SLICE("TEE-6PK")), "TEE");
    assert_slice(pack_base(SLICE("TEE-M 6-PACK")), "TEE-M");
    assert_slice(pack_base(SLICE("TEE-M-X12")), "TEE-M");
    assert_int_equal(pack_base(SLICE("TEE-M")).n, 0);
}

/* ---- barcodes ---- */

static void test_a_gtin_is_right_when_its_last_digit_is(void **state)
{
    static const struct {
        const char *barcode;
        enum gtin gtin;
    } rows[] = {
        {"4006381333931", GTIN_RIGHT},
        {"4006381333932", GTIN_WRONG},
        {"036000291452", GTIN_RIGHT},
        {"036000291453", GTIN_WRONG},
        {"36000291452", GTIN_ZERO_LOST},
        {"96385074", GTIN_RIGHT},
        {"96385075", GTIN_WRONG},
        {"14006381333938", GTIN_RIGHT},
        {"4006381-333 931", GTIN_RIGHT},
        {"4.00638E+12", GTIN_ROUNDED},
        {"4,00638E+12", GTIN_ROUNDED},
        {"", GTIN_NONE},
        {"X001ABC", GTIN_NONE},
        {"123456789", GTIN_NONE},
        {"4006381333931123", GTIN_NONE},
        {"12", GTIN_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (gtin_check(slice_of(rows[i].barcode)) != rows[i].gtin) {
            fail_msg("'%s'", rows[i].barcode);
        }
    }
}

/* All ten last digits of many beginnings: exactly one is right. */
static void test_exactly_one_check_digit_of_ten_is_right(void **state)
{
    (void)state;
    for (int64_t n = 100000000000; n < 100000000000 + 700000000; n += 7654321) {
        int right = 0;
        for (int64_t digit = 0; digit < 10; digit++) {
            char text[24];
            (void)snprintf(text, sizeof(text), "%" PRId64, n * 10 + digit);
            right += gtin_check(slice_of(text)) == GTIN_RIGHT;
        }
        assert_int_equal(right, 1);
    }
}

static void
test_barcodes_are_compared_without_what_a_spreadsheet_or_a_hand_does_to_them(void **state)
{
    static const char *const same[][2] = {{"036000291452", "36000291452"},
                                          {"0036000291452", "036000291452"},
                                          {"4006381 333931", "4006381-333931"},
                                          {"x001 abc", "X001ABC"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        assert_true(slice_equal(barcode_key(slice_of(same[i][0]), &arena),
                                barcode_key(slice_of(same[i][1]), &arena)));
    }
    assert_false(slice_equal(barcode_key(SLICE("4006381333931"), &arena),
                             barcode_key(SLICE("4006381333948"), &arena)));
    assert_int_equal(barcode_key(SLICE("  "), &arena).n, 0);
}

/* ---- marks ---- */

static void test_others_are_counted_by_what_they_are_not_how_often_they_are_there(void **state)
{
    struct mark marks[] = {{7, 1}, {5, 3}, {7, 1}, {7, 2}, {9, 4}, {7, 2}, {7, 6}};
    uint64_t other = 0;
    (void)state;
    marks_sort(marks, COUNT_OF(marks));
    assert_int_equal(marks_others(marks, COUNT_OF(marks), 7, 1, &other), 2);
    assert_int_equal(other, 2);
    assert_int_equal(marks_others(marks, COUNT_OF(marks), 7, 2, &other), 2);
    assert_int_equal(other, 1);
    assert_int_equal(marks_others(marks, COUNT_OF(marks), 7, 99, &other), 3);
    assert_int_equal(marks_others(marks, COUNT_OF(marks), 5, 3, &other), 0);
    assert_int_equal(marks_others(marks, COUNT_OF(marks), 8, 3, &other), 0);
    assert_int_equal(marks_others(NULL, 0, 8, 3, &other), 0);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_finding_has_a_code_of_its_own_and_two_sentences),
        cmocka_unit_test(test_whatever_linking_leaves_to_a_person_is_a_finding),
        cmocka_unit_test(test_only_what_stood_in_the_way_of_linking_ends_with_a_listing),
        cmocka_unit_test(test_a_code_says_its_pack_at_its_end_or_not_at_all),
        cmocka_unit_test(test_a_title_says_its_pack_only_when_nothing_else_can_be_meant),
        cmocka_unit_test(test_the_base_of_a_pack_is_the_code_before_it),
        cmocka_unit_test(test_a_gtin_is_right_when_its_last_digit_is),
        cmocka_unit_test(test_exactly_one_check_digit_of_ten_is_right),
        cmocka_unit_test(
            test_barcodes_are_compared_without_what_a_spreadsheet_or_a_hand_does_to_them),
        cmocka_unit_test(test_others_are_counted_by_what_they_are_not_how_often_they_are_there),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
