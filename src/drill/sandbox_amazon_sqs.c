/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_amazon_sqs - one standard queue: receive (long poll), delete, delete in a batch, by the
 * AWS JSON protocol, with Signature Version 4 checked.
 *
 *   published ──> visible ──receive──> in flight ──delete──> gone
 *                    ^                     │
 *                    └── visibility ends ──┘
 */
#include "drill/sandbox_amazon.h"

#include "base/crypto.h"

#define MESSAGES_MAX 20000
#define SKEW_US (300 * US_PER_S)
#define BATCH_MAX 10

struct amazon_message {
    struct task task; /* until it is on the queue */
    struct shop *shop;
    struct amazon_message *next;
    char id[40], receipt[96];
    int64_t visible_us; /* monotonic */
    int received;
    size_t body_n;
    char body[];
};

struct amazon_receiver { /* a long poll that waits */
    struct task task;
    struct shop *shop;
    struct http_exchange *x; /* NULL: answered */
    struct amazon_receiver *next;
    int64_t max, visibility_us, until_us; /* monotonic */
};

/* ---- answers ---- */

static const char json_type_name_aws[] = "application/x-amz-json-1.0";

static void sqs_error(struct call *call, int status, const char *type, const char *message)
{
    struct json_writer w = rest_answer(call, status, json_type_name_aws);
    json_begin_object(&w);
    json_field_text(
        &w, "__type", arena_printf(&call->shop->sandbox->turn, "com.amazonaws.sqs#%s", type));
    json_field_str(&w, "message", message);
    json_end_object(&w);
}

/* ---- Signature Version 4 ---- */

struct authorization {
    struct slice key, date, region, service, end, headers, signature;
};

static bool authorization_read(struct slice text, struct authorization *out)
{
    static const char prefix[] = "AWS4-HMAC-SHA256 ";
    struct slice part;
    struct slice scope = {0};
    if (!slice_starts(text, prefix)) {
        return false;
    }
    text = slice_from(text, sizeof(prefix) - 1);
    while (text.n > 0) {
        slice_cut(&text, ',', &part);
        part = slice_trim(part);
        if (slice_starts(part, "Credential=")) {
            scope = slice_from(part, 11);
        } else if (slice_starts(part, "SignedHeaders=")) {
            out->headers = slice_from(part, 14);
        } else if (slice_starts(part, "Signature=")) {
            out->signature = slice_from(part, 10);
        }
    }
    slice_cut(&scope, '/', &out->key);
    slice_cut(&scope, '/', &out->date);
    slice_cut(&scope, '/', &out->region);
    slice_cut(&scope, '/', &out->service);
    out->end = scope;
    return slice_is(out->end, "aws4_request") && out->headers.n > 0 && out->signature.n == 64;
}

/* 20260101T000000Z */
static bool date_read(struct slice text, int64_t *out_us)
{
    int64_t day;
    int64_t clock;
    if (text.n != 16 || text.p[8] != 'T' || text.p[15] != 'Z' ||
        !slice_int((struct slice){text.p, 8}, &day) ||
        !slice_int((struct slice){text.p + 9, 6}, &clock)) {
        return false;
    }
    int64_t y = day / 10000;
    int64_t m = day / 100 % 100;
    int64_t d = day % 100;
    if (m < 1 || m > 12 || d < 1 || d > 31) {
        return false;
    }
    /* Days since 1970: years begin in March, so that a leap day is the last. */
    int64_t year = m <= 2 ? y - 1 : y;
    int64_t month = (m + 9) % 12;
    int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + d - 1;
    days -= 719468;
    int64_t seconds = clock / 10000 * 3600 + clock / 100 % 100 * 60 + clock % 100;
    *out_us = (days * 86400 + seconds) * US_PER_S;
    return true;
}

/* Sorted, lower case, with host and every x-amz-* header of the request. */
static bool headers_are_signed(const struct call *call, struct slice signed_names)
{
    const struct http_request *r = &call->x->request;
    struct slice rest = signed_names;
    struct slice name;
    struct slice before = {0};
    while (rest.n > 0) {
        slice_cut(&rest, ';', &name);
        if (before.n > 0 && slice_compare(before, name) >= 0) {
            return false;
        }
        before = name;
    }
    bool has_host = false;
    for (size_t i = 0; i < r->headers_count; i++) {
        struct slice wanted = r->headers[i].name;
        bool is_amz =
            wanted.n > 6 && slice_equal_nocase((struct slice){wanted.p, 6}, SLICE("x-amz-"));
        bool is_host = slice_equal_nocase(wanted, SLICE("host"));
        bool is_there = false;
        for (rest = signed_names; rest.n > 0 && (is_amz || is_host);) {
            slice_cut(&rest, ';', &name);
            is_there |= slice_equal_nocase(name, wanted);
        }
        if ((is_amz || is_host) && !is_there) {
            return false;
        }
        has_host |= is_host;
    }
    return has_host;
}

