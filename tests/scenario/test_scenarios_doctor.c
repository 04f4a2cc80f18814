/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue with one of each fault: exactly those are found, and nothing is linked by guess. */
#include "support/command.h"

#define RIGHT "4006381333931"
#define OTHER "4006381333948"
#define SHARED "4006381333955"
#define KNOWN "4006381333962"
#define WRONG "4006381333930"
#define HIDDEN "CAP\xE2\x80\x8B"           /* a zero-width space behind it */
#define FOREIGN "\xD0\x9D\xD0\x90\xD0\xA2" /* HAT in Cyrillic */

/* ---- the catalogue ---- */

static void add(struct shop *shop,
                const char *sku,
                const char *product,
                const char *title,
                const char *barcode,
                enum stock_mode mode)
{
    struct err_note note;
    const struct sandbox_item item = {.sku = slice_of(sku),
                                      .product = slice_of(product),
                                      .title = slice_of(title),
                                      .barcode = slice_of(barcode),
                                      .count = 7,
                                      .mode = mode};
    if (shop_item_add(shop, &item, &note)) {
        fail_msg("%s: %s", sku, note.text);
    }
}

static void fill(struct shop *shop)
{
    add(shop, "CLEAN-1", "Clean", "", RIGHT, STOCK_MANAGED);
    add(shop, "clean 2", "Clean too", "", "", STOCK_MANAGED); /* not CLEAN-2: another code */
    add(shop, "mug", "Mug", "", "", STOCK_MANAGED);           /* spelt otherwise */
    add(shop, "TEE-O1", "Tee", "", "", STOCK_MANAGED);        /* looks like TEE-01 */
    add(shop, HIDDEN, "Cap", "", "", STOCK_MANAGED);
    add(shop, FOREIGN, "Hat", "", "", STOCK_MANAGED);
    add(shop, "PEN-6PK", "Pens", "", "", STOCK_MANAGED);
    add(shop, "SOCK", "Socks, pack of 6", "", "", STOCK_MANAGED);
    add(shop, "BAR-1", "Bar one", "", OTHER, STOCK_MANAGED); /* ours has another */
    add(shop, "BAR-2", "Bar two", "", WRONG, STOCK_MANAGED);
    add(shop, "BAR-3", "Bar three", "", SHARED, STOCK_MANAGED);
    add(shop, "BAR-4", "Bar four", "", SHARED, STOCK_MANAGED);
    add(shop, "LOST-1", "Lost", "", KNOWN, STOCK_MANAGED);
    add(shop, "DUP", "Twice", "first", "", STOCK_MANAGED);
    add(shop, "dup", "Twice", "second", "", STOCK_MANAGED);
    add(shop, "", "Nameless", "one", "", STOCK_MANAGED);
    add(shop, "NAMED", "Nameless", "two", "", STOCK_MANAGED);
    add(shop, "FREE", "Uncounted", "", "", STOCK_UNMANAGED);
    add(shop, "ODD", "By hand", "", "", STOCK_MANAGED);
    add(shop, "TAKEN", "Taken", "", "", STOCK_MANAGED);
    if (shop_kind(shop) == SHOP_WOOCOMMERCE) {
        add(shop, "POOL-1", "Shared", "one", "", STOCK_POOL);
    }
}

/* Ours. TAKEN is sold by the item ODD already: somebody has linked it by hand. */
static void create_skus(struct served *s, const struct shop *shop)
{
    char remote[256];
    WRITE(s,
          201,
          "POST",
          "/v1/skus",
          "{'items':[{'sku':'CLEAN-1','barcode':'" RIGHT "'},{'sku':'CLEAN-2'},{'sku':'MUG'},"
          "{'sku':'TEE-01'},{'sku':'CAP'},{'sku':'HAT'},{'sku':'PEN'},{'sku':'SOCK',"
          "'title':'Socks'},{'sku':'BAR-1','barcode':'4006381333979'},{'sku':'BAR-2'},"
          "{'sku':'BAR-3'},{'sku':'BAR-4'},{'sku':'KNOWN-1','barcode':'" KNOWN "'},{'sku':'DUP'},"
          "{'sku':'NAMED'},{'sku':'FREE'},{'sku':'TAKEN'},{'sku':'POOL-1'}]}");
    shop_remote(shop, "ODD", remote);
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'shop','sku':'TAKEN','remote':%s}", remote);
}

