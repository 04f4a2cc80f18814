/* SPDX-License-Identifier: Apache-2.0 */
/* The Etsy look-alike over real sockets: its keys and tokens, the record that is written whole, the
 * states of a listing. */
#include "support/etsy_rig.h"

static void want_error(int status, const char *text)
{
    assert_int_equal(rig.status, status);
    assert_slice(rig_text(json_get(rig.json, "error")), text);
}

/* ---- keys and tokens ---- */

static void test_the_key_alone_does_not_open(void **state)
{
    (void)state;
    static const char path[] = "/v3/application/users/me";
    send_as(NULL, token, "GET", path, "application/json", SLICE(""));
    want_error(403, "Missing x-api-key header or client_id");
    send_as(RIG_TOKEN, token, "GET", path, "application/json", SLICE(""));
    want_error(403, "Shared secret is required in x-api-key header.");
    send_as(RIG_TOKEN ":wrong", token, "GET", path, "application/json", SLICE(""));
    assert_int_equal(rig.status, 403);
    send_as(api_key, SLICE(""), "GET", path, "application/json", SLICE(""));
    want_error(401, "invalid_token");
    get("/users/me");
    assert_int_equal(rig_int(json_get(rig.json, "shop_id")), etsy_of(shop)->shop_id);
    assert_int_equal(rig_int(json_get(rig.json, "user_id")), etsy_of(shop)->user_id);
    struct slice prefix = arena_printf(&rig.arena, "%" PRId64 ".", etsy_of(shop)->user_id);
    assert_true(slice_starts(token, prefix.p));
}

static void test_a_token_without_its_owner_in_front_is_none(void **state)
{
    (void)state;
    token = slice_from(token, 7);
    get("/users/me");
    want_error(401, "invalid_token");
}

static void test_a_refresh_token_is_good_once(void **state)
{
    (void)state;
    struct slice first = refresh;
    buy_tokens(refresh_form(first));
    assert_int_equal(rig_int(json_get(rig.json, "expires_in")), 3600);
    take_tokens();
    assert_false(slice_equal(first, refresh));
    buy_tokens(refresh_form(first));
    want_error(400, "invalid_grant");
    tokens_end(&etsy_of(shop)->access);
    get("/users/me");
    want_error(401, "invalid_token");
    buy_tokens(refresh_form(refresh));
    take_tokens();
    get("/users/me");
    assert_int_equal(rig.status, 200);
}

static struct slice consent_code(const char *challenge)
{
    struct slice path = arena_printf(
        &rig.arena,
        "/oauth/connect?response_type=code&client_id=" RIG_TOKEN
        "&redirect_uri=https%%3A%%2F%%2Fstock.example%%2Fback&scope=listings_r%%20listings_w"
        "&state=abc&code_challenge=%s&code_challenge_method=S256",
        challenge);
    send_as(NULL, SLICE(""), "GET", path.p, "text/plain", SLICE(""));
    assert_int_equal(rig.status, 302);
    struct slice rest = rig_header(&rig, "Location");
    struct slice code;
    assert_true(slice_starts(rest, "https://stock.example/back?code="));
    assert_true(slice_ends(rest, "&state=abc"));
    slice_cut(&rest, '=', &code);
    slice_cut(&rest, '&', &code);
    return arena_copy(&rig.arena, code);
}

static void exchange(struct slice code, const char *verifier)
{
    buy_tokens(arena_printf(&rig.arena,
                            "grant_type=authorization_code&client_id=" RIG_TOKEN
                            "&redirect_uri=https%%3A%%2F%%2Fstock.example%%2Fback&code=%.*s"
                            "&code_verifier=%s",
                            SLICE_ARG(code),
                            verifier));
}

/* Verifier and challenge of RFC 7636, appendix B. */
static void test_consent_wants_the_verifier_of_its_challenge(void **state)
{
    (void)state;
    static const char challenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    static const char verifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    exchange(consent_code(challenge), "another");
    want_error(400, "invalid_grant");
    struct slice code = consent_code(challenge);
    exchange(code, verifier);
    take_tokens();
    get("/users/me");
    assert_int_equal(rig.status, 200);
    exchange(code, verifier);
    want_error(400, "invalid_grant");
}

static int start_small(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 6, .points_per_s = 100000});
    return 0;
}