static struct slice hex_sha256(struct arena *arena, struct slice text)
{
    uint8_t digest[SHA256_SIZE];
    sha256(digest, text);
    return hex_encode(arena, (struct slice){(const char *)digest, sizeof(digest)});
}

static struct slice canonical(struct call *call, struct slice signed_names)
{
    const struct http_request *r = &call->x->request;
    struct arena *arena = &call->shop->sandbox->turn;
    struct buf text;
    struct slice rest = signed_names;
    struct slice name;
    buf_init(&text, (size_t)64 << 10);
    buf_printf(
        &text, "%.*s\n%.*s\n%.*s\n", SLICE_ARG(r->method), SLICE_ARG(r->url), SLICE_ARG(r->query));
    while (rest.n > 0) {
        slice_cut(&rest, ';', &name);
        struct slice key = arena_copy(arena, name);
        buf_printf(&text,
                   "%.*s:%.*s\n",
                   SLICE_ARG(name),
                   SLICE_ARG(slice_trim(call_request_header(call, key.p))));
    }
    buf_printf(
        &text, "\n%.*s\n%.*s", SLICE_ARG(signed_names), SLICE_ARG(hex_sha256(arena, r->body)));
    struct slice out = arena_copy(arena, buf_view(&text));
    buf_free(&text);
    return out;
}

static struct slice hmac_step(struct arena *arena, struct slice key, struct slice text)
{
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, key, text);
    return arena_copy(arena, (struct slice){(const char *)mac, sizeof(mac)});
}

static bool signature_fits(struct call *call, const struct authorization *a, struct slice date)
{
    struct arena *arena = &call->shop->sandbox->turn;
    struct slice key = hmac_step(arena, SLICE("AWS4" AMAZON_SECRET_KEY), a->date);
    key = hmac_step(arena, key, a->region);
    key = hmac_step(arena, key, a->service);
    key = hmac_step(arena, key, SLICE("aws4_request"));
    struct slice text = arena_printf(arena,
                                     "AWS4-HMAC-SHA256\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n%.*s",
                                     SLICE_ARG(date),
                                     SLICE_ARG(a->date),
                                     SLICE_ARG(a->region),
                                     SLICE_ARG(a->service),
                                     SLICE_ARG(hex_sha256(arena, canonical(call, a->headers))));
    return crypto_equal(hex_encode(arena, hmac_step(arena, key, text)), a->signature);
}

