/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that take a channel over and back, and pause it. */
#include "support/shadowed_shop.h"

/* ---- from shadow to live ---- */

static void want_plans(struct command *c)
{
    WANT_RUN(c, 1, "", "shop is not taken over\ncheck ", "channel", "cutover", "shop");
    assert_non_null(strstr(c->err, "\nshadow  WRONG  "));
    assert_null(strstr(c->err, "settings"));
    assert_non_null(strstr(c->err, "\n--force WHY goes past what is not required\n"));
    WANT_RUN(c, 1, "problem:not-ready\",", "shadow: ", "channel", "cutover", "shop", "--json");
    WANT_RUN(c, 1, "", "there is no channel 'nope'", "channel", "cutover", "nope");
    WANT_RUN(c, 2, "", "at", "channel", "cutover", "shop", "--at", "tomorrow", "--force", "x");
    WANT_RUN(c,
             2,
             "",
             "--limit-percent wants a whole number from 0 to 100",
             "channel",
             "cutover",
             "shop",
             "--limit-percent",
             "101");
    WANT_RUN(c,
             0,
             "shop is taken over at 2100-01-01T03:00:00Z (job ",
             "",
             "channel",
             "cutover",
             "shop",
             "--at",
             "2100-01-01T03:00:00Z",
             "--force",
             "the shop is new");
    WANT_RUN(
        c, 1, "; to be taken over 2100-01-01T03:00:00Z, job ", "", "channel", "checklist", "shop");
    WANT_RUN(
        c, 0, "shop is in shadow mode", "", "channel", "rollback", "shop", "--reason", "not yet");
    WANT_RUN(c, 1, "", "nothing to take back", "channel", "rollback", "shop");
    WANT_RUN(c, 1, "", "there is no channel 'nope'", "channel", "rollback", "nope");
}

static void test_a_takeover_is_refused_with_what_is_missing_planned_and_called_off(void **state)
{
    struct served *s = *state;
    (void)shadowed(s, SHOP_SHOPIFY, "shop", 10);
    both_ways(s, want_plans);
}

static void test_a_takeover_is_followed_until_it_stayed_quiet(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct shop *shop = shadowed(s, SHOP_SHOPIFY, "shop", 8);
    const char *const args[] = {
        "channel", "cutover", "shop", "--force", "a test", "--watch-minutes", "1", NULL};
    pid_t child = command_start(&c, args, STDIN_FILENO);
    UNTIL(s, 30, served_settled(s)); /* it is written by now */
    int64_t until_us = served_after(s, 90);
    while (!child_ended(child, &c.code)) {
        assert_true(env_mono_us(s->env) < until_us);
        served_run(s, 50 * US_PER_MS);
    }
    assert_int_equal(c.code, 0);
    assert_int_equal(shop_shows(shop, "S1"), 10);
    char path[128];
    snprintf(path, sizeof(path), "%s/out", s->directory);
    c.out = file_text(path);
    assert_non_null(strstr(c.out, "shop is live, and watched for 1 minute."));
    assert_non_null(
        strstr(c.out, "\n6 counts read back, 0 differ\nshop stayed quiet and is live.\n"));
    WANT_RUN(&c, 1, "shop (live): ", "", "channel", "checklist", "shop");
    WANT_RUN(&c, 1, "", "the channel is live already", "channel", "cutover", "shop");
    WANT_RUN(&c, 0, "shop is in shadow mode", "", "channel", "rollback", "shop");
    command_free(&c);
    served_end(s);
}

static void test_a_takeover_that_somebody_writes_over_falls_back_and_says_so(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct shop *shop = shadowed(s, SHOP_SHOPIFY, "shop", 8);
    const char *const args[] = {"channel", "cutover", "shop", "--force", "a test", NULL};
    pid_t child = command_start(&c, args, STDIN_FILENO);
    UNTIL(s, 30, shop_shows(shop, "S1") == 10 && served_settled(s));
    served_run(s, 5 * US_PER_S); /* read back: that is ours alone until now */
    for (size_t i = 0; i < SHELF; i++) {
        somebody_sets(shop, shelf[i], 4);
    }
    int64_t until_us = served_after(s, 90);
    while (!child_ended(child, &c.code)) {
        assert_true(env_mono_us(s->env) < until_us);
        served_run(s, 50 * US_PER_MS);
    }
    assert_int_equal(c.code, 1);
    WANT_RUN(&c, 0, "shop  shopify    shadow", NULL, "channel", "list");
    WANT_RUN(&c, 0, "'shop' fell back to shadow mode", "", "incidents", "--code", "CUTOVER");
    WANT_RUN(&c, 0, "foreign_write", "", "drift", "--state", "any", "--kind", "foreign_write");
    command_free(&c);
    served_end(s);
}

