/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/crypto.h"
#include "base/totp.h"

#define KEY SLICE("12345678901234567890")

/* RFC 6238, appendix B, SHA-1. */
static void test_codes_are_those_of_the_rfc(void **state)
{
    static const struct {
        int64_t at_s, code;
    } vectors[] = {{59, 94287082},
                   {1111111109, 7081804},
                   {1111111111, 14050471},
                   {1234567890, 89005924},
                   {2000000000, 69279037},
                   {20000000000, 65353130}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        int64_t step = vectors[i].at_s / TOTP_STEP_S;
        assert_int_equal(totp_at(KEY, step, 8), vectors[i].code);
        assert_int_equal(totp_at(KEY, step, 6), vectors[i].code % 1000000);
    }
}

static int64_t find(int64_t code_step, int64_t now_s, int64_t used)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "%06" PRId64, totp_at(KEY, code_step, 6));
    return totp_find(KEY, (struct slice){text, (size_t)n}, now_s * US_PER_S, used);
}

static void test_a_code_is_good_one_step_to_both_sides(void **state)
{
    const int64_t step = 40000000, first_s = step * TOTP_STEP_S, last_s = first_s + 29;
    (void)state;
    for (int64_t by = -3; by <= 3; by++) {
        int64_t wanted = by >= -1 && by <= 1 ? step + by : 0;
        assert_int_equal(find(step + by, first_s, 0), wanted);
        assert_int_equal(find(step + by, last_s, 0), wanted);
    }
}

static void test_a_code_is_good_once_and_none_before_it_any_more(void **state)
{
    const int64_t step = 40000000, now_s = step * TOTP_STEP_S;
    (void)state;
    assert_int_equal(find(step, now_s, step - 1), step);
    assert_int_equal(find(step, now_s, step), 0);
    assert_int_equal(find(step - 1, now_s, step), 0);
    assert_int_equal(find(step + 1, now_s, step), step + 1);
}

static void test_only_six_digits_are_a_code(void **state)
{
    const int64_t step = 40000000, now_us = step * TOTP_STEP_S * US_PER_S;
    char text[16];
    (void)state;
    (void)snprintf(text, sizeof(text), "%06" PRId64, totp_at(KEY, step, 6));
    assert_int_equal(totp_find(KEY, slice_of(text), now_us, 0), step);
    assert_int_equal(totp_find(KEY, (struct slice){text, 5}, now_us, 0), 0);
    assert_int_equal(totp_find(KEY, SLICE(""), now_us, 0), 0);
    assert_int_equal(totp_find(KEY, SLICE("abcdef"), now_us, 0), 0);
    (void)snprintf(text, sizeof(text), "%06" PRId64 " ", totp_at(KEY, step, 6));
    assert_int_equal(totp_find(KEY, slice_of(text), now_us, 0), 0);
    assert_int_equal(totp_find(SLICE("another key of 20 by"), SLICE("287082"), 59 * US_PER_S, 0),
                     0);
}

/* RFC 4648, 10, without the padding. */
static void test_secrets_are_written_in_base_32(void **state)
{
    static const struct {
        const char *bytes, *text;
    } vectors[] = {{"", ""},
                   {"f", "MY"},
                   {"fo", "MZXQ"},
                   {"foo", "MZXW6"},
                   {"foob", "MZXW6YQ"},
                   {"fooba", "MZXW6YTB"},
                   {"foobar", "MZXW6YTBOI"}};
    struct arena arena;
    (void)state;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        assert_slice(base32_encode(&arena, slice_of(vectors[i].bytes)), vectors[i].text);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_those_of_the_rfc),
        cmocka_unit_test(test_a_code_is_good_one_step_to_both_sides),
        cmocka_unit_test(test_a_code_is_good_once_and_none_before_it_any_more),
        cmocka_unit_test(test_only_six_digits_are_a_code),
        cmocka_unit_test(test_secrets_are_written_in_base_32),
    };
    must(crypto_init() == ERR_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
