/* SPDX-License-Identifier: Apache-2.0 */
/* Writing stock: whole exchanges, and what each of their answers means for each row. */
#include "support/etsy_exchange.h"

static const struct connector *const etsy = &connector_etsy;
static struct account account;

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(etsy, ETSY_CONFIG(""));
    return 0;
}

#define S_AND_M(s, m)                                                                              \
    {                                                                                              \
        {1001, "TEE-S", s, false},                                                                 \
        {                                                                                          \
            1002, "TEE-M", m, false                                                                \
        }                                                                                          \
    }

/* A script of these rows whose first answer is this record. */
static struct script script_of(const struct push_item *items, size_t count, struct slice record)
{
    struct script s = {.account = &account, .items = items, .count = count};
    script_answer(&s, 200, record);
    return s;
}

static void test_the_record_is_written_back_with_nothing_changed_but_the_count(void **state)
{
    (void)state;
    struct slice file = fixture_file("etsy/inventory.json");
    const struct push_item rows[] = {etsy_row("TEE-RED-S", 1001, 4, 5, 5)};
    struct script s = script_of(rows, 1, file);
    script_answer(&s, 200, fixture_file("etsy/inventory-written.json"));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT");
    assert_slice(script_outcomes(&s), "C");
    assert_slice(s.requests[0].url,
                 "https://openapi.etsy.com/v3/application/listings/7/inventory?includes=Listing");
    assert_slice(fixture_header(&s.requests[0], "x-api-key"), "ks:sec");
    assert_slice(fixture_header(&s.requests[0], "Authorization"), "Bearer 12345.t");
    assert_slice(s.requests[1].url, "https://openapi.etsy.com/v3/application/listings/7/inventory");
    assert_slice(fixture_header(&s.requests[1], "Content-Type"), "application/json");
    assert_int_equal(s.delays_us[0], 0); /* the copy grows old */
    assert_slice(
        s.requests[1].body,
        "{\"products\":["
        "{\"sku\":\"TEE-RED-S\",\"property_values\":[{\"property_id\":200,"
        "\"property_name\":\"Primary color\",\"scale_id\":null,\"value_ids\":[1],"
        "\"values\":[\"Red\"]},{\"property_id\":100,\"property_name\":\"Size\",\"scale_id\":301,"
        "\"value_ids\":[11],\"values\":[\"S\"]}],\"offerings\":[{\"price\":25.00,\"quantity\":4,"
        "\"is_enabled\":true,\"readiness_state_id\":77}]},"
        "{\"sku\":\"TEE-RED-M\",\"property_values\":[{\"property_id\":200,"
        "\"property_name\":\"Primary color\",\"scale_id\":null,\"value_ids\":[1],"
        "\"values\":[\"Red\"]},{\"property_id\":100,\"property_name\":\"Size\",\"scale_id\":301,"
        "\"value_ids\":[12],\"values\":[\"M\"]}],\"offerings\":[{\"price\":1199.05,\"quantity\":0,"
        "\"is_enabled\":false,\"readiness_state_id\":null}]}],"
        "\"price_on_property\":[100],\"quantity_on_property\":[200,100],"
        "\"sku_on_property\":[200,100],\"readiness_state_on_property\":[]}");
}

static void test_prices_keep_exactly_their_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *price, *text; /* NULL: the record is not written */
    } cases[] = {
        {"{\"amount\":5,\"divisor\":100,\"currency_code\":\"USD\"}", "\"price\":0.05,"},
        {"{\"amount\":2500,\"divisor\":1,\"currency_code\":\"JPY\"}", "\"price\":2500,"},
        {"{\"amount\":12345,\"divisor\":1000,\"currency_code\":\"TND\"}", "\"price\":12.345,"},
        {"{\"amount\":9007199254740993,\"divisor\":100,\"currency_code\":\"USD\"}",
         "\"price\":90071992547409.93,"},
        {"{\"amount\":2500,\"divisor\":0,\"currency_code\":\"USD\"}", NULL},
        {"{\"amount\":2500,\"divisor\":3,\"currency_code\":\"USD\"}", NULL},
        {"{\"amount\":-1,\"divisor\":100,\"currency_code\":\"USD\"}", NULL},
        {"25.0", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct variation v = {1001, "TEE-S", 5, false};
        struct slice text = etsy_record_text("active", "100", &v, 1);
        static const char old[] = "{\"amount\":2500,\"divisor\":100,\"currency_code\":\"USD\"}";
        const char *at = memmem(text.p, text.n, old, sizeof old - 1);
        assert_non_null(at);
        struct slice record = arena_printf(&fixture.arena,
                                           "%.*s%s%s",
                                           (int)(at - text.p),
                                           text.p,
                                           cases[i].price,
                                           at + sizeof old - 1);
        const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
        struct script s = script_of(rows, 1, record);
        if (cases[i].text) {
            const struct variation written = {1001, "TEE-S", 4, false};
            script_answer(&s, 200, etsy_record_text("", "100", &written, 1));
        }
        script_run(&s);
        assert_slice(script_outcomes(&s), cases[i].text ? "C" : "R");
        if (cases[i].text) {
            assert_says(s.requests[1].body, cases[i].text);
        }
    }
}