static void test_the_counters_are_told_and_kept(void **state)
{
    (void)state;
    get("/users/me");
    assert_slice(rig_header(&rig, "x-limit-per-day"), "6");
    assert_slice(rig_header(&rig, "x-remaining-today"), "5");
    assert_slice(rig_header(&rig, "x-limit-per-second"), "100000");
    for (int i = 0; i < 5; i++) {
        get("/users/me");
        assert_int_equal(rig.status, 200);
    }
    get("/users/me");
    want_error(429, "Exceeded rate limit");
    assert_slice(rig_header(&rig, "retry-after"), "1");
}

/* ---- the record ---- */

struct edit {              /* of the body that a careful client would send */
    const char *skip;      /* the SKU of a product that is left out */
    const char *sku;       /* gets this quantity; NULL: all of them */
    int64_t quantity;      /* below zero: nobody's is changed */
    bool keeps_product_id; /* sends what only a GET has */
    bool no_on_property;   /* leaves the four lists out */
    bool price_is_an_object;
    bool no_properties;
};

static struct json read_record(const char *sku)
{
    struct slice path =
        arena_printf(&rig.arena, "/listings/%" PRId64 "/inventory", listing_id(sku));
    get(path.p);
    assert_int_equal(rig.status, 200);
    return rig.json;
}

static void copy_list(struct json_writer *w, const char *key, struct json v)
{
    json_field_raw(w, key, json_copy_text(v, &rig.arena));
}

static void put_property(struct json_writer *w, struct json v)
{
    static const char *const keys[] = {
        "property_id", "property_name", "scale_id", "value_ids", "values"};
    json_begin_object(w);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        copy_list(w, keys[i], json_get(v, keys[i]));
    }
    json_end_object(w);
}

