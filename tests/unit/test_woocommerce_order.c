/* SPDX-License-Identifier: Apache-2.0 */
/* What an order's status and the two notes on its lines demand of the stock. */
#include "support/woo_recording.h"

#include "channels/woocommerce/woo.h"
#include "core/order.h"

/* One line: product 10, quantity q; what WooCommerce took (r) and put back (n), "" = says nothing.
 */
static struct json
order_json(const char *status, const char *completed, int q, const char *r, const char *n)
{
    struct slice text = arena_printf(
        &arena,
        "{\"id\":7,\"status\":\"%s\",\"date_created_gmt\":\"2026-11-23T04:00:00\","
        "\"date_modified_gmt\":\"2026-11-23T04:00:05\",\"date_completed_gmt\":%s%s%s,"
        "\"line_items\":[{\"id\":1,\"product_id\":10,\"variation_id\":0,\"quantity\":%d,"
        "\"meta_data\":[{\"key\":\"size\",\"value\":{\"a\":1}}%s%s%s%s%s%s]}]}",
        status,
        completed ? "\"" : "",
        completed ? completed : "null",
        completed ? "\"" : "",
        q,
        *r ? ",{\"key\":\"_reduced_stock\",\"value\":\"" : "",
        r,
        *r ? "\"}" : "",
        *n ? ",{\"key\":\"_restock_refunded_items\",\"value\":\"" : "",
        n,
        *n ? "\"}" : "");
    return json_of(text.p);
}

static struct slice line_text(struct json order)
{
    struct order_snapshot snapshot;
    const char *reason = woo_order_read(order, 0, &arena, &snapshot);
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, 4096);
    if (reason) {
        return slice_of(reason);
    }
    assert_int_equal(snapshot.lines_count, 1);
    put_line(&out, &snapshot.lines[0]);
    return arena_copy(&arena, slice_from(buf_view(&out), 3));
}

#define DONE "2026-11-22T12:00:00"

