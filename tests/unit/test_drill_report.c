/* SPDX-License-Identifier: Apache-2.0 */
/* A report as JSON and as a page; and two of them beside each other. */
#include "testing.h"

#include <stdlib.h>

#include "drill/report.h"

static struct report *report_new(void)
{
    struct report *r = calloc(1, sizeof(*r));
    must(r);
    *r = (struct report){.seed = 42, .orders_per_s = 50, .seconds = 2, .scenarios_count = 1};
    struct report_scenario *s = &r->scenarios[0];
    *s = (struct report_scenario){.name = "burst",
                                  .shops = 2,
                                  .skus = 3,
                                  .is_settled = true,
                                  .is_verified = true,
                                  .us = 2 * US_PER_S,
                                  .orders = 100,
                                  .orders_booked = 100,
                                  .listings = 6,
                                  .oversold = 2,
                                  .converged_us = 80 * US_PER_MS,
                                  .above_where = "A<B>\"&\" on web",
                                  .exposure = 1.5,
                                  .samples_count = 3};
    snprintf(s->channels[0].code, sizeof(s->channels[0].code), "web");
    snprintf(s->channels[1].code, sizeof(s->channels[1].code), "<script>");
    for (int64_t i = 1; i <= 100; i++) {
        spread_add(&s->channels[i % 2].stages[STAGE_OURS], i * US_PER_MS);
    }
    return r;
}

static struct json parsed(struct json_doc *doc, const struct report *r)
{
    struct buf text;
    struct json root;
    struct err_note note = {""};
    buf_init(&text, 1 << 22);
    report_json(r, &text);
    assert_false(text.overflow);
    assert_int_equal(json_parse(doc, buf_view(&text), &root, &note), ERR_OK);
    buf_free(&text);
    return root;
}

/* The comparison's text, kept until the next one; its verdict in *fine. */
static const char *
compared(const struct report *a, const struct report *b, int64_t worse_than, bool *fine)
{
    static char text[20000];
    struct json_doc *x = json_doc_new(), *y = json_doc_new();
    struct err_note note = {""};
    struct buf out;
    buf_init(&out, sizeof(text) - 1);
    assert_int_equal(report_compare(parsed(x, a), parsed(y, b), worse_than, &out, fine, &note),
                     ERR_OK);
    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(buf_view(&out)));
    buf_free(&out);
    json_doc_free(x);
    json_doc_free(y);
    return text;
}

static void test_the_json_says_what_it_is(void **state)
{
    (void)state;
    struct report *r = report_new();
    struct json_doc *doc = json_doc_new();
    struct json root = parsed(doc, r);
    int64_t n = 0;
    bool good = false;
    assert_true(json_int(json_get(root, "version"), &n));
    assert_int_equal(n, REPORT_VERSION);
    assert_true(json_int(json_get(root, "seed"), &n));
    assert_int_equal(n, 42);
    assert_true(json_bool(json_get(root, "good"), &good));
    assert_true(good);
    json_doc_free(doc);
    free(r);
}

static void test_a_run_is_good_only_when_everything_about_it_is(void **state)
{
    (void)state;
    struct report *r = report_new();
    struct report_scenario whole = r->scenarios[0], *s = &r->scenarios[0];
    assert_true(report_is_good(r));
    s->is_verified = false;
    assert_false(report_is_good(r));
    *s = whole;
    s->is_settled = false;
    assert_false(report_is_good(r));
    *s = whole;
    s->disagreeing = 1;
    assert_false(report_is_good(r));
    *s = whole;
    s->orders_booked = 101;
    assert_false(report_is_good(r));
    *s = whole;
    s->units_wrong = 1;
    assert_false(report_is_good(r));
    *s = whole;
    s->oversold = 7; /* the window between two shops is no fault of the run */
    assert_true(report_is_good(r));
    r->scenarios_count = 0;
    assert_false(report_is_good(r));
    free(r);
}

static void test_equal_runs_are_never_worse(void **state)
{
    (void)state;
    struct report *r = report_new();
    bool fine = false;
    const char *text = compared(r, r, 0, &fine);
    assert_true(fine);
    assert_non_null(strstr(text, "burst"));
    assert_non_null(strstr(text, "+0.0 %"));
    assert_null(strstr(text, "worse"));
    assert_null(strstr(text, "not the same run"));
    free(r);
}