static void import(struct served *s, const char *channel, const char *body)
{
    char path[96];
    int64_t job = 0;
    struct slice state;
    (void)snprintf(path, sizeof(path), "/v1/channels/%s/import", channel);
    WRITE(s, 202, "POST", path, "%s", body);
    assert_true(slice_int(said_text(s->json, "job"), &job));
    do {
        served_run(s, 20 * US_PER_MS);
        GET(s, "/v1/jobs/%" PRId64, job);
        state = said_text(s->json, "state");
    } while (slice_is(state, "queued") || slice_is(state, "running"));
    assert_slice(state, "done");
}

/* ---- what must be found ---- */

struct wanted {
    const char *kind, *sku, *other; /* other NULL: whatever */
    bool is_woo;                    /* on WooCommerce alone */
};

static const struct wanted wanted[] = {
    {"unknown", "clean 2", NULL, false},
    {"look_alike", "clean 2", "CLEAN-2", false},
    {"spelling", "mug", "MUG", false},
    {"unknown", "TEE-O1", NULL, false},
    {"look_alike", "TEE-O1", "TEE-01", false},
    {"unknown", HIDDEN, NULL, false},
    {"look_alike", HIDDEN, "CAP", false},
    {"hidden_character", HIDDEN, NULL, false},
    {"unknown", FOREIGN, NULL, false},
    {"look_alike", FOREIGN, "HAT", false},
    {"foreign_letter", FOREIGN, NULL, false},
    {"unknown", "PEN-6PK", NULL, false},
    {"pack_size", "PEN-6PK", "PEN", false},
    {"pack_size", "SOCK", NULL, false},
    {"barcode_differs", "BAR-1", "4006381333979", false},
    {"barcode_wrong", "BAR-2", WRONG, false},
    {"barcode_shared", "BAR-3", SHARED, false},
    {"barcode_shared", "BAR-4", SHARED, false},
    {"unknown", "LOST-1", NULL, false},
    {"barcode_known", "LOST-1", "KNOWN-1", false},
    {"duplicate", "DUP", "DUP", false},
    {"duplicate", "dup", "DUP", false},
    {"spelling", "dup", "DUP", false},
    {"blank", "", NULL, false},
    {"unmanaged", "FREE", NULL, false},
    {"taken", "TAKEN", "TAKEN", false},
    {"parent_managed", "POOL-1", NULL, true},
    /* The product that shares its stock out is an item of its own; its SKU is made up by the shop. */
};

static void print_all(struct served *s)
{
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        print_error("%.*s '%.*s' other '%.*s': %.*s\n",
                    SLICE_ARG(said_text(i.value, "kind")),
                    SLICE_ARG(said_text(i.value, "sku")),
                    SLICE_ARG(said_text(i.value, "other")),
                    SLICE_ARG(said_text(i.value, "detail")));
    }
}

static size_t times_found(struct served *s, const struct wanted *w)
{
    size_t n = 0;
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        n += slice_is(said_text(i.value, "kind"), w->kind) &&
             slice_is(said_text(i.value, "sku"), w->sku) &&
             (!w->other || slice_is(said_text(i.value, "other"), w->other));
    }
    return n;
}

static size_t want_exactly(struct served *s, bool is_woo)
{
    size_t expected = 0;
    GET(s, "/v1/doctor?channel=shop&limit=1000");
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        if (wanted[i].is_woo && !is_woo) {
            continue;
        }
        expected++;
        if (times_found(s, &wanted[i]) != 1) {
            print_all(s);
            fail_msg(
                "%s of '%s': %zu times", wanted[i].kind, wanted[i].sku, times_found(s, &wanted[i]));
        }
    }
    size_t pools = 0;
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        assert_true(said_text(i.value, "detail").n > 5 && said_text(i.value, "action").n > 20);
        assert_true(json_count(json_get(i.value, "remote")) > 0);
        pools += is_woo && slice_is(said_text(i.value, "title"), "Shared") &&
                 slice_is(said_text(i.value, "kind"), "unknown");
    }
    size_t found = json_count(json_get(s->json, "items"));
    if (found != expected + pools || pools != (is_woo ? 1 : 0)) {
        print_all(s);
        fail_msg("%zu are found, %zu expected", found, expected + pools);
    }
    return found;
}