/* False: refused. */
static bool is_signed(struct call *call)
{
    struct authorization a = {0};
    struct slice date = call_request_header(call, "X-Amz-Date");
    int64_t stamp_us;
    if (!authorization_read(call_request_header(call, "Authorization"), &a)) {
        sqs_error(
            call, 403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        return false;
    }
    if (!slice_is(a.key, AMAZON_ACCESS_KEY)) {
        sqs_error(call,
                  403,
                  "InvalidClientTokenId",
                  "The security token included in the request is invalid.");
        return false;
    }
    if (!date_read(date, &stamp_us) || !slice_equal(a.date, (struct slice){date.p, 8}) ||
        !slice_is(a.region, AMAZON_REGION) || !slice_is(a.service, "sqs")) {
        sqs_error(
            call, 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
        return false;
    }
    int64_t age_us = env_wall_us(call->shop->sandbox->env) - stamp_us;
    if (age_us > SKEW_US || age_us < -SKEW_US) {
        sqs_error(call, 403, "SignatureDoesNotMatch", "Signature expired or not yet current.");
        return false;
    }
    if (!headers_are_signed(call, a.headers) || !signature_fits(call, &a, date)) {
        sqs_error(call,
                  403,
                  "SignatureDoesNotMatch",
                  "The request signature we calculated does not match the signature you provided.");
        return false;
    }
    return true;
}

/* ---- the queue ---- */

static void put_message(struct json_writer *w, struct arena *arena, const struct amazon_message *m)
{
    struct slice body = {m->body, m->body_n};
    json_begin_object(w);
    json_field_str(w, "MessageId", m->id);
    json_field_str(w, "ReceiptHandle", m->receipt);
    json_field_text(w, "MD5OfBody", md5_hex(arena, body));
    json_field_text(w, "Body", body);
    json_end_object(w);
}

/* So many visible ones, which are hidden from now on. {} when there is none. */
static size_t messages_put(struct shop *shop, struct buf *out, int64_t max, int64_t visibility_us)
{
    struct amazon *amazon = amazon_of(shop);
    int64_t now_us = env_mono_us(shop->sandbox->env);
    struct json_writer w = json_writer(out);
    size_t count = 0;
    json_begin_object(&w);
    for (struct amazon_message *m = amazon->first; m && (int64_t)count < max; m = m->next) {
        if (m->visible_us > now_us) {
            continue;
        }
        if (count++ == 0) {
            json_key(&w, "Messages");
            json_begin_array(&w);
        }
        m->received++;
        m->visible_us = now_us + visibility_us;
        snprintf(m->receipt, sizeof(m->receipt), "AQEB-%s-%d", m->id, m->received);
        put_message(&w, &shop->sandbox->turn, m);
    }
    if (count > 0) {
        json_end_array(&w);
    }
    json_end_object(&w);
    return count;
}

static void receiver_answer(struct amazon_receiver *r)
{
    struct http_exchange *x = r->x;
    struct http_header type = {SLICE("Content-Type"), slice_of(json_type_name_aws)};
    struct buf body;
    buf_init(&body, (size_t)4 << 20);
    if (x->is_gone) {
        buf_text(&body, "{}"); /* nobody hears it: no message is lost to the visibility time-out */
    } else {
        messages_put(r->shop, &body, r->max, r->visibility_us);
    }
    r->x = NULL;
    http_answer(x, 200, &type, 1, buf_view(&body));
    buf_free(&body);
}

/* The instant at which the next message can be received; INT64_MAX when there is none. */
static int64_t next_visible_us(const struct shop *shop)
{
    int64_t at_us = INT64_MAX;
    for (const struct amazon_message *m = amazon_of(shop)->first; m; m = m->next) {
        at_us = m->visible_us < at_us ? m->visible_us : at_us;
    }
    return at_us;
}

static void receiver_free(struct task *task)
{
    struct amazon_receiver *r = (struct amazon_receiver *)task;
    struct amazon_receiver **at = &amazon_of(r->shop)->receivers;
    while (*at && *at != r) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = r->next;
    }
    if (r->x) {
        receiver_answer(r);
    }
    free(r);
}

/* When the wait is over, or a message in flight may come back before. */
static void receiver_plan(struct amazon_receiver *r)
{
    int64_t now_us = env_mono_us(r->shop->sandbox->env);
    int64_t due_us = next_visible_us(r->shop);
    sandbox_later(
        r->shop->sandbox, &r->task, (due_us < r->until_us ? due_us : r->until_us) - now_us);
}

static void receiver_due(struct task *task)
{
    struct amazon_receiver *r = (struct amazon_receiver *)task;
    int64_t now_us = env_mono_us(r->shop->sandbox->env);
    if (r->x && now_us < r->until_us && next_visible_us(r->shop) > now_us) {
        receiver_plan(r);
        return;
    }
    receiver_free(task);
}

/* Whoever waits is answered, the one that waits longest first. */
static void receivers_wake(struct shop *shop)
{
    struct amazon *amazon = amazon_of(shop);
    while (amazon->receivers && next_visible_us(shop) <= env_mono_us(shop->sandbox->env)) {
        struct amazon_receiver *r = amazon->receivers;
        amazon->receivers = r->next; /* its task ends it */
        receiver_answer(r);
    }
}

static void message_arrives(struct task *task)
{
    struct amazon_message *m = (struct amazon_message *)task;
    struct amazon *amazon = amazon_of(m->shop);
    *amazon->tail = m;
    amazon->tail = &m->next;
    receivers_wake(m->shop);
}

static void message_free(struct amazon_message *m)
{
    m->shop->stats.hooks_waiting--;
    free(m);
}

static void message_drop(struct task *task)
{
    message_free((struct amazon_message *)task);
}

static void message_new(struct shop *shop, struct slice body, int64_t delay_us)
{
    struct amazon_message *m = calloc(1, sizeof(*m) + body.n + 1);
    must(m != NULL);
    m->shop = shop;
    memcpy(m->body, body.p, body.n);
    m->body_n = body.n;
    uuid_make(shop->sandbox, m->id);
    m->task.run = message_arrives;
    m->task.drop = message_drop;
    shop->stats.hooks_waiting++;
    sandbox_later(shop->sandbox, &m->task, delay_us);
}

void amazon_publish(struct shop *shop, struct slice body)
{
    struct dice *dice = &shop->sandbox->dice;
    if (shop->stats.hooks_waiting >= MESSAGES_MAX) {
        shop->stats.hooks_dropped++;
        return;
    }
    if (dice_permille(dice, shop->faults.hook_duplicate)) { /* at least once */
        shop->stats.hooks_duplicated++;
        message_new(shop, body, hook_fault_delay_us(shop) + dice_between(dice, 0, 50) * US_PER_MS);
    }
    if (dice_permille(dice, shop->faults.hook_lose)) {
        shop->stats.hooks_lost++;
        return;
    }
    message_new(shop, body, hook_fault_delay_us(shop));
}

void amazon_sqs_free(struct shop *shop)
{
    struct amazon *amazon = amazon_of(shop);
    while (amazon->first) {
        struct amazon_message *m = amazon->first;
        amazon->first = m->next;
        message_free(m);
    }
}

/* ---- operations ---- */

/* A whole number within bounds; false: refused. */
static bool number(struct call *call,
                   struct json body,
                   const char *key,
                   int64_t hi,
                   int64_t lo,
                   int64_t fallback,
                   int64_t *out)
{
    struct json v = json_get(body, key);
    *out = fallback;
    if (json_type(v) == JSON_NONE || (json_int(v, out) && *out >= lo && *out <= hi)) {
        return true;
    }
    struct slice message =
        arena_printf(&call->shop->sandbox->turn, "Value for parameter %s is invalid.", key);
    sqs_error(call, 400, "InvalidParameterValue", message.p);
    return false;
}

static void receive(struct call *call, struct json body)
{
    struct shop *shop = call->shop;
    int64_t max;
    int64_t wait_s;
    int64_t visibility_s;
    if (!number(call, body, "MaxNumberOfMessages", 10, 1, 1, &max) ||
        !number(call, body, "WaitTimeSeconds", 20, 0, 0, &wait_s) ||
        !number(call, body, "VisibilityTimeout", 43200, 0, 30, &visibility_s)) {
        return;
    }
    rest_answer(call, 200, json_type_name_aws);
    size_t count = messages_put(shop, call->out, max, visibility_s * US_PER_S);
    if (count > 0 || wait_s == 0) {
        return;
    }
    struct amazon_receiver *r = calloc(1, sizeof(*r));
    must(r != NULL);
    *r = (struct amazon_receiver){.task = {.run = receiver_due, .drop = receiver_free},
                                  .shop = shop,
                                  .x = call->x,
                                  .max = max,
                                  .visibility_us = visibility_s * US_PER_S,
                                  .until_us = env_mono_us(shop->sandbox->env) + wait_s * US_PER_S};
    struct amazon_receiver **at = &amazon_of(shop)->receivers;
    while (*at) {
        at = &(*at)->next;
    }
    *at = r;
    call->is_deferred = true;
    receiver_plan(r);
}

/* False: no message has been received under that handle. One that is gone is no error. */
static bool message_delete(struct shop *shop, struct slice receipt)
{
    struct amazon *amazon = amazon_of(shop);
    for (struct amazon_message **at = &amazon->first; *at; at = &(*at)->next) {
        struct amazon_message *m = *at;
        if (m->received == 0 || !slice_is(receipt, m->receipt)) {
            continue;
        }
        *at = m->next;
        if (!m->next) {
            amazon->tail = at;
        }
        shop->stats.hooks_sent++;
        message_free(m);
        return true;
    }
    return slice_starts(receipt, "AQEB-");
}

static void delete_one(struct call *call, struct json body)
{
    struct slice receipt = {0};
    if (!json_text(json_get(body, "ReceiptHandle"), &receipt)) {
        sqs_error(call, 400, "MissingParameter", "The request must contain a ReceiptHandle.");
    } else if (!message_delete(call->shop, receipt)) {
        sqs_error(call, 400, "ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
    } else {
        rest_text(call, 200, json_type_name_aws, SLICE("{}"));
    }
}

static void delete_batch(struct call *call, struct json body)
{
    struct json entries = json_get(body, "Entries");
    struct slice ids[BATCH_MAX];
    bool is_good[BATCH_MAX];
    size_t count = 0;
    if (json_type(entries) != JSON_ARRAY || json_count(entries) == 0) {
        sqs_error(call, 400, "EmptyBatchRequest", "There should be at least one entry.");
        return;
    }
    if (json_count(entries) > BATCH_MAX) {
        sqs_error(call, 400, "TooManyEntriesInBatchRequest", "Maximum number of entries is 10.");
        return;
    }
    for (struct json_iter i = json_iter(entries); json_next(&i); count++) {
        struct slice receipt = {0};
        if (!json_text(json_get(i.value, "Id"), &ids[count]) ||
            !json_text(json_get(i.value, "ReceiptHandle"), &receipt)) {
            sqs_error(call, 400, "MissingParameter", "An entry needs Id and ReceiptHandle.");
            return;
        }
        for (size_t k = 0; k < count; k++) {
            if (slice_equal(ids[k], ids[count])) {
                sqs_error(call, 400, "BatchEntryIdsNotDistinct", "Ids must be distinct.");
                return;
            }
        }
        is_good[count] = message_delete(call->shop, receipt);
    }
    struct json_writer w = rest_answer(call, 200, json_type_name_aws);
    json_begin_object(&w);
    for (int good = 1; good >= 0; good--) {
        json_key(&w, good ? "Successful" : "Failed");
        json_begin_array(&w);
        for (size_t i = 0; i < count; i++) {
            if (is_good[i] != (bool)good) {
                continue;
            }
            json_begin_object(&w);
            json_field_text(&w, "Id", ids[i]);
            if (!good) {
                json_field_bool(&w, "SenderFault", true);
                json_field_str(&w, "Code", "ReceiptHandleIsInvalid");
            }
            json_end_object(&w);
        }
        json_end_array(&w);
    }
    json_end_object(&w);
}

static void attributes(struct call *call)
{
    struct shop *shop = call->shop;
    const struct amazon *amazon = amazon_of(shop);
    struct arena *arena = &shop->sandbox->turn;
    int64_t count = 0;
    for (const struct amazon_message *m = amazon->first; m; m = m->next) {
        count++;
    }
    struct json_writer w = rest_answer(call, 200, json_type_name_aws);
    json_begin_object(&w);
    json_key(&w, "Attributes");
    json_begin_object(&w);
    json_field_text(&w, "QueueArn", amazon->queue_arn);
    json_field_text(&w, "ApproximateNumberOfMessages", arena_printf(arena, "%" PRId64, count));
    json_field_str(&w, "VisibilityTimeout", "30");
    json_end_object(&w);
    json_end_object(&w);
}

void amazon_sqs_call(struct call *call)
{
    struct slice target = call_request_header(call, "X-Amz-Target");
    struct slice queue = {0};
    struct json body;
    if (!rest_method(call, "POST") || !rest_content_is(call, json_type_name_aws)) {
        sqs_error(call, 404, "UnknownOperationException", "The AWS JSON protocol is wanted.");
        return;
    }
    if (!is_signed(call)) {
        return;
    }
    if (!rest_body(call, &body) || json_type(body) != JSON_OBJECT) {
        sqs_error(call, 400, "SerializationException", "The body is not a JSON object.");
        return;
    }
    if (!json_text(json_get(body, "QueueUrl"), &queue) ||
        !slice_equal(queue, amazon_of(call->shop)->queue_url)) {
        sqs_error(call, 400, "QueueDoesNotExist", "The specified queue does not exist.");
        return;
    }
    if (slice_is(target, "AmazonSQS.ReceiveMessage")) {
        receive(call, body);
    } else if (slice_is(target, "AmazonSQS.DeleteMessage")) {
        delete_one(call, body);
    } else if (slice_is(target, "AmazonSQS.DeleteMessageBatch")) {
        delete_batch(call, body);
    } else if (slice_is(target, "AmazonSQS.GetQueueAttributes")) {
        attributes(call);
    } else {
        sqs_error(call, 400, "UnknownOperationException", "The operation is not known.");
    }
}
