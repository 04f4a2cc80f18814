/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, and what every answer says whatever was asked.
 *
 * The API writes its errors as {"errors":[{"code","message","details"}]}. Anything else with an
 * error status comes from what stands before the API, and proves nothing about what was asked. An
 * expired token is answered with 403.
 */
#include "base/buf.h"
#include "channels/amazon/amazon.h"
#include "channels/reply.h"

#define REASON_MAX 240
#define ERRORS_SHOWN 3
#define WAIT_MAX_US (INT64_C(600) * US_PER_S)

enum err amazon_request_as(const struct account *account,
                           struct slice token,
                           const char *method,
                           struct slice path,
                           struct slice body,
                           struct arena *arena,
                           struct http_request *out)
{
    struct http_header *headers = ARENA_ARRAY(arena, 4, struct http_header);
    size_t count = 0;

    if (!token.n) {
        return ERR_AUTH;
    }
    struct slice url = arena_printf(
        arena, "%.*s%.*s", SLICE_ARG(account->base_url), (int)path.n, path.p ? path.p : "");
    if (!headers || !url.p || !path.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[count++] = (struct http_header){SLICE("x-amz-access-token"), token};
    headers[count++] = (struct http_header){SLICE("User-Agent"), SLICE("truecount (Language=C)")};
    headers[count++] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    if (body.n) {
        headers[count++] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    }
    *out = (struct http_request){.method = slice_of(method),
                                 .url = url,
                                 .headers = headers,
                                 .headers_count = count,
                                 .body = body};
    return ERR_OK;
}

enum err amazon_request(const struct account *account,
                        const char *method,
                        struct slice path,
                        struct slice body,
                        struct arena *arena,
                        struct http_request *out)
{
    return amazon_request_as(
        account, amazon_config(account)->access_token, method, path, body, arena, out);
}

/* ---- limits ---- */

/* "0.0056" and "5.0" calls a second, as calls in 1000 s; 0 when it is no such number. */
static int64_t rate_of(struct slice text)
{
    struct slice whole;
    int64_t number = 0;

    text = slice_trim(text);
    slice_cut(&text, '.', &whole);
    if (!slice_int(whole, &number) || number < 0 || number > QTY_MAX / 1000) {
        return 0;
    }
    bool is_above_zero = number > 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return 0;
        }
        is_above_zero = is_above_zero || text.p[i] != '0';
    }
    for (size_t i = 0; i < 3; i++) {
        number = number * 10 + (i < text.n ? text.p[i] - '0' : 0);
    }
    return number > 0 ? number : is_above_zero;
}

/* Without another word a throttled call is due when one more has come into the bucket. */
static void limits_read(const struct http_response *response, struct channel_signal *out)
{
    out->rate_per_1000s = rate_of(
        http_header_get(response->headers, response->headers_count, "x-amzn-RateLimit-Limit"));
    if (response->status == 429 && !out->retry_after_us && out->rate_per_1000s) {
        int64_t wait_us = 1000 * US_PER_S / out->rate_per_1000s;
        out->retry_after_us = wait_us < WAIT_MAX_US ? wait_us : WAIT_MAX_US;
    }
}

/* ---- errors ---- */

/* Empty when this is not one of the API's errors. */
static struct slice error_text(struct json root, int status, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    size_t shown = 0;

    buf_init(&text, (size_t)16 * REASON_MAX);
    buf_int(&text, status);
    for (struct json_iter i = json_iter(json_get(root, "errors"));
         json_next(&i) && shown < ERRORS_SHOWN;) {
        struct slice code = amazon_text(json_get(i.value, "code"));
        struct slice message = amazon_text(json_get(i.value, "message"));
        struct slice details = amazon_text(json_get(i.value, "details"));
        if (!code.n) {
            continue;
        }
        buf_text(&text, shown++ ? "; " : " ");
        buf_slice(&text, amazon_bounded(code, 60));
        buf_char(&text, ' ');
        buf_slice(&text, amazon_bounded(message, 160));
        if (details.n) {
            buf_text(&text, ": ");
            buf_slice(&text, amazon_bounded(details, 120));
        }
    }
    if (!shown) {
        return (struct slice){0};
    }
    return arena_copy(arena, amazon_bounded(buf_view(&text), REASON_MAX));
}

static enum amazon_verdict verdict_of(int status, bool is_json, bool is_api_error)
{
    if (status >= 200 && status <= 299) {
        return is_json ? AMAZON_DONE : AMAZON_MAYBE;
    }
    if (status == 503 && is_api_error) {
        return AMAZON_LATER; /* "temporary overloading or maintenance": nothing ran */
    }
    if (status < 300 || status >= 500 || status == 408) {
        return AMAZON_MAYBE;
    }
    switch (status) {
    case 400:
    case 404:
    case 405:
    case 406:
    case 410:
    case 413:
    case 415:
    case 422:
        return is_api_error ? AMAZON_REFUSED : AMAZON_LATER;
    default:
        return AMAZON_LATER;
    }
}

struct amazon_answer amazon_answer_read(const struct http_response *response,
                                        struct json_doc *doc,
                                        struct arena *arena,
                                        struct channel_signal *out_signal)
{
    struct amazon_answer answer = {.status = response->status};
    struct err_note note;

    reply_read(response, arena, out_signal);
    limits_read(response, out_signal);
    bool is_json = json_parse(doc, response->body, &answer.root, &note) == ERR_OK &&
                   json_type(answer.root) == JSON_OBJECT;
    if (!is_json) {
        answer.root = (struct json){0};
    }
    struct slice error = error_text(answer.root, response->status, arena);
    answer.verdict = verdict_of(response->status, is_json, error.n > 0);
    if (answer.verdict == AMAZON_DONE) {
        return answer;
    }
    answer.reason = error;
    if (!error.n) {
        answer.reason = arena_printf(
            arena,
            "HTTP %d without the API's JSON: a proxy, an outage, or another address than the API's",
            response->status);
    }
    if (!answer.reason.n) {
        answer.reason = SLICE("an answer that cannot be kept");
    }
    out_signal->reason = answer.reason;
    if (response->status == 403 && !error.n) {
        out_signal->unauthorised = false; /* a firewall's page says nothing of the token */
    }
    out_signal->down =
        response->status == 503 ||
        (answer.verdict != AMAZON_REFUSED && !out_signal->unauthorised && !out_signal->throttled);
    return answer;
}

enum err amazon_answer_fault(const struct amazon_answer *answer,
                             const struct channel_signal *signal,
                             struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (answer->verdict == AMAZON_REFUSED) {
        e = answer->status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(answer->reason));
}
