/* SPDX-License-Identifier: Apache-2.0 */
/* The queue at AWS: its signature by known vectors, the long poll, what is acknowledged. */
#include "support/amazon_fixture.h"

#include "channels/amazon/sigv4.h"

#define POLL                                                                                       \
    "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/444455556666/truecount\","                \
    "\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20,\"VisibilityTimeout\":60}"

/* The first computed with the npm package aws4, the second by an implementation apart from ours. */
static void test_signatures_are_those_of_others(void **state)
{
    (void)state;
    static const struct http_header with_length[] = {
        {{"content-length", 14}, {"142", 3}},
        {{"content-type", 12}, {"application/x-amz-json-1.0", 26}},
        {{"host", 4}, {"sqs.us-east-1.amazonaws.com", 27}},
        {{"x-amz-date", 10}, {"20260101T000000Z", 16}},
        {{"x-amz-target", 12}, {"AmazonSQS.ReceiveMessage", 24}},
    };
    struct sigv4 request = {.key_id = SLICE("AKIDEXAMPLE"),
                            .secret = SLICE("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                            .region = SLICE("us-east-1"),
                            .service = SLICE("sqs"),
                            .method = SLICE("POST"),
                            .path = SLICE("/"),
                            .headers = with_length,
                            .headers_count = COUNT_OF(with_length),
                            .body = SLICE(POLL)};
    assert_int_equal(request.body.n, 142);
    assert_slice(sigv4_authorization(&request, &fixture.arena),
                 "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sqs/aws4_request, "
                 "SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-target, "
                 "Signature=54240bcbfc846093ec3696fd2c777d092cb43f156ed7217cc0170a3e40e62e70");
    request.headers++;
    request.headers_count--;
    struct slice text = sigv4_authorization(&request, &fixture.arena);
    assert_true(
        slice_ends(text, "=aae8435528afa847574564addb8cb39c5598123579fcb5a108206e2d207c696d"));
    request.headers_count = 2; /* without a date nothing is signed */
    assert_null(sigv4_authorization(&request, &fixture.arena).p);
    assert_slice(sigv4_date(&fixture.arena, AMAZON_NOW_US + 999999), "20260101T000000Z");
}

static void test_the_long_poll_is_signed(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    assert_true(amazon->receives(&account));
    assert_int_equal(amazon->build_receive(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, "https://sqs.us-east-1.amazonaws.com/");
    assert_slice(r.body, POLL);
    assert_slice(fixture_header(&r, "Content-Type"), "application/x-amz-json-1.0");
    assert_slice(fixture_header(&r, "X-Amz-Date"), "20260101T000000Z");
    assert_slice(fixture_header(&r, "X-Amz-Target"), "AmazonSQS.ReceiveMessage");
    assert_slice(fixture_header(&r, "Authorization"),
                 "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sqs/aws4_request, "
                 "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
                 "Signature=aae8435528afa847574564addb8cb39c5598123579fcb5a108206e2d207c696d");
    /* Amazon's token is nothing to AWS. */
    assert_null(fixture_header(&r, "x-amz-access-token").p);
}

#define WITH_QUEUE(url, more)                                                                      \
    "{\"settings\":{\"seller_id\":\"A\",\"region\":\"eu\",\"sqs_queue_url\":\"" url "\"" more      \
    "},\"secrets\":{" AMAZON_SECRETS "}}"

static void test_region_and_arn_follow_from_the_queue(void **state)
{
    (void)state;
    static const struct {
        const char *config, *endpoint, *arn;
    } cases[] = {
        {WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com/444455556666/q", ""),
         "https://sqs.eu-west-1.amazonaws.com",
         "arn:aws:sqs:eu-west-1:444455556666:q"},
        {WITH_QUEUE("https://eu-west-2.queue.amazonaws.com/444455556666/q", ""),
         "https://eu-west-2.queue.amazonaws.com",
         "arn:aws:sqs:eu-west-2:444455556666:q"},
        {WITH_QUEUE("https://sqs.cn-north-1.amazonaws.com.cn/444455556666/q", ""),
         "https://sqs.cn-north-1.amazonaws.com.cn",
         "arn:aws-cn:sqs:cn-north-1:444455556666:q"},
        {WITH_QUEUE("http://127.0.0.1:9324/000000000000/q", ""),
         "http://127.0.0.1:9324",
         "arn:aws:sqs:us-east-1:000000000000:q"},
        {WITH_QUEUE("http://127.0.0.1:9324/000000000000/q", ",\"aws_region\":\"eu-central-1\""),
         "http://127.0.0.1:9324",
         "arn:aws:sqs:eu-central-1:000000000000:q"},
        {WITH_QUEUE("http://127.0.0.1:9324/amazon-a/sqs/000000000000/q", ""),
         "http://127.0.0.1:9324/amazon-a/sqs",
         "arn:aws:sqs:us-east-1:000000000000:q"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a = fixture_account(amazon, cases[i].config);
        assert_slice(amazon_config(&a)->queue_endpoint, cases[i].endpoint);
        assert_slice(amazon_config(&a)->queue_arn, cases[i].arn);
    }
    static const char *const wrong[] = {
        WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com/", ""),
        WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com", ""),
        WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com/444455556666", ""),
        WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com/444455556666/-/b", ""),
        WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com/444455556666/q.fifo", ""),
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct account a;
        struct err_note note;
        assert_int_equal(fixture_configure(amazon, wrong[i], &a, &note), ERR_USAGE);
        assert_non_null(strstr(note.text, "sqs_queue_url"));
    }
}

static void test_a_queue_behind_a_path_is_called_and_signed_there(void **state)
{
    (void)state;
    static const struct {
        const char *config, *url;
    } cases[] = {
        {WITH_QUEUE("http://127.0.0.1:9324/amazon-a/sqs/000000000000/q", ""),
         "http://127.0.0.1:9324/amazon-a/sqs"},
        {WITH_QUEUE("https://sqs.eu-west-1.amazonaws.com:443/444455556666/q", ""),
         "https://sqs.eu-west-1.amazonaws.com:443/"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a = fixture_account(amazon, cases[i].config);
        struct http_request r;
        struct step step = step_at("");
        assert_int_equal(amazon->build_receive(&a, &step, &fixture.arena, &r), ERR_OK);
        assert_slice(r.url, cases[i].url);
        struct http_header headers[] = {
            {SLICE("content-type"), SLICE("application/x-amz-json-1.0")},
            {SLICE("host"), i ? SLICE("sqs.eu-west-1.amazonaws.com") : SLICE("127.0.0.1:9324")},
            {SLICE("x-amz-date"), SLICE("20260101T000000Z")},
            {SLICE("x-amz-target"), SLICE("AmazonSQS.ReceiveMessage")},
        };
        struct sigv4 request = {.key_id = SLICE("AKIDEXAMPLE"),
                                .secret = SLICE("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                .region = i ? SLICE("eu-west-1") : SLICE("us-east-1"),
                                .service = SLICE("sqs"),
                                .method = SLICE("POST"),
                                .path = i ? SLICE("/") : SLICE("/amazon-a/sqs"),
                                .headers = headers,
                                .headers_count = COUNT_OF(headers),
                                .body = r.body};
        assert_true(slice_equal(fixture_header(&r, "Authorization"),
                                sigv4_authorization(&request, &fixture.arena)));
    }
}

static void test_without_queue_or_keys_nothing_is_received(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    struct account a = fixture_account(
        amazon,
        "{\"settings\":{\"seller_id\":\"A\",\"region\":\"eu\",\"sqs_queue_url\":"
        "\"https://sqs.eu-west-1.amazonaws.com/444455556666/q\"},\"secrets\":{\"client_id\":"
        "\"a\",\"client_secret\":\"b\"}}");
    assert_false(amazon->receives(&a));
    assert_int_equal(amazon->build_receive(&a, &step, &fixture.arena, &r), ERR_USAGE);
}

static enum err receive(int status, const char *body, struct messages *out)
{
    struct channel_signal signal;
    struct err_note note = {{0}};
    struct step step = step_at("");
    struct http_response r = fixture_answer(status, slice_of(body));
    enum err e =
        amazon->read_receive(&account, &step, &r, fixture.doc, &fixture.arena, out, &signal, &note);
    assert_true(e == ERR_OK || note.text[0]);
    assert_false(signal.unauthorised); /* AWS's keys say nothing of Amazon's token */
    return e;
}

static void test_messages_are_handed_over_as_they_are(void **state)
{
    (void)state;
    struct messages m = {0};
    assert_int_equal(receive(200, "{}", &m), ERR_OK);
    assert_int_equal(m.count, 0);
    assert_int_equal(receive(200,
                             "{\"Messages\":[{\"MessageId\":\"m1\",\"ReceiptHandle\":\"h1+/=\","
                             "\"MD5OfBody\":\"x\",\"Body\":\"{\\\"a\\\":1}\"},{\"MessageId\":"
                             "\"m2\",\"Body\":\"no handle\"},{\"MessageId\":\"m3\","
                             "\"ReceiptHandle\":\"h3\",\"Body\":\"\"}]}",
                             &m),
                     ERR_OK);
    assert_int_equal(m.count, 2);
    assert_slice(m.items[0].id, "m1");
    assert_slice(m.items[0].handle, "h1+/=");
    assert_slice(m.items[0].body, "{\"a\":1}");
    assert_slice(m.items[1].handle, "h3");

    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(amazon->build_ack(&account, m.items, m.count, &step, &fixture.arena, &r),
                     ERR_OK);
    assert_slice(fixture_header(&r, "X-Amz-Target"), "AmazonSQS.DeleteMessageBatch");
    assert_slice(r.body,
                 "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/444455556666/truecount\","
                 "\"Entries\":[{\"Id\":\"0\",\"ReceiptHandle\":\"h1+/=\"},{\"Id\":\"1\","
                 "\"ReceiptHandle\":\"h3\"}]}");
    assert_int_equal(amazon->build_ack(&account, m.items, 0, &step, &fixture.arena, &r), ERR_USAGE);
    assert_int_equal(
        amazon->build_ack(&account, m.items, MESSAGES_MAX + 1, &step, &fixture.arena, &r),
        ERR_USAGE);
}

static void test_each_refusal_of_the_queue_is_what_it_is(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err e;
    } cases[] = {
        {403,
         "{\"__type\":\"com.amazon.coral.service#AccessDenied\",\"message\":\"no\"}",
         ERR_AUTH},
        {403, "{\"__type\":\"x#InvalidClientTokenId\",\"message\":\"no\"}", ERR_AUTH},
        {400, "{\"__type\":\"com.amazonaws.sqs#InvalidSignatureException\"}", ERR_AUTH},
        {400, "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"m\"}", ERR_USAGE},
        {400, "{\"__type\":\"com.amazonaws.sqs#RequestThrottled\"}", ERR_THROTTLED},
        {429, "", ERR_THROTTLED},
        {400, "<html>", ERR_NET},
        {503, "<html>", ERR_NET},
        {500, "{\"__type\":\"InternalFailure\"}", ERR_NET},
        {200, "<html>", ERR_NET},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct messages m = {0};
        enum err e = receive(cases[i].status, cases[i].body, &m);
        if (e != cases[i].e) {
            fail_msg("%d %s: %s", cases[i].status, cases[i].body, err_name(e));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures_are_those_of_others),
        cmocka_unit_test(test_the_long_poll_is_signed),
        cmocka_unit_test(test_region_and_arn_follow_from_the_queue),
        cmocka_unit_test(test_a_queue_behind_a_path_is_called_and_signed_there),
        cmocka_unit_test(test_without_queue_or_keys_nothing_is_received),
        cmocka_unit_test(test_messages_are_handed_over_as_they_are),
        cmocka_unit_test(test_each_refusal_of_the_queue_is_what_it_is),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
