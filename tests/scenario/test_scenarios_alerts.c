/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents reach those who are not looking: webhooks and mail, over real sockets. */
#include "support/served_shop.h"
#include "support/smtp_sink.h"
#include "support/webhook_receiver.h"

struct alerts {
    struct webhook_receiver receiver;
    char secret[128]; /* of the last webhook */
    int64_t webhook;
};

/* A request without a body. */
static int bare(struct served *s, const char *method, const char *path)
{
    buf_clear(&s->body);
    return served_api(s, method, slice_of(path));
}

#define BARE(s, wanted, method, path)                                                              \
    do {                                                                                           \
        bare((s), (method), (path));                                                               \
        served_wanted((s), (wanted), __FILE__, __LINE__);                                          \
    } while (0)

/* A shop that sells TEE (1 unit) and MUG (1 unit) through our API. */
static void furnish(struct served *s)
{
    served_location(s, "berlin");
    served_sku(s, "TEE", 1);
    served_sku(s, "MUG", 1);
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'shop','connector':'api','mode':'live'}");
}

/* Sells a unit more than there is: an incident opens. */
static void oversell(struct served *s, const char *order, const char *sku)
{
    served_write(s,
                 "POST",
                 "/v1/orders",
                 "{'channel':'shop','id':'%s','version':'1','lines':[{'id':'1','sku':'%s',"
                 "'ordered':2}]}",
                 order,
                 sku);
    assert_true(s->status == 200 || s->status == 201);
}

static void keep_secret(struct served *s, struct alerts *a)
{
    struct slice secret = said_text(s->json, "secret");
    assert_true(slice_starts(secret, "whsec_"));
    (void)snprintf(a->secret, sizeof(a->secret), "%.*s", SLICE_ARG(secret));
}

static void subscribe(struct served *s, struct alerts *a, const char *more)
{
    WRITE(s,
          201,
          "POST",
          "/v1/webhooks",
          "{'url':'http://127.0.0.1:%d/hook?from=stock'%s}",
          a->receiver.port,
          more);
    assert_true(json_int_loose(json_get(s->json, "id"), &a->webhook));
    keep_secret(s, a);
}

static struct json webhook_now(struct served *s, const struct alerts *a)
{
    GET(s, "/v1/webhooks/%" PRId64, a->webhook);
    assert_int_equal(json_type(json_get(s->json, "secret")), JSON_NONE); /* once, and never again */
    return s->json;
}

static void begin(void **state, struct alerts *a)
{
    struct served *s = *state;
    *a = (struct alerts){.webhook = 0};
    served_start(s);
    furnish(s);
    receiver_start(&a->receiver, s->env);
}

static void end(struct served *s, struct alerts *a)
{
    served_end(s);
    receiver_free(&a->receiver);
}