static void put_product(struct json_writer *w, struct json v, const struct edit *edit)
{
    struct slice sku = rig_text(json_get(v, "sku"));
    struct json offering = rig_at(json_get(v, "offerings"), 0);
    int64_t cents = rig_int(json_path(offering, "price", "amount", NULL));
    bool is_meant = edit->quantity >= 0 && (!edit->sku || slice_is(sku, edit->sku));
    json_begin_object(w);
    json_field_text(w, "sku", sku);
    if (edit->keeps_product_id) {
        json_field_int(w, "product_id", rig_int(json_get(v, "product_id")));
    }
    json_key(w, "property_values");
    json_begin_array(w);
    for (struct json_iter i = json_iter(json_get(v, "property_values"));
         !edit->no_properties && json_next(&i);) {
        put_property(w, i.value);
    }
    json_end_array(w);
    json_key(w, "offerings");
    json_begin_array(w);
    json_begin_object(w);
    if (edit->price_is_an_object) {
        copy_list(w, "price", json_get(offering, "price"));
    } else {
        json_field_raw(
            w,
            "price",
            arena_printf(&rig.arena, "%" PRId64 ".%02d", cents / 100, (int)(cents % 100)));
    }
    json_field_int(
        w, "quantity", is_meant ? edit->quantity : rig_int(json_get(offering, "quantity")));
    json_field_bool(w, "is_enabled", true);
    copy_list(w, "readiness_state_id", json_get(offering, "readiness_state_id"));
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

static struct slice transform(struct json record, const struct edit *edit)
{
    static const char *const lists[] = {"price_on_property",
                                        "quantity_on_property",
                                        "sku_on_property",
                                        "readiness_state_on_property"};
    struct buf out;
    buf_init(&out, 1 << 16);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_key(&w, "products");
    json_begin_array(&w);
    for (struct json_iter i = json_iter(json_get(record, "products")); json_next(&i);) {
        if (!edit->skip || !slice_is(rig_text(json_get(i.value, "sku")), edit->skip)) {
            put_product(&w, i.value, edit);
        }
    }
    json_end_array(&w);
    for (size_t i = 0; i < COUNT_OF(lists) && !edit->no_on_property; i++) {
        copy_list(&w, lists[i], json_get(record, lists[i]));
    }
    json_end_object(&w);
    struct slice text = arena_copy(&rig.arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void write_record(const char *sku, struct edit edit)
{
    put(sku, transform(read_record(sku), &edit));
}

static int64_t quantity_in(struct json record, const char *sku)
{
    for (struct json_iter i = json_iter(json_get(record, "products")); json_next(&i);) {
        if (slice_is(rig_text(json_get(i.value, "sku")), sku)) {
            return rig_int(json_get(rig_at(json_get(i.value, "offerings"), 0), "quantity"));
        }
    }
    return -1;
}

static void test_a_record_is_read_and_written_whole(void **state)
{
    (void)state;
    struct json record = read_record("TEE-RS");
    assert_int_equal(json_count(json_get(record, "products")), 4);
    assert_int_equal(json_count(json_get(record, "quantity_on_property")), 2);
    struct json first = rig_at(json_get(record, "products"), 0);
    struct json price = json_get(rig_at(json_get(first, "offerings"), 0), "price");
    assert_int_equal(rig_int(json_get(price, "amount")), 1990);
    assert_int_equal(rig_int(json_get(price, "divisor")), 100);
    write_record("TEE-RS", (struct edit){.sku = "TEE-BM", .quantity = 4});
    assert_int_equal(rig.status, 200);
    assert_int_equal(quantity_in(rig.json, "TEE-BM"), 4);
    assert_int_equal(quantity_in(rig.json, "TEE-RS"), 10);
    assert_int_equal(rig_count(shop, "TEE-BM"), 4);
    assert_slice(item_named("TEE-BM")->price, "19.90");
    write_record("TEE-RS", (struct edit){.sku = "TEE-BM", .quantity = 0}); /* one of them: fine */
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_count(shop, "TEE-BM"), 0);
}

static void test_fields_that_only_a_reading_has_are_refused(void **state)
{
    (void)state;
    write_record("TEE-RS", (struct edit){.quantity = 4, .keeps_product_id = true});
    want_error(400, "Invalid field in products");
    write_record("TEE-RS", (struct edit){.quantity = 4, .price_is_an_object = true});
    assert_int_equal(rig.status, 400);
    struct json record = read_record("MUG");
    put("MUG", json_copy_text(record, &rig.arena)); /* just as it was read */
    assert_int_equal(rig.status, 400);
    put("MUG",
        SLICE("{\"products\":[{\"sku\":\"MUG\",\"property_values\":[],\"offerings\":"
              "[{\"price\":12.5,\"quantity\":2,\"is_enabled\":true}]}]}"));
    assert_int_equal(rig.status, 400); /* readiness_state_id must be there, if only as null */
    put("MUG",
        SLICE("{\"products\":[{\"sku\":\"MUG\",\"property_values\":[],\"offerings\":"
              "[{\"price\":12.5,\"quantity\":1000,\"is_enabled\":true,"
              "\"readiness_state_id\":null}]}]}"));
    assert_int_equal(rig.status, 400);
    put("MUG", SLICE("{\"products\":"));
    assert_int_equal(rig.status, 400);
    assert_int_equal(rig_count(shop, "MUG"), 3);
    put("MUG",
        SLICE("{\"products\":[{\"sku\":\"MUG\",\"property_values\":[],\"offerings\":"
              "[{\"price\":12.5,\"quantity\":2,\"is_enabled\":true,"
              "\"readiness_state_id\":null}]}]}"));
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_count(shop, "MUG"), 2);
}

static void test_zeros_everywhere_are_refused(void **state)
{
    (void)state;
    write_record("TEE-RS", (struct edit){.quantity = 0});
    want_error(400, "One offering must have quantity greater than 0");
    write_record("MUG", (struct edit){.quantity = 0});
    want_error(400, "One offering must have quantity greater than 0");
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_a_missing_combination_is_refused_and_a_missing_value_is_deleted(void **state)
{
    (void)state;
    write_record("TEE-RS", (struct edit){.quantity = 4, .skip = "TEE-BM"});
    want_error(400, "All combinations of property values must be present");
    assert_int_equal(rig_count(shop, "TEE-BM"), 10);
    write_record("CAP-A", (struct edit){.quantity = 4, .skip = "CAP-B"});
    assert_int_equal(rig.status, 200);
    assert_int_equal(json_count(json_get(rig.json, "products")), 1);
    assert_int_equal(rig_count(shop, "CAP-B"), 0);
    int64_t order;
    struct shop_line line = {SLICE("CAP-B"), 1};
    assert_int_equal(shop_buy(shop, &line, 1, &order), SHOP_SHORT);
    struct slice path = arena_printf(
        &rig.arena, "/listings/%" PRId64 "/inventory?show_deleted=true", listing_id("CAP-A"));
    get(path.p);
    assert_int_equal(json_count(json_get(rig.json, "products")), 2);
    write_record("TEE-RS", (struct edit){.quantity = 4, .no_properties = true});
    assert_int_equal(rig.status, 400);
}

static void test_one_quantity_for_all_must_be_one(void **state)
{
    (void)state;
    struct json record = read_record("ART-1");
    assert_int_equal(json_count(json_get(record, "quantity_on_property")), 0);
    write_record("ART-1", (struct edit){.sku = "ART-1", .quantity = 3});
    assert_int_equal(rig.status, 400);
    write_record("ART-1", (struct edit){.quantity = 3});
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_count(shop, "ART-2"), 3);
    rig_buy(shop, "ART-2", 1);
    assert_int_equal(quantity_in(read_record("ART-1"), "ART-1"), 2);
    write_record("TEE-RS", (struct edit){.sku = "TEE-RS", .quantity = 3, .no_on_property = true});
    assert_int_equal(rig.status, 400);
}

static void test_a_sale_between_reading_and_writing_is_overwritten(void **state)
{
    (void)state;
    struct shop_faults faults = {.sale_between = 1000};
    shop_faults_set(shop, &faults);
    write_record("MUG", (struct edit){.quantity = -1});
    assert_int_equal(rig.status, 200);
    assert_int_equal(shop_stats(shop).orders, 1);
    assert_int_equal(rig_count(shop, "MUG"), 3); /* the sold unit is for sale again */
}

static void test_a_conflict_changes_nothing(void **state)
{
    (void)state;
    struct shop_faults faults = {.write_conflict = 1000};
    shop_faults_set(shop, &faults);
    write_record("MUG", (struct edit){.quantity = 2});
    assert_int_equal(rig.status, 409);
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_only_the_owner_sees_skus_and_writes(void **state)
{
    (void)state;
    struct slice path = arena_printf(
        &rig.arena, "/v3/application/listings/%" PRId64 "/inventory", listing_id("MUG"));
    send_as(api_key, SLICE(""), "GET", path.p, "application/json", SLICE(""));
    assert_int_equal(rig.status, 200);
    assert_slice(rig_text(json_get(rig_at(json_get(rig.json, "products"), 0), "sku")), "");
    send_as(api_key, SLICE(""), "PUT", path.p, "application/json", SLICE("{}"));
    assert_int_equal(rig.status, 401);
}

static void test_many_records_are_read_at_once(void **state)
{
    (void)state;
    struct slice path = arena_printf(&rig.arena,
                                     "/listings/batch/inventory?listing_ids=%" PRId64 ",%" PRId64,
                                     listing_id("MUG"),
                                     listing_id("TEE-RS"));
    get(path.p);
    assert_int_equal(rig_int(json_get(rig.json, "count")), 2);
    struct json one = rig_at(json_get(rig.json, "results"), 1);
    assert_int_equal(rig_int(json_get(one, "listing_id")), listing_id("TEE-RS"));
    assert_slice(rig_text(json_get(one, "state")), "active");
    assert_int_equal(quantity_in(json_get(one, "inventory"), "TEE-RM"), 10);
    path = arena_printf(
        &rig.arena, "/listings/batch/inventory?listing_ids=%" PRId64 ",1", listing_id("MUG"));
    get(path.p);
    assert_int_equal(rig.status, 404);
    get("/listings/batch/inventory");
    assert_int_equal(rig.status, 400);
}

/* ---- states ---- */

static struct slice state_now(const char *sku)
{
    struct slice path = arena_printf(
        &rig.arena, "/listings/%" PRId64 "/inventory?includes=Listing", listing_id(sku));
    get(path.p);
    return arena_copy(&rig.arena, rig_text(json_path(rig.json, "listing", "state", NULL)));
}

static void test_an_inactive_listing_sells_nothing_and_keeps_its_quantity(void **state)
{
    (void)state;
    patch("MUG", "state=inactive&quantity=9");
    assert_int_equal(rig.status, 200);
    assert_slice(state_now("MUG"), "inactive");
    assert_int_equal(rig_count(shop, "MUG"), 0);
    assert_int_equal(quantity_in(rig.json, "MUG"), 3);
    write_record("MUG", (struct edit){.quantity = 5});
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_count(shop, "MUG"), 0);
    patch("MUG", "state=active");
    assert_int_equal(rig_count(shop, "MUG"), 5);
    patch("MUG", "state=sold_out");
    assert_int_equal(rig.status, 400);
}

static void test_a_listing_that_sold_its_last_unit_comes_back_with_one(void **state)
{
    (void)state;
    rig_buy(shop, "MUG", 3);
    assert_slice(state_now("MUG"), "sold_out");
    write_record("MUG", (struct edit){.quantity = 8});
    assert_int_equal(rig_count(shop, "MUG"), 0); /* written, and still sold out */
    patch("MUG", "state=active");
    assert_int_equal(rig_count(shop, "MUG"), 1); /* renewed */
    write_record("MUG", (struct edit){.quantity = 8});
    assert_int_equal(rig_count(shop, "MUG"), 8);
}

static void test_listings_are_paged_by_state_with_their_records(void **state)
{
    (void)state;
    patch("MUG", "state=inactive");
    struct slice path = arena_printf(&rig.arena,
                                     "/shops/%" PRId64 "/listings?limit=2&includes=Inventory",
                                     etsy_of(shop)->shop_id);
    size_t seen = 0;
    for (int page = 0; page < 3; page++) {
        get(arena_printf(&rig.arena, "%s&offset=%d", path.p, 2 * page).p);
        assert_int_equal(rig_int(json_get(rig.json, "count")), 4);
        struct json list = json_get(rig.json, "results");
        for (struct json_iter i = json_iter(list); json_next(&i);) {
            assert_true(json_count(json_path(i.value, "inventory", "products", NULL)) > 0);
            seen++;
        }
    }
    assert_int_equal(seen, 4);
    get(arena_printf(&rig.arena, "%s&state=inactive", path.p).p);
    assert_int_equal(rig_int(json_get(rig.json, "count")), 1);
    get(arena_printf(&rig.arena, "%s&state=gone", path.p).p);
    assert_int_equal(rig.status, 400);
    get("/shops/1/listings");
    assert_int_equal(rig.status, 403);
}

/* ---- what truecount is told ---- */

static void test_the_shop_says_what_a_channel_needs(void **state)
{
    (void)state;
    struct shop_remote_field fields[SHOP_REMOTE_MAX];
    struct buf text;
    buf_init(&text, 4096);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    shop_settings_put(shop, "berlin", &w);
    shop_secrets_put(shop, &w);
    json_end_object(&w);
    struct json v = rig_parse(&rig, buf_view(&text));
    assert_slice(rig_text(json_get(v, "shop_id")), "12345");
    assert_slice(rig_text(json_get(v, "keystring")), RIG_TOKEN);
    assert_true(slice_equal(rig_text(json_get(v, "refresh_token")), refresh));
    assert_true(slice_starts(rig_text(json_get(v, "webhook_secret")), "whsec_"));
    assert_int_equal(shop_item_remote(shop, 1, &rig.arena, fields), 3);
    assert_string_equal(fields[0].key, "listing_id");
    assert_slice(fields[2].value, "TEE-RS");
    buf_free(&text);
}

static void test_somebody_s_edit_is_read_back(void **state)
{
    (void)state;
    assert_int_equal(shop_stock_edit(shop, SLICE("MUG"), 9), SHOP_DONE);
    assert_int_equal(quantity_in(read_record("MUG"), "MUG"), 9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(test_the_key_alone_does_not_open),
        TEST(test_a_token_without_its_owner_in_front_is_none),
        TEST(test_a_refresh_token_is_good_once),
        TEST(test_consent_wants_the_verifier_of_its_challenge),
        cmocka_unit_test_setup_teardown(test_the_counters_are_told_and_kept, start_small, end),
        TEST(test_a_record_is_read_and_written_whole),
        TEST(test_fields_that_only_a_reading_has_are_refused),
        TEST(test_zeros_everywhere_are_refused),
        TEST(test_a_missing_combination_is_refused_and_a_missing_value_is_deleted),
        TEST(test_one_quantity_for_all_must_be_one),
        TEST(test_a_sale_between_reading_and_writing_is_overwritten),
        TEST(test_a_conflict_changes_nothing),
        TEST(test_only_the_owner_sees_skus_and_writes),
        TEST(test_many_records_are_read_at_once),
        TEST(test_an_inactive_listing_sells_nothing_and_keeps_its_quantity),
        TEST(test_a_listing_that_sold_its_last_unit_comes_back_with_one),
        TEST(test_listings_are_paged_by_state_with_their_records),
        TEST(test_the_shop_says_what_a_channel_needs),
        TEST(test_somebody_s_edit_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