static void test_a_count_that_is_right_already_is_not_written(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(4, 0);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 3, 5)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET");
    assert_slice(script_outcomes(&s), "C");
}

static void test_a_sale_that_nobody_told_us_of_is_never_written_over(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(3, 9); /* S should be 5 */
    const struct variation after[] = S_AND_M(3, 8);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5),
                                     etsy_row("TEE-M", 1002, 8, 9, 9)};
    struct script s = script_of(rows, 2, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT");
    assert_slice(script_quantities(s.requests[1].body), "3 8");
    assert_slice(script_outcomes(&s), "SC");

    s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_run(&s); /* alone: nothing is written at all */
    assert_slice(script_calls(&s), "GET");
    assert_slice(script_outcomes(&s), "S");
}

static void test_a_row_that_is_not_found_is_refused_by_name_and_the_others_go_on(void **state)
{
    (void)state;
    const struct variation now[] = {{1001, "TEE-S", 5, false},
                                    {1002, "TWICE", 2, false},
                                    {1003, "TWICE", 2, false},
                                    {1004, "", 6, false}};
    const struct variation after[] = {{1001, "TEE-S", 4, false},
                                      {1002, "TWICE", 2, false},
                                      {1003, "TWICE", 2, false},
                                      {1004, "", 6, false}};
    const struct push_item rows[] = {
        etsy_row("GONE", 0, 1, 1, 1),
        etsy_row("TWICE", 1002, 1, 2, 2),
        etsy_row("", 1009, 1, 1, 1),
        etsy_row("TEE-S", 1001, 4, 5, 5),
        etsy_row("WAS-RENAMED", 1001, 1, 5, 5), /* its product bears another SKU now */
        etsy_row("VANISHED", 1004, 6, 6, 6),    /* its product bears none any more */
    };
    struct script s = script_of(rows, 6, etsy_record_text("active", "100", now, 4));
    script_answer(&s, 200, etsy_record_text("", "100", after, 4));
    script_run(&s);
    assert_slice(script_outcomes(&s), "RRRCRC");
    assert_slice(script_quantities(s.requests[1].body), "4 2 2 6");
    assert_says(s.results[0].reason, "no product with SKU 'GONE'");
    assert_says(s.results[1].reason, "ambiguous: listing 7 has several products with SKU 'TWICE'");
    assert_says(s.results[2].reason, "no product 1009");
    assert_says(s.results[4].reason, "'WAS-RENAMED'");
}

/* ---- one quantity for all variations ---- */

static void test_variations_that_share_a_quantity_get_the_smallest_that_is_wanted(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(9, 9);
    const struct variation after[] = S_AND_M(2, 2);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 9, 9),
                                     etsy_row("TEE-M", 1002, 2, 9, 9)};
    struct script s = script_of(rows, 2, etsy_record_text("active", "", now, 2));
    script_answer(&s, 200, etsy_record_text("", "", after, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "2 2");
    /* S shows less than it should: it is read, not believed. */
    assert_slice(script_outcomes(&s), "UC");
    assert_says(s.results[0].reason, "share one quantity");
}