static void test_what_a_keeper_before_wrote_is_not_held_against_the_takeover(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct shop *shop = shadowed(s, SHOP_SHOPIFY, "shop", 10);
    WANT_RUN(&c, 0, "6 read", "", "channel", "audit", "shop");
    for (size_t i = 0; i < SHELF; i++) {
        somebody_sets(shop, shelf[i], 9); /* the tool before, doing its work */
    }
    WANT_RUN(&c, 0, "6 read", "", "channel", "audit", "shop");
    for (size_t i = 0; i < SHELF; i++) {
        somebody_sets(shop, shelf[i], 10); /* and it is stopped */
    }
    WANT_RUN(&c, 0, "6 read", "", "channel", "audit", "shop");
    WANT_RUN(&c,
             0,
             "shop is live (job ",
             "",
             "channel",
             "cutover",
             "shop",
             "--force",
             "a test",
             "--no-wait");
    served_run(s, 30 * US_PER_S);
    WANT_RUN(&c, 0, "shop  shopify    live", "", "channel", "list");
    WANT_RUN(&c, 0, "Nothing wants a person.", "", "incidents");
    command_free(&c);
    served_end(s);
}

static bool has_printed(const struct served *s, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/out", s->directory);
    char *out = file_text(path);
    bool is_there = strstr(out, text) != NULL;
    free(out);
    return is_there;
}

static void test_following_ends_when_the_server_does(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    (void)shadowed(s, SHOP_SHOPIFY, "shop", 10);
    const char *const args[] = {"channel", "cutover", "shop", "--force", "a test", NULL};
    pid_t child = command_start(&c, args, STDIN_FILENO);
    UNTIL(s, 20, has_printed(s, "watched for")); /* it looks on by now */
    served_stop(s);
    assert_int_equal(command_end(&c, child), 2);
    assert_non_null(strstr(c.err, "no server runs any more: job "));
    served_start(s); /* nothing is in its way */
    command_free(&c);
    served_end(s);
}

static void want_pauses(struct command *c)
{
    WANT_RUN(
        c, 0, "shop     shadow  yes\n", "", "channel", "pause", "shop", "--reason", "stocktake");
    assert_null(strstr(c->out, "till"));
    WANT_RUN(c, 0, "till     live    yes\n", "", "channel", "pause", "--all");
    WANT_RUN(c, 0, "shop     shadow  no\n", "", "channel", "resume", "shop");
    WANT_RUN(c, 0, "till  api        live    yes", "", "channel", "list");
    WANT_RUN(c, 0, "till     live    no\n", "", "channel", "resume", "--all");
    WANT_RUN(c, 0, "\"paused\":false", "", "channel", "resume", "--all", "--json");
    WANT_RUN(c, 2, "", "say one channel's CODE, or --all", "channel", "pause");
    WANT_RUN(c, 2, "", "say one channel's CODE, or --all", "channel", "resume", "shop", "--all");
    WANT_RUN(c, 1, "", "there is no channel", "channel", "pause", "nope");
}

static void test_one_channel_or_all_are_paused_and_resumed(void **state)
{
    struct served *s = *state;
    (void)shadowed(s, SHOP_SHOPIFY, "shop", 10);
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'till','connector':'api','mode':'live'}");
    both_ways(s, want_pauses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_takeover_is_refused_with_what_is_missing_planned_and_called_off),
        SCENARIO(test_a_takeover_is_followed_until_it_stayed_quiet),
        SCENARIO(test_a_takeover_that_somebody_writes_over_falls_back_and_says_so),
        SCENARIO(test_what_a_keeper_before_wrote_is_not_held_against_the_takeover),
        SCENARIO(test_following_ends_when_the_server_does),
        SCENARIO(test_one_channel_or_all_are_paused_and_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
