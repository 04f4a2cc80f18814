/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue's part of connecting: a destination, subscriptions, and who may write and read.
 *
 * Destinations belong to the application, subscriptions to the seller: two kinds of token, and with
 * the wrong one Amazon answers 403. Amazon writes into a queue only when the queue's own policy
 * lets it, which a person must paste.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/amazon/connect.h"

#define NOTIFICATIONS "/notifications/v1/"
#define AMAZON_ACCOUNT "437568002678" /* Amazon's own at AWS, whose messages these are */
#define ORDERS "ORDER_CHANGE"
#define QUANTITIES "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"

/* ---- what a person is told ---- */

static struct slice policy_text(struct connecting *c)
{
    return arena_printf(
        c->arena,
        "Paste this as the queue's access policy (SQS > the queue > Access policy), then connect "
        "again: {\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"amazon\",\"Effect\":"
        "\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" AMAZON_ACCOUNT ":root\"},\"Action\":["
        "\"sqs:SendMessage\",\"sqs:GetQueueAttributes\"],\"Resource\":\"%.*s\"},{\"Sid\":"
        "\"eventbridge\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"events.amazonaws.com\"},"
        "\"Action\":\"sqs:SendMessage\",\"Resource\":\"%.*s\"}]}",
        SLICE_ARG(c->config->queue_arn),
        SLICE_ARG(c->config->queue_arn));
}

static struct slice bridge_text(struct connecting *c)
{
    struct slice rest = c->config->queue_arn;
    struct slice account = {0};

    for (int i = 0; i < 5; i++) { /* arn:aws:sqs:region:account:name */
        slice_cut(&rest, ':', &account);
    }
    return arena_printf(
        c->arena,
        "Counts changed by others are found by reading within an hour; to hear of them at once: "
        "1. POST " NOTIFICATIONS "destinations with {\"name\":\"truecount-bridge\","
        "\"resourceSpecification\":{\"eventBridge\":{\"region\":\"%.*s\",\"accountId\":\"%.*s\"}}}."
        " "
        "2. AWS > EventBridge > Partner event sources: associate the new one with an event bus. "
        "3. On that bus make a rule with the pattern {\"source\":[{\"prefix\":"
        "\"aws.partner/sellingpartnerapi.amazon.com\"}]} and the target %.*s. 4. Connect again",
        SLICE_ARG(c->config->aws_region),
        SLICE_ARG(account),
        SLICE_ARG(c->config->queue_arn));
}

void amazon_no_queue_check(struct connecting *c)
{
    amazon_check(c,
                 CONNECT_BY_HAND,
                 "queue",
                 SLICE("Without a queue orders are read every 5 minutes. For seconds: make a "
                       "standard SQS queue in your AWS account and a user with the rights "
                       "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on it; set "
                       "settings.sqs_queue_url, secrets.aws_access_key_id and "
                       "secrets.aws_secret_access_key, and connect again"));
}

void amazon_secret_check(struct connecting *c)
{
    amazon_check(c,
                 CONNECT_BY_HAND,
                 "client secret",
                 SLICE("Amazon ends it 180 days after it was made, and every call with it: set a "
                       "reminder to rotate it under Develop Apps > LWA credentials, then set "
                       "secrets.client_secret. The refresh token stays"));
}

/* ---- requests ---- */

static enum err destination_build(const struct account *account,
                                  struct slice token,
                                  struct arena *arena,
                                  struct http_request *out)
{
    struct slice body = arena_printf(
        arena,
        "{\"name\":\"truecount\",\"resourceSpecification\":{\"sqs\":{\"arn\":\"%.*s\"}}}",
        SLICE_ARG(amazon_config(account)->queue_arn));

    return body.p
               ? amazon_request_as(
                     account, token, "POST", SLICE(NOTIFICATIONS "destinations"), body, arena, out)
               : ERR_LIMIT;
}