static void test_an_oversell_arrives_signed_and_so_does_its_end(void **state)
{
    struct served *s = *state;
    struct alerts a;
    begin(state, &a);
    oversell(s, "1000", "MUG"); /* before anybody asked: nobody is told */
    subscribe(s, &a, "");
    oversell(s, "1001", "TEE");
    UNTIL(s, 5, a.receiver.count == 1);
    const struct received *opened = &a.receiver.got[0];
    assert_true(received_is_signed(opened, slice_of(a.secret)));
    assert_int_equal(received_signatures(opened), 1);
    assert_false(received_is_signed(opened, SLICE("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
    assert_slice(opened->type, "application/json");
    assert_true(slice_starts(opened->id, "msg_"));
    int64_t stamp = 0;
    assert_true(slice_int(opened->timestamp, &stamp));
    assert_in_range(env_wall_us(s->env) / US_PER_S - stamp, 0, 10);
    assert_true(slice_starts(opened->body, "{\"type\":\"incident.opened\",\"timestamp\":\"2"));
    assert_true(received_says(opened, "\"code\":\"OVERSOLD\""));
    /* What it is told is what anybody would read. */
    struct slice rest = opened->body;
    const char *data = memmem(rest.p, rest.n, "\"data\":", 7);
    assert_non_null(data);
    GET(s, "/v1/incidents?code=OVERSOLD&sku=TEE");
    int64_t incident = 0;
    assert_true(json_int_loose(json_get(said_at(json_get(s->json, "items"), 0), "id"), &incident));
    GET(s, "/v1/incidents/%" PRId64, incident);
    struct slice told = {data + 7, (size_t)(rest.p + rest.n - data) - 8};
    assert_true(slice_equal(told, slice_trim(s->text)));

    WRITE(s,
          200,
          "POST",
          arena_printf(&a.receiver.arena, "/v1/incidents/%" PRId64 "/resolve", incident).p,
          "{'reason':'bought one at the corner'}");
    UNTIL(s, 5, a.receiver.count == 2);
    assert_true(received_is_signed(&a.receiver.got[1], slice_of(a.secret)));
    assert_true(received_says(&a.receiver.got[1], "{\"type\":\"incident.resolved\""));
    assert_true(received_says(&a.receiver.got[1], "bought one at the corner"));
    assert_false(slice_equal(a.receiver.got[0].id, a.receiver.got[1].id));
    UNTIL(s, 5, said_int(webhook_now(s, &a), "pending") == 0);
    assert_int_equal(said_int(s->json, "last_status"), 204);
    assert_slice(said_text(s->json, "state"), "active");
    end(s, &a);
}

static void test_what_failed_is_sent_again_in_order_and_a_power_cut_loses_nothing(void **state)
{
    struct served *s = *state;
    struct alerts a;
    begin(state, &a);
    subscribe(s, &a, ",'events':['incident.opened']");
    a.receiver.answer = 500;
    oversell(s, "1001", "TEE");
    UNTIL(s, 5, a.receiver.count == 1);
    oversell(s, "1002", "MUG");
    UNTIL(s, 5, json_type(json_get(webhook_now(s, &a), "failing_since")) == JSON_TEXT);
    assert_int_equal(said_int(s->json, "pending"), 2);
    assert_int_equal(said_int(s->json, "last_status"), 500);
    assert_slice(said_text(s->json, "last_error"), "it answered 500");
    served_kill(s);
    a.receiver.answer = 200;
    served_start(s);
    UNTIL(s, 15, a.receiver.count == 3);
    const struct received *got = a.receiver.got;
    assert_true(got[1].at_us - got[0].at_us >= 3900 * US_PER_MS); /* 5 s, a fifth less at most */
    assert_true(slice_equal(got[0].id, got[1].id));
    assert_true(slice_equal(got[0].body, got[1].body));
    assert_true(received_says(&got[1], "\"sku\":\"TEE\""));
    assert_false(slice_equal(got[1].id, got[2].id));
    assert_true(received_says(&got[2], "\"sku\":\"MUG\""));
    for (size_t i = 0; i < 3; i++) {
        assert_true(received_is_signed(&got[i], slice_of(a.secret)));
    }
    UNTIL(s, 5, said_int(webhook_now(s, &a), "pending") == 0);
    assert_int_equal(json_type(json_get(s->json, "failing_since")), JSON_NULL);
    served_stop(s);
    served_start(s);
    served_run(s, 2 * US_PER_S);
    assert_int_equal(a.receiver.count, 3); /* what arrived is not sent again */
    end(s, &a);
}

static void test_410_switches_a_webhook_off_and_a_person_on_again(void **state)
{
    struct served *s = *state;
    struct alerts a;
    begin(state, &a);
    subscribe(s, &a, ",'events':['incident.opened']");
    a.receiver.answer = 410;
    oversell(s, "1001", "TEE");
    UNTIL(s, 5, served_incidents(s, "WEBHOOK-DISABLED", NULL) == 1);
    assert_slice(said_text(webhook_now(s, &a), "state"), "disabled");
    assert_int_equal(a.receiver.count, 1);
    assert_int_equal(said_int(s->json, "pending"), 2); /* the oversell, and that it was disabled */
    a.receiver.answer = 204;
    served_run(s, US_PER_S);
    assert_int_equal(a.receiver.count, 1);
    char path[64];
    (void)snprintf(path, sizeof(path), "/v1/webhooks/%" PRId64, a.webhook);
    WRITE(s, 200, "PATCH", path, "{'state':'active'}");
    UNTIL(s, 5, a.receiver.count == 3);
    assert_true(slice_equal(a.receiver.got[0].id, a.receiver.got[1].id));
    assert_true(received_says(&a.receiver.got[2], "WEBHOOK-DISABLED"));
    assert_int_equal(served_incidents(s, "WEBHOOK-DISABLED", NULL), 0);
    end(s, &a);
}

static void test_while_a_secret_is_changed_both_sign(void **state)
{
    struct served *s = *state;
    struct alerts a;
    char path[80], before[128];
    begin(state, &a);
    subscribe(s, &a, "");
    (void)snprintf(before, sizeof(before), "%s", a.secret);
    (void)snprintf(path, sizeof(path), "/v1/webhooks/%" PRId64 "/rotate", a.webhook);
    BARE(s, 200, "POST", path);
    keep_secret(s, &a);
    assert_string_not_equal(before, a.secret);
    assert_int_equal(json_type(json_get(s->json, "old_secret_until")), JSON_TEXT);
    oversell(s, "1001", "TEE");
    UNTIL(s, 5, a.receiver.count == 1);
    assert_int_equal(received_signatures(&a.receiver.got[0]), 2);
    assert_true(received_is_signed(&a.receiver.got[0], slice_of(a.secret)));
    assert_true(received_is_signed(&a.receiver.got[0], slice_of(before)));
    end(s, &a);
}

static void test_a_test_message_says_what_became_of_it(void **state)
{
    struct served *s = *state;
    struct alerts a;
    char path[80];
    begin(state, &a);
    subscribe(s, &a, "");
    (void)snprintf(path, sizeof(path), "/v1/webhooks/%" PRId64 "/test", a.webhook);
    BARE(s, 200, "POST", path);
    bool arrived = false;
    assert_true(json_bool(json_get(s->json, "arrived"), &arrived) && arrived);
    assert_int_equal(said_int(s->json, "status"), 204);
    assert_true(received_says(&a.receiver.got[0], "{\"type\":\"webhook.test\""));
    assert_true(received_is_signed(&a.receiver.got[0], slice_of(a.secret)));
    a.receiver.answer = 404;
    UNTIL(s, 5, bare(s, "POST", path) == 200);
    assert_true(json_bool(json_get(s->json, "arrived"), &arrived) && !arrived);
    assert_slice(said_text(s->json, "error"), "it answered 404");
    BARE(s, 404, "POST", "/v1/webhooks/77/test");
    /* It is no failure of what waits. */
    a.receiver.answer = 204;
    oversell(s, "1001", "TEE");
    UNTIL(s, 5, a.receiver.count == 3);
    (void)snprintf(path, sizeof(path), "/v1/webhooks/%" PRId64, a.webhook);
    BARE(s, 204, "DELETE", path);
    oversell(s, "1002", "MUG");
    served_run(s, US_PER_S);
    assert_int_equal(a.receiver.count, 3);
    assert_int_equal(served_get(s, "/v1/webhooks/%" PRId64, a.webhook), 404);
    end(s, &a);
}

static void test_a_stop_waits_for_no_receiver(void **state)
{
    struct served *s = *state;
    struct alerts a;
    char path[80];
    begin(state, &a);
    subscribe(s, &a, "");
    (void)snprintf(path, sizeof(path), "/v1/webhooks/%" PRId64 "/test", a.webhook);
    a.receiver.ends = s->child;
    assert_int_equal(bare(s, "POST", path), 0); /* the connection ends without an answer */
    int code = -1;
    UNTIL(s, 10, child_ended(s->child, &code));
    s->child = 0;
    assert_int_equal(code, 0);
    a.receiver.ends = 0;
    served_start(s);
    assert_slice(said_text(webhook_now(s, &a), "state"), "active");
    oversell(s, "1001", "TEE");
    UNTIL(s, 5, a.receiver.count == 2);
    end(s, &a);
}

/* ---- mail ---- */

static void mail_to(const struct smtp_sink *sink)
{
    char url[64];
    (void)snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", sink->port);
    assert_int_equal(setenv("TRUECOUNT_SMTP_URL", url, 1), 0);
    assert_int_equal(setenv("TRUECOUNT_SMTP_FROM", "stock@shop.example", 1), 0);
    assert_int_equal(setenv("TRUECOUNT_SMTP_TO", "ops@shop.example, boss@shop.example", 1), 0);
}

static int no_mail(void **state)
{
    (void)unsetenv("TRUECOUNT_SMTP_URL");
    (void)unsetenv("TRUECOUNT_SMTP_FROM");
    (void)unsetenv("TRUECOUNT_SMTP_TO");
    return served_teardown(state);
}

static void test_what_goes_wrong_at_once_is_one_mail(void **state)
{
    struct served *s = *state;
    struct smtp_sink sink;
    smtp_sink_start(&sink, s->env);
    mail_to(&sink);
    served_start(s);
    furnish(s);
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'GR\xc3\x9cN','title':'Gr\xc3\xbcn'}");
    served_receive(s, "GR\xc3\x9cN", 1);
    oversell(s, "1001", "GR\xc3\x9cN");
    oversell(s, "1002", "MUG");
    UNTIL(s, 10, sink.mails_count == 1);
    const struct sink_mail *mail = &sink.mails[0];
    assert_slice(mail->from, "stock@shop.example");
    assert_slice(mail->to, "ops@shop.example boss@shop.example ");
    assert_true(sink_mail_says(mail, "\r\nTo: <ops@shop.example>,\r\n <boss@shop.example>\r\n"));
    /* "[truecount] 2 incidents, OVERSOLD: " */
    assert_true(sink_mail_says(mail, "\r\nSubject: =?UTF-8?B?W3RydWVjb3VudF0gMiBpbmNpZGVudHMsIE"));
    assert_true(sink_mail_says(mail, "Opened: 2. Resolved: 0.\r\n"));
    assert_true(sink_mail_says(mail, "GR=C3=9CN"));
    assert_true(sink_mail_says(mail, "MUG"));
    assert_true(sink_mail_says(mail, "What to do: "));
    /* The next one comes a minute later at the earliest. */
    oversell(s, "1003", "TEE");
    served_run(s, 5 * US_PER_S);
    assert_int_equal(sink.mails_count, 1);
    served_end(s);
    smtp_sink_free(&sink);
}

static void test_a_mail_setting_that_cannot_be_is_refused_at_the_start(void **state)
{
    struct served *s = *state;
    static const struct {
        const char *args[12];
        const char *said;
    } cases[] = {
        {{"--smtp-from", "a@b.example"}, "--smtp-url is missing"},
        {{"--smtp-url", "smtp://127.0.0.1"}, "needs --smtp-from and --smtp-to"},
        {{"--smtp-url", "http://h", "--smtp-from", "a@b.example", "--smtp-to", "a@b.example"},
         "give smtps://HOST:465"},
        {{"--smtp-url", "smtp://me@h", "--smtp-from", "a@b.example", "--smtp-to", "a@b.example"},
         "the user goes into --smtp-user"},
        {{"--smtp-url", "smtp://h", "--smtp-from", "a@b.example", "--smtp-to", "a@b.example,me"},
         "--smtp-to: 'me' is no mail address"},
        {{"--smtp-url",
          "smtp://h",
          "--smtp-from",
          "a@b.example",
          "--smtp-to",
          "a@b.example",
          "--smtp-user",
          "me"},
         "--smtp-user and --smtp-password-file go together"},
        {{"--smtp-url",
          "smtp://h",
          "--smtp-from",
          "a@b.example",
          "--smtp-to",
          "a@b.example",
          "--smtp-user",
          "me",
          "--smtp-password-file",
          "/nonexistent"},
         "--smtp-password-file '/nonexistent' cannot be read"},
    };
    char out[128];
    (void)snprintf(out, sizeof(out), "%s/said", s->directory);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *args[16] = {"serve", "--data", s->data};
        char *text = NULL;
        for (size_t k = 0; k < COUNT_OF(cases[i].args) && cases[i].args[k]; k++) {
            args[3 + k] = cases[i].args[k];
        }
        assert_int_equal(child_run(out, args, &text), 2);
        if (!strstr(text, cases[i].said)) {
            fail_msg("%s\nin: %s", cases[i].said, text);
        }
        free(text);
    }
}

/* ---- from a terminal ---- */

/* Runs a command while our own loop goes on; the caller frees what it printed. */
static char *command(struct served *s, int wanted, const char *const *args)
{
    char out[128];
    int code = -1;
    (void)snprintf(out, sizeof(out), "%s/said", s->directory);
    (void)unlink(out);
    pid_t child = child_start(out, args);
    UNTIL(s, 30, child_ended(child, &code));
    char *text = file_text(out);
    if (code != wanted) {
        fail_msg("truecount %s %s: %d\n%s", args[0], args[1], code, text);
    }
    return text;
}

#define COMMAND(s, wanted, ...)                                                                    \
    command((s), (wanted), (const char *const[]){__VA_ARGS__, "--data", (s)->data, NULL})

static void test_webhooks_are_looked_after_from_a_terminal(void **state)
{
    struct served *s = *state;
    struct alerts a;
    char url[64];
    begin(state, &a);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/hook", a.receiver.port);
    char *text = COMMAND(s, 0, "webhook", "add", url);
    const char *secret = strstr(text, "whsec_");
    assert_non_null(secret);
    (void)snprintf(a.secret, sizeof(a.secret), "%.*s", (int)strcspn(secret, " \n"), secret);
    free(text);
    text = COMMAND(s, 0, "webhook", "test", "1");
    assert_non_null(strstr(text, "It arrived"));
    free(text);
    assert_int_equal(a.receiver.count, 1);
    assert_true(received_is_signed(&a.receiver.got[0], slice_of(a.secret)));
    a.receiver.answer = 500;
    text = COMMAND(s, 1, "webhook", "test", "1");
    assert_non_null(strstr(text, "it answered 500"));
    free(text);
    text = COMMAND(s, 0, "webhook", "list");
    assert_non_null(strstr(text, url));
    assert_non_null(strstr(text, "500"));
    assert_null(strstr(text, "whsec_"));
    free(text);
    text = COMMAND(s, 0, "webhook", "rotate", "1");
    assert_non_null(strstr(text, "whsec_"));
    free(text);
    free(COMMAND(s, 0, "webhook", "disable", "1"));
    assert_int_equal(served_get(s, "/v1/webhooks/1"), 200);
    assert_slice(said_text(s->json, "state"), "disabled");
    free(COMMAND(s, 0, "webhook", "enable", "1"));
    free(COMMAND(s, 0, "webhook", "remove", "1"));
    free(COMMAND(s, 1, "webhook", "remove", "1"));
    free(COMMAND(s, 2, "webhook", "add", "ftp://example.com"));
    end(s, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_an_oversell_arrives_signed_and_so_does_its_end),
        SCENARIO(test_what_failed_is_sent_again_in_order_and_a_power_cut_loses_nothing),
        SCENARIO(test_410_switches_a_webhook_off_and_a_person_on_again),
        SCENARIO(test_while_a_secret_is_changed_both_sign),
        SCENARIO(test_a_test_message_says_what_became_of_it),
        SCENARIO(test_a_stop_waits_for_no_receiver),
        cmocka_unit_test_setup_teardown(
            test_what_goes_wrong_at_once_is_one_mail, served_setup, no_mail),
        SCENARIO(test_a_mail_setting_that_cannot_be_is_refused_at_the_start),
        SCENARIO(test_webhooks_are_looked_after_from_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
