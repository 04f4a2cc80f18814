/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seller's queue at AWS (SQS, JSON protocol): a long poll, and its acknowledgement.
 *
 * A message is ours for a minute; what is not acknowledged by then is handed out again, and its id
 * shows that we have seen it. The queue's keys are AWS's and none of Amazon's tokens: that they are
 * refused says nothing of the account, whose pushes go on.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/amazon/amazon.h"
#include "channels/amazon/sigv4.h"
#include "channels/reply.h"

#define BODY_MAX 65536
#define HANDLE_MAX 8192
#define WAIT_S 20
#define VISIBILITY_S 60

bool amazon_receives(const struct account *account)
{
    const struct amazon_config *config = amazon_config(account);

    return config->queue_url.n && config->aws_key_id.n && config->aws_secret.n;
}

/* The authority as the Host header has it, without the scheme's own port; *out_path is "/" as a
 * rule. */
static struct slice host_of(struct slice endpoint, struct slice *out_path)
{
    bool is_tls = slice_starts(endpoint, "https://");
    struct slice host = slice_from(endpoint, is_tls ? strlen("https://") : strlen("http://"));
    const char *port = is_tls ? ":443" : ":80";
    const char *slash = memchr(host.p, '/', host.n);

    *out_path = SLICE("/");
    if (slash) {
        *out_path = slice_from(host, (size_t)(slash - host.p));
        host.n = (size_t)(slash - host.p);
    }

    if (slice_ends(host, port)) {
        host.n -= strlen(port);
    }
    return host;
}

enum err amazon_queue_request(const struct account *account,
                              const char *target,
                              struct slice body,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    const struct slice type = SLICE("application/x-amz-json-1.0");
    struct http_header *headers = ARENA_ARRAY(arena, 4, struct http_header);

    if (!amazon_receives(account)) {
        return ERR_USAGE;
    }
    struct slice date = sigv4_date(arena, step->now_us);
    struct slice path;
    struct slice host = host_of(config->queue_endpoint, &path);
    struct slice url =
        arena_printf(arena, "%.*s%s", SLICE_ARG(config->queue_endpoint), path.n == 1 ? "/" : "");
    if (!headers || !date.p || !url.p || !body.p) {
        return ERR_LIMIT;
    }
    const struct http_header signed_headers[] = {
        {SLICE("content-type"), type},
        {SLICE("host"), host},
        {SLICE("x-amz-date"), date},
        {SLICE("x-amz-target"), slice_of(target)},
    };
    struct slice authorization =
        sigv4_authorization(&(struct sigv4){.key_id = config->aws_key_id,
                                            .secret = config->aws_secret,
                                            .region = config->aws_region,
                                            .service = SLICE("sqs"),
                                            .method = SLICE("POST"),
                                            .path = path,
                                            .headers = signed_headers,
                                            .headers_count = COUNT_OF(signed_headers),
                                            .body = body},
                            arena);
    if (!authorization.p) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), type};
    headers[1] = (struct http_header){SLICE("X-Amz-Date"), date};
    headers[2] = (struct http_header){SLICE("X-Amz-Target"), slice_of(target)};
    headers[3] = (struct http_header){SLICE("Authorization"), authorization};
    *out = (struct http_request){
        .method = SLICE("POST"), .url = url, .headers = headers, .headers_count = 4, .body = body};
    return ERR_OK;
}

enum err amazon_build_receive(const struct account *account,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "QueueUrl", amazon_config(account)->queue_url);
    json_field_int(&w, "MaxNumberOfMessages", MESSAGES_MAX);
    json_field_int(&w, "WaitTimeSeconds", WAIT_S);
    json_field_int(&w, "VisibilityTimeout", VISIBILITY_S);
    json_end_object(&w);
    struct slice text = arena_copy(arena, buf_view(&body));
    return amazon_queue_request(account, "AmazonSQS.ReceiveMessage", text, step, arena, out);
}