static enum err subscription_build(const struct account *account,
                                   const char *type,
                                   struct slice destination,
                                   struct arena *arena,
                                   struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, 4096);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_str(&w, "payloadVersion", "1.0");
    json_field_text(&w, "destinationId", destination);
    if (strcmp(type, ORDERS) == 0) {
        json_field_raw(&w,
                       "processingDirective",
                       SLICE("{\"eventFilter\":{\"eventFilterType\":\"ORDER_CHANGE\","
                             "\"orderChangeTypes\":[\"OrderStatusChange\","
                             "\"BuyerRequestedChange\"]}}"));
    }
    json_end_object(&w);
    struct slice text = arena_copy(arena, buf_view(&body));
    struct slice path = arena_printf(arena, NOTIFICATIONS "subscriptions/%s", type);
    if (body.overflow || !text.p) {
        return ERR_LIMIT;
    }
    return amazon_request(account, "POST", path, text, arena, out);
}

static enum err subscribed_build(const struct account *account,
                                 const char *type,
                                 struct arena *arena,
                                 struct http_request *out)
{
    struct slice path =
        arena_printf(arena, NOTIFICATIONS "subscriptions/%s?payloadVersion=1.0", type);

    return amazon_request(account, "GET", path, (struct slice){0}, arena, out);
}

/* Seen, and at once visible again: nobody misses it. */
static enum err look_build(const struct account *account,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, 8192);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "QueueUrl", amazon_config(account)->queue_url);
    json_field_int(&w, "MaxNumberOfMessages", 1);
    json_field_int(&w, "WaitTimeSeconds", 0);
    json_field_int(&w, "VisibilityTimeout", 0);
    json_end_object(&w);
    struct slice text = arena_copy(arena, buf_view(&body));
    return amazon_queue_request(account, "AmazonSQS.ReceiveMessage", text, step, arena, out);
}

static enum err policy_build(const struct account *account,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, 8192);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "QueueUrl", amazon_config(account)->queue_url);
    json_field_raw(&w, "AttributeNames", SLICE("[\"Policy\"]"));
    json_end_object(&w);
    struct slice text = arena_copy(arena, buf_view(&body));
    return amazon_queue_request(account, "AmazonSQS.GetQueueAttributes", text, step, arena, out);
}

enum err amazon_queue_step_build(const struct account *account,
                                 const struct connect_cursor *cursor,
                                 const struct step *step,
                                 struct arena *arena,
                                 struct http_request *out)
{
    switch (cursor->step) {
    case 'g':
        return amazon_build_grantless(account, arena, out);
    case 'd':
        return amazon_request_as(account,
                                 cursor->token,
                                 "GET",
                                 SLICE(NOTIFICATIONS "destinations"),
                                 (struct slice){0},
                                 arena,
                                 out);
    case 'c':
        return destination_build(account, cursor->token, arena, out);
    case 's':
        return subscribed_build(account, ORDERS, arena, out);
    case 'n':
        return subscription_build(account, ORDERS, cursor->destination, arena, out);
    case 'm':
        return subscribed_build(account, QUANTITIES, arena, out);
    case 'k':
        return subscription_build(account, QUANTITIES, cursor->bridge, arena, out);
    case 'q':
        return look_build(account, step, arena, out);
    case 'a':
        return policy_build(account, step, arena, out);
    default:
        return ERR_USAGE;
    }
}

/* ---- answers ---- */

static enum err grantless_read(struct connecting *c, const struct step *step)
{
    struct token token = {0};
    enum err e = amazon_read_token(
        c->account, step, c->response, c->doc, c->arena, &token, c->signal, c->note);

    if (e == ERR_AUTH) {
        c->signal->unauthorised = false; /* the seller's token stays good */
        amazon_check(c,
                     CONNECT_WRONG,
                     "token of the application",
                     arena_copy(c->arena, slice_of(c->note->text)));
        amazon_connect_next(c, 'q');
        return ERR_OK;
    }
    if (!e) {
        c->cursor.token = token.access;
        amazon_connect_next(c, 'd');
    }
    return e;
}

