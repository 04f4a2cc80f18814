/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts, listings and the XML that they are read from. */
#include "support/ebay_account.h"

/* ---- accounts ---- */

#define KEYS "\"client_id\":\"app\",\"client_secret\":\"cert\""

static void test_configure_says_what_is_missing_and_where_it_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *config, *says;
    } cases[] = {
        {"{\"secrets\":{}}", "secrets.client_id is missing"},
        {"{\"secrets\":{\"client_id\":\"a\"}}", "secrets.client_secret is missing"},
        {"{\"secrets\":{" KEYS ",\"verification_token\":\"short\"}}", "32 to 80"},
        {"{\"secrets\":{" KEYS ",\"verification_token\":\"0123456789012345678901234567890 \"}}",
         "32 to 80"},
        {"{\"settings\":{\"marketplace_id\":\"EBAY US\"},\"secrets\":{" KEYS "}}",
         "settings.marketplace_id"},
        {"{\"settings\":{\"marketplace_id\":\"EBAY/US\"},\"secrets\":{" KEYS "}}", "as EBAY_US"},
        {"{\"settings\":{\"site_id\":\"de\"},\"secrets\":{" KEYS "}}", "settings.site_id"},
        {"{\"settings\":{\"endpoint\":\"stock.example\"},\"secrets\":{" KEYS "}}",
         "settings.endpoint"},
        {"{\"settings\":{\"auth_url\":7},\"secrets\":{" KEYS "}}", "settings.auth_url"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(ebay, cases[i].config, &a, &note), ERR_USAGE);
        if (!strstr(note.text, cases[i].says)) {
            fail_msg("%zu: '%s' does not say '%s'", i, note.text, cases[i].says);
        }
    }
}

static void test_without_a_refresh_token_a_person_must_consent(void **state)
{
    (void)state;
    struct account a = fixture_account(ebay, "{\"secrets\":{" KEYS "}}");
    struct step step = ebay_step("");
    struct http_request r;
    assert_true(a.needs_consent);
    assert_true(ebay->wants_token(&a));
    assert_int_equal(ebay->build_token(&a, &step, &fixture.arena, &r), ERR_USAGE);
    assert_int_equal(ebay->build_orders(&a, &step, &fixture.arena, &r), ERR_AUTH);
    assert_false(ebay_account.needs_consent);
    assert_false(ebay->wants_token(&ebay_account));
}

static void test_every_call_goes_to_the_origins_of_its_world(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *api, *token, *consent, *identity;
    } cases[] = {
        {"{}",
         "https://api.ebay.com",
         "https://api.ebay.com",
         "https://auth.ebay.com",
         "https://apiz.ebay.com"},
        {"{\"base_url\":\"https://api.sandbox.ebay.com/\"}",
         "https://api.sandbox.ebay.com",
         "https://api.sandbox.ebay.com",
         "https://auth.sandbox.ebay.com",
         "https://apiz.sandbox.ebay.com"},
        {"{\"base_url\":\"http://127.0.0.1:9\"}",
         "http://127.0.0.1:9",
         "http://127.0.0.1:9",
         "http://127.0.0.1:9",
         "http://127.0.0.1:9"},
        {"{\"base_url\":\"http://127.0.0.1:9\",\"auth_url\":\"http://127.0.0.1:8/\"}",
         "http://127.0.0.1:9",
         "http://127.0.0.1:8",
         "http://127.0.0.1:8",
         "http://127.0.0.1:9"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice config = arena_printf(
            &fixture.arena, "{\"settings\":%s,\"secrets\":{" KEYS "}}", cases[i].settings);
        struct account a = fixture_account(ebay, config.p);
        assert_slice(a.base_url, cases[i].api);
        assert_slice(ebay_config(&a)->token_url, cases[i].token);
        assert_slice(ebay_config(&a)->consent_url, cases[i].consent);
        assert_slice(ebay_config(&a)->identity_url, cases[i].identity);
    }
}

/* ---- listings ---- */