static void test_a_status_demands_what_the_platform_took(void **state)
{
    static const struct {
        const char *status, *completed;
        int q;
        const char *reduced, *restocked, *line;
    } table[] = {
        {"checkout-draft", NULL, 2, "", "", "1 p:10 ordered=2 cancelled=2"},
        {"pending", NULL, 2, "", "", "1 p:10 ordered=2 cancelled=2"},
        {"auto-draft", NULL, 2, "", "", "1 p:10 ordered=2 cancelled=2"},
        {"failed", NULL, 2, "", "", "1 p:10 ordered=2 cancelled=2"},
        {"failed", NULL, 2, "2", "", "1 p:10 ordered=2 taken=2"},
        {"failed", NULL, 2, "1", "1", "1 p:10 ordered=2 cancelled=1 taken=1"},
        {"failed", NULL, 2, "0", "2", "1 p:10 ordered=2 cancelled=2"},
        {"on-hold", NULL, 2, "2", "", "1 p:10 ordered=2 taken=2"},
        {"processing", NULL, 2, "2", "", "1 p:10 ordered=2 taken=2"},
        {"processing", NULL, 3, "2", "1", "1 p:10 ordered=3 cancelled=1 taken=2"},
        {"processing", NULL, 3, "0", "3", "1 p:10 ordered=3 cancelled=3"},
        /* Reopened after a cancel: WooCommerce takes all of it again; we demand less and push. */
        {"processing", NULL, 3, "3", "1", "1 p:10 ordered=3 cancelled=1 taken=3"},
        /* A product whose stock WooCommerce does not track is sold all the same. */
        {"processing", NULL, 2, "", "", "1 p:10 ordered=2"},
        {"awaiting-shipment", NULL, 2, "2", "", "1 p:10 ordered=2 taken=2"},
        {"completed", DONE, 2, "2", "", "1 p:10 ordered=2 fulfilled=2 taken=2"},
        {"completed",
         DONE,
         2,
         "1",
         "1",
         "1 p:10 ordered=2 fulfilled=2 returned=1 restocked=1 taken=1"},
        {"cancelled", NULL, 2, "", "", "1 p:10 ordered=2 cancelled=2"},
        {"cancelled", DONE, 2, "", "1", "1 p:10 ordered=2 cancelled=2"},
        {"refunded", NULL, 2, "0", "2", "1 p:10 ordered=2 cancelled=2"},
        {"refunded", NULL, 2, "2", "", "1 p:10 ordered=2 cancelled=2 no_restock=2 taken=2"},
        {"refunded", NULL, 3, "1", "2", "1 p:10 ordered=3 cancelled=3 no_restock=1 taken=1"},
        {"refunded", NULL, 2, "", "", "1 p:10 ordered=2 cancelled=2"},
        /* Refunded after it was shipped: the units are with the buyer, but for those put back. */
        {"refunded", DONE, 2, "2", "", "1 p:10 ordered=2 fulfilled=2 taken=2"},
        {"refunded", DONE, 2, "0", "2", "1 p:10 ordered=2 fulfilled=2 returned=2 restocked=2"},
        {"trash", NULL, 2, "2", "", "1 p:10 ordered=2 cancelled=2 taken=2"},
        /* Old orders are cleaned away: what was shipped does not come back to the shelf. */
        {"trash", DONE, 2, "2", "", "1 p:10 ordered=2 fulfilled=2 taken=2"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct json order = order_json(
            table[i].status, table[i].completed, table[i].q, table[i].reduced, table[i].restocked);
        assert_slice(line_text(order), table[i].line);
    }
}

static void test_no_body_breaks_the_rules_between_the_counts(void **state)
{
    static const char *const statuses[] = {
        "pending", "processing", "completed", "cancelled", "refunded", "failed", "trash", "odd"};
    static const char *const values[] = {
        "", "-9223372036854775808", "-1", "0", "1", "7", "9223372036854775807"};
    static const int quantities[] = {0, 1, 5, 1000000000};
    (void)state;

    for (size_t i = 0; i < 2 * COUNT_OF(statuses) * COUNT_OF(quantities) * 49; i++) {
        size_t at = i;
        const char *completed = at % 2 ? DONE : NULL;
        const char *status = statuses[(at /= 2) % COUNT_OF(statuses)];
        int q = quantities[(at /= COUNT_OF(statuses)) % COUNT_OF(quantities)];
        const char *reduced = values[(at /= COUNT_OF(quantities)) % 7];
        const char *restocked = values[(at / 7) % 7];
        struct order_snapshot snapshot;
        assert_null(woo_order_read(
            order_json(status, completed, q, reduced, restocked), 0, &arena, &snapshot));
        const struct snapshot_line *line = &snapshot.lines[0];
        struct order_counts counts = {.ordered = line->ordered,
                                      .cancelled = line->cancelled,
                                      .fulfilled = line->fulfilled,
                                      .returned = line->returned,
                                      .restocked = line->restocked,
                                      .no_restock = line->no_restock};
        struct order_counts clamped = order_counts_clamp(counts);
        assert_memory_equal(&counts, &clamped, sizeof counts);
        assert_in_range(line->taken, 0, QTY_MAX);
    }
}

static struct slice lines_text(const char *lines)
{
    struct slice text = arena_printf(&arena,
                                     "{\"id\":7,\"status\":\"processing\",\"line_items\":%s,"
                                     "\"date_modified_gmt\":\"2026-11-23T04:00:05\"}",
                                     lines);
    struct order_snapshot snapshot;
    const char *reason = woo_order_read(json_of(text.p), 0, &arena, &snapshot);
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, 65536);
    for (size_t i = 0; !reason && i < snapshot.lines_count; i++) {
        put_line(&out, &snapshot.lines[i]);
    }
    return reason ? slice_of(reason) : arena_copy(&arena, buf_view(&out));
}

