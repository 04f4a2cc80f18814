/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused and what is kept: forged, unreadable, unmapped, too large, no room, no right. */
#include "support/served_shop.h"

static void rig_own(struct served *s, struct shop **out_own)
{
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    *out_own = served_shop(s, SHOP_API, "own");
    served_listing(s, *out_own, "TEE", 10);
    UNTIL(s, 20, served_settled(s));
}

static const char order_of_two[] = "{\"id\":\"1\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                                   "\"sku\":\"TEE\",\"ordered\":2}]}";

static void test_a_delivery_with_a_wrong_signature_gets_401_and_leaves_no_trace(void **state)
{
    struct served *s = *state;
    struct shop *own;
    rig_own(s, &own);
    struct http_header forged[] = {
        {SLICE("webhook-id"), SLICE("msg_1")},
        {SLICE("webhook-timestamp"), SLICE("1760000000")},
        {SLICE("webhook-signature"), SLICE("v1,MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")}};
    struct slice body = slice_of(order_of_two);
    assert_int_equal(served_send(s, "POST", SLICE("/hooks/own"), forged, 3, body), 401);
    assert_int_equal(served_send(s, "POST", SLICE("/hooks/own"), NULL, 0, body), 401);
    assert_int_equal(served_send(s, "POST", SLICE("/hooks/nobody"), forged, 3, body), 404);
    assert_int_equal(served_deliveries(s, "own", NULL), 0);
    assert_int_equal(served_stock(s, "TEE", "reserved"), 0);
    served_get(s, "/v1/orders/own/1");
    assert_int_equal(s->status, 404);
    served_end(s);
}

static void test_the_api_wants_a_token(void **state)
{
    static const struct http_header wrong[] = {
        {{"Authorization", 13}, {"Bearer scenario-admin-token-9999999999", 38}}};
    struct served *s = *state;
    served_start(s);
    struct slice path = SLICE("/v1/skus"), none = {0};
    assert_int_equal(served_send(s, "GET", path, NULL, 0, none), 401);
    assert_int_equal(served_send(s, "GET", path, wrong, 1, none), 401);
    assert_int_equal(served_send(s, "POST", path, NULL, 0, SLICE("{\"sku\":\"A\"}")), 401);
    assert_int_equal(served_send(s, "GET", SLICE("/readyz"), NULL, 0, none), 200);
    assert_int_equal(served_send(s, "GET", SLICE("/healthz"), NULL, 0, none), 200);
    GET(s, "/v1/skus");
    assert_int_equal(json_count(json_get(s->json, "items")), 0);
    served_end(s);
}

static void test_a_body_of_two_mebibytes_is_taken_and_one_byte_more_is_413(void **state)
{
    struct served *s = *state;
    struct shop *own;
    const size_t max = (size_t)2 * 1024 * 1024;
    rig_own(s, &own);
    char *body = malloc(max + 1);
    must(body);
    memset(body, ' ', max + 1);
    memcpy(body, order_of_two, sizeof(order_of_two) - 1);
    assert_int_equal(served_hook(s, "own", (struct slice){body, max + 1}), 413);
    assert_int_equal(served_deliveries(s, "own", NULL), 0);
    assert_int_equal(served_hook(s, "own", (struct slice){body, max}), 200);
    assert_int_equal(served_stock(s, "TEE", "reserved"), 2);
    free(body);
    served_end(s);
}

