/* SPDX-License-Identifier: Apache-2.0 */
/* Mails out: what a relay is told, and what becomes of a mail that it does not take. */
#include "support/smtp_sink.h"

#include "env/env_uv.h"

struct post {
    struct env_uv *uv;
    struct env *env;
    struct smtp_sink sink;
    char url[64];
    /* of the last mail */
    enum err err;
    struct err_note note;
    int status;
};

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct post *p = arg;
    p->err = reply->err;
    p->note = reply->note;
    p->status = reply->response.status;
    env_uv_stop(p->uv);
}

static void send_mail(struct post *p, struct env_mail mail)
{
    static const char *const to[] = {"ops@shop.example", "owner@shop.example"};
    mail.url = p->url;
    mail.from = mail.from ? mail.from : "stock@shop.example";
    mail.to = mail.to ? mail.to : to;
    mail.to_count = mail.to_count ? mail.to_count : COUNT_OF(to);
    mail.message = mail.message.n ? mail.message : SLICE("Subject: it\r\n\r\nis so\r\n");
    p->env->ops->mail(p->env, &mail, on_reply, p);
    env_uv_run(p->uv);
}

static int setup(void **state)
{
    static struct post post;
    struct err_note note;
    assert_int_equal(crypto_init(), ERR_OK);
    post = (struct post){0};
    assert_int_equal(env_uv_new(&post.uv, &note), ERR_OK);
    post.env = env_uv_env(post.uv);
    smtp_sink_start(&post.sink, post.env);
    (void)snprintf(post.url, sizeof(post.url), "smtp://127.0.0.1:%d", post.sink.port);
    *state = &post;
    return 0;
}

static int teardown(void **state)
{
    struct post *p = *state;
    smtp_sink_free(&p->sink);
    env_uv_free(p->uv);
    return 0;
}

static void test_a_mail_arrives_as_it_was_given(void **state)
{
    struct post *p = *state;
    const struct slice message = SLICE("Subject: dots\r\n\r\n.one\r\n..two\r\nend\r\n");
    send_mail(p, (struct env_mail){.message = message, .plain_ok = true});
    assert_string_equal(p->note.text, "");
    assert_int_equal(p->err, ERR_OK);
    assert_int_equal(p->status, 250);
    assert_int_equal(p->sink.mails_count, 1);
    assert_slice(p->sink.mails[0].from, "stock@shop.example");
    assert_slice(p->sink.mails[0].to, "ops@shop.example owner@shop.example ");
    assert_true(slice_equal(p->sink.mails[0].text, message));
    assert_int_equal(p->sink.mails[0].user.n, 0);
    send_mail(p, (struct env_mail){.plain_ok = true, .user = "me", .password = "s3cret"});
    assert_int_equal(p->err, ERR_OK);
    assert_int_equal(p->sink.mails_count, 2);
    assert_slice(p->sink.mails[1].user, "me s3cret");
}

static void test_a_mail_that_is_not_taken_is_a_failure(void **state)
{
    struct post *p = *state;
    p->sink.refuse = 1;
    send_mail(p, (struct env_mail){.plain_ok = true});
    assert_int_not_equal(p->err, ERR_OK);
    assert_int_equal(p->sink.refused, 1);
    assert_int_equal(p->sink.mails_count, 0);
    send_mail(p, (struct env_mail){.plain_ok = true});
    assert_int_equal(p->err, ERR_OK);
    assert_int_equal(p->sink.mails_count, 1);
}

static void test_one_mailbox_that_is_gone_does_not_silence_the_others(void **state)
{
    struct post *p = *state;
    p->sink.gone = "ops@shop.example";
    send_mail(p, (struct env_mail){.plain_ok = true});
    assert_int_equal(p->err, ERR_OK);
    assert_int_equal(p->sink.mails_count, 1);
    assert_slice(p->sink.mails[0].to, "owner@shop.example ");
    const char *const gone[] = {"ops@shop.example"};
    send_mail(p, (struct env_mail){.plain_ok = true, .to = gone, .to_count = 1});
    assert_int_not_equal(p->err, ERR_OK);
    assert_int_equal(p->sink.mails_count, 1);
}

static void test_nothing_is_said_to_a_relay_without_tls_unless_that_is_allowed(void **state)
{
    struct post *p = *state;
    send_mail(p, (struct env_mail){.user = "me", .password = "s3cret"});
    assert_int_equal(p->err, ERR_NET);
    assert_int_equal(p->sink.conns, 1);
    assert_int_equal(p->sink.mails_count, 0);
}

static void test_an_address_cannot_carry_a_command(void **state)
{
    struct post *p = *state;
    const char *const to[] = {"a@b.example>\r\nRCPT TO:<thief@example.com"};
    send_mail(p, (struct env_mail){.plain_ok = true, .to = to, .to_count = 1});
    assert_int_equal(p->err, ERR_NET);
    send_mail(p, (struct env_mail){.plain_ok = true, .from = "a@b.example\r\nRSET"});
    assert_int_equal(p->err, ERR_NET);
    assert_int_equal(p->sink.conns, 0);
}

static void test_a_relay_that_is_not_there_is_a_failure_too(void **state)
{
    struct post *p = *state;
    (void)snprintf(p->url, sizeof(p->url), "smtp://127.0.0.1:1");
    send_mail(p, (struct env_mail){.plain_ok = true});
    assert_int_equal(p->err, ERR_NET);
    assert_true(p->note.text[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_mail_arrives_as_it_was_given, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_mail_that_is_not_taken_is_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_one_mailbox_that_is_gone_does_not_silence_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_nothing_is_said_to_a_relay_without_tls_unless_that_is_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_address_cannot_carry_a_command, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_relay_that_is_not_there_is_a_failure_too, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