static void test_a_line_names_what_was_sold(void **state)
{
    static const struct {
        const char *lines, *text;
    } table[] = {
        {"[]", ""},
        {"[{\"id\":1,\"product_id\":11,\"variation_id\":12,\"quantity\":1}]",
         " | 1 v:11:12~p:11 ordered=1"},
        {"[{\"id\":\"1\",\"product_id\":\"11\",\"variation_id\":\"0\",\"quantity\":\"2\"}]",
         " | 1 p:11 ordered=2"},
        {"[{\"id\":1,\"product_id\":11,\"quantity\":1}]", " | 1 p:11 ordered=1"},
        /* The product is gone: its SKU where it is still told, else the line itself. */
        {"[{\"id\":1,\"product_id\":0,\"variation_id\":0,\"sku\":\"MUG\",\"quantity\":1}]",
         " | 1 sku:MUG ordered=1"},
        {"[{\"id\":1,\"product_id\":null,\"variation_id\":12,\"sku\":null,\"quantity\":1}]",
         " | 1 line:1 ordered=1"},
        {"[{\"id\":1,\"name\":\"Gift card\",\"sku\":\"\",\"quantity\":1}]",
         " | 1 line:1 ordered=1"},
        {"[{\"id\":1,\"product_id\":-5,\"quantity\":1}]", " | 1 line:1 ordered=1"},
        {"[{\"id\":9007199254740993,\"product_id\":9223372036854775807,\"quantity\":0}]",
         " | 9007199254740993 p:9223372036854775807"},
        /* The first note of a name counts, as in WooCommerce itself. */
        {"[{\"id\":1,\"product_id\":10,\"quantity\":5,\"meta_data\":["
         "{\"key\":\"_reduced_stock\",\"value\":3},{\"key\":\"_reduced_stock\",\"value\":5}]}]",
         " | 1 p:10 ordered=5 taken=3"},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":1,\"meta_data\":{}}]", " | 1 p:10 ordered=1"},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":1,\"meta_data\":[7,null,{\"key\":1}]}]",
         " | 1 p:10 ordered=1"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_slice(lines_text(table[i].lines), table[i].text);
    }
}

static void test_numbers_out_of_range_are_parked_not_guessed(void **state)
{
#define QUANTITY "an order line's quantity is not a whole number within bounds"
#define NOTES "units taken or put back of an order line are not whole numbers"
    static const struct {
        const char *lines, *text;
    } table[] = {
        {"[{\"id\":1,\"product_id\":10}]", QUANTITY},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":-1}]", QUANTITY},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":1.5}]", QUANTITY},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":\"1.5\"}]", QUANTITY},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":1000000001}]", QUANTITY},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":18446744073709551615}]", QUANTITY},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":1,\"meta_data\":["
         "{\"key\":\"_reduced_stock\",\"value\":\"abc\"}]}]",
         NOTES},
        {"[{\"id\":1,\"product_id\":10,\"quantity\":1,\"meta_data\":["
         "{\"key\":\"_restock_refunded_items\"}]}]",
         NOTES},
        {"[{\"product_id\":10,\"quantity\":1}]", "an order line without an id"},
        {"[{\"id\":0,\"product_id\":10,\"quantity\":1}]", "an order line without an id"},
        {"[7]", "an order line without an id"},
        {"[{\"id\":2,\"product_id\":10,\"quantity\":1},{\"id\":1,\"product_id\":10,"
         "\"quantity\":1},{\"id\":2,\"product_id\":10,\"quantity\":1}]",
         "two order lines with the same id"},
        {"{}", "an order without status or lines"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_slice(lines_text(table[i].lines), table[i].text);
    }
}

static struct slice many_lines(size_t count)
{
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, (size_t)8 << 20);
    buf_text(&out,
             "{\"id\":7,\"status\":\"processing\","
             "\"date_modified_gmt\":\"2026-11-23T04:00:05\",\"line_items\":[");
    for (size_t i = 0; i < count; i++) {
        buf_printf(&out, "%s{\"id\":%zu,\"product_id\":10,\"quantity\":1}", i ? "," : "", i + 1);
    }
    buf_text(&out, "]}");
    assert_false(out.overflow);
    return arena_copy(&arena, buf_view(&out));
}