static void test_an_authentic_delivery_that_cannot_be_read_is_kept_and_said(void **state)
{
    static const char *const unreadable[] = {"not json at all",
                                             "{\"id\":\"1\",\"version\":\"1\"}",
                                             ("{\"id\":\"1\",\"version\":\"1\",\"lines\":[{"
                                              "\"id\":\"1\",\"sku\":\"TEE\",\"ordered\":-1}]}")};
    struct served *s = *state;
    struct shop *own;
    char path[64];
    rig_own(s, &own);
    for (size_t i = 0; i < COUNT_OF(unreadable); i++) {
        assert_int_equal(served_hook(s, "own", slice_of(unreadable[i])), 200);
        assert_true(slice_is(said_text(s->json, "state"), "parked"));
        snprintf(path,
                 sizeof(path),
                 "/v1/deliveries/%.*s/replay",
                 SLICE_ARG(said_text(s->json, "delivery")));
        /* Nothing was mended, so it is as unreadable as before. */
        WRITE(s, 200, "POST", path, "%s", "{}");
        assert_true(slice_is(said_text(s->json, "state"), "parked"));
    }
    assert_int_equal(served_incidents(s, "PARKED", NULL), COUNT_OF(unreadable));
    assert_int_equal(served_deliveries(s, "own", "parked"), COUNT_OF(unreadable));
    assert_int_equal(served_stock(s, "TEE", "reserved"), 0);
    served_end(s);
}

static void test_what_came_while_a_channel_was_off_is_applied_by_a_replay_once(void **state)
{
    struct served *s = *state;
    struct shop *own;
    char path[64];
    rig_own(s, &own);
    WRITE(s, 200, "PATCH", "/v1/channels/own", "%s", "{\"mode\":\"off\"}");
    assert_int_equal(served_hook(s, "own", slice_of(order_of_two)), 200);
    snprintf(path,
             sizeof(path),
             "/v1/deliveries/%.*s/replay",
             SLICE_ARG(said_text(s->json, "delivery")));
    assert_int_equal(served_stock(s, "TEE", "reserved"), 0);
    WRITE(s, 200, "PATCH", "/v1/channels/own", "%s", "{\"mode\":\"live\"}");
    WRITE(s, 200, "POST", path, "%s", "{\"dry_run\":true}");
    assert_int_equal(served_stock(s, "TEE", "reserved"), 0);
    for (int i = 0; i < 2; i++) {
        WRITE(s, 200, "POST", path, "%s", "{}");
        assert_int_equal(served_stock(s, "TEE", "reserved"), 2);
    }
    served_end(s);
}

static void
test_a_line_without_a_listing_is_parked_and_booked_once_when_the_mapping_appears(void **state)
{
    static const struct {
        enum shop_kind kind;
        const char *code, *sku;
    } kinds[] = {{SHOP_API, "own", "NEW-OWN"},
                 {SHOP_SHOPIFY, "shopify", "NEW-SHOPIFY"},
                 {SHOP_WOOCOMMERCE, "woo", "NEW-WOO"}};
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "KNOWN", 10);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct shop *shop = served_shop(s, kinds[i].kind, kinds[i].code);
        served_listing(s, shop, "KNOWN", 10);
        shop_sells(shop, kinds[i].sku, 5);
        const struct shop_line lines[] = {{SLICE("KNOWN"), 1}, {slice_of(kinds[i].sku), 2}};
        int64_t order;
        assert_int_equal(shop_buy(shop, lines, 2, &order), SHOP_DONE);
        /* The line that is known is booked; the other waits, and is said. */
        UNTIL(s, 20, served_stock(s, "KNOWN", "reserved") == 1);
        UNTIL(s, 20, served_incidents(s, "PARKED", NULL) == 1);
        assert_true(served_deliveries(s, kinds[i].code, "parked") >= 1);
        served_sku(s, kinds[i].sku, 5);
        served_listing_of(s, shop, kinds[i].sku, kinds[i].sku, "");
        UNTIL(s, 5, served_stock(s, kinds[i].sku, "reserved") == 2);
        UNTIL(s, 5, served_incidents(s, "PARKED", NULL) == 0);
        assert_int_equal(shop_fulfil(shop, order, 0, 0), SHOP_DONE); /* a newer version of it */
        UNTIL(s, 20, served_stock(s, kinds[i].sku, "on_hand") == 3);
        assert_int_equal(served_stock(s, "KNOWN", "on_hand"), 9 - (int64_t)i);
        assert_int_equal(served_stock(s, kinds[i].sku, "available"), 3);
    }
    UNTIL(s, 30, served_settled(s));
    served_end(s);
}