static void test_a_shared_quantity_is_raised_only_for_all_variations_at_once(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(2, 2);
    const struct variation raised[] = S_AND_M(4, 4);
    const struct variation lowered[] = S_AND_M(1, 1);
    const struct push_item both[] = {etsy_row("TEE-S", 1001, 4, 2, 2),
                                     etsy_row("TEE-M", 1002, 4, 2, 2)};
    const struct push_item lower = etsy_row("TEE-S", 1001, 1, 2, 2);
    struct script s = script_of(both, 1, etsy_record_text("active", "", now, 2));
    script_run(&s); /* S alone: M did not agree */
    assert_slice(script_calls(&s), "GET");
    assert_slice(script_outcomes(&s), "R");

    s = script_of(both, 2, etsy_record_text("active", "", now, 2));
    script_answer(&s, 200, etsy_record_text("", "", raised, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "4 4");
    assert_slice(script_outcomes(&s), "CC");

    s = script_of(&lower, 1, etsy_record_text("active", "", now, 2));
    script_answer(&s, 200, etsy_record_text("", "", lowered, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "1 1");
    assert_slice(script_outcomes(&s), "C");
}

static void test_one_sku_on_all_variations_of_a_shared_quantity_is_one_thing(void **state)
{
    (void)state;
    const struct variation now[] = {{1001, "MUG", 2, false}, {1002, "MUG", 2, false}};
    const struct variation after[] = {{1001, "MUG", 6, false}, {1002, "MUG", 6, false}};
    const struct push_item rows[] = {etsy_row("MUG", 1001, 6, 2, 2)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "", now, 2));
    script_answer(&s, 200, etsy_record_text("", "", after, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "6 6");
    assert_slice(script_outcomes(&s), "C");
}

static void test_a_stale_row_makes_those_wait_that_share_its_quantity(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(3, 3);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 2, 4, 4),
                                     etsy_row("TEE-M", 1002, 2, 3, 3)};
    struct script s = script_of(rows, 2, etsy_record_text("active", "", now, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET");
    assert_slice(script_outcomes(&s), "SS");
}

/* ---- answers ---- */

static void test_each_answer_says_what_became_of_the_rows(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *read, *written; /* to the GET; to the PUT */
        bool down, unauthorised, throttled;
    } cases[] = {
        {400, "{\"error\":\"Property values can't be empty\"}", "R", "R", false, false, false},
        {404, "{\"error\":\"Resource not found\"}", "R", "R", false, false, false},
        {404, "<html>", "L", "L", true, false, false},
        {401, "{\"error\":\"invalid_token\"}", "L", "L", false, true, false},
        {403, "{\"error\":\"insufficient_scope\"}", "L", "L", false, true, false},
        {403, "{\"error\":\"User does not own Listing\"}", "R", "R", false, false, false},
        {403, "<html>blocked</html>", "L", "L", true, false, false},
        {429, "{\"error\":\"Too many requests\"}", "L", "L", false, false, true},
        {301, "", "L", "L", true, false, false},
        {500, "{\"error\":\"Server Error\"}", "L", "U", true, false, false},
        {503, "<html>", "L", "U", true, false, false},
        {408, "", "L", "U", true, false, false},
        {0, "", "L", "U", true, false, false},
        {200, "<html>", "L", "U", true, false, false},
        {200, "[]", "L", "U", true, false, false},
        {200, "{\"count\":1}", "L", "U", false, false, false},
    };
    const struct variation now[] = S_AND_M(5, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct script first = {.account = &account, .items = rows, .count = 1};
        script_answer(&first, cases[i].status, slice_of(cases[i].body));
        script_run(&first);
        assert_slice(script_outcomes(&first), cases[i].read);
        assert_int_equal(first.signal.unauthorised, cases[i].unauthorised);
        assert_int_equal(first.signal.throttled, cases[i].throttled);

        struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
        script_answer(&s, cases[i].status, slice_of(cases[i].body));
        script_run(&s);
        assert_slice(script_outcomes(&s), cases[i].written);
        assert_int_equal(s.signal.down, cases[i].down);
    }
}

static void test_an_answer_with_other_quantities_than_were_sent_confirms_nothing(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(5, 5);
    const struct variation other[] = S_AND_M(3, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", other, 2));
    script_run(&s);
    assert_slice(script_outcomes(&s), "U");

    const struct variation wiped[] = {{1002, "TEE-M", 5, false}};
    s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", wiped, 1));
    script_run(&s);
    assert_slice(script_outcomes(&s), "U");

    /* Ids may change by a write; the SKU is what it was. */
    const struct variation renamed[] = {{2001, "TEE-S", 4, false}, {2002, "TEE-M", 5, false}};
    s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", renamed, 2));
    script_run(&s);
    assert_slice(script_outcomes(&s), "C");
}

static void test_another_writer_makes_it_begin_anew_five_times_at_most(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(5, 5);
    const struct variation after[] = S_AND_M(4, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 409, SLICE("{\"error\":\"conflict\"}"));
    script_answer(&s, 200, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT, GET, PUT");
    assert_int_equal(s.delays_us[1], 140 * US_PER_MS);
    assert_int_equal(s.delays_us[2], 0);
    assert_slice(script_outcomes(&s), "C");

    s = (struct script){.account = &account, .items = rows, .count = 1};
    for (int i = 0; i < 6; i++) {
        script_answer(&s, 200, etsy_record_text("active", "100", now, 2));
        script_answer(&s, 409, SLICE("{\"error\":\"conflict\"}"));
    }
    script_run(&s);
    assert_int_equal(s.calls, 12);
    assert_slice(script_outcomes(&s), "L");
    assert_false(s.signal.down);
}

static void test_a_copy_that_grew_old_is_read_again_not_written(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(5, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    struct script s = {.account = &account, .items = rows, .count = 1, .lag_us = 3 * US_PER_S};
    for (int i = 0; i < 7; i++) {
        script_answer(&s, 200, etsy_record_text("active", "100", now, 2));
    }
    script_run(&s);
    for (size_t i = 0; i < s.calls; i++) {
        assert_slice(s.requests[i].method, "GET");
    }
    assert_slice(script_outcomes(&s), "L");
}

static void test_more_than_etsy_can_show_is_shown_as_999(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(5, 5);
    const struct variation after[] = S_AND_M(999, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 1500, 5, 5)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "999 5");
    assert_slice(script_outcomes(&s), "C");

    const struct push_item later[] = {etsy_row("TEE-S", 1001, 1400, 1500, 1500)};
    s = script_of(later, 1, etsy_record_text("active", "100", after, 2));
    script_run(&s); /* shown as it should be, neither stale nor written */
    assert_slice(script_outcomes(&s), "C");
}

/* ---- records that must not be written back ---- */

/* The record of one variation with `old` in it replaced. */
static struct slice record_with(const char *old, const char *new)
{
    const struct variation v = {1001, "TEE-S", 5, false};
    struct slice text = etsy_record_text("active", "100", &v, 1);
    const char *at = memmem(text.p, text.n, old, strlen(old));

    assert_non_null(at);
    return arena_printf(&fixture.arena,
                        "%.*s%s%.*s",
                        (int)(at - text.p),
                        text.p,
                        new,
                        (int)(text.n - (size_t)(at - text.p) - strlen(old)),
                        at + strlen(old));
}

static void test_a_record_that_is_not_wholly_understood_is_never_written(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new, *reason;
    } cases[] = {
        {"\"price_on_property\":[]",
         "\"price_on_property\":[],\"bundle_on_property\":[]",
         "record.bundle_on_property"},
        {"\"sku\":\"TEE-S\"", "\"sku\":\"TEE-S\",\"gtin\":\"1\"", "product.gtin"},
        {"\"quantity\":5", "\"quantity\":5,\"backorder\":true", "offering.backorder"},
        {"\"divisor\":100", "\"divisor\":100,\"tax\":1", "price.tax"},
        {"\"scale_id\":301", "\"scale_id\":301,\"swatch\":\"x\"", "property_values.swatch"},
        {",\"quantity_on_property\":[100]", "", "quantity_on_property"},
        {"\"sku_on_property\":[100]", "\"sku_on_property\":null", "sku_on_property"},
        {"\"offerings\":[{", "\"offerings\":[{\"offering_id\":1,\"quantity\":1},{", "one offering"},
        {"\"offerings\":[{\"offering_id\":5001,", "\"offerings\":[],\"x\":[{", "one offering"},
        {"\"is_enabled\":true,", "", "enabled"},
        {"\"values\":[\"V1001\"]", "\"values\":[7]", "property"},
        {"\"value_ids\":[1001],", "", "property"},
        {"\"quantity\":5", "\"quantity\":-5", "quantity"},
        {"\"quantity\":5", "\"quantity\":\"5\"", "quantity"},
        {"\"product_id\":1001,", "", "without an id"},
        {"\"is_deleted\":false,\"offerings\"", "\"is_deleted\":true,\"offerings\"", "deleted"},
    };
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct script s = script_of(rows, 1, record_with(cases[i].old, cases[i].new));
        script_run(&s);
        assert_slice(script_calls(&s), "GET");
        assert_slice(script_outcomes(&s), "R");
        assert_says(s.results[0].reason, cases[i].reason);
    }
}

static void test_deleted_products_and_offerings_are_left_out(void **state)
{
    (void)state;
    const struct variation now[] = {
        {1001, "TEE-S", 5, false}, {1002, "OLD", 5, false}, {1003, "TEE-M", 2, false}};
    struct slice text = etsy_record_text("active", "100", now, 3);
    static const char old[] = "\"sku\":\"OLD\",\"is_deleted\":false";
    static const char new[] = "\"sku\":\"OLD\",\"is_deleted\":true ";
    char *at = memmem(text.p, text.n, old, sizeof old - 1);
    assert_non_null(at);
    memcpy(at, new, sizeof new - 1);
    const struct variation after[] = {{1001, "TEE-S", 4, false}, {1003, "TEE-M", 2, false}};
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    struct script s = script_of(rows, 1, text);
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "4 2");
    assert_slice(script_outcomes(&s), "C");
}

