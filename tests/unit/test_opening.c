/* SPDX-License-Identifier: Apache-2.0 */
/* Who agrees about a first figure: unknown is not zero, and nobody is outvoted. */
#include "testing.h"

#include "core/opening.h"

static struct opening_voice says(int64_t figure)
{
    return (struct opening_voice){VOICE_SPEAKS, figure};
}

static struct opening_voice silent(enum silence why)
{
    return (struct opening_voice){why, 0};
}

static enum opening_state judge2(struct opening_voice a, struct opening_voice b)
{
    int64_t figure;
    return opening_judge((const struct opening_voice[]){a, b}, 2, &figure);
}

static void test_voices_that_say_the_same_agree(void **state)
{
    int64_t figure = -7;
    (void)state;
    const struct opening_voice three[] = {says(12), says(12), says(12)};
    assert_int_equal(opening_judge(three, 3, &figure), OPENING_AGREE);
    assert_int_equal(figure, 12);
    assert_int_equal(opening_judge(three, 1, &figure), OPENING_AGREE);
    const struct opening_voice zero = says(0);
    assert_int_equal(opening_judge(&zero, 1, &figure), OPENING_AGREE);
    assert_int_equal(figure, 0);
}

static void test_one_that_says_otherwise_is_not_outvoted(void **state)
{
    int64_t figure = -7;
    (void)state;
    const struct opening_voice voices[] = {says(12), says(12), says(13), says(12)};
    assert_int_equal(opening_judge(voices, 4, &figure), OPENING_DISAGREE);
    assert_int_equal(figure, -7);
    assert_int_equal(judge2(says(1), says(0)), OPENING_DISAGREE);
}

static void test_t43_silence_is_not_zero_and_leaves_the_question_open(void **state)
{
    int64_t figure = -7;
    (void)state;
    assert_int_equal(opening_judge(NULL, 0, &figure), OPENING_MISSING);
    for (int s = VOICE_SPEAKS + 1; s < SILENCES; s++) {
        struct opening_voice voice = silent((enum silence)s);
        bool counts = s != VOICE_OUR_OWN;
        assert_int_equal(judge2(voice, says(0)), counts ? OPENING_MISSING : OPENING_AGREE);
        assert_int_equal(judge2(says(5), voice), counts ? OPENING_MISSING : OPENING_AGREE);
        assert_int_equal(opening_judge(&voice, 1, &figure), OPENING_MISSING);
        assert_int_equal(figure, -7);
        assert_true(slice_of(silence_why((enum silence)s)).n > 10);
    }
    /* A difference that is there already is worse than what is missing. */
    const struct opening_voice three[] = {silent(VOICE_NEVER_READ), says(3), says(4)};
    assert_int_equal(opening_judge(three, 3, &figure), OPENING_DISAGREE);
}

static void test_states_have_words(void **state)
{
    enum opening_state got;
    (void)state;
    for (int i = OPENING_AGREE; i <= OPENING_MISSING; i++) {
        assert_true(opening_state_parse(slice_of(opening_state_text((enum opening_state)i)), &got));
        assert_int_equal(got, i);
    }
    assert_false(opening_state_parse(SLICE("moved"), &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_voices_that_say_the_same_agree),
        cmocka_unit_test(test_one_that_says_otherwise_is_not_outvoted),
        cmocka_unit_test(test_t43_silence_is_not_zero_and_leaves_the_question_open),
        cmocka_unit_test(test_states_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
