/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that look alike to a person have one skeleton; others do not. */
#include "testing.h"

#include "core/skeleton.h"

static struct arena arena;

static bool look_alike(const char *a, const char *b)
{
    return slice_equal(skeleton_of(slice_of(a), &arena), skeleton_of(slice_of(b), &arena));
}

static void test_codes_that_look_alike_have_one_skeleton(void **state)
{
    static const char *const pairs[][2] = {
        {"tee-m-blue", "TEE-M-BLUE"},
        {"TEE M BLUE", "TEE-M-BLUE"},
        {"TEE_M.BLUE", "TEEMBLUE"},
        {"TEE-O1", "TEE-01"},
        {"TEE-O-1", "TEE-0-1"},
        {"SKUl00", "SKU100"},
        {"SKUI00", "SKU1OO"},
        {"\xD0\xA2\xD0\x95\xD0\x95-1", "TEE-1"},             /* Cyrillic */
        {"\xCE\xA4\xCE\x95\xCE\x95-1", "TEE-1"},             /* Greek */
        {"\xEF\xBC\xB4\xEF\xBC\xA5\xEF\xBC\xA5-1", "TEE-1"}, /* full-width */
        {"TEE\xE2\x80\x93M", "TEE-M"},                       /* en dash */
        {"TEE\xE2\x88\x92M", "TEE-M"},                       /* minus */
        {"TEE\xC2\xA0M", "TEE M"},                           /* no-break space */
        {"TEE\xE2\x80\x8BM", "TEEM"},                        /* zero width */
        {"\xEF\xBB\xBFTEE-M", "TEE-M"},                      /* byte order mark */
        {"M\xC3\xBCtze", "M\xC3\x9CTZE"},                    /* case beyond ASCII */
        {"\xD0\x96\xD0\x9A-1", "\xD0\xB6\xD0\xBA-1"},        /* Cyrillic with a letter of its own */
        {"", "\xE2\x80\x8B"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!look_alike(pairs[i][0], pairs[i][1])) {
            fail_msg("'%s' and '%s' do not look alike", pairs[i][0], pairs[i][1]);
        }
    }
}

static void test_codes_that_differ_keep_different_skeletons(void **state)
{
    static const char *const pairs[][2] = {
        {"TEE-1-1", "TEE-11"},
        {"TEE-M", "TEE-N"},
        {"TEE-S", "TEE-5"},
        {"M\xC3\xBCtze", "Mutze"},
        {"\xD0\x96-1", "1"},
        {"TEE-0-1", "TEE-01"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (look_alike(pairs[i][0], pairs[i][1])) {
            fail_msg("'%s' and '%s' look alike", pairs[i][0], pairs[i][1]);
        }
    }
}

static void test_a_skeleton_stands_still(void **state)
{
    static const char *const codes[] = {"tee-m",
                                        "A-1-1",
                                        "Ol-l0",
                                        "\xD0\xA2-1",
                                        "\xEF\xBC\x91\xE2\x80\x93\xEF\xBC\x91",
                                        "\xC3\xA9"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct slice once = skeleton_of(slice_of(codes[i]), &arena);
        assert_true(slice_equal(once, skeleton_of(once, &arena)));
    }
}

/* Every sequence of up to three bytes of a nasty few: no read beyond, no write beyond. */
static void test_broken_utf8_is_taken_as_it_is(void **state)
{
    static const unsigned char bytes[] = {0x00,
                                          'A',
                                          '1',
                                          '-',
                                          0x7F,
                                          0x80,
                                          0xBF,
                                          0xC0,
                                          0xC2,
                                          0xE2,
                                          0xED,
                                          0xEF,
                                          0xF0,
                                          0xF4,
                                          0xF8,
                                          0xFF};
    (void)state;
    for (size_t n = 0; n < COUNT_OF(bytes) * COUNT_OF(bytes) * COUNT_OF(bytes); n++) {
        char *text = malloc(3); /* the sanitizers watch its ends */
        size_t left = n;
        for (size_t i = 0; i < 3; i++, left /= COUNT_OF(bytes)) {
            text[i] = (char)bytes[left % COUNT_OF(bytes)];
        }
        for (size_t length = 0; length <= 3; length++) {
            struct slice got = skeleton_of((struct slice){text, length}, &arena);
            assert_true(got.n <= length);
            (void)oddity_hidden((struct slice){text, length});
            (void)oddity_foreign((struct slice){text, length});
        }
        free(text);
        arena_clear(&arena);
    }
}

static void test_what_cannot_be_seen_is_found_with_its_place(void **state)
{
    (void)state;
    struct oddity o = oddity_hidden(SLICE("TEE\xE2\x80\x8BM"));
    assert_int_equal(o.code_point, 0x200B);
    assert_int_equal(o.at, 4);
    o = oddity_hidden(SLICE("TEE\xC2\xA0M"));
    assert_int_equal(o.code_point, 0xA0);
    assert_int_equal(o.like, ' ');
    assert_int_equal(oddity_hidden(SLICE("TEE\tM")).at, 4);
    assert_int_equal(oddity_hidden(SLICE("TEE M\xC3\xBC\xE2\x80\x93")).code_point, 0);
}

static void
test_letters_of_other_alphabets_are_a_trap_only_where_they_pass_for_plain_ones(void **state)
{
    (void)state;
    struct oddity o = oddity_foreign(SLICE("T\xD0\x95"
                                           "E-1")); /* one Cyrillic letter */
    assert_int_equal(o.code_point, 0x415);
    assert_int_equal(o.at, 2);
    assert_int_equal(o.like, 'E');
    assert_int_equal(oddity_foreign(SLICE("\xD0\xA2\xD0\x95\xD0\x95-1")).at, 1); /* all of them */
    assert_int_equal(oddity_foreign(SLICE("TEE\xE2\x80\x93M")).like, '-');
    /* A word in its own alphabet, letters with accents, plain ones. */
    assert_int_equal(oddity_foreign(SLICE("\xD0\xA4\xD0\xA3\xD0\xA2-1")).code_point, 0);
    assert_int_equal(oddity_foreign(SLICE("M\xC3\x9CTZE")).code_point, 0);
    assert_int_equal(oddity_foreign(SLICE("TEE-1")).code_point, 0);
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
        cmocka_unit_test(test_codes_that_look_alike_have_one_skeleton),
        cmocka_unit_test(test_codes_that_differ_keep_different_skeletons),
        cmocka_unit_test(test_a_skeleton_stands_still),
        cmocka_unit_test(test_broken_utf8_is_taken_as_it_is),
        cmocka_unit_test(test_what_cannot_be_seen_is_found_with_its_place),
        cmocka_unit_test(
            test_letters_of_other_alphabets_are_a_trap_only_where_they_pass_for_plain_ones),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