/* It proves nothing of what was asked. 404 is an answer as long as it is the API's. */
static bool is_transient(const struct connecting *c, const struct amazon_answer *answer)
{
    if (answer->status == 404 && json_type(answer->root) == JSON_OBJECT) {
        return false;
    }
    return answer->verdict != AMAZON_DONE && answer->verdict != AMAZON_REFUSED &&
           !(c->signal->unauthorised && answer->status == 403) && answer->status != 409;
}

static enum err destinations_read(struct connecting *c)
{
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);

    if (is_transient(c, &answer)) {
        return amazon_answer_fault(&answer, c->signal, c->note);
    }
    if (answer.verdict != AMAZON_DONE) {
        c->signal->unauthorised = false;
        amazon_check(c, CONNECT_WRONG, "destination", answer.reason);
        amazon_connect_next(c, 'q');
        return ERR_OK;
    }
    for (struct json_iter i = json_iter(json_get(answer.root, "payload")); json_next(&i);) {
        struct json resource = json_get(i.value, "resource");
        struct slice id = amazon_text(json_get(i.value, "destinationId"));
        struct slice arn = amazon_text(json_path(resource, "sqs", "arn", NULL));
        if (!amazon_is_visible(id, 200)) {
            continue;
        }
        if (slice_equal(arn, c->config->queue_arn)) {
            c->cursor.destination = id;
        }
        if (json_type(json_get(resource, "eventBridge")) == JSON_OBJECT) {
            c->cursor.bridge = id;
        }
    }
    if (c->cursor.destination.n) {
        amazon_check(c, CONNECT_OK, "destination", (struct slice){0});
    }
    amazon_connect_next(c, c->cursor.destination.n ? 's' : 'c');
    return ERR_OK;
}

static enum err destination_read(struct connecting *c)
{
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);

    if (is_transient(c, &answer)) {
        return amazon_answer_fault(&answer, c->signal, c->note);
    }
    struct slice id = amazon_text(json_path(answer.root, "payload", "destinationId", NULL));
    if (answer.verdict == AMAZON_DONE && amazon_is_visible(id, 200)) {
        c->cursor.destination = id;
        amazon_check(c, CONNECT_MADE, "destination", c->config->queue_arn);
        amazon_connect_next(c, 's');
        return ERR_OK;
    }
    c->signal->unauthorised = false;
    amazon_check(c,
                 CONNECT_WRONG,
                 "destination",
                 answer.verdict == AMAZON_DONE
                     ? SLICE("the answer names no destination")
                     : arena_printf(c->arena,
                                    "%.*s. Does the queue's policy let Amazon write?",
                                    SLICE_ARG(answer.reason)));
    amazon_connect_next(c, 'q');
    return ERR_OK;
}

static void quantities_begin(struct connecting *c)
{
    if (c->cursor.bridge.n) {
        amazon_connect_next(c, 'm');
        return;
    }
    amazon_check(c, CONNECT_BY_HAND, "messages " QUANTITIES, bridge_text(c));
    amazon_connect_next(c, 'q');
}

/* `wanted`: the destination that must get them; `make`: the step that subscribes. */
static enum err
subscribed_read(struct connecting *c, const char *what, struct slice wanted, char make)
{
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);
    struct slice id = amazon_text(json_path(answer.root, "payload", "destinationId", NULL));
    bool is_done = answer.verdict == AMAZON_DONE;

    if (is_transient(c, &answer)) {
        return amazon_answer_fault(&answer, c->signal, c->note);
    }
    if ((is_done && !id.n) || answer.status == 404) {
        amazon_connect_next(c, make);
        return ERR_OK;
    }
    c->signal->unauthorised = false;
    if (is_done && slice_equal(id, wanted)) {
        amazon_check(c, CONNECT_OK, what, (struct slice){0});
    } else if (is_done) {
        amazon_check(c,
                     CONNECT_WRONG,
                     what,
                     arena_printf(c->arena,
                                  "They go to the destination %.*s, not to %.*s: delete that "
                                  "subscription, and connect again",
                                  SLICE_ARG(amazon_bounded(id, 200)),
                                  SLICE_ARG(wanted)));
    } else {
        amazon_check(c, CONNECT_WRONG, what, answer.reason);
    }
    if (make == 'n') {
        quantities_begin(c);
    } else {
        amazon_connect_next(c, 'q');
    }
    return ERR_OK;
}