static void test_an_order_has_at_most_5000_lines(void **state)
{
    struct order_snapshot snapshot;
    (void)state;

    assert_null(woo_order_read(json_of(many_lines(5000).p), 0, &arena, &snapshot));
    assert_int_equal(snapshot.lines_count, 5000);
    assert_string_equal(woo_order_read(json_of(many_lines(5001).p), 0, &arena, &snapshot),
                        "an order with too many lines");
}

static void test_an_order_needs_its_id_and_its_stamp(void **state)
{
    static const struct {
        const char *order, *reason;
    } table[] = {
        {"{\"status\":\"processing\",\"line_items\":[]}", "an order without an id"},
        {"{\"id\":7,\"line_items\":[]}", "an order without status or lines"},
        {"{\"id\":7,\"status\":\"processing\",\"line_items\":[]}",
         "an order without the time of its last change"},
        {"{\"id\":7,\"status\":\"processing\",\"line_items\":[],\"date_modified_gmt\":null}",
         "an order without the time of its last change"},
        {"{\"id\":7,\"status\":\"processing\",\"line_items\":[],"
         "\"date_modified_gmt\":\"0000-00-00T00:00:00\"}",
         "an order without the time of its last change"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct order_snapshot snapshot;
        const char *reason = woo_order_read(json_of(table[i].order), 0, &arena, &snapshot);
        assert_non_null(reason);
        assert_string_equal(reason, table[i].reason);
    }
}

static void test_the_destination_is_a_country_and_a_region_alone(void **state)
{
    static const struct {
        const char *shipping, *billing, *country, *region;
    } table[] = {
        {"{\"country\":\"US\",\"state\":\"CA\"}", "{}", "US", "CA"},
        {"{\"country\":\"DE\",\"state\":\"DE-BE\"}", "{}", "DE", "BE"},
        {"{\"country\":\"TR\",\"state\":\"TR01\"}", "{}", "TR", "TR01"},
        {"{\"country\":\"IE\",\"state\":\"DE-BE\"}", "{}", "IE", "DE-BE"},
        {"{\"country\":\"\",\"state\":\"CA\"}", "{\"country\":\"DE\",\"state\":\"\"}", "DE", ""},
        {"null", "{\"country\":\"AT\"}", "AT", ""},
        {"{\"country\":\"de\"}", "null", "", ""},
        {"{\"country\":\"Germany\"}", "{\"country\":7}", "", ""},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct order_snapshot snapshot;
        struct slice text = arena_printf(&arena,
                                         "{\"id\":7,\"status\":\"processing\",\"line_items\":[],"
                                         "\"date_modified_gmt\":\"2026-11-23T04:00:05\","
                                         "\"shipping\":%s,\"billing\":%s}",
                                         table[i].shipping,
                                         table[i].billing);
        assert_null(woo_order_read(json_of(text.p), 42, &arena, &snapshot));
        assert_slice(snapshot.country, table[i].country);
        assert_slice(snapshot.region, table[i].region);
        assert_int_equal(snapshot.fetched_at_us, 42);
        assert_int_equal(snapshot.placed_at_us, 0);
        assert_slice(snapshot.version_text, "2026-11-23T04:00:05");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_status_demands_what_the_platform_took),
        cmocka_unit_test(test_no_body_breaks_the_rules_between_the_counts),
        cmocka_unit_test(test_a_line_names_what_was_sold),
        cmocka_unit_test(test_numbers_out_of_range_are_parked_not_guessed),
        cmocka_unit_test(test_an_order_has_at_most_5000_lines),
        cmocka_unit_test(test_an_order_needs_its_id_and_its_stamp),
        cmocka_unit_test(test_the_destination_is_a_country_and_a_region_alone),
    };
    return cmocka_run_group_tests(tests, woo_setup, woo_teardown);
}