/* ---- the command line ---- */

static void wants_refusal(struct served *s, const char *const *args, int wanted, const char *says)
{
    char out[128], *text = NULL;
    snprintf(out, sizeof(out), "%s/refusal", s->directory);
    int code = child_run(out, args, &text);
    const char *newline = strchr(text, '\n');
    if (code != wanted || !strstr(text, says) || !newline || newline[1] != '\0') {
        fail_msg("exit %d, wanted %d and one line with '%s':\n%s", code, wanted, says, text);
    }
    free(text);
}

static void test_bad_usage_is_one_line_and_exit_2(void **state)
{
    struct served *s = *state;
    char inside[160];
    const char *const unknown[] = {"serve", "--data", s->data, "--frobnicate", NULL};
    const char *const no_data[] = {"serve", NULL};
    const char *const bad_listen[] = {"serve", "--data", s->data, "--listen", "nowhere", NULL};
    const char *const bad_command[] = {"server", NULL};
    wants_refusal(s, unknown, 2, "--frobnicate");
    wants_refusal(s, no_data, 2, "--data");
    wants_refusal(s, bad_listen, 2, "nowhere");
    wants_refusal(s, bad_command, 2, "server");
    snprintf(inside, sizeof(inside), "%s/not-there/below", s->directory);
    const char *const below[] = {"serve", "--data", inside, "--listen", "127.0.0.1:0", NULL};
    wants_refusal(s, below, 2, inside);
    const char *const nothing_there[] = {"verify", "--data", inside, NULL};
    wants_refusal(s, nothing_there, 2, inside);
    snprintf(inside, sizeof(inside), "%s/refusal", s->directory); /* a file: what was just said */
    const char *const file[] = {"serve", "--data", inside, "--listen", "127.0.0.1:0", NULL};
    wants_refusal(s, file, 2, "no directory");
}

static void test_i18_a_second_server_on_the_same_data_is_refused(void **state)
{
    struct served *s = *state;
    served_start(s);
    const char *const second[] = {"serve", "--data", s->data, "--listen", "127.0.0.1:0", NULL};
    wants_refusal(s, second, 2, s->data);
    GET(s, "/v1/skus"); /* and the first one goes on */
    served_end(s);
}

/* ---- the disk ---- */

/* Writes zeros until there is no room. */
static void fill(const char *path)
{
    static const char zeros[65536];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (size_t size = sizeof(zeros); size > 0; size /= 2) {
        while (write(fd, zeros, size) == (ssize_t)size) {
        }
    }
    close(fd);
}

static bool is_refused(struct served *s)
{
    served_write(s,
                 "POST",
                 "/v1/movements",
                 "{'movements':[{'kind':'receive','sku':'TEE','location':'berlin','quantity':1,"
                 "'reason':'%0200d'}]}",
                 1);
    return s->status == 503;
}

static void test_a_full_disk_answers_503_and_ends_by_itself(void **state)
{
    struct served *s = *state;
    char filler[128];
    assert_int_equal(mkdir(s->data, 0700), 0);
    if (geteuid() != 0 || mount("tmpfs", s->data, "tmpfs", 0, "size=8m") != 0) {
        print_message("skipped: mounting a small file system needs root\n");
        skip();
    }
    struct shop *own, *woo;
    must(setenv("TRUECOUNT_DISK_REFUSE", "0", 1) == 0); /* the disk itself refuses here */
    rig_own(s, &own);
    must(unsetenv("TRUECOUNT_DISK_REFUSE") == 0);
    woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    served_listing(s, woo, "TEE", 10);
    UNTIL(s, 20, served_settled(s));

    /* A push is on its way when the disk fills: its outcome cannot be recorded. */
    struct shop_faults slow = {.answer_ms_min = 1500, .answer_ms_max = 1500};
    shop_faults_set(woo, &slow);
    shop_sells_one(own, "TEE", 9);
    UNTIL(s, 10, shop_shows(woo, "TEE") == 1);
    snprintf(filler, sizeof(filler), "%s/filler", s->data);
    fill(filler);
    UNTIL(s, 20, is_refused(s));
    int64_t available = served_stock(s, "TEE", "available"); /* reading goes on */
    shop_sells_one(own, "TEE", 1);
    int64_t since = env_mono_us(s->env);
    UNTIL(s, 10, env_mono_us(s->env) - since > 2 * US_PER_S && is_refused(s));
    assert_int_equal(served_stock(s, "TEE", "available"), available);
    assert_true(sandbox_stats(s->sandbox).sum.hooks_waiting > 0);

    assert_int_equal(unlink(filler), 0);
    slow = (struct shop_faults){0};
    shop_faults_set(woo, &slow);
    UNTIL(s, 60, served_settled(s));
    assert_int_equal(served_stock(s, "TEE", "reserved"), 10);
    served_stop(s);
    served_verify(s);
    assert_int_equal(umount2(s->data, MNT_DETACH), 0);
}