struct slice
amazon_queue_reason(const struct http_response *response, struct json root, struct arena *arena)
{
    struct slice type = amazon_text(json_get(root, "__type"));
    struct slice message = amazon_text(json_get(root, "message"));
    struct slice name = type;

    if (!message.n) {
        message = amazon_text(json_get(root, "Message"));
    }
    if (slice_cut(&name, '#', &(struct slice){0})) {
        type = name;
    }
    return arena_printf(arena,
                        "the queue's service answered %d %.*s %.*s",
                        response->status,
                        SLICE_ARG(amazon_bounded(type.n ? type : SLICE("without a reason"), 80)),
                        SLICE_ARG(amazon_bounded(message.n ? message : SLICE(""), 120)));
}

static enum err fault_read(const struct http_response *response,
                           struct json root,
                           struct arena *arena,
                           struct channel_signal *signal,
                           struct err_note *note)
{
    struct slice type = amazon_text(json_get(root, "__type"));
    struct slice reason = amazon_queue_reason(response, root, arena);
    enum err e = ERR_NET;

    bool is_throttled = signal->throttled || amazon_has_words(type, "Throttl");
    bool is_refused =
        response->status == 401 || response->status == 403 ||
        amazon_has_words(type, "AccessDenied") || amazon_has_words(type, "Signature") ||
        amazon_has_words(type, "ClientTokenId") || amazon_has_words(type, "MissingAuthentication");
    if (is_throttled) {
        e = ERR_THROTTLED;
    } else if (is_refused) {
        e = ERR_AUTH;
    } else if (response->status == 400 || response->status == 404) {
        e = type.n ? ERR_USAGE : ERR_NET;
    }
    signal->unauthorised = false;
    signal->throttled = is_throttled;
    signal->reason = reason;
    return err_note(note, e, "%.*s", (int)reason.n, reason.p ? reason.p : "");
}

enum err amazon_read_receive(const struct account *account,
                             const struct step *step,
                             const struct http_response *response,
                             struct json_doc *doc,
                             struct arena *arena,
                             struct messages *out,
                             struct channel_signal *out_signal,
                             struct err_note *note)
{
    (void)account;
    (void)step;
    struct json root = {0};
    struct err_note ignored;
    size_t count = 0;

    enum reply_class class = reply_read(response, arena, out_signal);
    bool is_json = json_parse(doc, response->body, &root, &ignored) == ERR_OK &&
                   json_type(root) == JSON_OBJECT;
    if (class != REPLY_OK) {
        return fault_read(response, is_json ? root : (struct json){0}, arena, out_signal, note);
    }
    if (!is_json) {
        out_signal->down = true;
        return err_note(note, ERR_NET, "the queue's answer is not JSON: a proxy, or no queue");
    }
    struct message *items = ARENA_ARRAY(arena, MESSAGES_MAX, struct message);
    for (struct json_iter i = json_iter(json_get(root, "Messages"));
         items && json_next(&i) && count < MESSAGES_MAX;) {
        struct slice handle = amazon_text(json_get(i.value, "ReceiptHandle"));
        if (!handle.n || handle.n > HANDLE_MAX) {
            continue; /* could never be acknowledged: it comes again */
        }
        items[count++] =
            (struct message){.id = arena_copy(arena, amazon_text(json_get(i.value, "MessageId"))),
                             .handle = arena_copy(arena, handle),
                             .body = arena_copy(arena, amazon_text(json_get(i.value, "Body")))};
    }
    if (!items || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "more messages than an answer may hold");
    }
    *out = (struct messages){.items = items, .count = count};
    return ERR_OK;
}

enum err amazon_build_ack(const struct account *account,
                          const struct message *messages,
                          size_t count,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, (size_t)2 * MESSAGES_MAX * HANDLE_MAX);
    if (count == 0 || count > MESSAGES_MAX) {
        return ERR_USAGE;
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "QueueUrl", amazon_config(account)->queue_url);
    json_key(&w, "Entries");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "%zu", i);
        json_begin_object(&w);
        json_field_str(&w, "Id", id);
        json_field_text(&w, "ReceiptHandle", messages[i].handle);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    if (body.overflow) {
        return ERR_LIMIT;
    }
    struct slice text = arena_copy(arena, buf_view(&body));
    return amazon_queue_request(account, "AmazonSQS.DeleteMessageBatch", text, step, arena, out);
}
