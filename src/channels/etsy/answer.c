/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, and what every answer says whatever was asked.
 *
 * Etsy's errors are {"error":"text"}. An error status without it comes from what stands before the
 * API, and proves nothing about what was asked.
 */
#include "channels/etsy/etsy.h"
#include "channels/reply.h"

#define REASON_MAX 200

enum err etsy_request(const struct account *account,
                      const char *method,
                      struct slice path,
                      struct slice body,
                      bool is_form,
                      struct arena *arena,
                      struct http_request *out)
{
    const struct etsy_config *config = etsy_config(account);
    struct http_header *headers = ARENA_ARRAY(arena, 4, struct http_header);
    size_t count = 0;

    if (!config->access_token.n) {
        return ERR_AUTH;
    }
    struct slice url = arena_printf(
        arena, "%.*s%.*s", SLICE_ARG(account->base_url), (int)path.n, path.p ? path.p : "");
    struct slice bearer = arena_printf(arena, "Bearer %.*s", SLICE_ARG(config->access_token));
    if (!headers || !url.p || !path.p || !bearer.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[count++] = (struct http_header){SLICE("x-api-key"), config->api_key};
    headers[count++] = (struct http_header){SLICE("Authorization"), bearer};
    headers[count++] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    if (body.n) {
        headers[count++] = (struct http_header){SLICE("Content-Type"),
                                                is_form ? SLICE("application/x-www-form-urlencoded")
                                                        : SLICE("application/json")};
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

    return slice_int(slice_trim(text), &number) && number >= 0 && number <= QTY_MAX ? number : -1;
}

/* Calls of a second as a bucket of one point each, and those of the last 24 hours. */
static void limits_read(const struct http_response *response, struct channel_signal *out)
{
    int64_t left = number_of(response, "x-remaining-this-second");
    int64_t per_s = number_of(response, "x-limit-per-second");

    if (left >= 0 && per_s > 0) {
        out->points_left = left;
        out->points_cost = 1;
        out->points_per_s = per_s;
    }
    out->day_left = number_of(response, "x-remaining-today");
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

/* Empty when this is not one of Etsy's errors. */
static struct slice error_text(struct json root, int status, struct arena *arena)
{
    struct slice error = {0};
    struct slice more = {0};

    json_text(json_get(root, "error"), &error);
    json_text(json_get(root, "error_description"), &more);
    error = bounded(slice_trim(error), REASON_MAX);
    more = bounded(slice_trim(more), REASON_MAX);
    if (!error.n) {
        return (struct slice){0};
    }
    return arena_printf(arena,
                        "%d %.*s%s%.*s",
                        status,
                        SLICE_ARG(error),
                        more.n ? ": " : "",
                        (int)more.n,
                        more.n ? more.p : "");
}

/* 403 is said of a token that lacks a right, and of a listing that is somebody else's. */
static bool is_about_access(struct slice error)
{
    static const char *const words[] = {"scope", "token", "api key", "api_key", "api-key", "oauth"};
    char lower[REASON_MAX + 1];
    size_t n = error.n < REASON_MAX ? error.n : REASON_MAX;

    for (size_t i = 0; i < n; i++) {
        char c = error.p[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t length = strlen(words[i]);
        if (n >= length && memmem(lower, n, words[i], length)) {
            return true;
        }
    }
    return false;
}

static enum etsy_verdict verdict_of(int status, bool is_json, struct slice error)
{
    if (status >= 200 && status <= 299) {
        return is_json ? ETSY_DONE : ETSY_MAYBE;
    }
    if (status < 300 || status >= 500 || status == 408) {
        return ETSY_MAYBE;
    }
    switch (status) {
    case 409:
        return ETSY_CONFLICT;
    case 400:
    case 404:
    case 405:
    case 406:
    case 410:
    case 413:
    case 415:
    case 422:
        return error.n ? ETSY_REFUSED : ETSY_LATER;
    case 403:
        return error.n && !is_about_access(error) ? ETSY_REFUSED : ETSY_LATER;
    default:
        return ETSY_LATER;
    }
}

struct etsy_answer etsy_answer_read(const struct http_response *response,
                                    struct json_doc *doc,
                                    struct arena *arena,
                                    struct channel_signal *out_signal)
{
    struct etsy_answer answer = {.status = response->status};
    struct err_note note;

    reply_read(response, arena, out_signal);
    limits_read(response, out_signal);
    bool is_json = json_parse(doc, response->body, &answer.root, &note) == ERR_OK &&
                   json_type(answer.root) == JSON_OBJECT;
    if (!is_json) {
        answer.root = (struct json){0};
    }
    struct slice error = error_text(answer.root, response->status, arena);
    answer.verdict = verdict_of(response->status, is_json, error);
    if (answer.verdict == ETSY_DONE) {
        return answer;
    }
    answer.reason = error;
    if (!error.n) {
        answer.reason = arena_printf(
            arena,
            "HTTP %d without Etsy's JSON: a proxy, an outage, or another address than the API's",
            response->status);
    }
    if (!answer.reason.n) {
        answer.reason = SLICE("an answer that cannot be kept");
    }
    out_signal->reason = answer.reason;
    if (response->status == 403 && (!error.n || answer.verdict == ETSY_REFUSED)) {
        out_signal->unauthorised = false; /* a firewall's page, or somebody else's listing */
    }
    out_signal->down = response->status == 503 ||
                       (answer.verdict != ETSY_REFUSED && answer.verdict != ETSY_CONFLICT &&
                        !out_signal->unauthorised && !out_signal->throttled);
    return answer;
}

enum err etsy_answer_fault(const struct etsy_answer *answer,
                           const struct channel_signal *signal,
                           struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (answer->verdict == ETSY_REFUSED) {
        e = answer->status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(answer->reason));
}