static void test_hundreds_of_variations_travel_packed_and_whole(void **state)
{
    (void)state;
    enum { MANY = 700 };
    static struct variation now[MANY], after[MANY];
    static char skus[MANY][16];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(skus[i], sizeof skus[i], "SKU-%d", i);
        now[i] = (struct variation){1000 + i, skus[i], i % 7, false};
        after[i] = now[i];
    }
    after[699].quantity = 50;
    const struct push_item rows[] = {etsy_row("SKU-699", 1699, 50, 6, 6)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, MANY));
    script_answer(&s, 200, etsy_record_text("", "100", after, MANY));
    script_run(&s);
    assert_slice(script_outcomes(&s), "C");
    struct json products = json_get(fixture_json(s.requests[1].body), "products");
    assert_int_equal(json_count(products), MANY);
    assert_true(s.requests[1].body.n > 65536);
    struct slice quantities = script_quantities(s.requests[1].body);
    assert_true(slice_ends(quantities, " 5 50"));
}

static void test_a_third_axis_of_variations_is_announced(void **state)
{
    (void)state;
    static const char one[] = "{\"property_id\":100,";
    static const char three[] =
        "{\"property_id\":300,\"property_name\":\"Cut\",\"scale_id\":null,\"scale_name\":null,"
        "\"value_ids\":[1],\"values\":[\"Slim\"]},{\"property_id\":200,\"property_name\":"
        "\"Colour\","
        "\"scale_id\":null,\"scale_name\":null,\"value_ids\":[1],\"values\":[\"Red\"]},"
        "{\"property_id\":100,";
    const struct variation after = {1001, "TEE-S", 4, false};
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    struct script s = script_of(rows, 1, record_with(one, three));
    script_answer(&s, 200, etsy_record_text("", "100", &after, 1));
    script_run(&s);
    assert_slice(s.requests[1].url,
                 "https://openapi.etsy.com/v3/application/listings/7/inventory"
                 "?max_variations_supported=3");
}

