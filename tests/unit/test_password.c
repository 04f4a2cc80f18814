/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/crypto.h"
#include "base/password.h"

static const char *fault(const char *password, const char *name)
{
    return password_fault(slice_of(password), slice_of(name));
}

static void test_what_is_tried_first_is_refused(void **state)
{
    static const char *const weak[] = {"short",
                                       "1234567",
                                       "password",
                                       "Password1!",
                                       "PASSW0RD2026",
                                       "12345678",
                                       "87654321",
                                       "aaaaaaaaaaaa",
                                       "abababababab",
                                       "qwertyuiop",
                                       "letmein123",
                                       "truecount2026",
                                       "iloveyou!!",
                                       "changeme123",
                                       "abcdefghijkl",
                                       "0123456789",
                                       "1q2w3e4r5t",
                                       "Administrator1"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(weak); i++) {
        if (!fault(weak[i], "anna")) {
            fail_msg("'%s' was taken", weak[i]);
        }
    }
}

static void test_the_name_is_no_password(void **state)
{
    (void)state;
    assert_non_null(fault("annalena", "annalena"));
    assert_non_null(fault("AnnaLena2026!", "annalena"));
    assert_null(fault("annalena likes tea", "annalena"));
}

static void test_what_is_long_and_not_common_will_do(void **state)
{
    static const char *const good[] = {
        "four words make sense", "tea for two", "84736251", "zweitausend Becher", "kX9-vQ2w"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (fault(good[i], "anna")) {
            fail_msg("'%s': %s", good[i], fault(good[i], "anna"));
        }
    }
}

static void test_length_is_bounded_on_both_sides(void **state)
{
    char text[PASSWORD_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('!' + i * i % 90);
    }
    const struct slice name = SLICE("anna");
    assert_non_null(password_fault((struct slice){text, PASSWORD_MIN - 1}, name));
    assert_null(password_fault((struct slice){text, PASSWORD_MIN}, name));
    assert_null(password_fault((struct slice){text, PASSWORD_MAX}, name));
    assert_non_null(password_fault((struct slice){text, PASSWORD_MAX + 1}, name));
    assert_non_null(password_advice((struct slice){text, PASSWORD_ADVISED - 1}));
    assert_null(password_advice((struct slice){text, PASSWORD_ADVISED}));
}

static void test_a_kept_password_is_right_for_itself_alone(void **state)
{
    uint8_t salt[PASSWORD_SALT_SIZE] = {1};
    char kept[PASSWORD_TEXT_MAX], other[PASSWORD_TEXT_MAX];
    (void)state;
    assert_int_equal(password_hash(SLICE("tea for two"), salt, kept), ERR_OK);
    assert_true(slice_starts(slice_of(kept), "$argon2id$v=19$m=47104,t=1,p=1$"));
    assert_true(password_verify(SLICE("tea for two"), slice_of(kept)));
    assert_false(password_verify(SLICE("tea for twO"), slice_of(kept)));
    assert_false(password_verify(SLICE(""), slice_of(kept)));
    salt[0] = 2;
    assert_int_equal(password_hash(SLICE("tea for two"), salt, other), ERR_OK);
    assert_string_not_equal(kept, other);
    kept[strlen(kept) - 1] ^= 1;
    assert_false(password_verify(SLICE("tea for two"), slice_of(kept)));
}

static void test_what_is_no_kept_password_lets_nobody_in(void **state)
{
    (void)state;
    assert_false(password_verify(SLICE(""), SLICE("")));
    assert_false(password_verify(SLICE("x"), SLICE("x")));
    assert_false(password_verify(SLICE("x"), SLICE("$argon2id$v=19$m=47104,t=1,p=1$")));
    char text[400];
    memset(text, '$', sizeof(text));
    assert_false(password_verify(SLICE("x"), (struct slice){text, sizeof(text)}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_tried_first_is_refused),
        cmocka_unit_test(test_the_name_is_no_password),
        cmocka_unit_test(test_what_is_long_and_not_common_will_do),
        cmocka_unit_test(test_length_is_bounded_on_both_sides),
        cmocka_unit_test(test_a_kept_password_is_right_for_itself_alone),
        cmocka_unit_test(test_what_is_no_kept_password_lets_nobody_in),
    };
    must(crypto_init() == ERR_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
