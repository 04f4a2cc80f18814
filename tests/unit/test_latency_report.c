/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "support/store_world.h"

#include "engine/latency_report.h"

#define START_US (INT64_C(1795392000) * US_PER_S) /* 2026-11-23T00:00:00Z */
#define HOUR_US (3600 * US_PER_S)

static struct channel_config channels[] = {{.row = {.id = {1}, .code = {"web", 3}}},
                                           {.row = {.id = {2}, .code = {"<b>&", 4}}}};
static const struct config config = {.channels = channels, .channels_count = 2};

/* Confirmed, caused by a sale; the stretches in milliseconds. */
static struct push_row
push_of(int64_t channel, int64_t sent_us, int64_t in, int64_t commit, int64_t send, int64_t out)
{
    struct push_row row = {.channel = {channel}, .state = PUSH_DONE, .sent_at_us = sent_us};
    row.answered_at_us = sent_us + out * US_PER_MS;
    row.committed_at_us = sent_us - send * US_PER_MS;
    row.received_at_us = row.committed_at_us - commit * US_PER_MS;
    row.happened_at_us = row.received_at_us - in * US_PER_MS;
    return row;
}

static void add(struct latency_report *report, struct push_row row)
{
    assert_int_equal(latency_report_add(report, &row), ERR_OK);
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

#define SAMPLES 4321

static void test_percentiles_lie_within_a_sixteenth_above_the_sorted_list(void **state)
{
    (void)state;
    static int64_t sorted[SAMPLES];
    static const int ranks[] = {500, 950, 990};
    uint32_t seed = 5;
    struct latency_report report;
    latency_report_init(&report, START_US, START_US + HOUR_US, (struct channel_id){0});
    for (size_t i = 0; i < SAMPLES; i++) {
        int64_t in = draw(&seed) % 3000, out = (int64_t)(draw(&seed) % (i % 50 ? 400 : 60000));
        add(&report, push_of(1, START_US + (int64_t)i, in, 1, 2, out));
        sorted[i] = (in + 3 + out) * US_PER_MS;
    }
    qsort(sorted, SAMPLES, sizeof(*sorted), by_size);
    const struct latency_figures *total = &report.channels[0]->stages[LATENCY_TOTAL];
    for (size_t i = 0; i < COUNT_OF(ranks); i++) {
        int64_t exact = sorted[(SAMPLES * (size_t)ranks[i] + 999) / 1000 - 1];
        int64_t got = latency_figures_at(total, ranks[i]);
        assert_true(got >= exact);
        assert_true(got <= exact + exact / 16);
    }
    assert_int_equal(total->max_us, sorted[SAMPLES - 1]);
    assert_int_equal(latency_figures_at(total, 1000), sorted[SAMPLES - 1]);
    latency_report_free(&report);
}

static void test_a_push_counts_where_it_belongs(void **state)
{
    (void)state;
    struct latency_report report;
    latency_report_init(&report, START_US, START_US + HOUR_US, (struct channel_id){0});
    struct push_row by_hand = push_of(2, START_US, 0, 0, 0, 9000);
    by_hand.received_at_us = by_hand.happened_at_us = 0; /* no sale caused it: slow, but not late */
    struct push_row failed = push_of(2, START_US, 9000, 9000, 9000, 9000);
    struct push_row lost = failed, taken = push_of(2, START_US, 100, 10, 20, 30);
    failed.state = PUSH_FAILED;
    lost.state = PUSH_LOST;
    taken.state = PUSH_TAKEN;
    add(&report, by_hand);
    add(&report, failed);
    add(&report, lost);
    add(&report, taken);
    add(&report, push_of(1, START_US, 1, 1, 1, 1));
    assert_int_equal(report.channels_count, 2);
    const struct latency_channel *c = report.channels[1];
    assert_int_equal(c->id.v, 2);
    assert_int_equal(c->pushes, 4);
    assert_int_equal(c->confirmed, 1);
    assert_int_equal(c->accepted, 1);
    assert_int_equal(c->failed, 1);
    assert_int_equal(c->unknown, 1);
    assert_int_equal(c->late, 0);
    static const int64_t ms[LATENCY_STAGES] = {100, 30, 10, 20, 30, 160};
    for (int i = 0; i < LATENCY_STAGES; i++) {
        assert_int_equal(c->stages[i].histogram.total, 1);
        assert_int_equal(c->stages[i].max_us, ms[i] * US_PER_MS);
    }
    latency_report_free(&report);
}

static void test_the_longest_stretch_is_blamed_for_what_is_late(void **state)
{
    (void)state;
    struct latency_report report;
    latency_report_init(&report, START_US, START_US + HOUR_US, (struct channel_id){0});
    add(&report, push_of(1, START_US, 1000, 1000, 1000, 2000)); /* five seconds are not late */
    add(&report, push_of(1, START_US, 3000, 1000, 1000, 1));
    add(&report, push_of(1, START_US, 1000, 1000, 2000, 2000));
    add(&report, push_of(1, START_US, 1000, 10, 10, 4500));
    struct push_row unstamped = push_of(1, START_US, 90000, 10, 10, 5000);
    unstamped.happened_at_us = 0; /* since we heard of it */
    add(&report, unstamped);
    struct push_row ahead = push_of(1, START_US, -3000, 10, 10, 10); /* their clock is ahead */
    add(&report, ahead);
    const struct latency_channel *c = report.channels[0];
    assert_int_equal(c->late, 4);
    assert_int_equal(c->blamed[LATENCY_THEIRS_IN], 1);
    assert_int_equal(c->blamed[LATENCY_OURS], 1);
    assert_int_equal(c->blamed[LATENCY_THEIRS_OUT], 2);
    assert_int_equal(c->stages[LATENCY_TOTAL].histogram.total, 5);
    assert_int_equal(c->stages[LATENCY_OURS].histogram.total, 6);
    latency_report_free(&report);
}

/* ---- from a store ---- */

static void read_all(struct world *w, struct latency_report *report, size_t at_once)
{
    bool is_done = false;
    for (int i = 0; !is_done; i++) {
        assert_true(i < 1000);
        assert_int_equal(latency_report_step(report, w->store, at_once, &is_done), ERR_OK);
    }
}

/* One each quarter of an hour, of two channels in turns, in an order that is not that of time. */
static void fill_days(struct world *w, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t at = i * 37 % count;
        struct push_row row =
            push_of(1 + at % 2, START_US + at * HOUR_US / 4, 10, 1, 1, at % 96 == 5 ? 6000 : 100);
        row.n = w->ops->next_id(w->store, ID_PUSH);
        WORLD_ADD(w, pushes, row);
    }
    world_commit(w);
}

