/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue, page by page. */
#include "support/tiktok_shop.h"

static struct account account, mapped, one, bare;

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(tiktok, PLAIN);
    mapped = fixture_account(tiktok, MAPPED);
    one = fixture_account(tiktok,
                          "{\"settings\":{\"shop_cipher\":\"C\",\"warehouse_map\":[{\"location\":"
                          "\"b\",\"remote\":\"70686\"}]}," SECRETS "}");
    bare = fixture_account(tiktok, "{\"settings\":{\"shop_cipher\":\"C\"}," SECRETS "}");
    return 0;
}

static struct catalogue_page page;

static enum err page_of(const struct account *a, const char *cursor, struct slice body)
{
    struct http_response r = fixture_answer(200, body);
    struct channel_signal signal;
    struct err_note note = {{0}};
    struct step step = step_at(cursor);
    page = (struct catalogue_page){0};
    return tiktok->read_catalogue(a, &step, &r, fixture.doc, &fixture.arena, &page, &signal, &note);
}

#define PRODUCTS                                                                                   \
    ENVELOPE("{\"products\":[{\"id\":\"1000\",\"title\":\" Tee \",\"status\":\"ACTIVATE\","        \
             "\"skus\":[{\"id\":\"1001\",\"seller_sku\":\"TEE-S\",\"inventory\":["                 \
             "{\"warehouse_id\":\"70685\",\"quantity\":7},"                                        \
             "{\"warehouse_id\":\"70686\",\"quantity\":2}],"                                       \
             "\"sales_attributes\":[{\"name\":\"Color\",\"value_name\":\"Red\"},"                  \
             "{\"name\":\"Size\",\"value_name\":\"S\"}]},"                                         \
             "{\"id\":\"1002\",\"seller_sku\":\"\",\"inventory\":[]}]},"                           \
             "{\"id\":\"732357708734418520388\",\"title\":\"Mug\",\"skus\":[{\"id\":\"2001\","     \
             "\"seller_sku\":\"MUG\",\"inventory\":[{\"warehouse_id\":\"70685\","                  \
             "\"quantity\":0}]}]}],\"next_page_token\":\"bmV4dA==\",\"total_count\":2}")

static void test_every_sku_of_a_page_is_a_listing(void **state)
{
    (void)state;
    assert_int_equal(page_of(&account, "", SLICE(PRODUCTS)), ERR_OK);
    assert_int_equal(page.items_count, 3);
    const struct catalogue_item *i = page.items;
    assert_slice(i[0].remote, "{\"product_id\":\"1000\",\"sku_id\":\"1001\"}");
    assert_slice(i[0].key, "sku:1001");
    assert_slice(i[0].stock_key, "sku:1001");
    assert_slice(i[0].sku, "TEE-S");
    assert_slice(i[0].product, "Tee");
    assert_slice(i[0].title, "Red / S");
    assert_slice(i[0].options, "{\"Color\":\"Red\",\"Size\":\"S\"}");
    assert_true(i[0].is_managed && i[0].count_known);
    assert_int_equal(i[0].count, 7);
    assert_slice(i[1].sku, "");
    assert_slice(i[1].title, "Tee");
    assert_slice(i[1].options, "{}");
    assert_false(i[1].count_known);
    assert_slice(i[2].remote, "{\"product_id\":\"732357708734418520388\",\"sku_id\":\"2001\"}");
    assert_true(i[2].count_known);
    assert_int_equal(i[2].count, 0);
    assert_slice(page.next, "bmV4dA==");
}

static void test_the_count_is_that_of_the_warehouse_we_sell_from(void **state)
{
    (void)state;
    assert_int_equal(page_of(&one, "", SLICE(PRODUCTS)), ERR_OK);
    assert_int_equal(page.items[0].count, 2);
    assert_false(page.items[2].count_known); /* not kept there */
    assert_int_equal(page_of(&bare, "", SLICE(PRODUCTS)), ERR_OK);
    assert_int_equal(page.items[0].count, 9);
    assert_int_equal(page_of(&mapped, "", SLICE(PRODUCTS)), ERR_OK);
    assert_false(page.items[0].count_known); /* of which of the two is not said */
}

static void test_pages_end_and_never_turn_in_circles(void **state)
{
    (void)state;
    assert_int_equal(page_of(&account, "bmV4dA==", SLICE(PRODUCTS)), ERR_OK);
    assert_slice(page.next, "");
    static const char *const ends[] = {
        ENVELOPE("{\"products\":[],\"next_page_token\":\"x\"}"),
        ENVELOPE("{\"next_page_token\":\"x\"}"),
        ENVELOPE("{\"products\":[{\"id\":\"1\"}],\"next_page_token\":\"\"}"),
    };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        assert_int_equal(page_of(&account, "", slice_of(ends[i])), ERR_OK);
        assert_slice(page.next, "");
        assert_int_equal(page.items_count, 0);
    }
}

static void test_hostile_numbers_are_no_counts_and_hostile_pages_no_pages(void **state)
{
    (void)state;
    static const char *const quantities[] = {"1.5", "\"x\"", "99999999999", "null", "{}"};
    for (size_t i = 0; i < COUNT_OF(quantities); i++) {
        struct slice body = arena_printf(&fixture.arena,
                                         ENVELOPE("{\"products\":[{\"id\":\"1\",\"skus\":[{\"id\":"
                                                  "\"2\",\"inventory\":[{\"warehouse_id\":"
                                                  "\"70685\",\"quantity\":%s}]}]}]}"),
                                         quantities[i]);
        assert_int_equal(page_of(&account, "", body), ERR_OK);
        assert_int_equal(page.items_count, 1);
        assert_false(page.items[0].count_known);
    }
    static const struct {
        const char *body;
        enum err e;
    } cases[] = {
        {ENVELOPE("[]"), ERR_PARSE},
        {ENVELOPE("{\"products\":{}}"), ERR_PARSE},
        {ENVELOPE("{\"products\":[{}],\"next_page_token\":\"a b\"}"), ERR_PARSE},
        {FAILURE("105005", "scope"), ERR_AUTH},
        {FAILURE("12019120", "x"), ERR_USAGE},
        {"<html>", ERR_NET},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(page_of(&account, "", slice_of(cases[i].body)), cases[i].e);
    }
    struct http_request r;
    struct step step = step_at("a b");
    assert_int_equal(tiktok->build_catalogue(&account, &step, &fixture.arena, &r), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sku_of_a_page_is_a_listing),
        cmocka_unit_test(test_the_count_is_that_of_the_warehouse_we_sell_from),
        cmocka_unit_test(test_pages_end_and_never_turn_in_circles),
        cmocka_unit_test(test_hostile_numbers_are_no_counts_and_hostile_pages_no_pages),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
