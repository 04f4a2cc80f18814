/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, and what every answer says whatever was asked.
 *
 * Errors are a list of {"code","field","description","info","severity","category"}, under "errors"
 * or, in older answers, under "error". Hints (INFO, WARN) come with answers that did what was
 * asked.
 * Anything else with an error status comes from what stands before the API, and proves nothing.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "channels/reply.h"
#include "channels/walmart/walmart.h"

#define REASON_MAX 200
#define ERRORS_SHOWN 3
#define RETRY_MAX_US (INT64_C(3600) * US_PER_S)

enum err wm_request(const struct account *account,
                    const struct wm_call *call,
                    const struct step *step,
                    struct arena *arena,
                    struct http_request *out)
{
    const struct wm_config *config = wm_config(account);
    struct http_header *headers = ARENA_ARRAY(arena, 6, struct http_header);
    size_t count = 0;

    if (!step->nonce) {
        return ERR_USAGE;
    }
    if (!call->authorization.n && !config->access_token.n) {
        return ERR_AUTH;
    }
    struct slice url = arena_printf(arena,
                                    "%.*s%.*s",
                                    SLICE_ARG(account->base_url),
                                    (int)call->path.n,
                                    call->path.p ? call->path.p : "");
    struct slice id = uuid_text(arena, step->nonce);
    if (!headers || !call->path.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[count++] =
        call->authorization.n
            ? (struct http_header){SLICE("Authorization"), call->authorization}
            : (struct http_header){SLICE("WM_SEC.ACCESS_TOKEN"), config->access_token};
    headers[count++] = (struct http_header){SLICE("WM_QOS.CORRELATION_ID"), id};
    headers[count++] = (struct http_header){SLICE("WM_SVC.NAME"), SLICE("Walmart Marketplace")};
    headers[count++] = (struct http_header){SLICE("Accept"), SLICE(WM_JSON)};
    if (call->content_type.n) {
        headers[count++] = (struct http_header){SLICE("Content-Type"), call->content_type};
    }
    if (config->is_sandbox) {
        headers[count++] = (struct http_header){SLICE("WM_SANDBOX"), SLICE("v2")};
    }
    *out = (struct http_request){.method = slice_of(call->method),
                                 .url = url,
                                 .headers = headers,
                                 .headers_count = count,
                                 .body = call->body};
    return ERR_OK;
}

enum err wm_get(const struct account *account,
                struct slice path,
                const struct step *step,
                struct arena *arena,
                struct http_request *out)
{
    return wm_request(account, &(struct wm_call){.method = "GET", .path = path}, step, arena, out);
}

/* ---- errors ---- */

struct slice wm_bounded(struct slice text, size_t max)
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

static struct slice text_in(struct json object, const char *name)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) ? slice_trim(text) : (struct slice){0};
}

static bool has_words(struct slice text, const char *words)
{
    return text.n && memmem(text.p, text.n, words, strlen(words)) != NULL;
}

struct wm_errors wm_errors_read(struct json list, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    struct wm_errors errors = {0};
    size_t shown = 0;

    buf_init(&text, (size_t)8 * REASON_MAX);
    for (struct json_iter i = json_iter(list); json_next(&i) && shown < ERRORS_SHOWN;) {
        struct slice code = text_in(i.value, "code");
        struct slice why = text_in(i.value, "description");
        struct slice severity = text_in(i.value, "severity");
        why = why.n ? why : text_in(i.value, "info");
        why = why.n ? why : text_in(i.value, "message");
        if (!code.n && !why.n) {
            continue;
        }
        if (!shown) {
            errors.is_missing = has_words(code, "CONTENT_NOT_FOUND");
            errors.is_system = slice_equal_nocase(text_in(i.value, "category"), SLICE("SYSTEM")) ||
                               has_words(code, "INVALID_REQUEST_HEADER");
        }
        errors.is_severe |= !slice_equal_nocase(severity, SLICE("INFO")) &&
                            !slice_equal_nocase(severity, SLICE("WARN"));
        buf_text(&text, shown++ ? "; " : "");
        buf_slice(&text, wm_bounded(code, 80));
        buf_text(&text, code.n && why.n ? ": " : "");
        buf_slice(&text, wm_bounded(why, 120));
    }
    errors.text = arena_copy(arena, wm_bounded(buf_view(&text), REASON_MAX));
    return errors;
}

