/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, and connecting: rights, ship nodes, subscriptions, as one exchange. */
#include "support/walmart_account.h"

#include "base/buf.h"

static const struct connector *const walmart = &connector_walmart;

#define BASE "https://marketplace.walmartapis.com/v3/"
#define HOOKS "https://stock.example/hooks/wm"
#define ORDER_URL "https://stock.example/hooks/wm/order_updates"

/* ---- tokens ---- */

static void test_a_token_is_bought_with_the_client_credentials(void **state)
{
    (void)state;
    struct account a =
        fixture_account(walmart, "{\"secrets\":{\"client_id\":\"id-1\",\"client_secret\":\"cs\"}}");
    struct http_request r;
    struct step step = wm_step((struct slice){0});
    assert_true(walmart->wants_token(&a));
    assert_false(walmart->wants_token(&wm_plain));
    assert_int_equal(walmart->build_token(&a, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, BASE "token");
    assert_slice(r.body, "grant_type=client_credentials");
    assert_slice(fixture_header(&r, "Authorization"), "Basic aWQtMTpjcw==");
    assert_slice(fixture_header(&r, "Content-Type"), "application/x-www-form-urlencoded");
    assert_slice(fixture_header(&r, "Accept"), "application/json");
    assert_slice(fixture_header(&r, "WM_SVC.NAME"), "Walmart Marketplace");
    assert_slice(fixture_header(&r, "WM_QOS.CORRELATION_ID"), WM_UUID);
    assert_null(fixture_header(&r, "WM_SEC.ACCESS_TOKEN").p);
    assert_int_equal(walmart->build_catalogue(&a, &step, &fixture.arena, &r), ERR_AUTH);
}

static void test_a_token_lives_fifteen_minutes_at_most(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err says;
        int64_t lifetime_s;
        bool unauthorised;
    } cases[] = {
        {200,
         "{\"access_token\":\"eyJ.a-b_\",\"token_type\":\"Bearer\",\"expires_in\":900}",
         ERR_OK,
         900,
         false},
        {200, "{\"access_token\":\"eyJ.a-b_\",\"expires_in\":\"300\"}", ERR_OK, 300, false},
        {200, "{\"access_token\":\"eyJ.a-b_\",\"expires_in\":86400}", ERR_OK, 900, false},
        {200, "{\"access_token\":\"eyJ.a-b_\"}", ERR_OK, 900, false},
        {200, "{\"access_token\":\"a b\"}", ERR_UNKNOWN, 0, false},
        {200, "{}", ERR_UNKNOWN, 0, false},
        {400,
         "{\"error\":[{\"code\":\"INVALID_CLIENT\",\"description\":\"x\"}]}",
         ERR_AUTH,
         0,
         true},
        {401, "{\"error\":[{\"code\":\"UNAUTHORIZED.GMP_GATEWAY_API\"}]}", ERR_AUTH, 0, true},
        {401, "<html>", ERR_AUTH, 0, true},
        {429, "{}", ERR_THROTTLED, 0, false},
        {500, "", ERR_NET, 0, false},
        {200, "<OAuthTokenDTO/>", ERR_NET, 0, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_response response = fixture_answer(cases[i].status, slice_of(cases[i].body));
        struct step step = wm_step((struct slice){0});
        struct channel_signal signal;
        struct token token = {0};
        struct err_note note = {{0}};
        assert_int_equal(
            walmart->read_token(
                &wm_plain, &step, &response, fixture.doc, &fixture.arena, &token, &signal, &note),
            cases[i].says);
        assert_int_equal(signal.unauthorised, cases[i].unauthorised);
        assert_int_equal(token.lifetime_us, cases[i].lifetime_s * US_PER_S);
        assert_int_equal(token.refresh.n, 0);
        if (cases[i].says == ERR_OK) {
            assert_slice(token.access, "eyJ.a-b_");
        } else {
            assert_true(strlen(note.text) > 10);
        }
    }
}

/* ---- connecting ---- */

static struct step connect_step(struct slice cursor)
{
    struct step step = wm_step(cursor);
    step.hooks_url = SLICE(HOOKS);
    return step;
}

static struct connect_report report;
static struct channel_signal signal_now;

static struct http_request request_of(const struct account *account, struct slice cursor)
{
    struct http_request r;
    struct step step = connect_step(cursor);
    assert_int_equal(walmart->build_connect(account, &step, &fixture.arena, &r), ERR_OK);
    return r;
}

static enum err
answer(const struct account *account, struct slice cursor, int status, const char *body)
{
    struct http_response response = fixture_answer(status, slice_of(body));
    struct step step = connect_step(cursor);
    struct err_note note = {{0}};
    report = (struct connect_report){0};
    enum err e = walmart->read_connect(
        account, &step, &response, fixture.doc, &fixture.arena, &report, &signal_now, &note);
    assert_true(e == ERR_OK || (strlen(note.text) > 5 && !signal_now.next.is_wanted));
    return e;
}

/* "O what; M what": Ok, Made, by Hand, Wrong. */
static struct slice checks(void)
{
    static const char letters[] = {
        [CONNECT_OK] = 'O', [CONNECT_MADE] = 'M', [CONNECT_BY_HAND] = 'H', [CONNECT_WRONG] = 'W'};
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < report.checks_count; i++) {
        const struct connect_check *c = &report.checks[i];
        buf_printf(&text, "%s%c %s", i ? "; " : "", letters[c->state], c->what);
        assert_true(c->state == CONNECT_OK || c->state == CONNECT_MADE || c->detail.n > 20);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define SCOPES(text) "{\"is_valid\":true,\"expire_at\":\"1\",\"scopes\":{" text "}}"

static void test_rights_are_told_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *body, *says;
    } cases[] = {
        {SCOPES("\"orders\":\"view_only\",\"inventory\":\"full_access\",\"item\":\"view_only\","
                "\"feeds\":\"full_access\""),
         "O credentials; O right to write stock; O right to read orders; O right to send feeds; "
         "O right to read items"},
        {SCOPES("\"orders\":\"no_access\",\"inventory\":\"view_only\",\"feeds\":\"view_only\""),
         "O credentials; W right to write stock; W right to read orders; W right to send feeds; "
         "H right to read items"},
        {"{\"is_valid\":false,\"scopes\":{\"orders\":\"full_access\",\"inventory\":\"full_access\","
         "\"item\":\"full_access\",\"feeds\":\"full_access\"}}",
         "W credentials; O right to write stock; O right to read orders; O right to send feeds; "
         "O right to read items"},
        {"{}", "H rights"},
    };
    struct http_request r = request_of(&wm_plain, (struct slice){0});
    assert_slice(r.method, "GET");
    assert_slice(r.url, BASE "token/detail");
    assert_slice(fixture_header(&r, "Content-Type"), "application/json");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(answer(&wm_plain, (struct slice){0}, 200, cases[i].body), ERR_OK);
        assert_slice(checks(), cases[i].says);
        assert_true(signal_now.next.is_wanted);
        assert_slice(signal_now.next.cursor, "n");
    }
    assert_int_equal(answer(&wm_plain, (struct slice){0}, 401, "{}"), ERR_AUTH);
    assert_true(signal_now.unauthorised);
    assert_int_equal(answer(&wm_plain, (struct slice){0}, 503, ""), ERR_NET);
    assert_int_equal(answer(&wm_plain, (struct slice){0}, 429, "{}"), ERR_THROTTLED);
}