static void test_from_and_to_are_honoured_to_the_microsecond(void **state)
{
    struct world *w = world_of(state);
    struct latency_report report;
    fill_days(w, 1000);
    latency_report_init(
        &report, START_US + HOUR_US, START_US + 3 * HOUR_US, (struct channel_id){0});
    read_all(w, &report, 3);
    assert_int_equal(report.channels[0]->pushes + report.channels[1]->pushes, 8);
    latency_report_free(&report);
    latency_report_init(
        &report, START_US + HOUR_US + 1, START_US + 3 * HOUR_US + 1, (struct channel_id){2});
    read_all(w, &report, 1000);
    assert_int_equal(report.channels_count, 1);
    assert_int_equal(report.channels[0]->id.v, 2);
    assert_int_equal(report.channels[0]->pushes, 4);
    assert_null(report.channels[0]->days);
    latency_report_free(&report);
    latency_report_init(&report, 1, 2, (struct channel_id){0});
    read_all(w, &report, 10);
    assert_int_equal(report.channels_count, 0);
    latency_report_free(&report);
}

static void test_a_longer_range_is_told_day_by_day(void **state)
{
    struct world *w = world_of(state);
    struct latency_report report;
    fill_days(w, 1000); /* ten days and ten hours */
    latency_report_init(&report,
                        START_US + HOUR_US,
                        START_US + HOUR_US + LATENCY_DAYS_MAX * LATENCY_DAY_US,
                        (struct channel_id){0});
    read_all(w, &report, 100);
    const struct latency_channel *c = report.channels[1];
    uint64_t sum = 0;
    int64_t late = 0;
    for (int i = 0; i <= LATENCY_DAYS_MAX; i++) {
        const struct latency_day *day = c->days[i];
        assert_true((day != NULL) == (i <= 10));
        sum += day ? day->total.histogram.total : 0;
        late += day ? day->late : 0;
        assert_int_equal(day ? day->late : 0, i <= 10);
    }
    assert_int_equal(sum, c->stages[LATENCY_TOTAL].histogram.total);
    assert_int_equal(late, c->late);
    assert_int_equal(late, 11);
    assert_int_equal(report.channels[0]->late, 0);
    latency_report_free(&report);
}

static void test_it_is_shown_as_json_and_as_a_page(void **state)
{
    struct world *w = world_of(state);
    struct latency_report report;
    struct json_doc *doc = json_doc_new();
    struct json root;
    struct buf out;
    fill_days(w, 200);
    buf_init(&out, 1 << 20);
    latency_report_init(&report, START_US, START_US + 2 * LATENCY_DAY_US, (struct channel_id){0});
    read_all(w, &report, 64);
    struct json_writer writer = json_writer(&out);
    latency_report_json(&report, &config, &writer);
    assert_int_equal(json_parse(doc, buf_view(&out), &root, &w->note), ERR_OK);
    assert_int_equal(json_count(json_get(root, "channels")), 2);
    buf_clear(&out);
    latency_report_html(&report, &config, START_US, &out);
    struct slice page = buf_view(&out);
    assert_non_null(memmem(page.p, page.n, "&lt;b&gt;&amp;", 14));
    assert_null(memmem(page.p, page.n, "<b>", 3));
    assert_non_null(memmem(page.p, page.n, "2026-11-24", 10));
    assert_true(slice_ends(page, "</html>\n"));
    latency_report_free(&report);
    buf_free(&out);
    json_doc_free(doc);
}

static void backwards(void)
{
    struct latency_report report;
    latency_report_init(&report, 2, 2, (struct channel_id){0});
}

static void test_a_range_that_is_none_is_a_bug(void **state)
{
    (void)state;
    assert_aborts(backwards);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percentiles_lie_within_a_sixteenth_above_the_sorted_list),
        cmocka_unit_test(test_a_push_counts_where_it_belongs),
        cmocka_unit_test(test_the_longest_stretch_is_blamed_for_what_is_late),
        STORE_TEST(test_from_and_to_are_honoured_to_the_microsecond, open_mem),
        STORE_TEST(test_from_and_to_are_honoured_to_the_microsecond, open_sqlite),
        STORE_TEST(test_a_longer_range_is_told_day_by_day, open_mem),
        STORE_TEST(test_a_longer_range_is_told_day_by_day, open_sqlite),
        STORE_TEST(test_it_is_shown_as_json_and_as_a_page, open_sqlite),
        cmocka_unit_test(test_a_range_that_is_none_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