static size_t pushes_of(struct served *s, int64_t listing)
{
    GET(s, "/v1/pushes?listing=%" PRId64 "&limit=1000", listing);
    return json_count(json_get(s->json, "items"));
}

/* Of both kinds of listings: those of the Inventory API, and those made on the site. */
static void test_a_listing_that_ebay_lets_nobody_write_today_waits_and_is_not_refused(void **state)
{
    static const char *const skus[] = {"TEE", "CUP", "MUG"};
    struct served *s = *state;
    struct shop *own;
    int64_t listings[COUNT_OF(skus)];
    rig_own(s, &own);
    struct shop *ebay = served_shop_of(
        s, (struct shop_options){.kind = SHOP_EBAY, .code = "ebay", .points_max = 1});
    for (size_t i = 0; i < COUNT_OF(skus); i++) {
        if (i > 0) {
            served_sku(s, skus[i], 10);
            served_listing(s, own, skus[i], 10);
        }
        shop_sells(ebay, skus[i], 10);
        listings[i] = served_listing_of(s, ebay, skus[i], skus[i], "");
    }
    UNTIL(s, 20, served_settled(s));
    for (size_t i = 0; i < 2; i++) {
        shop_sells_one(own, skus[i], 1);
        UNTIL(s, 10, shop_shows(ebay, skus[i]) == 9); /* the one that is allowed */
        shop_sells_one(own, skus[i], 1);
        UNTIL(s, 10, served_incidents(s, "WRITES-SPENT", skus[i]) == 1);
    }
    served_run(s, 4 * US_PER_S);
    for (size_t i = 0; i < 2; i++) {
        assert_slice(served_listing_state(s, listings[i]), "waiting");
        assert_int_equal(pushes_of(s, listings[i]), 2); /* it is not asked over and over */
    }
    assert_int_equal(served_incidents(s, "PUSH-REFUSED", NULL), 0);
    shop_sells_one(own, "MUG", 1); /* another listing is another allowance */
    UNTIL(s, 10, shop_shows(ebay, "MUG") == 9);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_delivery_with_a_wrong_signature_gets_401_and_leaves_no_trace),
        SCENARIO(test_the_api_wants_a_token),
        SCENARIO(test_a_body_of_two_mebibytes_is_taken_and_one_byte_more_is_413),
        SCENARIO(test_an_authentic_delivery_that_cannot_be_read_is_kept_and_said),
        SCENARIO(test_what_came_while_a_channel_was_off_is_applied_by_a_replay_once),
        SCENARIO(test_a_line_without_a_listing_is_parked_and_booked_once_when_the_mapping_appears),
        SCENARIO(test_a_listing_that_ebay_lets_nobody_write_today_waits_and_is_not_refused),
        SCENARIO(test_bad_usage_is_one_line_and_exit_2),
        SCENARIO(test_i18_a_second_server_on_the_same_data_is_refused),
        SCENARIO(test_a_full_disk_answers_503_and_ends_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