#define TWO_NODES                                                                                  \
    "[{\"shipNode\":\"1000005050\",\"shipNodeName\":\"Reno\",\"status\":\"ACTIVE\"},"              \
    "{\"shipNode\":\"79897837271126017\",\"shipNodeName\":\"Tam\\\"pa\"}]"

#define A_PLACE "; O place of theirs"
#define TWO_PLACES A_PLACE A_PLACE

static void test_ship_nodes_are_compared_or_offered_for_pasting(void **state)
{
    (void)state;
    assert_slice(request_of(&wm_plain, SLICE("n")).url, BASE "settings/shipping/shipnodes");
    assert_int_equal(answer(&wm_plain, SLICE("n"), 200, TWO_NODES), ERR_OK);
    assert_slice(checks(), "H ship nodes; O place of theirs; O place of theirs");
    assert_slice(report.checks[1].detail, "1000005050 Reno");
    assert_slice(report.checks[2].detail, "79897837271126017 Tam\"pa");
    static const char paste[] =
        "{\"ship_nodes\":[{\"location\":\"Reno\",\"remote\":\"1000005050\"},"
        "{\"location\":\"Tam\\\"pa\",\"remote\":\"79897837271126017\"}]}";
    struct slice detail = report.checks[0].detail;
    assert_non_null(memmem(detail.p, detail.n, paste, strlen(paste)));
    assert_slice(signal_now.next.cursor, "s");

    static const struct {
        bool has_nodes;
        int status;
        const char *body, *says;
    } cases[] = {
        {true, 200, TWO_NODES, "O ship nodes" TWO_PLACES},
        {true, 200, "{\"shipNodes\":" TWO_NODES "}", "O ship nodes" TWO_PLACES},
        {true, 200, "[{\"shipNode\":\"1000005050\"}]", "W ship nodes" A_PLACE},
        {true, 200, "{}", "H ship nodes"},
        {true, 403, "{\"errors\":[{\"code\":\"FORBIDDEN\"}]}", "H ship nodes"},
        {false, 200, "[{\"shipNode\":\"1000005050\"}]", "O ship nodes" A_PLACE},
        {false, 404, "{\"errors\":[{\"code\":\"X\"}]}", "O ship nodes"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(answer(cases[i].has_nodes ? &wm_nodes : &wm_plain,
                                SLICE("n"),
                                cases[i].status,
                                cases[i].body),
                         ERR_OK);
        assert_slice(checks(), cases[i].says);
        assert_slice(signal_now.next.cursor, "s");
        assert_false(signal_now.unauthorised);
    }
    assert_int_equal(answer(&wm_plain, SLICE("n"), 500, ""), ERR_NET);
}

#define SUB(id, type, topic, status, secret)                                                       \
    "{\"eventType\":\"" type "\",\"subscriptionId\":\"" id "\",\"eventVersion\":\"V1\","           \
    "\"eventUrl\":\"" HOOKS "/" topic "\",\"status\":\"" status "\",\"authDetails\":{"             \
    "\"authMethod\":\"HMAC\",\"authHeaderName\":\"X-TC-Signature\"" secret "}}"
#define KNOWN ",\"clientSecret\":\"secret\""

static void test_subscriptions_that_are_right_stay_and_are_tested(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "{\"events\":[" SUB("s-1", "ORDER_UPDATES", "order_updates", "ACTIVE", KNOWN) "," SUB(
            "s-2", "INVENTORY_OOS", "inventory_oos", "ACTIVE", "") "]}",
        "{\"events\":[{\"event\":[" SUB("s-2",
                                        "INVENTORY_OOS",
                                        "inventory_oos",
                                        "ACTIVE",
                                        ",\"clientSecret\":\"****\"") "," SUB("s-1",
                                                                              "ORDER_UPDATES",
                                                                              "order_updates",
                                                                              "ACTIVE",
                                                                              KNOWN) "]}]}",
    };
    struct http_request r = request_of(&wm_plain, SLICE("s"));
    assert_slice(r.url, BASE "webhooks/subscriptions");
    assert_slice(r.method, "GET");
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        assert_int_equal(answer(&wm_plain, SLICE("s"), 200, lists[i]), ERR_OK);
        assert_slice(checks(), "O webhook ORDER_UPDATES; O webhook INVENTORY_OOS");
        assert_int_equal(report.secrets.n, 0);
        assert_slice(signal_now.next.cursor, "st");
    }
    r = request_of(&wm_plain, SLICE("st"));
    assert_slice(r.method, "POST");
    assert_slice(r.url, BASE "webhooks/test");
    assert_slice(r.body,
                 "{\"eventType\":\"ORDER_UPDATES\",\"eventVersion\":\"V1\",\"resourceName\":"
                 "\"ORDER\",\"eventUrl\":\"" HOOKS "/order_updates\",\"authDetails\":{"
                 "\"authMethod\":\"HMAC\",\"authHeaderName\":\"X-TC-Signature\",\"clientSecret\":"
                 "\"secret\"},\"headers\":{\"content-type\":\"application/json\"}}");
    assert_int_equal(answer(&wm_plain, SLICE("st"), 200, "{\"message\":\"validated\"}"), ERR_OK);
    assert_slice(checks(), "O webhook test delivery");
    assert_false(signal_now.next.is_wanted);
    assert_int_equal(
        answer(&wm_plain, SLICE("st"), 400, "{\"errors\":[{\"code\":\"URL_NOT_REACHABLE\"}]}"),
        ERR_OK);
    assert_slice(checks(), "H webhook test delivery");
}