static bool is_listed(struct served *s, const char *sku)
{
    GET(s, "/v1/listings?sku=%s", sku);
    return json_count(json_get(s->json, "items")) > 0;
}

/* Only codes that are the same after normalising, one to one. */
static void want_links(struct served *s)
{
    static const char *const linked[] = {
        "CLEAN-1", "MUG", "SOCK", "BAR-1", "BAR-2", "BAR-3", "BAR-4", "NAMED", "TAKEN"};
    static const char *const left[] = {
        "CLEAN-2", "TEE-01", "CAP", "HAT", "PEN", "KNOWN-1", "DUP", "FREE", "POOL-1"};
    for (size_t i = 0; i < COUNT_OF(linked); i++) {
        assert_true(is_listed(s, linked[i]));
    }
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        assert_false(is_listed(s, left[i]));
    }
}

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        n += *text == '\n';
    }
    return n;
}

static void want_tables(struct served *s, size_t found)
{
    struct command c = {.s = s};
    WANT_RUN(&c, 0, "TEE-O1", NULL, "doctor", "--channel", "shop");
    WANT_RUN(&c,
             0,
             "channel,kind,sku,title,other,units",
             NULL,
             "doctor",
             "--channel",
             "shop",
             "--csv",
             "-");
    assert_int_equal(lines_of(c.out), found + 1);
    WANT_RUN(&c, 0, NULL, NULL, "doctor", "--kind", "duplicate", "--csv", "-");
    assert_int_equal(lines_of(c.out), 3);
    WANT_RUN(&c, 1, NULL, "there is no channel", "doctor", "--channel", "nope");
    WANT_RUN(&c, 2, NULL, "kind", "doctor", "--kind", "nope");
    command_free(&c);
}

static void one_of_each(struct served *s, enum shop_kind kind)
{
    bool is_woo = kind == SHOP_WOOCOMMERCE;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop_of(
        s,
        (struct shop_options){
            .kind = kind, .code = "shop", .points_max = 20000, .points_per_s = 20000});
    fill(shop);
    create_skus(s, shop);
    import(s, "shop", "");
    struct json counts = json_path(s->json, "result", "findings", NULL);
    assert_int_equal(said_int(counts, "look_alike"), 4);
    assert_int_equal(said_int(counts, "unknown"), is_woo ? 7 : 6);
    assert_int_equal(said_int(counts, "duplicate"), 2);
    size_t found = want_exactly(s, is_woo);
    want_links(s);
    want_tables(s, found);
    import(s, "shop", ""); /* once more: the same, and not twice */
    assert_int_equal(want_exactly(s, is_woo), found);
    want_links(s);
    served_end(s);
}

static void
test_t60_each_fault_of_a_shopify_catalogue_is_found_and_nothing_linked_by_guess(void **state)
{
    one_of_each(*state, SHOP_SHOPIFY);
}

static void test_t49_so_of_woocommerce_with_a_variation_that_its_parent_manages(void **state)
{
    one_of_each(*state, SHOP_WOOCOMMERCE);
}

/* ---- when it is over ---- */

static size_t found_of(struct served *s, const char *kind)
{
    GET(s, "/v1/doctor?kind=%s", kind);
    return json_count(json_get(s->json, "items"));
}

static void test_a_fault_is_over_when_its_item_is_listed_by_whatever_means(void **state)
{
    struct served *s = *state;
    char remote[256];
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop(s, SHOP_SHOPIFY, "shop");
    add(shop, "NEW-1", "New", "", "", STOCK_MANAGED);
    add(shop, "NEW-2", "New too", "", "", STOCK_MANAGED);
    add(shop, "SKU-6PK", "Six", "", "", STOCK_MANAGED);
    import(s, "shop", "");
    assert_int_equal(found_of(s, "unknown"), 3);
    assert_int_equal(found_of(s, "pack_size"), 1);
    WRITE(s, 201, "POST", "/v1/skus", "{'items':[{'sku':'NEW-1'},{'sku':'SIX'}]}");
    assert_int_equal(found_of(s, "unknown"), 2); /* it waited for its SKU */
    shop_remote(shop, "SKU-6PK", remote);
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'shop','sku':'SIX','remote':%s}", remote);
    assert_int_equal(found_of(s, "unknown"), 1);
    assert_int_equal(found_of(s, "pack_size"), 1); /* linking does not make one of six */
    GET(s, "/v1/doctor?kind=pack_size");
    int64_t listing = 0, units = said_int(said_at(json_get(s->json, "items"), 0), "units");
    assert_true(slice_int(said_text(said_at(json_get(s->json, "items"), 0), "listing"), &listing));
    assert_int_equal(units, 6);
    char path[64];
    (void)snprintf(path, sizeof(path), "/v1/listings/%" PRId64, listing);
    WRITE(s, 200, "PATCH", path, "{'pack_size':6}");
    import(s, "shop", "");
    assert_int_equal(found_of(s, "pack_size"), 0);
    served_end(s);
}

