/* SPDX-License-Identifier: Apache-2.0 */
/* A shop's catalogue becomes listings: what is clear by itself, the rest with its reason. */
#include "support/served_shop.h"

#define ITEMS 1000   /* in products of four variations */
#define UNKNOWN 10   /* of them: no SKU of ours */
#define DUPLICATES 2 /* further items that spell a SKU of another one differently */
#define BLANKS 3     /* further items without a SKU */
#define UNCOUNTED 5  /* further items that the shop does not count */
#define POOLED 4     /* further items whose product's stock is shared (WooCommerce) */
#define CREATE_SKUS "{\"create_skus\":true}"
#define CLEAR (ITEMS - UNKNOWN - DUPLICATES)

static void
add(struct shop *shop, const char *sku, const char *product, int n, enum stock_mode mode)
{
    struct err_note note;
    char title[32], options[48];
    snprintf(title, sizeof(title), "number %d", n);
    snprintf(options, sizeof(options), "{\"Number\":\"%d\"}", n);
    const struct sandbox_item item = {.sku = slice_of(sku),
                                      .product = slice_of(product),
                                      .title = slice_of(title),
                                      .options = slice_of(options),
                                      .barcode = SLICE("4006381333931"),
                                      .count = 7,
                                      .mode = mode};
    if (shop_item_add(shop, &item, &note)) {
        fail_msg("%s", note.text);
    }
}

static void fill(struct shop *shop)
{
    char sku[32], product[32];
    for (int i = 0; i < ITEMS; i++) {
        snprintf(sku, sizeof(sku), "SKU-%04d", i);
        snprintf(product, sizeof(product), "Product %d", i / 4);
        add(shop, sku, product, i, STOCK_MANAGED);
    }
    for (int i = 0; i < DUPLICATES; i++) {
        snprintf(sku, sizeof(sku), "sku-%04d", 500 + i);
        add(shop, sku, "Spelt otherwise", i, STOCK_MANAGED);
    }
    for (int i = 0; i < BLANKS; i++) {
        add(shop, "", "Nameless", i, STOCK_MANAGED);
    }
    for (int i = 0; i < UNCOUNTED; i++) {
        snprintf(sku, sizeof(sku), "FREE-%d", i);
        add(shop, sku, "Uncounted", i, STOCK_UNMANAGED);
    }
    for (int i = 0; i < POOLED && shop_kind(shop) == SHOP_WOOCOMMERCE; i++) {
        snprintf(sku, sizeof(sku), "POOL-%d", i);
        add(shop, sku, "Shared", i, STOCK_POOL);
    }
}