/* ---- requests ---- */

static void test_rows_of_one_listing_are_one_exchange(void **state)
{
    (void)state;
    struct push_item row = etsy_row("TEE-S", 1001, 4, 5, 5);
    assert_slice(etsy->push_group(&account, &row, &fixture.arena), "7");
    row.is_reading = true;
    assert_slice(etsy->push_group(&account, &row, &fixture.arena), "");
    assert_int_equal(etsy->semantics.parallel_max, 1);
}

static enum err
build(const struct account *a, const struct push_item *items, size_t count, const char *cursor)
{
    struct http_request r;
    struct step step = {.now_us = ETSY_NOW_US, .cursor = slice_of(cursor)};
    return etsy->build_push(a, items, count, &step, &fixture.arena, &r);
}

static void test_what_must_never_be_written_is_not_built(void **state)
{
    (void)state;
    const struct push_item good = etsy_row("TEE-S", 1001, 4, 5, 5);
    struct push_item wrong[] = {good, good, good, good, good, good};
    wrong[0].value = -1;
    wrong[1].value = QTY_MAX + 1;
    wrong[2].stock_key = SLICE("listing:8/TEE-S"); /* another listing than its remote */
    wrong[3].stock_key = SLICE("product:1002");
    wrong[4].remote = SLICE("{}");
    wrong[5].remote = etsy_remote_text(&fixture.arena, 8, 1, SLICE("TEE-S"));
    wrong[5].stock_key = SLICE("listing:8/TEE-S"); /* another listing than the first row */
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const struct push_item both[] = {good, wrong[i]};
        assert_int_equal(build(&account, both, 2, ""), ERR_USAGE);
    }
    assert_int_equal(build(&account, &good, 0, ""), ERR_USAGE);
    static const char *const cursors[] = {"x",
                                          "p",
                                          "p1",
                                          "p1 5",
                                          "p1 5 -1 ",
                                          "p1 5 -1 w",
                                          "p1 5 -1 ww\n{}",
                                          "p9 5 -1 w\n{}",
                                          "z1 5 -1 w",
                                          "P0 1795412731000000 -1 w\n!!"};
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        assert_int_equal(build(&account, &good, 1, cursors[i]), ERR_USAGE);
    }
    struct account shopless = fixture_account(
        etsy, "{\"secrets\":{\"keystring\":\"k\",\"shared_secret\":\"s\",\"access_token\":\"t\"}}");
    assert_int_equal(build(&shopless, &good, 1, ""), ERR_USAGE);
    struct account tokenless = fixture_account(etsy,
                                               "{\"settings\":{\"shop_id\":\"1\"},\"secrets\":{"
                                               "\"keystring\":\"k\",\"shared_secret\":\"s\"}}");
    assert_int_equal(build(&tokenless, &good, 1, ""), ERR_AUTH);
}