/* {"errors":[...]}, {"error":[...]}, {"errors":{"error":[...]}}, and the same within a list. */
static struct json errors_of(struct json root)
{
    static const char *const names[] = {"errors", "error"};
    const struct json roots[] = {root, json_get(root, "errors"), json_get(root, "list")};

    for (size_t r = 0; r < COUNT_OF(roots); r++) {
        for (size_t n = 0; n < COUNT_OF(names); n++) {
            struct json list = json_get(roots[r], names[n]);
            if (json_type(list) == JSON_ARRAY && json_count(list) > 0) {
                return list;
            }
        }
    }
    return (struct json){0};
}

/* ---- verdicts ---- */

static enum wm_verdict verdict_of(int status, bool is_json, const struct wm_errors *errors)
{
    bool is_said = errors->text.n > 0;

    if (status >= 200 && status <= 299) {
        if (is_said && errors->is_severe) {
            return errors->is_system ? WM_MAYBE : WM_REFUSED;
        }
        return is_json ? WM_DONE : WM_MAYBE;
    }
    if (status < 300 || status >= 500 || status == 408) {
        return WM_MAYBE; /* a gateway's 503 may stand for a write that went through behind it */
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
        return is_said && !errors->is_system ? WM_REFUSED : WM_LATER;
    default:
        return WM_LATER;
    }
}

/* The moment, in ms, at which the emptied bucket has a token again. */
static int64_t replenished_after_us(const struct http_response *response, int64_t now_us)
{
    static const char *const names[] = {"x-next-replenish-time", "x-next-replenishment-time"};
    int64_t at_ms = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct slice text = http_header_get(response->headers, response->headers_count, names[i]);
        if (slice_int(slice_trim(text), &at_ms) && at_ms > 0 && at_ms < INT64_MAX / US_PER_MS) {
            int64_t after_us = at_ms * US_PER_MS - now_us;
            after_us = after_us > 0 ? after_us : 0;
            return after_us < RETRY_MAX_US ? after_us : RETRY_MAX_US;
        }
    }
    return 0;
}

struct wm_answer wm_answer_read(const struct http_response *response,
                                const struct step *step,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct channel_signal *out_signal)
{
    struct wm_answer answer = {.status = response->status};
    struct err_note note;

    reply_read(response, arena, out_signal);
    out_signal->day_left = -1;
    /* Buckets belong to one endpoint, a signal's points to the account: they are not handed on, and
     * only an emptied one is heeded. */
    if (out_signal->throttled && !out_signal->retry_after_us) {
        out_signal->retry_after_us = replenished_after_us(
            response, out_signal->server_time_us ? out_signal->server_time_us : step->now_us);
    }
    bool is_json = json_parse(doc, response->body, &answer.root, &note) == ERR_OK &&
                   (json_type(answer.root) == JSON_OBJECT || json_type(answer.root) == JSON_ARRAY);
    if (!is_json) {
        answer.root = (struct json){0};
    }
    struct wm_errors errors = wm_errors_read(errors_of(answer.root), arena);
    answer.verdict = verdict_of(response->status, is_json, &errors);
    if (answer.verdict == WM_DONE) {
        return answer;
    }
    answer.is_empty = answer.verdict == WM_REFUSED && errors.is_missing;
    answer.reason =
        errors.text.n
            ? arena_printf(arena, "%d %.*s", response->status, SLICE_ARG(errors.text))
            : arena_printf(arena,
                           "HTTP %d without the API's JSON: a proxy, an outage, or another "
                           "address than the API's",
                           response->status);
    if (!answer.reason.n) {
        answer.reason = SLICE("an answer that cannot be kept");
    }
    out_signal->reason = answer.reason;
    if (response->status == 403 && !errors.text.n) {
        out_signal->unauthorised = false; /* a firewall's page says nothing of the token */
    }
    out_signal->down =
        response->status == 503 ||
        (answer.verdict != WM_REFUSED && !out_signal->unauthorised && !out_signal->throttled);
    return answer;
}

enum err wm_answer_fault(const struct wm_answer *answer,
                         const struct channel_signal *signal,
                         struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (answer->verdict == WM_REFUSED) {
        e = answer->status == 404 || answer->is_empty ? ERR_NOT_FOUND : ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(answer->reason));
}