static void test_subscriptions_that_are_missing_or_differ_are_made_right(void **state)
{
    (void)state;
    assert_int_equal(
        answer(
            &wm_plain,
            SLICE("s"),
            200,
            "{\"events\":[" SUB("s-9", "ORDER_UPDATES", "order_updates", "INACTIVE", KNOWN) "," SUB(
                "s-8", "INVENTORY_OOS", "elsewhere", "ACTIVE", KNOWN) "]}"),
        ERR_OK);
    assert_int_equal(report.checks_count, 0);
    struct slice cursor = signal_now.next.cursor;
    assert_slice(cursor, "s - 0=s-9 1+");
    struct http_request r = request_of(&wm_plain, cursor);
    assert_slice(r.method, "PATCH");
    assert_slice(r.url, BASE "webhooks/subscriptions/s-9");
    assert_slice(r.body,
                 "{\"eventType\":\"ORDER_UPDATES\",\"eventVersion\":\"V1\",\"resourceName\":"
                 "\"ORDER\",\"eventUrl\":\"" HOOKS "/order_updates\",\"status\":\"ACTIVE\","
                 "\"authDetails\":{\"authMethod\":\"HMAC\",\"authHeaderName\":\"X-TC-Signature\","
                 "\"clientSecret\":\"secret\"},\"headers\":{\"content-type\":"
                 "\"application/json\"}}");
    assert_int_equal(answer(&wm_plain, cursor, 200, "{\"event\":[]}"), ERR_OK);
    assert_slice(checks(), "M webhook ORDER_UPDATES");
    cursor = signal_now.next.cursor;
    assert_slice(cursor, "s - 1+");
    r = request_of(&wm_plain, cursor);
    assert_slice(r.method, "POST");
    assert_slice(r.url, BASE "webhooks/subscriptions");
    assert_slice(r.body,
                 "{\"events\":[{\"eventType\":\"INVENTORY_OOS\",\"eventVersion\":\"V1\","
                 "\"resourceName\":\"INVENTORY\",\"eventUrl\":\"" HOOKS "/inventory_oos\","
                 "\"status\":\"ACTIVE\",\"authDetails\":{\"authMethod\":\"HMAC\","
                 "\"authHeaderName\":\"X-TC-Signature\",\"clientSecret\":\"secret\"},"
                 "\"headers\":{\"content-type\":\"application/json\"}}]}");
    assert_int_equal(answer(&wm_plain, cursor, 200, "{\"events\":[]}"), ERR_OK);
    assert_slice(checks(), "M webhook INVENTORY_OOS");
    assert_slice(signal_now.next.cursor, "st");
    /* A secret that is not ours signs nothing we could check. */
    assert_int_equal(answer(&wm_plain,
                            SLICE("s"),
                            200,
                            "{\"events\":[" SUB("s-9",
                                                "ORDER_UPDATES",
                                                "order_updates",
                                                "ACTIVE",
                                                ",\"clientSecret\":\"other\"") "]}"),
                     ERR_OK);
    assert_slice(signal_now.next.cursor, "s - 0=s-9 1+");
}