static void test_every_answer_teaches_the_limits(void **state)
{
    (void)state;
    const struct http_header headers[] = {{SLICE("x-limit-per-second"), SLICE("10")},
                                          {SLICE("x-remaining-this-second"), SLICE("7")},
                                          {SLICE("x-limit-per-day"), SLICE("10000")},
                                          {SLICE("x-remaining-today"), SLICE("4321")},
                                          {SLICE("retry-after"), SLICE("9")}};
    const struct variation now[] = S_AND_M(4, 0);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 4, 4)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    s.answers[0].headers = headers;
    s.answers[0].headers_count = COUNT_OF(headers);
    script_run(&s);
    assert_int_equal(s.signal.points_left, 7);
    assert_int_equal(s.signal.points_cost, 1);
    assert_int_equal(s.signal.points_per_s, 10);
    assert_int_equal(s.signal.day_left, 4321);
    assert_int_equal(s.signal.retry_after_us, 0);
    s.answers[0].status = 429;
    script_run(&s);
    assert_int_equal(s.signal.retry_after_us, 9 * US_PER_S);
    s.answers[0].headers_count = 0;
    script_run(&s);
    assert_int_equal(s.signal.day_left, -1);
    assert_int_equal(s.signal.points_left, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_record_is_written_back_with_nothing_changed_but_the_count),
        cmocka_unit_test(test_prices_keep_exactly_their_decimals),
        cmocka_unit_test(test_a_count_that_is_right_already_is_not_written),
        cmocka_unit_test(test_a_sale_that_nobody_told_us_of_is_never_written_over),
        cmocka_unit_test(test_a_row_that_is_not_found_is_refused_by_name_and_the_others_go_on),
        cmocka_unit_test(test_variations_that_share_a_quantity_get_the_smallest_that_is_wanted),
        cmocka_unit_test(test_a_shared_quantity_is_raised_only_for_all_variations_at_once),
        cmocka_unit_test(test_one_sku_on_all_variations_of_a_shared_quantity_is_one_thing),
        cmocka_unit_test(test_a_stale_row_makes_those_wait_that_share_its_quantity),
        cmocka_unit_test(test_each_answer_says_what_became_of_the_rows),
        cmocka_unit_test(test_an_answer_with_other_quantities_than_were_sent_confirms_nothing),
        cmocka_unit_test(test_another_writer_makes_it_begin_anew_five_times_at_most),
        cmocka_unit_test(test_a_copy_that_grew_old_is_read_again_not_written),
        cmocka_unit_test(test_more_than_etsy_can_show_is_shown_as_999),
        cmocka_unit_test(test_a_record_that_is_not_wholly_understood_is_never_written),
        cmocka_unit_test(test_deleted_products_and_offerings_are_left_out),
        cmocka_unit_test(test_hundreds_of_variations_travel_packed_and_whole),
        cmocka_unit_test(test_a_third_axis_of_variations_is_announced),
        cmocka_unit_test(test_rows_of_one_listing_are_one_exchange),
        cmocka_unit_test(test_what_must_never_be_written_is_not_built),
        cmocka_unit_test(test_every_answer_teaches_the_limits),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