static enum err keys(const char *remote, struct slice *out_remote, struct slice *key)
{
    struct slice stock_key = {0};
    struct err_note note = {{0}};
    enum err e = ebay->listing_keys(&ebay_account,
                                    fixture_json(slice_of(remote)),
                                    &fixture.arena,
                                    out_remote,
                                    key,
                                    &stock_key,
                                    &note);
    assert_true(e ? strlen(note.text) > 10 : slice_equal(*key, stock_key));
    return e;
}

static void test_a_listing_is_its_number_and_its_sku(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *normal, *key;
    } cases[] = {
        {"{\"listing_id\":\"110\",\"sku\":\"T/1\",\"offer_id\":36}",
         "{\"listing_id\":\"110\",\"sku\":\"T/1\",\"offer_id\":\"36\"}",
         "110/T/1"},
        {"{\"item_id\":110,\"sku\":\"T\"}", "{\"listing_id\":\"110\",\"sku\":\"T\"}", "110/T"},
        {"{\"listing_id\":\"110\"}", "{\"listing_id\":\"110\"}", "110/"},
        {"{\"listing_id\":\"110\",\"item_id\":110,\"sku\":\"\",\"offer_id\":null}",
         "{\"listing_id\":\"110\"}",
         "110/"},
        {"{\"listing_id\":\"110\",\"sku\":\"a\\\"b\"}",
         "{\"listing_id\":\"110\",\"sku\":\"a\\\"b\"}",
         "110/a\"b"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice remote = {0};
        struct slice key = {0};
        assert_int_equal(keys(cases[i].remote, &remote, &key), ERR_OK);
        assert_slice(remote, cases[i].normal);
        assert_slice(key, cases[i].key);
    }
}

static void test_a_listing_that_could_be_misread_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"sku\":\"T\"}",
        "{\"listing_id\":\"x\"}",
        "{\"listing_id\":\"\"}",
        "{\"listing_id\":-1}",
        "{\"listing_id\":\"123456789012345678901\"}",
        "{\"listing_id\":\"1\",\"item_id\":\"2\"}",
        "{\"listing_id\":\"1\",\"offer\":\"2\"}",
        "{\"listing_id\":\"1\",\"offer_id\":\"2\"}", /* an offer has a SKU */
        "{\"listing_id\":\"1\",\"sku\":\"T\",\"offer_id\":\"x\"}",
        "{\"listing_id\":\"1\",\"sku\":7}",
        "{\"listing_id\":\"1\",\"sku\":\"a\\nb\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct slice remote = {0};
        struct slice key = {0};
        assert_int_equal(keys(bad[i], &remote, &key), ERR_USAGE);
    }
}

static void test_the_offer_is_found_in_a_remote_and_nowhere_else(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *offer;
    } cases[] = {
        {"{\"listing_id\":\"1\",\"sku\":\"T\",\"offer_id\":\"36\"}", "36"},
        {"{ \"offer_id\" : \"36\" , \"sku\":\"T\"}", "36"},
        {"{\"listing_id\":\"1\",\"sku\":\"offer_id\"}", ""},
        {"{\"listing_id\":\"1\",\"sku\":\"\\\"offer_id\\\":\\\"9\\\"\"}", ""},
        {"{\"sku\":\"offer_id\",\"offer_id\":\"36\"}", "36"},
        {"{\"offer_id\":\"x\"}", ""},
        {"\"offer_id\"", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct push_item item = {.remote = slice_of(cases[i].remote), .stock_key = SLICE("1/T")};
        struct ebay_listing listing = {0};
        assert_true(ebay_listing_of(&item, &listing));
        assert_slice(listing.offer_id, cases[i].offer);
    }
}

static void test_each_world_has_its_groups_and_its_rows(void **state)
{
    (void)state;
    struct push_item offer = ebay_item("110/T", "36", 5);
    struct push_item item = ebay_item("110/T", NULL, 5);
    struct arena *a = &fixture.arena;
    assert_slice(ebay->push_group(&ebay_account, &offer, a), "i");
    assert_slice(ebay->push_group(&ebay_account, &item, a), "t");
    assert_int_equal(ebay->push_rows(&ebay_account, &offer), 25);
    assert_int_equal(ebay->push_rows(&ebay_account, &item), 4);
    offer.is_reading = item.is_reading = true;
    assert_slice(ebay->push_group(&ebay_account, &offer, a), "i");
    assert_slice(ebay->push_group(&ebay_account, &item, a), "t110");
    assert_int_equal(ebay->push_rows(&ebay_account, &offer), 4);
    assert_int_equal(ebay->push_rows(&ebay_account, &item), 25);
    /* 250 revisions a day belong to the listing, whatever variation and whatever world. */
    assert_slice(ebay->budget_key(&ebay_account, &offer, a), "110");
    assert_slice(ebay->budget_key(&ebay_account, &item, a), "110");
    assert_int_equal(ebay->semantics.writes_a_day, 250);
}