static void test_a_webhook_secret_is_made_kept_first_and_then_used(void **state)
{
    (void)state;
    struct account before = fixture_account(walmart,
                                            "{\"secrets\":{\"client_id\":\"i\",\"client_secret\":"
                                            "\"cs\",\"access_token\":\"t\"}}");
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, SLICE("cs"), SLICE("b3261d2d028a4ef78602663c23200af6"));
    struct slice secret = hex_encode(&fixture.arena, (struct slice){(const char *)mac, sizeof mac});
    assert_int_equal(
        answer(&before, SLICE("s"), 404, "{\"errors\":[{\"code\":\"CONTENT_NOT_FOUND\"}]}"),
        ERR_OK);
    struct slice wanted =
        arena_printf(&fixture.arena, "{\"webhook_secret\":\"%.*s\"}", SLICE_ARG(secret));
    assert_slice(report.secrets, wanted.p);
    struct slice cursor = signal_now.next.cursor;
    assert_slice(cursor, "s b3261d2d028a4ef78602663c23200af6 0+ 1+");

    /* Whether it was kept between the two calls or not, the same secret is sent. */
    struct slice config = arena_printf(&fixture.arena,
                                       "{\"secrets\":{\"client_id\":\"i\",\"client_secret\":\"cs\","
                                       "\"access_token\":\"t\",\"webhook_secret\":\"%.*s\"}}",
                                       SLICE_ARG(secret));
    struct account after = fixture_account(walmart, config.p);
    struct http_request r = request_of(&before, cursor);
    assert_non_null(memmem(r.body.p, r.body.n, secret.p, secret.n));
    struct http_request again = request_of(&after, cursor);
    assert_true(slice_equal(r.body, again.body));
    assert_int_equal(answer(&after, cursor, 200, "{}"), ERR_OK);
    assert_int_equal(report.secrets.n, 0);
    assert_int_equal(answer(&before, cursor, 200, "{}"), ERR_OK);
    assert_slice(report.secrets, wanted.p);
    assert_slice(signal_now.next.cursor, "s b3261d2d028a4ef78602663c23200af6 1+");
    /* A test delivery comes only where it could be verified. */
    assert_int_equal(answer(&before, signal_now.next.cursor, 200, "{}"), ERR_OK);
    assert_false(signal_now.next.is_wanted);
}