static void test_a_worse_figure_is_named_beyond_the_bar_alone(void **state)
{
    (void)state;
    struct report *a = report_new(), *b = report_new();
    bool fine = true;
    b->scenarios[0].converged_us = 120 * US_PER_MS; /* +50 %, 40 ms */
    assert_non_null(strstr(compared(a, b, 40, &fine), "+50.0 %  worse"));
    assert_false(fine);
    assert_non_null(strstr(compared(a, b, 60, &fine), "+50.0 %"));
    assert_true(fine);
    compared(a, b, -1, &fine); /* no bar: it only tells */
    assert_true(fine);
    compared(b, a, 0, &fine); /* better is never worse */
    assert_true(fine);
    free(a);
    free(b);
}

static void test_small_differences_are_no_difference(void **state)
{
    (void)state;
    struct report *a = report_new(), *b = report_new();
    bool fine = false;
    b->scenarios[0].converged_us += REPORT_SLACK_MS * US_PER_MS;
    b->scenarios[0].oversold += 1;
    compared(a, b, 0, &fine);
    assert_true(fine);
    b->scenarios[0].oversold += 1;
    compared(a, b, 0, &fine);
    assert_false(fine);
    free(a);
    free(b);
}

static void test_runs_that_were_not_the_same_say_so(void **state)
{
    (void)state;
    struct report *a = report_new(), *b = report_new();
    bool fine;
    b->seed = 43;
    assert_non_null(strstr(compared(a, b, -1, &fine), "not the same run: seed is 42 in A and 43"));
    free(a);
    free(b);
}

static void test_what_is_no_report_is_refused(void **state)
{
    (void)state;
    struct json_doc *doc = json_doc_new(), *other = json_doc_new();
    struct report *r = report_new();
    struct json root, good = parsed(other, r);
    struct err_note note;
    struct buf out;
    bool fine;
    buf_init(&out, 10000);
    assert_int_equal(json_parse(doc, SLICE("{\"version\":1}"), &root, &note), ERR_OK);
    assert_int_equal(report_compare(good, root, -1, &out, &fine, &note), ERR_PARSE);
    assert_non_null(strstr(note.text, "B is no report"));
    assert_int_equal(
        json_parse(doc, SLICE("{\"report\":\"truecount drill\",\"version\":2}"), &root, &note),
        ERR_OK);
    assert_int_equal(report_compare(root, good, -1, &out, &fine, &note), ERR_PARSE);
    assert_non_null(strstr(note.text, "version 2"));
    buf_free(&out);
    free(r);
    json_doc_free(doc);
    json_doc_free(other);
}

static void test_the_page_stands_alone_and_escapes_what_it_shows(void **state)
{
    (void)state;
    struct report *r = report_new();
    struct buf out;
    buf_init(&out, 1 << 22);
    report_html(r, &out);
    buf_char(&out, '\0');
    assert_false(out.overflow);
    assert_ptr_equal(strstr(out.p, "<!doctype html>"), out.p);
    assert_non_null(strstr(out.p, "</html>"));
    assert_null(strstr(out.p, "<script"));
    assert_non_null(strstr(out.p, "&lt;script&gt;"));
    assert_null(strstr(out.p, "http"));
    assert_null(strstr(out.p, "src="));
    assert_null(strstr(out.p, "nan"));
    buf_free(&out);
    free(r);
}

static void test_percentiles_never_exceed_the_longest(void **state)
{
    (void)state;
    struct spread s = {0};
    spread_add(&s, 999199);
    assert_int_equal(spread_at(&s, 990), 999199);
    assert_int_equal(spread_mean(&s), 999199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_json_says_what_it_is),
        cmocka_unit_test(test_a_run_is_good_only_when_everything_about_it_is),
        cmocka_unit_test(test_equal_runs_are_never_worse),
        cmocka_unit_test(test_a_worse_figure_is_named_beyond_the_bar_alone),
        cmocka_unit_test(test_small_differences_are_no_difference),
        cmocka_unit_test(test_runs_that_were_not_the_same_say_so),
        cmocka_unit_test(test_what_is_no_report_is_refused),
        cmocka_unit_test(test_the_page_stands_alone_and_escapes_what_it_shows),
        cmocka_unit_test(test_percentiles_never_exceed_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
