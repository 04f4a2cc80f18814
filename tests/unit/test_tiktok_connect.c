/* SPDX-License-Identifier: Apache-2.0 */
/* Consent, tokens, and the exchange of connecting, request by request. */
#include "support/tiktok_shop.h"

#define HOOKS "https://stock.example/hooks/tt"

static struct account account, new_account, mapped;

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(tiktok, PLAIN);
    new_account = fixture_account(tiktok, "{\"settings\":{}," SECRETS "}");
    mapped = fixture_account(tiktok, MAPPED);
    return 0;
}

static bool has(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

/* ---- consent ---- */

#define KEYS "\"secrets\":{\"app_key\":\"ab+c\",\"app_secret\":\"s/1\"}"

static void test_consent_opens_the_sellers_own_page(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *url;
    } cases[] = {
        {"{\"service_id\":\"7172\"}",
         "https://services.tiktokshop.com/open/authorize?service_id=7172&state=r%2Fq"},
        {"{\"service_id\":\"https://services.tiktokshop.com/open/authorize?service_id=7172\"}",
         "https://services.tiktokshop.com/open/authorize?service_id=7172&state=r%2Fq"},
        {"{\"service_id\":\"https://services.us.tiktokshop.com/open/authorize?service_id=7172\"}",
         "https://services.us.tiktokshop.com/open/authorize?service_id=7172&state=r%2Fq"},
        {"{}", "https://auth.tiktok-shops.com/oauth/authorize?app_key=ab%2Bc&state=r%2Fq"},
        {"{\"service_id\":\"7172\",\"base_url\":\"http://127.0.0.1:9/tt\"}",
         "http://127.0.0.1:9/tt/open/authorize?service_id=7172&state=r%2Fq"},
        {"{\"service_id\":\"7172\",\"auth_url\":\"http://127.0.0.1:8/\"}",
         "http://127.0.0.1:8/open/authorize?service_id=7172&state=r%2Fq"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice text =
            arena_printf(&fixture.arena, "{\"settings\":%s," KEYS "}", cases[i].settings);
        struct account a = fixture_account(tiktok, text.p);
        struct slice url = {0};
        struct err_note note = {{0}};
        struct step step = {.state = SLICE("r/q")};
        assert_int_equal(tiktok->consent_url(&a, &step, &fixture.arena, &url, &note), ERR_OK);
        assert_slice(url, cases[i].url);
        step.state = (struct slice){0};
        assert_int_equal(tiktok->consent_url(&a, &step, &fixture.arena, &url, &note), ERR_USAGE);
    }
}

static void test_a_persons_return_buys_the_first_tokens_only_with_our_state(void **state)
{
    (void)state;
    struct account a = fixture_account(tiktok, "{\"settings\":{}," KEYS "}");
    static const struct {
        const char *query, *state;
        enum err e;
    } cases[] = {
        {"code=TTP_code&state=r%2Fq", "r/q", ERR_OK},
        {"app_key=ab&code=TTP_code&locale=en&shop_region=GB", "r/q", ERR_OK}, /* Seller Center */
        {"code=TTP_code&state=other", "r/q", ERR_AUTH},
        {"code=TTP_code&state=r%2Fq", "", ERR_AUTH},
        {"state=r%2Fq", "r/q", ERR_USAGE},
        {"code=&state=r%2Fq", "r/q", ERR_USAGE},
        {"code=a%20b&state=r%2Fq", "r/q", ERR_USAGE},
        {"", "r/q", ERR_USAGE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request r;
        struct step step = {.state = slice_of(cases[i].state)};
        enum err e = tiktok->build_code(&a, slice_of(cases[i].query), &step, &fixture.arena, &r);
        if (e != cases[i].e) {
            fail_msg("%s: got %s", cases[i].query, err_name(e));
        }
        if (e == ERR_OK) {
            assert_slice(r.method, "GET");
            assert_slice(r.url,
                         "https://auth.tiktok-shops.com/api/v2/token/get?app_key=ab%2Bc&app_secret="
                         "s%2F1&auth_code=TTP_code&grant_type=authorized_code");
        }
    }
}

/* ---- tokens ---- */

static void test_a_refresh_token_buys_a_new_pair_where_the_account_says(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(tiktok->build_token(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_slice(r.url,
                 "https://auth.tiktok-shops.com/api/v2/token/refresh?app_key=abcdef&app_secret=123"
                 "&refresh_token=TTP_ref&grant_type=refresh_token");
    struct account near = fixture_account(
        tiktok, "{\"settings\":{\"base_url\":\"http://127.0.0.1:9/tt\"}," SECRETS "}");
    assert_int_equal(tiktok->build_token(&near, &step, &fixture.arena, &r), ERR_OK);
    assert_true(slice_starts(r.url, "http://127.0.0.1:9/tt/api/v2/token/refresh?"));
    struct account none = fixture_account(tiktok, "{\"settings\":{}," KEYS "}");
    assert_int_equal(tiktok->build_token(&none, &step, &fixture.arena, &r), ERR_AUTH);
}

static struct channel_signal signal_now;

static enum err token_of(int status, const char *body, struct token *out)
{
    struct http_response r = fixture_answer(status, slice_of(body)); /* of 1795412731 */
    struct err_note note = {{0}};
    struct step step = step_at("");
    enum err e = tiktok->read_token(
        &account, &step, &r, fixture.doc, &fixture.arena, out, &signal_now, &note);
    assert_true(e == ERR_OK || strlen(note.text) > 0);
    return e;
}

#define PAIR(expire)                                                                               \
    ENVELOPE("{\"access_token\":\"TTP_a\",\"access_token_expire_in\":" expire                      \
             ",\"refresh_token\":\"TTP_r\",\"refresh_token_expire_in\":1800000000}")

static void test_the_tokens_end_is_an_instant_by_the_platforms_clock(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int64_t lifetime_s;
    } cases[] = {
        {PAIR("1795812731"), 400000},
        {PAIR("1795585531"), 172800},
        {PAIR("1799999999"), 7 * 86400}, /* an unlikely instant is not believed */
        /* Of less than two days, half its life is left when it is bought again: a day before. */
        {PAIR("1795499131"), 86400 + 43200},
        {PAIR("86400"), 86400 + 43200}, /* no instant of this century: a duration */
        {PAIR("null"), 86400 + 43200},
        {PAIR("-5"), 86400 + 43200},
        {PAIR("99999999999999"), 86400 + 43200},
        {PAIR("\"1795412732\""), 86400 + 1800}, /* never one after the other without a pause */
        {PAIR("1795000000"), 86400 + 1800}, /* over: but the new refresh token must not be lost */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct token token = {0};
        assert_int_equal(token_of(200, cases[i].body, &token), ERR_OK);
        assert_int_equal(token.lifetime_us, cases[i].lifetime_s * US_PER_S);
        assert_slice(token.access, "TTP_a");
        assert_slice(token.refresh, "TTP_r");
    }
    struct token token;
    assert_int_equal(token_of(200, ENVELOPE("{\"access_token\":\"TTP_a\"}"), &token), ERR_OK);
    assert_slice(token.refresh, "");
}

static void test_refused_credentials_are_told_from_a_platform_that_is_down(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err e;
        bool unauthorised;
    } cases[] = {
        {200, FAILURE("36004004", "invalid refresh token"), ERR_AUTH, true},
        {200, FAILURE("105001", "x"), ERR_AUTH, true},
        {200, FAILURE("36009002", "slow down"), ERR_THROTTLED, false},
        {200, FAILURE("36009003", "internal"), ERR_UNKNOWN, false},
        {503, "<html>", ERR_UNKNOWN, false},
        {200, ENVELOPE("{}"), ERR_UNKNOWN, false},
        {200, ENVELOPE("{\"access_token\":\"a b\"}"), ERR_UNKNOWN, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct token token;
        assert_int_equal(token_of(cases[i].status, cases[i].body, &token), cases[i].e);
        assert_int_equal(signal_now.unauthorised, cases[i].unauthorised);
    }
}

/* ---- connecting ---- */

static struct connect_report report;

static enum err
answered(const struct account *a, const char *cursor, const char *hooks_url, const char *body)
{
    struct http_response r = fixture_answer(200, slice_of(body));
    struct err_note note = {{0}};
    struct step step = step_at(cursor);
    step.hooks_url = slice_of(hooks_url);
    report = (struct connect_report){0};
    return tiktok->read_connect(
        a, &step, &r, fixture.doc, &fixture.arena, &report, &signal_now, &note);
}

static struct http_request
request_of(const struct account *a, const char *cursor, const char *hooks_url)
{
    struct http_request r = {.method = {0}};
    struct step step = step_at(cursor);
    step.hooks_url = slice_of(hooks_url);
    assert_int_equal(tiktok->build_connect(a, &step, &fixture.arena, &r), ERR_OK);
    return r;
}

/* "ok shop, made warehouse", then " > cursor". */
static struct slice said(void)
{
    static const char *const states[] = {[CONNECT_OK] = "ok",
                                         [CONNECT_MADE] = "made",
                                         [CONNECT_BY_HAND] = "by hand",
                                         [CONNECT_WRONG] = "wrong"};
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < report.checks_count; i++) {
        const struct connect_check *c = &report.checks[i];
        buf_printf(&text, "%s%s %s", i ? ", " : "", states[c->state], c->what);
        assert_true(c->detail.n > 0 || c->state == CONNECT_OK || c->state == CONNECT_MADE);
    }
    if (signal_now.next.is_wanted) {
        buf_text(&text, " > ");
        buf_slice(&text, signal_now.next.cursor);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define SHOP(id, name, cipher)                                                                     \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"region\":\"GB\",\"cipher\":\"" cipher              \
    "\",\"code\":\"GB" id "\"}"

static void test_the_only_shop_is_found_and_kept(void **state)
{
    (void)state;
    struct http_request r = request_of(&new_account, "", HOOKS);
    assert_slice(r.method, "GET");
    assert_true(has(r.url, "/authorization/202309/shops?app_key=abcdef&timestamp="));
    assert_false(has(r.url, "shop_cipher"));
    assert_int_equal(
        answered(&new_account, "", HOOKS, ENVELOPE("{\"shops\":[" SHOP("77", "Tees", "C_9") "]}")),
        ERR_OK);
    assert_slice(said(), "ok credentials, made shop > w C_9");
    assert_slice(report.settings, "{\"shop_cipher\":\"C_9\",\"shop_id\":\"77\"}");
    assert_slice(report.checks[1].detail, "Tees (GB)");
    /* Until it is kept, the cursor carries it. */
    assert_true(has(request_of(&new_account, "w C_9", HOOKS).url, "&shop_cipher=C_9&"));
}

static void test_which_of_several_shops_is_for_a_person_to_say(void **state)
{
    (void)state;
    static const char *const two =
        ENVELOPE("{\"shops\":[" SHOP("77", "Tees", "C_9") "," SHOP("78", "Mugs", "CIPHER_1") "]}");
    assert_int_equal(answered(&new_account, "", HOOKS, two), ERR_OK);
    assert_slice(said(), "ok credentials, by hand shop");
    assert_true(has(report.checks[1].detail, "GB77 Tees (GB): C_9; GB78 Mugs (GB): CIPHER_1"));
    assert_slice(report.settings, "");
    /* Said already. */
    assert_int_equal(answered(&account, "", HOOKS, two), ERR_OK);
    assert_slice(said(), "ok credentials, ok shop > w CIPHER_1");
    assert_slice(report.settings, "{\"shop_id\":\"78\"}");
    /* What is known already is not kept again. */
    struct account known = fixture_account(
        tiktok, "{\"settings\":{\"shop_cipher\":\"C_9\",\"shop_id\":\"77\"}," SECRETS "}");
    assert_int_equal(answered(&known, "", HOOKS, two), ERR_OK);
    assert_slice(said(), "ok credentials, ok shop > w C_9");
    assert_slice(report.settings, "");
    /* Said wrongly, or none is there. */
    assert_int_equal(
        answered(&account, "", HOOKS, ENVELOPE("{\"shops\":[" SHOP("77", "T", "C_9") "]}")),
        ERR_OK);
    assert_slice(said(), "ok credentials, wrong shop");
    assert_int_equal(answered(&new_account, "", HOOKS, ENVELOPE("{\"shops\":[]}")), ERR_OK);
    assert_slice(said(), "ok credentials, wrong shop");
    assert_int_equal(
        answered(&new_account, "", HOOKS, ENVELOPE("{\"shops\":[" SHOP("77", "T", "a b") "]}")),
        ERR_OK);
    assert_slice(said(), "ok credentials, wrong shop");
}

#define STORE(id, type, status, is_default)                                                        \
    "{\"id\":\"" id "\",\"name\":\"n" id "\",\"type\":\"" type "\",\"effect_status\":\"" status    \
    "\",\"is_default\":" is_default "}"
#define STORES(list) ENVELOPE("{\"warehouses\":[" list "]}")
#define SALES(id, is_default) STORE(id, "SALES_WAREHOUSE", "ENABLED", is_default)

#define A_PLACE ", ok place of theirs"

static void test_the_default_sales_warehouse_is_found_and_kept(void **state)
{
    (void)state;
    static const struct {
        const char *body, *said, *settings;
    } cases[] = {
        {STORES(STORE("1", "RETURN_WAREHOUSE", "ENABLED", "true") "," SALES("2", "true")),
         "made warehouse" A_PLACE " > h C_9",
         "{\"warehouse_id\":\"2\"}"},
        {STORES(SALES("2", "false")),
         "made warehouse" A_PLACE " > h C_9",
         "{\"warehouse_id\":\"2\"}"},
        {STORES(SALES("2", "false") "," SALES("3", "true")),
         "made warehouse" A_PLACE A_PLACE " > h C_9",
         "{\"warehouse_id\":\"3\"}"},
        {STORES(SALES("2", "false") "," SALES("3", "false")),
         "wrong warehouse" A_PLACE A_PLACE " > h C_9",
         ""},
        {STORES(STORE("2", "SALES_WAREHOUSE", "RESTRICTED", "true")),
         "wrong warehouse > h C_9",
         ""},
        {STORES(""), "wrong warehouse > h C_9", ""},
        {FAILURE("105005", "scope"), "wrong right to read warehouses > h C_9", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(answered(&new_account, "w C_9", HOOKS, cases[i].body), ERR_OK);
        assert_slice(said(), cases[i].said);
        assert_slice(report.settings, cases[i].settings);
        assert_false(signal_now.unauthorised); /* one right, not the credentials */
    }
    /* Those that the settings name are only looked at. */
    assert_int_equal(answered(&account, "w C", HOOKS, STORES(SALES("70685", "true"))), ERR_OK);
    assert_slice(said(), "ok warehouse" A_PLACE " > h C");
    assert_int_equal(answered(&account, "w C", HOOKS, STORES(SALES("2", "true"))), ERR_OK);
    assert_slice(said(), "wrong warehouse" A_PLACE " > h C");
    assert_slice(report.checks[1].detail, "2 n2");
    assert_true(has(report.checks[0].detail, "2 n2"));
    assert_int_equal(
        answered(&mapped, "w C", HOOKS, STORES(SALES("70685", "true") "," SALES("70686", "false"))),
        ERR_OK);
    assert_slice(said(), "ok warehouses" A_PLACE A_PLACE " > h C");
    assert_int_equal(answered(&mapped, "w C", HOOKS, STORES(SALES("70685", "true"))), ERR_OK);
    assert_slice(said(), "wrong warehouses" A_PLACE " > h C");
    assert_true(has(report.checks[0].detail, "70686"));
}

static void test_missing_subscriptions_are_made_one_by_one(void **state)
{
    (void)state;
    static const char *const listed =
        ENVELOPE("{\"webhooks\":[{\"event_type\":\"RETURN_STATUS_CHANGE\",\"address\":"
                 "\"" HOOKS "/RETURN_STATUS_CHANGE\"},{\"event_type\":\"ORDER_STATUS_CHANGE\","
                 "\"address\":\"https://old.example/\"}],\"total_count\":2}");
    assert_int_equal(answered(&account, "h C", HOOKS, listed), ERR_OK);
    assert_slice(said(), "ok webhook RETURN_STATUS_CHANGE > p C 01345");

    struct http_request r = request_of(&account, "p C 01345", HOOKS);
    assert_slice(r.method, "PUT");
    assert_true(has(r.url, "/event/202309/webhooks?app_key=abcdef&shop_cipher=C&timestamp="));
    assert_slice(r.body,
                 "{\"event_type\":\"ORDER_STATUS_CHANGE\",\"address\":\"" HOOKS
                 "/ORDER_STATUS_CHANGE\"}");
    assert_int_equal(answered(&account, "p C 01345", HOOKS, ENVELOPE("{}")), ERR_OK);
    assert_slice(said(), "made webhook ORDER_STATUS_CHANGE > p C 1345");
    assert_int_equal(answered(&account, "p C 5", HOOKS, ENVELOPE("{}")), ERR_OK);
    assert_slice(said(), "made webhook UPCOMING_AUTHORIZATION_EXPIRATION > o C");
    assert_int_equal(answered(&account, "h C", "", listed), ERR_OK);
    assert_slice(said(), "by hand webhooks > o C");
}

static void test_a_refused_subscription_gives_the_exact_values_to_enter(void **state)
{
    (void)state;
    static const struct {
        const char *hooks_url, *why;
    } cases[] = {
        {HOOKS, "address " HOOKS "/INVENTORY_STATUS_CHANGE"},
        {"http://stock.example/hooks/tt", "https only"},
        {"https://stock.example:8443/hooks/tt", "no address with a port"},
        {"https://10.0.0.1/hooks/tt", "host names only"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(
            answered(&account, "p C 3", cases[i].hooks_url, FAILURE("12000001", "bad address")),
            ERR_OK);
        assert_slice(said(), "by hand webhook INVENTORY_STATUS_CHANGE > o C");
        assert_true(has(report.checks[0].detail, "12000001 bad address"));
        if (!has(report.checks[0].detail, cases[i].why)) {
            fail_msg("%.*s", SLICE_ARG(report.checks[0].detail));
        }
    }
    /* Orders cannot be read without theirs. */
    assert_int_equal(answered(&account, "p C 0", HOOKS, FAILURE("12000001", "no")), ERR_OK);
    assert_slice(said(), "wrong webhook ORDER_STATUS_CHANGE > o C");
    /* Longer than TikTok takes. */
    char long_url[300] = "https://";
    memset(long_url + 8, 'a', 250);
    assert_int_equal(answered(&account, "h C", long_url, ENVELOPE("{\"webhooks\":[]}")), ERR_OK);
    assert_slice(said(),
                 "wrong webhook ORDER_STATUS_CHANGE, wrong webhook CANCELLATION_STATUS_CHANGE, "
                 "wrong webhook RETURN_STATUS_CHANGE, wrong webhook INVENTORY_STATUS_CHANGE, wrong "
                 "webhook SELLER_DEAUTHORIZATION, wrong webhook "
                 "UPCOMING_AUTHORIZATION_EXPIRATION > o C");
}

static void test_rights_are_tried_and_named(void **state)
{
    (void)state;
    assert_true(has(request_of(&account, "o C", HOOKS).url, "/order/202309/orders/search?"));
    assert_slice(request_of(&account, "o C", HOOKS).body, "{}");
    assert_true(has(request_of(&account, "i C", HOOKS).url, "/product/202502/products/search?"));
    assert_int_equal(answered(&account, "o C", HOOKS, ENVELOPE("{\"orders\":[]}")), ERR_OK);
    assert_slice(said(), "ok right to read orders > i C");
    assert_int_equal(answered(&account, "o C", HOOKS, FAILURE("105005", "scope")), ERR_OK);
    assert_slice(said(), "wrong right to read orders > i C");
    assert_true(has(report.checks[0].detail, "seller.order.info"));
    assert_int_equal(answered(&account, "i C", HOOKS, ENVELOPE("{}")), ERR_OK);
    assert_slice(said(), "ok right to read products, by hand right to write stock");
    assert_true(has(report.checks[1].detail, "seller.product.write"));
}

static void test_faults_end_the_exchange(void **state)
{
    (void)state;
    static const char *const cursors[] = {"", "w C", "h C", "p C 1", "o C", "i C"};
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        assert_int_equal(answered(&account, cursors[i], HOOKS, FAILURE("105002", "x")), ERR_AUTH);
        assert_int_equal(answered(&account, cursors[i], HOOKS, FAILURE("36009002", "x")),
                         ERR_THROTTLED);
        assert_int_equal(answered(&account, cursors[i], HOOKS, "<html>"), ERR_NET);
        assert_false(signal_now.next.is_wanted);
    }
    static const char *const bad[] = {"x C", "w", "w ", "p C", "p C 9", "p C x", "w C 1", "ww C"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct http_request r;
        struct step step = step_at(bad[i]);
        assert_int_equal(tiktok->build_connect(&account, &step, &fixture.arena, &r), ERR_USAGE);
        assert_int_equal(answered(&account, bad[i], HOOKS, ENVELOPE("{}")), ERR_USAGE);
    }
    /* Without the right to list shops, a shop that is known goes on. */
    assert_int_equal(answered(&account, "", HOOKS, FAILURE("105005", "scope")), ERR_OK);
    assert_slice(said(), "wrong right to read shops > w CIPHER_1");
    assert_int_equal(answered(&new_account, "", HOOKS, FAILURE("105005", "scope")), ERR_OK);
    assert_slice(said(), "wrong right to read shops");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_consent_opens_the_sellers_own_page),
        cmocka_unit_test(test_a_persons_return_buys_the_first_tokens_only_with_our_state),
        cmocka_unit_test(test_a_refresh_token_buys_a_new_pair_where_the_account_says),
        cmocka_unit_test(test_the_tokens_end_is_an_instant_by_the_platforms_clock),
        cmocka_unit_test(test_refused_credentials_are_told_from_a_platform_that_is_down),
        cmocka_unit_test(test_the_only_shop_is_found_and_kept),
        cmocka_unit_test(test_which_of_several_shops_is_for_a_person_to_say),
        cmocka_unit_test(test_the_default_sales_warehouse_is_found_and_kept),
        cmocka_unit_test(test_missing_subscriptions_are_made_one_by_one),
        cmocka_unit_test(test_a_refused_subscription_gives_the_exact_values_to_enter),
        cmocka_unit_test(test_rights_are_tried_and_named),
        cmocka_unit_test(test_faults_end_the_exchange),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
