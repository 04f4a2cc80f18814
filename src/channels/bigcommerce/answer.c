/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, and what every answer says whatever was asked.
 *
 * The API writes its errors in two forms: v3 an object with status, title and errors
 * (application/problem+json), v2 a list of {"status","message"}. Anything else with an error status
 * comes from what stands before the API, and proves nothing about what was asked.
 */
#include "base/buf.h"
#include "channels/bigcommerce/bigcommerce.h"
#include "channels/reply.h"

#define REASON_MAX 200
#define ERRORS_SHOWN 4
#define RESET_MAX_MS INT64_C(3600000)

enum err bc_request(const struct account *account,
                    const char *method,
                    struct slice path,
                    struct slice body,
                    struct arena *arena,
                    struct http_request *out)
{
    struct http_header *headers = ARENA_ARRAY(arena, 3, struct http_header);
    size_t count = 0;

    if (!bc_config(account)->access_token.n) {
        return ERR_AUTH;
    }
    struct slice url = arena_printf(
        arena, "%.*s%.*s", SLICE_ARG(account->base_url), (int)path.n, path.p ? path.p : "");
    if (!headers || !url.p || !path.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[count++] =
        (struct http_header){SLICE("X-Auth-Token"), bc_config(account)->access_token};
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

/* ---- limits ---- */

static int64_t number_of(const struct http_response *response, const char *name)
{
    int64_t number = 0;
    struct slice text = http_header_get(response->headers, response->headers_count, name);

    return slice_int(slice_trim(text), &number) && number >= 0 ? number : -1;
}

/*
 * A window of calls that all apps of the store share, told by every answer. As long as calls are
 * left it is shown as a bucket of one point a call. With the last one gone nothing is due before
 * the window ends, whoever used it up: the next call would only be a 429.
 */
static void limits_read(const struct http_response *response, struct channel_signal *out)
{
    int64_t left = number_of(response, "X-Rate-Limit-Requests-Left");
    int64_t quota = number_of(response, "X-Rate-Limit-Requests-Quota");
    int64_t window_ms = number_of(response, "X-Rate-Limit-Time-Window-Ms");
    int64_t reset_ms = number_of(response, "X-Rate-Limit-Time-Reset-Ms");
    int64_t retry_s = number_of(response, "X-Retry-After");

    reset_ms = reset_ms > RESET_MAX_MS ? RESET_MAX_MS : reset_ms;
    retry_s = retry_s > RESET_MAX_MS / 1000 ? RESET_MAX_MS / 1000 : retry_s;
    if (left >= 0 && left <= QTY_MAX && quota > 0 && quota <= QTY_MAX && window_ms > 0) {
        int64_t per_s = quota * 1000 / window_ms;
        out->points_left = left;
        out->points_cost = 1;
        out->points_per_s = per_s > 0 ? per_s : 1;
    }
    if (reset_ms > 0 && (left == 0 || response->status == 429)) {
        out->retry_after_us = reset_ms * US_PER_MS;
    } else if (response->status == 429 && retry_s > 0) {
        out->retry_after_us = retry_s * US_PER_S;
    }
}

/* ---- errors ---- */

/* Cut at a character's beginning: the reason is shown to people. */
static struct slice bounded(struct slice text, size_t max)
{
    if (text.n <= max) {
        return text;
    }
    size_t n = max;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80) {
        n--;
    }
    return (struct slice){text.p, n};
}

/* Empty when this is not one of the API's errors. */
static struct slice error_text(struct json root, int status, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    struct slice title = {0};
    size_t shown = 0;

    buf_init(&text, (size_t)4 * REASON_MAX);
    struct json_iter first = json_iter(root);
    if (json_type(root) == JSON_ARRAY && json_next(&first)) {
        json_text(json_get(first.value, "message"), &title);
    } else if (!json_text(json_get(root, "title"), &title)) {
        json_text(json_get(root, "message"), &title);
    }
    if (!title.n) {
        return (struct slice){0};
    }
    buf_printf(&text, "%d ", status);
    buf_slice(&text, bounded(title, REASON_MAX));
    for (struct json_iter i = json_iter(json_get(root, "errors"));
         json_next(&i) && shown < ERRORS_SHOWN;) {
        struct slice what = {0};
        if (i.is_object && json_text(i.value, &what)) {
            buf_text(&text, shown++ ? ", " : ": ");
            buf_slice(&text, bounded(i.key, 40));
            buf_char(&text, ' ');
            buf_slice(&text, bounded(what, 60));
        }
    }
    return arena_copy(arena, bounded(buf_view(&text), REASON_MAX));
}

static enum bc_verdict
verdict_of(const struct http_response *response, bool is_json, bool is_api_error)
{
    int status = response->status;

    if (status >= 200 && status <= 299) {
        return is_json ? BC_DONE : BC_MAYBE;
    }
    if (status == 503 && is_api_error) {
        return BC_LATER; /* the store itself is down or suspended: nothing ran */
    }
    if (status < 300 || status >= 500 || status == 408) {
        return BC_MAYBE;
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
        return is_api_error ? BC_REFUSED : BC_LATER;
    default:
        return BC_LATER;
    }
}

struct bc_answer bc_answer_read(const struct http_response *response,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct channel_signal *out_signal)
{
    struct bc_answer answer = {.status = response->status};
    struct err_note note;

    reply_read(response, arena, out_signal);
    limits_read(response, out_signal);
    if (response->status == 204) {
        answer.is_empty = true;
        return answer;
    }
    bool is_json = json_parse(doc, response->body, &answer.root, &note) == ERR_OK &&
                   (json_type(answer.root) == JSON_OBJECT || json_type(answer.root) == JSON_ARRAY);
    if (!is_json) {
        answer.root = (struct json){0};
    }
    struct slice error = error_text(answer.root, response->status, arena);
    answer.verdict = verdict_of(response, is_json, error.n > 0);
    if (answer.verdict == BC_DONE) {
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
        (answer.verdict != BC_REFUSED && !out_signal->unauthorised && !out_signal->throttled);
    return answer;
}

enum err bc_answer_fault(const struct bc_answer *answer,
                         const struct channel_signal *signal,
                         struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (answer->verdict == BC_REFUSED) {
        e = answer->status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(answer->reason));
}