static enum err subscription_read(struct connecting *c, const char *what)
{
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);
    bool is_orders = c->cursor.step == 'n';

    if (is_transient(c, &answer)) {
        return amazon_answer_fault(&answer, c->signal, c->note);
    }
    c->signal->unauthorised = false;
    if (answer.verdict == AMAZON_DONE) {
        amazon_check(c, CONNECT_MADE, what, (struct slice){0});
    } else {
        amazon_check(c, CONNECT_WRONG, what, answer.reason);
    }
    if (is_orders) {
        quantities_begin(c);
    } else {
        amazon_connect_next(c, 'q');
    }
    return ERR_OK;
}

static enum err look_read(struct connecting *c, const struct step *step)
{
    struct messages seen = {0};
    enum err e = amazon_read_receive(
        c->account, step, c->response, c->doc, c->arena, &seen, c->signal, c->note);

    if (e == ERR_AUTH || e == ERR_USAGE) {
        amazon_check(c,
                     CONNECT_WRONG,
                     "right to read the queue",
                     arena_printf(c->arena,
                                  "%s. The AWS user needs sqs:ReceiveMessage, sqs:DeleteMessage "
                                  "and sqs:GetQueueAttributes on %.*s",
                                  c->note->text,
                                  SLICE_ARG(c->config->queue_arn)));
        amazon_check(c, CONNECT_BY_HAND, "the queue's policy", policy_text(c));
        amazon_secret_check(c);
        return ERR_OK;
    }
    if (!e) {
        amazon_check(c, CONNECT_OK, "right to read the queue", (struct slice){0});
        amazon_connect_next(c, 'a');
    }
    return e;
}

/* An answer that says nothing of the policy says that nobody knows: it is shown again. */
static enum err policy_read(struct connecting *c)
{
    struct slice policy = {0};
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);

    *c->signal = (struct channel_signal){.points_left = -1,
                                         .points_cost = -1,
                                         .points_per_s = -1,
                                         .day_left = -1,
                                         .server_time_us = c->signal->server_time_us};
    if (answer.verdict == AMAZON_DONE) {
        policy = amazon_text(json_path(answer.root, "Attributes", "Policy", NULL));
    }
    bool is_open =
        amazon_has_words(policy, AMAZON_ACCOUNT) && amazon_has_words(policy, "SendMessage");
    amazon_check(c,
                 is_open ? CONNECT_OK : CONNECT_BY_HAND,
                 "the queue's policy",
                 is_open ? (struct slice){0} : policy_text(c));
    amazon_secret_check(c);
    return ERR_OK;
}

enum err amazon_queue_step_read(struct connecting *c, const struct step *step)
{
    switch (c->cursor.step) {
    case 'g':
        return grantless_read(c, step);
    case 'd':
        return destinations_read(c);
    case 'c':
        return destination_read(c);
    case 's':
        return subscribed_read(c, "messages " ORDERS, c->cursor.destination, 'n');
    case 'n':
        return subscription_read(c, "messages " ORDERS);
    case 'm':
        return subscribed_read(c, "messages " QUANTITIES, c->cursor.bridge, 'k');
    case 'k':
        return subscription_read(c, "messages " QUANTITIES);
    case 'q':
        return look_read(c, step);
    case 'a':
        return policy_read(c);
    default:
        return err_note(c->note, ERR_USAGE, "not a step of connecting");
    }
}
