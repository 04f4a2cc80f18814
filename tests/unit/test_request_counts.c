/* SPDX-License-Identifier: Apache-2.0 */
#include "support/request_world.h"

static void move(struct world *w, const char *kind, const char *sku, int64_t units)
{
    char body[256];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"movements\":[{\"kind\":\"%s\",\"sku\":\"%s\",\"location\":\"berlin\","
                   "\"quantity\":%" PRId64 "}]}",
                   kind,
                   sku,
                   units);
    must_answer(w, 201, request_movements_create, NULL, body);
}

static struct json line(struct world *w, const char *sku)
{
    for (struct json_iter i = json_iter(json_get(w->answer, "lines")); json_next(&i);) {
        if (slice_is(text_of(i.value, "sku"), sku)) {
            return i.value;
        }
    }
    fail_msg("no line of %s: %.*s", sku, SLICE_ARG(w->text));
    return (struct json){0};
}

static bool is_null(struct json object, const char *name)
{
    return json_type(json_get(object, name)) == JSON_NULL;
}

static void test_a_count_is_reviewed_before_its_differences_are_posted(void **state)
{
    struct world *w = *state;
    move(w, "receive", "TEE", 10);
    move(w, "receive", "MUG", 4);
    must_answer(w,
                201,
                request_counts_create,
                NULL,
                "{\"location\":\"berlin\",\"reference\":\"2026\",\"skus\":[\"TEE\",\"mug\","
                "\"POSTER\"]}");
    assert_int_equal(int_of(line(w, "TEE"), "expected"), 10);
    assert_true(is_null(line(w, "TEE"), "counted"));
    must_answer(w,
                200,
                request_count_lines,
                "1",
                "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":7},{\"sku\":\"MUG\",\"quantity\":4}]}");
    must_answer(w, 200, request_count_lines, "1", "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":8}]}");
    must_answer(w, 409, request_count_post, "1", "{}");
    must_answer(w, 200, request_count_review, "1", "");
    must_answer(/* looked at twice, and counted again */
                w,
                200,
                request_count_lines,
                "1",
                "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":8}]}");
    assert_int_equal(int_of(line(w, "TEE"), "difference"), -2);
    assert_int_equal(int_of(line(w, "MUG"), "difference"), 0);
    assert_true(is_null(line(w, "POSTER"), "difference"));
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 10);
    must_answer(w, 200, request_count_post, "1", "{\"reason\":\"yearly\"}");
    assert_true(slice_is(text_of(w->answer, "state"), "posted"));
    assert_int_equal(int_of(line(w, "TEE"), "expected"), 10);
    assert_int_equal(int_of(line(w, "TEE"), "difference"), -2);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 8);
    assert_int_equal(stock_of(w, "MUG", "berlin").available, 4);
    must_answer(w, 409, request_count_post, "1", "{}");
    must_answer(w, 409, request_count_cancel, "1", "{}");
}

static void test_goods_that_move_while_somebody_counts_are_not_counted_twice(void **state)
{
    struct world *w = *state;
    move(w, "receive", "TEE", 10);
    w->now_us += US_PER_S;
    must_answer(w, 201, request_counts_create, NULL, "{\"location\":\"berlin\"}");
    w->now_us += US_PER_S;
    move(w, "ship", "TEE", 1); /* before the shelf is counted */
    w->now_us += 7;
    must_answer(w, 200, request_count_lines, "1", "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":8}]}");
    w->now_us += 7;
    move(w, "ship", "TEE", 3); /* after it, within the same millisecond */
    move(w, "receive", "TEE", 5);
    w->now_us += 3600 * US_PER_S;
    must_answer(w, 200, request_count_review, "1", "{}");
    assert_int_equal(int_of(line(w, "TEE"), "expected"), 9);
    assert_int_equal(int_of(line(w, "TEE"), "difference"), -1);
    must_answer(w, 200, request_count_post, "1", "{}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 10);
}

static void test_a_blind_count_hides_the_ledger_until_its_review(void **state)
{
    struct world *w = *state;
    move(w, "receive", "TEE", 10);
    must_answer(w,
                201,
                request_counts_create,
                NULL,
                "{\"location\":\"berlin\",\"blind\":true,\"skus\":[\"TEE\"]}");
    assert_true(is_null(line(w, "TEE"), "expected"));
    must_answer(w, 200, request_count_lines, "1", "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":9}]}");
    assert_true(is_null(line(w, "TEE"), "expected"));
    assert_true(is_null(line(w, "TEE"), "difference"));
    must_answer(w, 200, request_count_review, "1", "{}");
    assert_int_equal(int_of(line(w, "TEE"), "expected"), 10);
    must_answer(/* whoever has seen the figure cannot count blind any more */
                w,
                409,
                request_count_lines,
                "1",
                "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":10}]}");
    must_answer(w, 200, request_count_post, "1", "{}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 9);
}

static void test_a_count_that_is_cancelled_changes_nothing(void **state)
{
    struct world *w = *state;
    move(w, "receive", "TEE", 10);
    must_answer(w, 201, request_counts_create, NULL, "{\"location\":\"berlin\"}");
    must_answer(w, 200, request_count_lines, "1", "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":0}]}");
    must_answer(w, 200, request_count_cancel, "1", "");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 10);
    must_answer(w, 409, request_count_post, "1", "{}");
    must_answer(w, 409, request_count_lines, "1", "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":0}]}");
}

static void test_a_count_names_what_is_wrong_and_keeps_nothing_of_it(void **state)
{
    struct world *w = *state;
    must_answer(w, 400, request_counts_create, NULL, "{}");
    must_answer(w, 422, request_counts_create, NULL, "{\"location\":\"rome\"}");
    must_answer(w,
                422,
                request_counts_create,
                NULL,
                "{\"location\":\"berlin\",\"skus\":[\"TEE\",\"HAT\"]}");
    assert_true(slice_is(text_of(w->answer, "field"), "skus[1]"));
    must_answer(
        w, 422, request_counts_create, NULL, "{\"location\":\"berlin\",\"skus\":[\"SET\"]}");
    must_answer(
        w, 201, request_counts_create, NULL, "{\"location\":\"berlin\",\"skus\":[\"TEE\"]}");
    assert_true(slice_is(text_of(w->answer, "id"), "4") ||
                slice_is(text_of(w->answer, "id"), "2") ||
                slice_is(text_of(w->answer, "id"), "1") || slice_is(text_of(w->answer, "id"), "3"));
    char id[8];
    (void)snprintf(id, sizeof(id), "%.*s", SLICE_ARG(text_of(w->answer, "id")));
    must_answer(w,
                422,
                request_count_lines,
                id,
                "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":1},{\"sku\":\"MUG\",\"quantity\":1}]}");
    assert_true(slice_is(text_of(w->answer, "field"), "lines[1].sku"));
    must_answer(w, 400, request_count_lines, id, "{\"lines\":[{\"sku\":\"TEE\",\"quantity\":-1}]}");
    must_answer(w, 200, request_count_review, id, "{}");
    assert_true(is_null(line(w, "TEE"), "counted"));
    must_answer(w, 422, request_count_post, id, "{}");
    must_answer(w, 404, request_count_post, "77", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_count_is_reviewed_before_its_differences_are_posted),
        world_test(test_goods_that_move_while_somebody_counts_are_not_counted_twice),
        world_test(test_a_blind_count_hides_the_ledger_until_its_review),
        world_test(test_a_count_that_is_cancelled_changes_nothing),
        world_test(test_a_count_names_what_is_wrong_and_keeps_nothing_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