/* ---- two channels, one account; our own SKUs ---- */

static void second_channel(struct served *s, const struct shop *shop)
{
    ON_EXIT(buf_free) struct buf settings;
    ON_EXIT(buf_free) struct buf secrets;
    buf_init(&settings, 4096);
    buf_init(&secrets, 4096);
    struct json_writer w = json_writer(&settings);
    json_begin_object(&w);
    shop_settings_put(shop, "berlin", &w);
    json_end_object(&w);
    w = json_writer(&secrets);
    json_begin_object(&w);
    shop_secrets_put(shop, &w);
    json_end_object(&w);
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'twin','connector':'%s','settings':%.*s,'secrets':%.*s}",
          shop_kind_name(shop_kind(shop)),
          SLICE_ARG(buf_view(&settings)),
          SLICE_ARG(buf_view(&secrets)));
}

static void test_t48_one_account_connected_as_two_channels_is_told(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop(s, SHOP_WOOCOMMERCE, "shop");
    struct shop *other = served_shop(s, SHOP_WOOCOMMERCE, "other");
    second_channel(s, shop);
    add(shop, "TEE", "Tee", "", "", STOCK_MANAGED);
    add(other, "TEE", "Tee", "", "", STOCK_MANAGED);
    import(s, "shop", "{'create_skus':true}");
    import(s, "other", ""); /* the same SKU on another account is what we are for */
    assert_int_equal(found_of(s, "same_account"), 0);
    import(s, "twin", "");
    assert_int_equal(found_of(s, "same_account"), 1);
    struct json row = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(row, "channel"), "twin");
    assert_slice(said_text(row, "other"), "shop");
    served_end(s);
}

static void test_our_own_skus_are_looked_at_by_every_import(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop(s, SHOP_SHOPIFY, "shop");
    add(shop, "PIN", "Pin", "", "", STOCK_MANAGED);
    WRITE(s,
          201,
          "POST",
          "/v1/skus",
          "{'items':[{'sku':'TEE-O1','barcode':'" SHARED "'},{'sku':'TEE 01','barcode':'" SHARED
          "'},{'sku':'PIN','barcode':'" WRONG "'}]}");
    for (int round = 0; round < 2; round++) {
        import(s, "shop", "");
        assert_int_equal(said_int(json_path(s->json, "result", "own_findings", NULL), "look_alike"),
                         2);
        assert_int_equal(found_of(s, "look_alike"), 2);
        assert_int_equal(json_type(json_get(said_at(json_get(s->json, "items"), 0), "channel")),
                         JSON_NULL);
        assert_int_equal(found_of(s, "barcode_shared"), 2);
        assert_int_equal(found_of(s, "barcode_wrong"), 1);
    }
    WRITE(s, 200, "PATCH", "/v1/skus/TEE-O1", "{'sku':'SHIRT','barcode':''}");
    import(s, "shop", "");
    assert_int_equal(found_of(s, "look_alike"), 0);
    assert_int_equal(found_of(s, "barcode_shared"), 0);
    assert_int_equal(found_of(s, "barcode_wrong"), 1);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t60_each_fault_of_a_shopify_catalogue_is_found_and_nothing_linked_by_guess),
        SCENARIO(test_t49_so_of_woocommerce_with_a_variation_that_its_parent_manages),
        SCENARIO(test_a_fault_is_over_when_its_item_is_listed_by_whatever_means),
        SCENARIO(test_t48_one_account_connected_as_two_channels_is_told),
        SCENARIO(test_our_own_skus_are_looked_at_by_every_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
