/* SPDX-License-Identifier: Apache-2.0 */
/* Writing stock: when a listing is taken off sale, and when it is put on sale again. */
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

static void test_the_last_unit_of_a_listing_takes_it_off_sale(void **state)
{
    (void)state;
    const struct variation now[] = {
        {1001, "TEE-S", 0, false}, {1002, "TEE-M", 1, false}, {1003, "TEE-L", 5, true}};
    const struct push_item rows[] = {etsy_row("TEE-M", 1002, 0, 1, 1)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 3));
    script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"inactive\"}"));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PATCH state=inactive");
    assert_slice(s.requests[1].url,
                 "https://openapi.etsy.com/v3/application/shops/12345/listings/7");
    assert_slice(fixture_header(&s.requests[1], "Content-Type"),
                 "application/x-www-form-urlencoded");
    assert_slice(script_outcomes(&s), "C");

    static const struct {
        const char *state; /* of a listing that shows nothing already */
    } off[] = {{"inactive"}, {"sold_out"}, {"draft"}, {"expired"}, {"edit"}};
    for (size_t i = 0; i < COUNT_OF(off); i++) {
        s = script_of(rows, 1, etsy_record_text(off[i].state, "100", now, 3));
        script_run(&s);
        assert_slice(script_outcomes(&s), "C");
    }
}

static void test_one_variation_at_zero_is_written_like_any_number(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(1, 5);
    const struct variation after[] = S_AND_M(0, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 0, 1, 1)};
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_quantities(s.requests[1].body), "0 5");
    assert_slice(script_outcomes(&s), "C");
}

static void test_zeros_that_etsy_refuses_take_the_listing_off_sale(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(1, 5);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 0, 1, 1)};
    struct slice refusal = SLICE("{\"error\":\"One offering must have quantity greater than 0\"}");
    struct script s = script_of(rows, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 400, refusal);
    script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"inactive\"}"));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT, PATCH state=inactive");
    assert_slice(script_outcomes(&s), "C");

    const struct push_item raise[] = {etsy_row("TEE-S", 1001, 2, 1, 1)};
    s = script_of(raise, 1, etsy_record_text("active", "100", now, 2));
    script_answer(&s, 400, refusal); /* that is about something else */
    script_run(&s);
    assert_slice(script_outcomes(&s), "R");
}

static void test_a_listing_that_we_took_off_sale_comes_back_with_what_is_known_alone(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(0, 1); /* M was sold elsewhere, the record stays */
    const struct variation after[] = S_AND_M(3, 0);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 3, 0, 0)};
    struct script s = script_of(rows, 1, etsy_record_text("inactive", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"active\"}"));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT, PATCH state=active");
    assert_slice(script_quantities(s.requests[1].body), "3 0");
    assert_slice(script_outcomes(&s), "C");

    /* The PATCH was lost: the next push finds the numbers right. */
    s = script_of(rows, 1, etsy_record_text("inactive", "100", after, 2));
    script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"active\"}"));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PATCH state=active");
    assert_slice(script_outcomes(&s), "C");

    /* The same, with the write not known to have ended. */
    const struct push_item again[] = {etsy_row("TEE-S", 1001, 3, 0, 3)};
    s = script_of(again, 1, etsy_record_text("inactive", "100", after, 2));
    script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"active\"}"));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PATCH state=active");
    assert_slice(script_outcomes(&s), "C");
}

static void test_a_listing_that_a_person_took_off_sale_stays_there(void **state)
{
    (void)state;
    const struct variation now[] = S_AND_M(5, 1);
    const struct variation after[] = S_AND_M(4, 1);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 4, 5, 5)};
    struct script s = script_of(rows, 1, etsy_record_text("inactive", "100", now, 2));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT");
    assert_slice(script_quantities(s.requests[1].body), "4 1");
    assert_slice(script_outcomes(&s), "C");
}

static void test_reactivate_never_writes_numbers_and_leaves_the_state(void **state)
{
    (void)state;
    struct account never = fixture_account(etsy, ETSY_CONFIG(",\"reactivate\":\"never\""));
    const struct variation now[] = S_AND_M(0, 1);
    const struct variation after[] = S_AND_M(3, 0);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 3, 0, 0)};
    struct script s = script_of(rows, 1, etsy_record_text("inactive", "100", now, 2));
    s.account = &never;
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PUT");
    assert_slice(script_quantities(s.requests[1].body), "3 0");
}

static void test_a_sold_out_listing_is_renewed_only_where_that_was_asked_for(void **state)
{
    (void)state;
    struct account always = fixture_account(etsy, ETSY_CONFIG(",\"reactivate\":\"always\""));
    const struct variation now[] = S_AND_M(0, 0);
    const struct variation after[] = S_AND_M(3, 0);
    const struct push_item rows[] = {etsy_row("TEE-S", 1001, 3, 0, 0),
                                     etsy_row("TEE-M", 1002, 0, 0, 0)};
    struct script s = script_of(rows, 2, etsy_record_text("sold_out", "100", now, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET");
    assert_slice(script_outcomes(&s), "RC");
    assert_says(s.results[0].reason, "renewing the listing costs a fee");

    s = script_of(rows, 2, etsy_record_text("sold_out", "100", now, 2));
    s.account = &always;
    script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"active\"}"));
    script_answer(&s, 200, etsy_record_text("", "100", after, 2));
    script_run(&s);
    assert_slice(script_calls(&s), "GET, PATCH state=active, PUT");
    assert_slice(script_quantities(s.requests[2].body), "3 0");
    assert_slice(script_outcomes(&s), "CC");

    /* Renewed, and then not written: it shows a number of Etsy's own. */
    static const int lost[] = {400, 409, 429, 500};
    for (size_t i = 0; i < COUNT_OF(lost); i++) {
        s = script_of(rows, 2, etsy_record_text("sold_out", "100", now, 2));
        s.account = &always;
        script_answer(&s, 200, SLICE("{\"listing_id\":7,\"state\":\"active\"}"));
        script_answer(&s, lost[i], SLICE("{\"error\":\"no\"}"));
        script_run(&s);
        assert_slice(script_outcomes(&s), "UU");
    }
    /* A sale we have not heard of sold it out. */
    const struct push_item unaware = etsy_row("TEE-S", 1001, 4, 1, 1);
    s = script_of(&unaware, 1, etsy_record_text("sold_out", "100", now, 2));
    script_run(&s);
    assert_slice(script_outcomes(&s), "S");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_unit_of_a_listing_takes_it_off_sale),
        cmocka_unit_test(test_one_variation_at_zero_is_written_like_any_number),
        cmocka_unit_test(test_zeros_that_etsy_refuses_take_the_listing_off_sale),
        cmocka_unit_test(test_a_listing_that_we_took_off_sale_comes_back_with_what_is_known_alone),
        cmocka_unit_test(test_a_listing_that_a_person_took_off_sale_stays_there),
        cmocka_unit_test(test_reactivate_never_writes_numbers_and_leaves_the_state),
        cmocka_unit_test(test_a_sold_out_listing_is_renewed_only_where_that_was_asked_for),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
