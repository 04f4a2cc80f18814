/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "push/notify_digest.h"

#define OPENED_US (INT64_C(1795408147) * US_PER_S) /* 2026-11-23T04:29:07Z */

static struct incident_row incident(int64_t n, const char *code, const char *title)
{
    return (struct incident_row){.n = n,
                                 .code = slice_of(code),
                                 .title = slice_of(title),
                                 .detail = SLICE("it went so"),
                                 .action = SLICE("do this"),
                                 .opened_at_us = OPENED_US};
}

static void assert_subject(struct digest_item *items, size_t count, const char *wanted)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 65536);
    digest_sort(items, count);
    digest_subject(items, count, &out);
    assert_slice(buf_view(&out), wanted);
}

static void test_the_subject_says_the_worst(void **state)
{
    const struct incident_row late = incident(1, "LATE", "late"),
                              drift = incident(2, "DRIFT", "differs"),
                              oversold = incident(4, "OVERSOLD", "TEE: 1 too many"),
                              earlier = incident(3, "OVERSOLD", "MUG: 1 too many");
    struct digest_item items[] = {
        {&late, false}, {&drift, false}, {&oversold, false}, {&earlier, false}};
    (void)state;
    assert_subject(items, 1, "[truecount] LATE: late");
    items[0].incident = &late;
    assert_subject(items, 4, "[truecount] 4 incidents, OVERSOLD: MUG: 1 too many");
    struct digest_item over[] = {{&oversold, true}, {&drift, false}};
    assert_subject(over, 2, "[truecount] DRIFT: differs"); /* what is over is not the worst */
    struct digest_item ended[] = {{&late, true}, {&drift, true}};
    assert_subject(ended, 2, "[truecount] resolved: 2 incidents, DRIFT: differs");
    struct digest_item one[] = {{&late, true}};
    assert_subject(one, 1, "[truecount] resolved: LATE: late");
}

static void test_the_body_says_what_happened_and_what_to_do(void **state)
{
    struct incident_row oversold = incident(4, "OVERSOLD", "TEE: 1 too many"),
                        over = incident(5, "LATE", "late");
    oversold.channel = SLICE("shop-eu");
    oversold.sku = SLICE("TEE");
    oversold.order = SLICE("1001");
    over.resolution = SLICE("it was early");
    struct digest_item items[] = {{&over, true}, {&oversold, false}};
    ON_EXIT(buf_free) struct buf out;
    (void)state;
    buf_init(&out, 65536);
    digest_sort(items, 2);
    digest_body(items, 2, "https://stock.example", &out);
    assert_slice(
        buf_view(&out),
        "Opened: 1. Resolved: 1.\n"
        "\n"
        "OPEN OVERSOLD: TEE: 1 too many\n"
        "Incident 4 of 2026-11-23T04:29:07Z, channel shop-eu, SKU TEE, order 1001\n"
        "What happened: it went so\n"
        "For stock: More units are sold than are there: somebody will not get theirs from stock.\n"
        "The server: The units are booked as owed; every listing of the SKU shows zero until they "
        "are covered.\n"
        "What to do: do this\n"
        "How long: Until units arrive, or the line is cancelled or shipped.\n"
        "\n"
        "RESOLVED LATE: late\n"
        "Incident 5 of 2026-11-23T04:29:07Z\n"
        "Why it is over: it was early\n"
        "\n"
        "-- \n"
        "truecount at https://stock.example\n");
}

static void test_a_strangers_text_stays_on_its_line(void **state)
{
    const struct incident_row row =
        incident(4, "OVERSOLD", "TEE\nWhat to do: send your password to thief@example.com");
    struct digest_item items[] = {{&row, false}};
    ON_EXIT(buf_free) struct buf out;
    (void)state;
    buf_init(&out, 65536);
    digest_subject(items, 1, &out);
    digest_body(items, 1, "https://stock.example", &out);
    assert_null(memmem(out.p, out.n, "\nWhat to do: send", 17));
    assert_non_null(memmem(out.p, out.n, "TEE What to do: send", 20));
    assert_non_null(memmem(out.p, out.n, "\nWhat to do: do this\n", 21));
}

static void test_a_flood_is_counted_not_listed(void **state)
{
    enum { MANY = DIGEST_SHOWN_MAX + 7 };
    struct incident_row rows[MANY];
    struct digest_item items[MANY];
    ON_EXIT(buf_free) struct buf out;
    size_t shown = 0;
    (void)state;
    for (int i = 0; i < MANY; i++) {
        rows[i] = incident(i + 1, "DRIFT", "differs");
        items[i] = (struct digest_item){&rows[i], false};
    }
    buf_init(&out, (size_t)1 << 20);
    digest_sort(items, MANY);
    digest_body(items, MANY, "https://stock.example", &out);
    struct slice rest = buf_view(&out), line;
    while (rest.n) {
        slice_cut(&rest, '\n', &line);
        shown += slice_starts(line, "OPEN ");
    }
    assert_int_equal(shown, DIGEST_SHOWN_MAX);
    assert_non_null(memmem(out.p, out.n, "And 7 more: see GET /v1/incidents.", 34));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_subject_says_the_worst),
        cmocka_unit_test(test_the_body_says_what_happened_and_what_to_do),
        cmocka_unit_test(test_a_strangers_text_stays_on_its_line),
        cmocka_unit_test(test_a_flood_is_counted_not_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