/* The SKUs we know: all but the first UNKNOWN, and those that cannot be linked. */
static void create_skus(struct served *s)
{
    buf_clear(&s->body);
    struct json_writer w = json_writer(&s->body);
    char sku[32];
    json_begin_object(&w);
    json_key(&w, "items");
    json_begin_array(&w);
    for (int i = UNKNOWN; i < ITEMS + UNCOUNTED + POOLED; i++) {
        int beyond = i - ITEMS;
        if (beyond < 0) {
            snprintf(sku, sizeof(sku), "SKU-%04d", i);
        } else if (beyond < UNCOUNTED) {
            snprintf(sku, sizeof(sku), "FREE-%d", beyond);
        } else {
            snprintf(sku, sizeof(sku), "POOL-%d", beyond - UNCOUNTED);
        }
        json_begin_object(&w);
        json_field_str(&w, "sku", sku);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    assert_int_equal(served_api(s, "POST", SLICE("/v1/skus")), 201);
}

/* Starts an import of the shop's channel; its job. */
static int64_t import_start(struct served *s, const struct shop *shop, const char *body)
{
    char path[96];
    int64_t job = 0;
    snprintf(path, sizeof(path), "/v1/channels/%.*s/import", SLICE_ARG(shop_code(shop)));
    WRITE(s, 202, "POST", path, "%s", body);
    assert_true(slice_int(said_text(s->json, "job"), &job));
    return job;
}

static bool import_ended(struct served *s, int64_t job)
{
    GET(s, "/v1/jobs/%" PRId64, job);
    struct slice state = said_text(s->json, "state");
    return slice_is(state, "done") || slice_is(state, "failed");
}

static int64_t reasons(struct served *s, const char *reason)
{
    int64_t n = 0;
    (void)json_int(json_path(s->json, "result", "reasons", reason, NULL), &n);
    return n;
}

/* How many rows of the review have the reason, each with what a person needs. */
static int64_t rows_of(struct served *s, const char *reason)
{
    int64_t n = 0;
    for (struct json_iter i = json_iter(json_get(s->json, "review")); json_next(&i);) {
        assert_true(json_count(json_get(i.value, "remote")) > 0);
        assert_true(said_text(i.value, "detail").n > 20);
        n += slice_is(said_text(i.value, "reason"), reason);
    }
    return n;
}

static struct shop *slow_shop(struct served *s, enum shop_kind kind, int answer_ms)
{
    struct shop *shop = served_shop_of(
        s,
        (struct shop_options){
            .kind = kind, .code = "shop", .points_max = 20000, .points_per_s = 20000});
    const struct shop_faults faults = {.answer_ms_min = answer_ms, .answer_ms_max = answer_ms};
    fill(shop);
    shop_faults_set(shop, &faults);
    return shop;
}

/* ---- the catalogue ---- */

static void import_whole_catalogue(struct served *s, enum shop_kind kind)
{
    bool is_woo = kind == SHOP_WOOCOMMERCE, seen_running = false;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = slow_shop(s, kind, 3);
    create_skus(s);
    served_receive(s, "SKU-0100", 7);
    shop_sells_one(shop, "SKU-0100", 2); /* before anybody has linked it */
    UNTIL(s, 30, served_incidents(s, "PARKED", NULL) == 1);
    assert_int_equal(served_stock(s, "SKU-0100", "reserved"), 0);

    int64_t job = import_start(s, shop, "");
    char path[96];
    snprintf(path, sizeof(path), "/v1/channels/%.*s/import", SLICE_ARG(shop_code(shop)));
    WRITE(s, 409, "POST", path, "{}"); /* one at a time */
    for (int64_t until_us = served_after(s, 60); !import_ended(s, job);) {
        int64_t done = said_int(s->json, "done");
        seen_running |= slice_is(said_text(s->json, "state"), "running") && done > 0 &&
                        done < ITEMS && said_int(s->json, "total") >= done;
        served_wait(s, until_us, "the import ends", __FILE__, __LINE__);
    }
    assert_true(seen_running);
    assert_slice(said_text(s->json, "state"), "done");
    assert_int_equal(said_int(s->json, "done"), said_int(s->json, "total"));
    assert_int_equal(said_int(json_get(s->json, "result"), "linked"), CLEAR);
    assert_int_equal(reasons(s, "unknown"), UNKNOWN + (is_woo ? 1 : 0)); /* the pool itself */
    assert_int_equal(reasons(s, "duplicate"), 2 * DUPLICATES);
    assert_int_equal(reasons(s, "unmanaged"), UNCOUNTED);
    assert_int_equal(reasons(s, "parent_managed"), is_woo ? POOLED : 0);
    assert_int_equal(reasons(s, "blank"), BLANKS);
    assert_int_equal(rows_of(s, "duplicate"), 2 * DUPLICATES);
    assert_int_equal(rows_of(s, "parent_managed"), is_woo ? POOLED : 0);
    assert_int_equal(json_count(json_get(s->json, "review")),
                     said_int(json_get(s->json, "result"), "review"));

    /* The order that waited is booked, and the next sale is known by its listing. */
    assert_int_equal(served_stock(s, "SKU-0100", "reserved"), 2);
    assert_int_equal(served_incidents(s, "PARKED", NULL), 0);
    shop_sells_one(shop, "SKU-0100", 1);
    UNTIL(s, 30, served_stock(s, "SKU-0100", "reserved") == 3);
    /* Nobody has counted the other SKUs here yet: the shop keeps its numbers. */
    UNTIL(s, 30, shop_shows(shop, "SKU-0100") == 4);
    assert_int_equal(shop_shows(shop, "SKU-0200"), 7);

    job = import_start(s, shop, "{}");
    UNTIL(s, 60, import_ended(s, job));
    assert_int_equal(said_int(json_get(s->json, "result"), "already_linked"), CLEAR);
    assert_int_equal(said_int(json_get(s->json, "result"), "linked"), 0);
    served_end(s);
}

static void test_t60_a_shopify_catalogue_is_linked_one_to_one_and_the_rest_explained(void **state)
{
    import_whole_catalogue(*state, SHOP_SHOPIFY);
}

static void test_t49_a_woocommerce_catalogue_is_linked_but_for_what_its_parents_manage(void **state)
{
    import_whole_catalogue(*state, SHOP_WOOCOMMERCE);
}

static void test_the_first_import_of_an_empty_server_can_create_the_skus(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = slow_shop(s, SHOP_WOOCOMMERCE, 0);
    int64_t job = import_start(s, shop, CREATE_SKUS);
    UNTIL(s, 60, import_ended(s, job));
    assert_slice(said_text(s->json, "state"), "done");
    assert_int_equal(said_int(json_get(s->json, "result"), "skus_created"), ITEMS - DUPLICATES + 1);
    assert_int_equal(said_int(json_get(s->json, "result"), "linked"), ITEMS - DUPLICATES + 1);
    GET(s, "/v1/skus/SKU-0042");
    assert_slice(said_text(s->json, "product"), "Product 10");
    assert_slice(said_text(json_get(s->json, "options"), "Number"), "42");
    served_end(s);
}

/* ---- when it does not go well ---- */

static void test_an_import_gets_through_throttling_and_errors(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = slow_shop(s, SHOP_SHOPIFY, 0);
    const struct shop_faults faults = {.api_throttle = 150, .api_error = 100};
    shop_faults_set(shop, &faults);
    int64_t job = import_start(s, shop, CREATE_SKUS);
    UNTIL(s, 120, import_ended(s, job));
    assert_slice(said_text(s->json, "state"), "done");
    assert_int_equal(said_int(json_get(s->json, "result"), "linked"), ITEMS - DUPLICATES);
    served_end(s);
}

static void test_an_import_with_refused_credentials_fails_and_says_so(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = slow_shop(s, SHOP_SHOPIFY, 0);
    WRITE(s,
          200,
          "PATCH",
          "/v1/channels/shop",
          "{'secrets':{'access_token':'revoked','webhook_secret':'" SHOP_SECRET "'}}");
    int64_t job = import_start(s, shop, "");
    UNTIL(s, 60, import_ended(s, job));
    assert_slice(said_text(s->json, "state"), "failed");
    assert_non_null(strstr(said_text(s->json, "error").p, "credentials"));
    served_end(s);
}

static void interrupt(struct served *s, void (*end)(struct served *s))
{
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = slow_shop(s, SHOP_WOOCOMMERCE, 50);
    int64_t job = import_start(s, shop, CREATE_SKUS);
    for (int64_t until_us = served_after(s, 30);;) {
        assert_false(import_ended(s, job));
        if (said_int(s->json, "done") > 50) {
            break;
        }
        served_wait(s, until_us, "the import is under way", __FILE__, __LINE__);
    }
    end(s);
    served_start(s);
    UNTIL(s, 10, import_ended(s, job));
    assert_slice(said_text(s->json, "state"), "failed");
    assert_slice(said_text(s->json, "error"), "interrupted: start it again");
    shop_faults_set(shop, &(struct shop_faults){0});
    job = import_start(s, shop, CREATE_SKUS);
    UNTIL(s, 60, import_ended(s, job));
    assert_slice(said_text(s->json, "state"), "done");
    assert_int_equal(said_int(json_get(s->json, "result"), "linked"), ITEMS - DUPLICATES + 1);
    served_end(s);
}

static void test_an_import_that_a_crash_interrupted_is_failed_and_can_be_started_again(void **state)
{
    interrupt(*state, served_kill);
}

static void test_an_import_that_a_stop_interrupted_is_failed_and_can_be_started_again(void **state)
{
    interrupt(*state, served_stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t60_a_shopify_catalogue_is_linked_one_to_one_and_the_rest_explained),
        SCENARIO(test_t49_a_woocommerce_catalogue_is_linked_but_for_what_its_parents_manage),
        SCENARIO(test_the_first_import_of_an_empty_server_can_create_the_skus),
        SCENARIO(test_an_import_gets_through_throttling_and_errors),
        SCENARIO(test_an_import_with_refused_credentials_fails_and_says_so),
        SCENARIO(test_an_import_that_a_crash_interrupted_is_failed_and_can_be_started_again),
        SCENARIO(test_an_import_that_a_stop_interrupted_is_failed_and_can_be_started_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