/* ---- XML ---- */

static const struct xml_node *parsed(const char *text)
{
    const struct xml_node *root = NULL;
    return xml_parse(slice_of(text), &fixture.arena, &root) ? NULL : root;
}

static void test_xml_keeps_what_is_read_and_skips_the_rest(void **state)
{
    (void)state;
    const struct xml_node *root =
        parsed("<?xml version=\"1.0\"?><n:R xmlns:n=\"x\"><Other><Ack>no</Ack></Other>"
               "<n:Ack> a &amp; b&#x41; </n:Ack><Item><SKU>1</SKU><Foo/><SKU><![CDATA[<2>]]></SKU>"
               "</Item><Item/></n:R>");
    assert_non_null(root);
    assert_slice(root->name, "R");
    assert_slice(xml_text_of(root, "Ack"), "a & bA");
    const struct xml_node *sku = xml_path(root, "Item", "SKU", NULL);
    assert_slice(xml_text(sku), "1");
    assert_slice(xml_text(xml_next(sku)), "<2>");
    assert_null(xml_next(xml_next(sku)));
    assert_null(xml_get(root, "Other"));
    assert_non_null(xml_next(xml_get(root, "Item")));
    assert_null(xml_path(NULL, "Item", NULL));
    assert_int_equal(xml_text_of(NULL, "Item").n, 0);
}

static void test_xml_refuses_document_types_depth_and_what_is_not_xml(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "x",
        "{}",
        "<R>",
        "<R></S>",
        "<R/><R/>",
        "<R>&unknown;</R>",
        "<R>\xff</R>",
        "<!DOCTYPE R><R/>",
        "<!DOCTYPE R [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><R>&b;</R>",
        "<!DOCTYPE R SYSTEM \"file:///etc/passwd\"><R/>",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_null(parsed(bad[i]));
    }
    for (int depth = 63; depth <= 65; depth++) {
        ON_EXIT(buf_free) struct buf text;
        buf_init(&text, 4096);
        for (int i = 0; i < depth; i++) {
            buf_text(&text, i % 2 ? "<Item>" : "<Foo>");
        }
        for (int i = depth; i-- > 0;) {
            buf_text(&text, i % 2 ? "</Item>" : "</Foo>");
        }
        const struct xml_node *root = NULL;
        assert_int_equal(xml_parse(buf_view(&text), &fixture.arena, &root),
                         depth > 64 ? ERR_PARSE : ERR_OK);
    }
}

static void test_xml_says_when_the_arena_is_full(void **state)
{
    (void)state;
    struct arena small;
    const struct xml_node *root = NULL;
    arena_init(&small, 256);
    assert_int_equal(xml_parse(SLICE("<R><Item/><Item/><Item/><Item/><Item/></R>"), &small, &root),
                     ERR_LIMIT);
    assert_null(root);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configure_says_what_is_missing_and_where_it_is_found),
        cmocka_unit_test(test_without_a_refresh_token_a_person_must_consent),
        cmocka_unit_test(test_every_call_goes_to_the_origins_of_its_world),
        cmocka_unit_test(test_a_listing_is_its_number_and_its_sku),
        cmocka_unit_test(test_a_listing_that_could_be_misread_is_refused),
        cmocka_unit_test(test_the_offer_is_found_in_a_remote_and_nowhere_else),
        cmocka_unit_test(test_each_world_has_its_groups_and_its_rows),
        cmocka_unit_test(test_xml_keeps_what_is_read_and_skips_the_rest),
        cmocka_unit_test(test_xml_refuses_document_types_depth_and_what_is_not_xml),
        cmocka_unit_test(test_xml_says_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, ebay_open, fixture_close);
}