static void test_what_only_a_person_can_do_comes_with_its_values(void **state)
{
    (void)state;
    static const char *const values[] = {
        "ORDER_UPDATES", "V1", "resource ORDER", ORDER_URL, "HMAC", "X-TC-Signature"};
    static const char refusal[] = "{\"errors\":[{\"code\":\"FORBIDDEN\",\"description\":\"no\"}]}";
    assert_int_equal(answer(&wm_plain, SLICE("s"), 403, refusal), ERR_OK);
    assert_slice(checks(), "H webhook ORDER_UPDATES; H webhook INVENTORY_OOS");
    assert_false(signal_now.unauthorised);
    assert_false(signal_now.next.is_wanted);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct slice d = report.checks[0].detail;
        assert_non_null(memmem(d.p, d.n, values[i], strlen(values[i])));
        assert_null(memmem(d.p, d.n, "clientSecret", 12));
    }
    assert_int_equal(answer(&wm_plain, SLICE("s - 0+ 1+"), 400, refusal), ERR_OK);
    assert_slice(checks(), "H webhook ORDER_UPDATES");
    assert_slice(signal_now.next.cursor, "s - 1+");
    assert_int_equal(answer(&wm_plain, SLICE("s - 1+"), 400, refusal), ERR_OK);
    assert_slice(checks(), "H webhook INVENTORY_OOS");
    assert_false(signal_now.next.is_wanted);
    assert_int_equal(answer(&wm_plain, SLICE("s - 0+"), 500, ""), ERR_NET);
}

static void test_cursors_that_are_not_ours_build_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"x",
                                        "s ",
                                        "s -",
                                        "s - 2+",
                                        "s - 0",
                                        "s - 0=",
                                        "s - 0+x",
                                        "s - 0=../x",
                                        "s  0+",
                                        "sx",
                                        "s - 0+ 1k"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct http_request r;
        struct step step = connect_step(slice_of(wrong[i]));
        assert_int_equal(walmart->build_connect(&wm_plain, &step, &fixture.arena, &r), ERR_USAGE);
        assert_int_equal(answer(&wm_plain, slice_of(wrong[i]), 200, "{}"), ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_is_bought_with_the_client_credentials),
        cmocka_unit_test(test_a_token_lives_fifteen_minutes_at_most),
        cmocka_unit_test(test_rights_are_told_one_by_one),
        cmocka_unit_test(test_ship_nodes_are_compared_or_offered_for_pasting),
        cmocka_unit_test(test_subscriptions_that_are_right_stay_and_are_tested),
        cmocka_unit_test(test_subscriptions_that_are_missing_or_differ_are_made_right),
        cmocka_unit_test(test_a_webhook_secret_is_made_kept_first_and_then_used),
        cmocka_unit_test(test_what_only_a_person_can_do_comes_with_its_values),
        cmocka_unit_test(test_cursors_that_are_not_ours_build_nothing),
    };
    return cmocka_run_group_tests(tests, wm_open, fixture_close);
}
