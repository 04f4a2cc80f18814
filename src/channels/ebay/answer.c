/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer of the REST APIs says, whatever was asked. Errors are a list of
 * {"errorId","message","longMessage","parameters"}; an error status without one comes from what
 * stands before the API, and proves nothing about what was asked.
 */
#include "base/buf.h"
#include "channels/ebay/ebay.h"
#include "channels/reply.h"

#define REASON_MAX 300
#define ERRORS_SHOWN 3
#define TOO_MANY 2001 /* errorId of a call beyond the limit, whatever the status */

struct slice ebay_bounded(struct slice text, size_t max)
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

static void error_put(struct buf *out, struct json error)
{
    struct slice what = ebay_text(json_get(error, "longMessage"));
    int64_t id = 0;

    if (!what.n) {
        what = ebay_text(json_get(error, "message"));
    }
    json_int_loose(json_get(error, "errorId"), &id);
    buf_printf(out, "%" PRId64 " ", id);
    buf_slice(out, ebay_bounded(what, 160));
    for (struct json_iter i = json_iter(json_get(error, "parameters")); json_next(&i);) {
        struct slice name = ebay_text(json_get(i.value, "name"));
        struct slice value = ebay_text(json_get(i.value, "value"));
        if (name.n && value.n && out->n < REASON_MAX) {
            buf_text(out, " (");
            buf_slice(out, ebay_bounded(name, 40));
            buf_char(out, ' ');
            buf_slice(out, ebay_bounded(value, 60));
            buf_char(out, ')');
        }
    }
}

struct slice ebay_errors_text(struct json errors, struct arena *arena, int64_t *out_first)
{
    ON_EXIT(buf_free) struct buf text;
    size_t shown = 0;

    *out_first = 0;
    buf_init(&text, (size_t)16 * REASON_MAX);
    for (struct json_iter i = json_iter(errors);
         !i.is_object && json_next(&i) && shown < ERRORS_SHOWN;) {
        if (json_type(i.value) != JSON_OBJECT) {
            continue;
        }
        if (shown++) {
            buf_text(&text, "; ");
        } else if (!json_int_loose(json_get(i.value, "errorId"), out_first)) {
            *out_first = 0;
        }
        error_put(&text, i.value);
    }
    return shown ? arena_copy(arena, ebay_bounded(buf_view(&text), REASON_MAX)) : (struct slice){0};
}

static enum ebay_verdict verdict_of(int status, bool is_usable, bool is_api_error, int64_t error)
{
    if (status >= 200 && status <= 299) {
        return is_usable ? EBAY_DONE : EBAY_MAYBE;
    }
    if (error == TOO_MANY) {
        return EBAY_LATER;
    }
    if (status < 300 || status >= 500 || status == 408) {
        return EBAY_MAYBE;
    }
    switch (status) {
    case 400:
    case 404:
    case 405:
    case 406:
    case 409:
    case 410:
    case 413:
    case 415:
    case 422:
        return is_api_error ? EBAY_REFUSED : EBAY_LATER;
    default:
        return EBAY_LATER;
    }
}

struct ebay_answer ebay_answer_read(const struct http_response *response,
                                    struct json_doc *doc,
                                    struct arena *arena,
                                    struct channel_signal *out_signal)
{
    struct ebay_answer answer = {.status = response->status};
    struct err_note note;
    struct slice body = slice_trim(response->body);

    reply_read(response, arena, out_signal);
    bool is_json = body.n && json_parse(doc, body, &answer.root, &note) == ERR_OK &&
                   json_type(answer.root) == JSON_OBJECT;
    if (!is_json) {
        answer.root = (struct json){0};
    }
    struct slice error = ebay_errors_text(json_get(answer.root, "errors"), arena, &answer.error);
    answer.verdict = verdict_of(response->status, is_json || !body.n, error.n > 0, answer.error);
    if (answer.verdict == EBAY_DONE) {
        return answer;
    }
    answer.reason = error.n ? error
                            : arena_printf(arena,
                                           "HTTP %d without eBay's JSON: a proxy, an outage, or "
                                           "another address than the API's",
                                           response->status);
    if (!answer.reason.n) {
        answer.reason = SLICE("an answer that cannot be kept");
    }
    out_signal->reason = answer.reason;
    out_signal->throttled |= answer.error == TOO_MANY;
    if (response->status == 403 && !error.n) {
        out_signal->unauthorised = false; /* a firewall's page says nothing of the token */
    }
    out_signal->down =
        response->status == 503 ||
        (answer.verdict != EBAY_REFUSED && !out_signal->unauthorised && !out_signal->throttled);
    return answer;
}

enum err ebay_fault(enum ebay_verdict verdict,
                    int status,
                    struct slice reason,
                    const struct channel_signal *signal,
                    struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (verdict == EBAY_REFUSED) {
        e = status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(reason));
}
